/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode.c - the test of exercise 2: is "test $imm8, mem" decoded?
 */
#include <stdio.h>
#include <string.h>

#include <lguest/device.h>

#include "emulate.h"

static int wrong;

static void
check (const char *what, bool right)
{
  if (right)
    return;
  printf ("  %s: no\n", what);
  wrong = 1;
}

static bool
decode (const char *bytes, unsigned length, struct access *access)
{
  static const __u64 registers[LGUEST_REG_COUNT];

  memset (access, 0xff, sizeof *access);
  return emulate_decode_memory ((const uint8_t *) bytes, length, registers,
                                access);
}

static void
check_right (const char *what, const char *bytes, unsigned length)
{
  static const __u64 registers[LGUEST_REG_COUNT]
    = { [0 ... LGUEST_REG_COUNT - 1] = 0x1122334455667788 };
  struct access access;

  printf ("%s\n", what);
  if (!decode (bytes, length, &access))
    {
      check ("it is decoded", false);
      return;
    }
  check ("it is a read", !access.write);
  check ("of one byte", access.bytes == 1);
  check ("of the instruction's length", access.length == length);
  check ("into no register (reg_bytes is 0)", access.reg_bytes == 0);
  check ("and emulate_result () leaves registers alone",
         access.reg < LGUEST_REG_COUNT
         && emulate_result (&access, registers, 0xaa)
         == registers[access.reg]);
  check ("without its last byte it is none",
         !decode (bytes, length - 1, &access));
}

#define RIGHT(what, bytes) check_right (what, bytes, sizeof bytes - 1)
#define NONE(what, bytes)                                               \
  do                                                                    \
    {                                                                   \
      struct access access_;                                            \
      printf ("%s\n", what);                                            \
      check ("it is left alone",                                        \
             !decode (bytes, sizeof bytes - 1, &access_));              \
    }                                                                   \
  while (0)

int
main (void)
{
  RIGHT ("testb $1, (%rax)", "\xf6\x00\x01");
  RIGHT ("testb $0x80, 0x12(%rdi)", "\xf6\x47\x12\x80");
  RIGHT ("testb $4, 0x12345678(%r8)", "\x41\xf6\x80\x78\x56\x34\x12\x04");
  RIGHT ("testb $1, (%rax,%rbx,4)", "\xf6\x04\x98\x01");
  NONE ("notb (%rax)", "\xf6\x10");
  NONE ("negb (%rax)", "\xf6\x18");
  NONE ("mulb (%rax)", "\xf6\x20");
  NONE ("divb 8(%rax)", "\xf6\x70\x08");
  NONE ("testb $1, %al: a register is no device", "\xf6\xc0\x01");
  return wrong;
}
