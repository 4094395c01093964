/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys.c - what each key does.
 */
#include <config.h>

#include <curses.h>
#include <errno.h>
#include <string.h>

#include "i18n.h"
#include "top/screen.h"

#define KEY_ESCAPE 27
#define CONTROL(letter) ((letter) & 0x1f)

static void
set_view (struct screen *screen, enum view_number view)
{
  const struct guest *guest = cursor_guest (screen);
  struct look *look = &screen->settings.look;

  if (guest)
    strcpy (screen->exits_of, guest->name);
  look->view = view;
  screen->offset = screen->selected = 0;
}

static void
tell_sort (struct screen *screen)
{
  const struct look *look = &screen->settings.look;
  const struct column *column
    = &views[look->view].columns[look->sort[look->view]];

  screen_say (screen, look->reverse[look->view]
              ? _("sorted by %s, the other way round") : _("sorted by %s"),
              column->name);
}

static void
sort_by (struct screen *screen, const char *name)
{
  struct look *look = &screen->settings.look;

  if (view_find_column (look->view, name, &look->sort[look->view]))
    {
      look->reverse[look->view] = false;
      tell_sort (screen);
    }
}

/* By the column to the left or right. */
static void
sort_other (struct screen *screen, int step)
{
  struct look *look = &screen->settings.look;
  const struct column *columns = views[look->view].columns;
  const unsigned count = view_columns (look->view);
  unsigned *sort = &look->sort[look->view];

  do
    *sort = (*sort + count + step) % count;
  while (columns[*sort].width == COLUMN_HIDDEN
         || columns[*sort].width == COLUMN_REST);
  tell_sort (screen);
}

static void
reverse (struct screen *screen)
{
  struct look *look = &screen->settings.look;

  look->reverse[look->view] = !look->reverse[look->view];
  tell_sort (screen);
}

static void
tag (struct screen *screen)
{
  struct guest *guest = cursor_guest (screen);

  if (!guest)
    return;
  guest->tagged = !guest->tagged;
  cursor_move (screen, 1);
}

static void
untag_all (struct screen *screen)
{
  size_t i;

  for (i = 0; i < screen->model->count; i++)
    screen->model->guests[i]->tagged = false;
}

/* p: what is paused goes on, all else is paused. */
static void
pause_or_resume (struct screen *screen)
{
  const struct guest *guest = cursor_guest (screen);

  if (guest)
    errands_send (screen, guest_state_letter (guest) == 'P'
                  ? WISH_RESUME : WISH_PAUSE, 0);
}

static void
save (struct screen *screen)
{
  struct settings settings = screen->settings;
  char path[256];

  settings.totals = screen->model->totals;
  if (settings_save (&settings, path, sizeof path))
    screen_say (screen, _("saved in %s"), path);
  else
    screen_say (screen, _("cannot save %s: %s"), path, strerror (errno));
}

static void
ask (struct screen *screen, enum prompt prompt)
{
  if (cursor_guest (screen))
    prompt_begin (screen, prompt);
}

static void
leave_or_cancel (struct screen *screen)
{
  if (screen->attaching[0])
    {
      screen->attaching[0] = '\0';
      screen->message[0] = '\0';
    }
  else if (screen->settings.look.filter[0])
    screen->settings.look.filter[0] = '\0';
}

static void
move_key (struct screen *screen, int key)
{
  const long page = screen->page ? screen->page : 1;
  const bool exits = screen->settings.look.view == VIEW_EXITS;

  switch (key)
    {
    case KEY_UP:
    case 'k':
      cursor_move (screen, -1);
      break;
    case KEY_DOWN:
    case 'j':
      cursor_move (screen, 1);
      break;
    case KEY_PPAGE:
    case CONTROL ('B'):
      cursor_move (screen, -page);
      break;
    case KEY_NPAGE:
    case CONTROL ('F'):
      cursor_move (screen, page);
      break;
    case KEY_HOME:
    case 'g':
      cursor_move (screen, -(long) screen->table.count);
      break;
    case KEY_END:
    case 'G':
      cursor_move (screen, screen->table.count);
      break;
    case KEY_LEFT:
    case KEY_RIGHT:
      if (exits)
        cursor_other_guest (screen, key == KEY_LEFT ? -1 : 1);
      break;
    }
}

/* Keys that change what is shown. */
static void
look_key (struct screen *screen, int key)
{
  struct look *look = &screen->settings.look;

  switch (key)
    {
    case '0': case '1': case '2': case '3': case '4':
      set_view (screen, key - '0');
      break;
    case '\t':
    case KEY_F (5):
      set_view (screen, (look->view + 1) % VIEWS);
      break;
    case 'P':
      sort_by (screen, "cpu");
      break;
    case 'M':
      sort_by (screen, "memory");
      break;
    case 'T':
      sort_by (screen, "uptime");
      break;
    case 'N':
      sort_by (screen, "name");
      break;
    case '<':
      sort_other (screen, -1);
      break;
    case '>':
    case KEY_F (6):
      sort_other (screen, 1);
      break;
    case 'R':
    case 'I':
      reverse (screen);
      break;
    case 'B':
      look->requests = !look->requests;
      break;
    case 'b':
      model_set_totals (screen->model, !screen->model->totals);
      break;
    case 'a':
      look->all = !look->all;
      break;
    case 'W':
    case KEY_F (2):
      save (screen);
      break;
    default:
      move_key (screen, key);
      break;
    }
}

/** screen_key - do what a key stands for */
void
screen_key (struct screen *screen, int key)
{
  screen->dirty = true;
  if (screen->help)
    {
      screen->help = false;
      return;
    }
  if (screen->prompt != PROMPT_NONE)
    {
      prompt_key (screen, key);
      return;
    }
  switch (key)
    {
    case 'q':
    case KEY_F (10):
      screen->done = true;
      break;
    case 'h':
    case '?':
    case KEY_F (1):
      screen->help = true;
      break;
    case '/':
    case KEY_F (3):
      prompt_begin (screen, PROMPT_SEARCH);
      break;
    case 'n':
      if (screen->search[0])
        cursor_find (screen, true);
      break;
    case '\\':
    case KEY_F (4):
      prompt_begin (screen, PROMPT_FILTER);
      break;
    case 's':
    case 'd':
      prompt_begin (screen, PROMPT_DELAY);
      break;
    case ' ':
      tag (screen);
      break;
    case 'U':
      untag_all (screen);
      break;
    case 'p':
      pause_or_resume (screen);
      break;
    case KEY_F (7):
      errands_send (screen, WISH_PAUSE, 0);
      break;
    case KEY_F (8):
      errands_send (screen, WISH_RESUME, 0);
      break;
    case 'S':
    case KEY_F (9):
      ask (screen, PROMPT_STOP);
      break;
    case 'K':
      ask (screen, PROMPT_KILL);
      break;
    case 'Y':
      ask (screen, PROMPT_SYSRQ);
      break;
    case '\r':
    case '\n':
    case KEY_ENTER:
    case 'c':
      errands_send (screen, WISH_CONSOLE, 0);
      break;
    case CONTROL ('L'):
      screen->repaint = true;
      break;
    case KEY_ESCAPE:
      leave_or_cancel (screen);
      break;
    default:
      look_key (screen, key);
      break;
    }
}
