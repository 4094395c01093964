/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/virtio_pci.h - a virtio device on the PCI bus.
 *
 * What all virtio devices have in common: how the Guest finds them, agrees
 * on features with them, and sets up their queues.  Only "modern" devices,
 * as virtio 1.x has them.
 */
#ifndef DEVICES_VIRTIO_PCI_H
#define DEVICES_VIRTIO_PCI_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "devices/msix.h"
#include "devices/pci.h"
#include "devices/virtqueue.h"
#include "guest.h"

#define VIRTIO_QUEUES_MAX 10
#define VIRTIO_CONFIG_MAX_BYTES 64

struct virtio_device;
struct virtio_state;

/**
 * struct virtio_class - one kind of device
 * @name: for messages
 * @id: VIRTIO_ID_
 * @pci_class: class and subclass
 * @queues: how many
 * @config_bytes: size of its configuration
 * @started: the Guest's driver is ready; with lock; may be NULL
 * @config_written: the Guest wrote to its configuration; with lock; may be
 *   NULL, and nothing is written then
 * @save: add what only this kind of device has to its state, in which all else
 *   is; may be NULL; with lock
 * @restore: take that back; @device has all else, but its configuration is that
 *   of a new one.  Returns why it cannot be, or NULL.  With lock.  NULL: the
 *   configuration has to be what it was
 */
struct virtio_class
{
  const char *name;
  unsigned id;
  unsigned pci_class;
  unsigned queues;
  unsigned config_bytes;
  void (*started) (struct virtio_device *device);
  void (*config_written) (struct virtio_device *device, uint64_t offset,
                          unsigned bytes, uint64_t value);
  void (*save) (struct virtio_device *device, struct virtio_state *state);
  const char *(*restore) (struct virtio_device *device,
                          const struct virtio_state *state);
};

/**
 * struct virtio_device - one device
 * @pci: on the bus
 * @class: its kind
 * @guest: whose it is
 * @bells: an eventfd for each queue, set before virtio_device_create(): the
 *   Guest made something available there.  Who rings it, a vcpu's thread or
 *   lg.ko, does not wait
 * @bells_at: guest-physical address where lg.ko rings the first; 0: nowhere
 * @lock: guards everything below, and @bells_at, but not @isr; held for short
 *   only, never while anything is read or written
 * @idle: signalled when @in_flight becomes 0
 * @offered, @accepted: features
 * @offered_select, @accepted_select, @queue_select: the registers
 * @status: VIRTIO_CONFIG_S_
 * @config: the device's own configuration
 * @config_generation: counts changes of @config
 * @in_flight: chains that were taken and are worked on without the lock
 * @resetting: the Guest wants a reset, which waits for @in_flight
 * @halted: it does nothing more
 * @life: counts resets
 * @violations: how often the Guest broke a rule
 * @isr: why the Guest was interrupted, by its wire
 * @msix: the messages it can be interrupted by instead
 * @config_vector, @queue_vectors: which of them say what
 */
struct virtio_device
{
  struct pci_device pci;
  const struct virtio_class *class;
  struct guest *guest;
  int bells[VIRTIO_QUEUES_MAX];
  uint64_t bells_at;
  pthread_mutex_t lock;
  pthread_cond_t idle;
  uint64_t offered;
  uint64_t accepted;
  uint32_t offered_select;
  uint32_t accepted_select;
  uint16_t queue_select;
  uint8_t status;
  struct virtqueue queues[VIRTIO_QUEUES_MAX];
  uint8_t config[VIRTIO_CONFIG_MAX_BYTES];
  uint8_t config_generation;
  unsigned in_flight;
  bool resetting;
  bool halted;
  unsigned life;
  unsigned violations;
  uint8_t isr;
  struct msix msix;
  uint16_t config_vector;
  uint16_t queue_vectors[VIRTIO_QUEUES_MAX];
};

bool virtio_device_create (struct virtio_device *device, struct guest *guest,
                           const struct virtio_class *class,
                           uint64_t features);
void virtio_device_reset (struct virtio_device *device);
bool virtio_device_halt (struct virtio_device *device, unsigned seconds);

/* For devices, with the lock held. */
void virtio_device_connect (struct virtio_device *device);
bool virtio_device_is_running (const struct virtio_device *device);
void virtio_device_interrupt (struct virtio_device *device, unsigned queue);
void virtio_device_config_changed (struct virtio_device *device);
void virtio_device_broken (struct virtio_device *device, const char *rule);
void virtio_device_begin (struct virtio_device *device);
bool virtio_device_end (struct virtio_device *device);

#endif /* DEVICES_VIRTIO_PCI_H */
