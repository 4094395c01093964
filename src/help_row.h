/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help_row.h - rows of --help.
 */
#ifndef HELP_ROW_H
#define HELP_ROW_H

/* Where the second column begins. */
#define HELP_COLUMN 29

void help_row_print (const char *left, unsigned column, const char *right);

#endif /* HELP_ROW_H */
