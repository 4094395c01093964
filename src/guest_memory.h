/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_memory.h - the memory of a Guest, as the Launcher has it mapped.
 */
#ifndef GUEST_MEMORY_H
#define GUEST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

/**
 * struct guest_memory - guest-physical 0 .. size, one mapping
 * @base: our address of guest-physical 0
 * @size: bytes
 * @filled: it lies above a file: guest_memory_fill()
 */
struct guest_memory
{
  uint8_t *base;
  uint64_t size;
  bool filled;
};

bool guest_memory_create (struct guest_memory *memory, uint64_t size,
                          struct failure *failure);
bool guest_memory_fill (struct guest_memory *memory, int fd,
                        struct failure *failure);
bool guest_memory_clear (struct guest_memory *memory,
                         struct failure *failure);
void guest_memory_discard (const struct guest_memory *memory,
                           uint64_t address, uint64_t length);
void guest_memory_keep_small (const struct guest_memory *memory,
                              uint64_t address, uint64_t length);
void guest_memory_allow_large (const struct guest_memory *memory);

/**
 * guest_memory_find - our address of guest-physical memory
 *
 * Returns NULL unless all of @length bytes from @address are memory.
 */
static inline void *
guest_memory_find (const struct guest_memory *memory, uint64_t address,
                   uint64_t length)
{
  if (length > memory->size || address > memory->size - length)
    return 0;
  return memory->base + address;
}

#endif /* GUEST_MEMORY_H */
