/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader.h - from a kernel's file into guest memory.
 */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "guest_memory.h"

/* Guest-physical memory below this is for boot parameters and for what a PC
   has there; no kernel is loaded to it. */
#define LOADER_LOWEST ((uint64_t) 1 << 20)

/**
 * struct kernel - what the loader found out
 * @entry: guest-virtual address to start at
 * @cr3: guest-physical address of the page table to start with, on x86_64
 * @page_levels: of its page tables, on i386
 * @end: guest-physical address behind the kernel
 */
struct kernel
{
  uint64_t entry;
  uint64_t cr3;
  unsigned page_levels;
  uint64_t end;
};

bool loader_load (int fd, const char *name, struct guest_memory *memory,
                  struct kernel *kernel, struct failure *failure);

#endif /* LOADER_H */
