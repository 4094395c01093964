/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_row.h - what a row of the option table says.
 *
 * The table itself is in options.c.  From it come: what getopt_long knows,
 * --help, the keys of configuration files, --set, what --dry-run prints, and
 * the completions of shells.
 */
#ifndef OPTION_ROW_H
#define OPTION_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"

/* What an option's argument is, and the type of its field. */
enum option_kind
{
  OPTION_ACTION,                /* no argument, no field: .action happens */
  OPTION_CONFIG,                /* a configuration file; no field */
  OPTION_SETTING,               /* SECTION.KEY=VALUE; no field */
  OPTION_FLAG,                  /* yes or no: bool */
  OPTION_NUMBER,                /* unsigned */
  OPTION_SIZE,                  /* bytes; a number is MiB: uint64_t */
  OPTION_TIME,                  /* seconds: unsigned */
  OPTION_TEXT,                  /* char *, allocated, or NULL */
  OPTION_FILE,                  /* likewise; relative to the configuration
                                   file that it is in */
  OPTION_LIST,                  /* texts: struct text_list */
  OPTION_CHOICE,                /* one of .choices: int, its index */
  OPTION_CUSTOM,                /* what .parse and .print say */
  OPTION_SECTION,               /* may be repeated, has .keys: an array and
                                   a count */
};

/**
 * struct text_list - the field of an OPTION_LIST
 * @items: @count of them, allocated
 */
struct text_list
{
  char **items;
  unsigned count;
};

/**
 * struct option_row - an option, or a key of a repeatable section
 * @name: long option; also the key, if @key is NULL
 * @letter: short option, or 0
 * @old_name, @old_letter: another name for the same, or NULL and 0
 * @kind: what its argument is
 * @argument: what --help calls the argument, or NULL
 * @help: one line, to be translated
 * @section: where it is in configuration files; NULL: on the command line
 *           only.  (For OPTION_SECTION, the section itself.)
 * @key: its name there, if that is not @name
 * @offset: of the field in struct options, or in the section's structure
 * @initial: the value when nothing is said, or NULL: all bits 0
 * @min, @max: for numbers, sizes and times.  No @max: as large as the field.
 *             A value below @min is one that was not given.
 * @choices: words, the last one NULL
 * @check: is that value one that makes sense?  NULL: every one
 * @is_word: for OPTION_FILE: is that no name of a file, but means something
 *           else?  NULL: never
 * @parse, @print: for OPTION_CUSTOM
 * @action: for OPTION_ACTION
 * @keys, @key_count: rows of a section.  @section and @letter are not used
 *                    in them; the first is what "--disk=THIS,..." sets
 * @element_size: of the section's structure, whose first member is
 *                "char *title"
 * @count_offset: of the "unsigned" that counts them
 * @max_count: how many there can be: the array's length
 * @required: a section without it makes no sense
 * @live: "lguest set" can change it while the guest runs: change.c knows how
 * @fixed: why not, to be translated; NULL: it only counts at the start
 */
struct option_row
{
  const char *name;
  char letter;
  const char *old_name;
  char old_letter;
  enum option_kind kind;
  const char *argument;
  const char *help;
  const char *section;
  const char *key;
  size_t offset;
  const char *initial;
  uint64_t min, max;
  const char *const *choices;
  bool (*check) (const void *field, const char *text,
                 struct failure *failure);
  bool (*is_word) (const char *text);
  bool (*parse) (void *field, const char *text, struct failure *failure);
  void (*print) (const void *field, FILE *file);
  int action;
  const struct option_row *keys;
  unsigned key_count;
  size_t element_size;
  size_t count_offset;
  unsigned max_count;
  bool required;
  bool live;
  const char *fixed;
};

/* The key of a row. */
static inline const char *
option_key (const struct option_row *row)
{
  return row->key ? row->key : row->name;
}

#endif /* OPTION_ROW_H */
