/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/snapshot.c - lguest snapshot: save a Guest.
 *
 * We open the files, and the launcher writes them, so that a launcher that is
 * confined need not open anything.  The folder gets its name when all is in it.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lguest/control.h>

#include "i18n.h"
#include "log.h"
#include "snapshot/snapshot.h"
#include "status.h"
#include "verbs/verb.h"

const struct verb_option verb_snapshot_options[] =
{
  { "stop", 's', NULL, N_("when it is saved, end the guest") },
  { NULL, 0, NULL, NULL },
};

/* In the order of lguest_snapshot (). */
static const char *const names[LGUEST_SNAPSHOT_FILES]
  = { SNAPSHOT_STATE_FILE, SNAPSHOT_MEMORY_FILE, SNAPSHOT_CONFIG_FILE };

/* The folder under way, and what is in it; for whoever interrupts us. */
static char *unfinished;
static char *paths[LGUEST_SNAPSHOT_FILES];

static void
remove_unfinished (void)
{
  unsigned i;

  for (i = 0; i < LGUEST_SNAPSHOT_FILES; i++)
    if (paths[i])
      unlink (paths[i]);
  if (unfinished)
    rmdir (unfinished);
}

static void
interrupted (int signal_number)
{
  remove_unfinished ();
  _exit (STATUS_SIGNAL + signal_number);
}

/* What comes before the last "/": where the folder will be. */
static char *
parent_of (const char *path)
{
  const char *slash = strrchr (path, '/');

  if (!slash)
    return strdup (".");
  return slash == path ? strdup ("/") : strndup (path, slash - path);
}

/* A folder for us alone, and the files in it. */
static bool
make_files (const char *folder, int files[LGUEST_SNAPSHOT_FILES])
{
  char *template;
  unsigned i;

  if (asprintf (&template, "%s.XXXXXX", folder) < 0)
    return false;
  if (!mkdtemp (template))
    {
      free (template);
      return false;
    }
  unfinished = template;
  for (i = 0; i < LGUEST_SNAPSHOT_FILES; i++)
    {
      char *path;

      if (asprintf (&path, "%s/%s", unfinished, names[i]) < 0)
        return false;
      paths[i] = path;
      files[i] = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (files[i] < 0)
        return false;
    }
  return true;
}

static bool
sync_folder (const char *path)
{
  const int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return synced;
}

/* All is there: from now on it has its name. */
static bool
finish (const char *folder, const int files[LGUEST_SNAPSHOT_FILES])
{
  char *parent = parent_of (folder);
  bool done = parent != NULL;
  unsigned i;

  for (i = 0; i < LGUEST_SNAPSHOT_FILES && done; i++)
    done = fsync (files[i]) == 0;
  done = done && sync_folder (unfinished)
    && renameat2 (AT_FDCWD, unfinished, AT_FDCWD, folder, RENAME_NOREPLACE)
    == 0;
  if (done)
    {
      free (unfinished);
      unfinished = NULL;
      memset (paths, 0, sizeof paths);
      done = sync_folder (parent);
    }
  free (parent);
  return done;
}

static int
save (struct lguest_guest *guest, const char *folder, unsigned flags)
{
  int files[LGUEST_SNAPSHOT_FILES], status = STATUS_ERROR;

  if (!make_files (folder, files))
    log_message (_("cannot make a snapshot in %s: %s"), folder,
                 strerror (errno));
  else
    {
      status = verb_show_failure (lguest_snapshot (guest, files, flags));
      if (status == 0 && !finish (folder, files))
        {
          log_message (_("cannot make a snapshot in %s: %s"), folder,
                       strerror (errno));
          status = STATUS_ERROR;
        }
    }
  return status;
}

int
verb_snapshot (const struct verb *verb, int argc, char **argv)
{
  struct lguest_guest *guest;
  unsigned flags = 0;
  int letter, status;
  char *folder;
  size_t length;

  while ((letter = verb_next_option (verb, argc, argv)) != VERB_OPTIONS_END)
    switch (letter)
      {
      case 's':
        flags |= LGUEST_SNAPSHOT_STOP;
        break;
      case VERB_OPTIONS_HELP:
        return 0;
      default:
        return STATUS_USAGE;
      }
  if (argc - optind != 2)
    return verb_usage_error (verb, _("which guest, and which folder?"));
  folder = argv[optind + 1];
  for (length = strlen (folder); length > 1 && folder[length - 1] == '/';)
    folder[--length] = '\0';
  if (access (folder, F_OK) == 0)
    {
      log_message (_("%s is there already"), folder);
      return STATUS_ERROR;
    }
  guest = verb_connect (argv[optind]);
  if (!guest)
    return STATUS_ERROR;
  signal (SIGINT, interrupted);
  signal (SIGTERM, interrupted);
  signal (SIGHUP, interrupted);
  status = save (guest, folder, flags);
  remove_unfinished ();
  lguest_disconnect (guest);
  return status;
}
