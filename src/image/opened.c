/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/opened.c - files that were opened before they are needed.
 *
 * A launcher gives up the right to open files before it looks at what is in
 * an image.  So it opens all that the image will ask for, and keeps it here
 * under its name; who opens files of images looks here first.  Main thread
 * only.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/opened.h"

/**
 * struct opened - such a file
 * @next: one more
 * @name: as it will be asked for; allocated
 * @read_only: it was opened for reading
 * @fd: of the file
 */
struct opened
{
  struct opened *next;
  char *name;
  bool read_only;
  int fd;
};

static struct opened *files;

/** opened_keep - have a file ready; false if out of memory */
bool
opened_keep (const char *name, bool read_only, int fd)
{
  struct opened *file = malloc (sizeof *file);

  if (!file)
    return false;
  *file = (struct opened) { files, strdup (name), read_only, fd };
  if (!file->name)
    {
      free (file);
      return false;
    }
  files = file;
  return true;
}

static int
take (struct opened **place)
{
  struct opened *file = *place;
  const int fd = file->fd;

  *place = file->next;
  free (file->name);
  free (file);
  return fd;
}

/** opened_take - the file of that name, which is the caller's now; or -1 */
int
opened_take (const char *name, bool read_only)
{
  struct opened **place;

  for (place = &files; *place; place = &(*place)->next)
    if ((*place)->read_only == read_only
        && strcmp ((*place)->name, name) == 0)
      return take (place);
  return -1;
}

/** opened_forget - what nobody has asked for is closed */
void
opened_forget (void)
{
  while (files)
    close (take (&files));
}
