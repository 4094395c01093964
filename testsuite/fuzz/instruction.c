/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/instruction.c - an instruction of the Guest's that touches a device.
 */
#include <config.h>

#include <lguest/device.h>

#include "emulate.h"
#include "fuzz.h"

static void
check_access (const struct access *access, unsigned available,
              const __u64 *registers)
{
  must (access->length > 0 && access->length <= available);
  must (access->bytes == 1 || access->bytes == 2 || access->bytes == 4
        || access->bytes == 8);
  if (!access->write)
    {
      must (access->reg < LGUEST_REG_COUNT);
      emulate_result (access, registers, UINT64_MAX);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  __u64 registers[LGUEST_REG_COUNT];
  struct access access;
  unsigned i, available;
  uint8_t *code;

  for (i = 0; i < LGUEST_REG_COUNT; i++)
    registers[i] = i * 0x0123456789abcdefull;
  available = size < 15 ? size : 15;
  /* Of its own size, so that reading behind it is found. */
  code = malloc (available ? available : 1);
  must (code != NULL);
  memcpy (code, data, available);
  if (emulate_decode_port (code, available, registers, &access))
    check_access (&access, available, registers);
  if (emulate_decode_memory (code, available, registers, &access))
    check_access (&access, available, registers);
  free (code);
  return 0;
}
