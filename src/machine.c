/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.c - a Guest with all that belongs to it: the whole PC.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "device_node.h"
#include "i18n.h"
#include "image/opened.h"
#include "loader.h"
#include "log.h"
#include "machine.h"
#include "snapshot/snapshot.h"

static bool
open_file (const char *name, int *fd, struct failure *failure)
{
  *fd = open (name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (*fd < 0)
    return fail (failure, STATUS_ERROR, _("cannot open %s: %s"), name,
                 strerror (errno));
  return true;
}

static bool
open_device_node (struct machine *machine, struct failure *failure)
{
  struct lguest_device_info info;

  machine->guest.device_node = device_node_open (&info, failure);
  if (machine->guest.device_node < 0)
    return false;
  if (machine->options->vcpus > info.max_vcpus)
    return fail (failure, STATUS_ERROR,
                 _("lg.ko gives a guest at most %u processors, not %u"),
                 info.max_vcpus, machine->options->vcpus);
  machine->host_features = info.host_features;
  return true;
}

/* A shadow page table is of the host's kind, and so has the guest's to be.
   (lg.ko would refuse it, too, but only when it has begun to run.) */
static bool
check_page_levels (const struct machine *machine, const struct kernel *kernel,
                   struct failure *failure)
{
  const bool pae = machine->host_features & LGUEST_HOST_PAE;

  if (kernel->page_levels == 0 || kernel->page_levels == (pae ? 3 : 2))
    return true;
  return fail (failure, STATUS_ERROR,
               pae
               ? _("%s has page tables of %u levels, and this host of 3: it"
                   " runs guest kernels with PAE")
               : _("%s has page tables of %u levels, and this host of 2: it"
                   " runs guest kernels without PAE"),
               machine->options->kernel, kernel->page_levels);
}

/* Everything into memory, and the Guest into lg.ko. */
static bool
load (struct machine *machine, struct failure *failure)
{
  const struct options *options = machine->options;
  struct guest_memory *memory = &machine->guest.memory;
  struct kernel kernel;

  if (!loader_load (machine->kernel, options->kernel, memory, &kernel,
                    failure)
      || !check_page_levels (machine, &kernel, failure)
      || !boot_write (memory, &kernel, options->command_line,
                      machine->initrd, options->initrd, failure))
    return false;
  log_verbose (_("kernel starts at %#llx"),
               (unsigned long long) kernel.entry);
  return device_node_initialize (machine->guest.device_node, memory, &kernel,
                                 BOOT_PARAMS_ADDRESS, options->vcpus, failure);
}

static bool
create_devices (struct machine *machine, struct failure *failure)
{
  const struct options *options = machine->options;
  struct guest *guest = &machine->guest;
  unsigned i;

  pci_bus_create (&guest->bus, guest->memory.size);
  button_create (&guest->button);
  if (!console_create (&machine->console, guest, failure))
    return false;
  for (i = 0; i < options->disk_count; i++)
    if (!block_create (&machine->disks[i], guest, failure))
      return false;
  for (i = 0; i < options->share_count; i++)
    if (!share_create (&machine->shares[i], guest,
                       options_share_tag (&options->shares[i]), failure))
      return false;
  if (!net_cards_create (&machine->nets, guest, failure))
    return false;
  if (options->rng && !rng_create (&machine->rng, guest, failure))
    return false;
  return !options->balloon
    || balloon_create (&machine->balloon, guest, options->balloon_size,
                       failure);
}

/* Open the files of all disks, without looking into them. */
static bool
prepare_disks (struct machine *machine, struct failure *failure)
{
  const struct options *options = machine->options;
  unsigned i;

  for (i = 0; i < options->disk_count; i++)
    {
      const struct disk_option *option = &options->disks[i];

      machine->disk_settings[i] = (struct block_settings)
        {
          .image =
            {
              .name = option->file,
              .format = option->format,
              .read_only = option->read_only,
              .overlay = option->overlay,
              .backing = option->backing,
            },
          .serial = option->serial,
          .bytes_per_second = option->bytes_per_second,
          .requests_per_second = option->requests_per_second,
        };
      if (!image_prepare (&machine->disk_settings[i].image, failure))
        return false;
    }
  return true;
}

/**
 * machine_open - open all that the Guest will have
 * @machine: all zero before; vcpus.ended.ready is set
 * @options: stay where they are
 *
 * Afterwards nothing is opened any more, and nothing has been believed that
 * could come from somebody else: then the launcher can be confined.
 */
bool
machine_open (struct machine *machine, const struct options *options,
              struct failure *failure)
{
  struct guest *guest = &machine->guest;
  unsigned i;

  machine->options = options;
  machine->initrd = guest->device_node = -1;
  machine->snapshot_state = machine->snapshot_memory = -1;
  if (!event_loop_create (&guest->loop))
    return fail (failure, STATUS_ERROR, _("cannot wait for events: %s"),
                 strerror (errno));
  vcpus_prepare (&machine->vcpus);
  machine->vcpus.nice = options->nice;
  if (!open_file (options->kernel, &machine->kernel, failure))
    return false;
  if (options->initrd
      && !open_file (options->initrd, &machine->initrd, failure))
    return false;
  if (options->restore
      && !snapshot_open (options->restore, &machine->snapshot_state,
                         &machine->snapshot_memory, failure))
    return false;
  for (i = 0; i < options->share_count; i++)
    if (!share_open (&machine->shares[i], options->shares[i].folder,
                     options->shares[i].read_only, failure))
      return false;
  return prepare_disks (machine, failure)
    && net_cards_open (&machine->nets, options->nets, options->net_count,
                       &options->tunnets, options->name, failure)
    && open_device_node (machine, failure)
    && console_prepare (&machine->console, &guest->loop, options->consoles,
                        options->console_count, options->escape, failure);
}

/** machine_roles - kinds of threads that it will have, for the confinement */
unsigned
machine_roles (const struct options *options)
{
  /* Who saves the Guest is confined as who serves its disks. */
  unsigned roles = 1u << CONFINE_VCPU | 1u << CONFINE_WORKER
    | 1u << CONFINE_DISK, i;

  if (options->net_count > 0 || options->tunnets.count > 0)
    roles |= 1u << CONFINE_NET;
  for (i = 0; i < options->share_count; i++)
    roles |= 1u << (options->shares[i].read_only ? CONFINE_SHARE
                    : CONFINE_SHARE_CHANGE);
  return roles;
}

/** machine_start_early - start what cannot be confined as all else is */
bool
machine_start_early (struct machine *machine, struct failure *failure)
{
  unsigned i;

  for (i = 0; i < machine->options->share_count; i++)
    if (!share_start (&machine->shares[i], failure))
      return false;
  return true;
}

/* What was saved, instead of a kernel. */
static bool
restore (struct machine *machine, struct failure *failure)
{
  const struct kernel nothing = { 0 };

  if (!device_node_initialize (machine->guest.device_node,
                               &machine->guest.memory, &nothing, 0,
                               machine->options->vcpus, failure)
      || !create_devices (machine, failure)
      || !snapshot_restore (machine, failure))
    return false;
  close (machine->snapshot_state);
  close (machine->snapshot_memory);
  machine->snapshot_state = machine->snapshot_memory = -1;
  return true;
}

/**
 * machine_build - build it from what was opened, and load what it shall run
 *
 * Nothing runs yet, but everything that can go wrong before has.
 */
bool
machine_build (struct machine *machine, struct failure *failure)
{
  const struct options *options = machine->options;
  struct guest *guest = &machine->guest;
  unsigned i;

  for (i = 0; i < options->disk_count; i++)
    if (!block_open (&machine->disks[i], &machine->disk_settings[i],
                     failure))
      return false;
  opened_forget ();
  if (!guest_memory_create (&guest->memory, options->memory, failure)
      || !vcpus_create (&machine->vcpus, guest, &machine->console,
                        options->vcpus, failure))
    return false;
  if (options->restore)
    return restore (machine, failure);
  return load (machine, failure) && create_devices (machine, failure);
}

/** machine_start - let the Guest run; its end comes by vcpus.ended */
bool
machine_start (struct machine *machine, struct failure *failure)
{
  return vcpus_start (&machine->vcpus, failure);
}

/** machine_close - lguest ends: what the Guest has written is to stay */
void
machine_close (struct machine *machine)
{
  unsigned i;

  for (i = 0; i < machine->options->disk_count; i++)
    if (machine->disks[i].image)
      block_close (&machine->disks[i]);
}

/*L:300 Once more from the top
 *
 * A Guest that restarts does so in the same process.  Its files stay open, its
 * memory becomes all zero by giving it back to the Host, the kernel is poured
 * in again, and the Host is told to start from scratch.  The classic lguest
 * executed itself anew; we are too proud of our file descriptors.
 *
 * Enough of the Launcher.  It calls read(), and something remarkable happens
 * in there, which it knows nothing about.  Follow it down: say make Host
 */
/**
 * machine_restart - the Guest has ended and wants to run again
 *
 * Everything that was opened stays open, nothing is opened again.
 */
bool
machine_restart (struct machine *machine, struct failure *failure)
{
  const struct options *options = machine->options;
  unsigned i;

  vcpus_join (&machine->vcpus);
  virtio_device_reset (&machine->console.device);
  for (i = 0; i < options->disk_count; i++)
    virtio_device_reset (&machine->disks[i].device);
  for (i = 0; i < options->share_count; i++)
    virtio_device_reset (&machine->shares[i].device);
  net_cards_reset (&machine->nets);
  if (options->rng)
    virtio_device_reset (&machine->rng.device);
  if (options->balloon)
    virtio_device_reset (&machine->balloon.device);
  pci_bus_reset (&machine->guest.bus);
  button_reset (&machine->guest.button);
  return guest_memory_clear (&machine->guest.memory, failure)
    && load (machine, failure) && machine_start (machine, failure);
}
/*:*/

/**
 * machine_pause - the Guest stands still until machine_resume()
 *
 * Main thread only.  False if it has ended meanwhile.
 */
bool
machine_pause (struct machine *machine)
{
  return vcpus_pause (&machine->vcpus);
}

/** machine_resume - undo machine_pause() */
void
machine_resume (struct machine *machine)
{
  vcpus_resume (&machine->vcpus);
}

/** machine_stop - no vcpu runs any more; vcpus.ended follows */
void
machine_stop (struct machine *machine)
{
  vcpus_stop (&machine->vcpus);
}

/** machine_nmi - a non-maskable interrupt on every vcpu; false with errno */
bool
machine_nmi (struct machine *machine)
{
  return vcpus_nmi (&machine->vcpus);
}

/**
 * machine_set_balloon - so much memory the Guest is to give back from now on
 * @size: bytes
 *
 * Main thread; see balloon_set_size().
 */
bool
machine_set_balloon (struct machine *machine, uint64_t size,
                     struct failure *failure)
{
  if (!machine->options->balloon)
    return fail (failure, STATUS_ERROR, _("the guest has no balloon"));
  return balloon_set_size (&machine->balloon, size, failure);
}
