/* devstate.c - the state of a guest, got, set, and set wrongly.

   Usage: devstate [ROUNDS [SEED]].  Runs in the host, as root.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"
#include "tiny.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <lguest/state.h>

enum
{
  PAD = 0x6000,
  XMM0 = 160,			/* in an FXSAVE image */
  MXCSR = 24,
  XFEATURES = 512,
  XCOMP_BV = 520,
};

#define MAGIC 0x1234567890abcdefull
#define NOT_CANONICAL 0x8000000000000000ull
#define SWITCHERS ((uint64_t) LGUEST_SWITCHER_SLOT << 39 | 0xffffull << 48)

/* A guest that counts in R8, and has XMM0 in R9 and the TSC in RDX:RAX.  */
static unsigned char *
make_memory (void)
{
  static const unsigned char code[] =
    {
      0x66, 0x48, 0x0f, 0x6e, 0xc3,	/* movq %rbx, %xmm0 */
      0x49, 0xff, 0xc0,			/* again: incq %r8 */
      0x66, 0x49, 0x0f, 0x7e, 0xc1,	/* movq %xmm0, %r9 */
      0x0f, 0x31,			/* rdtsc */
      0xeb, 0xf4,			/* jmp again */
    };

  return tiny_memory (code, sizeof code);
}

/* A guest from scratch, or to be given a state.  */
static int
make_guest (void *memory, unsigned vcpus)
{
  const struct lguest_setup setup = tiny_setup (memory, vcpus);
  int fd = open_device ();

  if (speak_version (fd) < 0
      || request (fd, 0, &setup, sizeof setup) != sizeof setup)
    fatal ("initialize");
  return fd;
}

/* Returns 0 or errno.  */
static int
state (int fd, unsigned vcpu, uint64_t what, uint64_t which, void *at,
       size_t size)
{
  const uint64_t words[] = { what, which, (uint64_t) at, size };

  return request (fd, vcpu, words, sizeof words) == sizeof words ? 0 : errno;
}

static int
get_vcpu (int fd, unsigned vcpu, struct lguest_vcpu_state *to)
{
  return state (fd, vcpu, LHREQ_GET_STATE, LGUEST_STATE_VCPU, to, sizeof *to);
}

static int
set_vcpu (int fd, unsigned vcpu, struct lguest_vcpu_state *from)
{
  return state (fd, vcpu, LHREQ_SET_STATE, LGUEST_STATE_VCPU, from,
		sizeof *from);
}

static int
get_guest (int fd, struct lguest_guest_state *to)
{
  return state (fd, 0, LHREQ_GET_STATE, LGUEST_STATE_GUEST, to, sizeof *to);
}

static int
set_guest (int fd, struct lguest_guest_state *from)
{
  return state (fd, 0, LHREQ_SET_STATE, LGUEST_STATE_GUEST, from,
		sizeof *from);
}

/* The same, until the guest has counted two beyond FROM: a timer may strike before
   the guest was reached at all.  */
static ssize_t
run_on (int fd, struct lguest_exit *reason, uint64_t from)
{
  struct lguest_vcpu_state now;
  ssize_t n;
  int tries = 1000;

  do
    n = run (fd, reason, 20);
  while (n == -1 && errno == EINTR && --tries > 0
	 && get_vcpu (fd, 0, &now) == 0
	 && now.registers[LGUEST_REG_R8] < from + 2);
  return n;
}

/* A state as a guest's kernel has it later: with a pad, waiting.  */
static void
make_ready (struct lguest_vcpu_state *vcpu)
{
  vcpu->flags |= LGUEST_VCPU_READY;
  vcpu->init = (struct lguest_init)
    {
      .version = LGUEST_GUEST_VERSION,
      .pad = PAD,
      .gs_base = BASE,
      .syscall_entry = BASE + CODE,
      .event_entry_user = BASE + CODE,
      .event_entry_kernel = BASE + CODE,
      .sysret_rip = BASE + CODE + 64,
      .iret_rip = BASE + CODE + 80,
      .linear_base = BASE,
    };
}

static int busy_fd;
static atomic_bool busy_end;

/* A vcpu comes back for a moment, as EINTR, whenever the host wants its thread to;
   and EBUSY when it meets who asks whether it runs.  */
static void *
run_busy (void *unused)
{
  struct lguest_exit reason;

  (void) unused;
  while (!busy_end)
    if (pread (busy_fd, &reason, sizeof reason, 0) >= 0
	|| (errno != EINTR && errno != EBUSY))
      break;
  return NULL;
}

/* So it is asked until it is met.  */
static void
check_busy (const char *name, int (*ask) (int fd, void *state), void *state)
{
  int i;

  for (i = 0; i < 5000 && ask (busy_fd, state) != EBUSY; i++)
    usleep (1000);
  check (i < 5000, name, "was never");
}

static int
ask_get_vcpu (int fd, void *to)
{
  return get_vcpu (fd, 1, to);
}

static int
ask_set_vcpu (int fd, void *from)
{
  return set_vcpu (fd, 1, from);
}

static int
ask_get_guest (int fd, void *to)
{
  return get_guest (fd, to);
}

static void
check_round_trip (void)
{
  unsigned char *memory = make_memory ();
  struct lguest_vcpu_state before, after;
  struct lguest_guest_state guest, other;
  struct lguest_exit reason;
  uint64_t words[3] = { LHREQ_SETREG, LGUEST_REG_RBX, MAGIC }, tsc;
  pthread_t thread;
  int fd, i;
  ssize_t n;

  fd = make_guest (memory, 2);
  request (fd, 0, words, sizeof words);
  n = run_on (fd, &reason, 0);
  check (n == -1 && errno == EINTR, "runs", "gave %zd, errno %d", n, errno);
  check_equal ("get", get_vcpu (fd, 0, &before), 0);
  check (before.version == LGUEST_STATE_VERSION
	 && before.activity == LGUEST_VCPU_RUNS
	 && before.registers[LGUEST_REG_R8] > 0
	 && before.registers[LGUEST_REG_CR3] == 0x1000, "registers",
	 "activity %u, R8 %llu", before.activity,
	 (unsigned long long) before.registers[LGUEST_REG_R8]);
  check (memcmp (before.fpu + XMM0, &(uint64_t) { MAGIC }, 8) == 0, "fpu",
	 "is not what the guest loaded");
  check_equal ("get-other", get_vcpu (fd, 1, &after), 0);
  check_equal ("other-is-down", after.activity, LGUEST_VCPU_DOWN);
  check_equal ("get-guest", get_guest (fd, &guest), 0);
  check (guest.memory_size == MEMORY && guest.vcpus == 2 && guest.monotonic_ns
	 && guest.realtime_ns > guest.monotonic_ns && !guest.flags,
	 "guest", "vcpus %u", guest.vcpus);

  /* One that runs has no state that could be told.  */
  busy_fd = fd;
  pthread_create (&thread, NULL, run_busy, NULL);
  check_busy ("busy", ask_get_vcpu, &after);
  check_busy ("busy-set", ask_set_vcpu, &after);
  check_busy ("busy-guest", ask_get_guest, &other);
  busy_end = true;
  words[0] = LHREQ_KICK;
  request (fd, 0, words, 8);
  pthread_join (thread, NULL);
  close (fd);

  /* In another life, with another register, but the same FPU.  */
  fd = make_guest (memory, 2);
  before.registers[LGUEST_REG_RBX] = 0;
  before.pending = 1ull << 40;
  before.timer_ns = 1ull << 50;
  before.debug[0] = BASE + CODE + 4096;
  before.debug[7] = 0x401;
  check_equal ("set", set_vcpu (fd, 0, &before), 0);
  guest.irq_vcpu[5] = 1;
  guest.monotonic_ns = 1000;
  check_equal ("set-guest", set_guest (fd, &guest), 0);
  check_equal ("get-guest-again", get_guest (fd, &other), 0);
  check (other.monotonic_ns >= 1000 && other.monotonic_ns < 600000000000ull
	 && other.irq_vcpu[5] == 1, "clock-goes-on", "is %llu",
	 (unsigned long long) other.monotonic_ns);
  n = run_on (fd, &reason, before.registers[LGUEST_REG_R8]);
  check (n == -1 && errno == EINTR, "runs-again", "gave %zd, errno %d, %s", n,
	 errno, n > 0 ? reason.message : "");
  check_equal ("get-again", get_vcpu (fd, 0, &after), 0);
  check (after.registers[LGUEST_REG_R8] > before.registers[LGUEST_REG_R8]
	 && after.registers[LGUEST_REG_R8]
	 < before.registers[LGUEST_REG_R8] + (1ull << 40), "counts-on",
	 "%llu, then %llu",
	 (unsigned long long) before.registers[LGUEST_REG_R8],
	 (unsigned long long) after.registers[LGUEST_REG_R8]);
  check_equal ("fpu-stays", after.registers[LGUEST_REG_R9], MAGIC);
  check_equal ("rbx-is-set", after.registers[LGUEST_REG_RBX], 0);
  check (after.pending == before.pending && after.timer_ns > 1ull << 49
	 && after.debug[0] == before.debug[0]
	 && after.debug[7] == before.debug[7], "all-is-set",
	 "pending %llx, timer %llu", (unsigned long long) after.pending,
	 (unsigned long long) after.timer_ns);

  /* A clock of its own: a tenth as fast, and somewhere else.  */
  if (guest.tsc_khz)
    {
      guest.flags = LGUEST_STATE_OWN_TSC;
      guest.tsc_khz /= 10;
      guest.tsc = 1ull << 60;
      check_equal ("own-tsc", set_guest (fd, &guest), 0);
      run_on (fd, &reason, after.registers[LGUEST_REG_R8]);
      get_guest (fd, &other);
      get_vcpu (fd, 0, &after);
      tsc = after.registers[LGUEST_REG_RDX] << 32
	| after.registers[LGUEST_REG_RAX];
      check (tsc > guest.tsc && tsc < other.tsc
	     && other.tsc_khz == guest.tsc_khz
	     && other.flags == LGUEST_STATE_OWN_TSC, "own-tsc-is-read",
	     "%llx", (unsigned long long) tsc);
      check ((other.tsc - guest.tsc) / (guest.tsc_khz ?: 1)
	     <= 2 * (other.monotonic_ns - guest.monotonic_ns) / 1000000 + 10,
	     "own-tsc-is-slow", "%llu ticks",
	     (unsigned long long) (other.tsc - guest.tsc));
      guest.flags = 0;
      check_equal ("host-tsc", set_guest (fd, &guest), 0);
      run_on (fd, &reason, after.registers[LGUEST_REG_R8]);
      get_vcpu (fd, 0, &after);
      tsc = after.registers[LGUEST_REG_RDX] << 32
	| after.registers[LGUEST_REG_RAX];
      check (tsc < 1ull << 60, "host-tsc-is-read", "%llx",
	     (unsigned long long) tsc);
    }
  else
    for (i = 0; i < 5; i++)
      check_skip ("own-tsc", "the TSC tells no time here");
  close (fd);
  munmap (memory, MEMORY);
}

#define OFFSET(member) offsetof (struct lguest_vcpu_state, member)
#define REGISTER(name) OFFSET (registers[LGUEST_REG_##name])
#define GUEST_OFFSET(member) offsetof (struct lguest_guest_state, member)

/* Each field wrong in turn: refused, and nothing has changed.  */
static void
check_refused (void)
{
  static const struct
  {
    const char *name;
    size_t offset, bytes;
    uint64_t value;
    int error;
  } cases[] = {
    { "version", OFFSET (version), 4, LGUEST_STATE_VERSION + 1, EPROTO },
    { "activity", OFFSET (activity), 4, 5, EINVAL },
    { "activity-huge", OFFSET (activity), 4, ~0u, EINVAL },
    { "flags", OFFSET (flags), 4, 1u << 31 | LGUEST_VCPU_READY, EINVAL },
    { "reserved", OFFSET (reserved), 4, 1, EINVAL },
    { "spare", OFFSET (spare[5]), 8, 1, EINVAL },
    { "rip", REGISTER (RIP), 8, NOT_CANONICAL, EINVAL },
    { "cr3", REGISTER (CR3), 8, MEMORY, EINVAL },
    { "cr3-huge", REGISTER (CR3), 8, ~0ull, EINVAL },
    { "fs-base", REGISTER (FS_BASE), 8, NOT_CANONICAL, EINVAL },
    { "gs-base", REGISTER (GS_BASE), 8, NOT_CANONICAL, EINVAL },
    { "user-mode", REGISTER (USER_MODE), 8, 2, EINVAL },
    { "code-32", OFFSET (flags), 4, LGUEST_VCPU_READY | LGUEST_VCPU_CODE_32,
      EINVAL },
    { "breakpoint", OFFSET (debug[0]), 8, NOT_CANONICAL, EINVAL },
    { "breakpoint-switcher", OFFSET (debug[3]), 8, SWITCHERS, EINVAL },
    { "breakpoint-before-it", OFFSET (debug[1]), 8, SWITCHERS - 4, EINVAL },
    { "debug-4", OFFSET (debug[4]), 8, 1, EINVAL },
    { "debug-5", OFFSET (debug[5]), 8, 1, EINVAL },
    { "trap-nmi", OFFSET (trap), 8, 3, EINVAL },
    { "trap-mc", OFFSET (trap), 8, 19, EINVAL },
    { "trap-interrupt", OFFSET (trap), 8, 33, EINVAL },
    { "trap-huge", OFFSET (trap), 8, 1ull << 32 | 1, EINVAL },
    { "init-version", OFFSET (init.version), 8, 77, EINVAL },
    { "pad-unaligned", OFFSET (init.pad), 8, PAD + 8, EINVAL },
    { "pad-outside", OFFSET (init.pad), 8, MEMORY, EINVAL },
    { "pad-huge", OFFSET (init.pad), 8, ~0xfffull, EINVAL },
    { "kernel-gs", OFFSET (init.gs_base), 8, NOT_CANONICAL, EINVAL },
    { "syscall-entry", OFFSET (init.syscall_entry), 8, NOT_CANONICAL,
      EINVAL },
    { "event-user", OFFSET (init.event_entry_user), 8, NOT_CANONICAL,
      EINVAL },
    { "event-kernel", OFFSET (init.event_entry_kernel), 8, NOT_CANONICAL,
      EINVAL },
    { "linear-low", OFFSET (init.linear_base), 8, 0x10000, EINVAL },
    { "linear-switcher", OFFSET (init.linear_base), 8, SWITCHERS, EINVAL },
    { "linear-into-it", OFFSET (init.linear_base), 8, SWITCHERS - 4096,
      EINVAL },
    { "linear-end", OFFSET (init.linear_base), 8, ~0xfffull, EINVAL },
    { "fpu-features", OFFSET (fpu[XFEATURES]), 8, 1ull << 62 | 3, EINVAL },
    { "fpu-compacted", OFFSET (fpu[XCOMP_BV]), 8, 1ull << 63, EINVAL },
    { "fpu-header", OFFSET (fpu[XCOMP_BV + 8]), 8, 1, EINVAL },
    { "fpu-mxcsr", OFFSET (fpu[MXCSR]), 4, ~0u, EINVAL },
  };
  /* Bits that mean nothing.  */
  static const struct
  {
    const char *name;
    size_t offset, bytes;
    uint64_t value;
  } never[] = {
    { "flags", OFFSET (flags), 4, 1u << 31 },
    { "reserved", OFFSET (reserved), 4, 1 },
    { "spare", OFFSET (spare[0]), 8, 1 },
    { "spare-last", OFFSET (spare[5]), 8, 1ull << 63 },
  };
  static const struct
  {
    const char *name;
    size_t offset, bytes;
    uint64_t value;
    int error;
  } guest_cases[] = {
    { "guest-version", GUEST_OFFSET (version), 4, 99, EPROTO },
    { "guest-interface", GUEST_OFFSET (guest_version), 4, 99, EPROTO },
    { "guest-memory", GUEST_OFFSET (memory_size), 8, MEMORY * 2, EINVAL },
    { "guest-vcpus", GUEST_OFFSET (vcpus), 4, 3, EINVAL },
    { "guest-flags", GUEST_OFFSET (flags), 4, 2, EINVAL },
    { "guest-reserved", GUEST_OFFSET (reserved), 4, 1, EINVAL },
    { "guest-route", GUEST_OFFSET (irq_vcpu[3]), 1, 2, EINVAL },
    { "guest-route-far", GUEST_OFFSET (irq_vcpu[55]), 1, 255, EINVAL },
  };
  unsigned char *memory = make_memory ();
  struct lguest_vcpu_state good, bad, now;
  struct lguest_guest_state guest, wrong;
  struct lguest_exit reason;
  int fd = make_guest (memory, 2);
  size_t i;

  run (fd, &reason, 10);
  get_vcpu (fd, 0, &good);
  make_ready (&good);
  check_equal ("ready", set_vcpu (fd, 0, &good), 0);
  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      bad = good;
      memcpy ((char *) &bad + cases[i].offset, &cases[i].value,
	      cases[i].bytes);
      check_equal (cases[i].name, set_vcpu (fd, 0, &bad), cases[i].error);
    }
  bad = good;
  bad.flags = 0;
  bad.activity = LGUEST_VCPU_HALTED;
  check_equal ("halted-not-ready", set_vcpu (fd, 0, &bad), EINVAL);
  bad.activity = LGUEST_VCPU_WAITS;
  check_equal ("waits-not-ready", set_vcpu (fd, 0, &bad), EINVAL);
  bad.activity = LGUEST_VCPU_RUNS;
  bad.registers[LGUEST_REG_USER_MODE] = 1;
  check_equal ("user-not-ready", set_vcpu (fd, 0, &bad), EINVAL);
  bad = good;
  bad.activity = LGUEST_VCPU_STARTING;
  bad.start_entry = NOT_CANONICAL;
  check_equal ("start-entry", set_vcpu (fd, 1, &bad), EINVAL);
  bad.start_entry = BASE;
  bad.start_cr3 = MEMORY;
  check_equal ("start-cr3", set_vcpu (fd, 1, &bad), EINVAL);
  bad.start_cr3 = 0x1000;
  for (i = 0; i < sizeof never / sizeof *never; i++)
    {
      /* Whatever it does.  */
      static const char *const does[] = { "down", "starting" };
      struct lguest_vcpu_state idle = bad;
      char name[32];

      for (idle.activity = LGUEST_VCPU_DOWN;
	   idle.activity <= LGUEST_VCPU_STARTING; idle.activity++)
	{
	  idle.flags = 0;
	  memset ((char *) &idle + never[i].offset, 0, never[i].bytes);
	  snprintf (name, sizeof name, "%s-%s-0", does[idle.activity],
		    never[i].name);
	  check_equal (name, set_vcpu (fd, 1, &idle), 0);
	  memcpy ((char *) &idle + never[i].offset, &never[i].value,
		  never[i].bytes);
	  snprintf (name, sizeof name, "%s-%s", does[idle.activity],
		    never[i].name);
	  check_equal (name, set_vcpu (fd, 1, &idle), EINVAL);
	}
    }
  bad = good;
  bad.flags |= LGUEST_VCPU_CODE_32;
  bad.registers[LGUEST_REG_USER_MODE] = 1;
  check_equal ("code-32-high", set_vcpu (fd, 0, &bad), EINVAL);
  check_equal ("size", state (fd, 0, LHREQ_SET_STATE, LGUEST_STATE_VCPU,
			      &bad, sizeof bad - 8), EINVAL);
  check_equal ("which", state (fd, 0, LHREQ_SET_STATE, 2, &bad, sizeof bad),
	       EINVAL);
  check_equal ("vcpu", set_vcpu (fd, 2, &good), EINVAL);
  check_equal ("from-nowhere",
	       state (fd, 0, LHREQ_SET_STATE, LGUEST_STATE_VCPU, (void *) 8,
		      sizeof bad), EFAULT);
  check_equal ("from-kernel",
	       state (fd, 0, LHREQ_SET_STATE, LGUEST_STATE_VCPU,
		      (void *) 0xffff888000000000ull, sizeof bad), EFAULT);
  check_equal ("to-kernel",
	       state (fd, 0, LHREQ_GET_STATE, LGUEST_STATE_GUEST,
		      (void *) 0xffff888000000000ull, sizeof guest), EFAULT);

  get_guest (fd, &guest);
  for (i = 0; i < sizeof guest_cases / sizeof *guest_cases; i++)
    {
      wrong = guest;
      memcpy ((char *) &wrong + guest_cases[i].offset, &guest_cases[i].value,
	      guest_cases[i].bytes);
      check_equal (guest_cases[i].name, set_guest (fd, &wrong),
		   guest_cases[i].error);
    }
  wrong = guest;
  wrong.flags = LGUEST_STATE_OWN_TSC;
  wrong.tsc_khz = 0;
  check_equal ("own-tsc-stands", set_guest (fd, &wrong), EINVAL);

  get_vcpu (fd, 0, &now);
  check (memcmp (&now, &good, sizeof now) == 0, "nothing-has-changed",
	 "it has");
  close (fd);

  /* Before there is anything.  */
  {
    fd = open_device ();
    speak_version (fd);
    check_equal ("too-early", set_vcpu (fd, 0, &good), EPERM);
    close (fd);
  }
  munmap (memory, MEMORY);
}

/* States that are nearly right, and guests that run with them.  */
static int
fuzz (void *argument)
{
  const uint64_t *numbers = argument;
  uint64_t seed = numbers[1], round, taken = 0;
  unsigned char *memory = make_memory ();
  int fd = make_guest (memory, 2);
  struct lguest_vcpu_state good, vcpu;
  struct lguest_guest_state good_guest, guest;
  struct lguest_exit reason;

  run (fd, &reason, 10);
  get_vcpu (fd, 0, &good);
  make_ready (&good);
  get_guest (fd, &good_guest);
  for (round = 0; round < numbers[0]; round++)
    {
      const uint64_t what = random_next (&seed);
      unsigned changes = what % 4, i;

      vcpu = good;
      guest = good_guest;
      vcpu.activity = what >> 8 & 7 ? LGUEST_VCPU_RUNS : what >> 16 & 7;
      if (what >> 24 & 1)
	vcpu.registers[LGUEST_REG_USER_MODE] = 1;
      if (what >> 25 & 1)
	vcpu.flags ^= 1u << (what >> 26 & 3);
      for (i = 0; i < changes; i++)
	{
	  const uint64_t how = random_next (&seed);
	  /* Mostly not in the FPU's part.  */
	  const size_t size = how & 7 ? OFFSET (fpu) : sizeof vcpu;
	  uint64_t *word = (uint64_t *) &vcpu + (how >> 8) % (size / 8);

	  switch (how >> 4 & 3)
	    {
	    case 0:
	      *word = random_next (&seed);
	      break;
	    case 1:
	      *word ^= 1ull << (how >> 40 & 63);
	      break;
	    case 2:
	      *word = BASE + (how >> 40) % MEMORY;
	      break;
	    default:
	      *word = (how >> 40) % MEMORY & ~0xfffull;
	      break;
	    }
	}
      if (what >> 30 & 1)
	((uint8_t *) &guest)[random_next (&seed) % sizeof guest]
	  ^= 1 << (what >> 32 & 7);
      if (what >> 31 & 1)
	guest.flags = LGUEST_STATE_OWN_TSC;
      set_guest (fd, &guest);
      if (set_vcpu (fd, what >> 40 & 1, &vcpu) == 0)
	taken++;
      run (fd, &reason, 1 + (what >> 41 & 1));
      /* A guest that was killed stays dead.  */
      if (what % 8 == 0)
	{
	  close (fd);
	  munmap (memory, MEMORY);
	  memory = make_memory ();
	  fd = make_guest (memory, 2);
	}
    }
  close (fd);
  return taken > numbers[0] / 10 ? 0 : 1;
}

int
main (int argc, char **argv)
{
  uint64_t numbers[2] = { argc > 1 ? strtoull (argv[1], NULL, 10) : 500,
			  argc > 2 ? strtoull (argv[2], NULL, 10) : 1 };

  check_start ("devstate", 96, 500);
  check_round_trip ();
  check_refused ();
  check_equal ("fuzz", in_child (fuzz, numbers), 0);
  return check_end ();
}
