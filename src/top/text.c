/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.c - texts that others made, in columns of a terminal.
 *
 * Characters may take two columns, or none; bytes may be no characters, or
 * play with the terminal.
 */
#include <config.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>
#include <wctype.h>

#include "top/text.h"

/* Shows that a text was cut. */
#define CUT '~'

/* Those that change the direction of a text, or cannot be seen. */
static bool
is_trick (wchar_t character)
{
  return (character >= 0x200b && character <= 0x200f)
    || (character >= 0x2028 && character <= 0x202e)
    || (character >= 0x2060 && character <= 0x206f)
    || (character >= 0xe0000 && character <= 0xe007f)
    || character == 0xfeff || character == 0xad || character == 0x61c
    || character == 0x180e;
}

/* The next character: how many bytes; its width is -1 if it must not get to
   a terminal.  0 bytes at the end. */
static size_t
next (const char *text, mbstate_t *state, int *width)
{
  wchar_t character;
  size_t bytes;

  if (!*text)
    return 0;
  bytes = mbrtowc (&character, text, strlen (text), state);
  if (bytes == 0 || bytes >= (size_t) -2)
    {
      memset (state, 0, sizeof *state);
      *width = -1;
      return 1;
    }
  *width = iswprint (character) && !is_trick (character)
    ? wcwidth (character) : -1;
  return bytes;
}

/**
 * text_clean - a text without what plays with a terminal
 *
 * What is left out is shown by the numbers of its bytes, \x1b.  What does not
 * fit is cut off.
 */
void
text_clean (char *to, size_t size, const char *from)
{
  mbstate_t state = { 0 };
  size_t bytes, i;
  int width;

  while ((bytes = next (from, &state, &width)))
    {
      char shown[4 * MB_LEN_MAX + 1];
      size_t length = bytes;

      if (width >= 0)
        memcpy (shown, from, bytes);
      else
        for (length = i = 0; i < bytes; i++)
          length += sprintf (shown + length, "\\x%02x",
                             (unsigned char) from[i]);
      if (length >= size)
        break;
      memcpy (to, shown, length);
      to += length;
      size -= length;
      from += bytes;
    }
  *to = '\0';
}

/** text_width - columns that a clean text takes */
int
text_width (const char *text)
{
  mbstate_t state = { 0 };
  int width, all = 0;
  size_t bytes;

  while ((bytes = next (text, &state, &width)))
    {
      all += width > 0 ? width : width < 0;
      text += bytes;
    }
  return all;
}

/**
 * text_fit - a clean text in exactly @width columns
 * @left: it stands at the left
 *
 * Filled up with spaces; or cut, which a "~" at its end shows.
 */
void
text_fit (char *to, size_t size, const char *from, int width, bool left)
{
  const int whole = text_width (from);
  int spaces = whole < width ? width - whole : 0, used = 0, one;
  const int room = whole > width ? width - 1 : width;
  mbstate_t state = { 0 };
  size_t bytes, at = 0;

  for (; !left && spaces > 0 && at + 1 < size; spaces--)
    to[at++] = ' ';
  while ((bytes = next (from, &state, &one)) && at + bytes < size)
    {
      if (one < 0)
        one = 1;
      if (used + one > room)
        break;
      memcpy (to + at, from, bytes);
      at += bytes;
      from += bytes;
      used += one;
    }
  if (whole > width)
    {
      for (; used < room && at + 1 < size; used++)
        to[at++] = ' ';
      if (width > 0 && at + 1 < size)
        to[at++] = CUT;
    }
  for (; spaces > 0 && at + 1 < size; spaces--)
    to[at++] = ' ';
  to[at] = '\0';
}

/** text_has - is @part somewhere in it, in small or large letters? */
bool
text_has (const char *text, const char *part)
{
  const size_t length = strlen (part);

  for (; *text; text++)
    if (strncasecmp (text, part, length) == 0)
      return true;
  return length == 0;
}
