/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key_table.c - what each key stands for: the one list of them.
 */
#include <config.h>

#include <curses.h>

#include "top/key_table.h"

const struct key_row key_table[] =
{
  { COMMAND_QUIT, "q F10", { 'q', KEY_F (10) } },
  { COMMAND_HELP, "h ? F1", { 'h', '?', KEY_F (1) } },
  { COMMAND_UP, "up k", { KEY_UP, 'k' } },
  { COMMAND_DOWN, "down j", { KEY_DOWN, 'j' } },
  { COMMAND_PAGE_UP, "PgUp ^B", { KEY_PPAGE, CONTROL ('B') } },
  { COMMAND_PAGE_DOWN, "PgDn ^F", { KEY_NPAGE, CONTROL ('F') } },
  { COMMAND_FIRST, "Home g", { KEY_HOME, 'g' } },
  { COMMAND_LAST, "End G", { KEY_END, 'G' } },
  { COMMAND_OTHER_GUEST_LEFT, "left", { KEY_LEFT } },
  { COMMAND_OTHER_GUEST_RIGHT, "right", { KEY_RIGHT } },
  { COMMAND_VIEW, "0 1 2 3 4", { '0', '1', '2', '3', '4' } },
  { COMMAND_NEXT_VIEW, "Tab F5", { '\t', KEY_F (5) } },
  { COMMAND_CONSOLE, "Enter c", { '\r', '\n', KEY_ENTER, 'c' } },
  { COMMAND_TAG, "space", { ' ' } },
  { COMMAND_UNTAG, "U", { 'U' } },
  { COMMAND_PAUSE_OR_RESUME, "p", { 'p' } },
  { COMMAND_PAUSE, "F7", { KEY_F (7) } },
  { COMMAND_RESUME, "F8", { KEY_F (8) } },
  { COMMAND_STOP, "S F9", { 'S', KEY_F (9) } },
  { COMMAND_KILL, "K", { 'K' } },
  { COMMAND_SYSRQ, "Y", { 'Y' } },
  { COMMAND_FIND, "/ F3", { '/', KEY_F (3) } },
  { COMMAND_FIND_NEXT, "n", { 'n' } },
  { COMMAND_FILTER, "\\ F4", { '\\', KEY_F (4) } },
  { COMMAND_SORT_CPU, "P", { 'P' } },
  { COMMAND_SORT_MEMORY, "M", { 'M' } },
  { COMMAND_SORT_TIME, "T", { 'T' } },
  { COMMAND_SORT_NAME, "N", { 'N' } },
  { COMMAND_SORT_LEFT, "<", { '<' } },
  { COMMAND_SORT_RIGHT, "> F6", { '>', KEY_F (6) } },
  { COMMAND_REVERSE, "R I", { 'R', 'I' } },
  { COMMAND_REQUESTS, "B", { 'B' } },
  { COMMAND_TOTALS, "b", { 'b' } },
  { COMMAND_ALL, "a", { 'a' } },
  { COMMAND_DELAY, "s d", { 's', 'd' } },
  { COMMAND_SAVE, "W F2", { 'W', KEY_F (2) } },
  { COMMAND_REDRAW, "^L", { CONTROL ('L') } },
  { COMMAND_CANCEL, "Esc", { KEY_ESCAPE } },
  { COMMAND_NONE, NULL, { 0 } },
};

/** key_find - what a key stands for; COMMAND_NONE: nothing */
enum key_command
key_find (int key)
{
  const struct key_row *row;
  unsigned i;

  for (row = key_table; row->command; row++)
    for (i = 0; i < KEY_ROW_KEYS && row->keys[i]; i++)
      if (row->keys[i] == key)
        return row->command;
  return COMMAND_NONE;
}
