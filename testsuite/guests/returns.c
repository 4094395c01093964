/* returns.c - returns to places where nobody can be, with flags and selectors
   that nobody may have; stacks that are none; entries that are not there.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

static const uint64_t bad_rips[] = {
  NON_CANONICAL, 0x0000800000000000ull, 0xffff7fffffffffffull, ~0ull,
  0xffff800000000000ull, SLOT_508, SLOT_508 + 0x1000,
  0xfffffe7ffffff000ull, KERNEL_BASE + 0x100000, LINEAR_BASE + 0x100000,
  0x00007fffffffffffull, 0x00007ffffffff000ull, 0, 0x1234567890ull,
  (uint64_t) 1 << 47, ((uint64_t) 1 << 47) - 1, (uint64_t) 1 << 63 | 0x400000
};

static void
return_to (int iret)
{
  for (size_t i = 0; i < sizeof bad_rips / sizeof *bad_rips; i++)
    {
      user_reset ();
      user.iret = iret;
      user.rip = bad_rips[i];
      user_run ();
      /* Its own fault, where it would have been.  */
      CHECK (trap.from_user && (trap.vector == 13 || trap.vector == 14),
	     "vector", trap.vector);
      CHECK (trap.rip == bad_rips[i], "rip", trap.rip);
      CHECK (trap.regs[RSP] == user.rsp, "rsp", trap.regs[RSP]);
      CHECK (*(volatile uint64_t *) &pad.irq_enabled == 0
	     || !trap.from_user, "events are on in a handler", 0);
    }
}

RULE (sysret_rip, "sysret-rip", LIVES)
{
  return_to (0);
}

RULE (iret_rip, "iret-rip", LIVES)
{
  return_to (1);
}

/* The registers that each way back promises.  */
RULE (registers, "return-registers", LIVES)
{
  for (int iret = 0; iret < 2; iret++)
    {
      USER_BYTES ("\x0f\x0b");		/* ud2 */
      user_reset ();
      user.iret = iret;
      for (int i = 0; i < 16; i++)
	user.regs[i] = random_next ();
      user.gs_base = 0x123456789000ull;
      user_run ();
      CHECK (trap.vector == 6 && trap.rip == USER_CODE, "vector",
	     trap.vector);
      for (int i = 0; i < 16; i++)
	{
	  uint64_t want = user.regs[i];

	  if (i == RSP)
	    want = user.rsp;
	  if (!iret && i == RCX)
	    want = user.rip;
	  if (!iret && i == 11)
	    want = user.rflags;
	  CHECK (trap.regs[i] == want, "register", i);
	}
      CHECK (pad.user_gs_base == user.gs_base, "GS base", pad.user_gs_base);
      CHECK (trap.cs == 0x33, "cs", trap.cs);
    }
}

/* Flags: a user may have what it could set itself, and nothing else.  */
RULE (flags, "return-flags", LIVES)
{
  static const uint64_t flags[] = {
    0, 0x2, 0x200, 0x3000, 0x3202, 0x4202, 0x20202, 0x10202, 0x80202,
    0x100202, 0x40202, 0x200202, ~0ull & ~0x100ull, 0xcd5, 1ull << 63,
    0xffffffff00000000ull, 0x37fff & ~0x100
  };

  USER_BYTES ("\x9c\x58\xfa");		/* pushf; pop %rax; cli */
  for (int iret = 0; iret < 2; iret++)
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
      {
	user_reset ();
	user.iret = iret;
	user.rflags = flags[i];
	user_run ();
	CHECK (trap.vector == 13 && trap.rip == USER_CODE + 2,
	       "cli is not refused: vector", trap.vector);
	CHECK ((trap.regs[RAX] & 0x1b3000) == 0, "forbidden flags",
	       trap.regs[RAX]);
	CHECK (trap.regs[RAX] & 0x200, "interrupts are off",
	       trap.regs[RAX]);
      }
}

RULE (trace_flag, "return-trace-flag", EITHER)
{
  for (int iret = 0; iret < 2; iret++)
    for (int n = 0; n < 50; n++)
      {
	USER_BYTES ("\x90\x90\x0f\x05");
	user_reset ();
	user.iret = iret;
	user.rflags = 0x302;
	user_run ();
	CHECK (trap.vector == 1 || trap.vector == TRAP_SYSCALL, "vector",
	       trap.vector);
      }
  /* Set by the user itself, over a system call.  */
  USER_BYTES ("\x68\x02\x03\x00\x00\x9d\x0f\x05");	/* push 0x302; popf */
  user_reset ();
  user_run ();
  CHECK (trap.vector == 1 || trap.vector == TRAP_SYSCALL, "vector",
	 trap.vector);
}

RULE (selectors, "return-cs", EITHER)
{
  static const uint64_t selectors[] = {
    0, 1, 3, 8, 0x10, 0x18, 0x20, 0x23, 0x28, 0x2b, 0x30, 0x33, 0x40, 0x43,
    0x7b, 0xfff3, 0xfffb, 0x10033, 0xffff0033, ~0ull, 1ull << 32 | 0x33
  };

  /* mov %cs, %eax; int3: the same in 32 and 64 bits.  */
  USER_BYTES ("\x8c\xc8\xcc");
  for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
    {
      user_reset ();
      user.iret = 1;
      user.cs = selectors[i];
      user_run ();
      if (trap.vector == 3)
	CHECK ((trap.regs[RAX] & 0xffff) == 0x33
	       || (trap.regs[RAX] & 0xffff) == 0x23, "the user runs with CS",
	       trap.regs[RAX]);
      else
	CHECK (trap.from_user && trap.vector >= 10 && trap.vector <= 14,
	       "vector", trap.vector);
    }
}

/* The user's stack can be anything: nobody pushes there.  */
static const uint64_t bad_stacks[] = {
  0, 1, 7, NON_CANONICAL, ~0ull, SLOT_508, SLOT_508 + 0x1008,
  SLOT_508 + 0x2000, KERNEL_BASE + 0x100800, LINEAR_BASE, 0x800000000000ull,
  0x7fffffffffffull, 0xffff800000000000ull
};

RULE (user_stacks, "user-stacks", LIVES)
{
  static const struct
  {
    const char *code;
    size_t length;
    uint64_t vector;
  } ways[] = {
    { "\x0f\x05", 2, TRAP_SYSCALL },
    { "\xcc", 1, 3 },
    { "\x0f\x0b", 2, 6 },
    { "\xf4", 1, 13 },
    { "\x31\xc9\xf7\xf1", 4, 0 },
    { "\xcd\x80", 2, 13 },
    { "\x48\xa1\x00\x00\x00\x00\x00\x00\x00\x00", 10, 14 },
  };

  for (size_t i = 0; i < sizeof bad_stacks / sizeof *bad_stacks; i++)
    for (size_t j = 0; j < sizeof ways / sizeof *ways; j++)
      for (int iret = 0; iret < 2; iret++)
	{
	  user_code (ways[j].code, ways[j].length);
	  user_reset ();
	  user.rsp = bad_stacks[i];
	  user.iret = iret;
	  user_run ();
	  CHECK (trap.vector == ways[j].vector, "vector", trap.vector);
	  CHECK (trap.regs[RSP] == bad_stacks[i], "rsp", trap.regs[RSP]);
	}
  /* And pushed on by the user itself.  */
  USER_BYTES ("\x50\x0f\x05");
  for (size_t i = 0; i < sizeof bad_stacks / sizeof *bad_stacks; i++)
    {
      user_reset ();
      user.rsp = bad_stacks[i];
      user_run ();
      CHECK (trap.from_user && trap.vector >= 12 && trap.vector <= 14,
	     "push gives vector", trap.vector);
    }
}

/* The kernel's own, too.  */
static uint64_t saved __attribute__ ((used));

static void
trap_with_stack (uint64_t stack)
{
  __asm__ volatile ("mov %%rsp, saved(%%rip)\n\tmov %0, %%rsp\n\tud2"
		    : : "r" (stack) : "memory");
  __builtin_unreachable ();
}

static void
fault_with_stack (uint64_t stack)
{
  __asm__ volatile ("mov %0, %%rsp\n\tmovb $1, 0x10" : : "r" (stack)
		    : "memory");
  __builtin_unreachable ();
}

static void
push_on_stack (uint64_t stack)
{
  __asm__ volatile ("mov %0, %%rsp\n\tpush %%rax\n\tud2" : : "r" (stack)
		    : "memory");
  __builtin_unreachable ();
}

RULE (kernel_stacks, "kernel-stacks", LIVES)
{
  for (size_t i = 0; i < sizeof bad_stacks / sizeof *bad_stacks; i++)
    {
      uint64_t stack = bad_stacks[i], answer;

      CHECK (guarded (trap_with_stack, stack) == 1 && trap.vector == 6
	     && trap.regs[RSP] == stack, "ud2", trap.vector);
      CHECK (guarded (fault_with_stack, stack) == 1 && trap.vector == 14
	     && trap.regs[RSP] == stack && trap.cr2 == 0x10, "page fault",
	     trap.vector);
      /* A hypercall, by both ways.  */
      __asm__ volatile ("mov %%rsp, saved(%%rip)\n\t"
			"mov %1, %%rsp\n\t"
			"syscall\n\t"
			"mov saved(%%rip), %%rsp"
			: "=a" (answer) : "r" (stack), "0" (1000ull)
			: "rcx", "r11", "memory");
      CHECK (answer == (uint64_t) -38, "hypercall", answer);
      __asm__ volatile ("mov %%rsp, saved(%%rip)\n\t"
			"mov %1, %%rsp\n\t"
			"int $0x80\n\t"
			"mov saved(%%rip), %%rsp"
			: "=a" (answer) : "r" (stack), "0" (1000ull)
			: "rcx", "r11", "memory");
      CHECK (answer == (uint64_t) -38, "hypercall by trap", answer);
      if (stack != KERNEL_BASE + 0x100800 && stack != LINEAR_BASE)
	CHECK (guarded (push_on_stack, stack) == 1 && trap.vector >= 12
	       && trap.vector <= 14, "push", trap.vector);
    }
}

/* Interrupts that strike while RSP is nonsense.  */
RULE (stack_interrupt, "stack-interrupt", LIVES)
{
  for (size_t i = 0; i < sizeof bad_stacks / sizeof *bad_stacks; i++)
    {
      USER_BYTES ("\xeb\xfe");
      hypercall (LHCALL_SET_CLOCKEVENT, 50000, 0, 0);
      user_reset ();
      user.rsp = bad_stacks[i];
      user_run ();
      CHECK (trap.vector == LGUEST_IRQ_VECTOR, "vector", trap.vector);
      CHECK (trap.regs[RSP] == bad_stacks[i], "rsp", trap.regs[RSP]);
    }
}

/* Entries that are not mapped.  */
static void
init_with (struct lguest_init *other)
{
  hypercall_by_trap (LHCALL_LGUEST_INIT, physical (other), 0, 0);
}

RULE (event_loop, "event-entry-unmapped", DIES)
{
  struct lguest_init *other = (void *) page_new ();

  *other = init;
  other->event_entry_kernel = 0xffffb00000000000ull;
  init_with (other);
  __asm__ volatile ("ud2");
}

RULE (event_low, "event-entry-in-user-half", DIES)
{
  struct lguest_init *other = (void *) page_new ();

  *other = init;
  other->event_entry_kernel = USER_CODE;
  init_with (other);
  __asm__ volatile ("ud2");
}

RULE (event_self, "event-entry-traps", DIES)
{
  struct lguest_init *other = (void *) page_new ();
  static uint8_t code[16];

  code[0] = 0x0f;
  code[1] = 0x0b;
  *other = init;
  other->event_entry_kernel = (uint64_t) code;
  init_with (other);
  __asm__ volatile ("ud2");
}

RULE (event_interrupt, "event-entry-unmapped-interrupt", DIES)
{
  struct lguest_init *other = (void *) page_new ();

  *other = init;
  other->event_entry_kernel = 0xffffb00000000000ull;
  init_with (other);
  hypercall (LHCALL_SET_CLOCKEVENT, 1, 0, 0);
  interrupts_on ();
  for (;;)
    hypercall (LHCALL_HALT, 0, 0, 0);
}

RULE (event_user, "event-entry-user-unmapped", LIVES)
{
  struct lguest_init *other = (void *) page_new ();

  /* The kernel's handler hears that its user's entry is not there.  */
  *other = init;
  other->event_entry_user = 0xffffb00000000000ull;
  init_with (other);
  USER_BYTES ("\x0f\x0b");
  user_run ();
  CHECK (trap.vector == 14 && trap.cr2 == 0xffffb00000000000ull
	 && !trap.from_user, "vector", trap.vector);
}

RULE (syscall_unmapped, "syscall-entry-unmapped", LIVES)
{
  struct lguest_init *other = (void *) page_new ();

  *other = init;
  other->syscall_entry = 0xffffb00000000000ull;
  init_with (other);
  USER_BYTES ("\x0f\x05");
  user_run ();
  CHECK (trap.vector == 14 && trap.cr2 == 0xffffb00000000000ull
	 && !trap.from_user, "vector", trap.vector);
}

/* Every address is a hypercall's, or the way to the user; none is both.  */
RULE (same_places, "return-places", EITHER)
{
  struct lguest_init *other = (void *) page_new ();

  *other = init;
  other->sysret_rip = other->iret_rip = ~0ull;
  init_with (other);
  CHECK (hypercall (1000, 0, 0, 0) == -38, "hypercall", 0);
  other->sysret_rip = other->iret_rip = 0;
  init_with (other);
  CHECK (hypercall (1000, 0, 0, 0) == -38, "hypercall", 0);
  other->sysret_rip = other->iret_rip = SLOT_508;
  init_with (other);
  CHECK (hypercall (1000, 0, 0, 0) == -38, "hypercall", 0);
  *other = init;
  other->iret_rip = other->sysret_rip;
  init_with (other);
  USER_BYTES ("\x0f\x05");
  user_reset ();
  user_run ();
  CHECK (trap.vector == TRAP_SYSCALL, "vector", trap.vector);
}

/* GS bases: any that WRGSBASE takes.  */
static void
write_gs (uint64_t base)
{
  __asm__ volatile ("wrgsbase %0" : : "r" (base));
}

static void
write_fs (uint64_t base)
{
  __asm__ volatile ("wrfsbase %0" : : "r" (base));
}

RULE (gs_kernel, "gs-base", LIVES)
{
  static const uint64_t bases[] = { 0, 1, 0x7fffffffffffull, SLOT_508,
    SLOT_508 + 0x1000, KERNEL_BASE, ~0ull, 0xffff800000000000ull };

  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
    {
      uint64_t now;

      /* The kernel's, over hypercalls and events.  */
      write_gs (bases[i]);
      hypercall (1000, 0, 0, 0);
      __asm__ volatile ("rdgsbase %0" : "=r" (now));
      CHECK (now == bases[i], "GS base after a hypercall", now);
      CHECK (guarded (read_at, 0x10) == 1, "no fault", 0);
      __asm__ volatile ("rdgsbase %0" : "=r" (now));
      CHECK (now == bases[i], "GS base after an event", now);
      write_fs (bases[i]);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      write_fs (0);
      /* The user's.  */
      USER_BYTES ("\x0f\x05");
      user_reset ();
      user.gs_base = bases[i];
      user_run ();
      CHECK (trap.vector == TRAP_SYSCALL && pad.user_gs_base == bases[i],
	     "the user's GS base", pad.user_gs_base);
      __asm__ volatile ("rdgsbase %0" : "=r" (now));
      CHECK (now == (uint64_t) &pad, "the kernel's GS base", now);
    }
}

RULE (gs_non_canonical, "gs-base-non-canonical", EITHER)
{
  static const uint64_t bases[] = { NON_CANONICAL, 1ull << 47,
    0xffff7fffffffffffull };

  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
    {
      int stopped = guarded (write_gs, bases[i]);

      /* QEMU takes them; then they must not hurt the Host.  */
      CHECK ((stopped && trap.vector == 13) || is_emulator (),
	     "not refused", trap.vector);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      guarded (read_at, 0x10);
      guarded (write_fs, bases[i]);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      write_fs (0);
      write_gs ((uint64_t) &pad);
    }
}
