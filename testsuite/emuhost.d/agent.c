/* The emulated host's process 1 once it is up: runs one command for the
   runner outside, passes its input and output through, and powers off.

   Usage: agent [DEVICE]   (default: the virtio port named "emuhost")

   SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

/* How long lg.ko may stay in use after the last process has been killed.  */
#define MODULE_IDLE_SECONDS 5

static int port = -1;

static void
power_off (void)
{
  sync ();
  reboot (RB_POWER_OFF);
  for (;;)
    pause ();
}

/* The console goes to the host's log.  */
static void
give_up (const char *what)
{
  fprintf (stderr, "emuhost agent: %s: %s\n", what, strerror (errno));
  power_off ();
}

static void
write_all (int fd, const void *bytes, size_t size)
{
  const char *p = bytes;

  while (size > 0)
    {
      ssize_t n = write (fd, p, size);

      if (n < 0 && errno == EINTR)
	continue;
      if (n < 0)
	give_up ("write to the port");
      p += n;
      size -= n;
    }
}

static void
send_frame (enum frame type, const void *payload, uint32_t size)
{
  static char frame[FRAME_HEADER_BYTES + FRAME_MAX_BYTES];

  frame[0] = type;
  memcpy (frame + 1, &size, sizeof size);
  memcpy (frame + FRAME_HEADER_BYTES, payload, size);
  write_all (port, frame, FRAME_HEADER_BYTES + size);
}

static void
send_trouble (const char *format, ...)
{
  char text[256];
  va_list args;

  va_start (args, format);
  int n = vsnprintf (text, sizeof text, format, args);
  va_end (args);
  send_frame (FRAME_TROUBLE, text, n);
}

static void
read_all (void *bytes, size_t size)
{
  char *p = bytes;

  while (size > 0)
    {
      ssize_t n = read (port, p, size);

      if (n < 0 && errno == EINTR)
	continue;
      if (n < 0)
	give_up ("read from the port");
      if (n == 0)		/* Nobody is left at the other end.  */
	power_off ();
      p += n;
      size -= n;
    }
}

static enum frame
read_frame (char payload[FRAME_MAX_BYTES + 1], uint32_t *size)
{
  char header[FRAME_HEADER_BYTES];

  read_all (header, sizeof header);
  memcpy (size, header + 1, sizeof *size);
  if (*size > FRAME_MAX_BYTES)
    {
      errno = EPROTO;
      give_up ("frame from the runner");
    }
  read_all (payload, *size);
  payload[*size] = '\0';
  return header[0];
}

/* Find the port by its name in sysfs; it may take a moment to appear.  */
static int
open_port (void)
{
  for (int tries = 0; tries < 500; tries++)
    {
      DIR *ports = opendir ("/sys/class/virtio-ports");
      struct dirent *entry;

      while (ports && (entry = readdir (ports)))
	{
	  char path[512], name[64] = "";
	  FILE *f;

	  snprintf (path, sizeof path, "/sys/class/virtio-ports/%s/name",
		    entry->d_name);
	  f = fopen (path, "r");
	  if (!f)
	    continue;
	  if (fgets (name, sizeof name, f))
	    name[strcspn (name, "\n")] = '\0';
	  fclose (f);
	  if (strcmp (name, EMUHOST_PORT_NAME) == 0)
	    {
	      snprintf (path, sizeof path, "/dev/%s", entry->d_name);
	      int fd = open (path, O_RDWR | O_CLOEXEC);
	      if (fd >= 0)
		{
		  closedir (ports);
		  return fd;
		}
	    }
	}
      if (ports)
	closedir (ports);
      usleep (10000);
    }
  errno = ENODEV;
  return -1;
}

/* The command and the ends of its pipes (or of its terminal).  */
struct command
{
  pid_t pid;
  int in, out, err;	/* -1: closed; with a terminal, in == out */
  bool tty;
  bool in_ended;	/* close `in' when what is queued is written */
  char *queue;		/* stdin not yet taken by the command */
  size_t queued;
};

static void
start_command (struct command *c, char *words, uint32_t size)
{
  char *argv[FRAME_MAX_BYTES / 2 + 4];
  int argc = 0;
  int flags = words[0];
  int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };

  for (char *p = words + 1; p < words + size; p += strlen (p) + 1)
    argv[argc++] = p;
  argv[argc] = NULL;
  if (argc == 1)		/* One word is a line for the shell.  */
    {
      argv[2] = argv[0];
      argv[0] = "/bin/sh";
      argv[1] = "-c";
      argv[3] = NULL;
    }

  c->tty = flags & START_TTY;
  if (c->tty)
    {
      int master;

      c->pid = forkpty (&master, NULL, NULL, NULL);
      if (c->pid > 0)
	{
	  c->in = c->out = master;
	  fcntl (master, F_SETFD, FD_CLOEXEC);
	}
    }
  else
    {
      if (pipe2 (in, O_CLOEXEC) || pipe2 (out, O_CLOEXEC)
	  || pipe2 (err, O_CLOEXEC))
	give_up ("pipe");
      c->pid = fork ();
      if (c->pid == 0)
	{
	  setsid ();
	  dup2 (in[0], 0);
	  dup2 (out[1], 1);
	  dup2 (err[1], 2);
	}
      close (in[0]);
      close (out[1]);
      close (err[1]);
      c->in = in[1];
      c->out = out[0];
      c->err = err[0];
    }
  if (c->pid < 0)
    give_up ("fork");
  if (c->pid == 0)
    {
      signal (SIGPIPE, SIG_DFL);
      signal (SIGHUP, SIG_DFL);
      signal (SIGTTOU, SIG_DFL);
      execvp (argv[0], argv);
      fprintf (stderr, "%s: %s\n", argv[0], strerror (errno));
      _exit (errno == ENOENT ? 127 : 126);
    }
  fcntl (c->in, F_SETFL, O_NONBLOCK);
}

static void
queue_stdin (struct command *c, const char *bytes, size_t size)
{
  if (c->in < 0)
    return;
  c->queue = realloc (c->queue, c->queued + size);
  if (!c->queue)
    give_up ("realloc");
  memcpy (c->queue + c->queued, bytes, size);
  c->queued += size;
}

static void
write_stdin (struct command *c)
{
  ssize_t n = c->queued ? write (c->in, c->queue, c->queued) : 0;

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n < 0)			/* The command closed its input.  */
    {
      c->queued = 0;
      c->in_ended = true;
    }
  else if (n > 0)
    {
      uint32_t taken = n;

      c->queued -= n;
      memmove (c->queue, c->queue + n, c->queued);
      send_frame (FRAME_ACK, &taken, sizeof taken);
    }
  if (c->queued == 0 && c->in_ended)
    {
      if (!c->tty)
	close (c->in);
      c->in = -1;
    }
}

/* Pass on what there is to read; false at the end of the stream.  */
static bool
pass_output (int fd, enum frame type)
{
  char bytes[FRAME_MAX_BYTES];
  ssize_t n = read (fd, bytes, sizeof bytes);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return true;
  if (n <= 0)			/* A terminal ends with EIO.  */
    return false;
  send_frame (type, bytes, n);
  return true;
}

static void
take_frame (struct command *c)
{
  static char payload[FRAME_MAX_BYTES + 1];
  uint32_t size;

  switch (read_frame (payload, &size))
    {
    case FRAME_STDIN:
      queue_stdin (c, payload, size);
      break;
    case FRAME_STDIN_END:
      /* On a terminal, the end is what ^D at the start of a line makes.  */
      if (c->tty)
	queue_stdin (c, "\004", 1);
      else
	c->in_ended = true;
      if (c->in >= 0)
	write_stdin (c);
      break;
    case FRAME_SIZE:
      {
	uint16_t size[2];
	struct winsize window = { 0 };

	memcpy (size, payload, sizeof size);
	window.ws_row = size[0];
	window.ws_col = size[1];
	if (c->tty && c->out >= 0)
	  ioctl (c->out, TIOCSWINSZ, &window);
      }
      break;
    case FRAME_BYE:
      power_off ();
      break;
    default:
      break;
    }
}

/* Process 1 inherits every orphan; remember only the command's own end.  */
static void
reap (struct command *c, bool *running, int *status)
{
  pid_t pid;
  int how;

  while ((pid = waitpid (-1, &how, WNOHANG)) > 0)
    if (pid == c->pid)
      {
	*running = false;
	*status = WIFEXITED (how) ? WEXITSTATUS (how) : 128 + WTERMSIG (how);
      }
}

static void
on_child (int signal)
{
  (void) signal;
}

/* Serve the command until it has ended and all its output is passed on.  */
static int
serve (struct command *c)
{
  bool running = true;
  int status = 0;
  sigset_t unblocked, child;

  sigemptyset (&child);
  sigaddset (&child, SIGCHLD);
  sigprocmask (SIG_BLOCK, &child, &unblocked);
  sigdelset (&unblocked, SIGCHLD);

  for (;;)
    {
      struct timespec soon = { 0, 50000000 };
      struct pollfd fds[4] = {
	{ port, POLLIN, 0 },
	{ c->out, POLLIN, 0 },
	{ c->err, POLLIN, 0 },
	{ c->queued || c->in_ended ? c->in : -1, POLLOUT, 0 },
      };

      reap (c, &running, &status);
      if (!running)
	{
	  /* Leftovers must not hold the output open, nor lg.ko.  */
	  kill (-1, SIGKILL);
	  if (c->out < 0 && c->err < 0)
	    return status;
	}
      int ready = ppoll (fds, 4, running ? NULL : &soon, &unblocked);
      if (ready < 0)
	continue;
      if (ready == 0 && !running)
	return status;		/* E.g. a terminal without EIO.  */
      if (fds[1].revents && !pass_output (c->out, FRAME_STDOUT))
	{
	  if (c->in == c->out)
	    c->in = -1;
	  close (c->out);
	  c->out = -1;
	}
      if (fds[2].revents && !pass_output (c->err, FRAME_STDERR))
	{
	  close (c->err);
	  c->err = -1;
	}
      if (fds[3].revents && c->in >= 0)
	write_stdin (c);
      if (fds[0].revents & POLLIN)
	take_frame (c);
      else if (fds[0].revents)
	power_off ();
    }
}

/* The count of lg.ko's users, or -1 when it is not loaded.  */
static int
module_users (void)
{
  FILE *f = fopen ("/proc/modules", "r");
  char line[512];
  int users = -1;

  while (f && fgets (line, sizeof line, f))
    if (sscanf (line, "lg %*s %d", &users) == 1)
      break;
  if (f)
    fclose (f);
  return users;
}

/* Every process is gone: nothing may hold the module any more.  */
static void
unload_module (void)
{
  for (int tries = 0; tries < MODULE_IDLE_SECONDS * 50; tries++)
    {
      if (module_users () <= 0)
	break;
      while (waitpid (-1, NULL, WNOHANG) > 0)
	;
      usleep (20000);
    }
  int users = module_users ();
  if (users < 0)
    return;
  if (users > 0)
    send_trouble ("lg.ko is still in use (%d) %d s after the last process"
		  " was killed", users, MODULE_IDLE_SECONDS);
  else if (syscall (SYS_delete_module, "lg", O_NONBLOCK) != 0)
    send_trouble ("lg.ko cannot be unloaded: %s", strerror (errno));
}

/* Say that the host is up, and what became of lg.ko: loaded, none, refused.  */
static void
send_hello (void)
{
  char state[32] = "none";
  FILE *f = fopen ("/run/emuhost-module", "r");

  if (f && fgets (state, sizeof state, f))
    state[strcspn (state, "\n")] = '\0';
  if (f)
    fclose (f);
  send_frame (FRAME_HELLO, state, strlen (state));
}

int
main (int argc, char **argv)
{
  static char start[FRAME_MAX_BYTES + 1];
  struct command command = { .in = -1, .out = -1, .err = -1 };
  struct sigaction child = { .sa_handler = on_child };
  uint32_t size;

  sigaction (SIGCHLD, &child, NULL);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  signal (SIGTTOU, SIG_IGN);
  if (chdir ("/root") != 0)
    give_up ("/root");

  port = argc > 1 ? open (argv[1], O_RDWR | O_CLOEXEC) : open_port ();
  if (port < 0)
    give_up ("the port to the outside");
  send_hello ();
  while (read_frame (start, &size) != FRAME_START)
    ;
  bool keep_module = start[0] & START_KEEP_MODULE;
  start_command (&command, start, size);
  uint32_t status = serve (&command);
  if (!keep_module)
    unload_module ();
  send_frame (FRAME_EXIT, &status, sizeof status);
  for (;;)
    take_frame (&command);
}
