/* smp.c - several processors: each runs, they see each other's memory, and
   what one takes away no other keeps.

   With the argument `online N' it only checks that there are N processors.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS 64

static int cpus[MAX_CPUS];	/* the numbers of those that we may use */
static int count;

static void
find_cpus (void)
{
  cpu_set_t set;

  if (sched_getaffinity (0, sizeof set, &set) < 0)
    fatal ("sched_getaffinity");
  for (int i = 0; i < MAX_CPUS; i++)
    if (CPU_ISSET (i, &set))
      cpus[count++] = i;
}

/* The calling thread runs on CPU from here on.  */
static int
pin (int cpu)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  return sched_setaffinity (0, sizeof set, &set);
}

static pthread_t
start (void *(*body) (void *), void *argument)
{
  pthread_t thread;

  if (pthread_create (&thread, NULL, body, argument) != 0)
    fatal ("pthread_create");
  return thread;
}

/* One thread for each processor, pinned to it: BODY gets its index.  Gives how
   many returned NULL.  */
static int
on_each (void *(*body) (void *))
{
  pthread_t threads[MAX_CPUS];
  int good = 0;

  for (long i = 0; i < count; i++)
    threads[i] = start (body, (void *) i);
  for (int i = 0; i < count; i++)
    {
      void *result;

      pthread_join (threads[i], &result);
      good += result == NULL;
    }
  return good;
}

static pthread_barrier_t barrier;

/* Pinned work ends up where it should, by all ways to ask.  */

static void *
work_here (void *argument)
{
  int cpu = cpus[(long) argument];
  uint64_t state = cpu + 1, sum = 0;
  unsigned int asked;

  if (pin (cpu) < 0)
    return (void *) 1;
  for (int round = 0; round < 50; round++)
    {
      for (int i = 0; i < 20000; i++)
	sum += random_next (&state);
      if (sched_getcpu () != cpu)
	return (void *) 2;
      if (syscall (SYS_getcpu, &asked, NULL, NULL) != 0
	  || (int) asked != cpu)
	return (void *) 3;
      if (round % 10 == 0)
	usleep (1000);
    }
  return sum ? NULL : (void *) 4;
}

/* A thread that moves from one to the next takes its registers along.  */
static void
check_moving (void)
{
  volatile double x = 1.0;
  uint64_t state = 1;
  int bad = 0;

  for (int i = 0; i < 400; i++)
    {
      int cpu = cpus[random_next (&state) % count];
      double before = x;

      if (pin (cpu) < 0 || sched_getcpu () != cpu)
	bad++;
      x = before * 1.5;
      if (x != before * 1.5)
	bad++;
      if (x > 1e100)
	x = 1.0;
    }
  check_equal ("moving", bad, 0);
}

/* Clocks and timers of all processors agree.  */

static uint64_t latest;
static int backwards;

static void *
watch_clock (void *argument)
{
  uint64_t end;

  pin (cpus[(long) argument]);
  end = clock_ns () + 600000000ull;
  for (;;)
    {
      uint64_t seen = __atomic_load_n (&latest, __ATOMIC_SEQ_CST);
      uint64_t now = clock_ns ();

      if (now < seen)
	__atomic_add_fetch (&backwards, 1, __ATOMIC_SEQ_CST);
      while (now > seen
	     && !__atomic_compare_exchange_n (&latest, &seen, now, 0,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST))
	;
      if (now > end)
	return NULL;
    }
}

static void *
sleep_here (void *argument)
{
  pin (cpus[(long) argument]);
  for (int i = 0; i < 30; i++)
    {
      struct timespec length = { 0, 3000000 };
      uint64_t before = clock_ns (), took;

      if (clock_nanosleep (CLOCK_MONOTONIC, 0, &length, NULL) != 0)
	return (void *) 1;
      took = clock_ns () - before;
      /* Late is the neighbours' affair, within limits; early is ours.  */
      if (took < 3000000 || took > 5000000000ull)
	return (void *) 2;
    }
  return NULL;
}

/* Two threads that wake each other.  */

static int ball;

static long
futex (int *address, int operation, int value)
{
  return syscall (SYS_futex, address, operation, value, NULL, NULL, 0);
}

static void
play (int me, int rounds)
{
  for (int i = 0; i < rounds; i++)
    {
      int seen;

      while ((seen = __atomic_load_n (&ball, __ATOMIC_SEQ_CST)) % 2 != me)
	futex (&ball, FUTEX_WAIT_PRIVATE, seen);
      __atomic_add_fetch (&ball, 1, __ATOMIC_SEQ_CST);
      futex (&ball, FUTEX_WAKE_PRIVATE, 1);
    }
}

#define ROUNDS 2000

static void *
play_other (void *unused)
{
  (void) unused;
  pin (cpus[count - 1]);
  play (1, ROUNDS);
  return NULL;
}

static void
check_ping_pong (void)
{
  int there[2], back[2], bad = 0;
  pthread_t other;
  pid_t child;
  char c = 0;

  pin (cpus[0]);
  ball = 0;
  other = start (play_other, NULL);
  play (0, ROUNDS);
  pthread_join (other, NULL);
  check_equal ("futex", ball, 2 * ROUNDS);

  if (pipe (there) < 0 || pipe (back) < 0)
    fatal ("pipe");
  child = fork ();
  if (child == 0)
    {
      pin (cpus[count - 1]);
      for (int i = 0; i < ROUNDS; i++)
	{
	  if (read (there[0], &c, 1) != 1)
	    _exit (1);
	  c++;
	  if (write (back[1], &c, 1) != 1)
	    _exit (1);
	}
      _exit (0);
    }
  for (int i = 0; i < ROUNDS; i++)
    {
      char sent = i, got = 0;

      if (write (there[1], &sent, 1) != 1 || read (back[0], &got, 1) != 1)
	break;
      bad += got != (char) (sent + 1);
    }
  check_equal ("pipe", bad, 0);
  check_child ("pipe-child", child);
}

/* What mprotect, munmap and mremap take away is gone for all threads when the
   call returns.

   The main thread changes a page, and then a word that says which state the
   page is in; the others read the word, use the page, and read the word
   again: if it is still the same, the page must have behaved like it.  */

#define PAGES 40		/* more than a kernel flushes one by one */

enum { WRITABLE, READ_ONLY, GONE, STATES };

static char *volatile area;
static volatile unsigned int version;	/* odd: being changed */
static volatile int state_now, stop_racing;
static __thread sigjmp_buf retreat;
static long races, stale[STATES], looks[STATES];

static void
fault_handler (int number)
{
  (void) number;
  siglongjmp (retreat, 1);
}

/* Gives whether it could write to ADDRESS.  */
static int
try_write (char *address)
{
  if (sigsetjmp (retreat, 0) != 0)
    return 0;
  *(volatile char *) address = 1;
  return 1;
}

static int
try_read (char *address)
{
  if (sigsetjmp (retreat, 0) != 0)
    return 0;
  (void) *(volatile char *) address;
  return 1;
}

static void *
race (void *argument)
{
  uint64_t seed = (long) argument + 77;

  pin (cpus[(long) argument]);
  while (!stop_racing)
    {
      unsigned int before = __atomic_load_n (&version, __ATOMIC_SEQ_CST);
      int state = state_now, could_write, could_read;
      char *page = area + random_next (&seed) % PAGES * PAGE;

      if (before & 1)
	continue;
      could_write = try_write (page);
      could_read = try_read (page);
      if (__atomic_load_n (&version, __ATOMIC_SEQ_CST) != before)
	continue;
      __atomic_add_fetch (&looks[state], 1, __ATOMIC_RELAXED);
      if (could_write != (state == WRITABLE)
	  || could_read != (state != GONE))
	__atomic_add_fetch (&stale[state], 1, __ATOMIC_RELAXED);
    }
  return NULL;
}

static void
change_area (uint64_t *seed)
{
  int next = random_next (seed) % STATES;
  /* A few pages, or all of them.  */
  size_t size = PAGES * PAGE;

  __atomic_add_fetch (&version, 1, __ATOMIC_SEQ_CST);
  switch (next)
    {
    case WRITABLE:
    case READ_ONLY:
      if (state_now == GONE
	  && mmap (area, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != area)
	fatal ("mmap");
      if (mprotect (area, size, next == WRITABLE ? PROT_READ | PROT_WRITE
						 : PROT_READ) < 0)
	fatal ("mprotect");
      break;
    default:
      if (random_next (seed) & 1)
	munmap (area, size);
      else
	for (int i = 0; i < PAGES; i++)
	  munmap (area + i * PAGE, PAGE);
    }
  state_now = next;
  __atomic_add_fetch (&version, 1, __ATOMIC_SEQ_CST);
}

static int
seen_enough (void)
{
  return looks[WRITABLE] > 10 && looks[READ_ONLY] > 10 && looks[GONE] > 10;
}

static void
check_races (void)
{
  struct sigaction action = { .sa_handler = fault_handler,
			      .sa_flags = SA_NODEFER };
  pthread_t threads[MAX_CPUS];
  uint64_t seed = 5, end = clock_ns () + 4000000000ull;
  uint64_t last = end + 60000000000ull;

  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
  pin (cpus[0]);
  area = mmap (NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
	       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  state_now = WRITABLE;
  /* The first one shares its processor with us, for good measure.  */
  for (long i = 0; i < count; i++)
    threads[i] = start (race, (void *) i);
  while (clock_ns () < end || (!seen_enough () && clock_ns () < last))
    {
      change_area (&seed);
      races++;
      /* The others must get to look, on whatever there is to run on.  */
      usleep (clock_ns () >= end ? 50000 : races % 4 ? 200 : 3000);
    }
  stop_racing = 1;
  for (int i = 0; i < count; i++)
    pthread_join (threads[i], NULL);
  check (stale[WRITABLE] == 0 && looks[WRITABLE] > 10, "race-writable",
	 "%ld of %ld wrong", stale[WRITABLE], looks[WRITABLE]);
  check (stale[READ_ONLY] == 0 && looks[READ_ONLY] > 10, "race-mprotect",
	 "%ld of %ld stale", stale[READ_ONLY], looks[READ_ONLY]);
  check (stale[GONE] == 0 && looks[GONE] > 10, "race-munmap",
	 "%ld of %ld stale", stale[GONE], looks[GONE]);
  signal (SIGSEGV, SIG_DFL);
  signal (SIGBUS, SIG_DFL);
}

/* A page is replaced by another one, with other content: who still reads the
   old one after it has been said, reads memory that is somebody else's.  */

static uint64_t *volatile window;
static volatile uint64_t announced;
static long old_content;

static void *
read_window (void *argument)
{
  uint64_t seen = 0;

  pin (cpus[(long) argument]);
  while (seen != ~0ull)
    {
      uint64_t content;

      seen = __atomic_load_n (&announced, __ATOMIC_SEQ_CST);
      if (seen == ~0ull)
	break;
      content = *(volatile uint64_t *) window;
      if (content < seen)
	__atomic_add_fetch (&old_content, 1, __ATOMIC_RELAXED);
    }
  return NULL;
}

static void
check_replacing (void)
{
  pthread_t threads[MAX_CPUS];
  const uint64_t end = clock_ns () + 2000000000ull;
  /* Where emulated processors have to wait for each other it takes longer.  */
  const uint64_t last = end + 60000000000ull;
  uint64_t n = 0;

  window = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (long i = 0; i < count; i++)
    threads[i] = start (read_window, (void *) i);
  while (clock_ns () < end || (n <= 20 && clock_ns () < last))
    {
      uint64_t *page = mmap (NULL, PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      *page = ++n;
      /* The old page is freed here, to be the next one's.  */
      if (mremap (page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		  window) != window)
	fatal ("mremap");
      __atomic_store_n (&announced, n, __ATOMIC_SEQ_CST);
      if (n % 16 == 0)
	usleep (500);
    }
  __atomic_store_n (&announced, ~0ull, __ATOMIC_SEQ_CST);
  for (int i = 0; i < count; i++)
    pthread_join (threads[i], NULL);
  check (old_content == 0 && n > 20, "replaced", "%ld old in %llu rounds",
	 old_content, (unsigned long long) n);
}

/* A parent whose threads write while it forks: the child has what was there at
   the fork, and keeps it.  */

static volatile uint64_t *counters;
static volatile int stop_counting;

static void *
count_up (void *argument)
{
  volatile uint64_t *counter = &counters[(long) argument * PAGE / 8];

  pin (cpus[(long) argument]);
  while (!stop_counting)
    {
      counter[0]++;
      counter[1] = counter[0];
    }
  return NULL;
}

static void
check_forking (void)
{
  pthread_t threads[MAX_CPUS];
  int bad = 0;

  counters = mmap (NULL, count * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (long i = 0; i < count; i++)
    threads[i] = start (count_up, (void *) i);
  for (int round = 0; round < 40; round++)
    {
      int status;
      pid_t child = fork ();

      if (child == 0)
	{
	  uint64_t first[MAX_CPUS];

	  for (int i = 0; i < count; i++)
	    first[i] = counters[i * PAGE / 8];
	  for (int turn = 0; turn < 3; turn++)
	    {
	      sched_yield ();
	      for (int i = 0; i < count; i++)
		if (counters[i * PAGE / 8] != first[i]
		    || first[i] - counters[i * PAGE / 8 + 1] > 1)
		  _exit (1);
	    }
	  _exit (0);
	}
      if (child < 0 || waitpid (child, &status, 0) != child || status != 0)
	bad++;
    }
  stop_counting = 1;
  for (int i = 0; i < count; i++)
    pthread_join (threads[i], NULL);
  check_equal ("fork-while-writing", bad, 0);
}

/* 32 processes at once, that all do the same.  */
static void
check_fork_storm (void)
{
  pid_t children[32];
  int bad = 0;

  for (int i = 0; i < 32; i++)
    {
      children[i] = fork ();
      if (children[i] == 0)
	{
	  for (int round = 0; round < 12; round++)
	    {
	      size_t size = 16 * PAGE;
	      uint64_t *p = mmap (NULL, size, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	      int status;
	      pid_t child;

	      for (size_t n = 0; n < size / 8; n++)
		p[n] = (uint64_t) i << 32 | n;
	      child = fork ();
	      if (child == 0)
		{
		  for (size_t n = 0; n < size / 8; n++)
		    if (p[n]++ != ((uint64_t) i << 32 | n))
		      _exit (1);
		  _exit (0);
		}
	      if (child < 0 || waitpid (child, &status, 0) != child
		  || status != 0)
		_exit (2);
	      for (size_t n = 0; n < size / 8; n++)
		if (p[n] != ((uint64_t) i << 32 | n))
		  _exit (3);
	      munmap (p, size);
	    }
	  _exit (0);
	}
    }
  for (int i = 0; i < 32; i++)
    {
      int status;

      if (waitpid (children[i], &status, 0) != children[i] || status != 0)
	bad++;
    }
  check_equal ("fork-storm", bad, 0);
}

/* All processors add to one number, with and without a lock of the kernel's.  */

static long sum;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long locked_sum;

static void *
add (void *argument)
{
  pin (cpus[(long) argument]);
  pthread_barrier_wait (&barrier);
  for (int i = 0; i < 20000; i++)
    {
      __atomic_add_fetch (&sum, 1, __ATOMIC_RELAXED);
      if (i % 10 == 0)
	{
	  pthread_mutex_lock (&lock);
	  locked_sum++;
	  pthread_mutex_unlock (&lock);
	}
    }
  return NULL;
}

/* The IPIs of membarrier go to all that run one of our threads.  */
static void *
fence (void *argument)
{
  pin (cpus[(long) argument]);
  pthread_barrier_wait (&barrier);
  for (int i = 0; i < 200; i++)
    if (syscall (SYS_membarrier, 8 /* private, expedited */, 0, 0) != 0)
      return (void *) 1;
  return NULL;
}

int
main (int argc, char **argv)
{
  find_cpus ();
  if (argc == 3 && strcmp (argv[1], "online") == 0)
    {
      check_start ("smp", 2, 60);
      check_equal ("online", count, atoi (argv[2]));
      check_equal ("configured", sysconf (_SC_NPROCESSORS_CONF),
		   atoi (argv[2]));
      return check_end ();
    }

  check_start ("smp", 17, 380);
  pthread_barrier_init (&barrier, NULL, count);
  check_equal ("pinned", on_each (work_here), count);
  check_moving ();
  on_each (watch_clock);
  check_equal ("clocks", backwards, 0);
  check_equal ("timers", on_each (sleep_here), count);
  check_ping_pong ();
  check_equal ("adding", on_each (add), count);
  check_equal ("atomic-sum", sum, 20000l * count);
  check_equal ("locked-sum", locked_sum, 2000l * count);
  if (syscall (SYS_membarrier, 16 /* register for it */, 0, 0) == 0)
    check_equal ("membarrier", on_each (fence), count);
  else
    check_skip ("membarrier", "the kernel does not offer it");
  check_races ();
  check_replacing ();
  check_forking ();
  check_fork_storm ();
  return check_end ();
}
