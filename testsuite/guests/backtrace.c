/* backtrace.c - stacks and page tables for "lguest backtrace" to fall over:
   the guest loops, and the launcher looks.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

/* A slot of the top-level table that nothing else uses, and its address.  */
#define SPARE_SLOT 300ull
#define SPARE_BASE (0xffff000000000000ull | SPARE_SLOT << 39)

RULE (backtrace_stack, "backtrace-stack", HANGS)
{
  asm volatile ("mov %0, %%rsp\n\tmov %0, %%rbp\nlost_stack: jmp lost_stack"
		: : "r" (NON_CANONICAL - 3));
}

/* The stack is the table itself, which leads to itself and out of memory.  */
RULE (backtrace_tables, "backtrace-tables", HANGS)
{
  const uint64_t table = physical (top_table);
  const uint64_t stack = SPARE_BASE | SPARE_SLOT << 30 | SPARE_SLOT << 21
			 | SPARE_SLOT << 12;

  for (uint64_t i = 1; i < 100; i++)
    top_table[SPARE_SLOT + i] = i & 1 ? table | i << 44 | PS | P : ~i;
  top_table[SPARE_SLOT] = table | P | W;
  asm volatile ("mov %0, %%rsp\n\tmov %1, %%rbp\nlost_tables: jmp lost_tables"
		: : "r" (stack + 2048), "r" (stack + 2056));
}
