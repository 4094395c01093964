/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.c - what the user wants.
 *
 * There is one table of all options: what getopt_long knows and what --help
 * prints comes from it.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/console.h"
#include "i18n.h"
#include "options.h"
#include "vcpus.h"
#include "verbs/verb.h"

/* Below this there is no room for boot parameters and any kernel; above it
   x86_64 processors have no physical memory. */
#define MEMORY_MIN_BYTES ((uint64_t) 2 << 20)
#define MEMORY_MAX_BYTES ((uint64_t) 16 << 40)

#define PAGE_BYTES 4096

#define DEFAULT_ESCAPE (']' & 0x1f)

#define READ_ONLY_SUFFIX ",ro"

/* Options without a letter have a number above all letters. */
enum
{
  OPTION_FIRST = UCHAR_MAX + 1,
  OPTION_RNG = OPTION_FIRST,
  OPTION_NO_REBOOT,
  OPTION_BOOT_TIMER,
  OPTION_ESCAPE,
  OPTION_TIMEOUT,
  OPTION_CHECK_HOST,
  OPTION_VERSION,
};

/* THE option table. */
static const struct
{
  const char *name;
  int number;                   /* or letter */
  const char *argument;         /* or NULL */
  const char *help;
} table[] =
{
  { "cpus", 'c', N_("NUMBER"), N_("processors of the guest [1]") },
  { "initrd", 'i', N_("FILE"), N_("give the kernel this initial RAM disk") },
  { "block", 'b', N_("FILE[,ro]"),
    N_("a disk, read-only with \",ro\"; may be repeated") },
  { "rng", OPTION_RNG, NULL, N_("a source of randomness") },
  { "name", 'n', N_("NAME"), N_("name of the guest, for messages") },
  { "no-reboot", OPTION_NO_REBOOT, NULL,
    N_("end with status 3 when the guest reboots") },
  { "timeout", OPTION_TIMEOUT, N_("SECONDS"),
    N_("end with status 124 after that time") },
  { "escape", OPTION_ESCAPE, N_("KEY"),
    N_("the console's escape key: ^A to ^_, or \"none\" [^]]") },
  { "boot-timer", OPTION_BOOT_TIMER, NULL,
    N_("show how long the guest takes to open its console") },
  { "verbose", 'v', NULL, N_("say more") },
  { "check-host", OPTION_CHECK_HOST, NULL,
    N_("say what this machine lacks to run guests, and end") },
  { "help", 'h', NULL, N_("show this help, and end") },
  { "version", OPTION_VERSION, NULL, N_("show the version, and end") },
};

#define TABLE_ROWS (sizeof table / sizeof *table)

/* Width of the first column of --help. */
#define HELP_COLUMN 28

/** options_print_help - on standard output */
void
options_print_help (void)
{
  size_t i;

  printf (_("Usage: lguest [OPTION]... MEM KERNEL [KERNEL-ARGUMENT]...\n"
            "  or:  lguest COMMAND [ARGUMENT]...\n"));
  printf (_("Run a Linux guest without hardware virtualisation, or control"
            " guests that run.\n\n"));
  printf (_("MEM is the guest's memory: a number of MiB, or with K, M, G or T"
            " behind it.\n"));
  printf (_("KERNEL is an lguest guest kernel: an ELF file or a bzImage.\n"
            "The console is this terminal; ^] q ends the guest.\n\n"));
  for (i = 0; i < TABLE_ROWS; i++)
    {
      char left[80];
      int length;

      if (table[i].number < OPTION_FIRST)
        length = snprintf (left, sizeof left, "  -%c, --%s",
                           table[i].number, table[i].name);
      else
        length = snprintf (left, sizeof left, "      --%s", table[i].name);
      if (table[i].argument)
        snprintf (left + length, sizeof left - length, "=%s",
                  _(table[i].argument));
      printf ("%-*s %s\n", HELP_COLUMN, left, _(table[i].help));
    }
  printf (_("\nCommands (\"lguest COMMAND --help\" says more):\n"));
  verb_print_list ();
  printf (_("\nSee lguest(1) for all exit statuses.\n"));
  printf (_("Report bugs to: %s\n"), PACKAGE_BUGREPORT);
}

/**
 * options_parse_size - a number of MiB, or of K, M, G or T
 *
 * Returns false if it is no number or too large for 64 bits.
 */
bool
options_parse_size (const char *text, uint64_t *bytes)
{
  unsigned shift = 20;
  unsigned long long number;
  char *end;

  if (!isdigit ((unsigned char) *text))
    return false;
  errno = 0;
  number = strtoull (text, &end, 10);
  if (errno)
    return false;
  if (*end)
    {
      switch (toupper ((unsigned char) *end))
        {
        case 'K':
          shift = 10;
          break;
        case 'M':
          shift = 20;
          break;
        case 'G':
          shift = 30;
          break;
        case 'T':
          shift = 40;
          break;
        default:
          return false;
        }
      if (end[1])
        return false;
    }
  if (number > UINT64_MAX >> shift)
    return false;
  *bytes = (uint64_t) number << shift;
  return true;
}

static bool
parse_memory (struct options *options, const char *text,
              struct failure *failure)
{
  if (!options_parse_size (text, &options->memory))
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no size of memory: say, for example, 64 for"
                   " 64 MiB, or 2G"), text);
  if (options->memory < MEMORY_MIN_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("%s: a guest needs at least %d MiB of memory"), text,
                 (int) (MEMORY_MIN_BYTES >> 20));
  if (options->memory > MEMORY_MAX_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("%s: a guest can have at most %d TiB of memory"), text,
                 (int) (MEMORY_MAX_BYTES >> 40));
  if (options->memory % PAGE_BYTES != 0)
    return fail (failure, STATUS_ERROR,
                 _("%s: the size of memory must be a multiple of 4 KiB"),
                 text);
  return true;
}

static bool
parse_escape (struct options *options, const char *text,
              struct failure *failure)
{
  if (strcmp (text, "none") == 0)
    {
      options->escape = CONSOLE_ESCAPE_NONE;
      return true;
    }
  if (text[0] == '^' && text[1] && !text[2])
    {
      const int key = toupper ((unsigned char) text[1]);

      if (key >= 'A' && key <= '_')
        {
          options->escape = key & 0x1f;
          return true;
        }
    }
  return fail (failure, STATUS_USAGE,
               _("\"%s\" is no escape key: say ^A to ^_, or none"), text);
}

static bool
parse_timeout (struct options *options, const char *text,
               struct failure *failure)
{
  unsigned long seconds;
  char *end;

  errno = 0;
  seconds = strtoul (text, &end, 10);
  if (!isdigit ((unsigned char) *text) || *end || errno || seconds == 0
      || seconds > INT_MAX)
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no number of seconds"), text);
  options->timeout = seconds;
  return true;
}

static bool
parse_name (struct options *options, const char *text,
            struct failure *failure)
{
  static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const size_t length = strlen (text);

  if (length == 0 || length > OPTIONS_NAME_MAX
      || strspn (text, rest) != length
      || strchr ("0123456789._-", text[0]))
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no name for a guest: it has to begin with a"
                   " letter and may go on with letters, digits, \".\", \"_\""
                   " and \"-\", %d characters at most"), text,
                 OPTIONS_NAME_MAX);
  options->name = text;
  return true;
}

static bool
parse_vcpus (struct options *options, const char *text,
             struct failure *failure)
{
  char *end;
  unsigned long number;

  errno = 0;
  number = strtoul (text, &end, 10);
  if (errno || !isdigit ((unsigned char) *text) || *end
      || number < 1 || number > VCPUS_MAX)
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no number of processors from 1 to %d"), text,
                 VCPUS_MAX);
  options->vcpus = number;
  return true;
}

static bool
parse_disk (struct options *options, const char *text,
            struct failure *failure)
{
  const size_t suffix = sizeof READ_ONLY_SUFFIX - 1;
  const size_t length = strlen (text);
  struct disk_option *disk = &options->disks[options->disk_count];

  if (options->disk_count == OPTIONS_DISKS_MAX)
    return fail (failure, STATUS_USAGE,
                 _("a guest can have at most %d disks"), OPTIONS_DISKS_MAX);
  disk->file = strdup (text);
  if (!disk->file)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  options->disk_count++;
  if (length > suffix
      && strcmp (text + length - suffix, READ_ONLY_SUFFIX) == 0)
    {
      disk->file[length - suffix] = '\0';
      disk->read_only = true;
    }
  return true;
}

/* One option. */
static bool
apply (struct options *options, int number, const char *argument,
       struct failure *failure)
{
  switch (number)
    {
    case 'c':
      return parse_vcpus (options, argument, failure);
    case 'i':
      options->initrd = argument;
      return true;
    case 'b':
      return parse_disk (options, argument, failure);
    case 'n':
      return parse_name (options, argument, failure);
    case 'v':
      options->verbose = true;
      return true;
    case 'h':
      options->action = ACTION_HELP;
      return true;
    case OPTION_VERSION:
      options->action = ACTION_VERSION;
      return true;
    case OPTION_CHECK_HOST:
      options->action = ACTION_CHECK_HOST;
      return true;
    case OPTION_RNG:
      options->rng = true;
      return true;
    case OPTION_NO_REBOOT:
      options->no_reboot = true;
      return true;
    case OPTION_BOOT_TIMER:
      options->boot_timer = true;
      return true;
    case OPTION_ESCAPE:
      return parse_escape (options, argument, failure);
    case OPTION_TIMEOUT:
      return parse_timeout (options, argument, failure);
    default:
      /* getopt_long has said what it is that it does not understand. */
      return fail (failure, STATUS_USAGE, "%s", "");
    }
}

/* The kernel's command line: the arguments, and the console if they do not
   say which. */
static bool
join_arguments (struct options *options, char **arguments, int count,
                struct failure *failure)
{
  static const char console[] = "console=";
  static const char our_console[] = "console=hvc0";
  size_t length = sizeof our_console;
  bool has_console = false;
  char *end;
  int i;

  for (i = 0; i < count; i++)
    {
      length += strlen (arguments[i]) + 1;
      if (strncmp (arguments[i], console, sizeof console - 1) == 0
          || strstr (arguments[i], " console="))
        has_console = true;
    }
  end = options->command_line = malloc (length);
  if (!end)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  *end = '\0';
  for (i = 0; i < count; i++)
    {
      if (end != options->command_line)
        *end++ = ' ';
      end = stpcpy (end, arguments[i]);
    }
  if (!has_console)
    {
      if (end != options->command_line)
        *end++ = ' ';
      strcpy (end, our_console);
    }
  return true;
}

/**
 * options_parse - understand the command line
 * @options: filled in; to be freed by options_free(), also after a failure
 *
 * If @failure has status STATUS_USAGE and no text, the user was told already.
 */
bool
options_parse (struct options *options, int argc, char **argv,
               struct failure *failure)
{
  struct option long_options[TABLE_ROWS + 1];
  char letters[2 * TABLE_ROWS + 2], *letter = letters;
  int number;
  size_t i;

  memset (options, 0, sizeof *options);
  memset (long_options, 0, sizeof long_options);
  options->escape = DEFAULT_ESCAPE;
  options->vcpus = 1;
  /* Stop at the first argument that is no option: the kernel has some of
     its own. */
  *letter++ = '+';
  for (i = 0; i < TABLE_ROWS; i++)
    {
      long_options[i].name = table[i].name;
      long_options[i].has_arg
        = table[i].argument ? required_argument : no_argument;
      long_options[i].val = table[i].number;
      if (table[i].number < OPTION_FIRST)
        {
          *letter++ = table[i].number;
          if (table[i].argument)
            *letter++ = ':';
        }
    }
  *letter = '\0';
  optind = 0;
  while ((number = getopt_long (argc, argv, letters, long_options, NULL))
         != -1)
    {
      if (!apply (options, number, optarg, failure))
        return false;
      if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
        return true;
    }
  if (options->action == ACTION_CHECK_HOST)
    return true;
  if (optind == argc)
    return fail (failure, STATUS_USAGE, _("how much memory, and which"
                                          " kernel?"));
  if (!parse_memory (options, argv[optind++], failure))
    return false;
  if (optind == argc)
    return fail (failure, STATUS_USAGE, _("which kernel?"));
  options->kernel = argv[optind++];
  return join_arguments (options, argv + optind, argc - optind, failure);
}

/** options_free - free what options_parse() has allocated */
void
options_free (struct options *options)
{
  unsigned i;

  for (i = 0; i < options->disk_count; i++)
    free (options->disks[i].file);
  free (options->command_line);
}
