/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_file.c - options from configuration files: lguest.conf(5).
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "config_parse.h"
#include "i18n.h"

/* Files that include files that ... */
#define DEPTH_MAX 8

/* Of all files together: each could include many. */
#define FILES_MAX 64

static const char suffix[] = ".conf";

/**
 * struct reader - what files are being read
 * @options, @report: where things go
 * @chain: those that include each other, @depth of them
 * @files: how many there were
 */
struct reader
{
  struct options *options;
  struct report *report;
  struct stat chain[DEPTH_MAX];
  unsigned depth;
  unsigned files;
};

static void load (struct reader *reader, const char *path,
                  const char *called_from);

/* What comes before the last "/"; allocated. */
static char *
directory_of (const char *path)
{
  const char *slash = strrchr (path, '/');

  if (!slash)
    return strdup (".");
  return slash == path ? strdup ("/") : strndup (path, slash - path);
}

/* @name, seen from @directory; allocated. */
static char *
path_in (const char *directory, const char *name)
{
  char *path;

  if (name[0] == '/' || strcmp (directory, ".") == 0)
    return strdup (name);
  return asprintf (&path, "%s/%s", strcmp (directory, "/") ? directory : "",
                   name) < 0 ? NULL : path;
}

/* Escapes in quotes can say what no value should have. */
static bool
is_printable (const char *text)
{
  for (; *text; text++)
    if ((unsigned char) *text < ' ' || *text == '\177')
      return false;
  return true;
}

static void
include (struct reader *reader, const struct config_statement *statement,
         const char *path, const char *directory)
{
  char *file = path_in (directory, statement->text), *called_from;

  if (file && asprintf (&called_from, "%s:%d: ", path, statement->line) >= 0)
    {
      load (reader, file, called_from);
      free (called_from);
    }
  else
    report_add (reader->report, _("%s: out of memory"), path);
  free (file);
}

static void
apply (struct reader *reader, const struct config_statement *statement,
       const char *path, const char *directory)
{
  const struct option_place place
    = { statement->section, statement->title, statement->key };
  struct failure failure;

  if (statement->text && !is_printable (statement->text))
    report_add (reader->report, _("%s:%d: there are control characters in"
                                  " the value"), path, statement->line);
  else if (statement->action == CONFIG_INCLUDE)
    include (reader, statement, path, directory);
  else if (!option_set (reader->options, &place, statement->text, directory,
                        statement->action == CONFIG_ADD, &failure))
    report_add (reader->report, "%s:%d: %s", path, statement->line,
                failure.text);
}

/* Is that file being read already? */
static bool
is_loop (const struct reader *reader, const struct stat *identity)
{
  unsigned i;

  for (i = 0; i < reader->depth; i++)
    if (reader->chain[i].st_dev == identity->st_dev
        && reader->chain[i].st_ino == identity->st_ino)
      return true;
  return false;
}

static void
load (struct reader *reader, const char *path, const char *called_from)
{
  struct config_statements statements;
  struct config_text text;
  char *directory;
  size_t i;

  if (++reader->files > FILES_MAX)
    {
      if (reader->files == FILES_MAX + 1)
        report_add (reader->report, _("%smore than %d files are included"),
                    called_from, FILES_MAX);
      return;
    }
  if (!config_text_read (path, called_from, &text, reader->report))
    return;
  if (is_loop (reader, &text.identity))
    report_add (reader->report, _("%s%s includes itself"), called_from,
                path);
  else if (reader->depth == DEPTH_MAX)
    report_add (reader->report, _("%sfiles include each other more than %d"
                                  " deep"), called_from, DEPTH_MAX);
  else if (!(directory = directory_of (path)))
    report_add (reader->report, _("%s: out of memory"), path);
  else
    {
      reader->chain[reader->depth++] = text.identity;
      config_parse (path, &text, &statements, reader->report);
      for (i = 0; i < statements.count; i++)
        apply (reader, &statements.items[i], path, directory);
      config_statements_free (&statements);
      reader->depth--;
      free (directory);
    }
  free (text.bytes);
}

static int
is_drop_in (const struct dirent *entry)
{
  const size_t length = strlen (entry->d_name);

  return entry->d_name[0] != '.' && length > sizeof suffix - 1
    && strcmp (entry->d_name + length - (sizeof suffix - 1), suffix) == 0;
}

static int
by_bytes (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

/* The files of FILE.d, in the order of their names. */
static void
load_drop_ins (struct reader *reader, const char *path)
{
  struct dirent **entries;
  char *directory, *file;
  int count, i;

  if (asprintf (&directory, "%s.d", path) < 0)
    {
      report_add (reader->report, _("%s: out of memory"), path);
      return;
    }
  count = scandir (directory, &entries, is_drop_in, by_bytes);
  if (count < 0 && errno != ENOENT)
    report_add (reader->report, _("cannot read directory %s: %s"), directory,
                strerror (errno));
  for (i = 0; i < count; i++)
    {
      file = path_in (directory, entries[i]->d_name);
      if (file)
        load (reader, file, "");
      else
        report_add (reader->report, _("%s: out of memory"), path);
      free (file);
      free (entries[i]);
    }
  if (count >= 0)
    free (entries);
  free (directory);
}

/**
 * config_file_load - options from a file and its drop-ins
 * @path: of the file; those of FILE.d are read after it
 * @report: what is wrong is added to it; the options are as good as possible
 */
void
config_file_load (struct options *options, const char *path,
                  struct report *report)
{
  struct reader reader = { .options = options, .report = report };

  load (&reader, path, "");
  load_drop_ins (&reader, path);
}

/* DIRECTORY/NAME.conf, allocated; NULL if there is no directory or memory. */
static char *
named_file (const char *directory, const char *name)
{
  char *path;

  if (!directory || asprintf (&path, "%s/%s%s", directory, name, suffix) < 0)
    return NULL;
  return path;
}

static bool
exists (const char *path)
{
  struct stat status;

  /* What cannot be looked at gets its message when it is opened. */
  return path && (stat (path, &status) == 0
                  || (errno != ENOENT && errno != ENOTDIR));
}

/**
 * config_file_load_name - the same, in the directories where they may be
 * @name: of the Guest
 * @user: directory of the user, or NULL
 * @system: directory of all users
 *
 * The user's file counts if there is one, else the system's.  Drop-ins of the
 * user are for both.
 */
void
config_file_load_name (struct options *options, const char *name,
                       const char *user, const char *system,
                       struct report *report)
{
  struct reader reader = { .options = options, .report = report };
  char *of_user = named_file (user, name);
  char *of_system = named_file (system, name);

  if (exists (of_user))
    load (&reader, of_user, "");
  else if (exists (of_system))
    {
      load (&reader, of_system, "");
      load_drop_ins (&reader, of_system);
    }
  else
    report_add (report, _("there is no guest \"%s\": neither %s nor %s"
                          " exists"), name, of_user ? of_user : suffix,
                of_system ? of_system : suffix);
  if (of_user)
    load_drop_ins (&reader, of_user);
  free (of_user);
  free (of_system);
}

/** config_file_is_path - is that a file, and not a Guest's name? */
bool
config_file_is_path (const char *name)
{
  const size_t length = strlen (name);

  return strchr (name, '/')
    || (length > sizeof suffix - 1
        && strcmp (name + length - (sizeof suffix - 1), suffix) == 0);
}

/**
 * config_file_load_guest - options of "lguest run THIS"
 * @name: of a Guest, or of its file
 *
 * The Guest's name is the file's, if it does not say another.
 */
void
config_file_load_guest (struct options *options, const char *name,
                        struct report *report)
{
  const char *const home = getenv ("HOME");
  const char *const xdg = getenv ("XDG_CONFIG_HOME");
  const char *base = strrchr (name, '/');
  char *directory = NULL, *guest;
  struct failure failure;

  base = base ? base + 1 : name;
  guest = strndup (base, config_file_is_path (base)
                   ? strlen (base) - (sizeof suffix - 1) : strlen (base));
  if (!guest)
    {
      report_add (report, _("%s: out of memory"), name);
      return;
    }
  if (config_file_is_path (name))
    config_file_load (options, name, report);
  else if (!options_check_name (NULL, name, &failure))
    report_add (report, "%s", failure.text);
  else
    {
      /* Relative directories are to be ignored, says the XDG's
         specification. */
      if (xdg && xdg[0] == '/')
        directory = path_in (xdg, "lguest");
      else if (home && home[0] == '/')
        directory = path_in (home, ".config/lguest");
      config_file_load_name (options, name, directory, CONFIG_DIRECTORY,
                             report);
    }
  if (!options->name && options_check_name (NULL, guest, &failure))
    {
      options->name = guest;
      guest = NULL;
    }
  free (directory);
  free (guest);
}
