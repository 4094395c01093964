/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/balloon.h - memory that the Guest does not need goes back to the
 * Host.
 */
#ifndef DEVICES_BALLOON_H
#define DEVICES_BALLOON_H

#include <linux/virtio_balloon.h>

#include "devices/virtio_pci.h"
#include "failure.h"
#include "worker.h"

/**
 * struct balloon_statistics - what the Guest says of its memory, and we
 * @target, @size: bytes that it is to give, and says that it has given
 * @reported: bytes of free pages that it has told of, all together
 * @known: bit n: the Guest has said values[n]
 * @values: by VIRTIO_BALLOON_S_
 */
struct balloon_statistics
{
  uint64_t target;
  uint64_t size;
  uint64_t reported;
  unsigned known;
  uint64_t values[VIRTIO_BALLOON_S_NR];
};

/**
 * struct balloon - the device
 * @device: on the bus
 * @worker: the thread that serves all queues
 * @answer: the main thread hears of answers, an eventfd
 * @statistics: the last known
 * @asking: a buffer for statistics is with us: the Guest can be asked
 * @question: its name
 * @life: of the device, when it came
 * @answered: called when the Guest has said something; main thread, no lock
 *   is held; or NULL
 */
struct balloon
{
  struct virtio_device device;
  struct worker worker;
  struct event_source answer;
  struct balloon_statistics statistics;
  bool asking;
  uint16_t question;
  unsigned life;
  void (*answered) (struct balloon *balloon);
};

bool balloon_create (struct balloon *balloon, struct guest *guest,
                     uint64_t size, struct failure *failure);
bool balloon_set_size (struct balloon *balloon, uint64_t size,
                       struct failure *failure);
bool balloon_ask (struct balloon *balloon);
void balloon_get_statistics (struct balloon *balloon,
                             struct balloon_statistics *statistics);

#endif /* DEVICES_BALLOON_H */
