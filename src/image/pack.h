/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/pack.h - making a compressed image of any other.
 */
#ifndef IMAGE_PACK_H
#define IMAGE_PACK_H

#include "image/image.h"

bool image_pack (struct image *image, const char *name, int level,
                 struct failure *failure);

#endif /* IMAGE_PACK_H */
