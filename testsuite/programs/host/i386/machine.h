/* machine.h - what a guest is, and what none can be, on i386.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MACHINE_H
#define MACHINE_H

#include <errno.h>

#include <lguest/device.h>

/* Where a tiny guest sees its memory.  */
#define BASE 0ull

/* Addresses of the host's kernel, of nothing at all, and the last page of a
   process.  */
#define HOST_KERNEL 0xc0100000ull
#define NO_ADDRESS 0x100000000ull
#define LAST_PAGE 0xbffff000ull

#define LAST_REGISTER LGUEST_REG_RDI

/* How the guest of a launcher ends that may use I/O ports, when it uses one: it
   cannot, and the launcher is asked.  */
#define PORTS_EXIT LGUEST_EXIT_IO
/* What LHREQ_GET_STATE says.  */
#define STATE_ERROR EOPNOTSUPP

/* It has no page tables: it begins without.  */
static inline void
tiny_tables (unsigned char *memory, unsigned top)
{
  (void) memory;
  (void) top;
}

#endif /* MACHINE_H */
