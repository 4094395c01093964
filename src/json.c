/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.c - writing JSON.
 */
#include <config.h>

#include <string.h>

#include "json.h"

#define INDENT 2

static void
begin_value (struct json *json)
{
  if (json->named)
    {
      json->named = false;
      return;
    }
  if (json->more)
    putc (',', json->file);
  if (json->depth)
    fprintf (json->file, "\n%*s", (int) (json->depth * INDENT), "");
  json->more = true;
}

/** json_begin - a list, '[', or an object, '{' */
void
json_begin (struct json *json, char bracket)
{
  begin_value (json);
  putc (bracket, json->file);
  json->depth++;
  json->more = false;
}

/** json_end - of a list, ']', or an object, '}' */
void
json_end (struct json *json, char bracket)
{
  json->depth--;
  if (json->more)
    fprintf (json->file, "\n%*s", (int) (json->depth * INDENT), "");
  putc (bracket, json->file);
  json->more = true;
  if (json->depth == 0)
    putc ('\n', json->file);
}

/* Bytes of the UTF-8 character at the start of @text; 0: it is none. */
static unsigned
character_bytes (const unsigned char *text)
{
  unsigned bytes, i;

  if (text[0] < 0x80)
    return 1;
  if (text[0] >= 0xc2 && text[0] < 0xe0)
    bytes = 2;
  else if (text[0] >= 0xe0 && text[0] < 0xf0)
    bytes = 3;
  else if (text[0] >= 0xf0 && text[0] < 0xf5)
    bytes = 4;
  else
    return 0;
  for (i = 1; i < bytes; i++)
    if ((text[i] & 0xc0) != 0x80)
      return 0;
  /* Longer than need be, halves of UTF-16, beyond the last. */
  if ((text[0] == 0xe0 && text[1] < 0xa0)
      || (text[0] == 0xed && text[1] >= 0xa0)
      || (text[0] == 0xf0 && text[1] < 0x90)
      || (text[0] == 0xf4 && text[1] >= 0x90))
    return 0;
  return bytes;
}

static void
put_text (struct json *json, const char *string)
{
  const unsigned char *text = (const unsigned char *) string;

  putc ('"', json->file);
  while (*text)
    {
      const unsigned bytes = character_bytes (text);

      if (*text == '"' || *text == '\\')
        fprintf (json->file, "\\%c", *text++);
      else if (bytes == 0 || *text < ' ' || *text == 127)
        /* What is no text is shown by the numbers of its bytes. */
        fprintf (json->file, "\\u%04x", *text++);
      else
        {
          fwrite (text, 1, bytes, json->file);
          text += bytes;
        }
    }
  putc ('"', json->file);
}

/** json_name - of the value that follows, in an object */
void
json_name (struct json *json, const char *name)
{
  begin_value (json);
  put_text (json, name);
  fputs (": ", json->file);
  json->named = true;
}

void
json_text (struct json *json, const char *text)
{
  begin_value (json);
  put_text (json, text);
}

/** json_number - if it is one: digits; else a text */
void
json_number (struct json *json, const char *digits)
{
  const size_t length = strlen (digits);

  begin_value (json);
  if (length > 0 && strspn (digits, "0123456789") == length
      && (length == 1 || digits[0] != '0'))
    fputs (digits, json->file);
  else
    put_text (json, digits);
}

/** json_decimal - a number that is one: "12.50" */
void
json_decimal (struct json *json, const char *number)
{
  begin_value (json);
  fputs (number, json->file);
}

void
json_boolean (struct json *json, bool value)
{
  begin_value (json);
  fputs (value ? "true" : "false", json->file);
}
