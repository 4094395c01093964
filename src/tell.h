/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tell.h - what the launcher says of its Guest when it is asked for its status,
 * or for a backtrace.
 */
#ifndef TELL_H
#define TELL_H

#include <stdbool.h>

#include "answer.h"
#include "launcher.h"

void tell_status (struct launcher *launcher, struct answer *answer);
bool tell_backtrace (struct launcher *launcher, struct answer *answer);

#endif /* TELL_H */
