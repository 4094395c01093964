/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block.c - a disk with several requests under way, and what a Guest may do
 * to it meanwhile.  Its image is ours: a request waits until we let it go.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "devices/block.h"
#include "unit.h"

#define MEMORY_BYTES ((uint64_t) 4 << 20)
#define QUEUE_SIZE 16
#define SECTORS 4096
#define SECTOR_BYTES 512

#define DESCRIPTORS 0x1000
#define AVAILABLE 0x2000
#define USED 0x3000
#define HEADERS 0x4000
#define STATUSES 0x5000
#define DATA 0x10000

/* Where the parts of a device are. */
#define BAR_COMMON 0
#define BAR_CONFIG 0x2000
#define BAR_DOORBELL 0x3000

/**
 * struct fake - an image
 * @gate: requests wait here while @closed
 * @waiting: how many do
 * @touched: ranges that were discarded or zeroed
 * @error: errno of all requests, or 0
 */
static struct fake
{
  struct image image;
  pthread_mutex_t lock;
  pthread_cond_t gate;
  bool closed;
  unsigned waiting;
  unsigned touched;
  unsigned flushes;
  bool unmapped;
  int error;
} fake;

static struct guest guest;
static struct failure failure;

static bool
pass (void)
{
  pthread_mutex_lock (&fake.lock);
  fake.waiting++;
  while (fake.closed)
    pthread_cond_wait (&fake.gate, &fake.lock);
  fake.waiting--;
  pthread_mutex_unlock (&fake.lock);
  errno = fake.error;
  return fake.error == 0;
}

static bool
fake_transfer (struct image *image, const struct iovec *buffers,
               unsigned count, uint64_t offset, uint64_t bytes)
{
  (void) image;
  (void) buffers;
  (void) count;
  (void) offset;
  (void) bytes;
  return pass ();
}

static bool
fake_flush (struct image *image)
{
  (void) image;
  fake.flushes++;
  return pass ();
}

static bool
fake_discard (struct image *image, uint64_t offset, uint64_t bytes)
{
  (void) image;
  (void) offset;
  (void) bytes;
  fake.touched++;
  return pass ();
}

static bool
fake_zero (struct image *image, uint64_t offset, uint64_t bytes, bool unmap)
{
  fake.unmapped = unmap;
  return fake_discard (image, offset, bytes);
}

static void
fake_close (struct image *image)
{
  (void) image;
}

static const struct image_operations fake_operations =
{
  .format = "fake",
  .read = fake_transfer,
  .write = fake_transfer,
  .flush = fake_flush,
  .discard = fake_discard,
  .zero = fake_zero,
  .close = fake_close,
};

static void
let_go (void)
{
  pthread_mutex_lock (&fake.lock);
  fake.closed = false;
  pthread_cond_broadcast (&fake.gate);
  pthread_mutex_unlock (&fake.lock);
}

/* Wait until a number is as it should be, ten seconds at most. */
static bool
becomes (const unsigned *number, unsigned value)
{
  int i;

  for (i = 0; i < 10000
       && __atomic_load_n (number, __ATOMIC_SEQ_CST) != value; i++)
    poll (NULL, 0, 1);
  return __atomic_load_n (number, __ATOMIC_SEQ_CST) == value;
}

/*
 * A driver.
 */

static uint64_t
bar (const struct block *block)
{
  uint64_t address;

  memcpy (&address, block->device.pci.config + PCI_BASE_ADDRESS_0,
          sizeof address);
  return address & ~UINT64_C (15);
}

static uint64_t
read_register (const struct block *block, uint64_t offset, unsigned bytes)
{
  return pci_memory_read (&guest.bus, bar (block) + offset, bytes);
}

static void
write_register (const struct block *block, uint64_t offset, unsigned bytes,
                uint64_t value)
{
  pci_memory_write (&guest.bus, bar (block) + offset, bytes, value);
}

static unsigned
status_of (const struct block *block)
{
  return read_register (block, VIRTIO_PCI_COMMON_STATUS, 1);
}

static void
start (const struct block *block)
{
  memset (guest.memory.base, 0, 0x8000);
  write_register (block, VIRTIO_PCI_COMMON_STATUS, 1, 0);
  write_register (block, VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
  write_register (block, VIRTIO_PCI_COMMON_GF, 4, 1);
  write_register (block, VIRTIO_PCI_COMMON_STATUS, 1,
                  VIRTIO_CONFIG_S_FEATURES_OK);
  write_register (block, VIRTIO_PCI_COMMON_Q_SELECT, 2, 0);
  write_register (block, VIRTIO_PCI_COMMON_Q_SIZE, 2, QUEUE_SIZE);
  write_register (block, VIRTIO_PCI_COMMON_Q_DESCLO, 4, DESCRIPTORS);
  write_register (block, VIRTIO_PCI_COMMON_Q_AVAILLO, 4, AVAILABLE);
  write_register (block, VIRTIO_PCI_COMMON_Q_USEDLO, 4, USED);
  write_register (block, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
  write_register (block, VIRTIO_PCI_COMMON_STATUS, 1,
                  VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
}

/* Offer request @slot, of three descriptors or two. */
static void
offer (const struct block *block, unsigned slot, uint32_t type,
       uint64_t sector, uint32_t bytes)
{
  struct vring_desc *table
    = (struct vring_desc *) (guest.memory.base + DESCRIPTORS) + 3 * slot;
  struct vring_avail *available
    = (struct vring_avail *) (guest.memory.base + AVAILABLE);
  const struct virtio_blk_outhdr header = { .type = type, .sector = sector };
  const bool to_guest = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
  const uint64_t header_at = HEADERS + 64 * slot;

  memcpy (guest.memory.base + header_at, &header, sizeof header);
  guest.memory.base[STATUSES + slot] = 0xee;
  table[0] = (struct vring_desc) { header_at, sizeof header,
    VRING_DESC_F_NEXT, 3 * slot + (bytes ? 1 : 2) };
  table[1] = (struct vring_desc) { DATA + 0x10000 * slot, bytes,
    VRING_DESC_F_NEXT | (to_guest ? VRING_DESC_F_WRITE : 0), 3 * slot + 2 };
  table[2] = (struct vring_desc) { STATUSES + slot, 1, VRING_DESC_F_WRITE,
    0 };
  available->ring[available->idx % QUEUE_SIZE] = 3 * slot;
  __atomic_store_n (&available->idx, available->idx + 1, __ATOMIC_SEQ_CST);
  write_register (block, BAR_DOORBELL, 2, 0);
}

static bool
wait_used (unsigned index)
{
  const uint16_t *used = (uint16_t *) (guest.memory.base + USED) + 1;
  int i;

  for (i = 0; i < 10000
       && __atomic_load_n (used, __ATOMIC_SEQ_CST) != (uint16_t) index; i++)
    poll (NULL, 0, 1);
  return __atomic_load_n (used, __ATOMIC_SEQ_CST) == (uint16_t) index;
}

static uint16_t
used_index (void)
{
  return *((uint16_t *) (guest.memory.base + USED) + 1);
}

/* Offer one request, and wait for it.  Gives its status. */
static int
request (const struct block *block, uint32_t type, uint64_t sector,
         uint32_t bytes)
{
  const unsigned index = used_index () + 1;

  offer (block, 0, type, sector, bytes);
  return wait_used (index) ? guest.memory.base[STATUSES] : -1;
}

static bool
make (struct block *block, bool read_only)
{
  fake.image.operations = &fake_operations;
  fake.image.bytes = SECTORS * SECTOR_BYTES;
  fake.image.read_only = read_only;
  block->name = "fake";
  block->image = &fake.image;
  block->sectors = SECTORS;
  return block_create (block, &guest, &failure);
}

/*
 * The tests.
 */

static void
test_parallel (struct block *block)
{
  struct block_statistics statistics;
  unsigned i;

  start (block);
  fake.closed = true;
  for (i = 0; i < BLOCK_THREADS_MAX; i++)
    offer (block, i, VIRTIO_BLK_T_IN, 8 * i, 4096);
  check (becomes (&fake.waiting, BLOCK_THREADS_MAX),
         "several requests are under way at once");
  explain ("%u", fake.waiting);
  offer (block, BLOCK_THREADS_MAX, VIRTIO_BLK_T_OUT, 0, 512);
  check (used_index () == 0, "none is given back before it is done");
  let_go ();
  check (wait_used (BLOCK_THREADS_MAX + 1), "all of them are given back");
  block_statistics (block, &statistics);
  check (statistics.reads == BLOCK_THREADS_MAX && statistics.writes == 1
         && statistics.read_bytes == BLOCK_THREADS_MAX * 4096
         && statistics.written_bytes == 512 && statistics.errors == 0
         && statistics.read_ns > 0, "they are counted");
}

static void
test_reset (struct block *block)
{
  unsigned i;

  start (block);
  fake.closed = true;
  offer (block, 0, VIRTIO_BLK_T_IN, 0, 512);
  offer (block, 1, VIRTIO_BLK_T_OUT, 0, 512);
  check (becomes (&fake.waiting, 2), "two requests are under way");
  write_register (block, VIRTIO_PCI_COMMON_STATUS, 1, 0);
  check (status_of (block) != 0,
         "a reset has not happened while they are");
  write_register (block, VIRTIO_PCI_COMMON_STATUS, 1,
                  VIRTIO_CONFIG_S_DRIVER_OK);
  write_register (block, VIRTIO_PCI_COMMON_Q_USEDLO, 4, DATA);
  check (block->device.queues[0].used_address == USED,
         "and the device cannot be changed");
  let_go ();
  for (i = 0; i < 10000 && status_of (block) != 0; i++)
    poll (NULL, 0, 1);
  check (status_of (block) == 0, "it happens when they are done");
  check (used_index () == 0 && !block->device.queues[0].enabled,
         "nothing of them is given back then");
  start (block);
  check (request (block, VIRTIO_BLK_T_IN, 0, 512) == VIRTIO_BLK_S_OK,
         "the disk works after it");
  fake.closed = true;
  offer (block, 1, VIRTIO_BLK_T_IN, 0, 512);
  becomes (&fake.waiting, 1);
  ((struct vring_avail *) (guest.memory.base + AVAILABLE))->idx += 100;
  write_register (block, BAR_DOORBELL, 2, 0);
  for (i = 0; i < 10000
       && !(status_of (block) & VIRTIO_CONFIG_S_NEEDS_RESET); i++)
    poll (NULL, 0, 1);
  check (status_of (block) & VIRTIO_CONFIG_S_NEEDS_RESET,
         "a driver that breaks a rule meanwhile has to reset");
  let_go ();
  write_register (block, VIRTIO_PCI_COMMON_STATUS, 1, 0);
  for (i = 0; i < 10000 && status_of (block) != 0; i++)
    poll (NULL, 0, 1);
  start (block);
  check (request (block, VIRTIO_BLK_T_IN, 0, 512) == VIRTIO_BLK_S_OK,
         "and may go on then");
}

/* Discard or zero; gives the status. */
static int
clear (const struct block *block, uint32_t type, uint64_t sector,
       uint32_t sectors, uint32_t flags, uint32_t bytes)
{
  struct virtio_blk_discard_write_zeroes ranges[32];
  unsigned i;

  for (i = 0; i < 32; i++)
    ranges[i] = (struct virtio_blk_discard_write_zeroes)
      { sector, sectors, flags };
  memcpy (guest.memory.base + DATA, ranges, sizeof ranges);
  return request (block, type, 0, bytes);
}

static void
test_clear (struct block *block)
{
  const uint32_t discard = VIRTIO_BLK_T_DISCARD;
  const uint32_t zero = VIRTIO_BLK_T_WRITE_ZEROES;
  const uint32_t unmap = VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
  static const struct
  {
    const char *what;
    uint32_t type;
    uint64_t sector;
    uint32_t sectors, flags, bytes;
    int status;
  } bad[] =
  {
    { "discard behind the end", VIRTIO_BLK_T_DISCARD, SECTORS - 1, 2, 0, 16,
      VIRTIO_BLK_S_IOERR },
    { "discard far away", VIRTIO_BLK_T_DISCARD, UINT64_MAX, 2, 0, 16,
      VIRTIO_BLK_S_IOERR },
    { "discard of too much", VIRTIO_BLK_T_DISCARD, 0, UINT32_MAX, 0, 16,
      VIRTIO_BLK_S_IOERR },
    { "discard of half a range", VIRTIO_BLK_T_DISCARD, 0, 8, 0, 24,
      VIRTIO_BLK_S_IOERR },
    { "discard of nothing", VIRTIO_BLK_T_DISCARD, 0, 8, 0, 0,
      VIRTIO_BLK_S_IOERR },
    { "discard of 17 ranges", VIRTIO_BLK_T_DISCARD, 0, 8, 0, 17 * 16,
      VIRTIO_BLK_S_IOERR },
    { "discard with unmap", VIRTIO_BLK_T_DISCARD, 0, 8, 1, 16,
      VIRTIO_BLK_S_UNSUPP },
    { "zero with unknown flags", VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 2, 16,
      VIRTIO_BLK_S_UNSUPP },
    { "zero behind the end", VIRTIO_BLK_T_WRITE_ZEROES, SECTORS, 1, 0, 16,
      VIRTIO_BLK_S_IOERR },
  };
  size_t i;

  start (block);
  fake.touched = 0;
  check (clear (block, discard, 0, SECTORS, 0, 16) == VIRTIO_BLK_S_OK
         && fake.touched == 1, "the whole disk is discarded");
  fake.touched = 0;
  check (clear (block, discard, 8, 8, 0, 16 * 16) == VIRTIO_BLK_S_OK
         && fake.touched == 16, "16 ranges are discarded");
  check (clear (block, zero, 8, 8, unmap, 16) == VIRTIO_BLK_S_OK
         && fake.unmapped, "a range is zeroed and unmapped");
  check (clear (block, zero, 8, 8, 0, 16) == VIRTIO_BLK_S_OK
         && !fake.unmapped, "a range is zeroed");
  fake.touched = 0;
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      const int status = clear (block, bad[i].type, bad[i].sector,
                                bad[i].sectors, bad[i].flags, bad[i].bytes);

      check (status == bad[i].status && fake.touched == 0, "refused: %s",
             bad[i].what);
      explain ("status %d", status);
    }
}

static void
test_errors (struct block *block)
{
  struct block_statistics before, after;

  block_statistics (block, &before);
  fake.error = ENOSPC;
  check (request (block, VIRTIO_BLK_T_OUT, 0, 512) == VIRTIO_BLK_S_IOERR,
         "an image that is full is an I/O error");
  check (request (block, VIRTIO_BLK_T_FLUSH, 0, 0) == VIRTIO_BLK_S_IOERR,
         "a flush that fails is an I/O error");
  fake.error = 0;
  block_statistics (block, &after);
  check (after.errors == before.errors + 2
         && after.writes == before.writes, "errors are counted");
  check (request (block, VIRTIO_BLK_T_FLUSH, 0, 0) == VIRTIO_BLK_S_OK,
         "what works again works again");
}

static void
test_read_only (void)
{
  static struct block disk;

  check (make (&disk, true), "a disk that can only be read is made");
  start (&disk);
  write_register (&disk, VIRTIO_PCI_COMMON_DFSELECT, 4, 0);
  check ((read_register (&disk, VIRTIO_PCI_COMMON_DF, 4)
          & (1u << VIRTIO_BLK_F_RO | 1u << VIRTIO_BLK_F_DISCARD
             | 1u << VIRTIO_BLK_F_WRITE_ZEROES)) == 1u << VIRTIO_BLK_F_RO,
         "it says so");
  fake.touched = 0;
  check (request (&disk, VIRTIO_BLK_T_OUT, 0, 512) == VIRTIO_BLK_S_IOERR
         && clear (&disk, VIRTIO_BLK_T_DISCARD, 0, 8, 0, 16)
         == VIRTIO_BLK_S_IOERR
         && clear (&disk, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0, 16)
         == VIRTIO_BLK_S_IOERR && fake.touched == 0,
         "it is neither written, discarded nor zeroed");
  check (request (&disk, VIRTIO_BLK_T_IN, 0, 512) == VIRTIO_BLK_S_OK
         && request (&disk, VIRTIO_BLK_T_FLUSH, 0, 0) == VIRTIO_BLK_S_OK,
         "it is read");
  fake.image.read_only = false;
}

/* A limit: how long do some requests take? */
static double
time_requests (struct block *disk, unsigned requests, uint32_t bytes)
{
  const uint64_t started = rate_limit_now ();
  unsigned i;

  for (i = 0; i < requests; i++)
    {
      const unsigned index = used_index () + 1;

      offer (disk, i % 4, VIRTIO_BLK_T_IN, 0, bytes);
      while (used_index () != (uint16_t) index)
        {
          /* The main thread's part. */
          struct pollfd wait
            = { .fd = disk->refilled.fd, .events = POLLIN };

          if (poll (&wait, 1, 1) == 1)
            disk->refilled.ready (&disk->refilled);
        }
    }
  return (rate_limit_now () - started) / 1e9;
}

static void
test_limits (void)
{
  static struct block slow, narrow;
  struct block_statistics statistics;
  double seconds;

  slow.limited = narrow.limited = true;
  rate_limit_set (&slow.requests_limit, 100, 1, rate_limit_now ());
  rate_limit_set (&narrow.bytes_limit, 256 << 10, 1, rate_limit_now ());
  if (!check (make (&slow, false) && make (&narrow, false),
              "disks with limits are made"))
    return;
  start (&slow);
  seconds = time_requests (&slow, 60, 512);
  check (seconds > 0.4 && seconds < 5, "requests per second are limited");
  explain ("%f s", seconds);
  start (&narrow);
  seconds = time_requests (&narrow, 40, 4096);
  check (seconds > 0.4 && seconds < 5, "bytes per second are limited");
  explain ("%f s", seconds);
  block_statistics (&narrow, &statistics);
  check (statistics.throttled > 0 && statistics.reads == 40,
         "that is counted");
}

static void
test_close (struct block *block)
{
  start (block);
  fake.flushes = 0;
  check (block_close (block) && fake.flushes == 1,
         "at the end all is flushed");
  offer (block, 0, VIRTIO_BLK_T_IN, 0, 512);
  poll (NULL, 0, 50);
  check (used_index () == 0, "and nothing more is done");
}

int
main (void)
{
  static struct block block;

  guest.device_node = memfd_create ("node", MFD_CLOEXEC);
  pthread_mutex_init (&fake.lock, NULL);
  pthread_cond_init (&fake.gate, NULL);
  if (!guest_memory_create (&guest.memory, MEMORY_BYTES, &failure)
      || !event_loop_create (&guest.loop)
      || !freopen ("/dev/null", "w", stderr))
    return 1;
  pci_bus_create (&guest.bus, MEMORY_BYTES);
  check (make (&block, false), "a disk is made");
  test_parallel (&block);
  test_reset (&block);
  test_clear (&block);
  test_errors (&block);
  test_read_only ();
  test_limits ();
  test_close (&block);
  return finish ();
}
