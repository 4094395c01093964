/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/bgzf_pack.c - making the compressed image: gzip in small members.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "image/bgzf.h"
#include "image/byte_order.h"
#include "image/gzip_header.h"

/* zlib's, for its memory; 8 is its default. */
#define MEMORY_LEVEL 8

/* The last member is empty, and always the same: so a file that was cut off
   can be told from a whole one. */
static const uint8_t last_member[] =
{
  0x1f, 0x8b, 0x08, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x06, 0x00,
  0x42, 0x43, 0x02, 0x00, 0x1b, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x00, 0x00,
};

/** bgzf_packer_create - @level is gzip's; false if out of memory */
bool
bgzf_packer_create (struct bgzf_packer *packer, int level)
{
  z_stream *stream = calloc (1, sizeof *stream);

  packer->stream = stream;
  if (!stream)
    return false;
  if (deflateInit2 (stream, level, Z_DEFLATED, -MAX_WBITS, MEMORY_LEVEL,
                    Z_DEFAULT_STRATEGY) == Z_OK)
    return true;
  free (stream);
  packer->stream = NULL;
  return false;
}

/* One member; returns its length, or 0 if it would be too long. */
static size_t
pack_member (struct bgzf_packer *packer, const uint8_t *data, size_t length,
             uint8_t *packed)
{
  z_stream *stream = packer->stream;
  uint8_t *trailer;
  size_t total;

  memcpy (packed, last_member, BGZF_HEADER_BYTES);
  deflateReset (stream);
  stream->next_in = (uint8_t *) data;
  stream->avail_in = length;
  stream->next_out = packed + BGZF_HEADER_BYTES;
  stream->avail_out = BGZF_MEMBER_MAX - BGZF_HEADER_BYTES
    - GZIP_TRAILER_BYTES;
  if (deflate (stream, Z_FINISH) != Z_STREAM_END)
    return 0;
  trailer = stream->next_out;
  little_endian_put (trailer, 4, crc32 (0, data, length));
  little_endian_put (trailer + 4, 4, length);
  total = trailer + GZIP_TRAILER_BYTES - packed;
  little_endian_put (packed + BGZF_HEADER_BYTES - 2, 2, total - 1);
  return total;
}

/**
 * bgzf_pack - pack up to BGZF_MEMBER_MAX bytes
 * @packed: room for 2 * BGZF_MEMBER_MAX
 *
 * Returns how many bytes were made of them: one member, or two if they cannot
 * be compressed.
 */
size_t
bgzf_pack (struct bgzf_packer *packer, const void *data, size_t length,
           uint8_t *packed)
{
  size_t total = pack_member (packer, data, length, packed);

  if (total == 0)
    {
      const size_t half = length / 2;

      total = pack_member (packer, data, half, packed);
      total += pack_member (packer, (const uint8_t *) data + half,
                            length - half, packed + total);
    }
  return total;
}

/** bgzf_pack_end - the last member; returns its length */
size_t
bgzf_pack_end (uint8_t *packed)
{
  memcpy (packed, last_member, sizeof last_member);
  return sizeof last_member;
}

/** bgzf_packer_destroy - free it */
void
bgzf_packer_destroy (struct bgzf_packer *packer)
{
  if (packer->stream)
    deflateEnd (packer->stream);
  free (packer->stream);
}
