/* pair.c - two threads on two processors that wake each other.

   pair [ROUNDS]

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long rounds = 200;
static atomic_int turn;
static long seen[2];

static void
run_on (int number)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (number % sysconf (_SC_NPROCESSORS_ONLN), &set);
  if (sched_setaffinity (0, sizeof set, &set) != 0)
    fatal ("sched_setaffinity");
}

/* Wait for our turn, and give it to the other one.  */
static void *
play (void *number)
{
  const int me = (int) (long) number;

  run_on (me);
  for (long i = 0; i < rounds; i++)
    {
      while (atomic_load (&turn) != me)
	syscall (SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
      seen[me]++;
      atomic_store (&turn, !me);
      syscall (SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
  return NULL;
}

int
main (int argc, char **argv)
{
  pthread_t other;

  if (argc > 1)
    rounds = atol (argv[1]);
  check_start ("pair", 2, 300);
  if (pthread_create (&other, NULL, play, (void *) 1l) != 0)
    fatal ("pthread_create");
  play (NULL);
  pthread_join (other, NULL);
  check_equal ("turns of the first", seen[0], rounds);
  check_equal ("turns of the second", seen[1], rounds);
  return check_end ();
}
