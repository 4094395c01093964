/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_check.c - is standard input one JSON text?  And is what it says this?
 *
 *	json_check [PATH VALUE]...
 *
 * PATH is names and indices joined by "/": "0/disks/1/path".  VALUE is as it
 * stands in the text, with its quotation marks.  Exits with 0 if all is so.
 */
#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1 << 20)
#define PATH_MAX_BYTES 1024
#define DEPTH_MAX 64

static char text[TEXT_MAX + 1];
static const char *at = text;
static char path[PATH_MAX_BYTES];
static char **wanted;
static unsigned *found;
static int wanted_count;

static void
bad (const char *why)
{
  fprintf (stderr, "json: %s at byte %ld: %.30s\n", why, (long) (at - text),
           at);
  exit (1);
}

static void
skip_space (void)
{
  at += strspn (at, " \t\r\n");
}

static void
check_text (void)
{
  if (*at++ != '"')
    bad ("no text");
  while (*at != '"')
    {
      if ((unsigned char) *at < ' ')
        bad ("a control character");
      if (*at == '\\')
        {
          at++;
          if (*at == 'u')
            {
              if (strspn (at + 1, "0123456789abcdefABCDEF") < 4)
                bad ("no four digits");
              at += 4;
            }
          else if (!*at || !strchr ("\"\\/bfnrt", *at))
            bad ("no escape");
        }
      at++;
    }
  at++;
}

static void
check_number (void)
{
  at += *at == '-';
  if (*at == '0' && at[1] >= '0' && at[1] <= '9')
    bad ("a zero before a number");
  if (!strspn (at, "0123456789"))
    bad ("no value");
  at += strspn (at, "0123456789");
  if (*at == '.')
    {
      at++;
      if (!strspn (at, "0123456789"))
        bad ("no digits behind the point");
      at += strspn (at, "0123456789");
    }
}

static void check_value (unsigned depth);

/* A list or object; each member's path is @path and its name. */
static void
check_members (unsigned depth, char end)
{
  const size_t length = strlen (path);
  unsigned i;

  at++;
  skip_space ();
  if (*at == end)
    {
      at++;
      return;
    }
  for (i = 0;; i++)
    {
      skip_space ();
      if (end == ']')
        snprintf (path + length, sizeof path - length, "%s%u",
                  length ? "/" : "", i);
      else
        {
          const char *name = at + 1;

          check_text ();
          snprintf (path + length, sizeof path - length, "%s%.*s",
                    length ? "/" : "", (int) (at - 1 - name), name);
          skip_space ();
          if (*at++ != ':')
            bad ("no colon");
        }
      check_value (depth + 1);
      path[length] = '\0';
      skip_space ();
      if (*at == end)
        break;
      if (*at++ != ',')
        bad ("no comma");
    }
  at++;
}

static void
check_value (unsigned depth)
{
  const char *start;
  int i;

  if (depth > DEPTH_MAX)
    bad ("too deep");
  skip_space ();
  start = at;
  if (*at == '{')
    check_members (depth, '}');
  else if (*at == '[')
    check_members (depth, ']');
  else if (*at == '"')
    check_text ();
  else if (strncmp (at, "true", 4) == 0 || strncmp (at, "null", 4) == 0)
    at += 4;
  else if (strncmp (at, "false", 5) == 0)
    at += 5;
  else
    check_number ();
  for (i = 0; i < wanted_count; i++)
    if (strcmp (wanted[2 * i], path) == 0
        && strlen (wanted[2 * i + 1]) == (size_t) (at - start)
        && strncmp (wanted[2 * i + 1], start, at - start) == 0)
      found[i] = 1;
}

int
main (int argc, char **argv)
{
  int i, status = 0;

  wanted = argv + 1;
  wanted_count = (argc - 1) / 2;
  found = calloc (wanted_count + 1, sizeof *found);
  text[fread (text, 1, TEXT_MAX, stdin)] = '\0';
  check_value (0);
  skip_space ();
  if (*at)
    bad ("something behind the value");
  for (i = 0; i < wanted_count; i++)
    if (!found[i])
      {
        fprintf (stderr, "json: %s is not %s\n", wanted[2 * i],
                 wanted[2 * i + 1]);
        status = 1;
      }
  return status;
}
