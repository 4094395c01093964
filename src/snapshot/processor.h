/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/processor.h - what the processor can that a Guest has counted on.
 */
#ifndef SNAPSHOT_PROCESSOR_H
#define SNAPSHOT_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

#define PROCESSOR_WORDS_MAX 16

/**
 * struct processor - a processor, as CPUID shows it to programs
 * @vendor: "GenuineIntel", ...
 * @reserved: 0
 * @states: XCR0: kinds of registers that the kernel has turned on
 * @words: features, a bit each: see processor.c
 */
struct processor
{
  char vendor[12];
  uint32_t reserved;
  uint64_t states;
  uint32_t words[PROCESSOR_WORDS_MAX];
};

void processor_look (struct processor *processor);
bool processor_check (const struct processor *needed,
                      const struct processor *here, struct failure *failure);

#endif /* SNAPSHOT_PROCESSOR_H */
