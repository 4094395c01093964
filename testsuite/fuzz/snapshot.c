/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/snapshot.c - a snapshot that somebody hostile has made.
 *
 * The first byte says what the rest is: the file "state", with the right length
 * and sum put into it (0), or as it is (1); or the state of a device (2).
 */
#include <config.h>

#include <fcntl.h>
#include <zlib.h>

#include <linux/virtio_ids.h>

#include "devices/virtio_state.h"
#include "fuzz.h"
#include "snapshot/file.h"
#include "snapshot/overlay.h"
#include "snapshot/processor.h"
#include "snapshot/time.h"

#define MEMORY_BYTES 65536
#define DISK_BYTES 65536
#define CHAINS_MAX 16

/* Of the header and of the last record: file.c. */
#define LENGTH_OFFSET 24
#define SUM_BYTES 8

static uint8_t bytes[MEMORY_BYTES] __attribute__ ((aligned (4096)));

/*
 * A file.
 */

static bool
write_disk (struct image *image, const struct iovec *buffers, unsigned count,
            uint64_t offset, uint64_t length)
{
  must (length <= image->bytes && offset <= image->bytes - length
        && count == 1 && buffers[0].iov_len == length);
  return true;
}

static void
use_file (const uint8_t *data, size_t size)
{
  static const struct image_operations operations = { .write = write_disk };
  struct image image = { .operations = &operations, .bytes = DISK_BYTES };
  struct lguest_guest_state guest, here = { .tsc_khz = 1000000 };
  struct processor processor, none = { .reserved = 0 };
  struct snapshot_reader reader;
  struct failure failure;
  uint64_t passed;
  uint32_t number;

  if (!snapshot_parse (&reader, data, size, &failure))
    return;
  must (snapshot_count (&reader, "end") >= 1);
  snapshot_get (&reader, "number", 3, &number, sizeof number, &failure);
  if (snapshot_get (&reader, "processor", 0, &processor, sizeof processor,
                    &failure))
    processor_check (&processor, &none, &failure);
  if (snapshot_get (&reader, "guest", 0, &guest, sizeof guest, &failure))
    snapshot_time_pass (&guest, &here, &passed, &failure);
  if (snapshot_overlay_is_there (&reader, 0))
    snapshot_overlay_restore (&image, 0, &reader, file_with (data, size),
                              &failure);
}

/* As if who made it could count. */
static void
repair (uint8_t *data, size_t size)
{
  uint64_t sum, length = size;

  if (size < LENGTH_OFFSET + sizeof length + SUM_BYTES)
    return;
  memcpy (data + LENGTH_OFFSET, &length, sizeof length);
  sum = crc32_z (0, data, size - SUM_BYTES);
  memcpy (data + size - SUM_BYTES, &sum, sizeof sum);
}

/*
 * A device.
 */

static const struct virtio_class class =
{
  .name = "fuzz",
  .id = VIRTIO_ID_RNG,
  .pci_class = 0xff00,
  .queues = 3,
};

/* As a device does, with what its queues have. */
static void
use_queue (struct virtio_device *device, unsigned number)
{
  struct virtqueue *queue = &device->queues[number];
  static struct chain chain;
  const uint8_t data[64] = { 0 };
  unsigned i;

  for (i = 0; i < CHAINS_MAX
       && virtqueue_take (queue, &chain) == VIRTQUEUE_CHAIN; i++)
    {
      chain_fill (&chain, data, sizeof data);
      virtqueue_give (queue, chain.head, 0);
      virtio_device_interrupt (device, number);
    }
  virtqueue_doorbell_on (queue);
}

static void
use_device (const uint8_t *data, size_t size)
{
  struct virtio_device device = { .violations = 1000 };
  struct virtio_state state = { .id = 0 }, again;
  static struct guest guest;
  struct failure failure;
  unsigned i;

  memcpy (&state, data, size < sizeof state ? size : sizeof state);
  /* What is behind it is the Guest's memory. */
  memset (bytes, 0, sizeof bytes);
  if (size > sizeof state)
    memcpy (bytes, data + sizeof state, size - sizeof state < sizeof bytes
            ? size - sizeof state : sizeof bytes);
  guest.memory = (struct guest_memory) { .base = bytes,
                                         .size = MEMORY_BYTES };
  if (guest.device_node == 0)
    guest.device_node = open ("/dev/null", O_RDWR | O_CLOEXEC);
  for (i = 0; i < class.queues; i++)
    device.bells[i] = guest.device_node;
  pci_bus_create (&guest.bus, MEMORY_BYTES);
  must (virtio_device_create (&device, &guest, &class, 0));
  if (!virtio_device_restore (&device, &state, &failure))
    return;
  virtio_device_save (&device, &again);
  must (again.status == state.status && again.accepted == state.accepted);
  virtio_device_release (&device);
  pthread_mutex_lock (&device.lock);
  for (i = 0; i < class.queues && virtio_device_is_running (&device); i++)
    use_queue (&device, i);
  virtio_device_config_changed (&device);
  pthread_mutex_unlock (&device.lock);
  virtio_device_reset (&device);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t *copy;

  if (size < 1)
    return 0;
  copy = malloc (size);
  must (copy != NULL);
  memcpy (copy, data + 1, size - 1);
  switch (data[0])
    {
    case 0:
      repair (copy, size - 1);
      use_file (copy, size - 1);
      break;
    case 1:
      use_file (copy, size - 1);
      break;
    default:
      use_device (copy, size - 1);
      break;
    }
  free (copy);
  return 0;
}
