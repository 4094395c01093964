/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/foreign_header.h - which other files does an image ask for?
 */
#ifndef IMAGE_FOREIGN_HEADER_H
#define IMAGE_FOREIGN_HEADER_H

#include "image/format.h"

bool foreign_header_check (const char *name, enum image_format format,
                           bool backing, struct failure *failure);

#endif /* IMAGE_FOREIGN_HEADER_H */
