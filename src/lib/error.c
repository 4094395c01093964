/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error.c - the text of the last failure, one per thread.
 */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define TEXT_SIZE 1024

static __thread char last_text[TEXT_SIZE];

/** lguest__fail - note the text; returns @result; errno stays */
enum lguest_result
lguest__fail (enum lguest_result result, const char *format, ...)
{
  const int error = errno;
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (last_text, sizeof last_text, format, arguments);
  va_end (arguments);
  errno = error;
  return result;
}

const char *
lguest_error_text (void)
{
  return last_text;
}
