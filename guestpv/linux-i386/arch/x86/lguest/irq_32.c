// SPDX-License-Identifier: GPL-2.0
/*
 * irq_32.c - how the lines of interrupts come in, on i386.
 *
 * Each line has its vector, and goes through the interrupt table as natively
 * to common_interrupt(), which looks for the handler in vector_irq[].
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>

#include <asm/hw_irq.h>
#include <asm/idtentry.h>
#include <asm/irq_vectors.h>

#include "lguest.h"

/* A line must not have the vector of system calls. */
static_assert(LGUEST_IRQ_VECTOR + LGUEST_FIRST_IPI <= IA32_SYSCALL_VECTOR);

/**
 * lguest_connect_line - an interrupt line has a handler
 * @line: the line of a device, or of the timer
 * @desc: whose it is from now on
 */
void lguest_connect_line(unsigned int line, struct irq_desc *desc)
{
	this_cpu_write(vector_irq[LGUEST_IRQ_VECTOR + line], desc);
}

static void lguest_timer_interrupt(struct irq_desc *desc)
{
	kstat_incr_irq_this_cpu(irq_desc_get_irq(desc));
	lguest_timer_tick();
}

/**
 * lguest_open_timer_line - the line of the timer gets its handler
 */
void __init lguest_open_timer_line(void)
{
	irq_set_chip_and_handler_name(LGUEST_LINE_TIMER, &dummy_irq_chip,
				      lguest_timer_interrupt, "timer");
	lguest_connect_line(LGUEST_LINE_TIMER, irq_to_desc(LGUEST_LINE_TIMER));
}

/*
 * An interrupt waits while lguest_iret (entry_32.S) is about to leave the kernel, or
 * to go back to where interrupts are on: it strikes there.
 */
DEFINE_IDTENTRY(lguest_take_interrupts)
{
	local_irq_enable();
	local_irq_disable();
}

void __init lguest_init_vectors(void)
{
	/* native_init_IRQ() fills the interrupt table, and that is all it does
	   without an interrupt controller. */
}
