/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * askhelper.c - talk to lguest-net-helper, as nobody else would.
 *
 * askhelper HELPER [ARGUMENT]...
 * Prints "status STATUS result RESULT line LINE fd yes|no NAME", or
 * "status STATUS silent".  The environment is passed on.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCONFDIR ""
#define PKGLIBEXECDIR ""
#include "../../../src/net_helper.h"

int
main (int argc, char **argv)
{
  struct net_helper_answer answer;
  struct iovec buffer = { &answer, sizeof answer };
  char control[256];
  struct msghdr message =
    { .msg_iov = &buffer, .msg_iovlen = 1, .msg_control = control,
      .msg_controllen = sizeof control };
  int ends[2], status = 0;
  ssize_t n;
  pid_t pid;

  if (argc < 2 || socketpair (AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
    return 125;
  memset (&answer, 0, sizeof answer);
  pid = fork ();
  if (pid == 0)
    {
      dup2 (ends[1], 0);
      close (ends[0]);
      close (ends[1]);
      /* It has to cope with that. */
      close (1);
      execv (argv[1], argv + 1);
      _exit (127);
    }
  close (ends[1]);
  n = recvmsg (ends[0], &message, 0);
  waitpid (pid, &status, 0);
  if (n != sizeof answer)
    printf ("status %d silent\n", WEXITSTATUS (status));
  else
    printf ("status %d result %u line %u fd %s %.15s\n",
            WEXITSTATUS (status), answer.result, answer.line,
            CMSG_FIRSTHDR (&message) ? "yes" : "no", answer.interface);
  return 0;
}
