/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statistics.h - what lg.ko counts and measures, in a read-only mapping.
 *
 * After LHREQ_INITIALIZE the process that opened /dev/lguest may do
 *
 *	mmap (NULL, size, PROT_READ, MAP_SHARED, fd, LGUEST_STATISTICS_OFFSET)
 *
 * with any size from one page to lguest_statistics.size: map one page, look at
 * that field, and map the rest.  EPERM: before LHREQ_INITIALIZE; EACCES:
 * another process, or a mapping that could become writable or executable;
 * EINVAL: another offset, a size of more than there is.  Children do not
 * inherit the mapping.  It holds the Guest as a file descriptor does: the
 * Guest is gone when both are.
 *
 * Everything is described in the mapping itself; a reader needs nothing of
 * this file but the first two structures, and looks for the names that it
 * knows.  There is
 *
 *	struct lguest_statistics		at 0
 *	struct lguest_statistics_descriptor	descriptors of them, at
 *						descriptor_offset
 *	blocks					blocks of them, at block_offset
 *
 * Descriptor sizes and block sizes are in the header: use them as strides.
 * All blocks look alike.  Block 0 is for what threads did that run no vcpu
 * (the Host taking memory back, for instance), block 1 + n is vcpu n's.  The
 * number of the Guest is the sum of all blocks.
 *
 * Each value is 64 bits, aligned, written in one store, by one thread (block 0,
 * and "kick.", by several, atomically).  There is no lock: values that belong
 * together may be one event apart.  Counters never go back, and
 * LHREQ_INITIALIZE does not clear them: watch lguest_statistics.starts.
 *
 * The names: GROUP.NAME; the numbers of a group are alternatives, so that
 * their sum means something ("exit.": all exits).  Readers must expect names
 * that they do not know, and the lack of names that they do.
 *
 *	exit.		the vcpu left the Guest, by what made it: each of the
 *			processor's exceptions; interrupt_timer, _reschedule (what a
 *			kick sends), _call and _device: the Host's interrupts;
 *			hypercall; trap_entry (INT 0x80); system_call,
 *			system_call_32, return_sysret, return_iret: ways
 *			between the Guest's user and kernel that the Switcher could not
 *			go alone; switcher_fault
 *	hypercall.	by number; unknown for those that are none
 *	leave.		read() came back to the Launcher: io, mmio, shutdown, dead,
 *			print, register, interrupted (EINTR), error
 *	fault.		page faults (exit.page_fault): filled; spurious: nothing was
 *			amiss any more (another vcpu was faster); guest: the Guest's own, given to it by the
 *			Host; mmio; retried: a signal came first, a message of the
 *			hypervisor below, protection keys; dead
 *	direct.		what the Switcher did without the Host, so no exits:
 *			system_call: from user to kernel; page_fault: the Guest's own,
 *			given to its kernel.  As of the vcpu's last host interrupt.
 *	inject.		the Guest's kernel was interrupted: timer, device, ipi, nmi;
 *			trap: an exception of the Guest's own that the Host
 *			reflected (fault.guest among them)
 *	kick.		sent: interrupts of the Host sent to this vcpu's
 *			processor to make it look; woken: it was woken from a halt
 *	yield.		given: it waited for another vcpu, and gave its processor to
 *			one (hypercall.yield: as often as it asked)
 *	time.		(TSC cycles) guest: from entry to exit; host: between, in
 *			lg.ko; halted: asleep until something comes, also before it was
 *			first started; off: not on any processor of the Host, as
 *			others had it, or waiting for memory; launcher: between two
 *			read()s.  They add up to the time since the first read(), as
 *			of the last change from one to the other.
 *	steal.		(ns) run_delay: the scheduler's word for how long the
 *			vcpu's thread waited for a processor during its read()s; part
 *			of time.off and time.halted.  0 if the Host keeps no count
 *	latency.	(histograms, TSC cycles) guest: of each time.guest;
 *			hypercall, page_fault, interrupt, other: of each time.host,
 *			by what ended the stay in the Guest; halted: of each halt
 *	shadow.		(gauges) level1, level2, level3: shadow pages, by level;
 *			roots: address spaces, of each vcpu
 *	pager.		what the shadow pager does: created, freed: shadow pages;
 *			around: entries filled beside the one that was asked for;
 *			repeated: a fill was overtaken by a change; reclaims: the limit
 *			of shadow pages was reached; shrinks: the Host asked for memory;
 *			roots_dropped
 *	flush.		the Guest's flushes: user, all, range; range_large: more
 *			addresses than are worth to be looked at one by one; and its
 *			loads of CR3: new_table without bit 63 (which flush),
 *			new_table_kept with it, new_root of a table that we
 *			do not know
 *	remote.		of flushes (flush.range and range_large) for other
 *			vcpus: addresses; vcpus: whose tables were looked at;
 *			interrupts: processors that had to be told
 *	notifier.	the Host took memory back: invalidated (something was
 *			mapped), ignored (nothing was); aged: asked for use; pages:
 *			shadow pages that were looked at for these
 *
 * It is always on, for 28 instructions per exit, two of them RDTSC, and one per
 * direct system call: see HACKING, "Statistics and traces".
 */
#ifndef LGUEST_STATISTICS_H
#define LGUEST_STATISTICS_H

#include "types.h"

/** LGUEST_STATISTICS_OFFSET - for mmap() on /dev/lguest */
#define LGUEST_STATISTICS_OFFSET	0

/** LGUEST_STATISTICS_MAGIC - "lg-stats" in memory */
#define LGUEST_STATISTICS_MAGIC		0x73746174732d676cull

/** LGUEST_STATISTICS_VERSION - of the two structures; new names change nothing */
#define LGUEST_STATISTICS_VERSION	1

/**
 * struct lguest_statistics - the first bytes of the mapping
 * @magic:	LGUEST_STATISTICS_MAGIC
 * @version:	LGUEST_STATISTICS_VERSION
 * @header_size: bytes of this structure
 * @size:	bytes of all there is to map, whole pages
 * @descriptor_offset: of the first struct lguest_statistics_descriptor
 * @descriptor_size: from one to the next
 * @descriptors: how many
 * @block_offset: of block 0
 * @block_size:	from one block to the next
 * @blocks:	how many: 1 + the most vcpus that there ever were
 * @vcpus:	as the last LHREQ_INITIALIZE said
 * @tsc_khz:	to make time of cycles; 0: they tell no time here
 * @starts:	how often LHREQ_INITIALIZE started the Guest
 * @start_ns:	CLOCK_MONOTONIC at the last of them
 *
 * @size, @blocks and @vcpus can grow with LHREQ_INITIALIZE, if it asks for more
 * vcpus than before; a mapping does not grow with them.
 */
struct lguest_statistics {
	__u64	magic;
	__u32	version;
	__u32	header_size;
	__u64	size;
	__u32	descriptor_offset;
	__u32	descriptor_size;
	__u32	descriptors;
	__u32	block_offset;
	__u32	block_size;
	__u32	blocks;
	__u32	vcpus;
	__u32	tsc_khz;
	__u64	starts;
	__u64	start_ns;
};

/* What a value is. */
enum lguest_statistics_kind {
	/* It only grows. */
	LGUEST_STATISTICS_COUNTER	= 1,
	/* Signed, and only the sum over all blocks means something. */
	LGUEST_STATISTICS_GAUGE		= 2,
	/*
	 * @count counters: the first of values below 2, number n of values
	 * from 2^n to below 2^(n+1).
	 */
	LGUEST_STATISTICS_HISTOGRAM	= 3,
};

/* Of what it is so many; of a histogram: of what its buckets are. */
enum lguest_statistics_unit {
	LGUEST_STATISTICS_EVENTS	= 1,
	LGUEST_STATISTICS_PAGES		= 2,
	LGUEST_STATISTICS_CYCLES	= 3,	/* TSC; lguest_statistics.tsc_khz */
	LGUEST_STATISTICS_NANOSECONDS	= 4,
};

/** LGUEST_STATISTICS_NAME_SIZE - bytes of a name, with the NUL */
#define LGUEST_STATISTICS_NAME_SIZE	40

/**
 * struct lguest_statistics_descriptor - one value, or histogram
 * @name:	GROUP.NAME, NUL-terminated; no two are the same
 * @offset:	in each block, in bytes
 * @count:	64-bit words: 1, or the buckets of a histogram
 * @kind:	enum lguest_statistics_kind
 * @unit:	enum lguest_statistics_unit
 */
struct lguest_statistics_descriptor {
	char	name[LGUEST_STATISTICS_NAME_SIZE];
	__u32	offset;
	__u32	count;
	__u32	kind;
	__u32	unit;
};

#endif /* LGUEST_STATISTICS_H */
