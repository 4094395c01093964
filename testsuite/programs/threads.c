/* threads.c - threads, their locks, and the segment bases that they live by.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <asm/prctl.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8 };

#ifndef HWCAP2_FSGSBASE
# define HWCAP2_FSGSBASE (1 << 1)
#endif

static pthread_t
start (void *(*body) (void *), void *argument)
{
  pthread_t thread;

  if (pthread_create (&thread, NULL, body, argument) != 0)
    fatal ("pthread_create");
  return thread;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long counter;
static __thread long mine = 5;
static __thread char block[5000];
static int turn;

static void *
add (void *number)
{
  int i;

  for (i = 0; i < 20000; i++)
    {
      pthread_mutex_lock (&mutex);
      counter++;
      pthread_mutex_unlock (&mutex);
      mine += (long) number;
    }
  return (void *) (mine == 5 + 20000 * (long) number ? 0l : 1l);
}

static void *
take_turns (void *number)
{
  int i;

  for (i = 0; i < 300; i++)
    {
      pthread_mutex_lock (&mutex);
      while (turn != (int) (long) number)
	pthread_cond_wait (&changed, &mutex);
      turn = (turn + 1) % THREADS;
      counter++;
      pthread_cond_broadcast (&changed);
      pthread_mutex_unlock (&mutex);
    }
  return NULL;
}

static void *
meet (void *unused)
{
  int i;

  (void) unused;
  for (i = 0; i < 200; i++)
    {
      __atomic_add_fetch (&counter, 1, __ATOMIC_SEQ_CST);
      pthread_barrier_wait (&barrier);
      if (__atomic_load_n (&counter, __ATOMIC_SEQ_CST) != THREADS * (i + 1))
	return (void *) 1;
      pthread_barrier_wait (&barrier);
    }
  return NULL;
}

static void *
keep_tls (void *number)
{
  uint64_t end = clock_ns () + 500000000ull;
  char value = 'a' + (long) number;
  size_t i;

  memset (block, value, sizeof block);
  mine = 1000 + (long) number;
  while (clock_ns () < end)
    {
      for (i = 0; i < sizeof block; i++)
	if (block[i] != value)
	  return (void *) 1;
      if (mine != 1000 + (long) number)
	return (void *) 2;
      if ((mine ^ i) & 1)
	sched_yield ();
    }
  return NULL;
}

/* All THREADS run BODY; gives how many returned NULL.  */
static int
run (void *(*body) (void *))
{
  pthread_t threads[THREADS];
  int i, good = 0;

  counter = 0;
  for (i = 0; i < THREADS; i++)
    threads[i] = start (body, (void *) (long) i);
  for (i = 0; i < THREADS; i++)
    {
      void *result;

      pthread_join (threads[i], &result);
      good += result == NULL;
    }
  return good;
}

static void
check_locks (void)
{
  check_equal ("mutex-tls", run (add), THREADS);
  check_equal ("mutex-count", counter, THREADS * 20000);
  check_equal ("condition", run (take_turns), THREADS);
  check_equal ("condition-count", counter, THREADS * 300);
  pthread_barrier_init (&barrier, NULL, THREADS);
  check_equal ("barrier", run (meet), THREADS);
  check_equal ("thread-local", run (keep_tls), THREADS);
  check_equal ("thread-local-main", mine, 5);
}

static void *
nothing (void *argument)
{
  return (void *) ((long) argument * 3);
}

static void
check_many (void)
{
  long i, bad = 0;

  for (i = 0; i < 500; i++)
    {
      void *result;

      pthread_join (start (nothing, (void *) i), &result);
      bad += (long) result != i * 3;
    }
  check_equal ("create-join", bad, 0);
}

static int word;

static long
futex (int *address, int operation, int value, const struct timespec *timeout)
{
  return syscall (SYS_futex, address, operation, value, timeout, NULL, 0);
}

static void *
wake_later (void *unused)
{
  (void) unused;
  usleep (20000);
  __atomic_store_n (&word, 1, __ATOMIC_SEQ_CST);
  futex (&word, FUTEX_WAKE, 1, NULL);
  return NULL;
}

static void
check_futex (void)
{
  struct timespec short_time = { 0, 50000000 };
  uint64_t before = clock_ns ();
  long result = futex (&word, FUTEX_WAIT, 0, &short_time);
  pthread_t thread;
  int *shared;
  pid_t child;

  check (result == -1 && errno == ETIMEDOUT
	 && clock_ns () - before >= 50000000ull, "futex-timeout",
	 "gave %ld, errno %d after %llu ns", result, errno,
	 (unsigned long long) (clock_ns () - before));
  result = futex (&word, FUTEX_WAIT, 1, NULL);
  check (result == -1 && errno == EAGAIN, "futex-changed", "gave %ld", result);
  thread = start (wake_later, NULL);
  while (__atomic_load_n (&word, __ATOMIC_SEQ_CST) == 0)
    futex (&word, FUTEX_WAIT, 0, NULL);
  pthread_join (thread, NULL);
  check_equal ("futex-wake", word, 1);

  /* Between processes.  */
  shared = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  child = fork ();
  if (child == 0)
    {
      int i;

      for (i = 0; i < 500; i++)
	{
	  while (__atomic_load_n (shared, __ATOMIC_SEQ_CST) != 2 * i + 1)
	    futex (shared, FUTEX_WAIT, 2 * i, NULL);
	  __atomic_store_n (shared, 2 * i + 2, __ATOMIC_SEQ_CST);
	  futex (shared, FUTEX_WAKE, 1, NULL);
	}
      _exit (0);
    }
  for (int i = 0; i < 500; i++)
    {
      __atomic_store_n (shared, 2 * i + 1, __ATOMIC_SEQ_CST);
      futex (shared, FUTEX_WAKE, 1, NULL);
      while (__atomic_load_n (shared, __ATOMIC_SEQ_CST) != 2 * i + 2)
	futex (shared, FUTEX_WAIT, 2 * i + 1, NULL);
    }
  check_child ("futex-processes", child);
  check_equal ("futex-processes-count", *shared, 1000);
}

static void *
die_with_lock (void *lock)
{
  pthread_mutex_lock (lock);
  return NULL;
}

static void
check_robust (void)
{
  pthread_mutexattr_t attributes;
  pthread_mutex_t lock;

  pthread_mutexattr_init (&attributes);
  pthread_mutexattr_setrobust (&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init (&lock, &attributes);
  pthread_join (start (die_with_lock, &lock), NULL);
  check_equal ("robust", pthread_mutex_lock (&lock), EOWNERDEAD);
}

/* The GS base is free for programs.  */

static uint64_t
read_gs (void)
{
  uint64_t value;

  __asm__ volatile ("mov %%gs:0, %0" : "=r" (value));
  return value;
}

static int fsgsbase;

static int
set_gs (uint64_t base)
{
  return syscall (SYS_arch_prctl, ARCH_SET_GS, base);
}

static uint64_t
get_gs (void)
{
  uint64_t base = 1;

  syscall (SYS_arch_prctl, ARCH_GET_GS, &base);
  return base;
}

static void *
keep_gs (void *number)
{
  uint64_t cell[2] = { 0xabcd0000u + (long) number, 0 };
  uint64_t end = clock_ns () + 500000000ull;
  uint64_t base = (uint64_t) cell;

  if (set_gs (base) != 0)
    return (void *) 1;
  while (clock_ns () < end)
    {
      /* Long enough to be preempted in it, without a call.  */
      for (int i = 0; i < 20000; i++)
	if (read_gs () != cell[0])
	  return (void *) 2;
      if (fsgsbase)
	{
	  uint64_t now;

	  __asm__ volatile ("rdgsbase %0" : "=r" (now));
	  if (now != base)
	    return (void *) 3;
	}
      if (get_gs () != base)
	return (void *) 4;
    }
  return NULL;
}

static volatile int gs_bad, gs_signals;

static void
gs_handler (int signal)
{
  (void) signal;
  gs_signals++;
  if (get_gs () != (uint64_t) block || read_gs () != 0x4242)
    gs_bad++;
}

static int
child_gs (void *unused)
{
  uint64_t cell = 0x99;

  (void) unused;
  if (get_gs () != (uint64_t) block || read_gs () != 0x4242)
    return 1;
  set_gs ((uint64_t) &cell);
  return read_gs () == 0x99 ? 0 : 2;
}

static void
check_gs (void)
{
  struct itimerval timer = { { 0, 2000 }, { 0, 2000 } };
  struct itimerval off = { { 0, 0 }, { 0, 0 } };
  int i, bad = 0;

  check_equal ("gs-threads", run (keep_gs), THREADS);

  *(uint64_t *) block = 0x4242;
  check_equal ("gs-set", set_gs ((uint64_t) block), 0);
  check_equal ("gs-read", read_gs (), 0x4242);
  signal (SIGALRM, gs_handler);
  setitimer (ITIMER_REAL, &timer, NULL);
  while (gs_signals < 50)
    bad += read_gs () != 0x4242;
  setitimer (ITIMER_REAL, &off, NULL);
  check (gs_bad == 0 && bad == 0, "gs-signals", "%d wrong in handlers, %d"
	 " outside", gs_bad, bad);
  check_equal ("gs-fork", in_child (child_gs, NULL), 0);
  check_equal ("gs-after-fork", read_gs (), 0x4242);

  /* Page faults and system calls on the way.  */
  for (i = 0, bad = 0; i < 300; i++)
    {
      char *p = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      *p = 1;
      bad += read_gs () != 0x4242;
      munmap (p, PAGE);
      bad += read_gs () != 0x4242;
    }
  check_equal ("gs-faults", bad, 0);

  check (set_gs (0x8000000000000000ull) == -1 && get_gs ()
	 == (uint64_t) block, "gs-non-canonical",
	 "arch_prctl takes a non-canonical base");
  check (set_gs (0xfffffe0000001000ull) == -1 && get_gs ()
	 == (uint64_t) block, "gs-kernel", "arch_prctl takes a kernel's base");
  set_gs (0);
  check_equal ("gs-zero", get_gs (), 0);
}

static void
write_gs_badly (void *base)
{
  __asm__ volatile ("wrgsbase %0" : : "r" (base));
}

static void
read_gs_0 (void *unused)
{
  (void) unused;
  read_gs ();
}

static int
kernel_gs (void *base)
{
  /* A kernel's address is a base that the processor takes; it must harm
     nobody, and stay, across calls, faults and preemption.  */
  uint64_t now, end = clock_ns () + 100000000ull;
  struct fault fault;
  char *p;

  write_gs_badly (base);
  fault_catch (&fault, read_gs_0, NULL);
  if (fault.signal != SIGSEGV || fault.address != (uint64_t) base)
    return 1;
  while (clock_ns () < end)
    {
      getppid ();
      p = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      *p = 1;
      munmap (p, PAGE);
      __asm__ volatile ("rdgsbase %0" : "=r" (now));
      if (now != (uint64_t) base)
	return 2;
    }
  return 0;
}

static void
check_instructions (void)
{
  struct fault fault;
  uint64_t before, now;

  if (!fsgsbase)
    {
      check_skip ("fsgsbase", "the kernel does not offer it");
      fault_catch (&fault, write_gs_badly, NULL);
      check_equal ("fsgsbase-refused", fault.signal, SIGILL);
      return;
    }
  __asm__ volatile ("rdfsbase %0" : "=r" (before));
  check_equal ("rdfsbase", before, (uint64_t) pthread_self ());
  write_gs_badly ((void *) 0x12345678000ul);
  getppid ();
  __asm__ volatile ("rdgsbase %0" : "=r" (now));
  check (now == 0x12345678000ul && get_gs () == now, "wrgsbase",
	 "base is %#llx", (unsigned long long) now);
  fault_catch (&fault, write_gs_badly, (void *) 0x8000000000000000ul);
  if (fault.signal == 0 && is_emulator ())
    check_skip ("wrgsbase-non-canonical", "QEMU takes any base");
  else
    check_fault ("wrgsbase-non-canonical", &fault, SIGSEGV, SI_KERNEL, 0);
  write_gs_badly (NULL);
  check_equal ("wrgsbase-kernel",
	       in_child (kernel_gs, (void *) 0xffffffff81000000ul), 0);
  check_equal ("wrgsbase-slot-508",
	       in_child (kernel_gs, (void *) 0xfffffe0000001000ul), 0);
  write_gs_badly (NULL);
}

int
main (void)
{
  check_start ("threads", 25, 300);
  fsgsbase = (getauxval (AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
  check_locks ();
  check_many ();
  check_futex ();
  check_robust ();
  check_gs ();
  check_instructions ();
  return check_end ();
}
