/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/net_tap.c - frames go to a tap interface of the Host.
 *
 * The kernel's tap knows the same header before a frame as virtio: it
 * computes checksums and makes segments, and leaves us those of frames to the
 * Guest.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#include "devices/net_tap.h"
#include "i18n.h"
#include "log.h"
#include "net_helper_client.h"
#include "net_interface.h"

/* The first byte of the address of the Host's end: a bridge takes over the
   lowest address of its ports, and shall never take ours. */
#define HOST_MAC_FIRST 0xfe

static ssize_t
receive (struct net_backend *backend, uint8_t *buffer)
{
  const size_t skip = backend->offloads ? 0 : NET_HEADER_BYTES;
  const ssize_t n = read (backend->fd, buffer + skip,
                          NET_BUFFER_BYTES - skip);

  if (n < 0)
    /* Without the interface there is EBADFD. */
    return errno == EAGAIN || errno == EINTR || errno == ENOMEM ? 0 : -1;
  memset (buffer, 0, skip);
  return n == 0 ? 0 : (ssize_t) (n + skip);
}

static enum net_sent
send_frame (struct net_backend *backend, const struct iovec *pieces,
            unsigned count)
{
  struct iovec first;
  ssize_t n;

  if (backend->offloads)
    n = writev (backend->fd, pieces, count);
  else
    {
      /* The same without the header. */
      struct iovec rest[count];

      memcpy (rest, pieces, count * sizeof *rest);
      first = pieces[0];
      rest[0].iov_base = (uint8_t *) first.iov_base + NET_HEADER_BYTES;
      rest[0].iov_len = first.iov_len - NET_HEADER_BYTES;
      n = writev (backend->fd, rest, count);
    }
  if (n >= 0)
    return NET_SENT;
  switch (errno)
    {
    case EAGAIN:
    case EINTR:
      return NET_LATER;
    case EBADFD:
      return NET_GONE;
    default:
      /* The interface is down, or the frame is not to the kernel's taste. */
      return NET_REFUSED;
    }
}

static void
set_offloads (struct net_backend *backend, uint64_t features)
{
  static const struct
  {
    unsigned feature;
    unsigned flag;
  } all[] =
  {
    { VIRTIO_NET_F_GUEST_CSUM, TUN_F_CSUM },
    { VIRTIO_NET_F_GUEST_TSO4, TUN_F_TSO4 },
    { VIRTIO_NET_F_GUEST_TSO6, TUN_F_TSO6 },
    { VIRTIO_NET_F_GUEST_ECN, TUN_F_TSO_ECN },
  };
  unsigned flags = 0;
  size_t i;

  if (backend->offloads && features >> VIRTIO_NET_F_GUEST_CSUM & 1)
    for (i = 0; i < sizeof all / sizeof *all; i++)
      if (features >> all[i].feature & 1)
        flags |= all[i].flag;
  if (ioctl (backend->fd, TUNSETOFFLOAD, flags) != 0)
    log_verbose (_("tap %s: cannot set offloads: %s"), backend->name,
                 strerror (errno));
}

static void
set_carrier (struct net_backend *backend, bool up)
{
  int carrier = up;

  /* Kernels before 4.19 do not know it: we drop the frames ourselves. */
  ioctl (backend->fd, TUNSETCARRIER, &carrier);
}

/* Say why there is no tap; errno is set. */
static bool
fail_open (const struct tap_settings *settings, struct failure *failure)
{
  const char *name = settings->interface ? settings->interface : "";

  switch (errno)
    {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return fail (failure, STATUS_ERROR,
                   _("there is no /dev/net/tun: load the module tun"
                     " (modprobe tun)"));
    case EPERM:
    case EACCES:
      if (settings->interface)
        return fail (failure, STATUS_ERROR,
                     _("no permission to use tap %s: have root make it for"
                       " you (ip tuntap add %s mode tap user NAME), or use"
                       " --net=user"), name, name);
      return fail (failure, STATUS_ERROR,
                   _("no permission to make a tap: name one that is yours"
                     " (--net=tap:NAME), name a bridge that"
                     " lguest-net-helper may use, or use --net=user"));
    case EBUSY:
      return fail (failure, STATUS_ERROR,
                   _("tap %s is in use by another guest"), name);
    case EINVAL:
      return fail (failure, STATUS_ERROR,
                   _("%s is not a tap interface that lguest can use"), name);
    default:
      return fail (failure, STATUS_ERROR, _("cannot open tap %s: %s"), name,
                   strerror (errno));
    }
}

/* Use the tap that we were given.  Its name is found. */
static bool
take_fd (struct net_backend *backend, int fd, char name[IFNAMSIZ],
         struct failure *failure)
{
  struct ifreq request;
  const int flags = fcntl (fd, F_GETFL);

  memset (&request, 0, sizeof request);
  if (flags < 0 || ioctl (fd, TUNGETIFF, &request) != 0
      || (request.ifr_flags & (IFF_TAP | IFF_NO_PI)) != (IFF_TAP | IFF_NO_PI))
    return fail (failure, STATUS_ERROR,
                 _("file descriptor %d is no tap without packet"
                   " information"), fd);
  if (fcntl (fd, F_SETFL, flags | O_NONBLOCK) != 0
      || fcntl (fd, F_SETFD, FD_CLOEXEC) != 0)
    return fail (failure, STATUS_ERROR, _("cannot use file descriptor %d:"
                                          " %s"), fd, strerror (errno));
  backend->fd = fd;
  backend->offloads = request.ifr_flags & IFF_VNET_HDR;
  memcpy (name, request.ifr_name, IFNAMSIZ);
  name[IFNAMSIZ - 1] = '\0';
  return true;
}

/* Tell the kernel how long our headers are. */
static bool
set_header (struct net_backend *backend, struct failure *failure)
{
  int bytes = NET_HEADER_BYTES;

  if (backend->offloads
      && ioctl (backend->fd, TUNSETVNETHDRSZ, &bytes) != 0)
    return fail (failure, STATUS_ERROR, _("cannot set up tap %s: %s"),
                 backend->name, strerror (errno));
  /* Not before the Guest says that it can; a tap that stays remembers what
     the last Guest could. */
  set_offloads (backend, 0);
  return true;
}

static bool
attach (const struct net_backend *backend, const char *bridge,
        struct failure *failure)
{
  if (net_interface_attach (backend->name, bridge))
    return true;
  switch (errno)
    {
    case ENODEV:
      return fail (failure, STATUS_ERROR,
                   _("there is no bridge %s: make one (ip link add %s type"
                     " bridge)"), bridge, bridge);
    case EOPNOTSUPP:
    case EINVAL:
    case ENOTTY:
      return fail (failure, STATUS_ERROR, _("%s is no bridge"), bridge);
    default:
      return fail (failure, STATUS_ERROR,
                   _("cannot attach tap %s to bridge %s: %s"), backend->name,
                   bridge, strerror (errno));
    }
}

/* What only root can do with an interface. */
static bool
set_up (struct net_backend *backend, const struct tap_settings *settings,
        bool is_new, struct failure *failure)
{
  const char *name = backend->name;

  if (is_new)
    {
      struct mac_address mac = settings->mac;

      mac.bytes[0] = HOST_MAC_FIRST;
      if (!net_interface_set_mac (name, mac.bytes))
        return fail (failure, STATUS_ERROR, _("cannot set up tap %s: %s"),
                     name, strerror (errno));
    }
  if (settings->mtu && is_new && !net_interface_set_mtu (name, settings->mtu))
    return fail (failure, STATUS_ERROR,
                 _("cannot give tap %s packets of %u bytes: %s"), name,
                 settings->mtu, strerror (errno));
  if (settings->bridge && !attach (backend, settings->bridge, failure))
    return false;
  if (settings->prefix
      && !net_interface_set_address (name, settings->address,
                                     settings->prefix))
    return fail (failure, STATUS_ERROR,
                 _("cannot give tap %s its address: %s"), name,
                 strerror (errno));
  if (net_interface_set_up (name))
    return true;
  if (is_new)
    return fail (failure, STATUS_ERROR, _("cannot start tap %s: %s"), name,
                 strerror (errno));
  log_message (_("tap %s is down, and we may not start it: no frames pass"
                 " before that"), name);
  return true;
}

/**
 * net_tap_open - make or open a tap interface, and set it up
 * @backend: all zero before
 */
bool
net_tap_open (struct net_backend *backend,
              const struct tap_settings *settings, struct failure *failure)
{
  char name[IFNAMSIZ] = NET_INTERFACE_NEW;
  bool is_new = false, is_done = false;

  if (settings->interface)
    {
      if (!net_interface_name_is_good (settings->interface))
        return fail (failure, STATUS_USAGE,
                     _("\"%s\" is no name for a network interface"),
                     settings->interface);
      memcpy (name, settings->interface, strlen (settings->interface) + 1);
    }
  if (settings->fd >= 0)
    {
      if (!take_fd (backend, settings->fd, name, failure))
        return false;
    }
  else
    {
      is_new = !settings->interface || if_nametoindex (name) == 0;
      backend->offloads = true;
      backend->fd = net_interface_open_tap (name);
      if (backend->fd < 0 && errno == EPERM && settings->bridge
          && !settings->interface && !settings->prefix)
        {
          /* We may not, but there is somebody who may. */
          if (!net_helper_get_tap (settings->bridge, &backend->fd, name,
                                   failure))
            return false;
          is_done = true;
        }
      else if (backend->fd < 0)
        return fail_open (settings, failure);
    }
  memcpy (backend->name, name, sizeof name);
  backend->receive = receive;
  backend->send = send_frame;
  backend->set_offloads = set_offloads;
  backend->set_carrier = set_carrier;
  return set_header (backend, failure)
    && (is_done || set_up (backend, settings, is_new, failure));
}
