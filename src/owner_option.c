/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_option.c - who may control a Guest: USER, USER:GROUP or :GROUP.
 */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "option_value.h"
#include "owner_option.h"

#define NOBODY ((uid_t) -1)
#define NO_GROUP ((gid_t) -1)

/* A number, if there is nobody of such a name.  False if it is none. */
static bool
parse_id (const char *text, unsigned *id)
{
  unsigned long number;
  char *end;

  if (!*text || strspn (text, "0123456789") != strlen (text))
    return false;
  errno = 0;
  number = strtoul (text, &end, 10);
  *id = number;
  return !errno && number < (unsigned) -1;
}

static bool
find_user (const char *name, uid_t *id)
{
  const struct passwd *user = getpwnam (name);

  if (user)
    *id = user->pw_uid;
  return user || parse_id (name, id);
}

static bool
find_group (const char *name, gid_t *id)
{
  const struct group *group = getgrnam (name);

  if (group)
    *id = group->gr_gid;
  return group || parse_id (name, id);
}

/** owner_parse - for the option table */
bool
owner_parse (void *field, const char *text, struct failure *failure)
{
  struct owner_option owner = { NOBODY, NO_GROUP };
  char *user = strdup (text), *group;
  bool good;

  if (!user)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  group = strchr (user, ':');
  if (group)
    *group++ = '\0';
  if (*user && !find_user (user, &owner.user))
    good = fail (failure, STATUS_USAGE, _("there is no user \"%s\""), user);
  else if (group && *group && !find_group (group, &owner.group))
    good = fail (failure, STATUS_USAGE, _("there is no group \"%s\""),
                 group);
  else
    good = true;
  free (user);
  if (good)
    *(struct owner_option *) field = owner;
  return good;
}

/** owner_print - as owner_parse() understands it */
void
owner_print (const void *field, FILE *file)
{
  const struct owner_option *owner = field;
  char text[48] = "";
  int length = 0;

  if (owner->user != NOBODY)
    length = snprintf (text, sizeof text, "%lu",
                       (unsigned long) owner->user);
  if (owner->group != NO_GROUP)
    snprintf (text + length, sizeof text - length, ":%lu",
              (unsigned long) owner->group);
  option_value_print_text (text, file);
}
