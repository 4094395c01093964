/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backtrace.h - where a Guest's kernel is, and how it came there.
 */
#ifndef BACKTRACE_H
#define BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest_memory.h"
#include "symbols.h"

/* Most frames that anybody wants to see. */
#define BACKTRACE_FRAMES_MAX 64

/* Bytes of a frame's text, with the NUL: names are as long as Linux's. */
#define BACKTRACE_TEXT_SIZE 600

/**
 * struct backtrace_registers - of a vcpu that stands still
 * @rip, @rsp, @rbp: registers
 * @cr3: guest-physical address of its top-level page table
 * @user_mode: the Guest's user runs
 */
struct backtrace_registers
{
  uint64_t rip;
  uint64_t rsp;
  uint64_t rbp;
  uint64_t cr3;
  bool user_mode;
};

/**
 * struct backtrace_frame - a place in the kernel
 * @address: where it is, or will return to
 * @returns: it is a return address: the place is right before it
 * @guess: it was only found on the stack, perhaps left there long ago
 * @user: a place in the Guest's user
 */
struct backtrace_frame
{
  uint64_t address;
  bool returns;
  bool guess;
  bool user;
};

size_t backtrace_walk (const struct guest_memory *memory,
                       const struct backtrace_registers *registers,
                       struct backtrace_frame *frames, size_t max);
void backtrace_text (const struct backtrace_frame *frame,
                     const struct symbols *symbols, char *text,
                     size_t size);

#endif /* BACKTRACE_H */
