/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/format.c - the formats of images, and how one is known.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd_io.h"
#include "i18n.h"
#include "image/bgzf.h"
#include "image/format.h"
#include "image/gzip.h"
#include "image/nbd.h"
#include "image/overlay.h"

/* The beginning of a file that formats are known by. */
#define PROBE_BYTES 512

static const char *const names[IMAGE_FORMATS] =
{
  [IMAGE_FORMAT_AUTO] = "auto",
  [IMAGE_FORMAT_RAW] = "raw",
  [IMAGE_FORMAT_BGZF] = "bgzf",
  [IMAGE_FORMAT_GZ] = "gz",
  [IMAGE_FORMAT_QCOW2] = "qcow2",
  [IMAGE_FORMAT_VMDK] = "vmdk",
  [IMAGE_FORMAT_VHDX] = "vhdx",
  [IMAGE_FORMAT_NBD] = "nbd",
  [IMAGE_FORMAT_OVERLAY] = "overlay",
};

/* What files begin with. */
static const struct
{
  enum image_format format;
  const char *magic;
} magics[] =
{
  { IMAGE_FORMAT_QCOW2, "QFI\xfb" },
  { IMAGE_FORMAT_VMDK, "KDMV" },
  { IMAGE_FORMAT_VMDK, "COWD" },
  { IMAGE_FORMAT_VMDK, "# Disk DescriptorFile" },
  { IMAGE_FORMAT_VHDX, "vhdxfile" },
};

/** image_format_name - as users write it */
const char *
image_format_name (enum image_format format)
{
  return names[format];
}

/** image_format_find - by the name that a user gives; false if there is none */
bool
image_format_find (const char *name, enum image_format *format)
{
  unsigned i;

  for (i = 0; i < IMAGE_FORMATS; i++)
    if (strcmp (name, names[i]) == 0)
      {
        *format = i;
        return true;
      }
  return false;
}

/** image_format_is_packed - gzip or BGZF: can only be read */
bool
image_format_is_packed (enum image_format format)
{
  return format == IMAGE_FORMAT_BGZF || format == IMAGE_FORMAT_GZ;
}

/** image_format_is_foreign - qemu-nbd knows it, we do not */
bool
image_format_is_foreign (enum image_format format)
{
  return format == IMAGE_FORMAT_QCOW2 || format == IMAGE_FORMAT_VMDK
    || format == IMAGE_FORMAT_VHDX;
}

/**
 * image_format_probe - what does a file look like?
 *
 * Never to be asked for what a guest could have written: then it would be the
 * guest that answers.
 */
bool
image_format_probe (const char *name, enum image_format *format,
                    struct failure *failure)
{
  uint8_t data[PROBE_BYTES] = { 0 };
  struct stat status;
  ssize_t n;
  size_t i;
  int fd;

  *format = IMAGE_FORMAT_RAW;
  if (nbd_recognize (name))
    {
      *format = IMAGE_FORMAT_NBD;
      return true;
    }
  fd = open (name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return fail (failure, STATUS_ERROR, _("cannot open disk %s: %s"), name,
                 strerror (errno));
  /* Whoever opens it says what is wrong with it. */
  if (fstat (fd, &status) != 0
      || (!S_ISREG (status.st_mode) && !S_ISBLK (status.st_mode)))
    n = 0;
  else
    n = pread_fully (fd, data, sizeof data, 0);
  close (fd);
  if (n < 0)
    return fail (failure, STATUS_ERROR, _("cannot read disk %s: %s"), name,
                 strerror (errno));
  if (bgzf_recognize (data, n))
    *format = IMAGE_FORMAT_BGZF;
  else if (gzip_recognize (data, n))
    *format = IMAGE_FORMAT_GZ;
  else if (overlay_recognize (data, n))
    *format = IMAGE_FORMAT_OVERLAY;
  for (i = 0; i < sizeof magics / sizeof *magics; i++)
    if (memcmp (data, magics[i].magic, strlen (magics[i].magic)) == 0)
      *format = magics[i].format;
  return true;
}
