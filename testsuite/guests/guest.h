/* guest.h - what the rules of a hostile guest are written with.

   SPDX-License-Identifier: GPL-2.0-or-later

   A hostile guest is a kernel of a few pages that breaks one rule, and looks
   at what becomes of it.  Which one, the command line says: `rule=NAME'.
   With `rule=list' it names all its rules.

   It prints `ok NAME' and powers off when all went as it must, or
   `FAIL NAME: why'.  Where a rule allows it (or asks for it) the Host kills
   it before, with a reason.  The Host must never notice.  */

#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <stdint.h>

#include <lguest/hypercall.h>
#include <lguest/shared.h>

#define KERNEL_BASE 0xffffffff80000000ull
#define LINEAR_BASE 0xffff888000000000ull
#define SLOT_508 0xfffffe0000000000ull
#define NON_CANONICAL 0x8000000000000000ull
#define USER_CODE 0x400000ull	/* user_pages begin here */
#define USER_STACK (USER_CODE + USER_PAGES * 4096)
#define USER_PAGES 16

/* How a guest may end that breaks a rule.  */
enum expect
{
  LIVES,			/* it gets its fault, or an error, and goes on */
  DIES,				/* the Host kills it, and says why */
  EITHER,
  HANGS,			/* it waits for ever; only the launcher ends it */
};

struct rule
{
  const char *name;
  void (*body) (void);
  enum expect expect;
  int early;			/* before LHCALL_LGUEST_INIT */
} __attribute__ ((aligned (32)));

#define RULE_AT(identifier, text, how, when)				\
  static void rule_##identifier (void);					\
  static const struct rule entry_##identifier				\
    __attribute__ ((section (".rules"), used)) =			\
    { text, rule_##identifier, how, when };				\
  static void rule_##identifier (void)
#define RULE(identifier, text, how) RULE_AT (identifier, text, how, 0)
#define EARLY_RULE(identifier, text, how) RULE_AT (identifier, text, how, 1)

/* What happened.  */
struct trap
{
  uint64_t regs[16];		/* rax rcx rdx rbx rsp rbp rsi rdi r8-r15 */
  uint64_t rip, cs, rflags, error, vector, cr2, dr6;
  int from_user;
};
#define TRAP_SYSCALL 0x100	/* the vector of a user's system call */

extern struct trap trap;
extern struct lguest_pad pad;
extern unsigned interrupts;	/* how many have come */
extern uint64_t memory_size;
extern struct lguest_init init;

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/* A hypercall, by SYSCALL or by the software interrupt.  */
int64_t hypercall (uint64_t number, uint64_t a, uint64_t b, uint64_t c);
int64_t hypercall5 (uint64_t number, uint64_t a, uint64_t b, uint64_t c,
		    uint64_t d, uint64_t e);
int64_t hypercall_by_trap (uint64_t number, uint64_t a, uint64_t b,
			   uint64_t c);

/* Run BODY (ARGUMENT); 1 if an event stopped it, which is in `trap'.  */
int guarded (void (*body) (uint64_t), uint64_t argument);

/* Run user code at RIP, until an event or a system call; it is in `trap'.
   By the SYSCALL at iret_rip if IRET, else at sysret_rip.  */
struct user
{
  uint64_t rip, rsp, rflags, cs, gs_base;
  uint64_t regs[16];
  int iret;
};
extern struct user user;
void user_reset (void);
void user_code (const void *code, size_t length);
void user_run (void);

/* Bytes of user code, up to the last.  */
#define USER_BYTES(string) user_code (string, sizeof string - 1)

void interrupts_on (void);
void interrupts_off (void);

/* Say so, and end.  */
void fail (const char *why, uint64_t number) __attribute__ ((noreturn));
#define CHECK(condition, why, number)					\
  do									\
    if (!(condition))							\
      fail (why, number);						\
  while (0)
#define CHECK_ANSWER(call, want)					\
  do									\
    {									\
      int64_t answer_ = (call);						\
      CHECK (answer_ == (want), #call " gives", answer_);		\
    }									\
  while (0)

void print (const char *text);
void print_number (uint64_t number);

static inline uint64_t
physical (const void *p)
{
  uint64_t address = (uint64_t) p;

  return address >= KERNEL_BASE ? address - KERNEL_BASE
    : address - LINEAR_BASE;
}

static inline void *
linear (uint64_t address)
{
  return (void *) (LINEAR_BASE + address);
}

/* Page tables.  */
#define P 1ull
#define W 2ull
#define U 4ull
#define A 0x20ull
#define D 0x40ull
#define PS 0x80ull
#define NX (1ull << 63)
extern uint64_t top_table[512], kernel_upper[512], kernel_middle[512];
extern uint64_t user_upper[512], user_middle[512], user_lowest[512];
extern uint8_t user_pages[USER_PAGES][4096];

/* A free page, cleared; there are some dozens.  */
uint64_t *page_new (void);

/* The same, but there are thousands: from 4 MiB on.  */
uint64_t *far_page_new (void);

/* Map FRAME (with its flags) at ADDRESS in the kernel's half, by tables of
   its own.  Gives the last entry.  */
uint64_t *map_page (uint64_t address, uint64_t frame);
void flush_all (void);

uint64_t random_next (void);

/* Bodies for guarded ().  */
void read_at (uint64_t address);
void write_at (uint64_t address);
void jump_to (uint64_t address);
extern uint64_t read_value;	/* what read_at read */

/* QEMU leaves out some faults.  */
int is_emulator (void);

#endif /* GUEST_H */
