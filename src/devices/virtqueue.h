/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/virtqueue.h - the device's side of a virtqueue.
 *
 * A virtqueue is a ring of buffers in the Guest's memory, which the Guest may
 * change at any time.  So each field is read once, into a local copy, and
 * checked there: a device sees only buffers that lie in guest memory whole.
 *
 * A virtqueue has no lock: the device that owns it has.  Chains may be given
 * back in any order.
 */
#ifndef DEVICES_VIRTQUEUE_H
#define DEVICES_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "guest_memory.h"

/* Descriptors in a queue, and so buffers in a chain: the most we offer. */
#define VIRTQUEUE_MAX 256

struct vring_desc;
struct vring_avail;
struct vring_used;

/**
 * struct virtqueue - one queue
 * @memory: the Guest's
 * @size: descriptors, a power of two
 * @enabled: the Guest has set it up
 * @indirect, @event_index: these features were agreed on
 * @descriptor_address, @available_address, @used_address: guest-physical
 * @descriptors, @available, @used: the same for us, once @enabled
 * @next: index in the available ring of the next chain to take
 * @used_index: index in the used ring of the next chain to give back
 * @signalled: @used_index when the Guest was last interrupted
 * @error: which rule the Guest broke, or NULL
 */
struct virtqueue
{
  const struct guest_memory *memory;
  uint16_t size;
  bool enabled;
  bool indirect;
  bool event_index;
  uint64_t descriptor_address;
  uint64_t available_address;
  uint64_t used_address;
  struct vring_desc *descriptors;
  struct vring_avail *available;
  struct vring_used *used;
  uint16_t next;
  uint16_t used_index;
  uint16_t signalled;
  const char *error;
};

/**
 * struct chain - what the Guest asks for: buffers to read, then to fill
 * @head: its name, for virtqueue_give()
 * @out: buffers that the device reads
 * @in: buffers that the device fills
 * @out_count, @in_count: how many
 * @out_bytes, @in_bytes: how long all together
 */
struct chain
{
  uint16_t head;
  struct iovec *out;
  struct iovec *in;
  unsigned out_count;
  unsigned in_count;
  uint64_t out_bytes;
  uint64_t in_bytes;
  struct iovec buffers[VIRTQUEUE_MAX];
};

enum virtqueue_take
{
  VIRTQUEUE_EMPTY,
  VIRTQUEUE_CHAIN,
  VIRTQUEUE_BROKEN,             /* see virtqueue.error */
};

void virtqueue_reset (struct virtqueue *queue,
                      const struct guest_memory *memory);
bool virtqueue_enable (struct virtqueue *queue);
enum virtqueue_take virtqueue_take (struct virtqueue *queue,
                                    struct chain *chain);
void virtqueue_put (struct virtqueue *queue, uint16_t head, uint32_t written);
void virtqueue_show (struct virtqueue *queue);
void virtqueue_give (struct virtqueue *queue, uint16_t head,
                     uint32_t written);
bool virtqueue_wants_interrupt (struct virtqueue *queue);
void virtqueue_doorbell_off (struct virtqueue *queue);
bool virtqueue_doorbell_on (struct virtqueue *queue);

bool chain_read (struct chain *chain, void *buffer, size_t bytes);
size_t chain_fill (struct chain *chain, const void *buffer, size_t bytes);
uint8_t *chain_take_last_byte (struct chain *chain);

#endif /* DEVICES_VIRTQUEUE_H */
