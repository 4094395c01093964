/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/virtqueue.c - the device's side of a virtqueue.
 *
 * The rules of the ring are those of the virtio 1.1 standard, section 2.6
 * ("split virtqueues").  A Guest that breaks one gets virtqueue.error.
 */
#include <config.h>

#include <string.h>

#include <linux/virtio_ring.h>

#include "devices/virtqueue.h"
#include "i18n.h"

/** virtqueue_reset - as after power-on */
void
virtqueue_reset (struct virtqueue *queue, const struct guest_memory *memory)
{
  memset (queue, 0, sizeof *queue);
  queue->memory = memory;
  queue->size = VIRTQUEUE_MAX;
}

static bool
broken (struct virtqueue *queue, const char *error)
{
  queue->error = error;
  return false;
}

/**
 * virtqueue_enable - the Guest has set its addresses, and starts it
 *
 * From now on they do not change, and are known to be memory.
 */
bool
virtqueue_enable (struct virtqueue *queue)
{
  const uint64_t size = queue->size;

  if (size == 0 || size > VIRTQUEUE_MAX || (size & (size - 1)) != 0)
    return broken (queue, N_("the size of a queue is no power of two"));
  if (queue->descriptor_address % VRING_DESC_ALIGN_SIZE != 0
      || queue->available_address % VRING_AVAIL_ALIGN_SIZE != 0
      || queue->used_address % VRING_USED_ALIGN_SIZE != 0)
    return broken (queue, N_("a queue is not aligned"));
  queue->descriptors
    = guest_memory_find (queue->memory, queue->descriptor_address,
                         size * sizeof (struct vring_desc));
  /* Behind each ring there is one more 16-bit word, for event indices. */
  queue->available
    = guest_memory_find (queue->memory, queue->available_address,
                         sizeof (struct vring_avail)
                         + size * sizeof (uint16_t) + sizeof (uint16_t));
  queue->used
    = guest_memory_find (queue->memory, queue->used_address,
                         sizeof (struct vring_used)
                         + size * sizeof (struct vring_used_elem)
                         + sizeof (uint16_t));
  if (!queue->descriptors || !queue->available || !queue->used)
    return broken (queue, N_("a queue is outside of memory"));
  queue->enabled = true;
  return true;
}

/* Above this index of the available ring the Guest wants no interrupt... */
static uint16_t *
used_event (struct virtqueue *queue)
{
  return &queue->available->ring[queue->size];
}

/* ... and above this one of the used ring we want no doorbell. */
static uint16_t *
available_event (struct virtqueue *queue)
{
  return (uint16_t *) &queue->used->ring[queue->size];
}

static uint16_t
available_index (struct virtqueue *queue)
{
  return __atomic_load_n (&queue->available->idx, __ATOMIC_ACQUIRE);
}

/* Read a descriptor once.  In a table of the Guest's own it need not be
   aligned. */
static struct vring_desc
read_descriptor (const void *from)
{
  struct vring_desc copy;

  memcpy (&copy, from, sizeof copy);
  /* For all that the compiler knows, the copy is something else now: so it
     cannot read from there again. */
  __asm__ volatile ("" : "+m" (copy));
  return copy;
}

/* Add the buffer of one descriptor to the chain. */
static bool
add_buffer (struct virtqueue *queue, struct chain *chain,
            const struct vring_desc *descriptor)
{
  const unsigned count = chain->out_count + chain->in_count;
  struct iovec *buffer = &chain->buffers[count];

  if (count == queue->size)
    return broken (queue, N_("a chain is longer than its queue"));
  buffer->iov_len = descriptor->len;
  buffer->iov_base = guest_memory_find (queue->memory, descriptor->addr,
                                        descriptor->len);
  if (!buffer->iov_base)
    return broken (queue, N_("a buffer is outside of memory"));
  if (descriptor->flags & VRING_DESC_F_WRITE)
    {
      chain->in_count++;
      chain->in_bytes += descriptor->len;
    }
  else if (chain->in_count)
    return broken (queue, N_("a buffer to read follows one to fill"));
  else
    {
      chain->out_count++;
      chain->out_bytes += descriptor->len;
    }
  return true;
}

/*D:210 Loops
 *
 * Descriptors form chains, and a chain could bite its own tail.  A driver
 * would not do that by mistake; a Guest that wants to see our thread go round
 * for ever would.  So we count.  A chain cannot be longer than the table, and
 * after that many steps it is not a chain but an insult.
 */
/* Go along a chain in a table of @size descriptors. */
static bool
walk (struct virtqueue *queue, struct chain *chain,
      const struct vring_desc *table, unsigned size, uint16_t index,
      bool in_indirect)
{
  /* Each step adds a buffer or ends the walk, and there is a limit on
     buffers: loops end there. */
  for (;;)
    {
      struct vring_desc descriptor;

      if (index >= size)
        return broken (queue, N_("a descriptor's number is too large"));
      descriptor = read_descriptor (&table[index]);
      if (descriptor.flags & VRING_DESC_F_INDIRECT)
        {
          const unsigned entries = descriptor.len / sizeof descriptor;
          const struct vring_desc *indirect;

          if (!queue->indirect)
            return broken (queue, N_("an indirect descriptor was not agreed"
                                     " on"));
          if (in_indirect)
            return broken (queue, N_("an indirect descriptor is inside of an"
                                     " indirect table"));
          if (descriptor.flags & VRING_DESC_F_NEXT)
            return broken (queue, N_("an indirect descriptor is not the last"
                                     " of its chain"));
          if (entries == 0 || descriptor.len % sizeof descriptor != 0)
            return broken (queue, N_("an indirect table has no whole number"
                                     " of descriptors"));
          indirect = guest_memory_find (queue->memory, descriptor.addr,
                                        descriptor.len);
          if (!indirect)
            return broken (queue, N_("an indirect table is outside of"
                                     " memory"));
          return walk (queue, chain, indirect, entries, 0, true);
        }
      if (!add_buffer (queue, chain, &descriptor))
        return false;
      if (!(descriptor.flags & VRING_DESC_F_NEXT))
        return true;
      index = descriptor.next;
    }
}
/*:*/

/*D:200 Two rings and a table
 *
 * A virtio device and its driver share a piece of the Guest's memory, a
 * *virtqueue*.  It consists of three arrays.  The table has descriptors:
 * "there are so many bytes at this address, you may read them", or "you may
 * fill them", and perhaps the number of another one that continues. In the
 * ring of what is available, the driver puts the numbers of descriptors at
 * which a request begins. In the ring of what is used, the device puts them
 * back when it is done.
 *
 * Each ring has one writer.  That is why it needs no lock, although the two
 * run on different processors and one of them would not dream of trusting the
 * other.
 *
 * Here we take a request.  See how each number is read once, into a variable
 * of our own, and then compared with what can be?  The driver is on the other
 * side of a glass wall, and can change the table at any moment, also between
 * our look and our use.  So the thing that we have checked and the thing that
 * we use must be the same copy.
 */
/**
 * virtqueue_take - take the next chain that the Guest made available
 *
 * After VIRTQUEUE_BROKEN the queue gives nothing more until it is reset.
 */
enum virtqueue_take
virtqueue_take (struct virtqueue *queue, struct chain *chain)
{
  uint16_t waiting;

  if (queue->error)
    return VIRTQUEUE_BROKEN;
  if (!queue->enabled)
    return VIRTQUEUE_EMPTY;
  waiting = available_index (queue) - queue->next;
  if (waiting == 0)
    return VIRTQUEUE_EMPTY;
  if (waiting > queue->size)
    {
      broken (queue, N_("more chains are available than there are"
                        " descriptors"));
      return VIRTQUEUE_BROKEN;
    }
  chain->head
    = __atomic_load_n (&queue->available->ring[queue->next
                                               & (queue->size - 1)],
                       __ATOMIC_RELAXED);
  chain->out_count = chain->in_count = 0;
  chain->out_bytes = chain->in_bytes = 0;
  if (!walk (queue, chain, queue->descriptors, queue->size, chain->head,
             false))
    return VIRTQUEUE_BROKEN;
  chain->out = chain->buffers;
  chain->in = chain->buffers + chain->out_count;
  queue->next++;
  return VIRTQUEUE_CHAIN;
}
/*:*/

/**
 * virtqueue_put - give a chain back, but do not show it yet
 * @head: its name
 * @written: bytes that were filled in
 *
 * The Guest sees it after the next virtqueue_show(): a device whose packet
 * fills several chains has to show them all at once.
 */
void
virtqueue_put (struct virtqueue *queue, uint16_t head, uint32_t written)
{
  struct vring_used_elem *element
    = &queue->used->ring[queue->used_index & (queue->size - 1)];

  __atomic_store_n (&element->id, head, __ATOMIC_RELAXED);
  __atomic_store_n (&element->len, written, __ATOMIC_RELAXED);
  queue->used_index++;
}

/** virtqueue_show - let the Guest see what virtqueue_put() gave back */
void
virtqueue_show (struct virtqueue *queue)
{
  __atomic_store_n (&queue->used->idx, queue->used_index, __ATOMIC_RELEASE);
}

/**
 * virtqueue_give - give a chain back
 * @head: its name
 * @written: bytes that were filled in
 */
void
virtqueue_give (struct virtqueue *queue, uint16_t head, uint32_t written)
{
  virtqueue_put (queue, head, written);
  virtqueue_show (queue);
}

/**
 * virtqueue_wants_interrupt - should the Guest be told of what we gave back?
 *
 * Asking means that it is told.
 */
bool
virtqueue_wants_interrupt (struct virtqueue *queue)
{
  const uint16_t new = queue->used_index, old = queue->signalled;
  uint16_t event;

  if (!queue->enabled || new == old)
    return false;
  /* What we gave back must be seen before we look whether it matters. */
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
  queue->signalled = new;
  if (!queue->event_index)
    return !(__atomic_load_n (&queue->available->flags, __ATOMIC_RELAXED)
             & VRING_AVAIL_F_NO_INTERRUPT);
  event = __atomic_load_n (used_event (queue), __ATOMIC_RELAXED);
  /* Was the index that the Guest waits for among those just given? */
  return (uint16_t) (new - event - 1) < (uint16_t) (new - old);
}

/** virtqueue_doorbell_off - we are awake, nobody needs to ring */
void
virtqueue_doorbell_off (struct virtqueue *queue)
{
  /* With event indices it rings only for the index we asked for. */
  if (queue->enabled && !queue->event_index)
    __atomic_store_n (&queue->used->flags, VRING_USED_F_NO_NOTIFY,
                      __ATOMIC_RELAXED);
}

/**
 * virtqueue_doorbell_on - we are going to sleep
 *
 * Returns true if something came in the meantime, and we should not.
 */
bool
virtqueue_doorbell_on (struct virtqueue *queue)
{
  if (!queue->enabled || queue->error)
    return false;
  if (queue->event_index)
    __atomic_store_n (available_event (queue), queue->next,
                      __ATOMIC_RELAXED);
  else
    __atomic_store_n (&queue->used->flags, 0, __ATOMIC_RELAXED);
  /* Our wish must be seen before we look whether it came too late. */
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
  return available_index (queue) != queue->next;
}

/**
 * chain_read - read the next bytes of the buffers to read
 *
 * Returns false if there are fewer.  What was read is not read again.
 */
bool
chain_read (struct chain *chain, void *buffer, size_t bytes)
{
  uint8_t *to = buffer;

  if (bytes > chain->out_bytes)
    return false;
  chain->out_bytes -= bytes;
  while (bytes > 0)
    {
      struct iovec *from = chain->out;
      const size_t piece = bytes < from->iov_len ? bytes : from->iov_len;

      memcpy (to, from->iov_base, piece);
      to += piece;
      bytes -= piece;
      from->iov_base = (uint8_t *) from->iov_base + piece;
      from->iov_len -= piece;
      if (from->iov_len == 0)
        {
          chain->out++;
          chain->out_count--;
        }
    }
  return true;
}

/**
 * chain_fill - fill the next bytes of the buffers to fill
 *
 * Returns how many fitted.
 */
size_t
chain_fill (struct chain *chain, const void *buffer, size_t bytes)
{
  const uint8_t *from = buffer;
  size_t done = 0;

  if (bytes > chain->in_bytes)
    bytes = chain->in_bytes;
  chain->in_bytes -= bytes;
  while (done < bytes)
    {
      struct iovec *to = chain->in;
      const size_t rest = bytes - done;
      const size_t piece = rest < to->iov_len ? rest : to->iov_len;

      memcpy (to->iov_base, from + done, piece);
      done += piece;
      to->iov_base = (uint8_t *) to->iov_base + piece;
      to->iov_len -= piece;
      if (to->iov_len == 0)
        {
          chain->in++;
          chain->in_count--;
        }
    }
  return done;
}

/**
 * chain_take_last_byte - of the buffers to fill, for a status
 *
 * The byte no longer belongs to the chain then.  NULL if there is none.
 */
uint8_t *
chain_take_last_byte (struct chain *chain)
{
  while (chain->in_count > 0)
    {
      struct iovec *last = &chain->in[chain->in_count - 1];

      if (last->iov_len > 0)
        {
          last->iov_len--;
          chain->in_bytes--;
          return (uint8_t *) last->iov_base + last->iov_len;
        }
      chain->in_count--;
    }
  return NULL;
}
