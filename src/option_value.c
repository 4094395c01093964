/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_value.c - values of options: from texts, and to texts.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "i18n.h"
#include "option_value.h"
#include "utf8.h"

static const struct { char letter; unsigned shift; } size_units[] =
  { { 'T', 40 }, { 'G', 30 }, { 'M', 20 }, { 'K', 10 }, { 'B', 0 } };

static const struct { char letter; unsigned seconds; } time_units[] =
  { { 'd', 24 * 60 * 60 }, { 'h', 60 * 60 }, { 'm', 60 }, { 's', 1 } };

#define LENGTH(array) (sizeof (array) / sizeof *(array))

/* Digits, no sign, no blank.  *END is what follows them. */
static bool
parse_digits (const char *text, uint64_t *number, const char **end)
{
  unsigned long long value;
  char *rest;

  if (!isdigit ((unsigned char) *text))
    return false;
  errno = 0;
  value = strtoull (text, &rest, 10);
  if (errno)
    return false;
  *number = value;
  *end = rest;
  return true;
}

/**
 * options_parse_size - a number of MiB, or of K, M, G, T or B (bytes)
 *
 * Returns false if it is no number or too large for 64 bits.
 */
bool
options_parse_size (const char *text, uint64_t *bytes)
{
  unsigned shift = 20;
  const char *end;
  uint64_t number;
  size_t i;

  if (!parse_digits (text, &number, &end))
    return false;
  if (*end)
    {
      for (i = 0; i < LENGTH (size_units); i++)
        if (toupper ((unsigned char) *end) == size_units[i].letter)
          break;
      if (i == LENGTH (size_units) || end[1])
        return false;
      shift = size_units[i].shift;
    }
  if (number > UINT64_MAX >> shift)
    return false;
  *bytes = number << shift;
  return true;
}

/* A number of seconds, or of d, h, m or s. */
static bool
parse_time (const char *text, uint64_t *seconds)
{
  const char *end;
  uint64_t number;
  size_t i;

  if (!parse_digits (text, &number, &end))
    return false;
  *seconds = number;
  if (!*end)
    return true;
  for (i = 0; i < LENGTH (time_units); i++)
    if (*end == time_units[i].letter && !end[1])
      {
        *seconds *= time_units[i].seconds;
        return number <= UINT64_MAX / time_units[i].seconds;
      }
  return false;
}

static bool
parse_flag (const char *text, bool *flag)
{
  static const char *const words[][2] =
    { { "no", "yes" }, { "off", "on" }, { "false", "true" } };
  size_t i;

  for (i = 0; i < LENGTH (words); i++)
    if (strcmp (text, words[i][0]) == 0 || strcmp (text, words[i][1]) == 0)
      {
        *flag = strcmp (text, words[i][1]) == 0;
        return true;
      }
  return false;
}

/* Is @number one for @row, whose field can hold @limit? */
static bool
in_range (const struct option_row *row, uint64_t number, uint64_t limit,
          const char *text, struct failure *failure)
{
  const uint64_t max = row->max ? row->max : limit;

  if (number >= row->min && number <= max)
    return true;
  return fail (failure, STATUS_USAGE,
               _("%s is out of range: from %" PRIu64 " to %" PRIu64), text,
               row->min, max);
}

static bool
out_of_memory (struct failure *failure)
{
  return fail (failure, STATUS_ERROR, _("out of memory"));
}

/* A copy of @text, which is relative to @directory if that is not NULL. */
static char *
file_name (const char *text, const char *directory)
{
  char *name;

  if (!directory || text[0] == '/' || strcmp (directory, ".") == 0)
    return strdup (text);
  return asprintf (&name, "%s%s%s", directory,
                   directory[strlen (directory) - 1] == '/' ? "" : "/",
                   text) < 0 ? NULL : name;
}

static bool
names_file (const struct option_row *row, const char *text)
{
  return row->kind == OPTION_FILE && !(row->is_word && row->is_word (text));
}

static bool
set_text (const struct option_row *row, char **field, const char *text,
          const char *directory, struct failure *failure)
{
  char *copy;

  if (row->kind == OPTION_FILE && !*text)
    return fail (failure, STATUS_USAGE, _("the name of a file is missing"));
  if (row->check && !row->check (&text, text, failure))
    return false;
  copy = file_name (text, names_file (row, text) ? directory : NULL);
  if (!copy)
    return out_of_memory (failure);
  free (*field);
  *field = copy;
  return true;
}

static bool
add_text (const struct option_row *row, struct text_list *list,
          const char *text, struct failure *failure)
{
  char *copy, **items;

  if (row->check && !row->check (&text, text, failure))
    return false;
  copy = strdup (text);
  items = realloc (list->items, (list->count + 1) * sizeof *items);
  if (items)
    list->items = items;
  if (!copy || !items)
    {
      free (copy);
      return out_of_memory (failure);
    }
  items[list->count++] = copy;
  return true;
}

static bool
set_choice (const struct option_row *row, int *field, const char *text,
            struct failure *failure)
{
  char words[256];
  size_t used = 0;
  int i;

  words[0] = '\0';
  for (i = 0; row->choices[i]; i++)
    {
      if (strcmp (text, row->choices[i]) == 0)
        {
          *field = i;
          return true;
        }
      if (used < sizeof words)
        used += snprintf (words + used, sizeof words - used, "%s%s",
                          i ? ", " : "", row->choices[i]);
    }
  return fail (failure, STATUS_USAGE, _("\"%s\" is none of: %s"), text,
               words);
}

/**
 * option_value_set - understand a text and put it into its field
 * @row: which
 * @structure: that has the field
 * @text: from the user
 * @directory: names of files are relative to it; NULL: to the current one
 *
 * A list becomes longer, by one.  After a failure the field is as it was.
 */
bool
option_value_set (const struct option_row *row, void *structure,
                  const char *text, const char *directory,
                  struct failure *failure)
{
  void *field = (char *) structure + row->offset;
  uint64_t number;
  unsigned small;
  const char *end;
  bool flag;

  switch (row->kind)
    {
    case OPTION_FLAG:
      if (!parse_flag (text, &flag))
        return fail (failure, STATUS_USAGE,
                     _("\"%s\" is neither yes nor no"), text);
      *(bool *) field = flag;
      return true;
    case OPTION_NUMBER:
      if (!parse_digits (text, &number, &end) || *end)
        return fail (failure, STATUS_USAGE, _("\"%s\" is no number"), text);
      small = number;
      if (!in_range (row, number, UINT_MAX, text, failure)
          || (row->check && !row->check (&small, text, failure)))
        return false;
      *(unsigned *) field = small;
      return true;
    case OPTION_SIZE:
      if (!options_parse_size (text, &number))
        return fail (failure, STATUS_USAGE,
                     _("\"%s\" is no size: say, for example, 64 for 64 MiB,"
                       " or 2G"), text);
      if (!in_range (row, number, UINT64_MAX, text, failure)
          || (row->check && !row->check (&number, text, failure)))
        return false;
      *(uint64_t *) field = number;
      return true;
    case OPTION_TIME:
      if (!parse_time (text, &number))
        return fail (failure, STATUS_USAGE,
                     _("\"%s\" is no time: say, for example, 90 for 90"
                       " seconds, or 5m"), text);
      small = number;
      if (!in_range (row, number, INT_MAX, text, failure)
          || (row->check && !row->check (&small, text, failure)))
        return false;
      *(unsigned *) field = small;
      return true;
    case OPTION_TEXT:
    case OPTION_FILE:
      return set_text (row, field, text, directory, failure);
    case OPTION_LIST:
      return add_text (row, field, text, failure);
    case OPTION_CHOICE:
      return set_choice (row, field, text, failure);
    case OPTION_CUSTOM:
      return row->parse (field, text, failure);
    default:
      return fail (failure, STATUS_ERROR, "%s?", row->name);
    }
}

/** option_value_clear - free what option_value_set() has allocated */
void
option_value_clear (const struct option_row *row, void *structure)
{
  void *field = (char *) structure + row->offset;
  struct text_list *list = field;

  switch (row->kind)
    {
    case OPTION_TEXT:
    case OPTION_FILE:
      free (*(char **) field);
      *(char **) field = NULL;
      break;
    case OPTION_LIST:
      while (list->count)
        free (list->items[--list->count]);
      free (list->items);
      list->items = NULL;
      break;
    default:
      break;
    }
}

/** option_value_is_set - is there something to print? */
bool
option_value_is_set (const struct option_row *row, const void *structure)
{
  const void *field = (const char *) structure + row->offset;

  switch (row->kind)
    {
    case OPTION_NUMBER:
    case OPTION_TIME:
      return *(const unsigned *) field >= row->min;
    case OPTION_SIZE:
      return *(const uint64_t *) field >= row->min;
    case OPTION_TEXT:
    case OPTION_FILE:
      return *(char *const *) field != NULL;
    case OPTION_LIST:
      return ((const struct text_list *) field)->count != 0;
    default:
      return true;
    }
}

/** option_value_print_text - in quotes, as a configuration file wants it */
void
option_value_print_text (const char *text, FILE *file)
{
  putc ('"', file);
  while (*text)
    {
      const size_t length = utf8_length (text);

      if (length == 0 || iscntrl ((unsigned char) *text))
        fprintf (file, "\\x%02x", (unsigned char) *text++);
      else
        {
          if (strchr ("\"\\$", *text))
            putc ('\\', file);
          fwrite (text, 1, length, file);
          text += length;
        }
    }
  putc ('"', file);
}

/* Whoever reads the file may be somewhere else. */
static void
print_file (const char *name, FILE *file)
{
  char *directory = name[0] == '/' ? NULL : getcwd (NULL, 0);
  char *absolute = file_name (name, directory);

  option_value_print_text (absolute ? absolute : name, file);
  free (absolute);
  free (directory);
}

static void
print_size (uint64_t bytes, FILE *file)
{
  size_t i = 0;

  while (bytes & ((UINT64_C (1) << size_units[i].shift) - 1))
    i++;
  if (bytes == 0)
    i = LENGTH (size_units) - 1;
  fprintf (file, "%" PRIu64 "%c", bytes >> size_units[i].shift,
           size_units[i].letter);
}

/**
 * option_value_print - as it may be in a configuration file
 *
 * Without its key, without newline.
 */
void
option_value_print (const struct option_row *row, const void *structure,
                    FILE *file)
{
  const void *field = (const char *) structure + row->offset;
  const struct text_list *list = field;
  unsigned i;

  switch (row->kind)
    {
    case OPTION_FLAG:
      fputs (*(const bool *) field ? "yes" : "no", file);
      break;
    case OPTION_NUMBER:
    case OPTION_TIME:
      fprintf (file, "%u", *(const unsigned *) field);
      break;
    case OPTION_SIZE:
      print_size (*(const uint64_t *) field, file);
      break;
    case OPTION_TEXT:
    case OPTION_FILE:
      if (names_file (row, *(char *const *) field))
        print_file (*(char *const *) field, file);
      else
        option_value_print_text (*(char *const *) field, file);
      break;
    case OPTION_LIST:
      putc ('{', file);
      for (i = 0; i < list->count; i++)
        {
          fputs (i ? ", " : "", file);
          option_value_print_text (list->items[i], file);
        }
      putc ('}', file);
      break;
    case OPTION_CHOICE:
      fputs (row->choices[*(const int *) field], file);
      break;
    case OPTION_CUSTOM:
      row->print (field, file);
      break;
    default:
      break;
    }
}
