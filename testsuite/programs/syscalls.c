/* syscalls.c - a system call changes RAX, RCX and R11 and nothing else, and
   page faults change nothing at all, whatever the flags and the stack.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

struct state
{
  uint64_t value[16];		/* rax rcx rdx rbx rsp rbp rsi rdi r8-r15 */
  uint64_t flags;
  uint64_t after;		/* RIP after the instruction under test */
};

/* Fill the registers from the state (RSP and flags too), execute, and store
   what the registers are afterwards.  Not reentrant: RSP may be garbage, so
   everything is kept in static memory.  */
struct state state_in, state_out;
static uint64_t saved_stack __attribute__ ((used));

#define RUN(name, instruction)					\
  void name (void);							\
  __asm__ (".text\n"							\
	   ".globl " #name "\n"						\
	   #name ":\n"							\
	   "	push %rbx; push %rbp; push %r12; push %r13\n"		\
	   "	push %r14; push %r15\n"					\
	   "	mov %rsp, saved_stack(%rip)\n"				\
	   "	lea 9f(%rip), %rax\n"					\
	   "	mov %rax, state_out+136(%rip)\n"			\
	   "	mov state_in+0(%rip), %rax\n"				\
	   "	mov state_in+8(%rip), %rcx\n"				\
	   "	mov state_in+16(%rip), %rdx\n"				\
	   "	mov state_in+24(%rip), %rbx\n"				\
	   "	mov state_in+40(%rip), %rbp\n"				\
	   "	mov state_in+48(%rip), %rsi\n"				\
	   "	mov state_in+56(%rip), %rdi\n"				\
	   "	mov state_in+64(%rip), %r8\n"				\
	   "	mov state_in+72(%rip), %r9\n"				\
	   "	mov state_in+80(%rip), %r10\n"				\
	   "	mov state_in+88(%rip), %r11\n"				\
	   "	mov state_in+96(%rip), %r12\n"				\
	   "	mov state_in+104(%rip), %r13\n"				\
	   "	mov state_in+112(%rip), %r14\n"				\
	   "	mov state_in+120(%rip), %r15\n"				\
	   "	pushq state_in+128(%rip)\n"				\
	   "	popfq\n"						\
	   "	mov state_in+32(%rip), %rsp\n"				\
	   "	" instruction "\n"					\
	   "9:	mov %rsp, state_out+32(%rip)\n"				\
	   "	mov saved_stack(%rip), %rsp\n"				\
	   "	pushfq\n"						\
	   "	popq state_out+128(%rip)\n"				\
	   "	mov %rax, state_out+0(%rip)\n"				\
	   "	mov %rcx, state_out+8(%rip)\n"				\
	   "	mov %rdx, state_out+16(%rip)\n"				\
	   "	mov %rbx, state_out+24(%rip)\n"				\
	   "	mov %rbp, state_out+40(%rip)\n"				\
	   "	mov %rsi, state_out+48(%rip)\n"				\
	   "	mov %rdi, state_out+56(%rip)\n"				\
	   "	mov %r8, state_out+64(%rip)\n"				\
	   "	mov %r9, state_out+72(%rip)\n"				\
	   "	mov %r10, state_out+80(%rip)\n"				\
	   "	mov %r11, state_out+88(%rip)\n"				\
	   "	mov %r12, state_out+96(%rip)\n"				\
	   "	mov %r13, state_out+104(%rip)\n"			\
	   "	mov %r14, state_out+112(%rip)\n"			\
	   "	mov %r15, state_out+120(%rip)\n"			\
	   "	pushq $0x202\n"						\
	   "	popfq\n"						\
	   "	pop %r15; pop %r14; pop %r13; pop %r12\n"		\
	   "	pop %rbp; pop %rbx\n"					\
	   "	ret\n")

RUN (run_syscall, "syscall");
RUN (run_read, "mov (%rdi), %al");
RUN (run_write, "movb $7, (%rdi)");
RUN (run_nothing, "nop");

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11 };

static const char *const names[16] = {
  "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
  "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
};

static char safe_stack[16384] __attribute__ ((aligned (16)));

static void
fill_state (uint64_t seed)
{
  int i;

  for (i = 0; i < 16; i++)
    state_in.value[i] = random_next (&seed);
  state_in.value[RSP] = (uint64_t) safe_stack + sizeof safe_stack / 2;
  state_in.flags = 0x202;
  memset (&state_out, 0xaa, sizeof state_out);
}

/* The first register that is not what it was; those in the mask SKIP are
   not looked at.  16 if all are.  */
static int
first_changed (unsigned skip)
{
  int i;

  for (i = 0; i < 16; i++)
    if (!(skip & (1u << i)) && state_in.value[i] != state_out.value[i])
      break;
  return i;
}

static void
check_syscall (const char *name, long number, uint64_t result, uint64_t seed,
	       uint64_t flags, uint64_t stack)
{
  int i, changed;

  for (i = 0; i < 20; i++)
    {
      fill_state (seed + i);
      state_in.value[RAX] = number;
      state_in.flags = flags;
      if (stack != 1)
	state_in.value[RSP] = stack;
      run_syscall ();
      changed = first_changed (1 << RAX | 1 << RCX | 1 << R11);
      if (changed != 16 || state_out.value[RAX] != result
	  || state_out.value[RCX] != state_out.after
	  || state_out.value[R11] != flags
	  || state_out.flags != flags)
	break;
    }
  check (i == 20, name, "changed %s; rax %#llx rcx %#llx r11 %#llx flags"
	 " %#llx, must be %#llx %#llx %#llx %#llx",
	 changed < 16 ? names[changed] : "nothing else",
	 (unsigned long long) state_out.value[RAX],
	 (unsigned long long) state_out.value[RCX],
	 (unsigned long long) state_out.value[R11],
	 (unsigned long long) state_out.flags,
	 (unsigned long long) result, (unsigned long long) state_out.after,
	 (unsigned long long) flags, (unsigned long long) flags);
}

static void
check_registers (void)
{
  uint64_t pid = getpid ();

  check_syscall ("getpid", SYS_getpid, pid, 1, 0x202, 1);
  check_syscall ("sched-yield", SYS_sched_yield, 0, 2, 0x202, 1);
  check_syscall ("no-such-call", 100000, -ENOSYS, 3, 0x202, 1);
  check_syscall ("no-such-call-negative", -1, -ENOSYS, 4, 0x202, 1);
  check_syscall ("no-such-call-huge", 0x7fffffff, -ENOSYS, 5, 0x202, 1);

  /* CF PF AF ZF SF OF; DF; AC; NT; ID; all at once.  */
  check_syscall ("flags-arithmetic", SYS_getpid, pid, 6, 0x202 | 0x8d5, 1);
  check_syscall ("flags-df", SYS_getpid, pid, 7, 0x202 | 0x400, 1);
  check_syscall ("flags-ac", SYS_getpid, pid, 8, 0x202 | 0x40000, 1);
  check_syscall ("flags-nt", SYS_getpid, pid, 9, 0x202 | 0x4000, 1);
  check_syscall ("flags-id", SYS_getpid, pid, 10, 0x202 | 0x200000, 1);
  check_syscall ("flags-all", SYS_getpid, pid, 11,
		 0x202 | 0x8d5 | 0x400 | 0x40000 | 0x4000 | 0x200000, 1);

  /* The kernel has no use for the user's stack.  */
  check_syscall ("stack-null", SYS_getpid, pid, 12, 0x202, 0);
  check_syscall ("stack-odd", SYS_getpid, pid, 13, 0x202, 0x1235);
  check_syscall ("stack-kernel", SYS_getpid, pid, 14, 0x202,
		 0xffffffff81000000ull);
  check_syscall ("stack-slot-508", SYS_getpid, pid, 15, 0x202,
		 0xfffffe0000001000ull);
  check_syscall ("stack-non-canonical", SYS_getpid, pid, 16, 0x202,
		 0x8000000000000000ull);
  check_syscall ("stack-all-ones", SYS_getpid, pid, 17, 0x202, ~0ull);
}

static void
check_faults (void)
{
  enum { PAGES = 200 };
  static const uint64_t flags[] = { 0x202, 0x202 | 0x8d5, 0x202 | 0x400,
				    0x202 | 0x4000, 0x202 | 0x40000 };
  char *p = mmap (NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int i, changed = 16;
  uint64_t want;

  for (i = 0; i < PAGES; i++)
    {
      fill_state (i);
      state_in.value[RDI] = (uint64_t) p + i * PAGE + 5;
      state_in.flags = want = flags[i % 5];
      if (i % 2)
	run_write ();
      else
	run_read ();
      if (i % 2 == 0)
	state_in.value[RAX] &= ~0xffull;
      changed = first_changed (0);
      if (changed != 16 || state_out.flags != want)
	break;
      if (p[i * PAGE + 5] != (i % 2 ? 7 : 0))
	break;
    }
  check (i == PAGES, "page-faults", "round %d changed %s, flags %#llx", i,
	 changed < 16 ? names[changed] : "the flags or the memory",
	 (unsigned long long) state_out.flags);
  munmap (p, PAGES * PAGE);

  /* Faults with a stack pointer that is none.  */
  {
    static const uint64_t stacks[] = { 0, 0x8000000000000000ull,
				       0xfffffe0000001000ull,
				       0xffffffff81000000ull, ~0ull, 3 };

    p = mmap (NULL, 6 * PAGE, PROT_READ | PROT_WRITE,
	      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (i = 0; i < 6; i++)
      {
	fill_state (i);
	state_in.value[RDI] = (uint64_t) p + i * PAGE;
	state_in.value[RSP] = stacks[i];
	run_write ();
	changed = first_changed (0);
	if (changed != 16 || p[i * PAGE] != 7)
	  break;
      }
    check (i == 6, "page-faults-stack", "stack %d changed %s", i,
	   changed < 16 ? names[changed] : "the memory");
  }

  /* And with nothing happening, to show that the test itself is right.  */
  fill_state (77);
  state_in.flags = 0x202 | 0x8d5 | 0x400;
  run_nothing ();
  check (first_changed (0) == 16 && state_out.flags == state_in.flags,
	 "nothing", "even a nop changes something");
}

static volatile int traps, trap_bad;

static void
trap_handler (int signal, siginfo_t *info, void *context)
{
  (void) signal;
  (void) context;
  traps++;
  if (info->si_code != TRAP_TRACE && info->si_code != TRAP_BRKPT)
    trap_bad++;
}

/* TF set across system calls: the process is traced by itself.  */
static void
check_trace_flag (void)
{
  struct sigaction action = { .sa_sigaction = trap_handler,
			      .sa_flags = SA_SIGINFO };
  long result;
  int i;

  sigaction (SIGTRAP, &action, NULL);
  for (i = 0; i < 20; i++)
    {
      int before = traps;

      __asm__ volatile ("mov %1, %%eax\n\t"
			"pushfq; orl $0x100, (%%rsp); popfq\n\t"
			"nop; nop; nop\n\t"
			"syscall\n\t"
			"nop\n\t"
			"pushfq; andl $~0x100, (%%rsp); popfq"
			: "=&a" (result) : "i" (SYS_getpid)
			: "rcx", "r11", "cc", "memory");
      /* 3 nops, the call (whose trap comes one instruction later on some
	 kernels), nop, pushfq, andl, popfq.  */
      if (result != getpid () || traps - before < 7 || traps - before > 8)
	break;
    }
  check (i == 20 && trap_bad == 0, "trace-flag",
	 "getpid gave %ld, %d traps, %d of a wrong kind", result, traps,
	 trap_bad);
  signal (SIGTRAP, SIG_DFL);
}

static void
check_arguments (void)
{
  char name[] = "arguments";
  int fd = memfd_create (name, 0);
  char buffer[32];
  uint64_t *p;
  int i, bad = 0;

  /* Six arguments, each of which is seen in the result.  */
  if (fd < 0 || ftruncate (fd, 3 * PAGE) < 0
      || pwrite (fd, "third", 5, 2 * PAGE) != 5)
    fatal ("memfd");
  p = mmap ((void *) 0x200000000ul, PAGE, PROT_READ,
	    MAP_SHARED | MAP_FIXED, fd, 2 * PAGE);
  check (p == (void *) 0x200000000ul && memcmp (p, "third", 5) == 0,
	 "six-arguments", "mmap gave %p", (void *) p);
  check (syscall (SYS_write, -1, "x", 1) == -1 && errno == EBADF, "ebadf",
	 "errno %d", errno);
  for (i = 0; i < 20000; i++)
    bad += syscall (SYS_getppid) != getppid ();
  check_equal ("many", bad, 0);
  for (i = 0; i < 400; i++)
    {
      errno = 0;
      /* No call of these numbers exists or will soon.  */
      if (syscall (5000 + i * 97, ~0ul, ~0ul, ~0ul, ~0ul, ~0ul, ~0ul) != -1
	  || errno != ENOSYS)
	bad++;
    }
  check_equal ("unknown", bad, 0);
  check (pread (fd, buffer, 5, 2 * PAGE) == 5, "pread", "errno %d", errno);
  munmap (p, PAGE);
  close (fd);
}

static void
call (void *address)
{
  __asm__ volatile ("mov %1, %%eax; call *%0"
		    : : "r" (address), "i" (SYS_getpid)
		    : "rax", "rcx", "r11", "memory");
}

/* SYSCALL as the last instruction before a hole.  */
static void
check_edge (void)
{
  char *p = mmap (NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct fault fault;

  munmap (p + PAGE, PAGE);
  memcpy (p + PAGE - 2, "\x0f\x05", 2);
  fault_catch (&fault, call, p + PAGE - 2);
  check_fault ("edge", &fault, SIGSEGV, SEGV_MAPERR, (uint64_t) p + PAGE);
  check_equal ("edge-rip", fault.rip, (uint64_t) p + PAGE);
}

int
main (void)
{
  check_start ("syscalls", 28, 300);
  check_registers ();
  check_faults ();
  check_trace_flag ();
  check_arguments ();
  check_edge ();
  return check_end ();
}
