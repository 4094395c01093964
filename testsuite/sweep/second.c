/* second.c - strikes on the way of other strikes.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "second.h"
#include "strike.h"

#define __ASSEMBLY__
#include "switcher/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The way from a gate to the Host's handler and back, as addresses.  */
static uint64_t path[256];
static size_t path_length;
static uint64_t path_host;	/* the Host's handler */

/* Learn it: we are at the gate's first instruction.  HOST_PART names where the
   handler comes back to.  BACK ends it.  */
static bool
learn_path (const char *host_part, uint64_t back)
{
  uint64_t in_host = text_symbol (&text, host_part);

  path_length = 0;
  while (path_length < 256)
    {
      path[path_length++] = get (REGISTER_RIP);
      step (false);
      if (!text_contains (&text, get (REGISTER_RIP)))
	break;
    }
  path_host = get (REGISTER_RIP);
  if (!run_to (in_host))
    return failed (host_part, "the Host's handler did not come back");
  if (back == 0)
    return true;
  while (path_length < 256 && get (REGISTER_RIP) != back)
    {
      path[path_length++] = get (REGISTER_RIP);
      step (false);
      if (!text_contains (&text, get (REGISTER_RIP)))
	return failed (host_part, "it came back to %#" PRIx64,
		       get (REGISTER_RIP));
    }
  return path_length < 256;
}

/* Raise a second one: it comes at once, or when the Host's handler of the
   first one has ended.  BLOCKED says which.  */
static bool
strike_second (enum strike kind, bool blocked, uint64_t in_host)
{
  struct instruction *here = text_find (&text, get (REGISTER_RIP));
  uint64_t frame_rip;

  here->strikes[kind]++;
  if (!blocked)
    return struck (kind, here->name);
  raise (kind);
  step_into_event ();
  if (get (REGISTER_RIP) == gate (strike_vector[kind])
      && text_contains (&text, get (REGISTER_RIP)))
    return failed (here->name, "NMIs are not blocked");
  /* The first time by our own jump, the second time by the processor.  */
  if (get (REGISTER_RIP) != path_host && !run_to (path_host))
    return failed (here->name, "no way to the Host's handler");
  step (false);
  if (!run_to (path_host))
    return failed (here->name, "the second NMI is lost");
  if (!remote_read (get (REGISTER_RSP), &frame_rip, 8)
      || frame_rip != in_host)
    return failed (here->name, "the second NMI struck at %s",
		   place (frame_rip));
  return true;
}

/* One turn of `second': first, KINDS[0] at HERE; then KINDS[1] at the K-th
   instruction of its way, if blocked there until the way back, and so on.  */
static bool
turn (struct instruction *here, const enum strike *kinds, const size_t *places,
      int count, const char *host_part)
{
  static struct witness before;
  uint64_t back = address_of (here);
  uint64_t in_host = text_symbol (&text, host_part);

  note (&before);
  if (!struck (kinds[0], here->name))
    return false;
  for (int i = 0; i < count; i++)
    {
      bool outward = true;

      if (get (REGISTER_RIP) != path[places[i]])
	{
	  bool there;

	  /* The second way is shorter: it takes no notes.  */
	  if (i > 0)
	    remote_breakpoint (back, true);
	  there = run_to (path[places[i]]);
	  if (i > 0)
	    remote_breakpoint (back, false);
	  if (i > 0 && get (REGISTER_RIP) == back)
	    return unchanged (&before, here->name);
	  if (!there)
	    return failed (here->name, "it never comes to %s",
			   place (path[places[i]]));
	}
      for (size_t j = 0; j <= places[i]; j++)
	if (path[j] == in_host)
	  outward = false;
      if (!strike_second (kinds[i + 1], outward && kinds[0] == STRIKE_NMI
			  && kinds[i + 1] == STRIKE_NMI, in_host))
	{
	  printf ("(after %s at %s)\n", strike_name[kinds[0]], here->name);
	  return false;
	}
    }
  if (!run_to (back))
    return failed (here->name, "it did not come back from two; at %s",
		   place (get (REGISTER_RIP)));
  return unchanged (&before, here->name);
}

/* Do the Guests have breakpoints?  */
static bool with_breakpoints;

/* Stop at the next entry, in the Guest's tables; with breakpoints it is told of
   one at address 0.  */
static bool
come_to_entry (int64_t deadline)
{
  const uint64_t dr7 = 0x401;
  struct instruction *entry = of_entry ("%cr3", 1);

  return entry && come_to (entry, deadline)
    && (!with_breakpoints
	|| remote_write (area_address (AREA_DR7), &dr7, sizeof dr7));
}

/* Are the areas told that RET is not to be trusted?  -1: as the Host says.  */
static int untrain = -1;

static bool
tell_untrain (void)
{
  uint64_t mitigate;

  if (untrain < 0)
    return true;
  if (!remote_read (area_address (AREA_MITIGATE), &mitigate, sizeof mitigate))
    return false;
  mitigate &= ~(uint64_t) SWITCHER_MITIGATE_UNTRAIN;
  if (untrain)
    mitigate |= SWITCHER_MITIGATE_UNTRAIN;
  return remote_write (area_address (AREA_MITIGATE), &mitigate,
		       sizeof mitigate);
}

static bool
arrive (struct instruction *here, int64_t deadline)
{
  return (!with_breakpoints || come_to_entry (deadline))
    && come_to (here, deadline) && tell_untrain ();
}

/* Where a first strike may be: what has been come to, or with breakpoints the
   part of the entry where they are armed.  */
static bool
is_candidate (const struct instruction *i)
{
  if (with_breakpoints)
    return i >= of_entry ("%db7", 1) && i <= of_entry (": iretq", 0);
  return i->strikes[STRIKE_NMI] > 0 && !i->nmi_path && !i->machine_path
    && !strstr (i->name, "vector");
}

/* What `second' and `third' do, at one instruction.  */
struct plan
{
  enum strike kinds[3];
  int more;			/* strikes after the first */
  long stride;			/* of all places for a third, one in so many */
  const char *host_part;	/* the Host's handler comes back to it */
};

/* All turns at HERE.  False if one went wrong, or it is DEADLINE.  */
static bool
all_turns (struct instruction *here, const struct plan *plan, int64_t deadline)
{
  uint64_t back = text_symbol (&text, "switcher_nmi_in_switcher_back");
  uint64_t back_end = text_symbol (&text,
				   "switcher_nmi_in_switcher_back_end");

  if (!struck (plan->kinds[0], here->name)
      || !learn_path (plan->host_part, address_of (here)))
    return false;
  for (size_t i = 0; i < path_length; i++)
    {
      /* Only on the way back does it start all over again, so that there can
	 be a third one.  */
      bool again = plan->more > 1 && path[i] >= back && path[i] < back_end;

      if (plan->more > 1 && !again)
	continue;
      for (size_t j = again ? random () % plan->stride : 0;
	   j < (again ? path_length : 1); j += plan->stride)
	if (!arrive (here, deadline)
	    || !turn (here, plan->kinds, (size_t[]) { i, j }, plan->more,
		      plan->host_part))
	  return false;
    }
  return true;
}

static void
second (int64_t deadline, const struct plan *plan, long samples)
{
  size_t count = 0;
  struct instruction **places = calloc (text.count, sizeof *places);

  for (size_t i = 0; i < text.count; i++)
    if (is_candidate (&text.list[i]))
      places[count++] = &text.list[i];
  while (samples > 0 && count > 0 && now_ms () < deadline && !told ())
    {
      size_t pick = random () % count;
      struct instruction *here = places[pick];

      places[pick] = places[--count];
      /* Not all are come to all the time, and in the Host's tables the way is
	 the Host's.  */
      if (!arrive (here, now_ms () + 1000)
	  || !text_contains (&text, gate (strike_vector[plan->kinds[0]])))
	continue;
      if (!all_turns (here, plan, deadline))
	break;
      samples--;
    }
  if (samples > 0)
    printf ("%ld samples left\n", samples);
  free (places);
}

/* second KINDS SAMPLES: strike at SAMPLES instructions, picked at random, and
   once more at each instruction of the way to the Host's handler and back.
   KINDS is 0, 1, 10 or 11.  */
void
command_second (int64_t deadline, long kinds, long samples)
{
  struct plan plan = {
    { kinds / 10, kinds % 10, 0 }, 1, 1,
    kinds / 10 == STRIKE_NMI ? "switcher_nmi_in_switcher_in_host"
    : "switcher_mce_in_switcher_in_host"
  };

  second (deadline, &plan, samples);
}

/* third SAMPLES STRIDE: a NMI, a second one on its way back, a third one on the
   way of both, at one instruction in STRIDE.  */
void
command_third (int64_t deadline, long samples, long stride)
{
  struct plan plan = {
    { STRIKE_NMI, STRIKE_NMI, STRIKE_NMI }, 2, stride,
    "switcher_nmi_in_switcher_in_host"
  };

  second (deadline, &plan, samples);
}

/* untrain SAMPLES: `second' with NMIs, both by RET to the Host's handler and
   without.  */
void
command_untrain (int64_t deadline, long samples, long unused)
{
  (void) unused;
  for (untrain = 0; untrain <= 1; untrain++)
    command_second (deadline, 0, samples);
  untrain = -1;
}

/* guest TURNS: a NMI in the Guest, and a second one at each instruction of that
   one's way.  */
void
command_guest (int64_t deadline, long turns, long unused)
{
  uint64_t in_host = text_symbol (&text, "switcher_in_host");
  bool ready;

  (void) unused;
  for (; turns > 0; turns--)
    for (size_t k = 0; k == 0 || k <= path_length; k++)
      {
	do
	  ready = (!with_breakpoints || come_to_entry (deadline))
	    && run_to_guest (deadline);
	while (ready && with_breakpoints && debug_control () == 0x400);
	if (!ready || !struck (STRIKE_NMI, "a Guest"))
	  return;
	if (k == 0)
	  {
	    if (!learn_path ("switcher_in_host", 0))
	      return;
	  }
	else if ((get (REGISTER_RIP) != path[k - 1] && !run_to (path[k - 1]))
		 || !strike_second (STRIKE_NMI, true, in_host))
	  return;
      }
}

/* breakpoints SAMPLES STRIDE: strikes while the Guest has breakpoints.  */
void
command_breakpoints (int64_t deadline, long samples, long stride)
{
  with_breakpoints = true;
  if (come_to_entry (deadline))
    follow ();
  else
    failed ("a Guest", "it does not run");
  command_guest (deadline, samples, 0);
  command_second (deadline, 0, samples);
  command_third (deadline, samples, stride);
  with_breakpoints = false;
}

/* machine-breakpoints SAMPLES: the same for machine checks.  */
void
command_machine_breakpoints (int64_t deadline, long samples, long unused)
{
  (void) unused;
  with_breakpoints = true;
  command_second (deadline, 10, samples);
  with_breakpoints = false;
}
