/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/file.h - the file "state" of a snapshot: records with names.
 *
 * A header (magic, version, length), records, and a last one with a CRC-32 of
 * all before that.  Numbers are little-endian.  Each record has a name of up to
 * 12 characters, a number (of the vcpu, of the slot) and a length; what is in
 * it, its owner knows.  A record begins at a multiple of 8 bytes.
 *
 * A file that is read is not trusted: the reader finds records only where they
 * are whole, and gives one only if it has the length that is expected.
 */
#ifndef SNAPSHOT_FILE_H
#define SNAPSHOT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* Of the format, and of all structures in the records. */
#define SNAPSHOT_VERSION 1

#define SNAPSHOT_NAME_BYTES 12

/* No file is longer: it has no memory in it. */
#define SNAPSHOT_BYTES_MAX ((size_t) 16 << 20)

/**
 * struct snapshot_writer - a file that is being made, in memory; all zero first
 * @bytes, @length: what there is of it
 * @failed: memory ran out; nothing is added any more
 */
struct snapshot_writer
{
  uint8_t *bytes;
  size_t length;
  bool failed;
};

void snapshot_put (struct snapshot_writer *writer, const char *name,
                   unsigned number, const void *data, size_t bytes);
bool snapshot_write (struct snapshot_writer *writer, int fd,
                     struct failure *failure);
void snapshot_writer_free (struct snapshot_writer *writer);

/**
 * struct snapshot_reader - a file that was read and is whole
 * @bytes, @length: all of it
 */
struct snapshot_reader
{
  uint8_t *bytes;
  size_t length;
};

bool snapshot_parse (struct snapshot_reader *reader, const uint8_t *bytes,
                     size_t length, struct failure *failure);
bool snapshot_read (struct snapshot_reader *reader, int fd,
                    struct failure *failure);
bool snapshot_has (const struct snapshot_reader *reader, const char *name,
                   unsigned number);
bool snapshot_get (const struct snapshot_reader *reader, const char *name,
                   unsigned number, void *data, size_t bytes,
                   struct failure *failure);
const uint8_t *snapshot_find (const struct snapshot_reader *reader,
                              const char *name, unsigned number,
                              size_t *bytes);
unsigned snapshot_count (const struct snapshot_reader *reader,
                         const char *name);
void snapshot_reader_free (struct snapshot_reader *reader);

#endif /* SNAPSHOT_FILE_H */
