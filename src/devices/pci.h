/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/pci.h - the PCI bus of a Guest.
 */
#ifndef DEVICES_PCI_H
#define DEVICES_PCI_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define PCI_SLOTS 32
#define PCI_CONFIG_BYTES 256

struct pci_device;

/**
 * struct pci_operations - what a device does when its memory is touched
 * @read, @write: at @offset of BAR 0; @bytes is 1, 2, 4 or 8
 * @messages_changed: the Guest wrote to the MSI-X capability; may be NULL
 *
 * All are called without the bus's lock.
 */
struct pci_operations
{
  uint64_t (*read) (struct pci_device *device, uint64_t offset,
                    unsigned bytes);
  void (*write) (struct pci_device *device, uint64_t offset, unsigned bytes,
                 uint64_t value);
  void (*messages_changed) (struct pci_device *device);
};

/** enum pci_messages - what the Guest wants of MSI-X */
enum pci_messages
{
  PCI_MESSAGES_OFF,             /* the wire is in use */
  PCI_MESSAGES_MASKED,          /* none now, but they wait */
  PCI_MESSAGES_ON,
};

/**
 * struct pci_device - a device on the bus, with one memory BAR
 * @operations: see there
 * @config: its configuration space
 * @writable: the bits of @config that the Guest may change
 * @bar_bytes: size of BAR 0, a power of two
 * @window: offset in @config of a virtio PCI_CFG capability, or 0
 * @msix: offset in @config of an MSI-X capability, or 0
 * @irq: its interrupt line
 *
 * The bus's lock guards @config.
 */
struct pci_device
{
  const struct pci_operations *operations;
  uint8_t config[PCI_CONFIG_BYTES];
  uint8_t writable[PCI_CONFIG_BYTES];
  uint64_t bar_bytes;
  unsigned window;
  unsigned msix;
  unsigned irq;
};

/**
 * struct pci_bus - all devices
 * @lock: guards everything here, and the devices' configuration
 * @address: what the Guest wrote to the address port
 * @slots: the devices; slot 0 is the host bridge's
 * @devices: how many there are
 * @next_bar: where in guest-physical memory the next BAR goes
 */
struct pci_bus
{
  pthread_mutex_t lock;
  uint32_t address;
  struct pci_device *slots[PCI_SLOTS];
  unsigned devices;
  uint64_t next_bar;
  struct pci_device bridge;
};

void pci_bus_create (struct pci_bus *bus, uint64_t memory_size);
void pci_bus_reset (struct pci_bus *bus);
bool pci_bus_add (struct pci_bus *bus, struct pci_device *device);
bool pci_interrupts_off (struct pci_device *device);
void pci_set_messages (struct pci_device *device, unsigned at,
                       unsigned vectors, uint32_t table, uint32_t pending);
enum pci_messages pci_messages (struct pci_device *device);

bool pci_port_is_ours (uint16_t port);
uint32_t pci_port_read (struct pci_bus *bus, uint16_t port, unsigned bytes);
void pci_port_write (struct pci_bus *bus, uint16_t port, unsigned bytes,
                     uint32_t value);
uint64_t pci_bar_address (struct pci_bus *bus, struct pci_device *device);
uint64_t pci_memory_read (struct pci_bus *bus, uint64_t address,
                          unsigned bytes);
void pci_memory_write (struct pci_bus *bus, uint64_t address, unsigned bytes,
                       uint64_t value);

#endif /* DEVICES_PCI_H */
