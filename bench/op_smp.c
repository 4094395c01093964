/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_smp.c - what several processors do at the same time: many processes that
 * fault and fork, two threads that wake each other, and a processor that
 * takes something away from all others.
 *
 * They are operations of "lgbench -m" only, and not bound to any processor
 * unless they say so.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operation.h"

#define PAGE            4096
#define PAGES           64      /* of a mapping */
#define BYTES           (PAGES * PAGE)
#define WORKERS_MAX     32

/* --- Processes that all do the same ------------------------------------- */

static int workers;
static int start_pipe[2], done_pipe[2];

/* Touch PAGES new pages. */
static void
fault (void)
{
  char *area = mmap (NULL, BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  must (area != MAP_FAILED);
  madvise (area, BYTES, MADV_NOHUGEPAGE);
  for (long at = 0; at < BYTES; at += PAGE)
    area[at] = 1;
  munmap (area, BYTES);
}

static void
fork_once (void)
{
  pid_t child = fork ();

  must (child >= 0);
  if (child == 0)
    _exit (0);
  must (waitpid (child, NULL, 0) == child);
}

/* Do it once, to have what one needs; then as often as each word from the pipe
   says, until there is no more. */
static void
work (void (*what) (void))
{
  long times = 1;
  char byte = 0;

  do
    {
      while (times-- > 0)
        what ();
      must (write (done_pipe[1], &byte, 1) == 1);
    }
  while (read (start_pipe[0], &times, sizeof times) == sizeof times);
}

static void
wait_for_workers (void)
{
  char byte;

  for (int i = 0; i < workers; i++)
    must (read (done_pipe[0], &byte, 1) == 1);
}

static void
start_workers (int count, void (*what) (void))
{
  workers = count;
  must (pipe (start_pipe) == 0 && pipe (done_pipe) == 0);
  for (int i = 0; i < workers; i++)
    {
      pid_t child = fork ();

      must (child >= 0);
      if (child == 0)
        {
          close (start_pipe[1]);
          work (what);
          _exit (0);
        }
    }
  wait_for_workers ();
}

static void
run_workers (long times)
{
  times /= workers;
  for (int i = 0; i < workers; i++)
    must (write (start_pipe[1], &times, sizeof times) == sizeof times);
  wait_for_workers ();
}

static void
end_workers (void)
{
  close (start_pipe[1]);
  for (int i = 0; i < workers; i++)
    must (wait (NULL) > 0);
  close (start_pipe[0]);
  close (done_pipe[0]);
  close (done_pipe[1]);
}

/* A row's count is pages, or forks. */
static void
run_faults (long pages)
{
  run_workers (pages / PAGES);
}

static void prepare_storm_1 (void) { start_workers (1, fault); }
static void prepare_storm_2 (void) { start_workers (2, fault); }
static void prepare_storm_4 (void) { start_workers (4, fault); }
static void prepare_storm_8 (void) { start_workers (8, fault); }
static void prepare_storm_16 (void) { start_workers (16, fault); }
static void prepare_storm_32 (void) { start_workers (32, fault); }
static void prepare_fork_32 (void) { start_workers (32, fork_once); }

/* --- Two that wake each other -------------------------------------------- */

static pthread_t partner;
static atomic_int turn;         /* 0: main's, 1: the partner's, 2: the end */

/* Processor number N, or the last one there is. */
static void
run_on (int n)
{
  long online = sysconf (_SC_NPROCESSORS_ONLN);
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (n < online ? n : online - 1, &set);
  must (sched_setaffinity (0, sizeof set, &set) == 0);
}

static void
run_anywhere (void)
{
  cpu_set_t set;

  for (int i = 0; i < CPU_SETSIZE; i++)
    CPU_SET (i, &set);
  must (sched_setaffinity (0, sizeof set, &set) == 0);
}

static void
pass_turn (int to)
{
  atomic_store (&turn, to);
  syscall (SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int
await_turn (int whose)
{
  int now;

  while ((now = atomic_load (&turn)) == !whose)
    syscall (SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
  return now == whose;
}

static void *
answer (void *unused)
{
  (void) unused;
  run_on (1);
  while (await_turn (1))
    pass_turn (0);
  return NULL;
}

static void
prepare_futex (void)
{
  run_on (0);
  turn = 0;
  must (pthread_create (&partner, NULL, answer, NULL) == 0);
}

static void
run_futex (long count)
{
  while (count-- > 0)
    {
      pass_turn (1);
      await_turn (0);
    }
}

static void
finish_futex (void)
{
  pass_turn (2);
  pthread_join (partner, NULL);
  run_anywhere ();
}

static int there[2], back[2];

static void
prepare_pipe (void)
{
  pid_t child;

  run_on (0);
  must (pipe (there) == 0 && pipe (back) == 0);
  child = fork ();
  must (child >= 0);
  if (child == 0)
    {
      char byte;

      run_on (1);
      close (there[1]);
      while (read (there[0], &byte, 1) == 1 && write (back[1], &byte, 1) == 1)
        continue;
      _exit (0);
    }
}

static void
run_pipe (long count)
{
  char byte = 'x';

  while (count-- > 0)
    {
      must (write (there[1], &byte, 1) == 1);
      must (read (back[0], &byte, 1) == 1);
    }
}

static void
finish_pipe (void)
{
  close (there[1]);
  must (wait (NULL) > 0);
  close (there[0]);
  close (back[0]);
  close (back[1]);
  run_anywhere ();
}

/* --- Taking a right away from all ---------------------------------------- */

static volatile char *shot;
static atomic_int over, running;
static pthread_t spinners[WORKERS_MAX];
static int spinner_count;

/* Use the page, on a processor of its own.  The pauses let an emulator that has
   one thread go on to the next processor. */
static void *
spin (void *number)
{
  run_on ((int) (long) number);
  atomic_fetch_add (&running, 1);
  while (!atomic_load (&over))
    {
      keep (*shot);
      __builtin_ia32_pause ();
    }
  return NULL;
}

static void
prepare_shootdown (void)
{
  long online = sysconf (_SC_NPROCESSORS_ONLN);

  shot = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must (shot != MAP_FAILED);
  *shot = 1;
  over = running = 0;
  run_on (0);
  spinner_count = online - 1;
  for (long i = 0; i < spinner_count; i++)
    must (pthread_create (&spinners[i], NULL, spin, (void *) (i + 1)) == 0);
  while (running < spinner_count)
    sched_yield ();
}

static void
run_shootdown (long count)
{
  while (count-- > 0)
    {
      must (mprotect ((void *) shot, PAGE, PROT_READ) == 0);
      must (mprotect ((void *) shot, PAGE, PROT_READ | PROT_WRITE) == 0);
      *shot = 1;
    }
}

static void
finish_shootdown (void)
{
  over = 1;
  for (int i = 0; i < spinner_count; i++)
    pthread_join (spinners[i], NULL);
  munmap ((void *) shot, PAGE);
  run_anywhere ();
}

const struct operation smp_operations[] = {
  { "storm-1", 2048, 32 * PAGES, prepare_storm_1, run_faults, end_workers },
  { "storm-2", 2048, 32 * PAGES, prepare_storm_2, run_faults, end_workers },
  { "storm-4", 2048, 32 * PAGES, prepare_storm_4, run_faults, end_workers },
  { "storm-8", 2048, 32 * PAGES, prepare_storm_8, run_faults, end_workers },
  { "storm-16", 2048, 32 * PAGES, prepare_storm_16, run_faults, end_workers },
  { "storm-32", 2048, 32 * PAGES, prepare_storm_32, run_faults, end_workers },
  { "fork-32", 64, 32, prepare_fork_32, run_workers, end_workers },
  { "futex-pair", 400, 1, prepare_futex, run_futex, finish_futex },
  { "pipe-pair", 400, 1, prepare_pipe, run_pipe, finish_pipe },
  { "shootdown", 400, 1, prepare_shootdown, run_shootdown, finish_shootdown },
  { 0 }
};
