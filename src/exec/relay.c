/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec/relay.c - between a command in a guest and who has asked for it.
 *
 * See exec/protocol.h.  What comes from the guest is not trusted: it can fill
 * our standard output, no more.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "exec/protocol.h"
#include "exec/relay.h"
#include "fd_io.h"

#define FRAME_BYTES (EXEC_HEADER_BYTES + EXEC_DATA_BYTES)

/**
 * struct relay - the connection
 * @line: to the guest; a stream socket
 * @signals: a signalfd
 * @end: what will be told
 * @frame, @have: what has come of the next frame
 * @window: how much of our input it takes now
 * @input_ended: there is no more
 * @last_signal: that we have sent it on
 */
struct relay
{
  int line;
  int signals;
  struct relay_end *end;
  uint8_t frame[FRAME_BYTES];
  size_t have;
  size_t window;
  bool input_ended;
  int last_signal;
};

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static void
fill_set (sigset_t *set)
{
  size_t i;

  sigemptyset (set);
  for (i = 0; i < sizeof caught / sizeof *caught; i++)
    sigaddset (set, caught[i]);
}

/** relay_block_signals - before there is a guest that they could miss */
bool
relay_block_signals (sigset_t *before)
{
  sigset_t set;

  fill_set (&set);
  return sigprocmask (SIG_BLOCK, &set, before) == 0;
}

static void
put_number (uint8_t *bytes, uint32_t number)
{
  bytes[0] = number;
  bytes[1] = number >> 8;
  bytes[2] = number >> 16;
  bytes[3] = number >> 24;
}

static uint32_t
get_number (const uint8_t *bytes)
{
  return bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16
    | (uint32_t) bytes[3] << 24;
}

static bool
send_frame (struct relay *relay, uint8_t what, const void *data,
            uint32_t count)
{
  uint8_t frame[FRAME_BYTES];

  frame[0] = what;
  put_number (frame + 1, count);
  memcpy (frame + EXEC_HEADER_BYTES, data, count);
  return write_fully (relay->line, frame, EXEC_HEADER_BYTES + count);
}

/* The command has written something.  If nobody reads it any more, the command
   need not know. */
static bool
pass_output (struct relay *relay, int fd, const uint8_t *data, uint32_t count)
{
  uint8_t number[4];

  write_fully (fd, data, count);
  put_number (number, count);
  return send_frame (relay, EXEC_TAKEN_OUTPUT, number, sizeof number);
}

/* False if there is nothing more to do. */
static bool
heed (struct relay *relay, uint8_t what, const uint8_t *data, uint32_t count)
{
  switch (what)
    {
    case EXEC_READY:
      relay->end->started = true;
      relay->window = EXEC_WINDOW;
      return true;
    case EXEC_OUTPUT:
      return pass_output (relay, STDOUT_FILENO, data, count);
    case EXEC_ERROR:
      return pass_output (relay, STDERR_FILENO, data, count);
    case EXEC_TAKEN_INPUT:
      if (count == 4)
        {
          relay->window += get_number (data);
          /* A guest that lies only gets more at once. */
          if (relay->window > EXEC_WINDOW)
            relay->window = EXEC_WINDOW;
        }
      return true;
    case EXEC_STATUS:
      if (count == 1)
        {
          relay->end->ended = true;
          relay->end->status = data[0];
        }
      return false;
    default:
      return true;
    }
}

static bool
read_line (struct relay *relay)
{
  const ssize_t n = read (relay->line, relay->frame + relay->have,
                          sizeof relay->frame - relay->have);

  if (n < 0 && errno == EINTR)
    return true;
  if (n <= 0)
    return false;
  relay->have += n;
  while (relay->have >= EXEC_HEADER_BYTES)
    {
      const uint32_t count = get_number (relay->frame + 1);
      const size_t whole = EXEC_HEADER_BYTES + (size_t) count;

      if (count > EXEC_DATA_BYTES)
        return false;
      if (relay->have < whole)
        break;
      if (!heed (relay, relay->frame[0], relay->frame + EXEC_HEADER_BYTES,
                 count))
        return false;
      relay->have -= whole;
      memmove (relay->frame, relay->frame + whole, relay->have);
    }
  return true;
}

static bool
read_input (struct relay *relay)
{
  uint8_t data[EXEC_DATA_BYTES];
  const size_t room = relay->window < sizeof data ? relay->window
    : sizeof data;
  ssize_t n = read (STDIN_FILENO, data, room);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return true;
  if (n <= 0)
    {
      relay->input_ended = true;
      n = 0;
    }
  relay->window -= n;
  return send_frame (relay, EXEC_INPUT, data, n);
}

/* The command gets it; the second time, or before it runs, the guest ends. */
static bool
pass_signal (struct relay *relay)
{
  struct signalfd_siginfo info;
  uint8_t number;

  if (read (relay->signals, &info, sizeof info) != sizeof info)
    return true;
  if (!relay->end->started || relay->last_signal)
    {
      relay->end->signal = info.ssi_signo;
      return false;
    }
  relay->last_signal = number = info.ssi_signo;
  return send_frame (relay, EXEC_SIGNAL, &number, 1);
}

/**
 * relay_run - until the command or the guest has ended
 * @line: a stream socket to the guest's second console
 * @end: filled in
 *
 * After relay_block_signals().  False with errno set if it cannot be done.
 */
bool
relay_run (int line, struct relay_end *end)
{
  struct relay relay = { .line = line, .end = end };
  sigset_t set;
  bool more = true;

  memset (end, 0, sizeof *end);
  fill_set (&set);
  relay.signals = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (relay.signals < 0)
    return false;
  signal (SIGPIPE, SIG_IGN);
  while (more)
    {
      struct pollfd wait[] =
        {
          { .fd = line, .events = POLLIN },
          { .fd = relay.signals, .events = POLLIN },
          { .fd = relay.window && !relay.input_ended ? STDIN_FILENO : -1,
            .events = POLLIN },
        };

      if (poll (wait, sizeof wait / sizeof *wait, -1) < 0)
        {
          if (errno == EINTR)
            continue;
          break;
        }
      if (wait[0].revents)
        more = read_line (&relay);
      if (more && wait[1].revents)
        more = pass_signal (&relay);
      if (more && wait[2].revents)
        more = read_input (&relay);
    }
  close (relay.signals);
  return true;
}
