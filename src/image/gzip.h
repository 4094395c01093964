/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/gzip.h - an image in a plain gzip file.
 */
#ifndef IMAGE_GZIP_H
#define IMAGE_GZIP_H

#include <stddef.h>

#include "image/image.h"

bool gzip_recognize (const uint8_t *data, size_t length);
struct image *gzip_open (const char *name, struct failure *failure);

#endif /* IMAGE_GZIP_H */
