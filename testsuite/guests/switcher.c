/* switcher.c - the Switcher's slot, and all of the Host that must not be
   seen: read, written, executed, by kernel and user.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

enum { PAGES_LOOKED_AT = 24 };

/* The Host takes many faults in a row for a kernel that is lost.  */
static void
breathe (int n)
{
  if (n % 50 == 49)
    hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
}

static void
look (void (*how) (uint64_t), const char *what)
{
  int n = 0;

  for (uint64_t i = 0; i < 512; i++)
    for (uint64_t page = 0; page < PAGES_LOOKED_AT; page++)
      {
	uint64_t address = SLOT_508 + (i << 30) + page * 4096 + 8;

	CHECK (guarded (how, address) == 1, what, address);
	CHECK (trap.vector == 14 && trap.cr2 == address, "vector",
	       trap.vector);
	CHECK (!trap.from_user, "from user", 0);
	breathe (n++);
      }
}

RULE (read_all, "slot-508-read", LIVES)
{
  look (read_at, "can be read");
}

RULE (write_all, "slot-508-write", LIVES)
{
  look (write_at, "can be written");
}

RULE (execute_all, "slot-508-execute", LIVES)
{
  look (jump_to, "can be executed");
}

/* Each of the user's three ways.  */
static void
look_from_user (const char *code, size_t length, const char *what)
{
  user_code (code, length);
  for (uint64_t i = 0; i < 512; i++)
    for (uint64_t page = 0; page < 12; page++)
      {
	uint64_t address = SLOT_508 + (i << 30) + page * 4096 + 8;

	user_reset ();
	user.regs[RDI] = address;
	user_run ();
	CHECK (trap.from_user && trap.vector == 14 && trap.cr2 == address,
	       what, address);
	CHECK (trap.error & 4, "not a user's fault", trap.error);
      }
}

RULE (user_reads, "slot-508-user-reads", LIVES)
{
  look_from_user ("\x48\x8b\x07\x0f\x05", 5, "can be read");
}

RULE (user_writes, "slot-508-user-writes", LIVES)
{
  look_from_user ("\x48\x89\x07\x0f\x05", 5, "can be written");
}

RULE (user_executes, "slot-508-user-executes", LIVES)
{
  look_from_user ("\xff\xe7\x0f\x05", 4, "can be executed");
}

/* All 512 slots of the upper half: what we did not map is not there.  */
RULE (other_slots, "other-slots", LIVES)
{
  int n = 0;

  for (uint64_t slot = 256; slot < 512; slot++)
    {
      if (slot == 273 || slot == 511)
	continue;
      for (uint64_t i = 0; i < 512; i += 17)
	{
	  uint64_t address = ~0ull << 48 | slot << 39 | i << 30;

	  CHECK (guarded (read_at, address) == 1 && trap.vector == 14,
		 "can be read", address);
	  breathe (n++);
	}
    }
  /* Around the Host's own places in the two slots that are ours.  */
  for (uint64_t i = 0; i < 510; i++)
    {
      uint64_t address = ~0ull << 39 | i << 30;

      CHECK (guarded (read_at, address) == 1 && trap.vector == 14,
	     "can be read", address);
      breathe (n++);
    }
}

/* What the processor says where its tables are is of no use.  (With UMIP it
   does not say it.)  */
static struct { uint16_t limit; uint64_t base; } __attribute__ ((packed))
  table;

static void
store_gdt (uint64_t unused)
{
  (void) unused;
  __asm__ volatile ("sgdt %0" : "=m" (table));
}

static void
store_idt (uint64_t unused)
{
  (void) unused;
  __asm__ volatile ("sidt %0" : "=m" (table));
}

RULE (descriptor_tables, "descriptor-tables", LIVES)
{
  static void (*const ways[]) (uint64_t) = { store_gdt, store_idt };

  for (int i = 0; i < 2; i++)
    {
      if (guarded (ways[i], 0) == 1)
	{
	  CHECK (trap.vector == 13, "vector", trap.vector);
	  continue;
	}
      CHECK (guarded (read_at, table.base) == 1 && trap.vector == 14,
	     "the table can be read", table.base);
      CHECK (guarded (write_at, table.base + 0x33) == 1 && trap.vector == 14,
	     "the table can be written", table.base);
    }
}
