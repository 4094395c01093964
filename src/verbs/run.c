/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/run.c - lguest run and start, and the classic form without a verb.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check_host.h"
#include "command_line.h"
#include "config_print.h"
#include "confine/confine.h"
#include "failure.h"
#include "i18n.h"
#include "launcher.h"
#include "log.h"
#include "options.h"
#include "verbs/verb.h"

static void
print_version (void)
{
  printf ("lguest (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
  printf (_("License GPLv2+: GNU GPL version 2 or later"
            " <https://gnu.org/licenses/gpl.html>.\n"
            "This is free software: you are free to change and redistribute"
            " it.\n"
            "There is NO WARRANTY, to the extent permitted by law.\n"));
  printf (_("Guests are confined by: %s\n"), confine_build ());
}

/* In the background nobody sees what is on the terminal: who wants to,
   attaches. */
static bool
leave_terminal (struct options *options)
{
  unsigned i;

  for (i = 0; i < options->console_count; i++)
    if (console_option_type (&options->consoles[i]) == LINE_STDIO)
      {
        free (options->consoles[i].text);
        options->consoles[i].text = strdup (console_type_name (LINE_NULL));
        if (!options->consoles[i].text)
          return false;
      }
  return true;
}

/* The process that stays when the command is done.  Standard error is still
   the user's, so that he learns why it cannot start. */
static int
run_in_background (struct options *options, const struct timespec *started,
                   int ready)
{
  const int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  setsid ();
  signal (SIGHUP, SIG_IGN);
  if (null < 0 || dup2 (null, STDIN_FILENO) < 0
      || dup2 (null, STDOUT_FILENO) < 0)
    {
      log_message (_("cannot go to the background: %s"), strerror (errno));
      return STATUS_ERROR;
    }
  close (null);
  return launcher_run (options, started, ready);
}

/* The status of a process that has ended. */
static int
wait_for_end (pid_t child)
{
  int status;

  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      return STATUS_ERROR;
  return WIFEXITED (status) ? WEXITSTATUS (status)
    : STATUS_SIGNAL + WTERMSIG (status);
}

static int
start (struct options *options, const struct timespec *started)
{
  int ready[2];
  char done;
  ssize_t n;
  pid_t child;

  if (!leave_terminal (options) || pipe2 (ready, O_CLOEXEC) != 0
      || (child = fork ()) < 0)
    {
      log_message (_("cannot go to the background: %s"), strerror (errno));
      return STATUS_ERROR;
    }
  if (child == 0)
    {
      close (ready[0]);
      return run_in_background (options, started, ready[1]);
    }
  close (ready[1]);
  do
    n = read (ready[0], &done, sizeof done);
  while (n < 0 && errno == EINTR);
  close (ready[0]);
  return n == sizeof done ? 0 : wait_for_end (child);
}

static int
parse_and_run (int argc, char **argv, bool background)
{
  struct timespec started;
  /* Threads may still be at work with them when this returns: the kernel
     frees them. */
  static struct options options;
  struct failure failure;

  clock_gettime (CLOCK_MONOTONIC, &started);
  if (!command_line_parse (&options, argc, argv, &failure))
    return failure_show (&failure);
  if (options.name)
    log_set_name (options.name);
  log_set_verbose (options.verbose);
  switch (options.action)
    {
    case ACTION_HELP:
      command_line_print_help ();
      return 0;
    case ACTION_VERSION:
      print_version ();
      return 0;
    case ACTION_CHECK_HOST:
      return check_host ();
    case ACTION_RUN:
      break;
    }
  if (options.dry_run)
    {
      config_print (&options, stdout);
      return 0;
    }
  if (background)
    return start (&options, &started);
  if (options.log && !log_set_target (options.log))
    {
      log_message (_("cannot write messages to %s: %s"), options.log,
                   strerror (errno));
      return STATUS_ERROR;
    }
  return launcher_run (&options, &started, -1);
}

/** verb_classic - lguest [OPTION]... MEM KERNEL [KERNEL-ARGUMENT]... */
int
verb_classic (int argc, char **argv)
{
  return parse_and_run (argc, argv, false);
}

int
verb_run_guest (const struct verb *verb, int argc, char **argv)
{
  (void) verb;
  return parse_and_run (argc, argv, false);
}

int
verb_start (const struct verb *verb, int argc, char **argv)
{
  (void) verb;
  return parse_and_run (argc, argv, true);
}
