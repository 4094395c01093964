/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/bgzf.c - reading the compressed image: gzip in small members.
 *
 * The format is that of the SAM/BAM specification, section 4.1.  Opening
 * reads the header of each member, which says where the next one is; what it
 * says is checked when the member is unpacked: a member that unpacks to
 * another length, or to other bytes, is an I/O error.
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
#include "image/bgzf.h"
#include "image/byte_order.h"
#include "image/chunk_cache.h"
#include "image/file.h"
#include "image/gzip_header.h"
#include "image/io_vector.h"

/* The extra field that says how long a member is. */
#define FIELD_ID_1 'B'
#define FIELD_ID_2 'C'
#define FIELD_LENGTH 2
#define FIELD_HEADER_BYTES 4

/* Extra fields of others are jumped over, up to so many bytes. */
#define EXTRA_MAX 256

/* Before a member, the length of the one before is read with it. */
#define LENGTH_BYTES 4

#define MEMBERS_AT_FIRST 1024

/**
 * struct member - one member of the file
 * @file_offset: where it is in the file
 * @offset: where it is in the image
 *
 * It ends where the next one begins.
 */
struct member
{
  uint64_t file_offset;
  uint64_t offset;
};

/**
 * struct bgzf - the image
 * @image: its common part
 * @fd: the file
 * @members: all that are not empty, and one for the end
 * @count: how many, without the end
 * @cache: what was unpacked last
 */
struct bgzf
{
  struct image image;
  int fd;
  struct member *members;
  size_t count;
  struct chunk_cache cache;
};

/* The length of a member by its header; 0 if it is none. *@header_bytes: the
   length of its header. */
static size_t
member_length (const uint8_t *data, size_t length, size_t *header_bytes)
{
  size_t extra, at;

  if (length < GZIP_EXTRA_OFFSET || data[0] != GZIP_MAGIC_1
      || data[1] != GZIP_MAGIC_2 || data[2] != GZIP_DEFLATE
      || data[GZIP_FLAGS_OFFSET] != GZIP_FLAG_EXTRA)
    return 0;
  extra = little_endian_get (data + GZIP_EXTRA_LENGTH_OFFSET, 2);
  if (extra > length - GZIP_EXTRA_OFFSET)
    return 0;
  *header_bytes = GZIP_EXTRA_OFFSET + extra;
  data += GZIP_EXTRA_OFFSET;
  for (at = 0; extra - at >= FIELD_HEADER_BYTES;)
    {
      const size_t field = little_endian_get (data + at + 2, 2);

      if (field > extra - at - FIELD_HEADER_BYTES)
        return 0;
      if (data[at] == FIELD_ID_1 && data[at + 1] == FIELD_ID_2
          && field == FIELD_LENGTH)
        {
          const size_t total
            = little_endian_get (data + at + FIELD_HEADER_BYTES, 2) + 1;

          return total > *header_bytes + GZIP_TRAILER_BYTES ? total : 0;
        }
      at += FIELD_HEADER_BYTES + field;
    }
  return 0;
}

/** bgzf_recognize - does a file that begins so look like one? */
bool
bgzf_recognize (const uint8_t *data, size_t length)
{
  size_t header_bytes;

  return member_length (data, length, &header_bytes) != 0;
}

/* Unpack raw deflate data of exactly known length. */
static bool
inflate_exactly (const uint8_t *packed, size_t packed_bytes, uint8_t *data,
                 size_t bytes)
{
  z_stream stream;
  bool done;

  memset (&stream, 0, sizeof stream);
  if (inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    {
      errno = ENOMEM;
      return false;
    }
  stream.next_in = (uint8_t *) packed;
  stream.avail_in = packed_bytes;
  stream.next_out = data;
  stream.avail_out = bytes;
  done = inflate (&stream, Z_FINISH) == Z_STREAM_END
    && stream.avail_in == 0 && stream.avail_out == 0;
  inflateEnd (&stream);
  errno = EIO;
  return done;
}

/* For the cache. */
static bool
load (void *context, uint64_t number, uint8_t *data)
{
  struct bgzf *bgzf = context;
  const struct member *member = &bgzf->members[number];
  const size_t bytes = member[1].offset - member[0].offset;
  uint8_t packed[BGZF_MEMBER_MAX];
  size_t header_bytes, length;
  const uint8_t *trailer;
  ssize_t n;

  n = pread_fully (bgzf->fd, packed, sizeof packed, member->file_offset);
  if (n < 0)
    return false;
  length = member_length (packed, n, &header_bytes);
  if (length == 0 || length > (size_t) n)
    {
      errno = EIO;
      return false;
    }
  trailer = packed + length - GZIP_TRAILER_BYTES;
  if (!inflate_exactly (packed + header_bytes,
                        length - header_bytes - GZIP_TRAILER_BYTES, data,
                        bytes))
    return false;
  errno = EIO;
  return little_endian_get (trailer, 4) == crc32 (0, data, bytes);
}

/* The member that a byte is in. */
static size_t
find_member (const struct bgzf *bgzf, uint64_t offset)
{
  size_t low = 0, high = bgzf->count;

  while (high - low > 1)
    {
      const size_t middle = low + (high - low) / 2;

      if (bgzf->members[middle].offset <= offset)
        low = middle;
      else
        high = middle;
    }
  return low;
}

static bool
bgzf_read (struct image *image, const struct iovec *buffers, unsigned count,
           uint64_t offset, uint64_t bytes)
{
  struct bgzf *bgzf = (struct bgzf *) image;
  struct io_vector vector = { buffers, count, 0 };
  size_t number = find_member (bgzf, offset);

  while (bytes > 0)
    {
      const uint64_t in_member = offset - bgzf->members[number].offset;
      uint64_t piece = bgzf->members[number + 1].offset - offset;
      struct chunk *chunk = chunk_cache_get (&bgzf->cache, number);

      if (!chunk)
        return false;
      if (piece > bytes)
        piece = bytes;
      io_vector_fill (&vector, chunk->data + in_member, piece);
      chunk_cache_put (&bgzf->cache, chunk);
      offset += piece;
      bytes -= piece;
      number++;
    }
  return true;
}

static void
bgzf_describe (struct image *image)
{
  struct bgzf *bgzf = (struct bgzf *) image;

  printf (_("members: %zu, packed to %llu bytes\n"), bgzf->count,
          (unsigned long long) bgzf->members[bgzf->count].file_offset);
}

static void
bgzf_close (struct image *image)
{
  struct bgzf *bgzf = (struct bgzf *) image;

  chunk_cache_destroy (&bgzf->cache);
  close (bgzf->fd);
  free (bgzf->members);
  free (bgzf);
}

static const struct image_operations bgzf_operations =
{
  .format = "bgzf",
  .read = bgzf_read,
  .describe = bgzf_describe,
  .close = bgzf_close,
};

/* Add a member, or the end. */
static bool
add_member (struct bgzf *bgzf, size_t *room, uint64_t file_offset,
            uint64_t offset)
{
  if (bgzf->count == *room)
    {
      const size_t more = *room ? 2 * *room : MEMBERS_AT_FIRST;
      struct member *members = reallocarray (bgzf->members, more,
                                             sizeof *members);

      if (!members)
        return false;
      bgzf->members = members;
      *room = more;
    }
  bgzf->members[bgzf->count++] = (struct member) { file_offset, offset };
  return true;
}

/* Read what all members say about themselves. */
static bool
scan (struct bgzf *bgzf, const char *name, uint64_t file_bytes,
      struct failure *failure)
{
  uint64_t at = 0, offset = 0;
  size_t room = 0;
  bool ended = false;

  while (at < file_bytes)
    {
      uint8_t data[LENGTH_BYTES + GZIP_EXTRA_OFFSET + EXTRA_MAX];
      size_t length, header_bytes;
      uint32_t unpacked;
      ssize_t n = pread_fully (bgzf->fd, data, GZIP_EXTRA_OFFSET + EXTRA_MAX,
                               at);

      if (n < 0)
        return fail (failure, STATUS_ERROR, _("cannot read disk %s: %s"),
                     name, strerror (errno));
      length = member_length (data, n, &header_bytes);
      if (length == 0)
        return fail (failure, STATUS_ERROR,
                     _("disk %s: what is at byte %llu is no member of a BGZF"
                       " file"), name, (unsigned long long) at);
      if (length > file_bytes - at
          || pread_fully (bgzf->fd, data, LENGTH_BYTES,
                          at + length - LENGTH_BYTES) != LENGTH_BYTES)
        return fail (failure, STATUS_ERROR,
                     _("disk %s ends in the middle of a member"), name);
      unpacked = little_endian_get (data, LENGTH_BYTES);
      if (unpacked > CHUNK_BYTES)
        return fail (failure, STATUS_ERROR,
                     _("disk %s: the member at byte %llu is too large"), name,
                     (unsigned long long) at);
      if (unpacked > 0 && !add_member (bgzf, &room, at, offset))
        return fail (failure, STATUS_ERROR, _("out of memory"));
      ended = unpacked == 0;
      offset += unpacked;
      at += length;
    }
  if (!ended)
    return fail (failure, STATUS_ERROR,
                 _("disk %s is not whole: its last member is missing"), name);
  if (!add_member (bgzf, &room, at, offset))
    return fail (failure, STATUS_ERROR, _("out of memory"));
  bgzf->count--;
  bgzf->image.bytes = offset;
  return true;
}

/** bgzf_open - open and lock one; NULL on failure */
struct image *
bgzf_open (const char *name, struct failure *failure)
{
  uint64_t file_bytes;
  struct bgzf *bgzf;
  const int fd = image_file_open (name, true, &file_bytes, failure);

  if (fd < 0)
    return NULL;
  bgzf = calloc (1, sizeof *bgzf);
  if (!bgzf)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      close (fd);
      return NULL;
    }
  bgzf->image.operations = &bgzf_operations;
  bgzf->image.read_only = true;
  bgzf->fd = fd;
  chunk_cache_create (&bgzf->cache, load, bgzf);
  if (!scan (bgzf, name, file_bytes, failure))
    {
      bgzf_close (&bgzf->image);
      return NULL;
    }
  return &bgzf->image;
}
