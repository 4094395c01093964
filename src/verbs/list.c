/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/list.c - lguest list and status.
 */
#include <config.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lguest/control.h>

#include "counters_json.h"
#include "i18n.h"
#include "json.h"
#include "log.h"
#include "status.h"
#include "verbs/verb.h"

#define DEVICE_KINDS 4

const struct verb_option verb_list_options[] =
{
  { "all", 'a', NULL, N_("those whose launchers have died, too") },
  { "json", 'j', NULL, N_("write JSON, for programs") },
  { NULL, 0, NULL, NULL },
};

const struct verb_option verb_status_options[] =
{
  { "json", 'j', NULL, N_("write JSON, for programs") },
  { NULL, 0, NULL, NULL },
};

/* Keys of devices, and what a list of them is called in JSON. */
static const struct
{
  const char *prefix;
  const char *plural;
} kinds[DEVICE_KINDS] =
{
  [LGUEST_CONSOLE] = { "console.", "consoles" },
  [LGUEST_DISK] = { "disk.", "disks" },
  [LGUEST_NET] = { "net.", "nets" },
  [LGUEST_SHARE] = { "share.", "shares" },
};

/* Values that are text even if there are only digits in them. */
static bool
is_text (const char *key)
{
  static const char *const texts[] =
    { "name", "state", "kernel", "command-line", "path", "type", "mode",
      "format", "overlay", "interface", "bridge", "mac", "link", "log" };
  const char *last = strrchr (key, '.');
  size_t i;

  last = last ? last + 1 : key;
  for (i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp (last, texts[i]) == 0)
      return true;
  return false;
}

static void
print_member (struct json *json, const char *key, const char *name,
              const char *value)
{
  json_name (json, name);
  if (is_text (key))
    json_text (json, value);
  else
    json_number (json, value);
}

/* All devices of one kind: a list of objects. */
static void
print_devices (struct json *json, const struct lguest_status *status,
               enum lguest_device_kind kind)
{
  const size_t count = lguest_status_devices (status, kind);
  const char *key, *value;
  char prefix[40];
  size_t i, j;

  json_name (json, kinds[kind].plural);
  json_begin (json, '[');
  for (i = 0; i < count; i++)
    {
      const int length = snprintf (prefix, sizeof prefix, "%s%zu.",
                                   kinds[kind].prefix, i);

      json_begin (json, '{');
      for (j = 0; lguest_status_pair (status, j, &key, &value); j++)
        if (strncmp (key, prefix, length) == 0)
          print_member (json, key, key + length, value);
      json_end (json, '}');
    }
  json_end (json, ']');
}

/* Is it about a device, or how many there are? */
static bool
is_about_device (const char *key)
{
  size_t i;

  for (i = 0; i < DEVICE_KINDS; i++)
    if (strncmp (key, kinds[i].prefix, strlen (kinds[i].prefix)) == 0
        || strcmp (key, kinds[i].plural) == 0)
      return true;
  return false;
}

/* @guest: also what is counted of it; NULL: not that. */
static void
print_json (struct json *json, const struct lguest_status *status,
            struct lguest_guest *guest)
{
  const char *key, *value;
  size_t i;

  json_begin (json, '{');
  for (i = 0; lguest_status_pair (status, i, &key, &value); i++)
    if (!is_about_device (key))
      print_member (json, key, key, value);
  for (i = 0; i < DEVICE_KINDS; i++)
    print_devices (json, status, i);
  if (guest)
    counters_json_print (json, guest);
  json_end (json, '}');
}

/* "512M" */
static void
format_size (char *text, size_t size, uint64_t bytes)
{
  static const char units[] = "BKMGT";
  size_t unit = 0;

  while (bytes >= 1024 && bytes % 1024 == 0 && unit + 2 < sizeof units)
    {
      bytes /= 1024;
      unit++;
    }
  snprintf (text, size, "%" PRIu64 "%c", bytes, units[unit]);
}

/* "2d03h", "01:17:05" */
static void
format_time (char *text, size_t size, uint64_t seconds)
{
  const unsigned days = seconds / 86400, rest = seconds % 86400;

  if (days)
    snprintf (text, size, "%ud%02uh", days, rest / 3600);
  else
    snprintf (text, size, "%02u:%02u:%02u", rest / 3600, rest / 60 % 60,
              rest % 60);
}

static void
print_row (const char *name, const struct lguest_status *status)
{
  char memory[32], uptime[32];

  if (!status)
    {
      printf ("%-20s %-9s\n", name,
              lguest_state_name (LGUEST_STATE_CRASHED));
      return;
    }
  format_size (memory, sizeof memory, lguest_status_memory (status));
  format_time (uptime, sizeof uptime,
               lguest_status_uptime_ms (status) / 1000);
  printf ("%-20s %-9s %7ld %4u %7s %s\n", name,
          lguest_state_name (lguest_status_state (status)),
          (long) lguest_status_pid (status), lguest_status_vcpus (status),
          memory, uptime);
}

/* One Guest of a list.  False after a message. */
static bool
list_one (const char *name, struct json *json)
{
  struct lguest_guest *guest = NULL;
  struct lguest_status *status = NULL;
  enum lguest_result result = lguest_connect (name, &guest);

  if (result == LGUEST_OK)
    result = lguest_get_status (guest, &status);
  lguest_disconnect (guest);
  /* It may have ended since it was found. */
  if (result == LGUEST_NO_GUEST || result == LGUEST_GONE)
    return true;
  if (result != LGUEST_OK && result != LGUEST_CRASHED)
    return verb_show_failure (result) == 0;
  if (!json)
    print_row (name, status);
  else if (status)
    print_json (json, status, NULL);
  else
    {
      json_begin (json, '{');
      json_name (json, "name");
      json_text (json, name);
      json_name (json, "state");
      json_text (json, lguest_state_name (LGUEST_STATE_CRASHED));
      json_end (json, '}');
    }
  lguest_status_free (status);
  return true;
}

int
verb_list (const struct verb *verb, int argc, char **argv)
{
  struct json json = { .file = stdout };
  struct lguest_names *names;
  bool as_json = false;
  unsigned flags = LGUEST_FIND_USERS;
  int option, status = 0;
  size_t i;

  while ((option = verb_next_option (verb, argc, argv)) != VERB_OPTIONS_END)
    switch (option)
      {
      case 'a':
        flags |= LGUEST_FIND_CRASHED;
        break;
      case 'j':
        as_json = true;
        break;
      case VERB_OPTIONS_HELP:
        return 0;
      default:
        return STATUS_USAGE;
      }
  if (optind < argc)
    return verb_usage_error (verb, _("this command takes no names; \"lguest"
                                     " status\" does"));
  if (lguest_find (flags, &names) != LGUEST_OK)
    {
      log_message ("%s", lguest_error_text ());
      return STATUS_ERROR;
    }
  if (as_json)
    json_begin (&json, '[');
  else
    printf ("%-20s %-9s %7s %4s %7s %s\n", _("NAME"), _("STATE"), _("PID"),
            _("CPUS"), _("MEMORY"), _("UPTIME"));
  for (i = 0; i < lguest_names_count (names); i++)
    if (!list_one (lguest_names_get (names, i), as_json ? &json : NULL))
      status = STATUS_ERROR;
  if (as_json)
    json_end (&json, ']');
  lguest_names_free (names);
  return status;
}

int
verb_status (const struct verb *verb, int argc, char **argv)
{
  struct json json = { .file = stdout };
  struct lguest_guest *guest;
  struct lguest_status *status;
  const char *key, *value;
  enum lguest_result result;
  bool as_json = false;
  int option;
  size_t i;

  while ((option = verb_next_option (verb, argc, argv)) != VERB_OPTIONS_END)
    switch (option)
      {
      case 'j':
        as_json = true;
        break;
      case VERB_OPTIONS_HELP:
        return 0;
      default:
        return STATUS_USAGE;
      }
  if (argc - optind != 1)
    return verb_usage_error (verb, _("which guest?"));
  guest = verb_connect (argv[optind]);
  if (!guest)
    return STATUS_ERROR;
  result = lguest_refresh (guest);
  if (result == LGUEST_OK || result == LGUEST_BAD_REQUEST)
    result = lguest_get_status (guest, &status);
  if (result != LGUEST_OK)
    {
      lguest_disconnect (guest);
      return verb_show_failure (result);
    }
  if (as_json)
    print_json (&json, status, guest);
  else
    for (i = 0; lguest_status_pair (status, i, &key, &value); i++)
      {
        printf ("%s: ", key);
        verb_print_clean (value);
        putchar ('\n');
      }
  lguest_status_free (status);
  lguest_disconnect (guest);
  return 0;
}
