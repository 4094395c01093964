/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_option.h - what a console can be told.
 */
#ifndef CONSOLE_OPTION_H
#define CONSOLE_OPTION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"

/* No window is larger. */
#define CONSOLE_CELLS_MAX 10000

/* What a console's own end is. */
enum line_type
{
  LINE_STDIO,
  LINE_PTY,
  LINE_UNIX,
  LINE_FILE,
  LINE_NULL,
};

/**
 * struct console_size - of a window
 * @columns, @rows: in characters; 0: nobody knows
 */
struct console_size
{
  unsigned columns;
  unsigned rows;
};

/**
 * struct console_option - one --console, or section "console"
 * @title: allocated
 * @text: stdio, pty, unix:PATH, file:PATH or null; allocated
 * @log: also write everything there; or NULL; allocated
 * @log_bytes: when the log is as long, it becomes FILE.1 and begins anew; 0:
 *   never
 * @size: of the window, if there is no terminal
 */
struct console_option
{
  char *title;
  char *text;
  char *log;
  uint64_t log_bytes;
  struct console_size size;
};

enum line_type console_option_type (const struct console_option *option);
const char *console_option_path (const struct console_option *option);
const char *console_type_name (enum line_type type);

/* For the option table. */
bool console_check_text (const void *field, const char *text,
                         struct failure *failure);
bool console_parse_size (void *field, const char *text,
                         struct failure *failure);
void console_print_size (const void *field, FILE *file);

#endif /* CONSOLE_OPTION_H */
