/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/gzip.c - an image in a plain gzip file, read with the help of an
 * index.
 *
 * Unpacking begins at the point before what is wanted.  Where it ended is
 * remembered: who reads on from there does not begin anew.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "fd_io.h"
#include "i18n.h"
#include "image/chunk_cache.h"
#include "image/file.h"
#include "image/gzip.h"
#include "image/gzip_header.h"
#include "image/gzip_index.h"
#include "image/io_vector.h"

/* So many readers in different places can go on where they were. */
#define STREAMS 4

#define INPUT_BYTES ((uint32_t) 32 << 10)

/* zlib's "header and trailer of gzip", and "none". */
#define GZIP_WINDOW_BITS (MAX_WBITS + 16)
#define RAW_WINDOW_BITS (-MAX_WBITS)

#define NOWHERE UINT64_MAX

/**
 * struct stream - unpacking, under way somewhere
 * @zlib: zlib's
 * @started: zlib's part is set up; who is @busy with it knows
 * @raw: it began at a point, in the middle of a member; the next member is
 *   read with its header and trailer
 * @offset: in the image, of what comes next; NOWHERE: nothing
 * @file_offset: in the file, of what is read next
 * @input: a piece of the file
 * @busy: a thread works with it, and it will be at @offset
 * @last_use: the clock then
 */
struct stream
{
  z_stream zlib;
  bool started;
  bool raw;
  uint64_t offset;
  uint64_t file_offset;
  uint8_t *input;
  bool busy;
  uint64_t last_use;
};

/**
 * struct gzip - the image
 * @image: its common part
 * @fd: the file
 * @index: of it
 * @cache: what was unpacked last
 * @lock: guards the rest
 * @idle: a stream is not busy any more
 * @clock: counts uses
 * @streams: see there
 */
struct gzip
{
  struct image image;
  int fd;
  struct gzip_index index;
  struct chunk_cache cache;
  pthread_mutex_t lock;
  pthread_cond_t idle;
  uint64_t clock;
  struct stream streams[STREAMS];
};

/** gzip_recognize - does a file that begins so look like one? */
bool
gzip_recognize (const uint8_t *data, size_t length)
{
  return length >= GZIP_HEADER_MIN_BYTES && data[0] == GZIP_MAGIC_1
    && data[1] == GZIP_MAGIC_2 && data[2] == GZIP_DEFLATE;
}

/* Have some input.  False with errno set if there is no more. */
static bool
refill (struct gzip *gzip, struct stream *stream)
{
  ssize_t n;

  if (stream->zlib.avail_in > 0)
    return true;
  n = pread_fully (gzip->fd, stream->input, INPUT_BYTES, stream->file_offset);
  if (n <= 0)
    {
      if (n == 0)
        errno = EIO;
      return false;
    }
  stream->zlib.next_in = stream->input;
  stream->zlib.avail_in = n;
  stream->file_offset += n;
  return true;
}

/* A member ended, another one shall begin. */
static bool
next_member (struct gzip *gzip, struct stream *stream)
{
  unsigned trailer = GZIP_TRAILER_BYTES;

  if (!stream->raw)
    return inflateReset (&stream->zlib) == Z_OK;
  while (trailer > 0)
    {
      unsigned piece;

      if (!refill (gzip, stream))
        return false;
      piece = stream->zlib.avail_in < trailer ? stream->zlib.avail_in
        : trailer;
      stream->zlib.next_in += piece;
      stream->zlib.avail_in -= piece;
      trailer -= piece;
    }
  stream->raw = false;
  return inflateReset2 (&stream->zlib, GZIP_WINDOW_BITS) == Z_OK;
}

/* Unpack the next bytes.  False with errno set on failure. */
static bool
unpack (struct gzip *gzip, struct stream *stream, uint8_t *data,
        uint32_t bytes)
{
  z_stream *zlib = &stream->zlib;

  zlib->next_out = data;
  zlib->avail_out = bytes;
  while (zlib->avail_out > 0)
    {
      int result;

      if (!refill (gzip, stream))
        return false;
      result = inflate (zlib, Z_NO_FLUSH);
      if (result == Z_STREAM_END)
        {
          if (zlib->avail_out > 0 && !next_member (gzip, stream))
            return false;
        }
      else if (result != Z_OK && result != Z_BUF_ERROR)
        {
          errno = result == Z_MEM_ERROR ? ENOMEM : EIO;
          return false;
        }
    }
  return true;
}

/* Begin at a point. */
static bool
start (struct gzip *gzip, struct stream *stream,
       const struct gzip_point *point)
{
  uint8_t window[GZIP_WINDOW_BYTES];
  int result;

  errno = ENOMEM;
  if (!stream->input)
    stream->input = malloc (INPUT_BYTES);
  if (!stream->input)
    return false;
  if (stream->started)
    result = inflateReset2 (&stream->zlib, RAW_WINDOW_BITS);
  else
    result = inflateInit2 (&stream->zlib, RAW_WINDOW_BITS);
  if (result != Z_OK)
    return false;
  stream->started = true;
  stream->raw = true;
  stream->zlib.avail_in = 0;
  stream->file_offset = point->file_offset - (point->bits ? 1 : 0);
  if (point->bits)
    {
      uint8_t byte;

      if (!refill (gzip, stream))
        return false;
      byte = *stream->zlib.next_in++;
      stream->zlib.avail_in--;
      inflatePrime (&stream->zlib, point->bits, byte >> (8 - point->bits));
    }
  return gzip_index_window (&gzip->index, point, window)
    && inflateSetDictionary (&stream->zlib, window, sizeof window) == Z_OK;
}

/* The stream that has the shortest way to @offset, from @from on; or the one
   that was not used for longest, to start with there.  With the lock. */
static struct stream *
choose (struct gzip *gzip, uint64_t from, uint64_t offset)
{
  for (;;)
    {
      struct stream *best = NULL, *oldest = NULL;
      unsigned i;

      for (i = 0; i < STREAMS; i++)
        {
          struct stream *stream = &gzip->streams[i];

          if (stream->offset >= from && stream->offset <= offset
              && (!best || stream->offset > best->offset))
            best = stream;
          if (!stream->busy
              && (!oldest || stream->last_use < oldest->last_use))
            oldest = stream;
        }
      if (!best)
        best = oldest;
      if (best && !best->busy)
        return best;
      pthread_cond_wait (&gzip->idle, &gzip->lock);
    }
}

/* For the cache. */
static bool
load (void *context, uint64_t number, uint8_t *data)
{
  struct gzip *gzip = context;
  const uint64_t offset = number * CHUNK_BYTES;
  const uint64_t rest = gzip->image.bytes - offset;
  const uint32_t bytes = rest < CHUNK_BYTES ? rest : CHUNK_BYTES;
  const struct gzip_point *point = gzip_index_find (&gzip->index, offset);
  struct stream *stream;
  uint64_t at;
  bool done = true;
  int error;

  pthread_mutex_lock (&gzip->lock);
  stream = choose (gzip, point->offset, offset);
  at = stream->offset;
  if (at < point->offset || at > offset)
    at = NOWHERE;
  stream->busy = true;
  stream->offset = offset + bytes;
  stream->last_use = ++gzip->clock;
  pthread_mutex_unlock (&gzip->lock);

  if (at == NOWHERE)
    {
      done = start (gzip, stream, point);
      at = point->offset;
    }
  while (done && at < offset)
    {
      const uint32_t piece = offset - at < CHUNK_BYTES ? offset - at
        : CHUNK_BYTES;

      /* What comes before goes the same way, and is overwritten. */
      done = unpack (gzip, stream, data, piece);
      at += piece;
    }
  done = done && unpack (gzip, stream, data, bytes);
  if (done && crc32 (0, data, bytes) != gzip->index.checksums[number])
    {
      done = false;
      errno = EIO;
    }
  error = errno;

  pthread_mutex_lock (&gzip->lock);
  /* Nobody shall go on after a failure. */
  if (!done)
    stream->offset = NOWHERE;
  stream->busy = false;
  pthread_cond_broadcast (&gzip->idle);
  pthread_mutex_unlock (&gzip->lock);
  errno = error;
  return done;
}

static bool
gzip_read (struct image *image, const struct iovec *buffers, unsigned count,
           uint64_t offset, uint64_t bytes)
{
  struct gzip *gzip = (struct gzip *) image;
  struct io_vector vector = { buffers, count, 0 };

  while (bytes > 0)
    {
      const uint64_t number = offset / CHUNK_BYTES;
      const uint32_t in_chunk = offset % CHUNK_BYTES;
      uint64_t piece = CHUNK_BYTES - in_chunk;

      if (piece > bytes)
        piece = bytes;
      if (gzip_index_is_zero (&gzip->index, number))
        io_vector_fill_zeros (&vector, piece);
      else
        {
          struct chunk *chunk = chunk_cache_get (&gzip->cache, number);

          if (!chunk)
            return false;
          io_vector_fill (&vector, chunk->data + in_chunk, piece);
          chunk_cache_put (&gzip->cache, chunk);
        }
      offset += piece;
      bytes -= piece;
    }
  return true;
}

static void
gzip_describe (struct image *image)
{
  struct gzip *gzip = (struct gzip *) image;
  uint64_t zeros = 0, i;

  for (i = 0; i < gzip->index.chunk_count; i++)
    zeros += gzip_index_is_zero (&gzip->index, i);
  printf (_("index: %llu points, %llu of %llu parts of 64 KiB are empty\n"),
          (unsigned long long) gzip->index.point_count,
          (unsigned long long) zeros,
          (unsigned long long) gzip->index.chunk_count);
}

static void
gzip_close (struct image *image)
{
  struct gzip *gzip = (struct gzip *) image;
  unsigned i;

  for (i = 0; i < STREAMS; i++)
    {
      if (gzip->streams[i].started)
        inflateEnd (&gzip->streams[i].zlib);
      free (gzip->streams[i].input);
    }
  chunk_cache_destroy (&gzip->cache);
  gzip_index_close (&gzip->index);
  pthread_cond_destroy (&gzip->idle);
  pthread_mutex_destroy (&gzip->lock);
  close (gzip->fd);
  free (gzip);
}

static const struct image_operations gzip_operations =
{
  .format = "gz",
  .read = gzip_read,
  .describe = gzip_describe,
  .close = gzip_close,
};

/** gzip_open - open and lock one; NULL on failure */
struct image *
gzip_open (const char *name, struct failure *failure)
{
  uint64_t file_bytes;
  struct gzip *gzip;
  unsigned i;
  const int fd = image_file_open (name, true, &file_bytes, failure);

  if (fd < 0)
    return NULL;
  gzip = calloc (1, sizeof *gzip);
  if (!gzip)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      close (fd);
      return NULL;
    }
  gzip->image.operations = &gzip_operations;
  gzip->image.read_only = true;
  gzip->fd = fd;
  chunk_cache_create (&gzip->cache, load, gzip);
  pthread_mutex_init (&gzip->lock, NULL);
  pthread_cond_init (&gzip->idle, NULL);
  for (i = 0; i < STREAMS; i++)
    gzip->streams[i].offset = NOWHERE;
  if (!gzip_index_open (&gzip->index, fd, name, failure))
    {
      gzip_close (&gzip->image);
      return NULL;
    }
  gzip->image.bytes = gzip->index.image_bytes;
  return &gzip->image;
}
