/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/server.c - serve a folder by 9P2000.L.
 *
 * The client is hostile.  What it may not do, and why it cannot:
 *
 * - leave the folder: there are no paths.  Each step of a walk is one name in
 *   one folder that is open already, "/" and ".." are no names, links are not
 *   followed (the Guest follows them itself, in its own tree), and other
 *   file systems that are mounted inside are not entered (openat2).
 * - gain from a race: a fid holds the file, not its name, and what kind of
 *   file it is we ask of that.
 * - reach the Host's devices: only files and folders are ever opened, and only
 *   those, links and fifos are made.
 * - make programs that give others rights: setuid and setgid bits are not set.
 *
 * Everything else the Host's kernel decides, by the user we run as.
 *
 * The system calls that all this needs are those of CONFINE_SHARE and
 * CONFINE_SHARE_CHANGE in confine/calls.c.
 */
#include <config.h>

/*D:350 A folder that both can see
 *
 * A disk belongs to one kernel, as two that write to it do not know of each
 * other.  A folder of the Host that the Guest can see as well is a different
 * thing: there the Guest asks "what is in there?", "open that", "give me a
 * piece", and we do it for it.  The language of these questions is 9P, and it
 * came from Plan 9, where everything was a file, other machines, too.
 *
 * It is the most dangerous device of all, since what it serves is real.  So
 * there is not one path in the protocol's server, and nothing in it that could
 * become one: the Guest walks from folder to folder, by one name at a time,
 * and each thing that it holds is a file descriptor that we have opened.
 * ".." is no name.  And the thread that does all this may make other system
 * calls than any other of ours.  :*
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "i18n.h"
#include "share/handlers.h"
#include "share/protocol.h"

/* Each fid has two descriptors at most.  We leave some for all else. */
#define DESCRIPTORS_WANTED 16384
#define DESCRIPTORS_KEPT 256
#define FIDS_MAX 4096

/* Length, type, tag, errno. */
#define ERROR_BYTES 11

static share_handler *const handlers[256] =
{
  [P9_TVERSION] = share_version,
  [P9_TATTACH] = share_attach,
  [P9_TWALK] = share_walk,
  [P9_TCLUNK] = share_clunk,
  [P9_TFLUSH] = share_flush,
  [P9_TLOPEN] = share_lopen,
  [P9_TLCREATE] = share_lcreate,
  [P9_TREAD] = share_read,
  [P9_TWRITE] = share_write,
  [P9_TFSYNC] = share_fsync,
  [P9_TREADDIR] = share_readdir,
  [P9_TGETATTR] = share_getattr,
  [P9_TSETATTR] = share_setattr,
  [P9_TSTATFS] = share_statfs,
  [P9_TREADLINK] = share_readlink,
  [P9_TSYMLINK] = share_symlink,
  [P9_TMKNOD] = share_mknod,
  [P9_TMKDIR] = share_mkdir,
  [P9_TLINK] = share_link,
  [P9_TRENAMEAT] = share_renameat,
  [P9_TUNLINKAT] = share_unlinkat,
  [P9_TLOCK] = share_lock,
  [P9_TGETLOCK] = share_getlock,
};

/**
 * share_server_handle - do what a client asks for
 * @request, @bytes: what it says
 * @answer, @room: where the answer goes
 *
 * Returns the answer's length; 0 if that was no request, or there is not even
 * room to say that something went wrong.
 */
size_t
share_server_handle (struct share_server *server, uint8_t *request,
                     size_t bytes, uint8_t *answer, size_t room)
{
  struct message in = { .bytes = request, .size = bytes };
  struct message out = { .bytes = answer };
  const uint32_t length = message_get (&in, 4);
  const unsigned type = message_get (&in, 1);
  const uint16_t tag = message_get (&in, 2);
  int error = EOPNOTSUPP;
  size_t end;

  if (in.bad || length != bytes || room < ERROR_BYTES)
    return 0;
  out.size = room < server->message_bytes ? room : server->message_bytes;
  message_put (&out, 4, 0);
  message_put (&out, 1, type + 1);
  message_put (&out, 2, tag);
  if (bytes > server->message_bytes)
    error = EMSGSIZE;
  else if (handlers[type])
    error = handlers[type] (server, &in, &out);
  if (!error && !message_fits (&out))
    error = EMSGSIZE;
  if (error)
    {
      out.bad = false;
      out.at = 4;
      message_put (&out, 1, P9_RLERROR);
      message_put (&out, 2, tag);
      message_put (&out, 4, error);
      if (!message_fits (&out))
        return 0;
    }
  end = out.at;
  out.at = 0;
  message_put (&out, 4, end);
  return end;
}

/* How many fids there may be, so that descriptors are left for all else. */
static unsigned
fids_limit (void)
{
  struct rlimit limit;
  rlim_t left;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 0;
  if (limit.rlim_cur < DESCRIPTORS_WANTED)
    {
      limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED
        ? limit.rlim_max : DESCRIPTORS_WANTED;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
  left = limit.rlim_cur > DESCRIPTORS_KEPT
    ? (limit.rlim_cur - DESCRIPTORS_KEPT) / 4 : 0;
  return left < FIDS_MAX ? left : FIDS_MAX;
}

/**
 * share_server_open - the folder has to be there
 * @server: all zero
 */
bool
share_server_open (struct share_server *server, const char *folder,
                   bool read_only, struct failure *failure)
{
  server->root = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (server->root < 0)
    return fail (failure, STATUS_ERROR, _("cannot share %s: %s"), folder,
                 strerror (errno));
  server->descriptors = open ("/proc/self/fd",
                              O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (server->descriptors < 0)
    return fail (failure, STATUS_ERROR, _("cannot share %s without %s: %s"),
                 folder, "/proc/self/fd", strerror (errno));
  server->read_only = read_only;
  server->fids.limit = fids_limit ();
  server->message_bytes = SHARE_MESSAGE_MAX;
  return true;
}
