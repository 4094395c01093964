/* tlb.c - what was taken away is gone, from the processor's TLB, too.

   Each rule has the processor remember a translation, takes it away, tells the
   Host, and looks whether it is still there.  On a machine whose processor
   forgets at each load of CR3 they say little; Bochs (testsuite/bochs) does not
   forget.  testsuite/bochs/README says which rule is there for which flush.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"

#define ROUNDS 20
#define UPPER 0xffffa00000000000ull	/* free, in the kernel's half */
#define LOWER (1ull << 39)		/* free, in the user's half */
#define LARGE (2ull << 20)
#define NO_FLUSH (1ull << 63)
#define ALL (P | W | U | A | D)

static uint64_t top;

/* A page that says NUMBER.  */
static uint64_t
frame_new (uint64_t number)
{
  uint64_t *page = far_page_new ();

  page[0] = number;
  return physical (page);
}

/* The Guest's entry for ADDRESS at LEVEL; tables on the way are made.  */
static uint64_t *
entry_at (uint64_t *table, uint64_t address, int level)
{
  for (int l = 4; l > level; l--)
    {
      uint64_t *entry = &table[address >> (3 + 9 * l) & 511];

      if (!(*entry & P))
	*entry = physical (far_page_new ()) | ALL;
      table = linear (*entry & 0x000ffffffffff000ull);
    }
  return &table[address >> (3 + 9 * level) & 511];
}

/* Ways to say that the page at ADDRESS has changed.  */
enum how { BY_PAGE, BY_RANGE, BY_ALL, BY_CR3, HOWS };

static void
flush (uint64_t address, enum how how)
{
  switch (how)
    {
    case BY_PAGE:
      CHECK_ANSWER (hypercall5 (LHCALL_FLUSH_RANGE, address, address + 4096,
				4096, 0, 0), 0);
      break;
    case BY_RANGE:
      /* Too large to be looked through.  */
      CHECK_ANSWER (hypercall5 (LHCALL_FLUSH_RANGE, address,
				address + (4096ull << 20), 4096, 0, 0), 0);
      break;
    case BY_ALL:
      CHECK_ANSWER (hypercall (LHCALL_FLUSH_TLB, address < LOWER * 2
			       ? LGUEST_FLUSH_USER : LGUEST_FLUSH_ALL, 0, 0),
		    0);
      break;
    default:
      /* Of the lower half only.  */
      if (address >= LOWER * 2)
	CHECK_ANSWER (hypercall (LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0), 0);
      else
	CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, top, 0, 0), 0);
    }
}

/* The first word at ADDRESS, as the kernel sees it, or its user.  */
static uint64_t
look (uint64_t address)
{
  CHECK (guarded (read_at, address) == 0, "cannot be read", address);
  return read_value;
}

static uint64_t
look_as_user (uint64_t address)
{
  user_reset ();
  user.regs[RDI] = address;
  user_run ();
  CHECK (trap.vector == TRAP_SYSCALL, "the user cannot read", trap.cr2);
  return trap.regs[RDX];
}

/* The user's program: mov (%rdi), %rdx; syscall.  */
static void
prepare (void)
{
  USER_BYTES ("\x48\x8b\x17\x0f\x05");
  top = physical (top_table);
}

static const uint64_t places[] = { LOWER, UPPER };
#define PLACES (sizeof places / sizeof *places)

/* The entry of the page, of a table or of the top changes to another one: at all
   levels, in both halves, by all flushes.  */
static void
change (int level)
{
  uint64_t *tables[2][5], values[2];

  prepare ();
  for (size_t p = 0; p < PLACES; p++)
    {
      uint64_t address = places[p];
      uint64_t *entry = entry_at (top_table, address, level);

      /* Two of all that is below.  */
      for (int which = 0; which < 2; which++)
	{
	  uint64_t below = frame_new (1000 + which) | ALL;

	  for (int l = 1; l < level; l++)
	    {
	      tables[which][l] = far_page_new ();
	      tables[which][l][address >> (3 + 9 * l) & 511] = below;
	      below = physical (tables[which][l]) | ALL;
	    }
	  values[which] = below;
	}
      for (enum how how = 0; how < HOWS; how++)
	for (uint64_t round = 0; round < ROUNDS; round++)
	  {
	    *entry = values[round % 2];
	    flush (address, how);
	    CHECK (look (address) == 1000 + round % 2, "the kernel sees",
		   read_value << 8 | how);
	    CHECK (look_as_user (address) == 1000 + round % 2, "the user sees",
		   trap.regs[RDX] << 8 | how);
	  }
    }
}

RULE (page, "tlb-page", LIVES)
{
  change (1);
}

RULE (table_1, "tlb-table-1", LIVES)
{
  change (2);
}

RULE (table_2, "tlb-table-2", LIVES)
{
  change (3);
}

RULE (table_3, "tlb-table-3", LIVES)
{
  change (4);
}

/* What was mapped is not any more.  */
static void
unmap (int level)
{
  prepare ();
  for (size_t p = 0; p < PLACES; p++)
    {
      uint64_t address = places[p];
      uint64_t *entry, value;

      *entry_at (top_table, address, 1) = frame_new (7) | ALL;
      entry = entry_at (top_table, address, level);
      value = *entry;
      for (enum how how = 0; how < HOWS; how++)
	for (int round = 0; round < ROUNDS; round++)
	  {
	    *entry = value;
	    CHECK (look (address) == 7, "is", read_value);
	    CHECK (look_as_user (address) == 7, "is", trap.regs[RDX]);
	    *entry = 0;
	    flush (address, how);
	    user_reset ();
	    user.regs[RDI] = address;
	    user_run ();
	    CHECK (trap.vector == 14 && trap.cr2 == address
		   && !(trap.error & 1), "the user still reads",
		   trap.error << 8 | how);
	    CHECK (guarded (read_at, address) == 1 && trap.vector == 14
		   && trap.cr2 == address && !(trap.error & 1),
		   "the kernel still reads", trap.error << 8 | how);
	  }
    }
}

RULE (unmap_1, "tlb-unmap-page", LIVES)
{
  unmap (1);
}

RULE (unmap_2, "tlb-unmap-table-1", LIVES)
{
  unmap (2);
}

RULE (unmap_3, "tlb-unmap-table-2", LIVES)
{
  unmap (3);
}

RULE (unmap_4, "tlb-unmap-table-3", LIVES)
{
  unmap (4);
}

/* A right is taken at LEVEL: to write, or to execute.  */
static void
restrict_at (int level, int execute)
{
  prepare ();
  for (size_t p = 0; p < PLACES; p++)
    {
      uint64_t address = places[p];
      /* The kernel does not execute its user's pages.  */
      uint64_t flags = execute ? ALL & ~U : ALL;
      uint64_t frame = frame_new (0), value, *entry;
      void (*touch) (uint64_t) = execute ? jump_to : write_at;

      *entry_at (top_table, address, 1) = frame | flags;
      *(uint8_t *) linear (frame) = 0xc3;	/* ret */
      entry = entry_at (top_table, address, level);
      value = *entry;
      for (enum how how = 0; how < HOWS; how++)
	for (int round = 0; round < ROUNDS; round++)
	  {
	    *entry = value;
	    flush (address, how);
	    CHECK (guarded (touch, address) == 0, "is refused", trap.error);
	    *entry = execute ? value | NX : value & ~W;
	    flush (address, how);
	    CHECK (guarded (touch, address) == 1 && trap.vector == 14
		   && trap.cr2 == address && (trap.error & 1),
		   execute ? "is still executed" : "is still written", how);
	    CHECK (guarded (read_at, address) == 0, "cannot be read", how);
	  }
    }
}

RULE (write_1, "tlb-write-page", LIVES)
{
  restrict_at (1, 0);
}

RULE (write_2, "tlb-write-table-1", LIVES)
{
  restrict_at (2, 0);
}

RULE (write_3, "tlb-write-table-2", LIVES)
{
  restrict_at (3, 0);
}

RULE (write_4, "tlb-write-table-3", LIVES)
{
  restrict_at (4, 0);
}

RULE (execute_1, "tlb-execute-page", LIVES)
{
  restrict_at (1, 1);
}

RULE (execute_2, "tlb-execute-table-1", LIVES)
{
  restrict_at (2, 1);
}

RULE (execute_4, "tlb-execute-table-3", LIVES)
{
  restrict_at (4, 1);
}

/* The user's page becomes the kernel's.  */
static void
take_from_user (int level)
{
  prepare ();
  for (size_t p = 0; p < PLACES; p++)
    {
      uint64_t address = places[p];
      uint64_t value, *entry;

      *entry_at (top_table, address, 1) = frame_new (9) | ALL;
      entry = entry_at (top_table, address, level);
      value = *entry;
      for (enum how how = 0; how < HOWS; how++)
	for (int round = 0; round < ROUNDS; round++)
	  {
	    *entry = value;
	    flush (address, how);
	    CHECK (look_as_user (address) == 9, "is", trap.regs[RDX]);
	    CHECK (look (address) == 9, "is", read_value);
	    *entry = value & ~U;
	    flush (address, how);
	    user_reset ();
	    user.regs[RDI] = address;
	    user_run ();
	    CHECK (trap.vector == 14 && trap.cr2 == address
		   && (trap.error & 5) == 5, "the user still reads", how);
	    CHECK (look (address) == 9, "is", read_value);
	  }
    }
}

RULE (user_1, "tlb-user-page", LIVES)
{
  take_from_user (1);
}

RULE (user_2, "tlb-user-table-1", LIVES)
{
  take_from_user (2);
}

RULE (user_4, "tlb-user-table-3", LIVES)
{
  take_from_user (4);
}

/* A large page: to another one, to small pages, to nothing.  */
RULE (large, "tlb-large", LIVES)
{
  prepare ();
  for (size_t p = 0; p < PLACES; p++)
    {
      uint64_t address = places[p];
      uint64_t *entry = entry_at (top_table, address, 2);
      uint64_t *table = far_page_new (), at = 5 * 4096;

      table[5] = frame_new (3) | ALL;
      *(uint64_t *) linear (5 * LARGE + at) = 1;
      *(uint64_t *) linear (6 * LARGE + at) = 2;
      for (enum how how = 0; how < HOWS; how++)
	for (int round = 0; round < ROUNDS; round++)
	  {
	    static const uint64_t order[] = { 1, 2, 3, 1, 3, 2 };
	    uint64_t want = order[round % 6];

	    *entry = want == 3 ? physical (table) | ALL
	      : (want + 4) * LARGE | PS | ALL;
	    flush (address + at, how);
	    CHECK (look (address + at) == want, "the kernel sees",
		   read_value << 8 | how);
	    CHECK (look_as_user (address + at) == want, "the user sees",
		   trap.regs[RDX] << 8 | how);
	    *entry &= ~W;
	    flush (address + at, how);
	    CHECK (guarded (write_at, address + at) == 1 && trap.vector == 14,
		   "is still written", how);
	  }
    }
}

/* Changes that the Host came across by itself, before it was told: what it has
   filled in then is what it compares with at the flush, and finds nothing to
   take.  What the user saw before must be gone all the same.  */
RULE (fill_page, "tlb-fill-page", LIVES)
{
  uint64_t *entry, frames[2];

  prepare ();
  entry = entry_at (top_table, LOWER, 1);
  frames[0] = frame_new (1000);
  frames[1] = frame_new (1001);
  for (int round = 0; round < ROUNDS; round++)
    {
      *entry = frames[0] | (ALL & ~W);
      flush (LOWER, BY_PAGE);
      CHECK (look_as_user (LOWER) == 1000, "is", trap.regs[RDX]);
      *entry = frames[1] | ALL;
      /* Cannot be written as it was: the Host has to look.  */
      CHECK (guarded (write_at, LOWER + 8) == 0, "cannot be written", 0);
      flush (LOWER, BY_PAGE);
      CHECK (look_as_user (LOWER) == 1001, "the user sees", trap.regs[RDX]);
    }
}

/* The same with another table: at LEVEL, and found by the page next to it.  */
static void
fill_table (int level)
{
  uint64_t *entry, *tables[2], far = 1ull << (3 + 9 * (level - 1)), values[2];

  prepare ();
  entry = entry_at (top_table, LOWER, level);
  for (int which = 0; which < 2; which++)
    {
      tables[which] = far_page_new ();
      values[which] = physical (tables[which]) | ALL;
      for (int next = 0; next <= which; next++)
	{
	  uint64_t below = frame_new (1000 + which) | ALL;

	  for (int l = 1; l < level - 1; l++)
	    {
	      uint64_t *table = far_page_new ();

	      table[0] = below;
	      below = physical (table) | ALL;
	    }
	  tables[which][next] = below;
	}
    }
  for (int round = 0; round < ROUNDS; round++)
    {
      *entry = values[0];
      flush (LOWER, BY_RANGE);
      CHECK (look_as_user (LOWER) == 1000, "is", trap.regs[RDX]);
      *entry = values[1];
      CHECK (look (LOWER + far) == 1001, "the kernel sees", read_value);
      flush (LOWER, BY_PAGE);
      CHECK (look_as_user (LOWER) == 1001, "the user sees", trap.regs[RDX]);
    }
}

RULE (fill_table_1, "tlb-fill-table-1", LIVES)
{
  fill_table (2);
}

RULE (fill_table_2, "tlb-fill-table-2", LIVES)
{
  fill_table (3);
}

RULE (fill_table_3, "tlb-fill-table-3", LIVES)
{
  fill_table (4);
}

/* A table at two addresses.  One of its pages changes while it is known at one of
   them only, and the Host is told about the other.  */
RULE (alias, "tlb-alias", LIVES)
{
  uint64_t *table, other = LOWER + LARGE, frames[2];

  prepare ();
  table = entry_at (top_table, LOWER, 1);
  frames[0] = frame_new (1000);
  frames[1] = frame_new (1001);
  table[0] = frame_new (0) | ALL;
  for (int round = 0; round < ROUNDS; round++)
    {
      *entry_at (top_table, other, 2) = 0;
      table[1] = frames[0] | ALL;
      flush (LOWER, BY_ALL);
      CHECK (look (LOWER + 4096) == 1000, "is", read_value);
      table[1] = frames[1] | ALL;
      *entry_at (top_table, other, 2) = physical (table) | ALL;
      flush (other, BY_PAGE);
      flush (other + 4096, BY_PAGE);
      CHECK (look (other) == 0, "is", read_value);
      CHECK (look (other + 4096) == 1001, "the kernel sees", read_value);
      CHECK (look_as_user (other + 4096) == 1001, "the user sees",
	     trap.regs[RDX]);
    }
}

/* What the kernel has touched is not there for its user, nor does it execute
   what its user has.  */
RULE (views, "tlb-views", LIVES)
{
  prepare ();
  *entry_at (top_table, UPPER, 1) = frame_new (11) | (ALL & ~U);
  *entry_at (top_table, LOWER, 1) = frame_new (12) | (ALL & ~U);
  for (int round = 0; round < ROUNDS; round++)
    for (size_t p = 0; p < PLACES; p++)
      {
	CHECK (look (places[p]) == (places[p] == UPPER ? 11 : 12), "is",
	       read_value);
	user_reset ();
	user.regs[RDI] = places[p];
	user_run ();
	CHECK (trap.vector == 14 && trap.cr2 == places[p]
	       && (trap.error & 5) == 5, "the user reads the kernel's page",
	       trap.vector);
	CHECK (look_as_user (USER_CODE) != 0, "is", trap.regs[RDX]);
	CHECK (guarded (jump_to, USER_CODE) == 1 && trap.vector == 14
	       && trap.cr2 == USER_CODE, "the kernel executes its user's page",
	       trap.vector);
      }
}

/* The pad moves: the Switcher must not write to the old one.  */
void user_enter (int iret);

RULE (pad_moves, "tlb-pad", LIVES)
{
  static struct lguest_pad *pads[2];
  static uint64_t rips[2];

  prepare ();
  CHECK (look_as_user (USER_CODE) != 0, "is", trap.regs[RDX]);
  pads[0] = &pad;
  pads[1] = (struct lguest_pad *) far_page_new ();
  /* Two programs that do the same; whose address is in a pad tells which one
     the Switcher has read, and written.  */
  for (int i = 0; i < 4096; i++)
    user_pages[1][i] = user_pages[0][i];
  rips[0] = USER_CODE;
  rips[1] = USER_CODE + 4096;
  for (int round = 1; round <= ROUNDS; round++)
    {
      int now = round % 2;

      *pads[now] = *pads[!now];
      CHECK_ANSWER (hypercall (LHCALL_SET_PAD, physical (pads[now]),
			       (uint64_t) pads[now], 0), 0);
      for (int which = 0; which < 2; which++)
	{
	  pads[which]->frame.rflags = 0x202;
	  pads[which]->frame.rip = rips[which];
	}
      user_enter (0);
      CHECK (pads[now]->frame.rip == rips[now] + 5, "not written",
	     pads[now]->frame.rip);
      CHECK (pads[!now]->frame.rip == rips[!now], "the old one is written",
	     pads[!now]->frame.rip);
    }
}

/* More address spaces than a vcpu is let keep; the Guest says that what was known
   of them still is right.  */
RULE (spaces, "tlb-spaces", LIVES)
{
  enum { SPACES = 130 };
  uint64_t tops[SPACES];

  prepare ();
  for (int i = 0; i < SPACES; i++)
    {
      uint64_t *table = far_page_new ();

      for (int j = 0; j < 512; j++)
	table[j] = top_table[j];
      *entry_at (table, LOWER, 1) = frame_new (1000 + i) | ALL;
      tops[i] = physical (table);
    }
  for (int round = 0; round < 3; round++)
    for (int i = 0; i < SPACES; i++)
      {
	/* Two that are kept, and one that is not.  */
	for (int n = 0; n < 4; n++)
	  {
	    int which = n % 2 ? i : i * 7 % SPACES;

	    CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, tops[which] | NO_FLUSH,
				     0, 0), 0);
	    CHECK (look (LOWER) == 1000u + which, "the kernel sees",
		   read_value);
	    CHECK (look_as_user (LOWER) == 1000u + which, "the user sees",
		   trap.regs[RDX]);
	  }
      }
}

/* The kernel's half is that of all address spaces: one of them is told that its
   top has changed, and another one is entered.  */
RULE (kernel_half, "tlb-kernel-half", LIVES)
{
  uint64_t *other = far_page_new (), tables[2], far = 1ull << 30;
  uint64_t slot = UPPER >> 39 & 511;

  prepare ();
  for (int which = 0; which < 2; which++)
    {
      top_table[slot] = 0;
      *entry_at (top_table, UPPER, 1) = frame_new (1000 + which) | ALL;
      /* By this page the Host finds the new table before it is told.  */
      if (which == 1)
	*entry_at (top_table, UPPER + far, 1) = frame_new (5) | ALL;
      tables[which] = top_table[slot];
    }
  for (int j = 0; j < 512; j++)
    other[j] = top_table[j];
  for (int round = 0; round < ROUNDS; round++)
    {
      top_table[slot] = other[slot] = tables[0];
      flush (UPPER, BY_ALL);
      CHECK (look (UPPER) == 1000, "is", read_value);
      CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, physical (other) | NO_FLUSH,
			       0, 0), 0);
      CHECK (look (UPPER) == 1000, "is", read_value);
      CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, top | NO_FLUSH, 0, 0), 0);
      top_table[slot] = other[slot] = tables[1];
      CHECK (look (UPPER + far) == 5, "is", read_value);
      flush (UPPER, BY_PAGE);
      CHECK (look (UPPER) == 1001, "here the kernel sees", read_value);
      CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, physical (other) | NO_FLUSH,
			       0, 0), 0);
      CHECK (look (UPPER) == 1001, "there the kernel sees", read_value);
      CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, top | NO_FLUSH, 0, 0), 0);
    }
}

/* A table is released and used for another address space.  */
RULE (released, "tlb-released", LIVES)
{
  uint64_t *table = far_page_new (), frames[2];

  prepare ();
  for (int j = 0; j < 512; j++)
    table[j] = top_table[j];
  frames[0] = frame_new (1000);
  frames[1] = frame_new (1001);
  for (int round = 0; round < ROUNDS; round++)
    {
      *entry_at (table, LOWER, 1) = frames[round % 2] | ALL;
      CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, physical (table) | NO_FLUSH,
			       0, 0), 0);
      CHECK (look (LOWER) == 1000u + round % 2, "the kernel sees", read_value);
      CHECK (look_as_user (LOWER) == 1000u + round % 2, "the user sees",
	     trap.regs[RDX]);
      CHECK_ANSWER (hypercall (LHCALL_NEW_PGTABLE, top | NO_FLUSH, 0, 0), 0);
      CHECK_ANSWER (hypercall (LHCALL_RELEASE_PGTABLE, physical (table), 0, 0),
		    0);
    }
}

/* The limit of the segment by which the host tells its programs which processor
   they are on, as often as it changes.  (modules/entry_area.c changes it, by
   another page in the place of the host's descriptor table.)  */
RULE (host_table, "tlb-host-table", HANGS)
{
  uint64_t before = ~0ull;

  for (;;)
    {
      uint64_t limit = 0;

      __asm__ volatile ("lsl %1, %0" : "=r" (limit) : "r" (0x7bull) : "cc");
      if (limit == before)
	continue;
      before = limit;
      print ("limit ");
      print_number (limit);
      print ("\n");
    }
}
