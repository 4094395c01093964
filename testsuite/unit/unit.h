/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit.h - tests that boot nothing.
 *
 * Each program prints one line per fact, "PASS: ..." or "FAIL: ...", which
 * lguest.unit/unit.exp turns into results.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>

/* One fact.  The text is the name of the test: the same in each run. */
bool check (bool fact, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* More about the fact before, if that did not hold. */
void explain (const char *format, ...)
  __attribute__ ((format (printf, 1, 2)));

/* What main returns. */
int finish (void);

#endif /* UNIT_H */
