/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change.h - options that are changed while the Guest runs.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "launcher.h"

bool change_option (struct launcher *launcher, const char *name,
                    const char *text, struct failure *failure);

#endif /* CHANGE_H */
