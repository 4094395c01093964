/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fd_io.c - read and write that do not stop half way.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "fd_io.h"

/* The most that one system call is asked to move. */
#define PIECE_BYTES ((size_t) 1 << 30)

/**
 * write_fully - write all of it, waiting as long as that takes
 *
 * Also to a descriptor that somebody else made non-blocking, as happens to
 * shared terminals.  Returns false, with errno set, if that is impossible.
 */
bool
write_fully (int fd, const void *buffer, size_t length)
{
  const char *rest = buffer;

  while (length > 0)
    {
      ssize_t n = write (fd, rest, length < PIECE_BYTES
                         ? length : PIECE_BYTES);

      if (n > 0)
        {
          rest += n;
          length -= n;
        }
      else if (n < 0 && errno == EAGAIN)
        {
          struct pollfd wait = { .fd = fd, .events = POLLOUT };

          poll (&wait, 1, -1);
        }
      else if (n < 0 && errno != EINTR)
        return false;
    }
  return true;
}

/**
 * pread_fully - read until all is there or the file ends
 *
 * Returns the number of bytes read, less than @length only at the end of the
 * file, or -1 with errno set.
 */
ssize_t
pread_fully (int fd, void *buffer, size_t length, uint64_t offset)
{
  size_t done = 0;

  while (done < length)
    {
      size_t piece = length - done;
      ssize_t n;

      if (piece > PIECE_BYTES)
        piece = PIECE_BYTES;
      n = pread (fd, (char *) buffer + done, piece, offset + done);
      if (n == 0)
        break;
      if (n > 0)
        done += n;
      else if (errno != EINTR)
        return -1;
    }
  return done;
}
