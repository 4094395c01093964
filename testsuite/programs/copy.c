/* copy.c - a big file is copied in every way there is, and stays the same.

   Usage: copy [MIB [DIRECTORY]].

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *directory = "/tmp";
static size_t size = 8 << 20;

static int
open_file (const char *name)
{
  char path[256];
  int fd;

  snprintf (path, sizeof path, "%s/copy-%d-%s", directory, (int) getpid (),
	    name);
  fd = open (path, O_CREAT | O_RDWR | O_TRUNC, 0600);
  if (fd < 0)
    fatal (path);
  unlink (path);
  return fd;
}

static uint64_t
sum_block (uint64_t sum, const unsigned char *data, size_t length)
{
  size_t i;

  for (i = 0; i < length; i++)
    sum = (sum ^ data[i]) * 1099511628211ull;
  return sum;
}

static uint64_t
sum_file (int fd)
{
  static unsigned char block[16384];
  uint64_t sum = 14695981039346656037ull;
  off_t at = 0;
  ssize_t n;

  while ((n = pread (fd, block, sizeof block, at)) > 0)
    {
      sum = sum_block (sum, block, n);
      at += n;
    }
  return at == (off_t) size ? sum : 0;
}

int
main (int argc, char **argv)
{
  static unsigned char block[70001];
  uint64_t seed = 99, sum = 14695981039346656037ull;
  size_t done, i;
  off_t offset = 0;
  char *map, *other;
  ssize_t n;
  int from, to;

  if (argc > 1)
    size = strtoul (argv[1], NULL, 10) << 20;
  if (argc > 2)
    directory = argv[2];
  check_start ("copy", 6, 600);

  from = open_file ("from");
  for (done = 0; done < size; done += i)
    {
      i = size - done < sizeof block ? size - done : sizeof block;
      for (size_t j = 0; j < i; j++)
	block[j] = random_next (&seed) >> 13;
      sum = sum_block (sum, block, i);
      if (write (from, block, i) != (ssize_t) i)
	fatal ("write");
    }
  check_equal ("written", sum_file (from), sum);

  to = open_file ("read-write");
  lseek (from, 0, SEEK_SET);
  while ((n = read (from, block, 65537)) > 0)
    if (write (to, block, n) != n)
      fatal ("write");
  check_equal ("read-write", sum_file (to), sum);
  close (to);

  to = open_file ("sendfile");
  while (offset < (off_t) size
	 && (n = sendfile (to, from, &offset, size - offset)) > 0)
    ;
  check_equal ("sendfile", sum_file (to), sum);
  close (to);

  to = open_file ("mmap");
  if (ftruncate (to, size) < 0)
    fatal ("ftruncate");
  map = mmap (NULL, size, PROT_READ, MAP_SHARED, from, 0);
  other = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0);
  if (map == MAP_FAILED || other == MAP_FAILED)
    fatal ("mmap");
  memcpy (other, map, size);
  check_equal ("mmap-seen", sum_block (14695981039346656037ull,
				       (unsigned char *) other, size), sum);
  munmap (other, size);
  check_equal ("mmap-file", sum_file (to), sum);
  munmap (map, size);

  /* One changed byte is noticed: the sum is worth something.  */
  if (pread (to, block, 1, size / 2) != 1)
    fatal ("pread");
  block[0] ^= 1;
  if (pwrite (to, block, 1, size / 2) != 1)
    fatal ("pwrite");
  check (sum_file (to) != sum, "changed", "a changed byte is not noticed");
  return check_end ();
}
