/* clock.c - time goes forward, at one speed, for all clocks and threads.

   With arguments `span SECONDS' it prints "@@span start", waits that long by
   the clock that it tests, and prints "@@span end", for somebody outside who
   has another clock.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static uint64_t
now (clockid_t clock)
{
  struct timespec t;

  if (clock_gettime (clock, &t) < 0)
    fatal ("clock_gettime");
  if (t.tv_nsec < 0 || t.tv_nsec > 999999999)
    fatal ("nanoseconds out of range");
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last;
static int backwards;
static long readings;

/* Every reading comes after the one that another thread made before.  */
static void *
read_clock (void *unused)
{
  uint64_t end = now (CLOCK_MONOTONIC) + 700000000ull;
  uint64_t t = 0;

  (void) unused;
  while (t < end)
    {
      pthread_mutex_lock (&lock);
      t = now (CLOCK_MONOTONIC);
      if (t < last)
	backwards++;
      last = t;
      readings++;
      pthread_mutex_unlock (&lock);
    }
  return NULL;
}

static void
check_forward (void)
{
  static const struct { const char *name; clockid_t clock; } clocks[] = {
    { "monotonic", CLOCK_MONOTONIC },
    { "raw", CLOCK_MONOTONIC_RAW },
    { "boot", CLOCK_BOOTTIME },
    { "coarse", CLOCK_MONOTONIC_COARSE },
    { "process", CLOCK_PROCESS_CPUTIME_ID },
  };
  pthread_t threads[4];
  size_t i;
  int n;

  for (i = 0; i < 4; i++)
    if (pthread_create (&threads[i], NULL, read_clock, NULL) != 0)
      fatal ("pthread_create");
  for (i = 0; i < 4; i++)
    pthread_join (threads[i], NULL);
  check (backwards == 0 && readings > 1000, "forward-threads",
	 "%d times backwards in %ld readings", backwards, readings);

  for (i = 0; i < sizeof clocks / sizeof *clocks; i++)
    {
      uint64_t before = now (clocks[i].clock), first = before, t = before;
      uint64_t end = clock_ns () + 60000000ull;
      char name[32];

      for (n = 0; n < 20000 || clock_ns () < end; n++)
	{
	  t = now (clocks[i].clock);
	  if (t < before)
	    break;
	  before = t;
	}
      snprintf (name, sizeof name, "forward-%s", clocks[i].name);
      check (t >= before && t > first, name, "from %llu to %llu, then %llu",
	     (unsigned long long) first, (unsigned long long) before,
	     (unsigned long long) t);
    }
}

static void
check_rate (void)
{
  struct timeval tv;
  uint64_t m0, m1, r0, r1, w0, w1, t0, t1;
  int64_t difference;

  gettimeofday (&tv, NULL);
  m0 = now (CLOCK_MONOTONIC);
  t0 = tv.tv_sec * 1000000ull + tv.tv_usec;
  r0 = now (CLOCK_REALTIME);
  w0 = now (CLOCK_MONOTONIC_RAW);
  while (now (CLOCK_MONOTONIC) < m0 + 1500000000ull)
    usleep (20000);
  gettimeofday (&tv, NULL);
  m1 = now (CLOCK_MONOTONIC);
  t1 = tv.tv_sec * 1000000ull + tv.tv_usec;
  r1 = now (CLOCK_REALTIME);
  w1 = now (CLOCK_MONOTONIC_RAW);

  difference = (int64_t) ((t1 - t0) * 1000 - (m1 - m0));
  check (llabs (difference) < 30000000, "rate-gettimeofday", "%lld ns apart",
	 (long long) difference);
  difference = (int64_t) ((r1 - r0) - (m1 - m0));
  check (llabs (difference) < 30000000, "rate-realtime", "%lld ns apart",
	 (long long) difference);
  difference = (int64_t) ((w1 - w0) - (m1 - m0));
  check (llabs (difference) < 30000000, "rate-raw", "%lld ns apart",
	 (long long) difference);
  check (t1 > 1700000000ull * 1000000, "date", "the year is before 2023");
  check (labs ((long) (time (NULL) - (long) (r1 / 1000000000))) <= 2, "time",
	 "time () differs from CLOCK_REALTIME");
}

static void
check_sleep (void)
{
  static const long lengths_us[] = { 100, 1000, 5000, 20000, 100000 };
  size_t i;
  int n;

  for (i = 0; i < sizeof lengths_us / sizeof *lengths_us; i++)
    {
      uint64_t want = lengths_us[i] * 1000ull, shortest = ~0ull, took;
      struct timespec length = { 0, want };
      char name[32];

      for (n = 0; n < 8; n++)
	{
	  uint64_t before = now (CLOCK_MONOTONIC);

	  nanosleep (&length, NULL);
	  took = now (CLOCK_MONOTONIC) - before;
	  if (took < shortest)
	    shortest = took;
	}
      snprintf (name, sizeof name, "sleep-%ld", lengths_us[i]);
      /* Never early; the best of eight not late by more than 50 ms, which
	 only a clock event that does not come would be.  */
      check (shortest >= want && shortest < want + 50000000ull, name,
	     "took %llu ns", (unsigned long long) shortest);
    }
}

static void
check_processor_time (void)
{
  uint64_t cpu = now (CLOCK_PROCESS_CPUTIME_ID);
  uint64_t end = now (CLOCK_MONOTONIC) + 400000000ull;
  uint64_t before = now (CLOCK_MONOTONIC), wall;

  while (now (CLOCK_MONOTONIC) < end)
    ;
  cpu = now (CLOCK_PROCESS_CPUTIME_ID) - cpu;
  wall = now (CLOCK_MONOTONIC) - before;
  /* A neighbour may take most of it, but not all, and none is given.  */
  check (cpu > wall / 20 && cpu < wall + wall / 10, "processor-time",
	 "%llu ns of %llu", (unsigned long long) cpu,
	 (unsigned long long) wall);
  cpu = now (CLOCK_PROCESS_CPUTIME_ID);
  usleep (300000);
  cpu = now (CLOCK_PROCESS_CPUTIME_ID) - cpu;
  check (cpu < 100000000ull, "processor-time-asleep", "%llu ns of 300 ms",
	 (unsigned long long) cpu);
}

static int
span (double seconds)
{
  uint64_t start, end;

  setvbuf (stdout, NULL, _IONBF, 0);
  /* Half asleep, half awake: both the clock events and the readings.  */
  printf ("@@span start\n");
  start = now (CLOCK_MONOTONIC);
  end = start + (uint64_t) (seconds * 1e9);
  while (now (CLOCK_MONOTONIC) + 5000000000ull < end)
    sleep (1);
  while (now (CLOCK_MONOTONIC) < end)
    ;
  printf ("@@span end %llu\n",
	  (unsigned long long) (now (CLOCK_MONOTONIC) - start));
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "span") == 0)
    return span (atof (argv[2]));
  check_start ("clock", 18, 120);
  check_forward ();
  check_rate ();
  check_sleep ();
  check_processor_time ();
  return check_end ();
}
