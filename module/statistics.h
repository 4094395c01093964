/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statistics.h - what is counted, and where.
 *
 * include/lguest/statistics.h tells readers about it.  Each name is here once;
 * exits are named in the architecture's reasons.h.
 *
 * Who counts: a vcpu's own thread in vcpu->statistics, by plain additions, as
 * nobody else writes there and nobody's cache line is taken away; but what has
 * to do with a vcpu's roots is counted with its roots_lock.  Threads that run
 * no vcpu use lg_count_other(), or a lock that they hold anyhow.  Readers add up.
 */
#ifndef LG_STATISTICS_H
#define LG_STATISTICS_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/types.h>
#include "reasons.h"	/* the architecture's */

#define LG_HISTOGRAM		64	/* buckets: a power of two each */
#define LG_HYPERCALLS		64	/* numbers below it are counted apart */
#define LG_LEAVES		16	/* the same for enum lguest_exit_reason */
#define LG_SHADOW_LEVELS	3	/* shadow pages have levels 1 to 3 */

/*
 * All but the groups with numbers: V(field, name, KIND, UNIT).
 */
#define LG_STATISTICS_VALUES(V)							\
	V(time_guest,		"time.guest",		COUNTER, CYCLES)	\
	V(time_host,		"time.host",		COUNTER, CYCLES)	\
	V(time_halted,		"time.halted",		COUNTER, CYCLES)	\
	V(time_off,		"time.off",		COUNTER, CYCLES)	\
	V(time_launcher,	"time.launcher",	COUNTER, CYCLES)	\
	V(steal,		"steal.run_delay",	COUNTER, NANOSECONDS)	\
	V(direct_system_call,	"direct.system_call",	COUNTER, EVENTS)	\
	V(direct_page_fault,	"direct.page_fault",	COUNTER, EVENTS)	\
	V(hypercall_unknown,	"hypercall.unknown",	COUNTER, EVENTS)	\
	V(leave_register,	"leave.register",	COUNTER, EVENTS)	\
	V(leave_interrupted,	"leave.interrupted",	COUNTER, EVENTS)	\
	V(leave_error,		"leave.error",		COUNTER, EVENTS)	\
	V(fault_filled,		"fault.filled",		COUNTER, EVENTS)	\
	V(fault_spurious,	"fault.spurious",	COUNTER, EVENTS)	\
	V(fault_guest,		"fault.guest",		COUNTER, EVENTS)	\
	V(fault_mmio,		"fault.mmio",		COUNTER, EVENTS)	\
	V(fault_retried,	"fault.retried",	COUNTER, EVENTS)	\
	V(fault_dead,		"fault.dead",		COUNTER, EVENTS)	\
	V(inject_timer,		"inject.timer",		COUNTER, EVENTS)	\
	V(inject_device,	"inject.device",	COUNTER, EVENTS)	\
	V(inject_ipi,		"inject.ipi",		COUNTER, EVENTS)	\
	V(inject_nmi,		"inject.nmi",		COUNTER, EVENTS)	\
	V(inject_trap,		"inject.trap",		COUNTER, EVENTS)	\
	V(kick_sent,		"kick.sent",		COUNTER, EVENTS)	\
	V(kick_woken,		"kick.woken",		COUNTER, EVENTS)	\
	V(yield_given,		"yield.given",		COUNTER, EVENTS)	\
	V(flush_user,		"flush.user",		COUNTER, EVENTS)	\
	V(flush_all,		"flush.all",		COUNTER, EVENTS)	\
	V(flush_range,		"flush.range",		COUNTER, EVENTS)	\
	V(flush_range_large,	"flush.range_large",	COUNTER, EVENTS)	\
	V(flush_new_table,	"flush.new_table",	COUNTER, EVENTS)	\
	V(flush_new_table_kept,	"flush.new_table_kept",	COUNTER, EVENTS)	\
	V(flush_new_root,	"flush.new_root",	COUNTER, EVENTS)	\
	V(remote_addresses,	"remote.addresses",	COUNTER, EVENTS)	\
	V(remote_vcpus,		"remote.vcpus",		COUNTER, EVENTS)	\
	V(remote_interrupts,	"remote.interrupts",	COUNTER, EVENTS)	\
	V(shadow_roots,		"shadow.roots",		GAUGE, EVENTS)		\
	V(pager_around,		"pager.around",		COUNTER, EVENTS)	\
	V(pager_repeated,	"pager.repeated",	COUNTER, EVENTS)	\
	V(pager_created,	"pager.created",	COUNTER, PAGES)		\
	V(pager_freed,		"pager.freed",		COUNTER, PAGES)		\
	V(pager_reclaims,	"pager.reclaims",	COUNTER, EVENTS)	\
	V(pager_shrinks,	"pager.shrinks",	COUNTER, EVENTS)	\
	V(pager_roots_dropped,	"pager.roots_dropped",	COUNTER, EVENTS)	\
	V(notifier_invalidated,	"notifier.invalidated",	COUNTER, EVENTS)	\
	V(notifier_ignored,	"notifier.ignored",	COUNTER, EVENTS)	\
	V(notifier_aged,	"notifier.aged",	COUNTER, EVENTS)	\
	V(notifier_pages,	"notifier.pages",	COUNTER, PAGES)

/* What ended a stay in the Guest, for latency_host. */
enum lg_latency {
	LG_LATENCY_HYPERCALL,
	LG_LATENCY_PAGE_FAULT,
	LG_LATENCY_INTERRUPT,
	LG_LATENCY_OTHER,
	LG_LATENCIES
};

/**
 * struct lg_statistics - one block of the mapping
 * @exits:	by enum lg_reason
 * @hypercalls:	by number
 * @leaves:	by enum lguest_exit_reason
 * @shadow_pages: by level - 1: up in the block of the vcpu that made one, down in
 *		block 0, with pager.lock
 * @latency_guest: how long the vcpu was in the Guest, each time
 * @latency_host: how long until it was there again, by enum lg_latency
 * @latency_halted: how long it slept, each time
 *
 * The others: see include/lguest/statistics.h.
 */
struct lg_statistics {
#define LG_FIELD(field, name, kind, unit) u64 field;
	LG_STATISTICS_VALUES(LG_FIELD)
#undef LG_FIELD
	u64 exits[LG_REASONS];
	u64 hypercalls[LG_HYPERCALLS];
	u64 leaves[LG_LEAVES];
	u64 shadow_pages[LG_SHADOW_LEVELS];
	u64 latency_guest[LG_HISTOGRAM];
	u64 latency_host[LG_LATENCIES][LG_HISTOGRAM];
	u64 latency_halted[LG_HISTOGRAM];
};

/* Which of its u64s a member is. */
#define LG_INDEX(member) (offsetof(struct lg_statistics, member) / sizeof(u64))

/**
 * struct lg_counts - what is counted of a stay in the Guest, by what ended it
 * @exit:	LG_INDEX(exits[reason])
 * @latency:	LG_INDEX(latency_host[...]), of its first bucket
 *
 * lg_counts has one for each value of the architecture's vector.
 */
struct lg_counts {
	u16 exit, latency;
};
extern struct lg_counts lg_counts[LG_VECTORS];
static_assert(sizeof(struct lg_statistics) / sizeof(u64) <= U16_MAX);

/** lg_reason - enum lg_reason of a vector */
static inline unsigned int lg_reason(u64 vector)
{
	return lg_counts[vector].exit - LG_INDEX(exits[0]);
}

/**
 * lg_count_other - count something that @counter's owner did not do himself
 * @counter:	in lg->statistics.others, or kick_sent of any vcpu
 */
static inline void lg_count_other(u64 *counter, s64 n)
{
	atomic64_add(n, (atomic64_t *)counter);
}

/* Count @value in a histogram.  Each exit does it twice: __fls() is shorter. */
static inline void lg_histogram_count(u64 *histogram, u64 value)
{
	if (sizeof(long) == sizeof(u64))
		histogram[__fls(value | 1)]++;
	else
		histogram[fls64(value | 1) - 1]++;
}

struct lguest;
struct lg_vcpu;
struct lguest_statistics;
struct vm_area_struct;

/**
 * struct lg_guest_statistics - a Guest's mapping
 * @header:	its first page
 * @others:	block 0
 * @pages:	of all there is; grows, after what it counts is there
 */
struct lg_guest_statistics {
	struct lguest_statistics *header;
	struct lg_statistics *others;
	unsigned long pages;
};

/**
 * struct lg_vcpu_clock - where a vcpu's time went
 * @mark:	TSC at the last change from one kind of time to another
 * @started:	there was a read()
 * @halted:	@mark began a halt
 * @run_delay:	of the thread, when it was last looked at
 *
 * Touched by the vcpu's thread only.
 */
struct lg_vcpu_clock {
	u64 mark;
	bool started;
	bool halted;
	u64 run_delay;
};

int lg_statistics_load(void);
void lg_statistics_unload(void);
int lg_statistics_create(struct lguest *lg);
void lg_statistics_destroy(struct lguest *lg);
struct lg_statistics *lg_statistics_alloc(void);
void lg_statistics_free(struct lg_statistics *statistics);
void lg_statistics_start(struct lguest *lg, unsigned int blocks);
int lg_statistics_mmap(struct lguest *lg, struct vm_area_struct *vma);

void lg_time_load(struct lg_vcpu *vcpu);
void lg_time_put(struct lg_vcpu *vcpu);
void lg_time_sched_out(struct lg_vcpu *vcpu);
void lg_time_sched_in(struct lg_vcpu *vcpu);
void lg_time_halt(struct lg_vcpu *vcpu);
void lg_time_wake(struct lg_vcpu *vcpu);

#endif /* LG_STATISTICS_H */
