/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.c - all that is wrong, not only the first.
 */
#include <config.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

/* More are not read, only counted. */
#define MESSAGES_MAX 100

/**
 * report_add - one more message
 * @report: all zero at first
 * @format: like printf; without newline
 *
 * What users wrote may be in it: control characters are shown as "?".
 */
void
report_add (struct report *report, const char *format, ...)
{
  char **messages, *message, *at;
  va_list arguments;
  int length;

  if (report->count == MESSAGES_MAX)
    {
      report->lost++;
      return;
    }
  va_start (arguments, format);
  length = vasprintf (&message, format, arguments);
  va_end (arguments);
  messages = length < 0 ? NULL
    : realloc (report->messages, (report->count + 1) * sizeof *messages);
  if (!messages)
    {
      if (length >= 0)
        free (message);
      report->lost++;
      return;
    }
  for (at = message; *at; at++)
    if (iscntrl ((unsigned char) *at))
      *at = '?';
  report->messages = messages;
  messages[report->count++] = message;
}

/** report_move - all messages of @from, behind those of @to */
void
report_move (struct report *to, struct report *from)
{
  unsigned i;

  for (i = 0; i < from->count; i++)
    report_add (to, "%s", from->messages[i]);
  to->lost += from->lost;
  report_free (from);
}

/** report_free - free all messages: there are none again */
void
report_free (struct report *report)
{
  while (report->count)
    free (report->messages[--report->count]);
  free (report->messages);
  report->messages = NULL;
  report->lost = 0;
}
