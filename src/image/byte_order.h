/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/byte_order.h - numbers as they are in files.
 */
#ifndef IMAGE_BYTE_ORDER_H
#define IMAGE_BYTE_ORDER_H

#include <stdint.h>

static inline uint64_t
little_endian_get (const uint8_t *from, unsigned bytes)
{
  uint64_t value = 0;
  unsigned i;

  for (i = 0; i < bytes; i++)
    value |= (uint64_t) from[i] << (8 * i);
  return value;
}

static inline void
little_endian_put (uint8_t *to, unsigned bytes, uint64_t value)
{
  unsigned i;

  for (i = 0; i < bytes; i++)
    to[i] = value >> (8 * i);
}

static inline uint64_t
big_endian_get (const uint8_t *from, unsigned bytes)
{
  uint64_t value = 0;
  unsigned i;

  for (i = 0; i < bytes; i++)
    value = value << 8 | from[i];
  return value;
}

#endif /* IMAGE_BYTE_ORDER_H */
