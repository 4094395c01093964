/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/identity.c - who a process is, and what it may as that.
 */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP_NG
# include <cap-ng.h>
#endif

#include "confine/identity.h"
#include "i18n.h"

/** identity_find - look up who --user means; NULL: nobody */
bool
identity_find (struct identity *identity, const char *name,
               struct failure *failure)
{
  const struct passwd *user;

  memset (identity, 0, sizeof *identity);
  if (!name)
    return true;
  errno = 0;
  user = getpwnam (name);
  if (!user)
    return fail (failure, STATUS_ERROR, _("there is no user \"%s\""), name);
  if (geteuid () != 0 && user->pw_uid != geteuid ())
    return fail (failure, STATUS_ERROR,
                 _("only root can run a guest as user \"%s\""), name);
  identity->user = user->pw_uid;
  identity->group = user->pw_gid;
  identity->name = strdup (name);
  return identity->name || fail (failure, STATUS_ERROR, _("out of memory"));
}

/** identity_enter - nothing exists any more but this folder; NULL: all does */
bool
identity_enter (const char *folder, struct failure *failure)
{
  if (!folder)
    return true;
  if (chroot (folder) == 0 && chdir ("/") == 0)
    return true;
  if (errno == EPERM)
    return fail (failure, STATUS_ERROR,
                 _("only root can confine a guest to folder %s"), folder);
  return fail (failure, STATUS_ERROR,
               _("cannot confine the guest to folder %s: %s"), folder,
               strerror (errno));
}

/**
 * identity_drop_gains - never get any capability again
 *
 * Also not by a program with the set-user-id bit.
 */
bool
identity_drop_gains (struct failure *failure)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail (failure, STATUS_ERROR,
                 _("cannot give up new privileges: %s"), strerror (errno));
#ifdef HAVE_LIBCAP_NG
  /* Who may not change the bounding set has nothing in it to gain. */
  if (capng_get_caps_process () == 0
      && capng_have_capability (CAPNG_EFFECTIVE, CAP_SETPCAP))
    {
      capng_clear (CAPNG_SELECT_BOUNDS);
      if (capng_apply (CAPNG_SELECT_BOUNDS) != 0)
        return fail (failure, STATUS_ERROR, _("cannot give up capabilities"));
    }
#endif
  return true;
}

/** identity_take - become that user */
bool
identity_take (const struct identity *identity, struct failure *failure)
{
  if (!identity->name || (geteuid () == identity->user
                          && getuid () == identity->user))
    return true;
  if (initgroups (identity->name, identity->group) == 0
      && setresgid (identity->group, identity->group, identity->group) == 0
      && setresuid (identity->user, identity->user, identity->user) == 0)
    return true;
  return fail (failure, STATUS_ERROR, _("cannot become user \"%s\": %s"),
               identity->name, strerror (errno));
}

#ifdef HAVE_LIBCAP_NG
/* What root's threads that serve folders keep: files there are others', too,
   and Landlock says where "there" is. */
static const struct kept
{
  enum confine_role role;
  unsigned capability;
} kept[] =
{
  { CONFINE_SHARE, CAP_DAC_READ_SEARCH },
  { CONFINE_SHARE_CHANGE, CAP_DAC_OVERRIDE },
  { CONFINE_SHARE_CHANGE, CAP_CHOWN },
  { CONFINE_SHARE_CHANGE, CAP_FOWNER },
};

#define KEPT_COUNT (sizeof kept / sizeof *kept)
#endif

/** identity_drop_capabilities - this thread keeps what its kind needs, if it
    has it: mostly nothing */
bool
identity_drop_capabilities (enum confine_role role, struct failure *failure)
{
#ifdef HAVE_LIBCAP_NG
  bool had[KEPT_COUNT];
  size_t i;

  capng_get_caps_process ();
  for (i = 0; i < KEPT_COUNT; i++)
    had[i] = kept[i].role == role
      && capng_have_capability (CAPNG_EFFECTIVE, kept[i].capability);
  capng_clear (CAPNG_SELECT_CAPS);
  for (i = 0; i < KEPT_COUNT; i++)
    if (had[i])
      capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
                    kept[i].capability);
  if (capng_apply (CAPNG_SELECT_CAPS) != 0)
    return fail (failure, STATUS_ERROR, _("cannot give up capabilities"));
#endif
  (void) role;
  (void) failure;
  return true;
}
