/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - which columns are on a line, how wide, and the lines themselves.
 */
#ifndef TOP_LAYOUT_H
#define TOP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "top/view.h"

/* No view has more. */
#define LAYOUT_COLUMNS_MAX 32

/* Wider than this the first column does not get. */
#define LAYOUT_NAME_MAX 32

/**
 * struct layout - of a view, for lines of some width
 * @view: which
 * @totals: see struct interval
 * @count: columns that are on a line
 * @widths: of each
 */
struct layout
{
  enum view_number view;
  bool totals;
  unsigned count;
  int widths[LAYOUT_COLUMNS_MAX];
};

void layout_make (struct layout *layout, const struct table *table,
                  const struct look *look, bool totals, int width);
void layout_title (const struct layout *layout, char *line, size_t size);
void layout_line (const struct layout *layout, const struct row *row,
                  const struct look *look, char *line, size_t size);

#endif /* TOP_LAYOUT_H */
