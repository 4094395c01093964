/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_loop.h - the main thread waits for many things at once.
 */
#ifndef EVENT_LOOP_H
#define EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct event_source - something to wait for
 * @fd: a file descriptor
 * @ready: called by event_loop_run() when @fd is readable, or hung up, or
 *   what else event_loop_watch() was told to look for
 */
struct event_source
{
  int fd;
  void (*ready) (struct event_source *source);
};

/**
 * struct event_loop - all of them
 * @epoll: file descriptor
 * @ended: event_loop_end() was called
 * @status: its argument
 */
struct event_loop
{
  int epoll;
  bool ended;
  int status;
};

/* For event_loop_watch(). */
enum event_loop_watch
{
  WATCH_INPUT = 1,
  WATCH_OUTPUT = 2,
  WATCH_HANG_UP = 4,            /* the others do so as well */
};

bool event_loop_create (struct event_loop *loop);
bool event_loop_add (struct event_loop *loop, struct event_source *source);
void event_loop_remove (struct event_loop *loop, struct event_source *source);
bool event_loop_watch (struct event_loop *loop, struct event_source *source,
                       unsigned what);
int event_loop_run (struct event_loop *loop);
void event_loop_end (struct event_loop *loop, int status);

#endif /* EVENT_LOOP_H */
