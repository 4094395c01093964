/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_option.c - what a console can be told.
 */
#include <config.h>

#include <string.h>

#include "console_option.h"
#include "i18n.h"

static const struct
{
  const char *name;
  bool has_path;
} types[] =
{
  [LINE_STDIO] = { "stdio", false },
  [LINE_PTY] = { "pty", false },
  [LINE_UNIX] = { "unix", true },
  [LINE_FILE] = { "file", true },
  [LINE_NULL] = { "null", false },
};

#define TYPES (sizeof types / sizeof *types)

/** console_type_name - as in --console */
const char *
console_type_name (enum line_type type)
{
  return types[type].name;
}

/* The type of a text that begins with its name, or TYPES. */
static size_t
find_type (const char *text)
{
  const size_t length = strcspn (text, ":");
  size_t i;

  for (i = 0; i < TYPES; i++)
    if (strlen (types[i].name) == length
        && strncmp (types[i].name, text, length) == 0)
      break;
  return i;
}

/** console_check_text - is that what a console can be? */
bool
console_check_text (const void *field, const char *text,
                    struct failure *failure)
{
  const size_t type = find_type (text);
  const char *path = strchr (text, ':');

  (void) field;
  if (type == TYPES)
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no console: say stdio, pty, unix:PATH,"
                   " file:PATH or null"), text);
  if (types[type].has_path && (!path || !path[1]))
    return fail (failure, STATUS_USAGE,
                 _("console %s needs a name: say %s:PATH"),
                 types[type].name, types[type].name);
  if (!types[type].has_path && path)
    return fail (failure, STATUS_USAGE, _("console %s has no name"),
                 types[type].name);
  return true;
}

/** console_option_type - what it is */
enum line_type
console_option_type (const struct console_option *option)
{
  return option->text ? find_type (option->text) : LINE_STDIO;
}

/** console_option_path - of a socket or file, or NULL */
const char *
console_option_path (const struct console_option *option)
{
  const char *path = option->text ? strchr (option->text, ':') : NULL;

  return path ? path + 1 : NULL;
}

/* What a window is like when nobody has said it. */
static const char unknown_size[] = "auto";

/** console_parse_size - "80x24", or "auto" */
bool
console_parse_size (void *field, const char *text, struct failure *failure)
{
  struct console_size *size = field;
  unsigned columns, rows;
  int end = 0;

  if (strcmp (text, unknown_size) == 0)
    {
      size->columns = size->rows = 0;
      return true;
    }
  if (strspn (text, "0123456789x") != strlen (text)
      || sscanf (text, "%5ux%5u%n", &columns, &rows, &end) != 2
      || text[end] || columns < 1 || columns > CONSOLE_CELLS_MAX
      || rows < 1 || rows > CONSOLE_CELLS_MAX)
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no size of a window: say, for example, 80x24"),
                 text);
  size->columns = columns;
  size->rows = rows;
  return true;
}

/** console_print_size - as console_parse_size() understands it */
void
console_print_size (const void *field, FILE *file)
{
  const struct console_size *size = field;

  if (size->columns)
    fprintf (file, "%ux%u", size->columns, size->rows);
  else
    fputs (unknown_size, file);
}
