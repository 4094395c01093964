/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_print.h - options as a configuration file.
 */
#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H

#include <stdio.h>

#include "options.h"

void config_print (const struct options *options, FILE *file);

#endif /* CONFIG_PRINT_H */
