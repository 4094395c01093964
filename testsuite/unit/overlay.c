/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overlay.c - the layer that takes all writes: what it keeps, whatever
 * happens.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/open.h"
#include "image/overlay.h"
#include "image/overlay_slot.h"
#include "image_data.h"
#include "unit.h"

#define MODEL_ROUNDS 1500
#define MODEL_BYTES_MAX 70000

/* In the file: see overlay_file.c. */
#define HEADER_BYTES 4096
#define STATE_OFFSET 4096
#define MAP_OFFSET (STATE_OFFSET + OVERLAY_PAGE_BYTES)

/* The killed writer: so many slots of that size. */
#define KILLS 12
#define SLOTS 64
#define SLOT_BYTES 8192

static struct image *
open_base (const char *name, bool read_only)
{
  const struct image_settings settings
    = { .name = file_name (name), .format = IMAGE_FORMAT_RAW };

  return image_open_base (&settings, read_only, &failure);
}

static struct image *
open_layered (const char *base, const char *overlay)
{
  const struct image_settings settings =
    {
      .name = file_name (base), .format = IMAGE_FORMAT_RAW,
      .overlay = strcmp (overlay, IMAGE_OVERLAY_EPHEMERAL) == 0 ? overlay
        : file_name (overlay),
    };

  return image_open (&settings, &failure);
}

/* Write, zero and flush at random, here and in @model. */
static bool
change (struct image *image, uint8_t *model, unsigned rounds)
{
  static uint8_t buffer[MODEL_BYTES_MAX];

  while (rounds-- > 0)
    {
      const uint64_t offset = noise () % (DATA_BYTES / 512) * 512;
      uint64_t bytes = 512 * (1 + noise () % (noise () % 4 ? 20 : 136));
      bool done;
      size_t i;

      if (bytes > DATA_BYTES - offset)
        bytes = DATA_BYTES - offset;
      switch (noise () % 8)
        {
        case 0:
          done = image_zero (image, offset, bytes, noise () % 2);
          memset (model + offset, 0, bytes);
          break;
        case 1:
          done = image_flush (image);
          break;
        default:
          for (i = 0; i < bytes; i++)
            buffer[i] = noise ();
          {
            const size_t first = noise () % bytes;
            const struct iovec parts[2]
              = { { buffer, first }, { buffer + first, bytes - first } };

            done = image_write (image, parts, 2, offset, bytes);
          }
          memcpy (model + offset, buffer, bytes);
          break;
        }
      if (!done)
        return false;
    }
  return true;
}

static bool
is (struct image *image, const uint8_t *model)
{
  uint8_t *all = malloc (DATA_BYTES);
  const bool same = all && image_read_flat (image, all, 0, DATA_BYTES)
    && memcmp (all, model, DATA_BYTES) == 0;

  free (all);
  return same && image_compare (image, model, 200) == SAME;
}

static bool
base_is_untouched (void)
{
  struct image *base = open_base ("base", true);
  const bool untouched = base && image_is_data (base);

  image_close (base);
  return untouched;
}

static void
test_model (const char *overlay)
{
  uint8_t *model = malloc (DATA_BYTES);
  struct image *image = open_layered ("base", overlay);
  unsigned i;

  memcpy (model, image_data, DATA_BYTES);
  if (!check (image && is (image, model), "%s: is the image below at first",
              overlay))
    {
      explain ("%s", failure.text);
      free (model);
      return;
    }
  check (change (image, model, MODEL_ROUNDS) && is (image, model),
         "%s: is what was written", overlay);
  check (image_threads_agree (image, model), "%s: threads agree", overlay);
  check (image_discard (image, 0, 1 << 20)
         && image_zero (image, 0, 1 << 20, true), "%s: discard", overlay);
  memset (model, 0, 1 << 20);
  check (is (image, model), "%s: the rest stays", overlay);
  if (strcmp (overlay, IMAGE_OVERLAY_EPHEMERAL) != 0)
    for (i = 0; i < 3; i++)
      {
        bool good = image_flush (image);

        image_close (image);
        image = open_layered ("base", overlay);
        good = good && image && is (image, model)
          && change (image, model, 100);
        check (good, "%s: is the same when opened again, %u", overlay, i);
        explain ("%s", failure.text);
        if (!image)
          break;
      }
  image_close (image);
  check (base_is_untouched (), "%s: the image below is untouched", overlay);
  free (model);
}

/* Threads that write sectors of the same blocks. */
struct writer
{
  struct image *image;
  unsigned number;
  bool good;
};

static void *
write_sectors (void *context)
{
  struct writer *writer = context;
  uint8_t sector[512];
  uint64_t i;

  memset (sector, 'A' + writer->number, sizeof sector);
  writer->good = true;
  for (i = writer->number; i < 4096; i += 4)
    if (!image_write_flat (writer->image, sector, i * 512, 512))
      writer->good = false;
  return NULL;
}

static void
test_threads (void)
{
  struct image *image = open_layered ("base", IMAGE_OVERLAY_EPHEMERAL);
  struct writer writers[4];
  pthread_t threads[4];
  unsigned i, wrong = 0;

  for (i = 0; i < 4; i++)
    {
      writers[i] = (struct writer) { image, i, false };
      pthread_create (&threads[i], NULL, write_sectors, &writers[i]);
    }
  for (i = 0; i < 4; i++)
    {
      pthread_join (threads[i], NULL);
      wrong += !writers[i].good;
    }
  for (i = 0; i < 4096; i++)
    {
      uint8_t sector[512];

      wrong += !image_read_flat (image, sector, i * 512, 512)
        || sector[0] != 'A' + i % 4 || sector[511] != 'A' + i % 4;
    }
  check (wrong == 0, "threads that write sectors of one block lose none");
  explain ("%u are lost", wrong);
  image_close (image);
}

/* Opens, and is that; or is refused.  Never anything else. */
static bool
is_never_wrong (const uint8_t *model)
{
  struct image *image = open_layered ("base", "bad");
  bool good = !image || is (image, model);

  image_close (image);
  return good;
}

static bool
is_refused (void)
{
  struct image *image = open_layered ("base", "bad");

  image_close (image);
  return !image;
}

static void
test_damage (void)
{
  uint8_t *model = malloc (DATA_BYTES), *file;
  struct image *image = open_layered ("base", "whole");
  unsigned wrong = 0, refused = 0;
  size_t bytes, i;
  uint8_t byte;

  memcpy (model, image_data, DATA_BYTES);
  change (image, model, 300);
  image_flush (image);
  image_close (image);
  file = file_read ("whole", &bytes);
  file_write ("bad", file, bytes);
  check (!is_refused () && is_never_wrong (model), "a copy is as good");
  for (i = 0; i < HEADER_BYTES; i += i < 64 ? 1 : 97)
    {
      byte = file[i] ^ 1 << noise () % 8;
      file_patch ("bad", i, &byte, 1);
      refused += is_refused ();
      file_patch ("bad", i, &file[i], 1);
      wrong++;
    }
  check (refused == wrong, "refused: a header with a wrong bit");
  explain ("%u of %u", refused, wrong);
  file_write ("bad", file, bytes - 1);
  check (is_refused (), "refused: a file that was cut off");
  file_write ("bad", file, HEADER_BYTES / 2);
  check (is_refused (), "refused: half a header");
  /* Both slots of the state, or of a page of the map. */
  file_write ("bad", file, bytes);
  byte = 0x55;
  file_patch ("bad", STATE_OFFSET + OVERLAY_SLOT_BYTES + 100, &byte, 1);
  check (is_refused (), "refused: no state");
  file_write ("bad", file, bytes);
  file_patch ("bad", MAP_OFFSET + 100, &byte, 1);
  file_patch ("bad", MAP_OFFSET + OVERLAY_SLOT_BYTES + 100, &byte, 1);
  check (is_refused (), "refused: no map");
  free (file);
  free (model);
}

/* A flush of a block, then another one whose page of the map is torn. */
static void
test_torn (void)
{
  uint8_t first[4096], second[4096], sector[4096], *before, *after;
  struct image *image;
  unsigned good = 0, cuts = 0;
  size_t bytes, i;

  memset (first, '1', sizeof first);
  memset (second, '2', sizeof second);
  image = open_layered ("base", "torn");
  image_write_flat (image, first, 0, sizeof first);
  check (image_flush (image), "a first flush");
  before = file_read ("torn", &bytes);
  image_write_flat (image, second, 1 << 20, sizeof second);
  check (image_flush (image), "a second flush");
  image_close (image);
  after = file_read ("torn", &bytes);
  for (i = 0; i < OVERLAY_PAGE_BYTES; i += 512)
    {
      /* So much of the map has reached the disk, the rest has not. */
      file_write ("torn", after, bytes);
      file_patch ("torn", MAP_OFFSET + i, before + MAP_OFFSET + i,
                  OVERLAY_PAGE_BYTES - i);
      image = open_layered ("base", "torn");
      good += image && image_read_flat (image, sector, 0, sizeof sector)
        && memcmp (sector, first, sizeof first) == 0
        && image_read_flat (image, sector, 1 << 20, sizeof sector)
        && (memcmp (sector, second, sizeof second) == 0
            || memcmp (sector, image_data + (1 << 20), sizeof sector) == 0)
        && image_write_flat (image, second, 1 << 20, sizeof second)
        && image_flush (image);
      image_close (image);
      image = open_layered ("base", "torn");
      good += image && image_read_flat (image, sector, 1 << 20, sizeof sector)
        && memcmp (sector, second, sizeof second) == 0;
      image_close (image);
      cuts++;
    }
  check (good == 2 * cuts, "a torn flush leaves what was flushed before");
  explain ("%u of %u", good, 2 * cuts);
  free (before);
  free (after);
}

static void
test_bases (void)
{
  struct image *base, *image;
  uint8_t byte = 'z';

  file_write ("other", image_data, DATA_BYTES - 512);
  image = open_layered ("other", "whole");
  check (!image && strstr (failure.text, "another size"),
         "refused: an image of another size below");
  file_write ("other", image_data, DATA_BYTES);
  file_patch ("other", 5, &byte, 1);
  image = open_layered ("other", "whole");
  check (!image && strstr (failure.text, "was changed"),
         "refused: an image below that was changed");
  base = open_base ("base", true);
  check (!overlay_create (file_name ("whole"), base, "base", &failure)
         && strstr (failure.text, "exist"), "no file is replaced");
  image_close (base);
  base = open_base ("whole", true);
  check (!overlay_open (file_name ("base"), base, false, &failure)
         && strstr (failure.text, "no overlay"), "refused: no overlay");
  image_close (base);
  image = open_layered ("base", "whole");
  base = open_layered ("base", "whole");
  check (image && !base && strstr (failure.text, "in use"),
         "an overlay is used once");
  image_close (image);
}

static void
test_commit (void)
{
  uint8_t *model = malloc (DATA_BYTES);
  struct image *image, *base;
  size_t bytes;
  uint8_t *file;

  memcpy (model, image_data, DATA_BYTES);
  file_write ("target", image_data, DATA_BYTES);
  image = open_layered ("target", "delta");
  change (image, model, 200);
  image_flush (image);
  image_close (image);
  file = file_read ("delta", &bytes);
  check (overlay_commit (file_name ("delta"), open_base ("target", false),
                         &failure), "an overlay is committed");
  explain ("%s", failure.text);
  base = open_base ("target", true);
  check (is (base, model), "the image below is what the overlay was");
  image_close (base);
  image = open_layered ("target", "delta");
  check (image && is (image, model), "the overlay is empty, and usable");
  image_close (image);
  /* As if it had been killed half way: the image below was changed, and the
     overlay knows nothing. */
  file_write ("delta", file, bytes);
  check (!overlay_commit (file_name ("delta"), open_base ("target", false),
                          &failure), "a strange overlay is not committed");
  free (file);
  free (model);
}

/* An interrupted commit can be repeated, at each write of it. */
static void
test_commit_killed (void)
{
  uint8_t *model = malloc (DATA_BYTES);
  unsigned good = 0, rounds = 8, i;

  for (i = 0; i < rounds; i++)
    {
      struct image *image, *base;
      pid_t child;
      int status;

      memcpy (model, image_data, DATA_BYTES);
      file_write ("target", image_data, DATA_BYTES);
      unlink (file_name ("delta"));
      image = open_layered ("target", "delta");
      change (image, model, 400);
      image_flush (image);
      image_close (image);
      child = fork ();
      if (child == 0)
        _exit (!overlay_commit (file_name ("delta"),
                                open_base ("target", false), &failure));
      poll (NULL, 0, i);
      kill (child, SIGKILL);
      waitpid (child, &status, 0);
      if (!WIFSIGNALED (status)
          || overlay_commit (file_name ("delta"),
                             open_base ("target", false), &failure))
        {
          base = open_base ("target", true);
          good += base && is (base, model);
          image_close (base);
        }
    }
  check (good == rounds, "a commit that was killed is run again");
  explain ("%u of %u: %s", good, rounds, failure.text);
  free (model);
}

/* A child writes slots, and tells us of those that were flushed. */
static void
write_and_tell (int report)
{
  struct image *image = open_layered ("base", "killed");
  static uint32_t data[SLOT_BYTES / 4];
  uint32_t serial = 1, i;

  if (!image)
    _exit (1);
  for (;; serial++)
    {
      const uint32_t slot = serial % SLOTS;
      uint32_t message[2] = { slot, serial };

      for (i = 0; i < SLOT_BYTES / 4; i++)
        data[i] = serial ^ i;
      if (!image_write_flat (image, data, (uint64_t) slot * 40960 + 1536,
                             SLOT_BYTES))
        _exit (1);
      if (serial % 5 == 0
          && (!image_flush (image)
              || write (report, message, sizeof message) != sizeof message))
        _exit (1);
    }
}

static void
wait_for_input (int fd)
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };

  poll (&wait, 1, -1);
}

static void
test_killed (void)
{
  unsigned round, lost = 0, flushes = 0;

  for (round = 0; round < KILLS; round++)
    {
      uint32_t message[2], flushed = 0, slot;
      struct image *image;
      int pipes[2];
      pid_t child;

      unlink (file_name ("killed"));
      if (pipe (pipes) != 0)
        return;
      child = fork ();
      if (child == 0)
        write_and_tell (pipes[1]);
      close (pipes[1]);
      /* At random, but not before it has begun. */
      wait_for_input (pipes[0]);
      poll (NULL, 0, 15 * round);
      kill (child, SIGKILL);
      waitpid (child, NULL, 0);
      while (read (pipes[0], message, sizeof message) == sizeof message)
        {
          flushed = message[1];
          flushes++;
        }
      close (pipes[0]);
      image = open_layered ("base", "killed");
      for (slot = 0; slot < SLOTS; slot++)
        {
          static uint32_t data[SLOT_BYTES / 4];
          /* The last serial number of that slot that was flushed. */
          const uint32_t last = flushed < slot ? 0
            : flushed - (flushed - slot) % SLOTS;
          uint32_t i;

          if (!image
              || !image_read_flat (image, data, slot * 40960 + 1536,
                                   SLOT_BYTES))
            lost++;
          else if (last > 0)
            /* It may be a later one, or in the middle of it. */
            for (i = 0; i < SLOT_BYTES / 4; i++)
              if ((data[i] ^ i) < last || ((data[i] ^ i) - last) % SLOTS)
                {
                  lost++;
                  break;
                }
        }
      image_close (image);
    }
  check (flushes > 0 && lost == 0,
         "kill -9 loses nothing that was flushed");
  explain ("%u lost, %u flushes", lost, flushes);
}

/* The file cannot grow any more: as when the disk is full. */
static void
test_full (void)
{
  struct rlimit limit = { 2 << 20, RLIM_INFINITY };
  const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
  uint8_t *model = malloc (DATA_BYTES);
  struct image *image = open_layered ("base", "full");
  static uint8_t block[4096];
  unsigned failed = 0;
  uint64_t offset;

  memcpy (model, image_data, DATA_BYTES);
  memset (block, 'f', sizeof block);
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  for (offset = 0; offset + 4096 <= DATA_BYTES; offset += 4096 * 5)
    if (image_write_flat (image, block, offset, 4096))
      memcpy (model + offset, block, 4096);
    else
      failed++;
  setrlimit (RLIMIT_FSIZE, &none);
  check (failed > 20, "a full disk is an I/O error");
  check (is (image, model), "and the rest is whole");
  check (image_flush (image), "what could be written is flushed");
  image_close (image);
  image = open_layered ("base", "full");
  check (image && is (image, model), "and there the next time");
  image_close (image);
  free (model);
}

int
main (void)
{
  if (!freopen ("/dev/null", "w", stderr) || !image_data_create ())
    return 1;
  file_write ("base", image_data, DATA_BYTES);
  test_model (IMAGE_OVERLAY_EPHEMERAL);
  test_model ("kept");
  test_threads ();
  test_damage ();
  test_torn ();
  test_bases ();
  test_commit ();
  test_commit_killed ();
  test_killed ();
  test_full ();
  image_data_destroy ();
  return finish ();
}
