/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer.h - what a launcher tells about its Guest: keys and values.
 *
 * The keys are in lguest/control.h.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct answer - lines of text
 * @text: allocated
 * @length: of it
 * @failed: there was no memory
 */
struct answer
{
  char *text;
  size_t length;
  bool failed;
};

/* A value of NULL is not told. */
void answer_text (struct answer *answer, const char *value,
                  const char *key, ...)
  __attribute__ ((format (printf, 3, 4)));
void answer_number (struct answer *answer, uint64_t value,
                    const char *key, ...)
  __attribute__ ((format (printf, 3, 4)));
void answer_line (struct answer *answer, const char *first,
                  const char *rest);

#endif /* ANSWER_H */
