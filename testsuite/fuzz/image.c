/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/image.c - a file that somebody says is the image of a disk.
 *
 * The first byte says how it is opened, what follows is the file.
 */
#include <config.h>

#include <stdio.h>

#include <zlib.h>

#include "fuzz.h"
#include "image/foreign_header.h"
#include "image/image.h"
#include "image/open.h"
#include "image/overlay.h"

#define READ_BYTES 8192
#define BASE_BYTES ((off_t) 1 << 20)

/* Of an overlay of that, and of its header, which ends with its checksum. */
#define OVERLAY_BYTES ((off_t) 2 << 20)
#define HEADER_BYTES 4096

/* Images that say that they are huge are not read to their end. */
static void
read_some (struct image *image)
{
  static const unsigned parts[] = { 0, 1, 37, 64, 99, 100 };
  static uint8_t data[READ_BYTES];
  size_t i;

  for (i = 0; i < sizeof parts / sizeof *parts; i++)
    {
      uint64_t at = image->bytes / 100 * parts[i], count = READ_BYTES;

      if (at > image->bytes)
        at = image->bytes;
      if (count > image->bytes - at)
        count = image->bytes - at;
      image_read_flat (image, data, at, count);
    }
}

static void
open_as (const char *name, enum image_format format, bool read_only)
{
  const struct image_settings settings
    = { .name = name, .format = format, .read_only = read_only };
  struct failure failure;
  struct image *image = image_open (&settings, &failure);

  if (!image)
    return;
  read_some (image);
  image_close (image);
}

/* Otherwise most would be refused for their checksum or length, and nothing else
   be tried. */
static void
mend_overlay (int fd)
{
  uint8_t header[HEADER_BYTES];
  uint32_t sum;

  if (pread (fd, header, sizeof header, 0) != sizeof header)
    return;
  sum = crc32 (0, header, HEADER_BYTES - 4);
  header[HEADER_BYTES - 4] = sum;
  header[HEADER_BYTES - 3] = sum >> 8;
  header[HEADER_BYTES - 2] = sum >> 16;
  header[HEADER_BYTES - 1] = sum >> 24;
  must (pwrite (fd, header, sizeof header, 0) == sizeof header
        && ftruncate (fd, OVERLAY_BYTES) == 0);
}

/* What is given is an overlay; the image below is empty. */
static void
open_overlay (const char *name)
{
  static char base[32];
  struct image_settings settings
    = { .name = base, .format = IMAGE_FORMAT_RAW, .overlay = name };
  uint8_t data[512] = { 1 };
  struct failure failure;
  struct image *image;

  if (!base[0])
    {
      const int fd = memfd_create ("base", MFD_CLOEXEC);

      must (fd >= 0 && ftruncate (fd, BASE_BYTES) == 0);
      snprintf (base, sizeof base, "/proc/self/fd/%d", fd);
    }
  image = image_open (&settings, &failure);
  if (!image)
    return;
  read_some (image);
  image_write_flat (image, data, image->bytes / 2 / 512 * 512, sizeof data);
  image_flush (image);
  image_close (image);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const enum image_format foreign[] =
    { IMAGE_FORMAT_QCOW2, IMAGE_FORMAT_VMDK, IMAGE_FORMAT_VHDX };
  enum image_format format;
  struct failure failure;
  char name[32];
  unsigned how;
  int fd;

  /* Indices of gzip files are not kept. */
  setenv ("XDG_CACHE_HOME", "/dev/null/none", 1);
  how = take (&data, &size, 1);
  fd = file_with (data, size);
  snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  switch (how % 6)
    {
    case 0:
      open_as (name, IMAGE_FORMAT_BGZF, true);
      break;
    case 1:
      open_as (name, IMAGE_FORMAT_GZ, true);
      break;
    case 2:
      if (how < 128)
        mend_overlay (fd);
      open_overlay (name);
      break;
    case 3:
      foreign_header_check (name, foreign[how / 6 % 3], how & 64, &failure);
      break;
    case 4:
      image_format_probe (name, &format, &failure);
      break;
    case 5:
      free (overlay_base_name (name, &failure));
      break;
    }
  return 0;
}
