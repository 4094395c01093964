// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * root.c - the memory of an address space's top-level tables, on x86_64.
 */
#include <linux/gfp.h>
#include <asm/io.h>

#include "../lg.h"

/** lg_arch_root_free - free what lg_arch_root_alloc() has allocated */
void lg_arch_root_free(struct pager_root *root)
{
	unsigned int view;

	for (view = 0; view < PAGER_VIEWS; view++) {
		if (root->top[view] != root->view[view])
			free_page((unsigned long)root->top[view]);
		free_page((unsigned long)root->view[view]);
	}
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
	bool five = native_read_cr4() & X86_CR4_LA57;
	unsigned int view;

	for (view = 0; view < PAGER_VIEWS; view++) {
		root->view[view] = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
		root->top[view] = five ? (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT) :
					 root->view[view];
	}
	for (view = 0; view < PAGER_VIEWS; view++) {
		if (!root->view[view] || !root->top[view]) {
			lg_arch_root_free(root);
			return -ENOMEM;
		}
		root->view[view][LGUEST_SWITCHER_SLOT] =
			__pa(vcpu->arch.pud) | _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED;
		/*
		 * A Host with five levels: 48-bit addresses, sign-extended to
		 * 57, use its first entry and its last.
		 */
		if (five) {
			u64 entry = __pa(root->view[view]) | TABLE_BITS | _PAGE_RW;

			root->top[view][0] = entry;
			root->top[view][PAGER_ENTRIES - 1] = entry;
		}
	}
	return 0;
}
