/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_value.h - values of options: from texts, and to texts.
 */
#ifndef OPTION_VALUE_H
#define OPTION_VALUE_H

#include "option_row.h"

bool option_value_set (const struct option_row *row, void *structure,
                       const char *text, const char *directory,
                       struct failure *failure);
void option_value_clear (const struct option_row *row, void *structure);
bool option_value_is_set (const struct option_row *row,
                          const void *structure);
void option_value_print (const struct option_row *row,
                         const void *structure, FILE *file);
void option_value_print_text (const char *text, FILE *file);
bool options_parse_size (const char *text, uint64_t *bytes);

#endif /* OPTION_VALUE_H */
