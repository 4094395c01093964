// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * entry_area.c - a host that changes its cpu entry area while guests run.
 *
 * perf does so, for its buffers; but not where there is no PMU.  This module
 * does it with something that a guest can see: the descriptor table, from which
 * LSL reads the limit of the segment that tells processes their processor.
 *
 *	echo LIMIT >/sys/module/entry_area/parameters/limit
 *
 * puts a changed copy of the table's page in its place, on all processors, and
 * has each of them forget the old one, as the kernel does with pages of its own:
 * by INVLPG, which knows nothing of guests' PCIDs.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>
#include <asm/desc.h>
#include <asm/pgtable.h>
#include <asm/segment.h>

/* What a processor had before; and all copies, as its TLB may know them. */
struct table {
	unsigned long address;
	pte_t *pte, original;
	struct page *copies[64];
	unsigned int count;
};
static DEFINE_PER_CPU(struct table, tables);
static DEFINE_MUTEX(lock);

static void find_table(void *unused)
{
	struct table *table = this_cpu_ptr(&tables);
	struct desc_ptr gdt;
	unsigned int level;

	asm volatile("sgdt %0" : "=m" (gdt));
	table->address = gdt.address;
	table->pte = lookup_address(gdt.address, &level);
	if (table->pte)
		table->original = *table->pte;
}

static void forget_table(void *unused)
{
	asm volatile("invlpg (%0)" : : "r" (this_cpu_ptr(&tables)->address) : "memory");
}

static int set_limit(const char *text, const struct kernel_param *param)
{
	unsigned int limit, cpu;
	int err = kstrtouint(text, 0, &limit);

	if (err || limit > 0xffff)
		return -EINVAL;
	mutex_lock(&lock);
	for_each_online_cpu(cpu) {
		struct table *table = per_cpu_ptr(&tables, cpu);
		struct desc_struct *copy;
		struct page *page;

		if (!table->pte || table->count == ARRAY_SIZE(table->copies))
			goto full;
		page = alloc_page(GFP_KERNEL);
		if (!page)
			goto full;
		table->copies[table->count++] = page;
		copy = page_address(page);
		memcpy(copy, page_address(pte_page(table->original)), PAGE_SIZE);
		copy[GDT_ENTRY_CPUNODE].limit0 = limit;
		WRITE_ONCE(*table->pte, pfn_pte(page_to_pfn(page), pte_pgprot(table->original)));
	}
	on_each_cpu(forget_table, NULL, 1);
	mutex_unlock(&lock);
	return 0;
full:
	mutex_unlock(&lock);
	return -ENOMEM;
}

static const struct kernel_param_ops limit_ops = { .set = set_limit };
module_param_cb(limit, &limit_ops, NULL, 0200);

static int __init entry_area_init(void)
{
	on_each_cpu(find_table, NULL, 1);
	return 0;
}

static void __exit entry_area_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct table *table = per_cpu_ptr(&tables, cpu);

		if (table->pte)
			WRITE_ONCE(*table->pte, table->original);
	}
	on_each_cpu(forget_table, NULL, 1);
	for_each_possible_cpu(cpu) {
		struct table *table = per_cpu_ptr(&tables, cpu);

		while (table->count)
			__free_page(table->copies[--table->count]);
	}
}

module_init(entry_area_init);
module_exit(entry_area_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A cpu entry area that changes, for lguest's tests");
