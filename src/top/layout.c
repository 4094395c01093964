/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.c - which columns are on a line, how wide, and the lines themselves.
 *
 * A line begins with one column for marks.  Columns that do not fit are left
 * out from the right; if there is room, the names get it.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "top/layout.h"

#define MARKS 1

/* From here on it is worth something. */
#define REST_LEAST 4

static int
longest_name (const struct table *table)
{
  int longest = 0;
  size_t i;

  for (i = 0; i < table->count; i++)
    {
      const int width = strlen (table->rows[i].guest->name);

      if (width > longest)
        longest = width;
    }
  return longest < LAYOUT_NAME_MAX ? longest : LAYOUT_NAME_MAX;
}

/* The least that a column is of use with. */
static int
least_width (const struct column *column)
{
  if (column->width == COLUMN_REST)
    return REST_LEAST;
  return column->width < 0 ? -column->width : column->width;
}

/* Give the room that is left to the names, then to what can take it. */
static void
share (struct layout *layout, const struct table *table, int spare)
{
  const struct column *columns = views[layout->view].columns;
  const int wish = longest_name (table) - layout->widths[0];
  const int given = wish <= 0 ? 0 : wish < spare ? wish : spare;
  unsigned i;

  layout->widths[0] += given;
  for (i = 0; i < layout->count; i++)
    if (columns[i].width <= COLUMN_REST)
      {
        layout->widths[i] += spare - given;
        break;
      }
}

/** layout_make - for lines of @width columns */
void
layout_make (struct layout *layout, const struct table *table,
             const struct look *look, bool totals, int width)
{
  const struct column *columns = views[look->view].columns;
  int used = MARKS - 1;
  unsigned i;

  layout->view = look->view;
  layout->totals = totals;
  layout->count = 0;
  for (i = 0; columns[i].title && i < LAYOUT_COLUMNS_MAX; i++)
    {
      const int least = least_width (&columns[i]);

      if (columns[i].width == COLUMN_HIDDEN || used + 1 + least > width)
        break;
      layout->widths[layout->count++] = least;
      used += 1 + least;
    }
  if (layout->count > 0 && used < width)
    share (layout, table, width - used);
}

/* Put a text into the next columns. */
static void
append (char *line, size_t size, const char *text, int width, bool left)
{
  const size_t length = strlen (line);

  if (length + 2 >= size)
    return;
  line[length] = ' ';
  text_fit (line + length + 1, size - length - 1, text, width, left);
}

/** layout_title - what stands above the rows */
void
layout_title (const struct layout *layout, char *line, size_t size)
{
  char title[TEXT_BYTES];
  unsigned i;

  line[0] = '\0';
  for (i = 0; i < layout->count; i++)
    {
      const struct column *column = &views[layout->view].columns[i];

      column_title (column, layout->totals, title, sizeof title);
      append (line, size, title, layout->widths[i], column->left);
    }
}

/** layout_line - a row */
void
layout_line (const struct layout *layout, const struct row *row,
             const struct look *look, char *line, size_t size)
{
  char text[TEXT_BYTES];
  struct cell cell;
  unsigned i;

  line[0] = '\0';
  for (i = 0; i < layout->count; i++)
    {
      row_cell (row, look, i, &cell);
      cell_show (&cell, text, sizeof text, layout->widths[i]);
      append (line, size, text, layout->widths[i],
              views[layout->view].columns[i].left);
    }
}
