/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pane.h - more about one Guest, below a table.
 */
#ifndef TOP_PANE_H
#define TOP_PANE_H

#include <stdbool.h>

#include "top/model.h"
#include "top/text.h"

#define PANE_LINES_MAX 10
#define PANE_TEXT_BYTES 512

/**
 * struct pane - texts for lines, not yet cut
 * @count: how many
 */
struct pane
{
  unsigned count;
  char lines[PANE_LINES_MAX][PANE_TEXT_BYTES];
};

void pane_exits (struct pane *pane, const struct guest *guest,
                 unsigned lines);
void pane_devices (struct pane *pane, const struct guest *guest,
                   unsigned lines);
void pane_latency (struct pane *pane, const struct guest *guest,
                   unsigned lines);

#endif /* TOP_PANE_H */
