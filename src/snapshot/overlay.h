/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/overlay.h - what a Guest has written to a disk with an ephemeral
 * overlay: that is nowhere else, so it is in the snapshot.
 */
#ifndef SNAPSHOT_OVERLAY_H
#define SNAPSHOT_OVERLAY_H

#include <stdbool.h>

#include "failure.h"
#include "image/image.h"
#include "snapshot/file.h"

bool snapshot_overlay_save (struct image *image, unsigned number,
                            struct snapshot_writer *writer, int memory,
                            struct failure *failure);
bool snapshot_overlay_restore (struct image *image, unsigned number,
                               const struct snapshot_reader *reader,
                               int memory, struct failure *failure);
bool snapshot_overlay_is_there (const struct snapshot_reader *reader,
                                unsigned number);

#endif /* SNAPSHOT_OVERLAY_H */
