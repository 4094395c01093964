/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_messages.c - a byte goes to someone else and comes back: two switches of
 * process (or thread) and four system calls for each round trip.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operation.h"

/* The two ends of a conversation: to write to, to read from. */
struct end
{
  int out, in;
};

static struct end mine, theirs;

static void
open_pipes (void)
{
  int there[2], back[2];

  must (pipe (there) == 0 && pipe (back) == 0);
  mine = (struct end) { there[1], back[0] };
  theirs = (struct end) { back[1], there[0] };
}

static void
open_sockets (void)
{
  int pair[2];

  must (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  mine = (struct end) { pair[0], pair[0] };
  theirs = (struct end) { pair[1], pair[1] };
}

static void
close_end (struct end *end)
{
  close (end->out);
  if (end->in != end->out)
    close (end->in);
}

/* Send back what comes, until nobody is left who could send. */
static void
echo (void)
{
  char byte;

  while (read (theirs.in, &byte, 1) == 1)
    if (write (theirs.out, &byte, 1) != 1)
      break;
}

static void
run_round_trips (long count)
{
  char byte = 'x';

  for (long i = 0; i < count; i++)
    {
      must (write (mine.out, &byte, 1) == 1);
      must (read (mine.in, &byte, 1) == 1);
    }
}

static void
start_process (void)
{
  pid_t child = fork ();

  must (child >= 0);
  if (child == 0)
    {
      close_end (&mine);
      echo ();
      _exit (0);
    }
  close_end (&theirs);
  run_round_trips (2);                /* its pages are its own from now on */
}

static void
prepare_pipe (void)
{
  open_pipes ();
  start_process ();
}

static void
prepare_socket (void)
{
  open_sockets ();
  start_process ();
}

static void
finish_process (void)
{
  close_end (&mine);
  wait (NULL);
}

static pthread_t thread;

static void *
thread_main (void *nothing)
{
  echo ();
  return nothing;
}

static void
prepare_thread (void)
{
  open_pipes ();
  must (pthread_create (&thread, NULL, thread_main, NULL) == 0);
  run_round_trips (2);
}

static void
finish_thread (void)
{
  close (mine.out);
  pthread_join (thread, NULL);
  close (mine.in);
  close_end (&theirs);
}

/* The ring: each process waits for the token and hands it on.  One operation
   is one hand-over, that is one switch. */
#define RING 8

static int ring_in, ring_out;

static void
prepare_ring (void)
{
  int first[2], next[2], in;

  must (pipe (first) == 0);
  in = first[0];
  for (int i = 1; i < RING; i++)
    {
      pid_t child;

      must (pipe (next) == 0);
      child = fork ();
      must (child >= 0);
      if (child == 0)
        {
          char byte;

          close (first[1]);
          close (next[0]);
          while (read (in, &byte, 1) == 1 && write (next[1], &byte, 1) == 1)
            continue;
          _exit (0);
        }
      close (in);
      close (next[1]);
      in = next[0];
    }
  ring_in = in;
  ring_out = first[1];
  mine = (struct end) { ring_out, ring_in };
  run_round_trips (2);
}

static void
run_ring (long count)
{
  run_round_trips (count / RING);
}

static void
finish_ring (void)
{
  close_end (&mine);
  for (int i = 1; i < RING; i++)
    wait (NULL);
}

const struct operation message_operations[] = {
  { "pipe-process", 2000, 1, prepare_pipe, run_round_trips, finish_process },
  { "pipe-thread", 2000, 1, prepare_thread, run_round_trips, finish_thread },
  { "unix-socket", 2000, 1, prepare_socket, run_round_trips, finish_process },
  { "context-switch", 500 * RING, RING, prepare_ring, run_ring, finish_ring },
  { 0 }
};
