/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * failure.c - see failure.h.
 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "failure.h"
#include "i18n.h"
#include "log.h"

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

/**
 * failure_show - tell the user
 *
 * Returns the status to exit with.
 */
int
failure_show (const struct failure *failure)
{
  if (failure->text[0])
    log_message ("%s", failure->text);
  if (failure->status == STATUS_USAGE)
    fprintf (stderr, _("Try 'lguest --help' for more information.\n"));
  return failure->status;
}
