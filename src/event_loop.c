/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_loop.c - the main thread waits for many things at once.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

#include "event_loop.h"

#define EVENTS_AT_ONCE 16

/** event_loop_create - an empty one; false with errno set on failure */
bool
event_loop_create (struct event_loop *loop)
{
  loop->ended = false;
  loop->status = 0;
  loop->epoll = epoll_create1 (EPOLL_CLOEXEC);
  return loop->epoll >= 0;
}

/**
 * event_loop_add - wait for it
 *
 * Returns false with errno set on failure; EPERM: a regular file, which is
 * always ready.
 */
bool
event_loop_add (struct event_loop *loop, struct event_source *source)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

  return epoll_ctl (loop->epoll, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

/** event_loop_remove - do not wait for it any more */
void
event_loop_remove (struct event_loop *loop, struct event_source *source)
{
  epoll_ctl (loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

/**
 * event_loop_watch - change what to wait for
 * @what: of enum event_loop_watch; 0: for nothing, not even a hang-up
 *
 * Whether it was in the loop before does not matter.  Returns false with errno
 * set on failure.
 */
bool
event_loop_watch (struct event_loop *loop, struct event_source *source,
                  unsigned what)
{
  struct epoll_event event = { .data.ptr = source };

  if (what & WATCH_INPUT)
    event.events |= EPOLLIN;
  if (what & WATCH_OUTPUT)
    event.events |= EPOLLOUT;
  if (!what)
    {
      event_loop_remove (loop, source);
      return true;
    }
  return epoll_ctl (loop->epoll, EPOLL_CTL_MOD, source->fd, &event) == 0
    || (errno == ENOENT
        && epoll_ctl (loop->epoll, EPOLL_CTL_ADD, source->fd, &event) == 0);
}

/**
 * event_loop_run - wait and serve, until event_loop_end()
 *
 * Returns the status given to that.  Sources may be added and removed while
 * it runs, by the functions it calls, but stay allocated.
 */
int
event_loop_run (struct event_loop *loop)
{
  struct epoll_event events[EVENTS_AT_ONCE];

  while (!loop->ended)
    {
      int i, n = epoll_wait (loop->epoll, events, EVENTS_AT_ONCE, -1);

      if (n < 0 && errno != EINTR)
        return -1;
      for (i = 0; i < n && !loop->ended; i++)
        {
          struct event_source *source = events[i].data.ptr;

          source->ready (source);
        }
    }
  return loop->status;
}

/** event_loop_end - let event_loop_run() return; the first call counts */
void
event_loop_end (struct event_loop *loop, int status)
{
  if (loop->ended)
    return;
  loop->ended = true;
  loop->status = status;
}
