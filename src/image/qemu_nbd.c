/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/qemu_nbd.c - formats that QEMU's qemu-nbd reads and writes for us.
 *
 * It is our child, and ends when we do, however that is: its last client has
 * gone then.  The socket between us has no name any more when it starts, and
 * our connections are waiting there; so nobody else can connect, and there is
 * nothing to remove.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "child.h"
#include "fd_io.h"
#include "i18n.h"
#include "image/foreign_header.h"
#include "image/nbd.h"
#include "image/qemu_nbd.h"

#define PROGRAM "qemu-nbd"

/* A socket is given to it the way systemd does, for which it has to know its
   own number; and keys on our terminal are not meant for it. */
static const char start[] = "trap '' HUP INT QUIT; export LC_ALL=C;"
  " LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"";
#define LISTEN_FD 3
#define SHELL "/bin/sh"

/* What it may say when it fails. */
#define MESSAGE_BYTES 512

/* Four clients, and that is text, too. */
#define SHARED "--shared=4"
_Static_assert (NBD_CONNECTIONS == 4, "SHARED says something else");

static void
close_all (int *fds, unsigned count)
{
  unsigned i;

  for (i = 0; i < count; i++)
    if (fds[i] >= 0)
      close (fds[i]);
}

/* A listening socket, and connections to it.  False with errno set. */
static bool
make_sockets (int *listener, int *clients)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char directory[] = "/tmp/lguest-XXXXXX";
  bool done = false;
  int error;
  unsigned i;

  *listener = -1;
  for (i = 0; i < NBD_CONNECTIONS; i++)
    clients[i] = -1;
  /* Nobody else may enter the directory. */
  if (!mkdtemp (directory))
    return false;
  snprintf (address.sun_path, sizeof address.sun_path, "%s/nbd", directory);
  *listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (*listener >= 0
      && bind (*listener, (struct sockaddr *) &address, sizeof address) == 0
      && listen (*listener, NBD_CONNECTIONS) == 0)
    {
      done = true;
      for (i = 0; i < NBD_CONNECTIONS && done; i++)
        {
          clients[i] = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
          done = clients[i] >= 0
            && connect (clients[i], (struct sockaddr *) &address,
                        sizeof address) == 0;
        }
    }
  error = errno;
  unlink (address.sun_path);
  rmdir (directory);
  if (!done)
    {
      close_all (clients, NBD_CONNECTIONS);
      close_all (listener, 1);
    }
  errno = error;
  return done;
}

/* The image as a JSON object, so that no name can be taken for anything else,
   and nothing below it is opened unasked.  NULL if out of memory. */
static char *
image_options (const char *name, enum image_format format, bool backing)
{
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream (&text, &length);

  if (!out)
    return NULL;
  fprintf (out, "json:{\"driver\":\"%s\",\"file\":{\"driver\":\"file\","
           "\"filename\":\"", image_format_name (format));
  for (; *name; name++)
    if (*name == '"' || *name == '\\')
      fprintf (out, "\\%c", *name);
    else if ((unsigned char) *name < ' ')
      fprintf (out, "\\u%04x", *name);
    else
      fputc (*name, out);
  /* VHDX has nothing below. */
  fprintf (out, "\"}%s}", backing || format == IMAGE_FORMAT_VHDX ? ""
           : ",\"backing\":null");
  if (fclose (out) == 0)
    return text;
  free (text);
  return NULL;
}

/* It did not work.  Say why, as qemu-nbd has said it. */
static void
explain (const char *name, int messages, struct failure *failure)
{
  char text[MESSAGE_BYTES + 1];
  const ssize_t n = pread_fully (messages, text, MESSAGE_BYTES, 0);
  size_t i;

  if (n <= 0)
    return;
  text[n] = '\0';
  if (strstr (text, ": " PROGRAM ": not found"))
    {
      fail (failure, STATUS_ERROR,
            _("disk %s needs the program qemu-nbd, which is not installed"
              " (Debian: qemu-utils)"), name);
      return;
    }
  /* One line, without what a terminal could take for orders. */
  for (i = 0; text[i] && text[i] != '\n'; i++)
    if ((unsigned char) text[i] < ' ' || text[i] == '\x7f')
      text[i] = '?';
  text[i] = '\0';
  fail (failure, STATUS_ERROR, _("cannot open disk %s: %s"), name, text);
}

static struct image *
serve (const char *name, enum image_format format, bool read_only,
       const char *options, int messages, int nothing,
       struct failure *failure)
{
  const char *arguments[] =
    {
      SHELL, "-c", start, PROGRAM, SHARED, "--discard=unmap",
      options, read_only ? "--read-only" : NULL, NULL
    };
  int listener, clients[NBD_CONNECTIONS];
  struct image *image;
  bool started;
  pid_t server;

  if (!make_sockets (&listener, clients))
    {
      fail (failure, STATUS_ERROR, _("cannot make a socket: %s"),
            strerror (errno));
      return NULL;
    }
  started = child_start (&server, SHELL, (char **) arguments,
                         (const struct child_fd[])
                         {
                           { nothing, STDIN_FILENO },
                           { nothing, STDOUT_FILENO },
                           { messages, STDERR_FILENO },
                           { listener, LISTEN_FD },
                         }, 4);
  close (listener);
  if (!started)
    {
      fail (failure, STATUS_ERROR, _("cannot start %s: %s"), SHELL,
            strerror (errno));
      close_all (clients, NBD_CONNECTIONS);
      return NULL;
    }
  image = nbd_open_sockets (clients, server, image_format_name (format), name,
                            read_only, failure);
  if (!image)
    explain (name, messages, failure);
  return image;
}

/**
 * qemu_nbd_open - have qemu-nbd serve an image
 * @backing: the user trusts what the image names as lying below it
 *
 * NULL on failure.  qemu-nbd itself locks the file.
 */
struct image *
qemu_nbd_open (const char *name, enum image_format format, bool read_only,
               bool backing, struct failure *failure)
{
  char *options;
  int messages, nothing;
  struct image *image = NULL;

  if (!foreign_header_check (name, format, backing, failure))
    return NULL;
  options = image_options (name, format, backing);
  messages = memfd_create (PROGRAM, MFD_CLOEXEC);
  nothing = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (!options)
    fail (failure, STATUS_ERROR, _("out of memory"));
  else if (messages < 0 || nothing < 0)
    fail (failure, STATUS_ERROR, _("cannot start %s: %s"), PROGRAM,
          strerror (errno));
  else
    image = serve (name, format, read_only, options, messages, nothing,
                   failure);
  if (messages >= 0)
    close (messages);
  if (nothing >= 0)
    close (nothing);
  free (options);
  return image;
}
