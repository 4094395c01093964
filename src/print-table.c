/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print-table.c - the option table for other programs: shells' completions,
 * and what manual pages have to describe.
 *
 * For the build and the tests; not installed.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "option_set.h"
#include "verbs/verb.h"

/* All names of the options of one shape, with "--", for a pattern of case. */
static void
print_bash_pattern (bool (*wanted) (const struct option_row *row))
{
  const char *separator = "";
  unsigned i;

  for (i = 0; i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];

      if (!wanted (row))
        continue;
      printf ("%s--%s", separator, row->name);
      separator = "|";
      if (row->letter)
        printf ("|-%c", row->letter);
      if (row->old_name)
        printf ("|--%s", row->old_name);
      if (row->old_letter)
        printf ("|-%c", row->old_letter);
    }
}

static bool
is_file (const struct option_row *row)
{
  return row->kind == OPTION_FILE || row->kind == OPTION_CONFIG
    || (row->kind == OPTION_SECTION && row->keys->kind == OPTION_FILE);
}

static bool
is_flag (const struct option_row *row)
{
  return row->kind == OPTION_FLAG;
}

static bool
is_other (const struct option_row *row)
{
  return !is_file (row) && !is_flag (row) && row->kind != OPTION_ACTION;
}

/* "SECTION.KEY=" of all that --set can set without a title. */
static void
print_settings (void)
{
  unsigned i;

  for (i = 0; i < option_count; i++)
    if (option_table[i].section && option_table[i].kind != OPTION_SECTION)
      printf (" %s.%s=", option_table[i].section,
              option_key (&option_table[i]));
}

static void
print_bash (void)
{
  const struct verb_option *option;
  const struct verb *verb;
  unsigned i;

  printf ("# Completion of lguest's arguments in bash.\n"
          "# Made from the option table by print-table.\n\n"
          "_lguest ()\n{\n"
          "  local word=${COMP_WORDS[COMP_CWORD]}"
          " before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "  local equals names directory verb=${COMP_WORDS[1]}\n\n"
          "  # bash sees \"--name=x\" as three words.\n"
          "  if [[ $word == = ]]; then\n"
          "    word= equals=1\n"
          "  elif [[ $before == = ]]; then\n"
          "    before=${COMP_WORDS[COMP_CWORD - 2]} equals=1\n"
          "  fi\n"
          "  COMPREPLY=()\n"
          "  case $before in\n"
          "  ");
  /* A flag's value is behind "=", and only there. */
  print_bash_pattern (is_file);
  printf (")\n    COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n  ");
  print_bash_pattern (is_flag);
  printf (")\n    [[ $equals ]] &&"
          " { COMPREPLY=($(compgen -W 'yes no' -- \"$word\")); return; } ;;\n"
          "  --set)\n    COMPREPLY=($(compgen -W '");
  print_settings ();
  printf ("' -- \"$word\")); compopt -o nospace 2>/dev/null; return ;;\n  ");
  print_bash_pattern (is_other);
  printf (")\n    return ;;\n"
          "  esac\n"
          "  if [[ $word == -* ]]; then\n"
          "    case $verb in\n");
  for (i = 0; (verb = verb_at (i)); i++)
    if (verb->options)
      {
        printf ("    %s) names='--help", verb->name);
        for (option = verb->options; option->name; option++)
          printf (" --%s", option->name);
        printf ("' ;;\n");
      }
  printf ("    *) names='");
  for (i = 0; i < option_count; i++)
    {
      printf (" --%s", option_table[i].name);
      if (option_table[i].old_name)
        printf (" --%s", option_table[i].old_name);
    }
  printf ("' ;;\n"
          "    esac\n"
          "    COMPREPLY=($(compgen -W \"$names\" -- \"$word\"))\n"
          "    return\n"
          "  fi\n"
          "  if ((COMP_CWORD == 1)); then\n"
          "    COMPREPLY=($(compgen -W '");
  for (i = 0; (verb = verb_at (i)); i++)
    printf (" %s", verb->name);
  printf ("' -- \"$word\"))\n"
          "    return\n"
          "  fi\n"
          "  # Guests that have a file, and files.\n"
          "  for directory in \"${XDG_CONFIG_HOME:-$HOME/.config}/lguest\""
          " '%s'; do\n"
          "    for names in \"$directory/$word\"*.conf; do\n"
          "      [[ -e $names ]] || continue\n"
          "      names=${names##*/}\n"
          "      COMPREPLY+=(\"${names%%.conf}\")\n"
          "    done\n"
          "  done\n"
          "  COMPREPLY+=($(compgen -f -- \"$word\"))\n"
          "}\n"
          "complete -o filenames -F _lguest lguest\n", CONFIG_DIRECTORY);
}

/* A text inside of '[...]' or of a message in zsh's _arguments. */
static void
print_zsh_text (const char *text)
{
  for (; *text; text++)
    if (*text == '\'')
      fputs ("'\\''", stdout);
    else
      {
        if (strchr ("[]:\\", *text))
          putchar ('\\');
        putchar (*text);
      }
}

static void
print_zsh_option (const struct option_row *row, const char *name, char letter)
{
  const bool repeatable = row->kind == OPTION_SECTION
    || row->kind == OPTION_LIST || row->kind == OPTION_SETTING
    || row->kind == OPTION_CONFIG;
  int pass;

  for (pass = letter ? 0 : 1; pass < 2; pass++)
    {
      printf ("    '%s", repeatable ? "*" : "");
      if (pass == 0)
        printf ("-%c%s", letter,
                is_flag (row) || row->kind == OPTION_ACTION ? "" : "+");
      else
        printf ("--%s%s", name, is_flag (row) ? "=-"
                : row->kind == OPTION_ACTION ? "" : "=");
      putchar ('[');
      print_zsh_text (row->help);
      putchar (']');
      if (is_flag (row) && pass == 1)
        printf ("::value:(yes no)");
      else if (is_file (row))
        printf (":file:_files");
      else if (is_other (row))
        {
          putchar (':');
          print_zsh_text (row->argument);
          putchar (':');
        }
      printf ("' \\\n");
    }
}

static void
print_zsh (void)
{
  const struct verb *verb;
  unsigned i;

  printf ("#compdef lguest\n"
          "# Completion of lguest's arguments in zsh.\n"
          "# Made from the option table by print-table.\n\n"
          "_lguest_first () {\n"
          "  local -a commands guests\n"
          "  commands=(\n");
  for (i = 0; (verb = verb_at (i)); i++)
    {
      printf ("    '%s:", verb->name);
      print_zsh_text (verb->help);
      printf ("'\n");
    }
  printf ("  )\n"
          "  guests=(\"${XDG_CONFIG_HOME:-$HOME/.config}\"/lguest/*.conf(N:t:r)"
          " %s/*.conf(N:t:r))\n"
          "  (( CURRENT == 2 )) && _describe command commands\n"
          "  compadd -a guests\n"
          "  _files\n"
          "}\n\n"
          "_lguest () {\n"
          "  _arguments \\\n", CONFIG_DIRECTORY);
  for (i = 0; i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];

      print_zsh_option (row, row->name, row->letter);
      if (row->old_name)
        print_zsh_option (row, row->old_name, row->old_letter);
    }
  printf ("    '*:argument:_lguest_first'\n"
          "}\n\n"
          "_lguest \"$@\"\n");
}

/* One line per option: its names. */
static void
print_options (void)
{
  unsigned i;

  for (i = 0; i < option_count; i++)
    {
      printf ("%s\n", option_table[i].name);
      if (option_table[i].old_name)
        printf ("%s\n", option_table[i].old_name);
    }
}

/* One line per key: its section and it. */
static void
print_keys (void)
{
  unsigned i, j;

  for (i = 0; i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];

      if (!row->section)
        continue;
      if (row->kind != OPTION_SECTION)
        printf ("%s %s\n", row->section, option_key (row));
      else
        for (j = 0; j < row->key_count; j++)
          printf ("%s %s\n", row->section, option_key (&row->keys[j]));
    }
}

/* One line per verb, and one per option of it: the verb, and its name. */
static void
print_verbs (void)
{
  const struct verb_option *option;
  const struct verb *verb;
  unsigned i;

  for (i = 0; (verb = verb_at (i)); i++)
    {
      printf ("%s\n", verb->name);
      for (option = verb->options; option && option->name; option++)
        printf ("%s %s\n", verb->name, option->name);
    }
}

int
main (int argc, char **argv)
{
  static const struct { const char *word; void (*print) (void); } all[] =
    {
      { "bash", print_bash }, { "zsh", print_zsh },
      { "options", print_options }, { "keys", print_keys },
      { "verbs", print_verbs },
    };
  size_t i;

  for (i = 0; argc == 2 && i < sizeof all / sizeof *all; i++)
    if (strcmp (argv[1], all[i].word) == 0)
      {
        all[i].print ();
        return fflush (stdout) == 0 ? 0 : 1;
      }
  fprintf (stderr, "Usage: print-table bash|zsh|options|keys|verbs\n");
  return 2;
}
