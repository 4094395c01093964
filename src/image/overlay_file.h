/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay_file.h - how an overlay looks in its file.
 *
 * A header that never changes, a page of state, the map of the blocks that
 * are there, and then the blocks, each at its place: the file is sparse.
 */
#ifndef IMAGE_OVERLAY_FILE_H
#define IMAGE_OVERLAY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

#define OVERLAY_BLOCK_BYTES ((uint64_t) 4 << 10)
#define OVERLAY_NAME_MAX 2048

/**
 * struct overlay_header - what never changes
 * @image_bytes: size of the disk
 * @map_offset, @data_offset: where map and blocks are
 * @base_name: of the image below, to tell the user
 */
struct overlay_header
{
  uint64_t image_bytes;
  uint64_t map_offset;
  uint64_t data_offset;
  char base_name[OVERLAY_NAME_MAX];
};

/**
 * struct overlay_state - what "commit" changes
 * @base_bytes: size of the image below
 * @base_first, @base_last: checksums of its ends
 * @committing: it is being changed just now
 */
struct overlay_state
{
  uint64_t base_bytes;
  uint32_t base_first;
  uint32_t base_last;
  bool committing;
};

bool overlay_header_recognize (const uint8_t *data, size_t length);
void overlay_header_plan (struct overlay_header *header);
bool overlay_header_write (int fd, const struct overlay_header *header);
bool overlay_header_read (int fd, struct overlay_header *header,
                          const char *name, struct failure *failure);
bool overlay_state_read (int fd, struct overlay_state *state,
                         uint64_t *generation, const char *name,
                         struct failure *failure);
bool overlay_state_write (int fd, const struct overlay_state *state,
                          uint64_t generation);

#endif /* IMAGE_OVERLAY_FILE_H */
