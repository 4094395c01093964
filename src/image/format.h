/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/format.h - the formats of images, and how one is known.
 */
#ifndef IMAGE_FORMAT_H
#define IMAGE_FORMAT_H

#include <stdbool.h>

#include "failure.h"

enum image_format
{
  IMAGE_FORMAT_AUTO,
  IMAGE_FORMAT_RAW,
  IMAGE_FORMAT_BGZF,
  IMAGE_FORMAT_GZ,
  IMAGE_FORMAT_QCOW2,
  IMAGE_FORMAT_VMDK,
  IMAGE_FORMAT_VHDX,
  IMAGE_FORMAT_NBD,
  IMAGE_FORMAT_OVERLAY,
  IMAGE_FORMATS,
};

const char *image_format_name (enum image_format format);
bool image_format_find (const char *name, enum image_format *format);
bool image_format_probe (const char *name, enum image_format *format,
                         struct failure *failure);
bool image_format_is_packed (enum image_format format);
bool image_format_is_foreign (enum image_format format);

#endif /* IMAGE_FORMAT_H */
