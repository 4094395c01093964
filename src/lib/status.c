/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status.c - what a launcher says about its Guest.
 *
 * It is a list of keys and values.  Those of devices begin with the kind and
 * number of the device: "disk.0.path".  Keys that this library does not know
 * are kept, too.
 */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A launcher that tells more is mad. */
#define PAIRS_MAX 4096

#define KEY_BYTES 128

struct pair
{
  char *key;
  char *value;
};

/**
 * struct lguest_status - all that was said
 * @pairs: allocated, with all texts
 * @count: how many
 */
struct lguest_status
{
  struct pair *pairs;
  size_t count;
};

static const char *const state_names[] =
{
  [LGUEST_STATE_UNKNOWN] = "unknown",
  [LGUEST_STATE_RUNNING] = "running",
  [LGUEST_STATE_IDLE] = "idle",
  [LGUEST_STATE_PAUSED] = "paused",
  [LGUEST_STATE_STOPPING] = "stopping",
  [LGUEST_STATE_CRASHED] = "crashed",
};

#define STATES (sizeof state_names / sizeof *state_names)

static const char *const kind_names[] =
{
  [LGUEST_CONSOLE] = "console",
  [LGUEST_DISK] = "disk",
  [LGUEST_NET] = "net",
  [LGUEST_SHARE] = "share",
};

#define KINDS (sizeof kind_names / sizeof *kind_names)

const char *
lguest_state_name (enum lguest_state state)
{
  return state_names[state < STATES ? state : LGUEST_STATE_UNKNOWN];
}

static enum lguest_result
status_line (void *context, char *key, char *value)
{
  struct lguest_status *status = context;
  struct pair *more, *pair;

  if (status->count == PAIRS_MAX)
    return lguest__fail (LGUEST_BAD_ANSWER,
                         _("the launcher says too much about its guest"));
  more = realloc (status->pairs, (status->count + 1) * sizeof *more);
  if (!more)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  status->pairs = more;
  pair = &more[status->count++];
  pair->key = strdup (key);
  pair->value = strdup (value);
  if (!pair->key || !pair->value)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  return LGUEST_OK;
}

enum lguest_result
lguest_get_status (struct lguest_guest *guest, struct lguest_status **status)
{
  struct lguest_status *new = calloc (1, sizeof *new);
  enum lguest_result result;

  *status = NULL;
  if (!new)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  result = lguest__request (guest, LGUEST__ANSWER_MS, status_line, new, "status");
  if (result == LGUEST_OK)
    *status = new;
  else
    lguest_status_free (new);
  return result;
}

void
lguest_status_free (struct lguest_status *status)
{
  size_t i;

  if (!status)
    return;
  for (i = 0; i < status->count; i++)
    {
      free (status->pairs[i].key);
      free (status->pairs[i].value);
    }
  free (status->pairs);
  free (status);
}

/* NULL if the launcher did not say. */
static const char *
text (const struct lguest_status *status, const char *key)
{
  size_t i;

  for (i = 0; i < status->count; i++)
    if (strcmp (status->pairs[i].key, key) == 0)
      return status->pairs[i].value;
  return NULL;
}

static bool
number (const struct lguest_status *status, const char *key, uint64_t *value)
{
  const char *digits = text (status, key);
  char *end;

  *value = 0;
  if (!digits || !*digits || strspn (digits, "0123456789") != strlen (digits))
    return false;
  errno = 0;
  *value = strtoull (digits, &end, 10);
  return errno == 0;
}

static const char *
text_or_empty (const struct lguest_status *status, const char *key)
{
  const char *value = text (status, key);

  return value ? value : "";
}

static uint64_t
number_or_zero (const struct lguest_status *status, const char *key)
{
  uint64_t value;

  number (status, key, &value);
  return value;
}

const char *
lguest_status_name (const struct lguest_status *status)
{
  return text_or_empty (status, "name");
}

pid_t
lguest_status_pid (const struct lguest_status *status)
{
  return number_or_zero (status, "pid");
}

enum lguest_state
lguest_status_state (const struct lguest_status *status)
{
  const char *name = text_or_empty (status, "state");
  size_t i;

  for (i = 0; i < STATES; i++)
    if (strcmp (name, state_names[i]) == 0)
      return i;
  return LGUEST_STATE_UNKNOWN;
}

unsigned
lguest_status_vcpus (const struct lguest_status *status)
{
  return number_or_zero (status, "vcpus");
}

uint64_t
lguest_status_memory (const struct lguest_status *status)
{
  return number_or_zero (status, "memory");
}

int64_t
lguest_status_started (const struct lguest_status *status)
{
  return number_or_zero (status, "started");
}

uint64_t
lguest_status_uptime_ms (const struct lguest_status *status)
{
  return number_or_zero (status, "uptime-ms");
}

unsigned
lguest_status_restarts (const struct lguest_status *status)
{
  return number_or_zero (status, "restarts");
}

const char *
lguest_status_kernel (const struct lguest_status *status)
{
  return text_or_empty (status, "kernel");
}

const char *
lguest_status_command_line (const struct lguest_status *status)
{
  return text_or_empty (status, "command-line");
}

uid_t
lguest_status_uid (const struct lguest_status *status)
{
  return number_or_zero (status, "uid");
}

size_t
lguest_status_devices (const struct lguest_status *status,
                       enum lguest_device_kind kind)
{
  char key[KEY_BYTES];

  if (kind >= KINDS)
    return 0;
  snprintf (key, sizeof key, "%ss", kind_names[kind]);
  return number_or_zero (status, key);
}

/* False if there can be no such key. */
static bool
device_key (char *buffer, enum lguest_device_kind kind, size_t i,
            const char *key)
{
  int length;

  if (kind >= KINDS)
    return false;
  length = snprintf (buffer, KEY_BYTES, "%s.%zu.%s", kind_names[kind], i,
                     key);
  return length > 0 && length < KEY_BYTES;
}

const char *
lguest_status_device_text (const struct lguest_status *status,
                           enum lguest_device_kind kind, size_t i,
                           const char *key)
{
  char whole[KEY_BYTES];

  return device_key (whole, kind, i, key) ? text (status, whole) : NULL;
}

bool
lguest_status_device_number (const struct lguest_status *status,
                             enum lguest_device_kind kind, size_t i,
                             const char *key, uint64_t *value)
{
  char whole[KEY_BYTES];

  *value = 0;
  return device_key (whole, kind, i, key) && number (status, whole, value);
}

bool
lguest_status_pair (const struct lguest_status *status, size_t i,
                    const char **key, const char **value)
{
  if (i >= status->count)
    return false;
  *key = status->pairs[i].key;
  *value = status->pairs[i].value;
  return true;
}
