/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tapfd.c - open a tap, and start a program that inherits it.
 *
 * tapfd INTERFACE FD plain|headers PROGRAM [ARGUMENT]...
 * With "plain" the tap has no header before each frame.
 *
 * tapfd INTERFACE UID owner
 * Make a tap that stays, and that this user may open.
 */
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>

int
main (int argc, char **argv)
{
  struct ifreq request;
  int fd;

  const int give = argc == 4 && strcmp (argv[3], "owner") == 0;

  if (argc < 5 && !give)
    return 125;
  memset (&request, 0, sizeof request);
  strncpy (request.ifr_name, argv[1], IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI
    | (strcmp (argv[3], "headers") == 0 ? IFF_VNET_HDR : 0);
  fd = open ("/dev/net/tun", O_RDWR);
  if (give && fd >= 0 && ioctl (fd, TUNSETIFF, &request) == 0
      && ioctl (fd, TUNSETOWNER, atoi (argv[2])) == 0
      && ioctl (fd, TUNSETPERSIST, 1) == 0)
    return 0;
  if (give || fd < 0 || ioctl (fd, TUNSETIFF, &request) != 0
      || dup2 (fd, atoi (argv[2])) < 0)
    {
      perror ("tapfd");
      return 125;
    }
  if (fd != atoi (argv[2]))
    close (fd);
  execvp (argv[4], argv + 4);
  perror (argv[4]);
  return 125;
}
