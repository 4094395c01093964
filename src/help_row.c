/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help_row.c - rows of --help: an option, and what it does.
 */
#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "help_row.h"
#include "utf8.h"

/* How long a line may be, in columns. */
#define LINE_COLUMNS 79

/* How many columns the first @bytes of @text take: one for each character, or
   for each byte if it is not UTF-8. */
static unsigned
columns_of (const char *text, size_t bytes)
{
  unsigned columns = 0;
  size_t at, length;

  for (at = 0; at < bytes; at += length ? length : 1)
    {
      length = utf8_length (text + at);
      columns++;
    }
  return columns;
}

/**
 * help_row_print - on standard output
 *
 * @left: "  -o, --option=VALUE"
 * @column: where @right begins, from 0; below @left if that is too long
 * @right: what it is for; it continues in the next line where it has to
 */
void
help_row_print (const char *left, unsigned column, const char *right)
{
  unsigned at = columns_of (left, strlen (left));
  bool first = true;

  fputs (left, stdout);
  if (at >= column)
    {
      putchar ('\n');
      at = 0;
    }
  while (*right)
    {
      const size_t bytes = strcspn (right, " ");
      const unsigned width = columns_of (right, bytes);

      if (!first && at + 1 + width > LINE_COLUMNS)
        {
          putchar ('\n');
          at = 0;
          first = true;
        }
      if (first)
        at += (unsigned) printf ("%*s", (int) (column - at), "");
      else
        {
          putchar (' ');
          at++;
        }
      fwrite (right, 1, bytes, stdout);
      at += width;
      first = false;
      right += bytes;
      right += strspn (right, " ");
    }
  putchar ('\n');
}
