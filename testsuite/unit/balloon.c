/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * balloon.c - the balloon, with a good driver and with a bad one.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/virtio_balloon.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "devices/balloon.h"
#include "driver.h"
#include "unit.h"

#define PAGE 4096
#define SLOT 1

/* Pages that the tests give away. */
#define PAGES 0x300000

enum
{
  INFLATE,
  DEFLATE,
  STATISTICS,
  REPORT,
};

static struct balloon balloon;
static unsigned answers;

static void
count_answer (struct balloon *from)
{
  answers += from == &balloon;
}

/* Do what was rung for, and let the balloon's thread end what it does. */
static void
serve (void)
{
  balloon.worker.work (balloon.worker.context);
  pthread_mutex_lock (&balloon.device.lock);
  while (balloon.device.in_flight > 0)
    pthread_cond_wait (&balloon.device.idle, &balloon.device.lock);
  pthread_mutex_unlock (&balloon.device.lock);
}

/* Offer page numbers to a queue. */
static void
give (const struct driver *driver, unsigned queue, const uint32_t *numbers,
      unsigned count)
{
  use_queue (queue);
  memcpy (guest.memory.base + DATA, numbers, count * sizeof *numbers);
  set (0, DATA, count * sizeof *numbers, 0);
  offer (driver);
  serve ();
}

/* Is there anything but zeros in that page? */
static bool
has_contents (uint64_t address)
{
  const uint8_t *page = guest.memory.base + address;
  unsigned i;

  for (i = 0; i < PAGE; i++)
    if (page[i])
      return true;
  return false;
}

static void
fill (void)
{
  memset (guest.memory.base + PAGES, 0x5a, 8 * PAGE);
}

/* Does the Host have memory for that page? */
static bool
is_there (uint64_t address)
{
  unsigned char there = 0;

  return mincore (guest.memory.base + address, PAGE, &there) == 0
    && there & 1;
}

static void
test_size (const struct driver *driver)
{
  struct balloon_statistics statistics;
  struct failure failure;
  const uint64_t size = driver->config
    + offsetof (struct virtio_balloon_config, actual);

  start (driver);
  raised ();
  check (pci_memory_read (&guest.bus, driver->config, 4) == 16,
         "the driver sees how large it is to become");
  check (balloon_set_size (&balloon, 32 * PAGE + 5, &failure)
         && pci_memory_read (&guest.bus, driver->config, 4) == 32
         && raised () == SLOT
         && pci_memory_read (&guest.bus, driver->isr, 1) & 2,
         "it is told when that changes");
  check (!balloon_set_size (&balloon, MEMORY_BYTES, &failure)
         && pci_memory_read (&guest.bus, driver->config, 4) == 32,
         "not all of memory can be taken");
  pci_memory_write (&guest.bus, size, 4, 7);
  pci_memory_write (&guest.bus, driver->config, 4, 99);
  pci_memory_write (&guest.bus, size - 2, 4, 99);
  pci_memory_write (&guest.bus, size, 8, 99);
  balloon_get_statistics (&balloon, &statistics);
  check (statistics.size == 7 * PAGE && statistics.target == 32 * PAGE,
         "the driver says how large it is, and changes nothing else");
  start (driver);
  balloon_get_statistics (&balloon, &statistics);
  check (statistics.size == 0 && statistics.target == 32 * PAGE,
         "a new driver begins with nothing");
}

static void
test_inflate (const struct driver *driver)
{
  const uint32_t first = PAGES / PAGE;
  const uint32_t some[] = { first, first + 1, first + 3, first + 2 };
  const uint32_t again[] = { first, first, 0x100 };
  uint32_t many[1025];
  unsigned i;

  start (driver);
  fill ();
  give (driver, INFLATE, some, 4);
  check (used_index () == 1, "pages are taken");
  check (!is_there (PAGES) && !is_there (PAGES + 3 * PAGE)
         && is_there (PAGES + 4 * PAGE), "the host has them back, no others");
  check (!has_contents (PAGES + PAGE) && has_contents (PAGES + 4 * PAGE),
         "what was in them is gone, in no others");
  give (driver, DEFLATE, some, 2);
  guest.memory.base[PAGES] = 1;
  check (used_index () == 1 && is_there (PAGES),
         "they are memory again when they are used");
  give (driver, INFLATE, again, 3);
  check (used_index () == 2, "a page may be given twice");
  set (0, DATA, 3, 0);
  offer (driver);
  serve ();
  check (used_index () == 3, "less than a number is nothing");
  for (i = 0; i < 1025; i++)
    many[i] = first;
  give (driver, INFLATE, many, 1025);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET,
         "too many at once break it");
}

static void
test_wild_numbers (const struct driver *driver)
{
  static const uint32_t wild[] =
    { MEMORY_BYTES / PAGE, 0xffffffff, 0x80000000, 0x00100000 };
  unsigned i, broken = 0, kept = 0;

  for (i = 0; i < sizeof wild / sizeof *wild; i++)
    {
      const uint32_t numbers[] = { PAGES / PAGE, wild[i] };

      start (driver);
      fill ();
      give (driver, INFLATE, numbers, 2);
      broken += !!(status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
      kept += has_contents (PAGES);
    }
  check (broken == i, "pages that are no memory break it");
  check (kept == i, "nothing is taken then");
  start (driver);
  give (driver, DEFLATE, wild, 4);
  check (!(status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET)
         && used_index () == 1, "who takes such pages out gets nothing");
}

static void
report (const struct driver *driver, uint64_t address, uint32_t bytes)
{
  use_queue (REPORT);
  set (0, address, bytes, VRING_DESC_F_WRITE);
  offer (driver);
  serve ();
}

static void
test_reports (const struct driver *driver)
{
  struct balloon_statistics statistics;
  unsigned i;

  start (driver);
  fill ();
  report (driver, PAGES, 2 * PAGE);
  balloon_get_statistics (&balloon, &statistics);
  check (used_index () == 1 && !is_there (PAGES) && !is_there (PAGES + PAGE)
         && is_there (PAGES + 2 * PAGE) && statistics.reported == 2 * PAGE,
         "the host has free pages back that it is told of");
  report (driver, PAGES + 2 * PAGE + 8, 2 * PAGE);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET
         && has_contents (PAGES + 2 * PAGE), "parts of pages are not free");
  start (driver);
  report (driver, PAGES + 2 * PAGE, 100);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET
         && has_contents (PAGES + 2 * PAGE), "nor is the start of one");
  start (driver);
  report (driver, MEMORY_BYTES - PAGE, 2 * PAGE);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET,
         "free pages that are no memory break it");
  start (driver);
  use_queue (REPORT);
  for (i = 0; i < 8; i++)
    set (i, PAGES & ~0xfffff, 1 << 20, VRING_DESC_F_WRITE
         | (i < 7 ? VRING_DESC_F_NEXT : 0));
  offer (driver);
  serve ();
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET
         && has_contents (PAGES + 2 * PAGE), "more than all is not free");
}

static void
tell (const struct driver *driver, uint16_t tag, uint64_t value)
{
  const struct virtio_balloon_stat told[] =
    { { .tag = tag, .val = value }, { .tag = 0xfff0, .val = 1 } };

  use_queue (STATISTICS);
  memcpy (guest.memory.base + DATA, told, sizeof told);
  set (0, DATA, sizeof told, 0);
  offer (driver);
  serve ();
}

static void
test_statistics (const struct driver *driver)
{
  const unsigned free = VIRTIO_BALLOON_S_MEMFREE;
  struct balloon_statistics statistics;

  balloon.answered = count_answer;
  start (driver);
  check (!balloon_ask (&balloon), "without a driver's help nobody is asked");
  tell (driver, free, 1234);
  balloon_get_statistics (&balloon, &statistics);
  check (used_index () == 0 && statistics.known == 1u << free
         && statistics.values[free] == 1234,
         "what the guest says first is kept, and the buffer as well");
  balloon.answer.ready (&balloon.answer);
  answers = 0;
  check (balloon_ask (&balloon) && used_index () == 1 && raised () == SLOT,
         "it is asked by getting the buffer back");
  check (balloon_ask (&balloon) && used_index () == 1,
         "while it has not answered, it is not asked again");
  tell (driver, free, 99);
  balloon_get_statistics (&balloon, &statistics);
  balloon.answer.ready (&balloon.answer);
  check (statistics.values[free] == 99 && answers == 1,
         "the answer is there, and who asked is told");
  tell (driver, free, 98);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET,
         "an answer without a question breaks it");
  check (!balloon_ask (&balloon), "a broken one is not asked");
  start (driver);
  check (!balloon_ask (&balloon), "after a reset the buffer is forgotten");
  use_queue (STATISTICS);
  set (0, DATA, 65 * sizeof (struct virtio_balloon_stat), 0);
  offer (driver);
  serve ();
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET,
         "too many statistics break it");
}

/* A driver that does not want statistics has one queue less. */
static void
test_without_statistics (const struct driver *driver)
{
  const uint64_t wanted = offered (driver)
    & ~((uint64_t) 1 << VIRTIO_BALLOON_F_STATS_VQ)
    & ~((uint64_t) 1 << VIRTIO_RING_F_EVENT_IDX);

  start (driver);
  balloon.device.accepted = wanted;
  fill ();
  use_queue (STATISTICS);
  set (0, PAGES, PAGE, VRING_DESC_F_WRITE);
  offer (driver);
  serve ();
  check (used_index () == 1 && !is_there (PAGES),
         "without statistics reports have their queue");
}

/* How the kernel has mapped that address: is @flag among its flags?  -1: there
   is no such line. */
static int
has_flag (uint64_t address, const char *flag)
{
  const unsigned long wanted = (unsigned long) guest.memory.base + address;
  unsigned long start, end;
  bool here = false;
  char line[512];
  int has = -1;
  FILE *file = fopen ("/proc/self/smaps", "r");

  while (file && has < 0 && fgets (line, sizeof line, file))
    if (sscanf (line, "%lx-%lx ", &start, &end) == 2)
      here = start <= wanted && wanted < end;
    else if (here && strncmp (line, "VmFlags:", 8) == 0)
      has = strstr (line, flag) != NULL;
  if (file)
    fclose (file);
  return has;
}

static void
test_large_pages (const struct driver *driver)
{
  const uint32_t page = PAGES / PAGE + 1;
  const uint64_t size = driver->config
    + offsetof (struct virtio_balloon_config, actual);

  start (driver);
  if (has_flag (PAGES, " hg") < 1)
    {
      printf ("UNTESTED: this host has no large pages\n");
      return;
    }
  give (driver, INFLATE, &page, 1);
  pci_memory_write (&guest.bus, size, 4, 1);
  check (has_flag (PAGES, " nh") == 1,
         "the host does not fill the hole with a large page");
  check (has_flag (PAGES - (2 << 20), " hg") == 1,
         "large pages stay elsewhere");
  pci_memory_write (&guest.bus, size, 4, 0);
  check (has_flag (PAGES, " hg") == 1,
         "large pages come again when the balloon is empty");
  give (driver, INFLATE, &page, 1);
  start (driver);
  check (has_flag (PAGES, " hg") == 1, "and with a new driver");
}

int
main (void)
{
  struct failure failure;
  struct driver driver;

  guest.device_node = memfd_create ("node", MFD_CLOEXEC);
  if (!guest_memory_create (&guest.memory, MEMORY_BYTES, &failure)
      || !event_loop_create (&guest.loop))
    return 1;
  /* The tests look at single pages. */
  prctl (PR_SET_THP_DISABLE, 1, 0, 0, 0);
  /* What the device says about us is not for the log. */
  if (!freopen ("/dev/null", "w", stderr))
    return 1;
  pci_bus_create (&guest.bus, MEMORY_BYTES);
  check (balloon_create (&balloon, &guest, 16 * PAGE, &failure),
         "a balloon is made");
  driver = find_device (SLOT);
  test_size (&driver);
  test_inflate (&driver);
  test_wild_numbers (&driver);
  test_reports (&driver);
  test_statistics (&driver);
  test_without_statistics (&driver);
  test_large_pages (&driver);
  return finish ();
}
