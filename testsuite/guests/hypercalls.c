/* hypercalls.c - hypercalls with every kind of bad argument.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

enum { EINVAL = 22, ENOSYS = 38 };

/* Guest-physical addresses that are not in memory, or not all of it.  */
static const uint64_t outside[] = {
  0 /* memory_size */, 1ull << 40, 1ull << 51, 1ull << 52, 1ull << 62,
  1ull << 63, ~0ull, ~0xfffull, ~0ull - 4094, KERNEL_BASE + 0x100000,
};
#define OUTSIDE (sizeof outside / sizeof *outside)

static uint64_t
outside_at (size_t i)
{
  return outside[i] ? outside[i] : memory_size;
}

RULE (number, "hypercall-number", LIVES)
{
  static const uint64_t numbers[] = {
    0, 1000, 0x7fffffff, 0x80000000, 0xffffffff, 1ull << 32 | LHCALL_PRINT,
    1ull << 63 | LHCALL_HALT, ~0ull
  };
  size_t i;

  for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
    CHECK_ANSWER (hypercall (numbers[i], 1, 2, 3), -ENOSYS);
}

/* A SYSCALL keeps all registers but RAX, RCX and R11.  */
RULE (registers, "hypercall-registers", LIVES)
{
  uint64_t in[6] = { 0x1111111111111111, 0x2222222222222222,
    0x8333333333333333, 0x4444444444444444, 0x5555555555555555,
    0x6666666666666666
  }, out[6], rsp_before, rsp_after;
  uint64_t number = 1000;

  __asm__ volatile ("mov 0(%2), %%rbx; mov 8(%2), %%r12; mov 16(%2), %%r13\n\t"
		    "mov 24(%2), %%r8; mov 32(%2), %%r9; mov 40(%2), %%r10\n\t"
		    "mov %%rsp, %0\n\t"
		    "syscall\n\t"
		    "mov %%rsp, %1\n\t"
		    "mov %%rbx, 0(%3); mov %%r12, 8(%3); mov %%r13, 16(%3)\n\t"
		    "mov %%r8, 24(%3); mov %%r9, 32(%3); mov %%r10, 40(%3)"
		    : "=&m" (rsp_before), "=&m" (rsp_after)
		    : "S" (in), "D" (out), "a" (number)
		    : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13",
		    "memory");
  for (int i = 0; i < 6; i++)
    CHECK (in[i] == out[i], "register changed", i);
  CHECK (rsp_before == rsp_after, "RSP changed", rsp_after);
}

RULE (by_trap, "hypercall-by-trap", LIVES)
{
  CHECK_ANSWER (hypercall_by_trap (1000, 0, 0, 0), -ENOSYS);
  CHECK_ANSWER (hypercall_by_trap (LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0),
		0);
}

/* LHCALL_LGUEST_INIT, again, with one field wrong.  What is refused must
   leave all as it was.  */
static struct lguest_init other;

static int64_t
try_init (void)
{
  return hypercall_by_trap (LHCALL_LGUEST_INIT, physical (&other), 0, 0);
}

RULE (init_pad, "init-pad", LIVES)
{
  static const uint64_t odd[] = { 1, 8, 0x800, 0xfff };
  size_t i;

  other = init;
  for (i = 0; i < sizeof odd / sizeof *odd; i++)
    {
      other.pad = physical (&pad) + odd[i];
      CHECK_ANSWER (try_init (), -EINVAL);
    }
  for (i = 0; i < OUTSIDE; i++)
    {
      other.pad = outside_at (i);
      CHECK_ANSWER (try_init (), -EINVAL);
    }
  CHECK_ANSWER (hypercall (1000, 0, 0, 0), -ENOSYS);
}

RULE (init_address, "init-address", LIVES)
{
  size_t i;

  for (i = 0; i < OUTSIDE; i++)
    CHECK_ANSWER (hypercall_by_trap (LHCALL_LGUEST_INIT, outside_at (i), 0,
				     0), -EINVAL);
  CHECK_ANSWER (hypercall_by_trap (LHCALL_LGUEST_INIT, memory_size - 8, 0, 0),
		-EINVAL);
}

RULE (init_canonical, "init-non-canonical", LIVES)
{
  static const uint64_t bad[] = { NON_CANONICAL, 0x0000800000000000ull,
				  0xffff7fffffffffffull, 1ull << 56 };
  __u64 *field;
  size_t i, n;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    for (n = 0; n < 4; n++)
      {
	other = init;
	field = n == 0 ? &other.gs_base : n == 1 ? &other.syscall_entry
	  : n == 2 ? &other.event_entry_user : &other.event_entry_kernel;
	*field = bad[i];
	CHECK_ANSWER (try_init (), -EINVAL);
      }
  CHECK_ANSWER (hypercall (1000, 0, 0, 0), -ENOSYS);
}

/* The Switcher reads there on its own.  */
RULE (init_linear, "init-linear-base", LIVES)
{
  static const uint64_t bad[] = {
    NON_CANONICAL, SLOT_508, SLOT_508 + 0x4000000000ull, SLOT_508 - 4096,
    LINEAR_BASE + 8, ~0xfffull, 0x400000, 0x0000800000000000ull,
    SLOT_508 - (15ull << 20), 0x00007ffffffff000ull
  };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      other = init;
      other.linear_base = bad[i];
      CHECK (try_init () == -EINVAL, "it takes a linear_base of", bad[i]);
    }
}

/* A linear_base that lies: the walk must find nothing that is not ours.  */
RULE (init_linear_lies, "init-linear-lies", EITHER)
{
  static const uint64_t lies[] = {
    0xffffa00000000000ull,	/* nothing there */
    KERNEL_BASE, KERNEL_BASE - (1ull << 30), 0xffff888000100000ull
  };
  size_t i;

  for (i = 0; i < sizeof lies / sizeof *lies; i++)
    {
      other = init;
      other.linear_base = lies[i];
      if (try_init () != 0)
	continue;
      /* A user's page fault, of each kind.  */
      USER_BYTES ("\x48\x8b\x07\x0f\x05");	/* mov (%rdi), %rax */
      for (int n = 0; n < 4; n++)
	{
	  static const uint64_t where[] = { 0x800000, USER_CODE + 4096,
	    0x7fffffffe000ull, 0x12345678000ull };

	  user_reset ();
	  user.regs[RDI] = where[n];
	  user_run ();
	  if (n != 1)
	    CHECK (trap.vector == 14, "vector", trap.vector);
	}
    }
  CHECK_ANSWER (hypercall_by_trap (LHCALL_LGUEST_INIT, physical (&init), 0,
				   0), 0);
}

/* 508 is the Switcher's: entries there can only make our own events fail. */
RULE (init_entry_508, "init-entry-in-slot-508", EITHER)
{
  other = init;
  other.event_entry_kernel = SLOT_508 + 0x1000;
  if (try_init () != 0)
    return;
  __asm__ volatile ("ud2");
}

RULE (init_gs_508, "init-gs-in-slot-508", EITHER)
{
  other = init;
  other.gs_base = SLOT_508 + 0x1000;
  if (try_init () != 0)
    return;
  USER_BYTES ("\x0f\x05");
  user_run ();
  CHECK (trap.vector == TRAP_SYSCALL, "vector", trap.vector);
}

RULE (init_version, "init-version", DIES)
{
  other = init;
  other.version = 4711;
  try_init ();
}

RULE (init_again, "init-again", LIVES)
{
  for (int i = 0; i < 500; i++)
    CHECK_ANSWER (hypercall_by_trap (LHCALL_LGUEST_INIT, physical (&init), 0,
				     0), 0);
}

EARLY_RULE (early_hypercalls, "early-hypercalls", EITHER)
{
  /* Before LHCALL_LGUEST_INIT only that, SHUTDOWN and PRINT are known.  */
  hypercall (LHCALL_NEW_PGTABLE, physical (top_table), 0, 0);
  hypercall (LHCALL_HALT, 0, 0, 0);
}

EARLY_RULE (early_trap, "early-trap", DIES)
{
  __asm__ volatile ("ud2");
}

EARLY_RULE (early_fault, "early-page-fault", DIES)
{
  read_at (0xffffa00000000000ull);
}

EARLY_RULE (early_clock, "early-clock", EITHER)
{
  hypercall_by_trap (LHCALL_SET_CLOCKEVENT, 1, 0, 0);
  for (int i = 0; i < 100; i++)
    print (".\n");
}

RULE (shutdown_how, "shutdown-how", LIVES)
{
  CHECK_ANSWER (hypercall (LHCALL_SHUTDOWN, 0, 0, 0), -EINVAL);
  CHECK_ANSWER (hypercall (LHCALL_SHUTDOWN, 1000, 0, 0), -EINVAL);
  CHECK_ANSWER (hypercall (LHCALL_SHUTDOWN, ~0ull, 0, 0), -EINVAL);
  CHECK_ANSWER (hypercall (LHCALL_SHUTDOWN, 1ull << 32 | 1, 0, 0), -EINVAL);
}

RULE (shutdown_text, "shutdown-text", LIVES)
{
  size_t i;

  for (i = 0; i < OUTSIDE; i++)
    {
      CHECK_ANSWER (hypercall (LHCALL_SHUTDOWN, LGUEST_SHUTDOWN_CRASH,
			       outside_at (i), 16), -EINVAL);
      CHECK_ANSWER (hypercall (LHCALL_SHUTDOWN, LGUEST_SHUTDOWN_CRASH,
			       outside_at (i), ~0ull), -EINVAL);
    }
  CHECK_ANSWER (hypercall (LHCALL_SHUTDOWN, LGUEST_SHUTDOWN_CRASH,
			   memory_size - 4, 8), -EINVAL);
}

RULE (print_text, "print-text", LIVES)
{
  size_t i;

  for (i = 0; i < OUTSIDE; i++)
    {
      CHECK_ANSWER (hypercall (LHCALL_PRINT, outside_at (i), 16, 0), -EINVAL);
      CHECK_ANSWER (hypercall (LHCALL_PRINT, outside_at (i), ~0ull, 0),
		    -EINVAL);
    }
  CHECK_ANSWER (hypercall (LHCALL_PRINT, memory_size - 4, 8, 0), -EINVAL);
  /* Long, empty, and full of what a terminal had better not see.  */
  hypercall (LHCALL_PRINT, 0x100000, ~0ull, 0);
  hypercall (LHCALL_PRINT, 0x100000, 1ull << 32, 0);
  hypercall (LHCALL_PRINT, 0x100000, 0, 0);
  for (i = 0; i < 50; i++)
    hypercall (LHCALL_PRINT, random_next () % memory_size,
	       random_next () % 5000, 0);
  print ("\n");
}

static void
use_table (uint64_t table)
{
  hypercall (LHCALL_NEW_PGTABLE, table, 0, 0);
  hypercall (LHCALL_NEW_PGTABLE, physical (top_table), 0, 0);
}

RULE (new_outside_0, "new-pgtable-outside", EITHER)
{
  use_table (memory_size);
}

RULE (new_outside_1, "new-pgtable-far", EITHER)
{
  use_table (1ull << 45);
}

RULE (new_outside_2, "new-pgtable-all-ones", EITHER)
{
  use_table (~0ull);
}

RULE (new_empty, "new-pgtable-empty", EITHER)
{
  use_table (physical (page_new ()));
}

RULE (new_garbage, "new-pgtable-garbage", EITHER)
{
  uint64_t *table = page_new ();

  for (int i = 0; i < 512; i++)
    table[i] = random_next () | P;
  use_table (physical (table));
}

/* Bits of CR3 that mean something else: PCIDs, no flush.  */
RULE (new_bits, "new-pgtable-bits", LIVES)
{
  uint64_t table = physical (top_table), i;

  for (i = 0; i < 4096; i += 37)
    {
      hypercall (LHCALL_NEW_PGTABLE, table | i, 0, 0);
      hypercall (LHCALL_NEW_PGTABLE, table | i | 1ull << 63, 0, 0);
    }
  hypercall (LHCALL_NEW_PGTABLE, table, 0, 0);
}

/* More address spaces than anybody can keep.  */
RULE (new_many, "new-pgtable-many", LIVES)
{
  uint64_t base = 4ull << 20, n = (memory_size - base) / 4096;

  for (uint64_t i = 0; i < n; i++)
    {
      uint64_t *table = linear (base + i * 4096);

      for (int j = 0; j < 512; j++)
	table[j] = j < 256 ? 0 : top_table[j];
      table[0] = top_table[0];
      CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, base + i * 4096, 0, 0), 0);
      if (i % 3 == 0)
	hypercall (LHCALL_RELEASE_PGTABLE, base + (i / 2) * 4096, 0, 0);
    }
  CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, physical (top_table), 0, 0),
		0);
}

RULE (flush_range, "flush-range", LIVES)
{
  static const uint64_t values[] = {
    0, 1, 4095, 4096, 0x400000, 0x7fffffffffffull, 0x800000000000ull,
    NON_CANONICAL, LINEAR_BASE, SLOT_508, KERNEL_BASE, ~0xfffull, ~0ull
  };
  static const uint64_t strides[] = { 0, 1, 4096, 1ull << 21, 1ull << 30,
				      1ull << 63, ~0ull };
  size_t i, j, k, n = sizeof values / sizeof *values;

  for (i = 0; i < n; i++)
    for (j = 0; j < n; j++)
      for (k = 0; k < sizeof strides / sizeof *strides; k++)
	hypercall (LHCALL_FLUSH_RANGE, values[i], values[j], strides[k]);
  CHECK (*(uint64_t *) linear (physical (top_table)) == top_table[0],
	 "memory is not what it was", 0);
}

RULE (flush_tlb, "flush-tlb", LIVES)
{
  CHECK_ANSWER (hypercall (LHCALL_FLUSH_TLB, 1000, 0, 0), -EINVAL);
  CHECK_ANSWER (hypercall (LHCALL_FLUSH_TLB, ~0ull, 0, 0), -EINVAL);
  for (int i = 0; i < 2000; i++)
    hypercall (LHCALL_FLUSH_TLB, i & 1, 0, 0);
}

RULE (release, "release-pgtable", EITHER)
{
  size_t i;

  for (i = 0; i < OUTSIDE; i++)
    hypercall (LHCALL_RELEASE_PGTABLE, outside_at (i), 0, 0);
  /* The one that is in use, and its parts.  */
  for (i = 0; i < 100; i++)
    {
      hypercall (LHCALL_RELEASE_PGTABLE, physical (kernel_middle), 0, 0);
      hypercall (LHCALL_RELEASE_PGTABLE, physical (kernel_upper), 0, 0);
      hypercall (LHCALL_RELEASE_PGTABLE, physical (top_table), 0, 0);
      hypercall (LHCALL_RELEASE_PGTABLE, physical (top_table) + 8, 0, 0);
    }
  hypercall (LHCALL_NEW_PGTABLE, physical (top_table), 0, 0);
}

RULE (clockevent, "clockevent", LIVES)
{
  unsigned before;
  int i;

  CHECK (interrupts == 0, "interrupts already", interrupts);
  for (i = 0; i < 3000; i++)
    {
      hypercall (LHCALL_SET_CLOCKEVENT, 1, 0, 0);
      hypercall (LHCALL_SET_CLOCKEVENT, ~0ull, 0, 0);
      hypercall (LHCALL_SET_CLOCKEVENT, 1ull << 63, 0, 0);
      hypercall (LHCALL_SET_CLOCKEVENT, 0, 0, 0);
    }
  CHECK (interrupts == 0, "interrupts while they are off", interrupts);
  interrupts_on ();
  before = interrupts;
  hypercall (LHCALL_SET_CLOCKEVENT, 1000000, 0, 0);
  while (*(volatile unsigned *) &interrupts == before)
    hypercall (LHCALL_HALT, 0, 0, 0);
  interrupts_off ();
}

/* One interrupt after the other, while the user runs.  */
RULE (clock_storm, "clock-storm", LIVES)
{
  unsigned i, came = 0;

  USER_BYTES ("\xeb\xfe");	/* jmp . */
  for (i = 0; i < 2000; i++)
    {
      hypercall (LHCALL_SET_CLOCKEVENT, i % 3 ? 1 : 30000, 0, 0);
      user_reset ();
      user.iret = i % 2;
      user_run ();
      CHECK (trap.vector == LGUEST_IRQ_VECTOR, "vector", trap.vector);
      CHECK (trap.rip == USER_CODE, "rip", trap.rip);
      CHECK (trap.rflags & 0x200, "the user's IF is off", trap.rflags);
      came++;
    }
  CHECK (came == 2000 && interrupts == 2000, "interrupts", interrupts);
}

RULE (halt_storm, "halt-storm", LIVES)
{
  for (unsigned i = 0; i < 2000; i++)
    {
      unsigned before = *(volatile unsigned *) &interrupts;

      hypercall (LHCALL_SET_CLOCKEVENT, 1 + i % 5000, 0, 0);
      while (*(volatile unsigned *) &interrupts == before)
	hypercall (LHCALL_HALT, 0, 0, 0);
      interrupts_off ();
    }
}

RULE (halt_for_ever, "halt-for-ever", HANGS)
{
  for (;;)
    hypercall (LHCALL_HALT, 0, 0, 0);
}

RULE (spin_for_ever, "spin-for-ever", HANGS)
{
  for (;;)
    __asm__ volatile ("");
}

RULE (user_spins, "user-spins-for-ever", HANGS)
{
  USER_BYTES ("\xeb\xfe");
  user_run ();
}

RULE (send_nothing, "send-interrupts", LIVES)
{
  for (int i = 0; i < 2000; i++)
    hypercall (LHCALL_SEND_INTERRUPTS, 0, 0, 0);
  interrupts_on ();
  for (int i = 0; i < 2000; i++)
    hypercall (LHCALL_SEND_INTERRUPTS, 0, 0, 0);
  CHECK (interrupts == 0, "interrupts from nowhere", interrupts);
}

RULE (set_pad, "set-pad", LIVES)
{
  static const uint64_t odd[] = { 1, 8, 0x800, 0xfff };
  size_t i;

  for (i = 0; i < sizeof odd / sizeof *odd; i++)
    CHECK_ANSWER (hypercall (LHCALL_SET_PAD, physical (&pad) + odd[i],
			     (uint64_t) &pad, 0), -EINVAL);
  for (i = 0; i < OUTSIDE; i++)
    CHECK_ANSWER (hypercall (LHCALL_SET_PAD, outside_at (i), (uint64_t) &pad,
			     0), -EINVAL);
  CHECK_ANSWER (hypercall (LHCALL_SET_PAD, physical (&pad), NON_CANONICAL, 0),
		-EINVAL);
  CHECK_ANSWER (hypercall (LHCALL_SET_PAD, physical (&pad),
			   0x0000800000000000ull, 0), -EINVAL);
  /* All over memory, and back.  */
  for (i = 0; i < 500; i++)
    hypercall (LHCALL_SET_PAD, (4 << 20) + i * 4096, (uint64_t) &pad, 0);
  CHECK_ANSWER (hypercall (LHCALL_SET_PAD, physical (&pad), (uint64_t) &pad,
			   0), 0);
}

static void
illegal (uint64_t unused)
{
  (void) unused;
  __asm__ volatile ("ud2");
}

/* The pad's content is nonsense at every moment that the Host looks.  */
RULE (pad_garbage, "pad-garbage", EITHER)
{
  for (int i = 0; i < 300; i++)
    {
      volatile uint64_t *words = (volatile uint64_t *) &pad;

      for (int j = 0; j < 512; j++)
	words[j] = random_next ();
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      guarded (illegal, 0);
      hypercall (LHCALL_SET_CLOCKEVENT, 1, 0, 0);
      hypercall (LHCALL_SEND_INTERRUPTS, 0, 0, 0);
    }
  hypercall (LHCALL_SET_CLOCKEVENT, 0, 0, 0);
}

/* The pad is the top-level table as well.  */
RULE (pad_is_table, "pad-is-page-table", EITHER)
{
  other = init;
  other.pad = physical (top_table);
  try_init ();
  hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0);
  guarded (illegal, 0);
  guarded (read_at, 0x400000);
}

RULE (debugreg, "set-debugreg", LIVES)
{
  static const uint64_t numbers[] = { 4, 5, 8, 1000, ~0ull, 1ull << 32 };
  size_t i;

  for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
    CHECK_ANSWER (hypercall (LHCALL_SET_DEBUGREG, numbers[i], 0, 0),
		  -EINVAL);
}

/* Breakpoints where only the Host or the Switcher can hit them.  */
RULE (debug_508, "debugreg-slot-508", EITHER)
{
  for (uint64_t slot = 0; slot < 512; slot += 3)
    {
      hypercall (LHCALL_SET_DEBUGREG, 0, SLOT_508 + (slot << 30), 0);
      hypercall (LHCALL_SET_DEBUGREG, 1, SLOT_508 + (slot << 30) + 0x1000, 0);
      hypercall (LHCALL_SET_DEBUGREG, 2, SLOT_508 + (slot << 30) + 0x2000, 0);
      hypercall (LHCALL_SET_DEBUGREG, 3, SLOT_508 + (slot << 30) + 0x3008, 0);
      /* Execute; then read or write, eight bytes; then in and out.  */
      hypercall (LHCALL_SET_DEBUGREG, 7, 0xaa, 0);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      hypercall (LHCALL_SET_DEBUGREG, 7, 0xbbbb00aa, 0);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      hypercall (LHCALL_SET_DEBUGREG, 7, 0x222200aa, 0);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
    }
  hypercall (LHCALL_SET_DEBUGREG, 7, 0, 0);
}

RULE (debug_bits, "debugreg-bits", EITHER)
{
  /* General detect, all the reserved ones, everything.  */
  hypercall (LHCALL_SET_DEBUGREG, 7, 0x2000, 0);
  hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
  hypercall (LHCALL_SET_DEBUGREG, 7, 1ull << 32, 0);
  hypercall (LHCALL_SET_DEBUGREG, 6, ~0ull, 0);
  hypercall (LHCALL_SET_DEBUGREG, 6, 1ull << 32, 0);
  hypercall (LHCALL_SET_DEBUGREG, 0, NON_CANONICAL, 0);
  hypercall (LHCALL_SET_DEBUGREG, 7, 0x3fc00, 0);
  for (int i = 0; i < 64; i++)
    {
      hypercall (LHCALL_SET_DEBUGREG, 7, 1ull << i, 0);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
    }
  hypercall (LHCALL_SET_DEBUGREG, 7, 0, 0);
}

/* One that works: the watched word is written, by kernel and by user.  */
RULE (debug_works, "debugreg-works", LIVES)
{
  static volatile uint64_t word;

  CHECK_ANSWER (hypercall (LHCALL_SET_DEBUGREG, 1, (uint64_t) &word, 0), 0);
  CHECK_ANSWER (hypercall (LHCALL_SET_DEBUGREG, 7, 0x900008, 0), 0);
  CHECK (guarded (write_at, (uint64_t) &word) == 1 && trap.vector == 1
	 && (trap.dr6 & 15) == 2, "no debug event", trap.dr6);
  CHECK_ANSWER (hypercall (LHCALL_SET_DEBUGREG, 7, 0, 0), 0);
  CHECK (guarded (write_at, (uint64_t) &word) == 0, "still there", 0);
}

RULE (clock_which, "get-clock", LIVES)
{
  int64_t a = hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_MONOTONIC, 0, 0);
  int64_t b = hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_MONOTONIC, 0, 0);

  CHECK (a > 0 && b >= a, "the clock goes backwards", b);
  hypercall (LHCALL_GET_CLOCK, 2, 0, 0);
  hypercall (LHCALL_GET_CLOCK, ~0ull, 0, 0);
  CHECK (hypercall (LHCALL_GET_CLOCK, LGUEST_CLOCK_REALTIME, 0, 0)
	 > 1600000000ll * 1000000000ll, "the date is wrong", 0);
}

/* Anything.  What ends the guest on purpose is left out.  */
static void
random_calls (uint64_t seed)
{
  for (uint64_t i = 0; i < seed; i++)
    random_next ();
  for (int i = 0; i < 3000; i++)
    {
      uint64_t a[4];

      for (int j = 0; j < 4; j++)
	switch (random_next () % 5)
	  {
	  case 0:
	    a[j] = random_next ();
	    break;
	  case 1:
	    a[j] = random_next () % 20;
	    break;
	  case 2:
	    a[j] = random_next () % memory_size & ~0xfffull;
	    break;
	  case 3:
	    a[j] = KERNEL_BASE + random_next () % memory_size;
	    break;
	  default:
	    a[j] = ~0ull >> random_next () % 64;
	    break;
	  }
      a[0] = random_next () % 24;
      if (a[0] == LHCALL_SHUTDOWN || a[0] == LHCALL_HALT
	  || a[0] == LHCALL_PRINT || a[0] == LHCALL_LGUEST_INIT
	  || a[0] == LHCALL_NEW_PGTABLE)
	a[1] = ~0ull - (a[1] & 0xffff);
      /* Breakpoints in our own handler would make it go round for ever.  */
      if (a[0] == LHCALL_SET_DEBUGREG && a[1] == 7)
	a[2] = 0;
      if (a[0] != LHCALL_HALT && a[0] != LHCALL_NEW_PGTABLE
	  && a[0] != LHCALL_SET_PAD && a[0] != LHCALL_VCPU_DOWN
	  && a[0] != LHCALL_WAIT)
	hypercall (a[0], a[1], a[2], a[3]);
    }
  hypercall (LHCALL_SET_CLOCKEVENT, 0, 0, 0);
  hypercall (LHCALL_SET_DEBUGREG, 7, 0, 0);
}

RULE (random_1, "random-calls-1", EITHER)
{
  random_calls (1);
}

RULE (random_2, "random-calls-2", EITHER)
{
  random_calls (100);
}

RULE (random_3, "random-calls-3", EITHER)
{
  random_calls (10000);
}
