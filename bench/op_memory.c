/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_memory.c - memory that appears and goes away.  A page's fault is counted
 * with its share of the mmap and munmap of 256 pages: a hypervisor may put
 * off work from the one to the other.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "operation.h"

#define PAGE    4096
#define PAGES   256
#define BYTES   (PAGES * PAGE)

/* COUNT is a number of pages; whole mappings are done. */
static void
run_anonymous (long count)
{
  for (long done = 0; done < count; done += PAGES)
    {
      char *area = mmap (NULL, BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      must (area != MAP_FAILED);
      madvise (area, BYTES, MADV_NOHUGEPAGE);
      for (long at = 0; at < BYTES; at += PAGE)
        area[at] = 1;
      munmap (area, BYTES);
    }
}

static int file;

static void
prepare_file (void)
{
  static char data[PAGE];
  char name[] = "/lgbenchXXXXXX";

  file = mkstemp (name);
  must (file >= 0);
  unlink (name);
  for (int i = 0; i < PAGES; i++)
    must (write (file, data, PAGE) == PAGE);
}

static void
run_file (long count)
{
  for (long done = 0; done < count; done += PAGES)
    {
      const char *area = mmap (NULL, BYTES, PROT_READ, MAP_SHARED, file, 0);

      must (area != MAP_FAILED);
      for (long at = 0; at < BYTES; at += PAGE)
        keep (area[at]);
      munmap ((void *) area, BYTES);
    }
}

static void
finish_file (void)
{
  close (file);
}

static void
run_map (long count)
{
  for (long i = 0; i < count; i++)
    {
      void *area = mmap (NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      must (area != MAP_FAILED);
      munmap (area, 16 * PAGE);
    }
}

const struct operation memory_operations[] = {
  { "anonymous-fault", 20 * PAGES, PAGES, NULL, run_anonymous, NULL },
  { "file-fault", 20 * PAGES, PAGES, prepare_file, run_file, finish_file },
  { "mmap-munmap-64K", 2000, 1, NULL, run_map, NULL },
  { 0 }
};
