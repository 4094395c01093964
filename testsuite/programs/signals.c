/* signals.c - signals arrive, once, in order, and what they interrupt goes on
   as if nothing had been.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int count;
static volatile int last_value;
static volatile uint64_t handler_stack;

static void
set_handler (int number, void (*handler) (int, siginfo_t *, void *), int flags)
{
  struct sigaction action;

  memset (&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  if (sigaction (number, &action, NULL) < 0)
    fatal ("sigaction");
}

static void
count_handler (int number, siginfo_t *info, void *context)
{
  char here;

  (void) number;
  (void) context;
  handler_stack = (uint64_t) &here;
  last_value = info->si_value.sival_int;
  count++;
}

static void
start_timer (long interval_us)
{
  struct itimerval timer = { { 0, interval_us }, { 0, interval_us } };

  if (setitimer (ITIMER_REAL, &timer, NULL) < 0)
    fatal ("setitimer");
}

static void
check_delivery (void)
{
  static char other[65536];
  stack_t stack = { .ss_sp = other, .ss_size = sizeof other };
  union sigval value = { .sival_int = 4711 };
  sigset_t set, pending;
  int i, bad = 0;

  set_handler (SIGUSR1, count_handler, 0);
  count = 0;
  for (i = 1; i <= 1000; i++)
    {
      raise (SIGUSR1);
      bad += count != i;
    }
  check_equal ("raise", bad, 0);

  set_handler (SIGRTMIN, count_handler, 0);
  count = 0;
  sigqueue (getpid (), SIGRTMIN, value);
  check (count == 1 && last_value == 4711, "sigqueue", "count %d value %d",
	 count, last_value);

  /* Queued, in order, while blocked.  */
  sigemptyset (&set);
  sigaddset (&set, SIGRTMIN);
  sigaddset (&set, SIGUSR1);
  sigprocmask (SIG_BLOCK, &set, NULL);
  count = 0;
  for (i = 0; i < 20; i++)
    {
      value.sival_int = i;
      sigqueue (getpid (), SIGRTMIN, value);
      raise (SIGUSR1);
    }
  sigpending (&pending);
  check (count == 0 && sigismember (&pending, SIGUSR1)
	 && sigismember (&pending, SIGRTMIN), "blocked",
	 "delivered while blocked");
  for (i = 0, bad = 0; i < 10; i++)
    {
      siginfo_t info;
      sigset_t one;

      sigemptyset (&one);
      sigaddset (&one, SIGRTMIN);
      if (sigwaitinfo (&one, &info) != SIGRTMIN
	  || info.si_value.sival_int != i || info.si_pid != getpid ())
	bad++;
    }
  check_equal ("sigwaitinfo", bad, 0);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
  check (count == 11, "unblocked",
	 "%d came, must be 10 queued and 1 plain", count);

  sigaltstack (&stack, NULL);
  set_handler (SIGUSR2, count_handler, SA_ONSTACK);
  count = 0;
  raise (SIGUSR2);
  check (count == 1 && handler_stack >= (uint64_t) other
	 && handler_stack < (uint64_t) other + sizeof other, "alt-stack",
	 "the handler ran on %#llx", (unsigned long long) handler_stack);
  stack.ss_flags = SS_DISABLE;
  sigaltstack (&stack, NULL);
}

static volatile int depth, deepest;

static void
nest_handler (int number, siginfo_t *info, void *context)
{
  (void) info;
  (void) context;
  depth++;
  if (depth > deepest)
    deepest = depth;
  if (depth < 20)
    raise (number);
  depth--;
}

static void
mask_handler (int number, siginfo_t *info, void *context)
{
  (void) info;
  (void) context;
  depth++;
  if (depth > deepest)
    deepest = depth;
  if (count++ < 5)
    raise (number);
  depth--;
}

static sigjmp_buf jump;

static void
jump_handler (int number, siginfo_t *info, void *context)
{
  (void) number;
  (void) info;
  (void) context;
  siglongjmp (jump, 1);
}

static void
check_nesting (void)
{
  volatile int jumps = 0;

  set_handler (SIGUSR1, nest_handler, SA_NODEFER);
  raise (SIGUSR1);
  check (deepest == 20 && depth == 0, "nested", "deepest %d, left at %d",
	 deepest, depth);
  deepest = count = 0;
  set_handler (SIGUSR1, mask_handler, 0);
  raise (SIGUSR1);
  check (deepest == 1 && count == 6, "not-nested", "deepest %d, count %d",
	 deepest, count);
  set_handler (SIGUSR1, jump_handler, 0);
  if (sigsetjmp (jump, 1) == 0 || ++jumps < 500)
    raise (SIGUSR1);
  check_equal ("jump-out", jumps, 500);
  set_handler (SIGUSR1, count_handler, SA_RESETHAND);
  count = 0;
  raise (SIGUSR1);
  check (count == 1 && signal (SIGUSR1, SIG_DFL) == SIG_DFL, "reset-hand",
	 "count %d", count);
}

static int pipe_fds[2];

static void
write_handler (int number, siginfo_t *info, void *context)
{
  count_handler (number, info, context);
  if (count == 3 && write (pipe_fds[1], "r", 1) != 1)
    _exit (1);
}

static void
check_restart (void)
{
  struct timespec wait = { 30, 0 }, rest = { 0, 0 };
  char c = 0;
  ssize_t n;

  if (pipe (pipe_fds) < 0)
    fatal ("pipe");
  count = 0;
  set_handler (SIGALRM, write_handler, SA_RESTART);
  start_timer (20000);
  n = read (pipe_fds[0], &c, 1);
  start_timer (0);
  check (n == 1 && c == 'r' && count >= 3, "restart", "read %d after %d",
	 (int) n, count);
  count = 10;
  set_handler (SIGALRM, count_handler, 0);
  start_timer (20000);
  n = read (pipe_fds[0], &c, 1);
  start_timer (0);
  check (n == -1 && errno == EINTR && count > 10, "no-restart",
	 "read gave %d, errno %d", (int) n, errno);
  start_timer (20000);
  n = nanosleep (&wait, &rest);
  start_timer (0);
  check (n == -1 && errno == EINTR && rest.tv_sec >= 20
	 && rest.tv_sec < 30, "nanosleep-interrupted",
	 "nanosleep gave %d, %ld s left", (int) n, (long) rest.tv_sec);
}

/* All registers keep their values while signals come.  */

struct registers
{
  uint64_t value[16];		/* rax rcx rdx rbx - rbp rsi rdi r8 .. r15 */
  uint64_t flags;
};

volatile int spin_stop;

/* Fill all registers with patterns, spin until spin_stop, and store what is
   in the registers then.  */
void spin_registers (struct registers *out, uint64_t flags);
__asm__ (".text\n"
	 ".globl spin_registers\n"
	 "spin_registers:\n"
	 "	push %rbx; push %rbp; push %r12; push %r13; push %r14\n"
	 "	push %r15; push %rdi; push %rsi\n"
	 "	mov $0x0101010101010101, %rax\n"
	 "	mov $0x0202020202020202, %rdx\n"
	 "	mov $0x8303030303030303, %rbx\n"
	 "	mov $0x0404040404040404, %rbp\n"
	 "	mov $0x8505050505050505, %rdi\n"
	 "	mov $0x0606060606060606, %r8\n"
	 "	mov $0x0707070707070707, %r9\n"
	 "	mov $0x8808080808080808, %r10\n"
	 "	mov $0x0909090909090909, %r11\n"
	 "	mov $0x0a0a0a0a0a0a0a0a, %r12\n"
	 "	mov $0x8b0b0b0b0b0b0b0b, %r13\n"
	 "	mov $0x0c0c0c0c0c0c0c0c, %r14\n"
	 "	mov $0x0d0d0d0d0d0d0d0d, %r15\n"
	 "	mov $0x0e0e0e0e0e0e0e0e, %rsi\n"
	 "	popfq\n"
	 "	sub $8, %rsp\n"		/* changes the flags ... */
	 "	push (%rsp)\n"
	 "	popfq\n"		/* ... sets them again */
	 /* jrcxz looks at no flag and changes none.  */
	 "1:	movslq spin_stop(%rip), %rcx\n"
	 "	jrcxz 1b\n"
	 "	pushfq\n"
	 "	pushq %rdi\n"
	 "	mov 24(%rsp), %rdi\n"
	 "	mov %rax, 0(%rdi)\n"
	 "	mov %rcx, 8(%rdi)\n"
	 "	mov %rdx, 16(%rdi)\n"
	 "	mov %rbx, 24(%rdi)\n"
	 "	mov %rbp, 40(%rdi)\n"
	 "	mov %rsi, 48(%rdi)\n"
	 "	mov %r8, 64(%rdi)\n"
	 "	mov %r9, 72(%rdi)\n"
	 "	mov %r10, 80(%rdi)\n"
	 "	mov %r11, 88(%rdi)\n"
	 "	mov %r12, 96(%rdi)\n"
	 "	mov %r13, 104(%rdi)\n"
	 "	mov %r14, 112(%rdi)\n"
	 "	mov %r15, 120(%rdi)\n"
	 "	popq 56(%rdi)\n"
	 "	popq 128(%rdi)\n"
	 "	add $8, %rsp\n"		/* the copy of the flags */
	 "	pop %rdi\n"
	 "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	 "	cld\n"
	 "	ret\n");

static const uint64_t patterns[16] = {
  0x0101010101010101, 1, 0x0202020202020202, 0x8303030303030303,
  0, 0x0404040404040404, 0x0e0e0e0e0e0e0e0e, 0x8505050505050505,
  0x0606060606060606, 0x0707070707070707, 0x8808080808080808,
  0x0909090909090909, 0x0a0a0a0a0a0a0a0a, 0x8b0b0b0b0b0b0b0b,
  0x0c0c0c0c0c0c0c0c, 0x0d0d0d0d0d0d0d0d,
};

static void
spin_handler (int number, siginfo_t *info, void *context)
{
  (void) number;
  (void) info;
  (void) context;
  /* Leave nothing in the registers that a handler may change.  */
  __asm__ volatile ("xor %%eax, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx;"
		    "xor %%esi, %%esi; xor %%edi, %%edi; xor %%r8d, %%r8d;"
		    "xor %%r9d, %%r9d; xor %%r10d, %%r10d; xor %%r11d, %%r11d"
		    : : : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9",
		    "r10", "r11", "cc");
  if (++count >= 50)
    spin_stop = 1;
}

static void
check_registers (void)
{
  /* CF PF AF ZF SF DF OF in several combinations; bit 1 is always set and
     bit 9 is IF.  */
  static const uint64_t flags[] = { 0x202, 0x202 | 0x8d5, 0x202 | 0x400,
				    0x202 | 0x401, 0x202 | 0x880,
				    0x200202 };
  static const char *names[16] = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
  };
  struct registers seen;
  size_t f;
  int i;

  set_handler (SIGALRM, spin_handler, 0);
  for (f = 0; f < sizeof flags / sizeof *flags; f++)
    {
      char name[32];

      memset (&seen, 0, sizeof seen);
      count = 0;
      spin_stop = 0;
      start_timer (3000);
      spin_registers (&seen, flags[f]);
      start_timer (0);
      for (i = 0; i < 16; i++)
	if (i != 4 && seen.value[i] != patterns[i])
	  break;
      snprintf (name, sizeof name, "registers-%zu", f);
      check (i == 16 && count >= 50, name, "%s is %#llx, must be %#llx",
	     names[i & 15], (unsigned long long) seen.value[i & 15],
	     (unsigned long long) patterns[i & 15]);
      snprintf (name, sizeof name, "flags-%zu", f);
      check_equal (name, seen.flags, flags[f]);
    }
}

/* What the handler writes to the saved registers is what comes back.  */
static void
change_handler (int number, siginfo_t *info, void *context)
{
  ucontext_t *user = context;
  int i;

  (void) number;
  (void) info;
  for (i = REG_R8; i <= REG_R15; i++)
    user->uc_mcontext.gregs[i] = 0x7000 + i;
  user->uc_mcontext.gregs[REG_RAX] = 0x7101;
  user->uc_mcontext.gregs[REG_RDX] = 0x7102;
  user->uc_mcontext.gregs[REG_RSI] = 0x7103;
  user->uc_mcontext.gregs[REG_RDI] = 0x7104;
  user->uc_mcontext.gregs[REG_RCX] = 0x7105;
  user->uc_mcontext.gregs[REG_RIP] += 2;
}

static void
check_changed (void)
{
  uint64_t rax, rdx, rsi, rdi, rcx, high[8];
  int i, good = 1;

  set_handler (SIGILL, change_handler, 0);
  __asm__ volatile ("lea %5, %%rbx\n\t"
		    "ud2\n\t"
		    "mov %%r8, 0(%%rbx); mov %%r9, 8(%%rbx)\n\t"
		    "mov %%r10, 16(%%rbx); mov %%r11, 24(%%rbx)\n\t"
		    "mov %%r12, 32(%%rbx); mov %%r13, 40(%%rbx)\n\t"
		    "mov %%r14, 48(%%rbx); mov %%r15, 56(%%rbx)"
		    : "=a" (rax), "=d" (rdx), "=S" (rsi), "=D" (rdi),
		    "=c" (rcx), "=m" (high)
		    : : "rbx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		    "r15", "memory");
  for (i = 0; i < 8; i++)
    good &= high[i] == 0x7000u + REG_R8 + i;
  check (good && rax == 0x7101 && rdx == 0x7102 && rsi == 0x7103
	 && rdi == 0x7104 && rcx == 0x7105, "changed",
	 "a register is not what the handler made it (rcx %#llx r11 %#llx)",
	 (unsigned long long) rcx, (unsigned long long) high[3]);
  signal (SIGILL, SIG_DFL);
}

static void
check_timers (void)
{
  struct itimerval virtual = { { 0, 10000 }, { 0, 10000 } };
  struct itimerval off = { { 0, 0 }, { 0, 0 } };
  struct sigevent event;
  struct itimerspec spec = { { 0, 5000000 }, { 0, 5000000 } };
  timer_t timer;
  uint64_t start = clock_ns ();

  /* A loop that makes no system call must be interrupted.  */
  set_handler (SIGALRM, count_handler, 0);
  count = 0;
  alarm (1);
  while (count == 0)
    ;
  check (count == 1 && clock_ns () - start > 900000000ull, "alarm-in-loop",
	 "after %llu ns", (unsigned long long) (clock_ns () - start));

  set_handler (SIGVTALRM, count_handler, 0);
  count = 0;
  setitimer (ITIMER_VIRTUAL, &virtual, NULL);
  while (count < 5)
    ;
  setitimer (ITIMER_VIRTUAL, &off, NULL);
  check (count >= 5, "itimer-virtual", "%d", count);
  set_handler (SIGPROF, count_handler, 0);
  count = 0;
  setitimer (ITIMER_PROF, &virtual, NULL);
  while (count < 5)
    getppid ();
  setitimer (ITIMER_PROF, &off, NULL);
  check (count >= 5, "itimer-prof", "%d", count);

  memset (&event, 0, sizeof event);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGRTMIN + 1;
  event.sigev_value.sival_int = 99;
  set_handler (SIGRTMIN + 1, count_handler, 0);
  count = 0;
  if (timer_create (CLOCK_MONOTONIC, &event, &timer) < 0)
    fatal ("timer_create");
  start = clock_ns ();
  timer_settime (timer, 0, &spec, NULL);
  while (count < 20)
    pause ();
  timer_delete (timer);
  check (last_value == 99 && clock_ns () - start >= 95000000ull,
	 "posix-timer", "20 ticks of 5 ms in %llu ns",
	 (unsigned long long) (clock_ns () - start));
}

static void
check_processes (void)
{
  enum { ROUNDS = 500, CHILDREN = 40 };
  sigset_t set, before;
  pid_t child;
  int i, bad = 0;

  /* Two processes wake each other by signals.  */
  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  sigprocmask (SIG_BLOCK, &set, &before);
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < ROUNDS; i++)
	{
	  siginfo_t info;

	  if (sigwaitinfo (&set, &info) != SIGUSR1
	      || info.si_pid != getppid ())
	    _exit (1);
	  kill (getppid (), SIGUSR1);
	}
      _exit (0);
    }
  for (i = 0; i < ROUNDS; i++)
    {
      siginfo_t info;

      kill (child, SIGUSR1);
      if (sigwaitinfo (&set, &info) != SIGUSR1 || info.si_pid != child)
	bad++;
    }
  check_equal ("ping-pong", bad, 0);
  check_child ("ping-pong-child", child);
  sigprocmask (SIG_SETMASK, &before, NULL);

  /* Children killed in many ways say so.  */
  bad = 0;
  for (i = 0; i < CHILDREN; i++)
    {
      static const int ways[] = { SIGKILL, SIGTERM, SIGHUP, SIGPIPE };
      int status;

      child = fork ();
      if (child == 0)
	for (;;)
	  if (i % 2)
	    pause ();
      kill (child, ways[i % 4]);
      if (waitpid (child, &status, 0) != child || !WIFSIGNALED (status)
	  || WTERMSIG (status) != ways[i % 4])
	bad++;
    }
  check_equal ("killed", bad, 0);

  signal (SIGPIPE, SIG_IGN);
  close (pipe_fds[0]);
  check (write (pipe_fds[1], "x", 1) == -1 && errno == EPIPE, "epipe",
	 "errno %d", errno);
}

/* sigreturn with registers that cannot be must not hurt the kernel.  */
static volatile int which_bad;

static void
bad_handler (int number, siginfo_t *info, void *context)
{
  ucontext_t *user = context;

  (void) number;
  (void) info;
  switch (which_bad)
    {
    case 0:
      user->uc_mcontext.gregs[REG_RIP] = 0xdead000000000000ull;
      break;
    case 1:
      user->uc_mcontext.gregs[REG_RIP] = 0xfffffe0000000000ull;
      break;
    case 2:
      user->uc_mcontext.gregs[REG_RIP] = 0xffffffff81000000ull;
      break;
    case 3:
      user->uc_mcontext.gregs[REG_RSP] = 0xdead000000000000ull;
      break;
    case 4:			/* CS 0x10, the kernel's */
      user->uc_mcontext.gregs[REG_CSGSFS] &= ~0xffffull;
      user->uc_mcontext.gregs[REG_CSGSFS] |= 0x10;
      break;
    case 5:			/* a selector of nothing */
      user->uc_mcontext.gregs[REG_CSGSFS] &= ~0xffffull;
      user->uc_mcontext.gregs[REG_CSGSFS] |= 0xfff3;
      break;
    case 6:
      user->uc_mcontext.gregs[REG_RIP] = 0x00007ffffffff000ull;
      break;
    case 7:			/* IOPL 3, NT, VM, RF, IF off: all ignored */
      user->uc_mcontext.gregs[REG_EFL] |= 0x37000;
      user->uc_mcontext.gregs[REG_EFL] &= ~0x200ll;
      break;
    }
}

static int
return_badly (void *which)
{
  uint64_t flags;

  which_bad = (int) (uintptr_t) which;
  set_handler (SIGUSR1, bad_handler, 0);
  raise (SIGUSR1);
  __asm__ volatile ("pushfq; pop %0" : "=r" (flags));
  return (flags & 0x3200) == 0x200 ? 0 : 3;
}

static void
check_bad_return (void)
{
  int i;

  for (i = 0; i < 8; i++)
    {
      int status = in_child (return_badly, (void *) (uintptr_t) i);
      char name[32];

      snprintf (name, sizeof name, "bad-return-%d", i);
      if (i == 7)
	check_equal (name, status, 0);
      else if (i == 3)		/* a stack fault */
	check (WTERMSIG (status) == SIGBUS
	       || (WTERMSIG (status) == SIGSEGV && is_emulator ()), name,
	       "status %#x", status);
      else
	check_equal (name, status & 0x7f, SIGSEGV);
    }
}

int
main (void)
{
  check_start ("signals", 41, 300);
  check_delivery ();
  check_nesting ();
  check_restart ();
  check_registers ();
  check_changed ();
  check_timers ();
  check_processes ();
  check_bad_return ();
  return check_end ();
}
