/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay.h - a layer above an image that takes all writes.
 */
#ifndef IMAGE_OVERLAY_H
#define IMAGE_OVERLAY_H

#include <stddef.h>

#include "image/image.h"

bool overlay_recognize (const uint8_t *data, size_t length);
bool overlay_create (const char *name, struct image *base,
                     const char *base_name, struct failure *failure);
struct image *overlay_open (const char *name, struct image *base,
                            bool read_only, struct failure *failure);
struct image *overlay_open_temporary (struct image *base,
                                      struct failure *failure);
bool overlay_next (struct image *image, uint64_t *offset, uint64_t *bytes);
char *overlay_base_name (const char *name, struct failure *failure);
bool overlay_commit (const char *name, struct image *base,
                     struct failure *failure);

#endif /* IMAGE_OVERLAY_H */
