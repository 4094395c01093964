/* statistics.c - does lg.ko count what happens, and show it to its owner only?

   Usage: statistics [show].

   This is a launcher and a guest in one.  The guest does known work in
   phases, and prints at the end of each: then the mapping of
   include/lguest/statistics.h must have grown by just that.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>
#include <lguest/device.h>
#include <lguest/hypercall.h>
#include <lguest/shared.h>
#include <lguest/statistics.h>

/* The guest.  Its kernel sees all of its memory at KERNEL, its user the pages
   from 0 that the small table has.  */
#define MEMORY		0x400000ul
#define TOP		0x1000	/* page tables */
#define KERNEL_UPPER	0x2000
#define KERNEL_MIDDLE	0x3000
#define USER_UPPER	0x4000
#define USER_MIDDLE	0x5000
#define USER_LOWER	0x6000
#define OTHER_TOP	0x7000	/* a copy of TOP */
#define PAD		0x9000
#define INIT		0xa000
#define TEXT		0xb000
#define USER_PAGE	0x11000
#define CODE		0x100000
#define FRESH		0x200000	/* pages that phase 2 touches */
#define KERNEL		0xffffffff80000000ull
#define USER_CODE	0x10000
#define USER_ABSENT	0x20000		/* those that phase 4 misses */

#define HYPERCALLS	100
#define UNKNOWN		3
#define FLUSHES_USER	3
#define FLUSHES_ALL	2
#define FLUSHES_RANGE	4
#define FLUSHES_LARGE	1
#define LOADS		5
#define FILLS		64
#define SYSTEM_CALLS	1000
#define MISSES		64
#define BREAKPOINTS	5
#define HALTS		10

#define STRING(x)	#x
#define NUMBER(x)	STRING (x)

extern const unsigned char guest_start[], guest_end[], guest_system_call[],
  guest_event_user[], guest_event_kernel[], guest_sysret[], guest_iret[],
  guest_user[], guest_user_end[];

asm (".pushsection .rodata\n"
     "guest_start:\n"
     "	movabs	$0xffffffff80000000, %r12\n"
     "	lea	0xd000(%r12), %rsp\n"
     "	lea	" NUMBER (PAD) "(%r12), %rax\n"
     "	wrgsbase %rax\n"
     "	mov	$" NUMBER (LHCALL_LGUEST_INIT) ", %eax\n"
     "	mov	$" NUMBER (INIT) ", %edi\n"
     "	int	$" NUMBER (LGUEST_TRAP_ENTRY) "\n"
     /* The Switcher sees the tables that the kernel has seen.  */
     "	mov	" NUMBER (TOP) "(%r12), %al\n"
     "	mov	" NUMBER (USER_UPPER) "(%r12), %al\n"
     "	mov	" NUMBER (USER_MIDDLE) "(%r12), %al\n"
     "	mov	" NUMBER (USER_LOWER) "(%r12), %al\n"
     "	call	guest_print\n"			/* phase 0: it is there */
     "	mov	$" NUMBER (HYPERCALLS) ", %ebx\n"
     "1:	mov	$" NUMBER (LHCALL_GET_CLOCK) ", %eax\n"
     "	xor	%edi, %edi\n"
     "	syscall\n"
     "	dec	%ebx\n"
     "	jnz	1b\n"
     "	mov	$" NUMBER (UNKNOWN) ", %ebx\n"
     "1:	mov	$1000, %eax\n"
     "	syscall\n"
     "	dec	%ebx\n"
     "	jnz	1b\n"
     "	call	guest_print\n"			/* phase 1: hypercalls */
     /* HYPERCALL number, times, first argument in RDI, ... */
     "	.macro	HYPERCALL number times\n"
     "	mov	$\\times, %ebx\n"
     "1:	mov	$\\number, %eax\n"
     "	syscall\n"
     "	dec	%ebx\n"
     "	jnz	1b\n"
     "	.endm\n"
     "	mov	$" NUMBER (LGUEST_FLUSH_USER) ", %edi\n"
     "	HYPERCALL " NUMBER (LHCALL_FLUSH_TLB) " " NUMBER (FLUSHES_USER) "\n"
     "	mov	$" NUMBER (LGUEST_FLUSH_ALL) ", %edi\n"
     "	HYPERCALL " NUMBER (LHCALL_FLUSH_TLB) " " NUMBER (FLUSHES_ALL) "\n"
     "	mov	$0x10000, %edi\n"
     "	mov	$0x12000, %esi\n"
     "	mov	$4096, %edx\n"
     "	xor	%r8d, %r8d\n"
     "	xor	%r9d, %r9d\n"
     "	xor	%r10d, %r10d\n"
     "	HYPERCALL " NUMBER (LHCALL_FLUSH_RANGE) " " NUMBER (FLUSHES_RANGE) "\n"
     "	mov	$0x40000000, %esi\n"
     "	HYPERCALL " NUMBER (LHCALL_FLUSH_RANGE) " " NUMBER (FLUSHES_LARGE) "\n"
     "	mov	$" NUMBER (TOP) ", %edi\n"	/* it flushes */
     "	HYPERCALL " NUMBER (LHCALL_NEW_PGTABLE) " 1\n"
     "	bts	$63, %rdi\n"			/* it does not */
     "	HYPERCALL " NUMBER (LHCALL_NEW_PGTABLE) " " NUMBER (LOADS) "\n"
     "	mov	$" NUMBER (OTHER_TOP) ", %edi\n"	/* it is new */
     "	HYPERCALL " NUMBER (LHCALL_NEW_PGTABLE) " 1\n"
     "	call	guest_print\n"
     "	mov	$" NUMBER (TOP) ", %edi\n"
     "	HYPERCALL " NUMBER (LHCALL_NEW_PGTABLE) " 1\n"
     "	mov	$" NUMBER (OTHER_TOP) ", %edi\n"
     "	HYPERCALL " NUMBER (LHCALL_RELEASE_PGTABLE) " 1\n"
     "	call	guest_print\n"			/* flushes */
     "	lea	" NUMBER (FRESH) "(%r12), %rdi\n"
     "	mov	$" NUMBER (FILLS) ", %ebx\n"
     "1:	movb	$1, (%rdi)\n"
     "	add	$4096, %rdi\n"
     "	dec	%ebx\n"
     "	jnz	1b\n"
     "	call	guest_print\n"			/* phase 2: fills */
     "	movq	$" NUMBER (USER_CODE) ", %gs:" NUMBER (LGUEST_PAD_FRAME_RIP) "\n"
     "	movq	$0x202, %gs:" NUMBER (LGUEST_PAD_FRAME_RFLAGS) "\n"
     "	movq	$0, %gs:" NUMBER (LGUEST_PAD_USER_RCX) "\n"
     "	movq	$0, %gs:" NUMBER (LGUEST_PAD_USER_R11) "\n"
     "guest_return:\n"
     "	syscall\n"
     "guest_sysret:\n"
     "	ud2\n"

     "guest_system_call:\n"
     "	cmp	$1, %eax\n"			/* one of the many */
     "	je	guest_return\n"
     "	lea	0xd000(%r12), %rsp\n"
     "	mov	%eax, %ebx\n"
     "	call	guest_print\n"			/* phases 3, 4, 5 */
     "	cmp	$5, %ebx\n"
     "	jne	guest_return\n"
     "	mov	$" NUMBER (HALTS) ", %ebx\n"
     "1:	mov	$" NUMBER (LHCALL_SET_CLOCKEVENT) ", %eax\n"
     "	mov	$2000000, %edi\n"
     "	syscall\n"
     "	mov	$" NUMBER (LHCALL_HALT) ", %eax\n"
     "	syscall\n"
     "	dec	%ebx\n"
     "	jnz	1b\n"
     "	call	guest_print\n"			/* phase 6: halts */
     "	inb	$0x80, %al\n"
     "	lea	0x400000(%r12), %rdi\n"
     "	mov	(%rdi), %eax\n"
     "	call	guest_print\n"			/* phase 7: devices */
     "1:	jmp	1b\n"				/* phase 8: for ever */

     "guest_event_user:\n"
     "	cmpq	$14, %gs:" NUMBER (LGUEST_PAD_FRAME_VECTOR) "\n"
     "	jne	1f\n"
     "	addq	$3, %gs:" NUMBER (LGUEST_PAD_FRAME_RIP) "\n"
     "1:	syscall\n"
     "guest_iret:\n"
     "	ud2\n"

     "guest_event_kernel:\n"
     "	jmp	*%gs:" NUMBER (LGUEST_PAD_FRAME_RIP) "\n"

     "guest_print:\n"
     "	mov	$" NUMBER (LHCALL_PRINT) ", %eax\n"
     "	mov	$" NUMBER (TEXT) ", %edi\n"
     "	mov	$1, %esi\n"
     "	syscall\n"
     "	ret\n"
     "guest_end:\n"

     "guest_user:\n"
     "	mov	$" NUMBER (SYSTEM_CALLS) ", %ebp\n"
     "1:	mov	$1, %eax\n"
     "	syscall\n"
     "	dec	%ebp\n"
     "	jnz	1b\n"
     "	mov	$3, %eax\n"
     "	syscall\n"
     "	mov	$" NUMBER (USER_ABSENT) ", %edi\n"
     "	mov	$" NUMBER (MISSES) ", %ebp\n"
     "1:	movb	$0, (%rdi)\n"			/* three bytes */
     "	add	$4096, %rdi\n"
     "	dec	%ebp\n"
     "	jnz	1b\n"
     "	mov	$4, %eax\n"
     "	syscall\n"
     "	mov	$" NUMBER (BREAKPOINTS) ", %ebp\n"
     "1:	int3\n"
     "	dec	%ebp\n"
     "	jnz	1b\n"
     "	mov	$5, %eax\n"
     "	syscall\n"
     "guest_user_end:\n"
     "	.popsection\n");

static uint64_t
kernel_address (const unsigned char *label)
{
  return KERNEL + CODE + (label - guest_start);
}

static unsigned char *
guest_memory (void)
{
  unsigned char *memory = mmap (NULL, MEMORY, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED)
    fatal ("mmap");
  /* A large page would be filled in at once.  */
  madvise (memory, MEMORY, MADV_NOHUGEPAGE);
  return memory;
}

static void
put (unsigned char *memory, uint64_t at, unsigned index, uint64_t value)
{
  memcpy (memory + at + 8 * index, &value, 8);
}

/* The guest, as it starts.  */
static void
fill_memory (unsigned char *memory, int with_linear_base)
{
  struct lguest_init init = {
    .version = LGUEST_GUEST_VERSION,
    .pad = PAD,
    .gs_base = KERNEL + PAD,
    .syscall_entry = kernel_address (guest_system_call),
    .event_entry_user = kernel_address (guest_event_user),
    .event_entry_kernel = kernel_address (guest_event_kernel),
    .sysret_rip = kernel_address (guest_sysret),
    .iret_rip = kernel_address (guest_iret),
    .linear_base = with_linear_base ? KERNEL : 0,
  };
  int i;

  memset (memory, 0, 0x20000);
  put (memory, TOP, 511, KERNEL_UPPER | 0x63);
  put (memory, KERNEL_UPPER, 510, KERNEL_MIDDLE | 0x63);
  for (i = 0; i < 3; i++)	/* the third is no memory */
    put (memory, KERNEL_MIDDLE, i, ((uint64_t) i << 21) | 0xe3);
  put (memory, TOP, 0, USER_UPPER | 0x67);
  put (memory, USER_UPPER, 0, USER_MIDDLE | 0x67);
  put (memory, USER_MIDDLE, 0, USER_LOWER | 0x67);
  put (memory, USER_LOWER, USER_CODE / PAGE, USER_PAGE | 0x65);
  memcpy (memory + OTHER_TOP, memory + TOP, PAGE);
  memcpy (memory + INIT, &init, sizeof init);
  memory[TEXT] = '.';
  memcpy (memory + CODE, guest_start, guest_end - guest_start);
  memcpy (memory + USER_PAGE, guest_user, guest_user_end - guest_user);
}

static uint64_t reads;		/* of running guests, ever */
static uint64_t starts;		/* of vcpus, ever */

static int
initialize (int fd, unsigned char *memory, unsigned vcpus)
{
  struct lguest_setup setup = {
    .request = LHREQ_INITIALIZE,
    .memory = (uint64_t) memory,
    .memory_size = MEMORY,
    .entry = KERNEL + CODE,
    .cr3 = TOP,
    .vcpus = vcpus,
  };

  starts++;
  return pwrite (fd, &setup, sizeof setup, 0) == sizeof setup;
}

/* Run the guest until it prints.  What it wants of devices is done: nothing,
   by the next instruction.  */
static int
run_phase (int fd)
{
  struct lguest_exit reason;
  uint64_t set[3] = { LHREQ_SETREG, LGUEST_REG_RIP };

  for (;;)
    {
      reads++;
      if (pread (fd, &reason, sizeof reason, 0) < 0)
	{
	  /* The Host had work to do in this thread.  */
	  if (errno == EINTR)
	    continue;
	  fatal ("read of a guest");
	}
      switch (reason.reason)
	{
	case LGUEST_EXIT_PRINT:
	  return 1;
	case LGUEST_EXIT_IO:
	case LGUEST_EXIT_MMIO:
	  set[2] = reason.registers[LGUEST_REG_RIP] + 2;
	  if (pwrite (fd, set, sizeof set, 0) != sizeof set)
	    fatal ("LHREQ_SETREG");
	  break;
	default:
	  fprintf (stderr, "reason %u: %s\n", reason.reason, reason.message);
	  return 0;
	}
    }
}

/* The mapping.  */
static const unsigned char *map;
static struct lguest_statistics header;

static const struct lguest_statistics_descriptor *
descriptor (unsigned n)
{
  return (const void *) (map + header.descriptor_offset
			 + (size_t) n * header.descriptor_size);
}

static uint64_t
value_in (unsigned block, const struct lguest_statistics_descriptor *d)
{
  const volatile uint64_t *p
    = (const void *) (map + header.block_offset
		      + (size_t) block * header.block_size + d->offset);
  uint64_t sum = 0;
  unsigned i;

  for (i = 0; i < d->count; i++)
    sum += p[i];
  return sum;
}

/* The sum of all whose name starts with PREFIX (or is it): a histogram counts
   as often as it was counted in.  */
static uint64_t
sum_of (const char *prefix)
{
  uint64_t sum = 0;
  unsigned i, block, found = 0;

  for (i = 0; i < header.descriptors; i++)
    if (strncmp (descriptor (i)->name, prefix, strlen (prefix)) == 0
	&& (strchr (prefix, '\0')[-1] == '.'
	    || strcmp (descriptor (i)->name, prefix) == 0))
      for (block = 0, found++; block < header.blocks; block++)
	sum += value_in (block, descriptor (i));
  if (!found)
    {
      fprintf (stderr, "no statistics '%s'\n", prefix);
      exit (1);
    }
  return sum;
}

static void *
try_map (int fd, size_t size, int protection, off_t offset)
{
  return mmap (NULL, size, protection, MAP_SHARED, fd, offset);
}

static void
check_no_map (const char *name, int fd, size_t size, int protection,
	      off_t offset, int error)
{
  void *p = try_map (fd, size, protection, offset);

  check (p == MAP_FAILED && errno == error, name, "%s",
	 p == MAP_FAILED ? strerror (errno) : "mapped");
  if (p != MAP_FAILED)
    munmap (p, size);
}

static void
map_all (int fd)
{
  const struct lguest_statistics *first = try_map (fd, PAGE, PROT_READ, 0);

  if (first == MAP_FAILED)
    fatal ("mmap of the first page");
  header = *first;
  munmap ((void *) first, PAGE);
  map = try_map (fd, header.size, PROT_READ, 0);
  if (map == MAP_FAILED)
    fatal ("mmap of all pages");
}

/* Is everything described well?  */
static void
check_description (void)
{
  unsigned char *taken = calloc (1, header.block_size);
  unsigned i, j, bad = 0, twice = 0, overlaps = 0;

  check_equal ("magic", header.magic, LGUEST_STATISTICS_MAGIC);
  check (memcmp (map, "lg-stats", 8) == 0, "magic-text", "it is not");
  check_equal ("version", header.version, LGUEST_STATISTICS_VERSION);
  check_equal ("header-size", header.header_size, sizeof header);
  check_equal ("vcpus", header.vcpus, 1);
  check_equal ("blocks", header.blocks, 2);
  check_equal ("size", header.size,
	       header.block_offset
	       + (uint64_t) header.blocks * header.block_size);
  check (header.descriptor_offset + (uint64_t) header.descriptors
	 * header.descriptor_size <= header.block_offset,
	 "descriptors-fit", "%u of them", header.descriptors);
  for (i = 0; i < header.descriptors; i++)
    {
      const struct lguest_statistics_descriptor *d = descriptor (i);

      if (!memchr (d->name, '\0', sizeof d->name) || !strchr (d->name, '.')
	  || d->kind < 1 || d->kind > 3 || d->unit < 1 || d->unit > 4
	  || (d->kind == LGUEST_STATISTICS_HISTOGRAM) != (d->count > 1)
	  || d->offset % 8 || d->count < 1 || d->count > 64
	  || d->offset + 8ul * d->count > header.block_size)
	{
	  fprintf (stderr, "bad: %.40s\n", d->name);
	  bad++;
	  continue;
	}
      for (j = d->offset; j < d->offset + 8 * d->count; j++)
	overlaps += taken[j]++ != 0;
      for (j = 0; j < i; j++)
	twice += strcmp (d->name, descriptor (j)->name) == 0;
    }
  check_equal ("descriptors-valid", bad, 0);
  check_equal ("names-unique", twice, 0);
  check_equal ("values-apart", overlaps, 0);
  free (taken);
}

/* The sums that must agree while no vcpu runs.  */
static void
check_sums (const char *when)
{
  char name[64];

  snprintf (name, sizeof name, "%s-exits-guest", when);
  check_equal (name, sum_of ("exit."), sum_of ("latency.guest"));
  snprintf (name, sizeof name, "%s-exits-host", when);
  check_equal (name, sum_of ("latency.hypercall")
	       + sum_of ("latency.page_fault") + sum_of ("latency.interrupt")
	       + sum_of ("latency.other"), sum_of ("latency.guest"));
  snprintf (name, sizeof name, "%s-hypercalls", when);
  check_equal (name, sum_of ("hypercall."),
	       sum_of ("exit.hypercall") + sum_of ("exit.trap_entry"));
  snprintf (name, sizeof name, "%s-faults", when);
  check_equal (name, sum_of ("fault."), sum_of ("exit.page_fault"));
  snprintf (name, sizeof name, "%s-flushes", when);
  check_equal (name, sum_of ("flush.user") + sum_of ("flush.all")
	       + sum_of ("flush.range") + sum_of ("flush.range_large"),
	       sum_of ("hypercall.flush_tlb")
	       + sum_of ("hypercall.flush_range"));
  snprintf (name, sizeof name, "%s-tables", when);
  /* Each start is like a load of CR3.  */
  check_equal (name, sum_of ("flush.new_table")
	       + sum_of ("flush.new_table_kept") + sum_of ("flush.new_root"),
	       sum_of ("hypercall.new_pgtable") + starts);
  snprintf (name, sizeof name, "%s-shadow", when);
  check_equal (name, sum_of ("pager.created") - sum_of ("pager.freed"),
	       sum_of ("shadow.level1") + sum_of ("shadow.level2")
	       + sum_of ("shadow.level3"));
  snprintf (name, sizeof name, "%s-leaves", when);
  check_equal (name, sum_of ("leave."), reads);
}

/* Do a phase, in which NAME grows by WANT.  */
struct growth
{
  const char *name;
  uint64_t want;
};

static void
check_phase (int fd, const char *phase, const struct growth *growth)
{
  uint64_t before[8];
  unsigned i;

  for (i = 0; growth[i].name; i++)
    before[i] = sum_of (growth[i].name);
  if (!run_phase (fd))
    fatal (phase);
  for (i = 0; growth[i].name; i++)
    {
      char name[96];

      snprintf (name, sizeof name, "%s-%s", phase, growth[i].name);
      check_equal (name, sum_of (growth[i].name) - before[i], growth[i].want);
    }
  check_sums (phase);
}

#define GROWTH(...) ((struct growth[]) { __VA_ARGS__, { NULL, 0 } })

/* All phases.  WALKS: the Switcher can tell faults that are the guest's
   own.  */
static void
check_guest (int fd, int walks)
{
  uint64_t direct, guest, traps;

  if (!run_phase (fd))
    fatal ("start");
  check_sums ("start");
  check_phase (fd, "hypercalls",
	       GROWTH ({ "hypercall.get_clock", HYPERCALLS },
		       { "hypercall.unknown", UNKNOWN },
		       { "hypercall.print", 1 },
		       { "exit.hypercall", HYPERCALLS + UNKNOWN + 1 },
		       { "leave.print", 1 }));
  check_phase (fd, "flushes",
	       GROWTH ({ "flush.user", FLUSHES_USER },
		       { "flush.all", FLUSHES_ALL },
		       { "flush.range", FLUSHES_RANGE },
		       { "flush.range_large", FLUSHES_LARGE },
		       { "flush.new_table", 1 },
		       { "flush.new_table_kept", LOADS },
		       { "flush.new_root", 1 },
		       { "shadow.roots", 1 }));
  check_phase (fd, "release",
	       GROWTH ({ "flush.new_table", 1 },
		       { "hypercall.release_pgtable", 1 },
		       { "pager.roots_dropped", 1 },
		       { "shadow.roots", (uint64_t) -1 }));
  check_equal ("roots", sum_of ("shadow.roots"), 1);
  check (sum_of ("shadow.level1") >= 1 && sum_of ("shadow.level2") >= 1
	 && sum_of ("shadow.level3") >= 1, "shadow-levels",
	 "%u, %u, %u", (unsigned) sum_of ("shadow.level1"),
	 (unsigned) sum_of ("shadow.level2"),
	 (unsigned) sum_of ("shadow.level3"));
  check_phase (fd, "fills", GROWTH ({ "fault.filled", FILLS },
				    { "exit.page_fault", FILLS },
				    { "latency.page_fault", FILLS }));
  check_phase (fd, "system-calls",
	       GROWTH ({ "direct.system_call", SYSTEM_CALLS + 1 },
		       { "exit.system_call", 0 },
		       { "exit.return_sysret", 0 },
		       { "hypercall.", 1 }));
  direct = sum_of ("direct.page_fault");
  guest = sum_of ("fault.guest");
  traps = sum_of ("inject.trap");
  check_phase (fd, "misses", GROWTH ({ "direct.system_call", 1 }));
  direct = sum_of ("direct.page_fault") - direct;
  guest = sum_of ("fault.guest") - guest;
  check_equal ("misses-all", direct + guest, MISSES);
  check_equal ("misses-injected", sum_of ("inject.trap") - traps, guest);
  check_equal ("misses-direct", direct, walks ? MISSES : 0);
  check_phase (fd, "breakpoints",
	       GROWTH ({ "exit.breakpoint", BREAKPOINTS },
		       { "inject.trap", BREAKPOINTS }));
  check_phase (fd, "halts",
	       GROWTH ({ "hypercall.halt", HALTS },
		       { "hypercall.set_clockevent", HALTS },
		       { "inject.timer", HALTS },
		       { "inject.", HALTS },
		       { "latency.halted", HALTS }));
  check (sum_of ("time.halted") > 0, "halts-time", "none");
  check_phase (fd, "devices",
	       GROWTH ({ "leave.io", 1 }, { "leave.mmio", 1 },
		       { "leave.print", 1 }, { "fault.mmio", 1 },
		       { "exit.protection_fault", 1 }));
}

/* A vcpu that runs until it is kicked.  A thread has other reasons for EINTR,
   too, most of all a new one.  */
struct runner
{
  int fd;
  volatile int stop;
  int error;
  unsigned reads;
  pthread_t thread;
};

static void *
runner_main (void *argument)
{
  struct runner *runner = argument;
  struct lguest_exit reason;

  do
    {
      runner->reads++;
      runner->error
	= pread (runner->fd, &reason, sizeof reason, 0) < 0 ? errno : 0;
    }
  while (runner->error == EINTR && !runner->stop);
  return NULL;
}

static void
runner_start (struct runner *runner, int fd)
{
  *runner = (struct runner) { .fd = fd };
  if (pthread_create (&runner->thread, NULL, runner_main, runner))
    fatal ("pthread_create");
}

/* Gives whether it ended as it should.  */
static int
runner_stop (struct runner *runner)
{
  uint64_t kick[1] = { LHREQ_KICK };

  runner->stop = 1;
  if (pwrite (runner->fd, kick, sizeof kick, 0) != sizeof kick)
    fatal ("LHREQ_KICK");
  pthread_join (runner->thread, NULL);
  reads += runner->reads;
  return runner->error == EINTR;
}

static void
sleep_ms (unsigned ms)
{
  struct timespec time = { ms / 1000, ms % 1000 * 1000000l };

  nanosleep (&time, NULL);
}

/* The guest spins now.  */
static void
check_kicks (int fd)
{
  uint64_t sent = sum_of ("kick.sent"), before = reads;
  uint64_t interrupted = sum_of ("leave.interrupted");
  uint64_t time = sum_of ("time."), guest = sum_of ("time.guest");
  uint64_t start = _rdtsc (), passed;
  int i, wrong = 0;

  for (i = 0; i < 10; i++)
    {
      struct runner runner;

      runner_start (&runner, fd);
      sleep_ms (100);
      wrong += !runner_stop (&runner);
    }
  passed = _rdtsc () - start;
  check_equal ("kicks-eintr", wrong, 0);
  check_equal ("kicks-interrupted", sum_of ("leave.interrupted") - interrupted,
	       reads - before);
  sent = sum_of ("kick.sent") - sent;
  if (sysconf (_SC_NPROCESSORS_ONLN) > 1)
    check (sent >= 1 && sent <= 10, "kicks-sent", "%u", (unsigned) sent);
  else
    check_equal ("kicks-sent", sent, 0);
  check_sums ("kicks");
  /* Where did the time go?  From the read() before to the last one.  */
  time = sum_of ("time.") - time;
  guest = sum_of ("time.guest") - guest;
  check (time > passed / 10 * 8 && time < passed / 10 * 13, "time-adds-up",
	 "%llu of %llu cycles", (unsigned long long) time,
	 (unsigned long long) passed);
  check (guest > passed / 10 * 2 && guest <= passed, "time-in-guest",
	 "%llu of %llu cycles", (unsigned long long) guest,
	 (unsigned long long) passed);
}

/* What is no business of others.  */
static int
child_body (void *argument)
{
  int fd = *(int *) argument;
  struct fault fault;
  void *p = try_map (fd, PAGE, PROT_READ, 0);

  if (p != MAP_FAILED || errno != EACCES)
    return 1;
  /* Not inherited.  */
  if (fault_catch (&fault, touch_read, (void *) map) != SIGSEGV)
    return 2;
  return 0;
}

/* For who wants to know more: all that is not 0.  */
static void
show (void)
{
  unsigned i, block, j;

  for (block = 0; block < header.blocks; block++)
    for (i = 0; i < header.descriptors; i++)
      {
	const struct lguest_statistics_descriptor *d = descriptor (i);

	if (!value_in (block, d))
	  continue;
	printf ("%u %s %llu", block, d->name,
		(unsigned long long) value_in (block, d));
	for (j = 0; j < d->count && d->count > 1; j++)
	  {
	    const uint64_t *p
	      = (const void *) (map + header.block_offset
				+ (size_t) block * header.block_size
				+ d->offset);

	    if (p[j])
	      printf (" 2^%u:%llu", j, (unsigned long long) p[j]);
	  }
	putchar ('\n');
      }
}

static void
check_protection (int fd)
{
  struct fault fault;
  void *p;

  check_no_map ("write", fd, PAGE, PROT_READ | PROT_WRITE, 0, EACCES);
  check_no_map ("execute", fd, PAGE, PROT_READ | PROT_EXEC, 0, EACCES);
  p = mmap (NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  check (p == MAP_FAILED && errno == EACCES, "write-private", "mapped");
  check_no_map ("offset-page", fd, PAGE, PROT_READ, PAGE, EINVAL);
  check_no_map ("offset-end", fd, PAGE, PROT_READ, header.size, EINVAL);
  check_no_map ("offset-far", fd, PAGE, PROT_READ, 1l << 62, EINVAL);
  check_no_map ("size-more", fd, header.size + PAGE, PROT_READ, 0, EINVAL);
  check_no_map ("size-huge", fd, 1ul << 40, PROT_READ, 0, EINVAL);
  check (mprotect ((void *) map, PAGE, PROT_READ | PROT_WRITE) < 0
	 && errno == EACCES, "mprotect-write", "allowed");
  check (mprotect ((void *) map, PAGE, PROT_READ | PROT_EXEC) < 0
	 && errno == EACCES, "mprotect-execute", "allowed");
  check (fault_catch (&fault, touch_write, (void *) map) == SIGSEGV,
	 "store", "no SIGSEGV");
  check (fault_catch (&fault, touch_write,
		      (void *) (map + header.block_offset)) == SIGSEGV,
	 "store-block", "no SIGSEGV");
  p = mremap ((void *) map, PAGE, 16 * PAGE, MREMAP_MAYMOVE);
  check (p == MAP_FAILED, "mremap-grow", "grown");
  check (madvise ((void *) map, PAGE, MADV_DOFORK) < 0, "madvise-dofork",
	 "allowed");
  check_equal ("child", in_child (child_body, &fd), 0);
}

/* As a guest's memory it must be refused, or do no harm.  */
static void
check_as_memory (unsigned char *memory)
{
  int fd = open (LGUEST_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  uint64_t version[2] = { LHREQ_VERSION, LGUEST_DEVICE_VERSION };
  struct lguest_setup setup = {
    .request = LHREQ_INITIALIZE, .memory = (uint64_t) map,
    .memory_size = header.size, .entry = KERNEL + CODE, .cr3 = 0, .vcpus = 1,
  };
  struct lguest_exit reason;

  (void) memory;
  pwrite (fd, version, sizeof version, 0);
  if (pwrite (fd, &setup, sizeof setup, 0) == sizeof setup)
    {
      ssize_t got;

      /* As in run_phase ().  */
      do
	got = pread (fd, &reason, sizeof reason, 0);
      while (got < 0 && errno == EINTR);
      check (got == sizeof reason && reason.reason == LGUEST_EXIT_DEAD,
	     "as-memory", "it runs (%zd)", got);
    }
  else
    check (1, "as-memory", "refused");
  close (fd);
}

/* The Host takes memory back: some that the guest has used, and some that it
   has not.  Nothing of it is used again.  */
static void
check_notifier (unsigned char *memory)
{
  uint64_t invalidated = sum_of ("notifier.invalidated");
  uint64_t ignored = sum_of ("notifier.ignored");
  uint64_t pages = sum_of ("notifier.pages");
  volatile unsigned char *unused = memory + MEMORY - PAGE;

  *unused = 1;
  madvise ((void *) unused, PAGE, MADV_DONTNEED);
  check_equal ("notifier-ignored", sum_of ("notifier.ignored") - ignored, 1);
  check_equal ("notifier-none", sum_of ("notifier.invalidated") - invalidated,
	       0);
  madvise (memory + FRESH, PAGE, MADV_DONTNEED);
  check_equal ("notifier-invalidated",
	       sum_of ("notifier.invalidated") - invalidated, 1);
  /* It knows where to look, and still does when a neighbour has gone; when all
     are gone it need not look any more.  */
  check_equal ("notifier-pages", sum_of ("notifier.pages") - pages, 1);
  madvise (memory + FRESH + PAGE, PAGE, MADV_DONTNEED);
  check_equal ("notifier-neighbour", sum_of ("notifier.pages") - pages, 2);
  madvise (memory + FRESH, FILLS * PAGE, MADV_DONTNEED);
  check_equal ("notifier-rest", sum_of ("notifier.pages") - pages, 3);
  memory[FRESH] = 1;
  madvise (memory + FRESH, FILLS * PAGE, MADV_DONTNEED);
  check_equal ("notifier-no-more", sum_of ("notifier.pages") - pages, 3);
}

/* The mapping comes and goes while a vcpu runs.  */
static void
check_while_running (int fd)
{
  struct runner runner;
  uint64_t last = 0, now;
  int i, backwards = 0, failed = 0;

  runner_start (&runner, fd);
  for (i = 0; i < 200; i++)
    {
      munmap ((void *) map, header.size);
      map = try_map (fd, header.size, PROT_READ, 0);
      if (map == MAP_FAILED)
	{
	  failed++;
	  break;
	}
      now = sum_of ("exit.");
      backwards += now < last;
      last = now;
      sleep_ms (2);
    }
  check_equal ("running-map", failed, 0);
  check_equal ("running-backwards", backwards, 0);
  check (runner_stop (&runner), "running-kick", "%d", runner.error);
  check_sums ("running");
}

int
main (int argc, char **argv)
{
  uint64_t version[2] = { LHREQ_VERSION, LGUEST_DEVICE_VERSION };
  struct lguest_device_info info;
  unsigned char *memory = guest_memory ();
  uint64_t exits;
  int fd, copy;

  (void) argv;
  check_start ("statistics", 200, 600);
  fd = open (LGUEST_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    fatal (LGUEST_DEVICE_PATH);
  check_no_map ("before-version", fd, PAGE, PROT_READ, 0, EPERM);
  if (pread (fd, &info, sizeof info, 0) != sizeof info
      || pwrite (fd, version, sizeof version, 0) != sizeof version)
    fatal ("LHREQ_VERSION");
  check_no_map ("before-initialize", fd, PAGE, PROT_READ, 0, EPERM);
  fill_memory (memory, 1);
  if (!initialize (fd, memory, 1))
    fatal ("LHREQ_INITIALIZE");
  map_all (fd);
  check_description ();
  check_equal ("starts", header.starts, 1);
  check_equal ("nothing-yet", sum_of ("exit."), 0);
  check_guest (fd, 1);
  check_kicks (fd);
  if (argc > 1)
    show ();
  check_notifier (memory);
  check_protection (fd);	/* its fork takes all pages back */
  check_while_running (fd);
  check_as_memory (memory);

  /* From the beginning: other memory, the same counters.  */
  exits = sum_of ("exit.");
  madvise (memory, MEMORY, MADV_DONTNEED);
  fill_memory (memory, 0);
  if (!initialize (fd, memory, 1))
    fatal ("LHREQ_INITIALIZE again");
  check_equal ("again-exits", sum_of ("exit."), exits);
  munmap ((void *) map, header.size);
  map_all (fd);
  check_equal ("again-starts", header.starts, 2);
  check_guest (fd, 0);

  if (info.max_vcpus > 1)
    {
      const unsigned char *old = map;
      uint64_t old_size = header.size;

      if (!initialize (fd, memory, 2))
	fatal ("LHREQ_INITIALIZE with two vcpus");
      map_all (fd);
      check_equal ("two-blocks", header.blocks, 3);
      check_equal ("two-vcpus", header.vcpus, 2);
      check (header.size > old_size, "two-size", "no larger");
      check (((const struct lguest_statistics *) old)->starts == 3,
	     "two-old-mapping", "is dead");
      munmap ((void *) old, old_size);
      check_sums ("two");
    }
  else
    check_skip ("two-blocks", "this lg.ko has one vcpu");

  /* The mapping holds what it shows.  */
  copy = dup (fd);
  close (copy);
  exits = sum_of ("exit.");
  close (fd);
  check_equal ("closed", sum_of ("exit."), exits);
  munmap ((void *) map, header.size);

  /* And who dies with one leaves nothing: rmmod will tell.  */
  return check_end ();
}
