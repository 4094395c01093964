/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay_map.c - which blocks an overlay has.
 *
 * A block's bit is set when its data is written, and reaches the file at the
 * next flush, after the data.  So whatever a bit in the file promises is
 * there.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "i18n.h"
#include "image/overlay_map.h"
#include "image/overlay_slot.h"
#include "log.h"

#define PAGE_BLOCKS ((uint64_t) OVERLAY_CONTENT_BYTES * 8)

/** overlay_map_bytes - what it takes in the file */
uint64_t
overlay_map_bytes (uint64_t blocks)
{
  return (blocks + PAGE_BLOCKS - 1) / PAGE_BLOCKS * OVERLAY_PAGE_BYTES;
}

/** overlay_map_create - an empty one, in memory only */
bool
overlay_map_create (struct overlay_map *map, uint64_t blocks,
                    struct failure *failure)
{
  memset (map, 0, sizeof *map);
  map->fd = -1;
  map->blocks = blocks;
  map->pages = (blocks + PAGE_BLOCKS - 1) / PAGE_BLOCKS;
  /* Whole pages, and never nothing. */
  map->bits = calloc (map->pages + 1, OVERLAY_CONTENT_BYTES);
  map->dirty = calloc (map->pages + 1, sizeof *map->dirty);
  map->generations = calloc (map->pages + 1, sizeof *map->generations);
  pthread_mutex_init (&map->flush, NULL);
  if (map->bits && map->dirty && map->generations)
    return true;
  overlay_map_destroy (map);
  return fail (failure, STATUS_ERROR, _("out of memory"));
}

/** overlay_map_destroy - free it, and leave the file alone */
void
overlay_map_destroy (struct overlay_map *map)
{
  free (map->bits);
  free (map->dirty);
  free (map->generations);
  map->bits = map->dirty = NULL;
  map->generations = NULL;
  pthread_mutex_destroy (&map->flush);
}

/**
 * overlay_map_load - read it, and keep it there from now on
 * @name: of the file, for messages
 */
bool
overlay_map_load (struct overlay_map *map, int fd, uint64_t offset,
                  const char *name, struct failure *failure)
{
  const uint64_t tail = map->blocks % PAGE_BLOCKS;
  uint64_t page, i, torn = 0;

  map->fd = fd;
  map->offset = offset;
  for (page = 0; page < map->pages; page++)
    switch (overlay_slot_load (fd, offset + page * OVERLAY_PAGE_BYTES, page,
                               map->bits + page * OVERLAY_CONTENT_BYTES,
                               &map->generations[page]))
      {
      case OVERLAY_SLOT_NEW:
      case OVERLAY_SLOT_GOOD:
        break;
      case OVERLAY_SLOT_TORN:
        torn++;
        break;
      case OVERLAY_SLOT_BAD:
        return fail (failure, STATUS_ERROR,
                     _("overlay %s is damaged: page %llu of its map is lost"),
                     name, (unsigned long long) page);
      }
  /* Bits of blocks that do not exist. */
  for (i = tail; tail && i < PAGE_BLOCKS; i++)
    if (map->bits[(map->pages - 1) * OVERLAY_CONTENT_BYTES + i / 8] >> i % 8
        & 1)
      return fail (failure, STATUS_ERROR,
                   _("overlay %s is damaged: its map has more blocks than the"
                     " disk"), name);
  if (torn)
    log_message (_("overlay %s: its last flush was cut off, and does not"
                   " count; all earlier ones do"), name);
  return true;
}

/** overlay_map_set - the overlay has these blocks now */
void
overlay_map_set (struct overlay_map *map, uint64_t block, uint64_t count)
{
  const uint64_t end = block + count;
  const uint64_t first_page = block / PAGE_BLOCKS;
  uint64_t page;

  while (block < end)
    {
      uint8_t mask = 0xff << block % 8;
      uint8_t *byte = &map->bits[block / 8];

      if (end - block / 8 * 8 < 8)
        mask &= 0xff >> (8 - (end - block / 8 * 8));
      if ((__atomic_load_n (byte, __ATOMIC_RELAXED) & mask) != mask)
        __atomic_fetch_or (byte, mask, __ATOMIC_SEQ_CST);
      block = (block / 8 + 1) * 8;
    }
  for (page = first_page; page <= (end - 1) / PAGE_BLOCKS; page++)
    __atomic_store_n (&map->dirty[page], 1, __ATOMIC_SEQ_CST);
}

/**
 * overlay_map_run - how many blocks are alike?
 * @block: the first one
 * @count: so many matter
 * @present: whether the overlay has them
 */
uint64_t
overlay_map_run (const struct overlay_map *map, uint64_t block,
                 uint64_t count, bool *present)
{
  uint64_t i;

  for (i = 0; i < count; i++)
    {
      const uint64_t at = block + i;
      const bool bit
        = __atomic_load_n (&map->bits[at / 8], __ATOMIC_SEQ_CST) >> at % 8
        & 1;

      if (i == 0)
        *present = bit;
      else if (bit != *present)
        break;
    }
  return i;
}

/** overlay_map_count - how many blocks the overlay has */
uint64_t
overlay_map_count (const struct overlay_map *map)
{
  const uint64_t bytes = map->pages * OVERLAY_CONTENT_BYTES;
  uint64_t i, count = 0;

  for (i = 0; i < bytes; i++)
    count += __builtin_popcount (map->bits[i]);
  return count;
}

/* Copy each dirty page.  Returns how many, or -1 if out of memory. */
static int64_t
collect (struct overlay_map *map, uint64_t **pages, uint8_t **contents)
{
  uint64_t page, count = 0, i;

  *pages = NULL;
  *contents = NULL;
  for (page = 0; page < map->pages; page++)
    count += __atomic_load_n (&map->dirty[page], __ATOMIC_SEQ_CST);
  if (count == 0)
    return 0;
  *pages = calloc (count, sizeof **pages);
  *contents = calloc (count, OVERLAY_CONTENT_BYTES);
  if (!*pages || !*contents)
    return -1;
  for (page = i = 0; page < map->pages && i < count; page++)
    if (__atomic_exchange_n (&map->dirty[page], 0, __ATOMIC_SEQ_CST))
      {
        memcpy (*contents + i * OVERLAY_CONTENT_BYTES,
                map->bits + page * OVERLAY_CONTENT_BYTES,
                OVERLAY_CONTENT_BYTES);
        (*pages)[i++] = page;
      }
  return i;
}

/* Write these pages, which stay after another fdatasync(). */
static bool
store (struct overlay_map *map, const uint64_t *pages,
       const uint8_t *contents, uint64_t count)
{
  uint64_t i;

  for (i = 0; i < count; i++)
    if (!overlay_slot_store (map->fd,
                             map->offset + pages[i] * OVERLAY_PAGE_BYTES,
                             pages[i], contents + i * OVERLAY_CONTENT_BYTES,
                             ++map->generations[pages[i]]))
      return false;
  return true;
}

/**
 * overlay_map_flush - data and map of all that was written before now stay
 *
 * False with errno set on failure, and then always.
 */
bool
overlay_map_flush (struct overlay_map *map)
{
  uint64_t *pages;
  uint8_t *contents;
  int64_t count;
  bool done = false;
  int error = EIO;

  pthread_mutex_lock (&map->flush);
  if (!map->failed)
    {
      count = collect (map, &pages, &contents);
      if (count < 0)
        errno = ENOMEM;
      else
        done = fdatasync (map->fd) == 0
          && (count == 0 || (store (map, pages, contents, count)
                             && fdatasync (map->fd) == 0));
      error = errno;
      map->failed = !done;
      free (pages);
      free (contents);
    }
  pthread_mutex_unlock (&map->flush);
  errno = error;
  return done;
}

/** overlay_map_clear - the overlay has nothing any more; nobody else uses it */
bool
overlay_map_clear (struct overlay_map *map)
{
  memset (map->bits, 0, map->pages * OVERLAY_CONTENT_BYTES);
  memset (map->dirty, 1, map->pages);
  return overlay_map_flush (map);
}
