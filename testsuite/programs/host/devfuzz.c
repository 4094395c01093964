/* devfuzz.c - garbage, and right things in the wrong order, on /dev/lguest.

   Usage: devfuzz [SECONDS [SEED]].  Runs in the host, as root.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "check.h"
#include "tiny.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/ldt.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lguest/hypercall.h>
#include <lguest/shared.h>
#include <lguest/state.h>

/* A guest that spins: its code is `jmp .'.  */
static unsigned char *
make_memory (void)
{
  return tiny_memory ("\xeb\xfe", 2);
}

static struct lguest_setup
good_setup (void *memory)
{
  return tiny_setup (memory, 1);
}

/* Run the spinning guest until a signal comes.  */
static ssize_t
run_until_signal (int fd, struct lguest_exit *reason)
{
  return run (fd, reason, 20);
}

static void
check_order (void)
{
  uint64_t words[4] = { LHREQ_IRQ, 1, 0, 0 };
  struct lguest_device_info info;
  struct lguest_setup setup;
  struct lguest_exit reason;
  unsigned char *memory = make_memory ();
  void *volatile nowhere = (void *) 8;
  int fd = open_device ();
  ssize_t n;

  memset (&info, 0, sizeof info);
  n = pread (fd, &info, sizeof info, 0);
  check (n == sizeof info && info.version == LGUEST_DEVICE_VERSION
	 && info.guest_version == LGUEST_GUEST_VERSION
	 && info.max_vcpus >= 1 && info.host_missing == 0, "info",
	 "gave %zd, version %u", n, info.version);

  setup = good_setup (memory);
  n = request (fd, 0, &setup, sizeof setup);
  check (n == -1 && errno == EPERM, "initialize-too-early",
	 "gave %zd, errno %d", n, errno);
  n = request (fd, 0, words, 16);
  check (n == -1 && errno == EPERM, "irq-too-early", "gave %zd, errno %d", n,
	 errno);
  words[0] = LHREQ_VERSION;
  words[1] = LGUEST_DEVICE_VERSION + 7;
  n = request (fd, 0, words, 16);
  check (n == -1 && errno == EPROTO, "wrong-version", "gave %zd, errno %d", n,
	 errno);
  n = request (fd, 0, words, 15);
  check (n == -1 && errno == EINVAL, "short-request", "gave %zd, errno %d",
	 n, errno);
  n = request (fd, 0, words, 24);
  check (n == -1 && errno == EINVAL, "long-request", "gave %zd, errno %d", n,
	 errno);
  check (speak_version (fd) == 16, "version", "errno %d", errno);
  n = pread (fd, &reason, sizeof reason, 0);
  check (n == -1 && errno == EPERM, "run-too-early", "gave %zd, errno %d", n,
	 errno);
  n = request (fd, 0, &setup, sizeof setup);
  check (n == sizeof setup, "initialize", "gave %zd, errno %d", n, errno);
  n = run_until_signal (fd, &reason);
  check (n == -1 && errno == EINTR, "run", "gave %zd, errno %d", n, errno);
  n = pread (fd, &reason, sizeof reason - 1, 0);
  check (n == -1 && errno == EINVAL, "short-read", "gave %zd, errno %d", n,
	 errno);
  n = pread (fd, nowhere, sizeof reason, 0);
  check (n == -1 && (errno == EFAULT || errno == EINTR), "read-to-nowhere",
	 "gave %zd, errno %d", n, errno);
  n = pread (fd, &reason, sizeof reason, info.max_vcpus);
  check (n == -1 && (errno == EINVAL || errno == ENXIO), "vcpu-too-high",
	 "gave %zd, errno %d", n, errno);
  n = pread (fd, &reason, sizeof reason, 1ll << 40);
  check (n == -1, "vcpu-far-too-high", "gave %zd", n);

  /* Again from scratch.  */
  n = request (fd, 0, &setup, sizeof setup);
  check (n == sizeof setup, "initialize-again", "gave %zd, errno %d", n,
	 errno);
  n = run_until_signal (fd, &reason);
  check (n == -1 && errno == EINTR, "run-again", "gave %zd, errno %d", n,
	 errno);

  /* An end that we asked for.  */
  {
    static const char why[] = "enough of it";
    uint64_t kill_words[3] = { LHREQ_KILL, word_of (why), sizeof why - 1 };

    n = request (fd, 0, kill_words, sizeof kill_words);
    check (n == sizeof kill_words, "kill", "gave %zd, errno %d", n, errno);
    memset (&reason, 0, sizeof reason);
    n = pread (fd, &reason, sizeof reason, 0);
    check (n == sizeof reason && reason.reason == LGUEST_EXIT_DEAD
	   && strstr (reason.message, why) != NULL, "dead",
	   "gave %zd, reason %u, `%.60s'", n, reason.reason, reason.message);
    n = pread (fd, &reason, sizeof reason, 0);
    check (n == sizeof reason && reason.reason == LGUEST_EXIT_DEAD,
	   "still-dead", "gave %zd, reason %u", n, reason.reason);
  }
  close (fd);
  munmap (memory, MEMORY);
}

/* Each field of struct lguest_setup wrong in turn.  */
static void
check_setup (void)
{
  static const struct
  {
    const char *name;
    int word;
    uint64_t value;
  } cases[] = {
    { "memory-unaligned", 1, 1 },	/* added to the right one */
    { "memory-null", 1, 0 },
    { "memory-kernel", 1, HOST_KERNEL },
    { "memory-non-canonical", 1, NO_ADDRESS },
    { "memory-end-of-user", 1, LAST_PAGE },
    { "size-0", 2, 0 },
    { "size-odd", 2, MEMORY + 1 },
    { "size-huge", 2, 1ull << 62 },
    { "size-all-ones", 2, ~0ull },
    { "size-wraps", 2, ~0xfffull },
    { "entry-non-canonical", 3, NO_ADDRESS },
    { "cr3-outside", 4, MEMORY },
    { "cr3-odd", 4, 0x1008 },
    { "cr3-huge", 4, ~0ull },
    { "vcpus-0", 6, 0 },
    { "vcpus-many", 6, 1ull << 32 | 1 },
    { "vcpus-all-ones", 6, ~0ull },
  };
  unsigned char *memory = make_memory ();
  size_t i;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      struct lguest_setup setup = good_setup (memory);
      uint64_t *words = (uint64_t *) &setup;
      struct lguest_exit reason;
      int fd = open_device ();
      ssize_t n;

      if (cases[i].word == 1 && cases[i].value == 1)
	words[1]++;
      else
	words[cases[i].word] = cases[i].value;
      speak_version (fd);
      n = request (fd, 0, &setup, sizeof setup);
      if (n == -1)
	{
	  check (errno == EINVAL || errno == EFAULT || errno == ENOMEM,
		 cases[i].name, "errno %d", errno);
	}
      else
	{
	  /* What was taken must run into a wall, and say so.  */
	  memset (&reason, 0, sizeof reason);
	  n = run_until_signal (fd, &reason);
	  check ((n == -1 && (errno == EFAULT || errno == EINVAL))
		 || (n == sizeof reason && reason.reason == LGUEST_EXIT_DEAD
		     && reason.message[0] != 0), cases[i].name,
		 "taken; then read gave %zd, errno %d, reason %u", n, errno,
		 reason.reason);
	}
      close (fd);
    }
  munmap (memory, MEMORY);
}

/* The guest's memory goes away under it.  */
static void
check_unmapped (void)
{
  struct lguest_exit reason;
  unsigned char *memory = make_memory ();
  struct lguest_setup setup = good_setup (memory);
  int fd = open_device ();
  ssize_t n;

  speak_version (fd);
  if (request (fd, 0, &setup, sizeof setup) != sizeof setup)
    fatal ("initialize");
  n = run_until_signal (fd, &reason);
  munmap (memory, MEMORY);
  memset (&reason, 0, sizeof reason);
  n = run_until_signal (fd, &reason);
  check ((n == sizeof reason && reason.reason == LGUEST_EXIT_DEAD)
	 || (n == -1 && errno == EFAULT), "memory-unmapped",
	 "read gave %zd, errno %d, reason %u", n, errno, reason.reason);
  close (fd);

  memory = make_memory ();
  setup = good_setup (memory);
  fd = open_device ();
  speak_version (fd);
  if (request (fd, 0, &setup, sizeof setup) != sizeof setup)
    fatal ("initialize");
  n = run_until_signal (fd, &reason);
  mprotect (memory, MEMORY, PROT_NONE);
  memset (&reason, 0, sizeof reason);
  n = run_until_signal (fd, &reason);
  check ((n == sizeof reason && reason.reason == LGUEST_EXIT_DEAD)
	 || (n == -1 && errno == EFAULT), "memory-protected",
	 "read gave %zd, errno %d, reason %u", n, errno, reason.reason);
  /* Given back, it may go on or stay dead; it must not hang.  */
  mprotect (memory, MEMORY, PROT_READ | PROT_WRITE);
  n = run_until_signal (fd, &reason);
  check (n == sizeof reason || n == -1, "memory-given-back", "gave %zd", n);
  close (fd);

  /* Discarded and remapped many times while it runs.  */
  {
    int i, bad = 0;
    unsigned char *other = mmap (NULL, MEMORY, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memory = make_memory ();
    setup = good_setup (memory);
    fd = open_device ();
    speak_version (fd);
    if (request (fd, 0, &setup, sizeof setup) != sizeof setup)
      fatal ("initialize");
    for (i = 0; i < 50; i++)
      {
	unsigned char *moved;

	n = run_until_signal (fd, &reason);
	bad += !(n == -1 && errno == EINTR);
	/* Out to another place and back: the same contents.  */
	moved = mremap (memory, MEMORY, MEMORY, MREMAP_MAYMOVE | MREMAP_FIXED,
			other);
	if (moved == MAP_FAILED
	    || mremap (moved, MEMORY, MEMORY, MREMAP_MAYMOVE | MREMAP_FIXED,
		       memory) != memory)
	  fatal ("mremap");
      }
    check_equal ("memory-moved", bad, 0);
    close (fd);
    munmap (memory, MEMORY);
  }
}

static uint64_t
get_register (int fd, uint64_t number)
{
  uint64_t words[2] = { LHREQ_GETREG, number }, value = ~0ull;

  if (request (fd, 0, words, sizeof words) != sizeof words
      || pread (fd, &value, sizeof value, 0) != sizeof value)
    fatal ("LHREQ_GETREG");
  return value;
}

/* Registers are set all together, or not at all.  */
static void
check_registers (void)
{
  uint64_t words[] = { LHREQ_SETREG, LGUEST_REG_RAX, 1, LAST_REGISTER, 2,
		       LGUEST_REG_RAX, 3, 0, 0 };
  static const uint64_t bad[][2] = {
    { LGUEST_REG_CR3, 0 }, { LGUEST_REG_RIP, NO_ADDRESS },
    { LGUEST_REG_COUNT, 0 }, { ~0ull, 0 },
  };
  unsigned char *memory = make_memory ();
  struct lguest_setup setup = good_setup (memory);
  int fd = open_device ();
  size_t i;
  ssize_t n;

  speak_version (fd);
  if (request (fd, 0, &setup, sizeof setup) != sizeof setup)
    fatal ("initialize");
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      memcpy (&words[7], bad[i], sizeof bad[i]);
      n = request (fd, 0, words, sizeof words);
      check (n == -1 && errno == EINVAL
	     && get_register (fd, LGUEST_REG_RAX) == 0
	     && get_register (fd, LAST_REGISTER) == 0, "registers-half",
	     "%zu gave %zd, errno %d, rax %#llx", i, n, errno,
	     (unsigned long long) get_register (fd, LGUEST_REG_RAX));
    }
  n = request (fd, 0, words, sizeof words - 16);
  check (n == sizeof words - 16 && get_register (fd, LGUEST_REG_RAX) == 3
	 && get_register (fd, LAST_REGISTER) == 2, "registers",
	 "gave %zd, errno %d", n, errno);
  close (fd);
  munmap (memory, MEMORY);
}

/* A launcher with an I/O port of its own: its guest has none.  */
static int
with_port (void *unused)
{
  /* in $0x80, %al; jmp .  */
  struct lguest_setup setup
    = good_setup (tiny_memory ("\xe4\x80\xeb\xfe", 4));
  struct lguest_exit reason = { 0 };
  int fd = open_device ();
  ssize_t n;

  (void) unused;
  speak_version (fd);
  if (request (fd, 0, &setup, sizeof setup) != sizeof setup
      || ioperm (0x80, 1, 1) != 0)
    return 2;
  n = run_until_signal (fd, &reason);
  return n != sizeof reason || reason.reason != PORTS_EXIT
    || (PORTS_EXIT == LGUEST_EXIT_DEAD
	&& !strstr (reason.message, "I/O ports"));
}

/* One with segments of its own, in which a guest could find gates.  */
static int
with_segments (void *unused)
{
  struct user_desc segment = { .entry_number = 0, .limit = 0xfffff,
			       .seg_32bit = 1, .limit_in_pages = 1 };
  struct lguest_setup setup = good_setup (make_memory ());
  struct lguest_exit reason = { 0 };
  int fd = open_device ();
  ssize_t n;

  (void) unused;
  speak_version (fd);
  if (request (fd, 0, &setup, sizeof setup) != sizeof setup
      || syscall (SYS_modify_ldt, 1, &segment, sizeof segment) != 0)
    return 2;
  n = run_until_signal (fd, &reason);
  return n != sizeof reason || reason.reason != LGUEST_EXIT_DEAD
    || !strstr (reason.message, "local descriptor table");
}

/* The state of a guest, where there is such a thing.  */
static void
check_state (void)
{
  unsigned char *memory = make_memory ();
  struct lguest_setup setup = good_setup (memory);
  struct lguest_vcpu_state state;
  uint64_t words[4] = { LHREQ_GET_STATE, LGUEST_STATE_VCPU, word_of (&state),
			sizeof state };
  int fd = open_device ();
  ssize_t n;

  speak_version (fd);
  if (request (fd, 0, &setup, sizeof setup) != sizeof setup)
    fatal ("initialize");
  errno = 0;
  n = request (fd, 0, words, sizeof words);
  check (n == (STATE_ERROR ? -1 : (ssize_t) sizeof words)
	 && errno == STATE_ERROR, "get-state", "gave %zd, errno %d", n, errno);
  words[0] = LHREQ_SET_STATE;
  errno = 0;
  n = request (fd, 0, words, sizeof words);
  check (n == (STATE_ERROR ? -1 : (ssize_t) sizeof words)
	 && errno == STATE_ERROR, "set-state", "gave %zd, errno %d", n, errno);
  close (fd);
  munmap (memory, MEMORY);
}

static volatile int stop;
static int shared_fd;
static unsigned char *shared_memory;

static void *
runner (void *unused)
{
  struct lguest_exit reason;
  sigset_t set;

  (void) unused;
  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  pthread_sigmask (SIG_UNBLOCK, &set, NULL);
  while (!stop)
    pread (shared_fd, &reason, sizeof reason, 0);
  return NULL;
}

static void *
writer (void *number)
{
  uint64_t seed = (uintptr_t) number, words[16];
  struct lguest_setup setup = good_setup (shared_memory);

  while (!stop)
    switch (random_next (&seed) % 7)
      {
      case 0:
	request (shared_fd, 0, &setup, sizeof setup);
	break;
      case 1:
	words[0] = LHREQ_IRQ;
	words[1] = random_next (&seed) % 80;
	request (shared_fd, 0, words, 16);
	break;
      case 2:
	words[0] = LHREQ_GETREG;
	words[1] = random_next (&seed) % 30;
	request (shared_fd, 0, words, 16);
	break;
      case 3:
	words[0] = LHREQ_TRAP;
	words[1] = random_next (&seed) % 300;
	words[2] = random_next (&seed);
	request (shared_fd, 0, words, 24);
	break;
      case 4:
	words[0] = LHREQ_SETREG;
	words[1] = random_next (&seed) % 30;
	words[2] = random_next (&seed);
	request (shared_fd, 0, words, 24);
	break;
      case 5:
	words[0] = LHREQ_KILL;
	words[1] = word_of ("fuzz");
	words[2] = 4;
	request (shared_fd, 0, words, 24);
	break;
      case 6:
	{
	  struct lguest_vcpu_state state;

	  /* Back and forth, with all others in between.  */
	  words[0] = LHREQ_GET_STATE;
	  words[1] = LGUEST_STATE_VCPU;
	  words[2] = word_of (&state);
	  words[3] = sizeof state;
	  if (request (shared_fd, 0, words, 32) == 32)
	    {
	      words[0] = LHREQ_SET_STATE;
	      request (shared_fd, 0, words, 32);
	    }
	  break;
	}
      }
  return NULL;
}

/* Threads that run, set up, inject and kill the same guest.  */
static int
race (void *seed)
{
  pthread_t threads[5];
  struct sigaction action = { .sa_handler = tick };
  long i;

  sigaction (SIGUSR1, &action, NULL);
  shared_memory = make_memory ();
  shared_fd = open_device ();
  speak_version (shared_fd);
  for (i = 0; i < 5; i++)
    if (pthread_create (&threads[i], NULL, i < 2 ? runner : writer,
			(void *) ((uintptr_t) seed * 7 + i)) != 0)
      return 1;
  for (i = 0; i < 100; i++)
    {
      usleep (10000);
      pthread_kill (threads[0], SIGUSR1);
      pthread_kill (threads[1], SIGUSR1);
    }
  if ((uintptr_t) seed % 2)
    _exit (0);			/* with all of them in the middle of it */
  stop = 1;
  for (i = 0; i < 5; i++)
    {
      while (i < 2 && pthread_tryjoin_np (threads[i], NULL) == EBUSY)
	{
	  pthread_kill (threads[i], SIGUSR1);
	  usleep (1000);
	}
      if (i >= 2)
	pthread_join (threads[i], NULL);
    }
  close (shared_fd);
  return 0;
}

/* What fuzz () is told.  */
struct fuzz
{
  uint64_t seed;
  uint64_t seconds;
};

/* Anything at all.  */
static int
fuzz (void *argument)
{
  const struct fuzz *fuzz = argument;
  uint64_t seed = fuzz->seed;
  uint64_t end = clock_ns () + fuzz->seconds * 1000000000ull;
  unsigned char *memory = make_memory ();
  int fd = open_device (), n;
  char *bad_places[] = { NULL, (char *) 8, (char *) (uintptr_t) HOST_KERNEL,
			 (char *) (uintptr_t) NO_ADDRESS,
			 (char *) memory + MEMORY - 8 };

  while (clock_ns () < end)
    {
      uint64_t words[80], what = random_next (&seed);
      struct lguest_exit reason;
      struct lguest_setup setup = good_setup (memory);
      int count = random_next (&seed) % 70, i;
      char *from = (char *) words;

      for (i = 0; i < 80; i++)
	switch (random_next (&seed) % 5)
	  {
	  case 0:
	    words[i] = random_next (&seed);
	    break;
	  case 1:
	    words[i] = random_next (&seed) % 64;
	    break;
	  case 2:
	    words[i] = word_of (memory) + random_next (&seed) % MEMORY;
	    break;
	  case 3:
	    words[i] = ~0ull >> random_next (&seed) % 64;
	    break;
	  default:
	    words[i] = ((uint64_t *) &setup)[i % 7];
	    break;
	  }
      if (what % 4)
	words[0] = random_next (&seed) % 14;
      if (what % 19 == 0)
	from = bad_places[what / 19 % 5];
      switch (what >> 32 & 15)
	{
	case 0:
	  close (fd);
	  fd = open_device ();
	  if (what & 64)
	    speak_version (fd);
	  break;
	case 1:
	  speak_version (fd);
	  break;
	case 2:
	  memcpy (words, &setup, sizeof setup);
	  words[1 + (what >> 40) % 6] ^= what & 128 ? 0 : 1ull << (what & 63);
	  request (fd, 0, words, sizeof setup);
	  break;
	case 3:
	  n = ioctl (fd, what & 0xffff, words);
	  break;
	case 4:
	  {
	    void *p = mmap (NULL, PAGE << (what & 3), PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, (what >> 8 & 0xff) * PAGE);

	    if (p != MAP_FAILED)
	      {
		struct fault fault;

		fault_catch (&fault, touch_write, p);
		munmap (p, PAGE << (what & 3));
	      }
	    break;
	  }
	case 5:
	  {
	    struct pollfd one = { .fd = fd, .events = POLLIN | POLLOUT };

	    poll (&one, 1, 0);
	    lseek (fd, what, what & 3);
	    break;
	  }
	case 6:
	  if (fork () == 0)
	    {
	      /* The child's fd is its parent's guest.  */
	      request (fd, 0, &setup, sizeof setup);
	      alarm (1);
	      if (what & 256)
		pread (fd, &reason, sizeof reason, 0);
	      _exit (0);
	    }
	  wait (&n);
	  break;
	case 7:
	  /* Scribble on the guest: its tables, its code.  */
	  memory[random_next (&seed) % 0x4000] = random_next (&seed);
	  memory[0x100000 + random_next (&seed) % 16] = random_next (&seed);
	  break;
	case 8:
	  munmap (memory, MEMORY);
	  memory = make_memory ();
	  break;
	case 9:
	case 10:
	  run_until_signal (fd, &reason);
	  break;
	case 11:
	  n = pread (fd, what & 1 ? (void *) from : (void *) &reason,
		     what >> 8 & 1 ? 0 : what >> 9 & 127, what >> 20 & 3);
	  break;
	default:
	  n = pwrite (fd, from, what & 32 ? count : count * 8,
		      what & 512 ? 0 : what >> 10 & 3);
	  break;
	}
    }
  close (fd);
  return 0;
}

int
main (int argc, char **argv)
{
  uint64_t seconds = argc > 1 ? strtoull (argv[1], NULL, 10) : 5;
  uint64_t seed = argc > 2 ? strtoull (argv[2], NULL, 10) : 1;
  int i, status;

  if (seconds > 600)
    seconds = 600;
  check_start ("devfuzz", 57, seconds * 3 + 300);
  check_order ();
  check_setup ();
  check_unmapped ();
  check_registers ();
  check_state ();
  check_equal ("ports", in_child (with_port, NULL), 0);
  check_equal ("segments", in_child (with_segments, NULL), 0);
  for (i = 0; i < 4; i++)
    {
      char name[32];

      snprintf (name, sizeof name, "race-%d", i);
      status = in_child (race, (void *) (uintptr_t) (seed + i));
      check_equal (name, status, 0);
    }
  for (i = 0; i < 4; i++)
    {
      struct fuzz part = { seed + i, (seconds + 3) / 4 };
      char name[32];

      snprintf (name, sizeof name, "fuzz-%d", i);
      status = in_child (fuzz, &part);
      check_equal (name, status, 0);
    }
  /* After all that, a plain guest still runs.  */
  {
    unsigned char *memory = make_memory ();
    struct lguest_setup setup = good_setup (memory);
    struct lguest_exit reason;
    int fd = open_device ();
    ssize_t n;

    speak_version (fd);
    n = request (fd, 0, &setup, sizeof setup);
    check (n == sizeof setup, "afterwards", "gave %zd, errno %d", n, errno);
    n = run_until_signal (fd, &reason);
    check (n == -1 && errno == EINTR, "afterwards-runs",
	   "gave %zd, errno %d, reason %u", n, errno, reason.reason);
    close (fd);
  }
  return check_end ();
}
