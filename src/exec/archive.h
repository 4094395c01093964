/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec/archive.h - a folder becomes an initial RAM disk.
 */
#ifndef EXEC_ARCHIVE_H
#define EXEC_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

/**
 * struct archive_link - a file with several names, which is in there already
 * @device, @inode: of the file
 * @number: its inode in the archive
 */
struct archive_link
{
  dev_t device;
  ino_t inode;
  uint32_t number;
};

/**
 * struct archive - a cpio archive that is being written
 * @fd: where to; it can be read by others
 * @bytes: that were written
 * @number: inodes in it
 * @links, @link_count: see there
 * @unreadable: how many files could not be read, and are not in it
 * @buffer, @buffered: what is not written yet
 */
struct archive
{
  int fd;
  uint64_t bytes;
  uint32_t number;
  struct archive_link *links;
  size_t link_count;
  unsigned unreadable;
  uint8_t *buffer;
  size_t buffered;
};

bool archive_create (struct archive *archive, struct failure *failure);
bool archive_add_tree (struct archive *archive, const char *folder,
                       struct failure *failure);
bool archive_add_folder (struct archive *archive, const char *name,
                         mode_t mode, struct failure *failure);
bool archive_add_file (struct archive *archive, const char *name, mode_t mode,
                       const void *content, size_t bytes,
                       struct failure *failure);
bool archive_add_copy (struct archive *archive, const char *name, mode_t mode,
                       const char *path, struct failure *failure);
bool archive_finish (struct archive *archive, struct failure *failure);

#endif /* EXEC_ARCHIVE_H */
