/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols.h - the names of a kernel's functions.
 */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/**
 * struct symbol - a function
 * @address: guest-virtual
 * @name: NUL-terminated; as long as the table lives
 */
struct symbol
{
  uint64_t address;
  const char *name;
};

/**
 * struct symbols - the functions of a kernel, by address
 * @symbols: sorted; no two have the same address
 * @count: how many; 0 if nothing is known
 * @end: address behind the last one
 * @names: where the names are
 */
struct symbols
{
  struct symbol *symbols;
  size_t count;
  uint64_t end;
  char *names;
};

bool symbols_load (struct symbols *symbols, int fd, const char *name,
                   struct failure *failure);
void symbols_free (struct symbols *symbols);
const struct symbol *symbols_find (const struct symbols *symbols,
                                   uint64_t address, uint64_t *size);

#endif /* SYMBOLS_H */
