/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch.c - what is known, for programs and files.
 */
#include <config.h>

#include <math.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "top/batch.h"
#include "top/layout.h"
#include "top/summary.h"

#define TIME_BYTES 32

/* Universal time, as every program understands it. */
static void
format_time (char text[TIME_BYTES])
{
  const time_t now = time (NULL);
  struct tm parts;

  gmtime_r (&now, &parts);
  strftime (text, TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/*
 * Text.
 */

static void
put_line (FILE *file, char *line)
{
  size_t length = strlen (line);

  while (length && line[length - 1] == ' ')
    line[--length] = '\0';
  fprintf (file, "%s\n", line);
}

static void
write_text (FILE *file, const struct model *model, const struct table *table,
            const struct look *look, int width)
{
  struct summary summary;
  struct layout layout;
  char line[TEXT_BYTES];
  size_t i;

  summary_make (&summary, model);
  summary_guests (&summary, model, line, sizeof line);
  put_line (file, line);
  /* Bars do not tell a file anything. */
  summary_machine (&summary, model, 0, line, sizeof line);
  put_line (file, line);
  layout_make (&layout, table, look, model->totals, width);
  layout_title (&layout, line, sizeof line);
  put_line (file, line);
  for (i = 0; i < table->count; i++)
    {
      layout_line (&layout, &table->rows[i], look, line, sizeof line);
      put_line (file, line);
    }
  putc ('\n', file);
}

/*
 * Numbers for programs: units of 1, percent, seconds.
 */

/* False if it is unknown, or nothing for programs. */
static bool
format_number (const struct cell *cell, char text[FORMAT_BYTES])
{
  switch (cell->kind)
    {
    case CELL_COUNT:
    case CELL_BYTES:
      /* Rates have parts, numbers of things have not. */
      if (cell->number == floor (cell->number))
        snprintf (text, FORMAT_BYTES, "%.0f", cell->number);
      else
        snprintf (text, FORMAT_BYTES, "%.2f", cell->number);
      return true;
    case CELL_PART:
      snprintf (text, FORMAT_BYTES, "%.2f", cell->number * 100);
      return true;
    case CELL_SECONDS:
      snprintf (text, FORMAT_BYTES, "%.3f", cell->number);
      return true;
    default:
      return false;
    }
}

/* A column that is only drawn? */
static bool
is_drawn (const struct column *column)
{
  return !column->title[0];
}

/* What is called like a column in the view of Guests needs another name. */
static const char *const list_names[VIEWS] =
{
  [VIEW_VCPUS] = "vcpu_list", [VIEW_NETS] = "nets", [VIEW_DISKS] = "disks",
  [VIEW_EXITS] = "events",
};

static void
put_field (FILE *file, const char *text)
{
  const bool quoted = strpbrk (text, ",\"\n\r") != NULL;

  if (quoted)
    putc ('"', file);
  for (; *text; text++)
    {
      if (*text == '"')
        putc ('"', file);
      putc (*text, file);
    }
  if (quoted)
    putc ('"', file);
}

static void
write_csv_row (FILE *file, const struct row *row, const struct look *look,
               const char *now)
{
  const struct column *column = views[look->view].columns;
  char text[TEXT_BYTES];
  struct cell cell;
  unsigned i;

  fputs (now, file);
  for (i = 0; column[i].title; i++)
    {
      if (is_drawn (&column[i]))
        continue;
      putc (',', file);
      row_cell (row, look, i, &cell);
      if (cell.kind == CELL_TEXT)
        {
          text_clean (text, sizeof text, cell_text (&cell));
          put_field (file, text);
        }
      else if (format_number (&cell, text))
        fputs (text, file);
    }
  putc ('\n', file);
}

static void
write_csv (FILE *file, const struct table *table, const struct look *look,
           bool first)
{
  const struct column *column = views[look->view].columns;
  char now[TIME_BYTES];
  size_t i;

  if (first)
    {
      fputs ("time", file);
      for (i = 0; column[i].title; i++)
        if (!is_drawn (&column[i]))
          fprintf (file, ",%s", column[i].name);
      putc ('\n', file);
    }
  format_time (now);
  for (i = 0; i < table->count; i++)
    write_csv_row (file, &table->rows[i], look, now);
}

/*
 * JSON.
 */

/* All of a row but the Guest's name, which is known. */
static void
put_members (struct json *json, const struct row *row,
             const struct look *look, bool name)
{
  const struct column *column = views[look->view].columns;
  char text[FORMAT_BYTES];
  struct cell cell;
  unsigned i;

  for (i = name ? 0 : 1; column[i].title; i++)
    {
      if (is_drawn (&column[i]))
        continue;
      row_cell (row, look, i, &cell);
      if (cell.kind == CELL_TEXT)
        {
          json_name (json, column[i].name);
          json_text (json, cell_text (&cell));
        }
      else if (format_number (&cell, text))
        {
          json_name (json, column[i].name);
          json_decimal (json, text);
        }
    }
}

/* A view of one Guest, as a list. */
static void
put_view (struct json *json, const struct model *model,
          const struct guest *guest, enum view_number view)
{
  struct table table = { 0 };
  struct look look;
  size_t i;

  look_set_default (&look);
  look.view = view;
  look.only = guest;
  look.programs = true;
  table_make (&table, model, &look);
  json_name (json, list_names[view]);
  json_begin (json, '[');
  for (i = 0; i < table.count; i++)
    {
      json_begin (json, '{');
      put_members (json, &table.rows[i], &look, false);
      json_end (json, '}');
    }
  json_end (json, ']');
  table_free (&table);
}

/* Percentiles of how long the Host took from one stay in the Guest to the
   next, in cycles. */
static void
put_latency (struct json *json, const struct guest *guest)
{
  static const struct { const char *name; double part; } all[] =
    { { "switch_p50", 0.5 }, { "switch_p99", 0.99 } };
  size_t i;

  for (i = 0; i < sizeof all / sizeof *all; i++)
    {
      struct cell cell = { .kind = CELL_COUNT };
      char text[FORMAT_BYTES];

      cell.number = interval_percentile (&guest->interval,
                                         interval_switch_histograms,
                                         PAGE_ALL_BLOCKS, all[i].part);
      if (cell.number >= 0 && format_number (&cell, text))
        {
          json_name (json, all[i].name);
          json_decimal (json, text);
        }
    }
}

static void
write_json (FILE *file, const struct model *model, const struct table *table,
            const struct look *look)
{
  struct json json = { .file = file };
  struct look guests = *look;
  char now[TIME_BYTES];
  unsigned view;
  size_t i;

  guests.view = VIEW_GUESTS;
  format_time (now);
  json_begin (&json, '{');
  json_name (&json, "time");
  json_text (&json, now);
  json_name (&json, "guests");
  json_begin (&json, '[');
  for (i = 0; i < table->count; i++)
    {
      json_begin (&json, '{');
      put_members (&json, &table->rows[i], &guests, true);
      put_latency (&json, table->rows[i].guest);
      for (view = VIEW_VCPUS; view < VIEWS; view++)
        put_view (&json, model, table->rows[i].guest, view);
      json_end (&json, '}');
    }
  json_end (&json, ']');
  json_end (&json, '}');
}

/**
 * batch_write - everything once
 * @first: nothing was written before
 * @width: of lines of text
 *
 * False if it cannot be written, or there is no memory for it.
 */
bool
batch_write (FILE *file, enum batch_form form, const struct model *model,
             const struct look *look, bool first, int width)
{
  struct look used = *look;
  struct table table = { 0 };
  bool written;

  if (form == BATCH_JSON)
    used.view = VIEW_GUESTS;
  used.programs = form != BATCH_TEXT;
  if (used.programs)
    used.requests = false;
  written = table_make (&table, model, &used);
  if (form == BATCH_TEXT)
    write_text (file, model, &table, &used, width);
  else if (form == BATCH_CSV)
    write_csv (file, &table, &used, first);
  else
    write_json (file, model, &table, &used);
  table_free (&table);
  return fflush (file) == 0 && !ferror (file) && written;
}
