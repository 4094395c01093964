/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utf8.h - characters of several bytes.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

size_t utf8_length (const char *text);

#endif /* UTF8_H */
