/* polling.c - select, poll, epoll and what can be waited for with them.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int fds[2];

static void
write_later (const char *text)
{
  if (fork () == 0)
    {
      usleep (30000);
      _exit (write (fds[1], text, 1) == 1 ? 0 : 1);
    }
}

static int
read_byte (void)
{
  char c = 0;

  return read (fds[0], &c, 1) == 1 ? c : -1;
}

static void
check_waits (void)
{
  struct timeval tv = { 0, 50000 };
  struct pollfd one = { .events = POLLIN };
  struct epoll_event event = { .events = EPOLLIN, .data.u64 = 0x1122334455ull };
  struct epoll_event got;
  uint64_t before;
  fd_set set;
  int epoll, n;

  one.fd = fds[0];
  FD_ZERO (&set);
  FD_SET (fds[0], &set);
  before = clock_ns ();
  n = select (fds[0] + 1, &set, NULL, NULL, &tv);
  check (n == 0 && clock_ns () - before >= 50000000ull, "select-timeout",
	 "gave %d", n);
  write_later ("s");
  FD_SET (fds[0], &set);
  n = select (fds[0] + 1, &set, NULL, NULL, NULL);
  check (n == 1 && FD_ISSET (fds[0], &set) && read_byte () == 's', "select",
	 "gave %d", n);
  before = clock_ns ();
  n = poll (&one, 1, 50);
  check (n == 0 && clock_ns () - before >= 50000000ull, "poll-timeout",
	 "gave %d", n);
  write_later ("p");
  n = poll (&one, 1, -1);
  check (n == 1 && one.revents == POLLIN && read_byte () == 'p', "poll",
	 "gave %d, %#x", n, one.revents);

  epoll = epoll_create1 (0);
  if (epoll < 0 || epoll_ctl (epoll, EPOLL_CTL_ADD, fds[0], &event) < 0)
    fatal ("epoll");
  before = clock_ns ();
  n = epoll_wait (epoll, &got, 1, 50);
  check (n == 0 && clock_ns () - before >= 50000000ull, "epoll-timeout",
	 "gave %d", n);
  write_later ("e");
  n = epoll_wait (epoll, &got, 1, -1);
  check (n == 1 && got.data.u64 == 0x1122334455ull && read_byte () == 'e',
	 "epoll", "gave %d", n);
  close (epoll);
  while (wait (&n) > 0)
    ;
}

static void
check_timerfd (void)
{
  struct itimerspec spec = { { 0, 10000000 }, { 0, 10000000 } };
  int fd = timerfd_create (CLOCK_MONOTONIC, 0);
  uint64_t before = clock_ns (), ticks, total = 0, took;

  if (fd < 0 || timerfd_settime (fd, 0, &spec, NULL) < 0)
    fatal ("timerfd");
  while (total < 40)
    {
      if (read (fd, &ticks, sizeof ticks) != sizeof ticks)
	fatal ("read timerfd");
      total += ticks;
    }
  took = clock_ns () - before;
  /* The ticks that have been told of have all gone by.  */
  check (took >= total * 10000000ull, "timerfd", "%llu ticks in %llu ns",
	 (unsigned long long) total, (unsigned long long) took);
  close (fd);
}

static void
check_eventfd (void)
{
  int fd = eventfd (5, 0);
  uint64_t value = 7, got = 0;

  if (fd < 0 || write (fd, &value, sizeof value) != sizeof value
      || read (fd, &got, sizeof got) != sizeof got)
    fatal ("eventfd");
  check_equal ("eventfd", got, 12);
  close (fd);
}

static void
check_signalfd (void)
{
  struct signalfd_siginfo info;
  sigset_t set;
  int fd;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  sigprocmask (SIG_BLOCK, &set, NULL);
  fd = signalfd (-1, &set, 0);
  if (fd < 0)
    fatal ("signalfd");
  raise (SIGUSR1);
  memset (&info, 0, sizeof info);
  check (read (fd, &info, sizeof info) == sizeof info
	 && info.ssi_signo == SIGUSR1 && (pid_t) info.ssi_pid == getpid (),
	 "signalfd", "signal %u", info.ssi_signo);
  close (fd);
}

/* Many pipes, one of which becomes ready at a time.  */
static void
check_many (void)
{
  enum { COUNT = 100 };
  int pipes[COUNT][2], epoll = epoll_create1 (0), i, bad = 0;
  struct epoll_event event, got;
  char c;

  for (i = 0; i < COUNT; i++)
    {
      event.events = EPOLLIN;
      event.data.u32 = i;
      if (pipe (pipes[i]) < 0
	  || epoll_ctl (epoll, EPOLL_CTL_ADD, pipes[i][0], &event) < 0)
	fatal ("epoll_ctl");
    }
  for (i = 0; i < 1000; i++)
    {
      int which = i * 37 % COUNT;

      if (write (pipes[which][1], "x", 1) != 1
	  || epoll_wait (epoll, &got, 1, 10000) != 1
	  || got.data.u32 != (unsigned) which
	  || read (pipes[which][0], &c, 1) != 1)
	bad++;
    }
  check_equal ("epoll-many", bad, 0);
}

int
main (void)
{
  check_start ("polling", 10, 120);
  if (pipe (fds) < 0)
    fatal ("pipe");
  check_waits ();
  check_timerfd ();
  check_eventfd ();
  check_signalfd ();
  check_many ();
  return check_end ();
}
