/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key_table.h - what each key stands for: the one list of them.
 *
 * keys.c does it, the help screen and lguest-top(1) tell it.
 */
#ifndef TOP_KEY_TABLE_H
#define TOP_KEY_TABLE_H

#define KEY_ESCAPE 27
#define CONTROL(letter) ((letter) & 0x1f)

/* Keys of one row, at most. */
#define KEY_ROW_KEYS 5

enum key_command
{
  COMMAND_NONE,
  COMMAND_QUIT,
  COMMAND_HELP,
  COMMAND_UP,
  COMMAND_DOWN,
  COMMAND_PAGE_UP,
  COMMAND_PAGE_DOWN,
  COMMAND_FIRST,
  COMMAND_LAST,
  COMMAND_OTHER_GUEST_LEFT,
  COMMAND_OTHER_GUEST_RIGHT,
  COMMAND_VIEW,                 /* the key is its number */
  COMMAND_NEXT_VIEW,
  COMMAND_CONSOLE,
  COMMAND_TAG,
  COMMAND_UNTAG,
  COMMAND_PAUSE_OR_RESUME,
  COMMAND_PAUSE,
  COMMAND_RESUME,
  COMMAND_STOP,
  COMMAND_KILL,
  COMMAND_SYSRQ,
  COMMAND_FIND,
  COMMAND_FIND_NEXT,
  COMMAND_FILTER,
  COMMAND_SORT_CPU,
  COMMAND_SORT_MEMORY,
  COMMAND_SORT_TIME,
  COMMAND_SORT_NAME,
  COMMAND_SORT_LEFT,
  COMMAND_SORT_RIGHT,
  COMMAND_REVERSE,
  COMMAND_REQUESTS,
  COMMAND_TOTALS,
  COMMAND_ALL,
  COMMAND_DELAY,
  COMMAND_SAVE,
  COMMAND_REDRAW,
  COMMAND_CANCEL,
};

/**
 * struct key_row - keys that do the same
 * @command: what
 * @names: of the keys, as users are told, with spaces between
 * @keys: their numbers, as curses has them; ends with 0 if there is room
 */
struct key_row
{
  enum key_command command;
  const char *names;
  int keys[KEY_ROW_KEYS];
};

/* Ends with COMMAND_NONE. */
extern const struct key_row key_table[];

enum key_command key_find (int key);

#endif /* TOP_KEY_TABLE_H */
