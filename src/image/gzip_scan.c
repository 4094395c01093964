/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/gzip_scan.c - making the index of a gzip file.
 *
 * The file is unpacked once, from its beginning to its end, with all its
 * checksums looked at.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "fd_io.h"
#include "i18n.h"
#include "image/chunk_cache.h"
#include "image/gzip_header.h"
#include "image/gzip_scan.h"
#include "image/image.h"

/* Distance of points at least: what has to be unpacked for nothing, at most,
   but for blocks that are longer.  Larger files get fewer points. */
#define SPAN_BYTES ((uint64_t) 1 << 20)
#define SPAN_OF_LARGE_BYTES ((uint64_t) 4 << 20)
#define LARGE_BYTES ((uint64_t) 1 << 30)

#define INPUT_BYTES ((uint32_t) 256 << 10)

/* zlib's "header and trailer of gzip". */
#define GZIP_WINDOW_BITS (MAX_WBITS + 16)

/* zlib, of data_type after inflate (Z_BLOCK). */
#define DATA_TYPE_BITS 7
#define DATA_TYPE_LAST_BLOCK 64
#define DATA_TYPE_BLOCK_BORDER 128

/**
 * struct scan - what is being made
 * @index: the result
 * @points_room, @chunks_room: for how many there is room
 * @gzip, @gzip_bytes, @name: the file
 * @file_offset: of the next byte to read from it
 * @windows_end: where the next window goes
 * @span: distance of points
 * @offset: so much of the image was unpacked
 * @stream: zlib's
 * @input: a piece of the file
 * @output: the last window's bytes, then the current chunk
 * @percent: what was shown last
 */
struct scan
{
  struct gzip_index *index;
  uint64_t points_room;
  uint64_t chunks_room;
  int gzip;
  uint64_t gzip_bytes;
  const char *name;
  uint64_t file_offset;
  uint64_t windows_end;
  uint64_t span;
  uint64_t offset;
  z_stream stream;
  uint8_t input[INPUT_BYTES];
  uint8_t output[GZIP_WINDOW_BYTES + CHUNK_BYTES];
  int percent;
};

/* Make room for one more element.  False if out of memory. */
static bool
make_room (void *array, uint64_t *room, uint64_t count, size_t bytes)
{
  uint64_t more;
  void *new;

  if (count < *room)
    return true;
  more = *room ? 2 * *room : 1024;
  new = reallocarray (*(void **) array, more, bytes);
  if (!new)
    return false;
  *(void **) array = new;
  *room = more;
  return true;
}

static bool
out_of_memory (struct failure *failure)
{
  return fail (failure, STATUS_ERROR, _("out of memory"));
}

static void
show_progress (struct scan *scan)
{
  const int percent = scan->gzip_bytes
    ? 100 * scan->file_offset / scan->gzip_bytes : 100;

  if (percent == scan->percent || !isatty (STDERR_FILENO))
    return;
  scan->percent = percent;
  fputc ('\r', stderr);
  fprintf (stderr, _("lguest: unpacking %s once for its index: %d %%"),
           scan->name, percent);
  if (percent == 100)
    fputc ('\n', stderr);
}

/* Here one can begin. */
static bool
add_point (struct scan *scan, struct failure *failure)
{
  struct gzip_index *index = scan->index;
  const uint64_t window = scan->offset < GZIP_WINDOW_BYTES
    ? scan->offset : GZIP_WINDOW_BYTES;
  struct gzip_point *point;
  uint8_t *packed;
  uLongf packed_bytes = compressBound (GZIP_WINDOW_BYTES);
  ssize_t n;

  if (!make_room (&index->points, &scan->points_room, index->point_count,
                  sizeof *point))
    return out_of_memory (failure);
  point = &index->points[index->point_count++];
  point->offset = scan->offset;
  point->file_offset = scan->file_offset - scan->stream.avail_in;
  point->bits = scan->stream.data_type & DATA_TYPE_BITS;
  point->window_offset = scan->windows_end;
  point->window_bytes = 0;
  if (window == 0)
    return true;
  packed = malloc (packed_bytes);
  if (!packed
      || compress (packed, &packed_bytes, scan->stream.next_out - window,
                   window) != Z_OK)
    {
      free (packed);
      return out_of_memory (failure);
    }
  n = pwrite (index->fd, packed, packed_bytes, point->window_offset);
  free (packed);
  if (n != (ssize_t) packed_bytes)
    return fail (failure, STATUS_ERROR,
                 _("cannot write the index of disk %s: %s"), scan->name,
                 n < 0 ? strerror (errno) : _("no space"));
  point->window_bytes = packed_bytes;
  scan->windows_end += packed_bytes;
  return true;
}

static bool
is_zero (const uint8_t *data, size_t bytes)
{
  return data[0] == 0 && memcmp (data, data + 1, bytes - 1) == 0;
}

/* A chunk is full, or the last one: remember what it is. */
static bool
end_chunk (struct scan *scan, size_t bytes, struct failure *failure)
{
  struct gzip_index *index = scan->index;
  const uint64_t number = index->chunk_count;
  const uint8_t *data = scan->output + GZIP_WINDOW_BYTES;
  uint64_t room = scan->chunks_room / 8;

  if (!make_room (&index->checksums, &scan->chunks_room, number,
                  sizeof *index->checksums))
    return out_of_memory (failure);
  if (!index->zeros || scan->chunks_room / 8 != room)
    {
      uint8_t *zeros = realloc (index->zeros, scan->chunks_room / 8);

      if (!zeros)
        return out_of_memory (failure);
      index->zeros = zeros;
    }
  if (number % 8 == 0)
    index->zeros[number / 8] = 0;
  index->checksums[number] = crc32 (0, data, bytes);
  if (is_zero (data, bytes))
    index->zeros[number / 8] |= 1 << number % 8;
  index->chunk_count++;
  /* What follows may refer to the end of this one. */
  memmove (scan->output, scan->output + CHUNK_BYTES, GZIP_WINDOW_BYTES);
  scan->stream.next_out = scan->output + GZIP_WINDOW_BYTES;
  scan->stream.avail_out = CHUNK_BYTES;
  return true;
}

/* Read more of the file if there is nothing left.  False: error. */
static bool
refill (struct scan *scan, struct failure *failure)
{
  uint8_t *at = scan->input;
  ssize_t n;

  /* Two bytes at least, as that is how long gzip's magic is. */
  if (scan->stream.avail_in >= 2)
    return true;
  if (scan->stream.avail_in)
    *at++ = *scan->stream.next_in;
  n = pread_fully (scan->gzip, at, INPUT_BYTES - 1, scan->file_offset);
  if (n < 0)
    return fail (failure, STATUS_ERROR, _("cannot read disk %s: %s"),
                 scan->name, strerror (errno));
  scan->stream.next_in = scan->input;
  scan->stream.avail_in += n;
  scan->file_offset += n;
  show_progress (scan);
  return true;
}

static bool
wants_point (const struct scan *scan)
{
  const struct gzip_index *index = scan->index;

  if ((scan->stream.data_type & (DATA_TYPE_BLOCK_BORDER
                                 | DATA_TYPE_LAST_BLOCK))
      != DATA_TYPE_BLOCK_BORDER)
    return false;
  return index->point_count == 0
    || scan->offset - index->points[index->point_count - 1].offset
    >= scan->span;
}

/* Unpack it all. */
static bool
unpack_all (struct scan *scan, struct failure *failure)
{
  z_stream *stream = &scan->stream;

  for (;;)
    {
      uint32_t room;
      int result;

      if (!refill (scan, failure))
        return false;
      room = stream->avail_out;
      result = inflate (stream, Z_BLOCK);
      scan->offset += room - stream->avail_out;
      if (scan->offset > IMAGE_BYTES_MAX)
        return fail (failure, STATUS_ERROR, _("disk %s is too large"),
                     scan->name);
      if (result == Z_BUF_ERROR && stream->avail_in == 0)
        return fail (failure, STATUS_ERROR,
                     _("disk %s is not whole: its compressed data ends too"
                       " early"), scan->name);
      if (result == Z_MEM_ERROR)
        return out_of_memory (failure);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return fail (failure, STATUS_ERROR,
                     _("disk %s is damaged: its compressed data makes no"
                       " sense near byte %llu"), scan->name,
                     (unsigned long long) scan->file_offset
                     - stream->avail_in);
      if (result == Z_OK && wants_point (scan) && !add_point (scan, failure))
        return false;
      if (stream->avail_out == 0 && !end_chunk (scan, CHUNK_BYTES, failure))
        return false;
      if (result == Z_STREAM_END)
        {
          /* There may be more members; what is none does not matter. */
          if (!refill (scan, failure))
            return false;
          if (stream->avail_in < 2 || stream->next_in[0] != GZIP_MAGIC_1
              || stream->next_in[1] != GZIP_MAGIC_2)
            break;
          inflateReset (stream);
        }
    }
  if (stream->avail_out < CHUNK_BYTES
      && !end_chunk (scan, CHUNK_BYTES - stream->avail_out, failure))
    return false;
  scan->index->image_bytes = scan->offset;
  return true;
}

/**
 * gzip_scan - make an index
 * @index: all zero but for its file
 * @gzip, @gzip_bytes, @name: the gzip file
 * @windows_offset: where in the index's file the windows go
 * @end: where they end
 */
bool
gzip_scan (struct gzip_index *index, int gzip, uint64_t gzip_bytes,
           uint64_t windows_offset, uint64_t *end, const char *name,
           struct failure *failure)
{
  struct scan *scan = calloc (1, sizeof *scan);
  bool done;

  if (!scan)
    return out_of_memory (failure);
  scan->index = index;
  scan->gzip = gzip;
  scan->gzip_bytes = gzip_bytes;
  scan->name = name;
  scan->windows_end = windows_offset;
  scan->span = gzip_bytes > LARGE_BYTES ? SPAN_OF_LARGE_BYTES : SPAN_BYTES;
  scan->percent = -1;
  scan->stream.next_out = scan->output + GZIP_WINDOW_BYTES;
  scan->stream.avail_out = CHUNK_BYTES;
  if (inflateInit2 (&scan->stream, GZIP_WINDOW_BITS) != Z_OK)
    {
      free (scan);
      return out_of_memory (failure);
    }
  done = unpack_all (scan, failure);
  inflateEnd (&scan->stream);
  *end = scan->windows_end;
  free (scan);
  return done;
}
