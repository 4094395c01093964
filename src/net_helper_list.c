/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_helper_list.c - who may use which bridge.
 *
 * A list with a mistake anywhere allows nothing at all: it may not mean what
 * its writer thinks.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "net_helper_list.h"
#include "net_interface.h"

/* Longer lines are mistakes. */
#define LINE_SIZE 256

/* "allow", a bridge, a group. */
#define WORDS_MAX 3

static const char blanks[] = " \t\r\n";

/* A group by its name or its number. */
static bool
find_group (const char *name, gid_t *group)
{
  const struct group *entry;
  unsigned long number;
  char *end;

  if (isdigit ((unsigned char) *name))
    {
      errno = 0;
      number = strtoul (name, &end, 10);
      *group = number;
      return *end == '\0' && errno == 0 && number < UINT_MAX;
    }
  entry = getgrnam (name);
  if (entry)
    *group = entry->gr_gid;
  return entry;
}

/**
 * net_helper_list_look - does the list allow this bridge to the caller?
 * @has_group: is the caller in this group?
 * @line: number of the bad line, with NET_HELPER_BAD_LIST
 *
 * A group that this system does not know is no mistake: nobody is in it.
 */
enum net_helper_result
net_helper_list_look (FILE *list, const char *bridge,
                      bool (*has_group) (gid_t group), unsigned *line)
{
  enum net_helper_result result = NET_HELPER_REFUSED;
  char text[LINE_SIZE];

  *line = 0;
  while (fgets (text, sizeof text, list))
    {
      char *words[WORDS_MAX + 1], *rest = NULL;
      unsigned count = 0;
      gid_t group;

      (*line)++;
      if (!strchr (text, '\n') && !feof (list))
        return NET_HELPER_BAD_LIST;
      text[strcspn (text, "#")] = '\0';
      words[0] = strtok_r (text, blanks, &rest);
      while (words[count] && count < WORDS_MAX)
        words[++count] = strtok_r (NULL, blanks, &rest);
      if (count == 0)
        continue;
      if (words[count] || count < 2 || strcmp (words[0], "allow") != 0
          || !net_interface_name_is_good (words[1]))
        return NET_HELPER_BAD_LIST;
      if (strcmp (words[1], bridge) == 0
          && (count == 2 || (find_group (words[2], &group)
                             && has_group (group))))
        result = NET_HELPER_DONE;
    }
  return ferror (list) ? NET_HELPER_NO_LIST : result;
}
