/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * failure.c - see failure.h.
 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "failure.h"

/**
 * fail - note what went wrong
 * @failure: where to
 * @status: what lguest should exit with
 * @format: like printf
 *
 * Always returns false, so that "return fail (...)" says it all.
 */
bool
fail (struct failure *failure, enum status status, const char *format, ...)
{
  va_list arguments;

  failure->status = status;
  va_start (arguments, format);
  vsnprintf (failure->text, sizeof failure->text, format, arguments);
  va_end (arguments);
  return false;
}
