/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - all that is wrong, not only the first.
 */
#ifndef REPORT_H
#define REPORT_H

/**
 * struct report - messages for the user, in their order
 * @messages: @count of them, allocated
 * @lost: how many more there were
 */
struct report
{
  char **messages;
  unsigned count;
  unsigned lost;
};

void report_add (struct report *report, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));
void report_move (struct report *to, struct report *from);
void report_free (struct report *report);

/* How many messages there are. */
static inline unsigned
report_count (const struct report *report)
{
  return report->count + report->lost;
}

#endif /* REPORT_H */
