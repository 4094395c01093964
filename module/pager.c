// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pager.c - shadow page tables: what the processor uses while a Guest runs.
 *
 *H:300 The Guest has page tables, but we cannot let the processor see them: they
 * hold guest-physical addresses, and a Guest could write what it likes there.
 * So the processor gets tables of ours, the shadow.  When the Guest touches an
 * address that the shadow does not have, the processor faults, we look in the
 * Guest's tables, and copy what is there: translated, checked, one entry.
 *
 * A shadow table is a big TLB in software.  Like the processor's own TLB it may
 * hold entries that the Guest has changed since, until the Guest says that
 * it should forget: every kernel does that whenever it takes something away,
 * because real processors need to be told as well.  So we need not
 * watch the Guest write its tables, and writing them costs it nothing.
 *
 * Told to forget everything, the processor's TLB does.  We are smarter: a
 * miss costs us a trip through the Host, so we compare what we have with the
 * Guest's tables, and forget only what is no longer true.
 *
 * However wrong a shadow may be, it shows a Guest only its own memory: each
 * entry was checked against that, and the notifier (memory.c) removes it when
 * the Host takes the page back.  :*
 *
 * Shadow pages are freed while no processor runs this Guest's only vcpu, or
 * after pager.tlb_gen has grown, which makes every processor flush before
 * it runs the vcpu again.
 */
#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>

#include "lg.h"
#include "walk.h"

#define ADDRESS_MASK	GENMASK_ULL(51, PAGE_SHIFT)
#define LOWER_ENTRIES	(PAGER_ENTRIES / 2)
#define LARGE_GFNS	512ull
/* Entries read at a time around a fault: a cache line of the Guest's table. */
#define GROUP		8
/* A flush of more pages than this is a flush of all. */
#define FLUSH_RANGE_MAX	128

#define TABLE_BITS	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
#define LEAF_BITS	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)

static atomic64_t next_root_id = ATOMIC64_INIT(1);

static unsigned int index_at(u64 gva, unsigned int level)
{
	return (gva >> (PAGE_SHIFT + 9 * (level - 1))) & (PAGER_ENTRIES - 1);
}

static void rights_taken(struct pager *pager)
{
	atomic64_inc(&pager->tlb_gen);
}

/*
 * Shadow pages.
 */
static struct pager_page *page_alloc(void)
{
	struct pager_page *page = kzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);

	if (!page)
		return NULL;
	page->entries = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	page->leaf_gfn = kmalloc_array(PAGER_ENTRIES, sizeof(u32), GFP_KERNEL_ACCOUNT);
	if (!page->entries || !page->leaf_gfn) {
		free_page((unsigned long)page->entries);
		kfree(page->leaf_gfn);
		kfree(page);
		return NULL;
	}
	set_page_private(virt_to_page(page->entries), (unsigned long)page);
	return page;
}

static void page_free(struct pager_page *page)
{
	set_page_private(virt_to_page(page->entries), 0);
	free_page((unsigned long)page->entries);
	kfree(page->leaf_gfn);
	kfree(page);
}

/* Have enough pages for one fault, so that none is needed under the lock. */
static int cache_fill(struct pager_cache *cache)
{
	while (cache->count < PAGER_CACHE) {
		struct pager_page *page = page_alloc();

		if (!page)
			return -ENOMEM;
		cache->pages[cache->count++] = page;
	}
	return 0;
}

static struct pager_page *page_of(u64 entry)
{
	return (struct pager_page *)page_private(pfn_to_page((entry & ADDRESS_MASK) >> PAGE_SHIFT));
}

static u64 hash_key(u64 gfn, unsigned int level, enum pager_view view, enum pager_kind kind)
{
	return gfn << 4 | level << 2 | view << 1 | kind;
}

static struct pager_page *page_find(struct pager *pager, u64 gfn, unsigned int level,
				    enum pager_view view, enum pager_kind kind, u64 rights)
{
	struct pager_page *page;

	hash_for_each_possible(pager->hash, page, hash, hash_key(gfn, level, view, kind))
		if (page->gfn == gfn && page->level == level && page->view == view &&
		    page->kind == kind && page->rights == rights)
			return page;
	return NULL;
}

static void entry_clear(struct lguest *lg, struct pager_page *page, unsigned int i);

static void page_put(struct lguest *lg, struct pager_page *page)
{
	unsigned int i;

	if (--page->parents)
		return;
	for_each_set_bit(i, page->present, PAGER_ENTRIES)
		entry_clear(lg, page, i);
	hash_del(&page->hash);
	list_del(&page->list);
	lg->pager.count--;
	page_free(page);
}

/*
 * The page behind @entry may have been written through it: say so to the Host,
 * before anybody could take it for clean.
 */
static void note_written(u64 entry)
{
	if (entry & _PAGE_RW)
		SetPageDirty(pfn_to_page((entry & ADDRESS_MASK) >> PAGE_SHIFT));
}

static void entry_clear(struct lguest *lg, struct pager_page *page, unsigned int i)
{
	u64 old = page->entries[i];

	WRITE_ONCE(page->entries[i], 0);
	__clear_bit(i, page->present);
	if (__test_and_clear_bit(i, page->leaf))
		note_written(old);
	else
		page_put(lg, page_of(old));
	rights_taken(&lg->pager);
}

static void sync_page(struct lguest *lg, struct pager_page *page);

/* The shadow page with that key: an old one, brought up to date, or a new one. */
static struct pager_page *page_get(struct lg_vcpu *vcpu, u64 gfn, unsigned int level,
				   enum pager_view view, enum pager_kind kind, u64 rights)
{
	struct pager *pager = &vcpu->lg->pager;
	struct pager_page *page = page_find(pager, gfn, level, view, kind, rights);

	if (page) {
		/*
		 * It was made for another parent; while it was not ours,
		 * flushes that concern us may have passed it by.
		 */
		pager->sync_pass++;
		sync_page(vcpu->lg, page);
		return page;
	}
	page = vcpu->cache.pages[--vcpu->cache.count];
	page->gfn = gfn;
	page->level = level;
	page->view = view;
	page->kind = kind;
	page->rights = rights;
	page->first_gfn = U64_MAX;
	page->last_gfn = 0;
	page->synced = pager->sync_pass;
	hash_add(pager->hash, &page->hash, hash_key(gfn, level, view, kind));
	list_add_tail(&page->list, &pager->pages);
	pager->count++;
	return page;
}

/* Make entry @i of @page point to @child, with @bits (RW, NX). */
static void link_table(struct lguest *lg, struct pager_page *page, unsigned int i,
		       struct pager_page *child, u64 bits)
{
	u64 value = __pa(child->entries) | TABLE_BITS | bits;

	child->parents++;
	if (test_bit(i, page->present))
		entry_clear(lg, page, i);
	WRITE_ONCE(page->entries[i], value);
	__set_bit(i, page->present);
}

static void link_root(struct lguest *lg, struct pager_root *root, enum pager_view view,
		      unsigned int i, struct pager_page *child, u64 bits)
{
	u64 *entry = &root->view[view][i];
	u64 value = __pa(child->entries) | TABLE_BITS | bits;

	if (*entry == value)
		return;
	child->parents++;
	if (__test_and_set_bit(i, root->present[view])) {
		page_put(lg, page_of(*entry));
		rights_taken(&lg->pager);
	}
	WRITE_ONCE(*entry, value);
}

static void unlink_root(struct lguest *lg, struct pager_root *root, enum pager_view view,
			unsigned int i)
{
	u64 *entry = &root->view[view][i];
	struct pager_page *child = page_of(*entry);

	WRITE_ONCE(*entry, 0);
	__clear_bit(i, root->present[view]);
	page_put(lg, child);
	rights_taken(&lg->pager);
}

static void set_leaf(struct lguest *lg, struct pager_page *page, unsigned int i,
		     u64 gfn, u64 value)
{
	u64 old = page->entries[i];

	if (test_bit(i, page->present)) {
		if (!test_bit(i, page->leaf) || (old ^ value) & ADDRESS_MASK) {
			entry_clear(lg, page, i);
		} else {
			/*
			 * The same page again, so a stale TLB entry may be why
			 * we are here.
			 */
			if ((old & ~value & _PAGE_RW))
				note_written(old);
			rights_taken(&lg->pager);
		}
	}
	page->leaf_gfn[i] = gfn;
	page->first_gfn = min(page->first_gfn, gfn);
	page->last_gfn = max(page->last_gfn, gfn + (page->level == 2 ? LARGE_GFNS : 1) - 1);
	bitmap_set(lg->pager.mapped, gfn, page->level == 2 ? LARGE_GFNS : 1);
	__set_bit(i, page->present);
	__set_bit(i, page->leaf);
	WRITE_ONCE(page->entries[i], value);
}

/*
 * Comparing with the Guest's tables.  The pager's lock is held, so these reads
 * must not sleep; what cannot be read is not there.
 */
static bool read_entries(struct lguest *lg, u64 gfn, unsigned int first,
			 unsigned int count, u64 *to)
{
	bool ok;

	if (gfn >= lg->pages)
		return false;
	pagefault_disable();
	ok = !__copy_from_user_inatomic(to, lg_memory_user(lg, (gfn << PAGE_SHIFT) + 8 * first),
					8 * count);
	pagefault_enable();
	return ok;
}

static u64 split_rights(u64 guest)
{
	return guest & (_PAGE_RW | _PAGE_DIRTY | _PAGE_NX);
}

static u64 table_rights(u64 guest)
{
	return guest & (_PAGE_RW | _PAGE_NX);
}

/* Entry @i of @page shadows @guest: keep of it what still is right. */
static void sync_leaf(struct lguest *lg, struct pager_page *page, unsigned int i, u64 guest)
{
	u64 old = page->entries[i], new = old;
	u64 gfn = walk_gfn(guest);

	if (page->level == 2)
		gfn &= ~(LARGE_GFNS - 1);
	if (!(guest & _PAGE_PRESENT) || !(guest & _PAGE_ACCESSED) ||
	    (page->level > 1 && !(guest & _PAGE_PSE)) || gfn != page->leaf_gfn[i] ||
	    (page->view == PAGER_USER_VIEW && !(guest & _PAGE_USER))) {
		entry_clear(lg, page, i);
		return;
	}
	if (!(guest & _PAGE_RW) || !(guest & _PAGE_DIRTY))
		new &= ~(_PAGE_RW | _PAGE_DIRTY);
	new |= guest & _PAGE_NX;
	if (new != old) {
		WRITE_ONCE(page->entries[i], new);
		note_written(old);
		rights_taken(&lg->pager);
	}
}

static void sync_entry(struct lguest *lg, struct pager_page *page, unsigned int i,
		       u64 guest, bool recurse)
{
	struct pager_page *child;
	u64 gfn = walk_gfn(guest), value;
	bool same;

	if (test_bit(i, page->leaf)) {
		sync_leaf(lg, page, i, guest);
		return;
	}
	child = page_of(page->entries[i]);
	same = (guest & _PAGE_PRESENT) &&
	       (page->view == PAGER_KERNEL_VIEW || (guest & _PAGE_USER));
	if (child->kind == PAGER_SPLIT)
		same &= (guest & _PAGE_PSE) && child->rights == split_rights(guest) &&
			child->gfn == (gfn & ~((1ull << 9 * (page->level - 1)) - 1));
	else
		same &= !(guest & _PAGE_PSE) && child->gfn == gfn;
	if (!same) {
		entry_clear(lg, page, i);
		return;
	}
	if (child->kind == PAGER_SPLIT)
		return;
	value = __pa(child->entries) | TABLE_BITS | table_rights(guest);
	if (value != page->entries[i]) {
		WRITE_ONCE(page->entries[i], value);
		rights_taken(&lg->pager);
	}
	if (recurse)
		sync_page(lg, child);
}

static void sync_page(struct lguest *lg, struct pager_page *page)
{
	unsigned int first, i;
	u64 guest[GROUP];

	if (page->kind == PAGER_SPLIT || page->synced == lg->pager.sync_pass)
		return;
	page->synced = lg->pager.sync_pass;
	for (first = 0; first < PAGER_ENTRIES; first += GROUP) {
		unsigned long bits = page->present[first / BITS_PER_LONG] >>
				     (first % BITS_PER_LONG) & (BIT(GROUP) - 1);

		if (!bits)
			continue;
		if (!read_entries(lg, page->gfn, first, GROUP, guest))
			memset(guest, 0, sizeof(guest));
		for_each_set_bit(i, &bits, GROUP)
			sync_entry(lg, page, first + i, guest[i], true);
	}
}

/* The same for an entry of a root: it can only point to a table. */
static bool sync_root_entry(struct lguest *lg, struct pager_root *root,
			    enum pager_view view, unsigned int i)
{
	struct pager_page *child = page_of(root->view[view][i]);
	u64 guest, value;

	if (!read_entries(lg, root->gfn, i, 1, &guest) || !(guest & _PAGE_PRESENT) ||
	    walk_gfn(guest) != child->gfn ||
	    (child->view == PAGER_USER_VIEW && !(guest & _PAGE_USER))) {
		unlink_root(lg, root, view, i);
		return false;
	}
	value = __pa(child->entries) | TABLE_BITS | table_rights(guest);
	if (view == PAGER_KERNEL_VIEW && child->view == PAGER_USER_VIEW)
		value |= _PAGE_NX;
	if (value != root->view[view][i]) {
		WRITE_ONCE(root->view[view][i], value);
		rights_taken(&lg->pager);
	}
	return true;
}

static void sync_root(struct lguest *lg, struct pager_root *root,
		      unsigned int first, unsigned int end)
{
	unsigned int view, i;

	for (view = 0; view < 2; view++) {
		i = first;
		for_each_set_bit_from(i, root->present[view], end)
			if (sync_root_entry(lg, root, view, i))
				sync_page(lg, page_of(root->view[view][i]));
	}
}

/* One address in one view: compare what is on the way to it. */
static void sync_address(struct lguest *lg, struct pager_root *root,
			 enum pager_view view, u64 gva)
{
	unsigned int level = PAGER_ROOT_LEVEL, i = index_at(gva, level);
	struct pager_page *page;
	u64 guest;

	if (!test_bit(i, root->present[view]) || !sync_root_entry(lg, root, view, i))
		return;
	page = page_of(root->view[view][i]);
	while (page->kind == PAGER_TABLE) {
		i = index_at(gva, --level);
		if (!test_bit(i, page->present))
			return;
		if (!read_entries(lg, page->gfn, i, 1, &guest))
			guest = 0;
		sync_entry(lg, page, i, guest, false);
		if (!test_bit(i, page->present) || test_bit(i, page->leaf))
			return;
		page = page_of(page->entries[i]);
	}
}

/*
 * Roots.
 */
static void root_clear(struct lguest *lg, struct pager_root *root,
		       unsigned int first, unsigned int end)
{
	unsigned int view, i;

	for (view = 0; view < 2; view++) {
		i = first;
		for_each_set_bit_from(i, root->present[view], end)
			unlink_root(lg, root, view, i);
	}
}

static void root_free_memory(struct pager_root *root)
{
	unsigned int view;

	for (view = 0; view < 2; view++) {
		if (root->top[view] != root->view[view])
			free_page((unsigned long)root->top[view]);
		free_page((unsigned long)root->view[view]);
	}
	kfree(root);
}

static void root_drop(struct lg_vcpu *vcpu, struct pager_root *root)
{
	root_clear(vcpu->lg, root, 0, PAGER_ENTRIES);
	list_del(&root->list);
	vcpu->nr_roots--;
	root_free_memory(root);
}

static struct pager_root *root_alloc(struct lg_vcpu *vcpu, u64 gfn)
{
	struct pager_root *root = kzalloc(sizeof(*root), GFP_KERNEL_ACCOUNT);
	bool five = native_read_cr4() & X86_CR4_LA57;
	unsigned int view;

	if (!root)
		return NULL;
	root->gfn = gfn;
	root->id = atomic64_inc_return(&next_root_id);
	for (view = 0; view < 2; view++) {
		root->view[view] = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
		root->top[view] = five ? (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT) :
					 root->view[view];
	}
	for (view = 0; view < 2; view++) {
		if (!root->view[view] || !root->top[view]) {
			root_free_memory(root);
			return NULL;
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

	for_each_set_bit_from(i, from->present[PAGER_KERNEL_VIEW], PAGER_ENTRIES) {
		u64 entry = from->view[PAGER_KERNEL_VIEW][i], guest;
		struct pager_page *child = page_of(entry);

		if (read_entries(lg, root->gfn, i, 1, &guest) &&
		    (guest & _PAGE_PRESENT) && walk_gfn(guest) == child->gfn)
			link_root(lg, root, PAGER_KERNEL_VIEW, i, child, table_rights(guest));
	}
}

static struct pager_root *root_find(struct lg_vcpu *vcpu, u64 gfn)
{
	struct pager_root *root;

	list_for_each_entry(root, &vcpu->roots, list)
		if (root->gfn == gfn)
			return root;
	return NULL;
}

/* Shadow pages are at the limit: forget other address spaces, then this one. */
static void reclaim(struct lg_vcpu *vcpu)
{
	struct pager *pager = &vcpu->lg->pager;
	struct pager_root *root, *next;

	list_for_each_entry_safe_reverse(root, next, &vcpu->roots, list) {
		if (pager->count < pager->limit * 3 / 4)
			return;
		if (root != vcpu->root)
			root_drop(vcpu, root);
	}
	if (pager->count >= pager->limit * 3 / 4)
		root_clear(vcpu->lg, vcpu->root, 0, PAGER_ENTRIES);
}

/**
 * pager_new_table - the Guest loads CR3
 * @vcpu:	its run_lock is held
 * @cr3:	as in LHCALL_NEW_PGTABLE
 *
 * 0 or negative errno; a table outside of memory kills.
 */
int pager_new_table(struct lg_vcpu *vcpu, u64 cr3)
{
	struct lguest *lg = vcpu->lg;
	struct pager *pager = &lg->pager;
	bool flush = !(cr3 & BIT_ULL(63));
	u64 gfn = walk_gfn(cr3);
	struct pager_root *root;

	if (gfn >= lg->pages) {
		lg_kill(lg, "top-level page table at %#llx, outside of memory", gfn << PAGE_SHIFT);
		return -EINVAL;
	}
	spin_lock(&pager->lock);
	root = root_find(vcpu, gfn);
	if (!root) {
		spin_unlock(&pager->lock);
		root = root_alloc(vcpu, gfn);
		if (!root) {
			lg_kill(lg, "no memory for shadow page tables");
			return -ENOMEM;
		}
		spin_lock(&pager->lock);
		if (vcpu->root)
			root_inherit(lg, root, vcpu->root);
		list_add(&root->list, &vcpu->roots);
		if (++vcpu->nr_roots > PAGER_ROOTS)
			root_drop(vcpu, list_last_entry(&vcpu->roots, struct pager_root, list));
	} else {
		list_move(&root->list, &vcpu->roots);
		if (flush) {
			pager->sync_pass++;
			sync_root(lg, root, 0, LOWER_ENTRIES);
		}
	}
	vcpu->root = root;
	vcpu->guest_cr3 = cr3 & ~BIT_ULL(63);
	spin_unlock(&pager->lock);
	return 0;
}

/** pager_release_table - the Guest frees the top-level table at @gfn */
void pager_release_table(struct lguest *lg, u64 gfn)
{
	unsigned int i;

	spin_lock(&lg->pager.lock);
	for (i = 0; i < LG_MAX_VCPUS && lg->vcpus[i]; i++) {
		struct pager_root *root = root_find(lg->vcpus[i], gfn);

		if (root && root != lg->vcpus[i]->root)
			root_drop(lg->vcpus[i], root);
	}
	spin_unlock(&lg->pager.lock);
}

/** pager_flush_user - LGUEST_FLUSH_USER: the current lower half */
void pager_flush_user(struct lg_vcpu *vcpu)
{
	struct pager *pager = &vcpu->lg->pager;

	spin_lock(&pager->lock);
	pager->sync_pass++;
	sync_root(vcpu->lg, vcpu->root, 0, LOWER_ENTRIES);
	spin_unlock(&pager->lock);
}

/** pager_flush_all - LGUEST_FLUSH_ALL: both halves, in all address spaces */
void pager_flush_all(struct lg_vcpu *vcpu)
{
	struct lguest *lg = vcpu->lg;
	struct pager_root *root;
	unsigned int i;

	spin_lock(&lg->pager.lock);
	lg->pager.sync_pass++;
	for (i = 0; i < LG_MAX_VCPUS && lg->vcpus[i]; i++)
		list_for_each_entry(root, &lg->vcpus[i]->roots, list)
			sync_root(lg, root, 0, PAGER_ENTRIES);
	spin_unlock(&lg->pager.lock);
}

static void flush_address(struct lg_vcpu *vcpu, u64 gva)
{
	struct lguest *lg = vcpu->lg;
	unsigned int i = index_at(gva, PAGER_ROOT_LEVEL), n;
	struct pager_root *root;

	sync_address(lg, vcpu->root, PAGER_USER_VIEW, gva);
	sync_address(lg, vcpu->root, PAGER_KERNEL_VIEW, gva);
	if (i < LOWER_ENTRIES)
		return;
	/*
	 * The kernel's half: others have the same tables, but for a change
	 * in the top level itself.
	 */
	for (n = 0; n < LG_MAX_VCPUS && lg->vcpus[n]; n++)
		list_for_each_entry(root, &lg->vcpus[n]->roots, list)
			if (root->view[PAGER_KERNEL_VIEW][i] !=
			    vcpu->root->view[PAGER_KERNEL_VIEW][i])
				sync_address(lg, root, PAGER_KERNEL_VIEW, gva);
}

/** pager_flush_range - LHCALL_FLUSH_RANGE */
void pager_flush_range(struct lg_vcpu *vcpu, u64 start, u64 end, u64 stride)
{
	struct pager *pager = &vcpu->lg->pager;
	u64 gva = start, count;

	if (stride < PAGE_SIZE)
		stride = PAGE_SIZE;
	count = start < end ? (end - start - 1) / stride + 1 : 0;
	if (!count || count > FLUSH_RANGE_MAX) {
		if (start < end && end <= 1ull << 47)
			pager_flush_user(vcpu);
		else
			pager_flush_all(vcpu);
		return;
	}
	spin_lock(&pager->lock);
	for (; count; count--, gva += stride)	/* it may wrap: do not compare */
		if (lg_arch_canonical(gva) && !lg_arch_switchers(gva))
			flush_address(vcpu, gva);
	spin_unlock(&pager->lock);
}

/*
 * Filling.
 */

/*
 * The Guest has its kernel's pages below a table entry marked user.  The
 * kernel view of the lower half can no longer be made of user-view pages.
 */
static void root_split(struct lguest *lg, struct pager_root *root)
{
	unsigned int i = 0;

	root->split = true;
	for_each_set_bit_from(i, root->present[PAGER_KERNEL_VIEW], LOWER_ENTRIES)
		unlink_root(lg, root, PAGER_KERNEL_VIEW, i);
}

/*
 * The neighbours of entry @i: what the Guest has used already, and the Host
 * has at hand, comes along.
 */
static void fill_around(struct lguest *lg, struct pager_page *page, unsigned int i, u64 rights)
{
	unsigned int first = round_down(i, GROUP), n;
	u64 guest[GROUP];

	if (!read_entries(lg, page->gfn, first, GROUP, guest))
		return;
	for (n = 0; n < GROUP; n++) {
		u64 entry = guest[n], gfn = walk_gfn(entry), pfn;
		bool writable = (entry & _PAGE_RW) && (entry & _PAGE_DIRTY) && (rights & _PAGE_RW);
		unsigned int level;
		u64 value;

		if (!(entry & _PAGE_PRESENT) || !(entry & _PAGE_ACCESSED) || gfn >= lg->pages ||
		    test_bit(first + n, page->present) ||
		    (page->view == PAGER_USER_VIEW && !(entry & _PAGE_USER)) ||
		    !lg_memory_host_page_fast(lg, gfn, writable, &pfn, &level))
			continue;
		value = pfn << PAGE_SHIFT | LEAF_BITS | (entry & _PAGE_NX);
		if (writable)
			value |= _PAGE_RW | _PAGE_DIRTY;
		if (page->view == PAGER_KERNEL_VIEW && (entry & _PAGE_USER) && (rights & _PAGE_USER))
			value |= _PAGE_NX;
		set_leaf(lg, page, first + n, gfn, value);
	}
}

/* Put what @walk found into the shadow, at @gva. */
static void fill(struct lg_vcpu *vcpu, u64 gva, bool user, const struct walk *walk,
		 u64 pfn, unsigned int host_level)
{
	struct lguest *lg = vcpu->lg;
	struct pager_root *root = vcpu->root;
	unsigned int i = index_at(gva, PAGER_ROOT_LEVEL), level, target = 1;
	enum pager_view view = user ? PAGER_USER_VIEW : PAGER_KERNEL_VIEW;
	u64 top = walk->entry[PAGER_ROOT_LEVEL], gfn, value;
	bool shared = false;
	struct pager_page *page;

	if (i < LOWER_ENTRIES && !root->split) {
		if (walk->rights & _PAGE_USER)
			shared = true;
		else if (top & _PAGE_USER)
			root_split(lg, root);
		if (shared)
			view = PAGER_USER_VIEW;
	}
	if (walk->level >= 2 && host_level >= 2 && !((pfn ^ walk->gfn) & (LARGE_GFNS - 1)) &&
	    round_down(walk->gfn, LARGE_GFNS) + LARGE_GFNS <= lg->pages)
		target = 2;

	page = test_bit(i, root->present[view]) ? page_of(root->view[view][i]) : NULL;
	if (!page || page->gfn != walk->table[3] || page->view != view)
		page = page_get(vcpu, walk->table[3], 3, view, PAGER_TABLE, 0);
	page->parents++;	/* keep it while links change */
	if (shared) {
		link_root(lg, root, PAGER_USER_VIEW, i, page, table_rights(top));
		link_root(lg, root, PAGER_KERNEL_VIEW, i, page, table_rights(top) | _PAGE_NX);
	} else {
		link_root(lg, root, view, i, page, table_rights(top));
	}
	page->parents--;

	for (level = 3; level > target; level--) {
		enum pager_kind kind = level > walk->level ? PAGER_TABLE : PAGER_SPLIT;
		u64 rights = 0, bits = _PAGE_RW;
		struct pager_page *child;

		i = index_at(gva, level);
		if (kind == PAGER_TABLE) {
			gfn = walk->table[level - 1];
			bits = table_rights(walk->entry[level]);
		} else {
			gfn = walk->gfn & ~((1ull << 9 * (level - 1)) - 1);
			rights = split_rights(walk->entry[walk->level]);
		}
		if (test_bit(i, page->present) && !test_bit(i, page->leaf)) {
			child = page_of(page->entries[i]);
			if (child->gfn == gfn && child->kind == kind && child->rights == rights) {
				value = __pa(child->entries) | TABLE_BITS | bits;
				if (page->entries[i] != value) {
					WRITE_ONCE(page->entries[i], value);
					rights_taken(&lg->pager);
				}
				page = child;
				continue;
			}
		}
		child = page_get(vcpu, gfn, level - 1, view, kind, rights);
		link_table(lg, page, i, child, bits);
		page = child;
	}

	value = LEAF_BITS | (walk->entry[walk->level] & _PAGE_NX);
	if (walk->writable)
		value |= _PAGE_RW | _PAGE_DIRTY;
	if (view == PAGER_KERNEL_VIEW && (walk->rights & _PAGE_USER))
		value |= _PAGE_NX;
	i = index_at(gva, target);
	gfn = walk->gfn;
	if (target == 2) {
		gfn = round_down(gfn, LARGE_GFNS);
		pfn = round_down(pfn, LARGE_GFNS);
		value |= _PAGE_PSE;
	}
	set_leaf(lg, page, i, gfn, value | pfn << PAGE_SHIFT);
	if (target == 1 && page->kind == PAGER_TABLE)
		fill_around(lg, page, i, walk->rights);
}

/**
 * pager_fault - the processor found no (or not enough) translation
 * @vcpu:	loaded
 * @gva:	the address
 * @user:	the Guest's user touched it
 * @error_code:	in: the processor's; out: the Guest's, if the fault is its own
 * @gpa:	out: for PAGER_MMIO
 *
 * Called by the vcpu's thread, which may sleep.
 */
enum pager_result pager_fault(struct lg_vcpu *vcpu, u64 gva, bool user,
			      u64 *error_code, u64 *gpa)
{
	struct lguest *lg = vcpu->lg;
	struct pager *pager = &lg->pager;
	u64 access = (*error_code & (X86_PF_WRITE | X86_PF_INSTR)) | (user ? X86_PF_USER : 0);

	if (!lg_arch_canonical(gva) || lg_arch_switchers(gva)) {
		*error_code = access | X86_PF_PROT;
		return PAGER_GUEST_FAULT;
	}
	if (cache_fill(&vcpu->cache)) {
		lg_kill(lg, "no memory for shadow page tables");
		return PAGER_DEAD;
	}
	for (;;) {
		unsigned long seq;
		struct walk walk;
		unsigned int level;
		u64 pfn;
		int err;

		*error_code = access;
		switch (walk_guest(vcpu, gva, error_code, &walk)) {
		case WALK_OK:
			break;
		case WALK_FAULT:
			return PAGER_GUEST_FAULT;
		case WALK_DEAD:
			return PAGER_DEAD;
		}
		if (walk.gfn >= lg->pages) {
			*gpa = (walk.gfn << PAGE_SHIFT) + offset_in_page(gva);
			return PAGER_MMIO;
		}

		seq = READ_ONCE(pager->notifier_seq);
		smp_rmb();	/* pairs with the lock in invalidate_range_end() */
		err = lg_memory_host_page(lg, walk.gfn, walk.writable, &pfn, &level);
		if (err == -EINTR)
			return PAGER_AGAIN;
		if (err) {
			lg_kill(lg, "memory at %#llx cannot be used", walk.gfn << PAGE_SHIFT);
			return PAGER_DEAD;
		}
		spin_lock(&pager->lock);
		if (!pager->notifier_count && pager->notifier_seq == seq) {
			if (pager->count >= pager->limit)
				reclaim(vcpu);
			fill(vcpu, gva, user, &walk, pfn, level);
			spin_unlock(&pager->lock);
			return PAGER_FILLED;
		}
		spin_unlock(&pager->lock);
		if (signal_pending(current))
			return PAGER_AGAIN;
		cond_resched();
	}
}

/*
 * The Host takes pages back.
 */
static void acknowledge(void *unused)
{
}

/* Wait until no processor runs with what was in the tables before. */
static void wait_for_exits(struct lguest *lg)
{
	unsigned int i;

	smp_mb();	/* pairs with run(): either it sees tlb_gen, or we see it */
	for (i = 0; i < LG_MAX_VCPUS; i++) {
		struct lg_vcpu *vcpu = READ_ONCE(lg->vcpus[i]);

		if (vcpu && READ_ONCE(vcpu->where) == LG_IN_GUEST)
			smp_call_function_single(READ_ONCE(vcpu->cpu), acknowledge, NULL, 1);
	}
}

/* Could any of its leaves be? Most pages have none, and are soon passed by. */
static bool leaves_in(struct pager_page *page, u64 start, u64 end)
{
	return page->first_gfn < end && page->last_gfn >= start;
}

static bool leaf_in(struct pager_page *page, unsigned int i, u64 start, u64 end)
{
	u64 gfn = page->leaf_gfn[i];

	return gfn < end && gfn + (page->level == 2 ? LARGE_GFNS : 1) > start;
}

/**
 * pager_zap_gfns - forget all translations to [@start, @end)
 * @lg:	the Guest
 * @start:	first gfn
 * @end:	gfn after the last
 *
 * From a notifier: any thread. When it returns, no processor has them.
 */
void pager_zap_gfns(struct lguest *lg, u64 start, u64 end)
{
	struct pager *pager = &lg->pager;
	struct pager_page *page;
	unsigned int i;

	spin_lock(&pager->lock);
	if (!pager->mapped || find_next_bit(pager->mapped, end, start) >= end) {
		spin_unlock(&pager->lock);
		return;
	}
	list_for_each_entry(page, &pager->pages, list) {
		if (!leaves_in(page, start, end))
			continue;
		for_each_set_bit(i, page->leaf, PAGER_ENTRIES)
			if (leaf_in(page, i, start, end))
				entry_clear(lg, page, i);
	}
	bitmap_clear(pager->mapped, start, end - start);
	spin_unlock(&pager->lock);
	wait_for_exits(lg);
}

/**
 * pager_shrink - free about @count shadow pages, if it costs the Guest little
 * @lg:		the Guest
 * @count:	how many
 *
 * Returns how many were freed.  From any thread that may take a spinlock.
 */
unsigned long pager_shrink(struct lguest *lg, unsigned long count)
{
	struct pager *pager = &lg->pager;
	unsigned long before, freed;
	unsigned int i;

	if (!spin_trylock(&pager->lock))
		return 0;
	before = pager->count;
	for (i = 0; i < LG_MAX_VCPUS && lg->vcpus[i]; i++) {
		struct lg_vcpu *vcpu = lg->vcpus[i];
		struct pager_root *root, *next;

		list_for_each_entry_safe_reverse(root, next, &vcpu->roots, list)
			if (root != vcpu->root && before - pager->count < count)
				root_drop(vcpu, root);
	}
	freed = before - pager->count;
	spin_unlock(&pager->lock);
	return freed;
}

/** pager_young_gfns - was any of [@start, @end) touched (since last cleared)? */
bool pager_young_gfns(struct lguest *lg, u64 start, u64 end, bool clear)
{
	struct pager *pager = &lg->pager;
	struct pager_page *page;
	bool young = false;
	unsigned int i;

	spin_lock(&pager->lock);
	if (pager->mapped && find_next_bit(pager->mapped, end, start) < end)
		list_for_each_entry(page, &pager->pages, list) {
			if (!leaves_in(page, start, end))
				continue;
			for_each_set_bit(i, page->leaf, PAGER_ENTRIES) {
				if (!leaf_in(page, i, start, end))
					continue;
				if (clear)
					young |= test_and_clear_bit(_PAGE_BIT_ACCESSED,
							(unsigned long *)&page->entries[i]);
				else
					young |= page->entries[i] & _PAGE_ACCESSED;
			}
		}
	spin_unlock(&pager->lock);
	return young;
}

/** pager_init - for a Guest of lg->pages; 0 or -ENOMEM */
int pager_init(struct lguest *lg)
{
	struct pager *pager = &lg->pager;

	memset(pager, 0, sizeof(*pager));
	spin_lock_init(&pager->lock);
	hash_init(pager->hash);
	INIT_LIST_HEAD(&pager->pages);
	/* Enough to map all memory several times over, and the tables for it. */
	pager->limit = 1024 + lg->pages / 32;
	pager->mapped = kvcalloc(BITS_TO_LONGS(lg->pages + LARGE_GFNS), sizeof(long),
				 GFP_KERNEL_ACCOUNT);
	return pager->mapped ? 0 : -ENOMEM;
}

/** pager_exit - after pager_vcpu_exit() of all vcpus */
void pager_exit(struct lguest *lg)
{
	WARN(lg->pager.count, "leak: %lu shadow pages", lg->pager.count);
	kvfree(lg->pager.mapped);
	lg->pager.mapped = NULL;
}

/** pager_vcpu_init - a vcpu without roots */
int pager_vcpu_init(struct lg_vcpu *vcpu)
{
	INIT_LIST_HEAD(&vcpu->roots);
	vcpu->nr_roots = 0;
	vcpu->root = NULL;
	return 0;
}

/** pager_vcpu_exit - drop all that @vcpu has */
void pager_vcpu_exit(struct lg_vcpu *vcpu)
{
	struct pager_root *root, *next;

	spin_lock(&vcpu->lg->pager.lock);
	list_for_each_entry_safe(root, next, &vcpu->roots, list)
		root_drop(vcpu, root);
	vcpu->root = NULL;
	spin_unlock(&vcpu->lg->pager.lock);
	while (vcpu->cache.count)
		page_free(vcpu->cache.pages[--vcpu->cache.count]);
}
