/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op_build.c - a C package is built, as it is on any day: make, a shell, a
 * compiler for each file, four at a time however many processors there are.
 *
 * It is the operation of "lgbench -p", and needs build_root.sh's root.
 */
#include <fcntl.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operation.h"

static void
make (char *const *arguments)
{
  static char *const environment[] = { "PATH=/usr/bin:/bin", NULL };
  pid_t child = fork ();
  int status;

  must (child >= 0);
  if (child == 0)
    {
      execve ("/usr/bin/make", arguments, environment);
      _exit (127);
    }
  must (waitpid (child, &status, 0) == child);
  must (status == 0);
}

static void
prepare_make (void)
{
  static char *const clean[] = { "make", "-s", "-C", "/src", "clean", NULL };

  make (clean);
}

static void
run_make (long count)
{
  static char *const all[] = {
    "make", "-s", "-C", "/src", "-j4", "CC=tcc", "CFLAGS=-DLUA_USE_POSIX",
    "AR=tcc -ar rcs", "RANLIB=:", "a", "lua", "luac", NULL
  };

  while (count-- > 0)
    make (all);
}

/* It runs: that is what it is for. */
static void
finish_make (void)
{
  static char *const lua[] = { "lua", "-e", "os.exit(6 * 7 == 42)", NULL };
  pid_t child = fork ();
  int status;

  must (child >= 0);
  if (child == 0)
    {
      execv ("/src/lua", lua);
      _exit (127);
    }
  must (waitpid (child, &status, 0) == child);
  must (status == 0);
}

const struct operation build_operations[] = {
  { "make", 1, 1, prepare_make, run_make, finish_make },
  { 0 }
};
