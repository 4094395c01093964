// SPDX-License-Identifier: GPL-2.0
/*
 * time.c - clocks, and the timer.
 *
 * If the Host's TSC is good, Linux uses it as on a real machine: no journey,
 * and programs read the time without a system call.  The pad has its
 * frequency, and how to get from it to the Host's own clock, which is the
 * second clocksource.  Where the TSC is bad, that one asks the Host.
 */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/timekeeping.h>

#include <asm/cpufeature.h>
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
	clock = this_cpu_ptr(&lguest_pad.clock);
	if (!READ_ONCE(clock->tsc_khz)) {
		preempt_enable_notrace();
		return lguest_hypercall3(LHCALL_GET_CLOCK, which, 0, 0);
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

static u64 lguest_clocksource_read(struct clocksource *cs)
{
	return lguest_read_clock(LGUEST_CLOCK_MONOTONIC);
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
	return per_cpu(lguest_pad, 0).clock.tsc_khz;
}

/* The timer: one shot, in ns, on interrupt line 0. */
#define LGUEST_TIMER_LINE	0
#define LGUEST_TIMER_MIN_NS	1000
#define LGUEST_TIMER_MAX_NS	(100 * NSEC_PER_SEC)

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

static struct clock_event_device lguest_timer = {
	.name			= "lguest",
	.features		= CLOCK_EVT_FEAT_ONESHOT,
	.rating			= 400,
	.mult			= 1,	/* a tick is a nanosecond */
	.shift			= 0,
	.min_delta_ns		= LGUEST_TIMER_MIN_NS,
	.min_delta_ticks	= LGUEST_TIMER_MIN_NS,
	.max_delta_ns		= LGUEST_TIMER_MAX_NS,
	.max_delta_ticks	= LGUEST_TIMER_MAX_NS,
	.irq			= LGUEST_TIMER_LINE,
	.set_next_event		= lguest_timer_set_next,
	.set_state_shutdown	= lguest_timer_stop,
};

static irqreturn_t lguest_timer_interrupt(int irq, void *unused)
{
	lguest_timer.event_handler(&lguest_timer);
	return IRQ_HANDLED;
}

static void __init lguest_timer_init(void)
{
	clocksource_register_hz(&lguest_clocksource, NSEC_PER_SEC);

	lguest_timer.cpumask = cpumask_of(0);
	clockevents_register_device(&lguest_timer);

	if (lguest_setup_irq(LGUEST_TIMER_LINE) ||
	    request_irq(LGUEST_TIMER_LINE, lguest_timer_interrupt,
			IRQF_TIMER | IRQF_PERCPU | IRQF_NOBALANCING,
			"lguest timer", NULL))
		panic("lguest: no timer interrupt");
}

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
