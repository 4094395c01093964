/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * failure.h - why something did not work, on its way up to main.
 *
 * Nothing below main ends the program.  A function that can fail returns
 * false and fills in a struct failure: a text for the user, without newline
 * and without prefix, and the status to exit with.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

#include "status.h"

#define FAILURE_TEXT_SIZE 1024

/**
 * struct failure - what went wrong
 * @status: what lguest should exit with
 * @text: message for the user, translated
 */
struct failure
{
  enum status status;
  char text[FAILURE_TEXT_SIZE];
};

bool fail (struct failure *failure, enum status status,
           const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));
int failure_show (const struct failure *failure);

#endif /* FAILURE_H */
