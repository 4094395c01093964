// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk.c - read the Guest's page tables as the processor would.
 */
#include <linux/uaccess.h>
#include <linux/mm.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>

#include "shadow.h"

/*
 * Set bits in an entry of the Guest's, as the processor does: atomically, and
 * only if it still is what we saw. 1: done; 0: it changed; -EFAULT.
 */
static int set_bits(lg_entry __user *at, lg_entry old, lg_entry bits)
{
	lg_entry expected = old;
	int changed = __try_cmpxchg_user(at, &expected, old | bits, fault);

	return changed < 0 ? changed : !changed;
}

static lg_entry __user *entry_at(struct lguest *lg, u64 gfn, u64 gva, unsigned int level)
{
	return lg_memory_user(lg, (gfn << PAGE_SHIFT) +
				  sizeof(lg_entry) * (index_at(gva, level) % PAGER_ENTRIES));
}

/* No page table yet: as if one large page after the other mapped all there is. */
static enum walk_result walk_linear(u64 gva, struct walk *walk)
{
	walk->table[PAGER_ROOT_LEVEL] = LG_LINEAR;
	walk->entry[PAGER_ROOT_LEVEL] = _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY |
					_PAGE_PSE;
	walk->level = PAGER_ROOT_LEVEL;
	walk->gfn = gva >> PAGE_SHIFT;
	walk->base = large_base(walk->gfn, PAGER_ROOT_LEVEL);
	walk->rights = _PAGE_RW;
	walk->writable = true;
	return WALK_OK;
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
	lg_entry entry;
	unsigned int level;
	u64 gfn;

	if (vcpu->guest_cr3 == LG_LINEAR)
		return walk_linear(gva, walk);
again:
	if (!lg_arch_root_gfn(lg, lg_table_key(vcpu->guest_cr3),
			      index_at(gva, PAGER_ROOT_LEVEL), true, &gfn)) {
		*error_code = fault;
		return WALK_FAULT;
	}
	walk->rights = _PAGE_RW | _PAGE_USER;
	for (level = PAGER_ROOT_LEVEL; ; level--) {
		lg_entry __user *at;
		u64 bits = _PAGE_ACCESSED;

		if (gfn >= lg->pages) {
			lg_kill(lg, "page table at %#llx, outside of memory, for address %#llx",
				gfn << PAGE_SHIFT, gva);
			return WALK_DEAD;
		}
		walk->table[level] = gfn;
		at = entry_at(lg, gfn, gva, level);
		if (get_user(entry, at)) {
			lg_kill(lg, "page table at %#llx cannot be read", gfn << PAGE_SHIFT);
			return WALK_DEAD;
		}
		walk->entry[level] = entry;
		if (!(entry & _PAGE_PRESENT)) {
			*error_code = fault;
			return WALK_FAULT;
		}
		if (level > PAGER_LARGE_LEVEL && (entry & _PAGE_PSE)) {
			*error_code = fault | X86_PF_PROT | X86_PF_RSVD;
			return WALK_FAULT;
		}
		walk->rights &= entry | _PAGE_NX;
		walk->rights |= entry & _PAGE_NX;
		gfn = walk_gfn(entry);
		if (level == 1 || (level <= PAGER_LARGE_LEVEL && (entry & _PAGE_PSE)))
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
		u64 want = _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);

		if ((entry & want) != want) {
			lg_entry __user *at = entry_at(lg, walk->table[level], gva, level);
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
		walk->base = large_base(gfn, level);
		walk->gfn = walk->base + (gva >> PAGE_SHIFT) - large_base(gva >> PAGE_SHIFT, level);
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
