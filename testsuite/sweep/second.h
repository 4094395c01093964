/* second.h - strikes on the way of other strikes.

   Commands of sweep.c: a deadline, and what they say in second.c.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SECOND_H
#define SECOND_H

#include <stdint.h>

void command_second (int64_t deadline, long kinds, long samples);
void command_third (int64_t deadline, long samples, long stride);
void command_untrain (int64_t deadline, long samples, long unused);
void command_guest (int64_t deadline, long turns, long unused);
void command_breakpoints (int64_t deadline, long samples, long stride);
void command_machine_breakpoints (int64_t deadline, long samples, long unused);

#endif
