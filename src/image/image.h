/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/image.h - what a disk's bytes come from and go to.
 *
 * Images are layers: a file in one of several formats, and above it perhaps
 * an overlay that takes all writes.  Whoever uses an image does not see which.
 *
 * All functions but image_close() may be called by several threads at once.
 * Requests that overlap and are under way together are done in any order, but
 * never damage bytes beside those that both want.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "failure.h"

/* Offsets must fit into off_t, with what formats put before the data. */
#define IMAGE_BYTES_MAX ((uint64_t) 1 << 60)

struct image;

/**
 * struct image_operations - what a format can do
 * @format: its name
 * @read: fill all of the buffers
 * @write: NULL if the format is read-only
 * @flush: what was written before stays, whatever happens; NULL: always so
 * @discard: the bytes are not needed any more; may be NULL
 * @zero: the bytes are 0 from now on; with @unmap they need no space; may be
 *   NULL
 * @describe: one line per fact about the image on standard output, for
 *   "lguest image info"; may be NULL
 * @close: free everything; nothing is flushed
 *
 * Ranges are checked by the caller, and not empty.  Functions return false
 * with errno set on failure.
 */
struct image_operations
{
  const char *format;
  bool (*read) (struct image *image, const struct iovec *buffers,
                unsigned count, uint64_t offset, uint64_t bytes);
  bool (*write) (struct image *image, const struct iovec *buffers,
                 unsigned count, uint64_t offset, uint64_t bytes);
  bool (*flush) (struct image *image);
  bool (*discard) (struct image *image, uint64_t offset, uint64_t bytes);
  bool (*zero) (struct image *image, uint64_t offset, uint64_t bytes,
                bool unmap);
  void (*describe) (struct image *image);
  void (*close) (struct image *image);
};

/**
 * struct image - an open image; the first part of each format's own
 * @operations: see there
 * @bytes: its size
 * @read_only: image_write() and its like fail with EROFS
 */
struct image
{
  const struct image_operations *operations;
  uint64_t bytes;
  bool read_only;
};

bool image_read (struct image *image, const struct iovec *buffers,
                 unsigned count, uint64_t offset, uint64_t bytes);
bool image_write (struct image *image, const struct iovec *buffers,
                  unsigned count, uint64_t offset, uint64_t bytes);
bool image_flush (struct image *image);
bool image_discard (struct image *image, uint64_t offset, uint64_t bytes);
bool image_zero (struct image *image, uint64_t offset, uint64_t bytes,
                 bool unmap);
void image_close (struct image *image);

bool image_read_flat (struct image *image, void *buffer, uint64_t offset,
                      uint64_t bytes);
bool image_write_flat (struct image *image, const void *buffer,
                       uint64_t offset, uint64_t bytes);

#endif /* IMAGE_IMAGE_H */
