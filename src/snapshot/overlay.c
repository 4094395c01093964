/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/overlay.c - what a Guest has written to a disk with an ephemeral
 * overlay.
 *
 * The blocks follow the Guest's memory in the file "memory"; where they belong,
 * a record of "state" says.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd_io.h"
#include "i18n.h"
#include "image/overlay.h"
#include "snapshot/overlay.h"

#define RECORD "overlay"

/* Copied at once. */
#define PIECE_BYTES ((uint64_t) 1 << 20)

/**
 * struct run - blocks that follow each other
 * @offset, @bytes: on the disk
 * @at: in the file
 */
struct run
{
  uint64_t offset;
  uint64_t bytes;
  uint64_t at;
};

#define RUNS_MAX (SNAPSHOT_BYTES_MAX / 2 / sizeof (struct run))

static bool
unwritable (struct failure *failure)
{
  return fail (failure, STATUS_ERROR, _("cannot write the snapshot: %s"),
               strerror (errno));
}

/* Append a run to the file. */
static bool
append (struct image *image, const struct run *run, uint8_t *buffer, int file)
{
  uint64_t done = 0, piece;

  for (; done < run->bytes; done += piece)
    {
      piece = run->bytes - done < PIECE_BYTES ? run->bytes - done
        : PIECE_BYTES;
      if (!image_read_flat (image, buffer, run->offset + done, piece)
          || !write_fully (file, buffer, piece))
        return false;
    }
  return true;
}

/**
 * snapshot_overlay_save - write it down
 * @image: with an overlay; nobody else uses it
 * @number: of the disk
 * @memory: the file, to the end of which it is added
 */
bool
snapshot_overlay_save (struct image *image, unsigned number,
                       struct snapshot_writer *writer, int memory,
                       struct failure *failure)
{
  struct run *runs = calloc (RUNS_MAX, sizeof *runs);
  uint8_t *buffer = malloc (PIECE_BYTES);
  const off_t end = lseek (memory, 0, SEEK_END);
  struct run run = { .at = end };
  size_t count = 0;
  bool saved = runs && buffer && end >= 0;

  while (saved && overlay_next (image, &run.offset, &run.bytes))
    {
      if (count == RUNS_MAX)
        {
          errno = EFBIG;
          saved = false;
          break;
        }
      saved = append (image, &run, buffer, memory);
      runs[count++] = run;
      run.offset += run.bytes;
      run.at += run.bytes;
    }
  saved = saved && fsync (memory) == 0;
  if (saved)
    snapshot_put (writer, RECORD, number, runs, count * sizeof *runs);
  else
    unwritable (failure);
  free (runs);
  free (buffer);
  return saved;
}

/** snapshot_overlay_is_there - had the disk one? */
bool
snapshot_overlay_is_there (const struct snapshot_reader *reader,
                           unsigned number)
{
  return snapshot_has (reader, RECORD, number);
}

static bool
copy_back (struct image *image, const struct run *run, uint8_t *buffer,
           int file)
{
  uint64_t done = 0, piece;

  for (; done < run->bytes; done += piece)
    {
      piece = run->bytes - done < PIECE_BYTES ? run->bytes - done
        : PIECE_BYTES;
      if (pread_fully (file, buffer, piece, run->at + done)
          != (ssize_t) piece)
        {
          errno = EIO;
          return false;
        }
      if (!image_write_flat (image, buffer, run->offset + done, piece))
        return false;
    }
  return true;
}

static bool
is_inside (uint64_t offset, uint64_t bytes, uint64_t size)
{
  return bytes <= size && offset <= size - bytes;
}

/**
 * snapshot_overlay_restore - write it back
 * @image: with a new overlay, which the Guest can write to
 * @number: of the disk; snapshot_overlay_is_there()
 * @reader: not trusted
 * @memory: the file
 */
bool
snapshot_overlay_restore (struct image *image, unsigned number,
                          const struct snapshot_reader *reader, int memory,
                          struct failure *failure)
{
  uint8_t *buffer = malloc (PIECE_BYTES);
  const uint8_t *record;
  struct stat status;
  size_t bytes, i;
  bool restored = buffer && fstat (memory, &status) == 0;

  record = snapshot_find (reader, RECORD, number, &bytes);
  if (!record || bytes % sizeof (struct run) != 0)
    {
      free (buffer);
      return fail (failure, STATUS_ERROR, _("the snapshot is damaged"));
    }
  for (i = 0; i < bytes && restored; i += sizeof (struct run))
    {
      struct run run;

      memcpy (&run, record + i, sizeof run);
      if (!is_inside (run.offset, run.bytes, image->bytes)
          || !is_inside (run.at, run.bytes, status.st_size))
        {
          free (buffer);
          return fail (failure, STATUS_ERROR, _("the snapshot is damaged"));
        }
      restored = copy_back (image, &run, buffer, memory);
    }
  free (buffer);
  return restored
    || fail (failure, STATUS_ERROR, _("cannot restore disk %u: %s"), number,
             strerror (errno));
}
