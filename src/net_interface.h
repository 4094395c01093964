/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_interface.h - network interfaces of the Host.
 *
 * Used by lguest-net-helper as well, so nothing here knows of the Launcher.
 */
#ifndef NET_INTERFACE_H
#define NET_INTERFACE_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

/* What a new interface is called: the kernel puts a number in. */
#define NET_INTERFACE_NEW "lg%d"

bool net_interface_name_is_good (const char *name);
int net_interface_open_tap (char name[IFNAMSIZ]);
bool net_interface_is_up (const char *name);

/* These change one; false with errno set on failure. */
bool net_interface_set_up (const char *name);
bool net_interface_set_mtu (const char *name, unsigned mtu);
bool net_interface_set_mac (const char *name, const unsigned char mac[6]);
bool net_interface_set_address (const char *name, struct in_addr address,
                                unsigned prefix);
bool net_interface_attach (const char *name, const char *bridge);

#endif /* NET_INTERFACE_H */
