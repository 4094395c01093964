/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/gzip_index.h - where in a gzip file one can begin.
 *
 * Deflate data can be unpacked from the border of two of its blocks, given
 * the 32 KiB that were unpacked before ("window").  The index knows such
 * points, the windows, which parts are nothing but zeros, and a checksum of
 * each part.  It is made by unpacking the file once, and then kept in a file.
 */
#ifndef IMAGE_GZIP_INDEX_H
#define IMAGE_GZIP_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

#define GZIP_WINDOW_BYTES ((uint32_t) 32 << 10)

/**
 * struct gzip_point - a place to begin at
 * @offset: in the image
 * @file_offset: of the first whole byte in the gzip file
 * @window_offset, @window_bytes: where its window is in the index's file,
 *   packed as by zlib's compress(); @window_bytes is 0 if there is none
 * @bits: so many bits of the byte before belong to it as well
 */
struct gzip_point
{
  uint64_t offset;
  uint64_t file_offset;
  uint64_t window_offset;
  uint32_t window_bytes;
  uint32_t bits;
};

/**
 * struct gzip_index - the index of one file
 * @fd: its own file
 * @image_bytes: how long the image is
 * @points, @point_count: in ascending order; the first is at 0
 * @checksums: CRC-32 of each CHUNK_BYTES of the image
 * @zeros: one bit for each of them, set if it is all 0
 * @chunk_count: how many
 */
struct gzip_index
{
  int fd;
  uint64_t image_bytes;
  struct gzip_point *points;
  uint64_t point_count;
  uint32_t *checksums;
  uint8_t *zeros;
  uint64_t chunk_count;
};

bool gzip_index_prepare (int gzip, const char *name,
                         struct failure *failure);
bool gzip_index_open (struct gzip_index *index, int gzip, const char *name,
                      struct failure *failure);
void gzip_index_close (struct gzip_index *index);
bool gzip_index_is_zero (const struct gzip_index *index, uint64_t chunk);
const struct gzip_point *gzip_index_find (const struct gzip_index *index,
                                          uint64_t offset);
bool gzip_index_window (const struct gzip_index *index,
                        const struct gzip_point *point, uint8_t *window);

#endif /* IMAGE_GZIP_INDEX_H */
