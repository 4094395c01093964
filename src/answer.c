/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer.c - what a launcher tells about its Guest: keys and values.
 */
#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

#define KEY_SIZE 128

/* A value that is longer is cut off: a line has to fit. */
#define VALUE_MAX 4000

static void
add (struct answer *answer, const char *bytes, size_t count)
{
  char *more;

  if (answer->failed)
    return;
  more = realloc (answer->text, answer->length + count);
  if (!more)
    {
      answer->failed = true;
      return;
    }
  memcpy (more + answer->length, bytes, count);
  answer->text = more;
  answer->length += count;
}

/**
 * answer_line - a line of two parts
 * @first: as it is
 * @rest: bytes that would be in the way are written as %XX; NULL: nothing
 */
void
answer_line (struct answer *answer, const char *first, const char *rest)
{
  size_t count;

  add (answer, first, strlen (first));
  if (rest)
    add (answer, " ", 1);
  for (count = 0; rest && rest[count] && count < VALUE_MAX; count++)
    {
      const unsigned char byte = rest[count];
      char code[4];

      if (byte >= ' ' && byte != '%' && byte != 127)
        add (answer, &rest[count], 1);
      else
        {
          snprintf (code, sizeof code, "%%%02X", byte);
          add (answer, code, 3);
        }
    }
  add (answer, "\n", 1);
}

void
answer_text (struct answer *answer, const char *value, const char *key, ...)
{
  char text[KEY_SIZE];
  va_list arguments;

  if (!value)
    return;
  va_start (arguments, key);
  vsnprintf (text, sizeof text, key, arguments);
  va_end (arguments);
  answer_line (answer, text, value);
}

void
answer_number (struct answer *answer, uint64_t value, const char *key, ...)
{
  char text[KEY_SIZE], digits[24];
  va_list arguments;

  va_start (arguments, key);
  vsnprintf (text, sizeof text, key, arguments);
  va_end (arguments);
  snprintf (digits, sizeof digits, "%" PRIu64, value);
  answer_line (answer, text, digits);
}
