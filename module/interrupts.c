// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * interrupts.c - interrupts and other events for the Guest.
 *
 * A Guest has 64 interrupt lines: a word with a bit for each that was raised,
 * and a word in the pad with a bit for each that the Guest blocks.  No
 * priorities, no acknowledgement, no routing: the UPIC, the unadvanced
 * programmable interrupt controller.
 */
#include <asm/trapnr.h>

#include "lg.h"
#include "trace.h"

/**
 * lg_raise - raise interrupt line @line
 * @vcpu:	whose line
 * @line:	0 to LGUEST_IRQS - 1
 *
 * From any context.
 */
void lg_raise(struct lg_vcpu *vcpu, unsigned int line)
{
	set_bit(line, &vcpu->pending);
	lg_vcpu_kick(vcpu);
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
	else if (vector == X86_TRAP_NMI)
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

/**
 * lg_deliver_interrupts - give the Guest an interrupt, if it takes one
 * @vcpu:	loaded
 *
 * If it does not take one now, it is told that one is pending: it will ask
 * for it when it turns interrupts on, or is stopped on its way to its user.
 * Returns vcpu->pending as far as it has been dealt with: if it differs from
 * that, this has to be called again before the Guest is entered.
 */
unsigned long lg_deliver_interrupts(struct lg_vcpu *vcpu)
{
	unsigned long pending = READ_ONCE(vcpu->pending), lines;

	if (!vcpu->ready)
		return pending;
	lines = pending & ~READ_ONCE(vcpu->pad->blocked_interrupts);
	if (lines && (lg_arch_user_mode(vcpu) || READ_ONCE(vcpu->pad->irq_enabled))) {
		unsigned int line = __ffs(lines);

		clear_bit(line, &vcpu->pending);
		pending &= ~BIT(line);
		lines &= ~BIT(line);
		lg_event(vcpu, LGUEST_IRQ_VECTOR + line, 0);
		if (!line)
			vcpu->clock_due = true;
	}
	vcpu->pad->irq_pending = lines != 0;
	lg_arch_set_not_now(vcpu, lines != 0);
	return pending;
}
