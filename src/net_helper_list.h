/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_helper_list.h - who may use which bridge.
 */
#ifndef NET_HELPER_LIST_H
#define NET_HELPER_LIST_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "net_helper.h"

enum net_helper_result net_helper_list_look (FILE *list, const char *bridge,
                                             bool (*has_group) (gid_t group),
                                             unsigned *line);

#endif /* NET_HELPER_LIST_H */
