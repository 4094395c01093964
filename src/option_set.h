/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_set.h - options by their section and key.
 */
#ifndef OPTION_SET_H
#define OPTION_SET_H

#include "options.h"

/**
 * struct option_place - where a value goes
 * @section, @key: names
 * @title: of a repeatable section, or NULL
 */
struct option_place
{
  const char *section;
  const char *title;
  const char *key;
};

bool option_set (struct options *options, const struct option_place *place,
                 const char *text, const char *directory, bool adds,
                 struct failure *failure);
bool option_set_line (struct options *options, const char *line,
                      struct failure *failure);
const struct option_row *option_find_section (const char *section);
bool option_find (struct options *options, const char *name,
                  const struct option_row **section,
                  const struct option_row **row, void **structure,
                  struct failure *failure);
void option_explain_unknown (const char *section, const char *key,
                             struct failure *failure);

#endif /* OPTION_SET_H */
