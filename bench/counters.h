/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counters.h - QEMU's plugin interface as tcgcount needs it, and counters on top
 * of it that are the same for old and new ones.
 *
 * Debian packages no header for it, so what is used is declared here.
 * Interface 1 is QEMU 7.2's, where additions can be put right into the code;
 * interface 4 that of QEMU 9.1 and later.  There the same (by "scoreboards")
 * makes 10.0 end with "Bad icount read" when a second processor starts, so we
 * are called instead.  That is no race: with -icount one thread runs all
 * processors.
 */
#ifndef LGUEST_BENCH_COUNTERS_H
#define LGUEST_BENCH_COUNTERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef QEMU_PLUGIN_INTERFACE
# define QEMU_PLUGIN_INTERFACE 1
#endif

/* No instruction is longer. */
#define INSTRUCTION_MAX 15

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

typedef void (*tb_translated) (qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*executed) (unsigned cpu, void *data);
typedef void (*ended) (qemu_plugin_id_t, void *data);

enum { NO_REGISTERS = 0 };
enum { INLINE_ADD = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb (qemu_plugin_id_t, tb_translated);
void qemu_plugin_register_vcpu_insn_exec_cb (struct qemu_plugin_insn *,
                                             executed, int flags, void *data);
void qemu_plugin_register_atexit_cb (qemu_plugin_id_t, ended, void *data);
size_t qemu_plugin_tb_n_insns (const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn (const struct qemu_plugin_tb *,
                                                  size_t index);
size_t qemu_plugin_insn_size (const struct qemu_plugin_insn *);
uint64_t qemu_plugin_insn_vaddr (const struct qemu_plugin_insn *);
void *qemu_plugin_insn_haddr (const struct qemu_plugin_insn *);

#define EXPORT __attribute__ ((visibility ("default")))

EXPORT int qemu_plugin_version = QEMU_PLUGIN_INTERFACE;

/** struct counter - how often something was executed; starts as zero */
struct counter
{
  uint64_t value;
};

static inline uint64_t
counter_value (const struct counter *counter)
{
  return counter->value;
}

#if QEMU_PLUGIN_INTERFACE == 1

void qemu_plugin_register_vcpu_insn_exec_inline (struct qemu_plugin_insn *,
                                                 int operation, void *counter,
                                                 uint64_t value);
const void *qemu_plugin_insn_data (const struct qemu_plugin_insn *);

/** count_each - count in COUNTER whenever INSN is executed */
static inline void
count_each (struct qemu_plugin_insn *insn, struct counter *counter)
{
  qemu_plugin_register_vcpu_insn_exec_inline (insn, INLINE_ADD,
                                              &counter->value, 1);
}

/** count_most - the same, for what every instruction does: one by one, as a
    block that faults half way has executed only half */
static inline void
count_most (struct qemu_plugin_insn *insn, struct counter *counter,
            unsigned *tally)
{
  (void) tally;
  count_each (insn, counter);
}

/** count_block - what count_most () has left to be done for the whole block */
static inline void
count_block (struct qemu_plugin_tb *tb, struct counter *counter, unsigned n)
{
  (void) tb, (void) counter, (void) n;
}

/** instruction_bytes - INSN's code, to CODE; returns how many bytes */
static inline size_t
instruction_bytes (const struct qemu_plugin_insn *insn, uint8_t *code)
{
  size_t size = qemu_plugin_insn_size (insn);

  if (size > INSTRUCTION_MAX)
    size = INSTRUCTION_MAX;
  memcpy (code, qemu_plugin_insn_data (insn), size);
  return size;
}

#else

void qemu_plugin_register_vcpu_tb_exec_cb (struct qemu_plugin_tb *, executed,
                                           int flags, void *data);
size_t qemu_plugin_insn_data (const struct qemu_plugin_insn *, void *to,
                              size_t size);

static inline void
add_one (unsigned cpu, void *counter)
{
  (void) cpu;
  ((struct counter *) counter)->value++;
}

static inline void
count_each (struct qemu_plugin_insn *insn, struct counter *counter)
{
  qemu_plugin_register_vcpu_insn_exec_cb (insn, add_one, NO_REGISTERS, counter);
}

/* To call us for each instruction would take too long.  So blocks are counted, at
   their beginning: a little too much for those that fault. */
static inline void
count_most (struct qemu_plugin_insn *insn, struct counter *counter,
            unsigned *tally)
{
  (void) insn, (void) counter;
  ++*tally;
}

/* What a block adds; stays as long as QEMU does, which may keep the block. */
struct addition
{
  struct counter *counter;
  unsigned n;
};

static inline void
add_many (unsigned cpu, void *data)
{
  const struct addition *addition = data;

  (void) cpu;
  addition->counter->value += addition->n;
}

static inline void
count_block (struct qemu_plugin_tb *tb, struct counter *counter, unsigned n)
{
  struct addition *addition;

  if (!n)
    return;
  addition = malloc (sizeof *addition);
  if (!addition)
    abort ();
  *addition = (struct addition) { counter, n };
  qemu_plugin_register_vcpu_tb_exec_cb (tb, add_many, NO_REGISTERS, addition);
}

static inline size_t
instruction_bytes (const struct qemu_plugin_insn *insn, uint8_t *code)
{
  return qemu_plugin_insn_data (insn, code, INSTRUCTION_MAX);
}

#endif

#endif /* LGUEST_BENCH_COUNTERS_H */
