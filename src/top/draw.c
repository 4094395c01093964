/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * draw.c - the screen, line by line, whatever its size.
 */
#include <config.h>

#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "top/layout.h"
#include "top/pane.h"
#include "top/screen.h"
#include "top/summary.h"

#define SUMMARY_LINES 2
#define TITLE_LINES 1
#define LAST_LINES 2            /* messages, and what function keys do */

/* A pane is there from this height on. */
#define PANE_FROM_HEIGHT 20
#define PANE_LINES 8

/* Both halves of a pane are there from this width on. */
#define PANE_FROM_WIDTH 70
#define PANE_LEFT_WIDTH 41

static void
put (int line, int column, int width, const char *text, attr_t attributes)
{
  char fitted[TEXT_BYTES];

  if (line < 0 || line >= LINES || column >= COLS || width <= 0)
    return;
  if (width > COLS - column)
    width = COLS - column;
  text_fit (fitted, sizeof fitted, text, width, true);
  attrset (attributes);
  mvaddstr (line, column, fitted);
  attrset (A_NORMAL);
}

static void
put_line (int line, const char *text, attr_t attributes)
{
  put (line, 0, COLS, text, attributes);
}

static void
draw_rows (struct screen *screen, int first, int lines)
{
  const struct look *look = &screen->settings.look;
  struct layout layout;
  char line[TEXT_BYTES];
  int i;

  layout_make (&layout, &screen->table, look, screen->model->totals, COLS);
  layout_title (&layout, line, sizeof line);
  put_line (first - TITLE_LINES, line, A_REVERSE);
  for (i = 0; i < lines; i++)
    {
      const size_t place = screen->offset + i;
      const struct row *row = &screen->table.rows[place];
      const bool selected = place == screen->selected;

      if (place >= screen->table.count)
        break;
      layout_line (&layout, row, look, line, sizeof line);
      /* Not every terminal shows attributes. */
      line[0] = row->guest->tagged ? (selected ? '+' : '*')
        : selected ? '>' : ' ';
      put_line (first + i, line, selected ? A_REVERSE
                : row->guest->tagged ? A_BOLD : A_NORMAL);
    }
  if (screen->table.count > 0)
    return;
  put_line (first, screen->model->error[0] ? screen->model->error
            : look->filter[0] ? _(" nothing here has what is searched for")
            : look->view == VIEW_EXITS && look->only
            ? _(" the launcher tells no counters")
            : look->view == VIEW_GUESTS ? _(" no guests run")
            : _(" there are none"), A_NORMAL);
}

static void
draw_pane (const struct screen *screen, int first, int lines)
{
  const struct guest *guest = cursor_guest (screen);
  const bool both = COLS >= PANE_FROM_WIDTH;
  struct pane pane;
  unsigned i;

  if (!guest)
    return;
  if (screen->settings.look.view == VIEW_EXITS)
    pane_latency (&pane, guest, lines);
  else
    pane_exits (&pane, guest, lines);
  for (i = 0; i < pane.count; i++)
    put (first + i, 1, both ? PANE_LEFT_WIDTH - 2 : COLS - 1, pane.lines[i],
         A_NORMAL);
  if (!both)
    return;
  pane_devices (&pane, guest, lines);
  for (i = 0; i < pane.count; i++)
    put (first + i, PANE_LEFT_WIDTH, COLS - PANE_LEFT_WIDTH, pane.lines[i],
         A_NORMAL);
}

static void
draw_last (const struct screen *screen)
{
  const struct look *look = &screen->settings.look;
  char line[TEXT_BYTES], filter[TEXT_BYTES];

  if (screen->prompt != PROMPT_NONE)
    prompt_text (screen, line, sizeof line);
  else if (screen->message[0])
    snprintf (line, sizeof line, "%s", screen->message);
  else if (look->filter[0])
    {
      text_clean (filter, sizeof filter, look->filter);
      snprintf (line, sizeof line, _("only what has \"%.80s\"; Esc: all"),
                filter);
    }
  else
    line[0] = '\0';
  put_line (LINES - 2, line, A_NORMAL);
  if (screen->prompt != PROMPT_NONE)
    {
      const int end = text_width (line);

      curs_set (1);
      move (LINES - 2, end < COLS ? end : COLS - 1);
    }
  else
    curs_set (0);
}

static void
draw_help (void)
{
  int i;

  put_line (0, _("lguest-top - keys                                    any key"
                 " goes back"), A_REVERSE);
  for (i = 0; help_lines[i]; i++)
    if (help_lines[i][0])
      put (i + 2, 1, COLS - 1, _(help_lines[i]), A_NORMAL);
}

static void
draw_all (struct screen *screen)
{
  const int pane = LINES >= PANE_FROM_HEIGHT ? PANE_LINES : 0;
  const int head = LINES > 6 ? SUMMARY_LINES : 0;
  const int tail = LINES > 4 ? LAST_LINES : screen->prompt ? 1 : 0;
  const int first = head + TITLE_LINES;
  int rows = LINES - first - tail - (pane ? pane + 1 : 0);
  struct summary summary;
  char line[TEXT_BYTES];

  if (rows < 1)
    rows = 1;
  screen->page = rows;
  cursor_move (screen, 0);
  if (head)
    {
      summary_make (&summary, screen->model);
      summary_guests (&summary, screen->model, line, sizeof line);
      put_line (0, line, A_NORMAL);
      summary_machine (&summary, screen->model, COLS, line, sizeof line);
      put_line (1, line, A_NORMAL);
    }
  draw_rows (screen, first, rows);
  if (pane)
    draw_pane (screen, first + rows + 1, pane);
  if (tail)
    {
      put_line (LINES - 1, _("F1Help F3Find F4Filter F5View F6Sort F7Pause"
                             " F8Go F9Stop Enter=Console F10Quit"),
                A_REVERSE);
      draw_last (screen);
    }
}

/** screen_draw - everything, as it is now */
void
screen_draw (struct screen *screen)
{
  cursor_update (screen);
  erase ();
  if (screen->help)
    draw_help ();
  else
    draw_all (screen);
  if (screen->repaint)
    clearok (curscr, TRUE);
  refresh ();
  screen->dirty = screen->repaint = false;
}
