// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk.c - read the Guest's page tables as the processor would.
 */
#include <linux/uaccess.h>
#include <linux/mm.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>

#include "lg.h"
#include "walk.h"

/*
 * Set bits in an entry of the Guest's, as the processor does: atomically, and
 * only if it still is what we saw. 1: done; 0: it changed; -EFAULT.
 */
static int set_bits(u64 __user *at, u64 old, u64 bits)
{
	u64 expected = old;
	int changed = __try_cmpxchg_user(at, &expected, old | bits, fault);

	return changed < 0 ? changed : !changed;
}

/*H:305 Walking in somebody else's shoes
 *
 * The processor knows how to walk a page table, but these are the Guest's,
 * with the Guest's idea of physical addresses; so we walk ourselves, as it
 * would: four levels down, the rights of all levels taken together, the
 * accessed bit set on the way and the dirty bit at the end.
 *
 * The bits are set with a compare-and-exchange.  Another processor of the
 * Guest may be rewriting that entry this very moment, and if it has, we begin
 * again.
 */
/**
 * walk_guest - translate @gva by the Guest's tables
 * @vcpu:	whose CR3
 * @gva:	canonical
 * @error_code:	in: which access (write, user, fetch); out: what the Guest
 *		would see if the access is not allowed
 * @walk:	gets the entries
 *
 * Sets accessed, and dirty for a write, in the Guest's entries.
 * May sleep.  Called without the pager's lock.
 */
enum walk_result walk_guest(struct lg_vcpu *vcpu, u64 gva, u64 *error_code,
			    struct walk *walk)
{
	struct lguest *lg = vcpu->lg;
	const bool write = *error_code & X86_PF_WRITE;
	const bool fetch = *error_code & X86_PF_INSTR;
	const bool user = *error_code & X86_PF_USER;
	u64 fault = *error_code & (X86_PF_WRITE | X86_PF_USER | X86_PF_INSTR);
	u64 gfn, entry;
	unsigned int level;

again:
	gfn = walk_gfn(vcpu->guest_cr3);
	walk->rights = _PAGE_RW | _PAGE_USER;
	for (level = PAGER_ROOT_LEVEL; ; level--) {
		unsigned int shift = PAGE_SHIFT + 9 * (level - 1);
		u64 __user *at;
		u64 bits = _PAGE_ACCESSED;

		if (gfn >= lg->pages) {
			lg_kill(lg, "page table at %#llx, outside of memory, for address %#llx",
				gfn << PAGE_SHIFT, gva);
			return WALK_DEAD;
		}
		walk->table[level] = gfn;
		at = lg_memory_user(lg, (gfn << PAGE_SHIFT) + 8 * ((gva >> shift) & 511));
		if (get_user(entry, at)) {
			lg_kill(lg, "page table at %#llx cannot be read", gfn << PAGE_SHIFT);
			return WALK_DEAD;
		}
		walk->entry[level] = entry;
		if (!(entry & _PAGE_PRESENT)) {
			*error_code = fault;
			return WALK_FAULT;
		}
		if (level == PAGER_ROOT_LEVEL && (entry & _PAGE_PSE)) {
			*error_code = fault | X86_PF_PROT | X86_PF_RSVD;
			return WALK_FAULT;
		}
		walk->rights &= entry | _PAGE_NX;
		walk->rights |= entry & _PAGE_NX;
		gfn = walk_gfn(entry);
		if (level == 1 || (level <= 3 && (entry & _PAGE_PSE)))
			break;
		if (!(entry & _PAGE_ACCESSED)) {
			int err = set_bits(at, entry, bits);

			if (!err)
				goto again;
			if (err < 0)
				goto unwritable;
		}
	}

	if ((write && !(walk->rights & _PAGE_RW)) ||
	    (user && !(walk->rights & _PAGE_USER)) ||
	    (fetch && ((walk->rights & _PAGE_NX) ||
		       /* what SMEP would do */
		       (!user && (walk->rights & _PAGE_USER))))) {
		*error_code = fault | X86_PF_PROT;
		return WALK_FAULT;
	}

	{
		unsigned int shift = PAGE_SHIFT + 9 * (level - 1);
		u64 want = _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);

		if ((entry & want) != want) {
			u64 __user *at = lg_memory_user(lg, (walk->table[level] << PAGE_SHIFT) +
							8 * ((gva >> shift) & 511));
			int err = set_bits(at, entry, want);

			if (!err)
				goto again;
			if (err < 0)
				goto unwritable;
			entry |= want;
			walk->entry[level] = entry;
		}
		walk->level = level;
		/* A large page's low address bits are not address bits. */
		walk->base = gfn & ~((1ull << (9 * (level - 1))) - 1);
		walk->gfn = walk->base + ((gva >> PAGE_SHIFT) & ((1ull << (9 * (level - 1))) - 1));
		walk->writable = (walk->rights & _PAGE_RW) && (entry & _PAGE_DIRTY);
	}
	return WALK_OK;

unwritable:
	lg_kill(lg, "page table at %#llx cannot be written", walk->table[level] << PAGE_SHIFT);
	return WALK_DEAD;
}
/*:*/

/**
 * lg_read_virtual - copy from the Guest's current virtual addresses
 * @vcpu:	the Guest's CR3 is its
 * @to:	gets the bytes
 * @gva:	Guest-virtual address
 * @length:	in bytes
 *
 * As the Guest's kernel could read it.  0 or -EFAULT; may sleep.
 */
int lg_read_virtual(struct lg_vcpu *vcpu, void *to, u64 gva, size_t length)
{
	while (length) {
		size_t part = min_t(u64, length, PAGE_SIZE - offset_in_page(gva));
		u64 error_code = 0;
		struct walk walk;

		if (!lg_arch_canonical(gva) ||
		    walk_guest(vcpu, gva, &error_code, &walk) != WALK_OK ||
		    lg_memory_read(vcpu->lg, to,
				   (walk.gfn << PAGE_SHIFT) + offset_in_page(gva), part))
			return -EFAULT;
		to += part;
		gva += part;
		length -= part;
	}
	return 0;
}
