/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/net_backend.h - where a network device's frames go to in the Host.
 *
 * A frame is what goes over an Ethernet, from the destination address to the
 * end of the data.  Before each frame, here, comes a struct
 * virtio_net_hdr_v1.
 */
#ifndef DEVICES_NET_BACKEND_H
#define DEVICES_NET_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The largest IP packet, in a frame with two VLAN tags, and its header. */
#define NET_HEADER_BYTES 12
#define NET_FRAME_MAX (65535 + 14 + 8)
#define NET_BUFFER_BYTES (NET_HEADER_BYTES + NET_FRAME_MAX)

#define NET_NAME_SIZE 64

enum net_sent
{
  NET_SENT,
  NET_LATER,                    /* there is no room now */
  NET_REFUSED,                  /* it does not want this frame */
  NET_GONE,                     /* there is nobody any more */
};

/**
 * struct net_backend - the Host's end
 * @fd: does not block; ready to read when a frame has come
 * @name: for messages
 * @offloads: checksums and segments may be left to it, and are left to us
 * @receive: one frame with its header into a buffer of NET_BUFFER_BYTES.
 *   Returns how many bytes; 0: no frame now; -1: there is nobody any more
 * @send: a frame with its header, in pieces, the first of which is the
 *   header; the pieces are not changed
 * @set_offloads: what the Guest can receive: VIRTIO_NET_F_ bits; may be NULL
 * @set_carrier: the Guest's end is up or down; may be NULL
 */
struct net_backend
{
  int fd;
  char name[NET_NAME_SIZE];
  bool offloads;
  ssize_t (*receive) (struct net_backend *backend, uint8_t *buffer);
  enum net_sent (*send) (struct net_backend *backend,
                         const struct iovec *pieces, unsigned count);
  void (*set_offloads) (struct net_backend *backend, uint64_t features);
  void (*set_carrier) (struct net_backend *backend, bool up);
};

#endif /* DEVICES_NET_BACKEND_H */
