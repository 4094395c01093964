/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/snapshot.h - a whole machine goes into files, and comes out of them.
 */
#ifndef SNAPSHOT_SNAPSHOT_H
#define SNAPSHOT_SNAPSHOT_H

#include "machine.h"

/* What is in the folder of a snapshot. */
#define SNAPSHOT_STATE_FILE "state"
#define SNAPSHOT_MEMORY_FILE "memory"
#define SNAPSHOT_CONFIG_FILE "guest.conf"

bool snapshot_possible (const struct machine *machine,
                        struct failure *failure);
bool snapshot_save (struct machine *machine, int state, int memory,
                    struct failure *failure);
void snapshot_release (struct machine *machine);

bool snapshot_open (const char *folder, int *state, int *memory,
                    struct failure *failure);
bool snapshot_restore (struct machine *machine, struct failure *failure);

#endif /* SNAPSHOT_SNAPSHOT_H */
