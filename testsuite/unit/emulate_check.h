/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emulate_check.h - for the tests of emulate.c, of 64-bit and of 32-bit mode.
 *
 * The instructions are those that the assembler makes: each test has its
 * text, and the bytes as objdump shows them.
 */
#ifndef EMULATE_CHECK_H
#define EMULATE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lguest/types.h>

/* What a device answers. */
#define ANSWER UINT64_C (0x8182838485868788)

/**
 * struct move - what is expected of a memory access
 * @bytes, @text: the instruction
 * @write, @size: the access
 * @value: written, or the register afterwards
 * @reg: that register, by enum lguest_register
 */
struct move
{
  const char *bytes;
  const char *text;
  bool write;
  unsigned size;
  uint64_t value;
  unsigned reg;
};

/**
 * struct port - the same of in and out
 * @port: which
 * @value: written, or RAX afterwards
 */
struct port
{
  const char *bytes;
  const char *text;
  bool write;
  unsigned size;
  uint16_t port;
  uint64_t value;
};

/** struct foreign - an instruction that is none of these */
struct foreign
{
  const char *bytes, *text;
};

/* Each of COUNT is a fact.  REGISTERS are the guest's. */
void check_moves (const struct move *moves, size_t count,
                  const __u64 *registers);
void check_ports (const struct port *ports, size_t count,
                  const __u64 *registers);
void check_foreign (const struct foreign *foreign, size_t count,
                    const __u64 *registers);
/* Whatever the bytes are, the decoder stays inside of them. */
void check_random (const __u64 *registers);

#endif /* EMULATE_CHECK_H */
