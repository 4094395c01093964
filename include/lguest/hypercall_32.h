/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypercall_32.h - what a Guest kernel may ask of the Host, on i386.
 *
 * INT LGUEST_TRAP_ENTRY_32, with the number in EAX and arguments in EBX, ECX, EDX,
 * ESI, EDI.  The answer comes back in EAX (negative errno on failure); all
 * other registers are kept.  Only the Guest's kernel, at ring 1, makes hypercalls:
 * its user has a trap 13 instead.
 *
 * Numbers, arguments and meanings are hypercall.h's where the thing is the
 * same: LHCALL_LGUEST_INIT, _SHUTDOWN, _NEW_PGTABLE, _FLUSH_TLB,
 * _FLUSH_RANGE, _HALT, _SEND_INTERRUPTS, _SET_CLOCKEVENT, _RELEASE_PGTABLE,
 * _GET_CLOCK, _PRINT, _NOTIFY and those for several vcpus.  They differ in this:
 *
 *	LHCALL_LGUEST_INIT	(struct lguest_data *), page aligned: shared_32.h.
 *				A Guest of another kind of page table than the
 *				Host's (lguest_data.page_levels) dies here
 *	LHCALL_NEW_PGTABLE	(top-level table), page aligned without PAE, 32
 *				bytes aligned with it.  Bit 0 has the meaning of
 *				x86_64's bit 63: what the Host still has of this
 *				table stays.  The first call ends linear mode
 *	LHCALL_FLUSH_RANGE	(start, end, stride, vcpus, table): end is the last
 *				address + 1, or 0 for the end of the address space
 *	LHCALL_SET_CLOCKEVENT	(ns, its upper 32 bits)
 *	LHCALL_GET_CLOCK	(which): the answer is in EDX and EAX
 *	LHCALL_SET_PAD		does not exist (ENOSYS): struct lguest_data stays
 *	LHCALL_SET_DEBUGREG	EINVAL for now: a Guest has no breakpoints
 *
 * All addresses are guest-physical unless they are called virtual.
 */
#ifndef LGUEST_HYPERCALL_32_H
#define LGUEST_HYPERCALL_32_H

#include "hypercall.h"

/** LGUEST_TRAP_ENTRY_32 - INT n for hypercalls; 0x80 is for system calls here */
#define LGUEST_TRAP_ENTRY_32	0x1f

/* (): nothing by itself; like every hypercall it does what is in the ring. */
#define LHCALL_FLUSH_ASYNC	32
/* (index, low, high): entry index of the segment table. The Host makes its
   privilege level 1 if it is less, and marks it accessed. Entries that the Host
   does not let a Guest have (LGUEST_GDT_IGNORED) are ignored. A descriptor that
   is no segment of memory (a gate, a TSS), a conforming code segment and one
   that is not of 32 bits kill the Guest. */
#define LHCALL_LOAD_GDT_ENTRY	33
/* (vector, low, high): entry of the interrupt table, a gate of 32 bits for an
   interrupt (type 14) or a trap (type 15); the selector is LGUEST_KERNEL_CS,
   whatever it says. Not present: the Guest has no handler. The privilege level
   says whether users may INT there. Of the trap gates, those that
   LGUEST_VECTOR_DIRECT lists are entered by the processor itself, without the
   Host. Entries for vectors 8 and LGUEST_TRAP_ENTRY_32 are ignored. */
#define LHCALL_LOAD_IDT_ENTRY	34
/* (selector, virtual address): SS and ESP of the Guest's kernel when its user
   is interrupted; the selector's RPL is 1. */
#define LHCALL_SET_STACK	35
/* (address of 3 descriptors): entries LGUEST_GDT_TLS to LGUEST_GDT_TLS + 2 of the
   segment table. What LHCALL_LOAD_GDT_ENTRY would kill for is not present
   instead: users ask for these. */
#define LHCALL_LOAD_TLS		36
/* (top-level table, virtual address, low, high): the Guest has changed the
   entry that maps the page at that address; a hint. Nothing needs it: writing an
   entry that gives rights costs no hypercall, and for one that takes
   some away there is LHCALL_FLUSH_RANGE. */
#define LHCALL_SET_PTE		37
/* (top-level table, index): the same for an entry of the top-level table ... */
#define LHCALL_SET_PGD		38
/* (middle table, index): ... and for one of a PAE Guest's middle table. */
#define LHCALL_SET_PMD		39

#endif /* LGUEST_HYPERCALL_32_H */
