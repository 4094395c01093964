/* storm.c - fork, exec, faults, signals and pipes all at once, for a time.

   Usage: storm [SECONDS [WORKERS]].

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *self = "/proc/self/exe";

static int
storm_fork (uint64_t *seed)
{
  int status, code = random_next (seed) & 63;
  pid_t child = fork ();

  if (child == 0)
    {
      volatile char *p = mmap (NULL, 32 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      for (int i = 0; i < 32; i++)
	p[i * PAGE] = i;
      for (int i = 0; i < 32; i++)
	if (p[i * PAGE] != i)
	  _exit (100);
      _exit (code);
    }
  return child > 0 && waitpid (child, &status, 0) == child
    && WIFEXITED (status) && WEXITSTATUS (status) == code;
}

static int
storm_exec (uint64_t *seed)
{
  char number[16];
  int status, code = random_next (seed) & 63;
  pid_t child;

  snprintf (number, sizeof number, "%d", code);
  child = vfork ();
  if (child == 0)
    {
      execl (self, "storm", "exit", number, (char *) NULL);
      _exit (101);
    }
  return child > 0 && waitpid (child, &status, 0) == child
    && WIFEXITED (status) && WEXITSTATUS (status) == code;
}

static int
storm_fault (uint64_t *seed)
{
  int pages = random_next (seed) % 60 + 2, i, good = 1;
  char *p = mmap (NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct fault fault;

  if (p == MAP_FAILED)
    return 0;
  for (i = 0; i < pages; i++)
    *(uint64_t *) (p + i * PAGE) = *seed + i;
  i = random_next (seed) % pages;
  mprotect (p + i * PAGE, PAGE, PROT_READ);
  good &= fault_catch (&fault, touch_write, p + i * PAGE + 9) == SIGSEGV
    && fault.address == (uintptr_t) p + i * PAGE + 9;
  munmap (p, pages * PAGE);
  good &= fault_catch (&fault, touch_read, p + i * PAGE) == SIGSEGV;
  return good;
}

static int
storm_pipe (uint64_t *seed)
{
  int fds[2], status, i, good = 1;
  uint64_t start = random_next (seed), value;
  pid_t child;

  if (pipe (fds) < 0)
    return 0;
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < 100; i++)
	{
	  value = start + i;
	  if (write (fds[1], &value, 8) != 8)
	    _exit (1);
	}
      _exit (0);
    }
  close (fds[1]);
  for (i = 0; i < 100; i++)
    good &= read (fds[0], &value, 8) == 8 && value == start + i;
  close (fds[0]);
  return waitpid (child, &status, 0) == child && status == 0 && good;
}

static int
storm_kill (uint64_t *seed)
{
  int status, signal = random_next (seed) % 2 ? SIGKILL : SIGTERM;
  pid_t child = fork ();

  if (child == 0)
    for (;;)
      getppid ();
  if (random_next (seed) % 2)
    usleep (random_next (seed) % 3000);
  kill (child, signal);
  return waitpid (child, &status, 0) == child && WIFSIGNALED (status)
    && WTERMSIG (status) == signal;
}

static void *
thread_body (void *number)
{
  return (void *) ((long) number * 7);
}

static int
storm_thread (uint64_t *seed)
{
  pthread_t threads[4];
  long i, good = 1;

  (void) seed;
  for (i = 0; i < 4; i++)
    if (pthread_create (&threads[i], NULL, thread_body, (void *) i) != 0)
      return 0;
  for (i = 0; i < 4; i++)
    {
      void *result;

      pthread_join (threads[i], &result);
      good &= (long) result == i * 7;
    }
  return good;
}

static int
worker (int number, int seconds, volatile long *rounds)
{
  static int (*const kinds[]) (uint64_t *) = {
    storm_fork, storm_exec, storm_fault, storm_pipe, storm_kill, storm_thread
  };
  uint64_t seed = number * 1000003ull + 1;
  uint64_t end = clock_ns () + seconds * 1000000000ull;

  do
    {
      int kind = random_next (&seed) % 6;

      if (!kinds[kind] (&seed))
	return kind + 1;
      ++*rounds;
    }
  while (clock_ns () < end);
  return 0;
}

int
main (int argc, char **argv)
{
  int seconds = argc > 1 ? atoi (argv[1]) : 5;
  int workers = argc > 2 ? atoi (argv[2]) : 4, i;
  volatile long *rounds;
  pid_t children[64];
  long total = 0;

  if (argc == 3 && strcmp (argv[1], "exit") == 0)
    return atoi (argv[2]);
  if (workers < 1 || workers > 64)
    workers = 4;
  check_start ("storm", workers + 1, seconds * 3 + 120);
  rounds = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (rounds == MAP_FAILED)
    fatal ("mmap");
  for (i = 0; i < workers; i++)
    {
      children[i] = fork ();
      if (children[i] == 0)
	_exit (worker (i, seconds, &rounds[i]));
    }
  for (i = 0; i < workers; i++)
    {
      char name[32];

      snprintf (name, sizeof name, "worker-%d", i);
      check_child (name, children[i]);
      total += rounds[i];
    }
  check (total >= workers, "rounds", "only %ld", total);
  return check_end ();
}
