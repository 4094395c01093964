/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/contents.c - what is in files and folders.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "share/handlers.h"
#include "share/protocol.h"

/* Like struct linux_dirent64, which no header has. */
struct entry
{
  uint64_t inode;
  int64_t next;
  uint16_t length;
  uint8_t type;
  char name[];
};

#define ENTRIES_BYTES 16384

/* The flags of open() that we take over; -1 if they make no sense. */
static int
open_flags (uint32_t wanted)
{
  const int access = wanted & P9_OPEN_ACCESS;
  int flags = access;

  if (access != O_RDONLY && access != O_WRONLY && access != O_RDWR)
    return -1;
  if (wanted & P9_OPEN_TRUNCATE)
    flags |= O_TRUNC;
  if (wanted & P9_OPEN_DSYNC)
    flags |= O_DSYNC;
  if ((wanted & P9_OPEN_SYNC) == P9_OPEN_SYNC)
    flags |= O_SYNC;
  if (wanted & P9_OPEN_FOLDER)
    flags |= O_DIRECTORY;
  return flags;
}

/** share_lopen - open for reading or writing */
int
share_lopen (struct share_server *server, struct message *in,
             struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  const int flags = open_flags (message_get (in, 4));
  struct stat file;
  int error;

  if (!fid || fid->open >= 0)
    return EBADF;
  if (flags < 0)
    return EINVAL;
  error = share_begin (server, in, (flags & O_ACCMODE) != O_RDONLY
                 || flags & O_TRUNC);
  if (error)
    return error;
  fid->open = share_reopen (server, fid->path, flags);
  if (fid->open < 0 || fstat (fid->open, &file) != 0)
    return errno;
  share_put_qid (out, &file);
  message_put (out, 4, 0);
  return 0;
}

/** share_lcreate - a new file: the fid, of its folder, becomes its own */
int
share_lcreate (struct share_server *server, struct message *in,
               struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  char name[MESSAGE_NAME_SIZE];
  const int bad_name = share_get_name (in, name);
  const uint32_t wanted = message_get (in, 4);
  const int flags = open_flags (wanted);
  const mode_t mode = message_get (in, 4) & SHARE_MODE_MASK;
  struct stat file;
  int error, open, path;
  bool created;

  message_get (in, 4);          /* a group */
  if (!fid || fid->open >= 0)
    return EBADF;
  if (flags < 0)
    return EINVAL;
  error = share_begin (server, in, true);
  if (error || bad_name)
    return error ? error : bad_name;
  open = openat (fid->path, name, (flags & ~O_DIRECTORY) | O_CREAT | O_EXCL
                 | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode);
  created = open >= 0;
  if (created)
    path = share_find (fid->path, name);
  else if (errno != EEXIST || wanted & P9_OPEN_EXCLUSIVE)
    return errno;
  else
    {
      /* What is there is opened only if it is a file. */
      path = share_find (fid->path, name);
      if (path >= 0)
        open = share_reopen (server, path, flags);
    }
  error = 0;
  if (path < 0 || open < 0 || fstat (open, &file) != 0)
    error = errno;
  else if (created)
    error = share_set_mode (server, path, mode);
  if (error)
    {
      if (path >= 0)
        close (path);
      if (open >= 0)
        close (open);
      return error;
    }
  close (fid->path);
  fid->path = path;
  fid->open = open;
  share_put_qid (out, &file);
  message_put (out, 4, 0);
  return 0;
}

/** share_read - a part of a file */
int
share_read (struct share_server *server, struct message *in,
            struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  const uint64_t offset = message_get (in, 8);
  size_t count = message_get (in, 4);
  uint8_t *room;
  ssize_t n;

  if (!fid || fid->open < 0)
    return EBADF;
  if (share_begin (server, in, false) != 0 || offset > INT64_MAX)
    return EINVAL;
  message_put (out, 4, 0);
  room = message_room (out, &count);
  n = pread (fid->open, room, count, offset);
  if (n < 0)
    return errno;
  out->at -= 4;
  message_put (out, 4, n);
  out->at += n;
  return 0;
}

/** share_write - a part of a file */
int
share_write (struct share_server *server, struct message *in,
             struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  const uint64_t offset = message_get (in, 8);
  const size_t count = message_get (in, 4);
  const uint8_t *bytes = message_get_bytes (in, count);
  ssize_t n;
  int error;

  if (!fid || fid->open < 0)
    return EBADF;
  error = share_begin (server, in, true);
  if (error || offset > INT64_MAX)
    return error ? error : EINVAL;
  n = pwrite (fid->open, bytes, count, offset);
  if (n < 0)
    return errno;
  message_put (out, 4, n);
  return 0;
}

/** share_fsync - what was written shall stay */
int
share_fsync (struct share_server *server, struct message *in,
             struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  const bool only_data = message_get (in, 4);

  (void) out;
  if (!fid || fid->open < 0)
    return EBADF;
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  return (only_data ? fdatasync (fid->open) : fsync (fid->open)) == 0
    ? 0 : errno;
}

/* One entry of a folder; false if there is no room. */
static bool
put_entry (struct message *out, const struct entry *entry)
{
  const size_t length = strlen (entry->name);

  if (out->size - out->at < 1 + 4 + 8 + 8 + 1 + 2 + length)
    return false;
  message_put (out, 1, entry->type == DT_DIR ? P9_QID_FOLDER
               : entry->type == DT_LNK ? P9_QID_LINK : 0);
  message_put (out, 4, 0);
  message_put (out, 8, entry->inode);
  message_put (out, 8, entry->next);
  message_put (out, 1, entry->type);
  message_put_text (out, entry->name, length);
  return true;
}

/** share_readdir - what is in a folder */
int
share_readdir (struct share_server *server, struct message *in,
               struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  const uint64_t offset = message_get (in, 8);
  size_t count = message_get (in, 4);
  const size_t at = out->at;
  struct message entries;
  bool fits = true;

  if (!fid || fid->open < 0)
    return EBADF;
  if (share_begin (server, in, false) != 0 || offset > INT64_MAX)
    return EINVAL;
  message_put (out, 4, 0);
  entries = (struct message) { .bytes = message_room (out, &count) };
  entries.size = count;
  if (lseek (fid->open, offset, SEEK_SET) < 0)
    return errno;
  while (fits)
    {
      _Alignas (struct entry) char buffer[ENTRIES_BYTES];
      const long n = syscall (SYS_getdents64, fid->open, buffer,
                              sizeof buffer);
      long i;

      if (n < 0)
        return errno;
      if (n == 0)
        break;
      for (i = 0; i < n && fits;)
        {
          const struct entry *entry = (const struct entry *) (buffer + i);

          fits = put_entry (&entries, entry);
          i += entry->length;
        }
    }
  /* Not even one: the client's buffer is too small, and it would ask for
     ever. */
  if (!fits && entries.at == 0)
    return EINVAL;
  out->at = at;
  message_put (out, 4, entries.at);
  out->at += entries.at;
  return 0;
}
