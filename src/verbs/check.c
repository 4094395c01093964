/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/check.c - lguest check: are configuration files right?
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>

#include "config_file.h"
#include "i18n.h"
#include "verbs/verb.h"

/* Says all that is wrong.  Returns whether nothing is. */
static bool
check_file (const char *name)
{
  struct report report = { 0 };
  struct options options;
  struct failure failure;
  unsigned i, wrong;

  if (!options_create (&options, &failure))
    report_add (&report, "%s: %s", name, failure.text);
  else
    {
      config_file_load_guest (&options, name, &report);
      /* What is missing may be where the errors are. */
      if (report_count (&report) == 0)
        {
          char prefix[300];

          snprintf (prefix, sizeof prefix, "%.256s: ", name);
          options_complete (&options, prefix, &report);
        }
    }
  wrong = report_count (&report);
  for (i = 0; i < report.count; i++)
    fprintf (stderr, "%s\n", report.messages[i]);
  if (report.lost)
    fprintf (stderr, _("%s: and %u more\n"), name, report.lost);
  report_free (&report);
  options_free (&options);
  return wrong == 0;
}

int
verb_check (const struct verb *verb, int argc, char **argv)
{
  int status = 0;

  switch (verb_next_option (verb, argc, argv))
    {
    case VERB_OPTIONS_HELP:
      return 0;
    case VERB_OPTIONS_BAD:
      return STATUS_USAGE;
    }
  if (optind == argc)
    return verb_usage_error (verb, _("which file?"));
  for (; optind < argc; optind++)
    if (!check_file (argv[optind]))
      status = STATUS_USAGE;
  return status;
}
