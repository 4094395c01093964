/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_line.h - the other end of a Guest's console: who reads and types.
 *
 * A line joins a port of the console device to its own end (a terminal, a pty,
 * a socket, a file, or nothing) and to any number of clients that come and go.
 * What the Guest writes is kept for a while, so that who comes late sees the
 * last lines.
 */
#ifndef CONSOLE_LINE_H
#define CONSOLE_LINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console_option.h"
#include "escape.h"
#include "event_loop.h"
#include "failure.h"

/* Who lags behind by more than this misses something. */
#define LINE_BACKLOG_BYTES 131072

/* What who attaches gets to see at most. */
#define LINE_GREETING_BYTES 8192

#define LINE_INPUT_BYTES 4096
#define LINE_CLIENTS_MAX 16

struct console_line;

/**
 * struct line_client - somebody who is attached
 * @source: its connection; fd is -1 if this is free
 * @line: to what
 * @position: how much of what the Guest has ever written it has got
 * @read_only: it may not type
 * @input_ended: it does not type any more
 * @stays: a pty, which is not gone when nobody has opened it
 */
struct line_client
{
  struct event_source source;
  struct console_line *line;
  uint64_t position;
  bool read_only;
  bool input_ended;
  bool stays;
};

/**
 * struct line_log - a file that everything goes to
 * @name: FILE
 * @fd, @old_fd: FILE and FILE.1; -1: none
 * @bytes: length of FILE
 * @limit: see struct console_option
 * @failed: the user has been told
 */
struct line_log
{
  const char *name;
  int fd;
  int old_fd;
  uint64_t bytes;
  uint64_t limit;
  bool failed;
};

/**
 * struct console_line - all of it
 * @loop: of the main thread
 * @number: of the port
 * @option: what the user wants
 * @type: what its own end is
 * @end: where output goes: standard output or a file; -1: neither
 * @deliver: let the Guest take what is in the ring of input; it does so by
 *   line_take(); main thread
 * @device: for @deliver
 * @command: the escape key was used, on the terminal; main thread
 * @context: for @command
 * @output_lock: guards the line's own end while something is written to it,
 *   which may take as long as that likes
 * @lock: guards @backlog and @written; held for short only
 * @backlog: what the Guest has written, a ring
 * @written: how much it has ever written
 * @read: how much it has ever read
 * @bell: something was written; an eventfd
 * @log: of this line
 * @size: of the window of who is attached
 * @listener: a unix socket's
 * @folder: that it is in
 * @pty: name of the slave
 * @clients: who is attached; main thread
 * @client_count: how many of them; read by any thread
 * @keyboard: standard input
 * @input, @input_start, @input_count: what was typed and not yet taken by
 *   the Guest, a ring
 * @terminal: standard input is one, and it is ours
 * @waiting_for_input: @keyboard is in the event loop
 * @input_ready_always: standard input is a regular file
 * @input_ended: nothing more will come by standard input
 * @escape: the escape key
 *
 * Everything about input belongs to the main thread.
 */
struct console_line
{
  struct event_loop *loop;
  unsigned number;
  const struct console_option *option;
  enum line_type type;
  int end;
  void (*deliver) (struct console_line *line);
  void *device;
  void (*command) (struct console_line *line, enum escape_meaning command,
                   uint8_t key);
  void *context;
  pthread_mutex_t output_lock;
  pthread_mutex_t lock;
  uint8_t *backlog;
  uint64_t written;
  uint64_t read;
  struct event_source bell;
  struct line_log log;
  struct console_size size;
  struct event_source listener;
  int folder;
  char *pty;
  struct line_client clients[LINE_CLIENTS_MAX];
  unsigned client_count;
  struct event_source keyboard;
  uint8_t input[LINE_INPUT_BYTES];
  unsigned input_start;
  unsigned input_count;
  bool terminal;
  bool waiting_for_input;
  bool input_ready_always;
  bool input_ended;
  struct escape escape;
};

bool line_create (struct console_line *line, struct event_loop *loop,
                  unsigned number, const struct console_option *option,
                  int escape, struct failure *failure);
bool line_listen (struct console_line *line, struct failure *failure);
bool line_open (struct console_line *line, struct failure *failure);
void line_close (struct console_line *line);

/* For the device. */
void line_write (struct console_line *line, const void *bytes, size_t count);
void line_write_emergency (struct console_line *line, char byte);
size_t line_peek (const struct console_line *line, const uint8_t **bytes);
void line_take (struct console_line *line, size_t count);
void line_pump (struct console_line *line);
void line_size (const struct console_line *line, struct console_size *size);

/* For the main thread. */
bool line_attach (struct console_line *line, int fd, bool read_only,
                  bool backlog, const void *typed, size_t count);
bool line_type (struct console_line *line, const void *keys, size_t count);

#endif /* CONSOLE_LINE_H */
