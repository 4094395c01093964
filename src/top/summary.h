/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary.h - all Guests together, and the machine.
 */
#ifndef TOP_SUMMARY_H
#define TOP_SUMMARY_H

#include <stddef.h>

#include "top/model.h"

/**
 * struct summary - of what is shown
 * @guests, @states: how many, by their letters
 * @cpu, @guest, @switcher, @devices: parts of the whole machine: processor
 *   time of all launchers; of that in Guests, in lg.ko, and the rest
 */
struct summary
{
  unsigned guests;
  unsigned states[128];
  double cpu;
  double guest;
  double switcher;
  double devices;
};

void summary_make (struct summary *summary, const struct model *model);
void summary_guests (const struct summary *summary, const struct model *model,
                     char *line, size_t size);
void summary_machine (const struct summary *summary,
                      const struct model *model, int width, char *line,
                      size_t size);

#endif /* TOP_SUMMARY_H */
