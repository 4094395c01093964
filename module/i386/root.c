// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * root.c - the memory of an address space's top-level tables, on i386.
 */
#include <linux/gfp.h>
#include <linux/uaccess.h>
#include <asm/io.h>

#include "../shadow.h"

#define ROOT_ORDER	get_order(PAGER_ROOT_ENTRIES * sizeof(lg_entry))

/** lg_arch_root_free - free what lg_arch_root_alloc() has allocated */
void lg_arch_root_free(struct pager_root *root)
{
	if (root->top[0] != (u64 *)root->view[0])
		free_page((unsigned long)root->top[0]);
	free_pages((unsigned long)root->view[0], ROOT_ORDER);
}

/**
 * lg_arch_root_alloc - tables that show nothing but @vcpu's Switcher
 * @vcpu:	whose root it is
 * @root:	gets @view and @top
 *
 * 0 or -ENOMEM.
 */
int lg_arch_root_alloc(struct lg_vcpu *vcpu, struct pager_root *root)
{
	unsigned int i;

	root->view[0] = (lg_entry *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, ROOT_ORDER);
	/* With PAE the processor wants a list of our pages, at an address of 32 bits. */
	root->top[0] = LG_PAGE_LEVELS == 3 ? (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT) :
					     (u64 *)root->view[0];
	if (!root->view[0] || !root->top[0]) {
		lg_arch_root_free(root);
		return -ENOMEM;
	}
	root->view[0][index_at(lg_switcher_address(), PAGER_ROOT_LEVEL)] =
		__pa(vcpu->arch.pte) | _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED;
	for (i = 0; LG_PAGE_LEVELS == 3 && i < PAGER_ROOT_ENTRIES / PAGER_ENTRIES; i++)
		root->top[0][i] = __pa(root->view[0] + i * PAGER_ENTRIES) | _PAGE_PRESENT;
	return 0;
}

/**
 * lg_arch_root_gfn - where the Guest has an entry of a root
 * @lg:		the Guest
 * @key:	lg_table_key() of its table
 * @i:		index into the root
 * @sleep:	the caller may
 * @gfn:	gets the page of the table that the entry is in
 *
 * Returns false if the Guest has no such table.
 */
bool lg_arch_root_gfn(struct lguest *lg, u64 key, unsigned int i, bool sleep, u64 *gfn)
{
	u64 address = (key << LG_TABLE_SHIFT) + i / PAGER_ENTRIES * sizeof(u64), entry;
	u64 __user *at = lg_memory_user(lg, address);
	bool ok;

	*gfn = key;
	if (LG_PAGE_LEVELS < 3)
		return key != LG_LINEAR;
	if (key == LG_LINEAR || !lg_memory_range(lg, address, sizeof(u64)))
		return false;
	if (sleep) {
		ok = !get_user(entry, at);
	} else {
		pagefault_disable();
		ok = !__copy_from_user_inatomic(&entry, at, sizeof(entry));
		pagefault_enable();
	}
	*gfn = walk_gfn(entry);
	return ok && (entry & _PAGE_PRESENT);
}
