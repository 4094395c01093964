/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lguest-net-helper.c - a tap on a bridge, for those who may not make one.
 *
 * This is the one program of lguest that may do more than its caller: by the
 * capability CAP_NET_ADMIN, and by nothing else.  So it is small, and trusts
 * nothing that the caller can set: not the environment, not the file
 * descriptors, not its name, not its only argument.  It says nothing itself:
 * the Launcher puts its answer into words.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "net_helper.h"
#include "net_helper_list.h"
#include "net_interface.h"

#define FIRST_FOREIGN_FD 3

/* See net_tap.c. */
#define HOST_MAC_FIRST 0xfe

/* Have no capabilities in force but @effective, and none that could be but
   @permitted.  Nothing is left for programs that we would start. */
static bool
set_capabilities (unsigned permitted, unsigned effective)
{
  struct __user_cap_header_struct header =
    { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  memset (data, 0, sizeof data);
  data[0].permitted = permitted;
  data[0].effective = effective;
  return syscall (SYS_capset, &header, data) == 0;
}

/* Do we have it at all? */
static bool
have_net_admin (void)
{
  struct __user_cap_header_struct header =
    { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  memset (data, 0, sizeof data);
  return syscall (SYS_capget, &header, data) == 0
    && data[0].permitted & 1u << CAP_NET_ADMIN;
}

/* Leave behind what we inherited.  Standard input is the socket; the other
   two are not used, but shall not become something else. */
static bool
forget_caller (void)
{
  const struct rlimit none = { 0, 0 };
  int type;
  socklen_t length = sizeof type;

  if (getsockopt (STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &length) != 0
      || type != SOCK_SEQPACKET)
    return false;
  if (syscall (SYS_close_range, FIRST_FOREIGN_FD, ~0u, 0) != 0)
    {
      long fd, end = sysconf (_SC_OPEN_MAX);

      for (fd = FIRST_FOREIGN_FD; fd < end; fd++)
        close (fd);
    }
  if (fcntl (STDOUT_FILENO, F_GETFD) < 0
      && open ("/dev/null", O_WRONLY) != STDOUT_FILENO)
    return false;
  if (fcntl (STDERR_FILENO, F_GETFD) < 0
      && open ("/dev/null", O_WRONLY) != STDERR_FILENO)
    return false;
  return clearenv () == 0 && chdir ("/") == 0
    && setrlimit (RLIMIT_CORE, &none) == 0
    && prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
    && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool
caller_has_group (gid_t group)
{
  const int count = getgroups (0, NULL);
  gid_t *groups;
  bool found = group == getgid ();
  int i, n;

  if (count <= 0 || found)
    return found;
  groups = calloc (count, sizeof *groups);
  if (!groups)
    return false;
  n = getgroups (count, groups);
  for (i = 0; i < n; i++)
    found = found || groups[i] == group;
  free (groups);
  return found;
}

/* May the caller use this bridge? */
static void
look (const char *bridge, struct net_helper_answer *answer)
{
  struct stat status;
  unsigned line;
  FILE *list;
  const int fd = open (NET_HELPER_LIST,
                       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      answer->result = NET_HELPER_NO_LIST;
      answer->error = errno;
      return;
    }
  if (!S_ISREG (status.st_mode) || status.st_uid != 0
      || status.st_mode & (S_IWGRP | S_IWOTH))
    {
      answer->result = NET_HELPER_UNSAFE_LIST;
      return;
    }
  list = fdopen (fd, "r");
  if (!list)
    {
      answer->result = NET_HELPER_NO_LIST;
      answer->error = errno;
      return;
    }
  answer->result = net_helper_list_look (list, bridge, caller_has_group,
                                         &line);
  if (answer->result == NET_HELPER_BAD_LIST)
    answer->line = line;
  else if (answer->result == NET_HELPER_NO_LIST)
    answer->error = EIO;
  fclose (list);
}

/* Make the tap and attach it.  Returns its file descriptor, or -1. */
static int
make_tap (const char *bridge, struct net_helper_answer *answer)
{
  unsigned char mac[6];
  int fd;

  strcpy (answer->interface, NET_INTERFACE_NEW);
  fd = net_interface_open_tap (answer->interface);
  if (fd < 0)
    {
      answer->result = errno == EPERM ? NET_HELPER_NO_CAPABILITY
        : NET_HELPER_NO_TAP;
      answer->error = errno;
      return -1;
    }
  if (getrandom (mac, sizeof mac, 0) != sizeof mac)
    memset (mac, 1, sizeof mac);
  mac[0] = HOST_MAC_FIRST;
  if (!net_interface_set_mac (answer->interface, mac)
      || !net_interface_attach (answer->interface, bridge)
      || !net_interface_set_up (answer->interface))
    {
      answer->result = NET_HELPER_NO_BRIDGE;
      answer->error = errno;
      close (fd);
      return -1;
    }
  return fd;
}

/* Everything up to the answer. */
static int
serve (const char *bridge, struct net_helper_answer *answer)
{
  const unsigned admin = 1u << CAP_NET_ADMIN;
  int fd;

  if (geteuid () != getuid () || getegid () != getgid ())
    {
      answer->result = NET_HELPER_SET_USER;
      return -1;
    }
  if (!have_net_admin ())
    {
      answer->result = NET_HELPER_NO_CAPABILITY;
      return -1;
    }
  /* To read the list, we need nothing. */
  if (!set_capabilities (admin, 0))
    {
      answer->result = NET_HELPER_NO_CAPABILITY;
      answer->error = errno;
      return -1;
    }
  if (!net_interface_name_is_good (bridge))
    {
      answer->result = NET_HELPER_NAME;
      return -1;
    }
  look (bridge, answer);
  if (answer->result != NET_HELPER_DONE)
    return -1;
  if (!set_capabilities (admin, admin))
    {
      answer->result = NET_HELPER_NO_CAPABILITY;
      answer->error = errno;
      return -1;
    }
  fd = make_tap (bridge, answer);
  if (!set_capabilities (0, 0))
    abort ();
  return fd;
}

static bool
send_answer (const struct net_helper_answer *answer, int fd)
{
  struct iovec buffer =
    { .iov_base = (void *) answer, .iov_len = sizeof *answer };
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control;
  struct msghdr message = { .msg_iov = &buffer, .msg_iovlen = 1 };

  if (fd >= 0)
    {
      memset (&control, 0, sizeof control);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof fd);
      memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
      message.msg_control = &control;
      message.msg_controllen = sizeof control;
    }
  return sendmsg (STDIN_FILENO, &message, MSG_NOSIGNAL) == sizeof *answer;
}

int
main (int argc, char **argv)
{
  struct net_helper_answer answer;
  int fd;

  if (argc == 2 && strcmp (argv[1], "--version") == 0)
    return puts ("lguest-net-helper (lguest) " VERSION) < 0;
  /* "--", so that no bridge is taken for an option. */
  if (argc != 3 || strcmp (argv[1], "--") != 0 || !forget_caller ())
    {
      fputs ("lguest-net-helper: lguest starts this when it needs it;"
             " see lguest-net-helper(8)\n", stderr);
      return 2;
    }
  memset (&answer, 0, sizeof answer);
  fd = serve (argv[2], &answer);
  return send_answer (&answer, fd) && answer.result == NET_HELPER_DONE
    ? EXIT_SUCCESS : EXIT_FAILURE;
}
