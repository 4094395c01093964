/* cow.c - memory of two processes: what is copied on write, what is shared.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 256 };

static uint64_t *area;

#define WORD(page) area[(page) * (PAGE / 8)]

static void
fill (uint64_t base)
{
  int i;

  for (i = 0; i < PAGES; i++)
    WORD (i) = base + i;
}

/* How many pages do not hold what fill (BASE) wrote.  */
static int
wrong (uint64_t base)
{
  int i, n = 0;

  for (i = 0; i < PAGES; i++)
    n += WORD (i) != base + i;
  return n;
}

static void
pass (int fd)
{
  if (write (fd, "x", 1) != 1)
    _exit (8);
}

static void
wait_for (int fd)
{
  char c;

  if (read (fd, &c, 1) != 1)
    _exit (7);
}

static void
check_private (void)
{
  int to_child[2], to_parent[2];
  pid_t child;

  fill (1000);
  if (pipe (to_child) < 0 || pipe (to_parent) < 0)
    fatal ("pipe");

  /* The parent writes first.  */
  child = fork ();
  if (child == 0)
    {
      wait_for (to_child[0]);
      if (wrong (1000))
	_exit (1);
      fill (3000);
      pass (to_parent[1]);
      wait_for (to_child[0]);
      _exit (wrong (3000) ? 2 : 0);
    }
  fill (2000);
  pass (to_child[1]);
  wait_for (to_parent[0]);
  check_equal ("parent-first", wrong (2000), 0);
  fill (2500);
  pass (to_child[1]);
  check_child ("parent-first-child", child);
  check_equal ("parent-first-after", wrong (2500), 0);

  /* The child writes first, every other page; the parent the others.  */
  fill (4000);
  child = fork ();
  if (child == 0)
    {
      int i, bad = 0;

      for (i = 0; i < PAGES; i += 2)
	WORD (i) = 5000 + i;
      pass (to_parent[1]);
      wait_for (to_child[0]);
      for (i = 0; i < PAGES; i++)
	bad += WORD (i) != (i % 2 ? 4000u : 5000u) + i;
      _exit (bad ? 1 : 0);
    }
  wait_for (to_parent[0]);
  check_equal ("child-first", wrong (4000), 0);
  for (int i = 1; i < PAGES; i += 2)
    WORD (i) = 6000;
  pass (to_child[1]);
  check_child ("child-first-child", child);
}

/* A child of a child of a child ..., each with its own copy.  */
static int
generation (void *argument)
{
  uint64_t depth = (uintptr_t) argument;

  if (wrong (10000 + depth))
    return 1;
  if (depth == 12)
    return 0;
  fill (10000 + depth + 1);
  if (in_child (generation, (void *) (uintptr_t) (depth + 1)) != 0)
    return 2;
  return wrong (10000 + depth + 1) ? 3 : 0;
}

/* The kernel writes to pages that are shared after fork.  */
static void
check_kernel_writes (void)
{
  int fds[2], done[2], i;
  char byte = 0;
  pid_t child;

  if (pipe (fds) < 0 || pipe (done) < 0)
    fatal ("pipe");
  fill (20000);
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < PAGES; i++)
	{
	  uint64_t value = 77 + i;

	  if (write (fds[1], &value, 8) != 8 || read (fds[0], &WORD (i), 8) != 8)
	    _exit (1);
	}
      pass (done[1]);
      _exit (wrong (77) ? 2 : 0);
    }
  if (read (done[0], &byte, 1) != 1)
    fatal ("read");
  check_equal ("kernel-writes", wrong (20000), 0);
  check_child ("kernel-writes-child", child);
}

/* Pages that were only read are the kernel's zero page.  */
static void
check_zero_page (void)
{
  uint64_t *p = mmap (NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t sum = 0;
  pid_t child;
  int i;

  for (i = 0; i < 64; i++)
    sum += p[i * 512];
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < 64; i++)
	p[i * 512] = 1;
      _exit (0);
    }
  check_child ("zero-page-child", child);
  for (i = 0; i < 64; i++)
    sum += p[i * 512];
  check_equal ("zero-page", sum, 0);
  for (i = 0; i < 64; i += 2)
    p[i * 512] = 5;
  sum = 0;
  for (i = 0; i < 64; i++)
    sum += p[i * 512];
  check_equal ("zero-page-written", sum, 32 * 5);
  munmap (p, 64 * PAGE);
}

/* Two processes pass numbers through one shared page.  */
static void
check_shared (void)
{
  enum { ROUNDS = 2000 };
  uint64_t *p = mmap (NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int there[2], back[2];
  uint64_t i, bad = 0;
  pid_t child;

  if (p == MAP_FAILED || pipe (there) < 0 || pipe (back) < 0)
    fatal ("shared");
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < ROUNDS; i++)
	{
	  wait_for (there[0]);
	  if (p[i % 2048] != i)
	    _exit (1);
	  p[(i * 7) % 2048] = ~i;
	  pass (back[1]);
	}
      _exit (0);
    }
  for (i = 0; i < ROUNDS; i++)
    {
      p[i % 2048] = i;
      pass (there[1]);
      wait_for (back[0]);
      bad += p[(i * 7) % 2048] != ~i;
    }
  check_equal ("shared", bad, 0);
  check_child ("shared-child", child);

  /* Both unmap and map pieces of it while the other looks.  */
  p[0] = 0;
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < 1000; i++)
	__atomic_add_fetch (&p[512], 1, __ATOMIC_SEQ_CST);
      munmap (p, 4 * PAGE);
      _exit (0);
    }
  p[512] += 0;
  for (i = 0; i < 1000; i++)
    __atomic_add_fetch (&p[1024], 1, __ATOMIC_SEQ_CST);
  check_child ("shared-unmap-child", child);
  munmap (p, PAGE);
  check (p[512] > 0, "shared-after-unmap", "the child's work is lost");
  munmap (p, 4 * PAGE);
}

/* Many children at once, each with its own pattern in the same pages.  */
static void
check_crowd (void)
{
  enum { CHILDREN = 8 };
  pid_t children[CHILDREN];
  int i;

  fill (30000);
  for (i = 0; i < CHILDREN; i++)
    {
      children[i] = fork ();
      if (children[i] < 0)
	fatal ("fork");
      if (children[i] == 0)
	{
	  int round;

	  for (round = 0; round < 10; round++)
	    {
	      fill (40000 + i * 1000 + round);
	      usleep (1000);
	      if (wrong (40000 + i * 1000 + round))
		_exit (1);
	    }
	  _exit (0);
	}
    }
  for (i = 0; i < CHILDREN; i++)
    {
      char name[32];

      snprintf (name, sizeof name, "crowd-%d", i);
      check_child (name, children[i]);
    }
  check_equal ("crowd-parent", wrong (30000), 0);
}

/* The stack is copied as well.  */
static void
check_stack (void)
{
  volatile uint64_t here[1024];
  pid_t child;
  int i, bad = 0;

  for (i = 0; i < 1024; i++)
    here[i] = i;
  child = fork ();
  if (child == 0)
    {
      for (i = 0; i < 1024; i++)
	here[i] = ~i;
      _exit (0);
    }
  check_child ("stack-child", child);
  for (i = 0; i < 1024; i++)
    bad += here[i] != (uint64_t) i;
  check_equal ("stack", bad, 0);
}

int
main (void)
{
  check_start ("cow", 27, 300);
  area = mmap (NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
	       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED)
    fatal ("mmap");
  check_private ();
  fill (10000);
  check_equal ("generations", in_child (generation, (void *) 0), 0);
  check_equal ("generations-first", wrong (10000), 0);
  check_kernel_writes ();
  check_zero_page ();
  check_shared ();
  check_crowd ();
  check_stack ();
  return check_end ();
}
