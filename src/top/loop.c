/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop.c - look, draw, and wait for keys, samples, signals and the next look.
 */
#include <config.h>

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "i18n.h"
#include "status.h"
#include "top/screen.h"
#include "top/tty.h"

#define NANOSECONDS 1000000000.0
#define MILLISECOND 1000000

/* Rates are known after two looks: the second one comes soon. */
#define SECOND_LOOK_SECONDS 0.5

/* How long a message is there. */
#define MESSAGE_SECONDS 6

/* How often to see whether somebody hangs, while we wait for an answer. */
#define IMPATIENCE_MS 250

/** screen_say - tell the user something, for a while */
void
screen_say (struct screen *screen, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (screen->message, sizeof screen->message, format, arguments);
  va_end (arguments);
  screen->message_end = sample_clock_ns () + MESSAGE_SECONDS * NANOSECONDS;
  screen->dirty = true;
}

/* Look at all Guests, if it is time to. */
static void
ask_if_due (struct screen *screen)
{
  const int64_t now = sample_clock_ns ();
  double delay = screen->settings.delay;

  if (now < screen->next_ask)
    return;
  if (screen->rounds == 1)
    {
      screen->done = true;
      return;
    }
  if (screen->rounds)
    screen->rounds--;
  if (!screen->next_ask && delay > SECOND_LOOK_SECONDS)
    delay = SECOND_LOOK_SECONDS;
  if (model_ask (screen->model))
    {
      /* Nothing of those that have gone may stay in the table. */
      cursor_update (screen);
      screen->dirty = true;
    }
  screen->next_ask = now + delay * NANOSECONDS;
}

/** screen_work - all that is due, but drawing */
void
screen_work (struct screen *screen)
{
  if (model_collect (screen->model) && !model_is_waiting (screen->model))
    screen->dirty = true;
  errands_collect (screen);
  if (screen->message[0] && sample_clock_ns () >= screen->message_end)
    {
      screen->message[0] = '\0';
      screen->dirty = true;
    }
  ask_if_due (screen);
}

/** screen_wait_ms - until something is due */
int
screen_wait_ms (const struct screen *screen)
{
  int64_t end = screen->next_ask, rest;

  if (screen->message[0] && screen->message_end < end)
    end = screen->message_end;
  rest = (end - sample_clock_ns ()) / MILLISECOND + 1;
  if (rest < 0)
    rest = 0;
  if (rest > IMPATIENCE_MS && (model_is_waiting (screen->model)
                               || screen->attaching[0]))
    rest = IMPATIENCE_MS;
  return rest;
}

static void
heed_signals (struct screen *screen)
{
  if (tty_ending_signal)
    {
      screen->done = true;
      screen->status = STATUS_SIGNAL + tty_ending_signal;
    }
  if (tty_stopped)
    {
      tty_stopped = 0;
      tty_stop ();
      screen->dirty = true;
    }
  if (tty_resized)
    {
      tty_resized = 0;
      tty_resize ();
      screen->dirty = screen->repaint = true;
    }
}

static void
read_keys (struct screen *screen)
{
  int key;

  while (!screen->done && (key = getch ()) != ERR)
    if (key == KEY_RESIZE)
      screen->dirty = screen->repaint = true;
    else
      screen_key (screen, key);
}

static void
wait_for_events (struct screen *screen)
{
  const int ms = screen_wait_ms (screen);
  const struct timespec limit
    = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * MILLISECOND };
  struct pollfd wait[] =
    {
      { .fd = STDIN_FILENO, .events = POLLIN },
      { .fd = screen->model->bell, .events = POLLIN },
    };

  if (ppoll (wait, 2, &limit, &screen->before) < 0 && errno != EINTR)
    screen->done = true;
  heed_signals (screen);
  /* A terminal that hung up takes us with it. */
  if (wait[0].revents & (POLLHUP | POLLERR | POLLNVAL))
    {
      screen->done = true;
      screen->status = STATUS_SIGNAL + SIGHUP;
    }
  else if (wait[0].revents)
    read_keys (screen);
}

/**
 * screen_run - show it until the user has enough
 * @rounds: how often to look; 0: no limit
 *
 * Returns the status to exit with.
 */
int
screen_run (struct model *model, const struct settings *settings,
            unsigned long rounds)
{
  static struct screen screen;
  char error[256];

  screen.model = model;
  screen.settings = *settings;
  screen.console = -1;
  screen.rounds = rounds ? rounds + 1 : 0;
  screen.dirty = true;
  tty_catch_signals (&screen.before);
  if (!tty_open (error, sizeof error))
    {
      fprintf (stderr, "lguest-top: %s\n", error);
      return STATUS_ERROR;
    }
  while (!screen.done)
    {
      screen_work (&screen);
      if (screen.console >= 0)
        console_run (&screen);
      if (screen.dirty && !screen.done)
        screen_draw (&screen);
      if (!screen.done)
        wait_for_events (&screen);
    }
  tty_close ();
  table_free (&screen.table);
  return screen.status;
}
