/* scribble.c - page tables that change while they are walked.

   Usage: scribble HOSTILE [SECONDS [SEED]].  Runs in the host, as root.

   A launcher of the simplest kind runs the rule `tables-changing' of the
   hostile guest (testsuite/guests/tables.c), which walks tables for ever;
   a second thread writes to those tables all the time, as another processor
   of the guest would.  The guest may die of it.  The host must not.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <lguest/device.h>
#include <lguest/shared.h>

enum
{
  MEMORY = 16 << 20,
  CHANGING_BASE = 4 << 20,	/* as in testsuite/guests/tables.c */
  CHANGING_PAGES = 32,
  PARAMETERS = 0x10000,
  COMMAND_LINE = 0x11000,
  /* In struct boot_params.  */
  E820_ENTRIES = 0x1e8,
  COMMAND_LINE_POINTER = 0x228,
  E820_TABLE = 0x2d0,
};

static unsigned char *memory;
static volatile int stop;
static volatile unsigned long writes;

static void *
scribbler (void *seed_number)
{
  uint64_t seed = (uint64_t) seed_number;
  volatile uint64_t *words = (volatile uint64_t *) (memory + CHANGING_BASE);

  while (!stop)
    {
      uint64_t where = random_next (&seed) % (CHANGING_PAGES * 512);
      uint64_t r = random_next (&seed), value = r & 0xfff;

      switch (r >> 60 & 7)
	{
	case 0:
	  value = 0;
	  break;
	case 1:
	  value = r;
	  break;
	case 2:			/* large pages, also odd ones */
	  value |= 0x81 | (r >> 13 & (2 * MEMORY - 1) & ~0xfffull);
	  break;
	case 3:			/* any page, also the guest's own tables */
	  value |= 1 | (r >> 13 & (2 * MEMORY - 1) & ~0xfffull);
	  break;
	default:
	  value = (value & ~0x80ull) | 0x67
	    | (CHANGING_BASE + (r >> 13) % CHANGING_PAGES * PAGE);
	  break;
	}
      words[where] = value;
      writes++;
    }
  return NULL;
}

static void
load (const char *name, uint64_t note[3])
{
  static const char command[] = "rule=tables-changing";
  static unsigned char file[1 << 20];
  Elf64_Ehdr *header = (Elf64_Ehdr *) file;
  Elf64_Phdr *segments;
  uint64_t ram[2] = { 0, MEMORY };
  int fd = open (name, O_RDONLY), i;
  ssize_t size = fd < 0 ? -1 : read (fd, file, sizeof file);

  if (size < (ssize_t) sizeof *header)
    fatal (name);
  close (fd);
  note[0] = 0;
  segments = (Elf64_Phdr *) (file + header->e_phoff);
  for (i = 0; i < header->e_phnum; i++)
    if (segments[i].p_type == PT_LOAD)
      memcpy (memory + segments[i].p_paddr, file + segments[i].p_offset,
	      segments[i].p_filesz);
    else if (segments[i].p_type == PT_NOTE)
      /* Name "lguest": seven bytes and one of padding.  */
      memcpy (note, file + segments[i].p_offset + sizeof (Elf64_Nhdr) + 8,
	      3 * sizeof *note);
  memory[PARAMETERS + E820_ENTRIES] = 1;
  memcpy (memory + PARAMETERS + E820_TABLE, ram, sizeof ram);
  *(uint32_t *) (memory + PARAMETERS + COMMAND_LINE_POINTER) = COMMAND_LINE;
  memcpy (memory + COMMAND_LINE, command, sizeof command);
}

static void
tick (int signal)
{
  (void) signal;
}

int
main (int argc, char **argv)
{
  uint64_t seconds = argc > 2 ? strtoull (argv[2], NULL, 10) : 5, end;
  uint64_t seed = argc > 3 ? strtoull (argv[3], NULL, 10) : 1;
  uint64_t version[2] = { LHREQ_VERSION, LGUEST_DEVICE_VERSION }, note[3];
  struct itimerval timer = { { 0, 50000 }, { 0, 50000 } };
  struct itimerval off = { { 0, 0 }, { 0, 0 } };
  struct sigaction action = { .sa_handler = tick };
  unsigned long starts = 0, walks = 0, deaths = 0, odd = 0;
  struct lguest_exit reason;
  pthread_t thread;
  int fd;

  if (argc < 2)
    {
      fprintf (stderr, "usage: %s HOSTILE [SECONDS [SEED]]\n", argv[0]);
      return 2;
    }
  check_start ("scribble", 4, seconds * 3 + 60);
  memory = mmap (NULL, MEMORY, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fd = open (LGUEST_DEVICE_PATH, O_RDWR);
  if (memory == MAP_FAILED || fd < 0
      || pwrite (fd, version, sizeof version, 0) != sizeof version)
    fatal (LGUEST_DEVICE_PATH);
  sigaction (SIGALRM, &action, NULL);
  end = clock_ns () + seconds * 1000000000ull;
  thread = 0;
  while (clock_ns () < end)
    {
      struct lguest_setup setup = {
	.request = LHREQ_INITIALIZE, .memory = (uint64_t) memory,
	.memory_size = MEMORY, .boot_params = PARAMETERS, .vcpus = 1
      };
      int running = 1;

      load (argv[1], note);
      if (note[0] != LGUEST_GUEST_VERSION)
	fatal ("note");
      setup.entry = note[1];
      setup.cr3 = note[2];
      if (pwrite (fd, &setup, sizeof setup, 0) != sizeof setup)
	fatal ("LHREQ_INITIALIZE");
      starts++;
      setitimer (ITIMER_REAL, &timer, NULL);
      while (running && clock_ns () < end)
	{
	  ssize_t n = pread (fd, &reason, sizeof reason, 0);

	  if (n == -1 && errno == EINTR)
	    continue;
	  if (n != sizeof reason)
	    {
	      odd++;
	      break;
	    }
	  switch (reason.reason)
	    {
	    case LGUEST_EXIT_PRINT:
	      if (strstr (reason.message, "walking") != NULL)
		{
		  walks++;
		  if (thread == 0
		      && pthread_create (&thread, NULL, scribbler,
					 (void *) seed) != 0)
		    fatal ("pthread_create");
		}
	      break;
	    case LGUEST_EXIT_DEAD:
	      deaths++;
	      if (reason.message[0] == 0)
		odd++;
	      running = 0;
	      break;
	    case LGUEST_EXIT_MMIO:
	    case LGUEST_EXIT_IO:
	      /* Its table led to a device.  We have none: once more.  */
	      {
		uint64_t trap[3] = { LHREQ_TRAP, 14, 0 };

		if (pwrite (fd, trap, sizeof trap, 0) != sizeof trap)
		  odd++;
		break;
	      }
	    default:
	      running = 0;
	      break;
	    }
	}
      setitimer (ITIMER_REAL, &off, NULL);
    }
  stop = 1;
  if (thread != 0)
    pthread_join (thread, NULL);
  check (walks > 0 && starts > 0, "walks", "%lu walks in %lu starts", walks,
	 starts);
  check (writes > 10000, "writes", "only %lu", writes);
  check (odd == 0, "ends", "%lu that made no sense; the last: %zd", odd,
	 (ssize_t) errno);
  close (fd);
  check (deaths <= starts, "deaths", "%lu in %lu starts", deaths, starts);
  return check_end ();
}
