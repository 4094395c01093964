/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/raw.c - a file, or a block device, that is the disk, byte by byte.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "i18n.h"
#include "image/file.h"
#include "image/io_vector.h"
#include "image/raw.h"

/**
 * struct raw - the image
 * @image: its common part
 * @fd: the file
 * @flush_failed: the kernel forgets what it could not write, so no later
 *   flush can be believed; atomic
 */
struct raw
{
  struct image image;
  int fd;
  bool flush_failed;
};

static bool
raw_read (struct image *image, const struct iovec *buffers, unsigned count,
          uint64_t offset, uint64_t bytes)
{
  struct raw *raw = (struct raw *) image;

  return io_vector_pread (raw->fd, (struct io_vector) { buffers, count, 0 },
                          offset, bytes);
}

static bool
raw_write (struct image *image, const struct iovec *buffers, unsigned count,
           uint64_t offset, uint64_t bytes)
{
  struct raw *raw = (struct raw *) image;

  return io_vector_pwrite (raw->fd, (struct io_vector) { buffers, count, 0 },
                           offset, bytes);
}

static bool
raw_flush (struct image *image)
{
  struct raw *raw = (struct raw *) image;

  if (__atomic_load_n (&raw->flush_failed, __ATOMIC_RELAXED))
    {
      errno = EIO;
      return false;
    }
  if (fdatasync (raw->fd) == 0)
    return true;
  __atomic_store_n (&raw->flush_failed, true, __ATOMIC_RELAXED);
  return false;
}

static bool
raw_discard (struct image *image, uint64_t offset, uint64_t bytes)
{
  struct raw *raw = (struct raw *) image;

  return image_file_punch (raw->fd, offset, bytes) || errno == EOPNOTSUPP;
}

static bool
raw_zero (struct image *image, uint64_t offset, uint64_t bytes, bool unmap)
{
  struct raw *raw = (struct raw *) image;

  if (unmap && image_file_punch (raw->fd, offset, bytes))
    return true;
  return fallocate (raw->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
                    offset, bytes) == 0;
}

static void
raw_close (struct image *image)
{
  struct raw *raw = (struct raw *) image;

  close (raw->fd);
  free (raw);
}

static const struct image_operations raw_operations =
{
  .format = "raw",
  .read = raw_read,
  .write = raw_write,
  .flush = raw_flush,
  .discard = raw_discard,
  .zero = raw_zero,
  .close = raw_close,
};

/** raw_open - open and lock a file as it is; NULL on failure */
struct image *
raw_open (const char *name, bool read_only, struct failure *failure)
{
  struct raw *raw;
  uint64_t bytes;
  const int fd = image_file_open (name, read_only, &bytes, failure);

  if (fd < 0)
    return NULL;
  raw = calloc (1, sizeof *raw);
  if (!raw)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      close (fd);
      return NULL;
    }
  raw->image.operations = &raw_operations;
  raw->image.bytes = bytes;
  raw->image.read_only = read_only;
  raw->fd = fd;
  return &raw->image;
}
