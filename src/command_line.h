/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command_line.h - options from the command line.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "options.h"

bool command_line_parse (struct options *options, int argc, char **argv,
                         struct failure *failure);
void command_line_print_help (void);

#endif /* COMMAND_LINE_H */
