/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_print.c - options as a configuration file.
 */
#include <config.h>

#include <string.h>

#include "config_print.h"
#include "option_set.h"
#include "option_value.h"

static void
print_key (const struct option_row *row, const void *structure, FILE *file)
{
  if (!option_value_is_set (row, structure))
    return;
  fprintf (file, "  %s = ", option_key (row));
  option_value_print (row, structure, file);
  putc ('\n', file);
}

/* All sections of one kind. */
static void
print_repeated (const struct options *options, const struct option_row *row,
                FILE *file)
{
  const unsigned count
    = *(const unsigned *) ((const char *) options + row->count_offset);
  unsigned i, j;

  for (i = 0; i < count; i++)
    {
      const void *structure
        = (const char *) options + row->offset + i * row->element_size;

      fprintf (file, "%s %s {\n", row->section,
               *(char *const *) structure);
      for (j = 0; j < row->key_count; j++)
        print_key (&row->keys[j], structure, file);
      fputs ("}\n", file);
    }
}

/**
 * config_print - all options, also those that were not given
 *
 * Read as a file, that gives the same options again.
 */
void
config_print (const struct options *options, FILE *file)
{
  unsigned i, j;

  for (i = 0; i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];

      if (!row->section || option_find_section (row->section) != row)
        continue;
      if (row->kind == OPTION_SECTION)
        {
          print_repeated (options, row, file);
          continue;
        }
      fprintf (file, "%s {\n", row->section);
      for (j = i; j < option_count; j++)
        if (option_table[j].section
            && strcmp (option_table[j].section, row->section) == 0)
          print_key (&option_table[j], options, file);
      fputs ("}\n", file);
    }
}
