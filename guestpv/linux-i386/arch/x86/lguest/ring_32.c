// SPDX-License-Identifier: GPL-2.0
/*
 * ring_32.c - hypercalls that can wait.
 *
 *G:520.i386 One journey for many
 *
 * Linux says when it begins to change many page table entries, or switches
 * processes, and when it is done ("lazy modes").  Between, hypercalls without an
 * answer go to a ring in struct lguest_data, and all that are in it are one
 * journey to the Host.  Any hypercall does those in the ring first, so the
 * order stays.  :*
 */
#include <linux/irqflags.h>
#include <linux/percpu.h>

#include <asm/barrier.h>
#include <asm/paravirt.h>

#include "lguest.h"

/* The next entry of the ring, and whether one was filled in since the Host
   was asked last. */
static unsigned int lguest_ring_next;
static bool lguest_ring_used;

/**
 * lguest_call_later5 - ask the Host for something, at the end of the batch
 * @number: LHCALL_ number
 * @arg1: first argument
 * @arg2: second argument
 * @arg3: third argument
 * @arg4: fourth argument
 * @arg5: fifth argument
 *
 * At once, if there is no batch: in no lazy mode, or in an interrupt.
 */
void lguest_call_later5(unsigned long number, unsigned long arg1,
			unsigned long arg2, unsigned long arg3,
			unsigned long arg4, unsigned long arg5)
{
	struct lguest_hcall *entry;
	unsigned long flags;
	u8 *status;

	if (paravirt_get_lazy_mode() == PARAVIRT_LAZY_NONE) {
		lguest_hypercall5(number, arg1, arg2, arg3, arg4, arg5);
		return;
	}

	/* An interrupt may make hypercalls, and so empty the ring. */
	local_irq_save(flags);
	status = &lguest_data.hcall_status[lguest_ring_next];
	if (READ_ONCE(*status) != LGUEST_RING_FREE) {
		/* It is full.  This one empties it. */
		lguest_hypercall5(number, arg1, arg2, arg3, arg4, arg5);
		lguest_ring_used = false;
	} else {
		entry = &lguest_data.hcalls[lguest_ring_next];
		entry->number = number;
		entry->arguments[0] = arg1;
		entry->arguments[1] = arg2;
		entry->arguments[2] = arg3;
		entry->arguments[3] = arg4;
		entry->arguments[4] = arg5;
		/* The Host looks at the entry only when this is set. */
		smp_wmb();
		WRITE_ONCE(*status, LGUEST_RING_READY);
		lguest_ring_next = (lguest_ring_next + 1) % LGUEST_RING_SIZE;
		lguest_ring_used = true;
	}
	local_irq_restore(flags);
}

/* The end of a batch, if there was anything in it. */
static void lguest_flush_ring(void)
{
	if (!lguest_ring_used)
		return;
	lguest_ring_used = false;
	lguest_hypercall3(LHCALL_FLUSH_ASYNC, 0, 0, 0);
}

static void lguest_leave_lazy_mmu(void)
{
	lguest_flush_ring();
	paravirt_leave_lazy_mmu();
}

static void lguest_end_context_switch(struct task_struct *next)
{
	lguest_flush_ring();
	paravirt_end_context_switch(next);
}

void __init lguest_init_ring(void)
{
	pv_ops.cpu.start_context_switch = paravirt_start_context_switch;
	pv_ops.cpu.end_context_switch = lguest_end_context_switch;
	pv_ops.mmu.lazy_mode.enter = paravirt_enter_lazy_mmu;
	pv_ops.mmu.lazy_mode.leave = lguest_leave_lazy_mmu;
	pv_ops.mmu.lazy_mode.flush = paravirt_flush_lazy_mmu;
}
