/* machine.h - what a guest is, and what none can be, on x86_64.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#include <lguest/device.h>

/* Where a tiny guest sees its memory.  */
#define BASE 0xffffffff80000000ull

/* Addresses of the host's kernel, of nothing at all, and the last page of a
   process.  */
#define HOST_KERNEL 0xffff888000000000ull
#define NO_ADDRESS 0x8000000000000000ull
#define LAST_PAGE 0x00007ffffffff000ull

#define LAST_REGISTER LGUEST_REG_R15

/* How the guest of a launcher ends that may use I/O ports, when it uses one.  */
#define PORTS_EXIT LGUEST_EXIT_DEAD
/* What LHREQ_GET_STATE says.  */
#define STATE_ERROR 0

/* Its page tables, from TOP on.  */
static inline void
tiny_tables (unsigned char *memory, unsigned top)
{
  int i;

  ((uint64_t *) (memory + top))[511] = (top + 0x1000) | 0x63;
  ((uint64_t *) (memory + top + 0x1000))[510] = (top + 0x2000) | 0x63;
  for (i = 0; i < 2; i++)
    ((uint64_t *) (memory + top + 0x2000))[i] = ((uint64_t) i << 21) | 0xe3;
}

#endif /* MACHINE_H */
