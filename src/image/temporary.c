/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/temporary.c - files that nobody has to remove.
 *
 * They have no name from the start: so nothing is left behind, however lguest
 * ends.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/opened.h"
#include "image/temporary.h"

/** temporary_directory - for files that may become as large as disks */
const char *
temporary_directory (void)
{
  static const char *directory;

  /* It stays the same, also when nothing can be asked any more. */
  if (!directory)
    directory = getenv ("TMPDIR");
  if (!directory || !directory[0])
    directory = access ("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
  return directory;
}

/**
 * temporary_file - an empty file without a name
 *
 * Returns a descriptor for reading and writing, or -1 with errno set.
 */
int
temporary_file (const char *directory)
{
  char name[PATH_MAX];
  int fd = opened_take (directory, false);

  if (fd < 0)
    fd = open (directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
    return fd;
  /* Not every file system can do that. */
  if (snprintf (name, sizeof name, "%s/lguest-XXXXXX", directory)
      >= (int) sizeof name)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  fd = mkostemp (name, O_CLOEXEC);
  if (fd >= 0)
    unlink (name);
  return fd;
}

/**
 * temporary_keep - give it a name now
 *
 * It appears there whole, instead of what was there before.  Returns false
 * with errno set if that is not possible in that file system.
 */
bool
temporary_keep (int fd, const char *name)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  if (linkat (AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
    return true;
  if (errno != EEXIST || unlinkat (AT_FDCWD, name, 0) != 0)
    return false;
  return linkat (AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}
