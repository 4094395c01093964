/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utf8.c - characters of several bytes.
 */
#include <config.h>

#include "utf8.h"

/**
 * utf8_length - how many bytes the character at @text has
 *
 * Returns 0 if it is not UTF-8, or the end of the text.
 */
size_t
utf8_length (const char *text)
{
  const unsigned char *byte = (const unsigned char *) text;
  const size_t length = byte[0] == 0 ? 0 : byte[0] < 0x80 ? 1 : byte[0] < 0xc2 ? 0
    : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : byte[0] < 0xf5 ? 4 : 0;
  size_t i;

  for (i = 1; i < length; i++)
    if ((byte[i] & 0xc0) != 0x80)
      return 0;
  /* Not those that are too long, surrogates, and beyond the last. */
  if ((byte[0] == 0xe0 && byte[1] < 0xa0)
      || (byte[0] == 0xed && byte[1] > 0x9f)
      || (byte[0] == 0xf0 && byte[1] < 0x90)
      || (byte[0] == 0xf4 && byte[1] > 0x8f))
    return 0;
  return length;
}
