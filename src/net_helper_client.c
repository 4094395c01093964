/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_helper_client.c - a tap from lguest-net-helper.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "i18n.h"
#include "net_helper.h"
#include "net_helper_client.h"
#include "net_interface.h"

/* Receive the answer, and the file descriptor if there is one. */
static bool
receive_answer (int socket, struct net_helper_answer *answer, int *fd)
{
  struct iovec buffer =
    { .iov_base = answer, .iov_len = sizeof *answer };
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control;
  struct msghdr message =
    {
      .msg_iov = &buffer,
      .msg_iovlen = 1,
      .msg_control = &control,
      .msg_controllen = sizeof control,
    };
  struct cmsghdr *header;
  ssize_t n;

  *fd = -1;
  do
    n = recvmsg (socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n != sizeof *answer)
    return false;
  header = CMSG_FIRSTHDR (&message);
  if (header && header->cmsg_level == SOL_SOCKET
      && header->cmsg_type == SCM_RIGHTS
      && header->cmsg_len == CMSG_LEN (sizeof (int)))
    memcpy (fd, CMSG_DATA (header), sizeof *fd);
  answer->interface[IFNAMSIZ - 1] = '\0';
  return true;
}

/* Say what the helper said. */
static bool
explain (const struct net_helper_answer *answer, const char *bridge,
         struct failure *failure)
{
  switch (answer->result)
    {
    case NET_HELPER_NAME:
      return fail (failure, STATUS_USAGE,
                   _("\"%s\" is no name for a network interface"), bridge);
    case NET_HELPER_SET_USER:
      return fail (failure, STATUS_ERROR,
                   _("%s is set-uid or set-gid, and must not be: give it"
                     " the capability (setcap cap_net_admin=ep)"),
                   NET_HELPER_PROGRAM);
    case NET_HELPER_NO_LIST:
      return fail (failure, STATUS_ERROR,
                   _("no permission to use bridges: cannot read %s: %s"),
                   NET_HELPER_LIST, strerror (answer->error));
    case NET_HELPER_UNSAFE_LIST:
      return fail (failure, STATUS_ERROR,
                   _("no permission to use bridges: %s must be a file that"
                     " only root may write"), NET_HELPER_LIST);
    case NET_HELPER_BAD_LIST:
      return fail (failure, STATUS_ERROR,
                   _("no permission to use bridges: %s:%u: this line is not"
                     " \"allow BRIDGE [GROUP]\""), NET_HELPER_LIST,
                   answer->line);
    case NET_HELPER_REFUSED:
      return fail (failure, STATUS_ERROR,
                   _("no permission to use bridge %s: %s does not allow it"
                     " to you"), bridge, NET_HELPER_LIST);
    case NET_HELPER_NO_CAPABILITY:
      return fail (failure, STATUS_ERROR,
                   _("%s lacks its capability: as root, say"
                     " setcap cap_net_admin=ep %s"), NET_HELPER_PROGRAM,
                   NET_HELPER_PROGRAM);
    case NET_HELPER_NO_TAP:
      return fail (failure, STATUS_ERROR, _("cannot open tap %s: %s"), "",
                   strerror (answer->error));
    case NET_HELPER_NO_BRIDGE:
      if (answer->error == ENODEV)
        return fail (failure, STATUS_ERROR,
                     _("there is no bridge %s: make one (ip link add %s type"
                       " bridge)"), bridge, bridge);
      return fail (failure, STATUS_ERROR,
                   _("cannot attach tap %s to bridge %s: %s"),
                   answer->interface, bridge, strerror (answer->error));
    default:
      return fail (failure, STATUS_ERROR,
                   _("%s said what lguest does not understand; are both of"
                     " the same version?"), NET_HELPER_PROGRAM);
    }
}

/**
 * net_helper_get_tap - have the helper make a tap on a bridge
 * @name: of the tap
 */
bool
net_helper_get_tap (const char *bridge, int *fd, char name[IFNAMSIZ],
                    struct failure *failure)
{
  char *arguments[] =
    { (char *) NET_HELPER_PROGRAM, (char *) "--", (char *) bridge, NULL };
  struct net_helper_answer answer;
  struct child_fd child_fd = { .child = STDIN_FILENO };
  int ends[2];
  bool answered;
  pid_t pid;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail (failure, STATUS_ERROR, _("cannot start %s: %s"),
                 NET_HELPER_PROGRAM, strerror (errno));
  child_fd.ours = ends[1];
  if (!child_start (&pid, NET_HELPER_PROGRAM, arguments, &child_fd, 1))
    {
      const int error = errno;

      close (ends[0]);
      close (ends[1]);
      if (error == ENOENT)
        return fail (failure, STATUS_ERROR,
                     _("no permission to make a tap, and %s is not"
                       " installed"), NET_HELPER_PROGRAM);
      return fail (failure, STATUS_ERROR, _("cannot start %s: %s"),
                   NET_HELPER_PROGRAM, strerror (error));
    }
  close (ends[1]);
  answered = receive_answer (ends[0], &answer, fd);
  close (ends[0]);
  child_wait (pid);
  if (!answered)
    {
      if (*fd >= 0)
        close (*fd);
      return fail (failure, STATUS_ERROR, _("%s did not answer"),
                   NET_HELPER_PROGRAM);
    }
  if (answer.result != NET_HELPER_DONE || *fd < 0)
    {
      if (*fd >= 0)
        close (*fd);
      return explain (&answer, bridge, failure);
    }
  memcpy (name, answer.interface, IFNAMSIZ);
  return true;
}
