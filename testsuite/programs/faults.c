/* faults.c - every trap that a user can raise gives the signal that it
   should, at the right place, and what is not for users is refused.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* INSTRUCTION raises SIGNAL (or OTHER, by maker of processor, if not 0) with
   RIP at instruction + OFFSET.  TRAP is the vector that the signal frame
   must show, or -1 if it differs.  */
struct instruction
{
  const char *name;
  const char *bytes;
  int length;
  int signal;
  int other;
  int offset;
  int trap;
};

#define BYTES(s) s, sizeof s - 1

static const struct instruction instructions[] = {
  { "int3", BYTES ("\xcc"), SIGTRAP, 0, 1, 3 },
  { "int-3", BYTES ("\xcd\x03"), SIGTRAP, 0, 2, 3 },
  { "icebp", BYTES ("\xf1"), SIGTRAP, SIGILL, -1, -1 },	/* QEMU: #UD */
  { "int-4", BYTES ("\xcd\x04"), SIGSEGV, 0, 2, 4 },
  { "ud2", BYTES ("\x0f\x0b"), SIGILL, 0, 0, 6 },
  { "ud1", BYTES ("\x0f\xb9\xc0"), SIGILL, 0, 0, 6 },
  { "push-es", BYTES ("\x06"), SIGILL, 0, 0, 6 },
  { "lock-nop", BYTES ("\xf0\x90"), SIGILL, 0, 0, 6 },
  { "div-0", BYTES ("\x31\xc9\xf7\xf1"), SIGFPE, 0, 2, 0 },
  { "idiv-overflow", BYTES ("\xb8\0\0\0\x80\x99\x83\xc9\xff\xf7\xf9"),
    SIGFPE, 0, 9, 0 },

  { "cli", BYTES ("\xfa"), SIGSEGV, 0, 0, 13 },
  { "sti", BYTES ("\xfb"), SIGSEGV, 0, 0, 13 },
  { "hlt", BYTES ("\xf4"), SIGSEGV, 0, 0, 13 },
  { "in-imm", BYTES ("\xe4\x70"), SIGSEGV, 0, 0, 13 },
  { "in-dx", BYTES ("\x66\xba\xf8\x03\xec"), SIGSEGV, 0, 4, 13 },
  { "out-imm", BYTES ("\xe6\x80"), SIGSEGV, 0, 0, 13 },
  { "out-dx-32", BYTES ("\xba\xf8\x0c\0\0\xef"), SIGSEGV, 0, 5, 13 },
  { "ins", BYTES ("\x6c"), SIGSEGV, 0, 0, 13 },
  { "outs", BYTES ("\x6e"), SIGSEGV, 0, 0, 13 },
  { "mov-from-cr0", BYTES ("\x0f\x20\xc0"), SIGSEGV, 0, 0, 13 },
  { "mov-from-cr2", BYTES ("\x0f\x20\xd0"), SIGSEGV, 0, 0, 13 },
  { "mov-from-cr3", BYTES ("\x0f\x20\xd8"), SIGSEGV, 0, 0, 13 },
  { "mov-from-cr4", BYTES ("\x0f\x20\xe0"), SIGSEGV, 0, 0, 13 },
  { "mov-from-cr8", BYTES ("\x44\x0f\x20\xc0"), SIGSEGV, 0, 0, 13 },
  { "mov-to-cr0", BYTES ("\x0f\x22\xc0"), SIGSEGV, 0, 0, 13 },
  { "mov-to-cr3", BYTES ("\x0f\x22\xd8"), SIGSEGV, 0, 0, 13 },
  { "mov-to-cr4", BYTES ("\x0f\x22\xe0"), SIGSEGV, 0, 0, 13 },
  { "mov-from-dr7", BYTES ("\x0f\x21\xf8"), SIGSEGV, 0, 0, 13 },
  { "mov-to-dr0", BYTES ("\x0f\x23\xc0"), SIGSEGV, 0, 0, 13 },
  { "mov-to-dr7", BYTES ("\x0f\x23\xf8"), SIGSEGV, 0, 0, 13 },
  { "rdmsr", BYTES ("\xb9\x80\0\0\xc0\x0f\x32"), SIGSEGV, 0, 5, 13 },
  { "wrmsr-efer", BYTES ("\xb9\x80\0\0\xc0\x31\xc0\x31\xd2\x0f\x30"),
    SIGSEGV, 0, 9, 13 },
  { "wrmsr-lstar", BYTES ("\xb9\x82\0\0\xc0\x31\xc0\x31\xd2\x0f\x30"),
    SIGSEGV, 0, 9, 13 },
  { "lgdt", BYTES ("\x0f\x01\x14\x24"), SIGSEGV, 0, 0, 13 },
  { "lidt", BYTES ("\x0f\x01\x1c\x24"), SIGSEGV, 0, 0, 13 },
  { "lldt", BYTES ("\x31\xc0\x0f\x00\xd0"), SIGSEGV, 0, 2, 13 },
  { "ltr", BYTES ("\x31\xc0\x0f\x00\xd8"), SIGSEGV, 0, 2, 13 },
  { "lmsw", BYTES ("\x0f\x01\xf0"), SIGSEGV, 0, 0, 13 },
  { "clts", BYTES ("\x0f\x06"), SIGSEGV, 0, 0, 13 },
  { "invlpg", BYTES ("\x0f\x01\x3c\x24"), SIGSEGV, 0, 0, 13 },
  { "invd", BYTES ("\x0f\x08"), SIGSEGV, 0, 0, 13 },
  { "wbinvd", BYTES ("\x0f\x09"), SIGSEGV, 0, 0, 13 },
  { "swapgs", BYTES ("\x0f\x01\xf8"), SIGSEGV, 0, 0, 13 },
  { "sysretq", BYTES ("\x48\x0f\x07"), SIGSEGV, 0, 0, 13 },
  { "xsetbv", BYTES ("\x31\xc9\x0f\x01\xd1"), SIGSEGV, SIGILL, 2, -1 },
  { "clac", BYTES ("\x0f\x01\xca"), SIGILL, 0, 0, 6 },
  { "stac", BYTES ("\x0f\x01\xcb"), SIGILL, 0, 0, 6 },
  { "mov-bad-ds", BYTES ("\xb8\xf8\xff\0\0\x8e\xd8"), SIGSEGV, 0, 5, 13 },
  { "mov-kernel-ds", BYTES ("\xb8\x18\0\0\0\x8e\xd8"), SIGSEGV, 0, 5, 13 },
  { "mov-null-ss", BYTES ("\x31\xc0\x8e\xd0"), SIGSEGV, 0, 2, 13 },
  { "mov-bad-gs", BYTES ("\xb8\xf8\xff\0\0\x8e\xe8"), SIGSEGV, 0, 5, 13 },
  { "int-0", BYTES ("\xcd\x00"), SIGSEGV, 0, 0, 13 },
  { "int-1", BYTES ("\xcd\x01"), SIGSEGV, 0, 0, 13 },
  { "int-2", BYTES ("\xcd\x02"), SIGSEGV, 0, 0, 13 },
  { "int-8", BYTES ("\xcd\x08"), SIGSEGV, 0, 0, 13 },
  { "int-13", BYTES ("\xcd\x0d"), SIGSEGV, 0, 0, 13 },
  { "int-14", BYTES ("\xcd\x0e"), SIGSEGV, 0, 0, 13 },
  { "int-18", BYTES ("\xcd\x12"), SIGSEGV, 0, 0, 13 },
  { "int-32", BYTES ("\xcd\x20"), SIGSEGV, 0, 0, 13 },
  { "int-48", BYTES ("\xcd\x30"), SIGSEGV, 0, 0, 13 },
  { "int-129", BYTES ("\xcd\x81"), SIGSEGV, 0, 0, 13 },
  { "int-236", BYTES ("\xcd\xec"), SIGSEGV, 0, 0, 13 },
  { "int-255", BYTES ("\xcd\xff"), SIGSEGV, 0, 0, 13 },
  { "movaps-unaligned", BYTES ("\x0f\x28\x44\x24\x01"), SIGSEGV, 0, 0, 13 },
};

static char *code;

static void
check_instruction (const struct instruction *in)
{
  struct fault fault;
  int i;

  /* What follows would be `ret': no fault would be seen as signal 0.  */
  memset (code, 0xc3, 64);
  memcpy (code, in->bytes, in->length);
  for (i = 0; i < 3; i++)
    {
      fault_catch (&fault, touch_execute, code);
      if ((fault.signal != in->signal
	   && (in->other == 0 || fault.signal != in->other))
	  || (in->offset >= 0
	      && fault.rip != (uint64_t) code + in->offset)
	  || (in->trap >= 0 && fault.trap != (uint64_t) in->trap)
	  || (in->trap == 13 && fault.code != SI_KERNEL))
	break;
    }
  check (i == 3, in->name, "signal %d code %d trap %d error %#llx at +%lld,"
	 " must be signal %d trap %d at +%d", fault.signal, fault.code,
	 (int) fault.trap, (unsigned long long) fault.error,
	 (long long) (fault.rip - (uint64_t) code), in->signal, in->trap,
	 in->offset);
}

static void
divide_vector (void *unused)
{
  /* An exception of SSE that is not masked.  */
  unsigned csr = 0x1f80 & ~(1 << 9);
  volatile double zero = 0, one = 1;

  (void) unused;
  __asm__ volatile ("ldmxcsr %0" : : "m" (csr));
  one = one / zero;
}

static void
divide_x87 (void *unused)
{
  unsigned short control = 0x037f & ~(1 << 2);

  (void) unused;
  __asm__ volatile ("fninit; fldcw %0; fldz; fld1; fdivp; fwait"
		    : : "m" (control));
}

static void
check_floating (void)
{
  struct fault fault;
  unsigned csr = 0x1f80;

  fault_catch (&fault, divide_vector, NULL);
  __asm__ volatile ("ldmxcsr %0" : : "m" (csr));
  if (fault.signal == 0 && is_emulator ())
    check_skip ("sse-divide", "QEMU does not raise it");
  else
    check (fault.signal == SIGFPE && fault.code == FPE_FLTDIV
	   && fault.trap == 19, "sse-divide", "signal %d code %d trap %d",
	 fault.signal, fault.code, (int) fault.trap);
  fault_catch (&fault, divide_x87, NULL);
  __asm__ volatile ("fninit");
  check (fault.signal == SIGFPE && fault.code == FPE_FLTDIV
	 && fault.trap == 16, "x87-divide", "signal %d code %d trap %d",
	 fault.signal, fault.code, (int) fault.trap);
}

static void
set_alignment_check (void *address)
{
  __asm__ volatile ("pushfq; orl $0x40000, (%%rsp); popfq\n\t"
		    "movl 1(%0), %%eax\n\t"
		    "pushfq; andl $~0x40000, (%%rsp); popfq"
		    : : "r" (address) : "rax", "cc", "memory");
}

/* The signal codes of the arithmetic and of the debug traps.  */
static void
check_codes (void)
{
  static const struct
  {
    const char *name;
    const char *bytes;
    int length;
    int signal;
    int code;
  } cases[] = {
    { "code-int3", BYTES ("\xcc"), SIGTRAP, SI_KERNEL },
    { "code-ud2", BYTES ("\x0f\x0b"), SIGILL, ILL_ILLOPN },
    { "code-div", BYTES ("\x31\xc9\xf7\xf1"), SIGFPE, FPE_INTDIV },
  };
  struct fault fault;
  size_t i;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      memset (code, 0xc3, 64);
      memcpy (code, cases[i].bytes, cases[i].length);
      fault_catch (&fault, touch_execute, code);
      check (fault.signal == cases[i].signal && fault.code == cases[i].code,
	     cases[i].name, "signal %d code %d", fault.signal, fault.code);
    }
  /* The address of SIGILL and SIGFPE is that of the instruction.  */
  memset (code, 0xc3, 64);
  memcpy (code, "\x90\x90\x0f\x0b", 4);
  fault_catch (&fault, touch_execute, code);
  check_equal ("address-ud2", fault.address, (uint64_t) code + 2);
}

/* Handlers that repair and go on.  */
static volatile int repaired;

static void
skip_handler (int signal, siginfo_t *info, void *context)
{
  ucontext_t *user = context;

  (void) signal;
  (void) info;
  user->uc_mcontext.gregs[REG_RIP] += 2;
  user->uc_mcontext.gregs[REG_RAX] = 0x1234567890abcdefll;
  user->uc_mcontext.gregs[REG_RCX] = 0x1111111122222222ll;
  user->uc_mcontext.gregs[REG_R11] = 0x3333333344444444ll;
  repaired++;
}

static void
check_repair (void)
{
  struct sigaction action = { .sa_sigaction = skip_handler,
			      .sa_flags = SA_SIGINFO };
  uint64_t rax = 0, rcx = 0, r11 = 0;
  int i, good = 1;

  sigaction (SIGILL, &action, NULL);
  for (i = 0; i < 200; i++)
    {
      __asm__ volatile ("xor %%eax, %%eax; ud2; mov %%r11, %2"
			: "=&a" (rax), "=&c" (rcx), "=r" (r11) : : "r11");
      good &= rax == 0x1234567890abcdefull && rcx == 0x1111111122222222ull
	&& r11 == 0x3333333344444444ull;
    }
  signal (SIGILL, SIG_DFL);
  check (good && repaired == 200, "repair",
	 "after the handler rax %#llx rcx %#llx r11 %#llx",
	 (unsigned long long) rax, (unsigned long long) rcx,
	 (unsigned long long) r11);
}

/* Without a handler they end the process.  */
static int
raise_default (void *address)
{
  touch_execute (address);
  return 0;
}

static void
check_default (void)
{
  int status;

  memcpy (code, "\x0f\x0b", 2);
  status = in_child (raise_default, code);
  check_equal ("default-ud2", status & 0x7f, SIGILL);
  memcpy (code, "\xf4\xc3", 2);
  status = in_child (raise_default, code);
  check_equal ("default-hlt", status & 0x7f, SIGSEGV);
  memcpy (code, "\xcc\xc3", 2);
  status = in_child (raise_default, code);
  check_equal ("default-int3", status & 0x7f, SIGTRAP);
  status = in_child (raise_default, (void *) 0xfffffe0000000000ul);
  check_equal ("default-slot-508", status & 0x7f, SIGSEGV);
}

int
main (void)
{
  enum { COUNT = sizeof instructions / sizeof *instructions };
  static char aligned[64] __attribute__ ((aligned (64)));
  struct fault fault;
  size_t i;

  check_start ("faults", COUNT + 12, 300);
  code = mmap (NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
	       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED)
    fatal ("mmap");
  for (i = 0; i < COUNT; i++)
    check_instruction (&instructions[i]);
  check_floating ();
  check_codes ();

  fault_catch (&fault, set_alignment_check, aligned);
  __asm__ volatile ("pushfq; andl $~0x40000, (%%rsp); popfq"
		    : : : "cc", "memory");
  if (fault.signal == 0 && is_emulator ())
    check_skip ("alignment-check", "QEMU does not raise it");
  else
    check (fault.signal == SIGBUS && fault.code == BUS_ADRALN
	   && fault.trap == 17, "alignment-check", "signal %d code %d trap %d",
	 fault.signal, fault.code, (int) fault.trap);

  check_repair ();
  check_default ();
  return check_end ();
}
