/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rude_client.c - what no client should do to a control socket.
 *
 *	rude_client SOCKET HOW
 *
 * Prints what the launcher says to it, and ends.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* More than a launcher has room for. */
#define SILENT_CLIENTS 200

#define GARBAGE_BYTES 100000
#define FLOOD_REQUESTS 20000

static const char *path;

static int
connect_to (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  strncpy (address.sun_path, path, sizeof address.sun_path - 1);
  while (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    if (errno != EAGAIN && errno != EINTR)
      {
        perror (path);
        exit (2);
      }
  return fd;
}

/* Everything that comes within half a second of silence. */
static void
print_all (int fd)
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  char text[4096];
  ssize_t n;

  while (poll (&wait, 1, 500) > 0 && (n = read (fd, text, sizeof text)) > 0)
    fwrite (text, 1, n, stdout);
}

static void
say (int fd, const void *text, size_t length)
{
  /* Who is refused cannot talk. */
  if (send (fd, text, length, MSG_NOSIGNAL) < 0 && errno != EPIPE)
    perror ("send");
}

int
main (int argc, char **argv)
{
  const char *how = argc > 2 ? argv[2] : "";
  int fd, i;

  if (argc < 3)
    return 2;
  path = argv[1];
  fd = connect_to ();
  if (strcmp (how, "say") == 0)
    {
      for (i = 3; i < argc; i++)
        {
          say (fd, argv[i], strlen (argv[i]));
          say (fd, "\n", 1);
        }
      print_all (fd);
    }
  else if (strcmp (how, "garbage") == 0)
    {
      char *bytes = malloc (GARBAGE_BYTES);

      for (i = 0; i < GARBAGE_BYTES; i++)
        bytes[i] = rand () >> 7;
      say (fd, bytes, GARBAGE_BYTES);
      print_all (fd);
    }
  else if (strcmp (how, "long") == 0)
    {
      for (i = 0; i < GARBAGE_BYTES; i++)
        if (send (fd, "x", 1, MSG_NOSIGNAL) < 0)
          break;
      print_all (fd);
    }
  else if (strcmp (how, "zeros") == 0)
    {
      say (fd, "sta\0tus\nstatus\0\n", 16);
      print_all (fd);
    }
  else if (strcmp (how, "letters") == 0)
    {
      /* One byte at a time. */
      const char *text = "resize 0 80 24\n";

      for (; *text; text++)
        {
          say (fd, text, 1);
          poll (NULL, 0, 5);
        }
      print_all (fd);
    }
  else if (strcmp (how, "deaf") == 0)
    {
      /* Asks, and never reads. */
      fcntl (fd, F_SETFL, O_NONBLOCK);
      for (i = 0; i < FLOOD_REQUESTS; i++)
        if (send (fd, "status\n", 7, MSG_NOSIGNAL) < 0)
          break;
      poll (NULL, 0, 300);
      puts (i < FLOOD_REQUESTS ? "had to stop" : "never had to stop");
    }
  else if (strcmp (how, "silent") == 0)
    {
      /* Those who say nothing must not keep others away. */
      for (i = 1; i < SILENT_CLIENTS; i++)
        connect_to ();
      fd = connect_to ();
      say (fd, "status\n", 7);
      print_all (fd);
    }
  else if (strcmp (how, "vanish") == 0)
    {
      for (i = 0; i < SILENT_CLIENTS; i++)
        {
          say (fd, "status\nconsole 0\n\nx", i % 19);
          close (fd);
          fd = connect_to ();
        }
      print_all (fd);
    }
  else if (strcmp (how, "waiters") == 0)
    {
      for (i = 1; i < SILENT_CLIENTS; i++)
        {
          say (fd, "wait\n", 5);
          fd = connect_to ();
        }
      print_all (fd);
    }
  else
    return 2;
  return 0;
}
