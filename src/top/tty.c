/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tty.c - the terminal: taken, given back on every way out.
 */
#include <config.h>

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "i18n.h"
#include "terminal.h"
#include "top/tty.h"

/* Last, as it makes macros of words. */
#include <term.h>

/* How long after ESC the rest of a key's sequence may come. */
#define ESCAPE_MS 50

#define SEQUENCES_BYTES 512

volatile sig_atomic_t tty_ending_signal, tty_stopped, tty_resized;

/* For the worst case: what gives the terminal back. */
static struct termios original;
static char sequences[SEQUENCES_BYTES];
static volatile sig_atomic_t taken;

static SCREEN *terminal;

static const int fatal_signals[] =
  { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGQUIT };

#define FATAL_SIGNALS (sizeof fatal_signals / sizeof *fatal_signals)

/* Nothing of curses may be used in a signal's handler. */
static void
restore_and_die (int number)
{
  ssize_t n;

  terminal_restore ();
  if (taken)
    {
      n = write (STDOUT_FILENO, sequences, strlen (sequences));
      (void) n;
      tcsetattr (STDIN_FILENO, TCSANOW, &original);
    }
  signal (number, SIG_DFL);
  raise (number);
}

static void
catch_fatal_signals (void)
{
  size_t i;

  for (i = 0; i < FATAL_SIGNALS; i++)
    signal (fatal_signals[i], restore_and_die);
}

/* A string of terminfo, without what says how long to wait. */
static void
keep_sequence (const char *name)
{
  const char *sequence = tigetstr (name);
  size_t length = strlen (sequences);

  if (!sequence || sequence == (const char *) -1)
    return;
  while (*sequence && length + 1 < sizeof sequences)
    if (sequence[0] == '$' && sequence[1] == '<')
      {
        sequence += strcspn (sequence, ">");
        sequence += *sequence == '>';
      }
    else
      sequences[length++] = *sequence++;
  sequences[length] = '\0';
}

static bool
refuse (char *error, size_t size, const char *reason)
{
  snprintf (error, size, "%s", reason);
  return false;
}

/** tty_open - take the terminal; false with a text if there is no such */
bool
tty_open (char *error, size_t size)
{
  const char *move;
  int code;

  if (!isatty (STDIN_FILENO) || !isatty (STDOUT_FILENO))
    return refuse (error, size, _("standard input and output are not both a"
                                  " terminal: use -b"));
  if (setupterm (NULL, STDOUT_FILENO, &code) != OK)
    return refuse (error, size, _("this type of terminal is unknown: set TERM,"
                                  " or use -b"));
  move = tigetstr ("cup");
  if (!move || move == (const char *) -1)
    return refuse (error, size, _("this terminal cannot move its cursor:"
                                  " use -b"));
  tcgetattr (STDIN_FILENO, &original);
  terminal = newterm (NULL, stdout, stdin);
  if (!terminal)
    return refuse (error, size, _("this terminal cannot be used: use -b"));
  keep_sequence ("sgr0");
  keep_sequence ("rmkx");
  keep_sequence ("cnorm");
  keep_sequence ("rmcup");
  taken = 1;
  atexit (tty_close);
  catch_fatal_signals ();
  cbreak ();
  noecho ();
  nonl ();
  keypad (stdscr, TRUE);
  nodelay (stdscr, TRUE);
  set_escdelay (ESCAPE_MS);
  curs_set (0);
  return true;
}

/** tty_close - give it back; may be called again */
void
tty_close (void)
{
  if (!taken)
    return;
  curs_set (1);
  endwin ();
  taken = 0;
}

/** tty_lend - to the Guest, until tty_take_back() */
void
tty_lend (void)
{
  clear ();
  refresh ();
  curs_set (1);
  endwin ();
  taken = 0;
}

/* What the Guest may have done to it: attributes, characters, regions. */
static void
reset (void)
{
  const char *sequence = tigetstr ("is2");

  if (!sequence || sequence == (const char *) -1)
    sequence = tigetstr ("rs2");
  if (sequence && sequence != (const char *) -1)
    {
      putp (sequence);
      fflush (stdout);
    }
}

void
tty_take_back (void)
{
  catch_fatal_signals ();
  reset ();
  taken = 1;
  tty_resize ();
  curs_set (0);
  /* What is there is not what curses thinks. */
  clearok (curscr, TRUE);
  refresh ();
}

/** tty_stop - as ^Z asks for; returns when we go on */
void
tty_stop (void)
{
  curs_set (1);
  endwin ();
  taken = 0;
  raise (SIGSTOP);
  taken = 1;
  tty_resize ();
  curs_set (0);
  clearok (curscr, TRUE);
  refresh ();
}

/** tty_resize - see how large it is now; true if that has changed */
bool
tty_resize (void)
{
  struct winsize size;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_row
      || !size.ws_col || (size.ws_row == LINES && size.ws_col == COLS))
    return false;
  resizeterm (size.ws_row, size.ws_col);
  return true;
}

static void
note_signal (int number)
{
  switch (number)
    {
    case SIGWINCH:
      tty_resized = 1;
      break;
    case SIGTSTP:
      tty_stopped = 1;
      break;
    default:
      tty_ending_signal = number;
      break;
    }
}

/** tty_catch_signals - they come only while we wait, with @before */
void
tty_catch_signals (sigset_t *before)
{
  static const int numbers[] =
    { SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGWINCH };
  const struct sigaction action = { .sa_handler = note_signal };
  sigset_t set;
  size_t i;

  sigemptyset (&set);
  for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
    {
      struct sigaction old;

      sigaddset (&set, numbers[i]);
      if (sigaction (numbers[i], NULL, &old) != 0
          || old.sa_handler != SIG_IGN)
        sigaction (numbers[i], &action, NULL);
    }
  signal (SIGPIPE, SIG_IGN);
  sigprocmask (SIG_BLOCK, &set, before);
}
