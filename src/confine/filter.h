/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/filter.h - system calls that a thread may make: seccomp.
 */
#ifndef CONFINE_FILTER_H
#define CONFINE_FILTER_H

#include "confine/confine.h"

bool filter_prepare (enum confine_mode mode, unsigned roles, bool landlock,
                     struct failure *failure);
void filter_inherited (enum confine_role role);
bool filter_install (enum confine_role role);
bool filter_available (void);

#endif /* CONFINE_FILTER_H */
