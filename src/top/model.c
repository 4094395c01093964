/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model.c - the Guests that there are, and what is known of them.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "top/model.h"

/* A launcher that takes longer than this hangs. */
#define HUNG_NS 1500000000

static const struct
{
  const char *name;
  char letter;
} states[] =
{
  [LGUEST_STATE_UNKNOWN] = { "unknown", '?' },
  [LGUEST_STATE_RUNNING] = { "running", 'R' },
  [LGUEST_STATE_IDLE] = { "idle", 'I' },
  [LGUEST_STATE_PAUSED] = { "paused", 'P' },
  [LGUEST_STATE_STOPPING] = { "stopping", 'S' },
  [LGUEST_STATE_CRASHED] = { "crashed", 'X' },
};

#define STATES (sizeof states / sizeof *states)

/** model_open - @names are kept; false if there are no file descriptors */
bool
model_open (struct model *model, char *const *names, size_t count)
{
  memset (model, 0, sizeof *model);
  model->wanted = names;
  model->wanted_count = count;
  model->bell = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  machine_load_read (&model->machine);
  return model->bell >= 0;
}

static void
destroy (struct guest *guest)
{
  watcher_end (guest->watcher);
  sample_free (guest->before);
  sample_free (guest->now);
  free (guest);
}

/** model_close - watchers may go on for a while, and ring the bell, too */
void
model_close (struct model *model)
{
  while (model->count)
    destroy (model->guests[--model->count]);
}

static bool
is_wanted (const struct model *model, const char *name)
{
  size_t i;

  for (i = 0; i < model->wanted_count; i++)
    if (strcmp (model->wanted[i], name) == 0)
      return true;
  return model->wanted_count == 0;
}

static struct guest *
create (const struct model *model, const char *name)
{
  struct guest *guest = calloc (1, sizeof *guest);

  if (!guest)
    return NULL;
  strncpy (guest->name, name, LGUEST_NAME_MAX);
  guest->watcher = watcher_start (name, model->bell);
  if (guest->watcher)
    return guest;
  free (guest);
  return NULL;
}

/* Both lists are sorted by name.  True if there is any change. */
static bool
compare_with (struct model *model, const struct lguest_names *names)
{
  struct guest *old[MODEL_GUESTS_MAX];
  const size_t old_count = model->count;
  const char *name;
  bool changed = false;
  size_t i = 0, j = 0;

  memcpy (old, model->guests, old_count * sizeof *old);
  model->count = 0;
  while ((name = lguest_names_get (names, j)) || i < old_count)
    {
      const int order = !name ? -1 : i == old_count ? 1
        : strcmp (old[i]->name, name);
      struct guest *guest = NULL;

      changed |= order != 0;
      if (order < 0)
        destroy (old[i++]);
      else if (order == 0)
        {
          guest = old[i++];
          j++;
        }
      else
        {
          j++;
          if (is_wanted (model, name) && model->count < MODEL_GUESTS_MAX)
            guest = create (model, name);
        }
      if (!guest)
        continue;
      if (model->count < MODEL_GUESTS_MAX)
        model->guests[model->count++] = guest;
      else
        destroy (guest);
    }
  return changed;
}

/**
 * model_ask - see which Guests there are, and ask each how it is
 *
 * True if some have come or gone.  Those that have gone are freed: what points
 * to them must not be used any more.
 */
bool
model_ask (struct model *model)
{
  struct lguest_names *names;
  bool changed = false;
  size_t i;

  machine_load_read (&model->machine);
  model->error[0] = '\0';
  if (lguest_find (LGUEST_FIND_UNASKED | LGUEST_FIND_USERS, &names)
      == LGUEST_OK)
    {
      changed = compare_with (model, names);
      lguest_names_free (names);
    }
  else
    snprintf (model->error, sizeof model->error, "%s", lguest_error_text ());
  for (i = 0; i < model->count; i++)
    watcher_ask (model->guests[i]->watcher);
  return changed;
}

static void
set_interval (const struct model *model, struct guest *guest)
{
  interval_set (&guest->interval, guest->before, guest->now);
  guest->interval.totals = model->totals;
}

/* What asking gave, if that is something new. */
static bool
take (const struct model *model, struct guest *guest)
{
  struct sample *sample = watcher_take_sample (guest->watcher);

  if (!sample)
    return false;
  guest->result = sample->result;
  guest->hung = sample->result == LGUEST_LATE;
  guest->shown = sample->result != LGUEST_NO_GUEST
    && sample->result != LGUEST_NOT_ALLOWED
    && sample->result != LGUEST_BAD_NAME;
  if (sample->result == LGUEST_OK)
    {
      sample_free (guest->before);
      guest->before = guest->now;
      guest->now = sample;
    }
  else
    {
      sample_free (sample);
      /* What it did is known no more, what it is, still is. */
      sample_free (guest->before);
      guest->before = NULL;
    }
  set_interval (model, guest);
  return true;
}

/** model_collect - take what watchers have; true if there was something */
bool
model_collect (struct model *model)
{
  const int64_t now = sample_clock_ns ();
  bool something = false;
  eventfd_t rings;
  size_t i;

  eventfd_read (model->bell, &rings);
  for (i = 0; i < model->count; i++)
    {
      struct guest *guest = model->guests[i];
      int64_t since;

      something |= take (model, guest);
      if (watcher_is_busy (guest->watcher, &since) && now - since > HUNG_NS
          && !guest->hung)
        {
          guest->hung = guest->shown = something = true;
          sample_free (guest->before);
          guest->before = NULL;
          set_interval (model, guest);
        }
    }
  return something;
}

/** model_is_waiting - for an answer of a launcher that does not hang? */
bool
model_is_waiting (const struct model *model)
{
  int64_t since;
  size_t i;

  for (i = 0; i < model->count; i++)
    if (!model->guests[i]->hung
        && watcher_is_busy (model->guests[i]->watcher, &since))
      return true;
  return false;
}

/** model_set_totals - what intervals shall tell: since the start, or now */
void
model_set_totals (struct model *model, bool totals)
{
  size_t i;

  model->totals = totals;
  for (i = 0; i < model->count; i++)
    set_interval (model, model->guests[i]);
}

/** model_find - by name; NULL if it is not there */
struct guest *
model_find (const struct model *model, const char *name)
{
  size_t i;

  for (i = 0; i < model->count; i++)
    if (strcmp (model->guests[i]->name, name) == 0)
      return model->guests[i];
  return NULL;
}

/** guest_state_letter - R I P S X; H: its launcher hangs; "?" */
char
guest_state_letter (const struct guest *guest)
{
  enum lguest_state state;

  if (guest->hung)
    return 'H';
  if (guest->result == LGUEST_CRASHED || guest->result == LGUEST_GONE)
    return 'X';
  if (guest->result != LGUEST_OK || !guest->now)
    return '?';
  state = lguest_status_state (guest->now->status);
  return states[state < STATES ? state : 0].letter;
}

/** guest_state_name - the same in a word, not translated */
const char *
guest_state_name (const struct guest *guest)
{
  const char letter = guest_state_letter (guest);
  size_t i;

  for (i = 0; i < STATES; i++)
    if (states[i].letter == letter)
      return states[i].name;
  return "hung";
}
