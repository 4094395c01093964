/* protect.c - what mprotect forbids faults, what it allows does not.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bits of a page fault's error code.  A user's address has bit 0 set as
   soon as there is a translation, so it is not looked at.  */
enum { ERROR_WRITE = 2, ERROR_USER = 4, ERROR_FETCH = 16 };

static char *
map (size_t size, int protection)
{
  char *p = mmap (NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (p == MAP_FAILED)
    fatal ("mmap");
  return p;
}

static void
check_error (const char *name, const struct fault *fault, uint64_t bits)
{
  check (fault->trap == 14 && (fault->error & ~1ull) == bits, name,
	 "trap %d error %#llx, must be trap 14 error %#llx", (int) fault->trap,
	 (unsigned long long) fault->error, (unsigned long long) bits);
}

static void
check_write (void)
{
  char *p = map (4 * PAGE, PROT_READ | PROT_WRITE);
  struct fault fault;
  int i, faults = 0, passes = 0;

  memset (p, 1, 4 * PAGE);
  mprotect (p, 4 * PAGE, PROT_READ);
  fault_catch (&fault, touch_write, p + PAGE + 123);
  check_fault ("write-read-only", &fault, SIGSEGV, SEGV_ACCERR,
	       (uintptr_t) p + PAGE + 123);
  check_error ("write-read-only-error", &fault, ERROR_WRITE | ERROR_USER);
  check (fault_catch (&fault, touch_read, p + PAGE) == 0, "read-read-only",
	 "reading faults");
  check (p[PAGE + 123] == 1, "write-read-only-kept", "the page was changed");
  mprotect (p, 4 * PAGE, PROT_READ | PROT_WRITE);
  check (fault_catch (&fault, touch_write, p + PAGE) == 0
	 && p[PAGE] == 0x55, "write-again", "writing still faults");

  /* Taking the right away must be seen at once, each time.  */
  for (i = 0; i < 1000; i++)
    {
      char *q = p + (i % 4) * PAGE + i;

      mprotect (p, 4 * PAGE, PROT_READ);
      faults += fault_catch (&fault, touch_write, q) == SIGSEGV
	&& fault.address == (uintptr_t) q;
      mprotect (p, 4 * PAGE, PROT_READ | PROT_WRITE);
      passes += fault_catch (&fault, touch_write, q) == 0;
    }
  check_equal ("write-toggled-faults", faults, 1000);
  check_equal ("write-toggled-passes", passes, 1000);
  munmap (p, 4 * PAGE);
}

static void
check_none (void)
{
  char *p = map (3 * PAGE, PROT_READ | PROT_WRITE);
  struct fault fault;

  memset (p, 9, 3 * PAGE);
  mprotect (p + PAGE, PAGE, PROT_NONE);
  fault_catch (&fault, touch_read, p + PAGE);
  check_fault ("none-read", &fault, SIGSEGV, SEGV_ACCERR, (uintptr_t) p + PAGE);
  check_error ("none-read-error", &fault, ERROR_USER);
  fault_catch (&fault, touch_write, p + 2 * PAGE - 1);
  check_fault ("none-write", &fault, SIGSEGV, SEGV_ACCERR,
	       (uintptr_t) p + 2 * PAGE - 1);
  mprotect (p + PAGE, PAGE, PROT_READ);
  check (p[PAGE] == 9 && p[2 * PAGE - 1] == 9, "none-and-back",
	 "the contents are gone");
  munmap (p, 3 * PAGE);
}

static void
write_across (void *address)
{
  *(volatile uintptr_t *) address = ~(uintptr_t) 0;
}

static void
check_across (void)
{
  char *p = map (2 * PAGE, PROT_READ | PROT_WRITE);
  struct fault fault;

  memset (p, 3, 2 * PAGE);
  mprotect (p + PAGE, PAGE, PROT_READ);
  fault_catch (&fault, write_across,
	       p + PAGE - sizeof (uintptr_t) / 2);
  check_fault ("across", &fault, SIGSEGV, SEGV_ACCERR, (uintptr_t) p + PAGE);
  check (p[PAGE - 2] == 3 && p[PAGE - 1] == 3, "across-not-torn",
	 "half of the store was done");
  munmap (p, 2 * PAGE);
}

typedef int number_function (void);

/* mov $NUMBER, %eax; ret  */
static void
put_code (char *p, int number)
{
  *p = 0xb8;
  memcpy (p + 1, &number, 4);
  p[5] = 0xc3;
}

/* Data is no code: needs a processor, and tables, that know the difference.  */
static void
check_data (void)
{
  char *p = map (2 * PAGE, PROT_READ | PROT_WRITE);
  struct fault fault;
  int i, faults = 0;

  put_code (p, 42);
  fault_catch (&fault, touch_execute, p);
  check_fault ("execute-data", &fault, SIGSEGV, SEGV_ACCERR, (uintptr_t) p);
  check_equal ("execute-data-rip", fault.rip, (uintptr_t) p);
  check_error ("execute-data-error", &fault, ERROR_USER | ERROR_FETCH);
  for (i = 0; i < 300; i++)
    {
      mprotect (p, PAGE, PROT_READ | PROT_WRITE);
      faults += fault_catch (&fault, touch_execute, p) == SIGSEGV;
      mprotect (p, PAGE, PROT_READ | PROT_EXEC);
    }
  check_equal ("execute-toggled", faults, 300);

  /* Code that ends at a page that may not be executed.  */
  mprotect (p, 2 * PAGE, PROT_READ | PROT_WRITE);
  p[PAGE - 1] = 0x90;
  put_code (p + PAGE, 1);
  mprotect (p, PAGE, PROT_READ | PROT_EXEC);
  fault_catch (&fault, touch_execute, p + PAGE - 1);
  check_fault ("execute-off-the-end", &fault, SIGSEGV, SEGV_ACCERR,
	       (uintptr_t) p + PAGE);
  munmap (p, 2 * PAGE);
}

static void
check_execute (void)
{
  char *p = map (2 * PAGE, PROT_READ | PROT_WRITE);
  struct fault fault;
  int i, good = 1;

  put_code (p, 42);
  mprotect (p, 2 * PAGE, PROT_READ | PROT_EXEC);
  check_equal ("execute-code", ((number_function *) p) (), 42);
  fault_catch (&fault, touch_write, p);
  check_fault ("write-code", &fault, SIGSEGV, SEGV_ACCERR, (uintptr_t) p);

  for (i = 0; i < 300; i++)
    {
      mprotect (p, PAGE, PROT_READ | PROT_WRITE);
      put_code (p, i);
      mprotect (p, PAGE, PROT_READ | PROT_EXEC);
      good &= ((number_function *) p) () == i;
    }
  check (good, "execute-rewritten", "old code ran");
  munmap (p, 2 * PAGE);

  fault_catch (&fault, touch_execute, (void *) 0x10);
  check_fault ("execute-null", &fault, SIGSEGV, SEGV_MAPERR, 0x10);

  /* Writable and executable at once.  */
  p = map (PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
  good = 1;
  for (i = 0; i < 1000; i++)
    {
      put_code (p, i * 3);
      good &= ((number_function *) p) () == i * 3;
    }
  check (good, "execute-changing", "old code ran");
  munmap (p, PAGE);
}

/* Where the kernel is, a place of the Switcher's, and what is no address of
   anybody's.  */
#ifdef __i386__
enum { TEXT = 0xc1000000, SWITCHERS = 0xffbf9000, DIRECT_MAP = 0xc0100000,
  NOBODYS = 0xfffff000 };
#else
enum { TEXT = 0xffffffff81000000, SWITCHERS = 0xfffffe0000001000,
  DIRECT_MAP = 0xffff888000100000, NOBODYS = 0x8000000000000000 };
#endif

/* The kernel has to respect the user's rights when it copies.  */
static void
check_kernel_copies (void)
{
  char *p = map (2 * PAGE, PROT_READ | PROT_WRITE);
  int fds[2], result;

  if (pipe (fds) < 0)
    fatal ("pipe");
  memset (p, 8, 2 * PAGE);
  mprotect (p, PAGE, PROT_READ);
  if (write (fds[1], "abcd", 4) != 4)
    fatal ("write");
  result = read (fds[0], p, 4);
  check (result == -1 && errno == EFAULT && p[0] == 8, "copy-to-read-only",
	 "read gave %d, errno %d", result, errno);
  mprotect (p, PAGE, PROT_READ | PROT_WRITE);
  if (write (fds[1], "abcd", 4) != 4)
    fatal ("write");
  result = read (fds[0], p, 4);
  check (result == 4 && memcmp (p, "abcd", 4) == 0, "copy-to-writable",
	 "read gave %d, errno %d", result, errno);
  mprotect (p, PAGE, PROT_NONE);
  result = write (fds[1], p, 4);
  check (result == -1 && errno == EFAULT, "copy-from-none",
	 "write gave %d, errno %d", result, errno);
  munmap (p, 2 * PAGE);
  result = write (fds[1], p, 4);
  check (result == -1 && errno == EFAULT, "copy-from-unmapped",
	 "write gave %d, errno %d", result, errno);
  result = write (fds[1], (void *) TEXT, 4);
  check (result == -1 && errno == EFAULT, "copy-from-kernel",
	 "write gave %d, errno %d", result, errno);
  result = write (fds[1], (void *) SWITCHERS, 4);
  check (result == -1 && errno == EFAULT, "copy-from-switcher",
	 "write gave %d, errno %d", result, errno);
  result = read (fds[0], (void *) DIRECT_MAP, 4);
  check (result == -1 && errno == EFAULT, "copy-to-kernel",
	 "read gave %d, errno %d", result, errno);
  result = write (fds[1], (void *) NOBODYS, 4);
  check (result == -1 && errno == EFAULT, "copy-from-nobody",
	 "write gave %d, errno %d", result, errno);
  close (fds[0]);
  close (fds[1]);
}

/* Nothing of the kernel's half, the Switcher's slot included.  */
static void
check_kernel_half (void)
{
  static const struct
  {
    const char *name;
    uintptr_t address;
  } places[] = {
#ifdef __i386__
    { "first", 0xc0000000ul },
    { "direct-map", 0xc0100000ul },
    { "text", 0xc1000000ul },
    { "direct-map-end", 0xf7bff000ul },
    { "vmalloc", 0xf8000000ul },
    { "entry-area", 0xff400000ul },
    { "switcher", 0xff800000ul },
    { "switcher-middle", 0xffa00000ul },
    { "fixmap", 0xffe00000ul },
    { "fixmap-middle", 0xfff00000ul },
    { "fixmap-end", 0xffffe000ul },
    { "last", 0xfffff000ul },
#else
    { "direct-map", 0xffff888000100000ul },
    { "vmalloc", 0xffffc90000001000ul },
    { "vmemmap", 0xffffea0000000000ul },
    { "slot-508", 0xfffffe0000000000ul },
    { "slot-508-entry", 0xfffffe0000001000ul },
    { "slot-508-middle", 0xfffffe4000000000ul },
    { "slot-508-end", 0xfffffe7ffffff000ul },
    { "text", 0xffffffff81000000ul },
    { "modules", 0xffffffffc0000000ul },
    { "fixmap", 0xffffffffff5ff000ul },
    { "last", 0xfffffffffffff000ul },
    { "first", 0xffff800000000000ul },
#endif
  };
  struct fault fault;
  char name[64];
  size_t i;

  for (i = 0; i < sizeof places / sizeof *places; i++)
    {
      void *address = (void *) places[i].address;

      fault_catch (&fault, touch_read, address);
      snprintf (name, sizeof name, "kernel-read-%s", places[i].name);
      check_fault (name, &fault, SIGSEGV, SEGV_MAPERR, places[i].address);
      fault_catch (&fault, touch_write, address);
      snprintf (name, sizeof name, "kernel-write-%s", places[i].name);
      check_fault (name, &fault, SIGSEGV, SEGV_MAPERR, places[i].address);
      fault_catch (&fault, touch_execute, address);
      snprintf (name, sizeof name, "kernel-execute-%s", places[i].name);
      check_fault (name, &fault, SIGSEGV, SEGV_MAPERR, places[i].address);
    }

#ifdef __x86_64__
  /* What is no address at all.  The processor does not say which one.  */
  fault_catch (&fault, touch_read, (void *) 0x0000800000000000ul);
  check_fault ("non-canonical-read", &fault, SIGSEGV, SI_KERNEL, 0);
  fault_catch (&fault, touch_write, (void *) 0x8000000000000000ul);
  check_fault ("non-canonical-write", &fault, SIGSEGV, SI_KERNEL, 0);
  fault_catch (&fault, touch_execute, (void *) 0xdead000000000000ul);
  check_fault ("non-canonical-execute", &fault, SIGSEGV, SI_KERNEL, 0);
  check_equal ("non-canonical-trap", fault.trap, 13);
#endif
}

/* With "no-nx": on machines that execute all that can be read.  */
int
main (int argc, char **argv)
{
  const int nx = argc < 2 || strcmp (argv[1], "no-nx") != 0;

  check_start ("protect", sizeof (void *) == 8 ? 71 : nx ? 67 : 62, 300);
  check_write ();
  check_none ();
  check_across ();
  check_execute ();
  if (nx)
    check_data ();
  check_kernel_copies ();
  check_kernel_half ();
  return check_end ();
}
