/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/open.c - opening an image with its layers.
 *
 * The format of what a guest may write is never guessed: a guest that writes
 * the header of another format to its disk would choose how we read it next
 * time, and which files of ours.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "i18n.h"
#include "image/bgzf.h"
#include "image/gzip.h"
#include "image/nbd.h"
#include "image/open.h"
#include "image/overlay.h"
#include "image/qemu_nbd.h"
#include "image/raw.h"
#include "log.h"

/* Find out the format, if it was not said. */
static bool
choose_format (const struct image_settings *settings, bool read_only,
               enum image_format *format, struct failure *failure)
{
  *format = settings->format;
  if (*format != IMAGE_FORMAT_AUTO)
    return true;
  if (!image_format_probe (settings->name, format, failure))
    return false;
  if (read_only || *format == IMAGE_FORMAT_RAW || *format == IMAGE_FORMAT_NBD)
    return true;
  return fail (failure, STATUS_ERROR,
               _("disk %s looks like %s, and may be written: say format=%s if"
                 " that is what it is, format=raw if its bytes are the disk's,"
                 " or ro, or overlay="), settings->name,
               image_format_name (*format), image_format_name (*format));
}

/**
 * image_open_base - open what is in a file, without any overlay
 * @read_only: it is not written, whatever the settings say
 *
 * NULL on failure.
 */
struct image *
image_open_base (const struct image_settings *settings, bool read_only,
                 struct failure *failure)
{
  const char *name = settings->name;
  enum image_format format;

  if (!choose_format (settings, read_only, &format, failure))
    return NULL;
  switch (format)
    {
    case IMAGE_FORMAT_BGZF:
      return bgzf_open (name, failure);
    case IMAGE_FORMAT_GZ:
      return gzip_open (name, failure);
    case IMAGE_FORMAT_QCOW2:
    case IMAGE_FORMAT_VMDK:
    case IMAGE_FORMAT_VHDX:
      return qemu_nbd_open (name, format, read_only, settings->backing,
                            failure);
    case IMAGE_FORMAT_NBD:
      return nbd_open (name, read_only, failure);
    case IMAGE_FORMAT_OVERLAY:
      fail (failure, STATUS_ERROR,
            _("%s is an overlay: give the image below it as the disk, and"
              " this as overlay="), name);
      return NULL;
    case IMAGE_FORMAT_AUTO:
    case IMAGE_FORMAT_RAW:
    case IMAGE_FORMATS:
      break;
    }
  return raw_open (name, read_only, failure);
}

/* Open an overlay's file, or make it. */
static struct image *
open_overlay (const struct image_settings *settings, struct image *base,
              struct failure *failure)
{
  const char *overlay = settings->overlay;

  if (access (overlay, F_OK) != 0)
    {
      char *full = realpath (settings->name, NULL);
      const bool made = overlay_create (overlay, base,
                                        full ? full : settings->name,
                                        failure);

      free (full);
      if (!made)
        return NULL;
      log_message (_("made overlay %s"), overlay);
    }
  return overlay_open (overlay, base, settings->read_only, failure);
}

/** image_open - open an image with its layers; NULL on failure */
struct image *
image_open (const struct image_settings *settings, struct failure *failure)
{
  const bool layered = settings->overlay
    && strcmp (settings->overlay, IMAGE_OVERLAY_NONE) != 0;
  /* What can only be read gets an overlay anyway. */
  const bool needs_layer = !settings->read_only
    && image_format_is_packed (settings->format);
  struct image *base, *image;

  base = image_open_base (settings, settings->read_only || layered
                          || needs_layer, failure);
  if (!base || (!layered && !needs_layer))
    return base;
  if (layered && strcmp (settings->overlay, IMAGE_OVERLAY_EPHEMERAL) != 0)
    image = open_overlay (settings, base, failure);
  else
    {
      if (!layered)
        log_message (_("disk %s: what the guest writes is lost at the end, as"
                       " there is no overlay=FILE"), settings->name);
      image = overlay_open_temporary (base, failure);
      if (image)
        image->read_only = settings->read_only;
    }
  if (!image)
    image_close (base);
  return image;
}
