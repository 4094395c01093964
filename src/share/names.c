/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/names.c - new names, other names, names less.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "share/handlers.h"
#include "share/protocol.h"

/* Answer with the qid of what has that name: it was just made.  If it is no
   link, it is to have that mode. */
static int
put_made (struct share_server *server, struct message *out, int folder,
          const char *name, mode_t mode)
{
  const int path = share_find (folder, name);
  struct stat file;
  int error = 0;

  if (path < 0)
    return errno;
  if (fstat (path, &file) != 0)
    error = errno;
  else
    share_put_qid (out, &file);
  if (!error && !S_ISLNK (file.st_mode))
    error = share_set_mode (server, path, mode);
  close (path);
  return error;
}

/** share_symlink - a new link */
int
share_symlink (struct share_server *server, struct message *in,
               struct message *out)
{
  struct fid *folder = share_get_fid (server, in);
  char name[MESSAGE_NAME_SIZE], target[PATH_MAX];
  const int bad_name = share_get_name (in, name);
  const bool good_target = message_get_path (in, target, sizeof target);
  int error;

  message_get (in, 4);          /* a group */
  if (!folder)
    return EBADF;
  error = share_begin (server, in, true);
  if (error || bad_name || !good_target)
    return error ? error : bad_name ? bad_name : EINVAL;
  if (symlinkat (target, folder->path, name) != 0)
    return errno;
  return put_made (server, out, folder->path, name, 0);
}

/** share_mknod - a new file or fifo */
int
share_mknod (struct share_server *server, struct message *in,
             struct message *out)
{
  struct fid *folder = share_get_fid (server, in);
  char name[MESSAGE_NAME_SIZE];
  const int bad_name = share_get_name (in, name);
  const mode_t mode = message_get (in, 4);
  int error;

  message_get (in, 4);          /* of a device: major, minor */
  message_get (in, 4);
  message_get (in, 4);          /* a group */
  if (!folder)
    return EBADF;
  error = share_begin (server, in, true);
  if (error || bad_name)
    return error ? error : bad_name;
  if (!S_ISREG (mode) && !S_ISFIFO (mode))
    return EPERM;
  if (mknodat (folder->path, name, mode & (S_IFMT | SHARE_MODE_MASK), 0) != 0)
    return errno;
  return put_made (server, out, folder->path, name, mode & SHARE_MODE_MASK);
}

/** share_mkdir - a new folder */
int
share_mkdir (struct share_server *server, struct message *in,
             struct message *out)
{
  struct fid *folder = share_get_fid (server, in);
  char name[MESSAGE_NAME_SIZE];
  const int bad_name = share_get_name (in, name);
  const mode_t mode = message_get (in, 4) & SHARE_MODE_MASK;
  int error;

  message_get (in, 4);          /* a group */
  if (!folder)
    return EBADF;
  error = share_begin (server, in, true);
  if (error || bad_name)
    return error ? error : bad_name;
  if (mkdirat (folder->path, name, mode) != 0)
    return errno;
  return put_made (server, out, folder->path, name, mode);
}

/** share_link - one more name */
int
share_link (struct share_server *server, struct message *in,
            struct message *out)
{
  struct fid *folder = share_get_fid (server, in);
  struct fid *file = share_get_fid (server, in);
  char name[MESSAGE_NAME_SIZE], descriptor[DESCRIPTOR_NAME_SIZE];
  const int bad_name = share_get_name (in, name);
  int error;

  (void) out;
  if (!folder || !file)
    return EBADF;
  error = share_begin (server, in, true);
  if (error || bad_name)
    return error ? error : bad_name;
  share_descriptor_name (file->path, descriptor);
  return linkat (server->descriptors, descriptor, folder->path, name,
                 AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

/** share_renameat - another name, another folder */
int
share_renameat (struct share_server *server, struct message *in,
                struct message *out)
{
  char old[MESSAGE_NAME_SIZE], new[MESSAGE_NAME_SIZE];
  struct fid *from = share_get_fid (server, in), *to;
  const int bad_old = share_get_name (in, old);
  int bad_new, error;

  (void) out;
  to = share_get_fid (server, in);
  bad_new = share_get_name (in, new);
  if (!from || !to)
    return EBADF;
  error = share_begin (server, in, true);
  if (error || bad_old || bad_new)
    return error ? error : bad_old ? bad_old : bad_new;
  return renameat (from->path, old, to->path, new) == 0 ? 0 : errno;
}

/** share_unlinkat - one name less */
int
share_unlinkat (struct share_server *server, struct message *in,
                struct message *out)
{
  struct fid *folder = share_get_fid (server, in);
  char name[MESSAGE_NAME_SIZE];
  const int bad_name = share_get_name (in, name);
  const uint32_t flags = message_get (in, 4);
  int error;

  (void) out;
  if (!folder)
    return EBADF;
  error = share_begin (server, in, true);
  if (error || bad_name)
    return error ? error : bad_name;
  if (flags & ~(uint32_t) AT_REMOVEDIR)
    return EINVAL;
  return unlinkat (folder->path, name, flags) == 0 ? 0 : errno;
}
