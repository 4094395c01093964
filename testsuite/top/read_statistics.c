/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read_statistics.c - what a client may do with a Guest's counters.
 *
 *	read-statistics NAME
 *
 * Prints the exits by hypercall, and each thing that it could do to the file
 * and should not.
 */
#include <config.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lguest/control.h>

#include "top/page.h"

static void
try_to_write (int fd)
{
  char path[64];
  int other;

  if (pwrite (fd, "x", 1, 0) == 1)
    printf ("could write\n");
  if (mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
      != MAP_FAILED)
    printf ("could map\n");
  if (ftruncate (fd, 0) == 0)
    printf ("could cut\n");
  if (ftruncate (fd, 1 << 20) == 0)
    printf ("could grow\n");
  if (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE) == 0)
    printf ("could seal\n");
  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  other = open (path, O_RDWR);
  if (other >= 0 && pwrite (other, "x", 1, 0) == 1)
    printf ("could open and write\n");
}

int
main (int argc, char **argv)
{
  struct lguest_statistics_descriptor descriptor;
  struct lguest_guest *guest;
  struct page page;
  const void *mapping;
  size_t size;
  int fd;

  if (argc != 2 || lguest_connect (argv[1], &guest) != LGUEST_OK
      || lguest_map_statistics (guest, &mapping, &size) != LGUEST_OK
      || lguest_open_statistics (guest, &fd) != LGUEST_OK)
    {
      fprintf (stderr, "%s\n", lguest_error_text ());
      return 1;
    }
  try_to_write (fd);
  if (!page_copy (&page, mapping, size)
      || !page_find (&page, "exit.hypercall", &descriptor))
    return 1;
  printf ("exits %" PRIu64 "\n", page_word (&page, &descriptor,
                                             PAGE_ALL_BLOCKS, 0));
  return 0;
}
