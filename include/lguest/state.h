/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.h - the whole state of a Guest but for its memory: LHREQ_GET_STATE and
 * LHREQ_SET_STATE (device.h), on x86_64.
 *
 * There is one structure for each vcpu and one for what belongs to none of
 * them.  To take a Guest down: let no vcpu be inside read(), get all, save the
 * memory.  To let it live again, in any process, on any Host:
 * LHREQ_INITIALIZE with as much memory and as many vcpus, with the saved
 * contents in it, then set all, and run.
 *
 * What is set is not trusted: each field has to be what the Guest itself could
 * have made it, by the hypercall that it comes from; else EINVAL, and nothing has
 * changed.  The Guest's memory decides about the rest, and is its own affair.
 */
#ifndef LGUEST_STATE_H
#define LGUEST_STATE_H

#include "types.h"
#include "device.h"
#include "shared.h"

/** LGUEST_STATE_VERSION - of the two structures */
#define LGUEST_STATE_VERSION	1

/* What LHREQ_GET_STATE and LHREQ_SET_STATE are about. */
#define LGUEST_STATE_GUEST	0	/* struct lguest_guest_state */
#define LGUEST_STATE_VCPU	1	/* struct lguest_vcpu_state; the file offset's */

/* What a vcpu does. */
enum lguest_vcpu_activity {
	LGUEST_VCPU_DOWN	= 0,	/* until LHCALL_VCPU_UP */
	LGUEST_VCPU_STARTING	= 1,	/* that was made: start_* say how */
	LGUEST_VCPU_RUNS	= 2,
	LGUEST_VCPU_HALTED	= 3,	/* LHCALL_HALT */
	LGUEST_VCPU_WAITS	= 4,	/* LHCALL_WAIT */
};

#define LGUEST_VCPU_READY	(1u << 0)	/* made LHCALL_LGUEST_INIT: init counts */
#define LGUEST_VCPU_KICKED	(1u << 1)	/* LHCALL_KICK waits for it */
#define LGUEST_VCPU_NMI		(1u << 2)	/* an NMI waits for it */
#define LGUEST_VCPU_CODE_32	(1u << 3)	/* its user is in 32-bit code */
#define LGUEST_VCPU_FLAGS	0xfu

/** LGUEST_STATE_FPU_BYTES - most bytes of a processor's standard XSAVE format */
#define LGUEST_STATE_FPU_BYTES	4096

/**
 * struct lguest_vcpu_state - one vcpu
 * @version:	LGUEST_STATE_VERSION
 * @activity:	enum lguest_vcpu_activity; LGUEST_VCPU_DOWN: nothing else counts,
 *		but what is reserved and spare is 0 all the same
 * @flags:	LGUEST_VCPU_ bits
 * @reserved:	0
 * @registers:	by enum lguest_register; LGUEST_REG_CR3 and _USER_MODE, too
 * @debug:	debug registers 0 to 3, 6 and 7; the others are 0
 * @pending:	interrupt lines raised and not yet delivered, a bit each
 * @timer_ns:	LHCALL_SET_CLOCKEVENT: until line 0 is raised; 0: never
 * @trap:	LHREQ_TRAP: vector + 1; 0: none
 * @trap_error:	its error code
 * @start_entry, @start_argument, @start_cr3: for LGUEST_VCPU_STARTING
 * @init:	what the Guest said with LHCALL_LGUEST_INIT and LHCALL_SET_PAD since
 * @spare:	0
 * @fpu:	the processor's XSAVE image, not compacted; FXSAVE's without XSAVE
 */
struct lguest_vcpu_state {
	__u32	version;
	__u32	activity;
	__u32	flags;
	__u32	reserved;
	__u64	registers[LGUEST_REG_COUNT];
	__u64	debug[8];
	__u64	pending;
	__u64	timer_ns;
	__u64	trap;
	__u64	trap_error;
	__u64	start_entry;
	__u64	start_argument;
	__u64	start_cr3;
	struct lguest_init init;
	__u64	spare[6];
	__u8	fpu[LGUEST_STATE_FPU_BYTES];
};

/* The Guest's TSC is not the Host's: each RDTSC of the Guest is a trap. */
#define LGUEST_STATE_OWN_TSC	(1u << 0)

/**
 * struct lguest_guest_state - what belongs to no vcpu
 * @version:	LGUEST_STATE_VERSION
 * @guest_version: LGUEST_GUEST_VERSION; another one is EPROTO
 * @memory_size, @vcpus: as in struct lguest_setup; cannot be changed
 * @flags:	LGUEST_STATE_OWN_TSC
 * @tsc_khz:	frequency of the Guest's TSC; 0: it has none that tells time
 * @reserved:	0
 * @tsc:	the Guest's TSC; set only with LGUEST_STATE_OWN_TSC
 * @monotonic_ns: LGUEST_CLOCK_MONOTONIC; it goes on from what is set
 * @realtime_ns: LGUEST_CLOCK_REALTIME; it is the Host's, and cannot be set
 * @irq_vcpu:	LHCALL_ROUTE_IRQ: which vcpu has the interrupts of each line
 *
 * All times are of one moment.  Set EOPNOTSUPP: the Host's TSC tells no time,
 * so there is nothing to make another one from.
 */
struct lguest_guest_state {
	__u32	version;
	__u32	guest_version;
	__u64	memory_size;
	__u32	vcpus;
	__u32	flags;
	__u32	tsc_khz;
	__u32	reserved;
	__u64	tsc;
	__u64	monotonic_ns;
	__u64	realtime_ns;
	__u8	irq_vcpu[LGUEST_DEVICE_IRQS];
};

#endif /* LGUEST_STATE_H */
