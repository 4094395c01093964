/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/server.h - serve a folder by 9P2000.L.
 *
 * It knows nothing of virtio: a request is bytes, and so is the answer.
 */
#ifndef SHARE_SERVER_H
#define SHARE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "share/fids.h"
#include "share/message.h"

/* The longest message that we agree to. */
#define SHARE_MESSAGE_MAX (128 * 1024 + 24)

/**
 * struct share_server - of one folder, for one client
 * @root: O_PATH descriptor of the folder
 * @descriptors: our own /proc/self/fd, by which files are opened
 * @read_only: nothing is changed
 * @fids: what the client has names for
 * @message_bytes: the longest message, as agreed
 *
 * Belongs to one thread.
 */
struct share_server
{
  int root;
  int descriptors;
  bool read_only;
  struct fids fids;
  uint32_t message_bytes;
};

bool share_server_open (struct share_server *server, const char *folder,
                        bool read_only, struct failure *failure);
size_t share_server_handle (struct share_server *server, uint8_t *request,
                            size_t bytes, uint8_t *answer, size_t room);

#endif /* SHARE_SERVER_H */
