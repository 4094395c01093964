/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/qemu_nbd.h - formats that QEMU's qemu-nbd reads and writes for us.
 */
#ifndef IMAGE_QEMU_NBD_H
#define IMAGE_QEMU_NBD_H

#include "image/format.h"
#include "image/image.h"

struct image *qemu_nbd_open (const char *name, enum image_format format,
                             bool read_only, bool backing,
                             struct failure *failure);

#endif /* IMAGE_QEMU_NBD_H */
