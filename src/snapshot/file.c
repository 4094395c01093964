/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/file.c - the file "state" of a snapshot: records with names.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "fd_io.h"
#include "i18n.h"
#include "snapshot/file.h"

#define MAGIC "lguest snapshot"
#define END "end"
#define ALIGNMENT 8

/* Structures are as the processor has them. */
_Static_assert (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
                "x86 is little-endian");

/**
 * struct header - what a file begins with
 * @magic: MAGIC with its NUL
 * @version: SNAPSHOT_VERSION
 * @reserved: 0
 * @length: of the whole file
 */
struct header
{
  char magic[16];
  uint32_t version;
  uint32_t reserved;
  uint64_t length;
};

/**
 * struct record - what each record begins with; its bytes follow
 * @name: filled up with NULs
 * @number, @bytes: see file.h
 * @reserved: 0
 */
struct record
{
  char name[SNAPSHOT_NAME_BYTES];
  uint32_t number;
  uint32_t bytes;
  uint32_t reserved;
};

static size_t
padded (size_t bytes)
{
  return (bytes + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
}

/* Room for so many bytes, all 0; NULL if there is none. */
static uint8_t *
append (struct snapshot_writer *writer, size_t bytes)
{
  uint8_t *more, *added;

  if (writer->failed)
    return NULL;
  more = realloc (writer->bytes, writer->length + bytes);
  if (!more)
    {
      writer->failed = true;
      return NULL;
    }
  writer->bytes = more;
  added = more + writer->length;
  memset (added, 0, bytes);
  writer->length += bytes;
  return added;
}

/**
 * snapshot_put - one more record
 * @name: at most SNAPSHOT_NAME_BYTES characters
 */
void
snapshot_put (struct snapshot_writer *writer, const char *name,
              unsigned number, const void *data, size_t bytes)
{
  struct record record = { .number = number, .bytes = bytes };
  uint8_t *to;

  if (writer->length == 0)
    append (writer, sizeof (struct header));
  to = append (writer, sizeof record + padded (bytes));
  if (!to)
    return;
  memcpy (record.name, name, strnlen (name, sizeof record.name));
  memcpy (to, &record, sizeof record);
  memcpy (to + sizeof record, data, bytes);
}

/** snapshot_write - the end of it; write all to @fd, and to the disk */
bool
snapshot_write (struct snapshot_writer *writer, int fd,
                struct failure *failure)
{
  struct header header = { .magic = MAGIC, .version = SNAPSHOT_VERSION };
  uint64_t sum = 0;

  snapshot_put (writer, END, 0, &sum, sizeof sum);
  if (!writer->failed)
    {
      header.length = writer->length;
      memcpy (writer->bytes, &header, sizeof header);
      sum = crc32_z (0, writer->bytes, writer->length - sizeof sum);
      memcpy (writer->bytes + writer->length - sizeof sum, &sum, sizeof sum);
    }
  if (writer->failed)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  if (!write_fully (fd, writer->bytes, writer->length) || fsync (fd) != 0)
    return fail (failure, STATUS_ERROR, _("cannot write the snapshot: %s"),
                 strerror (errno));
  return true;
}

void
snapshot_writer_free (struct snapshot_writer *writer)
{
  free (writer->bytes);
  memset (writer, 0, sizeof *writer);
}

/* The record at @offset, if it is whole; *@next: where the one behind it is. */
static bool
record_at (const struct snapshot_reader *reader, size_t offset,
           struct record *record, size_t *next)
{
  const size_t rest = reader->length - offset;

  if (offset > reader->length || rest < sizeof *record)
    return false;
  memcpy (record, reader->bytes + offset, sizeof *record);
  if (record->reserved || record->bytes > SNAPSHOT_BYTES_MAX
      || padded (record->bytes) > rest - sizeof *record)
    return false;
  *next = offset + sizeof *record + padded (record->bytes);
  return true;
}

static bool
is_called (const struct record *record, const char *name)
{
  return strncmp (record->name, name, sizeof record->name) == 0;
}

/* Go through all records.  The last one has to be the end, and right. */
static bool
check_records (const struct snapshot_reader *reader)
{
  size_t offset = sizeof (struct header), next;
  struct record record;
  uint64_t sum;

  while (record_at (reader, offset, &record, &next))
    {
      if (!is_called (&record, END))
        {
          offset = next;
          continue;
        }
      if (record.bytes != sizeof sum || next != reader->length)
        return false;
      memcpy (&sum, reader->bytes + offset + sizeof record, sizeof sum);
      return crc32_z (0, reader->bytes, offset + sizeof record) == sum;
    }
  return false;
}

/**
 * snapshot_parse - is it a snapshot, and whole?
 * @bytes, @length: not trusted; stay where they are, and are only read
 */
bool
snapshot_parse (struct snapshot_reader *reader, const uint8_t *bytes,
                size_t length, struct failure *failure)
{
  struct header header;

  reader->bytes = (uint8_t *) bytes;
  reader->length = length;
  if (length >= sizeof header)
    memcpy (&header, bytes, sizeof header);
  if (length < sizeof header
      || memcmp (header.magic, MAGIC, sizeof header.magic) != 0)
    return fail (failure, STATUS_ERROR, _("this is no snapshot of lguest's"));
  if (header.version != SNAPSHOT_VERSION)
    return fail (failure, STATUS_ERROR,
                 _("the snapshot has version %u, and this lguest reads"
                   " version %d"), header.version, SNAPSHOT_VERSION);
  if (header.length != length || header.reserved)
    return fail (failure, STATUS_ERROR, _("the snapshot is not whole"));
  if (!check_records (reader))
    return fail (failure, STATUS_ERROR, _("the snapshot is damaged"));
  return true;
}

/** snapshot_read - read all of a file, and snapshot_parse() it */
bool
snapshot_read (struct snapshot_reader *reader, int fd,
               struct failure *failure)
{
  uint8_t *bytes = malloc (SNAPSHOT_BYTES_MAX + 1);
  ssize_t n = -1;

  memset (reader, 0, sizeof *reader);
  if (!bytes)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  n = pread_fully (fd, bytes, SNAPSHOT_BYTES_MAX + 1, 0);
  if (n < 0)
    fail (failure, STATUS_ERROR, _("cannot read the snapshot: %s"),
          strerror (errno));
  else if ((size_t) n > SNAPSHOT_BYTES_MAX)
    fail (failure, STATUS_ERROR, _("the snapshot is damaged"));
  else if (snapshot_parse (reader, bytes, n, failure))
    return true;
  free (bytes);
  memset (reader, 0, sizeof *reader);
  return false;
}

void
snapshot_reader_free (struct snapshot_reader *reader)
{
  free (reader->bytes);
  memset (reader, 0, sizeof *reader);
}

/* Where a record is; 0: nowhere. */
static size_t
find (const struct snapshot_reader *reader, const char *name, unsigned number,
      struct record *record)
{
  size_t offset = sizeof (struct header), next;

  for (; record_at (reader, offset, record, &next); offset = next)
    if (is_called (record, name) && record->number == number)
      return offset;
  return 0;
}

/** snapshot_has - is there such a record? */
bool
snapshot_has (const struct snapshot_reader *reader, const char *name,
              unsigned number)
{
  struct record record;

  return find (reader, name, number, &record) != 0;
}

/** snapshot_find - where a record's bytes are; NULL if there is none */
const uint8_t *
snapshot_find (const struct snapshot_reader *reader, const char *name,
               unsigned number, size_t *bytes)
{
  struct record record;
  const size_t offset = find (reader, name, number, &record);

  if (!offset)
    return NULL;
  *bytes = record.bytes;
  return reader->bytes + offset + sizeof record;
}

/** snapshot_count - how many records of that name are there? */
unsigned
snapshot_count (const struct snapshot_reader *reader, const char *name)
{
  size_t offset = sizeof (struct header), next;
  struct record record;
  unsigned count = 0;

  for (; record_at (reader, offset, &record, &next); offset = next)
    count += is_called (&record, name);
  return count;
}

/** snapshot_get - copy a record; it has to be there, and @bytes long */
bool
snapshot_get (const struct snapshot_reader *reader, const char *name,
              unsigned number, void *data, size_t bytes,
              struct failure *failure)
{
  struct record record;
  const size_t offset = find (reader, name, number, &record);

  if (!offset)
    return fail (failure, STATUS_ERROR, _("the snapshot has no \"%s %u\""),
                 name, number);
  if (record.bytes != bytes)
    return fail (failure, STATUS_ERROR,
                 _("the snapshot's \"%s %u\" is of another size than this"
                   " lguest's"), name, number);
  memcpy (data, reader->bytes + offset + sizeof record, bytes);
  return true;
}
