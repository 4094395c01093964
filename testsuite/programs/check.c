/* check.c - how the test programs of lguest say what they found.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <cpuid.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <x86intrin.h>

/* Where a signal's context has the instruction pointer.  */
#ifdef __x86_64__
# define REG_IP REG_RIP
#else
# define REG_IP REG_EIP
#endif

/* Shared by the program and all its children.  */
struct tally
{
  int ok;
  int failed;
  int minimum;
};

static struct tally *tally;
static const char *program_name = "?";

static void
say (const char *kind, const char *name, const char *why)
{
  char line[512];
  int length;

  if (why != NULL)
    length = snprintf (line, sizeof line, "%s %s: %s\n", kind, name, why);
  else
    length = snprintf (line, sizeof line, "%s %s\n", kind, name);
  if (length >= (int) sizeof line)
    {
      length = sizeof line - 1;
      line[length - 1] = '\n';
    }
  if (write (STDOUT_FILENO, line, length) != length)
    _exit (9);
}

/* The keeper of the time: waits for CHILD, and ends this process.  */
static void
keep_time (pid_t child, int seconds)
{
  struct timespec limit = { .tv_sec = seconds };
  sigset_t set;
  int status;

  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  for (;;)
    {
      pid_t pid = waitpid (child, &status, WNOHANG);
      if (pid == child)
	break;
      if (sigtimedwait (&set, NULL, &limit) < 0 && errno == EAGAIN)
	{
	  char why[64];

	  kill (-child, SIGKILL);
	  kill (child, SIGKILL);
	  waitpid (child, &status, 0);
	  snprintf (why, sizeof why, "not done after %d s", seconds);
	  say ("FAIL", program_name, why);
	  exit (1);
	}
    }
  if (WIFSIGNALED (status))
    {
      char why[64];

      snprintf (why, sizeof why, "ended by signal %d", WTERMSIG (status));
      say ("FAIL", program_name, why);
      exit (1);
    }
  exit (WEXITSTATUS (status));
}

void
check_start (const char *program, int minimum, int seconds)
{
  sigset_t set;
  pid_t child;
  int i;

  program_name = program;
  /* Whoever started us may have had other plans.  */
  for (i = 1; i < NSIG; i++)
    signal (i, SIG_DFL);
  tally = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (tally == MAP_FAILED)
    {
      perror ("mmap");
      exit (1);
    }
  tally->minimum = minimum;

  /* Blocked before the fork, so that the child's death cannot be missed.  */
  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  sigprocmask (SIG_SETMASK, &set, NULL);
  child = fork ();
  if (child < 0)
    fatal ("fork");
  if (child > 0)
    {
      setpgid (child, child);
      keep_time (child, seconds);
    }
  setpgid (0, 0);
  sigemptyset (&set);
  sigprocmask (SIG_SETMASK, &set, NULL);
}

static int
check_tell (int condition, const char *name, const char *why)
{
  if (condition)
    {
      __atomic_add_fetch (&tally->ok, 1, __ATOMIC_SEQ_CST);
      say ("ok", name, NULL);
    }
  else
    {
      __atomic_add_fetch (&tally->failed, 1, __ATOMIC_SEQ_CST);
      say ("FAIL", name, why);
    }
  return condition;
}

int
check (int condition, const char *name, const char *why, ...)
{
  char text[256];
  va_list arguments;

  va_start (arguments, why);
  vsnprintf (text, sizeof text, why, arguments);
  va_end (arguments);
  return check_tell (condition, name, text);
}

int
check_equal (const char *name, uint64_t got, uint64_t want)
{
  return check (got == want, name, "is %#llx, must be %#llx",
		(unsigned long long) got, (unsigned long long) want);
}

void
check_skip (const char *name, const char *why)
{
  __atomic_add_fetch (&tally->ok, 1, __ATOMIC_SEQ_CST);
  say ("skip", name, why);
}

int
check_end (void)
{
  int made = tally->ok + tally->failed;

  if (made < tally->minimum)
    check (0, program_name, "only %d checks made of %d", made, tally->minimum);
  return tally->failed != 0;
}

void
fatal (const char *what)
{
  char why[128];

  snprintf (why, sizeof why, "%s: %s", what, strerror (errno));
  say ("FAIL", program_name, why);
  _exit (1);
}

int
in_child (int (*body) (void *), void *argument)
{
  int status;
  pid_t child = fork ();

  if (child < 0)
    fatal ("fork");
  if (child == 0)
    _exit (body (argument));
  while (waitpid (child, &status, 0) != child)
    if (errno != EINTR)
      fatal ("waitpid");
  return status;
}

int
check_child (const char *name, pid_t child)
{
  int status;

  while (waitpid (child, &status, 0) != child)
    if (errno != EINTR)
      fatal ("waitpid");
  return check (WIFEXITED (status) && WEXITSTATUS (status) == 0, name,
		"child's status is %#x", status);
}

static sigjmp_buf fault_return;
static struct fault fault_seen;

static void
fault_handler (int signal, siginfo_t *info, void *context)
{
  ucontext_t *user = context;

  /* A handler starts with the flags of the interrupted code; this one does
     not care for alignment.  */
  __writeeflags (__readeflags () & ~0x40000);
  fault_seen.signal = signal;
  fault_seen.code = info->si_code;
  fault_seen.address = (uintptr_t) info->si_addr;
  fault_seen.rip = (uintptr_t) user->uc_mcontext.gregs[REG_IP];
  fault_seen.trap = user->uc_mcontext.gregs[REG_TRAPNO];
  fault_seen.error = user->uc_mcontext.gregs[REG_ERR];
  siglongjmp (fault_return, 1);
}

int
fault_catch (struct fault *fault, void (*body) (void *), void *argument)
{
  static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
  enum { COUNT = sizeof signals / sizeof *signals };
  static struct sigaction before[COUNT];
  static char stack[65536] __attribute__ ((aligned (16)));
  static stack_t stack_before;
  struct sigaction action;
  stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
  int i;

  memset (&action, 0, sizeof action);
  memset (&fault_seen, 0, sizeof fault_seen);
  action.sa_sigaction = fault_handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaltstack (&other, &stack_before);
  for (i = 0; i < COUNT; i++)
    sigaction (signals[i], &action, &before[i]);
  if (sigsetjmp (fault_return, 1) == 0)
    body (argument);
  for (i = 0; i < COUNT; i++)
    sigaction (signals[i], &before[i], NULL);
  sigaltstack (&stack_before, NULL);
  *fault = fault_seen;
  return fault->signal;
}

int
check_fault (const char *name, const struct fault *fault, int signal,
	     int code, uint64_t address)
{
  return check (fault->signal == signal && fault->code == code
		&& fault->address == address, name,
		"signal %d code %d address %#llx (rip %#llx), must be signal"
		" %d code %d address %#llx",
		fault->signal, fault->code,
		(unsigned long long) fault->address,
		(unsigned long long) fault->rip, signal, code,
		(unsigned long long) address);
}

void
touch_read (void *address)
{
  *(volatile char *) address;
}

void
touch_write (void *address)
{
  *(volatile char *) address = 0x55;
}

void
touch_execute (void *address)
{
  ((void (*) (void)) address) ();
}

uint64_t
random_next (uint64_t *state)
{
  /* splitmix64, from its definition.  */
  uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

int
is_emulator (void)
{
  unsigned a, b, c, d;
  char name[13] = "";

  __cpuid (1, a, b, c, d);
  if (!(c & (1u << 31)))
    return 0;
  __cpuid (0x40000000, a, b, c, d);
  memcpy (name, &b, 4);
  memcpy (name + 4, &c, 4);
  memcpy (name + 8, &d, 4);
  return strcmp (name, "TCGTCGTCGTCG") == 0;
}

uint64_t
clock_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000ull + now.tv_nsec;
}
