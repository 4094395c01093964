/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/calls.h - which system calls each kind of thread may make.
 */
#ifndef CONFINE_CALLS_H
#define CONFINE_CALLS_H

#include <stdint.h>

#include "confine/confine.h"

/* What else must be true of a call. */
enum call_check
{
  CALL_ANY,                     /* nothing */
  CALL_NO_CODE,                 /* mmap, mprotect: not executable */
  CALL_THREAD,                  /* clone: a thread, no process */
  CALL_READ_ONLY,               /* openat: only to read what is there */
  CALL_ARGUMENT,                /* argument @number is @value */
  CALL_OURSELVES,               /* argument 0 is our process's number */
  CALL_REFUSED,                 /* it fails with @value: what makes it knows
                                   what to do then */
};

/**
 * struct call - a system call
 * @name: as libseccomp knows it.  Names that an architecture has not are
 *   passed over.
 * @roles: kinds of threads, bits by enum confine_role.  The main thread may
 *   make all that those make that come from it, as filters are only ever added
 *   to.
 * @check: what else must be true
 * @number, @value: for that
 */
struct call
{
  const char *name;
  unsigned roles;
  enum call_check check;
  unsigned number;
  uint64_t value;
};

/* Threads that do not come from a confined main thread. */
#define CALL_EARLY_ROLES (1u << CONFINE_SHARE | 1u << CONFINE_SHARE_CHANGE)

extern const struct call confine_calls[];
extern const unsigned confine_call_count;

#endif /* CONFINE_CALLS_H */
