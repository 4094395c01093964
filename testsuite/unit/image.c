/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.c - images that are files: raw, BGZF, gzip; good ones and bad ones.
 *
 * Of a damaged image everything may be refused, but nothing may be wrong.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "image/bgzf.h"
#include "image/byte_order.h"
#include "image/gzip.h"
#include "image/open.h"
#include "image/pack.h"
#include "image/raw.h"
#include "image_data.h"
#include "unit.h"

#define FUZZ_ROUNDS 400

/* The header of an index, see gzip_index.c. */
#define INDEX_CHECKSUM_OFFSET 76
#define INDEX_TABLES_OFFSET 64
#define INDEX_TABLES_CHECKSUM_OFFSET 72
#define INDEX_POINT_BYTES 32

static struct image *
open_as (const char *name, enum image_format format, bool read_only,
         const char *overlay)
{
  const struct image_settings settings =
    {
      .name = file_name (name), .format = format, .read_only = read_only,
      .overlay = overlay,
    };

  return image_open (&settings, &failure);
}

static void
test_raw (void)
{
  uint8_t block[4096], zeros[4096] = { 0 };
  struct image *image, *other;
  struct stat before, after;

  file_write ("raw", image_data, DATA_BYTES);
  image = raw_open (file_name ("raw"), false, &failure);
  if (!check (image, "raw: is opened"))
    return;
  check (image_is_data (image), "raw: is what is in the file");
  check (image_threads_agree (image, image_data), "raw: threads agree");
  check (!image_read_flat (image, block, DATA_BYTES - 100, 101)
         && errno == EINVAL, "raw: nothing is read behind the end");
  check (!image_write_flat (image, block, DATA_BYTES, 1)
         && !image_read_flat (image, block, UINT64_MAX, 2)
         && !image_discard (image, DATA_BYTES - 1, UINT64_MAX),
         "raw: nothing behind the end is touched");
  memset (block, 'x', sizeof block);
  check (image_write_flat (image, block, 1 << 20, sizeof block)
         && image_read_flat (image, block, 1 << 20, sizeof block)
         && block[0] == 'x' && block[4095] == 'x' && image_flush (image),
         "raw: what was written is read");
  check (image_zero (image, (1 << 20) + 100, 3000, false)
         && image_read_flat (image, block, 1 << 20, sizeof block)
         && block[99] == 'x' && block[100] == 0 && block[3099] == 0
         && block[3100] == 'x', "raw: bytes are zeroed");
  stat (file_name ("raw"), &before);
  check (image_zero (image, 0, 2 << 20, true)
         && image_read_flat (image, block, (1 << 20) + 4096, sizeof block)
         && memcmp (block, zeros, sizeof block) == 0,
         "raw: a range is zeroed and unmapped");
  check (image_discard (image, 2 << 20, 1 << 20), "raw: discard");
  stat (file_name ("raw"), &after);
  check (after.st_size == before.st_size, "raw: the file keeps its size");
  other = raw_open (file_name ("raw"), true, &failure);
  check (!other && strstr (failure.text, "in use"),
         "raw: who writes is alone");
  image_close (image);
  image = raw_open (file_name ("raw"), true, &failure);
  other = raw_open (file_name ("raw"), true, &failure);
  check (image && other, "raw: many can read");
  image_close (other);
  check (!image_write_flat (image, block, 0, 512) && errno == EROFS
         && !image_zero (image, 0, 512, false)
         && !image_discard (image, 0, 512), "raw: read-only is read-only");
  if (truncate (file_name ("raw"), 1 << 20) == 0)
    check (!image_read_flat (image, block, 2 << 20, 512) && errno == EIO,
           "raw: a file that became shorter is an I/O error");
  image_close (image);
  check (mkfifo (file_name ("fifo"), 0600) == 0
         && !raw_open (file_name ("fifo"), true, &failure)
         && !raw_open (file_name ("fifo"), false, &failure)
         && !open_as ("fifo", IMAGE_FORMAT_AUTO, true, NULL),
         "raw: a FIFO is no disk, and nobody waits for it");
}

/* Does every gunzip read it? */
static bool
gunzips (const char *name)
{
  uint8_t *data = malloc (DATA_BYTES + 1);
  gzFile file = gzopen (file_name (name), "r");
  const bool good = data && file
    && gzread (file, data, DATA_BYTES + 1) == (int) DATA_BYTES
    && memcmp (data, image_data, DATA_BYTES) == 0;

  if (file)
    gzclose (file);
  free (data);
  return good;
}

/* A damaged file: refused, unreadable, or the same. */
static bool
is_never_wrong (const char *name, enum image_format format, unsigned reads)
{
  struct image *image = open_as (name, format, true, NULL);
  bool good = true;

  if (image && image->bytes == DATA_BYTES)
    good = image_compare (image, image_data, reads) != DIFFERENT;
  else if (image && image->bytes > 0)
    /* Another size can only come from members that say so, and then they
       cannot be read. */
    {
      uint8_t *all = malloc (image->bytes);

      good = !all || !image_read_flat (image, all, 0, image->bytes);
      free (all);
    }
  image_close (image);
  return good;
}

static void
fuzz (const char *name, enum image_format format, unsigned rounds)
{
  size_t bytes;
  uint8_t *whole = file_read (name, &bytes), *copy = malloc (bytes);
  unsigned i, wrong = 0;

  for (i = 0; i < rounds && whole && copy; i++)
    {
      unsigned changes = 1 + noise () % 3;
      size_t length = bytes;

      memcpy (copy, whole, bytes);
      while (changes-- > 0)
        /* Headers are where it hurts. */
        copy[noise () % 2 ? noise () % bytes : noise () % 64]
          = noise () % 3 ? noise () : noise () % 2 ? 0xff : 0;
      if (noise () % 4 == 0)
        length = noise () % bytes;
      file_write ("fuzz", copy, length);
      wrong += !is_never_wrong ("fuzz", format, 5);
    }
  check (whole && wrong == 0, "%s: %u damaged ones are never wrong", name,
         rounds);
  explain ("%u are", wrong);
  free (whole);
  free (copy);
}

static void
test_bgzf (void)
{
  struct image *image;
  size_t bytes, i;
  uint8_t *packed;
  unsigned refused = 0, wrong = 0;

  file_write ("raw", image_data, DATA_BYTES);
  image = raw_open (file_name ("raw"), true, &failure);
  check (image && image_pack (image, file_name ("bgzf"), 6, &failure),
         "bgzf: is packed");
  check (!image_pack (image, file_name ("bgzf"), 6, &failure)
         && strstr (failure.text, "exist"), "bgzf: replaces no file");
  image_close (image);
  check (gunzips ("bgzf"), "bgzf: gunzip reads it");
  image = open_as ("bgzf", IMAGE_FORMAT_AUTO, true, NULL);
  if (!check (image && strcmp (image->operations->format, "bgzf") == 0,
              "bgzf: is recognized"))
    return;
  check (image_is_data (image), "bgzf: is what was packed");
  check (image_threads_agree (image, image_data), "bgzf: threads agree");
  image_close (image);
  packed = file_read ("bgzf", &bytes);
  for (i = 1; i < bytes; i += i < 100 || bytes - i < 100 ? 1 : bytes / 50)
    {
      file_write ("cut", packed, i);
      image = open_as ("cut", IMAGE_FORMAT_BGZF, true, NULL);
      refused += image == NULL;
      wrong += image != NULL;
      image_close (image);
    }
  check (refused > 100 && wrong == 0,
         "bgzf: refused: cut off, wherever that is");
  explain ("%u refused, %u not", refused, wrong);
  wrong = 0;
  for (i = 0; i < BGZF_HEADER_BYTES; i++)
    {
      const uint8_t was = packed[i];

      packed[i] ^= 1 << noise () % 8;
      file_write ("field", packed, bytes);
      packed[i] = was;
      wrong += !is_never_wrong ("field", IMAGE_FORMAT_BGZF, 20);
    }
  check (wrong == 0, "bgzf: no field of a header can lie");
  fuzz ("bgzf", IMAGE_FORMAT_BGZF, FUZZ_ROUNDS);
  free (packed);
}

/* The one index in the cache. */
static const char *
index_name (void)
{
  static char name[300];
  DIR *entries = opendir (file_name ("lguest"));
  struct dirent *entry;

  name[0] = '\0';
  while (entries && (entry = readdir (entries)))
    if (entry->d_name[0] != '.')
      snprintf (name, sizeof name, "lguest/%s", entry->d_name);
  if (entries)
    closedir (entries);
  return name;
}

static void
forget_indices (void)
{
  while (index_name ()[0])
    unlink (file_name (index_name ()));
}

/* Plain gzip, in @members members. */
static void
write_gzip (const char *name, unsigned members)
{
  const size_t piece = DATA_BYTES / members + 1;
  size_t done = 0;

  unlink (file_name (name));
  while (done < DATA_BYTES)
    {
      const size_t bytes = piece < DATA_BYTES - done ? piece
        : DATA_BYTES - done;
      gzFile file = gzopen (file_name (name), "a6");

      gzwrite (file, image_data + done, bytes);
      gzclose (file);
      done += bytes;
    }
}

static bool
opens_as_data (const char *name)
{
  struct image *image = open_as (name, IMAGE_FORMAT_AUTO, true, NULL);
  const bool good = image
    && strcmp (image->operations->format, "gz") == 0 && image_is_data (image);

  image_close (image);
  return good;
}

static void
put_checksum (uint8_t *index)
{
  little_endian_put (index + INDEX_CHECKSUM_OFFSET, 4,
                     crc32 (0, index, INDEX_CHECKSUM_OFFSET));
}

/* Indices that lie, with all their checksums right. */
static void
test_lies (const uint8_t *index, size_t bytes)
{
  const size_t tables = little_endian_get (index + INDEX_TABLES_OFFSET, 8);
  static const uint64_t lies[]
    = { 0, 1, 79, 1 << 20, UINT32_MAX, (uint64_t) 1 << 40, UINT64_MAX };
  uint8_t *copy = malloc (bytes);
  unsigned wrong = 0, told = 0;
  size_t field, i;

  for (field = 48; field < INDEX_TABLES_CHECKSUM_OFFSET; field += 8)
    for (i = 0; i < sizeof lies / sizeof *lies; i++)
      {
        memcpy (copy, index, bytes);
        little_endian_put (copy + field, 8, lies[i]);
        put_checksum (copy);
        file_write (index_name (), copy, bytes);
        wrong += !is_never_wrong ("gz", IMAGE_FORMAT_GZ, 10);
        told++;
      }
  for (field = 0; field < 2 * INDEX_POINT_BYTES; field += 4)
    for (i = 0; i < sizeof lies / sizeof *lies; i++)
      {
        memcpy (copy, index, bytes);
        little_endian_put (copy + tables + field, 4, lies[i]);
        little_endian_put (copy + INDEX_TABLES_CHECKSUM_OFFSET, 4,
                           crc32 (0, copy + tables, bytes - tables));
        put_checksum (copy);
        file_write (index_name (), copy, bytes);
        wrong += !is_never_wrong ("gz", IMAGE_FORMAT_GZ, 10);
        told++;
      }
  check (wrong == 0, "gz: %u lies of an index are harmless", told);
  explain ("%u are not", wrong);
  free (copy);
}

static void
test_index (void)
{
  size_t bytes, i;
  uint8_t *index;
  unsigned wrong = 0;

  index = file_read (index_name (), &bytes);
  if (!check (index, "gz: the index is kept"))
    return;
  for (i = 0; i < bytes; i += i < 100 ? 1 : bytes / 60)
    {
      index[i] ^= 0x10;
      file_write (index_name (), index, bytes);
      index[i] ^= 0x10;
      wrong += !opens_as_data ("gz")
        && !is_never_wrong ("gz", IMAGE_FORMAT_GZ, 50);
    }
  check (wrong == 0, "gz: a damaged index is made anew, or is an I/O error");
  wrong = 0;
  for (i = 0; i < bytes; i += bytes / 20)
    {
      file_write (index_name (), index, i);
      wrong += !opens_as_data ("gz");
    }
  check (wrong == 0, "gz: an index that is cut off is made anew");
  test_lies (index, bytes);
  free (index);
  forget_indices ();
}

static void
test_gzip (void)
{
  struct image *image;
  size_t bytes, i;
  uint8_t *packed;
  unsigned opened = 0;

  write_gzip ("gz", 1);
  check (opens_as_data ("gz"), "gz: is what was packed");
  explain ("%s", failure.text);
  check (index_name ()[0] && opens_as_data ("gz"),
         "gz: and again, with the saved index");
  image = open_as ("gz", IMAGE_FORMAT_AUTO, true, NULL);
  check (image && image_threads_agree (image, image_data),
         "gz: threads agree");
  image_close (image);
  test_index ();
  write_gzip ("gz", 5);
  check (opens_as_data ("gz"), "gz: several members");
  forget_indices ();
  packed = file_read ("gz", &bytes);
  packed = realloc (packed, bytes + 600);
  memset (packed + bytes, 'g', 600);
  file_write ("garbage", packed, bytes + 600);
  check (opens_as_data ("garbage"), "gz: what follows does not matter");
  forget_indices ();
  for (i = 1; i < bytes; i += bytes / 60)
    {
      file_write ("cut", packed, i);
      image = open_as ("cut", IMAGE_FORMAT_GZ, true, NULL);
      /* At the border of two members it is a whole file. */
      opened += image != NULL;
      image_close (image);
    }
  check (opened == 0, "gz: refused: cut off");
  free (packed);
  write_gzip ("gz", 1);
  fuzz ("gz", IMAGE_FORMAT_GZ, FUZZ_ROUNDS / 10);
  forget_indices ();
  setenv ("XDG_CACHE_HOME", "/proc/nowhere", 1);
  check (opens_as_data ("gz"), "gz: works without a cache");
  setenv ("XDG_CACHE_HOME", file_name (""), 1);
}

static void
test_formats (void)
{
  struct image *image;

  check (!open_as ("bgzf", IMAGE_FORMAT_AUTO, false, NULL)
         && strstr (failure.text, "format=bgzf"),
         "the format of what may be written is not guessed");
  image = open_as ("bgzf", IMAGE_FORMAT_RAW, false, NULL);
  check (image && image->bytes != DATA_BYTES,
         "format=raw: a compressed file can be a disk as it is");
  image_close (image);
  image = open_as ("bgzf", IMAGE_FORMAT_AUTO, false, IMAGE_OVERLAY_EPHEMERAL);
  check (image && image_is_data (image) && !image->read_only,
         "with an overlay, it is guessed");
  image_close (image);
  image = open_as ("bgzf", IMAGE_FORMAT_BGZF, false, NULL);
  check (image && image_is_data (image)
         && image_write_flat (image, "abc", 1 << 20, 3),
         "a compressed image gets an overlay, if it was called one");
  image_close (image);
  check (!open_as ("raw", IMAGE_FORMAT_BGZF, true, NULL)
         && !open_as ("raw", IMAGE_FORMAT_GZ, true, NULL)
         && !open_as ("raw", IMAGE_FORMAT_QCOW2, true, NULL),
         "what is said to be another format is refused");
  check (!open_as ("nowhere", IMAGE_FORMAT_AUTO, true, NULL)
         && !open_as ("nowhere", IMAGE_FORMAT_RAW, false, NULL),
         "a file that is not there is refused");
}

int
main (void)
{
  /* What they say about us is not for the log. */
  if (!freopen ("/dev/null", "w", stderr) || !image_data_create ())
    return 1;
  test_raw ();
  test_bgzf ();
  test_gzip ();
  test_formats ();
  image_data_destroy ();
  return finish ();
}
