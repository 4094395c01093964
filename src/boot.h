/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot.h - what a kernel finds in its memory when it starts.
 */
#ifndef BOOT_H
#define BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "guest_memory.h"
#include "loader.h"

/* Guest-physical addresses of struct boot_params and of the command line. */
#define BOOT_PARAMS_ADDRESS ((uint64_t) 0x10000)
#define BOOT_COMMAND_ADDRESS ((uint64_t) 0x20000)

/* As much as x86 Linux takes (COMMAND_LINE_SIZE), with the final NUL. */
#define BOOT_COMMAND_MAX_BYTES 2048

bool boot_write (struct guest_memory *memory, const struct kernel *kernel,
                 const char *command_line, int initrd, const char *initrd_name,
                 struct failure *failure);

#endif /* BOOT_H */
