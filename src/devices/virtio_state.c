/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/virtio_state.c - the state of a virtio device, to be saved and
 * restored.
 *
 * Nothing is in flight then, and no vcpu runs.
 */
#include <config.h>

#include <string.h>
#include <sys/eventfd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "devices/virtio_state.h"
#include "i18n.h"

static const uint8_t known_status = VIRTIO_CONFIG_S_ACKNOWLEDGE
  | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK
  | VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_FAILED
  | VIRTIO_CONFIG_S_NEEDS_RESET;

/**
 * virtio_device_hold - the device does nothing more, until it is released
 *
 * Returns false if something is in flight for longer than @seconds: it is to be
 * released then, too.
 */
bool
virtio_device_hold (struct virtio_device *device, unsigned seconds)
{
  return virtio_device_halt (device, seconds);
}

/** virtio_device_release - it goes on, and looks at what it has missed */
void
virtio_device_release (struct virtio_device *device)
{
  unsigned i;

  pthread_mutex_lock (&device->lock);
  device->halted = false;
  pthread_mutex_unlock (&device->lock);
  for (i = 0; i < device->class->queues; i++)
    eventfd_write (device->bells[i], 1);
}

static void
save_queue (const struct virtqueue *queue, struct virtqueue_state *state)
{
  state->descriptor_address = queue->descriptor_address;
  state->available_address = queue->available_address;
  state->used_address = queue->used_address;
  state->size = queue->size;
  state->next = queue->next;
  state->used_index = queue->used_index;
  state->signalled = queue->signalled;
  state->enabled = queue->enabled;
  state->indirect = queue->indirect;
  state->event_index = queue->event_index;
  state->broken = queue->error != NULL;
}

/** virtio_device_save - while it is held */
void
virtio_device_save (struct virtio_device *device, struct virtio_state *state)
{
  const struct virtio_class *class = device->class;
  unsigned i;

  memset (state, 0, sizeof *state);
  pthread_mutex_lock (&device->lock);
  state->id = class->id;
  state->queue_count = class->queues;
  state->accepted = device->accepted;
  state->offered_select = device->offered_select;
  state->accepted_select = device->accepted_select;
  state->queue_select = device->queue_select;
  state->config_vector = device->config_vector;
  state->status = device->status;
  state->config_generation = device->config_generation;
  state->isr = __atomic_load_n (&device->isr, __ATOMIC_SEQ_CST);
  state->messages = device->msix.pending;
  memcpy (state->entries, device->msix.entries, sizeof state->entries);
  memcpy (state->pci, device->pci.config, sizeof state->pci);
  memcpy (state->config, device->config, sizeof state->config);
  for (i = 0; i < class->queues; i++)
    {
      save_queue (&device->queues[i], &state->queues[i]);
      state->queues[i].vector = device->queue_vectors[i];
    }
  if (class->save)
    class->save (device, state);
  pthread_mutex_unlock (&device->lock);
}

static bool
refuse (const struct virtio_device *device, const char *why,
        struct failure *failure)
{
  return fail (failure, STATUS_ERROR,
               _("the snapshot's device in slot %u (%s) cannot be restored:"
                 " %s"), device->pci.irq, device->class->name, _(why));
}

static bool
restore_queue (struct virtqueue *queue, const struct virtqueue_state *state)
{
  queue->descriptor_address = state->descriptor_address;
  queue->available_address = state->available_address;
  queue->used_address = state->used_address;
  queue->size = state->size;
  queue->indirect = state->indirect;
  queue->event_index = state->event_index;
  if (state->enabled && !virtqueue_enable (queue))
    return false;
  queue->next = state->next;
  queue->used_index = state->used_index;
  queue->signalled = state->signalled;
  if (state->broken)
    queue->error = N_("it had broken a rule before it was saved");
  return true;
}

/* The device is what the Guest knows, and the driver has done nothing that it
   could not do. */
static const char *
check (const struct virtio_device *device, const struct virtio_state *state)
{
  const uint64_t version_1 = (uint64_t) 1 << VIRTIO_F_VERSION_1;
  const uint8_t started = VIRTIO_CONFIG_S_FEATURES_OK
    | VIRTIO_CONFIG_S_DRIVER_OK;
  unsigned i;

  if (state->id != device->class->id)
    return N_("this is another device");
  if (state->queue_count != device->class->queues)
    return N_("it has another number of queues");
  if (state->status & ~known_status)
    return N_("its status is none");
  if (state->status & VIRTIO_CONFIG_S_FEATURES_OK
      && (state->accepted & ~device->offered
          || !(state->accepted & version_1)))
    return N_("the guest uses features that this device does not have");
  if ((state->status & started) == VIRTIO_CONFIG_S_DRIVER_OK
      && !(state->status & VIRTIO_CONFIG_S_NEEDS_RESET))
    return N_("its status is none");
  for (i = 0; i < state->queue_count; i++)
    {
      const struct virtqueue_state *queue = &state->queues[i];
      const bool agreed = state->status & VIRTIO_CONFIG_S_FEATURES_OK;

      if (queue->enabled > 1 || queue->broken > 1 || queue->reserved
          || queue->indirect > (agreed && state->accepted
                                >> VIRTIO_RING_F_INDIRECT_DESC & 1)
          || queue->event_index > (agreed && state->accepted
                                   >> VIRTIO_RING_F_EVENT_IDX & 1)
          || (queue->vector >= device->msix.count
              && queue->vector != VIRTIO_MSI_NO_VECTOR))
        return N_("a queue makes no sense");
    }
  if (state->config_vector >= device->msix.count
      && state->config_vector != VIRTIO_MSI_NO_VECTOR)
    return N_("a queue makes no sense");
  return NULL;
}

/* Configuration space, as far as the Guest could write to it. */
static void
restore_pci (struct pci_device *pci, const uint8_t *config)
{
  unsigned i;

  for (i = 0; i < PCI_CONFIG_BYTES; i++)
    pci->config[i] = (pci->config[i] & ~pci->writable[i])
      | (config[i] & pci->writable[i]);
}

/**
 * virtio_device_restore - become what was saved
 * @device: just created, or reset; lg.ko has a Guest already
 * @state: not trusted
 *
 * After a failure the device is not to be used.  It is held until
 * virtio_device_release().
 */
bool
virtio_device_restore (struct virtio_device *device,
                       const struct virtio_state *state,
                       struct failure *failure)
{
  const struct virtio_class *class = device->class;
  const char *why = check (device, state);
  unsigned i;

  if (why)
    return refuse (device, why, failure);
  pthread_mutex_lock (&device->lock);
  device->halted = true;
  restore_pci (&device->pci, state->pci);
  device->accepted = state->accepted;
  device->offered_select = state->offered_select;
  device->accepted_select = state->accepted_select;
  device->queue_select = state->queue_select;
  device->config_vector = state->config_vector;
  device->status = state->status;
  device->config_generation = state->config_generation;
  __atomic_store_n (&device->isr, state->isr, __ATOMIC_SEQ_CST);
  device->msix.pending = state->messages
    & (((uint64_t) 1 << device->msix.count) - 1);
  memcpy (device->msix.entries, state->entries, sizeof state->entries);
  for (i = 0; i < class->queues && !why; i++)
    {
      device->queue_vectors[i] = state->queues[i].vector;
      if (!restore_queue (&device->queues[i], &state->queues[i]))
        why = device->queues[i].error;
    }
  if (!why && class->restore)
    why = class->restore (device, state);
  else if (!why && memcmp (device->config, state->config,
                           class->config_bytes) != 0)
    why = N_("it has other properties than it had");
  if (!why && device->status & VIRTIO_CONFIG_S_DRIVER_OK)
    virtio_device_connect (device);
  pthread_mutex_unlock (&device->lock);
  return !why || refuse (device, why, failure);
}
