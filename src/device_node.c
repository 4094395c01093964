/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device_node.c - talking to lg.ko through /dev/lguest.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lguest/statistics.h>

#include "device_node.h"
#include "i18n.h"

/* A request is written whole or not at all. */
static bool
request (int fd, unsigned vcpu, const void *words, size_t bytes)
{
  ssize_t n;

  do
    n = pwrite (fd, words, bytes, vcpu);
  while (n < 0 && errno == EINTR);
  if (n >= 0 && (size_t) n != bytes)
    {
      errno = EIO;
      return false;
    }
  return n >= 0;
}

/* The errors of open() that have a cause which the user can do something
   about. */
static bool
explain_open (int error, struct failure *failure)
{
  switch (error)
    {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return fail (failure, STATUS_DEVICE,
                   _("there is no %s: load the module, by \"modprobe lg\""),
                   LGUEST_DEVICE_PATH);
    case EACCES:
    case EPERM:
      return fail (failure, STATUS_DEVICE,
                   _("you may not open %s: %s"), LGUEST_DEVICE_PATH,
                   strerror (error));
    default:
      return fail (failure, STATUS_DEVICE, _("cannot open %s: %s"),
                   LGUEST_DEVICE_PATH, strerror (error));
    }
}

/**
 * device_node_open - open /dev/lguest and agree on a version
 * @info: what lg.ko says about itself
 *
 * Returns a file descriptor, or -1 with @failure filled in.
 */
int
device_node_open (struct lguest_device_info *info, struct failure *failure)
{
  const uint64_t version[] = { LHREQ_VERSION, LGUEST_DEVICE_VERSION };
  ssize_t n;
  int fd;

  fd = open (LGUEST_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    {
      explain_open (errno, failure);
      return -1;
    }
  do
    n = pread (fd, info, sizeof *info, 0);
  while (n < 0 && errno == EINTR);
  if (n != sizeof *info)
    fail (failure, STATUS_DEVICE, _("%s does not answer like lg.ko: %s"),
          LGUEST_DEVICE_PATH, n < 0 ? strerror (errno)
          : _("short answer"));
  else if (info->version != LGUEST_DEVICE_VERSION)
    fail (failure, STATUS_DEVICE,
          _("lg.ko speaks version %u of the device interface, this lguest"
            " speaks version %d"), info->version, LGUEST_DEVICE_VERSION);
  else if (info->guest_version != LGUEST_GUEST_VERSION)
    fail (failure, STATUS_DEVICE,
          _("lg.ko speaks version %u of the guest interface, this lguest"
            " speaks version %d"), info->guest_version, LGUEST_GUEST_VERSION);
  else if (info->host_missing)
    fail (failure, STATUS_DEVICE,
          _("this host cannot run guests; \"lguest --check-host\" says"
            " why"));
  else if (!request (fd, 0, version, sizeof version))
    fail (failure, STATUS_DEVICE,
          _("lg.ko does not want to speak version %d of the device"
            " interface: %s"), LGUEST_DEVICE_VERSION, strerror (errno));
  else
    return fd;
  close (fd);
  return -1;
}

/*L:200 Speaking to the Host
 *
 * All that the Launcher ever asks of the Host goes through one file,
 * /dev/lguest.  One open of it is one Guest.  To *write* is to request: each
 * request is a number and some 64-bit words, and the first one says where the
 * memory is, how much, and where to begin.  To *read* is to run: the call
 * returns when the Guest needs us.  And the *offset* in the file, which has no
 * other use here, says which virtual processor is meant.
 *
 * It was done so in the very first version, and it is a wonder of economy: no
 * ioctl, no new system call, and when the last descriptor is closed, or the
 * process dies of anything at all, the Guest is gone and nobody needs to clean
 * up.
 *
 * The other requests are few.  LHREQ_IRQ raises an interrupt line, for a device
 * that has something to say.  LHREQ_GETREG and LHREQ_SETREG look at a vcpu's
 * registers and change them, when the Launcher has done a piece of the Guest's
 * work: an IN has to leave its result in RAX.  And LHREQ_TRAP says: this one
 * is beyond me, let its own kernel see to it.
 *
 * Before anything else both sides say which version of this language they
 * speak.  If they differ, both numbers are in the message: the reader of that
 * message has had enough trouble already.
 */
/**
 * device_node_initialize - make the Guest, or make it anew
 * @memory: its memory, with everything loaded
 * @kernel: where it starts
 * @boot_params: guest-physical address of struct boot_params
 * @vcpus: how many processors it has
 */
bool
device_node_initialize (int fd, const struct guest_memory *memory,
                        const struct kernel *kernel, uint64_t boot_params,
                        unsigned vcpus, struct failure *failure)
{
  const struct lguest_setup setup =
    {
      .request = LHREQ_INITIALIZE,
      .memory = (uintptr_t) memory->base,
      .memory_size = memory->size,
      .entry = kernel->entry,
      .cr3 = kernel->cr3,
      .boot_params = boot_params,
      .vcpus = vcpus,
    };

  if (!request (fd, 0, &setup, sizeof setup))
    return fail (failure, STATUS_ERROR, _("lg.ko refuses the guest: %s"),
                 strerror (errno));
  return true;
}
/*:*/

/**
 * device_node_run - run a vcpu until it needs us
 * @reason: why it came back
 *
 * Returns false, with errno set, if it did not run; EINTR: a signal came.
 */
bool
device_node_run (int fd, unsigned vcpu, struct lguest_exit *reason)
{
  ssize_t n = pread (fd, reason, sizeof *reason, vcpu);

  if (n >= 0 && n != sizeof *reason)
    {
      errno = EIO;
      return false;
    }
  return n >= 0;
}

/**
 * device_node_set_registers - change registers of a vcpu
 * @pairs: register number, value, register number, ...
 * @count: number of pairs
 */
bool
device_node_set_registers (int fd, unsigned vcpu, const uint64_t *pairs,
                           unsigned count)
{
  uint64_t words[LHREQ_MAX_WORDS];

  if (count > LGUEST_REG_COUNT)
    {
      errno = EINVAL;
      return false;
    }
  words[0] = LHREQ_SETREG;
  memcpy (words + 1, pairs, 2 * count * sizeof *pairs);
  return request (fd, vcpu, words, (1 + 2 * count) * sizeof *words);
}

/**
 * device_node_get_register - of a vcpu that no thread runs
 * @number: enum lguest_register
 * @value: set
 *
 * Returns false with errno set: EBUSY if it runs.
 */
bool
device_node_get_register (int fd, unsigned vcpu, unsigned number,
                          uint64_t *value)
{
  const uint64_t words[] = { LHREQ_GETREG, number };
  ssize_t n;

  if (!request (fd, vcpu, words, sizeof words))
    return false;
  do
    n = pread (fd, value, sizeof *value, vcpu);
  while (n < 0 && errno == EINTR);
  if (n >= 0 && n != sizeof *value)
    {
      errno = EIO;
      return false;
    }
  return n >= 0;
}

/**
 * device_node_get_state - all that lg.ko has of a Guest: <lguest/state.h>
 * @which: LGUEST_STATE_
 * @state, @bytes: its structure; filled in
 *
 * No thread runs a vcpu.  Returns false with errno set.
 */
bool
device_node_get_state (int fd, unsigned vcpu, unsigned which, void *state,
                       size_t bytes)
{
  const uint64_t words[]
    = { LHREQ_GET_STATE, which, (uintptr_t) state, bytes };

  return request (fd, vcpu, words, sizeof words);
}

/** device_node_set_state - the other way round */
bool
device_node_set_state (int fd, unsigned vcpu, unsigned which,
                       const void *state, size_t bytes)
{
  const uint64_t words[]
    = { LHREQ_SET_STATE, which, (uintptr_t) state, bytes };

  return request (fd, vcpu, words, sizeof words);
}

/** device_node_trap - let the vcpu's kernel handle it */
bool
device_node_trap (int fd, unsigned vcpu, unsigned vector,
                  uint64_t error_code)
{
  const uint64_t words[] = { LHREQ_TRAP, vector, error_code };

  return request (fd, vcpu, words, sizeof words);
}

/** device_node_interrupt - raise an interrupt line of the Guest */
bool
device_node_interrupt (int fd, unsigned irq)
{
  const uint64_t words[] = { LHREQ_IRQ, irq };

  return request (fd, 0, words, sizeof words);
}

/** device_node_kick - let the vcpu's device_node_run() fail with EINTR */
bool
device_node_kick (int fd, unsigned vcpu)
{
  const uint64_t word = LHREQ_KICK;

  return request (fd, vcpu, &word, sizeof word);
}

/** device_node_nmi - a non-maskable interrupt for the vcpu */
bool
device_node_nmi (int fd, unsigned vcpu)
{
  const uint64_t word = LHREQ_NMI;

  return request (fd, vcpu, &word, sizeof word);
}

/**
 * device_node_map_statistics - what lg.ko counts: <lguest/statistics.h>
 * @size: set: bytes of the mapping, which is read-only
 *
 * After device_node_initialize().  Returns NULL with errno set if there is
 * none.
 */
const void *
device_node_map_statistics (int fd, size_t *size)
{
  const size_t page = sysconf (_SC_PAGESIZE);
  struct lguest_statistics *first;
  void *all;

  first = mmap (NULL, page, PROT_READ, MAP_SHARED, fd,
                LGUEST_STATISTICS_OFFSET);
  if (first == MAP_FAILED)
    return NULL;
  *size = first->size;
  munmap (first, page);
  all = mmap (NULL, *size, PROT_READ, MAP_SHARED, fd,
              LGUEST_STATISTICS_OFFSET);
  return all == MAP_FAILED ? NULL : all;
}

/**
 * device_node_doorbell - let lg.ko signal an eventfd when the Guest rings there
 * @address: guest-physical
 * @eventfd: or -1: not any more
 */
bool
device_node_doorbell (int fd, uint64_t address, int eventfd)
{
  const uint64_t words[] = { LHREQ_DOORBELL, address, (int64_t) eventfd };

  return request (fd, 0, words, sizeof words);
}
