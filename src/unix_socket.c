/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unix_socket.c - sockets with names.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "i18n.h"
#include "unix_socket.h"

#define LISTEN_QUEUE 16

/* A socket stays behind when its owner is killed: remove it then, but nothing
   else and nobody else's.  True if there is nothing now. */
static bool
remove_stale (const struct sockaddr_un *address)
{
  struct stat status;
  bool stale;
  int fd;

  if (lstat (address->sun_path, &status) != 0)
    return errno == ENOENT;
  if (!S_ISSOCK (status.st_mode))
    return false;
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return false;
  stale = connect (fd, (const struct sockaddr *) address, sizeof *address)
    != 0 && errno == ECONNREFUSED;
  close (fd);
  return stale && unlink (address->sun_path) == 0;
}

/**
 * unix_socket_listen - make one that others can connect to
 * @mode: who may, as for a file
 *
 * A socket of that name that nobody listens at any more is replaced.  Returns
 * a file descriptor that does not block, or -1 with @failure filled in.
 */
int
unix_socket_listen (const char *path, mode_t mode, struct failure *failure)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd, error;

  if (strlen (path) >= sizeof address.sun_path)
    {
      fail (failure, STATUS_ERROR,
            _("%s: the name of a socket can be %d bytes long at most; use a"
              " folder with a shorter name"), path,
            (int) sizeof address.sun_path - 1);
      return -1;
    }
  strcpy (address.sun_path, path);
  if (!remove_stale (&address))
    {
      fail (failure, STATUS_ERROR, _("cannot make socket %s: something of"
                                     " this name is in use"), path);
      return -1;
    }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* Nobody can connect before it listens, and then the mode is right. */
  if (fd < 0
      || bind (fd, (struct sockaddr *) &address, sizeof address) != 0
      || chmod (path, mode) != 0
      || listen (fd, LISTEN_QUEUE) != 0)
    {
      error = errno;
      fail (failure, STATUS_ERROR, _("cannot make socket %s: %s"), path,
            strerror (error));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}
