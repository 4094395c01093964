/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/foreign_header.c - which other files does an image ask for?
 *
 * The header of a downloaded image may name any file of ours as its "backing
 * file" or its data, and a guest would read it.  So that is looked at before
 * qemu-nbd sees the image.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "fd_io.h"
#include "i18n.h"
#include "image/byte_order.h"
#include "image/foreign_header.h"

/* qcow2: docs/interop/qcow2.txt in QEMU.  Big endian. */
#define QCOW2_VERSION_OFFSET 4
#define QCOW2_BACKING_OFFSET 8
#define QCOW2_CRYPT_OFFSET 32
#define QCOW2_INCOMPATIBLE_OFFSET 72
#define QCOW2_EXTERNAL_DATA 4
#define QCOW2_HEADER_BYTES 104

/* VMDK: VMware's "Virtual Disk Format 5.0".  Little endian, in sectors. */
#define VMDK_SPARSE_MAGIC "KDMV"
#define VMDK_DESCRIPTOR_OFFSET 28
#define VMDK_DESCRIPTOR_SECTORS_OFFSET 36
#define VMDK_HEADER_BYTES 44
#define VMDK_DESCRIPTOR_MAX ((uint64_t) 32 << 10)
#define VMDK_NO_PARENT "parentCID=ffffffff"
#define SECTOR_BYTES 512

static bool
check_qcow2 (const uint8_t *header, const char *name, bool backing,
             struct failure *failure)
{
  const uint64_t version = big_endian_get (header + QCOW2_VERSION_OFFSET, 4);

  if (version != 2 && version != 3)
    return fail (failure, STATUS_ERROR,
                 _("disk %s: this version of qcow2 is not known: %llu"), name,
                 (unsigned long long) version);
  if (big_endian_get (header + QCOW2_CRYPT_OFFSET, 4) != 0)
    return fail (failure, STATUS_ERROR, _("disk %s is encrypted"), name);
  if (version == 3
      && big_endian_get (header + QCOW2_INCOMPATIBLE_OFFSET, 8)
      & QCOW2_EXTERNAL_DATA)
    return fail (failure, STATUS_ERROR,
                 _("disk %s keeps its data in another file, which lguest does"
                   " not follow"), name);
  if (!backing && big_endian_get (header + QCOW2_BACKING_OFFSET, 8) != 0)
    return fail (failure, STATUS_ERROR,
                 _("disk %s names another image below it; say backing=yes if"
                   " you trust that name"), name);
  return true;
}

static bool
check_vmdk (int fd, const uint8_t *header, const char *name, bool backing,
            struct failure *failure)
{
  char text[VMDK_DESCRIPTOR_MAX + 1];
  uint64_t offset = little_endian_get (header + VMDK_DESCRIPTOR_OFFSET, 8);
  uint64_t bytes
    = little_endian_get (header + VMDK_DESCRIPTOR_SECTORS_OFFSET, 8);
  ssize_t n;

  if (memcmp (header, VMDK_SPARSE_MAGIC, 4) != 0)
    return fail (failure, STATUS_ERROR,
                 _("disk %s is only a list of other files, which lguest does"
                   " not follow; \"qemu-img convert\" can make one file of"
                   " them"), name);
  if (offset > INT64_MAX / SECTOR_BYTES || bytes == 0
      || bytes > VMDK_DESCRIPTOR_MAX / SECTOR_BYTES)
    return fail (failure, STATUS_ERROR, _("disk %s: its header makes no"
                                          " sense"), name);
  bytes *= SECTOR_BYTES;
  n = pread_fully (fd, text, bytes, offset * SECTOR_BYTES);
  if (n < 0 || (uint64_t) n != bytes)
    return fail (failure, STATUS_ERROR, _("disk %s: its header makes no"
                                          " sense"), name);
  text[bytes] = '\0';
  if (!backing && !strstr (text, VMDK_NO_PARENT))
    return fail (failure, STATUS_ERROR,
                 _("disk %s names another image below it; say backing=yes if"
                   " you trust that name"), name);
  return true;
}

/**
 * foreign_header_check - may this image be given to qemu-nbd?
 * @backing: the user trusts what it names as lying below
 */
bool
foreign_header_check (const char *name, enum image_format format,
                      bool backing, struct failure *failure)
{
  uint8_t header[QCOW2_HEADER_BYTES] = { 0 };
  const int fd = open (name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  enum image_format found;
  bool good;

  if (fd < 0)
    return fail (failure, STATUS_ERROR, _("cannot open disk %s: %s"), name,
                 strerror (errno));
  if (!image_format_probe (name, &found, failure))
    good = false;
  else if (found != format
           || pread_fully (fd, header, sizeof header, 0)
           < VMDK_HEADER_BYTES)
    good = fail (failure, STATUS_ERROR, _("disk %s is no %s image"), name,
                 image_format_name (format));
  else if (format == IMAGE_FORMAT_QCOW2)
    good = check_qcow2 (header, name, backing, failure);
  else if (format == IMAGE_FORMAT_VMDK)
    good = check_vmdk (fd, header, name, backing, failure);
  else
    good = true;
  close (fd);
  return good;
}
