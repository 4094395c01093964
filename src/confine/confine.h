/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/confine.h - a launcher gives up all that it does not need.
 *
 * A Guest may be hostile, and so may the image of a disk be.  So before any of
 * them is read, the launcher opens all that it will ever need, and then gives
 * up its capabilities, the way to new ones, all files and folders (Landlock),
 * and most system calls (seccomp).  Each kind of thread then gives up more.
 *
 * Who serves a folder has to open files at any time.  That thread starts
 * earlier, and has another confinement: that folder and what is done with files,
 * and nothing of what the others have.
 *
 * All of it is the process's: there is one confinement, and no way back.
 */
#ifndef CONFINE_CONFINE_H
#define CONFINE_CONFINE_H

#include <stdbool.h>

#include "failure.h"

/* In the order of the option's words. */
enum confine_mode
{
  CONFINE_ON,
  CONFINE_LOG,                  /* forbidden system calls are let through, but
                                   the kernel logs them; no Landlock */
  CONFINE_OFF,                  /* for debugging */
};

/**
 * enum confine_role - kinds of threads
 * @CONFINE_MAIN: may do what all others may, and more
 * @CONFINE_VCPU: runs a vcpu
 * @CONFINE_DISK: serves a disk; makes others of its kind
 * @CONFINE_NET: serves a network card
 * @CONFINE_WORKER: writes what a console says, takes back memory
 * @CONFINE_SHARE: serves a folder that can only be read
 * @CONFINE_SHARE_CHANGE: serves a folder that can be changed
 *
 * The last two start early: see struct confine_settings.
 */
enum confine_role
{
  CONFINE_MAIN,
  CONFINE_VCPU,
  CONFINE_DISK,
  CONFINE_NET,
  CONFINE_WORKER,
  CONFINE_SHARE,
  CONFINE_SHARE_CHANGE,
  CONFINE_ROLES
};

/* What is allowed in a folder. */
enum confine_right
{
  CONFINE_READ = 1,             /* open files and folders to read them */
  CONFINE_REMOVE_FILES = 2,
  CONFINE_REMOVE_FOLDERS = 4,
  CONFINE_MAKE_FILES = 8,       /* until confine_seal() */
  CONFINE_SHARE_READ = 16,      /* the threads that serve folders read all */
  CONFINE_SHARE_WRITE = 32,     /* and do all that can be done with files */
};

/**
 * struct confine_settings - what the user wants
 * @mode: how much
 * @user: become this one; or NULL
 * @chroot: the only folder that exists any more; or NULL
 * @roles: kinds of threads that there will be, bits by enum confine_role;
 *   main is one anyway.  A thread of another kind will not run.
 * @start_early: start the threads that serve folders; or NULL.  Called when
 *   it is settled who we are, and before anything else is given up.  Each
 *   thread has called confine_thread() before this returns.
 * @context: its argument
 */
struct confine_settings
{
  enum confine_mode mode;
  const char *user;
  const char *chroot;
  unsigned roles;
  bool (*start_early) (void *context, struct failure *failure);
  void *context;
};

bool confine_allow (int folder, unsigned rights);
bool confine_allow_path (const char *folder, unsigned rights);
bool confine_process (const struct confine_settings *settings,
                      struct failure *failure);
bool confine_seal (struct failure *failure);
void confine_thread (enum confine_role role);
void confine_inherited (enum confine_role role);
const char *confine_describe (void);
const char *confine_build (void);

/* What a thread does that has made a forbidden call: filter.c. */
extern void (*confine_end) (void);
extern int confine_bell;

#endif /* CONFINE_CONFINE_H */
