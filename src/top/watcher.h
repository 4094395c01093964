/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watcher.h - a thread that talks to one Guest's launcher.
 *
 * A launcher may be stopped, or mad, and take its time: only its watcher waits
 * for it.  All functions here return at once.
 */
#ifndef TOP_WATCHER_H
#define TOP_WATCHER_H

#include <stdbool.h>
#include <stdint.h>

#include <lguest/control.h>

#include "top/sample.h"

/** enum wish - what a user can have done to a Guest */
enum wish
{
  WISH_PAUSE,
  WISH_RESUME,
  WISH_STOP,
  WISH_KILL,
  WISH_SYSRQ,
  WISH_CONSOLE,                 /* attach to it */
  WISH_RESIZE,                  /* tell it the console's size */
};

/**
 * struct errand - a wish, and what became of it
 * @wish: what
 * @key: of WISH_SYSRQ
 * @columns, @rows: of WISH_RESIZE
 * @result: how it went
 * @fd: WISH_CONSOLE: the console; to be closed
 * @error: allocated; NULL if all went well, or there is no memory
 */
struct errand
{
  enum wish wish;
  char key;
  unsigned columns;
  unsigned rows;
  enum lguest_result result;
  int fd;
  char *error;
};

struct watcher;

struct watcher *watcher_start (const char *name, int bell);
void watcher_end (struct watcher *watcher);
void watcher_ask (struct watcher *watcher);
bool watcher_wish (struct watcher *watcher, const struct errand *errand);
struct sample *watcher_take_sample (struct watcher *watcher);
bool watcher_take_errand (struct watcher *watcher, struct errand *errand);
bool watcher_is_busy (struct watcher *watcher, int64_t *since_ns);

#endif /* TOP_WATCHER_H */
