// SPDX-License-Identifier: GPL-2.0
/*
 * nmi.c - interrupts that nothing can mask.
 *
 * They come from other cpus, with a handler, or from outside ("lguest nmi"), as
 * the button of the same name that servers have: then somebody wants to
 * know what the kernel is doing.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/sched/debug.h>
#include <linux/smp.h>

#include <asm/nmi.h>
#include <asm/ptrace.h>
#include <asm/x86_init.h>

#include "lguest.h"

/* Natively the reason is behind a port. */
static unsigned char lguest_get_nmi_reason(void)
{
	return 0;
}

/* Nobody has sent this one. */
static int lguest_unknown_nmi(unsigned int type, struct pt_regs *regs)
{
	unsigned long flags;

	/* It shall be fatal: so let it be unknown. */
	if (unknown_nmi_panic || panic_on_unrecovered_nmi)
		return NMI_DONE;

	printk_cpu_sync_get_irqsave(flags);
	pr_warn("NMI from outside on CPU %d:\n", smp_processor_id());
	show_regs(regs);
	printk_cpu_sync_put_irqrestore(flags);
	return NMI_HANDLED;
}

static int __init lguest_register_nmi(void)
{
	if (lguest_active)
		register_nmi_handler(NMI_UNKNOWN, lguest_unknown_nmi, 0,
				     "lguest");
	return 0;
}
early_initcall(lguest_register_nmi);

void __init lguest_init_nmi(void)
{
	x86_platform.get_nmi_reason = lguest_get_nmi_reason;
}
