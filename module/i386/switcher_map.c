// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switcher_map.c - put the Switcher where Host and Guest both see it.
 *
 *H:020.i386 The Switcher must be at the same address in the Host and in every Guest,
 * and the Guest, an ordinary Linux, can spare no address but the last ones: it
 * moves all that it has at the end of the address space down a
 * little.  So we want to be as high as possible.  Once upon a time 0xFFC00000
 * was free; in today's layout the end of the address space is full of
 * fixed mappings, a page for each processor's tables and stacks, and what PTI
 * has to show to user space.
 *
 * But among the fixed mappings are 512 pages for early_ioremap, which the
 * kernel uses while it boots and never again (early_ioremap.c is __init).  They
 * are below the permanent ones, that is a few megabytes from the end, all in
 * one page table, which all processes share.  With three pages per processor
 * and one for the text we need 97 of them at most.
 *
 * A Guest's tables show at the same place a page table of our own: the text, and the
 * pages of the one processor that the vcpu runs on.  All of the address space from
 * that table's part to the end is not the Guest's.  :*
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/desc.h>
#include <asm/fixmap.h>
#include <asm/io.h>
#include <asm/pgtable.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>

#include "../lg.h"

#define PTE_TEXT	(_PAGE_PRESENT | _PAGE_ACCESSED)
#define PTE_READ	(_PAGE_PRESENT | _PAGE_ACCESSED)
#define PTE_WRITE	(PTE_READ | _PAGE_RW | _PAGE_DIRTY)

static struct {
	unsigned long address;	/* the Switcher's */
	unsigned int pages;	/* how many from there */
	pte_t *pte;		/* the Host's entry of the first */
	u8 **cpu;		/* by page: the memory, but the text's */
} map;

/* The Host's interrupt table. */
struct desc_ptr lg_host_idt;

/** lg_switcher_address - of the Switcher, in all tables */
unsigned long lg_switcher_address(void)
{
	return map.address;
}

/** lg_switcher_reserved - from this address on nothing is the Guest's */
u32 lg_switcher_reserved(void)
{
	return map.address & PMD_MASK;
}

/** lg_switcher_host_handler - address of the Host's handler for @vector */
unsigned long lg_switcher_host_handler(unsigned int vector)
{
	return gate_offset((gate_desc *)lg_host_idt.address + vector);
}

static u64 text_entry(void)
{
	return page_to_phys(vmalloc_to_page(switcher_start)) | PTE_TEXT;
}

/* Bits that make a page not executable, where there are any. */
static u64 no_execute(void)
{
	return lg_nx(_PAGE_NX);
}

static void flush_cpu(void *unused)
{
	__flush_tlb_all();
}

/* The highest of the boot-time mappings that are free and enough, or 0. */
static unsigned long find_room(unsigned int pages)
{
	unsigned int index, run = 0;

	/* From high addresses to low ones, as indices grow. */
	for (index = FIX_BTMAP_END; index <= FIX_BTMAP_BEGIN; index++) {
		unsigned long address = fix_to_virt(index);
		unsigned int level;
		pte_t *pte = lookup_address(address, &level);

		if (pte && level == PG_LEVEL_4K && pte_none(*pte))
			run++;
		else
			run = 0;
		/* All in one page table, ours and the Host's. */
		if (run >= pages && !((address ^ (address + (pages - 1) * PAGE_SIZE)) & PMD_MASK))
			return address;
	}
	return 0;
}

static void free_pages_of_cpus(void)
{
	unsigned int i;

	for (i = 1; map.cpu && i < map.pages; i++)
		free_page((unsigned long)map.cpu[i]);
	kfree(map.cpu);
	map.cpu = NULL;
}

/**
 * lg_switcher_map - map the Switcher into the Host
 *
 * Returns 0, -ENOSPC if there is no room, -ENOMEM.  Called once, at load.
 */
int lg_switcher_map(void)
{
	unsigned int i, level;

	BUILD_BUG_ON(1 + SWITCHER_CPU_PAGES * NR_CPUS > TOTAL_FIX_BTMAPS);

	map.pages = SWITCHER_STACK_PAGE(nr_cpu_ids);
	map.address = find_room(map.pages);
	if (!map.address)
		return -ENOSPC;
	map.pte = lookup_address(map.address, &level);
	store_idt(&lg_host_idt);

	map.cpu = kcalloc(map.pages, sizeof(*map.cpu), GFP_KERNEL);
	if (!map.cpu)
		return -ENOMEM;
	for (i = 1; i < map.pages; i++) {
		map.cpu[i] = (u8 *)get_zeroed_page(GFP_KERNEL);
		if (!map.cpu[i]) {
			free_pages_of_cpus();
			return -ENOMEM;
		}
	}
	/* The table of a higher address comes first in memory: they ascend. */
	entry_write((lg_entry *)&map.pte[0], text_entry());
	for (i = 1; i < map.pages; i++)
		entry_write((lg_entry *)&map.pte[i], __pa(map.cpu[i]) | PTE_WRITE | no_execute());
	return 0;
}

/** lg_switcher_unmap - undo lg_switcher_map(); no vcpu is left */
void lg_switcher_unmap(void)
{
	unsigned int i;

	for (i = 0; i < map.pages; i++)
		entry_write((lg_entry *)&map.pte[i], 0);
	on_each_cpu(flush_cpu, NULL, 1);
	free_pages_of_cpus();
}

/** lg_switcher_vcpu_init - the table by which @vcpu sees the Switcher */
int lg_switcher_vcpu_init(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	arch->pte = (lg_entry *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!arch->pte)
		return -ENOMEM;
	arch->pte[pte_index(map.address)] = text_entry();
	arch->mapped_cpu = -1;
	return 0;
}

/** lg_switcher_vcpu_exit - free it; harmless if it is missing */
void lg_switcher_vcpu_exit(struct lg_vcpu *vcpu)
{
	free_page((unsigned long)vcpu->arch.pte);
	vcpu->arch.pte = NULL;
}

/* The entries for the pages of one cpu, in the Guest's table. */
static void show_cpu(struct lg_vcpu *vcpu, int cpu, bool show)
{
	lg_entry *pte = &vcpu->arch.pte[pte_index(map.address) + SWITCHER_STACK_PAGE(cpu)];
	u8 **pages = &map.cpu[SWITCHER_STACK_PAGE(cpu)];

	entry_write(&pte[0], show ? __pa(pages[0]) | PTE_WRITE | no_execute() : 0);
	entry_write(&pte[1], show ? __pa(pages[1]) | PTE_READ | no_execute() : 0);
}

/**
 * lg_switcher_choose_cpu - let @vcpu see the pages of @cpu, and no other's
 *
 * Interrupts are off, and this is @cpu.  Each entry into a Guest loads CR3, so
 * no processor remembers what was there.  Returns the cpu's tables page.
 */
struct switcher_tables *lg_switcher_choose_cpu(struct lg_vcpu *vcpu, int cpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	if (arch->mapped_cpu != cpu) {
		if (arch->mapped_cpu >= 0)
			show_cpu(vcpu, arch->mapped_cpu, false);
		show_cpu(vcpu, cpu, true);
		arch->mapped_cpu = cpu;
	}
	return (void *)map.address + (SWITCHER_STACK_PAGE(cpu) + 1) * PAGE_SIZE;
}

/** lg_switcher_set_pad - the Guest alone maps it: nothing to do */
void lg_switcher_set_pad(struct lg_vcpu *vcpu, struct page *page)
{
}
