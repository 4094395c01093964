/* guest.c - the part of a hostile guest of 32 bits that behaves.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

_Static_assert (offsetof (struct lguest_data, version) == 0x90, "start.S");
_Static_assert (offsetof (struct lguest_data, page_levels) == 0x94, "start.S");
_Static_assert (offsetof (struct lguest_data, kernel_address) == 0x98, "start.S");
_Static_assert (offsetof (struct lguest_data, noirq_iret) == 0x9c, "start.S");
_Static_assert (offsetof (struct lguest_data, direct_entry) == 0xa0, "start.S");

enum { BOOT_COMMAND_LINE = 0x228 };

extern const struct rule rules_start[], rules_end[];
extern char stubs[], guard_resume[], user_resume[], syscall_entry[], trap_stack_top[];
extern uint32_t guard_esp, user_kernel_esp, boot_params, init_answer;
void user_enter (uint32_t eip, uint32_t esp, uint32_t eflags);
void trap_handle (struct trap *frame);
void guest_main (void) __attribute__ ((noreturn));

struct trap trap;
uint32_t trap_cr2;
unsigned interrupts;
uint32_t read_value;
static const struct rule *current;
static uint8_t user_pages[2][4096] __attribute__ ((aligned (4096)));

void *
memcpy (void *to, const void *from, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((volatile char *) to)[i] = ((const char *) from)[i];
  return to;
}

void *
memset (void *to, int value, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((volatile char *) to)[i] = value;
  return to;
}

/* Is WORD the first word of TEXT?  */
static int
begins (const char *text, const char *word)
{
  while (*word && *text == *word)
    text++, word++;
  return !*word && (!*text || *text == ' ');
}

/* One line at a time: each LHCALL_PRINT may become a line.  */
static char line[256];
static size_t line_length;

void
print (const char *text)
{
  for (; *text; text++)
    {
      if (line_length < sizeof line - 1)
	line[line_length++] = *text;
      if (*text == '\n')
	{
	  HYPERCALL (LHCALL_PRINT, physical (line), line_length);
	  line_length = 0;
	}
    }
}

void
print_number (uint32_t number)
{
  char text[11] = "0x";
  int shift, n = 2;

  for (shift = 28; shift > 0 && number >> shift == 0; shift -= 4)
    ;
  for (; shift >= 0; shift -= 4)
    text[n++] = "0123456789abcdef"[number >> shift & 15];
  text[n] = 0;
  print (text);
}

static void __attribute__ ((noreturn))
power_off (void)
{
  for (;;)
    HYPERCALL (LHCALL_SHUTDOWN, LGUEST_SHUTDOWN_POWEROFF);
}

void
fail (const char *why, uint32_t number)
{
  print ("FAIL ");
  print (current ? current->name : "?");
  print (": ");
  print (why);
  print (" ");
  print_number (number);
  print ("\n");
  power_off ();
}

void
set_gate (unsigned vector, unsigned type, unsigned dpl)
{
  uint32_t to = (uint32_t) stubs + 16 * vector;

  if (vector == LGUEST_SYSCALL_VECTOR && type == 15)
    to = (uint32_t) syscall_entry;
  CHECK_ANSWER (HYPERCALL (LHCALL_LOAD_IDT_ENTRY, vector,
			   LGUEST_KERNEL_CS << 16 | (to & 0xffff),
			   (to & 0xffff0000) | 0x8000 | dpl << 13 | type << 8), 0);
}

/* All traps and interrupts come here.  */
void
trap_handle (struct trap *frame)
{
  size_t words = (frame->cs & 3) == 3 ? 15 : 13;

  if (frame->vector == LGUEST_IRQ_VECTOR)
    {
      interrupts++;
      return;
    }
  for (size_t i = 0; i < words; i++)
    ((uint32_t *) &trap)[i] = ((uint32_t *) frame)[i];
  trap_cr2 = data.cr2;
  frame->eflags &= ~0x4100u;	/* single steps end here, and nested tasks */
  if ((frame->cs & 3) == 3)
    frame->eip = (uint32_t) user_resume;
  else if (guard_esp)
    {
      frame->eip = (uint32_t) guard_resume;
      frame->cs = LGUEST_KERNEL_CS;
    }
  else
    {
      print ("trap at ");
      print_number (frame->eip);
      print (" ");
      fail ("nobody expects trap", frame->vector);
    }
  if ((frame->cs & 3) == 3)
    {
      /* Back to the kernel, on any stack: user_resume has its own.  */
      asm volatile ("jmp *%0" : : "r" (user_resume));
      __builtin_unreachable ();
    }
}

void
user_run (const void *code, size_t length)
{
  memcpy (user_pages[0], code, length);
  user_enter (USER_CODE, USER_STACK, 0x202);
}

void
interrupts_on (void)
{
  data.irq_enabled = LGUEST_IRQ_ENABLED;
  asm volatile ("" : : : "memory");
  if (data.irq_pending)
    HYPERCALL (LHCALL_SEND_INTERRUPTS);
}

void
read_at (uint32_t address)
{
  read_value = *(volatile uint32_t *) address;
}

void
write_at (uint32_t address)
{
  *(volatile uint32_t *) address = 0x77777777;
}

/* The user's segments, pages, and the stack for its traps.  */
static void
prepare (void)
{
  entry *const table = user_lowest;

  HYPERCALL (LHCALL_LOAD_GDT_ENTRY, 14, 0x0000ffff, 0x00cffb00);
  HYPERCALL (LHCALL_LOAD_GDT_ENTRY, 15, 0x0000ffff, 0x00cff300);
  for (unsigned i = 0; i < 256; i++)
    set_gate (i, 14, i == 3 || i == 4 ? 3 : 0);
  set_gate (LGUEST_SYSCALL_VECTOR, 15, 3);
  CHECK_ANSWER (HYPERCALL (LHCALL_SET_STACK, LGUEST_KERNEL_DS,
			   (uint32_t) trap_stack_top), 0);
#ifdef PAE
  user_middle[0] = physical (user_lowest) | P | W | U;
#else
  top_table[USER_CODE >> 22] = physical (user_lowest) | P | W | U;
#endif
  table[0] = physical (user_pages[0]) | P | W | U;
  table[1] = physical (user_pages[1]) | P | W | U;
  HYPERCALL (LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL);
}

void
guest_main (void)
{
  const char *command = (const char *)
    (*(uint32_t *) (boot_params + BASE + BOOT_COMMAND_LINE) + BASE);
  const char *name = "";
  const struct rule *rule;

  for (const char *at = command; *at; at++)
    if (at[0] == 'r' && at[1] == 'u' && at[2] == 'l' && at[3] == 'e' && at[4] == '=')
      name = at + 5;
  CHECK (init_answer == 0, "LHCALL_LGUEST_INIT gives", init_answer);
  if (begins (name, "list"))
    {
      for (rule = rules_start; rule < rules_end; rule++)
	{
	  static const char *const words[] = { "lives", "dies", "either", "hangs" };

	  print ("@@rule ");
	  print (rule->name);
	  print (" ");
	  print (words[rule->expect]);
	  print ("\n");
	}
      power_off ();
    }
  for (rule = rules_start; rule < rules_end; rule++)
    if (begins (name, rule->name))
      {
	current = rule;
	prepare ();
	rule->body ();
	print ("ok ");
	print (rule->name);
	print ("\n");
	power_off ();
      }
  fail ("no such rule", 0);
}
