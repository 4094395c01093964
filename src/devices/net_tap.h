/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/net_tap.h - frames go to a tap interface of the Host.
 */
#ifndef DEVICES_NET_TAP_H
#define DEVICES_NET_TAP_H

#include <netinet/in.h>

#include "devices/net_backend.h"
#include "failure.h"
#include "mac_address.h"

/**
 * struct tap_settings - what the user wants of it
 * @fd: a tap that is open already, or -1
 * @interface: its name, or NULL: the next one that is free
 * @bridge: a bridge to attach it to, or NULL
 * @address, @prefix: of the Host's end; none if @prefix is 0
 * @mtu: largest packet, or 0
 * @mac: the Guest's
 */
struct tap_settings
{
  int fd;
  const char *interface;
  const char *bridge;
  struct in_addr address;
  unsigned prefix;
  unsigned mtu;
  struct mac_address mac;
};

bool net_tap_open (struct net_backend *backend,
                   const struct tap_settings *settings,
                   struct failure *failure);

#endif /* DEVICES_NET_TAP_H */
