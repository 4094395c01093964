/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.c - the console's escape key, and what comes behind it.
 */
#include <config.h>

#include "escape.h"

/** escape_feed - what does this key mean? */
enum escape_meaning
escape_feed (struct escape *escape, uint8_t key)
{
  switch (escape->state)
    {
    case ESCAPE_STATE_NONE:
      if (key != escape->key)
        return ESCAPE_TYPE;
      escape->state = ESCAPE_STATE_KEY;
      return ESCAPE_BEGUN;
    case ESCAPE_STATE_SYSRQ:
      escape->state = ESCAPE_STATE_NONE;
      return ESCAPE_SYSRQ;
    default:
      break;
    }
  escape->state = ESCAPE_STATE_NONE;
  if (key == escape->key)
    return ESCAPE_TYPE;
  switch (key)
    {
    case 'q':
    case 'x':
      return ESCAPE_QUIT;
    case 'd':
      return ESCAPE_DETACH;
    case 'p':
      return ESCAPE_PAUSE;
    case 's':
      escape->state = ESCAPE_STATE_SYSRQ;
      return ESCAPE_BEGUN;
    case 't':
      return ESCAPE_TOP;
    case 'h':
    case '?':
      return ESCAPE_HELP;
    default:
      return ESCAPE_UNKNOWN;
    }
}

/** escape_name - "^]", for messages */
void
escape_name (const struct escape *escape, char name[3])
{
  name[0] = '^';
  name[1] = escape->key + '@';
  name[2] = '\0';
}
