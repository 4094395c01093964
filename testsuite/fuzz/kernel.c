/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/kernel.c - a file that somebody says is a guest's kernel: an ELF file,
 * a bzImage, either of them packed.
 */
#include <config.h>

#include "fuzz.h"
#include "loader.h"

#define MEMORY_BYTES ((uint64_t) 24 << 20)

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct guest_memory memory;
  struct failure failure;
  struct kernel kernel;

  if (!memory.base)
    must (guest_memory_create (&memory, MEMORY_BYTES, &failure));
  if (loader_load (file_with (data, size), "fuzz", &memory, &kernel,
                   &failure))
    must (kernel.end <= MEMORY_BYTES);
  must (guest_memory_clear (&memory, &failure));
  return 0;
}
