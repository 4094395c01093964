/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/gzip_index.c - the index of a gzip file, kept in a file of its own.
 *
 * It lies in a cache directory under a name that says whose it is: by size,
 * time of change and a checksum of both ends.  In it: a header, the windows,
 * and tables.  The header is written last, and nothing in it is believed
 * before it was checked: an index that is damaged is made anew.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "confine/confine.h"
#include "fd_io.h"
#include "i18n.h"
#include "image/byte_order.h"
#include "image/chunk_cache.h"
#include "image/gzip_index.h"
#include "image/gzip_scan.h"
#include "image/image.h"
#include "image/opened.h"
#include "image/temporary.h"
#include "log.h"

/* The header. */
#define MAGIC "lguest gz index\n"
#define MAGIC_BYTES 16
#define INDEX_VERSION 1
#define VERSION_OFFSET 16
#define CHUNK_OFFSET 20
#define SOURCE_OFFSET 24        /* size, time, checksums of both ends */
#define IMAGE_BYTES_OFFSET 48
#define POINTS_OFFSET 56
#define TABLES_OFFSET 64
#define TABLES_CHECKSUM_OFFSET 72
#define CHECKSUM_OFFSET 76
#define HEADER_BYTES 80

/* A point in the table. */
#define POINT_BYTES 32

/* So much of each end of the gzip file counts. */
#define END_BYTES ((size_t) 64 << 10)

/**
 * struct source - by what a gzip file is known
 * @bytes: its size
 * @changed: when, in ns
 * @first, @last: checksums of its ends
 */
struct source
{
  uint64_t bytes;
  uint64_t changed;
  uint32_t first;
  uint32_t last;
};

static bool
checksum_at (int fd, uint64_t offset, uint32_t *checksum)
{
  uint8_t *data = malloc (END_BYTES);
  ssize_t n = -1;

  if (data)
    n = pread_fully (fd, data, END_BYTES, offset);
  if (n >= 0)
    *checksum = crc32 (0, data, n);
  free (data);
  return n >= 0;
}

static bool
identify (int gzip, struct source *source)
{
  struct stat status;

  if (fstat (gzip, &status) != 0)
    return false;
  source->bytes = lseek (gzip, 0, SEEK_END);
  source->changed = (uint64_t) status.st_mtim.tv_sec * 1000000000
    + status.st_mtim.tv_nsec;
  return checksum_at (gzip, 0, &source->first)
    && checksum_at (gzip, source->bytes > END_BYTES
                    ? source->bytes - END_BYTES : 0, &source->last);
}

static void
put_source (uint8_t *header, const struct source *source)
{
  uint8_t *at = header + SOURCE_OFFSET;

  little_endian_put (at, 8, source->bytes);
  little_endian_put (at + 8, 8, source->changed);
  little_endian_put (at + 16, 4, source->first);
  little_endian_put (at + 20, 4, source->last);
}

/* Where the index is kept.  False if there is no place. */
static bool
name_directory (char *name, size_t size)
{
  const char *cache = getenv ("XDG_CACHE_HOME");
  const char *home = getenv ("HOME");
  int length;

  if (cache && cache[0])
    length = snprintf (name, size, "%s", cache);
  else if (geteuid () == 0)
    length = snprintf (name, size, "/var/cache");
  else if (home && home[0])
    length = snprintf (name, size, "%s/.cache", home);
  else
    return false;
  return length < (int) size - 8;
}

static bool
make_directory (const char *name)
{
  return mkdir (name, 0700) == 0 || errno == EEXIST;
}

static bool
index_name (char *name, size_t size, const char *directory,
            const struct source *source)
{
  return snprintf (name, size, "%s/%llx-%llx-%08x-%08x.gzindex", directory,
                   (unsigned long long) source->bytes,
                   (unsigned long long) source->changed,
                   (unsigned) source->first, (unsigned) source->last)
    < (int) size;
}

static uint64_t
tables_bytes (const struct gzip_index *index)
{
  return index->point_count * POINT_BYTES
    + index->chunk_count * sizeof *index->checksums
    + (index->chunk_count + 7) / 8;
}

/* All tables as they are in the file.  NULL if out of memory. */
static uint8_t *
pack_tables (const struct gzip_index *index)
{
  uint8_t *tables = malloc (tables_bytes (index) + 1), *at = tables;
  uint64_t i;

  if (!tables)
    return NULL;
  for (i = 0; i < index->point_count; i++, at += POINT_BYTES)
    {
      const struct gzip_point *point = &index->points[i];

      little_endian_put (at, 8, point->offset);
      little_endian_put (at + 8, 8, point->file_offset);
      little_endian_put (at + 16, 8, point->window_offset);
      little_endian_put (at + 24, 4, point->window_bytes);
      little_endian_put (at + 28, 4, point->bits);
    }
  for (i = 0; i < index->chunk_count; i++, at += 4)
    little_endian_put (at, 4, index->checksums[i]);
  if (index->chunk_count)
    memcpy (at, index->zeros, (index->chunk_count + 7) / 8);
  return tables;
}

static bool
write_at (int fd, const void *data, size_t bytes, uint64_t offset)
{
  return lseek (fd, offset, SEEK_SET) >= 0 && write_fully (fd, data, bytes);
}

/* Write what the scan has found behind the windows, and the header. */
static bool
save (const struct gzip_index *index, const struct source *source,
      uint64_t tables_offset)
{
  uint8_t header[HEADER_BYTES] = { 0 };
  uint8_t *tables = pack_tables (index);
  const uint64_t bytes = tables_bytes (index);
  bool done;

  if (!tables)
    return false;
  memcpy (header, MAGIC, MAGIC_BYTES);
  little_endian_put (header + VERSION_OFFSET, 4, INDEX_VERSION);
  little_endian_put (header + CHUNK_OFFSET, 4, CHUNK_BYTES);
  put_source (header, source);
  little_endian_put (header + IMAGE_BYTES_OFFSET, 8, index->image_bytes);
  little_endian_put (header + POINTS_OFFSET, 8, index->point_count);
  little_endian_put (header + TABLES_OFFSET, 8, tables_offset);
  little_endian_put (header + TABLES_CHECKSUM_OFFSET, 4,
                     crc32_z (0, tables, bytes));
  little_endian_put (header + CHECKSUM_OFFSET, 4,
                     crc32 (0, header, CHECKSUM_OFFSET));
  done = write_at (index->fd, tables, bytes, tables_offset)
    && fdatasync (index->fd) == 0
    && write_at (index->fd, header, sizeof header, 0);
  free (tables);
  return done;
}

/* Check each point: in ascending order, with windows in the file. */
static bool
unpack_points (struct gzip_index *index, const uint8_t *at,
               uint64_t gzip_bytes, uint64_t tables_offset)
{
  uint64_t i;

  for (i = 0; i < index->point_count; i++, at += POINT_BYTES)
    {
      struct gzip_point *point = &index->points[i];

      point->offset = little_endian_get (at, 8);
      point->file_offset = little_endian_get (at + 8, 8);
      point->window_offset = little_endian_get (at + 16, 8);
      point->window_bytes = little_endian_get (at + 24, 4);
      point->bits = little_endian_get (at + 28, 4);
      if (i == 0 ? point->offset != 0
          : point->offset <= point[-1].offset
          || point->file_offset <= point[-1].file_offset)
        return false;
      if (point->offset > index->image_bytes || point->file_offset == 0
          || point->file_offset > gzip_bytes || point->bits > 7
          || point->window_offset < HEADER_BYTES
          || point->window_offset > tables_offset
          || point->window_bytes > tables_offset - point->window_offset
          || point->window_bytes > compressBound (GZIP_WINDOW_BYTES))
        return false;
    }
  return true;
}

static bool
unpack_tables (struct gzip_index *index, const uint8_t *tables,
               uint64_t gzip_bytes, uint64_t tables_offset)
{
  const uint8_t *at = tables + index->point_count * POINT_BYTES;
  uint64_t i;

  index->points = calloc (index->point_count, sizeof *index->points);
  index->checksums = calloc (index->chunk_count + 1,
                             sizeof *index->checksums);
  index->zeros = malloc (index->chunk_count / 8 + 1);
  if (!index->points || !index->checksums || !index->zeros)
    return false;
  for (i = 0; i < index->chunk_count; i++, at += 4)
    index->checksums[i] = little_endian_get (at, 4);
  memcpy (index->zeros, at, (index->chunk_count + 7) / 8);
  return unpack_points (index, tables, gzip_bytes, tables_offset);
}

/* Read and check an index.  False if it is not whole or not that file's. */
static bool
load (struct gzip_index *index, const struct source *source)
{
  uint8_t header[HEADER_BYTES], wanted[HEADER_BYTES] = { 0 };
  const off_t file_bytes = lseek (index->fd, 0, SEEK_END);
  uint64_t tables_offset, bytes;
  uint8_t *tables;
  bool good;

  if (file_bytes < HEADER_BYTES
      || pread_fully (index->fd, header, sizeof header, 0) != sizeof header)
    return false;
  put_source (wanted, source);
  if (memcmp (header, MAGIC, MAGIC_BYTES) != 0
      || little_endian_get (header + VERSION_OFFSET, 4) != INDEX_VERSION
      || little_endian_get (header + CHUNK_OFFSET, 4) != CHUNK_BYTES
      || memcmp (header + SOURCE_OFFSET, wanted + SOURCE_OFFSET,
                 IMAGE_BYTES_OFFSET - SOURCE_OFFSET) != 0
      || little_endian_get (header + CHECKSUM_OFFSET, 4)
      != crc32 (0, header, CHECKSUM_OFFSET))
    return false;
  index->image_bytes = little_endian_get (header + IMAGE_BYTES_OFFSET, 8);
  index->point_count = little_endian_get (header + POINTS_OFFSET, 8);
  tables_offset = little_endian_get (header + TABLES_OFFSET, 8);
  if (index->image_bytes > IMAGE_BYTES_MAX || index->point_count == 0
      || index->point_count > (uint64_t) file_bytes / POINT_BYTES
      || tables_offset < HEADER_BYTES || tables_offset > (uint64_t) file_bytes)
    return false;
  index->chunk_count = (index->image_bytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
  bytes = tables_bytes (index);
  if (bytes != (uint64_t) file_bytes - tables_offset)
    return false;
  tables = malloc (bytes);
  if (!tables)
    return false;
  good = pread_fully (index->fd, tables, bytes, tables_offset)
    == (ssize_t) bytes
    && little_endian_get (header + TABLES_CHECKSUM_OFFSET, 4)
    == crc32_z (0, tables, bytes)
    && unpack_tables (index, tables, source->bytes, tables_offset);
  free (tables);
  return good;
}

/* Forget all but the file. */
static void
forget (struct gzip_index *index)
{
  free (index->points);
  free (index->checksums);
  free (index->zeros);
  memset (index, 0, sizeof *index);
  index->fd = -1;
}

static bool
make (struct gzip_index *index, int gzip, const struct source *source,
      const char *directory, const char *cache_name, const char *name,
      struct failure *failure)
{
  uint64_t tables_offset;

  index->fd = temporary_file (directory);
  if (index->fd < 0)
    return fail (failure, STATUS_ERROR,
                 _("cannot make the index of disk %s in %s: %s"), name,
                 directory, strerror (errno));
  if (!gzip_scan (index, gzip, source->bytes, HEADER_BYTES, &tables_offset,
                  name, failure))
    return false;
  if (!cache_name)
    return true;
  /* Without a saved one it only takes as long the next time. */
  if (!save (index, source, tables_offset)
      || !temporary_keep (index->fd, cache_name))
    log_message (_("the index of disk %s cannot be kept in %s: %s"), name,
                 directory, strerror (errno));
  return true;
}

/**
 * struct place - where an index is
 * @next: of another one that gzip_index_prepare() has found
 * @disk: whose index it is, then
 * @cached: it is kept; else it is a temporary file
 * @directory: for it, when it is kept
 * @name: of it, with the directory
 */
struct place
{
  struct place *next;
  const char *disk;
  bool cached;
  char directory[PATH_MAX];
  char name[PATH_MAX + 80];
};

/* Of disks that gzip_index_open() has not been called for. */
static struct place *prepared;

/* Where is the index of that file? */
static void
find_place (struct place *place, const struct source *source)
{
  place->cached = name_directory (place->directory,
                                  sizeof place->directory)
    && make_directory (place->directory);
  if (!place->cached)
    return;
  strcat (place->directory, "/lguest");
  place->cached = make_directory (place->directory)
    && index_name (place->name, sizeof place->name, place->directory,
                   source);
}

/**
 * gzip_index_prepare - open now what gzip_index_open() will need
 * @gzip, @name: the file; the name stays where it is
 *
 * For the launcher, which may open nothing any more when it looks into it.
 */
bool
gzip_index_prepare (int gzip, const char *name, struct failure *failure)
{
  struct place *place = calloc (1, sizeof *place);
  struct source source;
  const char *directory;
  int fd;

  if (!place)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  place->next = prepared;
  place->disk = name;
  prepared = place;
  if (!identify (gzip, &source))
    return fail (failure, STATUS_ERROR, _("cannot read disk %s: %s"), name,
                 strerror (errno));
  find_place (place, &source);
  if (place->cached)
    {
      fd = open (place->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      if (fd >= 0 && !opened_keep (place->name, true, fd))
        return fail (failure, STATUS_ERROR, _("out of memory"));
      /* Without this it is made, but not kept. */
      confine_allow_path (place->directory,
                          CONFINE_MAKE_FILES | CONFINE_REMOVE_FILES);
    }
  directory = place->cached ? place->directory : temporary_directory ();
  fd = temporary_file (directory);
  if (fd < 0)
    return fail (failure, STATUS_ERROR,
                 _("cannot make the index of disk %s in %s: %s"), name,
                 directory, strerror (errno));
  return opened_keep (directory, false, fd)
    || fail (failure, STATUS_ERROR, _("out of memory"));
}

/* Where it is, as gzip_index_prepare() has found out or as it is now. */
static void
recall_place (struct place *place, const char *name,
              const struct source *source)
{
  struct place **at = &prepared;
  struct place *found;

  while (*at && strcmp ((*at)->disk, name) != 0)
    at = &(*at)->next;
  found = *at;
  if (!found)
    {
      find_place (place, source);
      return;
    }
  *at = found->next;
  *place = *found;
  free (found);
}

/**
 * gzip_index_open - the index of a gzip file, made now if need be
 * @gzip, @name: the file
 */
bool
gzip_index_open (struct gzip_index *index, int gzip, const char *name,
                 struct failure *failure)
{
  struct source source;
  struct place place;

  memset (index, 0, sizeof *index);
  index->fd = -1;
  if (!identify (gzip, &source))
    return fail (failure, STATUS_ERROR, _("cannot read disk %s: %s"), name,
                 strerror (errno));
  recall_place (&place, name, &source);
  if (place.cached)
    {
      index->fd = opened_take (place.name, true);
      if (index->fd < 0)
        index->fd = open (place.name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      if (index->fd >= 0 && load (index, &source))
        return true;
      gzip_index_close (index);
    }
  if (make (index, gzip, &source,
            place.cached ? place.directory : temporary_directory (),
            place.cached ? place.name : NULL, name, failure))
    return true;
  gzip_index_close (index);
  return false;
}

/** gzip_index_close - free it */
void
gzip_index_close (struct gzip_index *index)
{
  if (index->fd >= 0)
    close (index->fd);
  forget (index);
}

/** gzip_index_is_zero - is that chunk all 0? */
bool
gzip_index_is_zero (const struct gzip_index *index, uint64_t chunk)
{
  return index->zeros[chunk / 8] >> chunk % 8 & 1;
}

/** gzip_index_find - where to begin for that byte of the image */
const struct gzip_point *
gzip_index_find (const struct gzip_index *index, uint64_t offset)
{
  uint64_t low = 0, high = index->point_count;

  while (high - low > 1)
    {
      const uint64_t middle = low + (high - low) / 2;

      if (index->points[middle].offset <= offset)
        low = middle;
      else
        high = middle;
    }
  return &index->points[low];
}

/**
 * gzip_index_window - what was unpacked before a point
 * @window: GZIP_WINDOW_BYTES, filled from its end
 *
 * Returns false with errno set if the index is damaged.
 */
bool
gzip_index_window (const struct gzip_index *index,
                   const struct gzip_point *point, uint8_t *window)
{
  uLongf bytes = GZIP_WINDOW_BYTES;
  uint8_t *packed;
  bool good;

  memset (window, 0, GZIP_WINDOW_BYTES);
  if (point->window_bytes == 0)
    return true;
  packed = malloc (point->window_bytes);
  if (!packed)
    return false;
  errno = EIO;
  good = pread_fully (index->fd, packed, point->window_bytes,
                      point->window_offset) == (ssize_t) point->window_bytes
    && uncompress (window, &bytes, packed, point->window_bytes) == Z_OK;
  free (packed);
  if (good && bytes < GZIP_WINDOW_BYTES)
    {
      memmove (window + GZIP_WINDOW_BYTES - bytes, window, bytes);
      memset (window, 0, GZIP_WINDOW_BYTES - bytes);
    }
  return good;
}
