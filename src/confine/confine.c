/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/confine.c - a launcher gives up all that it does not need.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "confine/calls.h"
#include "confine/confine.h"
#include "confine/filter.h"
#include "confine/identity.h"
#include "confine/landlock.h"
#include "i18n.h"
#include "log.h"

/*L:205 Giving it all away
 *
 * Everything is open now: disks, terminals, sockets, the device node.  The
 * next step is the Guest's first instruction.  This is the moment to think of
 * what happens if the Guest wins: if there is a mistake in a device of ours,
 * and a Guest that knows it better than we do.  Then it is the Launcher, with
 * all that you may do.
 *
 * So the Launcher gives up, before that instruction, whatever it will not need
 * again.  Its capabilities, and the right to win new ones by starting a
 * program.  All folders and files, but those that are open, by Landlock.  And
 * by seccomp nearly all system calls: each kind of thread has a list of those
 * that it makes (calls.c), and any other is the end of the process.  The
 * lists are short.  A vcpu's thread reads and writes, sleeps and wakes
 * others; it would not know how to open a file.
 *
 * What is given up cannot be had back, not even by us.  That is the point,
 * and the reason why all else has to be open first, and why there has to be
 * one thread only: each thread gives up for itself, and its children.  :*
 */

/* What the threads that serve folders may do, and what nobody else may. */
#define SHARE_RIGHTS (CONFINE_SHARE_READ | CONFINE_SHARE_WRITE)

/* The folders of 26 disks, of consoles, shared ones, and our own. */
#define RULES_MAX 128

static struct landlock_rule rules[RULES_MAX];
static unsigned rule_count;

/* What confine_process() has done. */
static enum confine_mode mode = CONFINE_OFF;
static bool landlocked, sealed_later, shares;
static char description[128] = "off";

/**
 * confine_allow - something that is allowed nevertheless
 * @folder: file descriptor, which is not needed any more afterwards
 * @rights: bits of enum confine_right, in the folder and all below it
 *
 * Before confine_process().  False with errno set on failure.
 */
bool
confine_allow (int folder, unsigned rights)
{
  const int fd = rule_count < RULES_MAX
    ? fcntl (folder, F_DUPFD_CLOEXEC, 0) : -1;

  if (rule_count == RULES_MAX)
    errno = ENOSPC;
  if (fd < 0)
    return false;
  rules[rule_count++] = (struct landlock_rule) { fd, rights };
  if (rights & SHARE_RIGHTS)
    shares = true;
  if (rights & CONFINE_MAKE_FILES)
    sealed_later = true;
  return true;
}

/** confine_allow_path - the same, by the folder's name */
bool
confine_allow_path (const char *folder, unsigned rights)
{
  const int fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  const bool done = fd >= 0 && confine_allow (fd, rights);
  const int error = errno;

  if (fd >= 0)
    close (fd);
  errno = error;
  return done;
}

static void
forget_rules (void)
{
  while (rule_count > 0)
    close (rules[--rule_count].folder);
}

/* Each thread has capabilities and Landlock of its own, so there must be
   only one now. */
static bool
is_alone (void)
{
  DIR *list = opendir ("/proc/self/task");
  const struct dirent *entry;
  unsigned threads = 0;

  if (!list)
    return true;
  while ((entry = readdir (list)))
    threads += entry->d_name[0] != '.';
  closedir (list);
  return threads == 1;
}

/* Let the C library read now what it reads when it is first needed: texts in
   the user's language, and the time zone. */
static void
read_ahead (void)
{
  (void) _("out of memory");
  (void) strerror (EIO);
  tzset ();
}

static bool
lock_land (unsigned rights, struct failure *failure)
{
  if (landlock_restrict (rules, rule_count, rights))
    return true;
  return fail (failure, STATUS_ERROR,
               _("cannot give up files and folders: %s"), strerror (errno));
}

static void
describe (int landlock)
{
  char number[24] = "";

  if (landlocked)
    snprintf (number, sizeof number, ", landlock %d", landlock);
  snprintf (description, sizeof description, "%s%s%s%s%s",
            mode == CONFINE_LOG ? "log, " : "",
            IDENTITY_CAPABILITIES ? "no capabilities" : "no new privileges",
            number, filter_available () ? ", seccomp" : "",
            shares ? ", but for shared folders" : "");
}

/* Threads that have to keep more than main does. */
static bool
start_early (const struct confine_settings *settings, struct failure *failure)
{
  return !settings->start_early
    || settings->start_early (settings->context, failure);
}

/**
 * confine_process - give up what is not needed any more
 *
 * In the main thread, while it is the only one; all threads that are made
 * later are confined, too.
 */
bool
confine_process (const struct confine_settings *settings,
                 struct failure *failure)
{
  const int landlock = settings->mode == CONFINE_ON ? landlock_version () : 0;
  struct identity identity;

  if (!identity_find (&identity, settings->user, failure))
    return false;
  read_ahead ();
  if (!is_alone ())
    return fail (failure, STATUS_ERROR,
                 _("a thread runs before it is confined; this is a bug"));
  if (settings->mode != CONFINE_OFF
      && !filter_prepare (settings->mode, settings->roles, landlock > 0,
                          failure))
    return false;
  if (!identity_enter (settings->chroot, failure)
      || (settings->mode != CONFINE_OFF && !identity_drop_gains (failure))
      || !identity_take (&identity, failure))
    return false;
  if (settings->mode == CONFINE_OFF)
    {
      log_message (_("the guest is not confined"));
      forget_rules ();
      return start_early (settings, failure);
    }
  mode = settings->mode;
  landlocked = landlock > 0;
  if (!start_early (settings, failure)
      || !identity_drop_capabilities (CONFINE_MAIN, failure)
      || (landlocked && !lock_land (~SHARE_RIGHTS, failure)))
    return false;
  if (!filter_install (CONFINE_MAIN))
    return fail (failure, STATUS_ERROR,
                 _("cannot confine the guest by seccomp: %s; with"
                   " --confine=off it runs without"), strerror (errno));
  describe (landlock);
  log_verbose (_("confined: %s"), description);
  return true;
}

/** confine_seal - everything is made that had to be made: no more of that */
bool
confine_seal (struct failure *failure)
{
  if (landlocked && sealed_later
      && !lock_land (~(SHARE_RIGHTS | CONFINE_MAKE_FILES), failure))
    return false;
  forget_rules ();
  return true;
}

/**
 * confine_thread - the first thing that a new thread does
 *
 * A thread that cannot be confined does not run, nor does lguest.
 */
void
confine_thread (enum confine_role role)
{
  struct failure failure;

  if (mode == CONFINE_OFF)
    return;
  if (1u << role & CALL_EARLY_ROLES
      && (!identity_drop_capabilities (role, &failure)
          || (landlocked && !lock_land (role == CONFINE_SHARE
                                        ? CONFINE_SHARE_READ : SHARE_RIGHTS,
                                        &failure))))
    log_message ("%s", failure.text);
  else if (filter_install (role))
    return;
  else
    log_message (_("cannot confine a thread: %s"), strerror (errno));
  _exit (STATUS_ERROR);
}

/** confine_inherited - the same for a thread that one of its kind has made */
void
confine_inherited (enum confine_role role)
{
  filter_inherited (role);
}

/** confine_describe - what holds for this process, for "lguest status" */
const char *
confine_describe (void)
{
  return description;
}

/** confine_build - what this lguest can do of it, for --version */
const char *
confine_build (void)
{
  return "no_new_privs"
#ifdef HAVE_LIBCAP_NG
    ", capabilities"
#endif
#ifdef HAVE_LINUX_LANDLOCK_H
    ", Landlock"
#endif
#ifdef HAVE_LIBSECCOMP
    ", seccomp"
#endif
    ;
}
