/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.c - what a user has chosen, and toprc, where it is kept.
 *
 * ~/.config/lguest/toprc has lines "KEY = VALUE".  What is not understood is
 * passed over: another version may have written it.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "top/settings.h"

#define PATH_BYTES 4096
#define LINE_BYTES 256

/* A file that is longer is none of ours. */
#define LINES_MAX 200

void
settings_set_default (struct settings *settings)
{
  memset (settings, 0, sizeof *settings);
  look_set_default (&settings->look);
  settings->delay = SETTINGS_DELAY_DEFAULT;
}

/** settings_parse_delay - false if it is none, or too short or too long */
bool
settings_parse_delay (const char *text, double *delay)
{
  char *end;
  const double value = strtod (text, &end);

  if (end == text || *end || !isfinite (value) || value < SETTINGS_DELAY_MIN
      || value > SETTINGS_DELAY_MAX)
    return false;
  *delay = value;
  return true;
}

/* The folder that toprc is in; false if there can be none. */
static bool
find_folder (char path[PATH_BYTES])
{
  const char *configuration = getenv ("XDG_CONFIG_HOME");
  const char *home = getenv ("HOME");
  int length;

  if (configuration && configuration[0] == '/')
    length = snprintf (path, PATH_BYTES, "%s/lguest", configuration);
  else if (home && home[0] == '/')
    length = snprintf (path, PATH_BYTES, "%s/.config/lguest", home);
  else
    {
      errno = ENOENT;
      return false;
    }
  if (length < PATH_BYTES - 64)
    return true;
  errno = ENAMETOOLONG;
  return false;
}

static void
set (struct settings *settings, const char *key, const char *value)
{
  const bool yes = strcmp (value, "yes") == 0;
  const char *dot = strchr (key, '.');
  struct look *look = &settings->look;
  enum view_number view;

  if (strcmp (key, "delay") == 0)
    settings_parse_delay (value, &settings->delay);
  else if (strcmp (key, "view") == 0)
    view_find (value, &look->view);
  else if (strcmp (key, "totals") == 0)
    settings->totals = yes;
  else if (strcmp (key, "requests") == 0)
    look->requests = yes;
  else if (strcmp (key, "all") == 0)
    look->all = yes;
  else if (dot && view_find (dot + 1, &view))
    {
      if (strncmp (key, "sort.", dot + 1 - key) == 0)
        view_find_column (view, value, &look->sort[view]);
      else if (strncmp (key, "reverse.", dot + 1 - key) == 0)
        look->reverse[view] = yes;
    }
}

/** settings_load - from toprc, if there is one */
void
settings_load (struct settings *settings)
{
  char path[PATH_BYTES], line[LINE_BYTES], key[64], value[64];
  unsigned lines = 0;
  FILE *file;
  int fd;

  if (!find_folder (path))
    return;
  strcat (path, "/toprc");
  /* Not to wait for who would write to a fifo. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  file = fd >= 0 ? fdopen (fd, "r") : NULL;
  if (!file)
    {
      if (fd >= 0)
        close (fd);
      return;
    }
  while (lines++ < LINES_MAX && fgets (line, sizeof line, file))
    if (line[0] != '#'
        && sscanf (line, " %63[^= \t] = %63[^ \t\r\n]", key, value) == 2)
      set (settings, key, value);
  fclose (file);
}

/* Make a folder and those above it. */
static bool
make_folder (char *path)
{
  char *slash;

  for (slash = path + 1; (slash = strchr (slash, '/')); slash++)
    {
      *slash = '\0';
      mkdir (path, 0700);
      *slash = '/';
    }
  return mkdir (path, 0700) == 0 || errno == EEXIST;
}

static void
write_settings (FILE *file, const struct settings *settings)
{
  const struct look *look = &settings->look;
  unsigned i;

  fprintf (file, "# Written by lguest-top.\ndelay = %g\nview = %s\n"
           "totals = %s\nrequests = %s\nall = %s\n", settings->delay,
           views[look->view].name, settings->totals ? "yes" : "no",
           look->requests ? "yes" : "no", look->all ? "yes" : "no");
  for (i = 0; i < VIEWS; i++)
    fprintf (file, "sort.%s = %s\nreverse.%s = %s\n", views[i].name,
             views[i].columns[look->sort[i]].name, views[i].name,
             look->reverse[i] ? "yes" : "no");
}

/**
 * settings_save - to toprc, whole or not at all
 * @path: set to its name, of @size bytes
 *
 * False with errno set.
 */
bool
settings_save (const struct settings *settings, char *path, size_t size)
{
  char folder[PATH_BYTES], target[PATH_BYTES], other[PATH_BYTES];
  FILE *file;
  bool written;
  int fd, error;

  snprintf (path, size, "toprc");
  if (!find_folder (folder))
    return false;
  snprintf (target, sizeof target, "%.*s/toprc", PATH_BYTES - 32, folder);
  snprintf (other, sizeof other, "%.*s/toprc.XXXXXX", PATH_BYTES - 32,
            folder);
  snprintf (path, size, "%s", target);
  if (!make_folder (folder))
    return false;
  fd = mkstemp (other);
  file = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (!file)
    {
      error = errno;
      if (fd >= 0)
        {
          close (fd);
          unlink (other);
        }
      errno = error;
      return false;
    }
  write_settings (file, settings);
  written = fflush (file) == 0 && !ferror (file) && fsync (fd) == 0;
  written = fclose (file) == 0 && written;
  if (written && rename (other, target) == 0)
    return true;
  error = errno;
  unlink (other);
  errno = error;
  return false;
}
