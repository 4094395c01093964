/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_directory.c - a running Guest's folder: its name is taken by it.
 *
 * In it are: lock, which the launcher holds a lock on, so that nobody has to
 * guess whether it lives; pid, its process number; ctl, its control socket.
 * What a launcher that was killed has left behind, the next one removes.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lguest/control.h>

#include "child.h"
#include "confine/confine.h"
#include "fd_io.h"
#include "i18n.h"
#include "lib/protocol.h"
#include "run_directory.h"

#define LOCK_FILE "lock"

/* Somebody else may remove the folder just while we make it; but not always. */
#define TRIES 100

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The folder of all Guests: it has to be ours, or root's. */
static bool
open_parent (struct run_directory *directory, const char *path,
             struct failure *failure)
{
  struct stat status;

  if (mkdir (path, geteuid () == 0 ? 0755 : 0700) != 0 && errno != EEXIST)
    return fail (failure, STATUS_ERROR, _("cannot make folder %s: %s"), path,
                 strerror (errno));
  directory->parent = open (path, DIRECTORY_FLAGS);
  if (directory->parent < 0 || fstat (directory->parent, &status) != 0)
    return fail (failure, STATUS_ERROR, _("cannot open folder %s: %s"), path,
                 strerror (errno));
  if ((status.st_uid != geteuid () && status.st_uid != 0)
      || status.st_mode & (S_IWGRP | S_IWOTH))
    return fail (failure, STATUS_ERROR,
                 _("others can write to folder %s: running guests cannot be"
                   " there"), path);
  return true;
}

static bool
same_file (int fd, int at, const char *name)
{
  struct stat ours, there;

  return fstat (fd, &ours) == 0
    && fstatat (at, name, &there, AT_SYMLINK_NOFOLLOW) == 0
    && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static void
close_all (struct run_directory *directory)
{
  if (directory->lock >= 0)
    close (directory->lock);
  if (directory->fd >= 0)
    close (directory->fd);
  directory->lock = directory->fd = -1;
}

/* Who has the name? */
static bool
name_is_taken (struct run_directory *directory, struct failure *failure)
{
  char text[20] = "";
  int fd = openat (directory->fd, PROTOCOL_PID_FILE,
                   O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0)
    {
      if (pread_fully (fd, text, sizeof text - 1, 0) > 0)
        text[strspn (text, "0123456789")] = '\0';
      close (fd);
    }
  return fail (failure, STATUS_ERROR,
               _("a guest of the name \"%s\" runs already (process %s);"
                 " use another name"), directory->name, text);
}

/* One try to have the folder, with its lock.  False with errno, which is
   EAGAIN if somebody has just removed it, EWOULDBLOCK if it is taken. */
static bool
take (struct run_directory *directory)
{
  if (mkdirat (directory->parent, directory->name, 0755) != 0
      && errno != EEXIST)
    return false;
  directory->fd = openat (directory->parent, directory->name,
                          DIRECTORY_FLAGS);
  if (directory->fd >= 0)
    directory->lock = openat (directory->fd, LOCK_FILE,
                              O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                              0600);
  if (directory->fd < 0 || directory->lock < 0)
    {
      if (errno == ENOENT)
        errno = ESTALE;
      return false;
    }
  if (flock (directory->lock, LOCK_EX | LOCK_NB) != 0)
    return false;
  if (!same_file (directory->fd, directory->parent, directory->name)
      || !same_file (directory->lock, directory->fd, LOCK_FILE))
    {
      errno = ESTALE;
      return false;
    }
  return true;
}

/* Remove all files; the lock comes last. */
static void
empty (struct run_directory *directory, bool lock)
{
  const int fd = openat (directory->fd, ".", DIRECTORY_FLAGS);
  DIR *list = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (!list)
    {
      if (fd >= 0)
        close (fd);
      /* Who may not look, removes what has to be there. */
      unlinkat (directory->fd, PROTOCOL_PID_FILE, 0);
      unlinkat (directory->fd, PROTOCOL_SOCKET, 0);
      if (lock)
        unlinkat (directory->fd, LOCK_FILE, 0);
      return;
    }
  while ((entry = readdir (list)))
    if (strcmp (entry->d_name, LOCK_FILE) != 0)
      unlinkat (directory->fd, entry->d_name, 0);
  closedir (list);
  if (lock)
    unlinkat (directory->fd, LOCK_FILE, 0);
}

static bool
write_pid (struct run_directory *directory)
{
  char text[20];
  const int length = snprintf (text, sizeof text, "%ld\n", (long) getpid ());
  const int fd = openat (directory->fd, PROTOCOL_PID_FILE,
                         O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  const bool good = fd >= 0 && write_fully (fd, text, length);

  if (fd >= 0)
    close (fd);
  return good;
}

/**
 * run_directory_create - take a name
 * @directory: filled in; to be given to run_directory_remove() if this
 *   returns true
 * @name: stays where it is
 */
bool
run_directory_create (struct run_directory *directory, const char *name,
                      struct failure *failure)
{
  char path[PATH_MAX];
  bool taken = false;
  int tries;

  directory->name = name;
  directory->path = NULL;
  directory->guard = 0;
  directory->parent = directory->fd = directory->lock = -1;
  if (lguest_run_directory (path, sizeof path) != LGUEST_OK)
    return fail (failure, STATUS_ERROR, "%s", lguest_error_text ());
  if (!open_parent (directory, path, failure))
    return false;
  if (asprintf (&directory->path, "%s/%s", path, name) < 0)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  for (tries = 0; !taken && tries < TRIES; tries++)
    {
      taken = take (directory);
      if (taken)
        break;
      if (errno == EWOULDBLOCK)
        {
          name_is_taken (directory, failure);
          close_all (directory);
          return false;
        }
      close_all (directory);
      if (errno != ESTALE)
        break;
    }
  if (!taken)
    return fail (failure, STATUS_ERROR, _("cannot make folder %s: %s"),
                 directory->path, strerror (errno));
  empty (directory, false);
  if (!confine_allow (directory->fd, CONFINE_READ | CONFINE_REMOVE_FILES)
      || !confine_allow (directory->parent, CONFINE_REMOVE_FOLDERS)
      || !write_pid (directory))
    {
      fail (failure, STATUS_ERROR, _("cannot write to folder %s: %s"),
            directory->path, strerror (errno));
      run_directory_remove (directory);
      return false;
    }
  return true;
}

static void
remove_all (struct run_directory *directory)
{
  empty (directory, true);
  unlinkat (directory->parent, directory->name, AT_REMOVEDIR);
}

static int
compare (const void *a, const void *b)
{
  return *(const int *) a - *(const int *) b;
}

/* Close all but standard error and those. */
static void
close_others (const int *fds, unsigned count)
{
  int keep[count], next = STDERR_FILENO + 1;
  unsigned i;

  memcpy (keep, fds, sizeof keep);
  qsort (keep, count, sizeof *keep, compare);
  for (i = 0; i < count; i++)
    {
      if (keep[i] > next)
        close_range (next, keep[i] - 1, 0);
      next = keep[i] + 1;
    }
  close_range (next, ~0u, 0);
}

/* In the other process: wait until the launcher says so, or is no more. */
static void
guard (struct run_directory *directory, int launcher)
{
  const int fds[] =
    { directory->parent, directory->fd, directory->lock, launcher };
  char byte;

  /* What others wait for the end of, they shall see. */
  close_others (fds, sizeof fds / sizeof *fds);
  while (read (launcher, &byte, sizeof byte) < 0 && errno == EINTR)
    continue;
  remove_all (directory);
}

/**
 * run_directory_guard - for a launcher that becomes another user
 *
 * As that it could not remove the folder: a process that stays what we are
 * does.  It does nothing else.
 */
bool
run_directory_guard (struct run_directory *directory,
                     struct failure *failure)
{
  int ends[2];
  sigset_t all;

  if (pipe2 (ends, O_CLOEXEC) != 0)
    return fail (failure, STATUS_ERROR, _("cannot start a process: %s"),
                 strerror (errno));
  directory->guard = fork ();
  if (directory->guard == 0)
    {
      /* A terminal's signals are for the launcher; this goes when that
         goes. */
      sigfillset (&all);
      sigprocmask (SIG_BLOCK, &all, NULL);
      close (ends[1]);
      guard (directory, ends[0]);
      _exit (0);
    }
  close (ends[0]);
  directory->guarded = ends[1];
  if (directory->guard > 0)
    return true;
  close (ends[1]);
  directory->guard = 0;
  return fail (failure, STATUS_ERROR, _("cannot start a process: %s"),
               strerror (errno));
}

/** run_directory_remove - give the name back, and leave nothing behind */
void
run_directory_remove (struct run_directory *directory)
{
  if (directory->fd < 0)
    return;
  if (directory->guard > 0)
    {
      close (directory->guarded);
      child_wait (directory->guard);
    }
  else
    remove_all (directory);
  close_all (directory);
  close (directory->parent);
  free (directory->path);
  directory->path = NULL;
}
