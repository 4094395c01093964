/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command_line.c - options from the command line.
 *
 * What there is, the table in options.c says.
 */
#include <config.h>

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "config_file.h"
#include "help_row.h"
#include "i18n.h"
#include "log.h"
#include "option_set.h"
#include "option_value.h"
#include "snapshot/snapshot.h"
#include "verbs/verb.h"

/* Options without a letter have a number above all letters: this, and their
   place in the table. */
#define NUMBER_FIRST (UCHAR_MAX + 1)

/* The longest value of a key in "--disk=FILE,KEY=VALUE". */
#define PART_SIZE 4096

static bool
has_argument (const struct option_row *row)
{
  return row->kind != OPTION_ACTION && row->kind != OPTION_FLAG;
}

/* The keys of a section. */
static void
print_keys (const struct option_row *section)
{
  char left[80];
  unsigned i;

  for (i = 0; i < section->key_count; i++)
    {
      const struct option_row *key = &section->keys[i];

      snprintf (left, sizeof left, "          %s=%s", option_key (key),
                key->argument ? _(key->argument) : "");
      help_row_print (left, HELP_COLUMN + 2, _(key->help));
    }
}

static void
print_option (const struct option_row *row)
{
  char left[80], right[80];
  int length;

  if (row->letter)
    length = snprintf (left, sizeof left, "  -%c, --%s", row->letter,
                       row->name);
  else
    length = snprintf (left, sizeof left, "      --%s", row->name);
  if (row->kind == OPTION_FLAG)
    snprintf (left + length, sizeof left - length, "[=%s]",
              _(row->argument));
  else if (row->argument)
    snprintf (left + length, sizeof left - length, "=%s", _(row->argument));
  help_row_print (left, HELP_COLUMN, _(row->help));
  if (row->old_name)
    {
      if (row->old_letter)
        snprintf (left, sizeof left, "  -%c, --%s", row->old_letter,
                  row->old_name);
      else
        snprintf (left, sizeof left, "      --%s", row->old_name);
      snprintf (right, sizeof right, _("the same as --%s"), row->name);
      help_row_print (left, HELP_COLUMN, right);
    }
  if (row->kind == OPTION_SECTION)
    print_keys (row);
}

/** command_line_print_help - on standard output */
void
command_line_print_help (void)
{
  unsigned i;

  printf (_("Usage: lguest [OPTION]... MEM KERNEL [KERNEL-ARGUMENT]...\n"
            "  or:  lguest COMMAND [ARGUMENT]...\n"));
  printf (_("Run a Linux guest without hardware virtualisation, or control"
            " guests that run.\n\n"));
  printf (_("MEM is the guest's memory: a number of MiB, or with K, M, G or T"
            " behind it.\n"));
  printf (_("KERNEL is an lguest guest kernel: an ELF file or a bzImage.\n"
            "The console is this terminal; ^] q ends the guest.\n\n"));
  for (i = 0; i < option_count; i++)
    print_option (&option_table[i]);
  printf (_("\nCommands (\"lguest COMMAND --help\" says more):\n"));
  verb_print_list ();
  printf (_("\nSee lguest(1) for all exit statuses.\n"));
  printf (_("Report bugs to: %s\n"), PACKAGE_BUGREPORT);
}

/* The part of @text up to a comma, with every two commas one.  Returns what
   follows the comma, or NULL if nothing does; *@fits: is there room? */
static const char *
next_part (const char *text, char part[PART_SIZE], bool *fits)
{
  size_t length = 0;

  *fits = true;
  for (; *text; text++)
    {
      if (*text == ',' && *++text != ',')
        {
          part[length] = '\0';
          return text;
        }
      if (length == PART_SIZE - 1)
        {
          *fits = false;
          return NULL;
        }
      part[length++] = *text;
    }
  part[length] = '\0';
  return NULL;
}

/* "FILE,KEY=VALUE,FLAG": the value of the first key, and others. */
static bool
add_section (struct options *options, const struct option_row *section,
             const char *text, struct failure *failure)
{
  static const char title_key[] = "title=";
  char part[PART_SIZE], *title = NULL;
  const char *rest;
  void *structure;
  bool fits, first;

  /* The title has to be known first. */
  for (rest = text; rest;)
    {
      rest = next_part (rest, part, &fits);
      if (!fits)
        return fail (failure, STATUS_USAGE, _("\"%.40s...\" is too long"),
                     text);
      if (strncmp (part, title_key, sizeof title_key - 1) == 0)
        {
          free (title);
          title = strdup (part + sizeof title_key - 1);
          if (!title)
            return fail (failure, STATUS_ERROR, _("out of memory"));
        }
    }
  if (title && options_find_element (options, section, title))
    {
      fail (failure, STATUS_USAGE, _("there are two with the title \"%s\""),
            title);
      free (title);
      return false;
    }
  structure = options_add_element (options, section, title, failure);
  free (title);
  if (!structure)
    return false;
  for (rest = text, first = true; rest; first = false)
    {
      const struct option_row *key;
      char *value;

      rest = next_part (rest, part, &fits);
      if (strncmp (part, title_key, sizeof title_key - 1) == 0)
        continue;
      value = strchr (part, '=');
      if (value)
        *value++ = '\0';
      key = options_find_section_key (section, part);
      if (key && !value)
        value = key->kind == OPTION_FLAG ? "yes" : NULL;
      if (first && !(key && value))
        {
          if (value)
            value[-1] = '=';
          key = section->keys;
          value = part;
        }
      if (!key)
        {
          option_explain_unknown (section->section, part, failure);
          return false;
        }
      if (!value)
        return fail (failure, STATUS_USAGE, _("%s has no value"), part);
      if (!option_value_set (key, structure, value, NULL, failure))
        return false;
    }
  return true;
}

/* One option. */
static bool
apply (struct options *options, const struct option_row *row,
       const char *argument, struct failure *failure)
{
  struct failure reason;

  if (row->kind == OPTION_ACTION)
    {
      options->action = row->action;
      return true;
    }
  if (row->kind == OPTION_CONFIG)
    return true;
  if (row->kind == OPTION_SETTING
      ? option_set_line (options, argument, &reason)
      : row->kind == OPTION_SECTION
      ? add_section (options, row, argument, &reason)
      : option_value_set (row, options, argument ? argument : "yes", NULL,
                          &reason))
    return true;
  return fail (failure, reason.status, "--%s: %s", row->name, reason.text);
}

/* All names and letters of the table, as getopt_long() wants them. */
struct getopt_table
{
  struct option *names;
  char *letters;
};

static void
add_letter (char **end, char letter, const struct option_row *row)
{
  if (!letter)
    return;
  *(*end)++ = letter;
  if (has_argument (row))
    *(*end)++ = ':';
}

static bool
make_getopt_table (struct getopt_table *table)
{
  unsigned i, used = 0;
  char *end;

  table->names = calloc (2 * option_count + 1, sizeof *table->names);
  table->letters = malloc (4 * option_count + 2);
  if (!table->names || !table->letters)
    return false;
  end = table->letters;
  /* Stop at the first argument that is no option: the kernel has some of
     its own. */
  *end++ = '+';
  for (i = 0; i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];
      const struct option name =
        { .name = row->name, .val = NUMBER_FIRST + i,
          .has_arg = row->kind == OPTION_FLAG ? optional_argument
          : has_argument (row) ? required_argument : no_argument };

      table->names[used++] = name;
      if (row->old_name)
        {
          table->names[used] = name;
          table->names[used++].name = row->old_name;
        }
      add_letter (&end, row->letter, row);
      add_letter (&end, row->old_letter, row);
    }
  *end = '\0';
  return true;
}

static const struct option_row *
find_number (int number)
{
  unsigned i;

  if (number >= NUMBER_FIRST)
    return &option_table[number - NUMBER_FIRST];
  for (i = 0; i < option_count; i++)
    if (option_table[i].letter == number
        || option_table[i].old_letter == number)
      return &option_table[i];
  return NULL;
}

/* What the words are. */
enum pass
{
  PASS_FILES,                   /* are they options?  Read files. */
  PASS_OPTIONS,                 /* files have been read: what is said here
                                   counts more */
};

/* Is @word a Guest's name or file, and not a size of memory? */
static bool
is_guest (const char *word)
{
  return config_file_is_path (word) || isalpha ((unsigned char) word[0]);
}

/* What the Guest of a snapshot had. */
static void
load_snapshot (struct options *options, const char *folder,
               struct report *report)
{
  char *path;

  if (asprintf (&path, "%s/" SNAPSHOT_CONFIG_FILE, folder) < 0)
    {
      report_add (report, _("%s: out of memory"), folder);
      return;
    }
  config_file_load (options, path, report);
  free (path);
}

/* All options, and the word among them that is a Guest's name.  optind is
   then that of the first of the other words; they are *@only_arguments of the
   kernel, or else memory and kernel as well. */
static bool
parse_options (struct options *options, const struct getopt_table *table,
               int argc, char **argv, enum pass pass, struct report *report,
               bool *only_arguments, struct failure *failure)
{
  const char *guest = NULL;
  int number;

  optind = 0;
  opterr = pass == PASS_FILES;
  for (;;)
    {
      const struct option_row *row;

      number = getopt_long (argc, argv, table->letters, table->names, NULL);
      if (number == -1)
        {
          const bool dashes = strcmp (argv[optind - 1], "--") == 0;

          if (guest || optind == argc || dashes || !is_guest (argv[optind]))
            {
              *only_arguments = guest || (dashes && options->kernel);
              return true;
            }
          guest = argv[optind++];
          if (pass == PASS_FILES)
            config_file_load_guest (options, guest, report);
          continue;
        }
      row = number == '?' ? NULL : find_number (number);
      /* getopt_long has said what it is that it does not understand. */
      if (!row)
        return fail (failure, STATUS_USAGE, "%s", "");
      if (pass == PASS_OPTIONS || row->kind == OPTION_ACTION)
        {
          if (!apply (options, row, optarg, failure))
            return false;
        }
      else if (row->kind == OPTION_CONFIG)
        config_file_load (options, optarg, report);
      else if (row->offset == offsetof (struct options, restore)
               && row->kind == OPTION_FILE && !row->section)
        load_snapshot (options, optarg, report);
      if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
        return true;
    }
}

/* Say all that is wrong in files. */
static bool
show_report (struct report *report, struct failure *failure)
{
  unsigned i;

  if (report_count (report) == 0)
    return true;
  for (i = 0; i < report->count; i++)
    log_message ("%s", report->messages[i]);
  if (report->lost)
    log_message (_("and %u more errors"), report->lost);
  fail (failure, STATUS_USAGE, "%s", "");
  report_free (report);
  return false;
}

static const struct option_row *
find_option (const char *name)
{
  unsigned i;

  for (i = 0; strcmp (option_table[i].name, name) != 0; i++)
    continue;
  return &option_table[i];
}

/**
 * command_line_parse - understand the command line, and files that it names
 *
 * Either memory, kernel and its arguments; or a Guest's name, and arguments;
 * or what is needed is in options, and arguments are behind "--".
 *
 * @options: filled in; to be freed by options_free(), also after a failure
 *
 * If @failure has status STATUS_USAGE and no text, the user was told already.
 */
bool
command_line_parse (struct options *options, int argc, char **argv,
                    struct failure *failure)
{
  bool done, only_arguments = false;
  struct getopt_table table;
  struct report report = { 0 };

  if (!options_create (options, failure))
    return false;
  done = make_getopt_table (&table)
    ? parse_options (options, &table, argc, argv, PASS_FILES, &report,
                     &only_arguments, failure)
    && show_report (&report, failure)
    && (options->action != ACTION_RUN
        || parse_options (options, &table, argc, argv, PASS_OPTIONS, &report,
                          &only_arguments, failure))
    : fail (failure, STATUS_ERROR, _("out of memory"));
  report_free (&report);
  free (table.names);
  free (table.letters);
  if (!done)
    return false;
  if (options->action != ACTION_RUN)
    return true;
  if (optind == argc && !options->kernel)
    return fail (failure, STATUS_USAGE, _("how much memory, and which"
                                          " kernel?"));
  if (optind < argc && !only_arguments)
    {
      if (!option_value_set (find_option ("memory"), options, argv[optind++],
                             NULL, failure))
        return false;
      if (optind == argc)
        return fail (failure, STATUS_USAGE, _("which kernel?"));
      if (!option_value_set (find_option ("kernel"), options, argv[optind++],
                             NULL, failure))
        return false;
    }
  for (; optind < argc; optind++)
    if (!option_value_set (find_option ("append"), options, argv[optind],
                           NULL, failure))
      return false;
  return options_finish (options, failure);
}
