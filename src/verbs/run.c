/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/run.c - lguest run, and the classic form without a verb.
 */
#include <config.h>

#include <stdio.h>
#include <time.h>

#include "check_host.h"
#include "command_line.h"
#include "config_print.h"
#include "failure.h"
#include "i18n.h"
#include "launcher.h"
#include "log.h"
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
}

/** verb_classic - lguest [OPTION]... MEM KERNEL [KERNEL-ARGUMENT]... */
int
verb_classic (int argc, char **argv)
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
  return launcher_run (&options, &started);
}

int
verb_run_guest (const struct verb *verb, int argc, char **argv)
{
  (void) verb;
  return verb_classic (argc, argv);
}
