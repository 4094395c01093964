/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/session.c - who the client is, and which files it has in hand.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "share/handlers.h"
#include "share/protocol.h"

/** share_version - agree on the protocol and the length of messages */
int
share_version (struct share_server *server, struct message *in,
               struct message *out)
{
  const uint32_t bytes = message_get (in, 4);
  const char *version = "unknown";
  char wanted[MESSAGE_NAME_SIZE];
  const bool readable = message_get_path (in, wanted, sizeof wanted);

  if (share_begin (server, in, false) != 0 || bytes < 4096)
    return EINVAL;
  fids_clear (&server->fids);
  server->message_bytes = bytes < SHARE_MESSAGE_MAX
    ? bytes : SHARE_MESSAGE_MAX;
  if (readable && strcmp (wanted, P9_VERSION) == 0)
    version = P9_VERSION;
  message_put (out, 4, server->message_bytes);
  message_put_text (out, version, strlen (version));
  return 0;
}

/** share_attach - a fid for the folder itself */
int
share_attach (struct share_server *server, struct message *in,
              struct message *out)
{
  const uint32_t number = message_get (in, 4);
  struct stat file;
  int path;

  message_get (in, 4);          /* a fid for permission: there is none */
  message_skip_text (in);       /* the user's name */
  message_skip_text (in);       /* what is to be attached: there is one */
  message_get (in, 4);          /* the user's number */
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  path = fcntl (server->root, F_DUPFD_CLOEXEC, 0);
  if (path < 0 || !fids_add (&server->fids, number, path)
      || fstat (server->root, &file) != 0)
    return errno;
  share_put_qid (out, &file);
  return 0;
}

/** share_walk - from a folder to what is in it */
int
share_walk (struct share_server *server, struct message *in,
            struct message *out)
{
  struct fid *from = share_get_fid (server, in), *other;
  const uint32_t number = message_get (in, 4);
  const unsigned count = message_get (in, 2);
  char names[P9_WALK_MAX][MESSAGE_NAME_SIZE];
  int failed[P9_WALK_MAX], error = 0, path;
  const size_t at = out->at;
  unsigned i;

  if (!from)
    return EBADF;
  if (count > P9_WALK_MAX)
    return EINVAL;
  for (i = 0; i < count; i++)
    failed[i] = share_get_name (in, names[i]);
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  other = fids_find (&server->fids, number);
  /* Only a fid that is not open may be walked away. */
  if ((other && other != from) || (other && from->open >= 0))
    return EBADF;
  path = fcntl (from->path, F_DUPFD_CLOEXEC, 0);
  if (path < 0)
    return errno;
  message_put (out, 2, 0);
  for (i = 0; i < count && !error; i++)
    {
      struct stat file;
      int next = -1;

      if (failed[i])
        error = failed[i];
      else if ((next = share_find (path, names[i])) < 0
               || fstat (next, &file) != 0)
        error = errno;
      if (error)
        {
          if (next >= 0)
            close (next);
          break;
        }
      close (path);
      path = next;
      share_put_qid (out, &file);
    }
  /* The first step has to succeed.  If a later one does not, the client is
     told how many did, and there is no new fid. */
  if (i < count)
    {
      close (path);
      if (i == 0)
        return error;
    }
  else if (other)
    {
      close (from->path);
      from->path = path;
    }
  else if (!fids_add (&server->fids, number, path))
    return errno;
  out->bytes[at] = i;
  return 0;
}

/** share_clunk - a fid is not needed any more */
int
share_clunk (struct share_server *server, struct message *in,
             struct message *out)
{
  struct fid *fid = share_get_fid (server, in);

  (void) out;
  if (!fid)
    return EBADF;
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  fids_remove (&server->fids, fid);
  return 0;
}

/** share_flush - never mind that request */
int
share_flush (struct share_server *server, struct message *in,
             struct message *out)
{
  (void) out;
  message_get (in, 2);
  return share_begin (server, in, false);
}

/** share_lock - locks hold among the programs of the Guest, whose kernel sees to it */
int
share_lock (struct share_server *server, struct message *in,
            struct message *out)
{
  struct fid *fid = share_get_fid (server, in);

  message_get_bytes (in, 1 + 4 + 8 + 8 + 4);
  message_skip_text (in);
  if (!fid)
    return EBADF;
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  message_put (out, 1, P9_LOCK_SUCCESS);
  return 0;
}

/** share_getlock - the same */
int
share_getlock (struct share_server *server, struct message *in,
               struct message *out)
{
  struct fid *fid = share_get_fid (server, in);
  uint64_t start, length;
  uint32_t process;

  message_get (in, 1);
  start = message_get (in, 8);
  length = message_get (in, 8);
  process = message_get (in, 4);
  message_skip_text (in);
  if (!fid)
    return EBADF;
  if (share_begin (server, in, false) != 0)
    return EINVAL;
  message_put (out, 1, P9_LOCK_UNLOCKED);
  message_put (out, 8, start);
  message_put (out, 8, length);
  message_put (out, 4, process);
  message_put_text (out, "", 0);
  return 0;
}
