/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/block.h - a disk for the Guest.
 */
#ifndef DEVICES_BLOCK_H
#define DEVICES_BLOCK_H

#include "devices/virtio_pci.h"
#include "failure.h"
#include "image/open.h"
#include "rate_limit.h"

/* What the Guest sees as the disk's serial number. */
#define BLOCK_ID_BYTES 20

/* Requests at once. */
#define BLOCK_THREADS_MAX 4

/**
 * struct block_settings - what the user wants of a disk
 * @image: see there
 * @serial: its serial number; NULL: the file's name
 * @bytes_per_second, @requests_per_second: limits; 0: none
 */
struct block_settings
{
  struct image_settings image;
  const char *serial;
  uint64_t bytes_per_second;
  uint64_t requests_per_second;
};

/**
 * struct block_statistics - what a disk has done since it was plugged in
 * @reads, @writes, @flushes, @discards: requests that went well
 * @errors: requests that did not
 * @read_bytes, @written_bytes: of those that went well
 * @read_ns, @write_ns, @flush_ns: how long requests took all together, without
 *   the time that they waited for a limit
 * @throttled: how often a limit made the Guest wait
 */
struct block_statistics
{
  uint64_t reads;
  uint64_t writes;
  uint64_t flushes;
  uint64_t discards;
  uint64_t errors;
  uint64_t read_bytes;
  uint64_t written_bytes;
  uint64_t read_ns;
  uint64_t write_ns;
  uint64_t flush_ns;
  uint64_t throttled;
};

/**
 * struct block - the device
 * @device: on the bus; its lock guards what follows @bell
 * @name: for messages
 * @image: what is on it
 * @sectors: its size
 * @id: its serial number; no final NUL if long
 * @bell: eventfd: there is work
 * @wait: epoll's, for @bell: threads sleep on that, as it wakes one of them
 * @threads, @idle: how many there are, and how many of them sleep
 * @bytes_limit, @requests_limit: the user's
 * @limited: there is one
 * @refilled: a timerfd: a limit lets something pass again
 * @waiting: it is running
 * @statistics: see there
 * @complaints: messages about it
 */
struct block
{
  struct virtio_device device;
  const char *name;
  struct image *image;
  uint64_t sectors;
  char id[BLOCK_ID_BYTES];
  int bell;
  int wait;
  unsigned threads;
  unsigned idle;
  struct rate_limit bytes_limit;
  struct rate_limit requests_limit;
  bool limited;
  struct event_source refilled;
  bool waiting;
  struct block_statistics statistics;
  unsigned complaints;
};

bool block_open (struct block *block, const struct block_settings *settings,
                 struct failure *failure);
bool block_create (struct block *block, struct guest *guest,
                   struct failure *failure);
void block_statistics (struct block *block,
                       struct block_statistics *statistics);
void block_limit (struct block *block, uint64_t bytes_per_second,
                  uint64_t requests_per_second);
bool block_close (struct block *block);

#endif /* DEVICES_BLOCK_H */
