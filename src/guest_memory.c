/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_memory.c - the memory of a Guest, as the Launcher has it mapped.
 *
 * It is ordinary anonymous memory: it comes when the Guest touches it, may be
 * swapped, and is larger than the Host's own if the user likes.  On both
 * sides lies a gap where nothing is, so that a mistake of ours ends in a
 * fault and not in somebody else's data.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "guest_memory.h"
#include "i18n.h"
#include "log.h"

/* Large pages of the Host need that alignment; the gaps have that size. */
#define LARGE_PAGE_BYTES ((uint64_t) 2 << 20)

/* How the Host is to treat it. */
static void
advise (const struct guest_memory *memory)
{
  /* Without large pages, or without core-dump control, we lose speed and
     disk space, nothing else. */
  if (madvise (memory->base, memory->size, MADV_HUGEPAGE) != 0)
    log_verbose (_("no large pages for guest memory: %s"), strerror (errno));
  madvise (memory->base, memory->size, MADV_DONTDUMP);
  /* For a Host that was told to look for equal pages (KSM). */
  madvise (memory->base, memory->size, MADV_MERGEABLE);
}

/*L:100 Memory from nothing
 *
 * [figure: memory]
 *
 * A Guest wants 128 megabytes of memory.  We ask for them as any program asks:
 * mmap.  Not one byte is taken from the machine by that; a page comes when it
 * is touched for the first time, and it can be swapped out again, or be shared
 * with one that has the same contents.  So a Guest that has much and uses
 * little costs little.
 *
 * On both sides we leave a gap where nothing is mapped.  If we ever compute an
 * address wrongly, we want to crash, at once and there, rather than be
 * creative with somebody else's data.
 */
/**
 * guest_memory_create - reserve the Guest's memory
 * @size: bytes, a multiple of the page size
 */
bool
guest_memory_create (struct guest_memory *memory, uint64_t size,
                     struct failure *failure)
{
  uint64_t whole = size + 4 * LARGE_PAGE_BYTES;
  uintptr_t start;
  void *space, *base;

  space = mmap (NULL, whole, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED)
    return fail (failure, STATUS_ERROR,
                 _("cannot reserve %" PRIu64 " MiB for the guest: %s"),
                 size >> 20, strerror (errno));
  start = ((uintptr_t) space + 2 * LARGE_PAGE_BYTES - 1)
    & ~(uintptr_t) (LARGE_PAGE_BYTES - 1);
  base = mmap ((void *) start, size, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
               -1, 0);
  if (base == MAP_FAILED)
    {
      int error = errno;

      munmap (space, whole);
      return fail (failure, STATUS_ERROR,
                   _("cannot allocate %" PRIu64 " MiB for the guest: %s"),
                   size >> 20, strerror (error));
    }
  memory->base = base;
  memory->size = size;
  advise (memory);
  return true;
}
/*:*/

/**
 * guest_memory_fill - with what is in a file, byte for byte
 * @fd: open for reading; as long as memory is, or longer
 *
 * It is only looked at when the Guest touches it, and shared with all who do the
 * same until the Guest writes there.  The file stays as it is.
 */
bool
guest_memory_fill (struct guest_memory *memory, int fd,
                   struct failure *failure)
{
  if (mmap (memory->base, memory->size, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, fd, 0) == MAP_FAILED)
    return fail (failure, STATUS_ERROR,
                 _("cannot use the memory of the snapshot: %s"),
                 strerror (errno));
  madvise (memory->base, memory->size, MADV_DONTDUMP);
  memory->filled = true;
  return true;
}

/* No file any more. */
static bool
forget_file (struct guest_memory *memory)
{
  if (mmap (memory->base, memory->size, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0)
      == MAP_FAILED)
    return false;
  advise (memory);
  memory->filled = false;
  return true;
}

/** guest_memory_clear - all zero again, as after power-on */
bool
guest_memory_clear (struct guest_memory *memory, struct failure *failure)
{
  if (memory->filled
      ? !forget_file (memory) :
      madvise (memory->base, memory->size, MADV_DONTNEED) != 0)
    return fail (failure, STATUS_ERROR, _("cannot clear guest memory: %s"),
                 strerror (errno));
  return true;
}

/**
 * guest_memory_discard - the Guest does not need what is in these pages
 * @address, @length: in memory, whole pages
 *
 * The Host has them back, and the Guest, if it looks, new ones, all zero.  A
 * page that the kernel holds (it belongs to lg.ko) becomes free later.
 */
void
guest_memory_discard (const struct guest_memory *memory, uint64_t address,
                      uint64_t length)
{
  if (madvise (memory->base + address, length, MADV_DONTNEED) != 0)
    log_verbose (_("cannot give memory back: %s"), strerror (errno));
}

/**
 * guest_memory_keep_small - no large pages where these pages are
 * @address, @length: in memory, whole pages
 *
 * A large page has no holes: the Host's khugepaged, which likes to put small
 * pages together, would fill those that guest_memory_discard() has made.
 * Holes of whole large pages are safe without this.
 */
void
guest_memory_keep_small (const struct guest_memory *memory, uint64_t address,
                         uint64_t length)
{
  const uint64_t mask = LARGE_PAGE_BYTES - 1;
  const uint64_t start = address & ~mask;
  const uint64_t end = (address + length + mask) & ~mask;

  madvise (memory->base + start, (end < memory->size ? end : memory->size)
           - start, MADV_NOHUGEPAGE);
}

/** guest_memory_allow_large - undo that, everywhere */
void
guest_memory_allow_large (const struct guest_memory *memory)
{
  madvise (memory->base, memory->size, MADV_HUGEPAGE);
}
