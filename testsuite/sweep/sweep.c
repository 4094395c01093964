/* sweep.c - strike the Switcher at each of its instructions.

   Usage: nmi-sweep PORT ADDRESS MAP [SEED]

   The emulated host's debugger is at PORT, its Switcher at ADDRESS, and MAP has
   the Switcher's symbols as /proc/kallsyms shows them.  Commands come from
   standard input, a line each; an answer is some lines and "@@end".  See
   `commands' below.

   A strike: the machine stops at an instruction, all registers are noted, and
   the monitor raises a NMI.  One step later the machine must be at the NMI
   gate of the tables that are loaded, with a frame that shows the
   instruction.  It goes on until it comes back there, and then every register,
   the Guest's stack and the Switcher's area must be as they were.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "second.h"
#include "strike.h"

#define __ASSEMBLY__
#include "switcher/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Where an interrupt is raised by writing its vector, as PCI devices do.  */
#define MESSAGE_ADDRESS 0xfee00000u

/* Commands: their first argument, SECONDS, became DEADLINE.  */

/* sweep KIND ROUNDS: each instruction that is come to.  */
static void
command_sweep (int64_t deadline, long kind, long rounds)
{
  disarm_all ();
  while (failures < 20 && arm_pending (kind, rounds) > 0 && run (deadline))
    walk (kind, rounds);
  disarm_all ();
}

/* Does the processor push an error code for VECTOR?  */
static bool
has_error_code (unsigned int vector)
{
  return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17
    || vector == 21 || vector == 29 || vector == 30;
}

/* Stop at a stub that a real interrupt, REAL, led the Guest to.  */
static bool
come_to_stub (unsigned int real, int64_t deadline)
{
  const uint32_t message = real;
  uint64_t stub = text.base + real * SWITCHER_STUB_SIZE;

  /* Something else may come before.  */
  for (int tries = 0; tries < 20; tries++)
    {
      if (!run_to_guest (deadline))
	return false;
      if (!remote_write_physical (MESSAGE_ADDRESS, &message, sizeof message))
	return failed ("an interrupt", "cannot raise it");
      step_into_event ();
      if (get (REGISTER_RIP) == stub)
	return true;
    }
  return failed (place (stub), "20 interrupts, and none came");
}

/* vectors REAL: the stubs of vectors that never come here.  A real interrupt
   is diverted from its own stub to another, and back when that has told which
   it is: so the Host hears of the real one.  */
static void
command_vectors (int64_t deadline, long real, long unused)
{
  uint64_t common = text_symbol (&text, "switcher_interrupt");
  size_t diverted = 0;

  (void) unused;
  for (unsigned int vector = 0; vector < 256; vector++)
    {
      uint64_t stub = text.base + vector * SWITCHER_STUB_SIZE;
      struct instruction *here = text_find (&text, stub);
      const uint64_t word[2] = { real, 0 };

      /* These have ways of their own.  */
      if (vector == 1 || vector == 2 || vector == 14 || vector == 18)
	continue;
      if (!here || !pending (here, STRIKE_NMI, 1))
	continue;
      if (!come_to_stub (real, deadline))
	return;
      if (has_error_code (vector))
	{
	  uint64_t rsp = get (REGISTER_RSP) - 8;

	  remote_write (rsp, &word[1], 8);
	  remote_write_register (REGISTER_RSP, rsp);
	}
      remote_write_register (REGISTER_RIP, stub);
      look ();
      for (; here && pending (here, STRIKE_NMI, 1)
	   && address_of (here) < stub + SWITCHER_STUB_SIZE; diverted++)
	{
	  if (!strike (STRIKE_NMI, here))
	    return;
	  step (false);
	  here = text_find (&text, get (REGISTER_RIP));
	}
      if (get (REGISTER_RIP) != common)
	{
	  failed (place (stub), "it led to %s", place (get (REGISTER_RIP)));
	  return;
	}
      remote_write (get (REGISTER_RSP), &word[0], 8);
    }
  printf ("diverted %zu\n", diverted);
}

/* mitigate BITS ROUNDS: as `sweep', with vcpus whose areas ask for these
   mitigations and no others.  They are asked again and again, since a Guest may
   end, and another begin.  */
static void
command_mitigate (int64_t deadline, long bits, long rounds)
{
  int64_t slice;

  for (bool first = true; failures < 20 && now_ms () < deadline; first = false)
    {
      uint64_t mitigate;

      if (!run_to_guest (deadline) && !first)
	return;
      if (!in_guest () || !remote_read (area_address (AREA_MITIGATE), &mitigate, 8))
	{
	  failed ("a Guest", "it does not run");
	  return;
	}
      mitigate = (mitigate & SWITCHER_HAS_SMAP) | bits;
      remote_write (area_address (AREA_MITIGATE), &mitigate, 8);
      slice = now_ms () + 1000;
      command_sweep (slice < deadline ? slice : deadline, STRIKE_NMI, rounds);
    }
}

/* fault STACK: make the Switcher fault by a wrong stack pointer: 0: one that
   is nowhere; 1: one that is no address.  */
static void
command_fault (int64_t deadline, long stack, long unused)
{
  struct instruction *i = of_entry (": iretq", 0);

  (void) unused;
  if (!i || !come_to (i, deadline))
    {
      failed ("a Guest", "it does not run");
      return;
    }
  remote_write_register (REGISTER_RSP, stack ? (uint64_t) 1 << 63
			 : text.base + 256 * PAGE);
  look ();
  follow ();
}

/* A system call of the Guest's user: at the Switcher's first instruction, or
   after the jump that is for all but these.  */
static bool
come_to_user_call (bool first, int64_t deadline)
{
  struct instruction *lstar = text_find (&text, text_symbol (&text,
							 "switcher_lstar"));
  struct instruction *user = lstar;
  uint64_t mode = 0;

  while (user && !strstr (user->name, ": jne"))
    user++;
  /* A Guest that boots has none, but a lot of hypercalls.  */
  if (user && come_to (user + 1, deadline))
    {
      if (!first)
	return true;
      while (come_to (lstar, deadline)
	     && remote_read (area_address (AREA_MODE), &mode, 8))
	if (mode == SWITCHER_MODE_USER)
	  return true;
    }
  return failed ("a Guest", "no system call");
}

/* ready: wait until a Guest's user runs.  */
static void
command_ready (int64_t deadline, long unused1, long unused2)
{
  (void) unused1;
  (void) unused2;
  come_to_user_call (false, deadline);
}

/* trap: single-step traps in the Switcher, on a system call's way to the
   Guest's kernel.  */
static void
command_trap (int64_t deadline, long unused1, long unused2)
{
  (void) unused1;
  (void) unused2;
  if (!come_to_user_call (false, deadline))
    return;
  remote_write_register (REGISTER_EFLAGS, get (REGISTER_EFLAGS) | 0x100);
  look ();
  follow ();
}

/* not-now: a system call while the area says that the Host has to look.  */
static void
command_not_now (int64_t deadline, long unused1, long unused2)
{
  const uint64_t mode = SWITCHER_MODE_USER | SWITCHER_NOT_NOW_IRQ;

  (void) unused1;
  (void) unused2;
  if (!come_to_user_call (true, deadline))
    return;
  remote_write (area_address (AREA_MODE), &mode, 8);
  follow ();
}

/* compatible: a system call led to where those of 32-bit code go.  */
static void
command_compatible (int64_t deadline, long unused1, long unused2)
{
  (void) unused1;
  (void) unused2;
  if (!come_to_user_call (true, deadline))
    return;
  remote_write_register (REGISTER_RIP, text_symbol (&text, "switcher_cstar"));
  look ();
  follow ();
}

/* machine: a machine check in the Guest, and a NMI at each instruction of its
   way.  */
static void
command_machine (int64_t deadline, long unused1, long unused2)
{
  struct instruction *here;

  (void) unused1;
  (void) unused2;
  if (!run_to_guest (deadline) || !struck (STRIKE_MACHINE_CHECK, "a Guest"))
    return;
  while ((here = text_find (&text, get (REGISTER_RIP))) != NULL
	 && here->machine_path && strike (STRIKE_NMI, here))
    step (false);
}

/* rest KIND: what has not been struck.  */
static void
command_rest (int64_t deadline, long kind, long unused)
{
  size_t rest = 0;

  (void) deadline;
  (void) unused;
  for (size_t i = 0; i < text.count; i++)
    if (text.list[i].strikes[kind] == 0)
      {
	printf ("rest %s\n", text.list[i].name);
	rest++;
      }
  printf ("struck %zu of %zu\n", text.count - rest, text.count);
}

static const struct
{
  const char *name;
  void (*run) (int64_t deadline, long first, long second);
} commands[] = {
  { "ready", command_ready },
  { "sweep", command_sweep },
  { "vectors", command_vectors },
  { "second", command_second },
  { "third", command_third },
  { "untrain", command_untrain },
  { "guest", command_guest },
  { "mitigate", command_mitigate },
  { "breakpoints", command_breakpoints },
  { "fault", command_fault },
  { "trap", command_trap },
  { "not-now", command_not_now },
  { "compatible", command_compatible },
  { "machine", command_machine },
  { "machine-breakpoints", command_machine_breakpoints },
  { "rest", command_rest },
};

static void
execute (const char *row)
{
  char name[32];
  long seconds = 0, arguments[2] = { 0, 0 };

  if (sscanf (row, "%31s %ld %ld %ld", name, &seconds, &arguments[0],
	      &arguments[1]) < 1)
    return;
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strcmp (commands[i].name, name) == 0)
      {
	remote_interrupt ();
	look ();
	commands[i].run (now_ms () + seconds * 1000, arguments[0],
			 arguments[1]);
	disarm_all ();
	remote_continue ();
	printf ("steps %lu failures %lu nmis %lu machine-checks %lu\n@@end\n",
		steps, failures, raised[STRIKE_NMI],
		raised[STRIKE_MACHINE_CHECK]);
	return;
      }
  printf ("unknown command %s\n@@end\n", name);
}

int
main (int argc, char **argv)
{
  unsigned int seed = time (NULL);
  char row[256];

  if (argc < 4)
    {
      fprintf (stderr, "Usage: %s PORT ADDRESS MAP [SEED]\n", argv[0]);
      return 1;
    }
  if (argc > 4)
    seed = strtoul (argv[4], NULL, 0);
  srandom (seed);
  setvbuf (stdout, NULL, _IOLBF, 0);
  setvbuf (stdin, NULL, _IONBF, 0);
  remote_open (atoi (argv[1]));
  if (!text_load (&text, strtoull (argv[2], NULL, 0), argv[3]))
    return 1;
  strike_start ();
  remote_continue ();
  printf ("instructions %zu, seed %u\n@@end\n", text.count, seed);
  while (fgets (row, sizeof row, stdin))
    execute (row);
  remote_interrupt ();
  remote_close ();
  return 0;
}
