/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack.h - kernels come compressed.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

bool unpack_recognize (const uint8_t *data, size_t length);
bool unpack (const uint8_t *data, size_t length, uint8_t **result,
             size_t *result_length, struct failure *failure);

#endif /* UNPACK_H */
