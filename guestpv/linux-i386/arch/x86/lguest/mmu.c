// SPDX-License-Identifier: GPL-2.0
/*
 * mmu.c - page tables.
 *
 * The Host never sees a page table entry being written.  It fills its shadow
 * tables from ours when we touch a page, as a processor fills its TLB, and so
 * all it needs is what a TLB needs: which table is current, and what to
 * forget.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>

#include <asm/paravirt.h>
#include <asm/tlbflush.h>

#include "lguest.h"

/* CR3 as it was written last. */
static DEFINE_PER_CPU(unsigned long, lguest_cr3);

static unsigned long lguest_read_cr3(void)
{
	return this_cpu_read(lguest_cr3) & ~LGUEST_CR3_KEEP;
}

static void lguest_write_cr3(unsigned long cr3)
{
	this_cpu_write(lguest_cr3, cr3);
	lguest_call_later3(LHCALL_NEW_PGTABLE, cr3, 0, 0);
}

static void lguest_write_cr2(unsigned long value)
{
	this_cpu_write(lguest_shared.cr2, value);
}

static void lguest_flush_tlb_user(void)
{
	lguest_call_later3(LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
}

static void lguest_flush_tlb_kernel(void)
{
	lguest_call_later3(LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0);
}

static void lguest_flush_tlb_one_user(unsigned long addr)
{
	lguest_call_later5(LHCALL_FLUSH_RANGE, addr, addr + PAGE_SIZE,
			   PAGE_SIZE, 0, 0);
}

/**
 * lguest_flush_tlb_kernel_range - forget translations of the kernel, everywhere
 * @start: first address
 * @end: address behind the last one
 *
 * Return: true if it is done, false if it is for the native way.
 */
bool lguest_flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	if (!lguest_active || end == TLB_FLUSH_ALL)
		return false;

	/* A cpu that has been called out is about to use them, too. */
	lguest_call_later5(LHCALL_FLUSH_RANGE, start, end, PAGE_SIZE,
			   cpumask_bits(cpu_callout_mask)[0], 0);
	return true;
}

/* A table is about to be ordinary memory again. */
static void lguest_pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	lguest_hypercall3(LHCALL_RELEASE_PGTABLE, __pa(pgd), 0, 0);
}

/**
 * lguest_init_mmu - hang our functions into the hooks for page tables
 * @cr3: the table we run on
 */
void __init lguest_init_mmu(unsigned long cr3)
{
	this_cpu_write(lguest_cr3, cr3);

	pv_ops.mmu.read_cr2 = __PV_IS_CALLEE_SAVE(lguest_read_cr2);
	pv_ops.mmu.write_cr2 = lguest_write_cr2;
	pv_ops.mmu.read_cr3 = lguest_read_cr3;
	pv_ops.mmu.write_cr3 = lguest_write_cr3;
	pv_ops.mmu.flush_tlb_user = lguest_flush_tlb_user;
	pv_ops.mmu.flush_tlb_kernel = lguest_flush_tlb_kernel;
	pv_ops.mmu.flush_tlb_one_user = lguest_flush_tlb_one_user;
	pv_ops.mmu.pgd_free = lguest_pgd_free;
}
