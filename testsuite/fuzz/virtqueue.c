/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/virtqueue.c - a queue that a hostile driver has filled.
 */
#include <config.h>

#include "devices/virtqueue.h"
#include "fuzz.h"

#define MEMORY_BYTES 65536
#define CHAINS_MAX 64

static uint8_t bytes[MEMORY_BYTES] __attribute__ ((aligned (4096)));

static void
check_buffers (const struct iovec *buffers, unsigned count, uint64_t sum)
{
  unsigned i;

  for (i = 0; i < count; i++)
    {
      const uint8_t *start = buffers[i].iov_base;

      must (start >= bytes && start <= bytes + MEMORY_BYTES
            && buffers[i].iov_len <= (size_t) (bytes + MEMORY_BYTES - start)
            && buffers[i].iov_len <= sum);
      sum -= buffers[i].iov_len;
    }
  must (sum == 0);
}

/* As a device does: read, then fill. */
static void
use (struct virtqueue *queue, struct chain *chain, unsigned how)
{
  uint8_t data[512] = { 0 };

  must (chain->head < queue->size
        && chain->out_count + chain->in_count <= VIRTQUEUE_MAX);
  check_buffers (chain->out, chain->out_count, chain->out_bytes);
  check_buffers (chain->in, chain->in_count, chain->in_bytes);
  if (how & 1)
    chain_take_last_byte (chain);
  if (how & 2)
    chain_read (chain, data, 16);
  if (how & 4)
    chain_read (chain, data, chain->out_bytes < sizeof data
                ? chain->out_bytes : sizeof data);
  chain_fill (chain, data, sizeof data);
  check_buffers (chain->in, chain->in_count, chain->in_bytes);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const struct guest_memory memory = { .base = bytes, .size = MEMORY_BYTES };
  static struct virtqueue queue;
  static struct chain chain;
  unsigned how, i;

  virtqueue_reset (&queue, &memory);
  how = take (&data, &size, 1);
  queue.size = 1 << how % 9;
  queue.indirect = how & 16;
  queue.event_index = how & 32;
  how = take (&data, &size, 1);
  /* Mostly where they can be. */
  queue.descriptor_address = take (&data, &size, how & 128 ? 8 : 2) & ~15ull;
  queue.available_address = take (&data, &size, how & 128 ? 8 : 2) & ~1ull;
  queue.used_address = take (&data, &size, how & 128 ? 8 : 2) & ~3ull;
  memset (bytes, 0, sizeof bytes);
  memcpy (bytes, data, size < sizeof bytes ? size : sizeof bytes);
  if (!virtqueue_enable (&queue))
    return 0;
  for (i = 0; i < CHAINS_MAX; i++)
    {
      if (virtqueue_take (&queue, &chain) != VIRTQUEUE_CHAIN)
        break;
      use (&queue, &chain, how);
      virtqueue_give (&queue, chain.head, 1);
      virtqueue_wants_interrupt (&queue);
      if (i % 4 == 0)
        virtqueue_doorbell_on (&queue);
      else
        virtqueue_doorbell_off (&queue);
    }
  return 0;
}
