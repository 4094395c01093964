/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/raw.h - a file that is the disk, byte by byte.
 */
#ifndef IMAGE_RAW_H
#define IMAGE_RAW_H

#include "image/image.h"

struct image *raw_open (const char *name, bool read_only,
                        struct failure *failure);

#endif /* IMAGE_RAW_H */
