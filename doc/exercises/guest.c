/* guest.c - Guests without a kernel, for exercises 3 and 4: they are written
   like the hostile ones in testsuite/guests, but mean no harm.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

enum { WHO_AM_I = 1000, VCPUS = 2 };

/* What secondary_start (start.S) needs, and what to do then.  */
struct cpu
{
  uint64_t gs_base, rsp;
  struct lguest_init init;
};

static struct cpu other;
static uint8_t stack[4096] __attribute__ ((aligned (16)));
static volatile int64_t answer = -1000;

void secondary_start (void);
void secondary_main (struct cpu *cpu);

void
secondary_main (struct cpu *cpu)
{
  cpu->init = init;
  cpu->init.pad = physical ((void *) cpu->gs_base);
  cpu->init.gs_base = cpu->gs_base;
  if (hypercall_by_trap (LHCALL_LGUEST_INIT, physical (&cpu->init), 0, 0))
    __asm__ volatile ("ud2");
  answer = hypercall (WHO_AM_I, 7, 7, 7);
  for (;;)
    hypercall (LHCALL_VCPU_DOWN, 0, 0, 0);
}

/* Exercise 3.  */
RULE (who, "who-am-i", LIVES)
{
  CHECK_ANSWER (hypercall (WHO_AM_I, 5, 0, 0), 0);
  other.gs_base = (uint64_t) page_new ();
  other.rsp = (uint64_t) (stack + sizeof stack);
  CHECK_ANSWER (hypercall (LHCALL_VCPU_UP, 1, (uint64_t) secondary_start,
			   (uint64_t) &other), 0);
  while (answer == -1000)
    __asm__ volatile ("pause");
  CHECK (answer == 1, "the second vcpu is told that it is", answer);
}

/* Exercise 4: its entry for events is not mapped, and so every trap leads to
   the next.  */
RULE (storm, "storm", DIES)
{
  init.event_entry_kernel = LINEAR_BASE + (1ull << 38);
  hypercall (LHCALL_LGUEST_INIT, physical (&init), 0, 0);
  __asm__ volatile ("ud2");
}
