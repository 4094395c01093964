/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_file.h - options from configuration files: lguest.conf(5).
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "options.h"
#include "report.h"

void config_file_load (struct options *options, const char *path,
                       struct report *report);
void config_file_load_guest (struct options *options, const char *name,
                             struct report *report);
bool config_file_is_path (const char *name);

/* What is loaded for a name, from these two directories: for the tests. */
void config_file_load_name (struct options *options, const char *name,
                            const char *user, const char *system,
                            struct report *report);

#endif /* CONFIG_FILE_H */
