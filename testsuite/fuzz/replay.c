/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.c - a fuzz target without a fuzzing engine.
 *
 * PROGRAM SEED TIMES FILE...
 * Each file is tried as it is, and then that many times with some bytes
 * changed at random.  "lguest-fuzz" in $TMPDIR or /tmp has what was tried last,
 * if it was the last indeed.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_BYTES ((size_t) 1 << 20)

static uint64_t seed;
static const char *last = "/tmp/lguest-fuzz";

static uint32_t
number (uint32_t below)
{
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (seed >> 33) % below;
}

static const uint8_t edges[] = { 0, 1, 2, 0x0f, 0x7f, 0x80, 0xfe, 0xff };

static size_t
change (uint8_t *data, size_t size)
{
  unsigned changes = 1 + number (4);

  while (changes-- > 0 && size > 0)
    switch (number (6))
      {
      case 0:
        size = number (size + 1);
        break;
      case 1:
        data[number (size)] ^= 1 << number (8);
        break;
      case 2:
        data[number (size)] = edges[number (sizeof edges)];
        break;
      case 3:
        {
          const size_t at = number (size), length = number (size - at + 1);

          if (length && size + length <= INPUT_BYTES)
            {
              memmove (data + at + length, data + at, size - at);
              size += length;
            }
          break;
        }
      case 4:
        {
          const size_t at = number (size);
          size_t length = 1 + number (8);

          if (length > size - at)
            length = size - at;
          memset (data + at, edges[number (sizeof edges)], length);
          break;
        }
      default:
        data[number (size)] = number (256);
        break;
      }
  return size;
}

/* What kills us can be looked at. */
static void
try (const uint8_t *data, size_t size)
{
  uint8_t *exact = malloc (size ? size : 1);

  /* In memory of its own size, so that reading behind it is found. */
  must (exact != NULL);
  memcpy (exact, data, size);
  LLVMFuzzerTestOneInput (exact, size);
  free (exact);
}

static void
keep (const uint8_t *data, size_t size)
{
  const int fd = open (last, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

  if (fd >= 0 && write (fd, data, size) == (ssize_t) size)
    close (fd);
}

int
main (int argc, char **argv)
{
  static uint8_t original[INPUT_BYTES], data[INPUT_BYTES];
  unsigned long times, i;
  int file;

  if (argc < 4)
    return 2;
  seed = strtoull (argv[1], NULL, 10);
  times = strtoul (argv[2], NULL, 10);
  for (file = 3; file < argc; file++)
    {
      const int fd = open (argv[file], O_RDONLY);
      const ssize_t size = fd < 0 ? -1 : read (fd, original, INPUT_BYTES);

      if (size < 0)
        {
          perror (argv[file]);
          return 2;
        }
      close (fd);
      keep (original, size);
      try (original, size);
      for (i = 0; i < times; i++)
        {
          size_t changed;

          memcpy (data, original, size);
          changed = change (data, size);
          keep (data, changed);
          try (data, changed);
        }
    }
  unlink (last);
  printf ("%d files, each changed %lu times\n", argc - 3, times);
  return 0;
}
