// SPDX-License-Identifier: GPL-2.0
/*
 * spinlock.c - waiting for a lock whose holder may not be running.
 *
 * A cpu that spins may be spinning instead of the one that has the lock.  So
 * after a while it sleeps, in the Host, until the holder kicks it.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/stop_machine.h>

#include <asm/paravirt.h>
#include <asm/qspinlock.h>

#include "lguest.h"

/* How many waits of this cpu are under way: one, and those of interrupts. */
static DEFINE_PER_CPU(unsigned int, lguest_waits);

/*G:810 Waiting for somebody who is not there
 *
 * A spinlock is for a moment: who wants it turns in a circle until it is free.
 * That is a fine idea as long as the owner runs.  But the Host may have taken
 * *his* processor away, to let another process run; then we burn a whole time
 * slice turning in circles for somebody who could continue if only we stopped.
 *
 * So after a while we go to sleep in the Host, and whoever unlocks kicks us
 * awake.  Of such a kick one is remembered, so it does not matter whether it
 * comes a moment before we have lain down.
 */
/*
 * Sleep as long as *byte has the value.
 *
 * A kick that comes between the look and the hypercall is not lost, the
 * Host remembers one.  But an interrupt may come there as well and wait for
 * another lock, and so use up a kick that was for us: then it has to give
 * it back.
 */
static void lguest_wait(u8 *byte, u8 value)
{
	bool slept = false;

	/* Which may have interrupted a wait: it had better not touch anything. */
	if (in_nmi())
		return;

	this_cpu_inc(lguest_waits);
	if (READ_ONCE(*byte) == value) {
		lguest_hypercall3(LHCALL_WAIT, 0, 0, 0);
		slept = true;
	}
	if (this_cpu_dec_return(lguest_waits) && slept)
		lguest_hypercall3(LHCALL_KICK, smp_processor_id(), 0, 0);
}

static void lguest_kick(int cpu)
{
	lguest_hypercall3(LHCALL_KICK, cpu, 0, 0);
}
/*:*/

/*G:812 And for those who cannot be asked to call
 *
 * Whoever unlocks a spinlock kicks the one that sleeps.  But there are other
 * things to wait for in a circle: a lock for many readers, which does not know
 * who they are; another processor's answer to an interrupt.  Nobody would kick us
 * then, so we do not sleep.  We ask the Host, now and then, to let somebody else of
 * us run who would like to: perhaps it is the one.
 */
/**
 * lguest_spun - LGUEST_TURNS of a loop that waits for another cpu are over
 *
 * From any context.
 */
void notrace lguest_spun(void)
{
	if (!lguest_active || num_online_cpus() == 1 || in_nmi())
		return;
	lguest_hypercall3(LHCALL_YIELD, 0, 0, 0);
}
EXPORT_SYMBOL(lguest_spun);

/* Instead of a weak one: all cpus but one wait for the last that has to stop. */
void notrace stop_machine_yield(const struct cpumask *cpumask)
{
	static DEFINE_PER_CPU(unsigned int, turns);

	cpu_relax();
	if (!(this_cpu_inc_return(turns) % LGUEST_TURNS))
		lguest_spun();
}
/*:*/

__visible bool __lguest_vcpu_is_preempted(long cpu)
{
	return READ_ONCE(per_cpu(lguest_pad, cpu).preempted);
}
PV_CALLEE_SAVE_REGS_THUNK(__lguest_vcpu_is_preempted);

/**
 * lguest_init_spinlocks - choose how to lock, before alternatives are patched
 *
 * With one cpu nobody ever waits, and the native functions stay.
 */
void __init lguest_init_spinlocks(void)
{
	if (num_possible_cpus() == 1 || nopvspin)
		return;

	__pv_init_lock_hash();
	pv_ops.lock.queued_spin_lock_slowpath = __pv_queued_spin_lock_slowpath;
	pv_ops.lock.queued_spin_unlock =
		PV_CALLEE_SAVE(__pv_queued_spin_unlock);
	pv_ops.lock.wait = lguest_wait;
	pv_ops.lock.kick = lguest_kick;
	pv_ops.lock.vcpu_is_preempted =
		PV_CALLEE_SAVE(__lguest_vcpu_is_preempted);
}
