/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_parse.c - from the text of a configuration file to its statements.
 *
 * libConfuse reads the file; what may be in it, the option table says.  All
 * values are only noted here, with their lines: what they mean is the same
 * wherever they come from (option_value.c).  After a key that is not known,
 * the text is read again without it, so that the user hears of all errors.
 */
#include <config.h>

#include <ctype.h>
#include <libintl.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "config_parse.h"
#include "i18n.h"

/* The text domain of libConfuse's messages. */
#define CONFUSE_DOMAIN "confuse"
#define CONFUSE_UNKNOWN "no such option '%s'"
#define CONFUSE_TOKEN "unexpected token '%s'"

/* Stands at the end of each text: where it is not known, a section has not
   ended. */
#define LAST_KEY "_end"
#define LAST_STATEMENT LAST_KEY " = here\n"

/* The value that lists have from the start: with "=", it goes; with "+=", it
   stays. */
#define LIST_DEFAULT "\001default of lguest"

/* Then we give up. */
#define UNKNOWN_MAX 20
#define STATEMENTS_MAX 4096

/**
 * struct parser - what the callbacks know: libConfuse has no place for it
 * @path, @text: the file
 * @statements, @report: where things go
 * @unknown: a word that libConfuse does not know; or empty
 * @unknown_section, @unknown_line: where; or empty
 * @saw_end: all was read
 * @failed: libConfuse does not understand it
 */
static struct parser
{
  const char *path;
  const struct config_text *text;
  struct config_statements *statements;
  struct report *report;
  char *unknown;
  char unknown_section[80];
  int unknown_line;
  bool saw_end;
  bool failed;
} parser;

static char *
copy_or_null (const char *text)
{
  return text ? strdup (text) : NULL;
}

static bool
note (enum config_action action, cfg_t *section, const char *key,
      const char *text, int line)
{
  struct config_statements *all = parser.statements;
  struct config_statement *items, *added;

  if (all->count == STATEMENTS_MAX)
    {
      report_add (parser.report, _("%s:%d: there is too much in this file"),
                  parser.path, line);
      parser.failed = true;
      return false;
    }
  /* Twice as much when it is full, which is when the count is a power. */
  if ((all->count & (all->count - 1)) == 0)
    {
      items = realloc (all->items,
                       (all->count ? 2 * all->count : 1) * sizeof *items);
      if (!items)
        {
          report_add (parser.report, _("%s:%d: out of memory"), parser.path,
                      line);
          parser.failed = true;
          return false;
        }
      all->items = items;
    }
  added = &all->items[all->count++];
  added->action = action;
  added->line = line;
  added->section = copy_or_null (section ? cfg_name (section) : NULL);
  added->title = copy_or_null (section ? cfg_title (section) : NULL);
  added->key = copy_or_null (key);
  added->text = copy_or_null (text);
  return true;
}

/* Was that said before in this file? */
static const struct config_statement *
find_before (enum config_action action, cfg_t *section, const char *key)
{
  const struct config_statements *all = parser.statements;
  const char *title = cfg_title (section);
  size_t i;

  for (i = 0; i < all->count; i++)
    {
      const struct config_statement *before = &all->items[i];

      if (before->action == action && before->section
          && strcmp (before->section, cfg_name (section)) == 0
          && (!title || (before->title && strcmp (before->title, title) == 0))
          && (!key || (before->key && strcmp (before->key, key) == 0)))
        return before;
    }
  return NULL;
}

/* A value.  All are taken: what is wrong with them is said later. */
static int
value_came (cfg_t *section, cfg_opt_t *key, const char *value, void *result)
{
  const bool list = key->flags & CFGF_LIST;
  const struct config_statement *before;
  const int line = section->line;

  if (strcmp (value, LIST_DEFAULT) == 0)
    {
      *(void **) result = &parser;
      return 0;
    }
  /* libConfuse counts the value of a list before it asks us. */
  if (!list || key->nvalues == 1)
    {
      before = find_before (CONFIG_SET, section, cfg_opt_name (key));
      if (before)
        report_add (parser.report, _("%s:%d: \"%s\" is there twice: it is in"
                                     " line %d, too"), parser.path, line,
                    cfg_opt_name (key), before->line);
    }
  *(void **) result = &parser;
  if (line > parser.text->lines)
    return 0;
  return note (list && key->nvalues > 1 ? CONFIG_ADD : CONFIG_SET, section,
               cfg_opt_name (key), value, line) ? 0 : -1;
}

static int
end_came (cfg_t *root, cfg_opt_t *key, const char *value, void *result)
{
  struct failure failure;

  (void) value;
  if (root->line > parser.text->lines)
    parser.saw_end = true;
  else
    {
      option_explain_unknown (NULL, cfg_opt_name (key), &failure);
      report_add (parser.report, "%s:%d: %s", parser.path, root->line,
                  failure.text);
    }
  *(void **) result = &parser;
  return 0;
}

/* A section has ended. */
static int
section_came (cfg_t *root, cfg_opt_t *option)
{
  cfg_t *section = cfg_opt_getnsec (option, cfg_opt_size (option) - 1);
  const struct config_statement *before
    = find_before (CONFIG_END, section, NULL);

  (void) root;
  if (before)
    report_add (parser.report, _("%s:%d: this section \"%s\" is there twice:"
                                 " one ends in line %d, too"), parser.path,
                section->line, cfg_title (section) ? cfg_title (section)
                : cfg_name (section), before->line);
  return note (CONFIG_END, section, NULL, NULL, section->line) ? 0 : -1;
}

static int
include_came (cfg_t *root, cfg_opt_t *option, int count, const char **files)
{
  (void) option;
  if (count != 1)
    {
      report_add (parser.report, _("%s:%d: say include(\"FILE\")"),
                  parser.path, root->line);
      return 0;
    }
  return note (CONFIG_INCLUDE, NULL, NULL, files[0], root->line) ? 0 : 1;
}

/* libConfuse translates its messages itself, and has no numbers for them. */
static bool
is_message (const char *format, const char *message)
{
  return strcmp (format, message) == 0
    || strcmp (format, dgettext (CONFUSE_DOMAIN, message)) == 0;
}

static void
error_came (cfg_t *section, const char *format, va_list arguments)
{
  char text[256];
  bool needs_quotes;

  /* There is none for the root. */
  const bool is_root = strcmp (cfg_name (section), "root") == 0;

  if (parser.failed || parser.unknown)
    return;
  parser.failed = true;
  if (is_message (format, CONFUSE_UNKNOWN))
    {
      parser.unknown = strdup (va_arg (arguments, const char *));
      snprintf (parser.unknown_section, sizeof parser.unknown_section, "%s",
                is_root ? "" : cfg_name (section));
      parser.unknown_line = section->line;
      return;
    }
  if (section->line > parser.text->lines)
    {
      report_add (parser.report, _("%s:%d: the file ends too early: something"
                                   " is missing"), parser.path,
                  parser.text->lines);
      return;
    }
  needs_quotes = is_message (format, CONFUSE_TOKEN);
  vsnprintf (text, sizeof text, format, arguments);
  if (needs_quotes)
    report_add (parser.report, _("%s:%d: syntax error: %s; is there a text"
                                 " that needs quotes?"), parser.path,
                section->line, text);
  else
    report_add (parser.report, _("%s:%d: syntax error: %s"), parser.path,
                section->line, text);
}

/* A key that takes what comes. */
static cfg_opt_t
key_option (const char *name, bool list)
{
  if (list)
    return (cfg_opt_t) CFG_PTR_LIST_CB (name, "{\"" LIST_DEFAULT "\"}",
                                        CFGF_NONE, value_came, NULL);
  return (cfg_opt_t) CFG_PTR_CB (name, NULL, CFGF_NODEFAULT, value_came,
                                 NULL);
}

/* The keys of the section that @first is in, for libConfuse.  To be freed. */
static cfg_opt_t *
make_keys (const struct option_row *first)
{
  const bool repeatable = first->kind == OPTION_SECTION;
  const struct option_row *rows = repeatable ? first->keys : option_table;
  const unsigned count = repeatable ? first->key_count : option_count;
  cfg_opt_t *keys = calloc (2 * count + 1, sizeof *keys);
  unsigned i, used = 0;

  for (i = 0; keys && i < count; i++)
    {
      const bool list = rows[i].kind == OPTION_LIST;

      if (!repeatable
          && !(rows[i].section
               && strcmp (rows[i].section, first->section) == 0))
        continue;
      keys[used++] = key_option (option_key (&rows[i]), list);
      if (repeatable && rows[i].old_name)
        keys[used++] = key_option (rows[i].old_name, list);
    }
  if (keys)
    keys[used] = (cfg_opt_t) CFG_END ();
  return keys;
}

/* All that may be in a file, for libConfuse. */
static cfg_t *
make_parser (void)
{
  cfg_opt_t *sections = calloc (option_count + 3, sizeof *sections);
  cfg_t *made = NULL;
  unsigned i, used = 0;

  for (i = 0; sections && i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];

      if (!row->section || option_find_section (row->section) != row)
        continue;
      sections[used] = (cfg_opt_t)
        CFG_SEC (row->section, make_keys (row),
                 row->kind == OPTION_SECTION ? CFGF_MULTI | CFGF_TITLE
                 : CFGF_MULTI);
      if (!sections[used++].subopts)
        goto out;
    }
  if (!sections)
    return NULL;
  sections[used] = (cfg_opt_t) CFG_FUNC ("include", include_came);
  sections[used + 1]
    = (cfg_opt_t) CFG_PTR_CB (LAST_KEY, NULL, CFGF_NODEFAULT, end_came, NULL);
  sections[used + 2] = (cfg_opt_t) CFG_END ();
  made = cfg_init (sections, CFGF_NONE);
  if (made)
    {
      cfg_set_error_function (made, error_came);
      for (i = 0; i < used; i++)
        cfg_set_validate_func (made, sections[i].name, section_came);
    }
out:
  while (used--)
    free (sections[used].subopts);
  free (sections);
  return made;
}

/* Once.  Returns false if libConfuse does not work. */
static bool
parse_once (char *bytes)
{
  cfg_t *confuse = make_parser ();
  FILE *file = fmemopen (bytes, strlen (bytes), "r");
  bool works = confuse && file;

  parser.failed = parser.saw_end = false;
  parser.unknown = NULL;
  if (works && cfg_parse_fp (confuse, file) != CFG_SUCCESS
      && !parser.failed)
    {
      report_add (parser.report, _("%s:%d: syntax error"), parser.path,
                  confuse->line);
      parser.failed = true;
    }
  if (file)
    fclose (file);
  if (confuse)
    cfg_free (confuse);
  return works;
}

/* Say what is not known, and take it out.  Returns whether to go on. */
static bool
take_unknown_out (char *bytes)
{
  const char *section
    = parser.unknown_section[0] ? parser.unknown_section : NULL;
  struct failure failure;

  if (parser.unknown_line > parser.text->lines && section)
    {
      report_add (parser.report, _("%s:%d: a \"}\" is missing: section \"%s\""
                                   " does not end"), parser.path,
                  parser.text->lines, section);
      return false;
    }
  option_explain_unknown (section, parser.unknown, &failure);
  report_add (parser.report, "%s:%d: %s", parser.path, parser.unknown_line,
              failure.text);
  /* A section in a section: all that follows would be wrong. */
  if (section && option_find_section (parser.unknown))
    return false;
  return config_text_blank (bytes, parser.unknown_line, parser.unknown);
}

/**
 * config_parse - understand a file's syntax
 * @path: its name, for messages
 * @text: its text, which is used up
 * @statements: filled in as far as possible
 * @report: what is wrong is added to it
 *
 * Not for two threads at once: libConfuse is not.
 */
void
config_parse (const char *path, struct config_text *text,
              struct config_statements *statements, struct report *report)
{
  struct report found, all_unknown = { 0 };
  unsigned tries = 0;
  char *bytes;
  bool again;

  memset (statements, 0, sizeof *statements);
  if (asprintf (&bytes, "%s%s", text->bytes, LAST_STATEMENT) < 0)
    {
      report_add (report, _("%s: out of memory"), path);
      return;
    }
  do
    {
      /* What was found in the last round will be found again, but for the
         words that are not there any more. */
      config_statements_free (statements);
      memset (&found, 0, sizeof found);
      parser = (struct parser) { .path = path, .text = text,
        .statements = statements, .report = &found };
      again = false;
      if (!parse_once (bytes))
        report_add (&found, _("%s: out of memory"), path);
      else if (parser.unknown)
        {
          parser.report = &all_unknown;
          again = take_unknown_out (bytes) && ++tries < UNKNOWN_MAX;
        }
      else if (!parser.failed && !parser.saw_end)
        report_add (&found, _("%s:%d: the file ends too early: something is"
                              " missing"), path, text->lines);
      if (again)
        report_free (&found);
      free (parser.unknown);
      parser.unknown = NULL;
    }
  while (again);
  report_move (report, &all_unknown);
  report_move (report, &found);
  free (bytes);
}

/** config_statements_free - there are none afterwards */
void
config_statements_free (struct config_statements *statements)
{
  while (statements->count)
    {
      struct config_statement *last = &statements->items[--statements->count];

      free (last->section);
      free (last->title);
      free (last->key);
      free (last->text);
    }
  free (statements->items);
  statements->items = NULL;
}
