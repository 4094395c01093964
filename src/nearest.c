/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nearest.c - which word was meant?
 *
 * The distance between two words is the number of letters that have to be
 * changed, added, taken away or swapped with their neighbours.
 */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "nearest.h"

/* Longer words are like nothing. */
#define WORD_MAX 40

/* With one error in so many letters, a word is still recognised. */
#define LETTERS_PER_ERROR 3

static unsigned
min (unsigned a, unsigned b)
{
  return a < b ? a : b;
}

static unsigned
word_distance (const char *a, const char *b)
{
  const size_t rows = strlen (a), columns = strlen (b);
  unsigned table[WORD_MAX + 1][WORD_MAX + 1];
  size_t i, j;

  if (rows > WORD_MAX || columns > WORD_MAX)
    return WORD_MAX;
  for (i = 0; i <= rows; i++)
    for (j = 0; j <= columns; j++)
      if (i == 0 || j == 0)
        table[i][j] = i + j;
      else
        {
          table[i][j] = min (min (table[i - 1][j], table[i][j - 1]) + 1,
                             table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            table[i][j] = min (table[i][j], table[i - 2][j - 2] + 1);
        }
  return table[rows][columns];
}

/** nearest_start - begin to look for what is like @word */
void
nearest_start (struct nearest *nearest, const char *word)
{
  nearest->word = word;
  nearest->best = NULL;
  nearest->distance = strlen (word) / LETTERS_PER_ERROR + 2;
}

/** nearest_try - is it this one?  @candidate stays where it is */
void
nearest_try (struct nearest *nearest, const char *candidate)
{
  const unsigned distance = word_distance (nearest->word, candidate);

  if (distance < nearest->distance)
    {
      nearest->best = candidate;
      nearest->distance = distance;
    }
}
