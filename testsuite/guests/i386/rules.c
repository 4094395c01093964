/* rules.c - what a guest of 32 bits may not do, and what it may.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

#define EINVAL 22
#define ENOSYS 38

extern char iret_after_hypercall[];

/* Bodies for guarded ().  */
static void
privileged (uint32_t which)
{
  switch (which)
    {
    case 0: asm volatile ("cli"); break;
    case 1: asm volatile ("sti"); break;
    case 2: asm volatile ("hlt"); break;
    case 3: asm volatile ("mov %%cr0, %%eax" : : : "eax"); break;
    case 4: asm volatile ("mov %%eax, %%cr3" : : "a" (0)); break;
    case 5: asm volatile ("mov %%eax, %%cr4" : : "a" (0)); break;
    case 6: asm volatile ("lgdt (%%eax)" : : "a" (&data)); break;
    case 7: asm volatile ("lidt (%%eax)" : : "a" (&data)); break;
    case 8: asm volatile ("ltr %%ax" : : "a" (16 * 8)); break;
    case 9: asm volatile ("lldt %%ax" : : "a" (0)); break;
    case 10: asm volatile ("invlpg (%%eax)" : : "a" (0)); break;
    case 11: asm volatile ("wbinvd"); break;
    case 12: asm volatile ("rdmsr" : : "c" (0x174) : "eax", "edx"); break;
    case 13: asm volatile ("wrmsr" : : "c" (0x174), "a" (0), "d" (0)); break;
    case 14: asm volatile ("mov %%eax, %%db7" : : "a" (0)); break;
    case 15: asm volatile ("clts"); break;
    case 16: asm volatile ("int $0x20"); break;
    case 17: asm volatile ("int $0xef"); break;
    case 18: asm volatile ("int $2"); break;
    case 19: asm volatile ("int $8"); break;
    case 20: asm volatile ("int $14"); break;
    default: return;
    }
}
#define PRIVILEGED 21

RULE (privileged, "privileged", LIVES)
{
  for (unsigned i = 0; i < PRIVILEGED; i++)
    {
      CHECK (guarded (privileged, i), "not refused", i);
      CHECK (trap.vector == 13, "other trap", trap.vector);
    }
}

static void
sysenter (uint32_t unused)
{
  (void) unused;
  asm volatile ("sysenter" : : : "memory");
}

RULE (sysenter, "sysenter", LIVES)
{
  CHECK_TRAP (guarded (sysenter, 0), 13);
  USER_RUN ("\x0f\x34\x0f\x0b");
  CHECK (trap.vector == 13, "user: trap", trap.vector);
}

RULE (numbers, "numbers", LIVES)
{
  static const uint32_t numbers[] = { 0, 9, 11, 31, 40, 63, 64, 0x7fffffff, 0xffffffff };

  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i] == 11)
      CHECK_ANSWER (HYPERCALL (numbers[i], 7, 1), -EINVAL);
    else
      CHECK_ANSWER (HYPERCALL (numbers[i], 1, 2, 3, 4, 5), -ENOSYS);
}

RULE (registers, "registers", LIVES)
{
  uint32_t a = LHCALL_FLUSH_ASYNC, b = 1, c = 2, d = 3, s = 4, i = 5;

  asm volatile ("int $0x1f" : "+a" (a), "+b" (b), "+c" (c), "+d" (d), "+S" (s), "+D" (i));
  CHECK (a == 0 && b == 1 && c == 2 && d == 3 && s == 4 && i == 5, "changed", b);
}

/* The user's way in and out, without the Host.  */
RULE (system_call, "system-call", LIVES)
{
  data.irq_enabled = LGUEST_IRQ_ENABLED;
  USER_RUN ("\xb8\x11\x22\x33\x44\xcd\x80\x0f\x0b");	/* mov, int $0x80 */
  CHECK (trap.vector == TRAP_SYSCALL, "trap", trap.vector);
  CHECK (trap.eax == 0x44332211, "eax", trap.eax);
  CHECK (trap.cs == 0x73 && trap.ss == 0x7b && trap.eip == USER_CODE + 7,
	 "frame", trap.eip);
  CHECK (data.irq_enabled == 0, "irq_enabled", data.irq_enabled);
}

/* The same through the Host.  */
RULE (system_call_gate, "system-call-gate", LIVES)
{
  set_gate (0x80, 14, 3);
  USER_RUN ("\xb8\x11\x22\x33\x44\xcd\x80\x0f\x0b");
  CHECK (trap.vector == 0x80, "trap", trap.vector);
  CHECK (trap.eflags & 0x200, "eflags", trap.eflags);
  CHECK (data.irq_enabled == 0, "irq_enabled", data.irq_enabled);
}

RULE (user_hypercall, "user-hypercall", LIVES)
{
  USER_RUN ("\xb8\x02\0\0\0\xcd\x1f\x0f\x0b");
  CHECK (trap.vector == 13, "trap", trap.vector);
  CHECK (trap.error == 0x1f * 8 + 2, "error code", trap.error);
  CHECK (trap.eip == USER_CODE + 5, "eip", trap.eip);
}

RULE (user_faults, "user-faults", LIVES)
{
  USER_RUN ("\xa1\x00\x10\x00\xc0");		/* mov 0xc0001000, %eax */
  CHECK (trap.vector == 14 && trap_cr2 == 0xc0001000, "kernel page", trap_cr2);
  CHECK (trap.error == 5, "error code", trap.error);
  USER_RUN ("\xa3\x00\x00\x00\x50");		/* mov %eax, 0x50000000 */
  CHECK (trap.vector == 14 && trap_cr2 == 0x50000000, "missing page", trap_cr2);
  CHECK (trap.error == 6, "error code", trap.error);
  USER_RUN ("\xa1\x00\xf0\xff\xff");		/* the last page */
  CHECK (trap.vector == 14 && trap_cr2 == 0xfffff000, "last page", trap_cr2);
  USER_RUN ("\xcc");
  CHECK (trap.vector == 3 && trap.eip == USER_CODE + 1, "breakpoint", trap.vector);
  USER_RUN ("\x0f\x0b");
  CHECK (trap.vector == 6, "invalid opcode", trap.vector);
  USER_RUN ("\xf4");
  CHECK (trap.vector == 13, "hlt", trap.vector);
  USER_RUN ("\xe4\x60");
  CHECK (trap.vector == 13, "in", trap.vector);
}

RULE (kernel_faults, "kernel-faults", LIVES)
{
  CHECK_TRAP (guarded (read_at, 0xd0000000), 14);
  CHECK (trap_cr2 == 0xd0000000 && trap.error == 0, "address", trap_cr2);
  CHECK_TRAP (guarded (write_at, 0xd0000ffc), 14);
  CHECK (trap.error == 2, "error code", trap.error);
}

/* The Switcher's pages: the guest may look at some, and change none that matters.  */
RULE (switcher, "switcher", LIVES)
{
  uint32_t address = -data.reserve_mem, tables = 0;

  CHECK (data.reserve_mem >= 0x1000 && data.reserve_mem <= 0x1000000, "reserve_mem",
	 data.reserve_mem);
  for (; address; address += 4096)
    {
      int readable = !guarded (read_at, address);

      if (guarded (write_at, address))
	{
	  CHECK (trap.vector == 14, "trap", trap.vector);
	  CHECK (trap_cr2 == address, "address", trap_cr2);
	}
      else
	CHECK (readable, "written but not read", address);
      tables += readable;
    }
  CHECK (tables == 3, "pages that can be read", tables);
  HYPERCALL (LHCALL_FLUSH_ASYNC);
}

RULE (switcher_scribble, "switcher-scribble", LIVES)
{
  /* The stack page: what is written there changes nothing.  */
  for (unsigned round = 0; round < 3; round++)
    for (uint32_t address = -data.reserve_mem; address; address += 4096)
      if (!guarded (write_at, address))
	{
	  for (uint32_t i = 0; i < 4096; i += 4)
	    *(volatile uint32_t *) (address + i) = 0xffffffff;
	  CHECK_ANSWER (HYPERCALL (LHCALL_FLUSH_ASYNC), 0);
	}
}

static void
load_gs (uint32_t selector)
{
  asm volatile ("mov %0, %%gs" : : "r" (selector));
}

RULE (segments, "segments", LIVES)
{
  /* What is ours at ring 0 cannot be had.  */
  CHECK_TRAP (guarded (load_gs, LGUEST_GDT_DS * 8), 13);
  CHECK_TRAP (guarded (load_gs, LGUEST_GDT_DS * 8 + 3), 13);
  CHECK_TRAP (guarded (load_gs, 16 * 8), 13);
  CHECK_TRAP (guarded (load_gs, 0x1f), 13);
  /* A descriptor of ring 0 is one of ring 1.  */
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_GDT_ENTRY, 28, 0x0000ffff, 0x00cf9200), 0);
  CHECK (!guarded (load_gs, 28 * 8 + 1), "load", 0);
  /* It goes away while it is loaded.  */
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_GDT_ENTRY, 28, 0, 0), 0);
  uint32_t gs;
  asm volatile ("mov %%gs, %0" : "=r" (gs));
  CHECK ((gs & 0xffff) == 0, "gs", gs);
  /* Ignored ones.  */
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_GDT_ENTRY, LGUEST_GDT_CS, 0x0000ffff, 0x00cffb00), 0);
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_GDT_ENTRY, 16, 0x0000ffff, 0x00cff300), 0);
}

#define BAD_SEGMENT(identifier, name, index, low, high)			\
RULE (identifier, name, DIES)						\
{									\
  HYPERCALL (LHCALL_LOAD_GDT_ENTRY, index, low, high);			\
}
BAD_SEGMENT (call_gate, "gdt-call-gate", 28, 0x00500000, 0x0000ec00)
BAD_SEGMENT (gdt_tss, "gdt-tss", 28, 0x00000067, 0x00008900)
BAD_SEGMENT (gdt_task_gate, "gdt-task-gate", 28, 0x00800000, 0x0000e500)
BAD_SEGMENT (gdt_ldt, "gdt-ldt", 28, 0x0000ffff, 0x00008200)
BAD_SEGMENT (gdt_conforming, "gdt-conforming", 28, 0x0000ffff, 0x00cf9e00)
BAD_SEGMENT (gdt_16, "gdt-16-bit-code", 28, 0x0000ffff, 0x008f9a00)
BAD_SEGMENT (gdt_data_16, "gdt-16-bit-data", 28, 0x0000ffff, 0x008f9200)
BAD_SEGMENT (gdt_64, "gdt-64-bit-code", 28, 0x0000ffff, 0x00af9a00)
BAD_SEGMENT (gdt_index, "gdt-index", 32, 0x0000ffff, 0x00cff300)
BAD_SEGMENT (gdt_index_2, "gdt-index-large", 0xfffffff0, 0x0000ffff, 0x00cff300)

#define BAD_GATE(identifier, name, vector, low, high)			\
RULE (identifier, name, DIES)						\
{									\
  HYPERCALL (LHCALL_LOAD_IDT_ENTRY, vector, low, high);			\
}
BAD_GATE (idt_task, "idt-task-gate", 3, 0x00800000, 0xe500)
BAD_GATE (idt_call, "idt-call-gate", 3, 0x00600000, 0xec00)
BAD_GATE (idt_16, "idt-16-bit", 3, 0x00600000, 0xe600)
BAD_GATE (idt_segment, "idt-segment", 3, 0x00600000, 0xfb00)
BAD_GATE (idt_vector, "idt-vector", 256, 0x00610000, 0xee00)

static void
user_breakpoint (uint32_t unused)
{
  (void) unused;
  USER_RUN ("\xcc");
}

/* A trap gate that leads nowhere: the guest's own problem.  */
RULE (idt_nowhere, "idt-nowhere", EITHER)
{
  HYPERCALL (LHCALL_LOAD_IDT_ENTRY, 3, 0x00610000, 0xdead8000 | 0x6000 | 15 << 8);
  CHECK_TRAP (guarded (user_breakpoint, 0), 14);
}

RULE (tls, "tls", LIVES)
{
  static uint32_t bad[6] = { 0x00500000, 0x0000ec00, 0x0000ffff, 0x008f9a00,
    0x0000ffff, 0x00cff200 };

  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_TLS, physical (bad)), 0);
  CHECK_TRAP (guarded (load_gs, 6 * 8 + 3), 13);
  CHECK_TRAP (guarded (load_gs, 7 * 8 + 3), 13);
  CHECK (!guarded (load_gs, 8 * 8 + 3), "good one", 0);
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_TLS, 0xfffffff0), -EINVAL);
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_TLS, 0xf0000000), -EINVAL);
}

RULE (stack_ring, "stack-ring-0", DIES)
{
  HYPERCALL (LHCALL_SET_STACK, LGUEST_KERNEL_DS & ~3, 0xc0200000);
}

RULE (stack_nowhere, "stack-nowhere", DIES)
{
  HYPERCALL (LHCALL_SET_STACK, LGUEST_KERNEL_DS, 0xd0000000);
  USER_RUN ("\x0f\x0b");
}

RULE (stack_switcher, "stack-switcher", DIES)
{
  HYPERCALL (LHCALL_SET_STACK, LGUEST_KERNEL_DS, -data.reserve_mem + 0x1000);
  USER_RUN ("\x0f\x0b");
}

RULE (stack_direct, "stack-direct", DIES)
{
  HYPERCALL (LHCALL_SET_STACK, LGUEST_KERNEL_DS, 0xd0000000);
  USER_RUN ("\xcd\x80");
}

RULE (stack_selector, "stack-selector", EITHER)
{
  HYPERCALL (LHCALL_SET_STACK, 0x1f9, 0xc0200000);
  USER_RUN ("\xcd\x80");
}

/* Flags that the guest hands to the Host.  */
static void
set_flags (uint32_t flags)
{
  asm volatile ("push %0; popf; int $0x1f; pushf; push $0x202; popf; pop %1"
		: : "r" (flags), "m" (read_value), "a" (LHCALL_FLUSH_ASYNC) : "memory");
}

RULE (flags, "flags", LIVES)
{
  uint32_t flags;

  for (unsigned i = 0; i < 32; i++)
    if (i != 8)			/* TF has its own */
      {
	guarded (set_flags, 1u << i | 2);
	asm volatile ("pushf; pop %0" : "=r" (flags));
	CHECK (flags & 0x200, "IF", i);
	CHECK (!(flags & 0x23000), "IOPL or VM", i);
      }
  asm volatile ("push $0x202; popf");
}

static void
single_step (uint32_t unused)
{
  (void) unused;
  asm volatile ("push $0x302; popf; nop; nop");
}

static void
step_hypercall (uint32_t unused)
{
  (void) unused;
  asm volatile ("mov %0, %%eax; push $0x302; popf; int $0x1f; nop"
		: : "i" (LHCALL_FLUSH_ASYNC) : "eax");
}

RULE (trace, "trace", LIVES)
{
  CHECK_TRAP (guarded (single_step, 0), 1);
  CHECK_TRAP (guarded (step_hypercall, 0), 1);
}

/* What the kernel's last IRET returns to is the guest's word.  */
static uint32_t iret_frame[5];

static void
iret_interrupted (uint32_t unused)
{
  (void) unused;
  data.blocked_interrupts = 0;
  data.irq_enabled = 0;
  HYPERCALL (LHCALL_SET_CLOCKEVENT, 1000);
  while (!data.irq_pending)
    HYPERCALL (LHCALL_FLUSH_ASYNC);
  /* The interrupt comes with the hypercall whose next instruction is the IRET. */
  asm volatile ("mov %0, %%esp; mov %1, %%eax; movl $0x200, (%2); jmp *%3"
		: : "r" (iret_frame), "i" (LHCALL_FLUSH_ASYNC), "b" (&data.irq_enabled),
		"d" (iret_after_hypercall) : "eax", "memory");
}

#define BAD_IRET(identifier, name, cs, ss)				\
RULE (identifier, name, EITHER)						\
{									\
  iret_frame[0] = USER_CODE;						\
  iret_frame[1] = cs;							\
  iret_frame[2] = 0x23202;						\
  iret_frame[3] = USER_STACK;						\
  iret_frame[4] = ss;							\
  guarded (iret_interrupted, 0);					\
  CHECK (trap.vector == 13, "trap", trap.vector);			\
}
BAD_IRET (iret_ring_0, "iret-ring-0", LGUEST_GDT_CS * 8, LGUEST_GDT_DS * 8)
BAD_IRET (iret_ring_0_user, "iret-ring-0-user", LGUEST_GDT_CS * 8 + 3, 0x7b)
BAD_IRET (iret_tss, "iret-tss", 16 * 8 + 3, 0x7b)
BAD_IRET (iret_null, "iret-null", 3, 3)

/* Bad arguments of hypercalls.  */
RULE (init_again, "init-again", LIVES)
{
  CHECK_ANSWER (HYPERCALL (LHCALL_LGUEST_INIT, physical (&data)), 0);
  CHECK_ANSWER (HYPERCALL (LHCALL_LGUEST_INIT, physical (&data) + 4), -EINVAL);
  CHECK_ANSWER (HYPERCALL (LHCALL_LGUEST_INIT, 0xfffff000), -EINVAL);
  CHECK_ANSWER (HYPERCALL (LHCALL_LGUEST_INIT, 0xf0000000), -EINVAL);
}

RULE (init_levels, "init-levels", DIES)
{
  data.page_levels = 5 - LEVELS;
  HYPERCALL (LHCALL_LGUEST_INIT, physical (&data));
}

RULE (init_version, "init-version", DIES)
{
  data.version++;
  HYPERCALL (LHCALL_LGUEST_INIT, physical (&data));
}

RULE (init_kernel, "init-kernel", DIES)
{
  data.kernel_address = 0xfff00000;
  HYPERCALL (LHCALL_LGUEST_INIT, physical (&data));
}

RULE (table_outside, "table-outside", DIES)
{
  HYPERCALL (LHCALL_NEW_PGTABLE, 0xfffff000);
}

RULE (table_garbage, "table-garbage", EITHER)
{
  HYPERCALL (LHCALL_NEW_PGTABLE, physical (guarded) & ~4095);
}

RULE (entry_outside, "entry-outside", EITHER)
{
  *lowest_entry (BASE + 0x300000) = 0xff000000 | P | W;
  HYPERCALL (LHCALL_FLUSH_RANGE, BASE + 0x300000, BASE + 0x301000, 4096);
  guarded (read_at, BASE + 0x300000);
}

/* A right that is taken away is gone after the flush.  */
RULE (flush, "flush", LIVES)
{
  entry *const at = lowest_entry (BASE + 0x300000);

  CHECK (!guarded (write_at, BASE + 0x300000), "write", 0);
  *at &= ~(entry) W;
  CHECK_ANSWER (HYPERCALL (LHCALL_FLUSH_RANGE, BASE + 0x300000, BASE + 0x301000, 4096), 0);
  CHECK_TRAP (guarded (write_at, BASE + 0x300000), 14);
  CHECK (trap.error == 3, "error code", trap.error);
  CHECK (!guarded (read_at, BASE + 0x300000), "read", 0);
  *at = 0;
  CHECK_ANSWER (HYPERCALL (LHCALL_SET_PTE, physical (top_table), BASE + 0x300000, 0, 0), 0);
  CHECK_TRAP (guarded (read_at, BASE + 0x300000), 14);
  *at = 0x300000 | P | W;
  CHECK (!guarded (write_at, BASE + 0x300000), "again", 0);
  CHECK (*at & D, "dirty", *at);
  user_lowest[0] &= ~(entry) U;
  CHECK_ANSWER (HYPERCALL (LHCALL_FLUSH_RANGE, USER_CODE, USER_CODE + 4096, 4096), 0);
  USER_RUN ("\xcc");
  CHECK (trap.vector == 14 && trap_cr2 == USER_CODE && (trap.error & ~16u) == 5,
	 "user bit", trap.error);
}

/* The ring.  */
static unsigned ring_next;

static void
ring_put (uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
  CHECK (data.hcall_status[ring_next] == LGUEST_RING_FREE, "full at", ring_next);
  data.hcalls[ring_next] = (struct lguest_hcall) { number, { a, b, c } };
  asm volatile ("" : : : "memory");
  data.hcall_status[ring_next] = LGUEST_RING_READY;
  ring_next = (ring_next + 1) % LGUEST_RING_SIZE;
}

RULE (ring, "ring", LIVES)
{
  entry *const at = lowest_entry (BASE + 0x300000);

  for (unsigned round = 0; round < 5; round++)
    {
      CHECK (!guarded (read_at, BASE + 0x300000), "read", round);
      *at = 0;
      for (unsigned i = 0; i < 63; i++)
	ring_put (LHCALL_FLUSH_ASYNC, 0, 0, 0);
      ring_put (LHCALL_FLUSH_RANGE, BASE + 0x300000, BASE + 0x301000, 4096);
      CHECK_ANSWER (HYPERCALL (LHCALL_FLUSH_ASYNC), 0);
      for (unsigned i = 0; i < LGUEST_RING_SIZE; i++)
	CHECK (data.hcall_status[i] == LGUEST_RING_FREE, "not done", i);
      CHECK_TRAP (guarded (read_at, BASE + 0x300000), 14);
      *at = 0x300000 | P | W;
    }
}

RULE (ring_garbage, "ring-garbage", LIVES)
{
  ring_put (0xffffffff, 1, 2, 3);
  ring_put (LHCALL_LOAD_TLS, 0xffffffff, 0, 0);
  ring_put (LHCALL_FLUSH_RANGE, 0xffffffff, 0, 0);
  for (unsigned i = 0; i < LGUEST_RING_SIZE; i++)
    data.hcall_status[i] = 0x55;
  CHECK_ANSWER (HYPERCALL (LHCALL_FLUSH_ASYNC), 0);
}

RULE (ring_halt, "ring-halt", DIES)
{
  ring_put (LHCALL_HALT, 0, 0, 0);
  HYPERCALL (LHCALL_FLUSH_ASYNC);
}

RULE (ring_shutdown, "ring-shutdown", DIES)
{
  ring_put (LHCALL_SHUTDOWN, 1, 0, 0);
  HYPERCALL (LHCALL_FLUSH_ASYNC);
}

/* Time.  */
RULE (timer, "timer", LIVES)
{
  uint64_t seconds = data.time.seconds;

  CHECK (seconds > 1000000000, "time", seconds);
  data.blocked_interrupts = 0;
  for (unsigned i = 1; i <= 20; i++)
    {
      /* Not before the halt, which turns interrupts on.  */
      data.irq_enabled = 0;
      CHECK_ANSWER (HYPERCALL (LHCALL_SET_CLOCKEVENT, 100000), 0);
      HYPERCALL (LHCALL_HALT);
      CHECK (interrupts == i, "interrupts", interrupts);
    }
  /* While the kernel runs, and while its user does.  */
  data.irq_enabled = 0;
  HYPERCALL (LHCALL_SET_CLOCKEVENT, 100000);
  while (!data.irq_pending)
    ;
  CHECK (interrupts == 20, "too early", interrupts);
  interrupts_on ();
  CHECK (interrupts == 21, "not delivered", interrupts);
  data.irq_enabled = LGUEST_IRQ_ENABLED;
  HYPERCALL (LHCALL_SET_CLOCKEVENT, 100000);
  while (*(volatile unsigned *) &interrupts < 22)
    ;
  HYPERCALL (LHCALL_SET_CLOCKEVENT, 3000000);
  USER_RUN ("\xb9\x00\x00\x00\x08\xe2\xfe\xcd\x80");	/* loop a while */
  CHECK (trap.vector == TRAP_SYSCALL, "trap", trap.vector);
  CHECK (interrupts == 23, "user not interrupted", interrupts);
}

/* A storm of interrupts while the kernel goes to its user and back.  */
RULE (storm, "storm", LIVES)
{
  data.blocked_interrupts = 0;
  for (unsigned i = 0; i < 3000; i++)
    {
      HYPERCALL (LHCALL_SET_CLOCKEVENT, 2000 + i % 64 * 500);
      USER_RUN ("\xcd\x80");
      CHECK (trap.vector == TRAP_SYSCALL, "trap", trap.vector);
      data.irq_enabled = LGUEST_IRQ_ENABLED;
    }
  CHECK (interrupts > 10, "interrupts", interrupts);
}

RULE (spin, "spin", HANGS)
{
  for (;;)
    asm volatile ("pause");
}

RULE (halt, "halt-for-ever", HANGS)
{
  data.blocked_interrupts = ~0ull;
  for (;;)
    HYPERCALL (LHCALL_HALT);
}
