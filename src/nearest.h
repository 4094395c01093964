/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nearest.h - which word was meant?
 */
#ifndef NEAREST_H
#define NEAREST_H

/**
 * struct nearest - a search
 * @word: what the user wrote
 * @best: the most similar word so far; NULL: none is similar
 * @distance: how far it is
 */
struct nearest
{
  const char *word;
  const char *best;
  unsigned distance;
};

void nearest_start (struct nearest *nearest, const char *word);
void nearest_try (struct nearest *nearest, const char *candidate);

#endif /* NEAREST_H */
