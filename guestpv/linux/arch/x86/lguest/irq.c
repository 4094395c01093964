// SPDX-License-Identifier: GPL-2.0
/*
 * irq.c - interrupts, and the interrupt controller of a Guest.
 *
 * Classic lguest called it UPIC, the Unprogrammable Interrupt Controller: 64
 * lines, a word that blocks them, and nothing else.  The Host clears a line's
 * pending bit when it delivers the interrupt, so nothing needs an
 * acknowledgement, and a line that is raised while its handler runs
 * comes again: that is an edge, whatever the wire to the device might be.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/percpu.h>

#include <asm/apic.h>
#include <asm/hw_irq.h>
#include <asm/i8259.h>
#include <asm/irqflags.h>
#include <asm/paravirt.h>
#include <asm/x86_init.h>

#include "lguest.h"

/* (native) sti; hlt: the Host turns interrupts on and sleeps, in that order. */
static void lguest_safe_halt(void)
{
	lguest_hypercall3(LHCALL_HALT, 0, 0, 0);
}

static void lguest_halt(void)
{
	/* Nothing will ever wake it. */
	if (irqs_disabled())
		lguest_shutdown(LGUEST_SHUTDOWN_CRASH,
				"halted with interrupts off");
	lguest_safe_halt();
}

static void lguest_irq_mask(struct irq_data *data)
{
	this_cpu_or(lguest_pad.blocked_interrupts, BIT_ULL(data->irq));
}

static void lguest_irq_unmask(struct irq_data *data)
{
	this_cpu_and(lguest_pad.blocked_interrupts, ~BIT_ULL(data->irq));

	/*
	 * The Host may have held one back meanwhile and cannot see that the
	 * line is open.  Make the next local_irq_enable() ask it.
	 */
	this_cpu_write(lguest_pad.irq_pending, 1);
}

static void lguest_irq_ack(struct irq_data *data)
{
}

static struct irq_chip lguest_irq_chip = {
	.name		= "lguest",
	.irq_ack	= lguest_irq_ack,
	.irq_mask	= lguest_irq_mask,
	.irq_unmask	= lguest_irq_unmask,
	.flags		= IRQCHIP_SKIP_SET_WAKE,
};

/**
 * lguest_setup_irq - make an interrupt line usable
 * @line: its number, which becomes the number of the Linux interrupt
 *
 * Return: 0, or a negative errno.
 */
int lguest_setup_irq(unsigned int line)
{
	struct irq_desc *desc;
	int cpu, err;

	if (line >= 64)
		return -EINVAL;

	err = irq_alloc_desc_at(line, 0);
	if (err < 0 && err != -EEXIST)
		return err;

	desc = irq_to_desc(line);
	if (irq_desc_get_chip(desc) == &lguest_irq_chip)
		return 0;

	irq_set_chip_and_handler_name(line, &lguest_irq_chip,
				      line ? handle_edge_irq : handle_percpu_irq,
				      line ? "edge" : "timer");
	for_each_possible_cpu(cpu)
		per_cpu(vector_irq, cpu)[LGUEST_IRQ_VECTOR + line] = desc;
	return 0;
}

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
}
