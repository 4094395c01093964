/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model.h - the Guests that there are, and what is known of them.
 *
 * All of it belongs to the main thread.
 */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lguest/control.h>

#include "top/sample.h"
#include "top/watcher.h"

/* Guests beyond this are not looked at. */
#define MODEL_GUESTS_MAX 1024

/**
 * struct guest - one of them
 * @name: of it
 * @watcher: who asks
 * @before, @now: the last two samples that can be compared; NULL: none yet
 * @interval: from the one to the other
 * @result: how asking went the last time
 * @hung: the launcher takes too long to answer
 * @shown: it is there for users: it answered, or has crashed or hangs
 * @tagged: the user has marked it
 */
struct guest
{
  char name[LGUEST_NAME_MAX + 1];
  struct watcher *watcher;
  struct sample *before;
  struct sample *now;
  struct interval interval;
  enum lguest_result result;
  bool hung;
  bool shown;
  bool tagged;
};

/**
 * struct model - all of it
 * @bell: an eventfd: something new can be taken
 * @guests, @count: all there are, by name
 * @wanted, @wanted_count: names that the user wants; none: all
 * @totals: what intervals tell
 * @machine: that this runs on
 * @error: why no Guests could be found; or ""
 */
struct model
{
  int bell;
  struct guest *guests[MODEL_GUESTS_MAX];
  size_t count;
  char *const *wanted;
  size_t wanted_count;
  bool totals;
  struct machine_load machine;
  char error[256];
};

bool model_open (struct model *model, char *const *names, size_t count);
void model_close (struct model *model);
bool model_ask (struct model *model);
bool model_collect (struct model *model);
bool model_is_waiting (const struct model *model);
void model_set_totals (struct model *model, bool totals);
struct guest *model_find (const struct model *model, const char *name);

char guest_state_letter (const struct guest *guest);
const char *guest_state_name (const struct guest *guest);

#endif /* TOP_MODEL_H */
