/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/image.c - lguest image: what can be done with disks' images.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "i18n.h"
#include "image/new_file.h"
#include "image/open.h"
#include "image/overlay.h"
#include "image/pack.h"
#include "log.h"
#include "option_value.h"
#include "verbs/verb.h"

#define LEVEL_DEFAULT 6
#define PACKED_SUFFIX ".gz"

/**
 * struct request - the command line of lguest image
 * @verb: for usage errors
 * @settings: --format, --overlay, --backing
 * @base: --base
 * @level: --level
 * @words, @count: behind the command
 */
struct request
{
  const struct verb *verb;
  struct image_settings settings;
  const char *base;
  int level;
  char **words;
  int count;
};

const struct verb_option verb_image_options[] =
{
  { "format", 'f', N_("FORMAT"),
    N_("the format of the image: raw, bgzf, gz, qcow2, vmdk, vhdx or nbd") },
  { "overlay", 'o', N_("FILE"), N_("pack: the image with this overlay") },
  { "base", 'b', N_("FILE"),
    N_("create: an overlay of this image; commit: into this image") },
  { "level", 'l', N_("N"), N_("pack: 1 is fastest, 9 is smallest (6)") },
  { "backing", 'B', NULL,
    N_("trust what a foreign image names as lying below it") },
  { NULL, 0, NULL, NULL },
};

/* Open what is in a file, for reading. */
static struct image *
open_image (const struct request *request, const char *name,
            struct failure *failure)
{
  struct image_settings settings = request->settings;

  settings.name = name;
  settings.read_only = true;
  return image_open (&settings, failure);
}

/* An overlay: what is it, and is the image below there? */
static bool
describe_overlay (const struct request *request, const char *name,
                  struct failure *failure)
{
  char *base_name = overlay_base_name (name, failure);
  struct request below = *request;
  struct image *image;

  if (!base_name)
    return false;
  printf (_("format: %s\n"), image_format_name (IMAGE_FORMAT_OVERLAY));
  printf (_("image below: %s\n"), base_name);
  below.settings.overlay = name;
  image = open_image (&below, base_name, failure);
  free (base_name);
  if (!image)
    return false;
  printf (_("size: %llu bytes\n"), (unsigned long long) image->bytes);
  image->operations->describe (image);
  image_close (image);
  return true;
}

static bool
describe (const struct request *request, const char *name,
          struct failure *failure)
{
  enum image_format format;
  struct image *image;
  struct stat status;

  printf (_("image: %s\n"), name);
  if (!image_format_probe (name, &format, failure))
    return false;
  if (format == IMAGE_FORMAT_OVERLAY
      && request->settings.format == IMAGE_FORMAT_AUTO)
    return describe_overlay (request, name, failure);
  image = open_image (request, name, failure);
  if (!image)
    return false;
  printf (_("format: %s\n"), image->operations->format);
  printf (_("size: %llu bytes\n"), (unsigned long long) image->bytes);
  if (stat (name, &status) == 0)
    printf (_("takes: %llu bytes\n"), (unsigned long long) status.st_blocks
            * 512);
  if (image->operations->describe)
    image->operations->describe (image);
  image_close (image);
  return true;
}

/* lguest image info FILE... */
static int
info (const struct request *request)
{
  struct failure failure;
  int i, status = 0;

  if (request->count == 0)
    return verb_usage_error (request->verb, _("which image?"));
  for (i = 0; i < request->count; i++)
    if (!describe (request, request->words[i], &failure))
      {
        fflush (stdout);
        status = failure_show (&failure);
      }
  return status;
}

/* lguest image index FILE... */
static int
build_index (const struct request *request)
{
  struct failure failure;
  int i, status = 0;

  if (request->count == 0)
    return verb_usage_error (request->verb, _("which image?"));
  for (i = 0; i < request->count; i++)
    {
      struct request gz = *request;
      struct image *image;

      /* Also for BGZF, if somebody wants that. */
      gz.settings.format = IMAGE_FORMAT_GZ;
      image = open_image (&gz, request->words[i], &failure);
      if (!image)
        status = failure_show (&failure);
      image_close (image);
    }
  return status;
}

/* lguest image pack SOURCE [TARGET] */
static int
pack (const struct request *request)
{
  const char *source;
  struct failure failure;
  struct image *image;
  char *name;
  bool done;

  if (request->count < 1 || request->count > 2)
    return verb_usage_error (request->verb, request->count
                             ? _("one image at a time") : _("which image?"));
  source = request->words[0];
  name = request->count == 2 ? strdup (request->words[1])
    : malloc (strlen (source) + sizeof PACKED_SUFFIX);
  if (name && request->count == 1)
    strcat (strcpy (name, source), PACKED_SUFFIX);
  if (!name)
    {
      fail (&failure, STATUS_ERROR, _("out of memory"));
      return failure_show (&failure);
    }
  image = open_image (request, source, &failure);
  done = image && image_pack (image, name, request->level, &failure);
  image_close (image);
  free (name);
  return done ? 0 : failure_show (&failure);
}

/* An empty raw image. */
static bool
create_raw (const char *name, uint64_t bytes, struct failure *failure)
{
  struct new_file file;

  if (new_file_create (&file, name))
    {
      if (ftruncate (file.fd, bytes) != 0)
        new_file_cancel (&file);
      else if (new_file_finish (&file))
        return true;
    }
  return fail (failure, STATUS_ERROR, _("cannot make %s: %s"), name,
               strerror (errno));
}

static bool
create_overlay (const struct request *request, const char *name,
                struct failure *failure)
{
  struct image *base = open_image (request, request->base, failure);
  char *full = realpath (request->base, NULL);
  const bool done = base
    && overlay_create (name, base, full ? full : request->base, failure);

  free (full);
  image_close (base);
  return done;
}

/* lguest image create FILE SIZE, or with --base=IMAGE FILE */
static int
create (const struct request *request)
{
  struct failure failure;
  uint64_t bytes;
  bool done;

  if (request->base)
    {
      if (request->count != 1)
        return verb_usage_error (request->verb,
                                 _("an overlay has a name, and the size of the"
                                   " image below"));
      done = create_overlay (request, request->words[0], &failure);
    }
  else
    {
      if (request->count != 2)
        return verb_usage_error (request->verb,
                                 _("an image needs a name and a size"));
      if (!options_parse_size (request->words[1], &bytes) || bytes == 0
          || bytes > IMAGE_BYTES_MAX)
        return verb_usage_error (request->verb,
                                 _("\"%s\" is no size: say, for example, 64"
                                   " for 64 MiB, or 2G"), request->words[1]);
      done = create_raw (request->words[0], bytes, &failure);
    }
  return done ? 0 : failure_show (&failure);
}

/* lguest image commit OVERLAY */
static int
commit (const struct request *request)
{
  struct image_settings settings = request->settings;
  enum image_format format;
  struct failure failure;
  struct image *base;
  char *base_name;
  bool done;

  if (request->count != 1)
    return verb_usage_error (request->verb, _("which overlay?"));
  base_name = request->base ? strdup (request->base)
    : overlay_base_name (request->words[0], &failure);
  if (!base_name)
    {
      if (request->base)
        fail (&failure, STATUS_ERROR, _("out of memory"));
      return failure_show (&failure);
    }
  settings.name = base_name;
  settings.overlay = NULL;
  done = image_format_probe (base_name, &format, &failure);
  if (done && settings.format == IMAGE_FORMAT_AUTO
      && image_format_is_packed (format))
    done = fail (&failure, STATUS_ERROR,
                 _("%s is compressed, and cannot be written; \"lguest image"
                   " pack --overlay=%s %s FILE\" makes a new one"), base_name,
                 request->words[0], base_name);
  if (done)
    {
      base = image_open_base (&settings, false, &failure);
      done = base && overlay_commit (request->words[0], base, &failure);
    }
  free (base_name);
  return done ? 0 : failure_show (&failure);
}

static const struct
{
  const char *name;
  int (*run) (const struct request *request);
} commands[] =
{
  { "info", info },
  { "pack", pack },
  { "create", create },
  { "commit", commit },
  { "index", build_index },
};

/* One option; false if it makes no sense. */
static bool
apply (struct request *request, int letter)
{
  switch (letter)
    {
    case 'f':
      return image_format_find (optarg, &request->settings.format);
    case 'o':
      request->settings.overlay = optarg;
      return true;
    case 'b':
      request->base = optarg;
      return true;
    case 'l':
      request->level = optarg[0] - '0';
      return optarg[0] >= '1' && optarg[0] <= '9' && !optarg[1];
    default:
      request->settings.backing = true;
      return true;
    }
}

/** verb_image - lguest image info|pack|create|commit|index */
int
verb_image (const struct verb *verb, int argc, char **argv)
{
  struct request request = { .verb = verb, .level = LEVEL_DEFAULT };
  size_t i;
  int letter;

  while ((letter = verb_next_option (verb, argc, argv)) >= 0)
    if (!apply (&request, letter))
      return verb_usage_error (verb, _("\"%s\" makes no sense there"),
                               optarg);
  if (letter == VERB_OPTIONS_HELP)
    return 0;
  if (letter == VERB_OPTIONS_BAD)
    return STATUS_USAGE;
  if (optind == argc)
    return verb_usage_error (verb, _("say info, pack, create, commit or"
                                     " index"));
  request.words = argv + optind + 1;
  request.count = argc - optind - 1;
  for (i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strcmp (argv[optind], commands[i].name) == 0)
      return commands[i].run (&request);
  return verb_usage_error (verb, _("\"%s\" is not known: say info, pack,"
                                   " create, commit or index"), argv[optind]);
}
