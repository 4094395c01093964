/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared_32.h - memory that a Guest kernel and the Host share, on i386, and
 * how the Guest's world looks.
 *
 * Rings
 * -----
 * The Guest's kernel runs at ring 1, its user at ring 3, on one page table:
 * the user bit of its entries keeps them apart, as on a real machine.  The
 * kernel's segments are LGUEST_KERNEL_CS and _DS, Linux's with an RPL of 1.  The
 * kernel goes to its user, and back to itself, by IRET, with no help.
 * The interrupt flag in EFLAGS is always 1 and neither POPF nor IRET can change
 * it: lguest_data.irq_enabled is the flag.
 *
 * Start
 * -----
 * The image has an ELF note (below).  The first vcpu starts at the note's entry
 * point, a *physical* address, in linear mode: there is no page table
 * yet, and each virtual address below the end of memory is the physical address of the same
 * number, readable, writable, and executable.  CS is LGUEST_KERNEL_CS, DS, ES
 * and SS LGUEST_KERNEL_DS, all flat; FS and GS are null.  ESI is the address of
 * struct boot_params, in which hdr.hardware_subarch is LGUEST_SUBARCH and
 * hdr.loadflags has KEEP_SEGMENTS.  Every other register is 0: there is no
 * stack.  The usual order is: build tables, LHCALL_LGUEST_INIT,
 * LHCALL_NEW_PGTABLE, go to the virtual address, LHCALL_SET_STACK, tables of segments
 * and interrupts, irq_enabled.
 *
 * Addresses
 * ---------
 * The Guest keeps out of the last lguest_data.reserve_mem bytes of the virtual
 * address space, in all its page tables: the Switcher is there.  (Linux:
 * reserve_top_address().)  To touch them is a page fault.
 *
 * Traps and interrupts
 * --------------------
 * arrive through the Guest's interrupt table (LHCALL_LOAD_IDT_ENTRY) with the frame
 * that a processor would push: on the stack of LHCALL_SET_STACK if the user was
 * interrupted, else on the current one: [SS, ESP,] EFLAGS, CS, EIP, and an
 * error code for traps 8, 10 to 14 and 17.  IF in these EFLAGS is irq_enabled's.
 * An interrupt gate clears irq_enabled, a trap gate leaves it alone.  The frame
 * must be writable memory, or the Guest dies.  The page fault's address is in
 * lguest_data.cr2.  Interrupt line n is vector LGUEST_IRQ_VECTOR + n.
 *
 * An interrupt is delivered if it is not blocked (blocked_interrupts), and if the
 * user runs or irq_enabled is not 0; but not at direct_entry.  If it
 * cannot be delivered now, irq_pending is set: whoever sets irq_enabled looks at
 * irq_pending, and makes LHCALL_SEND_INTERRUPTS if it is not 0.
 *
 * The last IRET of the kernel's way out cannot be one with setting irq_enabled.
 * So noirq_iret is its address: what strikes the kernel there strikes as if the
 * IRET had been executed already.  The Host does that one in software.
 *
 * The ring
 * --------
 * of LGUEST_RING_SIZE hypercalls to be done later.  The Guest fills entries in order,
 * each: if hcall_status[n] is LGUEST_RING_FREE, write hcalls[n], then
 * LGUEST_RING_READY to hcall_status[n], and go on to the next; else the ring is
 * full: make the hypercall at once.  The Host looks at the ring
 * whenever there is a hypercall, before it, from where it stopped the last time up to the
 * first entry that is free, and marks what it has done as free.  Answers are
 * lost.  Not to be put there: LHCALL_LGUEST_INIT, _SHUTDOWN, _HALT, _PRINT,
 * _WAIT, _VCPU_UP, _VCPU_DOWN (the Guest dies).
 */
#ifndef LGUEST_SHARED_32_H
#define LGUEST_SHARED_32_H

#include "shared.h"

/* The Guest kernel's segments: Linux's, at ring 1. */
#define LGUEST_KERNEL_CS	0x61
#define LGUEST_KERNEL_DS	0x69

/* Entries of the Guest's segment table, as Linux has them. */
#define LGUEST_GDT_ENTRIES	32
#define LGUEST_GDT_TLS		6
/* These are the Switcher's: code and data of ring 0. */
#define LGUEST_GDT_CS		10
#define LGUEST_GDT_DS		11
/* Bits of the entries that LHCALL_LOAD_GDT_ENTRY ignores: the null
   one, the two above, and those in which Linux has what a Guest has no use for:
   TSS and LDT (16, 17), PnP and APM BIOS (18 to 25), 16-bit stack (26), the double
   fault's TSS (31). */
#define LGUEST_GDT_IGNORED	0x87ff0c01u

/* Vectors whose trap gates (type 15) the processor enters without the Host:
   divide error, breakpoint, overflow, bound, FPU and SIMD errors, and system calls.
   An interrupt gate never is, as it would turn off the Host's interrupts. */
#define LGUEST_VECTOR_DIRECT(vector)					\
	((vector) == 0 || ((vector) >= 3 && (vector) <= 5) ||		\
	 (vector) == 16 || (vector) == 19 || (vector) == LGUEST_SYSCALL_VECTOR)
/* INT n of the Guest's users for system calls. */
#define LGUEST_SYSCALL_VECTOR	0x80

#define LGUEST_RING_SIZE	64
#define LGUEST_RING_READY	0
#define LGUEST_RING_FREE	0xff

/* Offsets for assembly; checked against the structure below. */
#define LGUEST_DATA_IRQ_ENABLED	0x00
#define LGUEST_DATA_IRQ_PENDING	0x04
#define LGUEST_DATA_CR2		0x08
#define LGUEST_DATA_SCRATCH	0x10

#ifndef __ASSEMBLY__

/**
 * struct lguest_hcall - one hypercall of the ring
 * @number:	LHCALL_
 * @arguments:	as in EBX, ECX, EDX, ESI, EDI
 */
struct lguest_hcall {
	__u32	number;
	__u32	arguments[5];
};

/**
 * struct lguest_time - CLOCK_REALTIME
 * @seconds: since 1970
 * @nanoseconds: and so many
 */
struct lguest_time {
	__u64	seconds;
	__u64	nanoseconds;
};

/**
 * struct lguest_data - what Guest and Host tell each other, one page per vcpu
 *
 * It begins at a page of its own.  Its first half is for each moment:
 * @irq_enabled: LGUEST_IRQ_ENABLED or 0; written by the Guest, and cleared by
 *		the Host when an interrupt gate is gone through
 * @irq_pending: not 0: after enabling, LHCALL_SEND_INTERRUPTS; by the Host
 * @cr2:	address of the last page fault that was the Guest's own; by the Host
 * @dr6:	DR6 of the last debug exception; by the Host
 * @scratch:	free for the Guest's entry code
 * @preempted:	not 0 while the Host has this vcpu, which wants to run, waiting
 *		for a processor; by the Host
 * @blocked_interrupts: one bit per interrupt line: the Host holds it back; by
 *		the Guest
 * @nmi_blocked: not 0 from an NMI until the Guest is done with it
 * @steal_ns:	time that the vcpu could have run but the Host did not let it; by
 *		the Host
 * @time:	wall-clock time, written by the Host at LHCALL_LGUEST_INIT and at
 *		every timer interrupt
 * @clock:	finer time, by the TSC; likewise. See shared.h
 *
 * The Host writes at LHCALL_LGUEST_INIT:
 * @guest_version: LGUEST_GUEST_VERSION of the Host
 * @reserve_mem: bytes at the end of the virtual address space that are not the
 *		Guest's; a multiple of what one top-level (with PAE: middle)
 *		entry maps
 * @tsc_khz:	TSC frequency, or 0: the TSC is no clock here
 * @vcpus:	how many this Guest can have
 * @xcr0:	the Host's XCR0, which is the Guest's
 *
 * The Guest has written before LHCALL_LGUEST_INIT:
 * @version:	LGUEST_GUEST_VERSION of the Guest
 * @page_levels: 2, or 3 with PAE: what kind of page tables it has
 * @kernel_address: virtual; from there on all address spaces are the same
 * @noirq_iret:	virtual address of the one IRET of its way out, see above; 0: none
 * @direct_entry: virtual address of the first instruction of the handler in the trap
 *		gate of LGUEST_SYSCALL_VECTOR, which the processor enters with
 *		irq_enabled still set: no interrupt strikes there, and that
 *		instruction clears irq_enabled. 0: none
 * @nmi_unsafe_start, @nmi_unsafe_end: virtual addresses of the kernel's code that
 *		no NMI may interrupt
 *
 * @hcall_status, @hcalls: the ring. All entries are free (LGUEST_RING_FREE) at
 *		LHCALL_LGUEST_INIT: the Host writes that.
 */
struct lguest_data {
	__u32	irq_enabled;
	__u32	irq_pending;
	__u32	cr2;
	__u32	dr6;
	__u32	scratch[2];
	__u32	preempted;
	__u32	reserved;
	__u64	blocked_interrupts;
	__u64	nmi_blocked;
	__u64	steal_ns;
	struct lguest_time	time;
	struct lguest_clock	clock;

	__u64	guest_version;
	__u64	xcr0;
	__u32	reserve_mem;
	__u32	tsc_khz;
	__u32	vcpus;
	__u32	reserved2;

	__u32	version;
	__u32	page_levels;
	__u32	kernel_address;
	__u32	noirq_iret;
	__u32	direct_entry;
	__u32	nmi_unsafe_start;
	__u32	nmi_unsafe_end;
	__u32	reserved3;

	__u8	hcall_status[LGUEST_RING_SIZE];
	struct lguest_hcall	hcalls[LGUEST_RING_SIZE];
};

#endif /* __ASSEMBLY__ */

/*
 * The ELF note of a Guest of 32 bits: name LGUEST_NOTE_NAME, this type, three 32-bit
 * words: LGUEST_GUEST_VERSION, physical address of the entry point, page
 * table levels (2, or 3 with PAE).  The image is loaded at the physical addresses of
 * its segments.
 */
#define LGUEST_NOTE_ENTRY_32	2

#endif /* LGUEST_SHARED_32_H */
