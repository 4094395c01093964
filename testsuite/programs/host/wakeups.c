/* wakeups.c - how soon a real-time thread gets a guest's processor.

   Usage: wakeups.  Runs in the host, as root, which has one processor and is
   bit-exact: time is what the processor has done.

   A guest spins.  A thread of a higher priority sleeps until the middle
   between two ticks, again and again; it has to run at once, and not only
   after the next tick.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <lguest/device.h>

enum
{
  MEMORY = 4 << 20,
  WAKEUPS = 100,
  LATE_NS = 500000,		/* a tick is 4 ms, or 1 */
};

static int fd;
static volatile int stop;
static volatile uint64_t other_reads;

/* Page tables that map its memory where a kernel is, and `jmp .'.  */
static void
make_guest (void)
{
  uint64_t version[2] = { LHREQ_VERSION, LGUEST_DEVICE_VERSION };
  struct lguest_setup setup = {
    .request = LHREQ_INITIALIZE,
    .memory_size = MEMORY,
    .entry = 0xffffffff80100000ull,
    .cr3 = 0x1000,
    .vcpus = 1,
  };
  unsigned char *memory = mmap (NULL, MEMORY, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED)
    fatal ("mmap");
  ((uint64_t *) (memory + 0x1000))[511] = 0x2063;
  ((uint64_t *) (memory + 0x2000))[510] = 0x3063;
  ((uint64_t *) (memory + 0x3000))[0] = 0xe3;
  memcpy (memory + 0x100000, "\xeb\xfe", 2);
  setup.memory = (uint64_t) memory;
  fd = open (LGUEST_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  if (fd < 0 || write (fd, version, sizeof version) < 0
      || write (fd, &setup, sizeof setup) < 0)
    fatal (LGUEST_DEVICE_PATH);
}

static void *
spin (void *unused)
{
  struct lguest_exit reason;

  (void) unused;
  while (!stop)
    if (pread (fd, &reason, sizeof reason, 0) != -1 || errno != EINTR)
      other_reads++;
  return NULL;
}

/* Sleep until some moment between two ticks.  Gives 1 if that came late.  */
static int
wake_late (unsigned number)
{
  uint64_t at = clock_ns () + 1500000 + number * 37000 % 1000000;
  struct timespec until = { at / 1000000000, at % 1000000000 };

  clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  return clock_ns () - at > LATE_NS;
}

int
main (void)
{
  struct sched_param param = { .sched_priority = 1 };
  uint64_t kick = LHREQ_KICK;
  pthread_t spinner;
  int i, on_time = 0, late = 0;

  check_start ("wakeups", 4, 500);
  /* A host that has just booted has only ticks for a while.  */
  for (i = 0; i < 20000 && on_time < 10; i++)
    on_time = wake_late (i) ? 0 : on_time + 1;
  check_equal ("host", on_time, 10);
  make_guest ();
  if (pthread_create (&spinner, NULL, spin, NULL) != 0
      || sched_setscheduler (0, SCHED_FIFO, &param) != 0)
    fatal ("threads");
  for (i = 0; i < WAKEUPS; i++)
    late += wake_late (i);
  check (late == 0, "wakeups", "%d of %d were late", late, WAKEUPS);
  stop = 1;
  check (write (fd, &kick, sizeof kick) == sizeof kick, "kick", "errno %d",
	 errno);
  pthread_join (spinner, NULL);
  check_equal ("guest", other_reads, 0);
  return check_end ();
}
