/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/pci.c - the PCI bus of a Guest.
 *
 * One bus, one function per slot, the two I/O ports of "configuration
 * mechanism 1".  There is no BIOS: what a BIOS would have set up, the places
 * of the BARs and the interrupt lines, is set up from the start.
 */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "devices/pci.h"

#define PORT_ADDRESS 0xcf8
#define PORT_DATA 0xcfc
#define PORT_END 0xd00

#define ADDRESS_ENABLE 0x80000000u

/* BARs lie above memory, but not directly.  Linux keeps its hands off what is
   left of the last 64 MiB that begin with memory, so we do as well. */
#define BAR_ALIGNMENT ((uint64_t) 64 << 20)

/* The byte of an MSI-X capability that has the bits a Guest may change. */
#define MSIX_CONTROL (PCI_MSIX_FLAGS + 1)

static const uint64_t ALL_ONES = ~(uint64_t) 0;

static void
put (uint8_t *config, unsigned offset, unsigned bytes, uint64_t value)
{
  unsigned i;

  for (i = 0; i < bytes; i++)
    config[offset + i] = value >> (8 * i);
}

static uint32_t
get (const uint8_t *config, unsigned offset, unsigned bytes)
{
  uint32_t value = 0;
  unsigned i;

  for (i = 0; i < bytes; i++)
    value |= (uint32_t) config[offset + i] << (8 * i);
  return value;
}

static uint64_t
bar_address (const struct pci_device *device)
{
  return (get (device->config, PCI_BASE_ADDRESS_0, 4)
          & (uint32_t) PCI_BASE_ADDRESS_MEM_MASK)
    | (uint64_t) get (device->config, PCI_BASE_ADDRESS_1, 4) << 32;
}

/**
 * pci_bus_create - a bus with nothing but its bridge
 * @memory_size: of the Guest; BARs lie above
 */
void
pci_bus_create (struct pci_bus *bus, uint64_t memory_size)
{
  memset (bus, 0, sizeof *bus);
  pthread_mutex_init (&bus->lock, NULL);
  bus->next_bar = (memory_size + BAR_ALIGNMENT) & ~(BAR_ALIGNMENT - 1);
  /* Linux looks for the class of a host bridge before it believes in the
     bus.  Without a vendor there is no device for it to find a driver for. */
  put (bus->bridge.config, PCI_CLASS_DEVICE, 2, 0x0600);
  bus->slots[0] = &bus->bridge;
  bus->devices = 1;
}

/**
 * pci_bus_add - plug a device in
 * @device: its operations, class, identity and capabilities are set
 *
 * Sets its BAR, interrupt line and everything else.  Returns false if all
 * slots are taken.
 */
bool
pci_bus_add (struct pci_bus *bus, struct pci_device *device)
{
  const unsigned slot = bus->devices;
  uint64_t bar;

  if (slot == PCI_SLOTS)
    return false;
  bus->slots[slot] = device;
  bus->devices++;
  device->irq = slot;
  bar = (bus->next_bar + device->bar_bytes - 1) & ~(device->bar_bytes - 1);
  bus->next_bar = bar + device->bar_bytes;

  put (device->config, PCI_BASE_ADDRESS_0, 8,
       bar | PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64);
  put (device->writable, PCI_BASE_ADDRESS_0, 8, ~(device->bar_bytes - 1));
  put (device->config, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
  put (device->writable, PCI_COMMAND, 2,
       PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
  put (device->writable, PCI_CACHE_LINE_SIZE, 1, 0xff);
  put (device->writable, PCI_LATENCY_TIMER, 1, 0xff);
  put (device->config, PCI_INTERRUPT_LINE, 1, device->irq);
  put (device->writable, PCI_INTERRUPT_LINE, 1, 0xff);
  put (device->config, PCI_INTERRUPT_PIN, 1, 1);
  return true;
}

/**
 * pci_bus_reset - everything as it was before the Guest ran
 *
 * BARs stay where the Guest has put them, as nothing else places them.
 */
void
pci_bus_reset (struct pci_bus *bus)
{
  unsigned slot;

  pthread_mutex_lock (&bus->lock);
  bus->address = 0;
  for (slot = 1; slot < bus->devices; slot++)
    {
      struct pci_device *device = bus->slots[slot];

      put (device->config, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
      put (device->config, PCI_INTERRUPT_LINE, 1, device->irq);
      if (device->msix)
        device->config[device->msix + MSIX_CONTROL] = 0;
    }
  pthread_mutex_unlock (&bus->lock);
}

/** pci_interrupts_off - does the Guest want none? */
bool
pci_interrupts_off (struct pci_device *device)
{
  const uint8_t *high = &device->config[PCI_COMMAND + 1];

  return __atomic_load_n (high, __ATOMIC_RELAXED)
    & (PCI_COMMAND_INTX_DISABLE >> 8);
}

/** pci_messages - does the Guest want messages, and now? */
enum pci_messages
pci_messages (struct pci_device *device)
{
  uint8_t control;

  if (!device->msix)
    return PCI_MESSAGES_OFF;
  control = __atomic_load_n (&device->config[device->msix + MSIX_CONTROL],
                             __ATOMIC_RELAXED);
  if (!(control & PCI_MSIX_FLAGS_ENABLE >> 8))
    return PCI_MESSAGES_OFF;
  return control & PCI_MSIX_FLAGS_MASKALL >> 8
    ? PCI_MESSAGES_MASKED : PCI_MESSAGES_ON;
}

/**
 * pci_set_messages - the device has an MSI-X capability
 * @at: its offset; there is room for PCI_CAP_MSIX_SIZEOF bytes
 * @vectors: how many
 * @table, @pending: offsets in BAR 0
 */
void
pci_set_messages (struct pci_device *device, unsigned at, unsigned vectors,
                  uint32_t table, uint32_t pending)
{
  device->msix = at;
  device->config[at] = PCI_CAP_ID_MSIX;
  put (device->config, at + PCI_MSIX_FLAGS, 2, vectors - 1);
  put (device->config, at + PCI_MSIX_TABLE, 4, table);
  put (device->config, at + PCI_MSIX_PBA, 4, pending);
  put (device->writable, at + PCI_MSIX_FLAGS, 2,
       PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
}

/*
 * The window: a capability by which a Guest that cannot reach the BAR does
 * so through configuration space.  Returns false if this is no access to the
 * window's data, or the window does not lead anywhere.
 */
static bool
window_find (const struct pci_device *device, unsigned offset,
             uint64_t *bar_offset, unsigned *bytes)
{
  const unsigned window = device->window;

  if (!window
      || offset != window + offsetof (struct virtio_pci_cfg_cap,
                                      pci_cfg_data))
    return false;
  *bytes = get (device->config, window + VIRTIO_PCI_CAP_LENGTH, 4);
  *bar_offset = get (device->config, window + VIRTIO_PCI_CAP_OFFSET, 4);
  return device->config[window + VIRTIO_PCI_CAP_BAR] == 0
    && (*bytes == 1 || *bytes == 2 || *bytes == 4)
    && *bar_offset % *bytes == 0
    && *bar_offset + *bytes <= device->bar_bytes;
}

/* What the bus's lock guards is done, and the device is next: its own lock
   comes before the bus's, as it may want to know where its BAR is. */

static uint32_t
config_read (struct pci_bus *bus, struct pci_device *device, unsigned offset,
             unsigned bytes)
{
  uint64_t bar_offset, answer;
  unsigned window_bytes;
  uint32_t value;

  pthread_mutex_lock (&bus->lock);
  if (window_find (device, offset, &bar_offset, &window_bytes))
    {
      pthread_mutex_unlock (&bus->lock);
      answer = device->operations->read (device, bar_offset, window_bytes);
      pthread_mutex_lock (&bus->lock);
      put (device->config, offset, window_bytes, answer);
    }
  value = get (device->config, offset, bytes);
  pthread_mutex_unlock (&bus->lock);
  return value;
}

static void
config_write (struct pci_bus *bus, struct pci_device *device,
              unsigned offset, unsigned bytes, uint32_t value)
{
  uint64_t bar_offset, window_value = 0;
  unsigned window_bytes, i;
  bool window;

  pthread_mutex_lock (&bus->lock);
  for (i = 0; i < bytes; i++)
    {
      const uint8_t mask = device->writable[offset + i];
      const uint8_t byte = value >> (8 * i);
      uint8_t *at = &device->config[offset + i];

      __atomic_store_n (at, (*at & ~mask) | (byte & mask), __ATOMIC_RELAXED);
    }
  window = window_find (device, offset, &bar_offset, &window_bytes);
  if (window)
    window_value = get (device->config, offset, window_bytes);
  pthread_mutex_unlock (&bus->lock);
  if (window)
    device->operations->write (device, bar_offset, window_bytes,
                               window_value);
  if (device->msix && offset < device->msix + PCI_CAP_MSIX_SIZEOF
      && offset + bytes > device->msix && device->operations->messages_changed)
    device->operations->messages_changed (device);
}

/* The device that the address port points to, and the offset in its
   configuration; NULL if nothing is there. */
static struct pci_device *
config_find (struct pci_bus *bus, uint16_t port, unsigned bytes,
             unsigned *offset)
{
  const uint32_t address = bus->address;
  const unsigned in_word = port - PORT_DATA;

  if (!(address & ADDRESS_ENABLE) || in_word + bytes > 4)
    return NULL;
  /* Bus 0 and function 0 only. */
  if ((address >> 16 & 0xff) != 0 || (address >> 8 & 7) != 0)
    return NULL;
  *offset = (address & 0xfc) + in_word;
  return bus->slots[address >> 11 & (PCI_SLOTS - 1)];
}

/** pci_port_is_ours - is this one of the bus's I/O ports? */
bool
pci_port_is_ours (uint16_t port)
{
  return port >= PORT_ADDRESS && port < PORT_END;
}

/*D:100 A bus made of an array
 *
 * How does a kernel find out which devices there are?  It asks the bus.  A PCI
 * bus has 32 slots, and each slot has a small form of 256 bytes that says what
 * is plugged in: who made it, what it is good for, how much room its registers
 * want.  To read the form, one writes slot and line number to port 0xcf8 and
 * reads port 0xcfc.
 *
 * In a Guest IN and OUT trap, and end up here.  The whole bus is an array of
 * pointers, and the form is an array of bytes with a mask that says which of
 * them can be written.  Where a BIOS would hand out addresses and interrupt
 * lines at power-on, we have written them into the form before anybody looks:
 * registers lie above the end of the Guest's memory, so that touching one is a
 * fault, which is just what we want.
 */
/** pci_port_read - the Guest reads one of our ports */
uint32_t
pci_port_read (struct pci_bus *bus, uint16_t port, unsigned bytes)
{
  struct pci_device *device = NULL;
  uint32_t value = (uint32_t) ALL_ONES;
  unsigned offset;

  pthread_mutex_lock (&bus->lock);
  if (port >= PORT_DATA)
    device = config_find (bus, port, bytes, &offset);
  else if (port == PORT_ADDRESS && bytes == 4)
    value = bus->address;
  pthread_mutex_unlock (&bus->lock);
  return device ? config_read (bus, device, offset, bytes) : value;
}

/** pci_port_write - the Guest writes one of our ports */
void
pci_port_write (struct pci_bus *bus, uint16_t port, unsigned bytes,
                uint32_t value)
{
  struct pci_device *device = NULL;
  unsigned offset;

  pthread_mutex_lock (&bus->lock);
  if (port >= PORT_DATA)
    device = config_find (bus, port, bytes, &offset);
  else if (port == PORT_ADDRESS && bytes == 4)
    bus->address = value;
  pthread_mutex_unlock (&bus->lock);
  if (device)
    config_write (bus, device, offset, bytes, value);
}
/*:*/

/** pci_bar_address - where the Guest has put the device's registers */
uint64_t
pci_bar_address (struct pci_bus *bus, struct pci_device *device)
{
  uint64_t address;

  pthread_mutex_lock (&bus->lock);
  address = bar_address (device);
  pthread_mutex_unlock (&bus->lock);
  return address;
}

/* The device that answers to guest-physical @address. */
static struct pci_device *
memory_find (struct pci_bus *bus, uint64_t address, unsigned bytes,
             uint64_t *offset)
{
  struct pci_device *found = NULL;
  unsigned slot;

  pthread_mutex_lock (&bus->lock);
  for (slot = 1; slot < bus->devices && !found; slot++)
    {
      struct pci_device *device = bus->slots[slot];

      *offset = address - bar_address (device);
      if (*offset < device->bar_bytes
          && bytes <= device->bar_bytes - *offset
          && device->config[PCI_COMMAND] & PCI_COMMAND_MEMORY)
        found = device;
    }
  pthread_mutex_unlock (&bus->lock);
  return found;
}

/** pci_memory_read - the Guest reads above its memory */
uint64_t
pci_memory_read (struct pci_bus *bus, uint64_t address, unsigned bytes)
{
  uint64_t offset;
  struct pci_device *device = memory_find (bus, address, bytes, &offset);

  return device ? device->operations->read (device, offset, bytes)
    : ALL_ONES;
}

/** pci_memory_write - the Guest writes above its memory */
void
pci_memory_write (struct pci_bus *bus, uint64_t address, unsigned bytes,
                  uint64_t value)
{
  uint64_t offset;
  struct pci_device *device = memory_find (bus, address, bytes, &offset);

  if (device)
    device->operations->write (device, offset, bytes, value);
}
