/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack.c - kernels come compressed.
 *
 * One table row per format: how it begins, its name, and the function that
 * unpacks it.  A row without a function is a format that we know by sight
 * but were built without.
 *
 * The input is not trusted: it may be cut off, corrupt, or a bomb.  Nothing
 * unpacks to more than UNPACK_LIMIT_BYTES.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#if HAVE_LZMA
# include <lzma.h>
#endif
#if HAVE_ZSTD
# include <zstd.h>
#endif
#if HAVE_LZ4
# include <lz4.h>
#endif

#include "i18n.h"
#include "unpack.h"

/* No kernel is larger than this, with all its debugging information. */
#define UNPACK_LIMIT_BYTES ((size_t) 1 << 30)

/* What we begin with; doubled whenever it is full. */
#define UNPACK_START_BYTES ((size_t) 16 << 20)

/**
 * struct buffer - where the unpacked bytes go
 * @data: malloc'ed
 * @length: bytes that are there
 * @room: bytes that fit
 */
struct buffer
{
  uint8_t *data;
  size_t length;
  size_t room;
};

static bool
buffer_grow (struct buffer *buffer)
{
  size_t room = buffer->room ? buffer->room * 2 : UNPACK_START_BYTES;
  uint8_t *data;

  if (room > UNPACK_LIMIT_BYTES)
    return false;
  data = realloc (buffer->data, room);
  if (!data)
    return false;
  buffer->data = data;
  buffer->room = room;
  return true;
}

enum outcome
{
  UNPACKED,
  CORRUPT,                      /* or cut off */
  TOO_LARGE,                    /* for UNPACK_LIMIT_BYTES, or for our memory */
};

static enum outcome
unpack_gzip (const uint8_t *data, size_t length, struct buffer *to)
{
  z_stream stream = { .next_in = (Bytef *) data, .avail_in = length };
  enum outcome outcome = CORRUPT;

  /* 16: expect gzip's header, not zlib's. */
  if (inflateInit2 (&stream, 16 + MAX_WBITS) != Z_OK)
    return TOO_LARGE;
  for (;;)
    {
      int result;

      if (to->length == to->room && !buffer_grow (to))
        {
          outcome = TOO_LARGE;
          break;
        }
      stream.next_out = to->data + to->length;
      stream.avail_out = to->room - to->length;
      result = inflate (&stream, Z_NO_FLUSH);
      to->length = to->room - stream.avail_out;
      if (result == Z_STREAM_END)
        {
          outcome = UNPACKED;
          break;
        }
      if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0))
        break;
    }
  inflateEnd (&stream);
  return outcome;
}

#if HAVE_LZMA
/* More than any kernel's dictionary needs. */
#define LZMA_MEMORY_BYTES ((uint64_t) 512 << 20)

static enum outcome
unpack_lzma_stream (lzma_stream *stream, const uint8_t *data, size_t length,
                    struct buffer *to)
{
  enum outcome outcome = CORRUPT;

  stream->next_in = data;
  stream->avail_in = length;
  for (;;)
    {
      lzma_ret result;

      if (to->length == to->room && !buffer_grow (to))
        {
          outcome = TOO_LARGE;
          break;
        }
      stream->next_out = to->data + to->length;
      stream->avail_out = to->room - to->length;
      result = lzma_code (stream, LZMA_RUN);
      to->length = to->room - stream->avail_out;
      if (result == LZMA_STREAM_END)
        {
          outcome = UNPACKED;
          break;
        }
      if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR)
        outcome = TOO_LARGE;
      if (result != LZMA_OK
          || (stream->avail_in == 0 && stream->avail_out != 0))
        break;
    }
  lzma_end (stream);
  return outcome;
}

static enum outcome
unpack_xz (const uint8_t *data, size_t length, struct buffer *to)
{
  lzma_stream stream = LZMA_STREAM_INIT;

  if (lzma_stream_decoder (&stream, LZMA_MEMORY_BYTES, 0) != LZMA_OK)
    return TOO_LARGE;
  return unpack_lzma_stream (&stream, data, length, to);
}

static enum outcome
unpack_lzma (const uint8_t *data, size_t length, struct buffer *to)
{
  lzma_stream stream = LZMA_STREAM_INIT;

  if (lzma_alone_decoder (&stream, LZMA_MEMORY_BYTES) != LZMA_OK)
    return TOO_LARGE;
  return unpack_lzma_stream (&stream, data, length, to);
}
#else
# define unpack_xz NULL
# define unpack_lzma NULL
#endif /* HAVE_LZMA */

#if HAVE_ZSTD
static enum outcome
unpack_zstd (const uint8_t *data, size_t length, struct buffer *to)
{
  ZSTD_DStream *stream = ZSTD_createDStream ();
  ZSTD_inBuffer in = { data, length, 0 };
  enum outcome outcome = CORRUPT;

  if (!stream)
    return TOO_LARGE;
  /* The kernel is packed with --ultra -22: windows of up to 128 MiB. */
  ZSTD_DCtx_setParameter (stream, ZSTD_d_windowLogMax, 27);
  for (;;)
    {
      ZSTD_outBuffer out;
      size_t result;

      if (to->length == to->room && !buffer_grow (to))
        {
          outcome = TOO_LARGE;
          break;
        }
      out = (ZSTD_outBuffer) { to->data, to->room, to->length };
      result = ZSTD_decompressStream (stream, &out, &in);
      to->length = out.pos;
      if (ZSTD_isError (result))
        break;
      if (result == 0)
        {
          outcome = UNPACKED;
          break;
        }
      if (in.pos == in.size && out.pos < out.size)
        break;
    }
  ZSTD_freeDStream (stream);
  return outcome;
}
#else
# define unpack_zstd NULL
#endif /* HAVE_ZSTD */

static uint32_t
little_endian_32 (const uint8_t *bytes)
{
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16
    | (uint32_t) bytes[3] << 24;
}

#if HAVE_LZ4
/* In lz4's "legacy" format, the kernel's, every block but the last unpacks
   to this size. */
#define LZ4_BLOCK_BYTES ((size_t) 8 << 20)

static enum outcome
unpack_lz4 (const uint8_t *data, size_t length, struct buffer *to)
{
  size_t position = 4;          /* after the magic number */

  while (length - position >= 4)
    {
      uint32_t packed = little_endian_32 (data + position);
      int unpacked;

      position += 4;
      /* The kernel's build appends the unpacked size, which is larger than
         what is left: nothing. */
      if (position == length)
        break;
      if (packed == 0 || packed > length - position)
        return CORRUPT;
      while (to->room - to->length < LZ4_BLOCK_BYTES)
        if (!buffer_grow (to))
          return TOO_LARGE;
      unpacked = LZ4_decompress_safe ((const char *) data + position,
                                      (char *) to->data + to->length, packed,
                                      LZ4_BLOCK_BYTES);
      if (unpacked < 0)
        return CORRUPT;
      to->length += unpacked;
      position += packed;
    }
  return to->length > 0 ? UNPACKED : CORRUPT;
}
#else
# define unpack_lz4 NULL
#endif /* HAVE_LZ4 */

#define MAGIC_MAX_BYTES 6

static const struct format
{
  const char *name;
  uint8_t magic[MAGIC_MAX_BYTES];
  size_t magic_length;
  enum outcome (*unpack) (const uint8_t *, size_t, struct buffer *);
} formats[] =
{
  { "gzip", { 0x1f, 0x8b }, 2, unpack_gzip },
  { "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
  { "lzma", { 0x5d, 0, 0 }, 3, unpack_lzma },
  { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
  { "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
  { "bzip2", { 'B', 'Z', 'h' }, 3, NULL },
  { "lzo", { 0x89, 'L', 'Z', 'O' }, 4, NULL },
};

static const struct format *
format_find (const uint8_t *data, size_t length)
{
  size_t i;

  for (i = 0; i < sizeof formats / sizeof *formats; i++)
    if (length >= formats[i].magic_length
        && memcmp (data, formats[i].magic, formats[i].magic_length) == 0)
      return &formats[i];
  return NULL;
}

/** unpack_recognize - does this begin like something compressed? */
bool
unpack_recognize (const uint8_t *data, size_t length)
{
  return format_find (data, length) != NULL;
}

/**
 * unpack - decompress
 * @data, @length: the packed bytes; what follows their end is ignored
 * @result, @result_length: the unpacked ones, to be freed by the caller
 */
bool
unpack (const uint8_t *data, size_t length, uint8_t **result,
        size_t *result_length, struct failure *failure)
{
  const struct format *format = format_find (data, length);
  struct buffer buffer = { NULL, 0, 0 };

  if (!format)
    return fail (failure, STATUS_ERROR,
                 _("its compression is none that lguest knows"));
  if (!format->unpack)
    return fail (failure, STATUS_ERROR,
                 _("it is compressed by %s, which this lguest was built"
                   " without"), format->name);
  switch (format->unpack (data, length, &buffer))
    {
    case UNPACKED:
      *result = buffer.data;
      *result_length = buffer.length;
      return true;
    case TOO_LARGE:
      free (buffer.data);
      return fail (failure, STATUS_ERROR,
                   _("it is too large when unpacked (%s)"), format->name);
    case CORRUPT:
    default:
      free (buffer.data);
      return fail (failure, STATUS_ERROR,
                   _("its compressed part is cut off or corrupt (%s)"),
                   format->name);
    }
}
