/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_helper_client.h - a tap from lguest-net-helper.
 */
#ifndef NET_HELPER_CLIENT_H
#define NET_HELPER_CLIENT_H

#include <net/if.h>
#include <stdbool.h>

#include "failure.h"

bool net_helper_get_tap (const char *bridge, int *fd, char name[IFNAMSIZ],
                         struct failure *failure);

#endif /* NET_HELPER_CLIENT_H */
