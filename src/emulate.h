/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emulate.h - instructions that touch devices.
 */
#ifndef EMULATE_H
#define EMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include <lguest/types.h>

/**
 * struct access - one access to a device, as an instruction wants it
 * @write: the device gets @value; else the register gets what it answers
 * @bytes: width of the access: 1, 2, 4 or 8
 * @value: what is written
 * @port: the port, for in and out
 * @length: length of the instruction
 * @reg: register read into, by enum lguest_register
 * @reg_bytes: how much of the register is set
 * @high_byte: the register is AH, CH, DH or BH
 * @sign_extend: from @bytes to @reg_bytes; else with zeros
 */
struct access
{
  bool write;
  unsigned bytes;
  uint64_t value;
  uint16_t port;
  unsigned length;
  unsigned reg;
  unsigned reg_bytes;
  bool high_byte;
  bool sign_extend;
};

bool emulate_decode_port (const uint8_t *code, unsigned available,
                          const __u64 *registers, struct access *access);
bool emulate_decode_memory (const uint8_t *code, unsigned available,
                            const __u64 *registers,
                            struct access *access);
uint64_t emulate_result (const struct access *access,
                         const __u64 *registers, uint64_t answer);

#endif /* EMULATE_H */
