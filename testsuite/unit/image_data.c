/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_data.c - what the tests of images have in common.
 */
#include <config.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_data.h"

#define REGION ((size_t) 192 << 10)
#define NAMES 8
#define THREADS 6

uint8_t *image_data;
unsigned image_alignment = 1;
struct failure failure;
static char directory[] = "/var/tmp/lguest-unit-XXXXXX";

/* Pseudo-random: each run is the same. */
uint32_t
noise (void)
{
  static _Thread_local uint64_t state = 88172645463325252u;

  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state >> 16;
}

/* A directory of our own, which is the cache, too; and the data. */
bool
image_data_create (void)
{
  size_t i;

  image_data = malloc (DATA_BYTES);
  if (!image_data || !mkdtemp (directory))
    return false;
  setenv ("XDG_CACHE_HOME", directory, 1);
  setenv ("TMPDIR", directory, 1);
  for (i = 0; i < DATA_BYTES; i++)
    switch (i / REGION % 3)
      {
      case 0:
        image_data[i] = 0;
        break;
      case 1:
        image_data[i] = "lorem ipsum dolor sit amet\n"[i % 27] + i / 4096 % 7;
        break;
      case 2:
        image_data[i] = noise ();
        break;
      }
  return true;
}

static void
empty (const char *path)
{
  DIR *entries = opendir (path);
  struct dirent *entry;
  char name[1024];

  while (entries && (entry = readdir (entries)))
    if (entry->d_name[0] != '.')
      {
        snprintf (name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink (name) != 0)
          {
            empty (name);
            rmdir (name);
          }
      }
  if (entries)
    closedir (entries);
}

void
image_data_destroy (void)
{
  empty (directory);
  rmdir (directory);
  free (image_data);
}

/* In our directory; one of the last few stays where it is. */
const char *
file_name (const char *name)
{
  static char names[NAMES][256];
  static unsigned next;
  char *result = names[next++ % NAMES];

  snprintf (result, sizeof names[0], "%s/%s", directory, name);
  return result;
}

bool
file_write (const char *name, const void *data, size_t bytes)
{
  FILE *file = fopen (file_name (name), "w");
  const bool done = file && fwrite (data, 1, bytes, file) == bytes;

  return file && fclose (file) == 0 && done;
}

/* Allocated; NULL if it is not there. */
uint8_t *
file_read (const char *name, size_t *bytes)
{
  FILE *file = fopen (file_name (name), "r");
  struct stat status;
  uint8_t *data = NULL;

  if (file && fstat (fileno (file), &status) == 0)
    {
      *bytes = status.st_size;
      data = malloc (*bytes + 1);
      if (data && fread (data, 1, *bytes, file) != *bytes)
        {
          free (data);
          data = NULL;
        }
    }
  if (file)
    fclose (file);
  return data;
}

bool
file_patch (const char *name, size_t offset, const void *data, size_t bytes)
{
  const int fd = open (file_name (name), O_WRONLY);
  const bool done = fd >= 0
    && pwrite (fd, data, bytes, offset) == (ssize_t) bytes;

  if (fd >= 0)
    close (fd);
  return done;
}

/* Read anywhere, into buffers of odd sizes. */
enum same
image_compare (struct image *image, const uint8_t *data, unsigned reads)
{
  static _Thread_local uint8_t buffer[300000];

  while (reads-- > 0)
    {
      const uint64_t offset = noise () % image->bytes / image_alignment
        * image_alignment;
      uint64_t bytes = (1 + noise () % (noise () % 4 ? 9000 : sizeof buffer))
        / image_alignment * image_alignment;
      struct iovec parts[3];
      size_t first, second;

      if (bytes > image->bytes - offset)
        bytes = image->bytes - offset;
      first = noise () % (bytes + 1);
      second = noise () % (bytes - first + 1);
      parts[0] = (struct iovec) { buffer, first };
      parts[1] = (struct iovec) { buffer + first, second };
      parts[2] = (struct iovec) { buffer + first + second,
        bytes - first - second };
      memset (buffer, 0xa5, bytes);
      if (!image_read (image, parts, 3, offset, bytes))
        return UNREADABLE;
      if (memcmp (buffer, data + offset, bytes) != 0)
        return DIFFERENT;
    }
  return SAME;
}

/* All of it, from the beginning, and here and there. */
bool
image_is_data (struct image *image)
{
  uint8_t *all = malloc (DATA_BYTES);
  bool is = all && image->bytes == DATA_BYTES
    && image_read_flat (image, all, 0, DATA_BYTES)
    && memcmp (all, image_data, DATA_BYTES) == 0;

  free (all);
  return is && image_compare (image, image_data, 200) == SAME;
}

struct reader
{
  struct image *image;
  const uint8_t *data;
  unsigned number;
  bool good;
};

static void *
read_much (void *context)
{
  struct reader *reader = context;
  unsigned i;

  for (i = 0; i < reader->number * 17; i++)
    noise ();
  reader->good = image_compare (reader->image, reader->data, 300) == SAME;
  return NULL;
}

/* Several threads at once. */
bool
image_threads_agree (struct image *image, const uint8_t *data)
{
  struct reader readers[THREADS];
  pthread_t threads[THREADS];
  bool good = true;
  unsigned i;

  for (i = 0; i < THREADS; i++)
    {
      readers[i] = (struct reader) { image, data, i, false };
      if (pthread_create (&threads[i], NULL, read_much, &readers[i]) != 0)
        return false;
    }
  for (i = 0; i < THREADS; i++)
    {
      pthread_join (threads[i], NULL);
      good = good && readers[i].good;
    }
  return good;
}
