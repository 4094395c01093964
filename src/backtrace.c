/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backtrace.c - where a Guest's kernel is, and how it came there.
 *
 * Return addresses are on the kernel's stack.  A kernel with frame pointers
 * links them: each frame begins with the caller's RBP.  Others keep RBP for
 * better things, and their tables for unwinding are not for us to
 * find; so we do as Linux does when it has nothing better: every word of the
 * stack that could be a return address is shown, with a question mark
 * unless the links lead to it.
 *
 * The Guest stands still, but it may be broken, or mean: its page tables
 * and its stack are read with every address checked, and all loops end.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backtrace.h"

#define PAGE_BYTES ((uint64_t) 4096)
#define STACK_BYTES ((uint64_t) 16384)  /* Linux's THREAD_SIZE, and alignment */
#define STACKS_MAX 4                    /* a task's, an interrupt's, ... */
#define KERNEL_HALF ((uint64_t) 1 << 63)

#define ENTRY_PRESENT ((uint64_t) 1)
#define ENTRY_LARGE ((uint64_t) 1 << 7)
#define ENTRY_NX ((uint64_t) 1 << 63)
#define ENTRY_ADDRESS 0x000ffffffffff000u

/* What all the functions here look at. */
struct walk
{
  const struct guest_memory *memory;
  uint64_t cr3;
};

static bool
is_canonical (uint64_t address)
{
  return (uint64_t) ((int64_t) (address << 16) >> 16) == address;
}

/* Our address of the page that guest-virtual @address is in; or NULL. */
static const uint8_t *
find_page (const struct walk *walk, uint64_t address, bool *executable)
{
  uint64_t table = walk->cr3 & ENTRY_ADDRESS, entry;
  int level;

  *executable = true;
  if (!is_canonical (address))
    return NULL;
  for (level = 4;; level--)
    {
      const int shift = 12 + 9 * (level - 1);
      const uint8_t *page = guest_memory_find (walk->memory, table,
                                               PAGE_BYTES);

      if (page == NULL)
        return NULL;
      memcpy (&entry, page + (address >> shift) % 512 * 8, sizeof entry);
      if (!(entry & ENTRY_PRESENT))
        return NULL;
      if (entry & ENTRY_NX)
        *executable = false;
      table = entry & ENTRY_ADDRESS;
      if (level == 1)
        return guest_memory_find (walk->memory, table, PAGE_BYTES);
      if (entry & ENTRY_LARGE)
        {
          const uint64_t mask = ((uint64_t) 1 << shift) - 1;

          if (level == 4)
            return NULL;
          return guest_memory_find (walk->memory,
                                    (table & ~mask)
                                    + (address & mask & ~(PAGE_BYTES - 1)),
                                    PAGE_BYTES);
        }
    }
}

/* Read guest-virtual memory; false if not all of it is there. */
static bool
read_memory (const struct walk *walk, uint64_t address, void *to,
             size_t length)
{
  uint8_t *bytes = to;

  while (length > 0)
    {
      const uint64_t offset = address % PAGE_BYTES;
      const size_t part = length < PAGE_BYTES - offset
                          ? length : PAGE_BYTES - offset;
      bool executable;
      const uint8_t *page = find_page (walk, address, &executable);

      if (page == NULL)
        return false;
      memcpy (bytes, page + offset, part);
      bytes += part;
      address += part;
      length -= part;
    }
  return true;
}

static bool
is_mapped (const struct walk *walk, uint64_t address)
{
  bool executable;

  return find_page (walk, address, &executable) != NULL;
}

/* Is it the kernel's code? */
static bool
is_text (const struct walk *walk, uint64_t address)
{
  bool executable;

  return address >= KERNEL_HALF
    && find_page (walk, address, &executable) != NULL && executable;
}

/* Is there a CALL right before? */
static bool
follows_call (const struct walk *walk, uint64_t address)
{
  uint8_t code[7];
  size_t length;

  if (!read_memory (walk, address - sizeof code, code, sizeof code))
    return false;
  if (code[2] == 0xe8)          /* CALL rel32 */
    return true;
  for (length = 2; length <= sizeof code; length++)
    {
      const uint8_t *at = code + sizeof code - length;

      /* CALL through a register or memory: FF /2 */
      if (at[0] == 0xff && (at[1] & 0x38) == 0x10)
        return true;
    }
  return false;
}

/*
 * Where the stack that @rsp is in ends.  A task's is aligned to its size; an
 * interrupt's is somewhere between two pages that are not there.
 */
static uint64_t
find_stack_end (const struct walk *walk, uint64_t rsp)
{
  const uint64_t start = rsp & ~(STACK_BYTES - 1);
  uint64_t page, end;
  bool whole = true;

  for (page = start; page - start < STACK_BYTES; page += PAGE_BYTES)
    whole &= is_mapped (walk, page);
  if (whole)
    return start + STACK_BYTES;
  page = rsp & ~(PAGE_BYTES - 1);
  for (end = page; end - page < STACK_BYTES; end += PAGE_BYTES)
    if (!is_mapped (walk, end))
      break;
  return end;
}

/* A link in the chain of frame pointers: is it one?  They go up the stack.  In
   a kernel without frame pointers RBP can be anything, also an address of the
   stack. */
static bool
follow_frame (const struct walk *walk, uint64_t rsp, uint64_t end,
              uint64_t *rbp, uint64_t *return_at)
{
  uint64_t frame[2];

  if (*rbp % 8 || *rbp < rsp || *rbp >= end || end - *rbp < sizeof frame
      || !read_memory (walk, *rbp, frame, sizeof frame)
      || !is_text (walk, frame[1]) || !follows_call (walk, frame[1]))
    return false;
  *return_at = *rbp + 8;
  *rbp = frame[0] > *rbp ? frame[0] : 0;
  return true;
}

/*
 * Note what is on one stack, from @rsp up.  Gives the stack pointer of the
 * stack that was left for this one, or 0.
 */
static uint64_t
walk_stack (const struct walk *walk, uint64_t rsp, uint64_t *rbp,
            struct backtrace_frame *frames, size_t max, size_t *count)
{
  const uint64_t end = find_stack_end (walk, rsp);
  uint64_t word = 0, return_at = 0, at;

  follow_frame (walk, rsp, end, rbp, &return_at);
  for (at = rsp & ~(uint64_t) 7; at != end && *count < max; at += 8)
    {
      if (!read_memory (walk, at, &word, sizeof word))
        return 0;
      if (at == return_at)
        {
          frames[(*count)++]
            = (struct backtrace_frame) { .address = word, .returns = true };
          if (!follow_frame (walk, at, end, rbp, &return_at))
            return_at = 0;
        }
      else if (is_text (walk, word) && follows_call (walk, word))
        frames[(*count)++]
          = (struct backtrace_frame) { .address = word, .returns = true,
                                         .guess = true };
    }
  /* Linux leaves the old stack pointer in the first word of an interrupt's
     stack. */
  return word >= KERNEL_HALF && word % 8 == 0
         && (word < rsp - STACK_BYTES || word >= end) ? word : 0;
}

/**
 * backtrace_walk - where a vcpu is, and its callers
 * @memory: of the Guest, in which no vcpu runs
 * @registers: of the vcpu
 * @frames: filled in, the innermost first
 * @max: at most so many
 *
 * Returns how many there are: at least one, if @max is not 0.
 */
size_t
backtrace_walk (const struct guest_memory *memory,
                const struct backtrace_registers *registers,
                struct backtrace_frame *frames, size_t max)
{
  const struct walk walk = { memory, registers->cr3 };
  uint64_t rsp = registers->rsp, rbp = registers->rbp;
  size_t count = 0;
  int stacks;

  if (max == 0)
    return 0;
  frames[count++] = (struct backtrace_frame)
    { .address = registers->rip, .user = registers->user_mode };
  /* Of a program we know nothing; and the kernel's stack is empty then. */
  if (registers->user_mode)
    return count;
  for (stacks = 0; stacks < STACKS_MAX && rsp >= KERNEL_HALF
       && is_mapped (&walk, rsp); stacks++)
    rsp = walk_stack (&walk, rsp, &rbp, frames, max, &count);
  return count;
}

/**
 * backtrace_text - a frame as Linux would show it
 * @frame: what
 * @symbols: of the Guest's kernel; may be empty
 * @text: gets it: "name+0x12/0x34", "? name+0x12/0x34" or an address
 * @size: of @text
 */
void
backtrace_text (const struct backtrace_frame *frame,
                const struct symbols *symbols, char *text, size_t size)
{
  const struct symbol *symbol = NULL;
  /* A CALL can be a function's last instruction. */
  const uint64_t place = frame->address - frame->returns;
  uint64_t bytes = 0;

  if (!frame->user)
    symbol = symbols_find (symbols, place, &bytes);
  if (symbol != NULL)
    snprintf (text, size, "%s%s+0x%" PRIx64 "/0x%" PRIx64,
              frame->guess ? "? " : "", symbol->name,
              frame->address - symbol->address, bytes);
  else
    snprintf (text, size, "%s0x%" PRIx64 "%s", frame->guess ? "? " : "",
              frame->address, frame->user ? " (user)" : "");
}
