/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.c - the rows of a view, their order, and their values as texts.
 *
 * What the columns are is in columns.c.
 */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "top/view.h"

#define BAR '|'

/* Bars longer than this do not tell more. */
#define BAR_WIDTH_MAX 40

unsigned
view_columns (enum view_number view)
{
  unsigned count = 0;

  while (views[view].columns[count].title)
    count++;
  return count;
}

/** view_find - by its name */
bool
view_find (const char *name, enum view_number *view)
{
  unsigned i;

  for (i = 0; i < VIEWS; i++)
    if (strcasecmp (name, views[i].name) == 0)
      {
        *view = i;
        return true;
      }
  return false;
}

/** view_find_column - by its name, or what stands at its top */
bool
view_find_column (enum view_number view, const char *name, unsigned *column)
{
  const struct column *columns = views[view].columns;
  unsigned i;

  for (i = 0; columns[i].title; i++)
    if (strcasecmp (name, columns[i].name) == 0
        || strcasecmp (name, columns[i].title) == 0)
      {
        *column = i;
        return true;
      }
  return false;
}

/** look_set_default - what users see who did not say what they want */
void
look_set_default (struct look *look)
{
  unsigned i;

  memset (look, 0, sizeof *look);
  for (i = 0; i < VIEWS; i++)
    view_find_column (i, views[i].sort, &look->sort[i]);
}

/** column_title - what stands at the top: nothing is per second in totals */
void
column_title (const struct column *column, bool totals, char *title,
              size_t size)
{
  const size_t length = strlen (column->title);
  const bool per_second = length >= 2
    && strcmp (column->title + length - 2, "/s") == 0;

  if (!per_second || !totals)
    snprintf (title, size, "%s", column->title);
  else
    snprintf (title, size, "%.*s", (int) length - 2, column->title);
}

/*
 * Values.
 */

const char *
cell_text (const struct cell *cell)
{
  return cell->text ? cell->text : cell->buffer;
}

/** row_cell - the value of a row in a column */
void
row_cell (const struct row *row, const struct look *look, unsigned column,
          struct cell *cell)
{
  cell->kind = CELL_NONE;
  cell->number = NAN;
  cell->text = NULL;
  cell->buffer[0] = '\0';
  views[look->view].columns[column].get (row, look, cell);
  if (cell->kind != CELL_TEXT && isnan (cell->number))
    cell->kind = CELL_NONE;
}

static void
draw_bar (char *text, size_t size, double part, int width)
{
  size_t length;

  if (width > BAR_WIDTH_MAX)
    width = BAR_WIDTH_MAX;
  length = part > 0 ? ceil ((part < 1 ? part : 1) * width - 0.5) : 0;
  if (length >= size)
    length = size - 1;
  memset (text, BAR, length);
  text[length] = '\0';
}

/** cell_show - as a text, clean, which may be wider than @width */
void
cell_show (const struct cell *cell, char *text, size_t size, int width)
{
  char short_text[FORMAT_BYTES] = "-";

  switch (cell->kind)
    {
    case CELL_TEXT:
      text_clean (text, size, cell_text (cell));
      return;
    case CELL_BAR:
      draw_bar (text, size, cell->number, width);
      return;
    case CELL_COUNT:
      format_count (short_text, width, cell->number);
      break;
    case CELL_BYTES:
      format_bytes (short_text, width, cell->number);
      break;
    case CELL_PART:
      format_percent (short_text, width, cell->number);
      break;
    case CELL_SECONDS:
      format_seconds (short_text, width, cell->number);
      break;
    case CELL_NONE:
      break;
    }
  snprintf (text, size, "%s", short_text);
}

/** row_has - is @part in one of its texts? */
bool
row_has (const struct row *row, const struct look *look, const char *part)
{
  const unsigned columns = view_columns (look->view);
  struct cell cell;
  unsigned i;

  for (i = 0; i < columns; i++)
    {
      row_cell (row, look, i, &cell);
      if (cell.kind == CELL_TEXT && text_has (cell_text (&cell), part))
        return true;
    }
  return false;
}

/*
 * Rows.
 */

static bool
add (struct table *table, const struct row *row, const struct look *look)
{
  if (look->filter[0] && !row_has (row, look, look->filter))
    return true;
  if (table->count == table->room)
    {
      const size_t room = table->room ? table->room * 2 : 64;
      struct row *more = realloc (table->rows, room * sizeof *more);

      if (!more)
        return false;
      table->rows = more;
      table->room = room;
    }
  table->rows[table->count] = *row;
  row_cell (row, look, look->sort[look->view],
            &table->rows[table->count].key);
  table->count++;
  return true;
}

static bool
add_indexed (struct table *table, struct guest *guest,
             const struct look *look, size_t count)
{
  struct row row = { .guest = guest };

  for (; row.index < count && row.index < VIEW_ROWS_PER_GUEST_MAX;
       row.index++)
    if (!add (table, &row, look))
      return false;
  return true;
}

static size_t
vcpu_count (const struct guest *guest)
{
  return guest->now->page.bytes ? guest->now->page.header.vcpus
    : lguest_status_vcpus (guest->now->status);
}

/* A row for each counter of events, by groups. */
static bool
add_exits (struct table *table, struct guest *guest, const struct look *look)
{
  const struct page *page = &guest->now->page;
  char group[LGUEST_STATISTICS_NAME_SIZE] = "";
  struct lguest_statistics_descriptor descriptor;
  struct row row = { .guest = guest };

  for (row.index = 0; page->bytes && row.index < page->header.descriptors
       && row.index < VIEW_ROWS_PER_GUEST_MAX; row.index++)
    {
      const char *dot;

      if (!page_descriptor (page, row.index, &descriptor)
          || descriptor.kind != LGUEST_STATISTICS_COUNTER
          || descriptor.unit != LGUEST_STATISTICS_EVENTS
          || !(dot = strchr (descriptor.name, '.')))
        continue;
      if (strncmp (descriptor.name, group, dot + 1 - descriptor.name) != 0
          || group[dot + 1 - descriptor.name])
        {
          snprintf (group, sizeof group, "%.*s",
                    (int) (dot + 1 - descriptor.name), descriptor.name);
          row.sum = interval_rate (&guest->interval, group, PAGE_ALL_BLOCKS);
          row.group = strcmp (group, "exit.") == 0 ? 0 : row.index + 1;
        }
      if (!look->all
          && page_word (page, &descriptor, PAGE_ALL_BLOCKS, 0) == 0)
        continue;
      if (!add (table, &row, look))
        return false;
    }
  return true;
}

static bool
add_guest (struct table *table, struct guest *guest, const struct look *look)
{
  if (look->view == VIEW_GUESTS)
    return add_indexed (table, guest, look, 1);
  if (!guest->now)
    return true;
  switch (look->view)
    {
    case VIEW_VCPUS:
      return add_indexed (table, guest, look, vcpu_count (guest));
    case VIEW_NETS:
      return add_indexed (table, guest, look,
                          lguest_status_devices (guest->now->status,
                                                 LGUEST_NET));
    case VIEW_DISKS:
      return add_indexed (table, guest, look,
                          lguest_status_devices (guest->now->status,
                                                 LGUEST_DISK));
    default:
      return add_exits (table, guest, look);
    }
}

/* Large numbers first, texts from a to z, what is unknown last. */
static int
compare_cells (const struct cell *left, const struct cell *right)
{
  if (left->kind == CELL_NONE || right->kind == CELL_NONE)
    return (left->kind == CELL_NONE) - (right->kind == CELL_NONE);
  if (left->kind == CELL_TEXT || right->kind == CELL_TEXT)
    return strcmp (cell_text (left), cell_text (right));
  return (left->number < right->number) - (left->number > right->number);
}

static int
compare (const void *one, const void *other, void *context)
{
  const struct look *look = context;
  const struct row *left = one, *right = other;
  int order;

  /* Groups and their Guests stay together. */
  if (look->view == VIEW_EXITS)
    {
      order = strcmp (left->guest->name, right->guest->name);
      if (!order)
        order = (left->group > right->group) - (left->group < right->group);
      if (order)
        return order;
    }
  order = compare_cells (&left->key, &right->key);
  if (look->reverse[look->view])
    order = -order;
  if (!order)
    order = strcmp (left->guest->name, right->guest->name);
  return order ? order
    : (left->index > right->index) - (left->index < right->index);
}

/**
 * table_make - the rows that a user wants to see
 * @table: all 0, or what was made before
 *
 * False if there is no memory for all of them.
 */
bool
table_make (struct table *table, const struct model *model,
            const struct look *look)
{
  bool all = true;
  size_t i;

  table->count = 0;
  for (i = 0; i < model->count && all; i++)
    {
      struct guest *guest = model->guests[i];

      if (guest->shown && (!look->only || look->only == guest))
        all = add_guest (table, guest, look);
    }
  if (table->count > 1)
    qsort_r (table->rows, table->count, sizeof *table->rows, compare,
             (void *) look);
  return all;
}

void
table_free (struct table *table)
{
  free (table->rows);
  memset (table, 0, sizeof *table);
}
