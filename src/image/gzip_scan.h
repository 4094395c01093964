/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/gzip_scan.h - making the index of a gzip file.
 */
#ifndef IMAGE_GZIP_SCAN_H
#define IMAGE_GZIP_SCAN_H

#include "image/gzip_index.h"

bool gzip_scan (struct gzip_index *index, int gzip, uint64_t gzip_bytes,
                uint64_t windows_offset, uint64_t *end, const char *name,
                struct failure *failure);

#endif /* IMAGE_GZIP_SCAN_H */
