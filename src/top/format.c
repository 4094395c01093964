/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format.c - numbers as short texts.
 */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "top/format.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define YEAR (365.25 * DAY)

/* Is it a number?  Else "-" is all. */
static bool
begin (char text[FORMAT_BYTES], double *value)
{
  if (isnan (*value))
    {
      strcpy (text, "-");
      return false;
    }
  if (*value < 0)
    *value = 0;
  return true;
}

static bool
try (char text[FORMAT_BYTES], int width, int decimals, double value,
     const char *unit)
{
  const int length = snprintf (text, FORMAT_BYTES, "%.*f%s", decimals, value,
                               unit);

  return length <= width;
}

/* With a letter for thousands, millions and so on. */
static void
scale (char text[FORMAT_BYTES], int width, double value, double step,
       double decimals_below)
{
  static const char *const kilo[] = { "", "k", "M", "G", "T", "P", "E", "Z" };
  static const char *const kibi[] = { "", "K", "M", "G", "T", "P", "E", "Z" };
  const char *const *units = step == 1000 ? kilo : kibi;
  size_t unit = 0;

  /* What would be rounded to "1000k" is "1.0M". */
  while (unit + 1 < sizeof kilo / sizeof *kilo && value >= step - 0.5)
    {
      value /= step;
      unit++;
    }
  if (unit == 0 && (value >= 9.95 || value < 0.05 || value == floor (value)))
    try (text, width, 0, value, "");
  else if (value >= decimals_below
           || !try (text, width, 1, value, units[unit]))
    try (text, width, 0, value, units[unit]);
  if (value >= 1e6)
    strcpy (text, "#");
}

/** format_count - of events: 250, 1.0k, 48.2k */
void
format_count (char text[FORMAT_BYTES], int width, double value)
{
  if (begin (text, &value))
    scale (text, width, value, 1000, 1000);
}

/** format_bytes - 512, 96K, 1.2M */
void
format_bytes (char text[FORMAT_BYTES], int width, double value)
{
  if (begin (text, &value))
    scale (text, width, floor (value), 1024, 9.95);
}

/** format_percent - of a part of 1: 38.7 */
void
format_percent (char text[FORMAT_BYTES], int width, double value)
{
  if (!begin (text, &value))
    return;
  value *= 100;
  if (value >= 1e6)
    value = 999999;
  if (!try (text, width, 1, value, ""))
    try (text, width, 0, value, "");
}

/** format_seconds - 01:17, 5h12m, 2d03h, 812d, 12y */
void
format_seconds (char text[FORMAT_BYTES], int width, double value)
{
  unsigned long whole;

  if (!begin (text, &value))
    return;
  (void) width;
  whole = value < 1e15 ? value : 1e15;
  if (whole < HOUR)
    snprintf (text, FORMAT_BYTES, "%02lu:%02lu", whole / MINUTE,
              whole % MINUTE);
  else if (whole < DAY)
    snprintf (text, FORMAT_BYTES, "%luh%02lum", whole / HOUR,
              whole % HOUR / MINUTE);
  else if (whole < 100ul * DAY)
    snprintf (text, FORMAT_BYTES, "%lud%02luh", whole / DAY,
              whole % DAY / HOUR);
  else if (whole < 10000ul * DAY)
    snprintf (text, FORMAT_BYTES, "%lud", whole / DAY);
  else
    snprintf (text, FORMAT_BYTES, "%.0fy", whole / YEAR);
}
