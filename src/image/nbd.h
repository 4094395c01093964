/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/nbd.h - images that another program serves: NBD.
 */
#ifndef IMAGE_NBD_H
#define IMAGE_NBD_H

#include <sys/types.h>

#include "image/image.h"

/* Connections, and so requests at once. */
#define NBD_CONNECTIONS 4

bool nbd_recognize (const char *name);
struct image *nbd_open (const char *name, bool read_only,
                        struct failure *failure);
struct image *nbd_open_sockets (const int *sockets, pid_t server,
                                const char *format, const char *name,
                                bool read_only, struct failure *failure);

#endif /* IMAGE_NBD_H */
