/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find.c - where Guests are, and which.
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol.h"

#define SYSTEM_DIRECTORY "/run/lguest"
#define USER_VARIABLE "XDG_RUNTIME_DIR"
#define USER_DIRECTORY "lguest"

/* Where those of all users are: see systemd-logind(8). */
#define USERS_DIRECTORY "/run/user"

/* A user cannot have root look at more Guests than that. */
#define USER_GUESTS_MAX 256

/* One launcher that hangs must not make a list of all take long. */
#define GREETING_MS 1000

/**
 * struct lguest_names - a list
 * @names: allocated, and each of them
 * @count: how many
 */
struct lguest_names
{
  char **names;
  size_t count;
};

/* In a set-user-id program the environment is somebody else's. */
static const char *
directory_from (const char *variable)
{
  const char *value = secure_getenv (variable);

  return value && value[0] == '/' ? value : NULL;
}

enum lguest_result
lguest_run_directory (char *path, size_t size)
{
  const char *directory = directory_from (LGUEST_RUN_VARIABLE);
  int length;

  if (directory)
    length = snprintf (path, size, "%s", directory);
  else if (geteuid () == 0)
    length = snprintf (path, size, "%s", SYSTEM_DIRECTORY);
  else
    {
      directory = directory_from (USER_VARIABLE);
      if (!directory)
        {
          errno = ENOENT;
          return lguest__fail (LGUEST_SYSTEM_ERROR,
                               _("no folder for running guests: set %s or"
                                 " %s"), USER_VARIABLE, LGUEST_RUN_VARIABLE);
        }
      length = snprintf (path, size, "%s/%s", directory, USER_DIRECTORY);
    }
  if (length < 0 || (size_t) length >= size)
    {
      errno = ENAMETOOLONG;
      return lguest__fail (LGUEST_SYSTEM_ERROR,
                           _("the name of the folder for running guests is"
                             " too long"));
    }
  return LGUEST_OK;
}

/* The folders of all users, in no order. */
static void
add_users (struct lguest_directories *directories)
{
  DIR *users = opendir (USERS_DIRECTORY);
  struct dirent *entry;

  while (users && directories->count < DIRECTORIES_MAX
         && (entry = readdir (users)))
    if (strspn (entry->d_name, "0123456789") == strlen (entry->d_name))
      snprintf (directories->paths[directories->count++], PATH_BYTES,
                USERS_DIRECTORY "/%.32s/" USER_DIRECTORY, entry->d_name);
  if (users)
    closedir (users);
}

/* The caller's own folder first, then the one of the system's Guests, then, if
   @users and the caller is root, those of all users. */
enum lguest_result
lguest__directories (struct lguest_directories *directories, bool users)
{
  enum lguest_result result = LGUEST_OK;

  directories->count = 0;
  if (directory_from (LGUEST_RUN_VARIABLE) || geteuid () == 0
      || directory_from (USER_VARIABLE))
    {
      result = lguest_run_directory (directories->paths[0], PATH_BYTES);
      if (result != LGUEST_OK)
        return result;
      directories->count = 1;
    }
  if (!directory_from (LGUEST_RUN_VARIABLE) && geteuid () != 0)
    strcpy (directories->paths[directories->count++], SYSTEM_DIRECTORY);
  directories->own = directories->count;
  if (users && !directory_from (LGUEST_RUN_VARIABLE) && geteuid () == 0)
    add_users (directories);
  return LGUEST_OK;
}

bool
lguest_name_is_valid (const char *name)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static const char all[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const size_t length = strlen (name);

  return length > 0 && length <= LGUEST_NAME_MAX
    && strchr (letters, name[0]) && strspn (name, all) == length;
}

static enum lguest_result
out_of_memory (void)
{
  return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
}

static bool
has (const struct lguest_names *names, const char *name)
{
  size_t i;

  for (i = 0; i < names->count; i++)
    if (strcmp (names->names[i], name) == 0)
      return true;
  return false;
}

static enum lguest_result
add (struct lguest_names *names, const char *name)
{
  char **more = realloc (names->names, (names->count + 1) * sizeof *more);

  if (!more)
    return out_of_memory ();
  names->names = more;
  more[names->count] = strdup (name);
  if (!more[names->count])
    return out_of_memory ();
  names->count++;
  return LGUEST_OK;
}

/* Is there a Guest that the flags ask for, and the caller may use? */
static bool
is_there (const char *directory, const char *name, unsigned flags)
{
  struct lguest_guest *guest;
  char path[PATH_BYTES];
  struct stat status;
  int length;

  length = snprintf (path, sizeof path, "%s/%s/%s", directory, name,
                     PROTOCOL_SOCKET);
  if (length < 0 || (size_t) length >= sizeof path
      || lstat (path, &status) != 0 || !S_ISSOCK (status.st_mode))
    return false;
  if (flags & LGUEST_FIND_UNASKED)
    return true;
  switch (lguest__connect (path, name, GREETING_MS, &guest))
    {
    case LGUEST_OK:
      lguest_disconnect (guest);
      return true;
    case LGUEST_CRASHED:
      return flags & LGUEST_FIND_CRASHED;
    case LGUEST_OTHER_PROTOCOL:
    case LGUEST_LATE:
    case LGUEST_BUSY:
      /* Something is the matter with it, but it is there. */
      return true;
    default:
      return false;
    }
}

/* A user cannot spoil it for root, by what is in his folder. */
static enum lguest_result
find_in (const char *path, unsigned flags, bool of_user,
         struct lguest_names *names)
{
  size_t most = of_user ? USER_GUESTS_MAX : SIZE_MAX;
  enum lguest_result result = LGUEST_OK;
  DIR *directory = opendir (path);
  struct dirent *entry;

  if (!directory)
    return of_user || errno == ENOENT || errno == EACCES
      || errno == ENOTDIR ? LGUEST_OK
      : lguest__fail (LGUEST_SYSTEM_ERROR, _("cannot read folder %s: %s"),
                      path, strerror (errno));
  while (result == LGUEST_OK && most > 0 && (entry = readdir (directory)))
    if (lguest_name_is_valid (entry->d_name) && !has (names, entry->d_name)
        && is_there (path, entry->d_name, flags))
      {
        result = add (names, entry->d_name);
        most--;
      }
  closedir (directory);
  return result;
}

static int
compare (const void *left, const void *right)
{
  return strcmp (*(char *const *) left, *(char *const *) right);
}

enum lguest_result
lguest_find (unsigned flags, struct lguest_names **names)
{
  struct lguest_directories *directories;
  enum lguest_result result;
  unsigned i;

  *names = calloc (1, sizeof **names);
  directories = malloc (sizeof *directories);
  result = *names && directories
    ? lguest__directories (directories, flags & LGUEST_FIND_USERS)
    : out_of_memory ();
  for (i = 0; result == LGUEST_OK && i < directories->count; i++)
    result = find_in (directories->paths[i], flags, i >= directories->own,
                      *names);
  free (directories);
  if (result != LGUEST_OK)
    {
      lguest_names_free (*names);
      *names = NULL;
    }
  else if ((*names)->count > 0)
    qsort ((*names)->names, (*names)->count, sizeof *(*names)->names,
           compare);
  return result;
}

size_t
lguest_names_count (const struct lguest_names *names)
{
  return names->count;
}

const char *
lguest_names_get (const struct lguest_names *names, size_t i)
{
  return i < names->count ? names->names[i] : NULL;
}

void
lguest_names_free (struct lguest_names *names)
{
  size_t i;

  if (!names)
    return;
  for (i = 0; i < names->count; i++)
    free (names->names[i]);
  free (names->names);
  free (names);
}
