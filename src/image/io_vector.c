/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/io_vector.c - going along several buffers as if they were one.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "image/io_vector.h"

/* So many buffers go to the kernel at once. */
#define SLICE_BUFFERS 64

/* The next piece, of @bytes at most; goes on behind it. */
static uint8_t *
next_piece (struct io_vector *vector, uint64_t bytes, size_t *piece)
{
  uint8_t *start;

  while (vector->skip == vector->buffers->iov_len)
    {
      vector->buffers++;
      vector->count--;
      vector->skip = 0;
    }
  start = (uint8_t *) vector->buffers->iov_base + vector->skip;
  *piece = vector->buffers->iov_len - vector->skip;
  if (*piece > bytes)
    *piece = bytes;
  vector->skip += *piece;
  return start;
}

/** io_vector_fill - copy data into the next bytes */
void
io_vector_fill (struct io_vector *vector, const void *data, uint64_t bytes)
{
  const uint8_t *from = data;

  while (bytes > 0)
    {
      size_t piece;
      uint8_t *to = next_piece (vector, bytes, &piece);

      memcpy (to, from, piece);
      from += piece;
      bytes -= piece;
    }
}

/** io_vector_fill_zeros - make the next bytes 0 */
void
io_vector_fill_zeros (struct io_vector *vector, uint64_t bytes)
{
  while (bytes > 0)
    {
      size_t piece;
      uint8_t *to = next_piece (vector, bytes, &piece);

      memset (to, 0, piece);
      bytes -= piece;
    }
}

/** io_vector_take - copy the next bytes out */
void
io_vector_take (struct io_vector *vector, void *data, uint64_t bytes)
{
  uint8_t *to = data;

  while (bytes > 0)
    {
      size_t piece;
      const uint8_t *from = next_piece (vector, bytes, &piece);

      memcpy (to, from, piece);
      to += piece;
      bytes -= piece;
    }
}

/** io_vector_skip - the next bytes do not matter */
void
io_vector_skip (struct io_vector *vector, uint64_t bytes)
{
  while (bytes > 0)
    {
      size_t piece;

      next_piece (vector, bytes, &piece);
      bytes -= piece;
    }
}

/**
 * io_vector_slice - the next bytes, as a list of buffers
 * @bytes: so many are wanted; so many there are in @slice then
 * @slice: room for @slice_max buffers
 *
 * Returns how many buffers that are.
 */
unsigned
io_vector_slice (struct io_vector *vector, uint64_t *bytes,
                 struct iovec *slice, unsigned slice_max)
{
  uint64_t left = *bytes;
  unsigned count = 0;

  while (left > 0 && count < slice_max)
    {
      size_t piece;

      slice[count].iov_base = next_piece (vector, left, &piece);
      slice[count].iov_len = piece;
      left -= piece;
      count++;
    }
  *bytes -= left;
  return count;
}

static bool
transfer (int fd, struct io_vector vector, uint64_t offset, uint64_t bytes,
          bool write)
{
  while (bytes > 0)
    {
      struct io_vector at = vector;
      struct iovec slice[SLICE_BUFFERS];
      uint64_t piece = bytes;
      const unsigned count = io_vector_slice (&at, &piece, slice,
                                              SLICE_BUFFERS);
      const ssize_t n = write ? pwritev (fd, slice, count, offset)
        : preadv (fd, slice, count, offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          /* The file became shorter, or takes nothing and gives no reason. */
          if (n == 0)
            errno = EIO;
          return false;
        }
      if ((uint64_t) n == piece)
        vector = at;
      else
        io_vector_skip (&vector, n);
      offset += n;
      bytes -= n;
    }
  return true;
}

/** io_vector_pread - fill buffers from a file; false with errno set */
bool
io_vector_pread (int fd, struct io_vector vector, uint64_t offset,
                 uint64_t bytes)
{
  return transfer (fd, vector, offset, bytes, false);
}

/** io_vector_pwrite - write buffers to a file; false with errno set */
bool
io_vector_pwrite (int fd, struct io_vector vector, uint64_t offset,
                  uint64_t bytes)
{
  return transfer (fd, vector, offset, bytes, true);
}
