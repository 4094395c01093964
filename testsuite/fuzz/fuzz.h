/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.h - what all fuzz targets have.
 *
 * A target is one function that does with some bytes what lguest does with
 * those of somebody hostile.  It need not find anything right or wrong: the
 * sanitizers do.  What must hold whatever the bytes are, it demands by must().
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static inline void
must (int fact)
{
  if (!fact)
    abort ();
}

/* The next @bytes bytes as a number, low byte first; 0 behind the end. */
static inline uint64_t
take (const uint8_t **data, size_t *size, unsigned bytes)
{
  uint64_t number = 0;
  unsigned i;

  for (i = 0; i < bytes && *size > 0; i++, ++*data, --*size)
    number |= (uint64_t) **data << 8 * i;
  return number;
}

/* A file with that in it; the same descriptor every time. */
static inline int
file_with (const uint8_t *data, size_t size)
{
  static int fd = -1;

  if (fd < 0)
    fd = memfd_create ("fuzz", MFD_CLOEXEC);
  must (fd >= 0 && ftruncate (fd, 0) == 0 && lseek (fd, 0, SEEK_SET) == 0
        && write (fd, data, size) == (ssize_t) size
        && lseek (fd, 0, SEEK_SET) == 0);
  return fd;
}

#endif /* FUZZ_H */
