/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay.c - a layer above an image that takes all writes.
 *
 * Blocks of 4 KiB that were written are in the overlay, each at its place in
 * a sparse file; all others are read from below.  A map says which, see
 * overlay_map.c.  Once a block is in the overlay, it is for good.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "i18n.h"
#include "image/file.h"
#include "image/io_vector.h"
#include "image/new_file.h"
#include "image/overlay.h"
#include "image/overlay_file.h"
#include "image/overlay_map.h"
#include "image/temporary.h"

/* Who brings new blocks into a part of that size of the disk does so alone. */
#define REGION_BYTES ((uint64_t) 1 << 20)
#define REGION_LOCKS 16

/* So much of each end of the image below tells it from others. */
#define END_BYTES ((size_t) 64 << 10)

#define SLICE_BUFFERS 64

/**
 * struct overlay - the image
 * @image: its common part
 * @base: the image below
 * @fd: the overlay's file
 * @data_offset: of the blocks in it
 * @kept: it has a header and a map
 * @map: which blocks are here
 * @regions: region N's lock is N modulo REGION_LOCKS; held by who sets bits
 *   of the map
 */
struct overlay
{
  struct image image;
  struct image *base;
  int fd;
  uint64_t data_offset;
  bool kept;
  struct overlay_map map;
  pthread_mutex_t regions[REGION_LOCKS];
};

static uint64_t
block_of (uint64_t offset)
{
  return offset / OVERLAY_BLOCK_BYTES;
}

/* Number of blocks that a range touches. */
static uint64_t
blocks_of (uint64_t offset, uint64_t bytes)
{
  return block_of (offset + bytes - 1) - block_of (offset) + 1;
}

/* Read from below into the next bytes of a vector. */
static bool
read_below (struct overlay *overlay, struct io_vector *vector,
            uint64_t offset, uint64_t bytes)
{
  while (bytes > 0)
    {
      struct iovec slice[SLICE_BUFFERS];
      uint64_t piece = bytes;
      const unsigned count = io_vector_slice (vector, &piece, slice,
                                              SLICE_BUFFERS);

      if (!image_read (overlay->base, slice, count, offset, piece))
        return false;
      offset += piece;
      bytes -= piece;
    }
  return true;
}

static bool
overlay_read (struct image *image, const struct iovec *buffers,
              unsigned count, uint64_t offset, uint64_t bytes)
{
  struct overlay *overlay = (struct overlay *) image;
  struct io_vector vector = { buffers, count, 0 };

  while (bytes > 0)
    {
      bool here;
      const uint64_t run
        = overlay_map_run (&overlay->map, block_of (offset),
                           blocks_of (offset, bytes), &here);
      uint64_t piece = (block_of (offset) + run) * OVERLAY_BLOCK_BYTES
        - offset;

      if (piece > bytes)
        piece = bytes;
      if (here)
        {
          if (!io_vector_pread (overlay->fd, vector,
                                overlay->data_offset + offset, piece))
            return false;
          io_vector_skip (&vector, piece);
        }
      else if (!read_below (overlay, &vector, offset, piece))
        return false;
      offset += piece;
      bytes -= piece;
    }
  return true;
}

/* Are all blocks of a range here? */
static bool
all_here (struct overlay *overlay, uint64_t offset, uint64_t bytes)
{
  const uint64_t blocks = blocks_of (offset, bytes);
  bool here;

  return overlay_map_run (&overlay->map, block_of (offset), blocks, &here)
    == blocks && here;
}

/* Copy bytes, of one block, from below. */
static bool
copy_up (struct overlay *overlay, uint64_t offset, uint64_t bytes)
{
  uint8_t data[OVERLAY_BLOCK_BYTES];
  const struct iovec all = { data, bytes };

  return bytes == 0
    || (image_read (overlay->base, &all, 1, offset, bytes)
        && io_vector_pwrite (overlay->fd, (struct io_vector) { &all, 1, 0 },
                             overlay->data_offset + offset, bytes));
}

/* Bring the rest of the blocks at both ends of a range up, unless they are
   here already.  With the region's lock. */
static bool
complete_ends (struct overlay *overlay, uint64_t offset, uint64_t bytes)
{
  const uint64_t end = offset + bytes;
  const uint64_t first = block_of (offset) * OVERLAY_BLOCK_BYTES;
  uint64_t last_end = (block_of (end - 1) + 1) * OVERLAY_BLOCK_BYTES;

  if (last_end > overlay->image.bytes)
    last_end = overlay->image.bytes;
  return (all_here (overlay, offset, 1)
          || copy_up (overlay, first, offset - first))
    && (all_here (overlay, end - 1, 1)
        || copy_up (overlay, end, last_end - end));
}

static pthread_mutex_t *
region_lock (struct overlay *overlay, uint64_t offset)
{
  return &overlay->regions[offset / REGION_BYTES % REGION_LOCKS];
}

/* Of a range, what is in its first region. */
static uint64_t
first_region (uint64_t offset, uint64_t bytes)
{
  const uint64_t piece = REGION_BYTES - offset % REGION_BYTES;

  return piece < bytes ? piece : bytes;
}

/* Write a range of one region. */
static bool
write_region (struct overlay *overlay, struct io_vector vector,
              uint64_t offset, uint64_t bytes)
{
  const uint64_t at = overlay->data_offset + offset;
  pthread_mutex_t *lock = region_lock (overlay, offset);
  bool done;

  if (all_here (overlay, offset, bytes))
    return io_vector_pwrite (overlay->fd, vector, at, bytes);
  pthread_mutex_lock (lock);
  done = complete_ends (overlay, offset, bytes)
    && io_vector_pwrite (overlay->fd, vector, at, bytes);
  if (done)
    overlay_map_set (&overlay->map, block_of (offset),
                     blocks_of (offset, bytes));
  pthread_mutex_unlock (lock);
  return done;
}

static bool
overlay_write (struct image *image, const struct iovec *buffers,
               unsigned count, uint64_t offset, uint64_t bytes)
{
  struct overlay *overlay = (struct overlay *) image;
  struct io_vector vector = { buffers, count, 0 };

  while (bytes > 0)
    {
      const uint64_t piece = first_region (offset, bytes);

      if (!write_region (overlay, vector, offset, piece))
        return false;
      io_vector_skip (&vector, piece);
      offset += piece;
      bytes -= piece;
    }
  return true;
}

static bool
overlay_flush (struct image *image)
{
  struct overlay *overlay = (struct overlay *) image;

  /* What nobody will ever see again need not be safe. */
  return !overlay->kept || overlay_map_flush (&overlay->map);
}

/* Blocks that are only below stay as they are: that is allowed, and costs
   nothing. */
static bool
overlay_discard (struct image *image, uint64_t offset, uint64_t bytes)
{
  struct overlay *overlay = (struct overlay *) image;
  const uint64_t end = block_of (offset + bytes);
  uint64_t block = block_of (offset + OVERLAY_BLOCK_BYTES - 1);

  while (block < end)
    {
      bool here;
      const uint64_t run = overlay_map_run (&overlay->map, block,
                                            end - block, &here);

      if (here && !image_file_punch (overlay->fd, overlay->data_offset
                                     + block * OVERLAY_BLOCK_BYTES,
                                     run * OVERLAY_BLOCK_BYTES))
        return errno == EOPNOTSUPP;
      block += run;
    }
  return true;
}

static bool
overlay_zero (struct image *image, uint64_t offset, uint64_t bytes,
              bool unmap)
{
  struct overlay *overlay = (struct overlay *) image;

  (void) unmap;
  while (bytes > 0)
    {
      const uint64_t piece = first_region (offset, bytes);
      pthread_mutex_t *lock = region_lock (overlay, offset);
      bool done;

      pthread_mutex_lock (lock);
      done = complete_ends (overlay, offset, piece)
        && image_file_punch (overlay->fd, overlay->data_offset + offset,
                             piece);
      if (done)
        overlay_map_set (&overlay->map, block_of (offset),
                         blocks_of (offset, piece));
      pthread_mutex_unlock (lock);
      if (!done)
        return false;
      offset += piece;
      bytes -= piece;
    }
  return true;
}

static void
overlay_describe (struct image *image)
{
  struct overlay *overlay = (struct overlay *) image;

  printf (_("overlay: %llu of %llu KiB are its own\n"),
          (unsigned long long) overlay_map_count (&overlay->map)
          * (OVERLAY_BLOCK_BYTES >> 10),
          (unsigned long long) overlay->map.blocks
          * (OVERLAY_BLOCK_BYTES >> 10));
  if (overlay->base->operations->describe)
    overlay->base->operations->describe (overlay->base);
}

static void
overlay_close (struct image *image)
{
  struct overlay *overlay = (struct overlay *) image;
  unsigned i;

  image_close (overlay->base);
  if (overlay->fd >= 0)
    close (overlay->fd);
  overlay_map_destroy (&overlay->map);
  for (i = 0; i < REGION_LOCKS; i++)
    pthread_mutex_destroy (&overlay->regions[i]);
  free (overlay);
}

static const struct image_operations overlay_operations =
{
  .format = "overlay",
  .read = overlay_read,
  .write = overlay_write,
  .flush = overlay_flush,
  .discard = overlay_discard,
  .zero = overlay_zero,
  .describe = overlay_describe,
  .close = overlay_close,
};

/* An overlay without a file yet.  On failure the base is not closed. */
static struct overlay *
overlay_new (struct image *base, struct failure *failure)
{
  struct overlay *overlay = calloc (1, sizeof *overlay);
  const uint64_t blocks = (base->bytes + OVERLAY_BLOCK_BYTES - 1)
    / OVERLAY_BLOCK_BYTES;
  unsigned i;

  if (!overlay)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      return NULL;
    }
  if (!overlay_map_create (&overlay->map, blocks, failure))
    {
      free (overlay);
      return NULL;
    }
  overlay->image.operations = &overlay_operations;
  overlay->image.bytes = base->bytes;
  overlay->fd = -1;
  for (i = 0; i < REGION_LOCKS; i++)
    pthread_mutex_init (&overlay->regions[i], NULL);
  overlay->base = base;
  return overlay;
}

/* For failures: everything but the base. */
static void
overlay_drop (struct overlay *overlay)
{
  overlay->base = NULL;
  overlay_close (&overlay->image);
}

/**
 * overlay_open_temporary - an overlay that ends with us
 * @base: belongs to the overlay then, if that is opened
 *
 * NULL on failure.
 */
struct image *
overlay_open_temporary (struct image *base, struct failure *failure)
{
  const char *directory = temporary_directory ();
  struct overlay *overlay = overlay_new (base, failure);

  if (!overlay)
    return NULL;
  overlay->fd = temporary_file (directory);
  if (overlay->fd < 0 || ftruncate (overlay->fd, base->bytes) != 0)
    {
      fail (failure, STATUS_ERROR,
            _("cannot make a temporary overlay in %s: %s; say TMPDIR=, or"
              " overlay=FILE"), directory, strerror (errno));
      overlay_drop (overlay);
      return NULL;
    }
  return &overlay->image;
}

/**
 * overlay_next - go through what is in the overlay, and not below
 * @image: an overlay
 * @offset: where to begin; set: where the next part begins
 * @bytes: set: how long it is
 *
 * Returns false if there is nothing more.
 */
bool
overlay_next (struct image *image, uint64_t *offset, uint64_t *bytes)
{
  struct overlay *overlay = (struct overlay *) image;
  uint64_t block = (*offset + OVERLAY_BLOCK_BYTES - 1) / OVERLAY_BLOCK_BYTES;
  bool present = false;
  uint64_t run = 0;

  for (; block < overlay->map.blocks; block += run)
    {
      run = overlay_map_run (&overlay->map, block,
                             overlay->map.blocks - block, &present);
      if (!present)
        continue;
      *offset = block * OVERLAY_BLOCK_BYTES;
      *bytes = run * OVERLAY_BLOCK_BYTES;
      if (*bytes > image->bytes - *offset)
        *bytes = image->bytes - *offset;
      return true;
    }
  return false;
}

/* What tells an image from others. */
static bool
identify (struct image *base, struct overlay_state *state,
          struct failure *failure)
{
  const size_t bytes = base->bytes < END_BYTES ? base->bytes : END_BYTES;
  uint8_t *data = malloc (END_BYTES);

  state->base_bytes = base->bytes;
  if (!data)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  if (!image_read_flat (base, data, 0, bytes))
    {
      free (data);
      return fail (failure, STATUS_ERROR,
                   _("cannot read the image below the overlay: %s"),
                   strerror (errno));
    }
  state->base_first = crc32 (0, data, bytes);
  if (!image_read_flat (base, data, base->bytes - bytes, bytes))
    {
      free (data);
      return fail (failure, STATUS_ERROR,
                   _("cannot read the image below the overlay: %s"),
                   strerror (errno));
    }
  state->base_last = crc32 (0, data, bytes);
  free (data);
  return true;
}

static bool
check_base (struct overlay *overlay, const char *name,
            struct failure *failure)
{
  struct overlay_state state, now;
  uint64_t generation;

  if (!overlay_state_read (overlay->fd, &state, &generation, name, failure)
      || !identify (overlay->base, &now, failure))
    return false;
  if (state.committing)
    return fail (failure, STATUS_ERROR,
                 _("overlay %s: \"lguest image commit\" was interrupted; run"
                   " it again"), name);
  if (state.base_bytes != now.base_bytes
      || state.base_first != now.base_first
      || state.base_last != now.base_last)
    return fail (failure, STATUS_ERROR,
                 _("overlay %s does not belong to this image, or the image"
                   " was changed since"), name);
  return true;
}

/* Open the file of an overlay, and check what is in it. */
static bool
open_file (struct overlay *overlay, const char *name, bool read_only,
           struct failure *failure)
{
  struct overlay_header header;
  uint64_t file_bytes;

  overlay->fd = image_file_open (name, read_only, &file_bytes, failure);
  if (overlay->fd < 0
      || !overlay_header_read (overlay->fd, &header, name, failure))
    return false;
  if (header.image_bytes != overlay->image.bytes)
    return fail (failure, STATUS_ERROR,
                 _("overlay %s belongs to an image of another size"), name);
  if (file_bytes != header.data_offset + header.image_bytes)
    return fail (failure, STATUS_ERROR,
                 _("overlay %s is damaged: the file has the wrong size"),
                 name);
  overlay->data_offset = header.data_offset;
  overlay->kept = true;
  overlay->image.read_only = read_only;
  return overlay_map_load (&overlay->map, overlay->fd, header.map_offset,
                           name, failure);
}

/* Open an overlay, even one that is being committed. */
static struct overlay *
open_any (const char *name, struct image *base, bool read_only,
          struct failure *failure)
{
  struct overlay *overlay = overlay_new (base, failure);

  if (!overlay)
    return NULL;
  if (open_file (overlay, name, read_only, failure))
    return overlay;
  overlay_drop (overlay);
  return NULL;
}

/**
 * overlay_open - open and lock a kept overlay
 * @base: the image below; belongs to the overlay then, if that is opened
 *
 * NULL on failure.
 */
struct image *
overlay_open (const char *name, struct image *base, bool read_only,
              struct failure *failure)
{
  struct overlay *overlay = open_any (name, base, read_only, failure);

  if (!overlay)
    return NULL;
  if (check_base (overlay, name, failure))
    return &overlay->image;
  overlay_drop (overlay);
  return NULL;
}

/** overlay_recognize - does a file that begins so look like one? */
bool
overlay_recognize (const uint8_t *data, size_t length)
{
  return overlay_header_recognize (data, length);
}

/** overlay_base_name - the name of the image below; allocated */
char *
overlay_base_name (const char *name, struct failure *failure)
{
  struct overlay_header header;
  char *result = NULL;
  uint64_t file_bytes;
  const int fd = image_file_open (name, true, &file_bytes, failure);

  if (fd < 0)
    return NULL;
  if (overlay_header_read (fd, &header, name, failure))
    {
      result = strdup (header.base_name);
      if (!result)
        fail (failure, STATUS_ERROR, _("out of memory"));
    }
  close (fd);
  return result;
}

/* Everything that an empty overlay has.  False with errno set on failure. */
static bool
write_empty (int fd, const struct overlay_header *header,
             const struct overlay_state *state)
{
  int error;

  if (ftruncate (fd, header->data_offset + header->image_bytes) != 0)
    return false;
  /* A flush shall not fail for want of space. */
  error = posix_fallocate (fd, 0, header->map_offset
                           + overlay_map_bytes ((header->image_bytes
                                                 + OVERLAY_BLOCK_BYTES - 1)
                                                / OVERLAY_BLOCK_BYTES));
  if (error)
    {
      errno = error;
      return false;
    }
  return overlay_header_write (fd, header)
    && overlay_state_write (fd, state, 1);
}

/**
 * overlay_create - make an empty overlay
 * @name: of the new file; it must not be there
 * @base: the image below
 * @base_name: its name, to be remembered
 *
 * The file appears when it is complete.
 */
bool
overlay_create (const char *name, struct image *base, const char *base_name,
                struct failure *failure)
{
  struct overlay_header header = { .image_bytes = base->bytes };
  struct overlay_state state = { .committing = false };
  struct new_file file;

  if (strlen (base_name) >= sizeof header.base_name)
    return fail (failure, STATUS_ERROR, _("%s: the name is too long"),
                 base_name);
  strcpy (header.base_name, base_name);
  overlay_header_plan (&header);
  if (!identify (base, &state, failure))
    return false;
  if (new_file_create (&file, name))
    {
      if (!write_empty (file.fd, &header, &state))
        new_file_cancel (&file);
      else if (new_file_finish (&file))
        return true;
    }
  return fail (failure, STATUS_ERROR, _("cannot make overlay %s: %s"), name,
               strerror (errno));
}

/* Write all blocks of the overlay into the image below. */
static bool
copy_down (struct overlay *overlay)
{
  uint8_t *data = malloc (REGION_BYTES);
  uint64_t offset = 0;
  bool done = data;

  while (done && offset < overlay->image.bytes)
    {
      const uint64_t region = first_region (offset, overlay->image.bytes
                                            - offset);
      bool here;
      const uint64_t run
        = overlay_map_run (&overlay->map, block_of (offset),
                           blocks_of (offset, region), &here);
      uint64_t piece = run * OVERLAY_BLOCK_BYTES;

      if (piece > overlay->image.bytes - offset)
        piece = overlay->image.bytes - offset;
      done = !here
        || (image_read_flat (&overlay->image, data, offset, piece)
            && image_write_flat (overlay->base, data, offset, piece));
      offset += piece;
    }
  free (data);
  return done;
}

/**
 * overlay_commit - move all blocks of an overlay into the image below
 * @name: of the overlay, whose file stays, empty
 * @base: belongs to us from now on
 *
 * When it is interrupted, it can be run again.
 */
bool
overlay_commit (const char *name, struct image *base, struct failure *failure)
{
  struct overlay *overlay = open_any (name, base, false, failure);
  struct overlay_state state;
  uint64_t generation;
  bool done = false;

  if (!overlay)
    {
      image_close (base);
      return false;
    }
  if (!overlay_state_read (overlay->fd, &state, &generation, name, failure)
      || (!state.committing && !check_base (overlay, name, failure)))
    goto out;
  if (state.base_bytes != base->bytes)
    {
      fail (failure, STATUS_ERROR,
            _("overlay %s belongs to an image of another size"), name);
      goto out;
    }
  state.committing = true;
  if (!overlay_state_write (overlay->fd, &state, generation + 1)
      || fdatasync (overlay->fd) != 0 || !copy_down (overlay)
      || !image_flush (base))
    {
      fail (failure, STATUS_ERROR,
            _("cannot commit overlay %s: %s; nothing is lost, and it can be"
              " tried again"), name, strerror (errno));
      goto out;
    }
  if (!identify (base, &state, failure))
    goto out;
  state.committing = false;
  done = overlay_map_clear (&overlay->map)
    && overlay_state_write (overlay->fd, &state, generation + 2)
    && fdatasync (overlay->fd) == 0;
  if (!done)
    fail (failure, STATUS_ERROR,
          _("cannot commit overlay %s: %s; nothing is lost, and it can be"
            " tried again"), name, strerror (errno));
  else
    /* Only space: what is not in the map does not count. */
    image_file_punch (overlay->fd, overlay->data_offset,
                      overlay->image.bytes);
 out:
  overlay_close (&overlay->image);
  return done;
}
