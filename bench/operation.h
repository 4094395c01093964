/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * operation.h - what lgbench measures: one structure for each operation.
 */
#ifndef LGUEST_BENCH_OPERATION_H
#define LGUEST_BENCH_OPERATION_H

/**
 * struct operation - something to do many times
 * @name: what the table calls it
 * @count: how many times one repetition does it, always the same
 * @unit: @run does only multiples of so many
 * @prepare: what must exist before; not measured; may be NULL
 * @run: do it @count times; between two markers
 * @finish: undo @prepare; not measured; may be NULL
 *
 * Every repetition prepares, runs and finishes.  Nothing depends on time or
 * on luck, so every system that runs it does the same work.
 */
struct operation
{
  const char *name;
  long count, unit;
  void (*prepare) (void);
  void (*run) (long count);
  void (*finish) (void);
};

/* One table for each file of operations; the last entry has no name. */
extern const struct operation user_operations[];
extern const struct operation call_operations[];
extern const struct operation signal_operations[];
extern const struct operation memory_operations[];
extern const struct operation file_operations[];
extern const struct operation message_operations[];
extern const struct operation process_operations[];
extern const struct operation smp_operations[];
extern const struct operation build_operations[];

/* "lgbench: WHAT: why", and the end. */
void fail (const char *what) __attribute__ ((noreturn));

/* CONDITION has to hold, or fail with its text. */
#define must(condition)  do { if (!(condition)) fail (#condition); } while (0)

/* The compiler must believe that VALUE is used. */
#define keep(value)  __asm__ volatile ("" :: "r" (value) : "memory")

#endif /* LGUEST_BENCH_OPERATION_H */
