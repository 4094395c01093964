/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console.c - the terminal becomes a Guest's, until ^] d.
 *
 * We go on looking at all Guests meanwhile, and draw nothing.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "escape.h"
#include "fd_io.h"
#include "i18n.h"
#include "status.h"
#include "terminal.h"
#include "top/screen.h"
#include "top/tty.h"

#define BUFFER_BYTES 4096
#define MILLISECOND 1000000

/**
 * struct session - while we are attached
 * @screen: to which we come back
 * @escape: the escape key
 * @typed, @count: what has to be sent yet
 * @done: come back
 */
struct session
{
  struct screen *screen;
  struct escape escape;
  char typed[BUFFER_BYTES];
  size_t count;
  bool done;
};

/* To the user, between the Guest's lines. */
static void
say (const char *text)
{
  char line[SCREEN_MESSAGE_BYTES + 32];

  snprintf (line, sizeof line, "\r\nlguest-top: %s\r\n", text);
  write_fully (STDOUT_FILENO, line, strlen (line));
}

static void
wish (const struct session *session, struct errand errand)
{
  struct guest *guest = model_find (session->screen->model,
                                    session->screen->console_name);

  errand.fd = -1;
  if (guest)
    watcher_wish (guest->watcher, &errand);
}

static void
tell_size (const struct session *session)
{
  struct errand errand = { .wish = WISH_RESIZE };

  terminal_size (&errand.columns, &errand.rows);
  if (errand.columns)
    wish (session, errand);
}

static void
command (struct session *session, enum escape_meaning meaning, char key)
{
  const struct guest *guest;

  switch (meaning)
    {
    case ESCAPE_DETACH:
    case ESCAPE_TOP:
      session->done = true;
      break;
    case ESCAPE_QUIT:
      wish (session, (struct errand) { .wish = WISH_KILL });
      break;
    case ESCAPE_PAUSE:
      guest = model_find (session->screen->model,
                          session->screen->console_name);
      wish (session, (struct errand)
            { .wish = guest && guest_state_letter (guest) == 'P'
              ? WISH_RESUME : WISH_PAUSE });
      break;
    case ESCAPE_SYSRQ:
      wish (session, (struct errand) { .wish = WISH_SYSRQ, .key = key });
      break;
    default:
      say (_("^] d: back to the list; ^] q: end the guest; ^] p: pause it, or"
             " go on; ^] s KEY: SysRq; ^] ^]: type ^]"));
      break;
    }
}

static void
read_input (struct session *session)
{
  char keys[BUFFER_BYTES];
  const ssize_t n = read (STDIN_FILENO, keys, sizeof keys);
  ssize_t i;

  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    {
      session->done = session->screen->done = true;
      session->screen->status = STATUS_SIGNAL + SIGHUP;
    }
  for (i = 0; i < n && !session->done; i++)
    {
      const enum escape_meaning meaning
        = escape_feed (&session->escape, keys[i]);

      /* What does not fit is lost, as on a keyboard that nobody reads. */
      if (meaning == ESCAPE_TYPE)
        {
          if (session->count < sizeof session->typed)
            session->typed[session->count++] = keys[i];
        }
      else if (meaning != ESCAPE_BEGUN)
        command (session, meaning, keys[i]);
    }
}

static void
send_typed (struct session *session)
{
  const ssize_t n = send (session->screen->console, session->typed,
                          session->count, MSG_DONTWAIT | MSG_NOSIGNAL);

  if (n > 0)
    {
      session->count -= n;
      memmove (session->typed, session->typed + n, session->count);
    }
}

static void
show_output (struct session *session)
{
  char text[BUFFER_BYTES];
  const ssize_t n = recv (session->screen->console, text, sizeof text,
                          MSG_DONTWAIT);

  if (n > 0)
    write_fully (STDOUT_FILENO, text, n);
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    {
      session->done = true;
      screen_say (session->screen, _("%s: its console has gone"),
                  session->screen->console_name);
    }
}

static void
heed_signals (struct session *session)
{
  if (tty_ending_signal)
    session->done = true;
  if (tty_resized)
    {
      tty_resized = 0;
      tell_size (session);
    }
  if (tty_stopped)
    {
      tty_stopped = 0;
      terminal_restore ();
      raise (SIGSTOP);
      terminal_make_raw ();
    }
}

/* What launchers answered, which is to be seen now. */
static void
show_message (struct screen *screen)
{
  if (!screen->message[0])
    return;
  say (screen->message);
  screen->message[0] = '\0';
}

static void
converse (struct session *session)
{
  struct screen *screen = session->screen;

  while (!session->done)
    {
      const int ms = screen_wait_ms (screen);
      const struct timespec limit
        = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * MILLISECOND };
      struct pollfd wait[] =
        {
          { .fd = screen->console,
            .events = POLLIN | (session->count ? POLLOUT : 0) },
          { .fd = STDIN_FILENO, .events = POLLIN },
          { .fd = screen->model->bell, .events = POLLIN },
        };

      if (ppoll (wait, 3, &limit, &screen->before) < 0)
        memset (wait, 0, sizeof wait);
      heed_signals (session);
      if (wait[1].revents)
        read_input (session);
      if (session->count)
        send_typed (session);
      if (wait[0].revents & (POLLIN | POLLHUP | POLLERR))
        show_output (session);
      screen_work (screen);
      if (!session->done)
        show_message (screen);
      /* -n: enough was seen. */
      if (screen->done)
        session->done = true;
    }
}

/** console_run - with screen->console, which is closed afterwards */
void
console_run (struct screen *screen)
{
  struct session session = { .screen = screen,
                             .escape.key = ESCAPE_DEFAULT };
  char text[LGUEST_NAME_MAX + 128];

  tty_lend ();
  if (terminal_make_raw ())
    {
      snprintf (text, sizeof text, _("connected to %s, ^] d comes back"),
                screen->console_name);
      say (text);
      tell_size (&session);
      converse (&session);
      terminal_restore ();
    }
  close (screen->console);
  screen->console = -1;
  tty_take_back ();
  screen->dirty = screen->repaint = true;
}
