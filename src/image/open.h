/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/open.h - opening an image with its layers.
 */
#ifndef IMAGE_OPEN_H
#define IMAGE_OPEN_H

#include "image/format.h"
#include "image/image.h"

/* What --disk calls its overlays when they are no files. */
#define IMAGE_OVERLAY_NONE "none"
#define IMAGE_OVERLAY_EPHEMERAL "ephemeral"

/**
 * struct image_settings - what the user wants of an image
 * @name: of the file, or where an NBD server is
 * @format: of the file
 * @read_only: nobody writes to it
 * @overlay: name of the overlay's file, IMAGE_OVERLAY_EPHEMERAL, or NULL for
 *   none; the file of an overlay is made if it is not there
 * @backing: trust what a foreign image names as lying below it
 * @prepared: set by image_prepare()
 * @base: set by image_prepare(): opened already; belongs to image_open() then
 * @full_name: set by image_prepare(): what an overlay remembers; allocated
 */
struct image_settings
{
  const char *name;
  enum image_format format;
  bool read_only;
  const char *overlay;
  bool backing;
  bool prepared;
  struct image *base;
  char *full_name;
};

bool image_prepare (struct image_settings *settings,
                    struct failure *failure);
struct image *image_open (const struct image_settings *settings,
                          struct failure *failure);
bool image_is_layered (const struct image_settings *settings);
bool image_is_ephemeral (const struct image_settings *settings);
struct image *image_open_base (const struct image_settings *settings,
                               bool read_only, struct failure *failure);

#endif /* IMAGE_OPEN_H */
