/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/disk.c - is a disk still what the Guest remembers of it?
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "i18n.h"
#include "snapshot/disk.h"

/** snapshot_disk_possible - is all that it has written in files that stay? */
bool
snapshot_disk_possible (const struct image_settings *settings,
                        struct failure *failure)
{
  if (settings->format == IMAGE_FORMAT_NBD && !settings->read_only
      && !image_is_layered (settings))
    return fail (failure, STATUS_ERROR,
                 _("disk %s: whether it changes while the guest sleeps cannot"
                   " be found out: make it read-only"), settings->name);
  return true;
}

static bool
look (struct snapshot_disk_file *file, const char *name,
      struct failure *failure)
{
  struct stat status;

  if (stat (name, &status) != 0)
    return fail (failure, STATUS_ERROR, _("cannot look at %s: %s"), name,
                 strerror (errno));
  file->bytes = status.st_size;
  file->seconds = status.st_mtim.tv_sec;
  file->nanoseconds = status.st_mtim.tv_nsec;
  file->known = 1;
  return true;
}

/** snapshot_disk_look - as it is now; all is on the disk */
bool
snapshot_disk_look (struct snapshot_disk *disk,
                    const struct image_settings *settings,
                    struct failure *failure)
{
  memset (disk, 0, sizeof *disk);
  if (settings->format != IMAGE_FORMAT_NBD
      && !look (&disk->image, settings->name, failure))
    return false;
  return !image_is_layered (settings) || image_is_ephemeral (settings)
    || look (&disk->overlay, settings->overlay, failure);
}

/* A copy may have lost the part of a second. */
static bool
is_same (const struct snapshot_disk_file *a,
         const struct snapshot_disk_file *b)
{
  return a->bytes == b->bytes && a->seconds == b->seconds
    && (a->nanoseconds == b->nanoseconds || !a->nanoseconds
        || !b->nanoseconds);
}

/**
 * snapshot_disk_check - is it as it was?
 * @disk: then
 *
 * An ephemeral overlay may be new: it leaves what is below as it was.
 */
bool
snapshot_disk_check (const struct snapshot_disk *disk,
                     const struct image_settings *settings,
                     struct failure *failure)
{
  struct snapshot_disk now;

  if (!snapshot_disk_look (&now, settings, failure))
    return false;
  if (disk->image.known && now.image.known
      && !is_same (&disk->image, &now.image))
    return fail (failure, STATUS_ERROR,
                 _("disk %s has changed since: what the guest remembers of"
                   " it is no longer true"), settings->name);
  if (disk->overlay.known && !now.overlay.known)
    return fail (failure, STATUS_ERROR,
                 _("disk %s had an overlay, without which it is not what the"
                   " guest remembers"), settings->name);
  if (now.overlay.known && (!disk->overlay.known
                            || !is_same (&disk->overlay, &now.overlay)))
    return fail (failure, STATUS_ERROR,
                 _("disk %s has changed since: what the guest remembers of"
                   " it is no longer true"), settings->overlay);
  return true;
}
