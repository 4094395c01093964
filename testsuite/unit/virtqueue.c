/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtqueue.c - what a hostile Guest can do to a virtqueue: nothing.
 */
#include <config.h>

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_ring.h>

#include "devices/virtqueue.h"
#include "unit.h"

#define MEMORY_BYTES ((uint64_t) 1 << 20)
#define SIZE 8

/* Where the parts of the queue are, and free space. */
#define DESCRIPTORS 0x1000
#define AVAILABLE 0x2000
#define USED 0x3000
#define TABLE 0x4000
#define BUFFERS 0x10000

static struct guest_memory memory;
static struct virtqueue queue;
static struct chain chain;

static struct vring_desc *
descriptor (unsigned index)
{
  return (struct vring_desc *) (memory.base + DESCRIPTORS) + index;
}

static struct vring_desc *
indirect (unsigned index)
{
  return (struct vring_desc *) (memory.base + TABLE) + index;
}

static struct vring_avail *
available (void)
{
  return (struct vring_avail *) (memory.base + AVAILABLE);
}

static struct vring_used *
used (void)
{
  return (struct vring_used *) (memory.base + USED);
}

static void
set (struct vring_desc *to, uint64_t address, uint32_t length,
     uint16_t flags, uint16_t next)
{
  *to = (struct vring_desc) { address, length, flags, next };
}

static void
offer (uint16_t head)
{
  available ()->ring[available ()->idx % queue.size] = head;
  available ()->idx++;
}

/* A queue with nothing in it. */
static void
fresh (void)
{
  memset (memory.base, 0, MEMORY_BYTES);
  virtqueue_reset (&queue, &memory);
  queue.size = SIZE;
  queue.indirect = true;
  queue.descriptor_address = DESCRIPTORS;
  queue.available_address = AVAILABLE;
  queue.used_address = USED;
  virtqueue_enable (&queue);
}

static bool
refused (void)
{
  return virtqueue_take (&queue, &chain) == VIRTQUEUE_BROKEN && queue.error;
}

static void
test_good (void)
{
  char text[16] = "";

  fresh ();
  check (queue.enabled && !queue.error, "a good queue is enabled");
  check (virtqueue_take (&queue, &chain) == VIRTQUEUE_EMPTY,
         "a new queue is empty");
  set (descriptor (2), BUFFERS, 3, VRING_DESC_F_NEXT, 5);
  set (descriptor (5), BUFFERS + 100, 4, VRING_DESC_F_NEXT, 1);
  set (descriptor (1), BUFFERS + 200, 10, VRING_DESC_F_WRITE, 0);
  memcpy (memory.base + BUFFERS, "abc", 3);
  memcpy (memory.base + BUFFERS + 100, "defg", 4);
  offer (2);
  check (virtqueue_take (&queue, &chain) == VIRTQUEUE_CHAIN,
         "a chain is taken");
  check (chain.head == 2 && chain.out_count == 2 && chain.in_count == 1
         && chain.out_bytes == 7 && chain.in_bytes == 10,
         "its buffers are counted");
  check (!chain_read (&chain, text, 8), "no more is read than there is");
  check (chain_read (&chain, text, 5) && strcmp (text, "abcde") == 0,
         "buffers are read across their borders");
  check (chain_read (&chain, text, 2) && memcmp (text, "fg", 2) == 0
         && chain.out_bytes == 0, "reading goes on where it ended");
  check (chain_take_last_byte (&chain) == memory.base + BUFFERS + 209
         && chain.in_bytes == 9, "the last byte can be taken away");
  check (chain_fill (&chain, "0123456789", 10) == 9
         && memcmp (memory.base + BUFFERS + 200, "012345678", 10) == 0,
         "no more is filled than fits");
  virtqueue_give (&queue, chain.head, 9);
  check (used ()->idx == 1 && used ()->ring[0].id == 2
         && used ()->ring[0].len == 9, "a chain is given back");
  check (virtqueue_wants_interrupt (&queue)
         && !virtqueue_wants_interrupt (&queue),
         "the guest is interrupted once");
  check (virtqueue_take (&queue, &chain) == VIRTQUEUE_EMPTY,
         "a chain is taken once");
}

static void
test_places (void)
{
  static const struct
  {
    const char *what;
    uint64_t descriptors, available, used;
    uint16_t size;
  } bad[] =
  {
    { "descriptors behind memory", MEMORY_BYTES, AVAILABLE, USED, SIZE },
    { "descriptors that end behind memory", MEMORY_BYTES - 112, AVAILABLE,
      USED, SIZE },
    { "descriptors that wrap", (uint64_t) -128, AVAILABLE, USED, SIZE },
    { "an available ring that ends behind memory", DESCRIPTORS,
      MEMORY_BYTES - 20, USED, SIZE },
    { "a used ring that ends behind memory", DESCRIPTORS, AVAILABLE,
      MEMORY_BYTES - 64, SIZE },
    { "unaligned descriptors", DESCRIPTORS + 8, AVAILABLE, USED, SIZE },
    { "an unaligned available ring", DESCRIPTORS, AVAILABLE + 1, USED, SIZE },
    { "an unaligned used ring", DESCRIPTORS, AVAILABLE, USED + 2, SIZE },
    { "size 0", DESCRIPTORS, AVAILABLE, USED, 0 },
    { "size 7", DESCRIPTORS, AVAILABLE, USED, 7 },
    { "size 512", DESCRIPTORS, AVAILABLE, USED, 512 },
  };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      virtqueue_reset (&queue, &memory);
      queue.size = bad[i].size;
      queue.descriptor_address = bad[i].descriptors;
      queue.available_address = bad[i].available;
      queue.used_address = bad[i].used;
      check (!virtqueue_enable (&queue) && queue.error && !queue.enabled,
             "refused: %s", bad[i].what);
    }
  virtqueue_reset (&queue, &memory);
  queue.size = SIZE;
  queue.descriptor_address = MEMORY_BYTES - SIZE * sizeof (struct vring_desc);
  queue.available_address = AVAILABLE;
  queue.used_address = USED;
  check (virtqueue_enable (&queue), "accepted: descriptors at memory's end");
}

static void
test_chains (void)
{
  unsigned i;

  fresh ();
  offer (SIZE);
  check (refused (), "refused: a head that is no descriptor");
  check (refused (), "a broken queue stays broken");

  fresh ();
  set (descriptor (0), BUFFERS, 1, VRING_DESC_F_NEXT, SIZE);
  offer (0);
  check (refused (), "refused: a next that is no descriptor");

  fresh ();
  set (descriptor (0), BUFFERS, 1, VRING_DESC_F_NEXT, 0);
  offer (0);
  check (refused (), "refused: a descriptor that is its own next");

  fresh ();
  set (descriptor (0), BUFFERS, 1, VRING_DESC_F_NEXT, 1);
  set (descriptor (1), BUFFERS, 1, VRING_DESC_F_NEXT, 0);
  offer (0);
  check (refused (), "refused: a loop");

  fresh ();
  for (i = 0; i < SIZE; i++)
    set (descriptor (i), BUFFERS, 1, i < SIZE - 1 ? VRING_DESC_F_NEXT : 0,
         i + 1);
  offer (0);
  check (virtqueue_take (&queue, &chain) == VIRTQUEUE_CHAIN
         && chain.out_count == SIZE, "accepted: a chain as long as its queue");

  fresh ();
  set (descriptor (0), BUFFERS, 1, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
  set (descriptor (1), BUFFERS, 1, 0, 0);
  offer (0);
  check (refused (), "refused: a buffer to read behind one to fill");

  fresh ();
  set (descriptor (0), BUFFERS, 0, VRING_DESC_F_WRITE, 0);
  offer (0);
  check (virtqueue_take (&queue, &chain) == VIRTQUEUE_CHAIN
         && !chain_take_last_byte (&chain)
         && chain_fill (&chain, "x", 1) == 0, "accepted: an empty buffer");

  fresh ();
  available ()->idx = SIZE + 1;
  check (refused (), "refused: an available index that jumps ahead");

  fresh ();
  offer (0);
  virtqueue_take (&queue, &chain);
  available ()->idx = 0;
  check (refused (), "refused: an available index that goes back");
}

static void
test_buffers (void)
{
  static const struct
  {
    const char *what;
    uint64_t address;
    uint32_t length;
    bool good;
  } buffers[] =
  {
    { "all of memory", 0, MEMORY_BYTES, true },
    { "memory's last byte", MEMORY_BYTES - 1, 1, true },
    { "a buffer behind memory", MEMORY_BYTES, 1, false },
    { "a buffer that ends behind memory", MEMORY_BYTES - 1, 2, false },
    { "a buffer that is larger than memory", 0, MEMORY_BYTES + 1, false },
    { "a buffer that wraps", ~(uint64_t) 0, 2, false },
    { "a buffer that wraps by its length", (uint64_t) -4096, 8192, false },
    { "a buffer at the largest address", ~(uint64_t) 0, 0xffffffff, false },
  };
  size_t i;

  for (i = 0; i < sizeof buffers / sizeof *buffers; i++)
    {
      fresh ();
      set (descriptor (0), buffers[i].address, buffers[i].length, 0, 0);
      offer (0);
      if (buffers[i].good)
        check (virtqueue_take (&queue, &chain) == VIRTQUEUE_CHAIN,
               "accepted: %s", buffers[i].what);
      else
        check (refused (), "refused: %s", buffers[i].what);
    }
}

static void
test_indirect (void)
{
  const unsigned entry = sizeof (struct vring_desc);
  unsigned i;

  fresh ();
  set (descriptor (0), TABLE, 2 * entry, VRING_DESC_F_INDIRECT, 0);
  set (indirect (0), BUFFERS, 5, VRING_DESC_F_NEXT, 1);
  set (indirect (1), BUFFERS + 5, 6, VRING_DESC_F_WRITE, 0);
  offer (0);
  check (virtqueue_take (&queue, &chain) == VIRTQUEUE_CHAIN
         && chain.out_bytes == 5 && chain.in_bytes == 6,
         "accepted: an indirect table");

  fresh ();
  queue.indirect = false;
  set (descriptor (0), TABLE, entry, VRING_DESC_F_INDIRECT, 0);
  offer (0);
  check (refused (), "refused: an indirect table that was not agreed on");

  fresh ();
  set (descriptor (0), TABLE, entry, VRING_DESC_F_INDIRECT, 0);
  set (indirect (0), TABLE, entry, VRING_DESC_F_INDIRECT, 0);
  offer (0);
  check (refused (), "refused: an indirect table in an indirect table");

  fresh ();
  set (descriptor (0), TABLE, entry,
       VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1);
  offer (0);
  check (refused (), "refused: an indirect table with a next");

  fresh ();
  set (descriptor (0), TABLE, entry + 1, VRING_DESC_F_INDIRECT, 0);
  offer (0);
  check (refused (), "refused: an indirect table of broken length");

  fresh ();
  set (descriptor (0), TABLE, 0, VRING_DESC_F_INDIRECT, 0);
  offer (0);
  check (refused (), "refused: an empty indirect table");

  fresh ();
  set (descriptor (0), MEMORY_BYTES - entry, 2 * entry,
       VRING_DESC_F_INDIRECT, 0);
  offer (0);
  check (refused (), "refused: an indirect table that ends behind memory");

  fresh ();
  set (descriptor (0), (uint64_t) -16, 2 * entry, VRING_DESC_F_INDIRECT, 0);
  offer (0);
  check (refused (), "refused: an indirect table that wraps");

  fresh ();
  set (descriptor (0), TABLE, 2 * entry, VRING_DESC_F_INDIRECT, 0);
  set (indirect (0), BUFFERS, 1, VRING_DESC_F_NEXT, 2);
  offer (0);
  check (refused (), "refused: a next behind an indirect table");

  fresh ();
  set (descriptor (0), TABLE, 100 * entry, VRING_DESC_F_INDIRECT, 0);
  for (i = 0; i < 100; i++)
    set (indirect (i), BUFFERS, 1, VRING_DESC_F_NEXT, i + 1);
  offer (0);
  check (refused (), "refused: an indirect chain longer than the queue");

  fresh ();
  set (descriptor (0), BUFFERS, 1, VRING_DESC_F_NEXT, 1);
  set (descriptor (1), TABLE, entry, VRING_DESC_F_INDIRECT, 0);
  set (indirect (0), BUFFERS, 1, VRING_DESC_F_WRITE, 0);
  offer (0);
  check (virtqueue_take (&queue, &chain) == VIRTQUEUE_CHAIN
         && chain.out_count == 1 && chain.in_count == 1,
         "accepted: a buffer, then an indirect table");
}

/* Interrupts and doorbells. */
static void
test_events (void)
{
  fresh ();
  available ()->flags = VRING_AVAIL_F_NO_INTERRUPT;
  virtqueue_give (&queue, 0, 0);
  check (!virtqueue_wants_interrupt (&queue),
         "no interrupt for who wants none");
  virtqueue_doorbell_off (&queue);
  check (used ()->flags == VRING_USED_F_NO_NOTIFY, "the doorbell goes off");
  check (!virtqueue_doorbell_on (&queue) && used ()->flags == 0,
         "the doorbell goes on");
  offer (0);
  check (virtqueue_doorbell_on (&queue),
         "what came before the doorbell was on is seen");

  fresh ();
  queue.event_index = true;
  available ()->ring[SIZE] = 2; /* used_event */
  virtqueue_give (&queue, 0, 0);
  virtqueue_give (&queue, 0, 0);
  check (!virtqueue_wants_interrupt (&queue),
         "no interrupt before the index that is waited for");
  virtqueue_give (&queue, 0, 0);
  check (virtqueue_wants_interrupt (&queue),
         "an interrupt at the index that is waited for");
  virtqueue_give (&queue, 0, 0);
  check (!virtqueue_wants_interrupt (&queue),
         "no interrupt after the index that was waited for");
  offer (0);
  virtqueue_take (&queue, &chain);
  check (!virtqueue_doorbell_on (&queue)
         && (uint16_t) used ()->ring[SIZE].id == 1,
         "the doorbell is asked for at the next index");
}

/* All indices wrap around after 65536 chains. */
static void
test_wrap (void)
{
  bool ok = true;
  unsigned i;

  fresh ();
  set (descriptor (3), BUFFERS, 1, 0, 0);
  for (i = 0; i < 70000 && ok; i++)
    {
      offer (3);
      ok = virtqueue_take (&queue, &chain) == VIRTQUEUE_CHAIN;
      virtqueue_give (&queue, chain.head, 1);
      ok = ok && virtqueue_wants_interrupt (&queue)
        && used ()->idx == (uint16_t) (i + 1);
    }
  check (ok, "a queue goes on for 70000 chains");
}

/* Are all buffers of the chain in memory, and not too many? */
static bool
is_inside (void)
{
  const unsigned count = chain.out_count + chain.in_count;
  unsigned i;

  for (i = 0; i < count; i++)
    if (!guest_memory_find (&memory, (uint8_t *) chain.buffers[i].iov_base
                            - memory.base, chain.buffers[i].iov_len))
      return false;
  return count <= queue.size;
}

/* Every combination of what matters in descriptors of a small ring. */
static void
test_exhaustively (void)
{
  static const uint16_t flags[] =
    { 0, VRING_DESC_F_NEXT, VRING_DESC_F_WRITE,
      VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, VRING_DESC_F_INDIRECT };
  static const struct { uint64_t address; uint32_t length; } places[] =
    { { BUFFERS, 32 }, { MEMORY_BYTES - 8, 16 }, { DESCRIPTORS, 64 } };
  enum { RING = 4, CHOICES = 5 * 3 * RING, WALKED = 3 };
  const unsigned total = CHOICES * CHOICES * CHOICES;
  unsigned long chains = 0, inside = 0;
  unsigned n, i;

  for (n = 0; n < total; n++)
    {
      unsigned rest = n;

      virtqueue_reset (&queue, &memory);
      queue.size = RING;
      queue.indirect = true;
      queue.descriptor_address = DESCRIPTORS;
      queue.available_address = AVAILABLE;
      queue.used_address = USED;
      virtqueue_enable (&queue);
      memset (memory.base + AVAILABLE, 0, 16);
      for (i = 0; i < WALKED; i++)
        {
          const unsigned choice = rest % CHOICES;

          rest /= CHOICES;
          set (descriptor (i), places[choice / 5 % 3].address,
               places[choice / 5 % 3].length, flags[choice % 5],
               choice / 15);
        }
      set (descriptor (3), BUFFERS, 8, 0, 0);
      offer (0);
      if (virtqueue_take (&queue, &chain) != VIRTQUEUE_CHAIN)
        continue;
      chains++;
      if (is_inside ())
        inside++;
    }
  check (chains > 0 && chains == inside,
         "of %u small rings, all accepted chains are inside of memory",
         total);
  explain ("%lu chains, %lu inside", chains, inside);
}

static volatile bool flipping;

/* A second processor of the Guest changes a descriptor all the time. */
static void *
flip (void *unused)
{
  (void) unused;
  while (flipping)
    {
      set (descriptor (0), BUFFERS, 64, 0, 0);
      set (descriptor (0), MEMORY_BYTES - 64, 0xffffff00, VRING_DESC_F_NEXT,
           200);
    }
  return NULL;
}

static void
test_races (void)
{
  unsigned i, chains = 0, inside = 0;
  pthread_t thread;

  fresh ();
  flipping = true;
  pthread_create (&thread, NULL, flip, NULL);
  for (i = 0; i < 300000; i++)
    {
      queue.error = NULL;
      queue.next = 0;
      available ()->idx = 1;
      available ()->ring[0] = 0;
      if (virtqueue_take (&queue, &chain) != VIRTQUEUE_CHAIN)
        continue;
      chains++;
      if (is_inside ())
        inside++;
    }
  flipping = false;
  pthread_join (thread, NULL);
  check (chains > 0 && chains == inside,
         "descriptors that change meanwhile stay inside of memory");
  explain ("%u chains, %u inside", chains, inside);
}

int
main (void)
{
  memory.size = MEMORY_BYTES;
  memory.base = aligned_alloc (4096, MEMORY_BYTES);
  test_good ();
  test_places ();
  test_chains ();
  test_buffers ();
  test_indirect ();
  test_events ();
  test_wrap ();
  test_exhaustively ();
  test_races ();
  free (memory.base);
  return finish ();
}
