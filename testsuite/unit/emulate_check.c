/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emulate_check.c - compare what emulate.c makes of instructions with tables.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include <lguest/device.h>

#include "emulate.h"
#include "emulate_check.h"
#include "unit.h"

/* "8b 07" into bytes; returns how many. */
static unsigned
bytes_of (const char *text, uint8_t *bytes)
{
  unsigned count = 0;
  char *end;

  for (;;)
    {
      unsigned long byte = strtoul (text, &end, 16);

      if (end == text)
        return count;
      bytes[count++] = byte;
      text = end;
    }
}

void
check_moves (const struct move *moves, size_t count, const __u64 *registers)
{
  size_t i;

  for (i = 0; i < count; i++)
    {
      uint8_t bytes[16];
      const unsigned length = bytes_of (moves[i].bytes, bytes);
      struct access access;
      bool ok;
      unsigned n;

      ok = emulate_decode_memory (bytes, length, registers, &access)
        && access.write == moves[i].write && access.bytes == moves[i].size
        && access.length == length;
      if (ok && access.write)
        ok = access.value == moves[i].value;
      else if (ok)
        ok = access.reg == moves[i].reg
          && emulate_result (&access, registers, ANSWER) == moves[i].value;
      /* Not one byte less is enough. */
      for (n = 0; n < length && ok; n++)
        ok = !emulate_decode_memory (bytes, n, registers, &access);
      check (ok, "%s", moves[i].text);
    }
}

void
check_ports (const struct port *ports, size_t count, const __u64 *registers)
{
  size_t i;

  for (i = 0; i < count; i++)
    {
      uint8_t bytes[16];
      const unsigned length = bytes_of (ports[i].bytes, bytes);
      struct access access;
      bool ok;

      ok = emulate_decode_port (bytes, length, registers, &access)
        && access.write == ports[i].write && access.bytes == ports[i].size
        && access.length == length && access.port == ports[i].port;
      if (ok && access.write)
        ok = access.value == ports[i].value;
      else if (ok)
        ok = access.reg == LGUEST_REG_RAX
          && emulate_result (&access, registers, ANSWER) == ports[i].value;
      check (ok, "%s", ports[i].text);
    }
}

void
check_foreign (const struct foreign *foreign, size_t count,
               const __u64 *registers)
{
  size_t i;

  for (i = 0; i < count; i++)
    {
      uint8_t bytes[16];
      const unsigned length = bytes_of (foreign[i].bytes, bytes);
      struct access access;

      check (!emulate_decode_memory (bytes, length, registers, &access)
             && !emulate_decode_port (bytes, length, registers, &access),
             "not ours: %s", foreign[i].text);
    }
}

void
check_random (const __u64 *registers)
{
  uint64_t state = 1;
  bool ok = true;
  unsigned i, j;

  for (i = 0; i < 2000000 && ok; i++)
    {
      uint8_t *bytes;
      struct access access;
      unsigned length;

      state = state * UINT64_C (6364136223846793005) + 1442695040888963407;
      length = state >> 60;
      /* Of its own, so that a sanitizer sees an access behind it. */
      bytes = malloc (length ? length : 1);
      for (j = 0; j < length; j++)
        {
          state = state * UINT64_C (6364136223846793005)
            + 1442695040888963407;
          bytes[j] = state >> 56;
        }
      memset (&access, 0, sizeof access);
      if (emulate_decode_memory (bytes, length, registers, &access))
        {
          ok = access.length <= length && access.reg < 16
            && (access.bytes == 1 || access.bytes == 2 || access.bytes == 4
                || access.bytes == 8);
          if (ok && !access.write)
            emulate_result (&access, registers, ANSWER);
        }
      if (ok && emulate_decode_port (bytes, length, registers, &access))
        ok = access.length <= length && access.bytes <= 4;
      free (bytes);
    }
  check (ok, "two million random instructions");
}
