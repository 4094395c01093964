/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command_line.h - lguest-top's options.
 */
#ifndef TOP_COMMAND_LINE_H
#define TOP_COMMAND_LINE_H

#include <stdbool.h>

#include "top/batch.h"
#include "top/settings.h"

/**
 * struct command_line - what the user said
 * @settings: what is shown
 * @form: BATCH_NONE: on the screen
 * @rounds: how often; 0: for ever
 * @width: of lines of text; 0: not said
 */
struct command_line
{
  struct settings settings;
  enum batch_form form;
  unsigned long rounds;
  int width;
};

/**
 * struct top_option - an option
 * @name: its long name; NULL ends the table
 * @letter: its short name; TOP_OPTION_NO_LETTER or more: none
 * @argument: what it takes, to be translated; NULL: nothing
 * @help: what it does, to be translated
 */
struct top_option
{
  const char *name;
  int letter;
  const char *argument;
  const char *help;
};

#define TOP_OPTION_NO_LETTER 256

extern const struct top_option top_options[];

bool command_line_parse (struct command_line *line, int argc, char **argv,
                         int *status);

#endif /* TOP_COMMAND_LINE_H */
