/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/control.c - a client of a launcher's control socket that says anything.
 *
 * The first byte says how much it says at once.
 */
#include <config.h>

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "control.h"
#include "fuzz.h"

/* Rounds of the loop that all of it may take. */
#define ROUNDS 64

static void
say_much (struct control_client *client, char *arguments)
{
  unsigned i;

  for (i = 0; i < 2000; i++)
    answer_line (&client->answer, "key", arguments);
  control_ok (client);
}

static void
say_error (struct control_client *client, char *arguments)
{
  control_error (client, PROTOCOL_FAILED, "%s", arguments);
}

static void
wait (struct control_client *client, char *arguments)
{
  (void) arguments;
  client->state = CLIENT_WAITS;
}

static void
attach_next (struct control_client *client, char *arguments)
{
  (void) arguments;
  client->state = CLIENT_ATTACHES;
  control_ok (client);
}

static const struct control_request requests[] =
{
  { "status", say_much },
  { "set", say_error },
  { "wait", wait },
  { "console", attach_next },
  { NULL, NULL },
};

static bool
attach (struct control_client *client, int fd, const char *typed,
        size_t count)
{
  size_t i;
  unsigned sum = 0;

  (void) client;
  for (i = 0; i < count; i++)
    sum += (unsigned char) typed[i];
  if (sum % 2)
    return false;
  close (fd);
  return true;
}

static char folder[] = "/tmp/lguest-fuzz-XXXXXX";
static char path[sizeof folder + 16];

static void
remove_folder (void)
{
  unlink (path);
  rmdir (folder);
}

static void
run (struct event_loop *loop)
{
  struct epoll_event events[8];
  int i, n = epoll_wait (loop->epoll, events, 8, 0);

  for (i = 0; i < n; i++)
    {
      struct event_source *source = events[i].data.ptr;

      source->ready (source);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct control control;
  static struct event_loop loop;
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct failure failure;
  size_t piece;
  char rest[512];
  int fd, round;

  if (!control.name)
    {
      must (mkdtemp (folder) != NULL && event_loop_create (&loop));
      snprintf (path, sizeof path, "%s/" PROTOCOL_SOCKET, folder);
      atexit (remove_folder);
      control.name = "fuzz";
      control.owner = control.group = -1;
      control.requests = requests;
      control.attach = attach;
      must (control_open (&control, &loop, folder, &failure));
    }
  piece = 1 + take (&data, &size, 1) * 16;
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  must (fd >= 0
        && connect (fd, (struct sockaddr *) &address, sizeof address) == 0);
  for (round = 0; round < ROUNDS; round++)
    {
      if (size > 0)
        {
          const ssize_t n = send (fd, data, size < piece ? size : piece,
                                  MSG_NOSIGNAL);

          if (n > 0)
            {
              data += n;
              size -= n;
            }
        }
      run (&loop);
      /* Now and then it reads. */
      if (round % 4 == 3 && recv (fd, rest, sizeof rest, 0) == 0)
        break;
    }
  close (fd);
  run (&loop);
  run (&loop);
  return 0;
}
