/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * count.h - what each entry into the Guest and each exit is counted by.
 *
 * This is done more often than anything else here, so it is written for the number
 * of instructions; HACKING says how many.  What the processor says (its vector)
 * is still there at the next entry, so nothing is kept but the time; and lg_counts
 * has where to count, ready for use.
 */
#ifndef LG_COUNT_H
#define LG_COUNT_H

#include "lg.h"

/**
 * lg_count_entry - the next thing is the Switcher
 * @vcpu:	whose entry; interrupts are off
 * @vector:	that of its last exit
 *
 * Returns the TSC, for lg_count_exit().
 */
static __always_inline u64 lg_count_entry(struct lg_vcpu *vcpu, unsigned long vector)
{
	struct lg_statistics *statistics = vcpu->statistics;
	u64 now = rdtsc(), passed = now - vcpu->time.mark;

	statistics->time_host += passed;
	lg_histogram_count((u64 *)statistics + lg_counts[vector].latency, passed);
	return now;
}

/**
 * lg_count_exit - it was the last thing
 * @vcpu:	likewise
 * @vector:	of this exit
 * @entered:	what lg_count_entry() said
 */
static __always_inline void lg_count_exit(struct lg_vcpu *vcpu, unsigned long vector, u64 entered)
{
	struct lg_statistics *statistics = vcpu->statistics;
	u64 now = rdtsc(), passed = now - entered;

	vcpu->time.mark = now;
	statistics->time_guest += passed;
	lg_histogram_count(statistics->latency_guest, passed);
	((u64 *)statistics)[lg_counts[vector].exit]++;
}

#endif /* LG_COUNT_H */
