/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - texts that others made, in columns of a terminal.
 */
#ifndef TOP_TEXT_H
#define TOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Room for any text on a line. */
#define TEXT_BYTES 4096

void text_clean (char *to, size_t size, const char *from);
int text_width (const char *text);
void text_fit (char *to, size_t size, const char *from, int width, bool left);
bool text_has (const char *text, const char *part);

#endif /* TOP_TEXT_H */
