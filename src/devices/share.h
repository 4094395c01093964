/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/share.h - a folder of the Host, for the Guest to mount.
 */
#ifndef DEVICES_SHARE_H
#define DEVICES_SHARE_H

#include "devices/virtio_pci.h"
#include "failure.h"
#include "share/server.h"
#include "worker.h"

/* The longest tag: the device's configuration has room for it. */
#define SHARE_TAG_MAX 31

/**
 * struct share - the device
 * @device: on the bus
 * @server: what serves the folder
 * @worker: its thread, in which all that happens
 * @request, @answer: one at a time
 * @life: of the device, when the last request came
 */
struct share
{
  struct virtio_device device;
  struct share_server server;
  struct worker worker;
  uint8_t *request;
  uint8_t *answer;
  unsigned life;
};

bool share_open (struct share *share, const char *folder, bool read_only,
                 struct failure *failure);
bool share_start (struct share *share, struct failure *failure);
bool share_create (struct share *share, struct guest *guest, const char *tag,
                   struct failure *failure);

#endif /* DEVICES_SHARE_H */
