/* fill.c - fill an amount of memory and see that it stays what it is.

   Usage: fill MIB [ROUNDS].

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int
main (int argc, char **argv)
{
  size_t mib = argc > 1 ? strtoul (argv[1], NULL, 10) : 4;
  int rounds = argc > 2 ? atoi (argv[2]) : 2, round;
  size_t pages = mib * 256, i, bad;
  uint64_t *p;

  check_start ("fill", rounds * 2, 1200);
  p = mmap (NULL, pages * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED)
    fatal ("mmap");
  for (round = 0; round < rounds; round++)
    {
      char name[32];

      for (i = 0; i < pages; i++)
	{
	  /* Different everywhere, so that nothing can be merged.  */
	  p[i * 512] = i * 0x9e3779b97f4a7c15ull + round;
	  p[i * 512 + 511] = ~i ^ round;
	}
      for (i = bad = 0; i < pages; i++)
	bad += p[i * 512] != i * 0x9e3779b97f4a7c15ull + round;
      snprintf (name, sizeof name, "forward-%d", round);
      check_equal (name, bad, 0);
      for (i = pages, bad = 0; i-- > 0;)
	bad += p[i * 512 + 511] != (~i ^ round);
      snprintf (name, sizeof name, "backward-%d", round);
      check_equal (name, bad, 0);
    }
  return check_end ();
}
