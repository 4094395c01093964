/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor.c - which row the user is on, whatever becomes of the table.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "top/screen.h"

/* The Guest of the view of exits: the one that was chosen, or the first. */
static void
choose_guest (struct screen *screen)
{
  struct look *look = &screen->settings.look;
  const struct guest *guest = model_find (screen->model, screen->exits_of);
  size_t i;

  for (i = 0; (!guest || !guest->shown) && i < screen->model->count; i++)
    guest = screen->model->guests[i];
  if (guest && !guest->shown)
    guest = NULL;
  look->only = look->view == VIEW_EXITS ? guest : NULL;
  if (guest)
    strcpy (screen->exits_of, guest->name);
}

static void
keep (struct screen *screen)
{
  const struct row *row = &screen->table.rows[screen->selected];

  strcpy (screen->selected_name, row->guest->name);
  screen->selected_index = row->index;
}

/** cursor_update - make the table anew, with the cursor on the same thing */
void
cursor_update (struct screen *screen)
{
  struct table *table = &screen->table;
  size_t i;

  choose_guest (screen);
  table_make (table, screen->model, &screen->settings.look);
  if (table->count == 0)
    {
      screen->selected = screen->offset = 0;
      return;
    }
  for (i = 0; i < table->count; i++)
    if (table->rows[i].index == screen->selected_index
        && strcmp (table->rows[i].guest->name, screen->selected_name) == 0)
      screen->selected = i;
  cursor_move (screen, 0);
}

/** cursor_move - up or down, and scroll if need be */
void
cursor_move (struct screen *screen, long rows)
{
  const size_t count = screen->table.count;
  const size_t page = screen->page ? screen->page : 1;

  if (count == 0)
    return;
  if (rows < 0)
    screen->selected -= (size_t) -rows < screen->selected ? (size_t) -rows
      : screen->selected;
  else
    screen->selected += rows;
  if (screen->selected >= count)
    screen->selected = count - 1;
  if (screen->selected < screen->offset)
    screen->offset = screen->selected;
  if (screen->selected >= screen->offset + page)
    screen->offset = screen->selected + 1 - page;
  /* No empty lines while there is more. */
  if (screen->offset + page > count)
    screen->offset = count > page ? count - page : 0;
  keep (screen);
}

/** cursor_find - the next row with what is searched for; or this one */
void
cursor_find (struct screen *screen, bool next)
{
  const size_t count = screen->table.count;
  size_t i;

  for (i = next ? 1 : 0; i < count + (next ? 1 : 0); i++)
    {
      const size_t place = (screen->selected + i) % count;

      if (row_has (&screen->table.rows[place], &screen->settings.look,
                   screen->search))
        {
          cursor_move (screen, (long) place - (long) screen->selected);
          return;
        }
    }
  screen_say (screen, _("not found: %s"), screen->search);
}

/** cursor_guest - the Guest that the cursor is on, or NULL */
struct guest *
cursor_guest (const struct screen *screen)
{
  if (screen->settings.look.view == VIEW_EXITS)
    return model_find (screen->model, screen->exits_of);
  return screen->table.count > 0
    ? screen->table.rows[screen->selected].guest : NULL;
}

/** cursor_other_guest - the next one or the one before, in the view of exits */
void
cursor_other_guest (struct screen *screen, int step)
{
  const struct model *model = screen->model;
  size_t i, place = 0;

  for (i = 0; i < model->count; i++)
    if (strcmp (model->guests[i]->name, screen->exits_of) == 0)
      place = i;
  for (i = 0; i < model->count; i++)
    {
      place = (place + model->count + step) % model->count;
      if (model->guests[place]->shown)
        {
          strcpy (screen->exits_of, model->guests[place]->name);
          break;
        }
    }
}
