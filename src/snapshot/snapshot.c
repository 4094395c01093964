/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/snapshot.c - a whole machine goes into files, and comes out of them.
 *
 * To save: no vcpu runs, the devices finish what they have begun and begin
 * nothing; then all that lg.ko, the devices and the bus have is written down,
 * and the memory.  To restore: build a machine as for a Guest that starts, but
 * do not load a kernel; then let each part become what it was.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lguest/state.h>

#include "device_node.h"
#include "devices/virtio_state.h"
#include "i18n.h"
#include "log.h"
#include "snapshot/disk.h"
#include "snapshot/file.h"
#include "snapshot/snapshot.h"
#include "snapshot/memory.h"
#include "snapshot/overlay.h"
#include "snapshot/processor.h"
#include "snapshot/time.h"

/* How long devices may take to finish what they have begun. */
#define HOLD_SECONDS 10

/* Names of records. */
#define MACHINE_RECORD "machine"
#define PROCESSOR_RECORD "processor"
#define GUEST_RECORD "guest"
#define VCPU_RECORD "vcpu"
#define DEVICE_RECORD "device"
#define DISK_RECORD "disk"

/**
 * struct machine_state - what it has of everything
 * @memory: bytes
 * @vcpus, @devices, @disks: how many
 * @bus_address: pci_bus.address
 * @button_obeyed, @button_pressed: see struct button
 */
struct machine_state
{
  uint64_t memory;
  uint32_t vcpus;
  uint32_t devices;
  uint32_t disks;
  uint32_t bus_address;
  uint32_t button_obeyed;
  uint32_t button_pressed;
};

/* The device in a slot, or NULL.  All but the bridge are virtio's. */
static struct virtio_device *
device_in (const struct machine *machine, unsigned slot)
{
  return slot > 0 && slot < machine->guest.bus.devices
    ? (struct virtio_device *) machine->guest.bus.slots[slot] : NULL;
}

/** snapshot_possible - is there nothing in the machine that cannot be saved? */
bool
snapshot_possible (const struct machine *machine, struct failure *failure)
{
  const struct options *options = machine->options;
  unsigned i;

  if (options->share_count)
    return fail (failure, STATUS_ERROR,
                 _("a guest with shared folders cannot be saved: its open"
                   " files are the host's"));
  for (i = 0; i < options->disk_count; i++)
    if (!snapshot_disk_possible (&machine->disk_settings[i].image, failure))
      return false;
  return true;
}

static bool
hold (struct machine *machine, struct failure *failure)
{
  unsigned slot;
  bool held = console_hold (&machine->console, HOLD_SECONDS);

  if (!held)
    return fail (failure, STATUS_ERROR,
                 _("who reads the guest's console does not take what it"
                   " says"));
  for (slot = 1; slot < machine->guest.bus.devices; slot++)
    if (!virtio_device_hold (device_in (machine, slot), HOLD_SECONDS))
      return fail (failure, STATUS_ERROR,
                   _("the device in slot %u (%s) does not get done with what"
                     " it does"), slot,
                   device_in (machine, slot)->class->name);
  return true;
}

/** snapshot_release - after snapshot_save(), however it ended */
void
snapshot_release (struct machine *machine)
{
  unsigned slot;

  for (slot = 1; slot < machine->guest.bus.devices; slot++)
    virtio_device_release (device_in (machine, slot));
}

static void
save_machine (struct machine *machine, struct snapshot_writer *writer)
{
  struct button *button = &machine->guest.button;
  struct machine_state state =
    {
      .memory = machine->guest.memory.size,
      .vcpus = machine->vcpus.count,
      .devices = machine->guest.bus.devices - 1,
      .disks = machine->options->disk_count,
      .bus_address = machine->guest.bus.address,
    };
  struct processor processor;

  pthread_mutex_lock (&button->lock);
  state.button_obeyed = button->obeyed;
  state.button_pressed = button->pressed;
  pthread_mutex_unlock (&button->lock);
  snapshot_put (writer, MACHINE_RECORD, 0, &state, sizeof state);
  processor_look (&processor);
  snapshot_put (writer, PROCESSOR_RECORD, 0, &processor, sizeof processor);
}

/* What lg.ko has. */
static bool
save_vcpus (struct machine *machine, struct snapshot_writer *writer,
            struct failure *failure)
{
  const int node = machine->guest.device_node;
  struct lguest_guest_state guest;
  struct lguest_vcpu_state vcpu;
  bool got = device_node_get_state (node, 0, LGUEST_STATE_GUEST, &guest,
                                    sizeof guest);
  unsigned i;

  snapshot_put (writer, GUEST_RECORD, 0, &guest, sizeof guest);
  for (i = 0; i < machine->vcpus.count && got; i++)
    {
      got = device_node_get_state (node, i, LGUEST_STATE_VCPU, &vcpu,
                                   sizeof vcpu);
      snapshot_put (writer, VCPU_RECORD, i, &vcpu, sizeof vcpu);
    }
  if (got)
    return true;
  return fail (failure, STATUS_ERROR,
               _("lg.ko does not tell the guest's state: %s"),
               strerror (errno));
}

static void
save_devices (struct machine *machine, struct snapshot_writer *writer)
{
  struct virtio_state state;
  unsigned slot;

  for (slot = 1; slot < machine->guest.bus.devices; slot++)
    {
      virtio_device_save (device_in (machine, slot), &state);
      snapshot_put (writer, DEVICE_RECORD, slot, &state, sizeof state);
    }
}

/* What disks are made from; it is on them, and does not change any more. */
static bool
save_disks (struct machine *machine, struct snapshot_writer *writer,
            struct failure *failure)
{
  struct snapshot_disk state;
  unsigned i;

  for (i = 0; i < machine->options->disk_count; i++)
    {
      const struct image_settings *settings
        = &machine->disk_settings[i].image;

      if (!machine->disks[i].image->read_only
          && !image_flush (machine->disks[i].image))
        return fail (failure, STATUS_ERROR, _("cannot write disk %s: %s"),
                     settings->name, strerror (errno));
      if (!snapshot_disk_look (&state, settings, failure))
        return false;
      snapshot_put (writer, DISK_RECORD, i, &state, sizeof state);
    }
  return true;
}

/* What has been written to disks that end with the Guest. */
static bool
save_overlays (struct machine *machine, struct snapshot_writer *writer,
               int memory, struct failure *failure)
{
  unsigned i;

  for (i = 0; i < machine->options->disk_count; i++)
    if (image_is_ephemeral (&machine->disk_settings[i].image)
        && !snapshot_overlay_save (machine->disks[i].image, i, writer, memory,
                                   failure))
      return false;
  return true;
}

/**
 * snapshot_save - write all that the Guest is
 * @machine: paused, and stays so; afterwards its devices are held
 * @state, @memory: empty files
 */
bool
snapshot_save (struct machine *machine, int state, int memory,
               struct failure *failure)
{
  struct snapshot_writer writer = { 0 };
  bool saved;

  saved = hold (machine, failure);
  if (saved)
    {
      save_machine (machine, &writer);
      save_devices (machine, &writer);
    }
  /* Devices may have raised interrupts until they were held. */
  saved = saved && save_vcpus (machine, &writer, failure)
    && save_disks (machine, &writer, failure)
    && snapshot_memory_write (&machine->guest.memory, memory, failure)
    && save_overlays (machine, &writer, memory, failure)
    && snapshot_write (&writer, state, failure);
  snapshot_writer_free (&writer);
  return saved;
}

static bool
open_in (const char *folder, const char *name, int *fd,
         struct failure *failure)
{
  char *path;
  struct stat status;

  if (asprintf (&path, "%s/%s", folder, name) < 0)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  *fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (*fd < 0)
    fail (failure, STATUS_ERROR, _("cannot open %s: %s"), path,
          strerror (errno));
  else if (fstat (*fd, &status) != 0 || !S_ISREG (status.st_mode))
    {
      fail (failure, STATUS_ERROR, _("%s is no file of a snapshot"), path);
      close (*fd);
      *fd = -1;
    }
  free (path);
  return *fd >= 0;
}

/** snapshot_open - open what snapshot_restore() will need */
bool
snapshot_open (const char *folder, int *state, int *memory,
               struct failure *failure)
{
  return open_in (folder, SNAPSHOT_STATE_FILE, state, failure)
    && open_in (folder, SNAPSHOT_MEMORY_FILE, memory, failure);
}

/* Is this machine one as the Guest had? */
static bool
check_machine (const struct machine *machine,
               const struct machine_state *state, struct failure *failure)
{
  const struct options *options = machine->options;
  const unsigned devices = machine->guest.bus.devices - 1;

  if (state->memory != options->memory)
    return fail (failure, STATUS_ERROR,
                 _("the guest of the snapshot has %llu KiB of memory, not"
                   " %llu"), (unsigned long long) state->memory >> 10,
                 (unsigned long long) options->memory >> 10);
  if (state->vcpus != options->vcpus)
    return fail (failure, STATUS_ERROR,
                 _("the guest of the snapshot has %u processors, not %u"),
                 state->vcpus, options->vcpus);
  if (state->disks != options->disk_count)
    return fail (failure, STATUS_ERROR,
                 _("the guest of the snapshot has %u disks, not %u"),
                 state->disks, options->disk_count);
  if (state->devices != devices)
    return fail (failure, STATUS_ERROR,
                 _("the guest of the snapshot has %u devices, not %u"),
                 state->devices, devices);
  return true;
}

static bool
restore_devices (struct machine *machine,
                 const struct snapshot_reader *reader,
                 struct failure *failure)
{
  struct virtio_state state;
  unsigned slot;

  for (slot = 1; slot < machine->guest.bus.devices; slot++)
    if (!snapshot_get (reader, DEVICE_RECORD, slot, &state, sizeof state,
                       failure)
        || !virtio_device_restore (device_in (machine, slot), &state,
                                   failure))
      return false;
  return true;
}

static bool
check_disks (const struct machine *machine,
             const struct snapshot_reader *reader, struct failure *failure)
{
  struct snapshot_disk state;
  unsigned i;

  for (i = 0; i < machine->options->disk_count; i++)
    if (!snapshot_get (reader, DISK_RECORD, i, &state, sizeof state, failure)
        || !snapshot_disk_check (&state, &machine->disk_settings[i].image,
                                 failure))
      return false;
  return true;
}

/* Disks that end with the Guest become what they were. */
static bool
restore_overlays (struct machine *machine,
                  const struct snapshot_reader *reader,
                  struct failure *failure)
{
  unsigned i;

  for (i = 0; i < machine->options->disk_count; i++)
    {
      const struct image_settings *settings
        = &machine->disk_settings[i].image;

      if (!snapshot_overlay_is_there (reader, i))
        continue;
      if (!image_is_ephemeral (settings))
        return fail (failure, STATUS_ERROR,
                     _("disk %s had an ephemeral overlay, without which it is"
                       " not what the guest remembers"), settings->name);
      if (!machine->disks[i].image->read_only
          && !snapshot_overlay_restore (machine->disks[i].image, i, reader,
                                        machine->snapshot_memory, failure))
        return false;
    }
  return true;
}

static bool
refused (const char *what, struct failure *failure)
{
  return fail (failure, STATUS_ERROR,
               _("lg.ko refuses the snapshot's %s: %s"), what,
               errno == EPROTO ? _("it is of another version of lguest")
               : errno == EINVAL ? _("no guest can be like that")
               : strerror (errno));
}

static bool
restore_vcpus (struct machine *machine, const struct snapshot_reader *reader,
               struct failure *failure)
{
  const int node = machine->guest.device_node;
  struct lguest_guest_state guest, here;
  struct lguest_vcpu_state vcpu;
  uint64_t passed;
  unsigned i;

  if (!snapshot_get (reader, GUEST_RECORD, 0, &guest, sizeof guest, failure))
    return false;
  if (!device_node_get_state (node, 0, LGUEST_STATE_GUEST, &here,
                              sizeof here))
    return fail (failure, STATUS_ERROR,
                 _("lg.ko does not tell the guest's state: %s"),
                 strerror (errno));
  if (!snapshot_time_pass (&guest, &here, &passed, failure))
    return false;
  if (!device_node_set_state (node, 0, LGUEST_STATE_GUEST, &guest,
                              sizeof guest))
    return refused (GUEST_RECORD, failure);
  for (i = 0; i < machine->vcpus.count; i++)
    {
      if (!snapshot_get (reader, VCPU_RECORD, i, &vcpu, sizeof vcpu, failure))
        return false;
      snapshot_time_ring (&vcpu, passed);
      if (!device_node_set_state (node, i, LGUEST_STATE_VCPU, &vcpu,
                                  sizeof vcpu))
        return refused (VCPU_RECORD, failure);
    }
  log_verbose (_("the guest has slept for %llu ms"),
               (unsigned long long) passed / 1000000);
  if (guest.flags & LGUEST_STATE_OWN_TSC)
    log_message (_("this host's time stamp counter is not the one that the"
                   " guest knows: reading the time is slow in it"));
  return true;
}

/* What is another thing than it was, the Guest has to look at anew. */
static void
tell_changes (struct machine *machine)
{
  unsigned slot;

  for (slot = 1; slot < machine->guest.bus.devices; slot++)
    {
      struct virtio_device *device = device_in (machine, slot);

      pthread_mutex_lock (&device->lock);
      if (device->class->restore && !device->halted)
        virtio_device_config_changed (device);
      pthread_mutex_unlock (&device->lock);
    }
}

static bool
restore_all (struct machine *machine, const struct snapshot_reader *reader,
             struct failure *failure)
{
  struct button *button = &machine->guest.button;
  struct processor needed, here;
  struct machine_state state;

  if (!snapshot_get (reader, MACHINE_RECORD, 0, &state, sizeof state, failure)
      || !check_machine (machine, &state, failure)
      || !snapshot_get (reader, PROCESSOR_RECORD, 0, &needed, sizeof needed,
                        failure))
    return false;
  processor_look (&here);
  if (!processor_check (&needed, &here, failure)
      || !check_disks (machine, reader, failure)
      || !restore_overlays (machine, reader, failure)
      || !restore_devices (machine, reader, failure)
      || !restore_vcpus (machine, reader, failure))
    return false;
  machine->guest.bus.address = state.bus_address;
  button->obeyed = state.button_obeyed;
  button->pressed = state.button_pressed;
  return true;
}

/**
 * snapshot_restore - let a machine become the one that was saved
 * @machine: built, with devices; lg.ko has a Guest that has not run
 *
 * After a failure it is of no use.
 */
bool
snapshot_restore (struct machine *machine, struct failure *failure)
{
  struct snapshot_reader reader;
  struct failure reason;
  struct stat status;
  bool restored;

  if (fstat (machine->snapshot_memory, &status) != 0
      || (uint64_t) status.st_size < machine->guest.memory.size)
    return fail (failure, STATUS_ERROR,
                 _("cannot restore %s: its memory is not as long as that of"
                   " the guest"), machine->options->restore);
  restored = guest_memory_fill (&machine->guest.memory,
                                machine->snapshot_memory, &reason)
    && snapshot_read (&reader, machine->snapshot_state, &reason);
  if (restored)
    {
      restored = restore_all (machine, &reader, &reason);
      snapshot_reader_free (&reader);
    }
  if (!restored)
    return fail (failure, STATUS_ERROR, _("cannot restore %s: %s"),
                 machine->options->restore, reason.text);
  snapshot_release (machine);
  tell_changes (machine);
  return true;
}
