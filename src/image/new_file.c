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
#include "image/opened.h"

#define MODE 0666

/* Disks, each of which may want one. */
#define PREPARED_MAX 26

static struct new_file prepared[PREPARED_MAX];
static unsigned prepared_count;

/* The folder, and the rest of the name. */
static bool
open_folder (struct new_file *file)
{
  char *copy = strdup (file->name);
  char *slash = strrchr (file->name, '/');

  if (!copy)
    return false;
  file->base = slash ? slash + 1 : file->name;
  file->folder = open (dirname (copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
  free (copy);
  return file->folder >= 0;
}

static bool
open_file (struct new_file *file)
{
  struct stat status;

  file->descriptors = open ("/proc/self/fd",
                            O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (!open_folder (file))
    return false;
  if (fstatat (file->folder, file->base, &status, AT_SYMLINK_NOFOLLOW) == 0)
    {
      errno = EEXIST;
      return false;
    }
  if (file->descriptors >= 0)
    file->fd = openat (file->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC,
                       MODE);
  if (file->descriptors < 0
      || (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)))
    {
      file->fd = openat (file->folder, file->base,
                         O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, MODE);
      file->named = file->fd >= 0;
    }
  return file->fd >= 0;
}

/* Keeps errno. */
static void
let_go (struct new_file *file)
{
  const int error = errno;

  if (file->fd >= 0)
    close (file->fd);
  if (file->folder >= 0)
    close (file->folder);
  if (file->descriptors >= 0)
    close (file->descriptors);
  free (file->name);
  file->name = NULL;
  errno = error;
}

static unsigned
find (const char *name)
{
  unsigned i;

  for (i = 0; i < prepared_count; i++)
    if (strcmp (prepared[i].name, name) == 0)
      break;
  return i;
}

/**
 * new_file_create - begin with an empty one
 *
 * False with errno set on failure; EEXIST: something has that name.
 */
bool
new_file_create (struct new_file *file, const char *name)
{
  const unsigned i = find (name);

  if (i < prepared_count)
    {
      *file = prepared[i];
      prepared[i] = prepared[--prepared_count];
      return true;
    }
  *file = (struct new_file) { .fd = -1, .folder = -1,
                              .descriptors = -1, .name = strdup (name) };
  if (file->name && open_file (file))
    return true;
  let_go (file);
  return false;
}

/** new_file_finish - it is complete: here it is.  False with errno set. */
bool
new_file_finish (struct new_file *file)
{
  char number[16];

  snprintf (number, sizeof number, "%d", file->fd);
  if (fdatasync (file->fd) == 0
      && (file->named
          || linkat (file->descriptors, number, file->folder, file->base,
                     AT_SYMLINK_FOLLOW) == 0))
    {
      /* Its maker may not be able to open it. */
      if (file->prepared && opened_keep (file->name, false, file->fd))
        file->fd = -1;
      let_go (file);
      return true;
    }
  new_file_cancel (file);
  return false;
}

/** new_file_cancel - there shall be none.  Keeps errno. */
void
new_file_cancel (struct new_file *file)
{
  const int error = errno;

  if (file->named)
    unlinkat (file->folder, file->base, 0);
  errno = error;
  let_go (file);
}

/**
 * new_file_prepare - for new_file_create() of that name, some day
 *
 * When it is finished, opened_take() has it.  Returns its folder, which stays
 * open as long as it is not finished; or -1 with errno set.
 */
int
new_file_prepare (const char *name)
{
  struct new_file *file = &prepared[prepared_count];

  if (prepared_count == PREPARED_MAX)
    {
      errno = EMFILE;
      return -1;
    }
  if (!new_file_create (file, name))
    return -1;
  file->prepared = true;
  prepared_count++;
  return file->folder;
}

/** new_file_give - let all that are prepared be somebody's; false with errno */
bool
new_file_give (uid_t user, gid_t group)
{
  unsigned i;

  for (i = 0; i < prepared_count; i++)
    if (fchown (prepared[i].fd, user, group) != 0)
      return false;
  return true;
}

/** new_file_is_prepared - was new_file_prepare() called for that? */
bool
new_file_is_prepared (const char *name)
{
  return find (name) < prepared_count;
}
