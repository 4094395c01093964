/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypercall.h - what a Guest kernel may ask of the Host, on x86_64.
 *
 * The number goes in RAX, arguments in RDI, RSI, RDX, R10, R8; the answer comes
 * back in RAX (negative errno on failure); RCX and R11 are lost, all else is kept.
 * Only the Guest's kernel makes hypercalls.  LHCALL_LGUEST_INIT may (and
 * in our Guest does) come by the software interrupt LGUEST_TRAP_ENTRY, as
 * everything needed for SYSCALL is set up by it; all others by SYSCALL.
 *
 * All addresses are guest-physical unless they are called virtual.
 */
#ifndef LGUEST_HYPERCALL_H
#define LGUEST_HYPERCALL_H

#include "version.h"

/** LGUEST_TRAP_ENTRY - software interrupt for set-up hypercalls */
#define LGUEST_TRAP_ENTRY	0x80

/* (struct lguest_init *): this vcpu is ready; see shared.h.
   EINVAL: a bad field; EPROTO: other LGUEST_GUEST_VERSION (Guest dies). */
#define LHCALL_LGUEST_INIT	1
/* (enum lguest_shutdown, message, length): does not return. */
#define LHCALL_SHUTDOWN		2
/* (cr3): CR3 as the kernel writes it: top-level table | PCID | bit 63 if
   translations of the same table that the Host still has stay valid. */
#define LHCALL_NEW_PGTABLE	3
/* (LGUEST_FLUSH_USER or _ALL): forget translations of the current user
   address space, or of everything in all address spaces; on this vcpu. */
#define LHCALL_FLUSH_TLB	4
/* (start, end, stride, vcpus, table): forget translations of virtual
   [start, end) in the address space with that top-level table (0: the current
   one) and, if it is the kernel's half, in all of them. On this vcpu, and on
   those in the mask vcpus (bit n: vcpu n). When the call returns no vcpu of the
   mask uses any; those that sleep are not woken for it. (0, ~0) is everything in
   the lower half. */
#define LHCALL_FLUSH_RANGE	5
/* (): interrupts on, and sleep until there is one. */
#define LHCALL_HALT		6
/* (): interrupts are on and one is pending: deliver it. */
#define LHCALL_SEND_INTERRUPTS	7
/* (ns): raise irq 0 after that many nanoseconds; 0 cancels. */
#define LHCALL_SET_CLOCKEVENT	8
/* (pad, virtual GS base): the pad moved, e.g. with the per-cpu area. */
#define LHCALL_SET_PAD		9
/* (top-level table): it is freed; the Host forgets all about it. */
#define LHCALL_RELEASE_PGTABLE	10
/* (number, value): debug register 0-3, 6 or 7. */
#define LHCALL_SET_DEBUGREG	11
/* (which): LGUEST_CLOCK_MONOTONIC or _REALTIME in ns. */
#define LHCALL_GET_CLOCK	12
/* (text, length): print it on the Launcher's console. For early boot. */
#define LHCALL_PRINT		13

/* (vcpu, virtual entry, argument): start a vcpu that is down. It begins at
   entry, in its kernel, with the page table of the caller, argument in RSI, every
   other register zero and interrupts off, and has to make LHCALL_LGUEST_INIT.
   EINVAL: no such vcpu or entry; EBUSY: it is up. */
#define LHCALL_VCPU_UP		14
/* (): this vcpu is down; does not return. */
#define LHCALL_VCPU_DOWN	15
/* (vcpus, line): raise the interrupt line, one from LGUEST_FIRST_IPI on or
   LGUEST_IPI_NMI, on all vcpus of the mask. */
#define LHCALL_SEND_IPI		16
/* (): sleep until LHCALL_KICK, or until an interrupt can be delivered; at once
   back if there was a kick since the last time. It may come back for no reason. */
#define LHCALL_WAIT		17
/* (vcpu): let it return from LHCALL_WAIT, now or the next time. */
#define LHCALL_KICK		18
/* (line, vcpu): interrupts of the device line go to that vcpu from now on, one
   that waits as well. Also after unblocking a line of another vcpu. */
#define LHCALL_ROUTE_IRQ	19
/* (address): a write to a doorbell, at this guest-physical address. ENOENT: the
   Launcher waits for none there, so write to it as to any device. */
#define LHCALL_NOTIFY		20
/* (): this vcpu waits in a loop for something that another is to do. One of those
   that want a processor and have none gets this one's, if there is one. */
#define LHCALL_YIELD		21

#define LGUEST_FLUSH_USER	0
#define LGUEST_FLUSH_ALL	1

#define LGUEST_CLOCK_MONOTONIC	0
#define LGUEST_CLOCK_REALTIME	1

#ifndef __ASSEMBLY__
/** enum lguest_shutdown - how the Guest ends, for LHCALL_SHUTDOWN */
enum lguest_shutdown {
	LGUEST_SHUTDOWN_POWEROFF = 1,
	LGUEST_SHUTDOWN_RESTART	 = 2,
	LGUEST_SHUTDOWN_CRASH	 = 3,	/* the message says why */
};
#endif

#endif /* LGUEST_HYPERCALL_H */
