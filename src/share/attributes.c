/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/attributes.c - what is known about files.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "share/handlers.h"
#include "share/protocol.h"

/** share_getattr - all about a file */
int
share_getattr (struct share_server *server, struct message *in,
               struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  struct stat file;

  message_get (in, 8);          /* what it wants: it gets what we have */
  if (!fid)
    return EBADF;
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  if (fstat (fid->path, &file) != 0)
    return errno;
  message_put (out, 8, P9_GET_BASIC);
  share_put_qid (out, &file);
  message_put (out, 4, file.st_mode);
  message_put (out, 4, file.st_uid);
  message_put (out, 4, file.st_gid);
  message_put (out, 8, file.st_nlink);
  message_put (out, 8, file.st_rdev);
  message_put (out, 8, file.st_size);
  message_put (out, 8, file.st_blksize);
  message_put (out, 8, file.st_blocks);
  message_put (out, 8, file.st_atim.tv_sec);
  message_put (out, 8, file.st_atim.tv_nsec);
  message_put (out, 8, file.st_mtim.tv_sec);
  message_put (out, 8, file.st_mtim.tv_nsec);
  message_put (out, 8, file.st_ctim.tv_sec);
  message_put (out, 8, file.st_ctim.tv_nsec);
  /* Time of birth, generation, version of the contents: we have none. */
  message_put (out, 8, 0);
  message_put (out, 8, 0);
  message_put (out, 8, 0);
  message_put (out, 8, 0);
  return 0;
}

static int
set_size (struct share_server *server, struct fid *fid, uint64_t size)
{
  int fd, error = 0;

  if (size > INT64_MAX)
    return EINVAL;
  fd = share_reopen (server, fid->path, O_WRONLY);
  if (fd < 0)
    {
      /* It may be open for writing since before it was made read-only. */
      error = errno;
      return fid->open >= 0 && ftruncate (fid->open, size) == 0 ? 0 : error;
    }
  if (ftruncate (fd, size) != 0)
    error = errno;
  close (fd);
  return error;
}

static struct timespec
get_time (uint32_t valid, uint32_t set, uint32_t given, uint64_t seconds,
          uint64_t nanoseconds)
{
  struct timespec time = { .tv_nsec = UTIME_OMIT };

  if (valid & set)
    time.tv_nsec = UTIME_NOW;
  if (valid & set && valid & given)
    time = (struct timespec) { seconds, nanoseconds };
  return time;
}

/** share_setattr - mode, owner, size, times */
int
share_setattr (struct share_server *server, struct message *in,
               struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  const uint32_t valid = message_get (in, 4);
  const mode_t mode = message_get (in, 4) & SHARE_MODE_MASK;
  const uid_t uid = message_get (in, 4);
  const gid_t gid = message_get (in, 4);
  const uint64_t size = message_get (in, 8);
  uint64_t times[4];
  struct timespec set[2];
  char name[DESCRIPTOR_NAME_SIZE];
  struct stat file;
  int error, i;

  (void) out;
  for (i = 0; i < 4; i++)
    times[i] = message_get (in, 8);
  if (!fid)
    return EBADF;
  error = share_begin (server, in, true);
  if (error)
    return error;
  share_descriptor_name (fid->path, name);
  if (fstat (fid->path, &file) != 0)
    return errno;
  /* A link has no mode: by its descriptor we would change something else. */
  if (valid & P9_SET_MODE && S_ISLNK (file.st_mode))
    return EOPNOTSUPP;
  if (valid & (P9_SET_UID | P9_SET_GID)
      && fchownat (fid->path, "", valid & P9_SET_UID ? uid : (uid_t) -1,
                   valid & P9_SET_GID ? gid : (gid_t) -1,
                   AT_EMPTY_PATH) != 0)
    return errno;
  if (valid & P9_SET_MODE
      && fchmodat (server->descriptors, name, mode, 0) != 0)
    return errno;
  if (valid & P9_SET_SIZE && (error = set_size (server, fid, size)) != 0)
    return error;
  set[0] = get_time (valid, P9_SET_ATIME, P9_SET_ATIME_GIVEN, times[0],
                     times[1]);
  set[1] = get_time (valid, P9_SET_MTIME, P9_SET_MTIME_GIVEN, times[2],
                     times[3]);
  if (valid & (P9_SET_ATIME | P9_SET_MTIME)
      && utimensat (server->descriptors, name, set, 0) != 0)
    return errno;
  return 0;
}

/** share_statfs - all about the file system */
int
share_statfs (struct share_server *server, struct message *in,
              struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  struct statfs system;

  if (!fid)
    return EBADF;
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  if (fstatfs (fid->path, &system) != 0)
    return errno;
  message_put (out, 4, system.f_type);
  message_put (out, 4, system.f_bsize);
  message_put (out, 8, system.f_blocks);
  message_put (out, 8, system.f_bfree);
  message_put (out, 8, system.f_bavail);
  message_put (out, 8, system.f_files);
  message_put (out, 8, system.f_ffree);
  message_put (out, 8, (uint32_t) system.f_fsid.__val[0]
               | (uint64_t) system.f_fsid.__val[1] << 32);
  message_put (out, 4, MESSAGE_NAME_SIZE - 1);
  return 0;
}

/** share_readlink - where a link leads */
int
share_readlink (struct share_server *server, struct message *in,
                struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  char target[PATH_MAX];
  ssize_t n;

  if (!fid)
    return EBADF;
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  n = readlinkat (fid->path, "", target, sizeof target);
  if (n < 0)
    return errno == ENOENT ? EINVAL : errno;
  message_put_text (out, target, n);
  return 0;
}
