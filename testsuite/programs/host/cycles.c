/* cycles.c - start launchers and kill them at random moments.

   Usage: cycles NUMBER MOST-MS SEED COMMAND [ARGUMENT...].

   The moments are spread evenly over 0 .. MOST-MS.  Each cycle must end with
   the process gone; nothing else may be left of it.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  int number, most_ms, i, killed = 0, ended = 0;
  uint64_t seed;

  if (argc < 5)
    {
      fprintf (stderr, "usage: %s NUMBER MOST-MS SEED COMMAND...\n", argv[0]);
      return 2;
    }
  number = atoi (argv[1]);
  most_ms = atoi (argv[2]);
  seed = strtoull (argv[3], NULL, 10);
  check_start ("cycles", 2, number * (most_ms / 1000 + 5) + 120);
  for (i = 0; i < number; i++)
    {
      long wait_us = random_next (&seed) % (most_ms * 1000l + 1);
      struct timespec wait = { wait_us / 1000000, wait_us % 1000000 * 1000 };
      int status;
      pid_t child = fork ();

      if (child < 0)
	fatal ("fork");
      if (child == 0)
	{
	  int null = open ("/dev/null", O_RDWR);

	  dup2 (null, 0);
	  dup2 (null, 1);
	  dup2 (null, 2);
	  execvp (argv[4], argv + 4);
	  _exit (127);
	}
      nanosleep (&wait, NULL);
      kill (child, SIGKILL);
      if (waitpid (child, &status, 0) != child)
	fatal ("waitpid");
      if (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL)
	killed++;
      else
	ended++;
      if (WIFEXITED (status) && WEXITSTATUS (status) == 127)
	fatal (argv[4]);
    }
  check_equal ("killed-or-ended", killed + ended, number);
  /* A command that always ends by itself would test nothing.  */
  check (killed >= number * 3 / 4, "killed", "only %d of %d", killed, number);
  return check_end ();
}
