// SPDX-License-Identifier: GPL-2.0
/*
 * irq.c - interrupts, and the interrupt controller of a Guest.
 *
 * Classic lguest called it UPIC, the Unprogrammable Interrupt Controller: 64
 * lines, a word on each cpu that blocks them, and nothing else but the cpu that
 * a line goes to.  The Host clears a line's pending bit when it delivers the
 * interrupt, so nothing needs an acknowledgement, and a line that is raised
 * while its handler runs comes again: that is an edge, whatever the wire to
 * the device might be.
 *
 * Lines of devices are Linux interrupts of the same number.  Those of the timer
 * and of IPIs (lguest.h) have handlers of their own, as natively: events.c.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/hw_irq.h>
#include <asm/i8259.h>
#include <asm/idtentry.h>
#include <asm/irq_regs.h>
#include <asm/irqflags.h>
#include <asm/paravirt.h>
#include <asm/x86_init.h>

#include "lguest.h"

static void lguest_halt(void)
{
	/* Nothing will ever wake it. */
	if (irqs_disabled())
		lguest_shutdown(LGUEST_SHUTDOWN_CRASH,
				"halted with interrupts off");
	lguest_safe_halt();
}

/* The cpu that each line goes to, and its handler. The lock of the line's
   descriptor guards both. */
static unsigned int lguest_irq_cpu[LGUEST_FIRST_IPI];
static struct irq_desc *lguest_irq_desc[LGUEST_FIRST_IPI];

/*G:600 The UPIC
 *
 * Interrupt controllers are chips whose manuals are thicker than this book.
 * Ours is called UPIC since the first lguest, and the U stands for
 * "unadvanced", or "unprogrammable", or "unassuming", as you like.  It has 64
 * lines.  A bit in the pad blocks a line; another place says which processor
 * gets it.  There are no priorities, no cascades, no acknowledgement: when the
 * Host delivers an interrupt it takes the note down itself.
 *
 * Linux wants a struct irq_chip, which is a form with many fields, and most of
 * ours say "no". Blocking is setting a bit.  Opening is clearing it, but, you
 * have guessed it, there might be one waiting: so we leave ourselves a note to
 * ask.
 */
/* Cpus block and open lines in each other's pads. */
static unsigned long *lguest_blocked(unsigned int cpu)
{
	return (unsigned long *)&per_cpu(lguest_pad, cpu).blocked_interrupts;
}

static void lguest_irq_mask(struct irq_data *data)
{
	set_bit(data->irq, lguest_blocked(lguest_irq_cpu[data->irq]));
}

static void lguest_irq_unmask(struct irq_data *data)
{
	unsigned int cpu = lguest_irq_cpu[data->irq];

	clear_bit(data->irq, lguest_blocked(cpu));

	/*
	 * The Host may have held one back meanwhile and cannot see that the
	 * line is open.  Make the next local_irq_enable() ask it; but another
	 * cpu may have had its last for a long time.
	 */
	if (cpu == smp_processor_id())
		this_cpu_write(lguest_pad.irq_pending, 1);
	else
		lguest_hypercall3(LHCALL_ROUTE_IRQ, data->irq, cpu, 0);
}
/*:*/

/*
 * The line is open at its new cpu before it is blocked at the old one, and the
 * Host takes along an interrupt that waits: so none can be lost.
 */
static int lguest_irq_set_affinity(struct irq_data *data,
				   const struct cpumask *mask, bool force)
{
	unsigned int old = lguest_irq_cpu[data->irq], new;

	if (cpu_online(old) && cpumask_test_cpu(old, mask))
		new = old;
	else
		new = cpumask_first_and(mask, cpu_online_mask);
	if (new >= nr_cpu_ids)
		return -EINVAL;

	if (new != old) {
		lguest_irq_cpu[data->irq] = new;
		if (!irqd_irq_masked(data)) {
			clear_bit(data->irq, lguest_blocked(new));
			set_bit(data->irq, lguest_blocked(old));
		}
		lguest_hypercall3(LHCALL_ROUTE_IRQ, data->irq, new, 0);
	}
	irq_data_update_effective_affinity(data, cpumask_of(new));
	return IRQ_SET_MASK_OK;
}

static void lguest_irq_ack(struct irq_data *data)
{
}

static struct irq_chip lguest_irq_chip = {
	.name			= "lguest",
	.irq_ack		= lguest_irq_ack,
	.irq_mask		= lguest_irq_mask,
	.irq_unmask		= lguest_irq_unmask,
	.irq_set_affinity	= lguest_irq_set_affinity,
	.flags			= IRQCHIP_SKIP_SET_WAKE,
};

/* All interrupts of devices; lguest_device_interrupt(regs, line). */
DEFINE_IDTENTRY_IRQ(lguest_device_interrupt)
{
	struct pt_regs *old_regs = set_irq_regs(regs);
	struct irq_desc *desc = NULL;

	if (vector < LGUEST_FIRST_IPI)
		desc = READ_ONCE(lguest_irq_desc[vector]);
	if (likely(desc))
		generic_handle_irq_desc(desc);
	else
		pr_emerg_ratelimited("lguest: cpu %u has no handler for line %u\n",
				     smp_processor_id(), vector);
	set_irq_regs(old_regs);
}

/* Make the interrupt that has the line's number one of ours. */
static void lguest_set_chip(unsigned int line)
{
	struct irq_desc *desc = irq_to_desc(line);

	irq_set_chip_and_handler_name(line, &lguest_irq_chip, handle_edge_irq,
				      "edge");
	irqd_set_single_target(irq_desc_get_irq_data(desc));
	/* It can move whenever somebody says so, not only when it strikes. */
	irq_set_status_flags(line, IRQ_MOVE_PCNTXT);
	WRITE_ONCE(lguest_irq_desc[line], desc);
}

/**
 * lguest_setup_irq - make an interrupt line of a device usable
 * @line: its number, which becomes the number of the Linux interrupt
 *
 * Return: 0, or a negative errno.
 */
int lguest_setup_irq(unsigned int line)
{
	int err;

	if (line == LGUEST_LINE_TIMER || line >= LGUEST_FIRST_IPI)
		return -EINVAL;

	err = irq_alloc_desc_at(line, 0);
	if (err < 0 && err != -EEXIST)
		return err;

	if (irq_get_chip(line) != &lguest_irq_chip)
		lguest_set_chip(line);
	return 0;
}

/**
 * lguest_alloc_irq - find an interrupt line that nobody uses
 * @first: the least that will do
 * @end: one more than the most
 *
 * Return: its number, which is that of the Linux interrupt, or a negative
 * errno.
 */
int lguest_alloc_irq(unsigned int first, unsigned int end)
{
	unsigned int line;

	for (line = first; line < end; line++) {
		int err = irq_alloc_desc_at(line, 0);

		if (err == -EEXIST)
			continue;
		if (err < 0)
			return err;
		lguest_set_chip(line);
		return line;
	}
	return -ENOSPC;
}

/**
 * lguest_free_irq - undo lguest_alloc_irq()
 * @line: nobody handles it any more
 */
void lguest_free_irq(unsigned int line)
{
	WRITE_ONCE(lguest_irq_desc[line], NULL);
	irq_free_desc(line);
}

/*G:220 Hooks
 *
 * Linux reaches interrupt flags, control registers and page tables through a
 * structure of function pointers, pv_ops, when it is built for that.  On a
 * bare machine the pointers are gone soon after boot: the kernel patches the
 * calls in its own code and puts the one instruction that they stand for in
 * their place.  In a Guest it patches in calls of ours.
 *
 * In this function we take five of them, and in the second half, we hang up a
 * sign that says which hardware is not there.  The old interrupt controllers:
 * not there.  The new ones: not there either.  Nobody asks whether we are sad
 * about it.
 */
void __init lguest_init_irq(void)
{
	pv_ops.irq.save_fl = __PV_IS_CALLEE_SAVE(lguest_save_fl);
	pv_ops.irq.irq_disable = __PV_IS_CALLEE_SAVE(lguest_irq_disable);
	pv_ops.irq.irq_enable = __PV_IS_CALLEE_SAVE(lguest_irq_enable);
	pv_ops.irq.safe_halt = lguest_safe_halt;
	pv_ops.irq.halt = lguest_halt;

	/* Neither the old controllers nor the new ones. */
	legacy_pic = &null_legacy_pic;
	disable_apic = 1;
	x86_init.irqs.pre_vector_init = x86_init_noop;
	x86_init.irqs.intr_init = x86_init_noop;
	x86_init.irqs.intr_mode_select = x86_init_noop;
	x86_init.irqs.intr_mode_init = x86_init_noop;
	lguest_init_msi();
}
/*:*/
