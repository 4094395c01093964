/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/file.c - the files that images are in.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "i18n.h"
#include "image/file.h"
#include "image/opened.h"

/**
 * image_file_lock - nobody else may use it now, or may write to it
 * @read_only: others may read
 *
 * The lock is the open file's: it ends when the last descriptor is closed.
 */
bool
image_file_lock (int fd, const char *name, bool read_only,
                 struct failure *failure)
{
  struct flock lock =
    {
      .l_type = read_only ? F_RDLCK : F_WRLCK,
      .l_whence = SEEK_SET,
    };

  if (fcntl (fd, F_OFD_SETLK, &lock) == 0)
    return true;
  if (errno == EAGAIN || errno == EACCES)
    return fail (failure, STATUS_ERROR,
                 _("disk %s is in use by another guest or program"), name);
  return fail (failure, STATUS_ERROR, _("cannot lock disk %s: %s"), name,
               strerror (errno));
}

static int
open_file (const char *name, bool read_only, struct failure *failure)
{
  /* Not to wait for whoever has the other end of a FIFO. */
  const int fd = open (name, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC
                       | O_NONBLOCK);

  if (fd < 0)
    fail (failure, STATUS_ERROR, _("cannot open disk %s: %s"), name,
          strerror (errno));
  return fd;
}

/**
 * image_file_prepare - open it now, for image_file_open() later
 *
 * Returns a descriptor that is not the caller's, or -1 on failure.
 */
int
image_file_prepare (const char *name, bool read_only,
                    struct failure *failure)
{
  const int fd = open_file (name, read_only, failure);

  if (fd < 0 || opened_keep (name, read_only, fd))
    return fd;
  fail (failure, STATUS_ERROR, _("out of memory"));
  close (fd);
  return -1;
}

/**
 * image_file_open - open and lock the file of an image
 * @bytes: its size
 *
 * Returns -1 on failure.
 */
int
image_file_open (const char *name, bool read_only, uint64_t *bytes,
                 struct failure *failure)
{
  struct stat status;
  off_t size;
  int fd = opened_take (name, read_only);

  if (fd < 0)
    fd = open_file (name, read_only, failure);
  if (fd < 0)
    return -1;
  if (fstat (fd, &status) != 0
      || (!S_ISREG (status.st_mode) && !S_ISBLK (status.st_mode)))
    fail (failure, STATUS_ERROR,
          _("disk %s is neither a file nor a block device"), name);
  else if (image_file_lock (fd, name, read_only, failure))
    {
      size = lseek (fd, 0, SEEK_END);
      if (size >= 0)
        {
          *bytes = size;
          return fd;
        }
      fail (failure, STATUS_ERROR, _("cannot read disk %s: %s"), name,
            strerror (errno));
    }
  close (fd);
  return -1;
}

/** image_file_punch - bytes of a file become 0 and need no space */
bool
image_file_punch (int fd, uint64_t offset, uint64_t bytes)
{
  return fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
                    bytes) == 0;
}
