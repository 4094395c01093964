/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal.c - the user's terminal, handed over to the Guest and back.
 *
 * While a Guest runs, every key is the Guest's, so the terminal is raw.  It
 * gets its old state back on every way out: exit, a fatal signal, a stop.
 */
#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

static struct termios original;
static volatile sig_atomic_t raw;

/* Signals that end a program by its own fault. */
static const int fatal_signals[] =
  { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGQUIT };

static void
restore_and_die (int signal_number)
{
  terminal_restore ();
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

/**
 * terminal_make_raw - give the terminal on standard input to the Guest
 *
 * Returns true if there is one, and it is raw now.  May be called again,
 * after terminal_restore().
 */
bool
terminal_make_raw (void)
{
  static bool prepared;
  struct termios settings;
  size_t i;

  if (raw)
    return true;
  if (!isatty (STDIN_FILENO) || tcgetattr (STDIN_FILENO, &original) != 0)
    return false;
  if (!prepared)
    {
      prepared = true;
      atexit (terminal_restore);
      for (i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++)
        signal (fatal_signals[i], restore_and_die);
    }
  settings = original;
  cfmakeraw (&settings);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (tcsetattr (STDIN_FILENO, TCSADRAIN, &settings) != 0)
    return false;
  raw = 1;
  return true;
}

/** terminal_restore - give the terminal back; safe in a signal handler */
void
terminal_restore (void)
{
  if (!raw)
    return;
  raw = 0;
  tcsetattr (STDIN_FILENO, TCSANOW, &original);
}

/** terminal_is_raw - do lines need a carriage return now? */
bool
terminal_is_raw (void)
{
  return raw;
}

/** terminal_size - of the terminal on standard output; 0, 0 if none */
void
terminal_size (unsigned *columns, unsigned *rows)
{
  struct winsize size;

  *columns = *rows = 0;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    {
      *columns = size.ws_col;
      *rows = size.ws_row;
    }
}
