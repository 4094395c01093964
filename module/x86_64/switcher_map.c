// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switcher_map.c - put the Switcher where Host and Guest both see it.
 *
 *H:010.x86_64 A place for the Switcher
 *
 * The Switcher must be at the same address whatever page table is loaded:
 * any process's, the half of it that page-table isolation shows to user
 * space, and every Guest's.  We cannot ask the kernel for such a place.  But
 * there is one that we can use: the cpu entry area, where the processor
 * finds its stacks and tables, has a top-level entry (PML4 slot 508) for
 * itself, and what that entry points to, a page of 512 entries of a gigabyte
 * each, is *shared* by all page tables.  The area needs few of the
 * 512.  We take the highest that is free; one store, and we are everywhere.
 *
 * Guests get a copy of that page in slot 508, as the processor needs the
 * entry area to take an interrupt; but below our gigabyte, tables of their own,
 * which also show the vcpu's area and pad, and another interrupt table.  :*
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/gfp.h>
#include <linux/vmalloc.h>
#include <asm/cpu_entry_area.h>
#include <asm/desc.h>
#include <asm/io.h>
#include <asm/pgtable.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>

#include "../lg.h"

#define PTE_TEXT	(_PAGE_PRESENT | _PAGE_ACCESSED)
#define PTE_READ	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX)
#define PTE_WRITE	(PTE_READ | _PAGE_RW | _PAGE_DIRTY)
#define TABLE		(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)

static struct {
	unsigned long address;	/* the Switcher's */
	pud_t *slot;		/* the entry that is ours */
	pud_t *slots;		/* the page it is in */
	u64 *pmd, *pte;		/* the Host's view */
	gate_desc *idt;		/* the Guests' interrupt table */
	gate_desc *host_idt;	/* the Host's, where it was before us */
} map;

/** lg_switcher_address - of the Switcher, in all tables */
unsigned long lg_switcher_address(void)
{
	return map.address;
}

/** lg_switcher_host_handler - address of the Host's handler for @vector */
unsigned long lg_switcher_host_handler(unsigned int vector)
{
	return gate_offset(&map.host_idt[vector]);
}

/* A vcpu's are its Launcher's; the module's are nobody's. */
static u64 *table_alloc(gfp_t flags)
{
	return (u64 *)get_zeroed_page(flags);
}

static void table_free(u64 *table)
{
	free_page((unsigned long)table);
}

/* The page of PUD entries for slot 508: every page table has the same. */
static pud_t *find_slots(void)
{
	pgd_t *pgd = pgd_offset(current->active_mm, CPU_ENTRY_AREA_BASE);
	p4d_t *p4d;

	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, CPU_ENTRY_AREA_BASE);
	if (p4d_none(*p4d))
		return NULL;
	return pud_offset(p4d, CPU_ENTRY_AREA_BASE & P4D_MASK);
}

/*
 * The Guests' gates.  All lead to the Switcher's stubs, with interrupts off.
 * Exceptions use IST stacks even if the Host's gates do not: after SYSCALL the
 * stack pointer is the Guest's, and nothing must ever be pushed there.
 * The double fault's stack serves them all; it is free while a Guest runs.
 */
static void fill_idt(void)
{
	unsigned int vector;

	for (vector = 0; vector < 256; vector++) {
		unsigned long stub = map.address + vector * SWITCHER_STUB_SIZE;
		gate_desc *gate = &map.idt[vector];

		memset(gate, 0, sizeof(*gate));
		gate->offset_low = (u16)stub;
		gate->offset_middle = (u16)(stub >> 16);
		gate->offset_high = (u32)(stub >> 32);
		gate->segment = __KERNEL_CS;
		gate->bits.type = GATE_INTERRUPT;
		gate->bits.p = 1;
		/* What a program may raise itself, by INT. */
		if (vector == X86_TRAP_BP || vector == X86_TRAP_OF ||
		    vector == LGUEST_TRAP_ENTRY)
			gate->bits.dpl = 3;
		switch (vector) {
		case X86_TRAP_DB:
			gate->bits.ist = IST_INDEX_DB + 1;
			break;
		case X86_TRAP_NMI:
			gate->bits.ist = IST_INDEX_NMI + 1;
			break;
		case X86_TRAP_MC:
			gate->bits.ist = IST_INDEX_MCE + 1;
			break;
		default:
			if (vector < FIRST_EXTERNAL_VECTOR)
				gate->bits.ist = IST_INDEX_DF + 1;
		}
	}
}

/* The pages that Host and Guests map alike. */
static void fill_text(u64 *pte)
{
	unsigned int i;

	for (i = 0; i < SWITCHER_TEXT_PAGES; i++) {
		const char *page = switcher_start + i * PAGE_SIZE;

		pte[i] = (page_to_phys(vmalloc_to_page(page))) | PTE_TEXT;
	}
}

static void set_slot(pud_t value)
{
	WRITE_ONCE(*map.slot, value);
}

static void flush_cpu(void *unused)
{
	__flush_tlb_all();
}

/*H:020.x86_64 One store, and we are everywhere
 *
 * Here is that store; set_slot() makes it.  All before it is preparation: find
 * a gigabyte that nobody uses, find out where the Host's interrupt table is,
 * make tables with the Switcher's text, and with the Host's interrupt table at
 * the place where Guests will find another.
 *
 * It looks like a trick, and it is one; but mark what it does without.  The
 * old lguest had the kernel reserve it an address, and put itself at
 * 0xFFC00000, near the top of 32 bits.  Others patch the Host, or take
 * functions that it does not offer.  This takes one entry of a table that the
 * kernel shares among all processes anyway, and puts it back at the end.
 */
/**
 * lg_switcher_map - map the Switcher into the Host
 *
 * Returns 0, -ENOSPC if there is no room, -ENOMEM.  Called once, at load.
 */
int lg_switcher_map(void)
{
	struct desc_ptr idt;
	unsigned int level;
	pte_t *idt_pte;
	int i;

	BUILD_BUG_ON(((CPU_ENTRY_AREA_BASE >> 39) & 511) != LGUEST_SWITCHER_SLOT);

	map.slots = find_slots();
	if (!map.slots)
		return -ENOSPC;
	for (i = PTRS_PER_PUD - 1; i >= 0; i--)
		if (pud_none(map.slots[i]))
			break;
	if (i < 0)
		return -ENOSPC;
	map.slot = &map.slots[i];
	map.address = (CPU_ENTRY_AREA_BASE & P4D_MASK) + ((unsigned long)i << PUD_SHIFT);

	store_idt(&idt);
	map.host_idt = (gate_desc *)idt.address;
	idt_pte = lookup_address(idt.address, &level);
	if (!idt_pte || level != PG_LEVEL_4K || idt.size != 256 * sizeof(gate_desc) - 1 ||
	    (idt.address & ~PAGE_MASK))
		return -ENOSPC;

	map.pmd = table_alloc(GFP_KERNEL);
	map.pte = table_alloc(GFP_KERNEL);
	map.idt = (gate_desc *)table_alloc(GFP_KERNEL);
	if (!map.pmd || !map.pte || !map.idt) {
		table_free(map.pmd);
		table_free(map.pte);
		table_free((u64 *)map.idt);
		return -ENOMEM;
	}
	fill_idt();
	fill_text(map.pte);
	map.pte[SWITCHER_IDT_PAGE] = ((u64)pte_pfn(*idt_pte) << PAGE_SHIFT) | PTE_READ;
	map.pmd[0] = __pa(map.pte) | TABLE;
	set_slot(native_make_pud(__pa(map.pmd) | TABLE));
	return 0;
}
/*:*/

/** lg_switcher_unmap - undo lg_switcher_map(); no vcpu is left */
void lg_switcher_unmap(void)
{
	set_slot(native_make_pud(0));
	on_each_cpu(flush_cpu, NULL, 1);
	table_free(map.pmd);
	table_free(map.pte);
	table_free((u64 *)map.idt);
}

/** lg_switcher_vcpu_init - the tables by which @vcpu sees the Switcher */
int lg_switcher_vcpu_init(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	arch->pud = table_alloc(GFP_KERNEL_ACCOUNT);
	arch->pmd = table_alloc(GFP_KERNEL_ACCOUNT);
	arch->pte = table_alloc(GFP_KERNEL_ACCOUNT);
	arch->area = (struct switcher_area *)table_alloc(GFP_KERNEL_ACCOUNT);
	if (!arch->pud || !arch->pmd || !arch->pte || !arch->area) {
		lg_switcher_vcpu_exit(vcpu);
		return -ENOMEM;
	}
	fill_text(arch->pte);
	arch->pte[SWITCHER_IDT_PAGE] = __pa(map.idt) | PTE_READ;
	arch->pte[SWITCHER_AREA_PAGE] = __pa(arch->area) | PTE_WRITE;
	arch->pmd[0] = __pa(arch->pte) | TABLE;
	/* The entry area of every possible cpu is mapped since boot. */
	memcpy(arch->pud, map.slots, PAGE_SIZE);
	arch->pud[map.slot - map.slots] = __pa(arch->pmd) | TABLE;
	return 0;
}

/** lg_switcher_vcpu_exit - free them; harmless if some are missing */
void lg_switcher_vcpu_exit(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	table_free(arch->pud);
	table_free(arch->pmd);
	table_free(arch->pte);
	table_free((u64 *)arch->area);
	arch->pud = NULL;
	arch->pmd = NULL;
	arch->pte = NULL;
	arch->area = NULL;
}

/**
 * lg_switcher_set_pad - show @page as the pad at the Switcher's address
 * @vcpu: does not run
 * @page: pinned by the caller, or NULL
 */
void lg_switcher_set_pad(struct lg_vcpu *vcpu, struct page *page)
{
	vcpu->arch.pte[SWITCHER_PAD_PAGE] = page ? page_to_phys(page) | PTE_WRITE : 0;
	atomic64_inc(&vcpu->lg->pager.tlb_gen);
}
