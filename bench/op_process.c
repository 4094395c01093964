/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_process.c - processes that are born, become another program, and end.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operation.h"

/* COUNT children, one after the other, which execute ARGV or, without one,
   just end. */
static void
run_children (long count, char *const argv[])
{
  char *const environment[] = { NULL };

  for (long i = 0; i < count; i++)
    {
      int status;
      pid_t child = fork ();

      must (child >= 0);
      if (child == 0)
        {
          if (argv)
            execve (argv[0], argv, environment);
          _exit (argv != NULL);
        }
      must (waitpid (child, &status, 0) == child && status == 0);
    }
}

static void
run_fork (long count)
{
  run_children (count, NULL);
}

static void
run_exec (long count)
{
  char *argv[] = { "/bin/lgbench", "-x", NULL };

  run_children (count, argv);
}

/* The shell forks for a program that is not its last one. */
static void
run_shell (long count)
{
  char *argv[] = { "/bin/sh", "-c", "/bin/true; :", NULL };

  run_children (count, argv);
}

const struct operation process_operations[] = {
  { "fork-exit", 50, 1, NULL, run_fork, NULL },
  { "fork-exec", 40, 1, NULL, run_exec, NULL },
  { "sh-c-true", 20, 1, NULL, run_shell, NULL },
  { 0 }
};
