/* strike.c - one strike, and what must be as it was after it.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "strike.h"

#define __ASSEMBLY__
#include "switcher/layout.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NOTES_SIZE = 0x60 };	/* of struct switcher_interrupted */
enum { BACK_TIMEOUT = 60000 };	/* ms; the machine may be a busy one */

/* Memory scrubbing found something, and it is no hurry: the one kind of machine
   check that Linux takes as an exception and shrugs off, on Intel's.  */
#define MACHINE_CHECK "mce 0 4 0xb1000000000000c0 7 0 0"

struct text text;
struct registers now;
unsigned long steps, failures;
unsigned long raised[STRIKES];

static bool *armed;		/* breakpoints, by instruction */

const unsigned int strike_vector[STRIKES] = { 2, 18 };
const char *const strike_name[STRIKES] = { "NMI", "#MC" };

void
strike_start (void)
{
  armed = calloc (text.count, sizeof *armed);
  if (!armed)
    abort ();
}

/*
 * Reports.
 */

bool __attribute__ ((format (printf, 2, 3)))
failed (const char *at, const char *format, ...)
{
  va_list arguments;

  failures++;
  va_start (arguments, format);
  printf ("FAIL at %s: ", at);
  vprintf (format, arguments);
  putchar ('\n');
  va_end (arguments);
  fflush (stdout);
  return false;
}

const char *
place (uint64_t address)
{
  static char buffer[128];
  struct instruction *here = text_find (&text, address);

  if (here)
    return here->name;
  snprintf (buffer, sizeof buffer, "%#" PRIx64, address);
  return buffer;
}

/*
 * Stopping and going on.
 */

uint64_t
get (int number)
{
  return register_get (&now, number);
}

void
look (void)
{
  remote_read_registers (&now);
}

void
step (bool events)
{
  remote_step (events);
  look ();
}

bool
in_guest (void)
{
  return (get (REGISTER_CS) & 3) == 3;
}

uint64_t
address_of (const struct instruction *instruction)
{
  return text.base + instruction->offset;
}

void
arm (struct instruction *instruction, bool on)
{
  size_t i = instruction - text.list;

  if (armed[i] != on)
    remote_breakpoint (address_of (instruction), on);
  armed[i] = on;
}

void
disarm_all (void)
{
  for (size_t i = 0; i < text.count; i++)
    arm (&text.list[i], false);
}

int64_t
now_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000ll + time.tv_nsec / 1000000;
}

/* Has somebody said something, such as that the Guest's work is done?  */
bool
told (void)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

  return poll (&input, 1, 0) > 0;
}

/* Go on until a breakpoint; false when it is DEADLINE, or somebody asks.  */
bool
run (int64_t deadline)
{
  if (now_ms () >= deadline)
    return false;
  remote_continue ();
  while (!remote_wait (100))
    if (now_ms () >= deadline || told ())
      {
	remote_interrupt ();
	look ();
	return false;
      }
  look ();
  return true;
}

/* Go on to ADDRESS and nowhere else.  */
bool
run_to (uint64_t address)
{
  struct instruction *there = text_find (&text, address);
  bool was_armed = there && armed[there - text.list];
  int64_t deadline = now_ms () + BACK_TIMEOUT;
  bool stopped;

  if (!was_armed)
    remote_breakpoint (address, true);
  remote_continue ();
  while (!(stopped = remote_wait (100)) && now_ms () < deadline)
    ;
  if (!stopped)
    remote_interrupt ();
  look ();
  if (!was_armed)
    remote_breakpoint (address, false);
  return stopped && get (REGISTER_RIP) == address;
}

/*
 * What must not change.
 */

uint64_t
area_address (unsigned int field)
{
  return text.base + SWITCHER_AREA_PAGE * PAGE + field;
}

/* Only the monitor shows it.  */
uint64_t
debug_control (void)
{
  const char *said = strstr (remote_monitor ("info registers"), "DR7=");

  return said ? strtoull (said + 4, NULL, 16) : 0;
}

void
note (struct witness *witness)
{
  witness->registers = now;
  witness->dr7 = debug_control ();
  witness->has_area = remote_read (area_address (0), witness->area, PAGE);
  /* The notes of what is under way are no one else's.  */
  memset (witness->area + AREA_NMI, 0, NOTES_SIZE);
  memset (witness->area + AREA_MCE, 0, NOTES_SIZE);
  /* Under the stack pointer: the Guest's, if we are not in the Host's tables.
     (The Host's handlers may well use what is under the Host's.)  */
  witness->has_stack = witness->has_area
    && (int64_t) get (REGISTER_RSP) >= 0
    && remote_read (get (REGISTER_RSP) - RED_ZONE, witness->stack, RED_ZONE);
}

bool
unchanged (const struct witness *before, const char *at)
{
  static struct witness after;
  int number;

  note (&after);
  number = registers_differ (&before->registers, &after.registers);
  if (number == REGISTER_COUNT)
    return failed (at, "the FPU is not as it was");
  if (number >= 0)
    return failed (at, "%s was %#" PRIx64 ", is %#" PRIx64,
		   register_name (number),
		   register_get (&before->registers, number),
		   register_get (&after.registers, number));
  if (before->dr7 != after.dr7)
    return failed (at, "dr7 was %#" PRIx64 ", is %#" PRIx64, before->dr7,
		   after.dr7);
  if (before->has_area != after.has_area)
    return failed (at, "other tables are loaded");
  if (before->has_area && memcmp (before->area, after.area, PAGE) != 0)
    {
      int i = 0;

      while (before->area[i] == after.area[i])
	i++;
      return failed (at, "the area changed at %#x", i);
    }
  if (before->has_stack
      && memcmp (before->stack, after.stack, RED_ZONE) != 0)
    return failed (at, "the Guest's stack was written to");
  return true;
}

/*
 * Strikes.
 */

/* Where the gate of VECTOR leads in the tables that are loaded; the Switcher's
   table is at the same address in all of them.  */
uint64_t
gate (unsigned int vector)
{
  uint8_t bytes[16];
  uint64_t low, middle, high;

  if (!remote_read (text.base + SWITCHER_IDT_PAGE * PAGE + vector * 16,
		    bytes, sizeof bytes))
    return 0;
  low = bytes[0] | bytes[1] << 8;
  middle = bytes[6] | bytes[7] << 8;
  high = bytes[8] | bytes[9] << 8 | bytes[10] << 16
    | (uint64_t) bytes[11] << 24;
  return low | middle << 16 | high << 32;
}

void
raise (enum strike kind)
{
  remote_monitor (kind == STRIKE_NMI ? "nmi" : MACHINE_CHECK);
  raised[kind]++;
  steps++;
}

/* The frame on the stack must show BEFORE.  */
static bool
frame_shows (const struct registers *before, const char *at)
{
  static const int numbers[5] = {
    REGISTER_RIP, REGISTER_CS, REGISTER_EFLAGS, REGISTER_RSP, REGISTER_SS
  };
  uint64_t frame[5];

  if (!remote_read (get (REGISTER_RSP), frame, sizeof frame))
    return failed (at, "no frame at %#" PRIx64, get (REGISTER_RSP));
  for (int i = 0; i < 5; i++)
    {
      uint64_t want = register_get (before, numbers[i]);

      /* The processor may set RF.  */
      if (numbers[i] == REGISTER_EFLAGS
	  ? (frame[i] ^ want) & ~(uint64_t) 0x10000 : frame[i] != want)
	return failed (at, "the frame's %s is %#" PRIx64 ", not %#" PRIx64,
		       register_name (numbers[i]), frame[i], want);
    }
  return true;
}

/* Let come what is pending.  QEMU has events of its own, which end a step as
   well: the processor then is where it was.  */
void
step_into_event (void)
{
  struct registers before = now;

  for (int i = 0; i < 3; i++)
    {
      step (true);
      if (registers_differ (&before, &now) >= 0)
	break;
    }
}

/* Raise it here; we are then at the gate's first instruction.  */
bool
struck (enum strike kind, const char *at)
{
  struct registers before = now;
  uint64_t handler = gate (strike_vector[kind]);

  raise (kind);
  step_into_event ();
  if (get (REGISTER_RIP) != handler)
    return failed (at, "%s led to %s, not to %#" PRIx64, strike_name[kind],
		   place (get (REGISTER_RIP)), handler);
  return frame_shows (&before, at);
}

/* The whole of a strike at the instruction that we are at.  */
bool
strike (enum strike kind, struct instruction *here)
{
  static struct witness before;
  uint64_t rip = get (REGISTER_RIP);

  here->strikes[kind]++;
  note (&before);
  if (!struck (kind, here->name))
    return false;
  if (!run_to (rip))
    return failed (here->name, "it did not come back from %s; at %s",
		   strike_name[kind], place (get (REGISTER_RIP)));
  return unchanged (&before, here->name);
}

/* Is anything to do from HERE to the end of its row?  */
bool
pending (const struct instruction *here, enum strike kind, unsigned int rounds)
{
  const struct instruction *end = text.list + text.count;
  const struct instruction *i = here;

  do
    {
      if (i->nmi_path || i->machine_path)
	return false;
      if (i->strikes[kind] < rounds)
	return true;
      i++;
    }
  while (i < end && !i->leader);
  return false;
}

/* From where we are, strike on and on while there is something new.  */
void
walk (enum strike kind, unsigned int rounds)
{
  struct instruction *here;

  while ((here = text_find (&text, get (REGISTER_RIP))) != NULL
	 && pending (here, kind, rounds))
    {
      arm (here, false);
      if (here->strikes[kind] < rounds && !strike (kind, here))
	break;
      step (false);
    }
}

/* From where we are, strike at every instruction up to the end of the way.  */
void
follow (void)
{
  struct instruction *here;

  while ((here = text_find (&text, get (REGISTER_RIP))) != NULL
	 && strike (STRIKE_NMI, here))
    step (false);
}

/* Breakpoints where rows begin that have something new.  Gives their number.  */
unsigned int
arm_pending (enum strike kind, unsigned int rounds)
{
  unsigned int count = 0;

  for (size_t i = 0; i < text.count; i++)
    {
      bool wanted = text.list[i].leader
	&& pending (&text.list[i], kind, rounds);

      arm (&text.list[i], wanted);
      count += wanted;
    }
  return count;
}

static bool
is_way_to_guest (const struct instruction *i)
{
  return !i->nmi_path && !i->machine_path
    && (strstr (i->name, ": iretq") || strstr (i->name, ": sysret"));
}

/* Go on until the Guest runs: we are at its next instruction.  */
bool
run_to_guest (int64_t deadline)
{
  struct instruction *i;

  for (;;)
    {
      bool stopped;

      for (i = text.list; i < text.list + text.count; i++)
	if (is_way_to_guest (i))
	  arm (i, true);
      stopped = run (deadline);
      for (i = text.list; i < text.list + text.count; i++)
	if (is_way_to_guest (i))
	  arm (i, false);
      if (!stopped)
	return false;
      step (false);
      if (in_guest ())
	return true;
    }
}

/* The first instruction of the entry whose text has WHAT, and then N more.  */
struct instruction *
of_entry (const char *what, int n)
{
  struct instruction *i = text_find (&text,
				     text_symbol (&text, "switcher_enter"));

  while (i && i < text.list + text.count && !strstr (i->name, what))
    i++;
  return i && i < text.list + text.count ? i + n : NULL;
}

/* Stop at HERE, the next time.  */
bool
come_to (struct instruction *here, int64_t deadline)
{
  bool stopped;

  if (get (REGISTER_RIP) == address_of (here))
    step (false);
  arm (here, true);
  stopped = run (deadline);
  arm (here, false);
  return stopped && get (REGISTER_RIP) == address_of (here);
}
