/* segments.c - segments, their limits, and the ways between rings.

   SPDX-License-Identifier: GPL-2.0-or-later

   Rules whose names begin with `exact-' want a processor that is one: QEMU's TCG
   looks at no segment's limit, does not know ICEBP, and lets an IRET at ring 1
   set VM.  */

#include "guest.h"

/* A descriptor that nobody else uses, for ring 1.  */
#define MINE 28
#define MINE_2 29
#define SELECTOR(index, ring) ((index) * 8 + (ring))

#define DATA(ring) (0x93 | (ring) << 5)
#define DATA_DOWN(ring) (0x97 | (ring) << 5)
#define DATA_READ(ring) (0x91 | (ring) << 5)
#define CODE(ring) (0x9b | (ring) << 5)
#define CODE_ONLY(ring) (0x99 | (ring) << 5)
#define CODE_CONFORMING(ring) (0x9f | (ring) << 5)

#define EIP_HIGH 0x00400000u	/* the descriptor's D: 32 bits */
#define BY_PAGES 0x00800000u	/* its G */

static uint8_t memory[3][4096] __attribute__ ((aligned (4096)));

/* LIMIT is the last byte; beyond a megabyte it ends with a page.  */
static void
describe (uint32_t words[2], uint32_t base, uint32_t limit, uint32_t access)
{
  uint32_t flags = EIP_HIGH;

  if (limit > 0xfffff)
    {
      limit >>= 12;
      flags |= BY_PAGES;
    }
  words[0] = base << 16 | (limit & 0xffff);
  words[1] = (base & 0xff000000) | flags | (limit & 0xf0000) | access << 8
	     | (base >> 16 & 0xff);
}

static void
segment (unsigned index, uint32_t base, uint32_t limit, uint32_t access)
{
  uint32_t words[2];

  describe (words, base, limit, access);
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_GDT_ENTRY, index, words[0], words[1]), 0);
}

static void
load_gs (uint32_t selector)
{
  asm volatile ("mov %0, %%gs" : : "r" (selector));
}

static void
load_ss (uint32_t selector)
{
  asm volatile ("mov %0, %%ss" : : "r" (selector));
}

static void
gs_byte (uint32_t at)
{
  asm volatile ("movb %%gs:(%0), %%al" : : "r" (at) : "eax");
}

static void
gs_word (uint32_t at)
{
  asm volatile ("movl %%gs:(%0), %%eax" : : "r" (at) : "eax");
}

static void
gs_write (uint32_t at)
{
  asm volatile ("movb $1, %%gs:(%0)" : : "r" (at) : "memory");
}

static void
gs_write_word (uint32_t at)
{
  asm volatile ("movl $1, %%gs:(%0)" : : "r" (at) : "memory");
}

static void
ss_word (uint32_t at)
{
  asm volatile ("movl %%ss:(%0), %%eax" : : "r" (at) : "eax");
}

#define REFUSED(body, argument)						\
  do									\
    {									\
      CHECK (guarded (body, argument), #body ": no trap", argument);	\
      CHECK (trap.vector == 13 && trap.error == 0, #body ": trap",	\
	     trap.vector << 16 | trap.error);				\
    }									\
  while (0)
#define ALLOWED(body, argument)						\
  CHECK (!guarded (body, argument), #body ": trap", trap.vector << 16 | trap.error)

/* The last byte is the segment's, and the one behind it is not.  */
RULE (limit_data, "exact-limit-data", LIVES)
{
  segment (MINE, (uint32_t) memory[0], 0xfff, DATA (1));
  ALLOWED (load_gs, SELECTOR (MINE, 1));
  ALLOWED (gs_byte, 0);
  ALLOWED (gs_byte, 0xfff);
  ALLOWED (gs_word, 0xffc);
  ALLOWED (gs_write_word, 0xffc);
  REFUSED (gs_byte, 0x1000);
  REFUSED (gs_word, 0xffd);
  REFUSED (gs_write, 0x1000);
  REFUSED (gs_write_word, 0xffd);
  REFUSED (gs_word, 0xfffffffd);
  REFUSED (gs_byte, 0xffffffff);
  CHECK (memory[1][0] == 0 && memory[0][0xffd] == 0, "written", memory[1][0]);
  segment (MINE, (uint32_t) memory[0], 0, DATA (1));
  ALLOWED (gs_byte, 0);
  REFUSED (gs_byte, 1);
}

/* Segments that expand down begin behind their limit.  */
RULE (limit_down, "exact-limit-down", LIVES)
{
  segment (MINE, (uint32_t) memory[1], 0xfff, DATA_DOWN (1));
  ALLOWED (load_gs, SELECTOR (MINE, 1));
  ALLOWED (gs_byte, 0x1000);
  ALLOWED (gs_byte, 0xffffffff);
  ALLOWED (gs_write, 0xfffffffe);
  REFUSED (gs_byte, 0xfff);
  REFUSED (gs_word, 0xffd);
  REFUSED (gs_write, 0);
  segment (MINE, 0, 0xffffffff, DATA_DOWN (1));
  REFUSED (gs_byte, 0xffffffff);
  REFUSED (gs_byte, (uint32_t) memory[0]);
}

RULE (limit_kinds, "exact-limit-kinds", LIVES)
{
  segment (MINE, (uint32_t) memory[0], 0xfff, DATA_READ (1));
  ALLOWED (load_gs, SELECTOR (MINE, 1));
  ALLOWED (gs_byte, 0xfff);
  REFUSED (gs_write, 0);
  segment (MINE, (uint32_t) memory[0], 0xfff, CODE (1));
  ALLOWED (gs_byte, 0xfff);
  REFUSED (gs_write, 0);
  /* Code that cannot be read cannot stay in a segment register.  */
  segment (MINE, (uint32_t) memory[0], 0xfff, CODE_ONLY (1));
  REFUSED (gs_byte, 0);
  CHECK_TRAP (guarded (load_gs, SELECTOR (MINE, 1)), 13);
  CHECK (trap.error == SELECTOR (MINE, 0), "error code", trap.error);
}

/* A descriptor that changes while it is loaded counts at once.  */
RULE (limit_changes, "exact-limit-changes", LIVES)
{
  segment (MINE, (uint32_t) memory[0], 0xffffffff, DATA (1));
  ALLOWED (load_gs, SELECTOR (MINE, 1));
  ALLOWED (gs_byte, 0x1fff);
  segment (MINE, (uint32_t) memory[0], 0x1ffe, DATA (1));
  REFUSED (gs_byte, 0x1fff);
  segment (MINE, (uint32_t) memory[0], 0x1fff, DATA (1));
  ALLOWED (gs_byte, 0x1fff);
}

RULE (limit_stack, "exact-limit-stack", LIVES)
{
  /* Our own stacks are below.  */
  segment (MINE, 0, BASE + 0x1fffff, DATA (1));
  ALLOWED (load_ss, SELECTOR (MINE, 1));
  ALLOWED (ss_word, BASE + 0x1ffffc);
  CHECK_TRAP (guarded (ss_word, BASE + 0x1ffffd), 12);
  CHECK (trap.error == 0, "error code", trap.error);
  CHECK_TRAP (guarded (ss_word, BASE + 0x200000), 12);
  load_ss (LGUEST_KERNEL_DS);
}

/* The user's, by the table of its threads: what `set_thread_area' gives.  */
RULE (limit_tls, "exact-limit-tls", LIVES)
{
  static uint32_t table[3][2] __attribute__ ((aligned (32)));
  /* mov $0x33, %eax; mov %eax, %gs; mov %gs:.., %eax; ud2 */
  static uint8_t code[] = "\xb8\x33\0\0\0\x8e\xe8\x65\xa1\0\0\0\0\x0f\x0b";

  describe (table[0], USER_CODE, 0x13, DATA (3));
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_TLS, physical (table)), 0);
  code[9] = 0x10;
  USER_RUN (code);
  CHECK (trap.vector == 6, "last word: trap", trap.vector);
  code[9] = 0x11;
  USER_RUN (code);
  CHECK (trap.vector == 13 && trap.error == 0, "behind: trap", trap.vector);
  CHECK (trap.cs == 0x73 && trap.eip == USER_CODE + 7, "eip", trap.eip);
  describe (table[0], USER_CODE, 0x14, DATA (3));
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_TLS, physical (table)), 0);
  USER_RUN (code);
  CHECK (trap.vector == 6, "a byte more: trap", trap.vector);
}

/* Code up to its segment's last byte.  */
static void
run_code (uint32_t at)
{
  const struct { uint32_t eip; uint16_t cs; } __attribute__ ((packed)) there =
    { at, SELECTOR (MINE, 1) };

  asm volatile ("ljmp *%0" : : "m" (there), "a" (LHCALL_FLUSH_ASYNC) : "memory");
}

RULE (limit_code, "exact-limit-code", LIVES)
{
  static const uint8_t nops[4096] = { [0 ... 4095] = 0x90 };

  for (uint32_t limit = 0x7f0; limit < 0x800; limit++)
    {
      segment (MINE, (uint32_t) nops, limit, CODE (1));
      CHECK (guarded (run_code, 0x700), "no trap", limit);
      CHECK (trap.vector == 13 && trap.error == 0, "trap", trap.vector);
      CHECK (trap.eip == limit + 1, "eip", trap.eip);
      CHECK (trap.cs == SELECTOR (MINE, 1), "cs", trap.cs);
    }
  /* To a place behind it.  */
  CHECK (guarded (run_code, 0x800), "no trap", 0x800);
  CHECK (trap.vector == 13 && trap.cs == LGUEST_KERNEL_CS, "trap", trap.vector);
}

/* An answer comes to where no code may be: no processor goes back there.  */
RULE (limit_hypercall, "exact-limit-hypercall", DIES)
{
  static const uint8_t code[] = { 0xcd, LGUEST_TRAP_ENTRY_32, 0xc3 };

  segment (MINE, (uint32_t) code, 1, CODE (1));
  guarded (run_code, 0);
}

/* The stack for the user's traps is outside of its segment.  */
RULE (limit_kernel_stack, "exact-limit-kernel-stack", DIES)
{
  segment (MINE, 0, BASE + 0x1fffff, DATA (1));
  CHECK_ANSWER (HYPERCALL (LHCALL_SET_STACK, SELECTOR (MINE, 1), BASE + 0x300000), 0);
  USER_RUN ("\xcd\x80");
}

/* Inside of it, it is a stack like any other.  */
RULE (limit_kernel_stack_good, "exact-limit-kernel-stack-good", LIVES)
{
  segment (MINE, 0, BASE + 0x1fffff, DATA (1));
  CHECK_ANSWER (HYPERCALL (LHCALL_SET_STACK, SELECTOR (MINE, 1), BASE + 0x200000), 0);
  USER_RUN ("\xcd\x80");
  CHECK (trap.vector == TRAP_SYSCALL, "trap", trap.vector);
  USER_RUN ("\xf4");
  CHECK (trap.vector == 13, "trap", trap.vector);
}

/* It ends there while the kernel stands on it.  */
RULE (limit_stack_ends, "exact-limit-stack-ends", DIES)
{
  segment (MINE, 0, 0xffffffff, DATA (1));
  load_ss (SELECTOR (MINE, 1));
  segment (MINE, 0, 0xfff, DATA (1));
  asm volatile ("push %eax");
}

/* Segments that end, or begin, in the Switcher's pages give no more than flat ones.  */
RULE (segment_switcher, "segment-switcher", LIVES)
{
  uint32_t start = -data.reserve_mem, readable = 0, writable = 0;
  static uint32_t table[3][2] __attribute__ ((aligned (32)));
  static uint8_t code[] = "\xb8\x33\0\0\0\x8e\xe8\x65\xa1\0\0\0\0\x0f\x0b";

  segment (MINE, start, 0xffffffff, DATA (1));
  ALLOWED (load_gs, SELECTOR (MINE, 1));
  describe (table[0], start, 0xffffffff, DATA (3));
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_TLS, physical (table)), 0);
  for (uint32_t at = 0; at < data.reserve_mem; at += 4096)
    {
      if (!guarded (gs_word, at))
	readable++;
      else
	CHECK (trap.vector == 14 && trap_cr2 == start + at, "read: trap", trap.vector);
      ALLOWED (load_gs, SELECTOR (MINE, 1));
      if (!guarded (gs_write, at))
	writable++;
      else
	CHECK (trap.vector == 14 && trap_cr2 == start + at, "write: trap", trap.vector);
      for (unsigned i = 0; i < 4; i++)
	code[9 + i] = at >> 8 * i;
      USER_RUN (code);
      CHECK (trap.vector == 14 && trap_cr2 == start + at, "user: trap", trap.vector);
      CHECK (trap.error == 5, "user: error code", trap.error);
      ALLOWED (load_gs, SELECTOR (MINE, 1));
    }
  CHECK (readable == 3, "readable", readable);
  CHECK (writable == 1, "writable", writable);
}

/* The Switcher's stubs, run at ring 1: they get nowhere.  */
static void
call_it (uint32_t at)
{
  asm volatile ("push $0; push $0; push $0; push $3; push $0; call *%0"
		: : "r" (at) : "memory", "eax", "ecx", "edx");
}

RULE (switcher_execute, "switcher-execute", LIVES)
{
  uint32_t text = -data.reserve_mem;

  while (guarded (read_at, text))
    text += 4096;
  for (unsigned vector = 0; vector < 256; vector++)
    if (vector != 1)	/* That is an IRET to us.  */
      {
	CHECK (guarded (call_it, text + 8 * vector), "not refused", vector);
	CHECK (trap.vector == 13, "trap", trap.vector);
	CHECK (trap.eip >= text && trap.eip < text + 4096, "eip", trap.eip);
      }
}

/* Far jumps, calls and returns.  */
static struct { uint32_t eip; uint16_t cs; } __attribute__ ((packed)) far_pointer;

static void
far_to (uint32_t how)
{
  switch (how)
    {
    case 0: asm volatile ("ljmp *%0" : : "m" (far_pointer)); break;
    case 1: asm volatile ("lcall *%0" : : "m" (far_pointer)); break;
    case 2: asm volatile ("pushl %1; pushl %0; lret"
			  : : "r" (far_pointer.eip), "r" ((uint32_t) far_pointer.cs));
      break;
    case 3: asm volatile ("push $0x202; pushl %1; pushl %0; iret"
			  : : "r" (far_pointer.eip), "r" ((uint32_t) far_pointer.cs));
      break;
    }
}

static void
returned (void)
{
  fail ("got there", far_pointer.cs);
}

RULE (far_jumps, "far", LIVES)
{
  static const uint16_t bad[] = {
    SELECTOR (LGUEST_GDT_CS, 0), SELECTOR (LGUEST_GDT_CS, 1), SELECTOR (LGUEST_GDT_CS, 2),
    SELECTOR (LGUEST_GDT_DS, 0), SELECTOR (LGUEST_GDT_DS, 1), SELECTOR (16, 0),
    SELECTOR (16, 1), 0, 1, 7, 0x67, SELECTOR (31, 1), SELECTOR (32, 1), 0xfff9,
    LGUEST_KERNEL_DS, LGUEST_KERNEL_CS & ~3,
  };

  far_pointer.eip = (uint32_t) returned;
  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
    for (unsigned how = 0; how < 4; how++)
      {
	/* Far jumps do not look at RPL 0: that is ring 1, where we are.  */
	if (bad[i] == (LGUEST_KERNEL_CS & ~3) && how < 2)
	  continue;
	far_pointer.cs = bad[i];
	CHECK (guarded (far_to, how), "not refused", how << 16 | bad[i]);
	CHECK (trap.vector == 13 || (trap.vector == 11 && bad[i] == SELECTOR (31, 1)),
	       "trap", trap.vector << 16 | bad[i]);
	CHECK ((trap.cs & 3) == 1, "ring", trap.cs);
      }
}

/* Stacks.  */
RULE (stacks, "stacks", LIVES)
{
  static const uint16_t bad[] = {
    SELECTOR (LGUEST_GDT_DS, 0), SELECTOR (LGUEST_GDT_DS, 1), LGUEST_KERNEL_DS & ~3,
    LGUEST_KERNEL_DS | 3, 0x7b, 0x79, 0, 1, LGUEST_KERNEL_CS, SELECTOR (16, 1), 7,
    SELECTOR (32, 1), SELECTOR (MINE, 1)
  };

  segment (MINE, 0, 0xffffffff, DATA_READ (1));
  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      CHECK (guarded (load_ss, bad[i]), "not refused", bad[i]);
      CHECK (trap.vector == 13, "trap", trap.vector << 16 | bad[i]);
    }
}

/* To the user, with a stack that is none.  */
static void
to_user (uint32_t ss)
{
  asm volatile ("pushl %0; pushl %1; pushl $0x202; pushl $0x73; pushl %2; iret"
		: : "r" (ss), "i" (USER_STACK), "i" (USER_CODE));
}

RULE (iret_stacks, "iret-stacks", LIVES)
{
  static const uint16_t bad[] = {
    SELECTOR (LGUEST_GDT_DS, 0), SELECTOR (LGUEST_GDT_DS, 3), LGUEST_KERNEL_DS,
    LGUEST_KERNEL_DS | 3, 0x73, 0x79, 0, 3, SELECTOR (16, 3), 7, SELECTOR (32, 3)
  };

  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      CHECK (guarded (to_user, bad[i]), "not refused", bad[i]);
      CHECK (trap.vector == 13, "trap", trap.vector << 16 | bad[i]);
      CHECK ((trap.cs & 3) == 1, "ring", trap.cs);
    }
}

/* The kernel's segments go away under it: nobody can go back to it.  */
RULE (gone_code, "gone-code", DIES)
{
  HYPERCALL (LHCALL_LOAD_GDT_ENTRY, LGUEST_KERNEL_CS >> 3, 0, 0);
}

RULE (gone_stack, "gone-stack", DIES)
{
  HYPERCALL (LHCALL_LOAD_GDT_ENTRY, LGUEST_KERNEL_DS >> 3, 0, 0);
}

RULE (gone_ring, "gone-ring", DIES)
{
  segment (LGUEST_KERNEL_CS >> 3, 0, 0xffffffff, CODE (3));
}

/* The stack for the user's traps is of another kind.  */
static void
user_stack (uint32_t access, unsigned ring)
{
  segment (MINE, 0, 0xffffffff, access);
  HYPERCALL (LHCALL_SET_STACK, SELECTOR (MINE, ring), BASE + 0x200000);
  USER_RUN ("\xcd\x80");
}

RULE (stack_code, "stack-code", DIES) { user_stack (CODE (1), 1); }
RULE (stack_read, "stack-read-only", DIES) { user_stack (DATA_READ (1), 1); }
RULE (stack_user, "stack-user", DIES) { user_stack (DATA (3), 1); }
RULE (stack_tss, "stack-tss", DIES)
{
  HYPERCALL (LHCALL_SET_STACK, SELECTOR (16, 1), BASE + 0x200000);
  USER_RUN ("\xcd\x80");
}

/* There is a ring 2, but not for guests: they get nothing by it.  */
RULE (ring_2, "ring-2", EITHER)
{
  static const uint8_t code[] = { 0xcd, LGUEST_TRAP_ENTRY_32, 0x0f, 0x0b };

  segment (MINE, 0, 0xffffffff, CODE (2));
  segment (MINE_2, 0, 0xffffffff, DATA (2));
  asm volatile ("pushl %0; pushl %1; pushl $0x202; pushl %2; pushl %3; iret"
		: : "i" (SELECTOR (MINE_2, 2)), "i" (BASE + 0x200000),
		"i" (SELECTOR (MINE, 2)), "r" (code));
}

/* IRET with NT is a return to another task, which there is not.  */
static void
nested (uint32_t unused)
{
  (void) unused;
  asm volatile ("pushl $0x4202; popf; pushl $0x202; push %cs; pushl $1f; iret; 1:");
}

RULE (nested_task, "nested-task", LIVES)
{
  CHECK_TRAP (guarded (nested, 0), 10);
  CHECK (trap.error == 0, "error code", trap.error);
}

/* Flags that IRET and POPF leave alone at ring 1, and at ring 3.  */
static uint32_t flags_seen;

static void
iret_flags (uint32_t flags)
{
  asm volatile ("pushl %1; push %%cs; pushl $1f; iret; 1: pushf; popl %0; pushl $0x202; popf"
		: "=r" (flags_seen) : "r" (flags) : "memory");
}

static void
pop_flags (uint32_t flags)
{
  asm volatile ("pushl %1; popf; pushf; popl %0; pushl $0x202; popf"
		: "=r" (flags_seen) : "r" (flags) : "memory");
}

RULE (iret_flags, "exact-iret-flags", LIVES)
{
  static void (*const how[]) (uint32_t) = { iret_flags, pop_flags };

  for (unsigned i = 0; i < 2; i++)
    for (unsigned bit = 0; bit < 32; bit++)
      if (bit != 8)	/* TF stops us.  */
	{
	  flags_seen = 0;
	  guarded (how[i], 1u << bit | 2);
	  asm volatile ("pushl $0x202; popf");
	  CHECK (flags_seen & 0x200, "IF after bit", bit);
	  CHECK (!(flags_seen & 0x1a3000), "IOPL, VM, VIF or VIP after bit", bit);
	}
  /* Nor by the user: push $0x3000, popf, cli. */
  USER_RUN ("\x68\x02\x30\x00\x00\x9d\xfa");
  CHECK (trap.vector == 13 && trap.eip == USER_CODE + 6, "user: trap", trap.vector);
  CHECK (!(trap.eflags & 0x3000), "user: eflags", trap.eflags);
}

/* A single step that the load of SS puts off until after INT.  */
static void
step_stack (uint32_t unused)
{
  (void) unused;
  asm volatile ("mov %%ss, %%ecx; push $0x302; popf; mov %%ecx, %%ss; int $0x1f; nop; nop"
		: : "a" (LHCALL_FLUSH_ASYNC) : "ecx", "memory");
}

RULE (step_stack, "step-stack", LIVES)
{
  for (unsigned i = 0; i < 100; i++)
    {
      CHECK_TRAP (guarded (step_stack, 0), 1);
      /* mov %ss, %ecx; push $0x302; popf; mov %ecx, %ss; int $0x80 */
      USER_RUN ("\x8c\xd1\x68\x02\x03\0\0\x9d\x8e\xd1\xcd\x80\x0f\x0b");
      CHECK (trap.vector == 1 || trap.vector == TRAP_SYSCALL, "user: trap", trap.vector);
      CHECK ((trap.cs & 3) == 3, "user: cs", trap.cs);
    }
}

static void
icebp (uint32_t unused)
{
  (void) unused;
  asm volatile (".byte 0xf1");
}

RULE (icebp, "exact-icebp", LIVES)
{
  CHECK_TRAP (guarded (icebp, 0), 1);
  USER_RUN ("\xf1\x0f\x0b");
  CHECK (trap.vector == 1 && trap.eip == USER_CODE + 1, "user: trap", trap.vector);
}

/* INT n where the guest has a gate for everybody.  What comes from outside, or with
   an error code, or is the Host's own to hear of (NMI, machine check), does not
   come by INT.  */
static void
interrupt (uint32_t vector)
{
  static uint8_t code[] = { 0xcd, 0, 0xc3 };

  code[1] = vector;
  asm volatile ("call *%0" : : "r" (code) : "memory");
}

static int
is_software (unsigned vector)
{
  switch (vector)
    {
    case 2: case 8: case 10 ... 14: case 17: case 18: case 21:
      return 0;
    }
  return vector < 32 || vector == LGUEST_SYSCALL_VECTOR;
}

RULE (software_interrupts, "software-interrupts", LIVES)
{
  uint8_t code[] = "\xcd\0\x0f\x0b";

  for (unsigned i = 0; i < 256; i++)
    set_gate (i, 14, 3);
  for (unsigned i = 0; i < 256; i++)
    {
      const int allowed = is_software (i);
      const unsigned want = allowed ? i : 13;

      if (i == LGUEST_TRAP_ENTRY_32)
	continue;
      CHECK (guarded (interrupt, i), "no trap", i);
      CHECK (trap.vector == want, "trap", trap.vector << 16 | i);
      CHECK (allowed || trap.error == i * 8 + 2, "error code", trap.error);
      code[1] = i;
      USER_RUN (code);
      CHECK (trap.vector == want, "user: trap", trap.vector << 16 | i);
      CHECK (allowed || trap.error == i * 8 + 2, "user: error code", trap.error);
      CHECK (trap.cs == 0x73 && trap.ss == 0x7b && trap.esp == USER_STACK,
	     "user: frame", trap.cs);
      CHECK (trap.eip == USER_CODE + (allowed ? 2 : 0), "user: eip", trap.eip);
    }
}

/* No port is the user's: 66 ba: mov $port, %dx; ec: in %dx, %al; ee: out.  */
RULE (ports, "ports", LIVES)
{
  uint8_t code[] = "\x66\xba\0\0\xec\x0f\x0b";

  for (uint32_t port = 0; port < 0x10000; port += port < 0x400 ? 7 : 0xfff)
    for (unsigned i = 0; i < 4; i++)
      {
	static const uint8_t how[] = { 0xec, 0xed, 0xee, 0xef };

	code[2] = port;
	code[3] = port >> 8;
	code[4] = how[i];
	USER_RUN (code);
	CHECK (trap.vector == 13 && trap.error == 0, "trap", trap.vector << 16 | port);
	CHECK (trap.eip == USER_CODE + 4, "eip", trap.eip);
      }
}

/* What its user may, the kernel may: SMAP does not know of a ring 1.  */
RULE (user_pages, "user-pages", LIVES)
{
  CHECK (!guarded (read_at, USER_CODE), "read: trap", trap.vector);
  CHECK (!guarded (write_at, USER_CODE + 0x1000), "write: trap", trap.vector);
  USER_RUN ("\xa1\xf8\x1f\x00\x40\x0f\x0b");	/* mov 0x40001ff8, %eax */
  CHECK (trap.vector == 6, "user: trap", trap.vector);
}

/* SYSCALL, SYSEXIT and others that know rings 0 and 3 only.  */
static void
other_ways (uint32_t which)
{
  switch (which)
    {
    case 0: asm volatile ("sysexit"); break;
    case 1: asm volatile (".byte 0x0f, 0x05"); break;	/* syscall */
    case 2: asm volatile (".byte 0x0f, 0x07"); break;	/* sysret */
    case 3: asm volatile (".byte 0x0f, 0xaa"); break;	/* rsm */
    case 4: asm volatile (".byte 0x0f, 0x01, 0xca"); break;	/* clac */
    case 5: asm volatile (".byte 0x0f, 0x01, 0xd1" : : "a" (1), "d" (0), "c" (0)); break;
    case 6: asm volatile ("xorl %%ecx, %%ecx; rdpmc" : : : "eax", "ecx", "edx"); break;
    case 7: asm volatile (".byte 0x0f, 0x01, 0xc8" : : "a" (&data), "c" (0), "d" (0)); break;
    case 8: asm volatile ("mov %%cr4, %%eax" : : : "eax"); break;
    case 9: asm volatile ("lmsw %%ax" : : "a" (0)); break;
    case 10: asm volatile ("invd"); break;
    }
}

RULE (other_ways, "other-ways", LIVES)
{
  for (unsigned i = 0; i < 11; i++)
    {
      CHECK (guarded (other_ways, i), "not refused", i);
      CHECK (trap.vector == 13 || trap.vector == 6, "trap", trap.vector << 16 | i);
    }
  USER_RUN ("\x0f\x35");
  CHECK (trap.vector == 13, "user: sysexit: trap", trap.vector);
  USER_RUN ("\x0f\x05");
  CHECK (trap.vector == 13 || trap.vector == 6, "user: syscall: trap", trap.vector);
}
