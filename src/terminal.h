/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal.h - the user's terminal, handed over to the Guest and back.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

bool terminal_make_raw (void);
void terminal_restore (void);
bool terminal_is_raw (void);
void terminal_size (unsigned *columns, unsigned *rows);

#endif /* TERMINAL_H */
