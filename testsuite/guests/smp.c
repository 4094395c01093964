/* smp.c - rules for more than one vcpu.  The launcher gives four.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

enum { EINVAL = 22, EBUSY = 16 };
enum { VCPUS = 4 };

/* What secondary_start (start.S) needs, and what to do then.  */
struct cpu
{
  uint64_t gs_base, rsp;
  void (*body) (struct cpu *cpu);
  uint64_t number;
  struct lguest_init init;
};

static struct cpu cpus[VCPUS];
static uint8_t stacks[VCPUS][4096] __attribute__ ((aligned (16)));
static uint64_t volatile started, generation, stale, stop;

void secondary_start (void);
void secondary_main (struct cpu *cpu);

void
secondary_main (struct cpu *cpu)
{
  cpu->body (cpu);
  for (;;)
    hypercall (LHCALL_VCPU_DOWN, 0, 0, 0);
}

/* Pads must not share a page: these are whole ones.  */
static struct lguest_pad *
pad_of (uint64_t number)
{
  static uint64_t *pages[VCPUS];

  if (!pages[number])
    pages[number] = page_new ();
  return (struct lguest_pad *) pages[number];
}

static void
introduce (struct cpu *cpu)
{
  cpu->init = init;
  cpu->init.pad = physical (pad_of (cpu->number));
  cpu->init.gs_base = cpu->gs_base;
  if (hypercall_by_trap (LHCALL_LGUEST_INIT, physical (&cpu->init), 0, 0))
    __asm__ volatile ("ud2");
}

static int64_t
start (uint64_t number, void (*body) (struct cpu *cpu))
{
  struct cpu *cpu = &cpus[number];

  cpu->number = number;
  cpu->gs_base = (uint64_t) pad_of (number);
  cpu->rsp = (uint64_t) (stacks + number + 1);
  cpu->body = body;
  return hypercall (LHCALL_VCPU_UP, number, (uint64_t) secondary_start,
		    (uint64_t) cpu);
}

static void
wait_for (volatile uint64_t *value, uint64_t want)
{
  while (__atomic_load_n (value, __ATOMIC_ACQUIRE) < want)
    __asm__ volatile ("pause");
}

static void
count_start (struct cpu *cpu)
{
  introduce (cpu);
  __atomic_fetch_add (&started, 1, __ATOMIC_SEQ_CST);
}

RULE (up, "smp-up", LIVES)
{
  static const uint64_t nobody[] = { VCPUS, 31, 32, 63, 64, 1ull << 32,
				     1ull << 63, ~0ull };
  static const uint64_t nowhere[] = { NON_CANONICAL, 1ull << 47,
				      0xffff7fffffffffffull };
  size_t i;

  for (i = 0; i < sizeof nobody / sizeof *nobody; i++)
    CHECK_ANSWER (hypercall (LHCALL_VCPU_UP, nobody[i],
			     (uint64_t) secondary_start, 0), -EINVAL);
  for (i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
    CHECK_ANSWER (hypercall (LHCALL_VCPU_UP, 1, nowhere[i], 0), -EINVAL);
  CHECK_ANSWER (start (0, count_start), -EBUSY);
  for (i = 1; i < VCPUS; i++)
    CHECK_ANSWER (start (i, count_start), 0);
  wait_for (&started, VCPUS - 1);
}

/* Down and up again: each time from the beginning.  */
RULE (down, "smp-down", LIVES)
{
  uint64_t n;

  for (n = 1; n <= 300; n++)
    {
      while (start (1 + n % 3, count_start) == -EBUSY)
	__asm__ volatile ("pause");
      wait_for (&started, n);
    }
}

RULE (down_all, "smp-down-all", HANGS)
{
  hypercall (LHCALL_VCPU_DOWN, 0, 0, 0);
}

static void
call_too_early (struct cpu *cpu)
{
  (void) cpu;
  hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0);
}

RULE (early_call, "smp-call-before-init", DIES)
{
  start (2, call_too_early);
  wait_for (&stop, 1);
}

static void
run_wild (struct cpu *cpu)
{
  (void) cpu;
  jump_to (SLOT_508 + 0x7fc0000000ull);
}

RULE (early_fault, "smp-fault-before-init", DIES)
{
  start (3, run_wild);
  wait_for (&stop, 1);
}

RULE (no_table, "smp-garbage-stack", DIES)
{
  cpus[1].rsp = NON_CANONICAL;
  hypercall (LHCALL_VCPU_UP, 1, (uint64_t) secondary_start, NON_CANONICAL);
  wait_for (&stop, 1);
}

RULE (ipi, "smp-ipi", LIVES)
{
  static const uint64_t bad[] = { 0, 1, LGUEST_FIRST_IPI - 1,
				  LGUEST_IPI_NMI + 1, 255, 1ull << 32, ~0ull };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    CHECK_ANSWER (hypercall (LHCALL_SEND_IPI, 1, bad[i], 0), -EINVAL);
  pad.blocked_interrupts = ~0ull;
  for (i = LGUEST_FIRST_IPI; i < LGUEST_IPI_NMI; i++)
    CHECK_ANSWER (hypercall (LHCALL_SEND_IPI, ~0ull, i, 0), 0);
  CHECK_ANSWER (hypercall (LHCALL_SEND_IPI, 0, LGUEST_FIRST_IPI, 0), 0);
}

RULE (route, "smp-route", LIVES)
{
  static const uint64_t bad[] = { LGUEST_FIRST_IPI, LGUEST_IPI_NMI, 1ull << 32,
				  ~0ull };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      CHECK_ANSWER (hypercall (LHCALL_ROUTE_IRQ, bad[i], 0, 0), -EINVAL);
      CHECK_ANSWER (hypercall (LHCALL_ROUTE_IRQ, 3, bad[i], 0), -EINVAL);
    }
  CHECK_ANSWER (hypercall (LHCALL_ROUTE_IRQ, 3, VCPUS, 0), -EINVAL);
  for (i = 0; i < LGUEST_FIRST_IPI; i++)
    CHECK_ANSWER (hypercall (LHCALL_ROUTE_IRQ, i, i % VCPUS, 0), 0);
}

RULE (kick, "smp-kick", LIVES)
{
  static const uint64_t bad[] = { VCPUS, 32, 1ull << 32, ~0ull };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    CHECK_ANSWER (hypercall (LHCALL_KICK, bad[i], 0, 0), -EINVAL);
  for (i = 0; i < 100; i++)
    {
      /* A kick is not lost, even before the wait.  */
      CHECK_ANSWER (hypercall (LHCALL_KICK, 0, 0, 0), 0);
      CHECK_ANSWER (hypercall (LHCALL_WAIT, 0, 0, 0), 0);
    }
}

static uint64_t volatile turn;

enum { TURNS = 400, TURN_NS_MAX = 500000 };

static void
take_turns (uint64_t number, uint64_t of)
{
  uint64_t now;

  while ((now = __atomic_load_n (&turn, __ATOMIC_ACQUIRE)) < TURNS)
    if (now % of == number)
      __atomic_store_n (&turn, now + 1, __ATOMIC_RELEASE);
    else
      hypercall (LHCALL_YIELD, 0, 0, 0);
}

static void
take_turns_too (struct cpu *cpu)
{
  introduce (cpu);
  __atomic_fetch_add (&started, 1, __ATOMIC_SEQ_CST);
  take_turns (cpu->number, pad.vcpus);
  __atomic_fetch_add (&started, 1, __ATOMIC_SEQ_CST);
}

/* Each waits in a loop for the one before it.  wakeups.exp runs this with two
   vcpus on a host with one processor, whose time is what the processor has done:
   there one that waits must not keep the processor until its time is over.  */
RULE (yield, "smp-yield", LIVES)
{
  const uint64_t of = pad.vcpus;
  int64_t begin, ns;
  uint64_t n;

  CHECK_ANSWER (hypercall (LHCALL_YIELD, ~0ull, ~0ull, ~0ull), 0);
  for (n = 1; n < of; n++)
    CHECK_ANSWER (start (n, take_turns_too), 0);
  while (__atomic_load_n (&started, __ATOMIC_ACQUIRE) < of - 1)
    hypercall (LHCALL_YIELD, 0, 0, 0);
  begin = hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_MONOTONIC, 0, 0);
  take_turns (0, of);
  ns = hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_MONOTONIC, 0, 0) - begin;
  wait_for (&started, 2 * (of - 1));
  CHECK (of != 2 || ns < TURNS * TURN_NS_MAX, "ns for all turns", ns);
}

static void
kick_for_ever (struct cpu *cpu)
{
  introduce (cpu);
  while (!stop)
    {
      hypercall (LHCALL_KICK, 0, 0, 0);
      hypercall (LHCALL_SEND_IPI, 1, LGUEST_IPI_NMI, 0);
    }
  __atomic_fetch_add (&started, 1, __ATOMIC_SEQ_CST);
}

/* No kick is lost; and an NMI comes nowhere near where it must not.  */
RULE (wait, "smp-wait", LIVES)
{
  int i;

  init.nmi_unsafe_end = ~0ull;
  CHECK_ANSWER (hypercall_by_trap (LHCALL_LGUEST_INIT, physical (&init), 0, 0),
		0);
  CHECK_ANSWER (start (1, kick_for_ever), 0);
  for (i = 0; i < 5000; i++)
    CHECK_ANSWER (hypercall (LHCALL_WAIT, 0, 0, 0), 0);
  stop = 1;
  wait_for (&started, 1);
}

RULE (flush_garbage, "smp-flush-garbage", LIVES)
{
  int i;

  start (1, count_start);
  for (i = 0; i < 3000; i++)
    CHECK_ANSWER (hypercall5 (LHCALL_FLUSH_RANGE, random_next (),
			      random_next (), random_next (), random_next (),
			      i % 3 ? random_next () : physical (top_table)),
		  0);
}

#define PAGE (LINEAR_BASE - (1ull << 39))
#define LOWER (1ull << 39)	/* free, in the users' half */

static uint64_t watched = PAGE;

static void
read_for_ever (struct cpu *cpu)
{
  const uint64_t volatile *page = (const uint64_t *) watched;

  introduce (cpu);
  __atomic_fetch_add (&started, 1, __ATOMIC_SEQ_CST);
  while (!stop)
    {
      const uint64_t least = __atomic_load_n (&generation, __ATOMIC_ACQUIRE);
      const uint64_t got = *page;

      if (got < least)
	__atomic_fetch_add (&stale, 1, __ATOMIC_SEQ_CST);
    }
  __atomic_fetch_add (&started, 1, __ATOMIC_SEQ_CST);
}

/* A round takes a thousand times longer where processors of an emulated host
   have to wait for each other.  */
#define FLUSH_NS_MAX 30000000000

/* When a remote flush is done, nobody sees what was there before: *ENTRY, on the
   way to ADDRESS, is one of VALUES by turns, and then the first word of
   FRAMES.  */
static void
flush_remotely (uint64_t address, uint64_t *entry, const uint64_t *values,
		uint64_t **frames, uint64_t rounds)
{
  const int64_t end = FLUSH_NS_MAX
    + hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_MONOTONIC, 0, 0);
  uint64_t n;

  watched = address;
  for (n = 1; n < VCPUS; n++)
    CHECK_ANSWER (start (n, read_for_ever), 0);
  wait_for (&started, VCPUS - 1);
  for (n = 1; n < rounds; n++)
    {
      *frames[n % 2] = n;
      __atomic_store_n (entry, values[n % 2], __ATOMIC_SEQ_CST);
      CHECK_ANSWER (hypercall5 (LHCALL_FLUSH_RANGE, address, address + 4096,
				4096, (1 << VCPUS) - 2, 0), 0);
      __atomic_store_n (&generation, n, __ATOMIC_RELEASE);
      if (stale
	  || (n % 64 == 0
	      && hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_MONOTONIC, 0, 0)
		 > end))
	break;
    }
  CHECK (n > 64, "rounds", n);
  stop = 1;
  wait_for (&started, 2 * (VCPUS - 1));
  CHECK (!stale, "stale reads", stale);
}

RULE (flush, "smp-flush", LIVES)
{
  uint64_t *frames[2] = { page_new (), page_new () };
  uint64_t values[2] = { physical (frames[0]) | P | W | A | D,
			 physical (frames[1]) | P | W | A | D };

  flush_remotely (PAGE, map_page (PAGE, values[0]), values, frames, 20000);
}

/* What each vcpu has for itself: the top of its tables.  */
RULE (flush_top, "smp-flush-top", LIVES)
{
  uint64_t *frames[2], values[2];

  for (int i = 0; i < 2; i++)
    {
      frames[i] = page_new ();
      map_page (LOWER, physical (frames[i]) | P | W | U | A | D);
      values[i] = top_table[1];
      top_table[1] = 0;
    }
  top_table[1] = values[0];
  flush_remotely (LOWER, &top_table[1], values, frames, 5000);
}

/* A table that others run with is released, and comes back.  */
RULE (release, "smp-release", LIVES)
{
  uint64_t n;

  map_page (PAGE, physical (page_new ()) | P | W | A | D);
  for (n = 1; n < VCPUS; n++)
    CHECK_ANSWER (start (n, read_for_ever), 0);
  wait_for (&started, VCPUS - 1);
  for (n = 0; n < 2000; n++)
    {
      hypercall (LHCALL_RELEASE_PGTABLE, physical (top_table), 0, 0);
      hypercall (LHCALL_FLUSH_TLB, n % 2, 0, 0);
    }
  stop = 1;
  wait_for (&started, 2 * (VCPUS - 1));
}

/* Address spaces whose PCIDs the Host has to share: those of one vcpu, if others
   make as many as there are PCIDs in between.  */
#define BETWEEN 60

static uint64_t between[BETWEEN];

static void
make_spaces (struct cpu *cpu)
{
  introduce (cpu);
  for (int i = 0; i < BETWEEN; i++)
    hypercall (LHCALL_NEW_PGTABLE, between[i], 0, 0);
  __atomic_fetch_add (&started, 1, __ATOMIC_SEQ_CST);
}

static uint64_t *
copy_of_top_table (void)
{
  uint64_t *table = far_page_new ();

  for (int i = 0; i < 512; i++)
    table[i] = top_table[i];
  return table;
}

static void
check_space (uint64_t top, uint64_t number)
{
  CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, top | 1ull << 63, 0, 0), 0);
  CHECK (guarded (read_at, LOWER) == 0, "cannot be read", number);
  CHECK (read_value == number, "another address space's page", read_value);
}

RULE (spaces, "smp-spaces", LIVES)
{
  enum { SPACES = 8 };
  uint64_t tops[SPACES];

  for (int i = 0; i < BETWEEN; i++)
    between[i] = physical (copy_of_top_table ());
  for (int i = 0; i < SPACES; i++)
    {
      uint64_t *table = copy_of_top_table (), *next;

      tops[i] = physical (table);
      for (int level = 3; level > 0; level--)
	{
	  next = far_page_new ();
	  table[level == 3 ? 1 : 0] = physical (next) | P | W | U | A | D;
	  table = next;
	}
      next = far_page_new ();
      *next = 1000 + i;
      table[0] = physical (next) | P | W | U | A | D;
    }
  for (int i = 0; i < SPACES / 2; i++)
    check_space (tops[i], 1000 + i);
  CHECK_ANSWER (start (1, make_spaces), 0);
  wait_for (&started, 1);
  for (int round = 0; round < 20; round++)
    for (int i = 0; i < SPACES; i++)
      for (int j = 0; j < SPACES; j++)
	{
	  check_space (tops[i], 1000 + i);
	  check_space (tops[j], 1000 + j);
	}
}
