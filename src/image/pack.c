/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/pack.c - making a compressed image of any other.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd_io.h"
#include "i18n.h"
#include "image/bgzf.h"
#include "image/new_file.h"
#include "image/pack.h"

/* Shown on a terminal while it takes its time. */
static void
show_progress (const char *name, uint64_t offset, uint64_t bytes,
               int *percent)
{
  const int now = bytes ? offset * 100.0 / bytes : 100;

  if (now == *percent || !isatty (STDERR_FILENO))
    return;
  *percent = now;
  fputc ('\r', stderr);
  fprintf (stderr, _("lguest: packing %s: %d %%"), name, now);
  if (now == 100)
    fputc ('\n', stderr);
}

/* The whole image into a file. */
static bool
pack_all (struct image *image, struct bgzf_packer *packer, int fd,
          const char *name, uint8_t *data, struct failure *failure)
{
  uint8_t *packed = data + BGZF_MEMBER_MAX;
  uint64_t offset = 0;
  int percent = -1;

  while (offset < image->bytes)
    {
      const uint64_t rest = image->bytes - offset;
      const size_t piece = rest < BGZF_MEMBER_MAX ? rest : BGZF_MEMBER_MAX;

      if (!image_read_flat (image, data, offset, piece))
        return fail (failure, STATUS_ERROR,
                     _("cannot read the image at byte %llu: %s"),
                     (unsigned long long) offset, strerror (errno));
      if (!write_fully (fd, packed, bgzf_pack (packer, data, piece, packed)))
        return fail (failure, STATUS_ERROR, _("cannot write %s: %s"), name,
                     strerror (errno));
      offset += piece;
      show_progress (name, offset, image->bytes, &percent);
    }
  if (!write_fully (fd, packed, bgzf_pack_end (packed)))
    return fail (failure, STATUS_ERROR, _("cannot write %s: %s"), name,
                 strerror (errno));
  return true;
}

/**
 * image_pack - write an image as BGZF
 * @name: of the new file; it must not be there
 * @level: gzip's, 1 to 9
 *
 * The file appears when it is complete.
 */
bool
image_pack (struct image *image, const char *name, int level,
            struct failure *failure)
{
  /* What goes in, and what may come out. */
  uint8_t *data = malloc (3 * BGZF_MEMBER_MAX);
  struct bgzf_packer packer;
  struct new_file file;
  bool done = false;

  if (!data || !bgzf_packer_create (&packer, level))
    {
      free (data);
      return fail (failure, STATUS_ERROR, _("out of memory"));
    }
  if (!new_file_create (&file, name))
    fail (failure, STATUS_ERROR, _("cannot make %s: %s"), name,
          strerror (errno));
  else if (!pack_all (image, &packer, file.fd, name, data, failure))
    new_file_cancel (&file);
  else if (new_file_finish (&file))
    done = true;
  else
    fail (failure, STATUS_ERROR, _("cannot write %s: %s"), name,
          strerror (errno));
  bgzf_packer_destroy (&packer);
  free (data);
  return done;
}
