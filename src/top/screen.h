/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * screen.h - what is on the terminal, and what the user does there.
 */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "top/model.h"
#include "top/settings.h"
#include "top/view.h"

#define SCREEN_MESSAGE_BYTES 512
#define SCREEN_INPUT_BYTES 64

/** enum prompt - what the user is being asked */
enum prompt
{
  PROMPT_NONE,
  PROMPT_SEARCH,
  PROMPT_FILTER,
  PROMPT_DELAY,
  PROMPT_SYSRQ,
  PROMPT_STOP,
  PROMPT_KILL,
};

/**
 * struct screen - all of it
 * @model: what is known
 * @settings: what is shown, and how
 * @table: the rows, made anew after each change
 * @selected_name, @selected_index: what the cursor is on, by what it is
 * @selected: the same, by its place in @table
 * @offset: first row that is shown
 * @page: how many fit
 * @exits_of: the Guest of the view of exits
 * @prompt: what the user is being asked
 * @input: what was typed so far
 * @search: what was searched for last
 * @help: it is shown instead
 * @message: for the user; "" if there is none
 * @message_end: when it has been there for long enough
 * @attaching: Guest to whose console we are being connected; "": none
 * @console: the connection, and @console_name; -1: none
 * @dirty: something has changed
 * @repaint: the terminal is not as we think
 * @next_ask: when to ask all Guests again
 * @rounds: how often to do so yet; 0: for ever
 * @done, @status: leave, with this status
 * @before: the signals that may come while we wait
 */
struct screen
{
  struct model *model;
  struct settings settings;
  struct table table;
  char selected_name[LGUEST_NAME_MAX + 1];
  unsigned selected_index;
  size_t selected;
  size_t offset;
  size_t page;
  char exits_of[LGUEST_NAME_MAX + 1];
  enum prompt prompt;
  char input[SCREEN_INPUT_BYTES];
  char search[SCREEN_INPUT_BYTES];
  bool help;
  char message[SCREEN_MESSAGE_BYTES];
  int64_t message_end;
  char attaching[LGUEST_NAME_MAX + 1];
  int console;
  char console_name[LGUEST_NAME_MAX + 1];
  bool dirty;
  bool repaint;
  int64_t next_ask;
  unsigned long rounds;
  bool done;
  int status;
  sigset_t before;
};

/* loop.c */
int screen_run (struct model *model, const struct settings *settings,
                unsigned long rounds);
void screen_work (struct screen *screen);
int screen_wait_ms (const struct screen *screen);
void screen_say (struct screen *screen, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* cursor.c */
void cursor_update (struct screen *screen);
void cursor_move (struct screen *screen, long rows);
void cursor_find (struct screen *screen, bool next);
struct guest *cursor_guest (const struct screen *screen);
void cursor_other_guest (struct screen *screen, int step);

/* keys.c */
void screen_key (struct screen *screen, int key);

/* prompt.c */
void prompt_begin (struct screen *screen, enum prompt prompt);
void prompt_key (struct screen *screen, int key);
void prompt_text (const struct screen *screen, char *text, size_t size);

/* errands.c */
void errands_send (struct screen *screen, enum wish wish, char key);
void errands_collect (struct screen *screen);
size_t errands_count (const struct screen *screen);

/* draw.c */
void screen_draw (struct screen *screen);

/* help.c */
extern const char *const help_lines[];

/* console.c */
void console_run (struct screen *screen);

#endif /* TOP_SCREEN_H */
