/* mmap.c - mappings appear, move and go, and nothing stale stays behind.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define READ_WRITE (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static char *
map (size_t size)
{
  char *p = mmap (NULL, size, READ_WRITE, PRIVATE, -1, 0);

  if (p == MAP_FAILED)
    fatal ("mmap");
  return p;
}

static int
is_zero (const char *p, size_t size)
{
  size_t i;

  for (i = 0; i < size; i++)
    if (p[i] != 0)
      return 0;
  return 1;
}

static uint64_t *
word_at (char *area, unsigned long page)
{
  return (uint64_t *) (area + page * PAGE);
}

static void
check_anonymous (void)
{
  enum { PAGES = 64 };
  char *p = map (PAGES * PAGE);
  struct fault fault;
  int i, good = 1;

  check (is_zero (p, PAGES * PAGE), "anonymous-zero", "new pages hold data");
  for (i = 0; i < PAGES; i++)
    *word_at (p, i) = 0x1234567800000000ull + i;
  for (i = 0; i < PAGES; i++)
    good &= *word_at (p, i) == 0x1234567800000000ull + i;
  check (good, "anonymous-keeps", "a page lost what was written");

  munmap (p, PAGES * PAGE);
  fault_catch (&fault, touch_read, p + 5 * PAGE + 7);
  check_fault ("unmapped-read", &fault, SIGSEGV, SEGV_MAPERR,
	       (uintptr_t) p + 5 * PAGE + 7);
  fault_catch (&fault, touch_write, p + 9 * PAGE + 3);
  check_fault ("unmapped-write", &fault, SIGSEGV, SEGV_MAPERR,
	       (uintptr_t) p + 9 * PAGE + 3);
}

/* The same address, again and again, must never show what was there.  */
static void
check_stale (void)
{
  char *place = map (8 * PAGE);
  int fd, i, j, good = 1;
  char *view;

  for (i = 1; i <= 300 && good; i++)
    {
      for (j = 0; j < 8; j++)
	*word_at (place, j) = i;
      munmap (place, 8 * PAGE);
      if (mmap (place, 8 * PAGE, READ_WRITE, PRIVATE | MAP_FIXED, -1, 0)
	  != place)
	fatal ("mmap fixed");
      for (j = 0; j < 8; j++)
	good &= *word_at (place, j) == 0;
    }
  check (good, "stale-anonymous", "round %d: old data at a new mapping", i);

  /* A window that moves over a file.  */
  fd = memfd_create ("stale", 0);
  if (fd < 0 || ftruncate (fd, 64 * PAGE) < 0)
    fatal ("memfd");
  view = mmap (NULL, 64 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  for (i = 0; i < 64; i++)
    *word_at (view, i) = 1000 + i;
  good = 1;
  for (i = 0; i < 600 && good; i++)
    {
      int page = (i * 37) % 64;

      if (mmap (place, PAGE, READ_WRITE, MAP_SHARED | MAP_FIXED, fd,
		page * PAGE) != place)
	fatal ("mmap window");
      good &= *word_at (place, 0) == 1000u + page;
      place[8] = i;
      good &= view[page * PAGE + 8] == (char) i;
    }
  check (good, "stale-window", "round %d: the window shows another page", i);
  munmap (view, 64 * PAGE);
  munmap (place, 8 * PAGE);
  close (fd);
}

static void
check_alias (void)
{
  int fd = memfd_create ("alias", 0);
  char *a, *b;
  int i, good = 1;

  if (fd < 0 || ftruncate (fd, 16 * PAGE) < 0)
    fatal ("memfd");
  a = mmap (NULL, 16 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  b = mmap (NULL, 16 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  for (i = 0; i < 16; i++)
    {
      *word_at (a, i) = i * 3;
      good &= *word_at (b, i) == i * 3u;
      *word_at (b, i) = i * 5;
      good &= *word_at (a, i) == i * 5u;
    }
  check (good && a != b, "alias", "two mappings of one page differ");

  /* Write by one, unmap it, map its page elsewhere.  */
  *word_at (a, 7) = 0xfeed;
  munmap (a, 16 * PAGE);
  a = mmap (NULL, PAGE, PROT_READ, MAP_SHARED, fd, 7 * PAGE);
  check_equal ("alias-elsewhere", *word_at (a, 0), 0xfeed);
  munmap (a, PAGE);
  munmap (b, 16 * PAGE);
  close (fd);
}

static void
check_mremap (void)
{
  char *p = map (4 * PAGE), *q, *x, *y, *hole;
  struct fault fault;
  int i, good = 1;

  for (i = 0; i < 4; i++)
    *word_at (p, i) = 100 + i;
  hole = map (64 * PAGE);
  munmap (hole, 64 * PAGE);
  q = mremap (p, 4 * PAGE, 32 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
	      hole + 8 * PAGE);
  if (q == MAP_FAILED)
    fatal ("mremap");
  for (i = 0; i < 4; i++)
    good &= *word_at (q, i) == 100u + i;
  check (good && q == hole + 8 * PAGE, "mremap-moves",
	 "the contents did not come along");
  check (is_zero (q + 4 * PAGE, 28 * PAGE), "mremap-grows",
	 "the new part is not empty");
  fault_catch (&fault, touch_read, p);
  check_fault ("mremap-old-place", &fault, SIGSEGV, SEGV_MAPERR,
	       (uintptr_t) p);
  q = mremap (q, 32 * PAGE, 2 * PAGE, 0);
  fault_catch (&fault, touch_write, q + 2 * PAGE);
  check_fault ("mremap-shrinks", &fault, SIGSEGV, SEGV_MAPERR,
	       (uintptr_t) q + 2 * PAGE);
  munmap (q, 2 * PAGE);

  /* Two pages change places, often, by way of a third place.  */
  x = map (3 * PAGE);
  y = x + PAGE;
  *word_at (x, 0) = 1;
  *word_at (y, 0) = 2;
  munmap (x + 2 * PAGE, PAGE);
  good = 1;
  for (i = 0; i < 200 && good; i++)
    {
      int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

      if (mremap (x, PAGE, PAGE, flags, x + 2 * PAGE) == MAP_FAILED
	  || mremap (y, PAGE, PAGE, flags, x) == MAP_FAILED
	  || mremap (x + 2 * PAGE, PAGE, PAGE, flags, y) == MAP_FAILED)
	fatal ("mremap swap");
      good &= *word_at (x, 0) == (i % 2 ? 1u : 2u);
      good &= *word_at (y, 0) == (i % 2 ? 2u : 1u);
    }
  check (good, "mremap-swaps", "round %d: a page is in its old place", i);
  munmap (x, 2 * PAGE);
}

static void
check_fixed (void)
{
  char *p = map (9 * PAGE);
  int i, good = 1;

  for (i = 0; i < 9; i++)
    *word_at (p, i) = 7 + i;
  if (mmap (p + 3 * PAGE, 3 * PAGE, READ_WRITE, PRIVATE | MAP_FIXED, -1, 0)
      != p + 3 * PAGE)
    fatal ("mmap fixed");
  for (i = 0; i < 9; i++)
    good &= *word_at (p, i) == (i >= 3 && i < 6 ? 0u : 7u + i);
  check (good, "fixed-over", "a mapping over the middle changed the rest");
  munmap (p + 4 * PAGE, PAGE);
  good = *word_at (p, 3) == 0 && *word_at (p, 5) == 0
    && *word_at (p, 8) == 15;
  check (good, "fixed-hole", "a hole in the middle changed the rest");
  munmap (p, 9 * PAGE);
}

/* So far apart that each page has tables of its own.  */
static void
check_sparse (void)
{
  enum { COUNT = 96 };
  /* As far from each other as there are addresses.  */
  const int wide = sizeof (void *) == 8;
  const size_t stride = (size_t) (wide ? 512 : 16) << 20;
  char *p = mmap (NULL, COUNT * stride, READ_WRITE,
		  PRIVATE | MAP_NORESERVE, -1, 0);
  int i, good = 1;

  if (p == MAP_FAILED)
    fatal ("mmap of very much");
  for (i = 0; i < COUNT; i++)
    *(uint64_t *) (p + i * stride) = ~i;
  for (i = 0; i < COUNT; i++)
    good &= *(uint64_t *) (p + i * stride) == (uint64_t) (int64_t) ~i;
  check (good, "sparse", "a page of it is wrong");
  munmap (p, COUNT * stride);

  /* Often, so that freed tables are used again for other addresses.  */
  good = 1;
  for (i = 0; i < 200 && good; i++)
    {
      char *where = (char *) (uintptr_t)
	(wide ? 0x100000000000ull + (i % 50) * 0x4000000000ull
	 : 0x40000000ull + (i % 50) * 0x800000ull);
      char *q = mmap (where, 3 * PAGE, READ_WRITE,
		      PRIVATE | MAP_FIXED_NOREPLACE, -1, 0);

      if (q != where)
	fatal ("mmap far");
      good &= *word_at (q, 1) == 0;
      *word_at (q, 1) = i + 1;
      good &= *word_at (q, 1) == i + 1u;
      munmap (q, 3 * PAGE);
    }
  check (good, "sparse-again", "round %d: stale page table", i);
}

static void
check_dontneed (void)
{
  char *p = map (32 * PAGE);
  int round, i, good = 1;

  for (round = 0; round < 50; round++)
    {
      for (i = 0; i < 32; i++)
	*word_at (p, i) = round + 1;
      if (madvise (p + 4 * PAGE, 24 * PAGE, MADV_DONTNEED) < 0)
	fatal ("madvise");
      for (i = 0; i < 32; i++)
	good &= *word_at (p, i) == (i >= 4 && i < 28 ? 0u : round + 1u);
    }
  check (good, "dontneed", "dropped pages are not zero, or others are");
  munmap (p, 32 * PAGE);
}

static void
check_file (void)
{
  char name[] = "/tmp/mmap-XXXXXX";
  int fd = mkstemp (name);
  char data[64], *shared, *private;
  struct fault fault;
  int i;

  if (fd < 0 || ftruncate (fd, 4 * PAGE) < 0)
    fatal (name);
  unlink (name);
  shared = mmap (NULL, 8 * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
  private = mmap (NULL, 4 * PAGE, READ_WRITE, MAP_PRIVATE, fd, 0);
  if (shared == MAP_FAILED || private == MAP_FAILED)
    fatal ("mmap file");

  memset (data, 'a', sizeof data);
  if (pwrite (fd, data, sizeof data, PAGE) != sizeof data)
    fatal ("pwrite");
  check (memcmp (shared + PAGE, data, sizeof data) == 0, "file-write-seen",
	 "write is not seen in the mapping");
  memset (shared + 2 * PAGE, 'b', sizeof data);
  i = pread (fd, data, sizeof data, 2 * PAGE);
  check (i == sizeof data && data[0] == 'b' && data[63] == 'b',
	 "file-store-seen", "a store to the mapping is not seen by read");
  check (private[2 * PAGE] == 'b', "file-private-reads",
	 "the private mapping does not show the file");
  private[2 * PAGE] = 'p';
  i = pread (fd, data, 1, 2 * PAGE);
  check (i == 1 && data[0] == 'b' && shared[2 * PAGE] == 'b'
	 && private[2 * PAGE] == 'p', "file-private-writes",
	 "a store to a private mapping changed the file");

  fault_catch (&fault, touch_read, shared + 6 * PAGE + 1);
  check_fault ("file-beyond-end", &fault, SIGBUS, BUS_ADRERR,
	       (uintptr_t) shared + 6 * PAGE + 1);
  if (ftruncate (fd, PAGE) < 0)
    fatal ("ftruncate");
  fault_catch (&fault, touch_read, shared + 2 * PAGE);
  check_fault ("file-truncated", &fault, SIGBUS, BUS_ADRERR,
	       (uintptr_t) shared + 2 * PAGE);
  if (ftruncate (fd, 4 * PAGE) < 0)
    fatal ("ftruncate");
  check (is_zero (shared + 2 * PAGE, PAGE), "file-truncate-zeroes",
	 "cut off and grown again, the page still holds data");
  munmap (shared, 8 * PAGE);
  munmap (private, 4 * PAGE);
  close (fd);
}

/* Many small areas that differ from their neighbours.  */
static void
check_many (void)
{
  enum { PAGES = 600 };
  char *p = map (PAGES * PAGE);
  struct fault fault;
  int i, good = 1;

  for (i = 0; i < PAGES; i++)
    *word_at (p, i) = i;
  for (i = 0; i < PAGES; i += 2)
    mprotect (p + i * PAGE, PAGE, PROT_READ);
  for (i = 0; i < PAGES; i += 37)
    {
      int got = fault_catch (&fault, touch_write, p + i * PAGE + 8);

      good &= got == (i % 2 ? 0 : SIGSEGV);
      good &= *word_at (p, i) == (unsigned) i;
    }
  check (good, "many-areas", "a page of %d has its neighbour's rights", PAGES);
  munmap (p, PAGES * PAGE);
}

int
main (void)
{
  check_start ("mmap", 26, 300);
  check_anonymous ();
  check_stale ();
  check_alias ();
  check_mremap ();
  check_fixed ();
  check_sparse ();
  check_dontneed ();
  check_file ();
  check_many ();
  return check_end ();
}
