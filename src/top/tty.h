/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tty.h - the terminal: taken, given back on every way out, and the signals
 * that have to do with it.
 */
#ifndef TOP_TTY_H
#define TOP_TTY_H

#include <signal.h>
#include <stdbool.h>

bool tty_open (char *error, size_t size);
void tty_close (void);
void tty_lend (void);
void tty_take_back (void);
void tty_stop (void);
bool tty_resize (void);

/* Signals that came, and were not heeded yet. */
extern volatile sig_atomic_t tty_ending_signal, tty_stopped, tty_resized;

void tty_catch_signals (sigset_t *before);

#endif /* TOP_TTY_H */
