/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unix_socket.h - sockets with names.
 */
#ifndef UNIX_SOCKET_H
#define UNIX_SOCKET_H

#include <sys/types.h>

#include "failure.h"

int unix_socket_listen (const char *path, mode_t mode,
                        struct failure *failure);

#endif /* UNIX_SOCKET_H */
