/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.h - what lguest says to its user.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

void log_set_name (const char *guest_name);
bool log_set_target (const char *target);
bool log_prepare (const char *target);
void log_switch (void);
void log_set_verbose (int level);

/* Always shown. */
void log_message (const char *format, ...)
  __attribute__ ((format (printf, 1, 2)));

/* Shown with --verbose. */
void log_verbose (const char *format, ...)
  __attribute__ ((format (printf, 1, 2)));

#endif /* LOG_H */
