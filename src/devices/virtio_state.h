/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/virtio_state.h - the state of a virtio device, to be saved and
 * restored.
 *
 * What has been restored may come from anybody: it is checked as what a
 * driver says is checked.
 */
#ifndef DEVICES_VIRTIO_STATE_H
#define DEVICES_VIRTIO_STATE_H

#include "devices/virtio_pci.h"
#include "failure.h"

/**
 * struct virtqueue_state - see struct virtqueue
 * @broken: the Guest broke a rule
 * @vector: device.queue_vectors of this queue
 * @reserved: 0
 */
struct virtqueue_state
{
  uint64_t descriptor_address;
  uint64_t available_address;
  uint64_t used_address;
  uint16_t size;
  uint16_t next;
  uint16_t used_index;
  uint16_t signalled;
  uint8_t enabled;
  uint8_t indirect;
  uint8_t event_index;
  uint8_t broken;
  uint16_t vector;
  uint16_t reserved;
};

/**
 * struct virtio_state - see struct virtio_device
 * @id, @queue_count: what it is
 * @messages: msix.pending
 * @entries: msix.entries
 * @pci: configuration space; only what the Guest can write to is restored
 * @own: what this kind of device has besides
 * @reserved: 0
 */
struct virtio_state
{
  uint32_t id;
  uint32_t queue_count;
  uint64_t accepted;
  uint32_t offered_select;
  uint32_t accepted_select;
  uint16_t queue_select;
  uint16_t config_vector;
  uint8_t status;
  uint8_t config_generation;
  uint8_t isr;
  uint8_t reserved;
  uint64_t messages;
  uint32_t entries[MSIX_VECTORS_MAX][MSIX_ENTRY_BYTES / 4];
  uint64_t own;
  uint8_t pci[PCI_CONFIG_BYTES];
  uint8_t config[VIRTIO_CONFIG_MAX_BYTES];
  struct virtqueue_state queues[VIRTIO_QUEUES_MAX];
};

bool virtio_device_hold (struct virtio_device *device, unsigned seconds);
void virtio_device_release (struct virtio_device *device);
void virtio_device_save (struct virtio_device *device,
                         struct virtio_state *state);
bool virtio_device_restore (struct virtio_device *device,
                            const struct virtio_state *state,
                            struct failure *failure);

#endif /* DEVICES_VIRTIO_STATE_H */
