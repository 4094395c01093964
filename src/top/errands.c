/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * errands.c - what the user wants to have done to Guests, and how it went.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "i18n.h"
#include "top/screen.h"
#include "top/text.h"

/** errands_count - Guests that a wish is about: those tagged, or the cursor's */
size_t
errands_count (const struct screen *screen)
{
  size_t i, count = 0;

  for (i = 0; i < screen->model->count; i++)
    count += screen->model->guests[i]->tagged;
  return count ? count : cursor_guest (screen) != NULL;
}

static void
send_one (struct screen *screen, struct guest *guest,
          const struct errand *errand)
{
  if (!watcher_wish (guest->watcher, errand))
    screen_say (screen, _("%s: too much is waiting for its launcher"),
                guest->name);
}

/** errands_send - to the Guests that are meant; a console is of one only */
void
errands_send (struct screen *screen, enum wish wish, char key)
{
  const struct errand errand = { .wish = wish, .key = key, .fd = -1 };
  struct guest *guest = cursor_guest (screen);
  bool tagged = false;
  size_t i;

  for (i = 0; wish != WISH_CONSOLE && i < screen->model->count; i++)
    if (screen->model->guests[i]->tagged)
      {
        tagged = true;
        send_one (screen, screen->model->guests[i], &errand);
      }
  if (tagged || !guest)
    return;
  send_one (screen, guest, &errand);
  if (wish == WISH_CONSOLE)
    {
      strcpy (screen->attaching, guest->name);
      screen_say (screen, _("%s: attaching to its console; Esc: do not"),
                  guest->name);
    }
}

static void
heed (struct screen *screen, const struct guest *guest,
      struct errand *errand)
{
  const bool awaited = errand->wish == WISH_CONSOLE
    && strcmp (screen->attaching, guest->name) == 0;
  char text[SCREEN_MESSAGE_BYTES];

  if (awaited)
    screen->attaching[0] = '\0';
  if (errand->result != LGUEST_OK && errand->wish != WISH_RESIZE)
    {
      text_clean (text, sizeof text, errand->error ? errand->error : "");
      screen_say (screen, "%s", text);
    }
  if (errand->result == LGUEST_OK && awaited && screen->console < 0)
    {
      screen->console = errand->fd;
      strcpy (screen->console_name, guest->name);
      screen->message[0] = '\0';
    }
  else if (errand->fd >= 0)
    close (errand->fd);
  /* What it changed is to be seen. */
  if (errand->wish != WISH_CONSOLE && errand->wish != WISH_RESIZE)
    watcher_ask (guest->watcher);
  free (errand->error);
}

/** errands_collect - see what was done */
void
errands_collect (struct screen *screen)
{
  struct errand errand;
  size_t i;

  for (i = 0; i < screen->model->count; i++)
    while (watcher_take_errand (screen->model->guests[i]->watcher, &errand))
      {
        heed (screen, screen->model->guests[i], &errand);
        screen->dirty = true;
      }
}
