/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tell_backtrace.c - what the launcher says of where its Guest's vcpus are.
 *
 * It knows no names: who asks looks them up, with files of his own.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "backtrace.h"
#include "device_node.h"
#include "tell.h"

/* False with errno set. */
static bool
get_registers (int fd, unsigned vcpu, struct backtrace_registers *registers)
{
  uint64_t user_mode;

  if (!device_node_get_register (fd, vcpu, LGUEST_REG_RIP, &registers->rip)
      || !device_node_get_register (fd, vcpu, LGUEST_REG_RSP,
                                    &registers->rsp)
      || !device_node_get_register (fd, vcpu, LGUEST_REG_RBP,
                                    &registers->rbp)
      || !device_node_get_register (fd, vcpu, LGUEST_REG_CR3,
                                    &registers->cr3)
      || !device_node_get_register (fd, vcpu, LGUEST_REG_USER_MODE,
                                    &user_mode))
    return false;
  registers->user_mode = user_mode;
  return true;
}

/* A vcpu that was never started has no page tables. */
static bool
is_off (const struct backtrace_registers *registers)
{
  return registers->cr3 == 0;
}

static void
tell_vcpu (const struct guest_memory *memory, unsigned vcpu,
           const struct backtrace_registers *registers,
           struct answer *answer)
{
  struct backtrace_frame frames[BACKTRACE_FRAMES_MAX];
  size_t count = 0, i;
  char text[64];

  snprintf (text, sizeof text, "%u %s", vcpu, is_off (registers) ? "off"
            : registers->user_mode ? "user" : "kernel");
  answer_line (answer, "vcpu", text);
  if (!is_off (registers))
    count = backtrace_walk (memory, registers, frames, BACKTRACE_FRAMES_MAX);
  for (i = 0; i < count; i++)
    {
      snprintf (text, sizeof text, "%" PRIx64 "%s%s", frames[i].address,
                frames[i].returns ? " returns" : "",
                frames[i].guess ? " guess" : "");
      answer_line (answer, "frame", text);
    }
}

/**
 * tell_backtrace - where all vcpus are; main thread, and no vcpu runs
 *
 * Returns false with errno set if lg.ko does not say.
 */
bool
tell_backtrace (struct launcher *launcher, struct answer *answer)
{
  const struct guest *guest = &launcher->machine.guest;
  struct backtrace_registers registers;
  unsigned i;

  for (i = 0; i < launcher->machine.vcpus.count; i++)
    {
      if (!get_registers (guest->device_node, i, &registers))
        return false;
      tell_vcpu (&guest->memory, i, &registers, answer);
    }
  return true;
}
