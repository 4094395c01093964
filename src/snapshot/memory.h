/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/memory.h - the file "memory" of a snapshot: the Guest's memory.
 */
#ifndef SNAPSHOT_MEMORY_H
#define SNAPSHOT_MEMORY_H

#include "failure.h"
#include "guest_memory.h"

bool snapshot_memory_write (const struct guest_memory *memory, int fd,
                            struct failure *failure);

#endif /* SNAPSHOT_MEMORY_H */
