/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.h - the console's escape key, and what comes behind it.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdint.h>

/* Value of struct escape's key for "none". */
#define ESCAPE_NONE (-1)

/* ^] */
#define ESCAPE_DEFAULT (']' & 0x1f)

/* What a key means. */
enum escape_meaning
{
  ESCAPE_TYPE,                  /* it is the Guest's */
  ESCAPE_BEGUN,                 /* the next one will tell */
  ESCAPE_QUIT,
  ESCAPE_DETACH,
  ESCAPE_PAUSE,                 /* or resume */
  ESCAPE_SYSRQ,                 /* the key itself is the SysRq key */
  ESCAPE_TOP,
  ESCAPE_HELP,
  ESCAPE_UNKNOWN,
};

/**
 * struct escape - where we are
 * @key: the escape key, or ESCAPE_NONE
 * @state: how much of a sequence has come: none, the escape key, that and "s"
 */
struct escape
{
  int key;
  enum { ESCAPE_STATE_NONE, ESCAPE_STATE_KEY, ESCAPE_STATE_SYSRQ } state;
};

enum escape_meaning escape_feed (struct escape *escape, uint8_t key);
void escape_name (const struct escape *escape, char name[3]);

#endif /* ESCAPE_H */
