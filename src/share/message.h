/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/message.h - 9P messages: numbers and texts in them.
 *
 * Little-endian numbers of 1, 2, 4 and 8 bytes; a text is its length in 2
 * bytes, then its bytes.  Who reads behind the end gets zeros and empty texts,
 * and message_is_whole() says so in the end; what is written behind the end is
 * lost, and message_fits() says so.
 */
#ifndef SHARE_MESSAGE_H
#define SHARE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before all else: the message's length, its type, a tag. */
#define MESSAGE_HEADER_BYTES 7

/* The longest name of a file, and the NUL behind it. */
#define MESSAGE_NAME_SIZE 256

/**
 * struct message - to be read or written, front to back
 * @bytes, @size: where it is
 * @at: how far we are
 * @bad: it ended too early
 */
struct message
{
  uint8_t *bytes;
  size_t size;
  size_t at;
  bool bad;
};

uint64_t message_get (struct message *message, unsigned bytes);
bool message_get_name (struct message *message, char *name);
bool message_get_path (struct message *message, char *path, size_t size);
const uint8_t *message_get_bytes (struct message *message, size_t count);
void message_skip_text (struct message *message);
bool message_is_whole (const struct message *message);

void message_put (struct message *message, unsigned bytes, uint64_t value);
void message_put_text (struct message *message, const char *text,
                       size_t length);
uint8_t *message_room (struct message *message, size_t *count);
bool message_fits (const struct message *message);

#endif /* SHARE_MESSAGE_H */
