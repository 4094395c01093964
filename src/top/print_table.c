/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print_table.c - lguest-top's tables for other programs: shells' completions,
 * and what the manual page has to describe.
 *
 * For the build and the tests; not installed.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "top/command_line.h"
#include "top/key_table.h"
#include "top/screen.h"
#include "top/view.h"

/* How a shell finds out which Guests run. */
#define GUESTS "lguest list 2>/dev/null | sed -n '2,$s/ .*//p'"

static bool
is_option (const struct top_option *option, const char *name)
{
  return strcmp (option->name, name) == 0;
}

/* Has an earlier view a column of that name? */
static bool
is_known (enum view_number view, const char *name)
{
  unsigned earlier, column;

  for (earlier = 0; earlier < view; earlier++)
    if (view_find_column (earlier, name, &column)
        && strcmp (views[earlier].columns[column].name, name) == 0)
      return true;
  return false;
}

/* Names of the columns that a view can be sorted by, of all views. */
static void
print_columns (void)
{
  enum view_number view;
  unsigned i;

  for (view = 0; view < VIEWS; view++)
    for (i = 0; views[view].columns[i].title; i++)
      if (views[view].columns[i].title[0]
          && !is_known (view, views[view].columns[i].name))
        printf (" %s", views[view].columns[i].name);
}

static void
print_bash (void)
{
  const struct top_option *option;
  unsigned i;

  printf ("# Completion of lguest-top's arguments in bash.\n"
          "# Made from its tables by print-top-table.\n\n"
          "_lguest_top ()\n{\n"
          "  local word=${COMP_WORDS[COMP_CWORD]}"
          " before=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
          "  # bash sees \"--view=x\" as three words.\n"
          "  if [[ $word == = ]]; then\n"
          "    word=\n"
          "  elif [[ $before == = ]]; then\n"
          "    before=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "  fi\n"
          "  COMPREPLY=()\n"
          "  case $before in\n"
          "  -v|--view) COMPREPLY=($(compgen -W '");
  for (i = 0; i < VIEWS; i++)
    printf (" %s", views[i].name);
  printf ("' -- \"$word\")); return ;;\n"
          "  -o|--sort) COMPREPLY=($(compgen -W '");
  print_columns ();
  printf ("' -- \"$word\")); return ;;\n");
  for (option = top_options; option->name; option++)
    if (option->argument && !is_option (option, "view")
        && !is_option (option, "sort"))
      printf ("  -%c|--%s) return ;;\n", option->letter, option->name);
  printf ("  esac\n"
          "  if [[ $word == -* ]]; then\n"
          "    COMPREPLY=($(compgen -W '");
  for (option = top_options; option->name; option++)
    printf (" --%s", option->name);
  printf ("' -- \"$word\"))\n"
          "  else\n"
          "    COMPREPLY=($(compgen -W \"$(%s)\" -- \"$word\"))\n"
          "  fi\n"
          "}\n"
          "complete -F _lguest_top lguest-top\n", GUESTS);
}

static void
print_zsh (void)
{
  const struct top_option *option;
  unsigned i;

  printf ("#compdef lguest-top\n"
          "# Completion of lguest-top's arguments in zsh.\n"
          "# Made from its tables by print-top-table.\n\n"
          "_lguest_top_guests () {\n"
          "  local -a guests\n"
          "  guests=(${(f)\"$(%s)\"})\n"
          "  compadd -a guests\n"
          "}\n\n"
          "_lguest_top () {\n"
          "  _arguments -s \\\n", GUESTS);
  for (option = top_options; option->name; option++)
    {
      const int has_letter = option->letter < TOP_OPTION_NO_LETTER;
      int pass;

      for (pass = has_letter ? 0 : 1; pass < 2; pass++)
        {
          if (pass == 0)
            printf ("    '-%c%s", option->letter, option->argument ? "+" : "");
          else
            printf ("    '--%s%s", option->name, option->argument ? "=" : "");
          printf ("[%s]", option->help);
          if (option->argument)
            printf (":%s:", option->argument);
          if (is_option (option, "view"))
            {
              putchar ('(');
              for (i = 0; i < VIEWS; i++)
                printf (" %s", views[i].name);
              putchar (')');
            }
          else if (is_option (option, "sort"))
            {
              putchar ('(');
              print_columns ();
              putchar (')');
            }
          printf ("' \\\n");
        }
    }
  printf ("    '*:guest:_lguest_top_guests'\n"
          "}\n\n"
          "_lguest_top \"$@\"\n");
}

static void
print_options (void)
{
  const struct top_option *option;

  for (option = top_options; option->name; option++)
    if (option->letter < TOP_OPTION_NO_LETTER)
      printf ("-%s %c\n", option->name, option->letter);
    else
      printf ("-%s\n", option->name);
}

/* One name of a key per line. */
static void
print_keys (void)
{
  const struct key_row *row;
  const char *name;

  for (row = key_table; row->command; row++)
    {
      for (name = row->names; *name; name++)
        putchar (*name == ' ' ? '\n' : *name);
      putchar ('\n');
    }
}

/* One line per column: its view, its name and its title. */
static void
print_fields (void)
{
  unsigned view, i;

  for (view = 0; view < VIEWS; view++)
    for (i = 0; views[view].columns[i].title; i++)
      if (views[view].columns[i].title[0])
        printf ("%s %s %s\n", views[view].name, views[view].columns[i].name,
                views[view].columns[i].title);
}

static void
print_help (void)
{
  unsigned i;

  for (i = 0; help_lines[i]; i++)
    printf ("%s\n", help_lines[i]);
}

int
main (int argc, char **argv)
{
  static const struct { const char *word; void (*print) (void); } all[] =
    {
      { "bash", print_bash }, { "zsh", print_zsh },
      { "options", print_options }, { "keys", print_keys },
      { "fields", print_fields }, { "help", print_help },
    };
  size_t i;

  for (i = 0; argc == 2 && i < sizeof all / sizeof *all; i++)
    if (strcmp (argv[1], all[i].word) == 0)
      {
        all[i].print ();
        return fflush (stdout) == 0 ? 0 : 1;
      }
  fprintf (stderr,
           "Usage: print-top-table bash|zsh|options|keys|fields|help\n");
  return 2;
}
