/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/stop.c - lguest stop and wait.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include <lguest/control.h>

#include "i18n.h"
#include "log.h"
#include "status.h"
#include "verbs/verb.h"

#define DEFAULT_SECONDS 30

/* A Guest that cannot be asked now, as it is just starting, is asked again. */
#define ASK_AGAIN_MS 500

/* What a launcher may take to end a Guest by force. */
#define KILL_MS 10000

const struct verb_option verb_stop_options[] =
{
  { "all", 'a', NULL, N_("all guests of yours") },
  { "force", 'f', NULL, N_("do not ask, end it now") },
  { "timeout", 't', N_("SECONDS"),
    N_("how long to wait before it is ended by force [30]") },
  { NULL, 0, NULL, NULL },
};

const struct verb_option verb_wait_options[] =
{
  { "timeout", 't', N_("SECONDS"), N_("the longest to wait") },
  { NULL, 0, NULL, NULL },
};

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A number of seconds, as milliseconds. */
static bool
parse_seconds (const char *text, int *ms)
{
  unsigned long seconds;
  char *end;

  errno = 0;
  seconds = strtoul (text, &end, 10);
  if (!isdigit ((unsigned char) *text) || *end || errno
      || seconds > INT_MAX / 1000)
    return false;
  *ms = seconds * 1000;
  return true;
}

/**
 * struct stopping - a Guest that is being stopped
 * @name: of it
 * @guest: connection; NULL: it has ended, or there is none
 * @asked: it knows
 */
struct stopping
{
  const char *name;
  struct lguest_guest *guest;
  bool asked;
};

/* Ask it, if that has not worked before. */
static int
ask (struct stopping *stopping)
{
  enum lguest_result result;

  if (!stopping->guest || stopping->asked)
    return 0;
  result = lguest_stop (stopping->guest, LGUEST_STOP_ASK);
  stopping->asked = result == LGUEST_OK;
  if (result == LGUEST_OK || result == LGUEST_NOT_SUPPORTED
      || result == LGUEST_GONE)
    return 0;
  return verb_show_failure (result);
}

static int
end_by_force (struct stopping *stopping)
{
  enum lguest_result result;
  int exit_status;

  if (!stopping->guest)
    return 0;
  result = lguest_stop (stopping->guest, LGUEST_STOP_KILL);
  if (result == LGUEST_OK)
    result = lguest_wait (stopping->guest, KILL_MS, &exit_status);
  return verb_show_failure (result);
}

/* Has it ended by then? */
static bool
has_ended (struct stopping *stopping, int64_t deadline)
{
  int64_t rest = deadline - now_ms ();
  int exit_status;

  if (!stopping->guest)
    return true;
  if (lguest_wait (stopping->guest, rest > 0 ? rest : 0, &exit_status)
      == LGUEST_LATE)
    return false;
  lguest_disconnect (stopping->guest);
  stopping->guest = NULL;
  return true;
}

static int
stop_all (struct stopping *all, size_t count, int timeout_ms, bool force)
{
  const int64_t deadline = now_ms () + timeout_ms;
  bool waiting = !force;
  int status = 0;
  size_t i;

  while (waiting)
    {
      int64_t until = now_ms () + ASK_AGAIN_MS;

      if (until > deadline)
        until = deadline;
      for (i = 0; i < count; i++)
        if (ask (&all[i]) != 0)
          status = STATUS_ERROR;
      waiting = false;
      for (i = 0; i < count; i++)
        if (!has_ended (&all[i], until))
          waiting = true;
      if (now_ms () >= deadline)
        break;
    }
  for (i = 0; i < count; i++)
    {
      if (all[i].guest && !force)
        log_message (all[i].asked
                     ? _("%s: did not stop in %d seconds; ended by force")
                     : _("%s: cannot be asked to stop; ended by force"
                         " after %d seconds"), all[i].name,
                     timeout_ms / 1000);
      if (end_by_force (&all[i]) != 0)
        status = STATUS_ERROR;
      lguest_disconnect (all[i].guest);
    }
  return status;
}

int
verb_stop (const struct verb *verb, int argc, char **argv)
{
  int timeout_ms = DEFAULT_SECONDS * 1000, option, status = 0;
  bool everyone = false, force = false;
  struct lguest_names *names = NULL;
  struct stopping *all;
  size_t i, count;

  while ((option = verb_next_option (verb, argc, argv)) != VERB_OPTIONS_END)
    switch (option)
      {
      case 'a':
        everyone = true;
        break;
      case 'f':
        force = true;
        break;
      case 't':
        if (!parse_seconds (optarg, &timeout_ms))
          return verb_usage_error (verb, _("\"%s\" is no number of seconds"),
                                   optarg);
        break;
      case VERB_OPTIONS_HELP:
        return 0;
      default:
        return STATUS_USAGE;
      }
  if (everyone != (optind == argc))
    return verb_usage_error (verb, everyone
                             ? _("either all guests or some, not both")
                             : _("which guest?"));
  if (everyone && lguest_find (0, &names) != LGUEST_OK)
    {
      log_message ("%s", lguest_error_text ());
      return STATUS_ERROR;
    }
  count = everyone ? lguest_names_count (names) : (size_t) (argc - optind);
  all = calloc (count + 1, sizeof *all);
  for (i = 0; all && i < count; i++)
    {
      all[i].name = everyone ? lguest_names_get (names, i)
        : argv[optind + i];
      all[i].guest = verb_connect (all[i].name);
      if (!all[i].guest)
        status = STATUS_ERROR;
    }
  if (!all)
    {
      log_message (_("out of memory"));
      status = STATUS_ERROR;
    }
  else if (stop_all (all, count, timeout_ms, force) != 0)
    status = STATUS_ERROR;
  free (all);
  lguest_names_free (names);
  return status;
}

int
verb_wait (const struct verb *verb, int argc, char **argv)
{
  int timeout_ms = -1, option, status = 0, i;
  int64_t deadline;

  while ((option = verb_next_option (verb, argc, argv)) != VERB_OPTIONS_END)
    switch (option)
      {
      case 't':
        if (!parse_seconds (optarg, &timeout_ms))
          return verb_usage_error (verb, _("\"%s\" is no number of seconds"),
                                   optarg);
        break;
      case VERB_OPTIONS_HELP:
        return 0;
      default:
        return STATUS_USAGE;
      }
  if (optind == argc)
    return verb_usage_error (verb, _("which guest?"));
  deadline = now_ms () + timeout_ms;
  for (i = optind; i < argc; i++)
    {
      struct lguest_guest *guest = verb_connect (argv[i]);
      int64_t rest = deadline - now_ms ();
      enum lguest_result result;
      int one;

      if (!guest)
        one = STATUS_ERROR;
      else
        {
          result = lguest_wait (guest, timeout_ms < 0 ? -1
                                : rest > 0 ? rest : 0, &one);
          if (result == LGUEST_LATE)
            one = STATUS_TIMEOUT;
          else if (result != LGUEST_OK)
            one = verb_show_failure (result);
          else if (one < 0)
            {
              log_message (_("%s: the guest's launcher has died"), argv[i]);
              one = STATUS_ERROR;
            }
        }
      lguest_disconnect (guest);
      if (status == 0)
        status = one;
    }
  return status;
}
