/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot.c - what is saved, what is restored, and what is refused.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "devices/balloon.h"
#include "devices/virtio_state.h"
#include "driver.h"
#include "snapshot/disk.h"
#include "snapshot/file.h"
#include "snapshot/memory.h"
#include "snapshot/processor.h"
#include "snapshot/time.h"
#include "unit.h"

#define SLOT 1
#define PAGE 4096

/* A file of some records. */
static size_t
make_file (uint8_t *bytes, size_t room)
{
  struct snapshot_writer writer = { 0 };
  struct failure failure;
  const int fd = memfd_create ("state", 0);
  const uint32_t number = 4711;
  ssize_t n = -1;

  snapshot_put (&writer, "one", 0, "abcdefghijk", 11);
  snapshot_put (&writer, "twelve chars", 3, &number, sizeof number);
  snapshot_put (&writer, "one", 1, NULL, 0);
  if (snapshot_write (&writer, fd, &failure))
    n = pread (fd, bytes, room, 0);
  snapshot_writer_free (&writer);
  close (fd);
  return n < 0 ? 0 : n;
}

static void
test_file (void)
{
  static uint8_t bytes[4096], copy[4096];
  const size_t length = make_file (bytes, sizeof bytes);
  struct snapshot_reader reader;
  struct failure failure;
  uint32_t number = 0;
  char text[12] = "";
  size_t i, taken;
  unsigned bit;

  check (snapshot_parse (&reader, bytes, length, &failure),
         "a file that was written can be read");
  check (snapshot_get (&reader, "one", 0, text, 11, &failure)
         && strcmp (text, "abcdefghijk") == 0
         && snapshot_get (&reader, "twelve chars", 3, &number,
                          sizeof number, &failure)
         && number == 4711, "with what is in it");
  check (snapshot_has (&reader, "one", 1) && !snapshot_has (&reader, "one", 2)
         && !snapshot_has (&reader, "on", 0)
         && snapshot_count (&reader, "one") == 2
         && snapshot_count (&reader, "two") == 0, "and nothing else");
  check (!snapshot_get (&reader, "one", 0, text, 10, &failure)
         && !snapshot_get (&reader, "one", 0, text, 12, &failure)
         && strstr (failure.text, "\"one 0\""),
         "a record of another size is none");
  check (!snapshot_get (&reader, "twelve chars", 0, text, 4, &failure),
         "nor one of another number");

  for (taken = 0, i = 0; i < length; i++)
    {
      /* Nothing behind the end is to be read: it is another page then. */
      uint8_t *end = malloc (i + !i);

      memcpy (end, bytes, i);
      taken += snapshot_parse (&reader, end, i, &failure);
      free (end);
    }
  check (taken == 0, "a part of a file is none");
  memcpy (copy, bytes, length);
  check (!snapshot_parse (&reader, copy, length + 8, &failure),
         "nor is one with something behind it");
  for (taken = 0, i = 0; i < length; i++)
    for (bit = 0; bit < 8; bit++)
      {
        memcpy (copy, bytes, length);
        copy[i] ^= 1 << bit;
        taken += snapshot_parse (&reader, copy, length, &failure);
      }
  check (taken == 0, "a flipped bit is noticed");
  explain ("%zu were not", taken);
  memcpy (copy, bytes, length);
  copy[16]++;
  check (!snapshot_parse (&reader, copy, length, &failure)
         && strstr (failure.text, "version 2"),
         "another version is refused, with its number");
}

static void
test_processor (void)
{
  struct processor here, needed;
  struct failure failure;

  processor_look (&here);
  check (processor_check (&here, &here, &failure),
         "this processor is as good as itself");
  needed = here;
  memset (needed.words, 0, sizeof needed.words);
  needed.states = 0;
  check (processor_check (&needed, &here, &failure),
         "and better than one that can nothing");
  needed = here;
  here.words[2] &= ~(1u << 5);
  needed.words[2] |= 1u << 5;
  check (!processor_check (&needed, &here, &failure)
         && strstr (failure.text, "avx2"), "what is missing is named");
  processor_look (&here);
  needed = here;
  here.words[7] &= ~(1u << 31);
  needed.words[7] |= 1u << 31;
  check (!processor_check (&needed, &here, &failure)
         && strstr (failure.text, "CPUID 0x80000001.0, register 2, bit 31"),
         "or told by its place");
  needed = here;
  needed.states |= (uint64_t) 1 << 62;
  check (!processor_check (&needed, &here, &failure)
         && strstr (failure.text, "XCR0"), "so are registers");
  needed = here;
  memcpy (needed.vendor, "KnownNothing", 12);
  check (!processor_check (&needed, &here, &failure)
         && strstr (failure.text, "KnownNothing"), "another vendor is refused");
  needed.vendor[3] = '\033';
  check (!processor_check (&needed, &here, &failure)
         && !strchr (failure.text, '\033'), "and not shown, if it is no text");
}

#define SECOND UINT64_C (1000000000)

static void
test_time (void)
{
  const struct lguest_guest_state saved =
    {
      .tsc_khz = 2000000,
      .tsc = 1000 * 2 * SECOND,
      .monotonic_ns = 1000 * SECOND,
      .realtime_ns = 1000000 * SECOND,
    };
  struct lguest_guest_state here = saved, guest = saved;
  struct lguest_vcpu_state vcpu = { .timer_ns = 5 * SECOND };
  struct failure failure;
  uint64_t passed;

  here.realtime_ns += 60 * SECOND;
  here.tsc += 60 * 2 * SECOND + SECOND / 10;
  here.monotonic_ns = 7;
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && passed == 60 * SECOND
         && guest.monotonic_ns == 1060 * SECOND && guest.flags == 0,
         "on the same host, all clocks have gone on");
  guest = saved;
  guest.flags = LGUEST_STATE_OWN_TSC;
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && guest.flags == 0, "a counter of its own is given up if possible");
  guest = saved;
  here.tsc = 17;
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && guest.flags == LGUEST_STATE_OWN_TSC
         && guest.tsc == 1060 * 2 * SECOND
         && guest.monotonic_ns == 1060 * SECOND,
         "after a restart of the host, the counter goes on");
  guest = saved;
  here.tsc = saved.tsc + 60 * 2 * SECOND;
  here.tsc_khz = 2000001;
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && guest.flags == LGUEST_STATE_OWN_TSC && guest.tsc_khz == 2000000,
         "one of another frequency does not do");
  guest = saved;
  here.tsc_khz = saved.tsc_khz;
  here.tsc += 20 * 2 * SECOND;
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && guest.flags == LGUEST_STATE_OWN_TSC
         && guest.tsc == 1060 * 2 * SECOND, "nor one that is far ahead");
  guest = saved;
  here.realtime_ns = 5;
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && passed == 0 && guest.monotonic_ns == saved.monotonic_ns
         && guest.realtime_ns == saved.realtime_ns, "time never goes back");
  guest = saved;
  guest.tsc = guest.realtime_ns = ~UINT64_C (0) - 5;
  guest.tsc_khz = ~0u;
  here.realtime_ns = ~UINT64_C (0);
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && guest.flags == LGUEST_STATE_OWN_TSC, "nor does it overflow badly");
  guest = saved;
  here.tsc_khz = 0;
  check (!snapshot_time_pass (&guest, &here, &passed, &failure),
         "without a counter that tells time it is refused");
  guest.tsc_khz = 0;
  check (snapshot_time_pass (&guest, &here, &passed, &failure)
         && guest.flags == 0, "unless the guest never had one");
  snapshot_time_ring (&vcpu, 2 * SECOND);
  check (vcpu.timer_ns == 3 * SECOND, "a timer has less to wait");
  snapshot_time_ring (&vcpu, 60 * SECOND);
  check (vcpu.timer_ns == 1, "or rings at once");
  vcpu.timer_ns = 0;
  snapshot_time_ring (&vcpu, 60 * SECOND);
  check (vcpu.timer_ns == 0, "one that was not set does not");
}

static void
test_memory (void)
{
  const int fd = memfd_create ("memory", 0);
  struct guest_memory copy = { 0 };
  struct failure failure;
  struct stat status;

  memset (guest.memory.base, 0, guest.memory.size);
  strcpy ((char *) guest.memory.base, "first");
  strcpy ((char *) guest.memory.base + 5 * PAGE + 100, "middle");
  strcpy ((char *) guest.memory.base + guest.memory.size - 5, "last");
  check (snapshot_memory_write (&guest.memory, fd, &failure)
         && fstat (fd, &status) == 0
         && (uint64_t) status.st_size == guest.memory.size,
         "memory is written");
  check (status.st_blocks <= 3 * PAGE / 512, "what is zero takes no room");
  check (guest_memory_create (&copy, guest.memory.size, &failure)
         && guest_memory_fill (&copy, fd, &failure)
         && memcmp (copy.base, guest.memory.base, copy.size) == 0,
         "it can be mapped");
  copy.base[0] = 'F';
  check (guest.memory.base[0] == 'f' && pread (fd, copy.base + PAGE, 1, 0) == 1
         && copy.base[PAGE] == 'f', "writing there does not change the file");
  check (guest_memory_clear (&copy, &failure) && copy.base[0] == 0
         && copy.base[5 * PAGE + 100] == 0, "cleared, it is all zero");
  copy.base[0] = 1;
  check (guest_memory_clear (&copy, &failure) && copy.base[0] == 0,
         "and again");
  close (fd);
}

static struct balloon balloon;

/* It keeps its thread, and so its memory. */
static struct balloon *other;

/* Plug in another one, and let it become the first. */
static bool
restore (const struct virtio_state *state, struct failure *failure)
{
  struct guest *fresh = calloc (1, sizeof *fresh);
  bool restored;

  other = calloc (1, sizeof *other);
  if (!fresh || !other || !event_loop_create (&fresh->loop))
    abort ();
  fresh->device_node = guest.device_node;
  fresh->memory = guest.memory;
  pci_bus_create (&fresh->bus, fresh->memory.size);
  if (!balloon_create (other, fresh, 0, failure))
    abort ();
  restored = virtio_device_restore (&other->device, state, failure);
  close (fresh->loop.epoll);
  return restored;
}

static void
test_device (void)
{
  static const struct
  {
    const char *what;
    size_t offset, bytes;
    uint64_t value;
  } wrong[] =
  {
#define FIELD(field) offsetof (struct virtio_state, field), \
  sizeof ((struct virtio_state *) 0)->field
    { "another kind", FIELD (id), VIRTIO_ID_BLOCK },
    { "fewer queues", FIELD (queue_count), 3 },
    { "many queues", FIELD (queue_count), 0xffffffff },
    { "a status that is none", FIELD (status), 0xff },
    { "started without features", FIELD (status), VIRTIO_CONFIG_S_DRIVER_OK },
    { "features not offered", FIELD (accepted), ~UINT64_C (0) },
    { "features without version 1", FIELD (accepted), 0 },
    { "a vector that is none", FIELD (config_vector), 100 },
    { "a queue's vector that is none", FIELD (queues[1].vector), 5 },
    { "a queue's size 0", FIELD (queues[0].size), 0 },
    { "a queue's size 3", FIELD (queues[0].size), 3 },
    { "a queue that is too large", FIELD (queues[0].size), 512 },
    { "a queue outside of memory", FIELD (queues[0].descriptor_address),
      MEMORY_BYTES - 16 },
    { "a ring outside of memory", FIELD (queues[0].used_address),
      ~UINT64_C (0) - 3 },
    { "a ring not aligned", FIELD (queues[0].available_address), 0x1001 },
    { "a flag that is none", FIELD (queues[0].enabled), 2 },
    { "a broken flag that is none", FIELD (queues[2].broken), 255 },
    { "something reserved", FIELD (queues[3].reserved), 1 },
  };
  struct virtio_state saved, state, again;
  struct failure failure;
  struct driver driver;
  unsigned i;

  if (!balloon_create (&balloon, &guest, 16 * PAGE, &failure))
    check (false, "a device can be made: %s", failure.text);
  driver = find_device (SLOT);
  start (&driver);
  config_write (SLOT, PCI_LATENCY_TIMER, 1, 0x55);
  common_write (&driver, VIRTIO_PCI_COMMON_Q_SELECT, 2, 2);
  check (virtio_device_hold (&balloon.device, 1), "a device is held");
  virtio_device_save (&balloon.device, &saved);
  check (saved.id == VIRTIO_ID_BALLOON && saved.queue_count == 4
         && saved.status == balloon.device.status && saved.queues[0].enabled
         && saved.accepted == balloon.device.accepted, "and saved");
  check (restore (&saved, &failure), "another one becomes the same");
  explain ("%s", failure.text);
  virtio_device_save (&other->device, &again);
  check (memcmp (&saved, &again, sizeof saved) == 0,
         "in all that is known of it");
  check (!virtio_device_is_running (&other->device), "it does nothing yet");
  virtio_device_release (&other->device);
  check (virtio_device_is_running (&other->device), "then it runs");
  for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
    {
      state = saved;
      memcpy ((char *) &state + wrong[i].offset, &wrong[i].value,
              wrong[i].bytes);
      check (!restore (&state, &failure) && strstr (failure.text, "slot 1"),
             "%s: refused", wrong[i].what);
    }
  state = saved;
  memset (state.pci, 0xff, sizeof state.pci);
  check (restore (&state, &failure)
         && other->device.pci.config[PCI_VENDOR_ID] == 0xf4
         && other->device.pci.config[PCI_LATENCY_TIMER] == 0xff,
         "of its configuration only what the guest can write is restored");
  state = saved;
  state.queues[0].next = 0x1234;
  state.queues[0].broken = 1;
  check (restore (&state, &failure) && other->device.queues[0].error,
         "a queue that was broken still is");
  virtio_device_release (&balloon.device);
}

/* Change all that can be changed, and let the device live with it. */
static void
test_any_device (void)
{
  struct virtio_state saved, state;
  struct failure failure;
  unsigned i, taken = 0;

  virtio_device_save (&balloon.device, &saved);
  srandom (1);
  for (i = 0; i < 200; i++)
    {
      unsigned changes = random () % 4;

      state = saved;
      while (changes-- > 0)
        ((uint8_t *) &state)[random () % sizeof state] ^= 1 << random () % 8;
      if (!restore (&state, &failure))
        continue;
      taken++;
      virtio_device_release (&other->device);
      other->worker.work (other->worker.context);
      virtio_device_reset (&other->device);
    }
  check (taken > 30, "states that are nearly right are lived with");
  explain ("%u of 200", taken);
}

static void
test_disk (void)
{
  char name[] = "/tmp/lguest-disk-XXXXXX";
  struct image_settings settings =
    { .name = name, .format = IMAGE_FORMAT_RAW };
  const int fd = mkstemp (name);
  struct snapshot_disk disk;
  struct failure failure;
  struct timespec times[2] = { { 0, UTIME_OMIT }, { 1000, 500 } };

  check (fd >= 0 && ftruncate (fd, 8192) == 0 && futimens (fd, times) == 0
         && snapshot_disk_look (&disk, &settings, &failure)
         && snapshot_disk_check (&disk, &settings, &failure),
         "a disk that nobody touched is as it was");
  times[1].tv_nsec = 0;
  futimens (fd, times);
  check (snapshot_disk_check (&disk, &settings, &failure),
         "so is a copy that has lost parts of a second");
  times[1].tv_nsec = 501;
  futimens (fd, times);
  check (!snapshot_disk_check (&disk, &settings, &failure)
         && strstr (failure.text, "has changed"),
         "one that was written to is not");
  check (ftruncate (fd, 4096) == 0, "it can be made shorter");
  times[1].tv_nsec = 500;
  futimens (fd, times);
  check (!snapshot_disk_check (&disk, &settings, &failure),
         "one of another length is not");
  check (ftruncate (fd, 8192) == 0 && futimens (fd, times) == 0
         && snapshot_disk_possible (&settings, &failure),
         "an ordinary disk can be in a snapshot");
  settings.overlay = IMAGE_OVERLAY_EPHEMERAL;
  check (snapshot_disk_check (&disk, &settings, &failure),
         "a clone may have an ephemeral overlay");
  settings.overlay = name;
  check (!snapshot_disk_check (&disk, &settings, &failure),
         "an overlay that was not there is refused");
  settings.overlay = NULL;
  settings.format = IMAGE_FORMAT_NBD;
  check (!snapshot_disk_possible (&settings, &failure),
         "one that others may write to cannot be in one, too");
  settings.read_only = true;
  check (snapshot_disk_possible (&settings, &failure),
         "unless it is only read");
  close (fd);
  unlink (name);
  check (!snapshot_disk_look (&disk, &(struct image_settings)
                              { .name = name, .format = IMAGE_FORMAT_RAW },
                              &failure), "one that is gone is a failure");
}

int
main (void)
{
  struct failure failure;

  /* What devices say about us is not for the log. */
  if (!freopen ("/dev/null", "w", stderr)
      || !guest_memory_create (&guest.memory, MEMORY_BYTES, &failure)
      || !event_loop_create (&guest.loop))
    return 1;
  pci_bus_create (&guest.bus, guest.memory.size);
  guest.device_node = open ("/dev/null", O_RDWR);
  test_file ();
  test_processor ();
  test_time ();
  test_memory ();
  test_device ();
  test_any_device ();
  test_disk ();
  return finish ();
}
