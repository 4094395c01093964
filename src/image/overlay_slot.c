/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay_slot.c - pages of a file that are changed whole or not at all.
 *
 * Each page is there twice.  A change goes to the older one of the two, with
 * a checksum and the number of the change; the newer one is not touched.  So
 * when the machine stops in the middle, the page is what it was before.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "fd_io.h"
#include "image/byte_order.h"
#include "image/overlay_slot.h"

/* A slot: checksum of all that follows, mark, number of the change, content.
   The checksum begins with the page's number: it is at home nowhere else. */
#define MARK 0x306f676c
#define MARK_OFFSET 4
#define GENERATION_OFFSET 8
#define CONTENT_OFFSET 16

static uint32_t
checksum (const uint8_t *slot, uint64_t number)
{
  uint8_t home[8];

  little_endian_put (home, sizeof home, number);
  return crc32 (crc32 (0, home, sizeof home), slot + MARK_OFFSET,
                OVERLAY_SLOT_BYTES - MARK_OFFSET);
}

static bool
is_new (const uint8_t *slot)
{
  return slot[0] == 0 && memcmp (slot, slot + 1, OVERLAY_SLOT_BYTES - 1) == 0;
}

/* The number of the change that made this slot; 0 if it is not good.  Even
   changes are in the first slot, odd ones in the second. */
static uint64_t
slot_generation (const uint8_t *slot, uint64_t number, unsigned which)
{
  const uint64_t generation
    = little_endian_get (slot + GENERATION_OFFSET, 8);

  return little_endian_get (slot + MARK_OFFSET, 4) == MARK
    && little_endian_get (slot, 4) == checksum (slot, number)
    && generation % 2 == which ? generation : 0;
}

/**
 * overlay_slot_load - read a page
 * @offset: where it is
 * @number: its number
 * @content: OVERLAY_CONTENT_BYTES; 0 unless something good is there
 * @generation: number of the last change; 0 if there was none
 */
enum overlay_slot
overlay_slot_load (int fd, uint64_t offset, uint64_t number, uint8_t *content,
                   uint64_t *generation)
{
  uint8_t slots[2][OVERLAY_SLOT_BYTES];
  uint64_t generations[2];
  unsigned newer;

  memset (content, 0, OVERLAY_CONTENT_BYTES);
  *generation = 0;
  if (pread_fully (fd, slots, sizeof slots, offset) != sizeof slots)
    return OVERLAY_SLOT_BAD;
  generations[0] = slot_generation (slots[0], number, 0);
  generations[1] = slot_generation (slots[1], number, 1);
  newer = generations[1] > generations[0];
  if (generations[newer] == 0)
    {
      /* The first change goes to the second slot. */
      if (!is_new (slots[0]))
        return OVERLAY_SLOT_BAD;
      return is_new (slots[1]) ? OVERLAY_SLOT_NEW : OVERLAY_SLOT_TORN;
    }
  *generation = generations[newer];
  memcpy (content, slots[newer] + CONTENT_OFFSET, OVERLAY_CONTENT_BYTES);
  if (generations[!newer] == *generation - 1
      || (*generation == 1 && is_new (slots[0])))
    return OVERLAY_SLOT_GOOD;
  return generations[!newer] == 0 ? OVERLAY_SLOT_TORN : OVERLAY_SLOT_BAD;
}

/**
 * overlay_slot_store - change a page
 * @generation: one more than before
 *
 * It stays only after the next fdatasync().  False with errno set on failure.
 */
bool
overlay_slot_store (int fd, uint64_t offset, uint64_t number,
                    const uint8_t *content, uint64_t generation)
{
  uint8_t slot[OVERLAY_SLOT_BYTES];
  ssize_t n;

  little_endian_put (slot + MARK_OFFSET, 4, MARK);
  little_endian_put (slot + GENERATION_OFFSET, 8, generation);
  memcpy (slot + CONTENT_OFFSET, content, OVERLAY_CONTENT_BYTES);
  little_endian_put (slot, 4, checksum (slot, number));
  n = pwrite (fd, slot, sizeof slot,
              offset + generation % 2 * OVERLAY_SLOT_BYTES);
  if (n >= 0 && n != sizeof slot)
    errno = ENOSPC;
  return n == sizeof slot;
}
