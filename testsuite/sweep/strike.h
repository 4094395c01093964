/* strike.h - one strike, and what must be as it was after it.

   The emulated host has one processor, which is stopped whenever one of these
   is called, and when it comes back.  Deadlines are times of now_ms ().  What
   goes wrong is reported, and counted in `failures'.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef STRIKE_H
#define STRIKE_H

#include "remote.h"
#include "text.h"

enum { PAGE = 4096, RED_ZONE = 128 };

extern struct text text;
extern struct registers now;		/* where it is stopped */
extern unsigned long steps, failures;
extern unsigned long raised[STRIKES];

extern const unsigned int strike_vector[STRIKES];
extern const char *const strike_name[STRIKES];

/* Before all others, with TEXT loaded.  */
void strike_start (void);

/* Report what went wrong, and where; gives false.  */
bool failed (const char *at, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));
/* What to call ADDRESS; valid until the next call.  */
const char *place (uint64_t address);

int64_t now_ms (void);
/* Has somebody said something, such as that the Guest's work is done?  */
bool told (void);

uint64_t get (int number);
void look (void);
void step (bool events);
bool in_guest (void);
uint64_t address_of (const struct instruction *instruction);
/* A field of the Switcher's area, in the Guest's tables.  */
uint64_t area_address (unsigned int field);
uint64_t debug_control (void);
/* Where the gate of VECTOR leads in the tables that are loaded.  */
uint64_t gate (unsigned int vector);

/* Breakpoints, by instruction.  arm_pending sets them where rows begin that
   have something new, and gives their number.  */
void arm (struct instruction *instruction, bool on);
void disarm_all (void);
unsigned int arm_pending (enum strike kind, unsigned int rounds);

/* Go on: to a breakpoint; to ADDRESS; to HERE for the next time; until the
   Guest runs.  False if it was DEADLINE before, or somebody asked.  */
bool run (int64_t deadline);
bool run_to (uint64_t address);
bool come_to (struct instruction *here, int64_t deadline);
bool run_to_guest (int64_t deadline);

/* What must not change.  */
struct witness
{
  struct registers registers;
  uint64_t dr7;
  bool has_area, has_stack;
  uint8_t area[PAGE];
  uint8_t stack[RED_ZONE];
};

void note (struct witness *witness);
bool unchanged (const struct witness *before, const char *at);

/* Raise it; let come what is pending; both, and see that we are at the gate's
   first instruction with a frame that shows where we were.  */
void raise (enum strike kind);
void step_into_event (void);
bool struck (enum strike kind, const char *at);

/* The whole of a strike at the instruction that we are at: back again, with
   nothing changed.  */
bool strike (enum strike kind, struct instruction *here);

/* Is anything to do from HERE to the end of its row?  */
bool pending (const struct instruction *here, enum strike kind,
	      unsigned int rounds);
/* From where we are, strike on and on: while there is something new, or up to
   the end of the way.  */
void walk (enum strike kind, unsigned int rounds);
void follow (void);

/* The first instruction of the entry whose text has WHAT, and then N more.  */
struct instruction *of_entry (const char *what, int n);

#endif
