/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys.c - what each key does.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "i18n.h"
#include "top/key_table.h"
#include "top/screen.h"

static void
set_view (struct screen *screen, enum view_number view)
{
  const struct guest *guest = cursor_guest (screen);
  struct look *look = &screen->settings.look;

  /* The cursor stays with its Guest. */
  if (guest)
    {
      strcpy (screen->exits_of, guest->name);
      strcpy (screen->selected_name, guest->name);
    }
  screen->selected_index = 0;
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

/* Keys that move the cursor. */
static void
move (struct screen *screen, enum key_command command)
{
  const long page = screen->page ? screen->page : 1;
  const bool exits = screen->settings.look.view == VIEW_EXITS;

  switch (command)
    {
    case COMMAND_UP:
      cursor_move (screen, -1);
      break;
    case COMMAND_DOWN:
      cursor_move (screen, 1);
      break;
    case COMMAND_PAGE_UP:
      cursor_move (screen, -page);
      break;
    case COMMAND_PAGE_DOWN:
      cursor_move (screen, page);
      break;
    case COMMAND_FIRST:
      cursor_move (screen, -(long) screen->table.count);
      break;
    case COMMAND_LAST:
      cursor_move (screen, screen->table.count);
      break;
    case COMMAND_OTHER_GUEST_LEFT:
    case COMMAND_OTHER_GUEST_RIGHT:
      if (exits)
        cursor_other_guest (screen,
                            command == COMMAND_OTHER_GUEST_LEFT ? -1 : 1);
      break;
    default:
      break;
    }
}

/* Keys that change what is shown. */
static void
change_look (struct screen *screen, enum key_command command, int key)
{
  struct look *look = &screen->settings.look;

  switch (command)
    {
    case COMMAND_VIEW:
      set_view (screen, key - '0');
      break;
    case COMMAND_NEXT_VIEW:
      set_view (screen, (look->view + 1) % VIEWS);
      break;
    case COMMAND_SORT_CPU:
      sort_by (screen, "cpu");
      break;
    case COMMAND_SORT_MEMORY:
      sort_by (screen, "memory");
      break;
    case COMMAND_SORT_TIME:
      sort_by (screen, "uptime");
      break;
    case COMMAND_SORT_NAME:
      sort_by (screen, "name");
      break;
    case COMMAND_SORT_LEFT:
      sort_other (screen, -1);
      break;
    case COMMAND_SORT_RIGHT:
      sort_other (screen, 1);
      break;
    case COMMAND_REVERSE:
      reverse (screen);
      break;
    case COMMAND_REQUESTS:
      look->requests = !look->requests;
      break;
    case COMMAND_TOTALS:
      model_set_totals (screen->model, !screen->model->totals);
      break;
    case COMMAND_ALL:
      look->all = !look->all;
      break;
    case COMMAND_SAVE:
      save (screen);
      break;
    default:
      move (screen, command);
      break;
    }
}

static void
obey (struct screen *screen, enum key_command command, int key)
{
  switch (command)
    {
    case COMMAND_QUIT:
      screen->done = true;
      break;
    case COMMAND_HELP:
      screen->help = true;
      break;
    case COMMAND_FIND:
      prompt_begin (screen, PROMPT_SEARCH);
      break;
    case COMMAND_FIND_NEXT:
      if (screen->search[0])
        cursor_find (screen, true);
      break;
    case COMMAND_FILTER:
      prompt_begin (screen, PROMPT_FILTER);
      break;
    case COMMAND_DELAY:
      prompt_begin (screen, PROMPT_DELAY);
      break;
    case COMMAND_TAG:
      tag (screen);
      break;
    case COMMAND_UNTAG:
      untag_all (screen);
      break;
    case COMMAND_PAUSE_OR_RESUME:
      pause_or_resume (screen);
      break;
    case COMMAND_PAUSE:
      errands_send (screen, WISH_PAUSE, 0);
      break;
    case COMMAND_RESUME:
      errands_send (screen, WISH_RESUME, 0);
      break;
    case COMMAND_STOP:
      ask (screen, PROMPT_STOP);
      break;
    case COMMAND_KILL:
      ask (screen, PROMPT_KILL);
      break;
    case COMMAND_SYSRQ:
      ask (screen, PROMPT_SYSRQ);
      break;
    case COMMAND_CONSOLE:
      errands_send (screen, WISH_CONSOLE, 0);
      break;
    case COMMAND_REDRAW:
      screen->repaint = true;
      break;
    case COMMAND_CANCEL:
      leave_or_cancel (screen);
      break;
    default:
      change_look (screen, command, key);
      break;
    }
}

/** screen_key - do what a key stands for */
void
screen_key (struct screen *screen, int key)
{
  screen->dirty = true;
  if (screen->help)
    screen->help = false;
  else if (screen->prompt != PROMPT_NONE)
    prompt_key (screen, key);
  else
    obey (screen, key_find (key), key);
  /* The next key may come before anything is drawn. */
  cursor_update (screen);
}
