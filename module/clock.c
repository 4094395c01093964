// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clock.c - the Guest's time: a timer, and a page to read the time from.
 */
#include <linux/ktime.h>
#include <linux/timekeeping.h>
#include <asm/tsc.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>

#include "lg.h"

/*
 * The farthest that a Guest's timer can be set: about 292 years are not
 * needed, and sums of times must not overflow.
 */
#define CLOCK_FARTHEST_NS	(1ull << 52)

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	struct lg_vcpu *vcpu = container_of(timer, struct lg_vcpu, clock);

	lg_raise(vcpu, 0);
	return HRTIMER_NORESTART;
}

/** lg_clock_init - once per vcpu */
void lg_clock_init(struct lg_vcpu *vcpu)
{
	hrtimer_init(&vcpu->clock, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	vcpu->clock.function = fire;
	hrtimer_init(&vcpu->nmi_retry, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}

/** lg_clock_set - LHCALL_SET_CLOCKEVENT: interrupt line 0 in @ns; 0: never */
void lg_clock_set(struct lg_vcpu *vcpu, u64 ns)
{
	if (!ns)
		hrtimer_cancel(&vcpu->clock);
	else
		hrtimer_start(&vcpu->clock, ns_to_ktime(min(ns, CLOCK_FARTHEST_NS)),
			      HRTIMER_MODE_REL);
}

/** lg_clock_left - ns until the timer of @vcpu, which does not run, fires; 0: never */
u64 lg_clock_left(struct lg_vcpu *vcpu)
{
	if (!hrtimer_active(&vcpu->clock))
		return 0;
	return max_t(s64, ktime_to_ns(hrtimer_get_remaining(&vcpu->clock)), 1);
}

/** lg_clock_stop - the vcpu is going away */
void lg_clock_stop(struct lg_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->clock);
	hrtimer_cancel(&vcpu->nmi_retry);
}

/** lg_clock_tsc_khz - 0 if the TSC tells no time that a Guest could use */
u32 lg_clock_tsc_khz(void)
{
	return check_tsc_unstable() ? 0 : tsc_khz;
}

/** lg_clock_guest_khz - the same of the TSC that the Guest sees */
u32 lg_clock_guest_khz(struct lguest *lg)
{
	return lg->clock.own_tsc ? lg->clock.tsc_khz : lg_clock_tsc_khz();
}

/** lg_clock_guest_tsc - the Guest's TSC when the Host's is @tsc */
u64 lg_clock_guest_tsc(struct lguest *lg, u64 tsc)
{
	const struct lg_guest_clock *clock = &lg->clock;

	if (!clock->own_tsc)
		return tsc;
	return clock->guest_base + mul_u64_u64_shr(tsc - clock->host_base, clock->ratio, 32);
}

/**
 * lg_clock_own_tsc - from now on the Guest's TSC is its own
 * @lg:		no vcpu runs
 * @tsc:	its value now
 * @khz:	its frequency; 0: it is the Host's again
 *
 * 0, or -EOPNOTSUPP if the Host's tells no time.
 */
int lg_clock_own_tsc(struct lguest *lg, u64 tsc, u32 khz)
{
	struct lg_guest_clock *clock = &lg->clock;
	u32 host_khz = lg_clock_tsc_khz();

	clock->own_tsc = false;
	if (!khz)
		return 0;
	if (!host_khz)
		return -EOPNOTSUPP;
	clock->tsc_khz = khz;
	clock->guest_base = tsc;
	clock->host_base = rdtsc_ordered();
	clock->ratio = div_u64((u64)khz << 32, host_khz);
	clock->own_tsc = true;
	return 0;
}

/*H:140 Telling the time
 *
 * The Guest's timer is a timer of ours that raises line 0.  With it comes the
 * time: the counter's value, the clock's, and how to get from the one to the
 * other.  Odd version, numbers, even version; the barriers between them tell
 * the processor that we mean it.
 */
/** lg_clock_publish - write struct lguest_clock of the pad */
void lg_clock_publish(struct lg_vcpu *vcpu)
{
	struct lguest_clock *clock = &vcpu->pad->clock;
	u32 khz = lg_clock_guest_khz(vcpu->lg), version;
	u64 real, tsc, mono;

	vcpu->clock_due = false;
	local_irq_disable();
	tsc = lg_clock_guest_tsc(vcpu->lg, rdtsc_ordered());
	mono = lg_clock_read(vcpu->lg, LGUEST_CLOCK_MONOTONIC);
	real = ktime_get_real_ns();
	local_irq_enable();

	version = READ_ONCE(clock->version) | 1;
	WRITE_ONCE(clock->version, version);
	smp_wmb();	/* odd before the rest changes */
	clock->tsc_khz = khz;
	clock->tsc_base = tsc;
	clock->monotonic_ns = mono;
	clock->realtime_ns = real;
	lg_arch_clock(vcpu->pad, real);
	/* ns = ticks * mult >> shift, good for some seconds without overflow */
	clock->shift = 22;
	clock->mult = khz ? div_u64(1000000ull << 22, khz) : 0;
	smp_wmb();	/* the rest before even */
	WRITE_ONCE(clock->version, version + 1);
	vcpu->pad->xcr0 = boot_cpu_has(X86_FEATURE_OSXSAVE) ? xgetbv(0) : 3;
}
/*:*/

/** lg_clock_read - LHCALL_GET_CLOCK */
u64 lg_clock_read(struct lguest *lg, u64 which)
{
	return which == LGUEST_CLOCK_REALTIME ? ktime_get_real_ns() :
						ktime_get_ns() + lg->clock.monotonic_offset;
}

/** lg_steal_init - nothing was stolen from @vcpu, the caller's own, up to now */
void lg_steal_init(struct lg_vcpu *vcpu)
{
	vcpu->steal_base = lg_run_delay(current);
	vcpu->steal_restored = false;
	vcpu->steal_due = false;
	vcpu->pad->steal_ns = 0;
}

/** lg_steal_publish - tell the Guest how much has been since */
void lg_steal_publish(struct lg_vcpu *vcpu)
{
	vcpu->steal_due = false;
	if (vcpu->steal_restored)
		vcpu->steal_base = lg_run_delay(current) - READ_ONCE(vcpu->pad->steal_ns);
	vcpu->steal_restored = false;
	WRITE_ONCE(vcpu->pad->steal_ns, lg_run_delay(current) - vcpu->steal_base);
}
