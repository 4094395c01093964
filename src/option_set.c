/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_set.c - options by their section and key.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "nearest.h"
#include "option_set.h"
#include "option_value.h"

/**
 * option_find_section - the first row of that section, or NULL
 *
 * If the section may be repeated, the row is its only one.
 */
const struct option_row *
option_find_section (const char *section)
{
  unsigned i;

  for (i = 0; i < option_count; i++)
    if (option_table[i].section
        && strcmp (option_table[i].section, section) == 0)
      return &option_table[i];
  return NULL;
}

/* The key of a section, in the table or in a table of keys; or NULL. */
static const struct option_row *
find_key (const char *section, const char *key)
{
  const struct option_row *first = option_find_section (section);
  unsigned i;

  if (!first)
    return NULL;
  if (first->kind == OPTION_SECTION)
    return options_find_section_key (first, key);
  for (i = 0; i < option_count; i++)
    if (option_table[i].section
        && strcmp (option_table[i].section, section) == 0
        && strcmp (option_key (&option_table[i]), key) == 0)
      return &option_table[i];
  return NULL;
}

/* Names of sections, or of the keys of @section, that are like @word. */
static const char *
nearest_name (const char *section, const char *word)
{
  struct nearest nearest;
  unsigned i, j;

  nearest_start (&nearest, word);
  for (i = 0; i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];

      if (!row->section)
        continue;
      if (!section)
        nearest_try (&nearest, row->section);
      else if (strcmp (row->section, section) != 0)
        continue;
      else if (row->kind != OPTION_SECTION)
        nearest_try (&nearest, option_key (row));
      else
        for (j = 0; j < row->key_count; j++)
          nearest_try (&nearest, option_key (&row->keys[j]));
    }
  return nearest.best;
}

/* A section that has such a key, or NULL. */
static const char *
section_of (const char *key)
{
  unsigned i;

  for (i = 0; i < option_count; i++)
    if (option_table[i].section && find_key (option_table[i].section, key))
      return option_table[i].section;
  return NULL;
}

/**
 * option_explain_unknown - say what may have been meant
 * @section: that has no such key; NULL: outside of sections
 * @key: the word; in @failure is then what to say about it
 */
void
option_explain_unknown (const char *section, const char *key,
                        struct failure *failure)
{
  const char *meant = nearest_name (section, key);
  const char *other = section_of (key);

  if (section && option_find_section (key))
    fail (failure, STATUS_USAGE,
          _("\"%s\" is a section, but section \"%s\" has not ended: is a \"}\""
            " missing before?"), key, section);
  else if (other && strcmp (other, section ? section : "") != 0)
    fail (failure, STATUS_USAGE,
          _("\"%s\" is not known here: it is a key of section \"%s\""), key,
          other);
  else if (section && meant)
    fail (failure, STATUS_USAGE,
          _("section \"%s\" has no key \"%s\"; did you mean \"%s\"?"),
          section, key, meant);
  else if (section)
    fail (failure, STATUS_USAGE, _("section \"%s\" has no key \"%s\""),
          section, key);
  else if (meant)
    fail (failure, STATUS_USAGE,
          _("there is no section \"%s\"; did you mean \"%s\"?"), key, meant);
  else
    fail (failure, STATUS_USAGE, _("there is no section \"%s\""), key);
}

/**
 * option_set - put a value where its section and key say
 * @key of @place: NULL: the section only has to be there
 * @text: the value
 * @directory: names of files are relative to it; NULL: to the current one
 * @adds: do not forget what is in a list
 *
 * A repeatable section is made when its title is new.
 */
bool
option_set (struct options *options, const struct option_place *place,
            const char *text, const char *directory, bool adds,
            struct failure *failure)
{
  const struct option_row *first = option_find_section (place->section);
  const struct option_row *row;
  void *structure = options;
  struct failure reason;

  if (!first)
    {
      option_explain_unknown (NULL, place->section, failure);
      return false;
    }
  row = place->key ? find_key (place->section, place->key) : NULL;
  if (place->key && !row)
    {
      option_explain_unknown (place->section, place->key, failure);
      return false;
    }
  if (first->kind == OPTION_SECTION)
    {
      if (!place->title)
        return fail (failure, STATUS_USAGE,
                     _("section \"%s\" needs a title"), place->section);
      structure = options_find_element (options, first, place->title);
      if (!structure)
        structure = options_add_element (options, first, place->title,
                                         failure);
      if (!structure)
        return false;
    }
  else if (place->title)
    return fail (failure, STATUS_USAGE, _("section \"%s\" has no title"),
                 place->section);
  if (!row)
    return true;
  if (row->kind == OPTION_LIST && !adds)
    option_value_clear (row, structure);
  if (option_value_set (row, structure, text, directory, &reason))
    return true;
  return fail (failure, reason.status, "%s: %s", place->key, reason.text);
}

/**
 * option_set_line - understand "SECTION.KEY=VALUE"
 *
 * Or "SECTION.TITLE.KEY=VALUE"; with "+=", a list becomes longer.
 */
bool
option_set_line (struct options *options, const char *line,
                 struct failure *failure)
{
  struct option_place place = { NULL, NULL, NULL };
  char *copy = strdup (line), *equals, *first, *last;
  bool done, adds;

  if (!copy)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  equals = strchr (copy, '=');
  if (equals)
    *equals = '\0';
  first = strchr (copy, '.');
  last = strrchr (copy, '.');
  if (!equals || !first)
    {
      free (copy);
      return fail (failure, STATUS_USAGE,
                   _("\"%s\" is not SECTION.KEY=VALUE"), line);
    }
  adds = equals > last && equals[-1] == '+';
  if (adds)
    equals[-1] = '\0';
  *first = *last = '\0';
  place.section = copy;
  place.title = first == last ? NULL : first + 1;
  place.key = last + 1;
  done = option_set (options, &place, equals + 1, NULL, adds, failure);
  free (copy);
  return done;
}

/* The section that has a part with that title, or NULL. */
static const struct option_row *
find_titled (struct options *options, const char *title, void **structure)
{
  unsigned i;

  for (i = 0; i < option_count; i++)
    if (option_table[i].kind == OPTION_SECTION)
      {
        *structure = options_find_element (options, &option_table[i], title);
        if (*structure)
          return &option_table[i];
      }
  return NULL;
}

/* The parts of a name, which is changed.  *@structure: set if the title alone
   says which it is. */
static bool
split (struct options *options, char *name, struct option_place *place,
       void **structure, struct failure *failure)
{
  char *first = strchr (name, '.'), *last = strrchr (name, '.');
  const struct option_row *section;

  *place = (struct option_place) { "guest", NULL, name };
  if (!first)
    return true;
  *first = *last = '\0';
  place->key = last + 1;
  place->section = name;
  section = option_find_section (name);
  if (first != last)
    place->title = first + 1;
  else if (!section && (section = find_titled (options, name, structure)))
    {
      place->section = section->section;
      place->title = name;
    }
  if (section)
    return true;
  option_explain_unknown (NULL, name, failure);
  return false;
}

/**
 * option_find - what somebody means who wants to change it
 * @name: SECTION.KEY, SECTION.TITLE.KEY, TITLE.KEY, or KEY of section guest
 * @section: set to the section's row, if it may be repeated; else to the
 *   first of its rows
 * @row, @structure: set to the row, and to where its field is
 */
bool
option_find (struct options *options, const char *name,
             const struct option_row **section,
             const struct option_row **row, void **structure,
             struct failure *failure)
{
  char *copy = strdup (name);
  struct option_place place;
  bool done;

  *structure = NULL;
  if (!copy)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  done = split (options, copy, &place, structure, failure);
  if (done)
    {
      *section = option_find_section (place.section);
      *row = find_key (place.section, place.key);
      if (!*row)
        {
          option_explain_unknown (place.section, place.key, failure);
          done = false;
        }
      else if ((*section)->kind != OPTION_SECTION)
        *structure = options;
      else if (!place.title)
        done = fail (failure, STATUS_USAGE,
                     _("section \"%s\" needs a title"), place.section);
      else if (!*structure)
        *structure = options_find_element (options, *section, place.title);
      if (done && !*structure)
        done = fail (failure, STATUS_USAGE,
                     _("the guest has no %s \"%s\""), place.section,
                     place.title);
    }
  free (copy);
  return done;
}
