/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_text.h - the text of a configuration file.
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "report.h"

/* More than any sensible file has. */
#define CONFIG_FILE_BYTES_MAX (256 * 1024)
#define CONFIG_LINE_BYTES_MAX (16 * 1024)

/**
 * struct config_text - a file in memory
 * @bytes: a string, allocated; lines end with a newline only
 * @lines: how many
 * @identity: which file it is
 */
struct config_text
{
  char *bytes;
  int lines;
  struct stat identity;
};

bool config_text_read (const char *path, const char *called_from,
                       struct config_text *text, struct report *report);
bool config_text_blank (char *bytes, int line, const char *word);

#endif /* CONFIG_TEXT_H */
