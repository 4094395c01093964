/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay_file.c - how an overlay looks in its file.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "fd_io.h"
#include "i18n.h"
#include "image/byte_order.h"
#include "image/image.h"
#include "image/overlay_file.h"
#include "image/overlay_map.h"
#include "image/overlay_slot.h"

/* The header. */
#define MAGIC "lguest overlay\n"
#define MAGIC_BYTES 16
#define OVERLAY_VERSION 1
#define VERSION_OFFSET 16
#define BLOCK_OFFSET 20
#define IMAGE_BYTES_OFFSET 24
#define MAP_OFFSET 32
#define DATA_OFFSET 40
#define NAME_LENGTH_OFFSET 48
#define NAME_OFFSET 52
#define CHECKSUM_OFFSET 4092
#define HEADER_BYTES 4096

/* The page of state, and its number: none of the map's. */
#define STATE_OFFSET HEADER_BYTES
#define STATE_NUMBER UINT64_MAX

/* So that blocks do not cross borders of large blocks in the host. */
#define DATA_ALIGNMENT ((uint64_t) 1 << 20)

/** overlay_header_recognize - does a file that begins so look like one? */
bool
overlay_header_recognize (const uint8_t *data, size_t length)
{
  return length >= MAGIC_BYTES && memcmp (data, MAGIC, MAGIC_BYTES) == 0;
}

static uint64_t
block_count (const struct overlay_header *header)
{
  return (header->image_bytes + OVERLAY_BLOCK_BYTES - 1)
    / OVERLAY_BLOCK_BYTES;
}

/** overlay_header_plan - where will things be?  image_bytes is set. */
void
overlay_header_plan (struct overlay_header *header)
{
  header->map_offset = STATE_OFFSET + OVERLAY_PAGE_BYTES;
  header->data_offset = header->map_offset
    + overlay_map_bytes (block_count (header));
  header->data_offset = (header->data_offset + DATA_ALIGNMENT - 1)
    / DATA_ALIGNMENT * DATA_ALIGNMENT;
}

/** overlay_header_write - false with errno set on failure */
bool
overlay_header_write (int fd, const struct overlay_header *header)
{
  uint8_t data[HEADER_BYTES] = { 0 };
  const size_t length = strlen (header->base_name);

  memcpy (data, MAGIC, MAGIC_BYTES);
  little_endian_put (data + VERSION_OFFSET, 4, OVERLAY_VERSION);
  little_endian_put (data + BLOCK_OFFSET, 4, OVERLAY_BLOCK_BYTES);
  little_endian_put (data + IMAGE_BYTES_OFFSET, 8, header->image_bytes);
  little_endian_put (data + MAP_OFFSET, 8, header->map_offset);
  little_endian_put (data + DATA_OFFSET, 8, header->data_offset);
  little_endian_put (data + NAME_LENGTH_OFFSET, 4, length);
  memcpy (data + NAME_OFFSET, header->base_name, length);
  little_endian_put (data + CHECKSUM_OFFSET, 4,
                     crc32 (0, data, CHECKSUM_OFFSET));
  return lseek (fd, 0, SEEK_SET) == 0
    && write_fully (fd, data, sizeof data);
}

/** overlay_header_read - read and check it */
bool
overlay_header_read (int fd, struct overlay_header *header, const char *name,
                     struct failure *failure)
{
  uint8_t data[HEADER_BYTES];
  const ssize_t n = pread_fully (fd, data, sizeof data, 0);
  struct overlay_header planned;
  uint64_t length;

  if (n < 0)
    return fail (failure, STATUS_ERROR, _("cannot read overlay %s: %s"),
                 name, strerror (errno));
  if (!overlay_header_recognize (data, n))
    return fail (failure, STATUS_ERROR, _("%s is no overlay of lguest's"),
                 name);
  if (n != sizeof data
      || little_endian_get (data + CHECKSUM_OFFSET, 4)
      != crc32 (0, data, CHECKSUM_OFFSET))
    return fail (failure, STATUS_ERROR, _("overlay %s: its header is"
                                          " damaged"), name);
  if (little_endian_get (data + VERSION_OFFSET, 4) != OVERLAY_VERSION
      || little_endian_get (data + BLOCK_OFFSET, 4) != OVERLAY_BLOCK_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("overlay %s was made by another version of lguest"), name);
  memset (header, 0, sizeof *header);
  header->image_bytes = little_endian_get (data + IMAGE_BYTES_OFFSET, 8);
  header->map_offset = little_endian_get (data + MAP_OFFSET, 8);
  header->data_offset = little_endian_get (data + DATA_OFFSET, 8);
  length = little_endian_get (data + NAME_LENGTH_OFFSET, 4);
  planned.image_bytes = header->image_bytes;
  if (header->image_bytes > IMAGE_BYTES_MAX || length >= OVERLAY_NAME_MAX)
    return fail (failure, STATUS_ERROR, _("overlay %s: its header makes no"
                                          " sense"), name);
  overlay_header_plan (&planned);
  if (header->map_offset != planned.map_offset
      || header->data_offset != planned.data_offset)
    return fail (failure, STATUS_ERROR, _("overlay %s: its header makes no"
                                          " sense"), name);
  memcpy (header->base_name, data + NAME_OFFSET, length);
  return true;
}

/** overlay_state_read - the state, and how often it was changed */
bool
overlay_state_read (int fd, struct overlay_state *state, uint64_t *generation,
                    const char *name, struct failure *failure)
{
  uint8_t content[OVERLAY_CONTENT_BYTES];
  const enum overlay_slot slot
    = overlay_slot_load (fd, STATE_OFFSET, STATE_NUMBER, content, generation);

  if (slot == OVERLAY_SLOT_BAD || *generation == 0)
    return fail (failure, STATUS_ERROR,
                 _("overlay %s is damaged: its state is lost"), name);
  state->base_bytes = little_endian_get (content, 8);
  state->base_first = little_endian_get (content + 8, 4);
  state->base_last = little_endian_get (content + 12, 4);
  state->committing = content[16];
  return true;
}

/** overlay_state_write - it stays after the next fdatasync() */
bool
overlay_state_write (int fd, const struct overlay_state *state,
                     uint64_t generation)
{
  uint8_t content[OVERLAY_CONTENT_BYTES] = { 0 };

  little_endian_put (content, 8, state->base_bytes);
  little_endian_put (content + 8, 4, state->base_first);
  little_endian_put (content + 12, 4, state->base_last);
  content[16] = state->committing;
  return overlay_slot_store (fd, STATE_OFFSET, STATE_NUMBER, content,
                             generation);
}
