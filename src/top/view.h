/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h - tables of what is known: rows, columns, order and filter.
 */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "top/format.h"
#include "top/model.h"
#include "top/text.h"

/* Rows of one Guest in a view; what a mad launcher says beyond is not
   shown. */
#define VIEW_ROWS_PER_GUEST_MAX 512

#define VIEW_FILTER_BYTES 64

enum view_number
{
  VIEW_GUESTS,
  VIEW_VCPUS,
  VIEW_NETS,
  VIEW_DISKS,
  VIEW_EXITS,
  VIEWS,
};

/** enum cell_kind - what a value is, and so how it is shown */
enum cell_kind
{
  CELL_NONE,                    /* unknown */
  CELL_TEXT,
  CELL_COUNT,                   /* or events per second */
  CELL_BYTES,
  CELL_PART,                    /* of 1, shown in percent */
  CELL_SECONDS,
  CELL_BAR,                     /* a part of 1, drawn */
};

/**
 * struct cell - a value of a row
 * @number: of all kinds but CELL_TEXT; NAN if unknown
 * @text: of CELL_TEXT; as others made it; NULL: it is in @buffer
 */
struct cell
{
  enum cell_kind kind;
  double number;
  const char *text;
  char buffer[LGUEST_STATISTICS_NAME_SIZE];
};

/**
 * struct row - what a line of a table is about
 * @index: of a Guest's vcpu, disk, net or descriptor
 * @group, @sum: VIEW_EXITS: number and rate of its group
 * @key: what it is sorted by
 */
struct row
{
  struct guest *guest;
  unsigned index;
  unsigned group;
  double sum;
  struct cell key;
};

/**
 * struct look - what a user wants to see
 * @view: which
 * @sort: for each view, the number of the column to sort by
 * @reverse: for each view, the other way round
 * @filter: only rows that have this somewhere; "": all
 * @requests: requests and packets, not bytes, in the view of Guests
 * @only: of this Guest only; NULL: of all
 * @all: VIEW_EXITS: also what never happened
 * @programs: values are for programs, not for eyes
 */
struct look
{
  enum view_number view;
  unsigned sort[VIEWS];
  bool reverse[VIEWS];
  char filter[VIEW_FILTER_BYTES];
  bool requests;
  const struct guest *only;
  bool all;
  bool programs;
};

/* For struct column's width: what there is; only for programs; WIDTH, or more
   if there is room. */
#define COLUMN_REST 0
#define COLUMN_HIDDEN (-1)
#define COLUMN_FROM(width) (-(width))

/**
 * struct column - of a view
 * @title: at its top; short
 * @name: for --sort, --csv and JSON; never changes
 * @width: in columns of the terminal; or one of COLUMN_
 * @left: texts stand at the left, numbers at the right
 * @get: fill in @cell, which is CELL_NONE and NAN before
 */
struct column
{
  const char *title;
  const char *name;
  int width;
  bool left;
  void (*get) (const struct row *row, const struct look *look,
               struct cell *cell);
};

/**
 * struct view - a kind of table
 * @name: for users
 * @columns: ends with a row without @title
 * @sort: name of the column it is sorted by at first
 */
struct view
{
  const char *name;
  const struct column *columns;
  const char *sort;
};

/**
 * struct table - rows of a view, in their order
 * @rows: allocated, for @room of them; @count are used
 */
struct table
{
  struct row *rows;
  size_t count;
  size_t room;
};

extern const struct view views[VIEWS];

void look_set_default (struct look *look);
unsigned view_columns (enum view_number view);
bool view_find (const char *name, enum view_number *view);
bool view_find_column (enum view_number view, const char *name,
                       unsigned *column);
bool table_make (struct table *table, const struct model *model,
                 const struct look *look);
void table_free (struct table *table);
void column_title (const struct column *column, bool totals, char *title,
                   size_t size);
const char *cell_text (const struct cell *cell);
void row_cell (const struct row *row, const struct look *look,
               unsigned column, struct cell *cell);
void cell_show (const struct cell *cell, char *text, size_t size, int width);
bool row_has (const struct row *row, const struct look *look,
              const char *part);

#endif /* TOP_VIEW_H */
