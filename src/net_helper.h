/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_helper.h - what lguest-net-helper and the Launcher say to each other.
 *
 * The Launcher starts the helper with the name of a bridge, and with one end
 * of a SOCK_SEQPACKET pair as standard input.  The helper answers with one
 * struct net_helper_answer, and with the tap's file descriptor if it is
 * NET_HELPER_DONE.
 */
#ifndef NET_HELPER_H
#define NET_HELPER_H

#include <stdint.h>

#include <net/if.h>

#define NET_HELPER_PROGRAM PKGLIBEXECDIR "/lguest-net-helper"
#define NET_HELPER_LIST SYSCONFDIR "/lguest/net.conf"

enum net_helper_result
{
  NET_HELPER_DONE,
  NET_HELPER_NAME,              /* that is no name of a bridge */
  NET_HELPER_SET_USER,          /* it is set-uid, and must not be */
  NET_HELPER_NO_LIST,           /* there is no list; @error */
  NET_HELPER_UNSAFE_LIST,       /* others than root may write the list */
  NET_HELPER_BAD_LIST,          /* the list has a mistake in @line */
  NET_HELPER_REFUSED,           /* the caller may not use that bridge */
  NET_HELPER_NO_CAPABILITY,     /* it has no CAP_NET_ADMIN; @error */
  NET_HELPER_NO_TAP,            /* it could make no tap; @error */
  NET_HELPER_NO_BRIDGE,         /* could not attach it; @error */
};

/**
 * struct net_helper_answer - the helper's answer
 * @result: enum net_helper_result
 * @error: an errno, or 0
 * @line: of the list, or 0
 * @interface: name of the tap
 */
struct net_helper_answer
{
  uint32_t result;
  uint32_t error;
  uint32_t line;
  char interface[IFNAMSIZ];
};

#endif /* NET_HELPER_H */
