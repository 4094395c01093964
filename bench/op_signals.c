/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_signals.c - signals: to install a handler, to be called, to be called
 * because of a fault.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "operation.h"

static volatile int caught;

static void
catch (int number)
{
  (void) number;
  caught++;
}

static void
run_install (long count)
{
  struct sigaction action = { .sa_handler = catch };

  for (long i = 0; i < count; i++)
    sigaction (SIGUSR2, &action, NULL);
}

static void
run_deliver (long count)
{
  struct sigaction action = { .sa_handler = catch };
  pid_t self = getpid ();

  sigaction (SIGUSR1, &action, NULL);
  for (long i = 0; i < count; i++)
    kill (self, SIGUSR1);
}

/* The handler gives the page back the right that the loop took away. */
static volatile char *page;
static long page_size;

static void
allow (int number)
{
  (void) number;
  mprotect ((void *) page, page_size, PROT_READ | PROT_WRITE);
}

static void
prepare_protection (void)
{
  struct sigaction action = { .sa_handler = allow };

  page_size = sysconf (_SC_PAGESIZE);
  page = mmap (NULL, page_size, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must (page != MAP_FAILED);
  *page = 1;
  sigaction (SIGSEGV, &action, NULL);
}

static void
run_protection (long count)
{
  for (long i = 0; i < count; i++)
    {
      mprotect ((void *) page, page_size, PROT_READ);
      *page = 1;
    }
}

static void
finish_protection (void)
{
  signal (SIGSEGV, SIG_DFL);
  munmap ((void *) page, page_size);
}

const struct operation signal_operations[] = {
  { "signal-install", 10000, 1, NULL, run_install, NULL },
  { "signal", 4000, 1, NULL, run_deliver, NULL },
  { "protection-fault", 2000, 1, prepare_protection, run_protection,
    finish_protection },
  { 0 }
};
