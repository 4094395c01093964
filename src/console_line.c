/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_line.c - the other end of a Guest's console: who reads and types.
 *
 * Input: the main thread reads into a small ring, and the device takes it from
 * there into the Guest's buffers.  Keys on our terminal are always read, as
 * one of them may be the escape key; other input waits until there is room.
 *
 * Output: the device's writer, a thread of its own, writes to our own end, so
 * that a terminal that does not take any more stops nobody else.  Clients get
 * theirs from the backlog, by the main thread, which never waits for them.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "confine/confine.h"
#include "console_line.h"
#include "fd_io.h"
#include "i18n.h"
#include "log.h"
#include "terminal.h"
#include "unix_socket.h"

/* What one client gets at once: others want something, too. */
#define CLIENT_TURN_BYTES 32768
#define CLIENT_PIECE_BYTES 4096

/* How long the last words of a Guest may take, on their way to clients. */
#define FAREWELL_MS 1000

/*
 * The log.
 */

static int
open_file (const char *name, struct failure *failure)
{
  const int fd = open (name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC
                       | O_NOCTTY | O_NONBLOCK, 0600);

  if (fd < 0)
    fail (failure, STATUS_ERROR, _("cannot open %s for the console: %s"),
          name, strerror (errno));
  return fd;
}

static bool
log_open (struct line_log *log, const struct console_option *option,
          struct failure *failure)
{
  struct stat status;

  log->fd = log->old_fd = -1;
  log->name = option->log;
  log->limit = option->log_bytes;
  if (!log->name)
    return true;
  log->fd = open_file (log->name, failure);
  if (log->fd < 0)
    return false;
  if (fstat (log->fd, &status) == 0 && S_ISREG (status.st_mode))
    log->bytes = status.st_size;
  else
    log->limit = 0;
  if (log->limit)
    {
      char *old;

      /* Both are opened now, as later we may not be allowed to. */
      if (asprintf (&old, "%s.1", log->name) < 0)
        return fail (failure, STATUS_ERROR, _("out of memory"));
      log->old_fd = open_file (old, failure);
      free (old);
      return log->old_fd >= 0;
    }
  return true;
}

/* The log becomes the old log. */
static bool
log_turn (struct line_log *log)
{
  uint8_t buffer[CLIENT_PIECE_BYTES];
  uint64_t offset = 0;

  if (ftruncate (log->old_fd, 0) != 0)
    return false;
  for (;;)
    {
      const ssize_t n = pread_fully (log->fd, buffer, sizeof buffer, offset);

      if (n < 0 || (n > 0 && !write_fully (log->old_fd, buffer, n)))
        return false;
      if (n == 0)
        break;
      offset += n;
    }
  log->bytes = 0;
  return ftruncate (log->fd, 0) == 0;
}

static void
log_write (struct line_log *log, const uint8_t *bytes, size_t count)
{
  while (count > 0)
    {
      size_t piece = count;

      if (log->limit && log->bytes >= log->limit && !log_turn (log))
        break;
      if (log->limit && piece > log->limit - log->bytes)
        piece = log->limit - log->bytes;
      if (!write_fully (log->fd, bytes, piece))
        break;
      log->bytes += piece;
      bytes += piece;
      count -= piece;
    }
  if (count == 0)
    log->failed = false;
  else if (!log->failed)
    {
      /* Once; the Guest goes on. */
      log->failed = true;
      log_message (_("cannot write to the console's log %s: %s"), log->name,
                   strerror (errno));
    }
}

/*
 * Output.
 */

static void
keep (struct console_line *line, const uint8_t *bytes, size_t count)
{
  pthread_mutex_lock (&line->lock);
  while (count > 0)
    {
      const size_t start = line->written % LINE_BACKLOG_BYTES;
      size_t piece = LINE_BACKLOG_BYTES - start;

      if (piece > count)
        piece = count;
      memcpy (line->backlog + start, bytes, piece);
      line->written += piece;
      bytes += piece;
      count -= piece;
    }
  pthread_mutex_unlock (&line->lock);
}

/**
 * line_write - the Guest has written this
 *
 * Waits for a terminal, not for clients.  With @output_lock.
 */
void
line_write (struct console_line *line, const void *bytes, size_t count)
{
  keep (line, bytes, count);
  if (__atomic_load_n (&line->client_count, __ATOMIC_SEQ_CST) > 0)
    eventfd_write (line->bell.fd, 1);
  if (line->log.fd >= 0)
    log_write (&line->log, bytes, count);
  /* Nobody may be listening any more: the Guest need not care. */
  if (line->end >= 0)
    write_fully (line->end, bytes, count);
}

/** line_write_emergency - from a Guest in need, with any lock */
void
line_write_emergency (struct console_line *line, char byte)
{
  keep (line, (const uint8_t *) &byte, 1);
  if (line->end >= 0)
    write_fully (line->end, &byte, 1);
}

/* Give it what it has not yet, without waiting.  False if it is gone. */
static bool
send_backlog (struct line_client *client)
{
  struct console_line *line = client->line;
  uint8_t buffer[CLIENT_PIECE_BYTES];
  size_t turn = 0;

  while (turn < CLIENT_TURN_BYTES)
    {
      size_t count, start, first;
      ssize_t n;

      pthread_mutex_lock (&line->lock);
      if (line->written - client->position > LINE_BACKLOG_BYTES)
        client->position = line->written - LINE_BACKLOG_BYTES;
      count = line->written - client->position;
      if (count > sizeof buffer)
        count = sizeof buffer;
      start = client->position % LINE_BACKLOG_BYTES;
      first = LINE_BACKLOG_BYTES - start;
      if (first > count)
        first = count;
      memcpy (buffer, line->backlog + start, first);
      memcpy (buffer + first, line->backlog, count - first);
      pthread_mutex_unlock (&line->lock);
      if (count == 0)
        return true;
      n = write (client->source.fd, buffer, count);
      if (n < 0)
        return errno == EAGAIN || errno == EINTR || client->stays;
      client->position += n;
      turn += n;
    }
  return true;
}

static bool
has_more (struct line_client *client)
{
  struct console_line *line = client->line;
  bool more;

  pthread_mutex_lock (&line->lock);
  more = client->position != line->written;
  pthread_mutex_unlock (&line->lock);
  return more;
}

static void
detach (struct line_client *client)
{
  struct console_line *line = client->line;

  event_loop_remove (line->loop, &client->source);
  close (client->source.fd);
  client->source.fd = -1;
  __atomic_sub_fetch (&line->client_count, 1, __ATOMIC_SEQ_CST);
}

/* What we want to know of it: whether it types, if there is room, and whether
   it reads, if there is something for it. */
static void
watch_client (struct line_client *client)
{
  const struct console_line *line = client->line;
  unsigned what = 0;

  if (!client->input_ended
      && (client->read_only || line->input_count < LINE_INPUT_BYTES))
    what |= WATCH_INPUT;
  if (has_more (client))
    what |= WATCH_OUTPUT;
  /* Who still types, but has to wait, may hang up: we read the rest first. */
  if (client->input_ended)
    what |= WATCH_HANG_UP;
  if (!event_loop_watch (line->loop, &client->source, what))
    detach (client);
}

/*
 * Input.
 */

/* What does not fit is lost, like keys on a keyboard that nobody reads. */
static void
type (struct console_line *line, uint8_t key)
{
  if (line->input_count == LINE_INPUT_BYTES)
    return;
  line->input[(line->input_start + line->input_count) % LINE_INPUT_BYTES]
    = key;
  line->input_count++;
}

/** line_type - as if it was typed; false if there is no room for all */
bool
line_type (struct console_line *line, const void *keys, size_t count)
{
  const uint8_t *key = keys;

  if (count > LINE_INPUT_BYTES - line->input_count)
    return false;
  while (count-- > 0)
    type (line, *key++);
  line_pump (line);
  return true;
}

/** line_peek - the next piece of input; it stays until line_take() */
size_t
line_peek (const struct console_line *line, const uint8_t **bytes)
{
  const size_t piece = LINE_INPUT_BYTES - line->input_start;

  *bytes = line->input + line->input_start;
  return piece < line->input_count ? piece : line->input_count;
}

/** line_take - so much of that has arrived */
void
line_take (struct console_line *line, size_t count)
{
  line->input_start = (line->input_start + count) % LINE_INPUT_BYTES;
  line->input_count -= count;
  line->read += count;
}

static void
show_help (const struct console_line *line, bool all)
{
  char name[3];

  escape_name (&line->escape, name);
  if (!all)
    log_message (_("%s is the escape key; %s h: help"), name, name);
  else
    log_message (_("%s q or %s x: end the guest; %s p: pause it, or go on;"
                   " %s s KEY: SysRq; %s %s: type %s; %s h: this help"),
                 name, name, name, name, name, name, name, name);
}

/* A key on our terminal. */
static void
take_key (struct console_line *line, uint8_t key)
{
  const enum escape_meaning meaning = escape_feed (&line->escape, key);

  switch (meaning)
    {
    case ESCAPE_TYPE:
      type (line, key);
      break;
    case ESCAPE_BEGUN:
      break;
    case ESCAPE_QUIT:
    case ESCAPE_PAUSE:
    case ESCAPE_SYSRQ:
      line->command (line, meaning, key);
      break;
    default:
      show_help (line, meaning == ESCAPE_HELP);
      break;
    }
}

/* Nothing more will come.  The Guest goes on without. */
static void
end_input (struct console_line *line)
{
  line->input_ended = true;
  if (line->waiting_for_input)
    event_loop_remove (line->loop, &line->keyboard);
  line->waiting_for_input = false;
}

/* Read standard input once.  False if there is nothing (more) now. */
static bool
read_input (struct console_line *line)
{
  uint8_t keys[256];
  size_t room = LINE_INPUT_BYTES - line->input_count;
  ssize_t i, n;

  if (line->input_ended)
    return false;
  if (line->terminal || room > sizeof keys)
    room = sizeof keys;
  if (room == 0)
    return false;
  n = read (STDIN_FILENO, keys, room);
  if (n > 0)
    {
      for (i = 0; i < n; i++)
        if (line->terminal)
          take_key (line, keys[i]);
        else
          type (line, keys[i]);
      return true;
    }
  if (n == 0 || (errno != EINTR && errno != EAGAIN))
    end_input (line);
  return false;
}

/* Wait for more input, unless there is no room for it. */
static void
update_waiting (struct console_line *line)
{
  const bool wait = !line->input_ended && !line->input_ready_always
    && (line->terminal || line->input_count < LINE_INPUT_BYTES);

  if (wait == line->waiting_for_input)
    return;
  if (!wait)
    event_loop_remove (line->loop, &line->keyboard);
  else if (!event_loop_add (line->loop, &line->keyboard))
    {
      if (errno == EPERM)
        line->input_ready_always = true;
      else
        end_input (line);
      return;
    }
  line->waiting_for_input = wait;
}

/** line_pump - bring input from where it comes to where it goes */
void
line_pump (struct console_line *line)
{
  unsigned i;

  line->deliver (line);
  if (line->input_ready_always)
    while (read_input (line))
      line->deliver (line);
  if (line->type == LINE_STDIO)
    update_waiting (line);
  for (i = 0; i < LINE_CLIENTS_MAX; i++)
    if (line->clients[i].source.fd >= 0)
      watch_client (&line->clients[i]);
}

static void
keyboard_ready (struct event_source *source)
{
  struct console_line *line
    = (struct console_line *) ((char *) source
                               - offsetof (struct console_line, keyboard));

  read_input (line);
  line_pump (line);
}

/*
 * Clients.
 */

/* Something was written that clients do not have yet. */
static void
bell_rung (struct event_source *source)
{
  struct console_line *line
    = (struct console_line *) ((char *) source
                               - offsetof (struct console_line, bell));
  eventfd_t times;
  unsigned i;

  eventfd_read (source->fd, &times);
  for (i = 0; i < LINE_CLIENTS_MAX; i++)
    {
      struct line_client *client = &line->clients[i];

      if (client->source.fd < 0)
        continue;
      if (send_backlog (client))
        watch_client (client);
      else
        detach (client);
    }
}

/* Read what it types.  False if it is gone. */
static bool
read_client (struct line_client *client)
{
  struct console_line *line = client->line;
  uint8_t keys[256];
  size_t room = LINE_INPUT_BYTES - line->input_count;
  ssize_t i, n;

  if (client->read_only || room > sizeof keys)
    room = sizeof keys;
  if (room == 0)
    return true;
  n = read (client->source.fd, keys, room);
  if (n == 0 && !client->stays)
    client->input_ended = true;
  if (n < 0)
    return errno == EAGAIN || errno == EINTR || client->stays;
  if (!client->read_only)
    for (i = 0; i < n; i++)
      type (line, keys[i]);
  return true;
}

static void
client_ready (struct event_source *source)
{
  struct line_client *client = (struct line_client *) source;
  struct pollfd state = { .fd = source->fd, .events = POLLIN | POLLOUT };
  bool here = true;

  if (source->fd < 0 || poll (&state, 1, 0) <= 0)
    return;
  if (state.revents & POLLIN)
    here = read_client (client);
  if (state.revents & POLLERR
      || (state.revents & POLLHUP
          && (client->input_ended || !(state.revents & POLLIN))))
    here = client->stays;
  if (here && state.revents & POLLOUT)
    here = send_backlog (client);
  if (!here)
    detach (client);
  line_pump (client->line);
}

/* Where somebody who wants the last lines begins to read. */
static uint64_t
greeting_position (struct console_line *line)
{
  const uint64_t oldest = line->written > LINE_GREETING_BYTES
    ? line->written - LINE_GREETING_BYTES : 0;
  uint64_t position = oldest;

  if (oldest > 0)
    {
      while (position < line->written
             && line->backlog[position % LINE_BACKLOG_BYTES] != '\n')
        position++;
      if (position < line->written)
        position++;
      else
        position = oldest;
    }
  return position;
}

static struct line_client *
add_client (struct console_line *line, int fd)
{
  struct line_client *client;
  unsigned i;

  for (i = 0; i < LINE_CLIENTS_MAX; i++)
    if (line->clients[i].source.fd < 0)
      break;
  if (i == LINE_CLIENTS_MAX)
    return NULL;
  client = &line->clients[i];
  memset (client, 0, sizeof *client);
  client->source.fd = fd;
  client->source.ready = client_ready;
  client->line = line;
  __atomic_add_fetch (&line->client_count, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_lock (&line->lock);
  client->position = line->written;
  pthread_mutex_unlock (&line->lock);
  return client;
}

/**
 * line_attach - somebody comes
 * @fd: its connection, which does not block; ours, if this returns true
 * @read_only: do not let it type
 * @backlog: let it see the last lines
 * @typed, @count: what it has typed already, at most LINE_INPUT_BYTES
 *
 * False if there are too many.
 */
bool
line_attach (struct console_line *line, int fd, bool read_only,
             bool backlog, const void *typed, size_t count)
{
  struct line_client *client = add_client (line, fd);
  const uint8_t *keys = typed;
  size_t i;

  if (!client)
    return false;
  client->read_only = read_only;
  if (backlog)
    {
      pthread_mutex_lock (&line->lock);
      client->position = greeting_position (line);
      pthread_mutex_unlock (&line->lock);
    }
  for (i = 0; !read_only && i < count; i++)
    type (line, keys[i]);
  if (send_backlog (client))
    watch_client (client);
  else
    detach (client);
  line_pump (line);
  return true;
}

static void
listener_ready (struct event_source *source)
{
  struct console_line *line
    = (struct console_line *) ((char *) source
                               - offsetof (struct console_line, listener));
  const int fd = accept4 (source->fd, NULL, NULL,
                          SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd >= 0 && !line_attach (line, fd, false, true, NULL, 0))
    close (fd);
}

/*
 * Its own end.
 */

static bool
open_pty (struct console_line *line, struct failure *failure)
{
  const int fd = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  struct line_client *client;
  struct termios settings;
  char name[64];
  int slave = -1;

  if (fd < 0 || grantpt (fd) != 0 || unlockpt (fd) != 0
      || ptsname_r (fd, name, sizeof name) != 0
      /* While we have it open too, nobody can hang up. */
      || (slave = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0
      || tcgetattr (slave, &settings) != 0)
    return fail (failure, STATUS_ERROR, _("cannot make a pty: %s"),
                 strerror (errno));
  cfmakeraw (&settings);
  tcsetattr (slave, TCSANOW, &settings);
  line->pty = strdup (name);
  client = add_client (line, fd);
  client->stays = true;
  watch_client (client);
  log_message (_("console %u is %s"), line->number, name);
  return line->pty || fail (failure, STATUS_ERROR, _("out of memory"));
}

static bool
open_terminal (struct console_line *line, struct failure *failure)
{
  if (isatty (STDIN_FILENO))
    {
      if (!terminal_make_raw ())
        return fail (failure, STATUS_ERROR, _("cannot use the terminal: %s"),
                     strerror (errno));
      line->terminal = true;
    }
  update_waiting (line);
  return true;
}

/**
 * line_create - make a line; it is all zero before
 * @number: of the port
 * @option: stays where it is
 * @escape: key, or ESCAPE_NONE
 *
 * @deliver, @device, @command and @context are to be set by others.  Then come
 * line_listen() and line_open(); standard input is not touched before that.
 */
bool
line_create (struct console_line *line, struct event_loop *loop,
             unsigned number, const struct console_option *option,
             int escape, struct failure *failure)
{
  unsigned i;

  line->loop = loop;
  line->number = number;
  line->option = option;
  line->escape.key = escape;
  line->type = console_option_type (option);
  line->listener.fd = -1;
  line->end = line->type == LINE_STDIO ? STDOUT_FILENO : -1;
  for (i = 0; i < LINE_CLIENTS_MAX; i++)
    line->clients[i].source.fd = -1;
  pthread_mutex_init (&line->output_lock, NULL);
  pthread_mutex_init (&line->lock, NULL);
  line->keyboard.fd = STDIN_FILENO;
  line->keyboard.ready = keyboard_ready;
  line->bell.ready = bell_rung;
  line->bell.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  line->backlog = calloc (1, LINE_BACKLOG_BYTES);
  if (line->bell.fd < 0 || !line->backlog
      || !event_loop_add (loop, &line->bell))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  if (line->type == LINE_FILE)
    {
      line->end = open_file (console_option_path (option), failure);
      if (line->end < 0)
        return false;
    }
  return log_open (&line->log, option, failure);
}

/* A socket that others come to.  It is removed at the end. */
static bool
open_socket (struct console_line *line, struct failure *failure)
{
  const char *path = console_option_path (line->option);
  char *copy;

  line->listener.ready = listener_ready;
  line->listener.fd = unix_socket_listen (path, 0600, failure);
  if (line->listener.fd < 0)
    return false;
  copy = strdup (path);
  if (!copy)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  line->folder = open (dirname (copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
  free (copy);
  if (line->folder < 0
      || !confine_allow (line->folder, CONFINE_REMOVE_FILES)
      || !event_loop_add (line->loop, &line->listener))
    return fail (failure, STATUS_ERROR, _("cannot wait for events: %s"),
                 strerror (errno));
  return true;
}

/** line_listen - let others come, if its end is made for that */
bool
line_listen (struct console_line *line, struct failure *failure)
{
  switch (line->type)
    {
    case LINE_PTY:
      return open_pty (line, failure);
    case LINE_UNIX:
      return open_socket (line, failure);
    default:
      return true;
    }
}

/** line_open - from now on, what is typed is the Guest's */
bool
line_open (struct console_line *line, struct failure *failure)
{
  return line->type != LINE_STDIO || open_terminal (line, failure);
}

/* Let a client have the rest, if it takes it soon. */
static void
say_farewell (struct line_client *client, const struct timespec *until)
{
  while (send_backlog (client) && has_more (client) && !client->stays)
    {
      struct pollfd wait = { .fd = client->source.fd, .events = POLLOUT };
      struct timespec now;
      int64_t rest_ms;

      clock_gettime (CLOCK_MONOTONIC, &now);
      rest_ms = (int64_t) (until->tv_sec - now.tv_sec) * 1000
        + (until->tv_nsec - now.tv_nsec) / 1000000;
      if (rest_ms <= 0 || poll (&wait, 1, rest_ms) <= 0
          || wait.revents & (POLLERR | POLLHUP))
        break;
    }
}

/**
 * line_close - the Guest has ended
 *
 * Clients get what they have not yet, if they take it soon.
 */
void
line_close (struct console_line *line)
{
  struct timespec until;
  unsigned i;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_sec += FAREWELL_MS / 1000;
  until.tv_nsec += FAREWELL_MS % 1000 * 1000000;
  for (i = 0; i < LINE_CLIENTS_MAX; i++)
    if (line->clients[i].source.fd >= 0)
      {
        say_farewell (&line->clients[i], &until);
        detach (&line->clients[i]);
      }
  if (line->listener.fd >= 0)
    {
      const char *path = console_option_path (line->option);
      const char *slash = strrchr (path, '/');

      unlinkat (line->folder, slash ? slash + 1 : path, 0);
    }
}

/** line_size - of the window; 0, 0 if there is none */
void
line_size (const struct console_line *line, struct console_size *size)
{
  *size = line->option->size;
  if (!size->columns && line->type == LINE_STDIO)
    terminal_size (&size->columns, &size->rows);
  if (!size->columns)
    *size = line->size;
}
