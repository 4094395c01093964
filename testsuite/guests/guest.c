/* guest.c - the part of a hostile guest that behaves.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

/* From struct boot_params (Documentation/x86/boot.rst).  */
enum
{
  BOOT_E820_ENTRIES = 0x1e8,
  BOOT_COMMAND_LINE = 0x228,
  BOOT_E820_TABLE = 0x2d0,
  E820_ENTRY_BYTES = 20
};

extern const struct rule rules_start[], rules_end[];
extern char guest_end[];
extern char event_from_kernel[], event_from_user[], syscall_entry[];
extern char after_sysret[], after_iret[];
extern uint64_t guard_rsp, user_gs, user_regs[16];
void user_enter (int iret);
int event_handle (int from);
void guest_main (uint64_t boot_params) __attribute__ ((noreturn));

unsigned interrupts;
uint64_t memory_size = 16 << 20;
struct user user;
struct lguest_init init;
uint8_t user_pages[USER_PAGES][4096] __attribute__ ((aligned (4096)));

static const struct rule *current;
static int ready;
static uint8_t spare_pages[64][4096] __attribute__ ((aligned (4096)));
static int spare_next;

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

static int
same (const char *a, const char *b)
{
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

/* One line at a time: each LHCALL_PRINT may become a line.  */
static char line[256];
static size_t line_length;

static void
flush_line (void)
{
  if (line_length == 0)
    return;
  if (ready)
    hypercall (LHCALL_PRINT, physical (line), line_length, 0);
  else
    hypercall_by_trap (LHCALL_PRINT, physical (line), line_length, 0);
  line_length = 0;
}

void
print (const char *text)
{
  for (; *text; text++)
    {
      if (line_length < sizeof line - 1)
	line[line_length++] = *text;
      if (*text == '\n')
	flush_line ();
    }
}

void
print_number (uint64_t number)
{
  char text[19] = "0x";
  int shift, n = 2;

  for (shift = 60; shift > 0 && number >> shift == 0; shift -= 4)
    ;
  for (; shift >= 0; shift -= 4)
    text[n++] = "0123456789abcdef"[number >> shift & 15];
  text[n] = 0;
  print (text);
}

static void power_off (void) __attribute__ ((noreturn));
static void
power_off (void)
{
  for (;;)
    if (ready)
      hypercall (LHCALL_SHUTDOWN, LGUEST_SHUTDOWN_POWEROFF, 0, 0);
    else
      hypercall_by_trap (LHCALL_SHUTDOWN, LGUEST_SHUTDOWN_POWEROFF, 0, 0);
}

void
fail (const char *why, uint64_t number)
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

static void
print_trap (void)
{
  print ("  vector ");
  print_number (trap.vector);
  print (" error ");
  print_number (trap.error);
  print (" rip ");
  print_number (trap.rip);
  print (" cr2 ");
  print_number (trap.cr2);
  print (trap.from_user ? " (user)\n" : " (kernel)\n");
}

/* From the stubs of start.S: FROM is 0 the kernel, 1 the user, 2 the user by
   SYSCALL.  1: whoever is guarded stops; 0: the interrupted kernel goes on. */
int
event_handle (int from)
{
  trap.from_user = from != 0;
  trap.rip = pad.frame.rip;
  trap.cs = pad.frame.cs;
  trap.rflags = pad.frame.rflags;
  trap.error = pad.frame.error_code;
  trap.vector = from == 2 ? TRAP_SYSCALL : pad.frame.vector;
  trap.cr2 = pad.cr2;
  trap.dr6 = pad.dr6;
  if (from != 2 && trap.vector >= LGUEST_IRQ_VECTOR)
    {
      interrupts++;
      if (from == 0)
	return 0;
    }
  if (guard_rsp == 0)
    {
      print ("an event that nothing waits for\n");
      print_trap ();
      fail ("unexpected event", trap.vector);
    }
  return 1;
}

void
interrupts_off (void)
{
  *(volatile uint64_t *) &pad.irq_enabled = 0;
}

void
interrupts_on (void)
{
  *(volatile uint64_t *) &pad.irq_enabled = LGUEST_IRQ_ENABLED;
  if (*(volatile uint64_t *) &pad.irq_pending)
    hypercall (LHCALL_SEND_INTERRUPTS, 0, 0, 0);
}

void
user_reset (void)
{
  memset (&user, 0, sizeof user);
  user.rip = USER_CODE;
  user.rsp = USER_STACK - 64;
  user.rflags = 0x202;
  user.cs = 0x33;
}

void
user_code (const void *code, size_t length)
{
  memset (user_pages[0], 0x0f, 4096);	/* 0f 0f ...: #UD */
  memcpy (user_pages[0], code, length);
}

void
user_run (void)
{
  pad.frame.rip = user.rip;
  pad.frame.rflags = user.rflags;
  pad.frame.cs = user.cs;
  pad.frame.rsp = user.rsp;
  pad.frame.ss = 0x2b;
  pad.user_rcx = user.regs[RCX];
  pad.user_r11 = user.regs[11];
  user_gs = user.gs_base;
  memcpy (user_regs, user.regs, sizeof user.regs);
  user_regs[RSP] = user.rsp;
  user_enter (user.iret);
  interrupts_off ();
}

uint64_t *
page_new (void)
{
  if (spare_next == 64)
    fail ("out of pages", 0);
  memset (spare_pages[spare_next], 0, 4096);
  return (uint64_t *) spare_pages[spare_next++];
}

uint64_t *
far_page_new (void)
{
  static uint64_t next = 4ull << 20;
  uint64_t *page = linear (next);

  next += 4096;
  if (next > memory_size)
    fail ("out of pages", next);
  memset (page, 0, 4096);
  return page;
}

void
flush_all (void)
{
  CHECK_ANSWER (hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0), 0);
}

uint64_t *
map_page (uint64_t address, uint64_t frame)
{
  uint64_t *table = top_table;
  int shift;

  for (shift = 39; shift > 12; shift -= 9)
    {
      uint64_t *entry = &table[address >> shift & 511];

      if (!(*entry & P))
	*entry = physical (page_new ()) | P | W | U | A | D;
      table = linear (*entry & 0x000ffffffffff000ull);
    }
  table[address >> 12 & 511] = frame;
  return &table[address >> 12 & 511];
}

uint64_t
random_next (void)
{
  static uint64_t state = 12345;
  uint64_t z = (state += 0x9e3779b97f4a7c15ull);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

int
is_emulator (void)
{
  uint32_t a = 0x40000000, b, c = 0, d;

  __asm__ volatile ("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
  return b == 0x54474354;	/* "TCGT" */
}

/* The word after `rule=' on the command line.  */
static void
find_rule (const char *text, char *name, size_t size)
{
  size_t n = 0;

  for (; *text; text++)
    if (text[0] == 'r' && text[1] == 'u' && text[2] == 'l'
	&& text[3] == 'e' && text[4] == '=')
      {
	for (text += 5; *text && *text != ' ' && n < size - 1; text++)
	  name[n++] = *text;
	break;
      }
  name[n] = 0;
}

static void
say_hello_to_the_host (void)
{
  init.version = LGUEST_GUEST_VERSION;
  init.pad = physical (&pad);
  init.gs_base = (uint64_t) &pad;
  init.syscall_entry = (uint64_t) syscall_entry;
  init.event_entry_user = (uint64_t) event_from_user;
  init.event_entry_kernel = (uint64_t) event_from_kernel;
  init.sysret_rip = (uint64_t) after_sysret;
  init.iret_rip = (uint64_t) after_iret;
  init.linear_base = LINEAR_BASE;
  CHECK_ANSWER (hypercall_by_trap (LHCALL_LGUEST_INIT, physical (&init), 0,
				   0), 0);
  ready = 1;
}

static void
list_rules (void)
{
  static const char *const words[] = { "lives", "dies", "either", "hangs" };
  const struct rule *rule;

  for (rule = rules_start; rule < rules_end; rule++)
    {
      print ("@@rule ");
      print (rule->name);
      print (" ");
      print (words[rule->expect]);
      print ("\n");
    }
}

void
guest_main (uint64_t boot_params)
{
  const uint8_t *params = linear (boot_params);
  char name[64];
  const struct rule *rule;
  uint64_t start, size;
  unsigned i;

  for (i = 0; i < params[BOOT_E820_ENTRIES]; i++)
    {
      memcpy (&start, params + BOOT_E820_TABLE + i * E820_ENTRY_BYTES, 8);
      memcpy (&size, params + BOOT_E820_TABLE + i * E820_ENTRY_BYTES + 8, 8);
      if (start + size > memory_size || i == 0)
	memory_size = start + size;
    }
  find_rule (linear (*(const uint32_t *) (params + BOOT_COMMAND_LINE)), name,
	     sizeof name);
  for (rule = rules_start; rule < rules_end; rule++)
    if (same (rule->name, name))
      {
	current = rule;
	if (!rule->early)
	  say_hello_to_the_host ();
	user_reset ();
	rule->body ();
	print ("ok ");
	print (name);
	print ("\n");
	power_off ();
      }
  say_hello_to_the_host ();
  if (same (name, "list"))
    list_rules ();
  else
    {
      print ("FAIL ");
      print (name);
      print (": no such rule\n");
    }
  power_off ();
}
