/* compat.c - 32-bit code: either it works or it is refused clearly; the
   processor's compatibility mode itself is every user's to enter.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* A program for i386 that exits with status 42.  */
struct tiny
{
  Elf32_Ehdr header;
  Elf32_Phdr segment;
  unsigned char code[16];
};

static void
write_tiny (const char *name)
{
  static const unsigned char code[] = {
    0xb8, 1, 0, 0, 0,		/* mov $1, %eax: exit */
    0xbb, 42, 0, 0, 0,		/* mov $42, %ebx */
    0xcd, 0x80			/* int $0x80 */
  };
  struct tiny file;
  int fd;

  memset (&file, 0, sizeof file);
  memcpy (file.header.e_ident, ELFMAG, SELFMAG);
  file.header.e_ident[EI_CLASS] = ELFCLASS32;
  file.header.e_ident[EI_DATA] = ELFDATA2LSB;
  file.header.e_ident[EI_VERSION] = EV_CURRENT;
  file.header.e_type = ET_EXEC;
  file.header.e_machine = EM_386;
  file.header.e_version = EV_CURRENT;
  file.header.e_entry = 0x08048000 + offsetof (struct tiny, code);
  file.header.e_phoff = offsetof (struct tiny, segment);
  file.header.e_ehsize = sizeof file.header;
  file.header.e_phentsize = sizeof file.segment;
  file.header.e_phnum = 1;
  file.segment.p_type = PT_LOAD;
  file.segment.p_vaddr = file.segment.p_paddr = 0x08048000;
  file.segment.p_filesz = file.segment.p_memsz = sizeof file;
  file.segment.p_flags = PF_R | PF_X;
  file.segment.p_align = PAGE;
  memcpy (file.code, code, sizeof code);
  fd = open (name, O_CREAT | O_WRONLY | O_TRUNC, 0755);
  if (fd < 0 || write (fd, &file, sizeof file) != sizeof file)
    fatal (name);
  close (fd);
}

static int
run_tiny (void *name)
{
  execl (name, name, (char *) NULL);
  return errno == ENOEXEC ? 111 : 112;
}

static void
do_int80 (void *result)
{
  /* 20 is getpid there, writev here.  */
  __asm__ volatile ("int $0x80" : "=a" (*(int *) result)
		    : "a" (20), "b" (0), "c" (0), "d" (0)
		    : "memory", "r8", "r9", "r10", "r11");
}

static volatile int in_compat;
static int ticks;

static void
tick_handler (int signal, siginfo_t *info, void *context)
{
  ucontext_t *user = context;

  (void) signal;
  (void) info;
  ticks++;
  if ((user->uc_mcontext.gregs[REG_CSGSFS] & 0xffff) == 0x23)
    in_compat++;
  if (in_compat >= 5 || ticks > 5000)
    *(volatile int *) 0x10000800 = 1;
}

/* Code and data below 4 GiB: 0x10000000 code, 0x10000800 the stop word,
   0x10000900 far pointer to code, 0x10000910 far pointer back.  */
static uint64_t
enter_compat (unsigned char *page, const unsigned char *code, int length)
{
  static const unsigned char back[] = { 0xff, 0x2d, 0x10, 0x09, 0, 0x10 };
  struct { uint32_t offset; uint16_t selector; } __attribute__ ((packed))
    there = { 0x10000000, 0x23 };
  uint64_t rax = 0;

  memset (page, 0x90, 0x800);
  memcpy (page, code, length);
  memcpy (page + length, back, sizeof back);	/* ljmp *0x10000910 */
  memcpy (page + 0x900, &there, sizeof there);
  /* The 64-bit code that takes over again must lie below 4 GiB as well:
     jmp *%rbx.  */
  page[0xa00] = 0xff;
  page[0xa01] = 0xe3;
  there.offset = 0x10000a00;
  there.selector = 0x33;
  memcpy (page + 0x910, &there, sizeof there);
  /* 64-bit processes have no data segment; this mode needs one.  */
  __asm__ volatile ("mov $0x2b, %%ecx; mov %%ecx, %%ds; mov %%ecx, %%es\n\t"
		    "lea 1f(%%rip), %%rbx\n\t"
		    "mov %%rsp, %%r12\n\t"
		    "mov $0x10000f00, %%esp\n\t"
		    "ljmp *(%1)\n"
		    "1:	mov %%r12, %%rsp\n\t"
		    "xor %%ecx, %%ecx; mov %%ecx, %%ds; mov %%ecx, %%es"
		    : "+a" (rax) : "r" ((uint64_t) 0x10000900)
		    : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",
		    "r11", "r12", "r13", "r14", "r15", "memory", "cc");
  return rax;
}

static unsigned char *page;
static unsigned char *call_code;

static void
do_compat_syscall (void *result)
{
  static const unsigned char code[] = { 0xb8, 20, 0, 0, 0, 0x31, 0xed,
					0x0f, 0x05 };

  *(uint64_t *) result = enter_compat (page, code, sizeof code);
}

static void
do_compat_hlt (void *unused)
{
  static const unsigned char code[] = { 0xf4 };

  (void) unused;
  enter_compat (page, code, sizeof code);
}

static void
do_compat_int3 (void *unused)
{
  static const unsigned char code[] = { 0xcc };

  (void) unused;
  enter_compat (page, code, sizeof code);
}

static void
do_compat_null (void *unused)
{
  static const unsigned char code[] = { 0x31, 0xc0, 0x8b, 0x00 };

  (void) unused;
  enter_compat (page, code, sizeof code);
}

static void
check_mode (int has_ia32)
{
  /* mov $0x12345678, %eax; inc; which has no such one-byte encoding in
     64-bit mode.  */
  static const unsigned char count[] = { 0xb8, 0x78, 0x56, 0x34, 0x12, 0x40 };
  /* xor %eax, %eax; 1: inc %eax; cmpl $0, 0x10000800; je 1b  */
  static const unsigned char loop[] = {
    0x31, 0xc0, 0x40, 0x83, 0x3d, 0x00, 0x08, 0x00, 0x10, 0x00, 0x74, 0xf6
  };
  struct itimerval timer = { { 0, 3000 }, { 0, 3000 } };
  struct itimerval off = { { 0, 0 }, { 0, 0 } };
  struct sigaction action = { .sa_sigaction = tick_handler,
			      .sa_flags = SA_SIGINFO | SA_ONSTACK };
  static char other[65536];
  stack_t stack = { .ss_sp = other, .ss_size = sizeof other };
  struct fault fault;
  uint64_t result = 0;
  int signal;

  check_equal ("compat-code", enter_compat (page, count, sizeof count),
	       0x12345679);

  sigaltstack (&stack, NULL);
  sigaction (SIGALRM, &action, NULL);
  *(volatile int *) (page + 0x800) = 0;
  setitimer (ITIMER_REAL, &timer, NULL);
  enter_compat (page, loop, sizeof loop);
  setitimer (ITIMER_REAL, &off, NULL);
  check (in_compat >= 5, "compat-interrupted", "%d of %d signals in it",
	 in_compat, ticks);

  fault_catch (&fault, do_compat_hlt, NULL);
  check (fault.signal == SIGSEGV && fault.rip == 0x10000000
	 && fault.trap == 13, "compat-hlt", "signal %d rip %#llx",
	 fault.signal, (unsigned long long) fault.rip);
  fault_catch (&fault, do_compat_int3, NULL);
  check (fault.signal == SIGTRAP && fault.rip == 0x10000001
	 && fault.trap == 3, "compat-int3", "signal %d rip %#llx",
	 fault.signal, (unsigned long long) fault.rip);
  fault_catch (&fault, do_compat_null, NULL);
  check (fault.signal == SIGSEGV && fault.rip == 0x10000002
	 && fault.address == 0 && fault.trap == 14, "compat-null",
	 "signal %d rip %#llx", fault.signal, (unsigned long long) fault.rip);

  /* SYSCALL there: a 32-bit call on AMD's processors, #UD on Intel's.  */
  signal = fault_catch (&fault, do_compat_syscall, &result);
  if (signal == SIGILL)
    check (fault.rip == 0x10000007, "compat-syscall", "rip %#llx",
	   (unsigned long long) fault.rip);
  else if (has_ia32)
    /* Linux comes back at its vdso's code, whatever the caller was.  */
    check (signal == SIGSEGV || signal == 0, "compat-syscall",
	   "signal %d result %#llx", signal, (unsigned long long) result);
  else
    check (signal == SIGSEGV || (signal == 0 && (int) result == -ENOSYS),
	   "compat-syscall", "signal %d result %#llx", signal,
	   (unsigned long long) result);
}

/* SYSENTER in either mode must end in a signal or come back, not hang and
   not hurt; which one depends on the processor.  */
static int
do_sysenter (void *mode)
{
  static const unsigned char code[] = { 0xb8, 20, 0, 0, 0, 0x89, 0xe5,
					0x0f, 0x34 };

  if (mode != NULL)
    enter_compat (page, code, sizeof code);
  else
    {
      memcpy (call_code, "\x0f\x34\xc3", 3);
      touch_execute (call_code);
    }
  return 0;
}

int
main (void)
{
  char name[] = "/tmp/compat-tiny";
  int status, has_ia32, result = 0, signal;
  struct fault fault;

  check_start ("compat", 10, 120);
  write_tiny (name);
  status = in_child (run_tiny, name);
  unlink (name);
  has_ia32 = WIFEXITED (status) && WEXITSTATUS (status) == 42;
  check (has_ia32 || (WIFEXITED (status) && WEXITSTATUS (status) == 111),
	 "elf32", "status %#x: neither runs nor gives ENOEXEC", status);

  signal = fault_catch (&fault, do_int80, &result);
  if (has_ia32)
    check (signal == 0 && result == getpid (), "int80",
	   "32-bit programs run, but int $0x80 gave signal %d, %d", signal,
	   result);
  else
    check (signal == SIGSEGV && fault.code == SI_KERNEL && fault.trap == 13,
	   "int80", "signal %d trap %d", signal, (int) fault.trap);

  page = mmap ((void *) 0x10000000, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
	       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  call_code = mmap (NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page != (void *) 0x10000000 || call_code == MAP_FAILED)
    fatal ("mmap");
  check_mode (has_ia32);

  status = in_child (do_sysenter, NULL);
  check (WIFEXITED (status) || WTERMSIG (status) == SIGILL
	 || WTERMSIG (status) == SIGSEGV, "sysenter", "status %#x", status);
  status = in_child (do_sysenter, page);
  check (WIFEXITED (status) || WTERMSIG (status) == SIGILL
	 || WTERMSIG (status) == SIGSEGV, "compat-sysenter", "status %#x",
	 status);
  return check_end ();
}
