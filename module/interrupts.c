// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * interrupts.c - interrupts and other events for the Guest.
 *
 * A Guest has 64 interrupt lines: a word with a bit for each that was raised,
 * and a word in the pad with a bit for each that the Guest blocks.  No
 * priorities, no acknowledgement, no routing: the UPIC, the unadvanced
 * programmable interrupt controller.
 */
#include <linux/nospec.h>

#include "lg.h"
#include "trace.h"

/* The event by which the Guest has an NMI. */
#define LG_TRAP_NMI	2

/* Its bits, for atomic operations. Either half of it may be read before the other. */
static unsigned long *pending_of(struct lg_vcpu *vcpu)
{
	return (unsigned long *)&vcpu->pending;
}

/**
 * lg_raise - raise interrupt line @line
 * @vcpu:	whose line
 * @line:	0 to LGUEST_IRQS - 1
 *
 * From any context.
 */
void lg_raise(struct lg_vcpu *vcpu, unsigned int line)
{
	set_bit(line, pending_of(vcpu));
	lg_vcpu_kick(vcpu);
}

/* How often a line may be routed elsewhere while it is being raised. */
#define ROUTE_TRIES	8

/**
 * lg_raise_device - the same, for a device's line: where the Guest wants it
 * @lg:		the Guest
 * @line:	below LGUEST_DEVICE_IRQS
 *
 * If it is routed elsewhere meanwhile, its old vcpu blocks it by now: it has to
 * move, or it would wait there for ever.  Either lg_route_irq() finds it there,
 * or we see the new vcpu.
 */
void lg_raise_device(struct lguest *lg, unsigned int line)
{
	unsigned int id = READ_ONCE(lg->irq_vcpu[line]), tries, now;

	for (tries = 0; tries < ROUTE_TRIES; tries++) {
		struct lg_vcpu *vcpu = READ_ONCE(lg->vcpus[id]);

		if (!vcpu)
			return;
		lg_raise(vcpu, line);
		smp_mb();	/* pairs with the one in lg_route_irq() */
		now = READ_ONCE(lg->irq_vcpu[line]);
		if (now == id || !test_and_clear_bit(line, pending_of(vcpu)))
			return;
		id = now;
	}
}

/** lg_raise_nmi - a non-maskable interrupt for @vcpu; from any context */
void lg_raise_nmi(struct lg_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->nmi, true);
	lg_vcpu_kick(vcpu);
}

/** lg_send_ipi - LHCALL_SEND_IPI */
int lg_send_ipi(struct lguest *lg, u64 vcpus, u64 line)
{
	unsigned long mask = vcpus;
	unsigned int i;

	if (line < LGUEST_FIRST_IPI || line > LGUEST_IPI_NMI)
		return -EINVAL;
	for_each_set_bit(i, &mask, LG_MAX_VCPUS) {
		struct lg_vcpu *vcpu = READ_ONCE(lg->vcpus[i]);

		if (!vcpu)
			continue;
		if (line == LGUEST_IPI_NMI)
			lg_raise_nmi(vcpu);
		else
			lg_raise(vcpu, line);
	}
	return 0;
}

/** lg_route_irq - LHCALL_ROUTE_IRQ */
int lg_route_irq(struct lguest *lg, u64 line, u64 id)
{
	struct lg_vcpu *old, *new;

	if (line >= LGUEST_DEVICE_IRQS || id >= LG_MAX_VCPUS)
		return -EINVAL;
	line = array_index_nospec((unsigned long)line, LGUEST_DEVICE_IRQS);
	id = array_index_nospec((unsigned long)id, LG_MAX_VCPUS);
	new = READ_ONCE(lg->vcpus[id]);
	if (!new)
		return -EINVAL;
	old = lg->vcpus[READ_ONCE(lg->irq_vcpu[line])];
	WRITE_ONCE(lg->irq_vcpu[line], id);
	smp_mb();	/* pairs with the one in lg_raise_device() */
	/* The timer's line is each vcpu's own. */
	if (line && old != new && test_and_clear_bit(line, pending_of(old)))
		set_bit(line, pending_of(new));
	/*
	 * The Guest may only have opened a line that has been pending there for
	 * a while, and @pending shows no change.
	 */
	WRITE_ONCE(new->look, true);
	lg_vcpu_kick(new);
	return 0;
}

/** lg_interrupt_waits - is there one that the Guest does not block? */
bool lg_interrupt_waits(struct lg_vcpu *vcpu)
{
	return READ_ONCE(vcpu->pending) & ~READ_ONCE(vcpu->pad->blocked_interrupts);
}

static void count_event(struct lg_statistics *statistics, unsigned int vector)
{
	if (vector == LGUEST_IRQ_VECTOR)
		statistics->inject_timer++;
	else if (vector >= LGUEST_IRQ_VECTOR + LGUEST_DEVICE_IRQS)
		statistics->inject_ipi++;
	else if (vector > LGUEST_IRQ_VECTOR)
		statistics->inject_device++;
	else if (vector == LG_TRAP_NMI)
		statistics->inject_nmi++;
	else
		statistics->inject_trap++;
}

/** lg_event - make the Guest's kernel handle a trap or an interrupt */
void lg_event(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code)
{
	count_event(vcpu->statistics, vector);
	trace_lguest_inject(vcpu, vector, error_code);
	lg_arch_event(vcpu, vector, error_code);
}

static enum hrtimer_restart try_again(struct hrtimer *timer)
{
	lg_vcpu_kick(container_of(timer, struct lg_vcpu, nmi_retry));
	return HRTIMER_NORESTART;
}

/* How long the Guest may take to get out of where an NMI must not strike. */
#define NMI_RETRY_NS	20000

/**
 * lg_deliver_nmi - give the Guest its NMI, if one waits and it can take it
 * @vcpu:	loaded
 *
 * Returns false if it has to wait for the Guest to go on a little; there is a
 * timer behind that.
 */
bool lg_deliver_nmi(struct lg_vcpu *vcpu)
{
	u64 rip;

	if (!vcpu->ready || READ_ONCE(vcpu->pad->nmi_blocked))
		return false;
	rip = lg_arch_get_register(vcpu, LGUEST_REG_RIP);
	if (!lg_arch_user_mode(vcpu) &&
	    rip >= vcpu->nmi_unsafe_start && rip < vcpu->nmi_unsafe_end) {
		vcpu->nmi_retry.function = try_again;
		hrtimer_start(&vcpu->nmi_retry, ns_to_ktime(NMI_RETRY_NS), HRTIMER_MODE_REL);
		return false;
	}
	WRITE_ONCE(vcpu->nmi, false);
	WRITE_ONCE(vcpu->pad->nmi_blocked, 1);
	lg_event(vcpu, LG_TRAP_NMI, 0);
	return true;
}

/*H:130 Interrupting politely
 *
 * An interrupt for the Guest is a bit in a word.  Before each entry we look
 * whether there is one that the Guest does not block, and whether it has its
 * interrupts on: its program always has, its kernel says so in the pad.  If it
 * has, we make it so that the next instruction it executes is its handler's
 * first.
 *
 * If it has not, it gets the note, irq_pending, and will ask.  And if its
 * kernel is about to go back to its program, which turns interrupts on without
 * asking anybody, the Switcher has to know: that is the bit "not now" that
 * lg_arch_set_not_now() sets.
 */
/**
 * lg_deliver_interrupts - give the Guest an interrupt, if it takes one
 * @vcpu:	loaded
 *
 * If it does not take one now, it is told that one is pending: it will ask
 * for it when it turns interrupts on, or is stopped on its way to its user.
 * Returns vcpu->pending as far as it has been dealt with: if it differs from
 * that, this has to be called again before the Guest is entered.
 */
u64 lg_deliver_interrupts(struct lg_vcpu *vcpu)
{
	u64 pending = READ_ONCE(vcpu->pending), lines;

	if (!vcpu->ready)
		return pending;
	lines = pending & ~READ_ONCE(vcpu->pad->blocked_interrupts);
	if (lines && lg_arch_takes_interrupts(vcpu)) {
		unsigned int line = __ffs64(lines);

		clear_bit(line, pending_of(vcpu));
		pending &= ~BIT_ULL(line);
		lines &= ~BIT_ULL(line);
		lg_event(vcpu, LGUEST_IRQ_VECTOR + line, 0);
		if (!line)
			vcpu->clock_due = true;
	}
	vcpu->pad->irq_pending = lines != 0;
	lg_arch_set_not_now(vcpu, lines != 0);
	return pending;
}
/*:*/
