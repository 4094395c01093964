/* pipes.c - pipes, sockets and the processes at their ends.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void
pump (int fd, size_t total, uint64_t seed, size_t chunk)
{
  char buffer[65536];

  while (total > 0)
    {
      size_t n = total < chunk ? total : chunk, i, done = 0;

      for (i = 0; i < n; i++)
	buffer[i] = random_next (&seed);
      while (done < n)
	{
	  ssize_t written = write (fd, buffer + done, n - done);

	  if (written <= 0)
	    _exit (3);
	  done += written;
	}
      total -= n;
    }
}

/* How many bytes came that are right, up to the first that is not.  */
static size_t
drain (int fd, uint64_t seed, size_t chunk)
{
  char buffer[65536];
  size_t good = 0;

  for (;;)
    {
      ssize_t n = read (fd, buffer, chunk), i;

      if (n <= 0)
	return good;
      for (i = 0; i < n; i++)
	{
	  if (buffer[i] != (char) random_next (&seed))
	    return good;
	  good++;
	}
    }
}

static void
check_stream (const char *name, int fds[2], size_t total, size_t in,
	      size_t out)
{
  pid_t child = fork ();
  char text[64];

  if (child == 0)
    {
      close (fds[0]);
      pump (fds[1], total, 42, in);
      close (fds[1]);
      _exit (0);
    }
  close (fds[1]);
  check_equal (name, drain (fds[0], 42, out), total);
  close (fds[0]);
  snprintf (text, sizeof text, "%s-writer", name);
  check_child (text, child);
}

static void
check_round_trips (void)
{
  int there[2], back[2], i, bad = 0;
  pid_t child;

  if (pipe (there) < 0 || pipe (back) < 0)
    fatal ("pipe");
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < 3000; i++)
	{
	  int value;

	  if (read (there[0], &value, sizeof value) != sizeof value)
	    _exit (1);
	  value = value * 3 + 1;
	  if (write (back[1], &value, sizeof value) != sizeof value)
	    _exit (2);
	}
      _exit (0);
    }
  for (i = 0; i < 3000; i++)
    {
      int value = i;

      if (write (there[1], &value, sizeof value) != sizeof value
	  || read (back[0], &value, sizeof value) != sizeof value)
	break;
      bad += value != i * 3 + 1;
    }
  check (i == 3000 && bad == 0, "round-trips", "%d done, %d wrong", i, bad);
  check_child ("round-trips-child", child);
}

/* A line of processes, each of which adds one.  */
static void
check_chain (void)
{
  enum { LENGTH = 30 };
  int first[2], in, i, value;
  pid_t children[LENGTH];

  if (pipe (first) < 0)
    fatal ("pipe");
  in = first[0];
  for (i = 0; i < LENGTH; i++)
    {
      int next[2];

      if (pipe (next) < 0)
	fatal ("pipe");
      children[i] = fork ();
      if (children[i] == 0)
	{
	  close (first[1]);
	  close (next[0]);
	  while (read (in, &value, sizeof value) == sizeof value)
	    {
	      value++;
	      if (write (next[1], &value, sizeof value) != sizeof value)
		_exit (1);
	    }
	  _exit (0);
	}
      close (in);
      close (next[1]);
      in = next[0];
    }
  for (i = 0; i < 20; i++)
    {
      value = i * 1000;
      if (write (first[1], &value, sizeof value) != sizeof value
	  || read (in, &value, sizeof value) != sizeof value
	  || value != i * 1000 + LENGTH)
	break;
    }
  check (i == 20, "chain", "round %d gave %d", i, value);
  close (first[1]);
  for (i = value = 0; i < LENGTH; i++)
    {
      int status;

      waitpid (children[i], &status, 0);
      value += status == 0;
    }
  check_equal ("chain-ends", value, LENGTH);
  close (in);
}

static void
check_full (void)
{
  char block[4096];
  int fds[2], n = 0;

  if (pipe2 (fds, O_NONBLOCK) < 0)
    fatal ("pipe2");
  memset (block, 'x', sizeof block);
  while (write (fds[1], block, sizeof block) == sizeof block)
    n++;
  check (errno == EAGAIN && n >= 1, "full", "errno %d after %d", errno, n);
  while (read (fds[0], block, sizeof block) == sizeof block)
    n--;
  check (errno == EAGAIN && n == 0, "empty", "errno %d, %d left", errno, n);
  close (fds[1]);
  check (read (fds[0], block, 1) == 0, "end", "no end of file");
  close (fds[0]);
}

/* An open file is passed to another process.  */
static void
check_descriptor (void)
{
  char space[CMSG_SPACE (sizeof (int))], byte = 'd';
  struct iovec part = { &byte, 1 };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof space };
  struct cmsghdr *control;
  int pair[2], fds[2], fd;
  pid_t child;

  if (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) < 0 || pipe (fds) < 0)
    fatal ("socketpair");
  memset (space, 0, sizeof space);
  child = fork ();
  if (child == 0)
    {
      close (fds[0]);
      close (fds[1]);
      if (recvmsg (pair[1], &message, 0) != 1)
	_exit (1);
      control = CMSG_FIRSTHDR (&message);
      if (control == NULL || control->cmsg_type != SCM_RIGHTS)
	_exit (2);
      memcpy (&fd, CMSG_DATA (control), sizeof fd);
      _exit (write (fd, "through", 7) == 7 ? 0 : 3);
    }
  control = CMSG_FIRSTHDR (&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN (sizeof (int));
  memcpy (CMSG_DATA (control), &fds[1], sizeof (int));
  if (sendmsg (pair[0], &message, 0) != 1)
    fatal ("sendmsg");
  check_child ("descriptor-child", child);
  {
    char text[8] = "";

    check (read (fds[0], text, 7) == 7 && strcmp (text, "through") == 0,
	   "descriptor", "read `%s'", text);
  }
}

int
main (void)
{
  int fds[2];

  check_start ("pipes", 15, 300);
  if (pipe (fds) < 0)
    fatal ("pipe");
  check_stream ("bytes", fds, 20000, 7, 13);
  if (pipe (fds) < 0)
    fatal ("pipe");
  check_stream ("blocks", fds, 4 << 20, 65536, 4096);
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, fds) < 0)
    fatal ("socketpair");
  check_stream ("socket", fds, 2 << 20, 5000, 65536);
  check_round_trips ();
  check_chain ();
  check_full ();
  check_descriptor ();
  return check_end ();
}
