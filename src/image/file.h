/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/file.h - the files that images are in.
 */
#ifndef IMAGE_FILE_H
#define IMAGE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

int image_file_prepare (const char *name, bool read_only,
                        struct failure *failure);
int image_file_open (const char *name, bool read_only, uint64_t *bytes,
                     struct failure *failure);
bool image_file_lock (int fd, const char *name, bool read_only,
                      struct failure *failure);
bool image_file_punch (int fd, uint64_t offset, uint64_t bytes);

#endif /* IMAGE_FILE_H */
