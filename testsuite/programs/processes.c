/* processes.c - fork, vfork, clone, exec and wait, in numbers.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char self[256];
extern char **environ;

static void
check_forks (void)
{
  enum { ROUNDS = 300, CROWD = 60 };
  pid_t children[CROWD];
  int i, bad = 0, status;

  for (i = 0; i < ROUNDS; i++)
    {
      pid_t child = fork ();

      if (child == 0)
	_exit (i & 0x7f);
      if (child < 0 || waitpid (child, &status, 0) != child
	  || !WIFEXITED (status) || WEXITSTATUS (status) != (i & 0x7f))
	bad++;
    }
  check_equal ("fork-storm", bad, 0);

  for (i = 0; i < CROWD; i++)
    {
      children[i] = fork ();
      if (children[i] == 0)
	{
	  volatile char page[8192];

	  memset ((void *) page, i, sizeof page);
	  usleep (1000 * (i % 7));
	  _exit (page[4096] == (char) i ? i : 127);
	}
      bad += children[i] < 0;
    }
  for (i = 0; i < CROWD; i++)
    if (waitpid (children[i], &status, 0) != children[i]
	|| !WIFEXITED (status) || WEXITSTATUS (status) != i)
      bad++;
  check_equal ("fork-crowd", bad, 0);
  check (wait (&status) == -1 && errno == ECHILD, "no-child-left",
	 "errno %d", errno);
}

/* Children that fork children that fork children.  */
static int
tree (void *argument)
{
  long depth = (long) argument;
  int i, sum = 1;

  if (depth == 0)
    return 1;
  for (i = 0; i < 3; i++)
    {
      int status = in_child (tree, (void *) (depth - 1));

      if (!WIFEXITED (status))
	return 0;
      sum += WEXITSTATUS (status);
    }
  return sum;
}

/* Run this program again with ARGUMENTS, by METHOD; gives the status.  */
static int
run_self (char *const arguments[], char *const environment[], int use_vfork)
{
  int status = -1;
  pid_t child;

  if (use_vfork)
    {
      child = vfork ();
      if (child == 0)
	{
	  execve (self, arguments, environment);
	  _exit (120);
	}
    }
  else
    {
      child = fork ();
      if (child == 0)
	{
	  execve (self, arguments, environment);
	  _exit (errno == E2BIG ? 119 : 120);
	}
    }
  if (child < 0 || waitpid (child, &status, 0) != child)
    fatal ("run_self");
  return status;
}

static uint32_t
sum_text (uint32_t sum, const char *text)
{
  for (; *text; text++)
    sum = (sum ^ (unsigned char) *text) * 16777619u;
  return sum;
}

static void
check_exec (void)
{
  char *plain[] = { self, (char *) "exit", (char *) "17", NULL };
  int i, bad = 0;

  for (i = 0; i < 150; i++)
    bad += run_self (plain, environ, i % 2) != 17 << 8;
  check_equal ("exec-storm", bad, 0);

  /* 100 arguments of 10 KiB each, and an environment.  */
  {
    enum { COUNT = 100, SIZE = 10000 };
    char **arguments = calloc (COUNT + 4, sizeof *arguments);
    char *environment[] = { (char *) "HOME=/nowhere", (char *) "X=1", NULL };
    uint32_t sum = 2166136261u;
    char number[16];
    uint64_t seed = 3;

    arguments[0] = self;
    arguments[1] = (char *) "sum";
    arguments[2] = number;
    for (i = 0; i < COUNT; i++)
      {
	char *text = malloc (SIZE + 1);
	int j;

	for (j = 0; j < SIZE; j++)
	  text[j] = 'a' + random_next (&seed) % 26;
	text[SIZE] = 0;
	arguments[i + 3] = text;
	sum = sum_text (sum, text);
      }
    snprintf (number, sizeof number, "%u", sum);
    check_equal ("exec-big", run_self (arguments, environment, 0), 0);
    snprintf (number, sizeof number, "%u", sum + 1);
    check_equal ("exec-big-wrong", run_self (arguments, environment, 0),
		 1 << 8);
    /* One argument that is too long for any system.  */
    arguments[3] = malloc (200000);
    memset (arguments[3], 'a', 199999);
    arguments[3][199999] = 0;
    check_equal ("exec-too-big", run_self (arguments, environment, 0),
		 119 << 8);
  }
}

static void
check_refused (void)
{
  char name[] = "/tmp/processes-XXXXXX";
  char *arguments[] = { name, NULL };
  int fd = mkstemp (name);
  char text[512];
  int status;
  pid_t child;

  if (fd < 0)
    fatal (name);
  execv ("/nonexistent/program", arguments);
  check_equal ("exec-missing", errno, ENOENT);
  if (write (fd, "garbage\n", 8) != 8 || fchmod (fd, 0755) < 0)
    fatal (name);
  close (fd);
  execv (name, arguments);
  check_equal ("exec-garbage", errno, ENOEXEC);
  chmod (name, 0644);
  execv (name, arguments);
  check_equal ("exec-no-permission", errno, EACCES);
  execv ("/tmp", arguments);
  check_equal ("exec-directory", errno, EACCES);

  /* A script, whose interpreter is this program.  */
  fd = open (name, O_WRONLY | O_TRUNC);
  snprintf (text, sizeof text, "#!%s exit\n", self);
  if (fd < 0 || write (fd, text, strlen (text)) != (ssize_t) strlen (text)
      || fchmod (fd, 0755) < 0)
    fatal (name);
  close (fd);
  child = fork ();
  if (child == 0)
    {
      execl (name, name, "33", (char *) NULL);
      _exit (121);
    }
  waitpid (child, &status, 0);
  check_equal ("exec-script", status, 33 << 8);
  unlink (name);
}

static void
check_vfork (void)
{
  volatile int shared = 0, bad = 0, i;
  int status;

  for (i = 0; i < 200; i++)
    {
      pid_t child = vfork ();

      if (child == 0)
	{
	  shared = i + 1;
	  _exit (5);
	}
      /* The parent goes on only when the child has gone.  */
      bad += shared != i + 1;
      if (waitpid (child, &status, 0) != child || status != 5 << 8)
	bad++;
    }
  check_equal ("vfork", bad, 0);
}

static int
clone_body (void *argument)
{
  *(volatile int *) argument = 77;
  return 3;
}

static void
check_clone (void)
{
  static char stack[65536] __attribute__ ((aligned (16)));
  volatile int word = 0;
  int status = 0;
  pid_t child;

  child = clone (clone_body, stack + sizeof stack, CLONE_VM | SIGCHLD,
		 (void *) &word);
  if (child < 0 || waitpid (child, &status, 0) != child)
    fatal ("clone");
  check (word == 77 && status == 3 << 8, "clone-vm", "word %d status %#x",
	 word, status);
  word = 0;
  child = clone (clone_body, stack + sizeof stack, SIGCHLD, (void *) &word);
  if (child < 0 || waitpid (child, &status, 0) != child)
    fatal ("clone");
  check (word == 0 && status == 3 << 8, "clone-copy", "word %d status %#x",
	 word, status);
}

static void
check_wait (void)
{
  struct rusage usage = { .ru_nsignals = 0 };
  siginfo_t info;
  int status;
  pid_t child;

  child = fork ();
  if (child == 0)
    {
      uint64_t end = clock_ns () + 100000000ull;

      while (clock_ns () < end)
	;
      _exit (0);
    }
  check (wait4 (child, &status, 0, &usage) == child
	 && usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec
	 + usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec > 20000,
	 "rusage", "%ld us of user time", (long) usage.ru_utime.tv_usec);
  child = fork ();
  if (child == 0)
    _exit (44);
  memset (&info, 0, sizeof info);
  check (waitid (P_PID, child, &info, WEXITED | WNOWAIT) == 0
	 && info.si_status == 44 && info.si_code == CLD_EXITED,
	 "waitid", "status %d", info.si_status);
  check_equal ("waitpid-after", waitpid (child, &status, 0), child);
  {
    char *arguments[] = { self, (char *) "exit", (char *) "9", NULL };

    check (posix_spawn (&child, self, NULL, NULL, arguments, environ) == 0
	   && waitpid (child, &status, 0) == child && status == 9 << 8,
	   "spawn", "status %#x", status);
  }
}

/* A grandchild whose parent is gone belongs to init.  */
static void
check_orphan (void)
{
  int fds[2], status;
  pid_t child, seen = -1;

  if (pipe (fds) < 0)
    fatal ("pipe");
  child = fork ();
  if (child == 0)
    {
      pid_t parent = getpid ();

      if (fork () == 0)
	{
	  while (getppid () == parent)
	    usleep (1000);
	  seen = getppid ();
	  if (write (fds[1], &seen, sizeof seen) != sizeof seen)
	    _exit (1);
	  _exit (0);
	}
      _exit (0);
    }
  waitpid (child, &status, 0);
  check (read (fds[0], &seen, sizeof seen) == sizeof seen && seen != child
	 && seen > 0, "orphan", "its parent is %d", (int) seen);
}

int
main (int argc, char **argv)
{
  if (argc >= 3 && strcmp (argv[1], "exit") == 0)
    return atoi (argv[argc - 1]);	/* of a script: the last is ours */
  if (argc >= 3 && strcmp (argv[1], "sum") == 0)
    {
      uint32_t sum = 2166136261u;
      int i;

      for (i = 3; i < argc; i++)
	sum = sum_text (sum, argv[i]);
      return sum != strtoul (argv[2], NULL, 10) || getenv ("X") == NULL;
    }
  if (readlink ("/proc/self/exe", self, sizeof self - 1) < 0)
    snprintf (self, sizeof self, "%s", argv[0]);

  check_start ("processes", 21, 300);
  check_forks ();
  check_equal ("fork-tree", in_child (tree, (void *) 4), 121 << 8);
  check_exec ();
  check_refused ();
  check_vfork ();
  check_clone ();
  check_wait ();
  check_orphan ();
  return check_end ();
}
