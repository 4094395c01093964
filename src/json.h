/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - writing JSON.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct json - a text that is being written
 * @file: where to; the rest is 0 before
 * @depth: lists and objects that are open
 * @more: something stands before in this list or object
 * @named: a name was written last
 */
struct json
{
  FILE *file;
  unsigned depth;
  bool more;
  bool named;
};

void json_begin (struct json *json, char bracket);
void json_end (struct json *json, char bracket);
void json_name (struct json *json, const char *name);
void json_text (struct json *json, const char *text);
void json_number (struct json *json, const char *digits);
void json_decimal (struct json *json, const char *number);
void json_boolean (struct json *json, bool value);

#endif /* JSON_H */
