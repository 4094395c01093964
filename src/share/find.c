/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/find.c - files: from names, by fids, and what is said of them.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "share/handlers.h"
#include "share/protocol.h"

/**
 * share_find - what has that name in a folder, whatever it is
 *
 * Returns an O_PATH descriptor, or -1 with errno set.  Links are not followed
 * (but found), and no border of a file system is crossed.
 */
int
share_find (int folder, const char *name)
{
  const struct open_how how =
    {
      .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    };

  return syscall (SYS_openat2, folder, name, &how, sizeof how);
}

/** share_descriptor_name - as in /proc/self/fd; @name: DESCRIPTOR_NAME_SIZE */
void
share_descriptor_name (int fd, char *name)
{
  snprintf (name, DESCRIPTOR_NAME_SIZE, "%d", fd);
}

/**
 * share_reopen - open what an O_PATH descriptor is of
 *
 * Only a file or a folder: what a device or a fifo does when it is opened is not
 * for Guests.  Returns -1 with errno set.
 */
int
share_reopen (struct share_server *server, int path, int flags)
{
  char name[DESCRIPTOR_NAME_SIZE];
  struct stat file;

  if (fstat (path, &file) != 0)
    return -1;
  if (!S_ISREG (file.st_mode) && !S_ISDIR (file.st_mode))
    {
      errno = S_ISLNK (file.st_mode) ? ELOOP : ENXIO;
      return -1;
    }
  share_descriptor_name (path, name);
  return openat (server->descriptors, name,
                 flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/**
 * share_set_mode - of what was just made
 * @path: O_PATH descriptor
 *
 * The Guest has its own umask, ours shall not matter.  What a folder inherits
 * stays.  Returns an errno.
 */
int
share_set_mode (struct share_server *server, int path, mode_t mode)
{
  char name[DESCRIPTOR_NAME_SIZE];
  struct stat file;

  if (fstat (path, &file) != 0)
    return errno;
  if ((file.st_mode & SHARE_MODE_MASK) == mode)
    return 0;
  share_descriptor_name (path, name);
  return fchmodat (server->descriptors, name, mode | (file.st_mode & S_ISGID),
                   0) == 0 ? 0 : errno;
}

/** share_put_qid - who a file is */
void
share_put_qid (struct message *out, const struct stat *file)
{
  message_put (out, 1, S_ISDIR (file->st_mode) ? P9_QID_FOLDER
               : S_ISLNK (file->st_mode) ? P9_QID_LINK : 0);
  message_put (out, 4, file->st_mtim.tv_sec ^ file->st_size << 8);
  message_put (out, 8, file->st_ino);
}

/** share_get_fid - the next number is one; NULL with errno set */
struct fid *
share_get_fid (struct share_server *server, struct message *in)
{
  return fids_find (&server->fids, message_get (in, 4));
}

/** share_get_name - the next text is one; returns an errno */
int
share_get_name (struct message *in, char *name)
{
  if (message_get_name (in, name))
    return 0;
  return in->bad ? EINVAL : ENOENT;
}

/**
 * share_begin - the request has been read: shall it be done?
 * @changes: it changes files
 *
 * Returns an errno.  Before this nothing is done, so that half a request does
 * nothing.
 */
int
share_begin (const struct share_server *server, const struct message *in,
       bool changes)
{
  if (!message_is_whole (in))
    return EINVAL;
  return changes && server->read_only ? EROFS : 0;
}
