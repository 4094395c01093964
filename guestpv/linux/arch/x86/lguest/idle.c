// SPDX-License-Identifier: GPL-2.0
/*
 * idle.c - a cpu that has nothing to do.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include <asm/processor.h>
#include <asm/tsc.h>

#include "lguest.h"

/*G:815 Waiting a little before lying down
 *
 * Two programs that answer each other, on two processors: while the one works
 * the other waits, for some millionths of a second.  If it lies down for that,
 * somebody has to go and wake it.  To lie down is a hypercall, in which the
 * Host's scheduler looks for something else to do; to be woken is another, and
 * the scheduler again, and each time the timer has to be told.  All that is
 * longer than the nap.
 *
 * So a processor without work turns in a circle first, with its eyes open, and
 * Linux, who is told that they are, wakes it by a bit in memory: no hypercall at
 * all, on either side.  How long is worth it?  As long as its last naps were,
 * if they were short.  If they were long, not at all, and so an idle Guest
 * costs nothing.  And of course not while another one of us waits for the very
 * processor that we are turning in circles on.  Of other Guests we do not know,
 * but how much time was taken from us, we do.
 */

/* The longest wait, in ns; 0 is never. lguest.poll_max_ns= at boot, too. */
static unsigned int poll_max_ns __read_mostly = 100000;
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "lguest."
module_param(poll_max_ns, uint, 0644);

/* The first one after a short nap; each further one doubles it. */
#define LGUEST_POLL_START_NS	10000

/* If processors are scarce, nobody waits for so long. */
#define LGUEST_POLL_SCARCE_NS	10000000

/* How often to look for work between two looks at the clock. */
#define LGUEST_POLL_SPINS	16

/**
 * struct lguest_idle - what a cpu has learned
 * @limit: wait so long before halting, in cycles
 * @began: when it had nothing to do any more, by the TSC
 * @steal_ns: the pad's, at that time
 *
 * Only the cpu's idle task touches it.
 */
struct lguest_idle {
	u64	limit;
	u64	began;
	u64	steal_ns;
};

static DEFINE_PER_CPU(struct lguest_idle, lguest_idle);

/* When one of us has noticed last that processors are scarce, by its TSC. */
static u64 lguest_scarce __read_mostly;

/*
 * Where the TSC is no clock the Host does not say how fast it goes.  It goes, and
 * hardly slower than a cycle in a nanosecond.
 */
static u64 lguest_cycles(u64 ns)
{
	return ns * (this_cpu_read(lguest_pad.clock.tsc_khz) ?: 1000000) / 1000000;
}

/*
 * A cpu that has halted and then was called wants to run, which the Host does
 * not say before it has.
 */
enum lguest_halt {
	LGUEST_RUNS,
	LGUEST_HALTED,
	LGUEST_CALLED,
};
static DEFINE_PER_CPU(enum lguest_halt, lguest_halt);

/**
 * lguest_idle_called - an IPI is about to be sent
 * @vcpus: mask of the cpus that get it
 */
void lguest_idle_called(unsigned long vcpus)
{
	unsigned int cpu;

	for_each_set_bit(cpu, &vcpus, BITS_PER_LONG) {
		enum lguest_halt *halt = per_cpu_ptr(&lguest_halt, cpu);

		if (READ_ONCE(*halt) == LGUEST_HALTED)
			cmpxchg(halt, LGUEST_HALTED, LGUEST_CALLED);
	}
}

/*
 * Is there a cpu of ours that wants to run and has no processor?  If we have not
 * @waited long, one that was called may be on its way: the Host has to wake its
 * thread, and perhaps a processor.  Who gave up too soon would find it halted the
 * next time as well, and call it again, and so on.
 */
static bool lguest_others_wait(u64 waited)
{
	bool long_enough = waited > lguest_cycles(READ_ONCE(poll_max_ns) / 2);
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (READ_ONCE(per_cpu(lguest_pad, cpu).preempted))
			return true;
		if (long_enough &&
		    READ_ONCE(per_cpu(lguest_halt, cpu)) == LGUEST_CALLED)
			return true;
	}
	return false;
}

/**
 * lguest_idle_poll - wait a little for work
 *
 * For the idle loop, before it stops the tick and halts: with interrupts off,
 * which they are again afterwards, and TIF_POLLING_NRFLAG set.
 */
void lguest_idle_poll(void)
{
	struct lguest_idle *idle = this_cpu_ptr(&lguest_idle);
	u64 steal_ns = this_cpu_read(lguest_pad.steal_ns);
	unsigned int spins = 0;

	/* Who comes by an interrupt wakes us out of any sleep at the same price. */
	if (num_online_cpus() == 1)
		return;

	idle->began = rdtsc();
	/* Is so much stolen, between two times of being idle, that they are scarce? */
	if (steal_ns - idle->steal_ns > READ_ONCE(poll_max_ns) / 2)
		WRITE_ONCE(lguest_scarce, idle->began);
	idle->steal_ns = steal_ns;
	if (!idle->limit || idle->began - READ_ONCE(lguest_scarce) <
			    lguest_cycles(LGUEST_POLL_SCARCE_NS))
		return;

	local_irq_enable();
	for (; !need_resched(); cpu_relax()) {
		u64 waited;

		if (spins++ % LGUEST_POLL_SPINS)
			continue;
		waited = rdtsc() - idle->began;
		if (waited > idle->limit)
			break;
		if (lguest_others_wait(waited)) {
			WRITE_ONCE(lguest_scarce, idle->began);
			break;
		}
	}
	local_irq_disable();
}

/**
 * lguest_safe_halt - (native) sti; hlt
 *
 * The Host turns interrupts on and sleeps, in that order.
 */
void lguest_safe_halt(void)
{
	struct lguest_idle *idle = this_cpu_ptr(&lguest_idle);
	u64 limit = idle->limit, max;

	this_cpu_write(lguest_halt, LGUEST_HALTED);
	lguest_hypercall3(LHCALL_HALT, 0, 0, 0);
	this_cpu_write(lguest_halt, LGUEST_RUNS);

	/* (If we are on another processor now, whose TSC is behind: a long time.) */
	max = lguest_cycles(READ_ONCE(poll_max_ns));
	if (rdtsc() - idle->began <= max)
		limit = clamp(2 * limit, lguest_cycles(LGUEST_POLL_START_NS), max);
	else if (limit > lguest_cycles(LGUEST_POLL_START_NS))
		limit /= 2;
	else
		limit = 0;
	idle->limit = limit;
}
/*:*/
