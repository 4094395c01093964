/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/disk.h - is a disk still what the Guest remembers of it?
 *
 * A snapshot has no disks in it.  But a Guest that was saved has parts of them in
 * its memory; if they change, and it goes on, file systems get damaged.
 */
#ifndef SNAPSHOT_DISK_H
#define SNAPSHOT_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "image/open.h"

/**
 * struct snapshot_disk_file - a file, when the snapshot was made
 * @bytes: how long it was
 * @seconds, @nanoseconds: when it was last written to
 * @known: 0: there was none, or it is not ours
 */
struct snapshot_disk_file
{
  uint64_t bytes;
  int64_t seconds;
  uint32_t nanoseconds;
  uint32_t known;
};

/**
 * struct snapshot_disk - what a disk is made from
 * @image: its image
 * @overlay: the overlay above it
 */
struct snapshot_disk
{
  struct snapshot_disk_file image;
  struct snapshot_disk_file overlay;
};

bool snapshot_disk_possible (const struct image_settings *settings,
                             struct failure *failure);
bool snapshot_disk_look (struct snapshot_disk *disk,
                         const struct image_settings *settings,
                         struct failure *failure);
bool snapshot_disk_check (const struct snapshot_disk *disk,
                          const struct image_settings *settings,
                          struct failure *failure);

#endif /* SNAPSHOT_DISK_H */
