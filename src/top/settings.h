/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.h - what a user has chosen, and toprc, where it is kept.
 */
#ifndef TOP_SETTINGS_H
#define TOP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "top/view.h"

/* Seconds from one sample to the next. */
#define SETTINGS_DELAY_MIN 0.1
#define SETTINGS_DELAY_MAX 3600
#define SETTINGS_DELAY_DEFAULT 2

/**
 * struct settings - all of it
 * @look: what is shown, and in which order
 * @delay: in seconds
 * @totals: since the start, not per second
 */
struct settings
{
  struct look look;
  double delay;
  bool totals;
};

void settings_set_default (struct settings *settings);
bool settings_parse_delay (const char *text, double *delay);
void settings_load (struct settings *settings);
bool settings_save (const struct settings *settings, char *path, size_t size);

#endif /* TOP_SETTINGS_H */
