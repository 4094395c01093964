// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * roots.c - the tops of shadow tables: an address space each.
 *
 *H:320 An address space each
 *
 * When the Guest goes from one process to another it loads CR3, and we do too.
 * We keep what we have built for the old one: most processes come back.
 * Every vcpu has roots of its own, because each must find its own area at the
 * Switcher's address; but a root is only the top page, and all that hangs
 * below it is found in the hash, and shared.  :*
 */
#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/slab.h>

#include "shadow.h"
#include "trace.h"

static atomic64_t next_root_id = ATOMIC64_INIT(1);

/**
 * root_link - make entry @i of @root point to @child
 * @lg:		the Guest
 * @root:	its vcpu's roots_lock is held
 * @view:	of the root
 * @i:		index
 * @child:	a page of the level below; the entry takes a parent of its own
 * @bits:	rights
 */
void root_link(struct lguest *lg, struct pager_root *root, enum pager_view view,
	       unsigned int i, struct pager_page *child, u64 bits)
{
	lg_entry *entry = &root->view[view][i];
	u64 old = *entry;
	u64 value = entry_of(child, bits);

	if (old == value)
		return;
	atomic_inc(&child->parents);
	entry_write(entry, value);
	if (__test_and_set_bit(i, root->present[view])) {
		rights_taken(&lg->pager);
		shadow_put(lg, page_of(old));
	}
}

/** root_unlink - clear entry @i, which is present; likewise */
void root_unlink(struct lguest *lg, struct pager_root *root, enum pager_view view,
		 unsigned int i)
{
	lg_entry *entry = &root->view[view][i];
	struct pager_page *child = page_of(*entry);

	entry_write(entry, 0);
	__clear_bit(i, root->present[view]);
	rights_taken(&lg->pager);
	shadow_put(lg, child);
}

static void root_clear(struct lguest *lg, struct pager_root *root)
{
	unsigned int view, i;

	for (view = 0; view < PAGER_VIEWS; view++)
		for_each_set_bit(i, root->present[view], PAGER_ROOT_ENTRIES)
			root_unlink(lg, root, view, i);
}

/* Not the current one, so no processor has it in CR3; its id never comes back. */
static void root_drop(struct lg_vcpu *vcpu, struct pager_root *root)
{
	root_clear(vcpu->lg, root);
	list_del(&root->list);
	hash_del(&root->hash);
	vcpu->nr_roots--;
	vcpu->statistics->shadow_roots--;
	vcpu->statistics->pager_roots_dropped++;
	lg_arch_root_free(root);
	kfree(root);
}

static struct pager_root *root_alloc(struct lg_vcpu *vcpu, u64 gfn)
{
	struct pager_root *root = kzalloc(sizeof(*root), GFP_KERNEL_ACCOUNT);

	if (!root)
		return NULL;
	root->gfn = gfn;
	root->id = atomic64_inc_return(&next_root_id);
	if (lg_arch_root_alloc(vcpu, root)) {
		kfree(root);
		return NULL;
	}
	return root;
}

/*
 * A new root starts with the kernel's half of another: all address spaces
 * have the same one.
 */
static void root_inherit(struct lguest *lg, struct pager_root *root,
			 struct pager_root *from)
{
	unsigned int i = LOWER_ENTRIES;

	for_each_set_bit_from(i, from->present[PAGER_KERNEL_VIEW], PAGER_ROOT_ENTRIES) {
		u64 entry = from->view[PAGER_KERNEL_VIEW][i], guest;
		struct pager_page *child = page_of(entry);

		if (child->kind == PAGER_TABLE && read_root_entry(lg, root, i, &guest) &&
		    is_table(guest) && walk_gfn(guest) == child->gfn)
			root_link(lg, root, PAGER_KERNEL_VIEW, i, child, table_rights(guest));
	}
}

/** root_find - @vcpu's root for the Guest's table @gfn, or NULL; with roots_lock */
struct pager_root *root_find(struct lg_vcpu *vcpu, u64 gfn)
{
	struct pager_root *root;

	hash_for_each_possible(vcpu->roots_hash, root, hash, gfn)
		if (root->gfn == gfn)
			return root;
	return NULL;
}

/**
 * pager_new_table - the Guest loads CR3
 * @vcpu:	the caller's own
 * @cr3:	as in LHCALL_NEW_PGTABLE
 *
 * 0 or negative errno; a table outside of memory kills.
 */
int pager_new_table(struct lg_vcpu *vcpu, u64 cr3)
{
	struct lguest *lg = vcpu->lg;
	bool flush = !(cr3 & LG_CR3_KEEP);
	u64 gfn = lg_table_key(cr3);
	struct pager_root *root;

	if (gfn != LG_LINEAR && lg_table_gfn(gfn) >= lg->pages) {
		lg_kill(lg, "top-level page table at %#llx, outside of memory",
			lg_table_gfn(gfn) << PAGE_SHIFT);
		return -EINVAL;
	}
	spin_lock(&vcpu->roots_lock);
	root = root_find(vcpu, gfn);
	trace_lguest_new_table(vcpu, cr3, root != NULL);
	if (!root) {
		spin_unlock(&vcpu->roots_lock);
		vcpu->statistics->flush_new_root++;
		root = root_alloc(vcpu, gfn);	/* nobody else makes roots of ours */
		if (!root) {
			lg_kill(lg, "no memory for shadow page tables");
			return -ENOMEM;
		}
		spin_lock(&vcpu->roots_lock);
		if (vcpu->root)
			root_inherit(lg, root, vcpu->root);
		list_add(&root->list, &vcpu->roots);
		hash_add(vcpu->roots_hash, &root->hash, gfn);
		vcpu->statistics->shadow_roots++;
		if (++vcpu->nr_roots > PAGER_ROOTS)
			root_drop(vcpu, list_last_entry(&vcpu->roots, struct pager_root, list));
	} else {
		list_move(&root->list, &vcpu->roots);
		if (flush) {
			vcpu->statistics->flush_new_table++;
			sync_root(lg, root, 0, LOWER_ENTRIES,
				  atomic64_inc_return(&lg->pager.sync_pass));
		} else {
			vcpu->statistics->flush_new_table_kept++;
		}
	}
	vcpu->root = root;
	vcpu->guest_cr3 = cr3 == LG_LINEAR ? cr3 : cr3 & ~LG_CR3_KEEP;
	spin_unlock(&vcpu->roots_lock);
	return 0;
}

/** pager_release_table - the Guest frees the top-level table at @table */
void pager_release_table(struct lguest *lg, u64 table)
{
	u64 gfn = lg_table_key(table);
	struct lg_vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < LG_MAX_VCPUS && (vcpu = READ_ONCE(lg->vcpus[i])); i++) {
		struct pager_root *root;

		spin_lock(&vcpu->roots_lock);
		root = root_find(vcpu, gfn);
		if (root && root != vcpu->root)
			root_drop(vcpu, root);
		spin_unlock(&vcpu->roots_lock);
	}
}

/*
 * Roots of @vcpu that are not in use, the least recently used first, while there
 * are at least @count shadow pages.  With roots_lock.
 */
static void drop_idle(struct lg_vcpu *vcpu, unsigned long count)
{
	struct pager *pager = &vcpu->lg->pager;
	struct pager_root *root, *next;

	list_for_each_entry_safe_reverse(root, next, &vcpu->roots, list) {
		if (READ_ONCE(pager->count) < count)
			return;
		if (root != vcpu->root)
			root_drop(vcpu, root);
	}
}

/**
 * roots_reclaim - shadow pages are at the limit
 * @vcpu:	the caller's own
 *
 * Forget other address spaces, first ours, then other vcpus', then the current
 * one.  Other vcpus' current ones stay: each of them comes here itself.
 */
void roots_reclaim(struct lg_vcpu *vcpu)
{
	struct lguest *lg = vcpu->lg;
	unsigned long enough = lg->pager.limit * 3 / 4;
	struct lg_vcpu *other;
	unsigned int i;

	vcpu->statistics->pager_reclaims++;
	spin_lock(&vcpu->roots_lock);
	drop_idle(vcpu, enough);
	spin_unlock(&vcpu->roots_lock);
	for (i = 0; i < LG_MAX_VCPUS && (other = READ_ONCE(lg->vcpus[i])); i++) {
		if (other == vcpu)
			continue;
		spin_lock(&other->roots_lock);
		drop_idle(other, enough);
		spin_unlock(&other->roots_lock);
	}
	if (READ_ONCE(lg->pager.count) < enough)
		return;
	spin_lock(&vcpu->roots_lock);
	root_clear(lg, vcpu->root);
	spin_unlock(&vcpu->roots_lock);
}

/**
 * pager_shrink - free about @count shadow pages, if it costs the Guest little
 * @lg:		the Guest
 * @count:	how many
 *
 * Returns how many were freed.  From any thread that may take a spinlock; one
 * that comes from an allocation of ours has none of these.
 */
unsigned long pager_shrink(struct lguest *lg, unsigned long count)
{
	unsigned long before = READ_ONCE(lg->pager.count), now;
	struct lg_vcpu *vcpu;
	unsigned int i;

	lg_count_other(&lg->statistics.others->pager_shrinks, 1);
	for (i = 0; i < LG_MAX_VCPUS && (vcpu = READ_ONCE(lg->vcpus[i])); i++) {
		if (!spin_trylock(&vcpu->roots_lock))
			continue;
		drop_idle(vcpu, before > count ? before - count : 0);
		spin_unlock(&vcpu->roots_lock);
	}
	now = READ_ONCE(lg->pager.count);
	return before > now ? before - now : 0;
}

/** pager_vcpu_create - once in a vcpu's life */
void pager_vcpu_create(struct lg_vcpu *vcpu)
{
	spin_lock_init(&vcpu->roots_lock);
	INIT_LIST_HEAD(&vcpu->roots);
	hash_init(vcpu->roots_hash);
	atomic64_set(&vcpu->epoch, U64_MAX);
}

/** pager_vcpu_exit - drop all that @vcpu, which does not run, has */
void pager_vcpu_exit(struct lg_vcpu *vcpu)
{
	struct pager_root *root, *next;

	spin_lock(&vcpu->roots_lock);
	vcpu->root = NULL;
	list_for_each_entry_safe(root, next, &vcpu->roots, list)
		root_drop(vcpu, root);
	spin_unlock(&vcpu->roots_lock);
	shadow_cache_drop(vcpu);
}
