/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control.h - a Guest's control socket: who talks with its launcher.
 *
 * What is said is in lib/protocol.h; what can be asked for, in requests.c.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

#include "event_loop.h"
#include "failure.h"
#include "lib/protocol.h"
#include "answer.h"

#define CONTROL_CLIENTS_MAX 32

/* File descriptors that can come with a request. */
#define CONTROL_FILES_MAX 3

struct control;
struct control_client;

/**
 * struct control_request - something that can be asked for
 * @name: first word of the line
 * @handle: do it, and call control_ok() or control_error(), or set the
 *   client's state; @arguments is what follows the first word and a space
 */
struct control_request
{
  const char *name;
  void (*handle) (struct control_client *client, char *arguments);
};

/**
 * enum client_state - what a client does
 * @CLIENT_TALKS: it makes requests
 * @CLIENT_WAITS: until the Guest ends
 * @CLIENT_ASKS: until control_release()
 * @CLIENT_SAVES: likewise: a snapshot is being made
 * @CLIENT_ATTACHES: to a console, with its next line
 * @CLIENT_LEAVES: when it has its answer, we hang up
 */
enum client_state
{
  CLIENT_TALKS,
  CLIENT_WAITS,
  CLIENT_ASKS,
  CLIENT_SAVES,
  CLIENT_ATTACHES,
  CLIENT_LEAVES,
};

/**
 * struct control_client - a connection
 * @source: its socket; fd is -1 if this is free
 * @control: whose it is
 * @state: what it does
 * @request, @count: what it has said, up to a whole line
 * @answer, @sent: what it gets, and how much of that it has got
 * @files, @file_count: what has come with the request, ours until it is heeded;
 *   who takes one puts -1 there
 * @passed: file descriptor to be sent with the answer; not ours; -1: none
 * @used: when it last made a request, counted in requests
 * @port, @read_only, @backlog: what it attaches to
 */
struct control_client
{
  struct event_source source;
  struct control *control;
  enum client_state state;
  char request[PROTOCOL_REQUEST_BYTES];
  size_t count;
  struct answer answer;
  size_t sent;
  int files[CONTROL_FILES_MAX];
  unsigned file_count;
  int passed;
  unsigned long used;
  unsigned port;
  bool read_only;
  bool backlog;
};

/**
 * struct control - the socket, and all who are connected
 * @loop: of the main thread, to which all this belongs
 * @listener: the socket
 * @clients: who is connected
 * @name: of the Guest
 * @owner, @group: who may connect besides root and ourselves; -1: nobody
 * @requests: what can be asked for; ends with a row without a name
 * @context: for those
 * @attach: give a connection to a console; false if that is not possible
 * @clock: counts requests
 */
struct control
{
  struct event_loop *loop;
  struct event_source listener;
  struct control_client clients[CONTROL_CLIENTS_MAX];
  const char *name;
  uid_t owner;
  gid_t group;
  const struct control_request *requests;
  void *context;
  bool (*attach) (struct control_client *client, int fd, const char *typed,
                  size_t count);
  unsigned long clock;
};

bool control_open (struct control *control, struct event_loop *loop,
                   const char *folder, struct failure *failure);
void control_close (struct control *control, int status);
bool control_release (struct control *control, enum client_state state,
                      const struct failure *failure);

/* For requests. */
void control_ok (struct control_client *client);
void control_error (struct control_client *client, const char *code,
                    const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

#endif /* CONTROL_H */
