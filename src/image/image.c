/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/image.c - what all images have in common.
 *
 * Here ranges are checked, once for all formats.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "image/image.h"

/* Zeros are written in pieces of that size where there is no other way. */
#define ZEROS_BYTES ((uint64_t) 64 << 10)

static bool
check_range (const struct image *image, uint64_t offset, uint64_t bytes)
{
  if (bytes <= image->bytes && offset <= image->bytes - bytes)
    return true;
  errno = EINVAL;
  return false;
}

static bool
check_writable (const struct image *image)
{
  if (!image->read_only && image->operations->write)
    return true;
  errno = EROFS;
  return false;
}

/**
 * image_read - fill buffers
 * @bytes: of all @count buffers together
 * @offset: in the image
 *
 * Returns false with errno set if not all of it could be read.
 */
bool
image_read (struct image *image, const struct iovec *buffers, unsigned count,
            uint64_t offset, uint64_t bytes)
{
  if (!check_range (image, offset, bytes))
    return false;
  return bytes == 0
    || image->operations->read (image, buffers, count, offset, bytes);
}

/**
 * image_write - write what is in buffers
 *
 * As for image_read().  After a failure the range may hold anything of what
 * was there and what was to be written; the rest of the image is whole.
 */
bool
image_write (struct image *image, const struct iovec *buffers, unsigned count,
             uint64_t offset, uint64_t bytes)
{
  if (!check_writable (image) || !check_range (image, offset, bytes))
    return false;
  return bytes == 0
    || image->operations->write (image, buffers, count, offset, bytes);
}

/** image_flush - what was written before stays, whatever happens */
bool
image_flush (struct image *image)
{
  return image->read_only || !image->operations->flush
    || image->operations->flush (image);
}

/**
 * image_discard - the bytes are not needed any more, and may become anything
 *
 * A hint: succeeds where the format has no use for it.
 */
bool
image_discard (struct image *image, uint64_t offset, uint64_t bytes)
{
  if (!check_writable (image) || !check_range (image, offset, bytes))
    return false;
  return bytes == 0 || !image->operations->discard
    || image->operations->discard (image, offset, bytes);
}

/* Write zeros one by one. */
static bool
write_zeros (struct image *image, uint64_t offset, uint64_t bytes)
{
  uint8_t *zeros = calloc (1, ZEROS_BYTES);
  bool done = zeros;

  while (done && bytes > 0)
    {
      const uint64_t piece = bytes < ZEROS_BYTES ? bytes : ZEROS_BYTES;

      done = image_write_flat (image, zeros, offset, piece);
      offset += piece;
      bytes -= piece;
    }
  free (zeros);
  return done;
}

/**
 * image_zero - the bytes are 0 from now on
 * @unmap: and need no space, if the format can
 */
bool
image_zero (struct image *image, uint64_t offset, uint64_t bytes, bool unmap)
{
  if (!check_writable (image) || !check_range (image, offset, bytes))
    return false;
  if (bytes == 0)
    return true;
  if (image->operations->zero)
    {
      if (image->operations->zero (image, offset, bytes, unmap))
        return true;
      if (errno != EOPNOTSUPP)
        return false;
    }
  return write_zeros (image, offset, bytes);
}

/** image_close - nobody uses it any more; NULL is none.  Flushes nothing. */
void
image_close (struct image *image)
{
  if (image)
    image->operations->close (image);
}

/** image_read_flat - image_read() into one buffer */
bool
image_read_flat (struct image *image, void *buffer, uint64_t offset,
                 uint64_t bytes)
{
  const struct iovec all = { .iov_base = buffer, .iov_len = bytes };

  return image_read (image, &all, 1, offset, bytes);
}

/** image_write_flat - image_write() from one buffer */
bool
image_write_flat (struct image *image, const void *buffer, uint64_t offset,
                  uint64_t bytes)
{
  const struct iovec all = { .iov_base = (void *) buffer, .iov_len = bytes };

  return image_write (image, &all, 1, offset, bytes);
}
