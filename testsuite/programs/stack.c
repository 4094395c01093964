/* stack.c - the stack grows as far as it may, and no further.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t deepest;

/* Uses about 1 KiB per level; gives the sum of the levels.  */
static long __attribute__ ((noinline))
descend (long depth)
{
  volatile char block[1000];
  long sum;

  block[0] = block[999] = depth;
  deepest = (uintptr_t) block;
  sum = depth == 0 ? 0 : descend (depth - 1) + 1;
  if (block[0] != (char) depth || block[999] != (char) depth)
    return -1000000000;
  return sum;
}

static void
overflow (void *unused)
{
  (void) unused;
  descend (LONG_MAX);
}

static void *
thread_body (void *result)
{
  *(long *) result = descend (900);
  return NULL;
}

int
main (void)
{
  struct rlimit limit = { 8 << 20, 8 << 20 };
  struct fault fault;
  pthread_attr_t attributes;
  pthread_t thread;
  long sum = 0;
  char *area, *top;
  char here;
  int i;

  /* So that the fault handler's own record shows how deep it went.  */
  setrlimit (RLIMIT_STACK, &limit);
  check_start ("stack", 9, 120);

  check_equal ("deep", descend (6500), 6500);
  check ((uintptr_t) &here - deepest > 6000000, "deep-size", "only %ld bytes",
	 (long) ((uintptr_t) &here - deepest));
  check_equal ("deep-again", descend (7000), 7000);

  fault_catch (&fault, overflow, NULL);
  check (fault.signal == SIGSEGV && fault.trap == 14
	 && fault.address + PAGE * 2 > deepest - 2048
	 && fault.address < deepest + 2048, "overflow",
	 "signal %d address %#llx, the stack was at %#llx",
	 fault.signal, (unsigned long long) fault.address,
	 (unsigned long long) deepest);
  check ((uintptr_t) &here - deepest < (9u << 20), "overflow-limit",
	 "%ld bytes of stack", (long) ((uintptr_t) &here - deepest));
  check_equal ("after-overflow", descend (3000), 3000);

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, 1 << 20);
  if (pthread_create (&thread, &attributes, thread_body, &sum) != 0)
    fatal ("pthread_create");
  pthread_join (thread, NULL);
  check_equal ("thread", sum, 900);

  /* An area of our own that grows like a stack.  */
  area = mmap (NULL, 4 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap (area, 4 << 20);
  top = mmap (area + (3 << 20), 16 * PAGE, PROT_READ | PROT_WRITE,
	      MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  if (top == MAP_FAILED)
    fatal ("mmap growsdown");
  for (i = 1; i <= 100; i++)
    {
      if (fault_catch (&fault, touch_write, top - i * PAGE) != 0)
	break;
    }
  check (i == 101 && top[-50 * (long) PAGE] == 0x55, "grows-down",
	 "stops after %d pages", i);
  munmap (top - 100 * PAGE, 116 * PAGE);
  fault_catch (&fault, touch_read, top);
  check_fault ("grows-down-unmapped", &fault, SIGSEGV, SEGV_MAPERR,
	       (uintptr_t) top);
  return check_end ();
}
