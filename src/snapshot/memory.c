/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/memory.c - the file "memory" of a snapshot: the Guest's memory.
 *
 * Byte N of the file is guest-physical address N, so that the file can be
 * mapped.  Pages of zeros, of which there are many (what was never touched, what
 * is in the balloon), are holes in it.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "i18n.h"
#include "snapshot/memory.h"

#define PAGE_BYTES ((uint64_t) 4096)

/* So much is written at once. */
#define RUN_BYTES ((uint64_t) 1 << 20)

static bool
is_zero (const uint8_t *page)
{
  static const uint8_t zero[PAGE_BYTES];

  return memcmp (page, zero, PAGE_BYTES) == 0;
}

static bool
write_at (int fd, const uint8_t *bytes, uint64_t count, uint64_t offset)
{
  while (count > 0)
    {
      const ssize_t n = pwrite (fd, bytes, count, offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      bytes += n;
      count -= n;
      offset += n;
    }
  return true;
}

/** snapshot_memory_write - to an empty file, and to the disk; no vcpu runs */
bool
snapshot_memory_write (const struct guest_memory *memory, int fd,
                       struct failure *failure)
{
  uint64_t start = 0, end;
  bool written = ftruncate (fd, memory->size) == 0;

  while (written && start < memory->size)
    {
      if (is_zero (memory->base + start))
        {
          start += PAGE_BYTES;
          continue;
        }
      for (end = start + PAGE_BYTES;
           end < memory->size && end - start < RUN_BYTES
           && !is_zero (memory->base + end);)
        end += PAGE_BYTES;
      written = write_at (fd, memory->base + start, end - start, start);
      start = end;
    }
  if (written && fsync (fd) == 0)
    return true;
  return fail (failure, STATUS_ERROR, _("cannot write the snapshot: %s"),
               strerror (errno));
}
