/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_user.c - code that asks the kernel for nothing.  It must run at full
 * speed in a guest: all that may differ is the timer's interrupts.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "operation.h"

static void
run_integer (long count)
{
  unsigned x = 1;

  for (long i = 0; i < count; i++)
    {
      x = x * 1664525u + 1013904223u;
      keep (x);
    }
}

static void
run_float (long count)
{
  double x = 1.0;

  for (long i = 0; i < count; i++)
    {
      x = x * 1.0000001 + 0.5;
      __asm__ volatile ("" : "+x" (x));
    }
}

#define COPY_WORDS (1 << 17)        /* one MiB */

static unsigned long *from, *to;

static void
prepare_copy (void)
{
  from = malloc (COPY_WORDS * sizeof *from);
  to = malloc (COPY_WORDS * sizeof *to);
  must (from && to);
  memset (from, 1, COPY_WORDS * sizeof *from);
  memset (to, 2, COPY_WORDS * sizeof *to);
}

/* Not memcpy: it chooses by what CPUID says, which is not the same in every
   system. */
static void
run_copy (long count)
{
  for (long i = 0; i < count; i++)
    for (long word = 0; word < COPY_WORDS; word++)
      {
        unsigned long value = from[word];

        keep (value);
        to[word] = value;
      }
}

static void
finish_copy (void)
{
  free (from);
  free (to);
}

static void
run_gettimeofday (long count)
{
  struct timeval now;

  for (long i = 0; i < count; i++)
    gettimeofday (&now, NULL);
}

const struct operation user_operations[] = {
  { "integer", 4000000, 1, NULL, run_integer, NULL },
  { "float", 4000000, 1, NULL, run_float, NULL },
  { "copy-1M", 20, 1, prepare_copy, run_copy, finish_copy },
  { "gettimeofday", 20000, 1, NULL, run_gettimeofday, NULL },
  { 0 }
};
