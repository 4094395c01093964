/* trace.c - one process debugs another: single steps, breakpoints of both
   kinds, watchpoints, registers.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* The code that is stepped through, instruction by instruction.  */
void stepped (void);
extern char step_first[], step_last[], step_store[], step_call[];
volatile uint64_t watched[4];
__asm__ (".text\n"
	 "	.globl stepped, step_first, step_last, step_store, step_call\n"
	 "stepped:\n"
	 "step_first:\n"
	 "	xor %eax, %eax\n"		/* 1 */
	 "	mov $10, %ecx\n"		/* 2 */
	 "1:	add $3, %eax\n"			/* 10 times 3: 32 */
	 "	dec %ecx\n"
	 "	jnz 1b\n"
	 "	push %rax\n"			/* 33 */
	 "	pop %rdx\n"			/* 34 */
	 "step_store:\n"
	 "	mov %rdx, watched(%rip)\n"	/* 35 */
	 "	lea watched+8(%rip), %rdi\n"	/* 36 */
	 "	mov $5, %ecx\n"			/* 37 */
	 "	cld\n"				/* 38 */
	 "	rep stosb\n"			/* 5 times: 43 */
	 "	mov $39, %eax\n"		/* 44, getpid */
	 "step_call:\n"
	 "	syscall\n"			/* 45 */
	 "	mov %eax, %edx\n"		/* 46 */
	 "	stc\n"				/* 47 */
	 "	nop\n"				/* 48 */
	 "step_last:\n"
	 "	ret\n");

enum { STEPS = 48 };

static int
wait_stop (pid_t child)
{
  int status;

  if (waitpid (child, &status, 0) != child)
    fatal ("waitpid");
  return WIFSTOPPED (status) ? WSTOPSIG (status) : -1;
}

static uint64_t
peek_user (pid_t child, size_t offset)
{
  errno = 0;
  return ptrace (PTRACE_PEEKUSER, child, offset, 0);
}

static uint64_t
rip (pid_t child)
{
  return peek_user (child, offsetof (struct user, regs.rip));
}

static int
set_debug (pid_t child, int number, uint64_t value)
{
  return ptrace (PTRACE_POKEUSER, child,
		 offsetof (struct user, u_debugreg) + number * 8, value);
}

static uint64_t
get_debug (pid_t child, int number)
{
  return peek_user (child, offsetof (struct user, u_debugreg) + number * 8);
}

/* A child that waits to be traced, and then runs stepped () twice.  */
static pid_t
start_child (void)
{
  pid_t child = fork ();

  if (child < 0)
    fatal ("fork");
  if (child == 0)
    {
      if (ptrace (PTRACE_TRACEME, 0, 0, 0) < 0)
	_exit (99);
      raise (SIGSTOP);
      stepped ();
      stepped ();
      _exit (watched[0] == 30 ? 23 : 24);
    }
  if (wait_stop (child) != SIGSTOP)
    fatal ("child does not stop");
  return child;
}

static void
finish (const char *name, pid_t child)
{
  int status;

  ptrace (PTRACE_CONT, child, 0, 0);
  if (waitpid (child, &status, 0) != child)
    fatal ("waitpid");
  if (!check (WIFEXITED (status) && WEXITSTATUS (status) == 23, name,
	      "child's status is %#x", status) && WIFSTOPPED (status))
    {
      kill (child, SIGKILL);
      waitpid (child, &status, 0);
    }
}

/* Put an int3 at ADDRESS, run to it, and take it away.  */
static int
run_to (pid_t child, char *address)
{
  long word = ptrace (PTRACE_PEEKTEXT, child, address, 0);
  struct user_regs_struct registers;
  int signal;

  ptrace (PTRACE_POKETEXT, child, address, (word & ~0xffl) | 0xcc);
  ptrace (PTRACE_CONT, child, 0, 0);
  signal = wait_stop (child);
  ptrace (PTRACE_GETREGS, child, 0, &registers);
  if (signal != SIGTRAP || registers.rip != (uint64_t) address + 1)
    return 0;
  ptrace (PTRACE_POKETEXT, child, address, word);
  registers.rip--;
  return ptrace (PTRACE_SETREGS, child, 0, &registers) == 0;
}

static void
check_steps (void)
{
  pid_t child = start_child ();
  int steps = 0, bad = 0;
  siginfo_t info;

  if (!check (run_to (child, step_first), "breakpoint",
	      "the child is at %#llx", (unsigned long long) rip (child)))
    return;
  while (rip (child) != (uint64_t) step_last && steps < 10 * STEPS)
    {
      ptrace (PTRACE_SINGLESTEP, child, 0, 0);
      bad += wait_stop (child) != SIGTRAP;
      steps++;
    }
  check_equal ("steps", steps, STEPS);
  check_equal ("steps-signals", bad, 0);
  ptrace (PTRACE_GETSIGINFO, child, 0, &info);
  check (info.si_code == TRAP_TRACE, "step-code", "si_code %d", info.si_code);
  check_equal ("step-result",
	       peek_user (child, offsetof (struct user, regs.rax)), child);
  check_equal ("step-flags",
	       peek_user (child, offsetof (struct user, regs.eflags)) & 0x100,
	       0);
  check_equal ("peek-data", ptrace (PTRACE_PEEKDATA, child, &watched[0], 0),
	       30);
  finish ("steps-end", child);

  /* From the very first instruction to the end of the program.  */
  child = start_child ();
  for (steps = 0; steps < 20000; steps++)
    {
      int status;

      ptrace (PTRACE_SINGLESTEP, child, 0, 0);
      waitpid (child, &status, 0);
      if (WIFEXITED (status))
	{
	  check_equal ("steps-to-end", WEXITSTATUS (status), 23);
	  break;
	}
      if (!WIFSTOPPED (status) || WSTOPSIG (status) != SIGTRAP)
	{
	  check (0, "steps-to-end", "status %#x", status);
	  kill (child, SIGKILL);
	  waitpid (child, &status, 0);
	  break;
	}
    }
  check (steps > 2 * STEPS && steps < 20000, "steps-all", "%d", steps);
}

static void
check_watch (void)
{
  static const struct
  {
    const char *name;
    int word;			/* of watched */
    int kind;			/* 1: write, 3: read or write */
    int length;			/* 0: 1 byte, 3: 4, 2: 8 */
    int hits;			/* in one run of stepped */
  } cases[] = {
    { "watch-8", 0, 1, 2, 1 },
    { "watch-4", 0, 1, 3, 1 },
    { "watch-1", 0, 1, 0, 1 },
    { "watch-access", 0, 3, 2, 1 },
    { "watch-nothing", 3, 1, 2, 0 },
  };
  size_t i;
  int n;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      char name[64];
      pid_t child = start_child ();
      uint64_t control = 1ull << 2 | (uint64_t) cases[i].kind << 20
	| (uint64_t) cases[i].length << 22;

      /* Register 1, local.  */
      if (!check (set_debug (child, 1, (uint64_t) &watched[cases[i].word])
		  == 0 && set_debug (child, 7, control) == 0, cases[i].name,
		  "cannot set it: errno %d", errno))
	{
	  finish ("watch-end", child);
	  continue;
	}
      for (n = 0; n < 2 * cases[i].hits; n++)
	{
	  ptrace (PTRACE_CONT, child, 0, 0);
	  if (wait_stop (child) != SIGTRAP
	      || rip (child) != (uint64_t) step_store + 7
	      || !(get_debug (child, 6) & 2))
	    break;
	}
      snprintf (name, sizeof name, "%s-hits", cases[i].name);
      check (n == 2 * cases[i].hits, name, "%d hits, rip %#llx dr6 %#llx", n,
	     (unsigned long long) rip (child),
	     (unsigned long long) get_debug (child, 6));
      /* The child's own last look at the word is not counted.  */
      set_debug (child, 7, 0);
      snprintf (name, sizeof name, "%s-end", cases[i].name);
      finish (name, child);
    }
}

static void
check_execute (void)
{
  pid_t child = start_child ();
  int n;

  check (set_debug (child, 0, (uint64_t) step_store) == 0
	 && set_debug (child, 3, (uint64_t) step_call) == 0
	 && set_debug (child, 7, 1 | 1 << 6) == 0, "hardware-breakpoint",
	 "cannot set it: errno %d", errno);
  for (n = 0; n < 4; n++)
    {
      char *want = n % 2 ? step_call : step_store;
      uint64_t bit = n % 2 ? 8 : 1;

      ptrace (PTRACE_CONT, child, 0, 0);
      if (wait_stop (child) != SIGTRAP || rip (child) != (uint64_t) want
	  || (get_debug (child, 6) & 15) != bit)
	break;
    }
  check (n == 4, "hardware-breakpoint-hits", "%d, rip %#llx dr6 %#llx", n,
	 (unsigned long long) rip (child),
	 (unsigned long long) get_debug (child, 6));
  /* This process runs the same code and must see nothing of it.  */
  stepped ();
  check_equal ("hardware-breakpoint-others", watched[0], 30);
  set_debug (child, 7, 0);
  finish ("hardware-breakpoint-end", child);

  /* Where nobody may look.  */
  child = start_child ();
  check (set_debug (child, 0, 0xffffffff81000000ull) == -1
	 || set_debug (child, 7, 1) == -1, "breakpoint-kernel",
	 "a breakpoint in the kernel is allowed");
  set_debug (child, 7, 0);
  set_debug (child, 0, 0);
  check (set_debug (child, 0, 0xfffffe0000001000ull) == -1
	 || set_debug (child, 7, 1 | 1 << 16 | 3 << 18) == -1,
	 "watch-slot-508", "a watchpoint on the Switcher is allowed");
  set_debug (child, 7, 0);
  finish ("breakpoint-kernel-end", child);
}

static void
check_calls (void)
{
  pid_t child = start_child ();
  struct user_regs_struct registers;
  int calls = 0, ours = 0, status;

  ptrace (PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD);
  for (;;)
    {
      ptrace (PTRACE_SYSCALL, child, 0, 0);
      waitpid (child, &status, 0);
      if (WIFEXITED (status))
	break;
      if (!WIFSTOPPED (status) || WSTOPSIG (status) != (SIGTRAP | 0x80))
	break;
      ptrace (PTRACE_GETREGS, child, 0, &registers);
      calls++;
      if (registers.orig_rax == SYS_getpid
	  && registers.rip == (uint64_t) step_call + 2)
	{
	  ours++;
	  if (ours == 2)
	    {
	      /* Change the result, as a debugger may.  */
	      registers.rax = 0x12345;
	      ptrace (PTRACE_SETREGS, child, 0, &registers);
	    }
	}
    }
  check (WIFEXITED (status) && WEXITSTATUS (status) == 23, "calls-end",
	 "status %#x", status);
  check (ours == 4 && calls >= 4, "calls", "%d stops at getpid of %d", ours,
	 calls);
}

static void
check_registers (void)
{
  pid_t child = start_child ();
  struct user_regs_struct set, got;
  struct user_fpregs_struct fp;
  int bad;

  run_to (child, step_first);
  ptrace (PTRACE_GETREGS, child, 0, &set);
  set.r8 = 0x8888888888888888ull;
  set.r11 = 0x1111111111111111ull;
  set.rcx = 0xcccccccccccccccull;
  set.rbx = 0xbbbb;
  set.gs_base = 0x123456789000ull;
  ptrace (PTRACE_SETREGS, child, 0, &set);
  /* One step, of an instruction that changes RAX alone.  */
  ptrace (PTRACE_SINGLESTEP, child, 0, 0);
  wait_stop (child);
  ptrace (PTRACE_GETREGS, child, 0, &got);
  bad = got.r8 != set.r8 || got.r11 != set.r11 || got.rcx != set.rcx
    || got.rbx != set.rbx || got.gs_base != set.gs_base
    || got.fs_base != set.fs_base || got.rsp != set.rsp || got.rax != 0
    || got.rip != set.rip + 2;
  check (!bad, "set-registers", "r8 %#llx r11 %#llx rcx %#llx gs %#llx",
	 (unsigned long long) got.r8, (unsigned long long) got.r11,
	 (unsigned long long) got.rcx, (unsigned long long) got.gs_base);
  set.rip = 0x8000000000000000ull;
  check (ptrace (PTRACE_GETFPREGS, child, 0, &fp) == 0 && fp.cwd == 0x37f,
	 "fp-registers", "control word %#x", fp.cwd);
  check (ptrace (PTRACE_POKEUSER, child, offsetof (struct user, regs.gs_base),
		 0xffffffff81000000ull) == -1, "gs-base-kernel",
	 "a kernel's address is taken as GS base");
  check (ptrace (PTRACE_POKEUSER, child, offsetof (struct user, regs.cs),
		 0x10) == -1, "cs-kernel", "the kernel's CS is taken");

  /* A RIP that is none: the child gets SIGSEGV, the kernel lives.  */
  ptrace (PTRACE_SETREGS, child, 0, &set);
  ptrace (PTRACE_CONT, child, 0, 0);
  check_equal ("rip-non-canonical", wait_stop (child), SIGSEGV);
  set.rip = 0xfffffe0000001000ull;
  ptrace (PTRACE_SETREGS, child, 0, &set);
  ptrace (PTRACE_CONT, child, 0, 0);
  check_equal ("rip-slot-508", wait_stop (child), SIGSEGV);
  kill (child, SIGKILL);
  waitpid (child, &bad, 0);
  check_equal ("kill-traced", bad & 0x7f, SIGKILL);
}

int
main (void)
{
  check_start ("trace", 38, 300);
  check_steps ();
  check_watch ();
  check_execute ();
  check_calls ();
  check_registers ();
  return check_end ();
}
