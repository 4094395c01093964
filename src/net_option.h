/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_option.h - what the user says about a network card.
 */
#ifndef NET_OPTION_H
#define NET_OPTION_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "devices/net_user.h"
#include "failure.h"
#include "option_row.h"

/* So many network cards can a Guest have. */
#define NET_OPTIONS_MAX 8

/* Smallest and largest "mtu": what IPv4 asks for, and what fits. */
#define NET_MTU_MIN 68
#define NET_MTU_MAX 65535

enum net_kind
{
  NET_KIND_TAP,
  NET_KIND_USER,
};

/**
 * struct net_type - where a card's frames go
 * @kind: to a tap, or to passt
 * @fd: a tap that was opened by who started us, or -1
 * @interface: a tap's name, or empty
 */
struct net_type
{
  enum net_kind kind;
  int fd;
  char interface[IFNAMSIZ];
};

/* An address of the Host, and how many of its bits are the network's. */
struct net_address
{
  struct in_addr address;
  unsigned prefix;
};

/**
 * struct net_option - one --net, or section "net"
 * @title: allocated, as all texts here
 * @type: see net_option_parse_type()
 * @bridge: to which the tap is attached, or NULL
 * @mac: the card's address, or NULL
 * @ip: the Host's address on the tap, or NULL
 * @locked: only frames from @mac may leave
 * @offloads: the Host computes checksums and makes segments
 * @mtu: largest packet, or 0
 * @bytes_per_second: or 0
 * @link: the cable is plugged in
 * @forwards: see net_option_parse_forward()
 *
 * All have been checked when the options were read.
 */
struct net_option
{
  char *title;
  char *type;
  char *bridge;
  char *mac;
  char *ip;
  bool locked;
  bool offloads;
  unsigned mtu;
  uint64_t bytes_per_second;
  bool link;
  struct text_list forwards;
};

/* For the option table. */
bool net_option_check_type (const void *field, const char *text,
                            struct failure *failure);
bool net_option_check_bridge (const void *field, const char *text,
                              struct failure *failure);
bool net_option_check_mac (const void *field, const char *text,
                           struct failure *failure);
bool net_option_check_ip (const void *field, const char *text,
                          struct failure *failure);
bool net_option_check_forward (const void *field, const char *text,
                               struct failure *failure);
bool net_option_check_tunnet (const void *field, const char *text,
                              struct failure *failure);

bool net_option_parse_type (struct net_type *type, const char *text,
                            struct failure *failure);
bool net_option_parse_ip (struct net_address *ip, const char *text,
                          struct failure *failure);
bool net_option_parse_forward (struct net_forward *forward, const char *text,
                               struct failure *failure);
bool net_option_from_tunnet (struct net_option *option, const char *text,
                             struct failure *failure);
void net_option_free (struct net_option *option);

#endif /* NET_OPTION_H */
