/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * driver.c - a driver of virtio devices, for tests of those.
 */
#include <config.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include <lguest/device.h>

#include "devices/ports.h"
#include "driver.h"

#define QUEUE_SIZE 16

/* In guest memory: the first queue is below everything, others are above. */
#define FIRST_QUEUE 0x1000
#define OTHER_QUEUES 0x200000
#define RING_BYTES 0x1000
#define QUEUE_BYTES (3 * RING_BYTES)

#define DOORBELL_BYTES 4

enum
{
  DESCRIPTORS,
  AVAILABLE,
  USED,
};

struct guest guest;
static unsigned queue;

/** config_read - a register of a slot's configuration */
uint32_t
config_read (unsigned slot, unsigned offset, unsigned bytes)
{
  port_write (&guest, 0xcf8, 4, 0x80000000 | slot << 11 | (offset & ~3));
  return port_read (&guest, 0xcfc + (offset & 3), bytes)
    & (bytes == 4 ? 0xffffffff : (1u << 8 * bytes) - 1);
}

/** config_write - the same, to change it */
void
config_write (unsigned slot, unsigned offset, unsigned bytes, uint32_t value)
{
  port_write (&guest, 0xcf8, 4, 0x80000000 | slot << 11 | (offset & ~3));
  port_write (&guest, 0xcfc + (offset & 3), bytes, value);
}

/** find_device - go along its capabilities */
struct driver
find_device (unsigned slot)
{
  struct driver driver = { .slot = slot };
  uint64_t bar = (config_read (slot, PCI_BASE_ADDRESS_0, 4) & ~0xfu)
    | (uint64_t) config_read (slot, PCI_BASE_ADDRESS_1, 4) << 32;
  unsigned at = config_read (slot, PCI_CAPABILITY_LIST, 1), left = 16;

  while (at && left--)
    {
      uint64_t where = bar + config_read (slot, at + VIRTIO_PCI_CAP_OFFSET,
                                          4);

      switch (config_read (slot, at + VIRTIO_PCI_CAP_CFG_TYPE, 1))
        {
        case VIRTIO_PCI_CAP_COMMON_CFG:
          driver.common = where;
          break;
        case VIRTIO_PCI_CAP_NOTIFY_CFG:
          driver.doorbell = where;
          break;
        case VIRTIO_PCI_CAP_ISR_CFG:
          driver.isr = where;
          break;
        case VIRTIO_PCI_CAP_DEVICE_CFG:
          driver.config = where;
          break;
        }
      at = config_read (slot, at + PCI_CAP_LIST_NEXT, 1);
    }
  return driver;
}

/** common_read - a register that all virtio devices have */
uint64_t
common_read (const struct driver *driver, unsigned offset, unsigned bytes)
{
  return pci_memory_read (&guest.bus, driver->common + offset, bytes);
}

/** common_write - the same, to change it */
void
common_write (const struct driver *driver, unsigned offset, unsigned bytes,
              uint64_t value)
{
  pci_memory_write (&guest.bus, driver->common + offset, bytes, value);
}

/** status_of - VIRTIO_CONFIG_S_ */
unsigned
status_of (const struct driver *driver)
{
  return common_read (driver, VIRTIO_PCI_COMMON_STATUS, 1);
}

/** set_status - 0 resets */
void
set_status (const struct driver *driver, unsigned status)
{
  common_write (driver, VIRTIO_PCI_COMMON_STATUS, 1, status);
}

/** offered - features */
uint64_t
offered (const struct driver *driver)
{
  uint64_t features;

  common_write (driver, VIRTIO_PCI_COMMON_DFSELECT, 4, 1);
  features = common_read (driver, VIRTIO_PCI_COMMON_DF, 4) << 32;
  common_write (driver, VIRTIO_PCI_COMMON_DFSELECT, 4, 0);
  return features | (uint32_t) common_read (driver, VIRTIO_PCI_COMMON_DF, 4);
}

/** accept_features - say which of them we want */
void
accept_features (const struct driver *driver, uint64_t features)
{
  common_write (driver, VIRTIO_PCI_COMMON_GFSELECT, 4, 0);
  common_write (driver, VIRTIO_PCI_COMMON_GF, 4, features & 0xffffffff);
  common_write (driver, VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
  common_write (driver, VIRTIO_PCI_COMMON_GF, 4, features >> 32);
}

/** use_queue - set(), offer() and used_...() are about this one from now on */
void
use_queue (unsigned number)
{
  queue = number;
}

/* Where a queue is: descriptors, and the two rings behind them. */
static uint64_t
queue_at (unsigned number, unsigned part)
{
  return (number ? OTHER_QUEUES + number * QUEUE_BYTES : FIRST_QUEUE)
    + part * RING_BYTES;
}

static void *
queue_part (unsigned part)
{
  return guest.memory.base + queue_at (queue, part);
}

static void
start_queue (const struct driver *driver, unsigned number)
{
  const uint64_t descriptors = queue_at (number, DESCRIPTORS);
  const uint64_t available = queue_at (number, AVAILABLE);

  memset (guest.memory.base + descriptors, 0, QUEUE_BYTES);
  common_write (driver, VIRTIO_PCI_COMMON_Q_SELECT, 2, number);
  common_write (driver, VIRTIO_PCI_COMMON_Q_SIZE, 2, QUEUE_SIZE);
  common_write (driver, VIRTIO_PCI_COMMON_Q_DESCLO, 4, descriptors);
  common_write (driver, VIRTIO_PCI_COMMON_Q_DESCHI, 4, 0);
  common_write (driver, VIRTIO_PCI_COMMON_Q_AVAILLO, 4, available);
  common_write (driver, VIRTIO_PCI_COMMON_Q_AVAILHI, 4, 0);
  common_write (driver, VIRTIO_PCI_COMMON_Q_USEDLO, 8,
                queue_at (number, USED));
  common_write (driver, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
}

/** start - reset the device, and start it with all queues; 0 is used first */
void
start (const struct driver *driver)
{
  unsigned count = common_read (driver, VIRTIO_PCI_COMMON_NUMQ, 2);

  use_queue (0);
  memset (guest.memory.base, 0, 0x8000);
  set_status (driver, 0);
  set_status (driver, VIRTIO_CONFIG_S_ACKNOWLEDGE);
  set_status (driver, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
  accept_features (driver, offered (driver)
                   & ~((uint64_t) 1 << VIRTIO_RING_F_EVENT_IDX));
  set_status (driver, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER
              | VIRTIO_CONFIG_S_FEATURES_OK);
  while (count-- > 0)
    start_queue (driver, count);
  set_status (driver, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER
              | VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
}

/** set - describe a buffer; VRING_DESC_F_NEXT leads to the next one */
void
set (unsigned index, uint64_t address, uint32_t length, uint16_t flags)
{
  struct vring_desc *descriptor
    = (struct vring_desc *) queue_part (DESCRIPTORS) + index;

  *descriptor = (struct vring_desc) { address, length, flags, index + 1 };
}

/** offer - the chain that begins with descriptor 0, and ring */
void
offer (const struct driver *driver)
{
  struct vring_avail *available = queue_part (AVAILABLE);

  available->ring[available->idx % QUEUE_SIZE] = 0;
  available->idx++;
  pci_memory_write (&guest.bus, driver->doorbell + queue * DOORBELL_BYTES, 2,
                    queue);
}

/** used_index - how many chains have come back */
uint16_t
used_index (void)
{
  struct vring_used *used = queue_part (USED);

  return __atomic_load_n (&used->idx, __ATOMIC_ACQUIRE);
}

/** used_length - what was written into chain number @index */
uint32_t
used_length (unsigned index)
{
  struct vring_used *used = queue_part (USED);

  return used->ring[index % QUEUE_SIZE].len;
}

/** wait_used - until so many have come back, ten seconds at most */
bool
wait_used (uint16_t index)
{
  int i;

  for (i = 0; i < 10000 && used_index () != index; i++)
    poll (NULL, 0, 1);
  return used_index () == index;
}

/** wait_broken - until the device needs a reset, ten seconds at most */
bool
wait_broken (const struct driver *driver)
{
  int i;

  for (i = 0; i < 10000
       && !(status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET); i++)
    poll (NULL, 0, 1);
  return status_of (driver) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/** raised - the last interrupt line that was raised, or -1; forgets it */
int
raised (void)
{
  uint64_t words[2] = { 0, 0 };

  if (pread (guest.device_node, words, sizeof words, 0) != sizeof words
      || words[0] != LHREQ_IRQ)
    return -1;
  if (ftruncate (guest.device_node, 0) != 0)
    return -1;
  return words[1];
}
