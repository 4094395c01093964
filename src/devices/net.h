/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/net.h - a network card for the Guest.
 */
#ifndef DEVICES_NET_H
#define DEVICES_NET_H

#include <pthread.h>

#include <linux/virtio_net.h>

#include "devices/net_backend.h"
#include "devices/virtio_pci.h"
#include "failure.h"
#include "mac_address.h"
#include "rate_limit.h"

/**
 * struct net_direction - what passed in one direction
 * @packets, @bytes: frames that passed, and their bytes
 * @drops: frames left out because they may not pass, or nobody was there
 * @errors: frames left out because something was wrong with them
 */
struct net_direction
{
  uint64_t packets;
  uint64_t bytes;
  uint64_t drops;
  uint64_t errors;
};

/**
 * struct net_counters - what passed, as the Guest sees it
 * @received, @sent: to and from the Guest
 * @foreign: of @sent.drops, those with another source address than the
 *   card's (see net_settings.locked)
 */
struct net_counters
{
  struct net_direction received;
  struct net_direction sent;
  uint64_t foreign;
};

/**
 * struct net_settings - what the user wants of a card
 * @mac: its address
 * @locked: only frames from this address may leave the Guest
 * @no_offloads: the Guest computes checksums and makes segments itself
 * @mtu: largest packet that the Guest shall send, or 0
 * @unplugged: the cable is not in at first
 * @bytes_per_second: the most, for each direction, or 0
 */
struct net_settings
{
  struct mac_address mac;
  bool locked;
  bool no_offloads;
  unsigned mtu;
  bool unplugged;
  uint64_t bytes_per_second;
};

/**
 * struct net_start - what a frame from the Guest begins with
 * @header: what to do with it
 * @destination, @source, @type: the header of an Ethernet frame
 */
struct net_start
{
  struct virtio_net_hdr_v1 header;
  uint8_t destination[MAC_ADDRESS_BYTES];
  uint8_t source[MAC_ADDRESS_BYTES];
  uint8_t type[2];
};

/**
 * struct net_filled - a chain that holds a part of a frame to the Guest
 * @head: its name
 * @bytes: of the frame in it
 */
struct net_filled
{
  uint16_t head;
  uint32_t bytes;
};

/**
 * struct net - the device
 * @device: on the bus; its lock guards all but @thread, @bell, @poll
 * @backend: where frames go
 * @settings: see there
 * @thread: does all the work
 * @bell: an eventfd that wakes it
 * @life: device.life when the thread last looked
 * @link: the cable is in, as far as the user is concerned
 * @gone: the back end is not there any more
 * @counters: see there
 * @receive_limit, @send_limit: from settings.bytes_per_second
 * @frame: a frame for the Guest with its header, of @frame_bytes, of which
 *   @frame_done are in its buffers; nothing if @frame_bytes is 0
 * @filled, @filled_count: these buffers
 * @number: where in them the two bytes are that will say how many they are
 * @chain: the frame from the Guest that is just being sent
 * @start: of that frame; a copy
 * @chain_waits: @chain could not be sent
 * @told_foreign: the user was told of frames with foreign addresses
 */
struct net
{
  struct virtio_device device;
  struct net_backend *backend;
  struct net_settings settings;
  pthread_t thread;
  int bell;
  unsigned life;
  bool link;
  bool gone;
  struct net_counters counters;
  struct rate_limit receive_limit;
  struct rate_limit send_limit;
  union
  {
    struct virtio_net_hdr_v1 header;
    uint8_t bytes[NET_BUFFER_BYTES];
  } frame;
  size_t frame_bytes;
  size_t frame_done;
  struct net_filled filled[VIRTQUEUE_MAX];
  unsigned filled_count;
  uint8_t *number[2];
  struct chain chain;
  struct net_start start;
  bool chain_waits;
  bool told_foreign;
};

bool net_create (struct net *net, struct guest *guest,
                 struct net_backend *backend,
                 const struct net_settings *settings,
                 struct failure *failure);
void net_limit (struct net *net, uint64_t bytes_per_second);
void net_set_link (struct net *net, bool up);
bool net_link_is_up (struct net *net);
void net_get_counters (struct net *net, struct net_counters *counters);

#endif /* DEVICES_NET_H */
