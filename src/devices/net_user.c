/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/net_user.c - frames go to passt, which is an ordinary user.
 *
 * passt turns the Guest's frames into sockets of the Host, and needs no
 * permission for that.  It is another program, and not trusted: we speak to
 * it over a stream socket, where each frame comes after its length in 32
 * bits, high byte first.
 */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "devices/net_user.h"
#include "i18n.h"

#define PASST "passt"

/* It says that it is ready by going to the background.  How long that may
   take, and how much of what it says we show. */
#define READY_MS 20000
#define WORDS_SIZE 512

/* File descriptor of the socket in passt. */
#define PASST_FD 3

#define LENGTH_BYTES sizeof (uint32_t)

/* Address, ports, and marks between them. */
#define FORWARD_TEXT_SIZE (NET_FORWARD_ADDRESS_SIZE + 16)

/* Send what is left from the frame before. */
static enum net_sent
send_rest (struct net_user *user)
{
  while (user->output_start < user->output_end)
    {
      const ssize_t n = send (user->backend.fd,
                              user->output + user->output_start,
                              user->output_end - user->output_start,
                              MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno == EAGAIN || errno == ENOBUFS ? NET_LATER : NET_GONE;
      user->output_start += n;
    }
  return NET_SENT;
}

/* Keep what is behind the first @done bytes for later. */
static void
keep_rest (struct net_user *user, const struct iovec *pieces, unsigned count,
           size_t done)
{
  unsigned i;

  user->output_start = user->output_end = 0;
  for (i = 0; i < count; i++)
    {
      const size_t skip = done < pieces[i].iov_len ? done : pieces[i].iov_len;
      const size_t rest = pieces[i].iov_len - skip;

      memcpy (user->output + user->output_end,
              (uint8_t *) pieces[i].iov_base + skip, rest);
      user->output_end += rest;
      done -= skip;
    }
}

static enum net_sent
send_frame (struct net_backend *backend, const struct iovec *pieces,
            unsigned count)
{
  struct net_user *user = (struct net_user *) backend;
  struct iovec stream[count + 1];
  struct msghdr message = { .msg_iov = stream, .msg_iovlen = count + 1 };
  enum net_sent sent = send_rest (user);
  size_t bytes = 0;
  uint32_t length;
  ssize_t n;
  unsigned i;

  if (sent != NET_SENT)
    return sent;
  /* The length takes the place of the header. */
  memcpy (stream + 1, pieces, count * sizeof *stream);
  stream[1].iov_base = (uint8_t *) pieces[0].iov_base + NET_HEADER_BYTES;
  stream[1].iov_len = pieces[0].iov_len - NET_HEADER_BYTES;
  for (i = 1; i <= count; i++)
    bytes += stream[i].iov_len;
  length = htonl (bytes);
  stream[0].iov_base = &length;
  stream[0].iov_len = sizeof length;
  do
    n = sendmsg (backend->fd, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == EAGAIN || errno == ENOBUFS ? NET_LATER : NET_GONE;
  if ((size_t) n < sizeof length + bytes)
    keep_rest (user, stream, count + 1, n);
  return NET_SENT;
}

/* Read more from passt.  False if there is nobody any more. */
static bool
read_more (struct net_user *user)
{
  ssize_t n;

  if (user->input_start > 0)
    {
      memmove (user->input, user->input + user->input_start,
               user->input_end - user->input_start);
      user->input_end -= user->input_start;
      user->input_start = 0;
    }
  n = recv (user->backend.fd, user->input + user->input_end,
            sizeof user->input - user->input_end, 0);
  if (n > 0)
    user->input_end += n;
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Take the next frame out of the input.  0: it is not there yet; -1: that is
   no frame. */
static ssize_t
take_frame (struct net_user *user, uint8_t *buffer)
{
  const size_t have = user->input_end - user->input_start;
  const uint8_t *start = user->input + user->input_start;
  uint32_t length;

  if (have < LENGTH_BYTES)
    return 0;
  memcpy (&length, start, sizeof length);
  length = ntohl (length);
  if (length == 0 || length > NET_FRAME_MAX)
    return -1;
  if (have < LENGTH_BYTES + length)
    return 0;
  memset (buffer, 0, NET_HEADER_BYTES);
  memcpy (buffer + NET_HEADER_BYTES, start + LENGTH_BYTES, length);
  user->input_start += LENGTH_BYTES + length;
  return NET_HEADER_BYTES + length;
}

static ssize_t
receive (struct net_backend *backend, uint8_t *buffer)
{
  struct net_user *user = (struct net_user *) backend;
  const ssize_t n = take_frame (user, buffer);

  if (n != 0)
    return n;
  return read_more (user) ? take_frame (user, buffer) : -1;
}

/**
 * net_user_connect - use a stream socket that is there already
 * @user: all zero before
 * @socket: does not block
 */
void
net_user_connect (struct net_user *user, int socket)
{
  user->backend.fd = socket;
  strcpy (user->backend.name, PASST);
  user->backend.receive = receive;
  user->backend.send = send_frame;
}

/* Wait until passt closes its standard error, by going to the background or
   by ending.  What it said is in @words.  False if it takes too long. */
static bool
wait_until_ready (int fd, char words[WORDS_SIZE])
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  size_t length = 0;

  words[0] = '\0';
  for (;;)
    {
      char piece[256];
      ssize_t n;
      const int ready = poll (&wait, 1, READY_MS);

      if (ready < 0 && errno == EINTR)
        continue;
      if (ready <= 0)
        return false;
      n = read (fd, piece, sizeof piece);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return true;
      /* The end says what is wrong. */
      if (length + n >= WORDS_SIZE)
        {
          const size_t keep = WORDS_SIZE - 1 - n;

          memmove (words, words + length - keep, keep);
          length = keep;
        }
      memcpy (words + length, piece, n);
      length += n;
      words[length] = '\0';
    }
}

/* The last line of what it said. */
static const char *
last_line (char *words)
{
  size_t length = strlen (words);
  const char *line;

  while (length > 0 && words[length - 1] == '\n')
    words[--length] = '\0';
  line = strrchr (words, '\n');
  return line ? line + 1 : words;
}

/* Run it; @socket is its end. */
static bool
start_passt (char *const *arguments, int socket, struct failure *failure)
{
  struct child_fd fds[] =
    { { socket, PASST_FD }, { -1, STDERR_FILENO }, { -1, STDIN_FILENO },
      { -1, STDOUT_FILENO } };
  char words[WORDS_SIZE];
  int ends[2], null, status;
  bool started, ready;
  pid_t pid;

  null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0)
    return fail (failure, STATUS_ERROR, _("cannot start %s: %s"), PASST,
                 strerror (errno));
  if (pipe2 (ends, O_CLOEXEC) != 0)
    {
      close (null);
      return fail (failure, STATUS_ERROR, _("cannot start %s: %s"), PASST,
                   strerror (errno));
    }
  fds[1].ours = ends[1];
  fds[2].ours = fds[3].ours = null;
  started = child_start (&pid, PASST, arguments, fds,
                         sizeof fds / sizeof *fds);
  status = errno;
  close (null);
  close (ends[1]);
  if (!started)
    {
      close (ends[0]);
      if (status == ENOENT)
        return fail (failure, STATUS_ERROR,
                     _("--net=user needs the program passt: install the"
                       " package passt"));
      return fail (failure, STATUS_ERROR, _("cannot start %s: %s"), PASST,
                   strerror (status));
    }
  ready = wait_until_ready (ends[0], words);
  close (ends[0]);
  if (!ready)
    {
      kill (pid, SIGKILL);
      child_wait (pid);
      return fail (failure, STATUS_ERROR, _("passt does not get ready"));
    }
  status = child_wait (pid);
  if (status != 0)
    return fail (failure, STATUS_ERROR, _("passt refuses: %s"),
                 last_line (words));
  return true;
}

/**
 * net_user_open - start passt
 * @user: all zero before
 * @forwards: ports of the Host that lead into the Guest
 *
 * passt ends when our end of the socket is closed: when we do, however that
 * happens.
 */
bool
net_user_open (struct net_user *user, const struct net_forward *forwards,
               unsigned forward_count, struct failure *failure)
{
  /* What listens on the Host's loopback interface does so because nobody
     from outside shall reach it: --no-map-gw. */
  char fd_text[16], texts[NET_FORWARDS_MAX][FORWARD_TEXT_SIZE];
  char *arguments[6 + 2 * NET_FORWARDS_MAX] =
    { (char *) PASST, (char *) "--quiet", (char *) "--no-map-gw",
      (char *) "--fd", fd_text };
  unsigned i, count = 5;
  int ends[2];
  bool started;

  snprintf (fd_text, sizeof fd_text, "%d", PASST_FD);
  for (i = 0; i < forward_count && i < NET_FORWARDS_MAX; i++)
    {
      snprintf (texts[i], sizeof texts[i], "%s/%u:%u",
                forwards[i].address[0] ? forwards[i].address : "127.0.0.1",
                forwards[i].host_port, forwards[i].guest_port);
      arguments[count++] = (char *) (forwards[i].udp ? "-u" : "-t");
      arguments[count++] = texts[i];
    }
  arguments[count] = NULL;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail (failure, STATUS_ERROR, _("cannot start %s: %s"), PASST,
                 strerror (errno));
  started = start_passt (arguments, ends[1], failure);
  close (ends[1]);
  if (!started || fcntl (ends[0], F_SETFL, O_NONBLOCK) != 0)
    {
      close (ends[0]);
      return false;
    }
  net_user_connect (user, ends[0]);
  return true;
}
