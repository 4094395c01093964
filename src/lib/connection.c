/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * connection.c - a connection to a launcher: requests and answers.
 *
 * The socket does not block: we wait by poll(), with a limit.
 */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

/* Between tries to connect to a launcher whose queue is full. */
#define RETRY_MS 20

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When something that may take this long is late; -1: never. */
static int64_t
deadline_after (int timeout_ms)
{
  return timeout_ms < 0 ? -1 : now_ms () + timeout_ms;
}

static enum lguest_result
late (const char *name)
{
  return lguest__fail (LGUEST_LATE, _("%s: the launcher does not answer"),
                       name);
}

static enum lguest_result
gone (const char *name)
{
  return lguest__fail (LGUEST_GONE, _("%s: the launcher has ended"), name);
}

/* Wait until the socket can be used, or it is late. */
static enum lguest_result
wait_for (const struct lguest_guest *guest, short events, int64_t deadline)
{
  for (;;)
    {
      struct pollfd wait = { .fd = guest->fd, .events = events };
      int64_t rest = deadline < 0 ? -1 : deadline - now_ms ();
      int n;

      if (deadline >= 0 && rest < 0)
        rest = 0;
      if (rest > 1 << 30)
        rest = 1 << 30;
      n = poll (&wait, 1, rest);
      if (n > 0)
        return LGUEST_OK;
      if (n == 0 && deadline >= 0 && now_ms () >= deadline)
        return late (guest->name);
      if (n < 0 && errno != EINTR)
        return lguest__fail (LGUEST_SYSTEM_ERROR, _("%s: cannot wait: %s"),
                             guest->name, strerror (errno));
    }
}

/* Take a file descriptor that came with data. */
static void
take_passed (struct lguest_guest *guest, struct msghdr *message)
{
  struct cmsghdr *header;

  for (header = CMSG_FIRSTHDR (message); header;
       header = CMSG_NXTHDR (message, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS
        && header->cmsg_len == CMSG_LEN (sizeof (int)))
      {
        if (guest->passed >= 0)
          close (guest->passed);
        memcpy (&guest->passed, CMSG_DATA (header), sizeof (int));
      }
}

/* Get more of what was said. */
static enum lguest_result
receive (struct lguest_guest *guest, int64_t deadline)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr alignment;
  } control;
  enum lguest_result result;
  struct iovec piece;
  struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
  ssize_t n;

  memmove (guest->received, guest->received + guest->start, guest->count);
  guest->start = 0;
  for (;;)
    {
      piece.iov_base = guest->received + guest->count;
      piece.iov_len = PROTOCOL_ANSWER_BYTES - guest->count;
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      n = recvmsg (guest->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      if (n > 0)
        {
          take_passed (guest, &message);
          guest->count += n;
          return LGUEST_OK;
        }
      if (n == 0 || errno == ECONNRESET || errno == EPIPE)
        return gone (guest->name);
      if (errno != EAGAIN && errno != EINTR)
        return lguest__fail (LGUEST_SYSTEM_ERROR, _("%s: cannot read: %s"),
                             guest->name, strerror (errno));
      result = wait_for (guest, POLLIN, deadline);
      if (result != LGUEST_OK)
        return result;
    }
}

/* Get one line, without its newline; it is valid until the next. */
static enum lguest_result
receive_line (struct lguest_guest *guest, int64_t deadline, char **line)
{
  for (;;)
    {
      char *start = guest->received + guest->start;
      char *end = memchr (start, '\n', guest->count);
      enum lguest_result result;

      if (end)
        {
          *end = '\0';
          *line = start;
          guest->count -= end + 1 - start;
          guest->start += end + 1 - start;
          return LGUEST_OK;
        }
      if (guest->count == PROTOCOL_ANSWER_BYTES)
        return lguest__fail (LGUEST_BAD_ANSWER,
                             _("%s: the launcher talks nonsense"),
                             guest->name);
      result = receive (guest, deadline);
      if (result != LGUEST_OK)
        return result;
    }
}

/* Send some bytes, and what is to go with them. */
static ssize_t
send_some (struct lguest_guest *guest, const char *text, size_t length)
{
  union
  {
    char bytes[CMSG_SPACE (PROTOCOL_SNAPSHOT_FILES * sizeof (int))];
    struct cmsghdr alignment;
  } control = { { 0 } };
  struct iovec piece = { (char *) text, length };
  struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
  const size_t bytes = guest->file_count * sizeof (int);
  struct cmsghdr *header;

  if (guest->file_count)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = CMSG_SPACE (bytes);
      header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (bytes);
      memcpy (CMSG_DATA (header), guest->files, bytes);
    }
  return sendmsg (guest->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static enum lguest_result
send_all (struct lguest_guest *guest, const char *text, size_t length,
          int64_t deadline)
{
  while (length > 0)
    {
      enum lguest_result result;
      ssize_t n = send_some (guest, text, length);

      if (n > 0)
        {
          guest->file_count = 0;
          text += n;
          length -= n;
          continue;
        }
      if (errno == EPIPE || errno == ECONNRESET)
        return gone (guest->name);
      if (errno != EAGAIN && errno != EINTR)
        return lguest__fail (LGUEST_SYSTEM_ERROR, _("%s: cannot write: %s"),
                             guest->name, strerror (errno));
      result = wait_for (guest, POLLOUT, deadline);
      if (result != LGUEST_OK)
        return result;
    }
  return LGUEST_OK;
}

/* The failure that an error line tells: "CODE TEXT". */
static enum lguest_result
failure_from (const struct lguest_guest *guest, char *text)
{
  static const struct
  {
    const char *code;
    enum lguest_result result;
  } codes[] =
  {
    { PROTOCOL_NOT_ALLOWED, LGUEST_NOT_ALLOWED },
    { PROTOCOL_BAD_REQUEST, LGUEST_BAD_REQUEST },
    { PROTOCOL_WRONG_STATE, LGUEST_WRONG_STATE },
    { PROTOCOL_NOT_SUPPORTED, LGUEST_NOT_SUPPORTED },
    { PROTOCOL_BUSY, LGUEST_BUSY },
  };
  enum lguest_result result = LGUEST_FAILED;
  const char *code = strsep (&text, " ");
  size_t i;

  for (i = 0; i < sizeof codes / sizeof *codes; i++)
    if (strcmp (code, codes[i].code) == 0)
      result = codes[i].result;
  return lguest__fail (result, "%s: %s", guest->name, text ? text : code);
}

static int
hexadecimal (char digit)
{
  static const char digits[] = "0123456789ABCDEF";
  const char *found = digit ? strchr (digits, digit) : NULL;

  return found ? found - digits : -1;
}

/* Undo %XX, in place.  A byte of zero stays as it is. */
static void
decode (char *text)
{
  char *to = text;

  while (*text)
    {
      const int high = *text == '%' ? hexadecimal (text[1]) : -1;
      const int low = high >= 0 ? hexadecimal (text[2]) : -1;

      if (low >= 0 && (high || low))
        {
          *to++ = high << 4 | low;
          text += 3;
        }
      else
        *to++ = *text++;
    }
  *to = '\0';
}

/* The lines of an answer, up to the last. */
static enum lguest_result
receive_answer (struct lguest_guest *guest, int64_t deadline,
                lguest_line_function function, void *context)
{
  for (;;)
    {
      enum lguest_result result;
      char *line, *key;

      result = receive_line (guest, deadline, &line);
      if (result != LGUEST_OK)
        return result;
      key = strsep (&line, " ");
      if (strcmp (key, "ok") == 0)
        return LGUEST_OK;
      if (strcmp (key, "error") == 0)
        {
          decode (line ? line : key);
          return failure_from (guest, line ? line : key);
        }
      if (!function)
        continue;
      if (line)
        decode (line);
      result = function (context, key, line ? line : key + strlen (key));
      if (result != LGUEST_OK)
        return result;
    }
}

/**
 * lguest__request - say one line, and hear the answer
 * @timeout_ms: when the answer is late; -1: never
 * @line: called for each line of the answer but the last; or NULL
 * @format: of the request, without newline
 */
enum lguest_result
lguest__request (struct lguest_guest *guest, int timeout_ms,
                 lguest_line_function line, void *context,
                 const char *format, ...)
{
  const int64_t deadline = deadline_after (timeout_ms);
  char request[PROTOCOL_REQUEST_BYTES];
  enum lguest_result result;
  va_list arguments;
  int length;

  va_start (arguments, format);
  length = vsnprintf (request, sizeof request, format, arguments);
  va_end (arguments);
  if (length < 0 || (size_t) length >= sizeof request
      || memchr (request, '\n', length))
    return lguest__fail (LGUEST_BAD_REQUEST,
                         _("%s: the request is too long, or has a newline"
                           " in it"), guest->name);
  request[length] = '\n';
  result = send_all (guest, request, length + 1, deadline);
  /* Who is refused is told so before the hang-up. */
  if (result != LGUEST_OK && result != LGUEST_GONE)
    return result;
  return receive_answer (guest, deadline, line, context);
}

/* Connect without waiting longer than allowed for a launcher that does not
   accept. */
static enum lguest_result
open_socket (struct lguest_guest *guest, const char *path, int64_t deadline)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return lguest__fail (LGUEST_SYSTEM_ERROR,
                           _("%s: the name of its control socket is longer"
                             " than %d bytes: %s"), guest->name,
                           (int) sizeof address.sun_path - 1, path);
    }
  strcpy (address.sun_path, path);
  guest->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (guest->fd < 0)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("%s: no socket: %s"),
                         guest->name, strerror (errno));
  while (connect (guest->fd, (struct sockaddr *) &address, sizeof address)
         != 0)
    switch (errno)
      {
      case EINTR:
        break;
      case EAGAIN:
        if (now_ms () >= deadline)
          return late (guest->name);
        poll (NULL, 0, RETRY_MS);
        break;
      case ENOENT:
      case ENOTDIR:
      case ELOOP:
        return lguest__fail (LGUEST_NO_GUEST,
                             _("%s: no guest of this name runs"),
                             guest->name);
      case ECONNREFUSED:
        return lguest__fail (LGUEST_CRASHED,
                             _("%s: the guest's launcher has died"),
                             guest->name);
      case EACCES:
      case EPERM:
        return lguest__fail (LGUEST_NOT_ALLOWED,
                             _("%s: this guest belongs to somebody else"),
                             guest->name);
      default:
        return lguest__fail (LGUEST_SYSTEM_ERROR,
                             _("%s: cannot connect to %s: %s"), guest->name,
                             path, strerror (errno));
      }
  return LGUEST_OK;
}

/* Hear who the launcher is. */
static enum lguest_result
receive_greeting (struct lguest_guest *guest, int64_t deadline)
{
  enum lguest_result result;
  char *line, *word;
  long pid;

  result = receive_line (guest, deadline, &line);
  if (result != LGUEST_OK)
    return result;
  word = strsep (&line, " ");
  if (strcmp (word, "error") == 0 && line)
    {
      decode (line);
      return failure_from (guest, line);
    }
  if (strcmp (word, PROTOCOL_GREETING) == 0 && line)
    {
      const char *number = strsep (&line, " ");

      if (strtol (number, NULL, 10) != PROTOCOL_NUMBER)
        return lguest__fail (LGUEST_OTHER_PROTOCOL,
                             _("%s: the launcher speaks protocol %s, this"
                               " program %d: use lguest of the launcher's"
                               " version"), guest->name, number,
                             PROTOCOL_NUMBER);
      strsep (&line, " ");
      pid = line ? strtol (line, NULL, 10) : 0;
      if (pid > 0)
        {
          guest->pid = pid;
          return LGUEST_OK;
        }
    }
  return lguest__fail (LGUEST_BAD_ANSWER,
                       _("%s: the launcher talks nonsense"), guest->name);
}

/**
 * lguest__connect - to the launcher at a certain socket
 * @timeout_ms: how long it may take to say who it is
 */
enum lguest_result
lguest__connect (const char *path, const char *name, int timeout_ms,
                 struct lguest_guest **guest)
{
  const int64_t deadline = deadline_after (timeout_ms);
  struct lguest_guest *new = calloc (1, sizeof *new);
  enum lguest_result result;

  *guest = NULL;
  if (!new)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  new->fd = new->passed = -1;
  strncpy (new->name, name, LGUEST_NAME_MAX);
  new->path = strdup (path);
  new->received = malloc (PROTOCOL_ANSWER_BYTES);
  if (!new->path || !new->received)
    result = lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  else
    result = open_socket (new, path, deadline);
  if (result == LGUEST_OK)
    result = receive_greeting (new, deadline);
  if (result != LGUEST_OK)
    {
      const int error = errno;

      lguest_disconnect (new);
      errno = error;
      return result;
    }
  *guest = new;
  return LGUEST_OK;
}

enum lguest_result
lguest_connect (const char *name, struct lguest_guest **guest)
{
  struct lguest_directories *directories;
  enum lguest_result result;
  char path[PATH_BYTES + LGUEST_NAME_MAX + sizeof "//" PROTOCOL_SOCKET];
  unsigned i;

  *guest = NULL;
  if (!lguest_name_is_valid (name))
    return lguest__fail (LGUEST_BAD_NAME,
                         _("\"%s\" is no name of a guest"), name);
  directories = malloc (sizeof *directories);
  if (!directories)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  result = lguest__directories (directories, true);
  if (result == LGUEST_OK)
    result = lguest__fail (LGUEST_NO_GUEST,
                           _("%s: no guest of this name runs"), name);
  for (i = 0; result == LGUEST_NO_GUEST && i < directories->count; i++)
    {
      snprintf (path, sizeof path, "%s/%s/%s", directories->paths[i], name,
                PROTOCOL_SOCKET);
      result = lguest__connect (path, name, LGUEST__ANSWER_MS, guest);
    }
  free (directories);
  return result;
}

void
lguest_disconnect (struct lguest_guest *guest)
{
  if (!guest)
    return;
  if (guest->fd >= 0)
    close (guest->fd);
  if (guest->passed >= 0)
    close (guest->passed);
  free (guest->path);
  free (guest->received);
  free (guest);
}

const char *
lguest_guest_name (const struct lguest_guest *guest)
{
  return guest->name;
}

pid_t
lguest_guest_pid (const struct lguest_guest *guest)
{
  return guest->pid;
}

int
lguest_guest_fd (const struct lguest_guest *guest)
{
  return guest->fd;
}
