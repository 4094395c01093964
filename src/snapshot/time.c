/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/time.c - what time it is for a Guest that comes back.
 *
 * A Guest that is restored has slept: all its clocks have gone on meanwhile, as
 * they do while it is paused.  So its date is right at once, and what should
 * have happened meanwhile happens now.
 *
 * It reads the processor's TSC by itself.  On the host where it was, it
 * finds there what it expects.  On another one, or when the host has started
 * again since, lg.ko makes it a TSC of its own, that goes on where it
 * should; but then each look at it is an exception.
 */
#include <config.h>

#include "i18n.h"
#include "snapshot/time.h"

#define NS_PER_MS 1000000

/* A TSC that differs so little from what it should be is the same one: the
   date is corrected now and then, and it is not. */
#define TOLERANCE_MS 1000
#define TOLERANCE_PART 1000

/* Ticks of a TSC in that time, by 64 bits, and without an overflow on the way. */
static uint64_t
ticks (uint64_t ns, uint32_t khz)
{
  return ns / NS_PER_MS * khz + ns % NS_PER_MS * khz / NS_PER_MS;
}

/* Is the host's TSC what the Guest expects? */
static bool
is_same (uint64_t wanted, const struct lguest_guest_state *guest,
         const struct lguest_guest_state *here, uint64_t passed)
{
  const uint64_t tolerance
    = ticks (passed / TOLERANCE_PART, here->tsc_khz)
    + (uint64_t) TOLERANCE_MS * here->tsc_khz;

  return guest->tsc_khz == here->tsc_khz && here->tsc >= guest->tsc
    && (here->tsc > wanted ? here->tsc - wanted : wanted - here->tsc)
    <= tolerance;
}

/**
 * snapshot_time_pass - let time pass for a Guest since it was saved
 * @guest: its state; changed
 * @here: state of a new Guest on this host
 * @passed: set: ns since then
 */
bool
snapshot_time_pass (struct lguest_guest_state *guest,
                    const struct lguest_guest_state *here,
                    uint64_t *passed, struct failure *failure)
{
  uint64_t wanted;

  /* A date before that of the snapshot is no reason to go back. */
  *passed = here->realtime_ns > guest->realtime_ns
    ? here->realtime_ns - guest->realtime_ns : 0;
  guest->monotonic_ns += *passed;
  guest->realtime_ns += *passed;
  if (guest->tsc_khz == 0)
    {
      guest->flags &= ~LGUEST_STATE_OWN_TSC;
      return true;
    }
  if (here->tsc_khz == 0)
    return fail (failure, STATUS_ERROR,
                 _("the guest relies on the time stamp counter, and this host"
                   " has none that tells time"));
  wanted = guest->tsc + ticks (*passed, guest->tsc_khz);
  if (is_same (wanted, guest, here, *passed))
    guest->flags &= ~LGUEST_STATE_OWN_TSC;
  else
    {
      guest->tsc = wanted;
      guest->flags |= LGUEST_STATE_OWN_TSC;
    }
  return true;
}

/** snapshot_time_ring - its timer, likewise */
void
snapshot_time_ring (struct lguest_vcpu_state *vcpu, uint64_t passed)
{
  if (vcpu->timer_ns)
    vcpu->timer_ns = vcpu->timer_ns > passed ? vcpu->timer_ns - passed : 1;
}
