/* tables.c - page tables that loop, lie, point outside of memory.

   That another processor changes them while they are walked needs another
   processor: programs/host/scribble.c is a launcher that has the rule
   `tables-changing' run, and a thread which writes to its tables meanwhile.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

/* Addresses of a part of the kernel's half that is free.  */
#define FREE 0xffffa00000000000ull
#define SLOT(n) (~0ull << 48 | (uint64_t) (n) << 39)

static uint8_t target[8192] __attribute__ ((aligned (4096)));

/* A top-level table that contains itself is a window to all tables: that is
   allowed, and must show what is there.  */
RULE (self, "tables-self", LIVES)
{
  uint64_t n = 300, address;

  top_table[n] = physical (top_table) | P | W | A | D;
  address = SLOT (n) | n << 30 | n << 21 | n << 12;
  CHECK (guarded (read_at, address + n * 8) == 0, "event", trap.vector);
  CHECK ((read_value & ~0xfffull) == physical (top_table), "entry",
	 read_value);
  CHECK (guarded (read_at, address + 511 * 8) == 0, "event", trap.vector);
  CHECK ((read_value & ~0xfffull) == physical (kernel_upper), "entry",
	 read_value);
  /* Written through the window.  */
  *(volatile uint64_t *) (address + 302 * 8) = 0x1234560;
  CHECK (top_table[302] == 0x1234560, "a store through the window is lost",
	 top_table[302]);
  top_table[302] = top_table[n] = 0;
  flush_all ();
  CHECK (guarded (read_at, address) == 1 && trap.vector == 14,
	 "the window is still there", 0);
}

/* Each level points back to the one before, or to itself.  */
RULE (loops, "tables-loops", LIVES)
{
  uint64_t *a = page_new (), *b = page_new (), *c = page_new ();
  uint64_t flags = P | W | U | A | D;
  int i;

  for (i = 0; i < 512; i++)
    {
      a[i] = physical (i % 2 ? a : b) | flags;
      b[i] = physical (i % 3 ? c : a) | flags;
      c[i] = physical (i % 5 ? b : top_table) | flags;
    }
  top_table[301] = physical (a) | flags;
  top_table[303] = physical (b) | flags;
  for (i = 0; i < 4000; i++)
    {
      uint64_t address = SLOT (i % 2 ? 301 : 303)
	| (random_next () & 0x7fffffffffull & ~7ull);

      if (i % 50 == 0)
	flush_all ();
      guarded (read_at, address);
    }
  /* Reading only: accessed bits are all that may have changed.  */
  for (i = 0; i < 512; i++)
    CHECK ((a[i] & ~0xfffull) == physical (i % 2 ? a : b), "changed", a[i]);
  top_table[301] = top_table[303] = 0;
  flush_all ();
}

static void
try_entry (uint64_t *entry, uint64_t value, uint64_t address)
{
  int absent;

  *entry = value;
  flush_all ();
  absent = guarded (read_at, address);
  flush_all ();
  guarded (write_at, address);
  flush_all ();
  /* What is there is no code: it would run wild in our own memory.  */
  if (absent)
    guarded (jump_to, address);
}

/* A table that is not in memory, at each level.  */
#define OUTSIDE_TABLE(level, shift)					\
  RULE (outside_##level, "tables-outside-" #level, EITHER)		\
  {									\
    static const uint64_t where[] = { 0, 1ull << 32, 1ull << 45,	\
				      0x000ffffffffff000ull };		\
    uint64_t *table = top_table;					\
									\
    map_page (FREE, physical (target) | P | W | A | D);			\
    for (int s = 39; s > shift; s -= 9)					\
      table = linear (table[FREE >> s & 511] & 0x000ffffffffff000ull);	\
    for (size_t i = 0; i < 4; i++)					\
      try_entry (&table[FREE >> shift & 511],				\
		 (where[i] ? where[i] : memory_size) | P | W | U, FREE);	\
    table[FREE >> shift & 511] = 0;					\
    flush_all ();							\
  }
OUTSIDE_TABLE (4, 39)
OUTSIDE_TABLE (3, 30)
OUTSIDE_TABLE (2, 21)

/* A page that is not in memory is a device, or nothing.  */
RULE (outside_page, "tables-outside-1", EITHER)
{
  uint64_t *entry = map_page (FREE, 0);

  try_entry (entry, memory_size | P | W, FREE);
  try_entry (entry, 1ull << 45 | P | W, FREE);
  try_entry (entry, 0x000ffffffffff000ull | P | W, FREE);
}

/* Large pages at odd addresses set reserved bits.  */
RULE (large_odd, "tables-large-odd", EITHER)
{
  uint64_t *middle;

  map_page (FREE, physical (target) | P | W | A | D);
  middle = linear (top_table[FREE >> 39 & 511] & 0x000ffffffffff000ull);
  middle = linear (middle[FREE >> 30 & 511] & 0x000ffffffffff000ull);
  for (int bit = 13; bit < 21; bit++)
    {
      try_entry (&middle[FREE >> 21 & 511], 1ull << bit | PS | P | W, FREE);
      /* Not the page next to it, at least.  */
      *(volatile uint64_t *) linear (1ull << bit) = 0x5ec4e7;
      flush_all ();
      if (guarded (read_at, FREE) == 0)
	CHECK (read_value != 0x5ec4e7, "an odd large page is mapped", bit);
      else
	CHECK (trap.vector == 14, "vector", trap.vector);
    }
  middle[FREE >> 21 & 511] = 0;
  flush_all ();
}

/* Large pages that begin in memory and end outside, or begin outside.  */
RULE (large_outside, "tables-large-outside", EITHER)
{
  uint64_t *upper, *middle, i;

  map_page (FREE, physical (target) | P | W | A | D);
  upper = linear (top_table[FREE >> 39 & 511] & 0x000ffffffffff000ull);
  middle = linear (upper[FREE >> 30 & 511] & 0x000ffffffffff000ull);
  middle[FREE >> 21 & 511] = 0x00e00000 | PS | P | W;	/* the last 2 MiB */
  flush_all ();
  *(volatile uint64_t *) linear (0x00e01000) = 77;
  CHECK (guarded (read_at, FREE + 0x1000) == 0 && read_value == 77,
	 "a large page shows another one", read_value);
  for (i = 16; i < 64; i += 3)
    try_entry (&middle[FREE >> 21 & 511], (i << 21) | PS | P | W,
	       FREE + 0x1000 * i);
  /* 1 GiB, of which 16 MiB are there.  */
  upper[FREE >> 30 & 511] = PS | P | W;
  flush_all ();
  if (guarded (read_at, FREE + 0x00e01000) == 0)
    CHECK (read_value == 77, "a huge page shows another one", read_value);
  guarded (read_at, FREE + (512ull << 20));
  upper[FREE >> 30 & 511] = 1ull << 45 | PS | P | W;
  flush_all ();
  guarded (read_at, FREE + 0x2000);
  upper[FREE >> 30 & 511] = 0x2000 | PS | P | W;
  flush_all ();
  guarded (read_at, FREE + 0x2000);
  upper[FREE >> 30 & 511] = 0;
  flush_all ();
}

/* PS in a top-level entry is reserved.  */
RULE (large_top, "tables-large-top", EITHER)
{
  try_entry (&top_table[305], PS | P | W, SLOT (305) + 0x1000);
  top_table[305] = 0;
  flush_all ();
}

RULE (reserved, "tables-reserved-bits", EITHER)
{
  uint64_t *entry = map_page (FREE, 0);

  for (int bit = 40; bit < 63; bit++)
    try_entry (entry, physical (target) | 1ull << bit | P | W, FREE);
}

RULE (read_only, "tables-read-only", LIVES)
{
  uint64_t *entry = map_page (FREE, physical (target) | P | A);

  flush_all ();
  target[0] = 1;
  CHECK (guarded (read_at, FREE) == 0, "cannot be read", trap.vector);
  CHECK (guarded (write_at, FREE) == 1, "can be written", 0);
  CHECK (trap.vector == 14 && trap.cr2 == FREE && (trap.error & 3) == 3,
	 "error code", trap.error);
  CHECK (target[0] == 1, "was written", target[0]);
  *entry |= W;
  flush_all ();
  CHECK (guarded (write_at, FREE) == 0 && target[0] == 0x5a,
	 "cannot be written", trap.vector);
  *entry &= ~W;
  hypercall (LHCALL_FLUSH_RANGE, FREE, FREE + 4096, 4096);
  CHECK (guarded (write_at, FREE) == 1, "can still be written", 0);
}

/* Memory that nobody has written to yet, mapped read-only: the Launcher has no
   page of its own there.  */
RULE (read_only_fresh, "tables-read-only-fresh", LIVES)
{
  uint64_t *entry = map_page (FREE, 0);

  for (uint64_t i = 0; i < 64; i++)
    {
      *entry = ((8ull << 20) + i * 4096 * 7) | P | A;
      flush_all ();
      CHECK (guarded (read_at, FREE) == 0 && read_value == 0, "not readable",
	     trap.vector);
      CHECK (guarded (write_at, FREE) == 1 && trap.vector == 14, "writable",
	     i);
      *entry |= W;
      flush_all ();
      CHECK (guarded (write_at, FREE) == 0, "not writable", trap.vector);
      CHECK (guarded (read_at, FREE) == 0 && read_value == 0x5a,
	     "what was written is not there", read_value);
    }
}

RULE (unmap, "tables-unmap", LIVES)
{
  uint64_t *entry = map_page (FREE, physical (target) | P | W | A);
  int i;

  for (i = 0; i < 300; i++)
    {
      *entry = physical (target + (i % 2) * 4096) | P | W | A;
      target[(i % 2) * 4096] = i;
      hypercall (LHCALL_FLUSH_RANGE, FREE, FREE + 4096, 4096);
      CHECK (guarded (read_at, FREE) == 0, "not mapped", i);
      CHECK ((uint8_t) read_value == (uint8_t) i, "another page", read_value);
      *entry = 0;
      if (i % 3)
	hypercall (LHCALL_FLUSH_RANGE, FREE, FREE + 4096, 4096);
      else
	flush_all ();
      CHECK (guarded (read_at, FREE) == 1 && trap.vector == 14
	     && trap.cr2 == FREE && !(trap.error & 1), "still mapped", i);
    }
}

RULE (accessed, "tables-accessed-dirty", LIVES)
{
  uint64_t *entry = map_page (FREE, physical (target) | P | W);

  flush_all ();
  CHECK (!(*entry & (A | D)), "set already", *entry);
  CHECK (guarded (read_at, FREE) == 0, "not mapped", trap.vector);
  CHECK ((*entry & (A | D)) == A, "after a read", *entry);
  CHECK (guarded (write_at, FREE) == 0, "not mapped", trap.vector);
  CHECK ((*entry & (A | D)) == (A | D), "after a write", *entry);
  *entry &= ~(A | D);
  flush_all ();
  CHECK (guarded (write_at, FREE) == 0, "not mapped", trap.vector);
  CHECK ((*entry & (A | D)) == (A | D), "after a write first", *entry);
}

RULE (no_execute, "tables-no-execute", LIVES)
{
  uint64_t *entry = map_page (FREE, physical (target) | P | W | A | D);

  target[0] = 0xc3;
  flush_all ();
  CHECK (guarded (jump_to, FREE) == 0, "cannot be executed", trap.vector);
  *entry |= NX;
  flush_all ();
  CHECK (guarded (jump_to, FREE) == 1 && trap.vector == 14
	 && trap.cr2 == FREE && trap.rip == FREE, "can be executed",
	 trap.vector);
  CHECK (guarded (read_at, FREE) == 0, "cannot be read", trap.vector);
}

/* The kernel can read and write its user's pages, not execute them.  */
RULE (user_pages_kernel, "tables-user-pages", LIVES)
{
  user_pages[0][0] = 0xc3;
  CHECK (guarded (read_at, USER_CODE) == 0, "cannot be read", trap.vector);
  CHECK (guarded (write_at, USER_CODE + 4096) == 0
	 && user_pages[1][0] == 0x5a, "cannot be written", trap.vector);
  CHECK (guarded (jump_to, USER_CODE) == 1 && trap.vector == 14,
	 "the user's pages can be executed", trap.vector);
}

/* The user cannot see what is not marked as its own, at any level.  */
RULE (user_bit, "tables-user-bit", LIVES)
{
  uint64_t *const entries[] = { &user_lowest[1], &user_middle[2],
				&user_upper[0], &top_table[0] };

  USER_BYTES ("\x48\x8b\x07\x0f\x05");
  for (int i = 0; i < 4; i++)
    {
      uint64_t before = *entries[i];

      user_reset ();
      user.regs[RDI] = USER_CODE + 4096;
      user_run ();
      CHECK (trap.vector == TRAP_SYSCALL, "vector", trap.vector);
      *entries[i] &= ~U;
      flush_all ();
      user_reset ();
      user.regs[RDI] = USER_CODE + 4096;
      user_run ();
      CHECK (trap.vector == 14 && (trap.error & 5) == 5, "not refused",
	     trap.vector);
      *entries[i] = before;
      flush_all ();
    }
  /* The kernel's half, marked as the user's, in part.  */
  map_page (FREE, physical (target) | P | W | U | A | D);
  flush_all ();
  user_reset ();
  user.regs[RDI] = FREE;
  user_run ();
  CHECK (trap.vector == TRAP_SYSCALL, "a user's page up there", trap.vector);
  user_reset ();
  user.regs[RDI] = KERNEL_BASE + 0x100000;
  user_run ();
  CHECK (trap.vector == 14 && trap.cr2 == KERNEL_BASE + 0x100000
	 && (trap.error & 5) == 5, "the user reads the kernel", trap.vector);
}

/* A mapping of ours in the Switcher's slot has no effect.  */
RULE (slot_508, "tables-slot-508", LIVES)
{
  *(uint64_t *) target = 0x5107508508508ull;
  for (int i = 0; i < 512; i += 7)
    {
      uint64_t address = SLOT_508 + ((uint64_t) i << 30) + 0x1000;

      if (i < 30)
	map_page (address, physical (target) | P | W | U | A | D);
      flush_all ();
      if (guarded (read_at, address) == 0)
	CHECK (read_value != 0x5107508508508ull, "it is mapped", address);
    }
  /* Nor a table of ours as the slot's whole.  */
  top_table[508] = physical (top_table) | P | W | U | A | D;
  flush_all ();
  CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, physical (top_table), 0, 0),
		0);
  if (guarded (read_at, SLOT_508) == 0)
    CHECK (read_value != top_table[0], "our table is the slot", read_value);
  top_table[508] = 0;
  flush_all ();
}

/* Pages that were tables become data, and tables again: nothing may stay of
   what they were.  */
RULE (roles, "tables-roles", LIVES)
{
  uint64_t *entry = map_page (FREE, physical (target) | P | W | A | D);
  uint64_t *table = (uint64_t *) ((uint64_t) entry & ~0xfffull);
  uint64_t *middle, *upper;
  uint64_t place = FREE >> 21 & 511;

  upper = linear (top_table[FREE >> 39 & 511] & 0x000ffffffffff000ull);
  middle = linear (upper[FREE >> 30 & 511] & 0x000ffffffffff000ull);
  for (int i = 0; i < 200; i++)
    {
      uint64_t address = FREE + (uint64_t) (i % 512) * 4096;

      /* A table ... */
      for (int j = 0; j < 512; j++)
	table[j] = physical (target + ((i + j) % 2) * 4096) | P | W | A | D;
      middle[place] = physical (table) | P | W | A | D;
      *(uint64_t *) target = 2 * i;
      *(uint64_t *) (target + 4096) = 2 * i + 1;
      flush_all ();
      CHECK (guarded (read_at, address) == 0, "not mapped", trap.vector);
      CHECK (read_value == (uint64_t) 2 * i + (i + i % 512) % 2,
	     "another page", read_value);
      /* ... the page of a large page's directory ... */
      middle[place] = (4ull << 20) | PS | P | W | A | D;
      *(volatile uint64_t *) linear ((4ull << 20)
				     + (address & 0x1fffff)) = 1000 + i;
      flush_all ();
      CHECK (guarded (read_at, address) == 0 && read_value == 1000u + i,
	     "not the large page", read_value);
      /* ... and plain memory, mapped by another table.  */
      middle[place] = 0;
      for (int j = 0; j < 512; j++)
	table[j] = random_next ();
      flush_all ();
      CHECK (guarded (read_at, address) == 1 && trap.vector == 14,
	     "still mapped", i);
    }
}

/* A frame that is a table at two levels at once, for kernel and user.  */
RULE (two_levels, "tables-two-levels", LIVES)
{
  uint64_t *table = page_new ();
  uint64_t flags = P | W | U | A | D;

  /* At the upper level entry 1 leads back to the table itself; at the middle
     and lowest level, too; entry 2 is a page.  */
  table[1] = physical (table) | flags;
  table[2] = physical (target) | flags;
  top_table[310] = physical (table) | flags;
  *(uint64_t *) target = 0xabcdef;
  flush_all ();
  CHECK (guarded (read_at, SLOT (310) | 1ull << 30 | 1ull << 21 | 2ull << 12)
	 == 0 && read_value == 0xabcdef, "entry 2", read_value);
  CHECK (guarded (read_at, (SLOT (310) | 1ull << 30 | 1ull << 21 | 1ull << 12)
		  + 8) == 0 && (read_value & ~0xfffull) == physical (table),
	 "entry 1", read_value);
  /* Rights are the least of all levels.  */
  table[1] &= ~W;
  flush_all ();
  CHECK (guarded (write_at, SLOT (310) | 1ull << 30 | 1ull << 21
		  | 2ull << 12) == 1 && trap.vector == 14, "writable", 0);
  top_table[310] = 0;
  flush_all ();
}

static void
random_tables (uint64_t seed)
{
  uint64_t base = 4ull << 20, pages = 64;

  for (uint64_t i = 0; i < seed; i++)
    random_next ();
  for (int round = 0; round < 40; round++)
    {
      for (uint64_t i = 0; i < pages; i++)
	{
	  uint64_t *table = linear (base + i * 4096);

	  for (int j = 0; j < 512; j++)
	    {
	      uint64_t r = random_next (), value = r & 0xfff;

	      if (r & 1ull << 60)
		value |= base + (r >> 20) % pages * 4096;
	      else if (r & 1ull << 59)
		value |= (r >> 12) % (memory_size * 2) & ~0xfffull;
	      else
		value = r;
	      table[j] = value | (r >> 40 & 1);
	    }
	}
      for (int j = 300; j < 330; j++)
	top_table[j] = (base + random_next () % pages * 4096) | P | W | U;
      /* Users, too.  */
      user_upper[5] = (base + random_next () % pages * 4096) | P | W | U;
      flush_all ();
      for (int n = 0; n < 200; n++)
	{
	  uint64_t address = SLOT (300 + random_next () % 30)
	    | (random_next () & 0x7ffffffff8ull);

	  /* Reads: stores would go to the guest's own code.  */
	  guarded (read_at, address);
	  if (n % 40 == 0)
	    hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
	  if (n % 10 == 0)
	    {
	      USER_BYTES ("\x48\x8b\x07\x48\x89\x07\x0f\x05");
	      user_reset ();
	      user.regs[RDI] = 5ull << 30 | (random_next () & 0x3ffffff8);
	      /* A store of what was just read changes nothing.  */
	      user_run ();
	    }
	}
    }
  for (int j = 300; j < 330; j++)
    top_table[j] = 0;
  user_upper[5] = 0;
  flush_all ();
}

RULE (random_1, "tables-random-1", EITHER)
{
  random_tables (1);
}

RULE (random_2, "tables-random-2", EITHER)
{
  random_tables (1000);
}

RULE (random_3, "tables-random-3", EITHER)
{
  random_tables (100000);
}

/* Walk tables for ever that somebody else changes: CHANGING_PAGES pages from
   CHANGING_BASE on (programs/host/scribble.c has the same numbers).  */
enum { CHANGING_BASE = 4 << 20, CHANGING_PAGES = 32 };

RULE (changing, "tables-changing", HANGS)
{
  uint64_t flags = P | W | U | A | D;

  for (int i = 0; i < CHANGING_PAGES; i++)
    {
      uint64_t *table = linear (CHANGING_BASE + i * 4096);

      for (int j = 0; j < 512; j++)
	table[j] = (CHANGING_BASE + random_next () % CHANGING_PAGES * 4096)
	  | flags;
    }
  for (int i = 0; i < 8; i++)
    {
      top_table[300 + i] = (CHANGING_BASE + i * 4096) | flags;
      user_upper[8 + i] = (CHANGING_BASE + (8 + i) * 4096) | flags;
    }
  flush_all ();
  print ("walking\n");
  for (unsigned n = 0;; n++)
    {
      guarded (read_at, SLOT (300 + random_next () % 8)
	       | (random_next () & 0x7ffffffff8ull));
      if (n % 16 == 0)
	hypercall (LHCALL_FLUSH_TLB, n / 16 % 2, 0, 0);
      if (n % 5 == 0)
	{
		  USER_BYTES ("\x48\x8b\x07\x0f\x05");
	  user_reset ();
	  user.regs[RDI] = (8 + random_next () % 8) << 30
	    | (random_next () & 0x3ffffff8);
	  user_run ();
	}
      if (n % 64 == 0)
	hypercall (LHCALL_NEW_PGTABLE, physical (top_table), 0, 0);
    }
}

/* More tables than the Host may want to keep shadows of.  */
RULE (many, "tables-many", LIVES)
{
  uint64_t base = 4ull << 20, n = 1500;
  uint64_t *upper = linear (base), *middle = linear (base + 4096);

  /* One upper, four middle tables, and n lowest ones of one page each.  */
  for (int i = 0; i < 512; i++)
    upper[i] = i < 4 ? (base + (1 + i) * 4096) | P | W | U | A | D : 0;
  for (uint64_t i = 0; i < 2048; i++)
    middle[i] = i < n ? (base + (5 + i) * 4096) | P | W | U | A | D : 0;
  for (uint64_t i = 0; i < n; i++)
    {
      uint64_t *lowest = linear (base + (5 + i) * 4096);

      for (int j = 0; j < 512; j++)
	lowest[j] = 0;
      lowest[i % 512] = (base + (5 + i) * 4096) | P | W | U;
    }
  top_table[311] = base | P | W | U | A | D;
  flush_all ();
  for (int round = 0; round < 2; round++)
    for (uint64_t i = 0; i < n; i++)
      {
	uint64_t address = SLOT (311) | i << 21 | i % 512 << 12;

	CHECK (guarded (read_at, address + i % 512 * 8) == 0, "not mapped",
	       i);
	CHECK ((read_value & ~0xfffull) == base + (5 + i) * 4096,
	       "another page", i);
      }
  top_table[311] = 0;
  flush_all ();
}
