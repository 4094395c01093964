/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/config.c - a configuration file, and a key that somebody sets.
 */
#include <config.h>

#include <stdio.h>

#include "config_file.h"
#include "config_print.h"
#include "fuzz.h"
#include "option_set.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct options options;
  static FILE *nowhere;
  const struct option_row *section, *row;
  struct report report = { 0 };
  struct failure failure;
  void *structure;
  char name[32], *line = strndup ((const char *) data, size);

  must (line != NULL);
  if (!nowhere)
    nowhere = fopen ("/dev/null", "w");
  must (options_create (&options, &failure));
  snprintf (name, sizeof name, "/proc/self/fd/%d", file_with (data, size));
  config_file_load (&options, name, &report);
  config_print (&options, nowhere);
  report_free (&report);
  /* Up to its first newline it may be an argument of --set, or of set. */
  line[strcspn (line, "\n")] = '\0';
  option_set_line (&options, line, &failure);
  line[strcspn (line, "=")] = '\0';
  option_find (&options, line, &section, &row, &structure, &failure);
  options_free (&options);
  free (line);
  return 0;
}
