/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control.c - a Guest's control socket: who talks with its launcher.
 *
 * All happens in the main thread, which never waits for a client.  A client
 * that does not read its answer is asked nothing more; one that says nothing
 * makes room when another one comes; one that talks nonsense is told so.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "i18n.h"
#include "log.h"
#include "unix_socket.h"

#define NOBODY ((uid_t) -1)
#define NO_GROUP ((gid_t) -1)

/* The most groups of a client that we look at. */
#define GROUPS_MAX 1024

/* How long the last answers may take. */
#define FAREWELL_MS 1000

/*
 * Answers.
 */

/** control_ok - the end of a good answer */
void
control_ok (struct control_client *client)
{
  answer_line (&client->answer, "ok", NULL);
}

/** control_error - the only line of a bad one; @code of lib/protocol.h */
void
control_error (struct control_client *client, const char *code,
               const char *format, ...)
{
  char text[512], first[64];
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  snprintf (first, sizeof first, "error %s", code);
  answer_line (&client->answer, first, text);
}

static void
close_files (struct control_client *client)
{
  while (client->file_count > 0)
    {
      const int fd = client->files[--client->file_count];

      if (fd >= 0)
        close (fd);
    }
}

static void
hang_up (struct control_client *client)
{
  close_files (client);
  event_loop_remove (client->control->loop, &client->source);
  close (client->source.fd);
  client->source.fd = -1;
  free (client->answer.text);
  client->answer.text = NULL;
}

static bool
has_answer (const struct control_client *client)
{
  return client->sent < client->answer.length;
}

/* Send as much of the answer as it takes.  False if it is gone. */
static bool
send_answer (struct control_client *client)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr alignment;
  } control = { { 0 } };

  if (client->answer.failed)
    return false;
  while (has_answer (client))
    {
      struct iovec rest = { client->answer.text + client->sent,
                            client->answer.length - client->sent };
      struct msghdr message = { .msg_iov = &rest, .msg_iovlen = 1 };
      ssize_t n;

      if (client->passed >= 0)
        {
          struct cmsghdr *header;

          message.msg_control = control.bytes;
          message.msg_controllen = sizeof control.bytes;
          header = CMSG_FIRSTHDR (&message);
          header->cmsg_level = SOL_SOCKET;
          header->cmsg_type = SCM_RIGHTS;
          header->cmsg_len = CMSG_LEN (sizeof (int));
          memcpy (CMSG_DATA (header), &client->passed, sizeof (int));
        }
      n = sendmsg (client->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0)
        return errno == EAGAIN || errno == EINTR;
      client->passed = -1;
      client->sent += n;
    }
  free (client->answer.text);
  memset (&client->answer, 0, sizeof client->answer);
  client->sent = 0;
  return client->state != CLIENT_LEAVES;
}

/*
 * Requests.
 */

/* One line, without its newline. */
static void
heed (struct control_client *client, char *line, size_t length)
{
  const struct control *control = client->control;
  const struct control_request *request;
  const char *name = line;

  if (memchr (line, '\0', length))
    {
      control_error (client, PROTOCOL_BAD_REQUEST, _("this is no text"));
      return;
    }
  name = strsep (&line, " ");
  for (request = control->requests; request->name; request++)
    if (strcmp (request->name, name) == 0)
      {
        request->handle (client, line ? line : (char *) "");
        return;
      }
  control_error (client, PROTOCOL_BAD_REQUEST,
                 _("this launcher knows no request \"%.40s\""), name);
}

/* Heed what has come, one line after the other.  False if the connection is
   not ours any more. */
static bool
heed_all (struct control_client *client)
{
  char *end;

  while (!has_answer (client)
         && (client->state == CLIENT_TALKS
             || client->state == CLIENT_ATTACHES)
         && (end = memchr (client->request, '\n', client->count)))
    {
      const size_t length = end - client->request;

      *end = '\0';
      client->count -= length + 1;
      if (client->state == CLIENT_ATTACHES)
        {
          const int fd = client->source.fd;

          event_loop_remove (client->control->loop, &client->source);
          client->source.fd = -1;
          if (!client->control->attach (client, fd, end + 1, client->count))
            close (fd);
          return false;
        }
      client->used = ++client->control->clock;
      heed (client, client->request, length);
      close_files (client);
      memmove (client->request, end + 1, client->count);
      if (!send_answer (client))
        return false;
    }
  if (client->count == sizeof client->request && !has_answer (client))
    {
      control_error (client, PROTOCOL_BAD_REQUEST,
                     _("a request can be %d bytes long at most"),
                     PROTOCOL_REQUEST_BYTES);
      client->state = CLIENT_LEAVES;
      return send_answer (client);
    }
  return true;
}

/* Take the file descriptors that have come.  More than there is room for were
   closed by the kernel; those that come late are for nothing. */
static void
take_files (struct control_client *client, struct msghdr *message)
{
  struct cmsghdr *header;

  for (header = CMSG_FIRSTHDR (message); header;
       header = CMSG_NXTHDR (message, header))
    {
      size_t count, i;

      if (header->cmsg_level != SOL_SOCKET
          || header->cmsg_type != SCM_RIGHTS)
        continue;
      count = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (i = 0; i < count; i++)
        {
          int fd;

          memcpy (&fd, CMSG_DATA (header) + i * sizeof fd, sizeof fd);
          if (client->file_count < CONTROL_FILES_MAX)
            client->files[client->file_count++] = fd;
          else
            close (fd);
        }
    }
}

/* Read what it says.  False if it is gone. */
static bool
read_requests (struct control_client *client)
{
  union
  {
    char bytes[CMSG_SPACE (CONTROL_FILES_MAX * sizeof (int))];
    struct cmsghdr alignment;
  } control;
  struct iovec room = { client->request + client->count,
                        sizeof client->request - client->count };
  struct msghdr message =
    {
      .msg_iov = &room,
      .msg_iovlen = 1,
      .msg_control = control.bytes,
      .msg_controllen = sizeof control.bytes,
    };
  ssize_t n;

  if (room.iov_len == 0)
    return true;
  n = recvmsg (client->source.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR;
  take_files (client, &message);
  client->count += n;
  return n > 0;
}

/* Answer what can be answered; hang up if it is gone. */
static void
go_on (struct control_client *client, bool here)
{
  if (here && has_answer (client))
    here = send_answer (client);
  if (here)
    here = heed_all (client);
  if (client->source.fd < 0)
    return;
  if (!here || !event_loop_watch (client->control->loop, &client->source,
                                  has_answer (client)
                                  ? WATCH_OUTPUT : WATCH_INPUT))
    hang_up (client);
}

/**
 * control_release - what clients have asked for is there
 * @state: that they are in: CLIENT_ASKS or CLIENT_SAVES
 * @failure: or not, and why; NULL
 *
 * Returns false if they are all gone.
 */
bool
control_release (struct control *control, enum client_state state,
                 const struct failure *failure)
{
  bool told = false;
  unsigned i;

  for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
    {
      struct control_client *client = &control->clients[i];

      if (client->source.fd < 0 || client->state != state)
        continue;
      client->state = CLIENT_TALKS;
      if (failure)
        control_error (client, PROTOCOL_FAILED, "%s", failure->text);
      else
        control_ok (client);
      told = true;
      go_on (client, true);
    }
  return told;
}

static void
client_ready (struct event_source *source)
{
  struct control_client *client = (struct control_client *) source;
  struct pollfd state = { .fd = source->fd, .events = POLLIN | POLLOUT };
  bool here = true;

  if (source->fd < 0 || poll (&state, 1, 0) <= 0)
    return;
  if (state.revents & POLLIN)
    here = read_requests (client);
  else if (state.revents & (POLLHUP | POLLERR))
    here = false;
  go_on (client, here);
}

/*
 * Clients come.
 */

static bool
is_in_group (int fd, gid_t group)
{
  gid_t groups[GROUPS_MAX];
  socklen_t length = sizeof groups;
  size_t i;

  if (group == NO_GROUP
      || getsockopt (fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0)
    return false;
  for (i = 0; i < length / sizeof *groups; i++)
    if (groups[i] == group)
      return true;
  return false;
}

/* May it?  The socket's mode says so already, unless somebody changed it. */
static bool
is_allowed (const struct control *control, int fd)
{
  struct ucred peer;
  socklen_t length = sizeof peer;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
    return false;
  return peer.uid == 0 || peer.uid == geteuid ()
    || (control->owner != NOBODY && peer.uid == control->owner)
    || (control->group != NO_GROUP && peer.gid == control->group)
    || is_in_group (fd, control->group);
}

/* Room for one more, if need be that of who has been silent for longest. */
static struct control_client *
find_room (struct control *control)
{
  struct control_client *oldest = NULL;
  unsigned i;

  for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
    {
      struct control_client *client = &control->clients[i];

      if (client->source.fd < 0)
        return client;
      if (client->state != CLIENT_WAITS && client->state != CLIENT_SAVES
          && (!oldest || client->used < oldest->used))
        oldest = client;
    }
  if (oldest)
    hang_up (oldest);
  return oldest;
}

static void
refuse (int fd, const char *line)
{
  send (fd, line, strlen (line), MSG_DONTWAIT | MSG_NOSIGNAL);
  close (fd);
}

static void
listener_ready (struct event_source *source)
{
  struct control *control
    = (struct control *) ((char *) source
                          - offsetof (struct control, listener));
  const int fd = accept4 (source->fd, NULL, NULL,
                          SOCK_CLOEXEC | SOCK_NONBLOCK);
  struct control_client *client;
  char first[160];

  if (fd < 0)
    return;
  if (!is_allowed (control, fd))
    {
      refuse (fd, "error " PROTOCOL_NOT_ALLOWED
              " this guest belongs to somebody else\n");
      return;
    }
  client = find_room (control);
  if (!client)
    {
      refuse (fd, "error " PROTOCOL_BUSY " too many wait for its end\n");
      return;
    }
  memset (client, 0, sizeof *client);
  client->source.fd = fd;
  client->source.ready = client_ready;
  client->control = control;
  client->passed = -1;
  client->used = ++control->clock;
  snprintf (first, sizeof first, PROTOCOL_GREETING " %d %s %ld",
            PROTOCOL_NUMBER, control->name, (long) getpid ());
  answer_line (&client->answer, first, NULL);
  if (!send_answer (client)
      || !event_loop_watch (control->loop, &client->source,
                            has_answer (client)
                            ? WATCH_OUTPUT : WATCH_INPUT))
    hang_up (client);
}

/**
 * control_open - let clients come
 * @folder: where the socket will be
 *
 * @name, @owner, @group, @requests, @context and @attach are set already.
 */
bool
control_open (struct control *control, struct event_loop *loop,
              const char *folder, struct failure *failure)
{
  char *path;
  unsigned i;

  control->loop = loop;
  control->listener.fd = -1;
  for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
    control->clients[i].source.fd = -1;
  if (asprintf (&path, "%s/" PROTOCOL_SOCKET, folder) < 0)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  control->listener.ready = listener_ready;
  control->listener.fd
    = unix_socket_listen (path, control->group == NO_GROUP ? 0600 : 0660,
                          failure);
  if (control->listener.fd < 0)
    {
      free (path);
      return false;
    }
  if ((control->owner != NOBODY || control->group != NO_GROUP)
      && chown (path, control->owner, control->group) != 0)
    fail (failure, STATUS_ERROR, _("cannot give socket %s to its owner: %s"),
          path, strerror (errno));
  else if (!event_loop_add (loop, &control->listener))
    fail (failure, STATUS_ERROR, _("cannot wait for events: %s"),
          strerror (errno));
  else
    {
      free (path);
      return true;
    }
  close (control->listener.fd);
  control->listener.fd = -1;
  free (path);
  return false;
}

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/**
 * control_close - the end: tell those who wait for it, and hang up
 * @status: that lguest exits with
 *
 * The Guest's name is free already.
 */
void
control_close (struct control *control, int status)
{
  const int64_t deadline = now_ms () + FAREWELL_MS;
  char text[16];
  unsigned i;

  if (control->listener.fd < 0)
    return;
  event_loop_remove (control->loop, &control->listener);
  close (control->listener.fd);
  control->listener.fd = -1;
  snprintf (text, sizeof text, "%d", status);
  for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
    {
      struct control_client *client = &control->clients[i];

      if (client->source.fd < 0)
        continue;
      if (client->state == CLIENT_WAITS)
        {
          answer_line (&client->answer, "exit", text);
          control_ok (client);
        }
      while (send_answer (client) && has_answer (client))
        {
          struct pollfd wait
            = { .fd = client->source.fd, .events = POLLOUT };
          const int64_t rest = deadline - now_ms ();

          if (rest <= 0 || poll (&wait, 1, rest) <= 0)
            break;
        }
      hang_up (client);
    }
}
