/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/virtio_pci.c - a virtio device on the PCI bus.
 *
 * All structures of the device are in BAR 0, each in a page of its own:
 * what all virtio devices have, the interrupt status, what this kind of
 * device has, the doorbells, the table of messages.
 *
 * A Guest that breaks a rule does not end: the device stops, says that it
 * needs a reset, and we say so once.
 */
#include <config.h>

#include <string.h>
#include <sys/eventfd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "devices/virtio_pci.h"
#include "i18n.h"
#include "log.h"

/* Layout of BAR 0. */
#define PART_BYTES 0x1000
#define COMMON_OFFSET 0x0000
#define ISR_OFFSET 0x1000
#define CONFIG_OFFSET 0x2000
#define DOORBELL_OFFSET 0x3000
#define TABLE_OFFSET 0x4000
#define PENDING_OFFSET 0x5000
#define BAR_BYTES 0x8000

/* Distance of the doorbells of two queues. */
#define DOORBELL_BYTES 4

#define VIRTIO_PCI_VENDOR 0x1af4
#define VIRTIO_PCI_DEVICE 0x1040        /* plus VIRTIO_ID_ */
#define VIRTIO_PCI_SUBSYSTEM 0x40       /* or higher: not "legacy" */
#define VIRTIO_PCI_REVISION 1

#define ISR_QUEUE 1
#define ISR_CONFIG 2

/* Where the list of capabilities starts. */
#define CAPABILITIES_OFFSET 0x40

/* A Guest that breaks rules again and again shall not fill our user's
   disk. */
#define VIOLATIONS_SHOWN 10

static const uint64_t ALL_ONES = ~(uint64_t) 0;

/** virtio_device_is_running - shall it touch its queues? */
bool
virtio_device_is_running (const struct virtio_device *device)
{
  return !device->resetting && !device->halted
    && (device->status & (VIRTIO_CONFIG_S_DRIVER_OK
                          | VIRTIO_CONFIG_S_NEEDS_RESET))
    == VIRTIO_CONFIG_S_DRIVER_OK;
}

/* Send the messages that are due. */
static void
send_messages (struct virtio_device *device)
{
  int line;

  while (pci_messages (&device->pci) == PCI_MESSAGES_ON
         && (line = msix_next_line (&device->msix)) >= 0)
    guest_interrupt (device->guest, line);
}

/* By the message of @vector or, if the Guest wants no messages, by wire:
   then it is going to ask for @reason. */
static void
interrupt (struct virtio_device *device, uint8_t reason, uint16_t vector)
{
  if (pci_messages (&device->pci) != PCI_MESSAGES_OFF)
    {
      msix_raise (&device->msix, vector);
      send_messages (device);
      return;
    }
  __atomic_fetch_or (&device->isr, reason, __ATOMIC_SEQ_CST);
  if (!pci_interrupts_off (&device->pci))
    guest_interrupt (device->guest, device->pci.irq);
}

/** virtio_device_interrupt - tell the Guest what was given back, if it cares */
void
virtio_device_interrupt (struct virtio_device *device, unsigned queue)
{
  if (virtqueue_wants_interrupt (&device->queues[queue]))
    interrupt (device, ISR_QUEUE, device->queue_vectors[queue]);
}

/** virtio_device_config_changed - tell the Guest */
void
virtio_device_config_changed (struct virtio_device *device)
{
  device->config_generation++;
  if (virtio_device_is_running (device))
    interrupt (device, ISR_CONFIG, device->config_vector);
}

/*D:220 Breaking the rules
 *
 * The first lguest was loved by those who wrote the virtio 1.0 standard, since
 * it was strict: it ended at any sin of a driver, with a message that quoted
 * the commandment.  We are strict, too, but only the device stops.  It says
 * that it needs a reset, and one line on the Launcher's side says why.  The
 * Guest may be a laboratory for drivers; it should survive the experiment.
 */
/**
 * virtio_device_broken - the Guest broke a rule
 * @rule: which, to be translated
 */
void
virtio_device_broken (struct virtio_device *device, const char *rule)
{
  const bool started = device->status & VIRTIO_CONFIG_S_DRIVER_OK;

  if (device->status & VIRTIO_CONFIG_S_NEEDS_RESET)
    return;
  device->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
  device->violations++;
  if (device->violations <= VIOLATIONS_SHOWN)
    log_message (_("%s (slot %u): the guest's driver broke a rule: %s; the"
                   " device stops until it is reset"),
                 device->class->name, device->pci.irq, _(rule));
  if (device->violations == VIOLATIONS_SHOWN)
    log_message (_("%s (slot %u): more of this will not be shown"),
                 device->class->name, device->pci.irq);
  if (started)
    interrupt (device, ISR_CONFIG, device->config_vector);
}
/*:*/

/* The driver is there, and has put our registers where they stay: from now on
   its doorbells need nobody's vcpu.  Or it is gone. */
static void
connect_bells (struct virtio_device *device, bool there)
{
  unsigned i;

  if (there)
    device->bells_at = DOORBELL_OFFSET
      + pci_bar_address (&device->guest->bus, &device->pci);
  else if (!device->bells_at)
    return;
  for (i = 0; i < device->class->queues; i++)
    guest_doorbell (device->guest, device->bells_at + i * DOORBELL_BYTES,
                    there ? device->bells[i] : -1);
  if (!there)
    device->bells_at = 0;
}

/** virtio_device_connect - it is running again, in another process maybe */
void
virtio_device_connect (struct virtio_device *device)
{
  connect_bells (device, true);
}

static void
reset (struct virtio_device *device)
{
  unsigned i;

  connect_bells (device, false);
  device->accepted = 0;
  device->offered_select = device->accepted_select = 0;
  device->queue_select = 0;
  device->status = 0;
  device->resetting = false;
  __atomic_fetch_add (&device->life, 1, __ATOMIC_RELAXED);
  for (i = 0; i < device->class->queues; i++)
    {
      virtqueue_reset (&device->queues[i], &device->guest->memory);
      device->queue_vectors[i] = VIRTIO_MSI_NO_VECTOR;
    }
  device->config_vector = VIRTIO_MSI_NO_VECTOR;
  device->msix.pending = 0;
  __atomic_store_n (&device->isr, 0, __ATOMIC_SEQ_CST);
}

/**
 * virtio_device_begin - a chain was taken and will be worked on without lock
 *
 * Until virtio_device_end() a reset does not happen, and so the queues stay
 * where they are.
 */
void
virtio_device_begin (struct virtio_device *device)
{
  device->in_flight++;
}

/**
 * virtio_device_end - the work on a chain is done
 *
 * Returns true if the chain is to be given back: nobody wants it any more
 * after a reset.
 */
bool
virtio_device_end (struct virtio_device *device)
{
  const bool wanted = virtio_device_is_running (device);

  device->in_flight--;
  if (device->in_flight == 0)
    {
      if (device->resetting)
        reset (device);
      pthread_cond_broadcast (&device->idle);
    }
  return wanted;
}

/**
 * virtio_device_reset - as after power-on
 *
 * When it returns, the device touches no guest memory any more that it was
 * given before (but for reading what it is just printing).  Waits for what
 * is in flight.
 */
void
virtio_device_reset (struct virtio_device *device)
{
  pthread_mutex_lock (&device->lock);
  device->resetting = true;
  while (device->in_flight > 0)
    pthread_cond_wait (&device->idle, &device->lock);
  reset (device);
  msix_reset (&device->msix, device->msix.count);
  device->violations = 0;
  pthread_mutex_unlock (&device->lock);
}

/**
 * virtio_device_halt - the device does nothing more
 *
 * Returns false if something is in flight for longer than @seconds.
 */
bool
virtio_device_halt (struct virtio_device *device, unsigned seconds)
{
  struct timespec until;
  bool idle;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += seconds;
  pthread_mutex_lock (&device->lock);
  device->halted = true;
  while (device->in_flight > 0
         && pthread_cond_timedwait (&device->idle, &device->lock, &until)
         == 0)
    ;
  idle = device->in_flight == 0;
  pthread_mutex_unlock (&device->lock);
  return idle;
}

static void
write_status (struct virtio_device *device, uint8_t value)
{
  const uint8_t known = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER
    | VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK
    | VIRTIO_CONFIG_S_FAILED;
  const uint64_t version_1 = (uint64_t) 1 << VIRTIO_F_VERSION_1;
  uint8_t new;
  unsigned i;

  if (value == 0)
    {
      /* The vcpu does not wait for a slow disk: the status stays what it is
         until the reset has happened, and drivers look for that. */
      if (device->in_flight > 0)
        device->resetting = true;
      else
        reset (device);
      return;
    }
  new = value & known & ~device->status;
  if (new & VIRTIO_CONFIG_S_FEATURES_OK
      && (device->accepted & ~device->offered
          || !(device->accepted & version_1)))
    /* Not set: that is how the driver learns that we do not agree. */
    new &= ~(VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
  device->status |= new;
  if (new & VIRTIO_CONFIG_S_FEATURES_OK)
    for (i = 0; i < device->class->queues; i++)
      {
        struct virtqueue *queue = &device->queues[i];

        queue->indirect
          = device->accepted >> VIRTIO_RING_F_INDIRECT_DESC & 1;
        queue->event_index = device->accepted >> VIRTIO_RING_F_EVENT_IDX & 1;
      }
  if (!(new & VIRTIO_CONFIG_S_DRIVER_OK))
    return;
  if (!(device->status & VIRTIO_CONFIG_S_FEATURES_OK))
    virtio_device_broken (device,
                          N_("it started before features were agreed on"));
  else
    {
      connect_bells (device, true);
      if (device->class->started)
        device->class->started (device);
    }
}

static void
write_accepted (struct virtio_device *device, uint32_t value)
{
  const unsigned shift = 32 * device->accepted_select;

  if (device->accepted_select > 1
      || device->status & VIRTIO_CONFIG_S_FEATURES_OK)
    return;
  device->accepted &= ~((uint64_t) 0xffffffff << shift);
  device->accepted |= (uint64_t) value << shift;
}

/* Write 4 or 8 bytes of an address of a queue. */
static void
write_address (uint64_t *address, uint64_t offset, unsigned bytes,
               uint64_t value)
{
  if (bytes == 8 && offset == 0)
    *address = value;
  else if (bytes == 4 && offset == 0)
    *address = (*address & ~(uint64_t) 0xffffffff) | value;
  else if (bytes == 4 && offset == 4)
    *address = (*address & 0xffffffff) | value << 32;
}

/* The queue that queue_select says, or NULL. */
static struct virtqueue *
selected_queue (struct virtio_device *device)
{
  return device->queue_select < device->class->queues
    ? &device->queues[device->queue_select] : NULL;
}

/* A vector that is not there is none: the driver reads back what it got. */
static uint16_t
existing_vector (const struct virtio_device *device, uint64_t vector)
{
  return vector < device->msix.count ? vector : VIRTIO_MSI_NO_VECTOR;
}

static void
write_queue (struct virtio_device *device, uint64_t offset, unsigned bytes,
             uint64_t value)
{
  struct virtqueue *queue = selected_queue (device);

  if (queue && offset == VIRTIO_PCI_COMMON_Q_MSIX && bytes == 2)
    device->queue_vectors[device->queue_select]
      = existing_vector (device, value);
  /* Once a queue is enabled, it is as it is. */
  if (!queue || queue->enabled)
    return;
  switch (offset)
    {
    case VIRTIO_PCI_COMMON_Q_SIZE:
      if (bytes == 2)
        queue->size = value;
      break;
    case VIRTIO_PCI_COMMON_Q_ENABLE:
      if (bytes == 2 && value == 1 && !virtqueue_enable (queue))
        virtio_device_broken (device, queue->error);
      break;
    case VIRTIO_PCI_COMMON_Q_DESCLO:
    case VIRTIO_PCI_COMMON_Q_DESCHI:
      write_address (&queue->descriptor_address,
                     offset - VIRTIO_PCI_COMMON_Q_DESCLO, bytes, value);
      break;
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
    case VIRTIO_PCI_COMMON_Q_AVAILHI:
      write_address (&queue->available_address,
                     offset - VIRTIO_PCI_COMMON_Q_AVAILLO, bytes, value);
      break;
    case VIRTIO_PCI_COMMON_Q_USEDLO:
    case VIRTIO_PCI_COMMON_Q_USEDHI:
      write_address (&queue->used_address,
                     offset - VIRTIO_PCI_COMMON_Q_USEDLO, bytes, value);
      break;
    }
}

static void
common_write (struct virtio_device *device, uint64_t offset, unsigned bytes,
              uint64_t value)
{
  switch (offset)
    {
    case VIRTIO_PCI_COMMON_DFSELECT:
      device->offered_select = value;
      break;
    case VIRTIO_PCI_COMMON_GFSELECT:
      device->accepted_select = value;
      break;
    case VIRTIO_PCI_COMMON_GF:
      if (bytes == 4)
        write_accepted (device, value);
      break;
    case VIRTIO_PCI_COMMON_MSIX:
      if (bytes == 2)
        device->config_vector = existing_vector (device, value);
      break;
    case VIRTIO_PCI_COMMON_STATUS:
      if (bytes == 1)
        write_status (device, value);
      break;
    case VIRTIO_PCI_COMMON_Q_SELECT:
      device->queue_select = value;
      break;
    default:
      write_queue (device, offset, bytes, value);
      break;
    }
}

/* The value of the 32 bits of an address that a register shows. */
static uint64_t
read_address (uint64_t address, uint64_t offset)
{
  return address >> (8 * offset);
}

static uint64_t
read_queue (struct virtio_device *device, uint64_t offset)
{
  struct virtqueue *queue = selected_queue (device);

  /* A queue that is not there has size 0. */
  if (!queue)
    return 0;
  switch (offset)
    {
    case VIRTIO_PCI_COMMON_Q_SIZE:
      return queue->size;
    case VIRTIO_PCI_COMMON_Q_MSIX:
      return device->queue_vectors[device->queue_select];
    case VIRTIO_PCI_COMMON_Q_ENABLE:
      return queue->enabled;
    case VIRTIO_PCI_COMMON_Q_NOFF:
      return device->queue_select;
    case VIRTIO_PCI_COMMON_Q_DESCLO:
    case VIRTIO_PCI_COMMON_Q_DESCHI:
      return read_address (queue->descriptor_address,
                           offset - VIRTIO_PCI_COMMON_Q_DESCLO);
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
    case VIRTIO_PCI_COMMON_Q_AVAILHI:
      return read_address (queue->available_address,
                           offset - VIRTIO_PCI_COMMON_Q_AVAILLO);
    case VIRTIO_PCI_COMMON_Q_USEDLO:
    case VIRTIO_PCI_COMMON_Q_USEDHI:
      return read_address (queue->used_address,
                           offset - VIRTIO_PCI_COMMON_Q_USEDLO);
    default:
      return ALL_ONES;
    }
}

static uint64_t
common_read (struct virtio_device *device, uint64_t offset)
{
  switch (offset)
    {
    case VIRTIO_PCI_COMMON_DFSELECT:
      return device->offered_select;
    case VIRTIO_PCI_COMMON_DF:
      return device->offered_select > 1 ? 0
        : device->offered >> (32 * device->offered_select);
    case VIRTIO_PCI_COMMON_GFSELECT:
      return device->accepted_select;
    case VIRTIO_PCI_COMMON_GF:
      return device->accepted_select > 1 ? 0
        : device->accepted >> (32 * device->accepted_select);
    case VIRTIO_PCI_COMMON_MSIX:
      return device->config_vector;
    case VIRTIO_PCI_COMMON_NUMQ:
      return device->class->queues;
    case VIRTIO_PCI_COMMON_STATUS:
      return device->status;
    case VIRTIO_PCI_COMMON_CFGGENERATION:
      return device->config_generation;
    case VIRTIO_PCI_COMMON_Q_SELECT:
      return device->queue_select;
    default:
      return read_queue (device, offset);
    }
}

static uint64_t
config_read (struct virtio_device *device, uint64_t offset, unsigned bytes)
{
  uint64_t value = 0;

  if (offset + bytes > device->class->config_bytes)
    return ALL_ONES;
  memcpy (&value, device->config + offset, bytes);
  return value;
}

static void
config_write (struct virtio_device *device, uint64_t offset, unsigned bytes,
              uint64_t value)
{
  if (device->class->config_written
      && offset + bytes <= device->class->config_bytes)
    device->class->config_written (device, offset, bytes, value);
}

static uint64_t
bar_read (struct pci_device *pci, uint64_t offset, unsigned bytes)
{
  struct virtio_device *device = (struct virtio_device *) pci;
  uint64_t value = ALL_ONES;

  /* The interrupt handler reads it, and shall not wait.  Reading clears. */
  if (offset == ISR_OFFSET)
    return __atomic_exchange_n (&device->isr, 0, __ATOMIC_SEQ_CST);
  pthread_mutex_lock (&device->lock);
  if (offset < COMMON_OFFSET + PART_BYTES)
    value = common_read (device, offset - COMMON_OFFSET);
  else if (offset >= CONFIG_OFFSET && offset < CONFIG_OFFSET + PART_BYTES)
    value = config_read (device, offset - CONFIG_OFFSET, bytes);
  else if (offset >= TABLE_OFFSET && offset < TABLE_OFFSET + PART_BYTES)
    value = msix_table_read (&device->msix, offset - TABLE_OFFSET, bytes);
  else if (offset >= PENDING_OFFSET && offset < PENDING_OFFSET + PART_BYTES)
    value = msix_pending_read (&device->msix, offset - PENDING_OFFSET,
                               bytes);
  pthread_mutex_unlock (&device->lock);
  return value;
}

static void
bar_write (struct pci_device *pci, uint64_t offset, unsigned bytes,
           uint64_t value)
{
  struct virtio_device *device = (struct virtio_device *) pci;

  if (offset >= DOORBELL_OFFSET && offset < DOORBELL_OFFSET + PART_BYTES)
    {
      const uint64_t queue = (offset - DOORBELL_OFFSET) / DOORBELL_BYTES;

      if (queue < device->class->queues)
        eventfd_write (device->bells[queue], 1);
      return;
    }
  pthread_mutex_lock (&device->lock);
  if (offset >= TABLE_OFFSET && offset < TABLE_OFFSET + PART_BYTES)
    {
      msix_table_write (&device->msix, offset - TABLE_OFFSET, bytes, value);
      send_messages (device);
    }
  else if (device->resetting)
    ;
  else if (offset < COMMON_OFFSET + PART_BYTES)
    common_write (device, offset - COMMON_OFFSET, bytes, value);
  else if (offset >= CONFIG_OFFSET && offset < CONFIG_OFFSET + PART_BYTES)
    config_write (device, offset - CONFIG_OFFSET, bytes, value);
  pthread_mutex_unlock (&device->lock);
}

/* Perhaps they are no longer masked. */
static void
messages_changed (struct pci_device *pci)
{
  struct virtio_device *device = (struct virtio_device *) pci;

  pthread_mutex_lock (&device->lock);
  send_messages (device);
  pthread_mutex_unlock (&device->lock);
}

static const struct pci_operations operations =
{
  .read = bar_read,
  .write = bar_write,
  .messages_changed = messages_changed,
};

/* Append a capability that says where one part of the device is.  Returns
   its offset. */
static unsigned
add_capability (struct pci_device *pci, unsigned *next, uint8_t type,
                unsigned bytes, uint32_t offset, uint32_t length)
{
  const unsigned at = *next;
  const struct virtio_pci_cap capability =
    {
      .cap_vndr = PCI_CAP_ID_VNDR,
      .cap_len = bytes,
      .cfg_type = type,
      .bar = 0,
      .offset = offset,
      .length = length,
    };

  memcpy (pci->config + at, &capability, sizeof capability);
  *next = at + bytes;
  /* Each points to the next; the last one is that for messages. */
  pci->config[at + PCI_CAP_LIST_NEXT] = *next;
  return at;
}

/*D:110 One kind of device
 *
 * We could now imitate famous disks and network cards, each with a data sheet
 * of 400 pages and three errata that drivers rely on.  Nobody should, who does
 * not have to.  There is a kind of device that was invented *for* guests:
 * virtio.  (The man who invented it wrote the first lguest, and needed
 * something to plug in.)  Every virtio device, disk or network or randomness,
 * talks in the same way, and every Linux has the drivers.
 *
 * On PCI they have the vendor number 0x1af4.  In their form is a chain of
 * capabilities, which say where in the device's memory a driver finds what:
 * the part that all of them have, the part that only this kind has, the
 * interrupt status, the bell.  Here we write that chain.
 */
static void
add_capabilities (struct pci_device *pci, unsigned queues,
                  unsigned config_bytes)
{
  const uint32_t multiplier = DOORBELL_BYTES;
  unsigned next = CAPABILITIES_OFFSET, at;

  pci->config[PCI_CAPABILITY_LIST] = CAPABILITIES_OFFSET;
  pci->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
  add_capability (pci, &next, VIRTIO_PCI_CAP_COMMON_CFG,
                  sizeof (struct virtio_pci_cap), COMMON_OFFSET,
                  sizeof (struct virtio_pci_common_cfg));
  at = add_capability (pci, &next, VIRTIO_PCI_CAP_NOTIFY_CFG,
                       sizeof (struct virtio_pci_notify_cap), DOORBELL_OFFSET,
                       queues * DOORBELL_BYTES);
  memcpy (pci->config + at + VIRTIO_PCI_NOTIFY_CAP_MULT, &multiplier,
          sizeof multiplier);
  add_capability (pci, &next, VIRTIO_PCI_CAP_ISR_CFG,
                  sizeof (struct virtio_pci_cap), ISR_OFFSET, 1);
  if (config_bytes)
    add_capability (pci, &next, VIRTIO_PCI_CAP_DEVICE_CFG,
                    sizeof (struct virtio_pci_cap), CONFIG_OFFSET,
                    config_bytes);
  at = add_capability (pci, &next, VIRTIO_PCI_CAP_PCI_CFG,
                       sizeof (struct virtio_pci_cfg_cap), 0, 0);
  pci->window = at;
  /* One for each queue, and one for changes of the configuration. */
  pci_set_messages (pci, next, queues + 1, TABLE_OFFSET, PENDING_OFFSET);
  /* The Guest aims the window, and reads and writes through it. */
  pci->writable[at + VIRTIO_PCI_CAP_BAR] = 0xff;
  memset (pci->writable + at + VIRTIO_PCI_CAP_OFFSET, 0xff,
          sizeof (struct virtio_pci_cfg_cap) - VIRTIO_PCI_CAP_OFFSET);
}
/*:*/

/**
 * virtio_device_create - make a device and plug it in
 * @guest: into whose bus
 * @class: its kind
 * @features: offered, besides those of every device of ours
 *
 * Returns false if the bus is full.
 */
bool
virtio_device_create (struct virtio_device *device, struct guest *guest,
                      const struct virtio_class *class, uint64_t features)
{
  uint8_t *config = device->pci.config;
  const uint16_t vendor = VIRTIO_PCI_VENDOR;
  const uint16_t id = VIRTIO_PCI_DEVICE + class->id;
  const uint16_t subsystem = VIRTIO_PCI_SUBSYSTEM;
  const uint16_t pci_class = class->pci_class;

  device->class = class;
  device->guest = guest;
  device->offered = features | (uint64_t) 1 << VIRTIO_F_VERSION_1
    | (uint64_t) 1 << VIRTIO_RING_F_INDIRECT_DESC
    | (uint64_t) 1 << VIRTIO_RING_F_EVENT_IDX;
  pthread_mutex_init (&device->lock, NULL);
  pthread_cond_init (&device->idle, NULL);
  msix_reset (&device->msix, class->queues + 1);
  reset (device);
  memcpy (config + PCI_VENDOR_ID, &vendor, sizeof vendor);
  memcpy (config + PCI_DEVICE_ID, &id, sizeof id);
  config[PCI_REVISION_ID] = VIRTIO_PCI_REVISION;
  memcpy (config + PCI_CLASS_DEVICE, &pci_class, sizeof pci_class);
  memcpy (config + PCI_SUBSYSTEM_VENDOR_ID, &vendor, sizeof vendor);
  memcpy (config + PCI_SUBSYSTEM_ID, &subsystem, sizeof subsystem);
  add_capabilities (&device->pci, class->queues, class->config_bytes);
  device->pci.operations = &operations;
  device->pci.bar_bytes = BAR_BYTES;
  return pci_bus_add (&guest->bus, &device->pci);
}
