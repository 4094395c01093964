/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format.h - numbers as short texts: "48.2k", "1.2M", "2d03h".
 *
 * NAN is "-".  No text is longer than FORMAT_BYTES - 1; those that fit into
 * @width columns at all do.
 */
#ifndef TOP_FORMAT_H
#define TOP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#define FORMAT_BYTES 32

void format_count (char text[FORMAT_BYTES], int width, double value);
void format_bytes (char text[FORMAT_BYTES], int width, double value);
void format_percent (char text[FORMAT_BYTES], int width, double value);
void format_seconds (char text[FORMAT_BYTES], int width, double value);

#endif /* TOP_FORMAT_H */
