/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/open.c - opening an image with its layers.
 *
 * The format of what a guest may write is never guessed: a guest that writes
 * the header of another format to its disk would choose how we read it next
 * time, and which files of ours.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine/confine.h"
#include "i18n.h"
#include "image/bgzf.h"
#include "image/file.h"
#include "image/gzip.h"
#include "image/gzip_index.h"
#include "image/nbd.h"
#include "image/new_file.h"
#include "image/open.h"
#include "image/opened.h"
#include "image/overlay.h"
#include "image/qemu_nbd.h"
#include "image/raw.h"
#include "image/temporary.h"
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

/** image_is_layered - has it an overlay that was asked for? */
bool
image_is_layered (const struct image_settings *settings)
{
  return settings->overlay
    && strcmp (settings->overlay, IMAGE_OVERLAY_NONE) != 0;
}

/** image_is_ephemeral - has it a temporary overlay? */
bool
image_is_ephemeral (const struct image_settings *settings)
{
  /* What can only be read gets an overlay anyway. */
  if (!image_is_layered (settings))
    return !settings->read_only && image_format_is_packed (settings->format);
  return strcmp (settings->overlay, IMAGE_OVERLAY_EPHEMERAL) == 0;
}

/* Is nobody going to write to what lies below? */
static bool
is_base_read_only (const struct image_settings *settings)
{
  return settings->read_only || image_is_layered (settings)
    || image_is_ephemeral (settings);
}

/* Open what the image will be read from. */
static bool
prepare_base (struct image_settings *settings, struct failure *failure)
{
  const bool read_only = is_base_read_only (settings);
  int fd;

  if (!choose_format (settings, read_only, &settings->format, failure))
    return false;
  /* Others read these, and are started now. */
  if (image_format_is_foreign (settings->format)
      || settings->format == IMAGE_FORMAT_NBD)
    {
      settings->base = image_open_base (settings, read_only, failure);
      return settings->base;
    }
  fd = image_file_prepare (settings->name, read_only
                           || image_format_is_packed (settings->format),
                           failure);
  if (fd < 0)
    return false;
  return settings->format != IMAGE_FORMAT_GZ
    || gzip_index_prepare (fd, settings->name, failure);
}

/* Open an overlay's file, or a new one that becomes it. */
static bool
prepare_overlay (struct image_settings *settings, struct failure *failure)
{
  const char *overlay = settings->overlay;
  int folder;

  if (access (overlay, F_OK) == 0)
    return image_file_prepare (overlay, settings->read_only, failure) >= 0;
  settings->full_name = realpath (settings->name, NULL);
  folder = new_file_prepare (overlay);
  if (folder >= 0 && confine_allow (folder, CONFINE_MAKE_FILES
                                    | CONFINE_REMOVE_FILES))
    return true;
  return fail (failure, STATUS_ERROR, _("cannot make overlay %s: %s"),
               overlay, strerror (errno));
}

/**
 * image_prepare - open all files that image_open() will need
 *
 * For the launcher, which may open nothing any more when it looks into them.
 * Nothing that is in them is believed here but for a few bytes that tell
 * formats apart.
 */
bool
image_prepare (struct image_settings *settings, struct failure *failure)
{
  settings->prepared = true;
  if (!prepare_base (settings, failure))
    return false;
  if (image_is_ephemeral (settings))
    {
      const int fd = temporary_file (temporary_directory ());

      /* If there is none, image_open() says so. */
      return fd < 0 || opened_keep (temporary_directory (), false, fd)
        || fail (failure, STATUS_ERROR, _("out of memory"));
    }
  return !image_is_layered (settings) || prepare_overlay (settings, failure);
}

/* Open an overlay's file, or make it. */
static struct image *
open_overlay (const struct image_settings *settings, struct image *base,
              struct failure *failure)
{
  const char *overlay = settings->overlay;

  if (settings->prepared ? new_file_is_prepared (overlay)
      : access (overlay, F_OK) != 0)
    {
      char *full = settings->full_name ? strdup (settings->full_name)
        : realpath (settings->name, NULL);
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
  struct image *base = settings->base, *image;

  if (!base)
    base = image_open_base (settings, is_base_read_only (settings), failure);
  if (!base || (!image_is_layered (settings) && !image_is_ephemeral (settings)))
    return base;
  if (!image_is_ephemeral (settings))
    image = open_overlay (settings, base, failure);
  else
    {
      if (!image_is_layered (settings))
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
