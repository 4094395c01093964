/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/landlock.h - files and folders that a process can reach.
 */
#ifndef CONFINE_LANDLOCK_H
#define CONFINE_LANDLOCK_H

#include "confine/confine.h"

/**
 * struct landlock_rule - what may be done in a folder, and all below
 * @folder: file descriptor
 * @rights: bits of enum confine_right
 */
struct landlock_rule
{
  int folder;
  unsigned rights;
};

int landlock_version (void);
bool landlock_restrict (const struct landlock_rule *rules, unsigned count,
                        unsigned rights);

#endif /* CONFINE_LANDLOCK_H */
