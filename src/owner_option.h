/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_option.h - who may control a Guest, besides root and who runs it.
 */
#ifndef OWNER_OPTION_H
#define OWNER_OPTION_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "failure.h"

/**
 * struct owner_option - --owner
 * @user, @group: -1: nobody
 */
struct owner_option
{
  uid_t user;
  gid_t group;
};

bool owner_parse (void *field, const char *text, struct failure *failure);
void owner_print (const void *field, FILE *file);

#endif /* OWNER_OPTION_H */
