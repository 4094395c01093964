/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/simple.c - verbs that ask a Guest's launcher for one thing: pause,
 * resume, reset, nmi, sysrq, set.
 */
#include <config.h>

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <lguest/control.h>

#include "i18n.h"
#include "log.h"
#include "status.h"
#include "verbs/verb.h"

/**
 * verb_connect - to a Guest; NULL after a message
 */
struct lguest_guest *
verb_connect (const char *name)
{
  struct lguest_guest *guest;

  if (lguest_connect (name, &guest) == LGUEST_OK)
    return guest;
  log_message ("%s", lguest_error_text ());
  return NULL;
}

/** verb_show_failure - if it is one; returns the status to exit with */
int
verb_show_failure (enum lguest_result result)
{
  if (result == LGUEST_OK)
    return 0;
  log_message ("%s", lguest_error_text ());
  return result == LGUEST_BAD_NAME ? STATUS_USAGE : STATUS_ERROR;
}

/** verb_no_options - go through a command that has none but --help */
bool
verb_no_options (const struct verb *verb, int argc, char **argv, int *status)
{
  switch (verb_next_option (verb, argc, argv))
    {
    case VERB_OPTIONS_END:
      return true;
    case VERB_OPTIONS_HELP:
      *status = 0;
      return false;
    default:
      *status = STATUS_USAGE;
      return false;
    }
}

/** verb_print_clean - a text that may play with the terminal, without that */
void
verb_print_clean (const char *text)
{
  for (; *text; text++)
    putchar (iscntrl ((unsigned char) *text) ? '?' : *text);
}

/* The same for each Guest whose name is given. */
static int
for_each (const struct verb *verb, int argc, char **argv,
          enum lguest_result (*function) (struct lguest_guest *guest))
{
  int i, status = 0;

  if (!verb_no_options (verb, argc, argv, &status))
    return status;
  if (optind == argc)
    return verb_usage_error (verb, _("which guest?"));
  for (i = optind; i < argc; i++)
    {
      struct lguest_guest *guest = verb_connect (argv[i]);

      if (!guest || verb_show_failure (function (guest)) != 0)
        status = STATUS_ERROR;
      lguest_disconnect (guest);
    }
  return status;
}

int
verb_pause (const struct verb *verb, int argc, char **argv)
{
  return for_each (verb, argc, argv, lguest_pause);
}

int
verb_resume (const struct verb *verb, int argc, char **argv)
{
  return for_each (verb, argc, argv, lguest_resume);
}

int
verb_reset (const struct verb *verb, int argc, char **argv)
{
  return for_each (verb, argc, argv, lguest_reset);
}

int
verb_nmi (const struct verb *verb, int argc, char **argv)
{
  return for_each (verb, argc, argv, lguest_nmi);
}

int
verb_sysrq (const struct verb *verb, int argc, char **argv)
{
  struct lguest_guest *guest;
  int status = 0;

  if (!verb_no_options (verb, argc, argv, &status))
    return status;
  if (argc - optind != 2)
    return verb_usage_error (verb, _("which key, and which guest?"));
  if (strlen (argv[optind]) != 1)
    return verb_usage_error (verb, _("\"%s\" is no SysRq key"),
                             argv[optind]);
  guest = verb_connect (argv[optind + 1]);
  if (!guest)
    return STATUS_ERROR;
  status = verb_show_failure (lguest_sysrq (guest, argv[optind][0]));
  lguest_disconnect (guest);
  return status;
}

int
verb_set (const struct verb *verb, int argc, char **argv)
{
  struct lguest_guest *guest;
  int i, status = 0;

  if (!verb_no_options (verb, argc, argv, &status))
    return status;
  if (argc - optind < 2)
    return verb_usage_error (verb, _("which guest, and what?"));
  for (i = optind + 1; i < argc; i++)
    if (!strchr (argv[i], '='))
      return verb_usage_error (verb, _("\"%s\" is not KEY=VALUE"), argv[i]);
  guest = verb_connect (argv[optind]);
  if (!guest)
    return STATUS_ERROR;
  for (i = optind + 1; i < argc && status == 0; i++)
    {
      char *value = strchr (argv[i], '=');

      *value++ = '\0';
      status = verb_show_failure (lguest_set (guest, argv[i], value));
    }
  lguest_disconnect (guest);
  return status;
}
