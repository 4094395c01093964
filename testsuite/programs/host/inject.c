/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inject.c - let a thread of another process make a system call.
 *
 * inject THREAD NUMBER [ARGUMENT]...
 * What somebody would do who has taken over that thread.  Prints what the call
 * returned, or "refused" if it brings a signal, SIGSYS.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static int
fail (const char *what)
{
  fprintf (stderr, "inject: %s: %s\n", what, strerror (errno));
  return 125;
}

/* Into a system call, or out of it. */
static int
step (pid_t thread)
{
  int status;

  return ptrace (PTRACE_SYSCALL, thread, 0, 0) == 0
    && waitpid (thread, &status, __WALL) == thread && WIFSTOPPED (status)
    && WSTOPSIG (status) == (SIGTRAP | 0x80);
}

/* Is the signal on its way? */
static int
is_refused (pid_t thread)
{
  const struct __ptrace_peeksiginfo_args which = { .nr = 1 };
  siginfo_t info;

  return ptrace (PTRACE_PEEKSIGINFO, thread, &which, &info) == 1
    && info.si_signo == SIGSYS;
}

int
main (int argc, char **argv)
{
  unsigned long long arguments[6] = { 0 };
  struct user_regs_struct saved, registers;
  int i, status;
  pid_t thread;

  if (argc < 3 || argc > 9)
    return 125;
  thread = atoi (argv[1]);
  for (i = 3; i < argc; i++)
    arguments[i - 3] = strtoull (argv[i], NULL, 0);
  if (ptrace (PTRACE_SEIZE, thread, 0, PTRACE_O_TRACESYSGOOD) != 0
      || ptrace (PTRACE_INTERRUPT, thread, 0, 0) != 0
      || waitpid (thread, &status, __WALL) < 0
      || ptrace (PTRACE_GETREGS, thread, 0, &saved) != 0)
    return fail ("cannot stop the thread");
  /* It waits in a system call, so behind the instruction that makes one. */
  registers = saved;
  registers.rip -= 2;
  errno = 0;
  if ((ptrace (PTRACE_PEEKTEXT, thread, registers.rip, 0) & 0xffff) != 0x050f
      || errno)
    return fail ("the thread does not wait");
  registers.rax = atoi (argv[2]);
  registers.orig_rax = -1;
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.r10 = arguments[3];
  registers.r8 = arguments[4];
  registers.r9 = arguments[5];
  if (ptrace (PTRACE_SETREGS, thread, 0, &registers) != 0
      || !step (thread) || !step (thread))
    return fail ("it does not make the call");
  if (is_refused (thread))
    {
      printf ("refused\n");
      fflush (stdout);
      return ptrace (PTRACE_DETACH, thread, 0, 0) != 0;
    }
  if (ptrace (PTRACE_GETREGS, thread, 0, &registers) != 0)
    return fail ("it did not make the call");
  printf ("returned %lld\n", (long long) registers.rax);
  fflush (stdout);
  return ptrace (PTRACE_SETREGS, thread, 0, &saved) != 0
    || ptrace (PTRACE_DETACH, thread, 0, 0) != 0;
}
