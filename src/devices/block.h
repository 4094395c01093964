/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/block.h - a disk for the Guest.
 */
#ifndef DEVICES_BLOCK_H
#define DEVICES_BLOCK_H

#include "devices/virtio_pci.h"
#include "failure.h"
#include "worker.h"

#define BLOCK_ID_BYTES 20

/**
 * struct block - the device
 * @device: on the bus
 * @worker: who does its work, as disks may be slow
 * @fd: the file
 * @sectors: its size
 * @read_only: the Guest may not write
 * @id: what the Guest sees as the disk's serial number; no final NUL if long
 */
struct block
{
  struct virtio_device device;
  struct worker worker;
  int fd;
  uint64_t sectors;
  bool read_only;
  char id[BLOCK_ID_BYTES];
};

bool block_open (struct block *block, const char *name, bool read_only,
                 struct failure *failure);
bool block_create (struct block *block, struct guest *guest,
                   struct failure *failure);

#endif /* DEVICES_BLOCK_H */
