/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/identity.h - who a process is, and what it may as that.
 */
#ifndef CONFINE_IDENTITY_H
#define CONFINE_IDENTITY_H

#include <sys/types.h>

#include "confine/confine.h"

/* Can we give up capabilities? */
#ifdef HAVE_LIBCAP_NG
# define IDENTITY_CAPABILITIES 1
#else
# define IDENTITY_CAPABILITIES 0
#endif

/**
 * struct identity - a user to become
 * @user, @group: its numbers
 * @name: its name; allocated; NULL: stay who we are
 */
struct identity
{
  uid_t user;
  gid_t group;
  char *name;
};

bool identity_find (struct identity *identity, const char *name,
                    struct failure *failure);
bool identity_enter (const char *folder, struct failure *failure);
bool identity_drop_gains (struct failure *failure);
bool identity_take (const struct identity *identity,
                    struct failure *failure);
bool identity_drop_capabilities (enum confine_role role,
                                 struct failure *failure);

#endif /* CONFINE_IDENTITY_H */
