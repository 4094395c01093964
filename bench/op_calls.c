/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_calls.c - system calls that do next to nothing: the price of the way.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "operation.h"

static void
run_null (long count)
{
  for (long i = 0; i < count; i++)
    syscall (SYS_getppid);
}

static void
run_clock (long count)
{
  struct timespec now;

  for (long i = 0; i < count; i++)
    syscall (SYS_clock_gettime, CLOCK_MONOTONIC, &now);
}

#define PIPES 10

static int pipes[PIPES][2];

static void
prepare_select (void)
{
  for (int i = 0; i < PIPES; i++)
    must (pipe (pipes[i]) == 0);
}

static void
run_select (long count)
{
  for (long i = 0; i < count; i++)
    {
      struct timeval at_once = { 0, 0 };
      fd_set set;

      FD_ZERO (&set);
      for (int p = 0; p < PIPES; p++)
        FD_SET (pipes[p][0], &set);
      must (select (pipes[PIPES - 1][1], &set, NULL, NULL, &at_once) == 0);
    }
}

static void
finish_select (void)
{
  for (int i = 0; i < PIPES; i++)
    {
      close (pipes[i][0]);
      close (pipes[i][1]);
    }
}

const struct operation call_operations[] = {
  { "null-call", 20000, 1, NULL, run_null, NULL },
  { "clock-call", 20000, 1, NULL, run_clock, NULL },
  { "select-10", 4000, 1, prepare_select, run_select, finish_select },
  { 0 }
};
