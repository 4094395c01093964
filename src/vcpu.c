/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu.c - running a virtual processor.
 *
 * read() runs the Guest until it does something that only we can do for it.
 * We do that, and read() again.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "device_node.h"
#include "devices/ports.h"
#include "emulate.h"
#include "i18n.h"
#include "log.h"
#include "vcpu.h"

/* Exceptions by which the Guest's kernel learns that we cannot help. */
#define TRAP_GENERAL_PROTECTION 13
#define TRAP_PAGE_FAULT 14

/* The access is done: set the register that was read into, and go on behind
   the instruction. */
static bool
finish (struct guest *guest, unsigned vcpu, const struct lguest_exit *from,
        const struct access *access, uint64_t answer)
{
  uint64_t pairs[4];
  unsigned count = 0;

  pairs[2 * count] = LGUEST_REG_RIP;
  pairs[2 * count + 1] = from->registers[LGUEST_REG_RIP] + access->length;
  count++;
  if (!access->write)
    {
      pairs[2 * count] = access->reg;
      pairs[2 * count + 1] = emulate_result (access, from->registers, answer);
      count++;
    }
  return device_node_set_registers (guest->device_node, vcpu, pairs, count);
}

static unsigned
known_bytes (const struct lguest_exit *from)
{
  return from->instruction_length < sizeof from->instruction
    ? from->instruction_length : sizeof from->instruction;
}

/* The Guest's kernel executed in or out. */
static bool
handle_port (struct guest *guest, unsigned vcpu,
             const struct lguest_exit *from)
{
  struct access access;
  uint64_t answer = 0;

  /* Its users may not. */
  if (from->registers[LGUEST_REG_USER_MODE]
      || !emulate_decode_port (from->instruction, known_bytes (from),
                               from->registers, &access))
    return device_node_trap (guest->device_node, vcpu,
                             TRAP_GENERAL_PROTECTION, 0);
  if (access.write)
    port_write (guest, access.port, access.bytes, access.value);
  else
    answer = port_read (guest, access.port, access.bytes);
  return finish (guest, vcpu, from, &access, answer);
}

/* The Guest touched something above its memory. */
static bool
handle_memory (struct guest *guest, unsigned vcpu,
               const struct lguest_exit *from)
{
  struct access access;
  uint64_t answer = 0;

  if (!emulate_decode_memory (from->instruction, known_bytes (from),
                              from->registers, &access))
    {
      log_verbose (_("the guest touches %#llx by an instruction that is not"
                     " a move, at %#llx"),
                   (unsigned long long) from->address,
                   (unsigned long long) from->registers[LGUEST_REG_RIP]);
      return device_node_trap (guest->device_node, vcpu, TRAP_PAGE_FAULT,
                               from->error_code);
    }
  if (access.write)
    pci_memory_write (&guest->bus, from->address, access.bytes,
                      access.value);
  else
    answer = pci_memory_read (&guest->bus, from->address, access.bytes);
  return finish (guest, vcpu, from, &access, answer);
}

/*L:220 Around and around
 *
 * This is what the thread does.  Run the Guest; it comes back with a reason;
 * do something about it; again.  The reasons are few: it did IN or OUT; it
 * touched an address above its memory, where devices are; it printed a word
 * before it had a console; it is at its end.
 *
 * Whatever we cannot do, we hand back as the exception that a real processor
 * would have raised, and then it is the Guest's problem, which is where it
 * came from.
 */
/**
 * vcpu_run_once - run a vcpu until something has to be done, and do it
 * @console: where early messages go
 * @vcpu: its number; one thread runs it
 * @last: why it stopped
 * @failure: filled in for VCPU_FAILED
 */
enum vcpu_result
vcpu_run_once (struct guest *guest, struct console *console, unsigned vcpu,
               struct lguest_exit *last, struct failure *failure)
{
  bool done;

  if (!device_node_run (guest->device_node, vcpu, last))
    {
      if (errno == EINTR)
        return VCPU_GOES_ON;
      fail (failure, STATUS_KILLED, _("lg.ko cannot run the guest: %s"),
            strerror (errno));
      return VCPU_FAILED;
    }
  switch (last->reason)
    {
    case LGUEST_EXIT_IO:
      done = handle_port (guest, vcpu, last);
      break;
    case LGUEST_EXIT_MMIO:
      done = handle_memory (guest, vcpu, last);
      break;
    case LGUEST_EXIT_PRINT:
      last->message[sizeof last->message - 1] = '\0';
      console_print (console, last->message);
      done = true;
      break;
    case LGUEST_EXIT_SHUTDOWN:
    case LGUEST_EXIT_DEAD:
      last->message[sizeof last->message - 1] = '\0';
      return VCPU_ENDED;
    default:
      fail (failure, STATUS_KILLED,
            _("lg.ko gives a reason that this lguest does not know: %u"),
            last->reason);
      return VCPU_FAILED;
    }
  if (done)
    return VCPU_GOES_ON;
  fail (failure, STATUS_KILLED,
        _("lg.ko refuses what the guest needs: %s"), strerror (errno));
  return VCPU_FAILED;
}
/*:*/
