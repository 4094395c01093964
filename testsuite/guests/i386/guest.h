/* guest.h - what the rules of a hostile guest of 32 bits are written with.

   SPDX-License-Identifier: GPL-2.0-or-later

   As ../guest.h: `rule=NAME' on the command line, `ok NAME' or `FAIL NAME: why',
   and `rule=list'.  */

#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <stdint.h>

#include <lguest/hypercall_32.h>
#include <lguest/shared_32.h>

#define BASE 0xc0000000u
#define USER_CODE 0x40000000u	/* two pages: code, and a stack */
#define USER_STACK (USER_CODE + 0x2000)

enum expect { LIVES, DIES, EITHER, HANGS };

struct rule
{
  const char *name;
  void (*body) (void);
  enum expect expect;
} __attribute__ ((aligned (16)));

#define RULE(identifier, text, how)					\
  static void rule_##identifier (void);					\
  static const struct rule entry_##identifier				\
    __attribute__ ((section (".rules"), used)) =			\
    { text, rule_##identifier, how };					\
  static void rule_##identifier (void)

/* What the stubs push, and what a processor does.  */
struct trap
{
  uint32_t edi, esi, ebp, esp_kernel, ebx, edx, ecx, eax;
  uint32_t vector, error;
  uint32_t eip, cs, eflags, esp, ss;	/* the last two: from the user */
};
#define TRAP_SYSCALL 0x180	/* by the direct gate */

extern struct trap trap;	/* the last one */
extern uint32_t trap_cr2;
extern volatile struct lguest_data data;
extern unsigned interrupts;	/* how many have come, of line 0 */
extern uint32_t memory_size;

int32_t hypercall (uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d,
		   uint32_t e);
#define HYPERCALL(number, ...) HYPERCALL_ (number, ##__VA_ARGS__, 0, 0, 0, 0, 0)
#define HYPERCALL_(number, a, b, c, d, e, ...) hypercall (number, a, b, c, d, e)

/* Run BODY (ARGUMENT); 1 if a trap stopped it, which is in `trap'.  */
int guarded (void (*body) (uint32_t), uint32_t argument);

/* Run user code, until a trap.  */
void user_run (const void *code, size_t length);
#define USER_RUN(bytes) user_run (bytes, sizeof bytes - 1)

void fail (const char *why, uint32_t number) __attribute__ ((noreturn));
#define CHECK(condition, why, number)					\
  do									\
    if (!(condition))							\
      fail (why, number);						\
  while (0)
#define CHECK_ANSWER(call, want)					\
  do									\
    {									\
      int32_t answer_ = (call);						\
      CHECK (answer_ == (want), #call " gives", answer_);		\
    }									\
  while (0)
#define CHECK_TRAP(how, want)						\
  do									\
    {									\
      CHECK (how, #how ": no trap", 0);					\
      CHECK (trap.vector == (want), #how ": trap", trap.vector);	\
    }									\
  while (0)

void print (const char *text);
void print_number (uint32_t number);

/* A gate to the stub of VECTOR.  */
void set_gate (unsigned vector, unsigned type, unsigned dpl);
void interrupts_on (void);

static inline uint32_t
physical (const volatile void *p)
{
  return (uint32_t) p - BASE;
}

/* Page tables: an entry is two words with PAE.  */
#ifdef PAE
typedef uint64_t entry;
#define LEVELS 3
#else
typedef uint32_t entry;
#define LEVELS 2
#endif
#define P 1
#define W 2
#define U 4
#define A 0x20
#define D 0x40
extern entry top_table[], middle[], lowest[], user_middle[], user_lowest[];

/* The entry for ADDRESS in the kernel's first megabytes.  */
static inline entry *
lowest_entry (uint32_t address)
{
  return &lowest[(address - BASE) >> 12];
}

void read_at (uint32_t address);
void write_at (uint32_t address);
extern uint32_t read_value;

#endif
