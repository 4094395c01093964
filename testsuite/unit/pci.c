/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci.c - devices, from the configuration ports to their work, as a driver
 * sees them; a good one and a bad one.
 */
#include <config.h>

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include <lguest/device.h>
#include <lguest/msi.h>

#include "devices/block.h"
#include "devices/ports.h"
#include "devices/rng.h"
#include "driver.h"
#include "unit.h"

#define DISK_SECTORS 64

/* In guest memory. */
#define HEADER 0x4000
#define STATUS 0x5000

static struct rng rng;
static struct block disk;
static struct failure failure;
static char disk_name[] = "/tmp/lguest-unit-XXXXXX";
static const struct block_settings disk_settings
  = { .image = { .name = disk_name } };

/*
 * The tests.
 */

static void
test_bus (void)
{
  unsigned slot, others = 0;
  uint32_t before;

  port_write (&guest, 0xcf8, 4, 0x80000000);
  port_write (&guest, 0xcfb, 1, 1);
  check (port_read (&guest, 0xcf8, 4) == 0x80000000,
         "the address port takes only 32 bits");
  check (config_read (0, PCI_CLASS_DEVICE, 2) == 0x0600,
         "slot 0 is a host bridge");
  check (config_read (1, PCI_VENDOR_ID, 4)
         == (0x1af4 | (0x1040 + VIRTIO_ID_RNG) << 16), "slot 1 is the rng");
  check (config_read (2, PCI_VENDOR_ID, 4)
         == (0x1af4 | (0x1040 + VIRTIO_ID_BLOCK) << 16),
         "slot 2 is the disk");
  for (slot = 3; slot < PCI_SLOTS; slot++)
    others += config_read (slot, PCI_VENDOR_ID, 4) != 0xffffffff;
  check (others == 0, "all other slots are empty");
  port_write (&guest, 0xcf8, 4, 0x80000000 | 1 << 11 | 1 << 8);
  check (port_read (&guest, 0xcfc, 4) == 0xffffffff,
         "devices have one function");
  port_write (&guest, 0xcf8, 4, 0x80000000 | 1 << 16 | 1 << 11);
  check (port_read (&guest, 0xcfc, 4) == 0xffffffff, "there is one bus");
  port_write (&guest, 0xcf8, 4, 1 << 11);
  check (port_read (&guest, 0xcfc, 4) == 0xffffffff,
         "addresses need their enable bit");
  port_write (&guest, 0xcf8, 4, 0x80000000 | 1 << 11);
  check (port_read (&guest, 0xcff, 4) == 0xffffffff,
         "no access crosses the data port's end");
  check (config_read (1, PCI_INTERRUPT_LINE, 1) == 1
         && config_read (2, PCI_INTERRUPT_LINE, 1) == 2,
         "interrupt lines are set");
  before = config_read (1, PCI_BASE_ADDRESS_0, 4);
  config_write (1, PCI_BASE_ADDRESS_0, 4, 0xffffffff);
  check (config_read (1, PCI_BASE_ADDRESS_0, 4) == 0xffff8004,
         "a BAR tells its size");
  config_write (1, PCI_BASE_ADDRESS_0, 4, before);
  check (config_read (1, PCI_BASE_ADDRESS_0, 4) == before
         && (before & ~0xfu) >= MEMORY_BYTES, "BARs are above memory");
  config_write (1, PCI_VENDOR_ID, 4, 0);
  check (config_read (1, PCI_VENDOR_ID, 2) == 0x1af4,
         "what is fixed cannot be written");
  check (port_read (&guest, 0x3f8, 1) == 0xffffffff
         && port_read (&guest, 0x71, 1) == 0xffffffff,
         "no other hardware is there");
}

static void
test_bar (const struct driver *driver)
{
  uint32_t before = config_read (driver->slot, PCI_COMMAND, 2);
  uint32_t bar = config_read (driver->slot, PCI_BASE_ADDRESS_0, 4);
  uint64_t common = driver->common;

  config_write (driver->slot, PCI_COMMAND, 2, 0);
  check (common_read (driver, VIRTIO_PCI_COMMON_NUMQ, 2) == ~UINT64_C (0),
         "a BAR that is off does not answer");
  config_write (driver->slot, PCI_COMMAND, 2, before);
  config_write (driver->slot, PCI_BASE_ADDRESS_0, 4, bar + 0x1000000);
  check (common_read (driver, VIRTIO_PCI_COMMON_NUMQ, 2) == ~UINT64_C (0)
         && pci_memory_read (&guest.bus, common + 0x1000000
                             + VIRTIO_PCI_COMMON_NUMQ, 2) == 1,
         "a BAR can be moved");
  config_write (driver->slot, PCI_BASE_ADDRESS_0, 4, bar);
  check (pci_memory_read (&guest.bus, common + 0x7ffc, 8) == ~UINT64_C (0),
         "no access crosses a BAR's end");
}

/* Through the capability that makes a window into the BAR. */
static void
test_window (const struct driver *driver)
{
  unsigned at = config_read (driver->slot, PCI_CAPABILITY_LIST, 1);
  const unsigned data = offsetof (struct virtio_pci_cfg_cap, pci_cfg_data);

  while (at && config_read (driver->slot, at + VIRTIO_PCI_CAP_CFG_TYPE, 1)
         != VIRTIO_PCI_CAP_PCI_CFG)
    at = config_read (driver->slot, at + PCI_CAP_LIST_NEXT, 1);
  check (at != 0, "there is a window");
  config_write (driver->slot, at + VIRTIO_PCI_CAP_BAR, 1, 0);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_LENGTH, 4, 2);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_OFFSET, 4,
                VIRTIO_PCI_COMMON_NUMQ);
  check (config_read (driver->slot, at + data, 2) == 1,
         "the window shows a register");
  config_write (driver->slot, at + VIRTIO_PCI_CAP_OFFSET, 4,
                VIRTIO_PCI_COMMON_Q_SELECT);
  config_write (driver->slot, at + data, 2, 7);
  check (common_read (driver, VIRTIO_PCI_COMMON_Q_SELECT, 2) == 7,
         "a register is written through the window");
  start (driver);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_LENGTH, 4, 1);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_OFFSET, 4,
                VIRTIO_PCI_COMMON_STATUS);
  config_write (driver->slot, at + data, 1, 0);
  config_write (driver->slot, at + data, 1, VIRTIO_CONFIG_S_ACKNOWLEDGE
                | VIRTIO_CONFIG_S_DRIVER);
  accept_features (driver, offered (driver));
  config_write (driver->slot, at + data, 1, VIRTIO_CONFIG_S_FEATURES_OK);
  config_write (driver->slot, at + data, 1, VIRTIO_CONFIG_S_DRIVER_OK);
  check (status_of (driver) & VIRTIO_CONFIG_S_DRIVER_OK,
         "a device is started through the window");
  set_status (driver, 0);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_LENGTH, 4, 0xffffffff);
  config_read (driver->slot, at + data, 4);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_LENGTH, 4, 4);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_OFFSET, 4, 0xfffffffc);
  config_read (driver->slot, at + data, 4);
  config_write (driver->slot, at + VIRTIO_PCI_CAP_BAR, 1, 5);
  config_write (driver->slot, at + data, 4, 0);
  check (true, "windows to nowhere are harmless");
}

static void
test_registers (const struct driver *driver)
{
  const uint64_t version_1 = (uint64_t) 1 << VIRTIO_F_VERSION_1;

  set_status (driver, 0);
  check (status_of (driver) == 0, "a device can be reset");
  check (offered (driver) & version_1, "it offers VERSION_1");
  accept_features (driver, 0);
  set_status (driver, VIRTIO_CONFIG_S_FEATURES_OK);
  check (!(status_of (driver) & VIRTIO_CONFIG_S_FEATURES_OK),
         "it insists on VERSION_1");
  accept_features (driver, ~UINT64_C (0));
  set_status (driver, VIRTIO_CONFIG_S_FEATURES_OK);
  check (!(status_of (driver) & VIRTIO_CONFIG_S_FEATURES_OK),
         "it insists on what it offers");
  accept_features (driver, version_1);
  set_status (driver, VIRTIO_CONFIG_S_FEATURES_OK);
  check (status_of (driver) & VIRTIO_CONFIG_S_FEATURES_OK,
         "it agrees on features");
  common_write (driver, VIRTIO_PCI_COMMON_Q_SELECT, 2, 99);
  check (common_read (driver, VIRTIO_PCI_COMMON_Q_SIZE, 2) == 0,
         "a queue that is not there has size 0");
  common_write (driver, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
  pci_memory_write (&guest.bus, driver->doorbell + 0xff8, 2, 99);
  check (!(status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET),
         "queues that are not there are left alone");
  common_write (driver, VIRTIO_PCI_COMMON_Q_SELECT, 2, 0);
  common_write (driver, VIRTIO_PCI_COMMON_Q_USEDHI, 4, 1);
  common_write (driver, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET,
         "a queue outside of memory breaks the device");
  set_status (driver, 0);
  set_status (driver, VIRTIO_CONFIG_S_DRIVER_OK);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET,
         "starting without features breaks the device");
  set_status (driver, 0);
}

static void
test_rng (const struct driver *driver)
{
  uint8_t zeros[64] = { 0 };

  start (driver);
  raised ();
  memset (guest.memory.base + DATA, 0, 1 << 20);
  set (0, DATA, 64, VRING_DESC_F_WRITE);
  offer (driver);
  rng.bell.ready (&rng.bell);
  check (used_index () == 1 && used_length (0) == 64
         && memcmp (guest.memory.base + DATA, zeros, 64) != 0,
         "the rng gives random bytes");
  check (raised () == 1, "it raises its interrupt line");
  check (pci_memory_read (&guest.bus, driver->isr, 1) == 1
         && pci_memory_read (&guest.bus, driver->isr, 1) == 0,
         "its interrupt status is cleared when read");
  set (0, DATA, 1 << 20, VRING_DESC_F_WRITE);
  offer (driver);
  rng.bell.ready (&rng.bell);
  check (used_length (1) == 64 << 10, "it gives 64 KiB at once at most");
  raised ();
  set (0, MEMORY_BYTES, 64, VRING_DESC_F_WRITE);
  offer (driver);
  rng.bell.ready (&rng.bell);
  check (status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET
         && used_index () == 2, "a bad buffer breaks it");
  check (raised () == 1
         && pci_memory_read (&guest.bus, driver->isr, 1) & 2,
         "it tells the driver so");
  set (0, DATA, 64, VRING_DESC_F_WRITE);
  offer (driver);
  rng.bell.ready (&rng.bell);
  check (used_index () == 2, "a broken device does nothing");
  start (driver);
  set (0, DATA, 64, VRING_DESC_F_WRITE);
  offer (driver);
  rng.bell.ready (&rng.bell);
  check (used_index () == 1 && used_length (0) == 64,
         "it works again after a reset");
}

/* Where a device's MSI-X capability is; 0 if it has none. */
static unsigned
find_messages (unsigned slot)
{
  unsigned at = config_read (slot, PCI_CAPABILITY_LIST, 1), left = 16;

  while (at && left-- && config_read (slot, at, 1) != PCI_CAP_ID_MSIX)
    at = config_read (slot, at + PCI_CAP_LIST_NEXT, 1);
  return at;
}

static void
set_messages (const struct driver *driver, unsigned at, unsigned flags)
{
  config_write (driver->slot, at + PCI_MSIX_FLAGS, 2, flags);
}

static void
set_vector (uint64_t table, unsigned vector, uint32_t address, uint32_t data,
            uint32_t control)
{
  table += vector * PCI_MSIX_ENTRY_SIZE;
  pci_memory_write (&guest.bus, table, 4, address);
  pci_memory_write (&guest.bus, table + PCI_MSIX_ENTRY_UPPER_ADDR, 4, 0);
  pci_memory_write (&guest.bus, table + PCI_MSIX_ENTRY_DATA, 4, data);
  pci_memory_write (&guest.bus, table + PCI_MSIX_ENTRY_VECTOR_CTRL, 4,
                    control);
}

/* Let the device give one chain back; returns the line that it raises. */
static int
raised_by_work (const struct driver *driver)
{
  set (0, DATA, 64, VRING_DESC_F_WRITE);
  offer (driver);
  rng.bell.ready (&rng.bell);
  return raised ();
}

static void
test_messages (const struct driver *driver)
{
  const unsigned at = find_messages (driver->slot);
  const uint64_t bar = config_read (driver->slot, PCI_BASE_ADDRESS_0, 4)
    & ~0xfu;
  const uint64_t table = bar + config_read (driver->slot,
                                            at + PCI_MSIX_TABLE, 4);
  const uint64_t pending = bar + config_read (driver->slot,
                                              at + PCI_MSIX_PBA, 4);
  static const uint32_t nowhere[][2] =
    {
      { LGUEST_MSI_ADDRESS, 0 }, { LGUEST_MSI_ADDRESS, LGUEST_DEVICE_IRQS },
      { LGUEST_MSI_ADDRESS, 0xffffffff }, { 0x1000, 40 },
    };
  unsigned i, lost = 0;

  check (at && (config_read (driver->slot, at + PCI_MSIX_FLAGS, 2)
                & PCI_MSIX_FLAGS_QSIZE) == 1,
         "the rng has a message for its queue and one for changes");
  start (driver);
  common_write (driver, VIRTIO_PCI_COMMON_Q_MSIX, 2, 2);
  common_write (driver, VIRTIO_PCI_COMMON_MSIX, 2, 0xfffe);
  check (common_read (driver, VIRTIO_PCI_COMMON_Q_MSIX, 2)
         == VIRTIO_MSI_NO_VECTOR
         && common_read (driver, VIRTIO_PCI_COMMON_MSIX, 2)
         == VIRTIO_MSI_NO_VECTOR, "vectors that are not there are refused");
  common_write (driver, VIRTIO_PCI_COMMON_Q_MSIX, 2, 1);
  common_write (driver, VIRTIO_PCI_COMMON_MSIX, 2, 0);
  check (common_read (driver, VIRTIO_PCI_COMMON_Q_MSIX, 2) == 1
         && common_read (driver, VIRTIO_PCI_COMMON_MSIX, 2) == 0,
         "those that are there are kept");
  set_vector (table, 0, LGUEST_MSI_ADDRESS, 40, 0);
  set_vector (table, 1, LGUEST_MSI_ADDRESS, 41, 0);
  check (pci_memory_read (&guest.bus, table + 24, 4) == 41
         && pci_memory_read (&guest.bus, table + 24, 8) == 41
         && pci_memory_read (&guest.bus, table + 25, 4) == ~UINT64_C (0)
         && pci_memory_read (&guest.bus, table + 24, 2) == ~UINT64_C (0)
         && pci_memory_read (&guest.bus, table + 32, 4) == ~UINT64_C (0),
         "its table is read in whole words");
  raised ();
  check (raised_by_work (driver) == 1, "while messages are off, it uses its"
         " wire");
  pci_memory_read (&guest.bus, driver->isr, 1);
  set_messages (driver, at, PCI_MSIX_FLAGS_ENABLE);
  check (raised_by_work (driver) == 41
         && pci_memory_read (&guest.bus, driver->isr, 1) == 0,
         "when they are on, the message says which line, and nobody has to"
         " ask why");
  set_messages (driver, at, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
  check (raised_by_work (driver) == -1
         && pci_memory_read (&guest.bus, pending, 8) == 2,
         "all masked, it waits");
  set_messages (driver, at, PCI_MSIX_FLAGS_ENABLE);
  check (raised () == 41 && pci_memory_read (&guest.bus, pending, 4) == 0,
         "and comes when they no longer are");
  set_vector (table, 1, LGUEST_MSI_ADDRESS, 41, 1);
  check (raised_by_work (driver) == -1
         && pci_memory_read (&guest.bus, pending, 4) == 2,
         "one masked, it waits");
  set_vector (table, 1, LGUEST_MSI_ADDRESS, 42, 0);
  check (raised () == 42, "and goes where it is to go then");
  for (i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
    {
      set_vector (table, 1, nowhere[i][0], nowhere[i][1], 0);
      lost += raised_by_work (driver) == -1;
    }
  check (lost == i && !(status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET),
         "messages to nowhere are lost, and nothing else is");
  common_write (driver, VIRTIO_PCI_COMMON_Q_MSIX, 2, VIRTIO_MSI_NO_VECTOR);
  check (raised_by_work (driver) == -1, "without a vector it is silent");
  set (0, MEMORY_BYTES, 64, VRING_DESC_F_WRITE);
  offer (driver);
  rng.bell.ready (&rng.bell);
  check (raised () == 40, "when it breaks, the vector for changes says so");
  set_status (driver, 0);
  common_write (driver, VIRTIO_PCI_COMMON_Q_SELECT, 2, 0);
  check (common_read (driver, VIRTIO_PCI_COMMON_Q_MSIX, 2)
         == VIRTIO_MSI_NO_VECTOR
         && common_read (driver, VIRTIO_PCI_COMMON_MSIX, 2)
         == VIRTIO_MSI_NO_VECTOR, "a reset forgets the vectors");
  virtio_device_reset (&rng.device);
  pci_bus_reset (&guest.bus);
  check (config_read (driver->slot, at + PCI_MSIX_FLAGS, 2) == 1
         && pci_memory_read (&guest.bus, table + 12, 4) == 1,
         "a restart masks them and turns them off");
}

/* One request to the disk; returns its status. */
static int
request (const struct driver *driver, uint32_t type, uint64_t sector,
         uint32_t bytes, bool to_disk)
{
  struct virtio_blk_outhdr *header
    = (struct virtio_blk_outhdr *) (guest.memory.base + HEADER);
  uint16_t next = used_index () + 1;

  *header = (struct virtio_blk_outhdr) { .type = type, .sector = sector };
  guest.memory.base[STATUS] = 0xee;
  set (0, HEADER, sizeof *header, VRING_DESC_F_NEXT);
  set (1, DATA, bytes, VRING_DESC_F_NEXT
       | (to_disk ? 0 : VRING_DESC_F_WRITE));
  set (2, STATUS, 1, VRING_DESC_F_WRITE);
  offer (driver);
  return wait_used (next) ? guest.memory.base[STATUS] : -1;
}

static void
test_disk (const struct driver *driver)
{
  struct stat status_of_file;
  static const struct
  {
    const char *what;
    uint32_t type;
    uint64_t sector;
    uint32_t bytes;
    bool to_disk;
    int status;
  } requests[] =
  {
    { "the last sector is read", VIRTIO_BLK_T_IN, DISK_SECTORS - 1, 512,
      false, VIRTIO_BLK_S_OK },
    { "all sectors are read", VIRTIO_BLK_T_IN, 0, DISK_SECTORS * 512, false,
      VIRTIO_BLK_S_OK },
    { "nothing is read behind the end", VIRTIO_BLK_T_IN, DISK_SECTORS, 512,
      false, VIRTIO_BLK_S_IOERR },
    { "nothing is read across the end", VIRTIO_BLK_T_IN, DISK_SECTORS - 1,
      1024, false, VIRTIO_BLK_S_IOERR },
    { "nothing is read at a wrapping sector", VIRTIO_BLK_T_IN, UINT64_MAX,
      1024, false, VIRTIO_BLK_S_IOERR },
    { "no part of a sector is read", VIRTIO_BLK_T_IN, 0, 100, false,
      VIRTIO_BLK_S_IOERR },
    { "nothing is written across the end", VIRTIO_BLK_T_OUT,
      DISK_SECTORS - 1, 1024, true, VIRTIO_BLK_S_IOERR },
    { "nothing is written at a wrapping sector", VIRTIO_BLK_T_OUT,
      UINT64_MAX / 512, 512, true, VIRTIO_BLK_S_IOERR },
    { "the last sector is written", VIRTIO_BLK_T_OUT, DISK_SECTORS - 1, 512,
      true, VIRTIO_BLK_S_OK },
    { "the disk is flushed", VIRTIO_BLK_T_FLUSH, 0, 0, true,
      VIRTIO_BLK_S_OK },
    { "an unknown request is not supported", 77, 0, 512, false,
      VIRTIO_BLK_S_UNSUPP },
    { "the disk has an id", VIRTIO_BLK_T_GET_ID, 0, 20, false,
      VIRTIO_BLK_S_OK },
    { "an id needs room", VIRTIO_BLK_T_GET_ID, 0, 19, false,
      VIRTIO_BLK_S_IOERR },
  };
  size_t i;

  start (driver);
  check (pci_memory_read (&guest.bus, driver->config, 8) == DISK_SECTORS,
         "the disk has a size");
  for (i = 0; i < sizeof requests / sizeof *requests; i++)
    {
      const int status = request (driver, requests[i].type,
                                  requests[i].sector, requests[i].bytes,
                                  requests[i].to_disk);

      check (status == requests[i].status, "%s", requests[i].what);
      explain ("status %d", status);
    }
  memset (guest.memory.base + DATA, 'L', 512);
  request (driver, VIRTIO_BLK_T_OUT, 5, 512, true);
  memset (guest.memory.base + DATA, 0, 512);
  check (request (driver, VIRTIO_BLK_T_IN, 5, 512, false) == 0
         && guest.memory.base[DATA] == 'L'
         && guest.memory.base[DATA + 511] == 'L',
         "what was written is read");
  check (stat (disk_name, &status_of_file) == 0
         && status_of_file.st_size == DISK_SECTORS * 512,
         "the file has kept its size");
  set (0, HEADER, 4, VRING_DESC_F_NEXT);
  set (1, STATUS, 1, VRING_DESC_F_WRITE);
  guest.memory.base[STATUS] = 0xee;
  i = used_index () + 1;
  offer (driver);
  check (wait_used (i) && guest.memory.base[STATUS] == VIRTIO_BLK_S_IOERR,
         "a short header is an error");
  set (0, HEADER, 16, 0);
  offer (driver);
  check (wait_used (i + 1) && used_length (i) == 0,
         "a request without status is given back");
  set (0, DATA, 0xffffffff, VRING_DESC_F_WRITE);
  offer (driver);
  check (wait_broken (driver), "a bad buffer breaks the disk");
  start (driver);
  check (request (driver, VIRTIO_BLK_T_IN, 0, 512, false) == 0,
         "the disk works again after a reset");
}

static void
test_files (void)
{
  static struct block second, none;
  struct block_settings settings = { .serial = NULL };
  char name[] = "/tmp/lguest-unit-XXXXXX";
  int fd;

  check (!block_open (&second, &disk_settings, &failure)
         && strstr (failure.text, "in use"), "a disk is used once");
  settings.image.name = "/nonexistent";
  check (!block_open (&none, &settings, &failure),
         "a disk that is not there is refused");
  memset (&none, 0, sizeof none);
  settings.image.name = "/dev/null";
  check (!block_open (&none, &settings, &failure)
         && strstr (failure.text, "neither"), "a device is no disk");
  memset (&none, 0, sizeof none);
  fd = mkstemp (name);
  settings.image.name = name;
  settings.image.read_only = true;
  check (!block_open (&none, &settings, &failure)
         && strstr (failure.text, "empty"), "an empty file is no disk");
  close (fd);
  unlink (name);
}

int
main (void)
{
  struct driver driver;
  int fd;

  guest.device_node = memfd_create ("node", MFD_CLOEXEC);
  fd = mkstemp (disk_name);
  if (!guest_memory_create (&guest.memory, MEMORY_BYTES, &failure)
      || !event_loop_create (&guest.loop) || fd < 0
      || ftruncate (fd, DISK_SECTORS * 512) != 0)
    return 1;
  close (fd);
  /* What the devices say about us is not for the log. */
  if (!freopen ("/dev/null", "w", stderr))
    return 1;
  pci_bus_create (&guest.bus, MEMORY_BYTES);
  check (rng_create (&rng, &guest, &failure), "an rng is made");
  check (block_open (&disk, &disk_settings, &failure)
         && block_create (&disk, &guest, &failure), "a disk is made");
  explain ("%s", failure.text);
  test_bus ();
  driver = find_device (1);
  check (driver.common && driver.doorbell && driver.isr,
         "a device has all its parts");
  test_bar (&driver);
  test_window (&driver);
  test_registers (&driver);
  test_rng (&driver);
  test_messages (&driver);
  driver = find_device (2);
  test_disk (&driver);
  test_files ();
  unlink (disk_name);
  return finish ();
}
