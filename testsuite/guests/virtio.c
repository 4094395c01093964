/* virtio.c - rules for the devices: what a driver must not do.

   SPDX-License-Identifier: GPL-2.0-or-later

   The launcher has been given one of each kind.  All is done through the
   configuration ports, and the window that each device has there.  */

#include "guest.h"

enum { ENOENT = 2 };

/* PCI and virtio, as far as it is needed.  */
enum
{
  PORT_ADDRESS = 0xcf8, PORT_DATA = 0xcfc,
  CONFIG_BAR = 0x10, CONFIG_CAPABILITIES = 0x34,
  CAPABILITY_VENDOR = 9,
  PART_COMMON = 1, PART_NOTIFY = 2, PART_WINDOW = 5,
  FEATURE_SELECT = 0, FEATURE = 4, ACCEPT_SELECT = 8, ACCEPT = 12,
  STATUS = 20, QUEUES = 18, QUEUE_SELECT = 22, QUEUE_SIZE = 24,
  QUEUE_ENABLE = 28, DESCRIPTORS = 32, AVAILABLE = 40, USED = 48,
  ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8,
  NEEDS_RESET = 64,
  INDIRECT_FEATURE = 1 << 28,
  NEXT = 1, WRITE = 2, INDIRECT = 4,
  SIZE = 16,
  SLOTS = 32,
  DOORBELL_BYTES = 4,
};

enum { NET = 1, BLOCK = 2, CONSOLE = 3, RNG = 4, BALLOON = 5, SHARE = 9 };

#define SECOND 1000000000ull

struct device
{
  unsigned slot, id, window;
  uint64_t bar, common, notify;
};

struct descriptor
{
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};

struct ring
{
  struct descriptor *descriptors;
  uint16_t volatile *available;	/* flags, index, entries */
  uint16_t volatile *used;
  uint8_t *buffer;
};

static struct ring ring;

static void
out (uint16_t port, uint32_t value, unsigned bytes)
{
  if (bytes == 1)
    __asm__ volatile ("outb %b0, %1" : : "a" (value), "d" (port));
  else if (bytes == 2)
    __asm__ volatile ("outw %w0, %1" : : "a" (value), "d" (port));
  else
    __asm__ volatile ("outl %0, %1" : : "a" (value), "d" (port));
}

static uint32_t
in (uint16_t port)
{
  uint32_t value;

  __asm__ volatile ("inl %1, %0" : "=a" (value) : "d" (port));
  return value;
}

static void
aim (unsigned slot, unsigned offset)
{
  out (PORT_ADDRESS, 0x80000000u | slot << 11 | (offset & ~3u), 4);
}

static uint32_t
config_read (unsigned slot, unsigned offset, unsigned bytes)
{
  uint32_t value;

  aim (slot, offset);
  value = in (PORT_DATA) >> 8 * (offset & 3);
  return bytes == 4 ? value : value & ((1u << 8 * bytes) - 1);
}

static void
config_write (unsigned slot, unsigned offset, uint32_t value, unsigned bytes)
{
  aim (slot, offset);
  out (PORT_DATA + (offset & 3), value, bytes);
}

/* A register of the BAR, through the window.  */
static void
window (struct device *device, uint64_t offset, unsigned bytes)
{
  config_write (device->slot, device->window + 8, offset, 4);
  config_write (device->slot, device->window + 12, bytes, 4);
}

static uint32_t
reg_read (struct device *device, uint64_t offset, unsigned bytes)
{
  window (device, offset, bytes);
  return config_read (device->slot, device->window + 16, bytes);
}

static void
reg_write (struct device *device, uint64_t offset, uint32_t value,
	   unsigned bytes)
{
  window (device, offset, bytes);
  config_write (device->slot, device->window + 16, value, bytes);
}

/* The device in a slot; 0 if there is none.  */
static int
find (unsigned slot, struct device *device)
{
  unsigned at, left = 16;

  device->slot = slot;
  if (config_read (slot, 0, 2) != 0x1af4)
    return 0;
  device->id = config_read (slot, 2, 2) - 0x1040;
  device->bar = (config_read (slot, CONFIG_BAR, 4) & ~0xfu)
    | (uint64_t) config_read (slot, CONFIG_BAR + 4, 4) << 32;
  at = config_read (slot, CONFIG_CAPABILITIES, 1);
  for (; at && left--; at = config_read (slot, at + 1, 1))
    {
      if (config_read (slot, at, 1) != CAPABILITY_VENDOR)
	continue;
      switch (config_read (slot, at + 3, 1))
	{
	case PART_COMMON:
	  device->common = config_read (slot, at + 8, 4);
	  break;
	case PART_NOTIFY:
	  device->notify = config_read (slot, at + 8, 4);
	  break;
	case PART_WINDOW:
	  device->window = at;
	  break;
	}
    }
  CHECK (device->window, "no window in slot", slot);
  return 1;
}

static unsigned
status (struct device *device)
{
  return reg_read (device, device->common + STATUS, 1);
}

static void
set_status (struct device *device, unsigned value)
{
  reg_write (device, device->common + STATUS, value, 1);
}

static uint64_t
now (void)
{
  return hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_MONOTONIC, 0, 0);
}

/* A reset may have to wait for what is in flight.  */
static void
reset (struct device *device)
{
  const uint64_t end = now () + 60 * SECOND;

  set_status (device, 0);
  while (status (device))
    CHECK (now () < end, "no end of the reset in slot", device->slot);
}

/* Up to where features are agreed on.  */
static void
negotiate (struct device *device, uint32_t without)
{
  uint32_t offered;

  reset (device);
  set_status (device, ACKNOWLEDGE);
  set_status (device, ACKNOWLEDGE | DRIVER);
  reg_write (device, device->common + FEATURE_SELECT, 0, 4);
  offered = reg_read (device, device->common + FEATURE, 4);
  reg_write (device, device->common + ACCEPT_SELECT, 0, 4);
  /* No event indices (bit 29): we ring always.  */
  reg_write (device, device->common + ACCEPT,
	     offered & ~without & ~(1u << 29), 4);
  reg_write (device, device->common + ACCEPT_SELECT, 1, 4);
  reg_write (device, device->common + ACCEPT, 1, 4);
  set_status (device, ACKNOWLEDGE | DRIVER | FEATURES_OK);
  CHECK (status (device) & FEATURES_OK, "no agreement in slot", device->slot);
}

static void
put_address (struct device *device, unsigned offset, const volatile void *at)
{
  reg_write (device, device->common + offset, physical ((const void *) at),
	     4);
  reg_write (device, device->common + offset + 4,
	     physical ((const void *) at) >> 32, 4);
}

/* Addresses of a queue, all of which are good.  */
static void
place_queue (struct device *device, unsigned queue)
{
  unsigned i;

  if (!ring.descriptors)
    {
      ring.descriptors = (struct descriptor *) page_new ();
      ring.available = (uint16_t *) page_new ();
      ring.used = (uint16_t *) page_new ();
      ring.buffer = (uint8_t *) page_new ();
    }
  for (i = 0; i < 512; i++)
    ((uint64_t *) ring.descriptors)[i] = 0;
  ring.available[0] = ring.available[1] = 0;
  ring.used[0] = ring.used[1] = 0;
  reg_write (device, device->common + QUEUE_SELECT, queue, 2);
  reg_write (device, device->common + QUEUE_SIZE, SIZE, 2);
  put_address (device, DESCRIPTORS, ring.descriptors);
  put_address (device, AVAILABLE, ring.available);
  put_address (device, USED, ring.used);
}

static void
enable_queue (struct device *device)
{
  reg_write (device, device->common + QUEUE_ENABLE, 1, 2);
}

/* Up to where the device works with one queue.  */
static void
start (struct device *device, unsigned queue, uint32_t without)
{
  negotiate (device, without);
  place_queue (device, queue);
  enable_queue (device);
  set_status (device, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

static void
describe (struct descriptor *table, unsigned i, uint64_t address,
	  uint32_t length, uint16_t flags, uint16_t next)
{
  table[i].address = address;
  table[i].length = length;
  table[i].flags = flags;
  table[i].next = next;
}

static uint64_t
bell (struct device *device, unsigned queue)
{
  return device->bar + device->notify + queue * DOORBELL_BYTES;
}

/* Make the chain that begins at HEAD available, and ring.  */
static void
offer (struct device *device, unsigned queue, uint16_t head)
{
  ring.available[2 + ring.available[1] % SIZE] = head;
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
  ring.available[1]++;
  CHECK_ANSWER (hypercall (LHCALL_NOTIFY, bell (device, queue), 0, 0), 0);
}

static void
wait_broken (struct device *device)
{
  const uint64_t end = now () + 60 * SECOND;

  while (!(status (device) & NEEDS_RESET))
    CHECK (now () < end, "no reset is needed in slot", device->slot);
}

/* Queues that a device looks into when it is told to; ends with 99.  */
static const unsigned char *
queues_of (struct device *device)
{
  static const unsigned char first[] = { 0, 99 }, second[] = { 1, 99 },
    console[] = { 1, 3, 99 }, balloon[] = { 0, 1, 2, 3, 99 };

  switch (device->id)
    {
    case NET:
      return second;
    case CONSOLE:
      return console;
    case BALLOON:
      return balloon;
    default:
      return first;
    }
}

/* How often a device has been broken: the launcher has to say as much.  */
static unsigned broken;

/* Break each queue of each device, by BREAK_IT, which gets a ring that works.
   After a reset the device has to be well.  */
static void
break_all (void (*break_it) (struct device *device, unsigned queue),
	   uint32_t without)
{
  struct device device;
  const unsigned char *queue;
  unsigned slot, devices = 0;

  for (slot = 1; slot < SLOTS; slot++)
    if (find (slot, &device))
      {
	devices++;
	for (queue = queues_of (&device);
	     *queue < reg_read (&device, device.common + QUEUES, 2); queue++)
	  {
	    start (&device, *queue, without);
	    break_it (&device, *queue);
	    wait_broken (&device);
	    broken++;
	    reset (&device);
	  }
      }
  CHECK (devices == 6, "devices:", devices);
  print ("@@broken ");
  print_number (broken);
  print ("\n");
}

/* The rules of the virtqueue: section 2.6 of the virtio standard.  */

static void
outside (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, memory_size - 8, 16, 0, 0);
  offer (device, queue, 0);
}

RULE (outside, "virtio-outside", LIVES)
{
  break_all (outside, 0);
}

static void
wraps (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, -8ull, 16, 0, 0);
  offer (device, queue, 0);
}

RULE (wraps, "virtio-wraps", LIVES)
{
  break_all (wraps, 0);
}

static void
loops (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, physical (ring.buffer), 1, NEXT, 1);
  describe (ring.descriptors, 1, physical (ring.buffer), 1, NEXT, 0);
  offer (device, queue, 0);
}

RULE (loops, "virtio-loop", LIVES)
{
  break_all (loops, 0);
}

static void
wild_next (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, physical (ring.buffer), 1, NEXT, SIZE);
  offer (device, queue, 0);
}

RULE (wild_next, "virtio-next", LIVES)
{
  break_all (wild_next, 0);
}

static void
wild_head (struct device *device, unsigned queue)
{
  offer (device, queue, 0xffff);
}

RULE (wild_head, "virtio-head", LIVES)
{
  break_all (wild_head, 0);
}

static void
jump (struct device *device, unsigned queue)
{
  ring.available[1] = SIZE;
  offer (device, queue, 0);
}

RULE (jump, "virtio-jump", LIVES)
{
  break_all (jump, 0);
}

static void
backwards (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, physical (ring.buffer), 1, NEXT | WRITE, 1);
  describe (ring.descriptors, 1, physical (ring.buffer), 1, 0, 0);
  offer (device, queue, 0);
}

RULE (backwards, "virtio-order", LIVES)
{
  break_all (backwards, 0);
}

static void
indirect (struct device *device, unsigned queue)
{
  describe ((struct descriptor *) ring.buffer, 0, physical (ring.buffer), 1,
	    0, 0);
  describe (ring.descriptors, 0, physical (ring.buffer), 16, INDIRECT, 0);
  offer (device, queue, 0);
}

RULE (not_agreed, "virtio-not-agreed", LIVES)
{
  break_all (indirect, INDIRECT_FEATURE);
}

static void
nested (struct device *device, unsigned queue)
{
  indirect (device, queue);
  describe ((struct descriptor *) ring.buffer, 0, physical (ring.buffer), 16,
	    INDIRECT, 0);
  describe (ring.descriptors, 1, physical (ring.buffer), 16, INDIRECT, 0);
  offer (device, queue, 1);
}

RULE (nested, "virtio-nested", LIVES)
{
  break_all (nested, 0);
}

static void
odd_table (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, physical (ring.buffer), 17, INDIRECT, 0);
  offer (device, queue, 0);
}

RULE (odd_table, "virtio-odd-table", LIVES)
{
  break_all (odd_table, 0);
}

static void
no_table (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, physical (ring.buffer), 0, INDIRECT, 0);
  offer (device, queue, 0);
}

RULE (no_table, "virtio-no-table", LIVES)
{
  break_all (no_table, 0);
}

static void
table_outside (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, memory_size, 32, INDIRECT, 0);
  offer (device, queue, 0);
}

RULE (table_outside, "virtio-table-outside", LIVES)
{
  break_all (table_outside, 0);
}

static void
table_and_next (struct device *device, unsigned queue)
{
  describe (ring.descriptors, 0, physical (ring.buffer), 16, INDIRECT | NEXT,
	    1);
  offer (device, queue, 0);
}

RULE (table_and_next, "virtio-table-next", LIVES)
{
  break_all (table_and_next, 0);
}

static void
too_long (struct device *device, unsigned queue)
{
  unsigned i;

  /* One buffer more than the queue has descriptors.  */
  for (i = 0; i <= SIZE; i++)
    describe ((struct descriptor *) ring.buffer, i, physical (ring.buffer), 1,
	      NEXT, i + 1);
  describe (ring.descriptors, 0, physical (ring.buffer), 16 * (SIZE + 1),
	    INDIRECT, 0);
  offer (device, queue, 0);
}

RULE (too_long, "virtio-too-long", LIVES)
{
  break_all (too_long, 0);
}

/* Queues that cannot be set up.  */
RULE (bad_queues, "virtio-bad-queues", LIVES)
{
  static const struct { uint16_t offset; uint32_t value; uint8_t bytes; } bad[]
    = { { QUEUE_SIZE, 3, 2 }, { QUEUE_SIZE, 512, 2 }, { QUEUE_SIZE, 0, 2 },
	{ DESCRIPTORS, 8, 4 }, { AVAILABLE, 1, 4 }, { USED, 2, 4 },
	{ DESCRIPTORS + 4, 1, 4 }, { AVAILABLE + 4, 0xffffffff, 4 },
	{ USED + 4, 0x80000000, 4 } };
  struct device device;
  unsigned slot, i;

  for (slot = 1; slot < SLOTS; slot++)
    for (i = 0; find (slot, &device) && i < sizeof bad / sizeof *bad; i++)
      {
	negotiate (&device, 0);
	place_queue (&device, queues_of (&device)[0]);
	reg_write (&device, device.common + bad[i].offset, bad[i].value,
		   bad[i].bytes);
	enable_queue (&device);
	wait_broken (&device);
	reset (&device);
      }
}

RULE (too_early, "virtio-too-early", LIVES)
{
  struct device device;
  unsigned slot;

  for (slot = 1; slot < SLOTS; slot++)
    if (find (slot, &device))
      {
	reset (&device);
	set_status (&device, ACKNOWLEDGE | DRIVER | DRIVER_OK);
	wait_broken (&device);
	reset (&device);
      }
}

/* Random values in all registers of all devices, and rings with garbage.  */
RULE (virtio_garbage, "virtio-garbage", LIVES)
{
  struct device device;
  unsigned slot, round, i;

  for (slot = 1; slot < SLOTS; slot++)
    for (round = 0; find (slot, &device) && round < 20; round++)
      {
	start (&device, queues_of (&device)[0], 0);
	for (i = 0; i < 64; i++)
	  ((uint64_t *) ring.descriptors)[i]
	    = random_next () & (i & 1 ? 0xfffffffull : memory_size - 1);
	for (i = 0; i < SIZE; i++)
	  ring.available[2 + i] = random_next () % SIZE;
	ring.available[1] = random_next () % (2 * SIZE);
	hypercall (LHCALL_NOTIFY, bell (&device, queues_of (&device)[0]), 0,
		   0);
	for (i = 0; i < 20; i++)
	  reg_write (&device, random_next () % 0x6000, random_next (),
		     1 << random_next () % 3);
	for (i = 0; i < 4; i++)
	  config_write (slot, random_next () % 256, random_next (), 1);
	/* The BAR may have moved, but not away.  */
	config_write (slot, 4, 2, 2);
	config_write (slot, CONFIG_BAR, device.bar, 4);
	config_write (slot, CONFIG_BAR + 4, device.bar >> 32, 4);
	config_write (slot, device.window + 4, 0, 1);
	reset (&device);
      }
}

/* The rng, as it is meant.  Returns when it has filled the buffer.  */
static void
use_rng (struct device *device)
{
  const uint64_t end = now () + 60 * SECOND;
  const uint16_t next = ring.used[1] + 1;

  describe (ring.descriptors, 0, physical (ring.buffer), 64, WRITE, 0);
  offer (device, 0, 0);
  while (ring.used[1] != next)
    CHECK (now () < end, "the rng does nothing", next);
}

/* Doorbells: LHCALL_NOTIFY wakes the device's thread, and goes not to the
   launcher; what is no doorbell is none.  */
RULE (doorbells, "virtio-doorbells", LIVES)
{
  struct device device;
  unsigned slot, i;

  for (slot = 1; slot < SLOTS; slot++)
    if (find (slot, &device) && device.id == RNG)
      break;
  CHECK (slot < SLOTS, "no rng", 0);
  reset (&device);
  CHECK_ANSWER (hypercall (LHCALL_NOTIFY, bell (&device, 0), 0, 0), -ENOENT);
  start (&device, 0, 0);
  for (i = 0; i < 50; i++)
    use_rng (&device);
  for (i = 1; i < 4096; i += 3)
    CHECK_ANSWER (hypercall (LHCALL_NOTIFY, bell (&device, 0) + i, 0, 0),
		  -ENOENT);
  CHECK_ANSWER (hypercall (LHCALL_NOTIFY, physical (ring.buffer), 0, 0),
		-ENOENT);
  CHECK_ANSWER (hypercall (LHCALL_NOTIFY, -1, 0, 0), -ENOENT);
  reset (&device);
  CHECK_ANSWER (hypercall (LHCALL_NOTIFY, bell (&device, 0), 0, 0), -ENOENT);
  start (&device, 0, 0);
  use_rng (&device);
}

/* Give the balloon what the Host itself needs of us: our pad, page tables,
   rings.  It hurts nobody but us.  */
RULE (balloon_own, "virtio-balloon-own", EITHER)
{
  struct device device;
  uint32_t *numbers;
  unsigned slot, i;

  for (slot = 1; slot < SLOTS; slot++)
    if (find (slot, &device) && device.id == BALLOON)
      break;
  CHECK (slot < SLOTS, "no balloon", 0);
  start (&device, 0, 0);
  numbers = (uint32_t *) ring.buffer;
  for (i = 0; i < memory_size / 4096 && i < 1024; i++)
    numbers[i] = i;
  numbers[0] = physical (&pad) / 4096;
  numbers[1] = physical (ring.descriptors) / 4096;
  numbers[2] = physical (top_table) / 4096;
  describe (ring.descriptors, 0, physical (ring.buffer), 4096, 0, 0);
  offer (&device, 0, 0);
  for (i = 0; i < 1000; i++)
    status (&device);
}
