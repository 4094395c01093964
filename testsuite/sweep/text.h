/* text.h - the Switcher's instructions.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What can strike, whatever the processor is at.  */
enum strike { STRIKE_NMI, STRIKE_MACHINE_CHECK, STRIKES };

struct instruction
{
  unsigned int offset;		/* from the Switcher's start */
  bool leader;			/* it may be come to other than in a row */
  bool nmi_path, machine_path;	/* on the way to the Host's handler of a NMI
				   or #MC, and back */
  unsigned int strikes[STRIKES];	/* how often it has been struck */
  char name[80];		/* symbol, offset and text */
};

struct text
{
  uint64_t base;
  struct instruction *list;
  size_t count;
};

/* Read the text at BASE from the stopped machine, and its symbols from the
   file MAP: lines of address, type and name, as in /proc/kallsyms.  Padding
   (INT3) is no instruction.  False with a message if that cannot be.  */
bool text_load (struct text *text, uint64_t base, const char *map);

/* The instruction at ADDRESS, or NULL.  */
struct instruction *text_find (struct text *text, uint64_t address);

/* Address of a symbol; 0 if there is none.  */
uint64_t text_symbol (const struct text *text, const char *name);

/* Is ADDRESS anywhere in the Switcher's text pages?  */
bool text_contains (const struct text *text, uint64_t address);

#endif
