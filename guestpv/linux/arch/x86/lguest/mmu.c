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

#include <asm/bootparam.h>
#include <asm/e820/types.h>
#include <asm/paravirt.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>

#include "lguest.h"

/* CR3 as it was written last. */
static DEFINE_PER_CPU(unsigned long, lguest_cr3);

/*G:500 Page tables, or: the art of saying little
 *
 * A page table translates addresses.  One flat table with an entry for each
 * page of a 48-bit address space would be half a terabyte large, so it is a
 * tree: nine bits of the address choose one of 512 entries in the top table,
 * nine more one in the next, and so on, four levels deep, and the last twelve
 * bits are the place in the page.  (i386 gets by with two levels, or three
 * with PAE.)
 *
 * [figure: translation]
 *
 * A Guest builds such trees all day long.  But the processor never walks them:
 * it walks the Host's, the *shadow*, which translate all the way to real
 * memory.  The old lguest told the Host of every entry it wrote,
 * LHCALL_SET_PTE, one hypercall each or several in a bundle.  We tell it of
 * none.  Real processors remember translations, in the TLB, and so kernels
 * already announce whenever a remembered translation has become wrong: they
 * flush.  Our Host treats its shadow as a very large TLB, and then a flush is
 * all it needs to hear.
 *
 * What is left is this file.  Which table is current (LHCALL_NEW_PGTABLE),
 * what to forget (LHCALL_FLUSH_TLB and LHCALL_FLUSH_RANGE), and which table is
 * no more.
 */
static unsigned long lguest_read_cr3(void)
{
	return this_cpu_read(lguest_cr3) & ~X86_CR3_PCID_NOFLUSH;
}

static void lguest_write_cr3(unsigned long cr3)
{
	this_cpu_write(lguest_cr3, cr3);
	lguest_hypercall3(LHCALL_NEW_PGTABLE, cr3, 0, 0);
}

static void lguest_write_cr2(unsigned long value)
{
	this_cpu_write(lguest_pad.cr2, value);
}

static void lguest_flush_tlb_user(void)
{
	lguest_hypercall3(LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0);
}

static void lguest_flush_tlb_kernel(void)
{
	lguest_hypercall3(LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0);
}

static void lguest_flush_tlb_one_user(unsigned long addr)
{
	lguest_hypercall5(LHCALL_FLUSH_RANGE, addr, addr + PAGE_SIZE, PAGE_SIZE,
			  0, 0);
}
/*:*/

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
	lguest_hypercall5(LHCALL_FLUSH_RANGE, start, end, PAGE_SIZE,
			  cpumask_bits(cpu_callout_mask)[0], 0);
	return true;
}

/*
 * We have flushed a range for this cpu behind Linux's back: if that brings it
 * up to the generation that was asked for, the next flush need not be a full
 * one.  Interrupts are off.
 */
static void lguest_note_flush(const struct flush_tlb_info *info)
{
	u16 asid = this_cpu_read(cpu_tlbstate.loaded_mm_asid);
	u64 old = this_cpu_read(cpu_tlbstate.ctxs[asid].tlb_gen);

	if (this_cpu_read(cpu_tlbstate.loaded_mm) != info->mm)
		return;
	if (old + 1 == info->new_tlb_gen ||
	    (info->end == TLB_FLUSH_ALL && old < info->new_tlb_gen))
		this_cpu_write(cpu_tlbstate.ctxs[asid].tlb_gen,
			       info->new_tlb_gen);
}

/*G:510 Telling the others
 *
 * A machine with several processors has several TLBs.  When one processor
 * takes a page away from a process, the others must forget it, too.  On a real
 * machine that is an interrupt to each of them, and a wait until all have
 * answered: one of the costliest things a kernel does.
 *
 * We say it to the Host in one hypercall, with a mask of the processors that
 * it concerns.  The Host knows which of them is running at all: one that
 * sleeps need not be woken to be told to forget, it will be told when it
 * wakes.  Read the comment before the code twice, please.  It is the kind of
 * reasoning that looks like hair-splitting, until the day a hair was in the
 * soup.
 */
/*
 * Forget translations of a process on several cpus: one journey, no interrupts,
 * and cpus that sleep are left alone.
 *
 * Natively each cpu runs flush_tlb_func(), which also writes down the
 * generation (tlb_gen) that it has caught up with.  The others do not
 * here, and that loses no flush, because what they have written down can
 * only be too old:
 *
 *  - A cpu of the mask has forgotten the range when the hypercall returns, for
 *    the Host knows the address space by its table, on each vcpu, whether
 *    it is the current one or not.  The page tables were changed and the
 *    generation incremented before, so what it looks up from then on is new.
 *    As it believes to be a generation behind, its next flush, or its next
 *    switch to that mm, also one from lazy mode, will be a full one: that
 *    is more than enough.
 *  - A cpu that is not in the mask has not got the mm loaded, and one that is
 *    about to load it sets its bit before it reads the generation: so either
 *    we have seen the bit, or it sees the new generation, and flushes.
 *
 * A cpu in lazy mode need not leave the mm if page tables are being freed, as it
 * must natively: the processor walks the Host's tables, not these, and the
 * Host has forgotten them, too.
 */
static void lguest_flush_tlb_multi(const struct cpumask *cpus,
				   const struct flush_tlb_info *info)
{
	unsigned long flags;

	/* Pages of many processes, for reclaim: each cpu knows which it has. */
	if (!info->mm) {
		native_flush_tlb_multi(cpus, info);
		return;
	}

	count_vm_tlb_event(NR_TLB_REMOTE_FLUSH);
	local_irq_save(flags);
	lguest_hypercall5(LHCALL_FLUSH_RANGE, info->start, info->end,
			  1UL << info->stride_shift, cpumask_bits(cpus)[0],
			  __pa(info->mm->pgd));
	lguest_note_flush(info);
	local_irq_restore(flags);
}
/*:*/

/* A table is about to be ordinary memory again. */
static void lguest_pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	lguest_hypercall3(LHCALL_RELEASE_PGTABLE, __pa(pgd), 0, 0);
}

/* Where memory ends, as the Launcher's map says. */
static unsigned long __init lguest_memory_end(const struct boot_params *params)
{
	unsigned long end = 0;
	int i;

	for (i = 0; i < params->e820_entries; i++) {
		const struct boot_e820_entry *entry = &params->e820_table[i];

		if (entry->type == E820_TYPE_RAM)
			end = max(end, (unsigned long)(entry->addr + entry->size));
	}
	return end;
}

/*
 * What init_mem_mapping() maps by small pages it must not find as a large one:
 * the first 2 MiB, where PCs have holes, and the last if memory ends in it.
 */
static pte_t lguest_small_pages[2][PTRS_PER_PTE] __page_aligned_bss;

static pmdval_t __init lguest_split_pmd(pte_t *table, pmdval_t pmd,
					unsigned long start, unsigned long end)
{
	pteval_t flags = (pmd & ~(_PAGE_PSE | PTE_PFN_MASK));
	int i;

	for (i = 0; i < PTRS_PER_PTE && start + i * PAGE_SIZE < end; i++)
		table[i] = native_make_pte((start + i * PAGE_SIZE) | flags);
	return __pa_symbol(table) | _KERNPG_TABLE_NOENC;
}

/*
 * init_top_pgt maps the first GiB twice: at its own address, for code that
 * changes page tables under its feet, which we do not have, and at
 * PAGE_OFFSET, executable because it is the same table.  Drop the first, and
 * make the second what init_mem_mapping() would make of it, for that
 * keeps what it finds.
 */
static void __init lguest_tidy_boot_pagetable(unsigned long end)
{
	int i;

	for (i = 0; i < PTRS_PER_PMD; i++) {
		pmdval_t pmd = pmd_val(level2_ident_pgt[i]);

		if (i * PMD_SIZE >= end)
			pmd = 0;
		else
			pmd |= _PAGE_NX;
		if (!i || (i * PMD_SIZE < end && end < (i + 1) * PMD_SIZE))
			pmd = lguest_split_pmd(lguest_small_pages[!!i], pmd,
					       i * PMD_SIZE, end);
		level2_ident_pgt[i] = native_make_pmd(pmd);
	}
	init_top_pgt[0] = native_make_pgd(0);
	lguest_flush_tlb_kernel();
}

void __init lguest_init_mmu(unsigned long boot_params_pa)
{
	this_cpu_write(lguest_cr3, __pa_symbol(init_top_pgt));

	pv_ops.mmu.read_cr2 = __PV_IS_CALLEE_SAVE(lguest_read_cr2);
	pv_ops.mmu.write_cr2 = lguest_write_cr2;
	pv_ops.mmu.read_cr3 = lguest_read_cr3;
	pv_ops.mmu.write_cr3 = lguest_write_cr3;
	pv_ops.mmu.flush_tlb_user = lguest_flush_tlb_user;
	pv_ops.mmu.flush_tlb_kernel = lguest_flush_tlb_kernel;
	pv_ops.mmu.flush_tlb_one_user = lguest_flush_tlb_one_user;
	pv_ops.mmu.flush_tlb_multi = lguest_flush_tlb_multi;
	/*
	 * Who walks page tables with interrupts off, as get_user_pages_fast()
	 * does, relies on flushes being interrupts.  Ours are none, so tables
	 * have to be freed by RCU.
	 */
	pv_ops.mmu.tlb_remove_table = tlb_remove_table;
	pv_ops.mmu.pgd_free = lguest_pgd_free;

	lguest_tidy_boot_pagetable(lguest_memory_end(__va(boot_params_pa)));
}
