/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_symbols.h - where the names of a Guest kernel's functions are.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "symbols.h"

bool kernel_symbols_load (struct symbols *symbols, const char *file,
                          struct failure *failure);
bool kernel_symbols_find (struct symbols *symbols, const char *kernel,
                          char *found, size_t size);

#endif /* KERNEL_SYMBOLS_H */
