/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/net_user.h - frames go to passt, which is an ordinary user.
 */
#ifndef DEVICES_NET_USER_H
#define DEVICES_NET_USER_H

#include "devices/net_backend.h"
#include "failure.h"

#define NET_FORWARDS_MAX 32

/* Long enough for "[IPv6%interface]". */
#define NET_FORWARD_ADDRESS_SIZE 64

/**
 * struct net_forward - a port of the Host that leads into the Guest
 * @udp: else TCP
 * @address: of the Host, as text; empty: 127.0.0.1
 * @host_port, @guest_port: port numbers
 */
struct net_forward
{
  bool udp;
  char address[NET_FORWARD_ADDRESS_SIZE];
  unsigned host_port;
  unsigned guest_port;
};

/**
 * struct net_user - the back end
 * @backend: for the device
 * @input: what came from passt, @input_start to @input_end; several frames,
 *   the last of which may not be complete
 * @output: the rest of a frame that passt did not take at once,
 *   @output_start to @output_end
 */
struct net_user
{
  struct net_backend backend;
  size_t input_start;
  size_t input_end;
  size_t output_start;
  size_t output_end;
  uint8_t input[4 * NET_BUFFER_BYTES];
  uint8_t output[NET_BUFFER_BYTES];
};

bool net_user_open (struct net_user *user, const struct net_forward *forwards,
                    unsigned forward_count, struct failure *failure);
void net_user_connect (struct net_user *user, int socket);

#endif /* DEVICES_NET_USER_H */
