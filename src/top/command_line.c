/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command_line.c - lguest-top's options.
 */
#include <config.h>

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "status.h"
#include "top/command_line.h"

#define ROUNDS_MAX 1000000000
#define WIDTH_MIN 10
#define WIDTH_MAX 1000

/* Options without a letter. */
enum { OPTION_CSV = TOP_OPTION_NO_LETTER, OPTION_JSON, OPTION_HELP,
       OPTION_VERSION };

const struct top_option top_options[] =
{
  { "batch", 'b', NULL, N_("write plain text, not to the screen") },
  { "csv", OPTION_CSV, NULL, N_("write lines of values with commas between") },
  { "json", OPTION_JSON, NULL, N_("write JSON, everything") },
  { "iterations", 'n', N_("NUMBER"), N_("end after so many") },
  { "delay", 'd', N_("SECONDS"), N_("from one to the next [2]") },
  { "view", 'v', N_("VIEW"),
    N_("guests, vcpus, nets, disks or exits [guests]") },
  { "sort", 'o', N_("FIELD"), N_("the column to sort by") },
  { "reverse", 'r', NULL, N_("the other way round") },
  { "totals", 't', NULL, N_("numbers since the start, not per second") },
  { "width", 'w', N_("COLUMNS"), N_("of lines of plain text") },
  { "help", OPTION_HELP, NULL, N_("show this, and end") },
  { "version", OPTION_VERSION, NULL, N_("show the version, and end") },
  { NULL, 0, NULL, NULL },
};

#define OPTIONS (sizeof top_options / sizeof *top_options - 1)

static void
show_help (void)
{
  size_t i;

  printf (_("Usage: lguest-top [OPTION]... [NAME]...\n"
            "Show what guests do: all, or those with these names.\n\n"));
  for (i = 0; i < OPTIONS; i++)
    {
      char left[64], letter[8] = "    ";

      if (top_options[i].letter < TOP_OPTION_NO_LETTER)
        snprintf (letter, sizeof letter, "-%c, ", top_options[i].letter);
      snprintf (left, sizeof left, "%s--%s%s%s", letter, top_options[i].name,
                top_options[i].argument ? "=" : "",
                top_options[i].argument ? _(top_options[i].argument) : "");
      printf ("  %-26s %s\n", left, _(top_options[i].help));
    }
  printf (_("\nReport bugs to <%s>.\n"), PACKAGE_BUGREPORT);
}

static bool refuse (int *status, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

static bool
refuse (int *status, const char *format, ...)
{
  va_list arguments;

  *status = STATUS_USAGE;
  fprintf (stderr, "lguest-top: ");
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fprintf (stderr, "\n");
  fprintf (stderr, _("Try 'lguest-top --help' for more information.\n"));
  return false;
}

static bool
parse_number (const char *text, unsigned long least, unsigned long most,
              unsigned long *number)
{
  if (!*text || strlen (text) > 10
      || strspn (text, "0123456789") != strlen (text))
    return false;
  *number = strtoul (text, NULL, 10);
  return *number >= least && *number <= most;
}

static void
make_tables (char letters[2 * OPTIONS + 1],
             struct option long_options[OPTIONS + 1])
{
  size_t i;

  for (i = 0; i < OPTIONS; i++)
    {
      long_options[i] = (struct option)
        { top_options[i].name,
          top_options[i].argument ? required_argument : no_argument,
          NULL, top_options[i].letter };
      if (top_options[i].letter >= TOP_OPTION_NO_LETTER)
        continue;
      *letters++ = top_options[i].letter;
      if (top_options[i].argument)
        *letters++ = ':';
    }
  *letters = '\0';
  memset (&long_options[OPTIONS], 0, sizeof *long_options);
}

static bool
parse_option (struct command_line *line, int letter, const char **sort,
              int *status)
{
  struct look *look = &line->settings.look;
  unsigned long number;

  switch (letter)
    {
    case 'b':
      if (line->form == BATCH_NONE)
        line->form = BATCH_TEXT;
      break;
    case OPTION_CSV:
      line->form = BATCH_CSV;
      break;
    case OPTION_JSON:
      line->form = BATCH_JSON;
      break;
    case 'n':
      if (!parse_number (optarg, 1, ROUNDS_MAX, &line->rounds))
        return refuse (status, _("\"%s\" is no number of iterations"),
                       optarg);
      break;
    case 'd':
      if (!settings_parse_delay (optarg, &line->settings.delay))
        return refuse (status, _("\"%s\" is no number of seconds from %g to"
                                 " %d"), optarg, SETTINGS_DELAY_MIN,
                       SETTINGS_DELAY_MAX);
      break;
    case 'v':
      if (!view_find (optarg, &look->view))
        return refuse (status, _("there is no view \"%s\""), optarg);
      break;
    case 'o':
      *sort = optarg;
      break;
    case 't':
      line->settings.totals = true;
      break;
    case 'w':
      if (!parse_number (optarg, WIDTH_MIN, WIDTH_MAX, &number))
        return refuse (status, _("\"%s\" is no width from %d to %d"), optarg,
                       WIDTH_MIN, WIDTH_MAX);
      line->width = number;
      break;
    case OPTION_HELP:
      show_help ();
      *status = 0;
      return false;
    case OPTION_VERSION:
      printf ("lguest-top (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
      *status = 0;
      return false;
    default:
      fprintf (stderr, _("Try 'lguest-top --help' for more information.\n"));
      *status = STATUS_USAGE;
      return false;
    }
  return true;
}

/**
 * command_line_parse - what the user said; names follow at optind
 * @line: what is so without that
 *
 * False if there is nothing more to do but exit with @status.
 */
bool
command_line_parse (struct command_line *line, int argc, char **argv,
                    int *status)
{
  struct option long_options[OPTIONS + 1];
  char letters[2 * OPTIONS + 1];
  struct look *look = &line->settings.look;
  bool reverse = false;
  const char *sort = NULL;
  int letter, i;

  make_tables (letters, long_options);
  while ((letter = getopt_long (argc, argv, letters, long_options, NULL))
         != -1)
    if (letter == 'r')
      reverse = true;
    else if (!parse_option (line, letter, &sort, status))
      return false;
  if (sort)
    {
      if (!view_find_column (look->view, sort, &look->sort[look->view]))
        return refuse (status, _("the view \"%s\" has no field \"%s\""),
                       views[look->view].name, sort);
      look->reverse[look->view] = false;
    }
  if (reverse)
    look->reverse[look->view] = true;
  for (i = optind; i < argc; i++)
    if (!lguest_name_is_valid (argv[i]))
      return refuse (status, _("\"%s\" is no name of a guest"), argv[i]);
  return true;
}
