/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_files.c - files that are in memory already.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "operation.h"

#define READ_BYTES      65536
#define FILE_BYTES      (1 << 20)

static char *buffer;
static int file;

static void
prepare_read (void)
{
  char name[] = "/lgbenchXXXXXX";

  buffer = malloc (READ_BYTES);
  must (buffer);
  memset (buffer, 7, READ_BYTES);
  file = mkstemp (name);
  must (file >= 0);
  unlink (name);
  for (int i = 0; i < FILE_BYTES / READ_BYTES; i++)
    must (write (file, buffer, READ_BYTES) == READ_BYTES);
}

static void
run_read (long count)
{
  for (long i = 0; i < count; i++)
    for (off_t at = 0; at < FILE_BYTES; at += READ_BYTES)
      must (pread (file, buffer, READ_BYTES, at) == READ_BYTES);
}

static void
finish_read (void)
{
  close (file);
  free (buffer);
}

static void
run_stat (long count)
{
  struct stat status;

  for (long i = 0; i < count; i++)
    must (stat ("/bin/busybox", &status) == 0);
}

static void
run_open (long count)
{
  for (long i = 0; i < count; i++)
    {
      int opened = open ("/bin/busybox", O_RDONLY);

      must (opened >= 0);
      close (opened);
    }
}

const struct operation file_operations[] = {
  { "cached-read-1M", 20, 1, prepare_read, run_read, finish_read },
  { "stat", 5000, 1, NULL, run_stat, NULL },
  { "open-close", 4000, 1, NULL, run_open, NULL },
  { 0 }
};
