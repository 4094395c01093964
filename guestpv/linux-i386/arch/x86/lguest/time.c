// SPDX-License-Identifier: GPL-2.0
/*
 * time.c - clocks, and the timer.
 *
 * If the Host's TSC is good, Linux uses it as on a real machine: no journey,
 * and programs read the time without a system call.  The pad has its
 * frequency, and how to get from it to the Host's own clock, which is the
 * second clocksource.  Where the TSC is bad, that one asks the Host.
 *
 * Each cpu has a timer of its own, on line 0.
 */
#include <linux/atomic.h>
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/jump_label.h>
#include <linux/ktime.h>
#include <linux/nmi.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>
#include <linux/timekeeping.h>

#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include <asm/processor.h>
#include <asm/time.h>
#include <asm/tsc.h>
#include <asm/x86_init.h>

#include "lguest.h"

/*
 * A clock of the Host now, in ns.  The Host writes the pad with each timer
 * interrupt, at which we are not looking, or on its way to us, so that
 * we see an odd version or a change of it never half way.
 */
static u64 notrace lguest_read_clock(unsigned int which)
{
	const struct lguest_clock *clock;
	u64 now, delta;
	u32 version;

	preempt_disable_notrace();
	clock = this_cpu_ptr(&lguest_shared.clock);
	if (!READ_ONCE(clock->tsc_khz)) {
		preempt_enable_notrace();
		return lguest_hypercall_u64(LHCALL_GET_CLOCK, which);
	}

	do {
		version = READ_ONCE(clock->version);
		smp_rmb();
		delta = rdtsc_ordered() - clock->tsc_base;
		now = which == LGUEST_CLOCK_REALTIME ? clock->realtime_ns
						     : clock->monotonic_ns;
		now += mul_u64_u32_shr(delta, clock->mult, clock->shift);
		smp_rmb();
	} while ((version & 1) || version != READ_ONCE(clock->version));
	preempt_enable_notrace();

	return now;
}

/*
 * The cpus' clocks start from different moments, and are rounded there: one can
 * be a few ns behind another.  So none ever goes back behind what anybody has
 * seen.
 */
static u64 notrace lguest_clocksource_read(struct clocksource *cs)
{
	static atomic64_t last;
	u64 now = lguest_read_clock(LGUEST_CLOCK_MONOTONIC);
	s64 seen = atomic64_read(&last);

	do {
		if ((s64)now <= seen)
			return seen;
	} while (!atomic64_try_cmpxchg(&last, &seen, now));
	return now;
}

static struct clocksource lguest_clocksource = {
	.name	= "lguest_clock",
	.rating	= 250,		/* the TSC has 300 */
	.read	= lguest_clocksource_read,
	.mask	= CLOCKSOURCE_MASK(64),
	.flags	= CLOCK_SOURCE_IS_CONTINUOUS,
};

static void lguest_get_wallclock(struct timespec64 *now)
{
	*now = ns_to_timespec64(lguest_read_clock(LGUEST_CLOCK_REALTIME));
}

static int lguest_set_wallclock(const struct timespec64 *now)
{
	return -ENODEV;		/* it is the Host's */
}

static unsigned long lguest_tsc_khz(void)
{
	return per_cpu(lguest_shared, 0).clock.tsc_khz;
}

/* The timer: one shot, in ns. */
#define LGUEST_TIMER_MIN_NS	1000
#define LGUEST_TIMER_MAX_NS	(BITS_PER_LONG == 64 ? 100ULL * NSEC_PER_SEC \
						     : (u64)ULONG_MAX)

static int lguest_timer_set_next(unsigned long delta,
				 struct clock_event_device *device)
{
	/* Zero would cancel it. */
	lguest_hypercall3(LHCALL_SET_CLOCKEVENT, delta ?: 1, 0, 0);
	return 0;
}

static int lguest_timer_stop(struct clock_event_device *device)
{
	lguest_hypercall3(LHCALL_SET_CLOCKEVENT, 0, 0, 0);
	return 0;
}

static const struct clock_event_device lguest_timer_template = {
	.name			= "lguest",
	.features		= CLOCK_EVT_FEAT_ONESHOT,
	.rating			= 400,
	.mult			= 1,	/* a tick is a nanosecond */
	.shift			= 0,
	.min_delta_ns		= LGUEST_TIMER_MIN_NS,
	.min_delta_ticks	= LGUEST_TIMER_MIN_NS,
	.max_delta_ns		= LGUEST_TIMER_MAX_NS,
	.max_delta_ticks	= LGUEST_TIMER_MAX_NS,
	.set_next_event		= lguest_timer_set_next,
	.set_state_shutdown	= lguest_timer_stop,
};

static DEFINE_PER_CPU(struct clock_event_device, lguest_timer);

/* So late is no timer of a cpu that was running. */
#define LGUEST_AWAY_NS		NSEC_PER_SEC

/*
 * The Guest was stopped, or the Host did not let this cpu run for long.  It is
 * not the fault of what runs here: watchdogs begin anew.
 */
static void lguest_was_away(void)
{
	touch_softlockup_watchdog_sync();
	clocksource_touch_watchdog();
	rcu_cpu_stall_reset();
}

/**
 * lguest_timer_tick - the timer of this cpu has struck, on LGUEST_LINE_TIMER
 */
void lguest_timer_tick(void)
{
	struct clock_event_device *device = this_cpu_ptr(&lguest_timer);

	if (ktime_sub(ktime_get(), device->next_event) > LGUEST_AWAY_NS)
		lguest_was_away();
	/* None if one was on its way when the timer was turned off. */
	if (device->event_handler)
		device->event_handler(device);
}

/**
 * lguest_start_timer - this cpu, which is about to be used, gets its timer
 */
void lguest_start_timer(void)
{
	struct clock_event_device *device = this_cpu_ptr(&lguest_timer);

	*device = lguest_timer_template;
	device->cpumask = cpumask_of(smp_processor_id());
	clockevents_register_device(device);
}

static void __init lguest_timer_init(void)
{
	clocksource_register_hz(&lguest_clocksource, NSEC_PER_SEC);
	lguest_open_timer_line();
	lguest_start_timer();
}

/*
 * Stolen time: that in which we wanted to run and the Host ran somebody else.
 * Its count starts at 0 whenever the cpu does; ours goes on.
 */
static DEFINE_PER_CPU(u64, lguest_steal_before);

/**
 * lguest_keep_steal - a cpu is about to start again, with a pad of zeros
 * @cpu: the cpu, which is down
 */
void lguest_keep_steal(unsigned int cpu)
{
	per_cpu(lguest_steal_before, cpu) += per_cpu(lguest_shared, cpu).steal_ns;
}

static u64 lguest_steal_clock(int cpu)
{
	return per_cpu(lguest_steal_before, cpu) +
	       READ_ONCE(per_cpu(lguest_shared, cpu).steal_ns);
}

static int __init lguest_init_steal(void)
{
	if (!lguest_active)
		return 0;
	static_call_update(pv_steal_clock, lguest_steal_clock);
	static_key_slow_inc(&paravirt_steal_enabled);
	static_key_slow_inc(&paravirt_steal_rq_enabled);
	return 0;
}
arch_initcall(lguest_init_steal);

void __init lguest_init_time(void)
{
	x86_init.timers.timer_init = lguest_timer_init;
	x86_init.timers.setup_percpu_clockev = x86_init_noop;
	x86_init.timers.wallclock_init = x86_init_noop;
	x86_platform.get_wallclock = lguest_get_wallclock;
	x86_platform.set_wallclock = lguest_set_wallclock;
	x86_platform.calibrate_cpu = lguest_tsc_khz;
	x86_platform.calibrate_tsc = lguest_tsc_khz;

	if (lguest_tsc_khz()) {
		/* The Host would not have told us a frequency otherwise. */
		setup_force_cpu_cap(X86_FEATURE_CONSTANT_TSC);
		setup_force_cpu_cap(X86_FEATURE_NONSTOP_TSC);
		setup_force_cpu_cap(X86_FEATURE_TSC_KNOWN_FREQ);
		setup_force_cpu_cap(X86_FEATURE_TSC_RELIABLE);
	} else {
		/* Keeps tsc.c from calibrating it by timers we lack. */
		setup_clear_cpu_cap(X86_FEATURE_TSC);
	}
}
