/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay_slot.h - pages of a file that are changed whole or not at all.
 */
#ifndef IMAGE_OVERLAY_SLOT_H
#define IMAGE_OVERLAY_SLOT_H

#include <stdbool.h>
#include <stdint.h>

/* A page with its checksum, and what of it is content. */
#define OVERLAY_SLOT_BYTES 4096
#define OVERLAY_CONTENT_BYTES 4080

/* Each page is there twice. */
#define OVERLAY_PAGE_BYTES (2 * OVERLAY_SLOT_BYTES)

enum overlay_slot
{
  OVERLAY_SLOT_NEW,             /* was never written */
  OVERLAY_SLOT_GOOD,
  OVERLAY_SLOT_TORN,            /* the last change was cut off; the one before
                                   is there */
  OVERLAY_SLOT_BAD,             /* damaged, or cannot be read */
};

enum overlay_slot overlay_slot_load (int fd, uint64_t offset, uint64_t number,
                                     uint8_t *content, uint64_t *generation);
bool overlay_slot_store (int fd, uint64_t offset, uint64_t number,
                         const uint8_t *content, uint64_t generation);

#endif /* IMAGE_OVERLAY_SLOT_H */
