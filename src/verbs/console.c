/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/console.c - lguest console: this terminal becomes a Guest's.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lguest/control.h>

#include "escape.h"
#include "fd_io.h"
#include "i18n.h"
#include "log.h"
#include "status.h"
#include "terminal.h"
#include "verbs/verb.h"

#define BUFFER_BYTES 4096

#define PORT_MAX 999

const struct verb_option verb_console_options[] =
{
  { "escape", 'e', N_("KEY"),
    N_("the escape key: ^A to ^_, or \"none\" [^]]") },
  { "port", 'p', N_("NUMBER"), N_("which console: 0 is hvc0 [0]") },
  { "read-only", 'r', NULL, N_("only look") },
  { NULL, 0, NULL, NULL },
};

/**
 * struct session - while we are attached
 * @guest: for what is not typed
 * @name: of the Guest
 * @port: its console
 * @fd: the stream, which does not block
 * @read_only: nothing is typed
 * @escape: the escape key
 * @terminal: standard input is one, and it is raw
 * @input_ended: nothing more will be typed
 * @typed, @count: what has to be sent yet
 * @done: leave, with this status
 */
struct session
{
  struct lguest_guest *guest;
  const char *name;
  unsigned port;
  int fd;
  bool read_only;
  struct escape escape;
  bool terminal;
  bool input_ended;
  char typed[BUFFER_BYTES];
  size_t count;
  bool done;
  int status;
};

/* Signals that came: the last that should end us, and whether the others
   did. */
static volatile sig_atomic_t ending_signal, stopped, resized;

static void
note_signal (int number)
{
  switch (number)
    {
    case SIGWINCH:
      resized = 1;
      break;
    case SIGTSTP:
      stopped = 1;
      break;
    default:
      ending_signal = number;
      break;
    }
}

/* They have to interrupt ppoll(), and nothing else. */
static void
catch_signals (sigset_t *before)
{
  static const int numbers[] =
    { SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGWINCH };
  const struct sigaction action = { .sa_handler = note_signal };
  sigset_t set;
  size_t i;

  sigemptyset (&set);
  for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
    sigaddset (&set, numbers[i]);
  sigprocmask (SIG_BLOCK, &set, before);
  for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
    {
      struct sigaction old;

      if (sigaction (numbers[i], NULL, &old) != 0
          || old.sa_handler != SIG_IGN)
        sigaction (numbers[i], &action, NULL);
    }
  signal (SIGPIPE, SIG_IGN);
}

static void
tell_size (struct session *session)
{
  unsigned columns, rows;

  terminal_size (&columns, &rows);
  if (columns && !session->read_only)
    lguest_resize_console (session->guest, session->port, columns, rows);
}

static void
leave (struct session *session, int status)
{
  session->done = true;
  session->status = status;
}

/* Look at it with lguest-top for a while. */
static void
run_top (const struct session *session)
{
  const pid_t child = (terminal_restore (), fork ());

  if (child == 0)
    {
      sigset_t none;

      sigemptyset (&none);
      sigprocmask (SIG_SETMASK, &none, NULL);
      execlp ("lguest-top", "lguest-top", session->name, (char *) NULL);
      log_message (_("cannot run lguest-top: %s"), strerror (errno));
      _exit (STATUS_ERROR);
    }
  while (child > 0 && waitpid (child, NULL, 0) < 0 && errno == EINTR)
    continue;
  terminal_make_raw ();
}

static void
show_help (const struct session *session, bool all)
{
  char name[3];

  escape_name (&session->escape, name);
  if (!all)
    log_message (_("%s is the escape key; %s h: help"), name, name);
  else
    log_message (_("%s d: detach; %s q or %s x: end the guest; %s p: pause"
                   " it, or go on; %s s KEY: SysRq; %s t: lguest-top;"
                   " %s %s: type %s; %s h: this help"), name, name, name,
                 name, name, name, name, name, name, name);
}

/* Keys that are not the Guest's. */
static void
command (struct session *session, enum escape_meaning meaning, char key)
{
  enum lguest_result result = LGUEST_OK;

  switch (meaning)
    {
    case ESCAPE_DETACH:
      leave (session, 0);
      break;
    case ESCAPE_TOP:
      run_top (session);
      break;
    case ESCAPE_HELP:
    case ESCAPE_UNKNOWN:
      show_help (session, meaning == ESCAPE_HELP);
      break;
    default:
      if (session->read_only)
        {
          log_message (_("this console is read-only"));
          break;
        }
      if (meaning == ESCAPE_QUIT)
        result = lguest_stop (session->guest, LGUEST_STOP_KILL);
      else if (meaning == ESCAPE_SYSRQ)
        result = lguest_sysrq (session->guest, key);
      else if (meaning == ESCAPE_PAUSE)
        {
          result = lguest_pause (session->guest);
          if (result == LGUEST_OK)
            log_message (_("the guest is paused"));
          else if (result == LGUEST_WRONG_STATE)
            {
              result = lguest_resume (session->guest);
              if (result == LGUEST_OK)
                log_message (_("the guest goes on"));
            }
        }
      verb_show_failure (result);
      break;
    }
}

/* What does not fit is lost, like keys on a keyboard that nobody reads. */
static void
type (struct session *session, char key)
{
  if (!session->read_only && session->count < sizeof session->typed)
    session->typed[session->count++] = key;
}

static void
read_input (struct session *session)
{
  char keys[BUFFER_BYTES];
  size_t room = sizeof session->typed - session->count;
  ssize_t i, n;

  if (session->terminal)
    room = sizeof keys;
  n = read (STDIN_FILENO, keys, room);
  if (n > 0)
    for (i = 0; i < n && !session->done; i++)
      {
        const enum escape_meaning meaning = session->terminal
          ? escape_feed (&session->escape, keys[i]) : ESCAPE_TYPE;

        if (meaning == ESCAPE_TYPE)
          type (session, keys[i]);
        else if (meaning != ESCAPE_BEGUN)
          command (session, meaning, keys[i]);
      }
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    {
      session->input_ended = true;
      /* A terminal that hangs up takes us with it. */
      if (session->terminal)
        leave (session, 0);
    }
}

static void
send_typed (struct session *session)
{
  const ssize_t n = send (session->fd, session->typed, session->count,
                          MSG_DONTWAIT | MSG_NOSIGNAL);

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
  const ssize_t n = recv (session->fd, text, sizeof text, MSG_DONTWAIT);

  if (n > 0)
    {
      if (!write_fully (STDOUT_FILENO, text, n))
        leave (session, STATUS_ERROR);
    }
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    {
      log_message (_("the guest has ended"));
      leave (session, 0);
    }
}

static void
heed_signals (struct session *session)
{
  if (ending_signal)
    leave (session, STATUS_SIGNAL + ending_signal);
  if (resized)
    {
      resized = 0;
      tell_size (session);
    }
  if (stopped)
    {
      stopped = 0;
      terminal_restore ();
      raise (SIGSTOP);
      if (session->terminal)
        terminal_make_raw ();
    }
}

static void
converse (struct session *session, const sigset_t *signals)
{
  while (!session->done)
    {
      const bool wants_input = !session->input_ended
        && (session->terminal || session->count < sizeof session->typed);
      struct pollfd wait[] =
        {
          { .fd = session->fd,
            .events = POLLIN | (session->count ? POLLOUT : 0) },
          { .fd = wants_input ? STDIN_FILENO : -1, .events = POLLIN },
        };

      if (ppoll (wait, 2, NULL, signals) < 0 && errno != EINTR)
        {
          log_message (_("cannot wait for events: %s"), strerror (errno));
          leave (session, STATUS_ERROR);
          break;
        }
      heed_signals (session);
      if (wait[0].revents & POLLOUT)
        send_typed (session);
      if (wait[0].revents & (POLLIN | POLLHUP | POLLERR))
        show_output (session);
      if (!session->done && wait[1].revents)
        {
          read_input (session);
          if (session->count)
            send_typed (session);
        }
    }
}

/* "^]", or "none". */
static bool
parse_escape (const char *text, int *key)
{
  const int letter = toupper ((unsigned char) (text[0] ? text[1] : 0));

  if (strcmp (text, "none") == 0)
    *key = ESCAPE_NONE;
  else if (text[0] == '^' && letter >= 'A' && letter <= '_' && !text[2])
    *key = letter & 0x1f;
  else
    return false;
  return true;
}

static int
attach (struct session *session)
{
  const unsigned flags
    = session->read_only ? LGUEST_CONSOLE_READ_ONLY : 0;
  sigset_t before;
  char name[3];

  if (lguest_open_console (session->guest, session->port, flags,
                           &session->fd) != LGUEST_OK)
    {
      log_message ("%s", lguest_error_text ());
      return STATUS_ERROR;
    }
  catch_signals (&before);
  session->terminal = terminal_make_raw ();
  if (session->terminal)
    {
      escape_name (&session->escape, name);
      if (session->escape.key == ESCAPE_NONE)
        log_message (_("connected to %s; there is no escape key"),
                     session->name);
      else
        log_message (_("connected to %s, escape is %s (press %s h for"
                       " help)"), session->name, name, name);
      tell_size (session);
    }
  converse (session, &before);
  terminal_restore ();
  close (session->fd);
  return session->status;
}

int
verb_console (const struct verb *verb, int argc, char **argv)
{
  static struct session session = { .escape.key = ESCAPE_DEFAULT };
  unsigned long port;
  int option, status;
  char *end;

  while ((option = verb_next_option (verb, argc, argv)) != VERB_OPTIONS_END)
    switch (option)
      {
      case 'e':
        if (!parse_escape (optarg, &session.escape.key))
          return verb_usage_error (verb, _("\"%s\" is no escape key: say ^A"
                                           " to ^_, or none"), optarg);
        break;
      case 'p':
        port = strtoul (optarg, &end, 10);
        if (!isdigit ((unsigned char) *optarg) || *end || port > PORT_MAX)
          return verb_usage_error (verb, _("\"%s\" is no number of a"
                                           " console"), optarg);
        session.port = port;
        break;
      case 'r':
        session.read_only = true;
        break;
      case VERB_OPTIONS_HELP:
        return 0;
      default:
        return STATUS_USAGE;
      }
  if (argc - optind != 1)
    return verb_usage_error (verb, _("which guest?"));
  session.name = argv[optind];
  session.guest = verb_connect (session.name);
  if (!session.guest)
    return STATUS_ERROR;
  status = attach (&session);
  lguest_disconnect (session.guest);
  return status;
}
