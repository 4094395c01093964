/* heap.c - memory that is taken and given back keeps what was put in it.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The break, moved up and down.  */
static void
check_break (void)
{
  char *start = sbrk (0);
  struct fault fault;
  int round, bad = 0;
  size_t i;

  for (round = 1; round <= 60; round++)
    {
      size_t size = (round * 7919 % 300 + 1) * PAGE;
      char *p = sbrk (size);

      if (p == (void *) -1)
	fatal ("sbrk");
      for (i = 0; i < size; i += PAGE)
	{
	  /* New pages are empty, each time.  */
	  bad += *(uint64_t *) (p + i) != 0;
	  *(uint64_t *) (p + i) = i + round;
	}
      for (i = 0; i < size; i += PAGE)
	bad += *(uint64_t *) (p + i) != i + round;
      if (sbrk (-(intptr_t) size) == (void *) -1)
	fatal ("sbrk down");
    }
  check_equal ("break", bad, 0);
  check (sbrk (0) == start, "break-back", "the break is not where it was");
  start = (char *) (((uintptr_t) sbrk (0) + 2 * PAGE) & ~(PAGE - 1));
  fault_catch (&fault, touch_write, start);
  check_fault ("break-beyond", &fault, SIGSEGV, SEGV_MAPERR,
	       (uintptr_t) start);
}

struct piece
{
  unsigned char *data;
  size_t size;
  unsigned char value;
};

static int
is_filled (const struct piece *piece)
{
  size_t i;

  for (i = 0; i < piece->size; i++)
    if (piece->data[i] != (unsigned char) (piece->value + i % 251))
      return 0;
  return 1;
}

static void
fill (struct piece *piece)
{
  size_t i;

  for (i = 0; i < piece->size; i++)
    piece->data[i] = piece->value + i % 251;
}

static void
check_pieces (void)
{
  enum { PIECES = 200, ROUNDS = 4000 };
  static struct piece pieces[PIECES];
  uint64_t seed = 12345;
  int i, bad = 0;

  for (i = 0; i < ROUNDS; i++)
    {
      struct piece *piece = &pieces[random_next (&seed) % PIECES];
      uint64_t what = random_next (&seed);

      if (piece->data != NULL && !is_filled (piece))
	bad++;
      if (piece->data != NULL && what % 3 == 0)
	{
	  free (piece->data);
	  memset (piece, 0, sizeof *piece);
	  continue;
	}
      /* Mostly small, now and then large enough for a mapping.  */
      size_t size = what % 41 == 0 ? 200000 + what % 100000 : what % 6000 + 1;
      unsigned char *data = realloc (piece->data, size);

      if (data == NULL)
	fatal ("realloc");
      piece->data = data;
      if (piece->size > size)
	piece->size = size;
      if (!is_filled (piece))
	bad++;
      piece->size = size;
      piece->value = what >> 32;
      fill (piece);
    }
  for (i = 0; i < PIECES; i++)
    {
      if (pieces[i].data != NULL && !is_filled (&pieces[i]))
	bad++;
      free (pieces[i].data);
    }
  check_equal ("pieces", bad, 0);
}

/* A large area, touched in an order that no cache likes.  */
static void
check_large (void)
{
  enum { PAGES = 6000 };
  uint64_t *p = mmap (NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int i, bad = 0;

  if (p == MAP_FAILED)
    fatal ("mmap 24 MB");
  for (i = 0; i < PAGES; i++)
    p[(i * 2741l % PAGES) * 512 + i % 512] = i + 1;
  for (i = 0; i < PAGES; i++)
    bad += p[(i * 2741l % PAGES) * 512 + i % 512] != i + 1u;
  check_equal ("large", bad, 0);
  munmap (p, PAGES * PAGE);
}

int
main (void)
{
  check_start ("heap", 5, 300);
  check_break ();
  check_pieces ();
  check_large ();
  return check_end ();
}
