/* instructions.c - instructions that are not for CPL 3, and those that are
   but should better not be, in the guest's kernel and in its user.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

struct instruction
{
  const char *name;
  const char *bytes;
  int length;
  int vector;			/* -1: any event, or none */
  int offset;			/* of RIP */
};

#define BYTES(s) s, sizeof s - 1

static const struct instruction instructions[] = {
  { "cli", BYTES ("\xfa"), 13, 0 },
  { "sti", BYTES ("\xfb"), 13, 0 },
  { "hlt", BYTES ("\xf4"), 13, 0 },
  { "mov-cr0", BYTES ("\x0f\x20\xc0"), 13, 0 },
  { "mov-cr3", BYTES ("\x0f\x22\xd8"), 13, 0 },
  { "mov-cr4", BYTES ("\x0f\x22\xe0"), 13, 0 },
  { "mov-cr8", BYTES ("\x44\x0f\x22\xc0"), 13, 0 },
  { "mov-dr7", BYTES ("\x0f\x23\xf8"), 13, 0 },
  { "rdmsr", BYTES ("\xb9\x82\0\0\xc0\x0f\x32"), 13, 5 },
  { "wrmsr-lstar", BYTES ("\xb9\x82\0\0\xc0\x31\xc0\x31\xd2\x0f\x30"), 13,
    9 },
  { "wrmsr-gs", BYTES ("\xb9\x01\x01\0\xc0\x31\xc0\x31\xd2\x0f\x30"), 13, 9 },
  { "lgdt", BYTES ("\x0f\x01\x14\x24"), 13, 0 },
  { "lidt", BYTES ("\x0f\x01\x1c\x24"), 13, 0 },
  { "lldt", BYTES ("\x31\xc0\x0f\x00\xd0"), 13, 2 },
  { "ltr", BYTES ("\x31\xc0\x0f\x00\xd8"), 13, 2 },
  { "lmsw", BYTES ("\x0f\x01\xf0"), 13, 0 },
  { "clts", BYTES ("\x0f\x06"), 13, 0 },
  { "invlpg", BYTES ("\x0f\x01\x3c\x24"), 13, 0 },
  { "invd", BYTES ("\x0f\x08"), 13, 0 },
  { "wbinvd", BYTES ("\x0f\x09"), 13, 0 },
  { "swapgs", BYTES ("\x0f\x01\xf8"), 13, 0 },
  { "sysretq", BYTES ("\x48\x0f\x07"), 13, 0 },
  { "mov-bad-ds", BYTES ("\xb8\xf8\xff\0\0\x8e\xd8"), 13, 5 },
  { "mov-kernel-ss", BYTES ("\xb8\x18\0\0\0\x8e\xd0"), 13, 5 },
  { "int3", BYTES ("\xcc"), 3, 1 },
  { "int-3", BYTES ("\xcd\x03"), 3, 2 },
  { "int-4", BYTES ("\xcd\x04"), 4, 2 },
  { "ud2", BYTES ("\x0f\x0b"), 6, 0 },
  { "clac", BYTES ("\x0f\x01\xca"), 6, 0 },
  { "stac", BYTES ("\x0f\x01\xcb"), 6, 0 },
  { "div-0", BYTES ("\x31\xc9\xf7\xf1"), 0, 2 },
  { "icebp", BYTES ("\xf1"), -1, 0 },
  { "sysretl", BYTES ("\x0f\x07"), -1, 0 },
  { "sysexit", BYTES ("\x0f\x35"), -1, 0 },
  { "sysexitq", BYTES ("\x48\x0f\x35"), -1, 0 },
  { "sysenter", BYTES ("\x0f\x34"), -1, 0 },
  { "rsm", BYTES ("\x0f\xaa"), -1, 0 },
  { "vmcall", BYTES ("\x0f\x01\xc1"), -1, 0 },
  { "vmmcall", BYTES ("\x0f\x01\xd9"), -1, 0 },
  { "vmrun", BYTES ("\x0f\x01\xd8"), -1, 0 },
  { "vmload", BYTES ("\x0f\x01\xda"), -1, 0 },
  { "vmsave", BYTES ("\x0f\x01\xdb"), -1, 0 },
  { "stgi", BYTES ("\x0f\x01\xdc"), -1, 0 },
  { "clgi", BYTES ("\x0f\x01\xdd"), -1, 0 },
  { "skinit", BYTES ("\x0f\x01\xde"), -1, 0 },
  { "invlpga", BYTES ("\x0f\x01\xdf"), -1, 0 },
  { "monitor", BYTES ("\x0f\x01\xc8"), -1, 0 },
  { "mwait", BYTES ("\x0f\x01\xc9"), -1, 0 },
  { "xsetbv", BYTES ("\x31\xc9\x31\xd2\xb8\x01\0\0\0\x0f\x01\xd1"), -1, 0 },
  { "rdpmc", BYTES ("\x31\xc9\x0f\x33"), -1, 0 },
  { "rdtsc", BYTES ("\x0f\x31"), -1, 0 },
  { "rdtscp", BYTES ("\x0f\x01\xf9"), -1, 0 },
  { "rdpkru", BYTES ("\x31\xc9\x0f\x01\xee"), -1, 0 },
  { "cpuid", BYTES ("\x53\x31\xc0\x0f\xa2\x5b"), -1, 0 },
  { "push-es", BYTES ("\x06"), 6, 0 },
  { "lock-nop", BYTES ("\xf0\x90"), 6, 0 },
  { "getsec", BYTES ("\x0f\x37"), -1, 0 },
  { "encls", BYTES ("\x0f\x01\xcf"), -1, 0 },
  { "pconfig", BYTES ("\x0f\x01\xc5"), -1, 0 },
  { "invpcid", BYTES ("\x66\x0f\x38\x82\x04\x24"), -1, 0 },
  { "long-nop", BYTES ("\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66"
		       "\x66\x66\x66\x90"), 13, 0 },
};
#define COUNT (sizeof instructions / sizeof *instructions)

static uint8_t code[64] __attribute__ ((aligned (64)));

static void
in_kernel (const struct instruction *in)
{
  for (size_t i = 0; i < sizeof code; i++)
    code[i] = 0xc3;
  for (int i = 0; i < in->length; i++)
    code[i] = in->bytes[i];
  guarded (jump_to, (uint64_t) code);
}

RULE (privileged_kernel, "privileged-kernel", LIVES)
{
  for (size_t i = 0; i < COUNT; i++)
    {
      const struct instruction *in = &instructions[i];

      if (in->vector < 0)
	continue;
      trap.vector = 0xfff;
      in_kernel (in);
      CHECK (trap.vector == (unsigned) in->vector, in->name, trap.vector);
      CHECK (trap.rip == (uint64_t) code + in->offset, in->name, trap.rip);
      CHECK (!trap.from_user && trap.cs == 0x10, in->name, trap.cs);
      CHECK (hypercall (1000, 0, 0, 0) == -38, in->name, 0);
    }
}

RULE (privileged_user, "privileged-user", LIVES)
{
  for (size_t i = 0; i < COUNT; i++)
    {
      const struct instruction *in = &instructions[i];

      if (in->vector < 0)
	continue;
      user_code (in->bytes, in->length);
      user_reset ();
      user.iret = i % 2;
      user_run ();
      CHECK (trap.vector == (unsigned) in->vector, in->name, trap.vector);
      CHECK (trap.rip == USER_CODE + in->offset, in->name, trap.rip);
      CHECK (trap.from_user && trap.cs == 0x33, in->name, trap.cs);
    }
}

/* Those that are different on each processor: nothing must come of them.  */
RULE (odd_kernel, "odd-instructions-kernel", EITHER)
{
  for (size_t i = 0; i < COUNT; i++)
    if (instructions[i].vector < 0)
      {
	in_kernel (&instructions[i]);
	CHECK (hypercall (1000, 0, 0, 0) == -38, instructions[i].name, 0);
      }
}

RULE (odd_user, "odd-instructions-user", EITHER)
{
  for (size_t i = 0; i < COUNT; i++)
    if (instructions[i].vector < 0)
      {
	user_code (instructions[i].bytes, instructions[i].length);
	user_reset ();
	user_run ();
	CHECK (trap.from_user, instructions[i].name, trap.vector);
      }
}

/* in and out are the Launcher's for the kernel, and forbidden to users.  */
RULE (ports, "ports", LIVES)
{
  USER_BYTES ("\xe4\x70");
  user_run ();
  CHECK (trap.vector == 13 && trap.from_user, "user's in", trap.vector);
  USER_BYTES ("\xef");
  user_reset ();
  user.regs[RDX] = 0xcf8;
  user_run ();
  CHECK (trap.vector == 13 && trap.from_user, "user's out", trap.vector);
  for (uint32_t port = 0; port < 0x10000; port += 251)
    {
      uint32_t value;

      __asm__ volatile ("inl %w1, %0" : "=a" (value) : "d" (port));
      __asm__ volatile ("outl %0, %w1" : : "a" (0), "d" (port));
      __asm__ volatile ("inb %w1, %b0" : "=a" (value) : "d" (port));
      __asm__ volatile ("inw %w1, %w0" : "=a" (value) : "d" (port));
    }
}

/* The Launcher does not do these; then they are faults.  */
static void
string_in (uint64_t buffer)
{
  void *p = (void *) buffer;
  uint64_t n = 16;

  __asm__ volatile ("rep insb" : "+D" (p), "+c" (n) : "d" (0x80) : "memory");
}

static void
string_out (uint64_t buffer)
{
  void *p = (void *) buffer;
  uint64_t n = 16;

  __asm__ volatile ("rep outsb" : "+S" (p), "+c" (n) : "d" (0x80) : "memory");
}

RULE (string_ports, "string-ports", EITHER)
{
  static uint8_t buffer[64];

  if (guarded (string_in, (uint64_t) buffer))
    CHECK (trap.vector == 13, "vector", trap.vector);
  if (guarded (string_out, (uint64_t) buffer))
    CHECK (trap.vector == 13, "vector", trap.vector);
  guarded (string_in, 0x10);
  guarded (string_in, SLOT_508);
  guarded (string_out, NON_CANONICAL);
}

/* INT n, for all n, from both.  */
RULE (software_interrupts, "software-interrupts", LIVES)
{
  for (int n = 0; n < 256; n++)
    {
      uint8_t bytes[4] = { 0xcd, n, 0x0f, 0x05 };
      unsigned want = n == 3 ? 3 : n == 4 ? 4 : 13;

      if (n != LGUEST_TRAP_ENTRY)
	{
	  struct instruction in = { "int", (char *) bytes, 2, want, 0 };

	  trap.vector = 0xfff;
	  in_kernel (&in);
	  CHECK (trap.vector == want, "kernel: INT gives", n << 16
		 | trap.vector);
	  CHECK (trap.rip == (uint64_t) code + (want == 13 ? 0 : 2), "rip",
		 trap.rip);
	  hypercall (1000, 0, 0, 0);
	}
      user_code (bytes, 4);
      user_reset ();
      user_run ();
      CHECK (trap.vector == want && trap.from_user, "user: INT gives",
	     n << 16 | trap.vector);
      CHECK (trap.rip == USER_CODE + (want == 13 ? 0 : 2), "rip", trap.rip);
    }
}

/* A user cannot make hypercalls.  */
RULE (user_hypercalls, "user-hypercalls", LIVES)
{
  for (int n = 0; n < 20; n++)
    {
      USER_BYTES ("\x0f\x05");
      user_reset ();
      user.regs[RAX] = n;
      user_run ();
      CHECK (trap.vector == TRAP_SYSCALL && trap.regs[RAX] == (unsigned) n,
	     "SYSCALL", trap.vector);
      CHECK (trap.rip == USER_CODE + 2, "rip", trap.rip);
      USER_BYTES ("\xcd\x80");
      user_reset ();
      user.regs[RAX] = n;
      user_run ();
      CHECK (trap.vector == 13 && trap.from_user && trap.rip == USER_CODE,
	     "int $0x80", trap.vector);
    }
}

/* SYSENTER: the Host's entry must not be run with the Guest's tables.  */
RULE (sysenter, "sysenter", EITHER)
{
  static const struct instruction in = { "sysenter", BYTES ("\x0f\x34"), -1,
					 0 };

  for (int i = 0; i < 20; i++)
    {
      in_kernel (&in);
      CHECK (trap.vector == 13 || trap.vector == 6, "vector", trap.vector);
      hypercall (1000, 0, 0, 0);
      USER_BYTES ("\x0f\x34");
      user_reset ();
      user_run ();
      CHECK (trap.from_user && (trap.vector == 13 || trap.vector == 6),
	     "vector", trap.vector);
    }
}

/* Compatibility mode, by a far jump to 0x23: SYSCALL, SYSENTER and INT from
   there.  The user's code is below 4 GiB.  */
static void
compat (const char *bytes, size_t length)
{
  static const uint8_t enter[] = {
    0xb9, 0x2b, 0, 0, 0, 0x8e, 0xd9,	/* mov $0x2b, %ecx; mov %ecx, %ds */
    0xff, 0x2f				/* ljmp *(%rdi) */
  };
  uint8_t *page = user_pages[1];

  user_code (enter, sizeof enter);
  for (size_t i = 0; i < 256; i++)
    page[i] = 0x90;
  for (size_t i = 0; i < length; i++)
    page[i] = bytes[i];
  page[length] = 0x0f;		/* ud2 */
  page[length + 1] = 0x0b;
  *(uint32_t *) user_pages[2] = USER_CODE + 4096;
  *(uint16_t *) (user_pages[2] + 4) = 0x23;
  user_reset ();
  user.regs[RDI] = USER_CODE + 8192;
  user_run ();
}

RULE (compat_mode, "compat-mode", LIVES)
{
  int there = 0;

  compat ("\x40", 1);		/* inc %eax there */
  CHECK (trap.vector == 6 && trap.cs == 0x23
	 && trap.rip == USER_CODE + 4096 + 1, "cannot be entered",
	 trap.vector);
  CHECK (trap.regs[RAX] == 1, "rax", trap.regs[RAX]);
  compat ("\xf4", 1);
  CHECK (trap.vector == 13 && trap.cs == 0x23, "hlt", trap.vector);
  compat ("\xcd\x80", 2);
  CHECK (trap.vector == 13 && trap.cs == 0x23, "int $0x80", trap.vector);
  compat ("\xa1\x10\0\0\0", 5);
  CHECK (trap.vector == 14 && trap.cs == 0x23 && trap.cr2 == 0x10,
	 "page fault", trap.vector);
  /* Interrupts there, and back to it by iret.  They may also come before it
     is entered, when the machine is slow.  */
  for (int i = 0; i < 500 && there < 20; i++)
    {
      hypercall (LHCALL_SET_CLOCKEVENT, 200000 << (i / 10 % 6), 0, 0);
      compat ("\xeb\xfe", 2);
      CHECK (trap.vector == LGUEST_IRQ_VECTOR && trap.from_user, "interrupt",
	     trap.vector);
      if (trap.cs != 0x23)
	continue;
      there++;
      CHECK (trap.rip == USER_CODE + 4096, "rip", trap.rip);
      user.iret = 1;
      user.rip = trap.rip;
      user.cs = 0x23;
      hypercall (LHCALL_SET_CLOCKEVENT, 200000, 0, 0);
      user_run ();
      CHECK (trap.vector == LGUEST_IRQ_VECTOR && trap.cs == 0x23
	     && trap.rip == USER_CODE + 4096, "interrupt after return",
	     trap.vector);
    }
  CHECK (there == 20, "interrupts there", there);
}

RULE (compat_calls, "compat-syscalls", EITHER)
{
  for (int i = 0; i < 20; i++)
    {
      compat ("\x0f\x05", 2);
      CHECK (trap.from_user, "SYSCALL", trap.vector);
      CHECK (trap.vector == 6 || trap.vector == 13
	     || trap.vector == TRAP_SYSCALL, "SYSCALL", trap.vector);
      compat ("\x0f\x34", 2);
      CHECK (trap.from_user && (trap.vector == 6 || trap.vector == 13),
	     "SYSENTER", trap.vector);
      compat ("\xcd\x03", 2);
      CHECK (trap.vector == 3 && trap.cs == 0x23, "int $3", trap.vector);
      compat ("\xce", 1);	/* into, with OF clear */
      CHECK (trap.vector == 6, "into", trap.vector);
    }
}

/* The kernel jumps into compatibility mode itself.  */
static void
far_jump (uint64_t pointer)
{
  __asm__ volatile ("ljmp *(%0)" : : "r" (pointer) : "memory");
}

RULE (kernel_compat, "kernel-compat", LIVES)
{
  static struct { uint32_t offset; uint16_t selector; }
    __attribute__ ((packed)) pointer = { 0x401000, 0x23 };

  user_pages[1][0] = 0x0f;
  user_pages[1][1] = 0x05;
  /* Below 4 GiB is the user's half, which the kernel cannot execute.  */
  CHECK (guarded (far_jump, (uint64_t) &pointer) == 1, "no event", 0);
  CHECK (trap.vector == 14 && trap.rip == 0x401000 && !trap.from_user,
	 "vector", trap.vector);
}

static void
set_flags (uint64_t flags)
{
  __asm__ volatile ("push %0\n\tpopfq\n\tnop\n\tnop" : : "r" (flags)
		    : "cc", "memory");
}

static uint64_t
get_flags (void)
{
  uint64_t flags;

  __asm__ volatile ("pushfq\n\tpop %0" : "=r" (flags));
  return flags;
}

/* POPF at CPL 3 ignores what is not for it.  */
RULE (flags, "popf", LIVES)
{
  static const uint64_t flags[] = { 0, 0x3002, 0x202, 0x4002, 0x40002,
    0x20002, 0x10002, 0x400, 0x180002, 0x200002, 0x7ed7 & ~0x100 };

  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
    {
      uint64_t now;

      /* The flags stay while a hypercall is made and an event comes.  */
      set_flags (flags[i]);
      now = get_flags ();
      CHECK ((now & 0x3000) == 0, "IOPL", now);
      CHECK (now & 0x200, "interrupts off", now);
      __asm__ volatile ("push %0; popfq; mov $1000, %%eax; syscall; pushfq;"
			"pop %0" : "+r" (now) : : "rax", "rcx", "r11", "cc",
			"memory");
      CHECK ((now & 0x3000) == 0 && (now & 0x200), "after a hypercall", now);
      set_flags (flags[i]);
      CHECK (guarded (read_at, 0x10) == 1 && trap.vector == 14, "event",
	     trap.vector);
      set_flags (2);
    }
}

RULE (trace, "trace-flag", EITHER)
{
  for (int i = 0; i < 20; i++)
    {
      CHECK (guarded (set_flags, 0x102) == 1 && trap.vector == 1, "no #DB",
	     trap.vector);
      CHECK (!trap.from_user, "from user", 0);
      hypercall (1000, 0, 0, 0);
    }
}

static void
trace_hypercall (uint64_t unused)
{
  (void) unused;
  __asm__ volatile ("mov $1000, %%eax; push $0x102; popfq; syscall; nop; nop"
		    : : : "rax", "rcx", "r11", "cc", "memory");
}

RULE (trace_call, "trace-flag-hypercall", EITHER)
{
  for (int i = 0; i < 20; i++)
    {
      CHECK (guarded (trace_hypercall, 0) == 0 || trap.vector == 1, "vector",
	     trap.vector);
      set_flags (2);
      hypercall (1000, 0, 0, 0);
    }
}

/* A breakpoint that MOV SS holds back until SYSCALL (CVE-2018-8897).  */
static volatile uint16_t stack_selector = 0x2b;

static void
mov_ss_syscall (uint64_t unused)
{
  (void) unused;
  __asm__ volatile ("mov $1000, %%eax; mov %0, %%ss; syscall"
		    : : "m" (stack_selector) : "rax", "rcx", "r11", "memory");
}

static void
mov_ss_int3 (uint64_t unused)
{
  (void) unused;
  __asm__ volatile ("mov %0, %%ss; int3" : : "m" (stack_selector)
		    : "memory");
}

static void
mov_ss_int80 (uint64_t unused)
{
  (void) unused;
  __asm__ volatile ("mov $1000, %%eax; mov %0, %%ss; int $0x80"
		    : : "m" (stack_selector) : "rax", "rcx", "r11", "memory");
}

RULE (mov_ss, "mov-ss-breakpoint", EITHER)
{
  hypercall (LHCALL_SET_DEBUGREG, 0, (uint64_t) &stack_selector, 0);
  hypercall (LHCALL_SET_DEBUGREG, 7, 0x70002, 0);	/* read, 2 bytes */
  for (int i = 0; i < 20; i++)
    {
      guarded (mov_ss_syscall, 0);
      guarded (mov_ss_int3, 0);
      guarded (mov_ss_int80, 0);
      hypercall (1000, 0, 0, 0);
    }
  hypercall (LHCALL_SET_DEBUGREG, 7, 0, 0);
}

static void
load_segments (uint64_t selector)
{
  __asm__ volatile ("mov %k0, %%ds; mov %k0, %%es; mov %k0, %%fs"
		    : : "r" (selector) : "memory");
}

RULE (segments, "segments", LIVES)
{
  static const uint64_t good[] = { 0, 1, 2, 3, 0x2b };
  uint64_t n;

  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    {
      CHECK (guarded (load_segments, good[i]) == 0, "selector", good[i]);
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      guarded (read_at, 0x10);
    }
  /* All others: loaded, or refused.  The host's own must be as ever.  */
  for (n = 0; n < 0x100; n++)
    {
      guarded (load_segments, n);
      if (n % 20 == 0)
	hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
    }
  load_segments (0);
}

/* An exception of the old coprocessor that waits, while all kinds of exits
   happen.  */
RULE (waiting_exception, "x87-exception", LIVES)
{
  uint16_t control = 0x0300;

  __asm__ volatile ("fninit; fldcw %0; fldz; fld1; fdivp" : : "m" (control));
  for (int i = 0; i < 50; i++)
    {
      hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
      guarded (read_at, 0x10);
    }
  hypercall (LHCALL_SET_CLOCKEVENT, 1000, 0, 0);
  hypercall (LHCALL_HALT, 0, 0, 0);
  interrupts_off ();
  __asm__ volatile ("fnclex; fninit");
}

/* Bytes at random, executed by the user: nothing but its own faults.  (TCG
   would oops its own host at far returns and IRET from CPL 3, if SMAP were
   on: testsuite/emuhost has it off.)  */
static void
random_code (uint64_t seed, int rounds)
{
  for (uint64_t i = 0; i < seed; i++)
    random_next ();
  for (int round = 0; round < rounds; round++)
    {
      uint8_t *page = user_pages[0];

      for (int i = 0; i < 4096; i++)
	page[i] = random_next () >> 20;
      /* LRET and IRET with 32-bit operands are wrong in TCG.  */
      for (int i = 0; i < 4096; i++)
	if (page[i] == 0xca || page[i] == 0xcb || page[i] == 0xcf)
	  page[i] = 0x90;
      hypercall (LHCALL_SET_CLOCKEVENT, 300000, 0, 0);
      user_reset ();
      for (int i = 0; i < 16; i++)
	user.regs[i] = i % 3 ? random_next ()
	  : USER_CODE + random_next () % 65536;
      user.rip = USER_CODE + random_next () % 4000;
      user.iret = round % 2;
      user_run ();
      CHECK (trap.from_user, "not the user's event", trap.vector);
    }
  hypercall (LHCALL_SET_CLOCKEVENT, 0, 0, 0);
}

RULE (random_1, "random-code-1", EITHER)
{
  random_code (1, 3000);
}

RULE (random_2, "random-code-2", EITHER)
{
  random_code (5000, 3000);
}

RULE (random_3, "random-code-3", EITHER)
{
  random_code (70000, 3000);
}
