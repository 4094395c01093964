/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec/archive.c - a folder becomes an initial RAM disk.
 *
 * Which is a cpio archive of the "newc" kind: see
 * Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "exec/archive.h"
#include "fd_io.h"
#include "i18n.h"

#define BUFFER_BYTES ((size_t) 256 << 10)
#define ALIGNMENT 4
#define NAME_MAX_BYTES 4095

/* What a file can be long. */
#define FILE_MAX_BYTES UINT32_MAX

/**
 * struct entry - one of an archive
 * @name: without a slash at its beginning
 * @number: inode
 * @links: names that it has
 * @bytes: of its content
 */
struct entry
{
  const char *name;
  uint32_t number;
  mode_t mode;
  uid_t user;
  gid_t group;
  unsigned links;
  time_t changed;
  uint64_t bytes;
  dev_t device;
};

static bool
fail_write (struct failure *failure)
{
  return fail (failure, STATUS_ERROR,
               _("cannot pack the guest's root: %s"), strerror (errno));
}

static bool
flush (struct archive *archive, struct failure *failure)
{
  if (!write_fully (archive->fd, archive->buffer, archive->buffered))
    return fail_write (failure);
  archive->buffered = 0;
  return true;
}

static bool
put (struct archive *archive, const void *data, size_t count,
     struct failure *failure)
{
  const uint8_t *from = data;

  archive->bytes += count;
  while (count > 0)
    {
      size_t piece = BUFFER_BYTES - archive->buffered;

      if (piece > count)
        piece = count;
      if (from)
        {
          memcpy (archive->buffer + archive->buffered, from, piece);
          from += piece;
        }
      else
        memset (archive->buffer + archive->buffered, 0, piece);
      archive->buffered += piece;
      count -= piece;
      if (archive->buffered == BUFFER_BYTES && !flush (archive, failure))
        return false;
    }
  return true;
}

/* Up to where the next thing can begin. */
static bool
align (struct archive *archive, struct failure *failure)
{
  return put (archive, NULL, -archive->bytes % ALIGNMENT, failure);
}

static bool
put_header (struct archive *archive, const struct entry *entry,
            struct failure *failure)
{
  const size_t length = strlen (entry->name) + 1;
  char header[6 + 13 * 8 + 1];

  if (entry->bytes > FILE_MAX_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("%s is too large for the guest's root"), entry->name);
  if (length > NAME_MAX_BYTES)
    return fail (failure, STATUS_ERROR, _("%s: the name is too long"),
                 entry->name);
  snprintf (header, sizeof header,
            "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
            entry->number, (unsigned) entry->mode, (unsigned) entry->user,
            (unsigned) entry->group, entry->links,
            (unsigned) entry->changed, (unsigned) entry->bytes, 0, 0,
            major (entry->device), minor (entry->device), (unsigned) length,
            0);
  return put (archive, header, sizeof header - 1, failure)
    && put (archive, entry->name, length, failure)
    && align (archive, failure);
}

static bool
put_entry (struct archive *archive, const struct entry *entry,
           const void *content, struct failure *failure)
{
  return put_header (archive, entry, failure)
    && put (archive, content, entry->bytes, failure)
    && align (archive, failure);
}

/* A file of that length; if it has become shorter, zeros. */
static bool
put_content (struct archive *archive, int fd, uint64_t bytes,
             const char *path, struct failure *failure)
{
  uint8_t data[32768];
  uint64_t offset = 0;

  while (offset < bytes)
    {
      const size_t piece = bytes - offset < sizeof data ? bytes - offset
        : sizeof data;
      const ssize_t n = pread_fully (fd, data, piece, offset);

      if (n < 0)
        return fail (failure, STATUS_ERROR, _("cannot read %s: %s"), path,
                     strerror (errno));
      if (!put (archive, data, n, failure)
          || !put (archive, NULL, piece - n, failure))
        return false;
      offset += piece;
    }
  return align (archive, failure);
}

/* Of a file with several names: was one of them here already? */
static bool
find_link (struct archive *archive, const struct stat *about,
           struct entry *entry, bool *found, struct failure *failure)
{
  struct archive_link *links;
  size_t i;

  *found = false;
  for (i = 0; i < archive->link_count; i++)
    if (archive->links[i].device == about->st_dev
        && archive->links[i].inode == about->st_ino)
      {
        entry->number = archive->links[i].number;
        *found = true;
        return true;
      }
  links = reallocarray (archive->links, archive->link_count + 1,
                        sizeof *links);
  if (!links)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  archive->links = links;
  links[archive->link_count++] = (struct archive_link)
    { about->st_dev, about->st_ino, entry->number };
  return true;
}

static bool
add_regular (struct archive *archive, struct entry *entry, const char *path,
             const struct stat *about, struct failure *failure)
{
  struct stat now;
  bool done, found = false;
  int fd;

  if (about->st_nlink > 1
      && !find_link (archive, about, entry, &found, failure))
    return false;
  if (found)
    return put_header (archive, entry, failure);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &now) != 0 || !S_ISREG (now.st_mode))
    {
      if (fd >= 0)
        close (fd);
      archive->unreadable++;
      return true;
    }
  entry->bytes = now.st_size;
  done = put_header (archive, entry, failure)
    && put_content (archive, fd, entry->bytes, path, failure);
  close (fd);
  return done;
}

static bool
add_symlink (struct archive *archive, struct entry *entry, const char *path,
             struct failure *failure)
{
  char target[NAME_MAX_BYTES];
  const ssize_t length = readlink (path, target, sizeof target);

  if (length < 0)
    {
      archive->unreadable++;
      return true;
    }
  entry->bytes = length;
  return put_entry (archive, entry, target, failure);
}

static bool
add_found (struct archive *archive, const FTSENT *found, size_t skip,
           struct failure *failure)
{
  const struct stat *about = found->fts_statp;
  struct entry entry =
    {
      .name = found->fts_path + skip,
      .number = ++archive->number,
      .mode = about->st_mode,
      .user = about->st_uid,
      .group = about->st_gid,
      .links = S_ISDIR (about->st_mode) ? 2 : about->st_nlink,
      .changed = about->st_mtime,
    };

  switch (about->st_mode & S_IFMT)
    {
    case S_IFREG:
      return add_regular (archive, &entry, found->fts_accpath, about,
                          failure);
    case S_IFLNK:
      entry.links = 1;
      return add_symlink (archive, &entry, found->fts_accpath, failure);
    case S_IFBLK:
    case S_IFCHR:
      entry.device = about->st_rdev;
      entry.links = 1;
      return put_entry (archive, &entry, NULL, failure);
    case S_IFDIR:
    case S_IFIFO:
      return put_entry (archive, &entry, NULL, failure);
    default:
      return true;
    }
}

/**
 * archive_add_tree - all that is in a folder
 *
 * Other file systems that are mounted in it are left out.  So is what cannot
 * be read, which is counted.
 */
bool
archive_add_tree (struct archive *archive, const char *folder,
                  struct failure *failure)
{
  char *paths[] = { (char *) folder, NULL };
  size_t skip = strlen (folder);
  FTS *tree;
  FTSENT *found;
  bool done = true;

  while (skip > 0 && folder[skip - 1] == '/')
    skip--;
  tree = fts_open (paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  if (!tree)
    return fail (failure, STATUS_ERROR, _("cannot read folder %s: %s"),
                 folder, strerror (errno));
  errno = 0;
  while (done && (found = fts_read (tree)))
    {
      size_t start = skip;

      while (found->fts_path[start] == '/')
        start++;
      switch (found->fts_info)
        {
        case FTS_DP:
          break;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
          if (found->fts_level == 0)
            done = fail (failure, STATUS_ERROR,
                         _("cannot read folder %s: %s"), folder,
                         strerror (found->fts_errno));
          archive->unreadable++;
          break;
        default:
          if (found->fts_level > 0)
            done = add_found (archive, found, start, failure);
          else if (found->fts_info != FTS_D)
            done = fail (failure, STATUS_ERROR, _("%s is no folder"),
                         folder);
          break;
        }
    }
  fts_close (tree);
  return done;
}

/** archive_add_folder - one that may be there already, which does no harm */
bool
archive_add_folder (struct archive *archive, const char *name, mode_t mode,
                    struct failure *failure)
{
  const struct entry entry =
    {
      .name = name, .number = ++archive->number, .mode = S_IFDIR | mode,
      .links = 2,
    };

  return put_entry (archive, &entry, NULL, failure);
}

/** archive_add_file - one with that content */
bool
archive_add_file (struct archive *archive, const char *name, mode_t mode,
                  const void *content, size_t bytes, struct failure *failure)
{
  const struct entry entry =
    {
      .name = name, .number = ++archive->number, .mode = S_IFREG | mode,
      .links = 1, .bytes = bytes,
    };

  return put_entry (archive, &entry, content, failure);
}

/** archive_add_copy - a copy of a file of ours */
bool
archive_add_copy (struct archive *archive, const char *name, mode_t mode,
                  const char *path, struct failure *failure)
{
  struct entry entry =
    {
      .name = name, .number = ++archive->number, .mode = S_IFREG | mode,
      .links = 1,
    };
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  struct stat about;
  bool done;

  if (fd < 0 || fstat (fd, &about) != 0)
    {
      fail (failure, STATUS_ERROR, _("cannot read %s: %s"), path,
            strerror (errno));
      if (fd >= 0)
        close (fd);
      return false;
    }
  entry.bytes = about.st_size;
  done = put_header (archive, &entry, failure)
    && put_content (archive, fd, entry.bytes, path, failure);
  close (fd);
  return done;
}

/** archive_create - an empty one; @archive is filled in */
bool
archive_create (struct archive *archive, struct failure *failure)
{
  *archive = (struct archive) { .buffer = malloc (BUFFER_BYTES) };
  archive->fd = memfd_create ("root", 0);
  if (archive->fd >= 0 && archive->buffer)
    return true;
  return fail_write (failure);
}

/** archive_finish - that was all; its buffers are freed */
bool
archive_finish (struct archive *archive, struct failure *failure)
{
  const struct entry end = { .name = "TRAILER!!!", .links = 1 };
  const bool done = put_entry (archive, &end, NULL, failure)
    && flush (archive, failure);

  free (archive->buffer);
  free (archive->links);
  archive->buffer = NULL;
  archive->links = NULL;
  return done;
}
