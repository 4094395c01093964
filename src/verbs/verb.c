/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/verb.c - the table of verbs, and how they understand their options.
 */
#include <config.h>

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help_row.h"
#include "i18n.h"
#include "log.h"
#include "nearest.h"
#include "status.h"
#include "verbs/verb.h"

/* The most options that a verb has, with --help and the end. */
#define OPTIONS_MAX 12

static const struct verb verbs[] =
{
  { "run", N_("[OPTION]... [NAME|FILE.conf] [KERNEL-ARGUMENT]..."),
    N_("run a guest, its console on this terminal"), NULL, verb_run_guest },
  { "start", N_("[OPTION]... [NAME|FILE.conf] [KERNEL-ARGUMENT]..."),
    N_("run a guest in the background"), NULL, verb_start },
  { "exec", N_("[OPTION]... [--] COMMAND [ARGUMENT]..."),
    N_("run one command in a fresh guest, and end with its status"),
    verb_exec_options, verb_exec },
  { "stop", N_("[OPTION]... NAME..."), N_("ask guests to power off; wait;"
                                          " end them by force"),
    verb_stop_options, verb_stop },
  { "list", N_("[OPTION]..."), N_("show which guests run"),
    verb_list_options, verb_list },
  { "status", N_("[OPTION]... NAME"), N_("show all about a guest"),
    verb_status_options, verb_status },
  { "console", N_("[OPTION]... NAME"), N_("attach to a guest's console"),
    verb_console_options, verb_console },
  { "pause", N_("NAME..."), N_("let guests stand still"), NULL, verb_pause },
  { "resume", N_("NAME..."), N_("let guests go on"), NULL, verb_resume },
  { "wait", N_("[OPTION]... NAME..."), N_("wait until guests end"),
    verb_wait_options, verb_wait },
  { "reset", N_("NAME..."), N_("let guests start again from scratch"), NULL,
    verb_reset },
  { "sysrq", N_("KEY NAME"), N_("let a guest's kernel do what SysRq does"),
    NULL, verb_sysrq },
  { "nmi", N_("NAME..."), N_("let guests have a non-maskable interrupt"),
    NULL, verb_nmi },
  { "backtrace", N_("[OPTION]... NAME"),
    N_("show which functions a guest's processors are in"),
    verb_backtrace_options, verb_backtrace },
  { "set", N_("NAME KEY=VALUE..."), N_("change settings of a running guest"),
    NULL, verb_set },
  { "snapshot", N_("[OPTION]... NAME FOLDER"),
    N_("save a guest, to go on by \"lguest run --restore=FOLDER\""),
    verb_snapshot_options, verb_snapshot },
  { "image", N_("info|pack|create|commit|index [OPTION]... FILE..."),
    N_("look at, pack or make images of disks"), verb_image_options,
    verb_image },
  { "check", N_("NAME|FILE..."),
    N_("say what is wrong in configuration files"), NULL, verb_check },
};

#define VERBS (sizeof verbs / sizeof *verbs)

/** verb_at - one after the other, from 0; NULL after the last */
const struct verb *
verb_at (unsigned number)
{
  return number < VERBS ? &verbs[number] : NULL;
}

/** verb_find - NULL if there is none of that name */
const struct verb *
verb_find (const char *name)
{
  size_t i;

  for (i = 0; i < VERBS; i++)
    if (strcmp (verbs[i].name, name) == 0)
      return &verbs[i];
  return NULL;
}

/** verb_nearest - the verb that may have been meant, or NULL */
const char *
verb_nearest (const char *name)
{
  struct nearest nearest;
  size_t i;

  nearest_start (&nearest, name);
  for (i = 0; i < VERBS; i++)
    nearest_try (&nearest, verbs[i].name);
  return nearest.best;
}

/** verb_print_list - for lguest --help */
void
verb_print_list (void)
{
  size_t i;

  for (i = 0; i < VERBS; i++)
    {
      char left[80];

      snprintf (left, sizeof left, "  %s", verbs[i].name);
      help_row_print (left, HELP_COLUMN, _(verbs[i].help));
    }
}

static void
print_option (const struct verb_option *option)
{
  char left[80];
  int length;

  length = snprintf (left, sizeof left, "  -%c, --%s", option->letter,
                     option->name);
  if (option->argument)
    snprintf (left + length, sizeof left - length, "=%s",
              _(option->argument));
  help_row_print (left, HELP_COLUMN, _(option->help));
}

static void
print_help (const struct verb *verb)
{
  static const struct verb_option help
    = { "help", 'h', NULL, N_("show this help, and end") };
  const struct verb_option *option;
  char left[80];

  printf (_("Usage: lguest %s %s\n"), verb->name, _(verb->arguments));
  snprintf (left, sizeof left, "lguest %s -", verb->name);
  help_row_print (left, strlen (left) + 1, _(verb->help));
  putchar ('\n');
  for (option = verb->options; option && option->name; option++)
    print_option (option);
  print_option (&help);
}

/**
 * verb_next_option - of a command, as getopt_long() would say it
 *
 * Returns the letter, with optarg, or one of VERB_OPTIONS_.  Options may stand
 * behind other arguments.
 */
int
verb_next_option (const struct verb *verb, int argc, char **argv)
{
  struct option long_options[OPTIONS_MAX + 1];
  char letters[2 * OPTIONS_MAX + 2], *letter = letters;
  const struct verb_option *option;
  size_t count = 0;
  int number;

  memset (long_options, 0, sizeof long_options);
  /* Behind a command, options are the command's. */
  if (verb->run == verb_exec)
    *letter++ = '+';
  for (option = verb->options;
       option && option->name && count < OPTIONS_MAX - 1; option++)
    {
      long_options[count].name = option->name;
      long_options[count].has_arg
        = option->argument ? required_argument : no_argument;
      long_options[count++].val = option->letter;
      *letter++ = option->letter;
      if (option->argument)
        *letter++ = ':';
    }
  long_options[count].name = "help";
  long_options[count].val = 'h';
  *letter++ = 'h';
  *letter = '\0';
  number = getopt_long (argc, argv, letters, long_options, NULL);
  switch (number)
    {
    case -1:
      return VERB_OPTIONS_END;
    case 'h':
      print_help (verb);
      return VERB_OPTIONS_HELP;
    case '?':
      /* getopt_long has said what it is that it does not understand. */
      fprintf (stderr, _("Try 'lguest %s --help' for more information.\n"),
               verb->name);
      return VERB_OPTIONS_BAD;
    default:
      return number;
    }
}

/** verb_usage_error - tell it, and return STATUS_USAGE */
int
verb_usage_error (const struct verb *verb, const char *format, ...)
{
  char text[256];
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  log_message ("%s", text);
  fprintf (stderr, _("Try 'lguest %s --help' for more information.\n"),
           verb->name);
  return STATUS_USAGE;
}

/**
 * verb_run - do what the user wants
 * @argv: from the verb on
 *
 * Returns the status to exit with.
 */
int
verb_run (const struct verb *verb, int argc, char **argv)
{
  char name[80];

  /* getopt_long() names it in its messages. */
  snprintf (name, sizeof name, "lguest %s", verb->name);
  argv[0] = name;
  optind = 0;
  return verb->run (verb, argc, argv);
}
