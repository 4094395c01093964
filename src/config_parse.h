/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_parse.h - from the text of a configuration file to its statements.
 */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include "config_text.h"
#include "option_set.h"

/* What a statement does. */
enum config_action
{
  CONFIG_SET,                   /* @text is the value of @place */
  CONFIG_ADD,                   /* to a list */
  CONFIG_END,                   /* a section ends */
  CONFIG_INCLUDE,               /* @text is a file */
};

/**
 * struct config_statement - one thing that a file says
 * @line: where
 * @section, @title, @key: what about; or NULL
 * @text: the value or name
 *
 * All is allocated.
 */
struct config_statement
{
  enum config_action action;
  int line;
  char *section, *title, *key;
  char *text;
};

/**
 * struct config_statements - all of them, in their order
 */
struct config_statements
{
  struct config_statement *items;
  size_t count;
};

void config_parse (const char *path, struct config_text *text,
                   struct config_statements *statements,
                   struct report *report);
void config_statements_free (struct config_statements *statements);

#endif /* CONFIG_PARSE_H */
