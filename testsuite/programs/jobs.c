/* jobs.c - processes that are stopped and go on.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile uint64_t *shared;

static void
count_handler (int signal)
{
  (void) signal;
  shared[1]++;
}

static pid_t
start_counter (void)
{
  pid_t child;

  shared[0] = shared[1] = 0;
  child = fork ();
  if (child < 0)
    fatal ("fork");
  if (child == 0)
    {
      signal (SIGUSR1, count_handler);
      for (;;)
	shared[0]++;
    }
  while (shared[0] == 0)
    usleep (1000);
  return child;
}

int
main (void)
{
  int status, i, bad = 0;
  uint64_t before;
  pid_t child;

  check_start ("jobs", 9, 120);
  shared = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    fatal ("mmap");

  child = start_counter ();
  kill (child, SIGSTOP);
  check (waitpid (child, &status, WUNTRACED) == child && WIFSTOPPED (status)
	 && WSTOPSIG (status) == SIGSTOP, "stopped", "status %#x", status);
  before = shared[0];
  usleep (100000);
  check_equal ("stopped-rests", shared[0], before);

  /* A signal to a stopped process waits.  */
  kill (child, SIGUSR1);
  usleep (50000);
  check_equal ("signal-waits", shared[1], 0);
  kill (child, SIGCONT);
  check (waitpid (child, &status, WCONTINUED) == child
	 && WIFCONTINUED (status), "continued", "status %#x", status);
  while (shared[1] == 0)
    usleep (1000);
  check_equal ("signal-comes", shared[1], 1);
  before = shared[0];
  while (shared[0] == before)
    usleep (1000);
  check (shared[0] > before, "goes-on", "it does not run");

  for (i = 0; i < 200; i++)
    {
      kill (child, SIGSTOP);
      if (waitpid (child, &status, WUNTRACED) != child
	  || !WIFSTOPPED (status))
	bad++;
      kill (child, SIGCONT);
      if (waitpid (child, &status, WCONTINUED) != child
	  || !WIFCONTINUED (status))
	bad++;
    }
  check_equal ("again-and-again", bad, 0);

  kill (child, SIGSTOP);
  waitpid (child, &status, WUNTRACED);
  kill (child, SIGTERM);
  check_equal ("terminate-waits", waitpid (child, &status, WNOHANG), 0);
  kill (child, SIGKILL);
  check (waitpid (child, &status, 0) == child && WIFSIGNALED (status)
	 && WTERMSIG (status) == SIGKILL, "kill-stopped", "status %#x",
	 status);
  return check_end ();
}
