/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prompt.c - questions on the last line but one, which keep nothing waiting.
 */
#include <config.h>

#include <ctype.h>
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "top/key_table.h"
#include "top/screen.h"
#include "top/text.h"

#define KEY_RUBOUT 127

void
prompt_begin (struct screen *screen, enum prompt prompt)
{
  screen->prompt = prompt;
  screen->input[0] = '\0';
  screen->message[0] = '\0';
  if (prompt == PROMPT_FILTER)
    snprintf (screen->input, sizeof screen->input, "%s",
              screen->settings.look.filter);
}

/* "web1", or "3 guests". */
static void
who (const struct screen *screen, char *text, size_t size)
{
  const size_t count = errands_count (screen);
  const struct guest *guest = cursor_guest (screen);
  const struct guest *tagged = NULL;
  size_t i;

  for (i = 0; i < screen->model->count; i++)
    if (screen->model->guests[i]->tagged)
      tagged = screen->model->guests[i];
  if (count == 1 && (tagged || guest))
    snprintf (text, size, "%s", (tagged ? tagged : guest)->name);
  else
    snprintf (text, size, ngettext ("%zu guest", "%zu guests", count), count);
}

/** prompt_text - the question, with what was typed so far */
void
prompt_text (const struct screen *screen, char *text, size_t size)
{
  char name[LGUEST_NAME_MAX + 32], input[TEXT_BYTES];

  who (screen, name, sizeof name);
  text_clean (input, sizeof input, screen->input);
  switch (screen->prompt)
    {
    case PROMPT_SEARCH:
      snprintf (text, size, _("Find: %s"), input);
      break;
    case PROMPT_FILTER:
      snprintf (text, size, _("Show only what has: %s"), input);
      break;
    case PROMPT_DELAY:
      snprintf (text, size, _("Seconds from one look to the next: %s"),
                input);
      break;
    case PROMPT_SYSRQ:
      snprintf (text, size, _("SysRq key for %s (Esc: none):"), name);
      break;
    case PROMPT_STOP:
      snprintf (text, size, _("Ask %s to power off? (y/n)"), name);
      break;
    case PROMPT_KILL:
      snprintf (text, size, _("End %s at once, by force? (y/n)"), name);
      break;
    case PROMPT_NONE:
      text[0] = '\0';
      break;
    }
}

static bool
is_yes (int key)
{
  /* Translators: the letter for yes, as in the questions. */
  const char *yes = _("y");

  return key == 'y' || key == 'Y' || key == yes[0];
}

static void
finish_line (struct screen *screen)
{
  const enum prompt prompt = screen->prompt;
  double delay;

  screen->prompt = PROMPT_NONE;
  switch (prompt)
    {
    case PROMPT_SEARCH:
      if (!screen->input[0])
        break;
      strcpy (screen->search, screen->input);
      cursor_find (screen, false);
      break;
    case PROMPT_FILTER:
      strcpy (screen->settings.look.filter, screen->input);
      break;
    default:
      if (!screen->input[0])
        break;
      if (settings_parse_delay (screen->input, &delay))
        {
          screen->settings.delay = delay;
          screen->next_ask = 0;
        }
      else
        screen_say (screen, _("that is no number of seconds from %g to %d"),
                    SETTINGS_DELAY_MIN, SETTINGS_DELAY_MAX);
      break;
    }
}

/* Take the last character away, whole. */
static void
rub_out (char *input)
{
  size_t length = strlen (input);

  while (length > 0 && ((unsigned char) input[length - 1] & 0xc0) == 0x80)
    length--;
  if (length > 0)
    length--;
  input[length] = '\0';
}

/** prompt_key - a key, while the user is being asked */
void
prompt_key (struct screen *screen, int key)
{
  const size_t length = strlen (screen->input);
  const enum prompt prompt = screen->prompt;

  if (key == KEY_ESCAPE || key == CONTROL ('G'))
    screen->prompt = PROMPT_NONE;
  else if (prompt == PROMPT_STOP || prompt == PROMPT_KILL)
    {
      screen->prompt = PROMPT_NONE;
      if (is_yes (key))
        errands_send (screen, prompt == PROMPT_STOP ? WISH_STOP : WISH_KILL,
                      0);
    }
  else if (prompt == PROMPT_SYSRQ)
    {
      screen->prompt = PROMPT_NONE;
      if (key < 128 && isalnum (key))
        errands_send (screen, WISH_SYSRQ, key);
    }
  else if (key == '\r' || key == '\n' || key == KEY_ENTER)
    finish_line (screen);
  else if (key == KEY_BACKSPACE || key == KEY_RUBOUT || key == '\b')
    rub_out (screen->input);
  else if (key == CONTROL ('U'))
    screen->input[0] = '\0';
  else if (key >= ' ' && key < 256 && length + 1 < sizeof screen->input)
    {
      screen->input[length] = key;
      screen->input[length + 1] = '\0';
    }
}
