/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit.c - see unit.h.
 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "unit.h"

static unsigned failures;
static bool last_held = true;

bool
check (bool fact, const char *format, ...)
{
  va_list arguments;

  last_held = fact;
  if (!fact)
    failures++;
  printf ("%s: ", fact ? "PASS" : "FAIL");
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
  return fact;
}

void
explain (const char *format, ...)
{
  va_list arguments;

  if (last_held)
    return;
  printf ("  ");
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
}

int
finish (void)
{
  return failures != 0;
}
