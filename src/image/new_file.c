/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/new_file.c - files that appear when they are complete.
 *
 * They never replace another file.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/new_file.h"

#define MODE 0666

/**
 * new_file_create - begin with an empty one
 *
 * False with errno set on failure; EEXIST: something has that name.
 */
bool
new_file_create (struct new_file *file, const char *name)
{
  struct stat status;
  char *copy;

  file->name = name;
  file->named = false;
  if (lstat (name, &status) == 0)
    {
      errno = EEXIST;
      return false;
    }
  copy = strdup (name);
  if (!copy)
    return false;
  file->fd = open (dirname (copy), O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
  free (copy);
  if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
    {
      file->fd = open (name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, MODE);
      file->named = file->fd >= 0;
    }
  return file->fd >= 0;
}

/** new_file_finish - it is complete: here it is.  False with errno set. */
bool
new_file_finish (struct new_file *file)
{
  char path[64];
  int error;

  snprintf (path, sizeof path, "/proc/self/fd/%d", file->fd);
  if (fdatasync (file->fd) == 0
      && (file->named
          || linkat (AT_FDCWD, path, AT_FDCWD, file->name,
                     AT_SYMLINK_FOLLOW) == 0))
    {
      close (file->fd);
      return true;
    }
  error = errno;
  new_file_cancel (file);
  errno = error;
  return false;
}

/** new_file_cancel - there shall be none.  Keeps errno. */
void
new_file_cancel (struct new_file *file)
{
  const int error = errno;

  if (file->named)
    unlink (file->name);
  close (file->fd);
  errno = error;
}
