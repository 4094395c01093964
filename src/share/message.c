/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/message.c - 9P messages: numbers and texts in them.
 */
#include <config.h>

#include <string.h>

#include "share/message.h"

/** message_get - the next number, of 1, 2, 4 or 8 bytes */
uint64_t
message_get (struct message *message, unsigned bytes)
{
  const uint8_t *from = message_get_bytes (message, bytes);
  uint64_t value = 0;
  unsigned i;

  for (i = 0; from && i < bytes; i++)
    value |= (uint64_t) from[i] << (8 * i);
  return value;
}

/** message_get_bytes - the next @count bytes; NULL if there are fewer */
const uint8_t *
message_get_bytes (struct message *message, size_t count)
{
  const uint8_t *found = message->bytes + message->at;

  if (message->bad || count > message->size - message->at)
    {
      message->bad = true;
      return NULL;
    }
  message->at += count;
  return found;
}

/**
 * message_get_path - the next text, of any contents but NUL
 * @path: filled in, @size bytes
 *
 * Returns false if it is too long, or empty, or has a NUL in it.
 */
bool
message_get_path (struct message *message, char *path, size_t size)
{
  const size_t length = message_get (message, 2);
  const uint8_t *text = message_get_bytes (message, length);

  path[0] = '\0';
  if (!text || length == 0 || length >= size || memchr (text, '\0', length))
    return false;
  memcpy (path, text, length);
  path[length] = '\0';
  return true;
}

/**
 * message_get_name - the next text, which has to be a name of a file
 * @name: filled in, MESSAGE_NAME_SIZE bytes
 *
 * Returns false if no file of a folder can have that name: no "/", "." or
 * "..".
 */
bool
message_get_name (struct message *message, char *name)
{
  return message_get_path (message, name, MESSAGE_NAME_SIZE)
    && !strchr (name, '/') && strcmp (name, ".") != 0
    && strcmp (name, "..") != 0;
}

/** message_skip_text - we do not want to know */
void
message_skip_text (struct message *message)
{
  message_get_bytes (message, message_get (message, 2));
}

/** message_is_whole - was all there that was read, and no more? */
bool
message_is_whole (const struct message *message)
{
  return !message->bad && message->at == message->size;
}

/** message_put - one more number, of 1, 2, 4 or 8 bytes */
void
message_put (struct message *message, unsigned bytes, uint64_t value)
{
  unsigned i;

  if (message->bad || bytes > message->size - message->at)
    {
      message->bad = true;
      return;
    }
  for (i = 0; i < bytes; i++)
    message->bytes[message->at++] = value >> (8 * i);
}

/** message_put_text - one more text */
void
message_put_text (struct message *message, const char *text, size_t length)
{
  if (message->bad || length > UINT16_MAX
      || length + 2 > message->size - message->at)
    {
      message->bad = true;
      return;
    }
  message_put (message, 2, length);
  memcpy (message->bytes + message->at, text, length);
  message->at += length;
}

/**
 * message_room - where more bytes can be written
 * @count: set to how many at most; if it was less, it stays
 */
uint8_t *
message_room (struct message *message, size_t *count)
{
  const size_t rest = message->bad ? 0 : message->size - message->at;

  if (*count > rest)
    *count = rest;
  return message->bytes + message->at;
}

/** message_fits - was there room for all that was written? */
bool
message_fits (const struct message *message)
{
  return !message->bad;
}
