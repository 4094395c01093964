/* fpu.c - floating point and vector registers are each process's own.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <cpuid.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* How much of the vector registers this processor and kernel have: 16, 32
   or 64 bytes each, 16 or 32 registers.  */
static int width;

struct vectors
{
  uint8_t lane[32][64];
  uint64_t mask[8];
} __attribute__ ((aligned (64)));

static void
find_width (void)
{
  unsigned a, b, c, d, xcr0 = 0, high;

  width = 16;
  __cpuid (1, a, b, c, d);
  if (!(c & (1 << 27)))
    return;
  __asm__ ("xgetbv" : "=a" (xcr0), "=d" (high) : "c" (0));
  if (!(c & (1 << 28)) || (xcr0 & 6) != 6)
    return;
  width = 32;
  if (__get_cpuid_count (7, 0, &a, &b, &c, &d) && (b & (1 << 16))
      && (xcr0 & 0xe6) == 0xe6)
    width = 64;
}

#define EACH16(X) X (0) X (1) X (2) X (3) X (4) X (5) X (6) X (7) X (8)	\
  X (9) X (10) X (11) X (12) X (13) X (14) X (15)
#define EACH32(X) EACH16 (X) X (16) X (17) X (18) X (19) X (20) X (21)	\
  X (22) X (23) X (24) X (25) X (26) X (27) X (28) X (29) X (30) X (31)
#define EACH8(X) X (0) X (1) X (2) X (3) X (4) X (5) X (6) X (7)

#define LOAD16(n) "movdqa " #n "*64(%0), %%xmm" #n "\n\t"
#define STORE16(n) "movdqa %%xmm" #n ", " #n "*64(%1)\n\t"
#define LOAD32(n) "vmovdqa " #n "*64(%0), %%ymm" #n "\n\t"
#define STORE32(n) "vmovdqa %%ymm" #n ", " #n "*64(%1)\n\t"
#define LOAD64(n) "vmovdqa64 " #n "*64(%0), %%zmm" #n "\n\t"
#define STORE64(n) "vmovdqa64 %%zmm" #n ", " #n "*64(%1)\n\t"
#define LOADK(n) "kmovw " #n "*8+2048(%0), %%k" #n "\n\t"
#define STOREK(n) "kmovw %%k" #n ", " #n "*8+2048(%1)\n\t"

#define SPIN "mov %2, %%ecx\n1:\tdec %%ecx\n\tjnz 1b\n\t"

/* Load all, wait, store all.  */
static void
hold (const struct vectors *in, struct vectors *out, int rounds)
{
  if (width == 64)
    __asm__ volatile (EACH32 (LOAD64) EACH8 (LOADK) SPIN EACH32 (STORE64)
		      EACH8 (STOREK) "vzeroupper"
		      : : "r" (in), "r" (out), "r" (rounds)
		      : "rcx", "memory", "cc");
  else if (width == 32)
    __asm__ volatile (EACH16 (LOAD32) SPIN EACH16 (STORE32) "vzeroupper"
		      : : "r" (in), "r" (out), "r" (rounds)
		      : "rcx", "memory", "cc");
  else
    __asm__ volatile (EACH16 (LOAD16) SPIN EACH16 (STORE16)
		      : : "r" (in), "r" (out), "r" (rounds)
		      : "rcx", "memory", "cc", "xmm0", "xmm1", "xmm2",
		      "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
		      "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static void
fill (struct vectors *v, uint64_t seed)
{
  int i, j;

  memset (v, 0, sizeof *v);
  for (i = 0; i < (width == 64 ? 32 : 16); i++)
    for (j = 0; j < width; j++)
      v->lane[i][j] = random_next (&seed);
  if (width == 64)
    for (i = 0; i < 8; i++)
      v->mask[i] = random_next (&seed) & 0xffff;
}

static int
holds (uint64_t seed, int rounds)
{
  static struct vectors in, out;

  fill (&in, seed);
  memset (&out, 0, sizeof out);
  hold (&in, &out, rounds);
  return memcmp (&in, &out, sizeof in) == 0;
}

/* The old registers: eight numbers on the x87 stack, and both control
   words.  */
static int
holds_x87 (uint64_t seed, int rounds)
{
  long double in[8], out[8];
  unsigned short control = 0x037f | ((seed & 3) << 10), control_after;
  unsigned csr = 0x1f80 | ((seed & 3) << 13), csr_after;
  int i;

  for (i = 0; i < 8; i++)
    in[i] = (long double) (int64_t) random_next (&seed) / 3;
  __asm__ volatile ("fninit; fldcw %1; ldmxcsr %2\n\t"
		    "fldt 0(%0); fldt 16(%0); fldt 32(%0); fldt 48(%0)\n\t"
		    "fldt 64(%0); fldt 80(%0); fldt 96(%0); fldt 112(%0)\n\t"
		    "mov %3, %%ecx\n"
		    "1:	dec %%ecx; jnz 1b\n\t"
		    "fstpt 112(%4); fstpt 96(%4); fstpt 80(%4)\n\t"
		    "fstpt 64(%4); fstpt 48(%4); fstpt 32(%4)\n\t"
		    "fstpt 16(%4); fstpt 0(%4)"
		    : : "r" (in), "m" (control), "m" (csr), "r" (rounds),
		    "r" (out) : "rcx", "memory", "cc");
  __asm__ volatile ("fnstcw %0; stmxcsr %1" : "=m" (control_after),
		    "=m" (csr_after));
  __asm__ volatile ("fninit");
  i = 0x1f80;
  __asm__ volatile ("ldmxcsr %0" : : "m" (i));
  for (i = 0; i < 8; i++)
    if (in[i] != out[i])
      return 0;
  return control == control_after && (csr & ~0x3f) == (csr_after & ~0x3f);
}

static void
check_preempted (void)
{
  enum { PROCESSES = 6 };
  pid_t children[PROCESSES];
  int i;

  for (i = 0; i < PROCESSES; i++)
    {
      children[i] = fork ();
      if (children[i] < 0)
	fatal ("fork");
      if (children[i] == 0)
	{
	  uint64_t end = clock_ns () + 2500000000ull;
	  uint64_t seed = i * 1000;
	  int round = 0;

	  do
	    {
	      if (!holds (seed++, 300000))
		_exit (1);
	      if (!holds_x87 (seed++, 300000))
		_exit (2);
	      round++;
	    }
	  while (clock_ns () < end);
	  _exit (round >= 3 ? 0 : 3);
	}
    }
  for (i = 0; i < PROCESSES; i++)
    {
      char name[32];

      snprintf (name, sizeof name, "preempted-%d", i);
      check_child (name, children[i]);
    }
}

static volatile int handled;

static void
clobber_handler (int signal)
{
  static struct vectors junk, out;

  (void) signal;
  fill (&junk, 999999 + handled);
  hold (&junk, &out, 1);
  __asm__ volatile ("fninit; fldz; fld1");
  handled++;
}

static void
check_signals (void)
{
  struct itimerval timer = { { 0, 2000 }, { 0, 2000 } };
  struct itimerval off = { { 0, 0 }, { 0, 0 } };
  int bad = 0, bad_x87 = 0;
  uint64_t seed = 1;

  signal (SIGALRM, clobber_handler);
  setitimer (ITIMER_REAL, &timer, NULL);
  while (handled < 100)
    {
      bad += !holds (seed++, 100000);
      bad_x87 += !holds_x87 (seed++, 100000);
    }
  setitimer (ITIMER_REAL, &off, NULL);
  check_equal ("signals", bad, 0);
  check_equal ("signals-x87", bad_x87, 0);
}

/* System calls and faults leave them alone.  */
static void
check_calls (void)
{
  static struct vectors in, out;
  char *p = mmap (NULL, 100 * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int i, bad = 0;

  for (i = 0; i < 100; i++)
    {
      uint64_t rax = 24;	/* sched_yield */

      fill (&in, 5000 + i);
      memset (&out, 0, sizeof out);
      if (width >= 32)
	__asm__ volatile (EACH16 (LOAD32) "syscall\n\tmovb $1, (%3)\n\t"
			  EACH16 (STORE32) "vzeroupper"
			  : : "r" (&in), "r" (&out), "a" (rax),
			  "r" (p + i * PAGE) : "rcx", "r11", "memory", "cc");
      else
	__asm__ volatile (EACH16 (LOAD16) "syscall\n\tmovb $1, (%3)\n\t"
			  EACH16 (STORE16)
			  : : "r" (&in), "r" (&out), "a" (rax),
			  "r" (p + i * PAGE) : "rcx", "r11", "memory", "cc");
      for (int n = 0; n < 16; n++)
	bad += memcmp (in.lane[n], out.lane[n], width >= 32 ? 32 : 16) != 0;
    }
  check_equal ("calls-and-faults", bad, 0);
  munmap (p, 100 * PAGE);
}

/* A child starts with its parent's registers, and they part then.  */
static void
check_fork (void)
{
  static struct vectors in, out;
  pid_t parent = getpid ();
  int i, bad = 0;

  for (i = 0; i < 20; i++)
    {
      int status = 0;
      long pid;

      fill (&in, 7000 + i);
      memset (&out, 0, sizeof out);
      /* The raw call, so that nothing lies between.  */
      __asm__ volatile (EACH16 (LOAD16) "syscall\n\tmov %%rax, (%3)\n\t"
			EACH16 (STORE16)
			: : "r" (&in), "r" (&out), "a" (57l), "r" (&pid)
			: "rcx", "r11", "memory", "cc", "xmm0", "xmm1",
			"xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
			"xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
			"xmm14", "xmm15");
      for (int n = 0; n < 16; n++)
	bad += memcmp (in.lane[n], out.lane[n], 16) != 0;
      if (getpid () != parent)
	_exit (bad ? 1 : 0);
      if (pid < 0 || waitpid (pid, &status, 0) != pid || status != 0)
	bad++;
    }
  check_equal ("fork", bad, 0);
}

/* A process that has just been made sees nothing of others.  */
static int
see_clean (void *unused)
{
  static struct vectors in, out;
  int i;

  (void) unused;
  /* After execve all are zero; here they must only be ours: the parent's,
     which are zero by now.  */
  memset (&in, 0, sizeof in);
  hold (&in, &out, 1000000);
  for (i = 0; i < 32; i++)
    for (int j = 0; j < 64; j++)
      if (out.lane[i][j] != 0)
	return 1;
  return 0;
}

static void
check_arithmetic (void)
{
  volatile double sum = 0;
  volatile long double product = 1;
  int i;

  for (i = 1; i <= 100000; i++)
    sum += 1.0 / i;
  check (sum > 12.09014612 && sum < 12.09014614, "harmonic", "%.9f",
	 (double) sum);
  for (i = 1; i <= 20; i++)
    product *= i;
  check (product == 2432902008176640000.0L, "factorial", "%Lf",
	 (long double) product);
}

int
main (void)
{
  check_start ("fpu", 13, 300);
  find_width ();
  if (width < 32)
    check_skip ("avx", "this processor or kernel has none");
  if (width < 64)
    check_skip ("avx-512", "this processor or kernel has none");
  check_arithmetic ();
  check_preempted ();
  check_signals ();
  check_calls ();
  check_fork ();
  check_equal ("clean", in_child (see_clean, NULL), 0);
  return check_end ();
}
