/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_interface.c - network interfaces of the Host.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if_arp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <linux/sockios.h>

#include "net_interface.h"

/** net_interface_name_is_good - could the kernel know an interface by it? */
bool
net_interface_name_is_good (const char *name)
{
  const size_t length = strnlen (name, IFNAMSIZ);
  size_t i;

  if (length == 0 || length == IFNAMSIZ || strcmp (name, ".") == 0
      || strcmp (name, "..") == 0)
    return false;
  for (i = 0; i < length; i++)
    {
      const unsigned char c = name[i];

      if (!isascii (c) || !isgraph (c) || c == '/' || c == ':' || c == '%')
        return false;
    }
  return true;
}

/**
 * net_interface_open_tap - make a tap interface, or open one that is there
 * @name: its name, or NET_INTERFACE_NEW; replaced by the real one
 *
 * Returns a file descriptor, or -1 with errno set.  An interface that was
 * made goes away with the descriptor.
 */
int
net_interface_open_tap (char name[IFNAMSIZ])
{
  struct ifreq request;
  int fd = open ("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0)
    return -1;
  memset (&request, 0, sizeof request);
  memcpy (request.ifr_name, name, strnlen (name, IFNAMSIZ - 1));
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl (fd, TUNSETIFF, &request) != 0)
    {
      const int error = errno;

      close (fd);
      errno = error;
      return -1;
    }
  memcpy (name, request.ifr_name, IFNAMSIZ);
  name[IFNAMSIZ - 1] = '\0';
  return fd;
}

/* One of the many things that an ioctl() on any socket of @family does to
   the interface whose name is in *@request. */
static bool
configure (int family, unsigned long what, const char *name,
           struct ifreq *request)
{
  const int fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int error = 0;

  if (fd < 0)
    return false;
  memcpy (request->ifr_name, name, strnlen (name, IFNAMSIZ - 1));
  if (ioctl (fd, what, request) != 0)
    error = errno;
  close (fd);
  errno = error;
  return error == 0;
}

/** net_interface_is_up - false also if it is not known */
bool
net_interface_is_up (const char *name)
{
  struct ifreq request;

  memset (&request, 0, sizeof request);
  return configure (AF_UNIX, SIOCGIFFLAGS, name, &request)
    && request.ifr_flags & IFF_UP;
}

bool
net_interface_set_up (const char *name)
{
  struct ifreq request;

  memset (&request, 0, sizeof request);
  if (!configure (AF_UNIX, SIOCGIFFLAGS, name, &request))
    return false;
  if (request.ifr_flags & IFF_UP)
    return true;
  request.ifr_flags |= IFF_UP;
  return configure (AF_UNIX, SIOCSIFFLAGS, name, &request);
}

bool
net_interface_set_mtu (const char *name, unsigned mtu)
{
  struct ifreq request;

  memset (&request, 0, sizeof request);
  request.ifr_mtu = mtu;
  return configure (AF_UNIX, SIOCSIFMTU, name, &request);
}

bool
net_interface_set_mac (const char *name, const unsigned char mac[6])
{
  struct ifreq request;

  memset (&request, 0, sizeof request);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  memcpy (request.ifr_hwaddr.sa_data, mac, 6);
  return configure (AF_UNIX, SIOCSIFHWADDR, name, &request);
}

bool
net_interface_set_address (const char *name, struct in_addr address,
                           unsigned prefix)
{
  struct sockaddr_in socket_address;
  struct ifreq request;

  memset (&socket_address, 0, sizeof socket_address);
  socket_address.sin_family = AF_INET;
  socket_address.sin_addr = address;
  memset (&request, 0, sizeof request);
  memcpy (&request.ifr_addr, &socket_address, sizeof socket_address);
  if (!configure (AF_INET, SIOCSIFADDR, name, &request))
    return false;
  socket_address.sin_addr.s_addr
    = htonl ((uint32_t) (UINT64_MAX << (32 - prefix)));
  memset (&request, 0, sizeof request);
  memcpy (&request.ifr_netmask, &socket_address, sizeof socket_address);
  return configure (AF_INET, SIOCSIFNETMASK, name, &request);
}

/* Is the interface a port of that bridge already? */
static bool
is_attached (const char *name, const char *bridge)
{
  char link[64], master[PATH_MAX];
  const char *base;
  ssize_t n;

  snprintf (link, sizeof link, "/sys/class/net/%.15s/master", name);
  n = readlink (link, master, sizeof master - 1);
  if (n <= 0)
    return false;
  master[n] = '\0';
  base = strrchr (master, '/');
  return base && strcmp (base + 1, bridge) == 0;
}

bool
net_interface_attach (const char *name, const char *bridge)
{
  struct ifreq request;

  memset (&request, 0, sizeof request);
  request.ifr_ifindex = if_nametoindex (name);
  if (request.ifr_ifindex == 0)
    return false;
  if (configure (AF_UNIX, SIOCBRADDIF, bridge, &request))
    return true;
  if (errno == EBUSY && is_attached (name, bridge))
    return true;
  return false;
}
