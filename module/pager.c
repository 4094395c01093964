// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pager.c - shadow page tables: what the processor uses while a Guest runs.
 *
 *H:300 The shadow
 *
 * The Guest has page tables, but we cannot let the processor see them: they
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
 * However wrong a shadow may be, it shows a Guest only its own memory: each
 * entry was checked against that, and the notifier (memory.c) removes it when
 * the Host takes the page back.  :*
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/trap_pf.h>

#include "shadow.h"

/**
 * struct fill - a translation on its way into the shadow
 * @vcpu:	whose fault it was
 * @gva:	the address
 * @walk:	what the Guest's tables say
 * @pfn:	the Host's page, good if no invalidation comes after @seq
 * @target:	level that gets it: 2 if Guest and Host have large pages
 * @seq:	pager.notifier_seq before @pfn was looked up
 * @linked:	a table on the way to the leaf was missing
 * @spurious:	nothing was, the leaf neither
 */
struct fill {
	struct lg_vcpu *vcpu;
	u64 gva;
	const struct walk *walk;
	u64 pfn;
	unsigned int target;
	unsigned long seq;
	bool linked;
	bool spurious;
};

/*
 * The Guest has its kernel's pages below a table entry marked user.  The
 * kernel view of the lower half can no longer be made of user-view pages.
 */
static void root_split(struct lguest *lg, struct pager_root *root)
{
	unsigned int i = 0;

	root->split = true;
	for_each_set_bit_from(i, root->present[PAGER_KERNEL_VIEW], LOWER_ENTRIES)
		root_unlink(lg, root, PAGER_KERNEL_VIEW, i);
}

/*
 * Is the Guest's entry still the one that we have walked by?  Nobody has told us
 * of a change yet, but whoever does will look here before we come back.
 */
static bool still(u64 walked, u64 now, bool writable)
{
	return !((walked ^ now) & ~(u64)(_PAGE_ACCESSED | _PAGE_DIRTY)) &&
	       (now & _PAGE_ACCESSED) && (!writable || (now & _PAGE_DIRTY));
}

static bool still_walked(struct lguest *lg, const struct walk *walk, unsigned int level,
			 u64 gva, bool writable)
{
	u64 now;

	/* A vcpu that has no tables (walk_linear()) cannot find them changed. */
	if (walk->table[level] == LG_LINEAR)
		return true;
	return read_entry(lg, walk->table[level], index_at(gva, level) % PAGER_ENTRIES, &now) &&
	       still(walk->entry[level], now, writable);
}

/*
 * The page of the level below that is or gets linked to the root.  NULL: the
 * Guest's tables have changed.
 */
static struct pager_page *fill_root(struct fill *fill, enum pager_view view, bool shared)
{
	struct lg_vcpu *vcpu = fill->vcpu;
	struct lguest *lg = vcpu->lg;
	struct pager_root *root = vcpu->root;
	unsigned int i = index_at(fill->gva, PAGER_ROOT_LEVEL);
	u64 top = fill->walk->entry[PAGER_ROOT_LEVEL], entry = entry_read(&root->view[view][i]);
	bool split = PAGER_LARGE_LEVEL == PAGER_ROOT_LEVEL && fill->walk->level == PAGER_ROOT_LEVEL;
	enum pager_kind kind = split ? PAGER_SPLIT : PAGER_TABLE;
	u64 gfn = split ? large_base(fill->walk->gfn, PAGER_ROOT_LEVEL) :
			  fill->walk->table[PAGER_ROOT_LEVEL - 1];
	u64 rights = split ? split_rights(top) : 0;
	u64 bits = split ? SPLIT_BITS : table_rights(top);
	struct pager_page *page = NULL;

	if (entry) {
		page = page_of(entry);
		if (page->gfn == gfn && page->view == view && page->kind == kind &&
		    page->rights == rights && entry == entry_of(page, bits) &&
		    (!shared || entry_read(&root->view[PAGER_KERNEL_VIEW][i]) ==
				(entry | _PAGE_NX)))
			return page;
	}

	spin_lock(&vcpu->roots_lock);
	if (!still_walked(lg, fill->walk, PAGER_ROOT_LEVEL, fill->gva,
			  split && fill->walk->writable)) {
		spin_unlock(&vcpu->roots_lock);
		return NULL;
	}
	fill->linked = true;
	page = shadow_get(vcpu, gfn, PAGER_ROOT_LEVEL - 1, view, kind, rights);
	root_link(lg, root, view, i, page, bits);
	if (shared)
		root_link(lg, root, PAGER_KERNEL_VIEW, i, page, bits | _PAGE_NX);
	shadow_put(lg, page);	/* the entries have theirs */
	spin_unlock(&vcpu->roots_lock);
	return page;
}

/*
 * The page below entry @i of @page, which has (@gfn, @kind, @rights) and is
 * pointed to with @bits.  It most often is there; then no lock is needed.  NULL:
 * the tables have changed, the Guest's or ours.
 */
static struct pager_page *fill_table(struct fill *fill, struct pager_page *page, unsigned int i,
				     u64 gfn, enum pager_kind kind, u64 rights, u64 bits)
{
	struct lguest *lg = fill->vcpu->lg;
	u64 entry = entry_read(&page->entries[i]), value;
	struct pager_page *child;

	if (is_table(entry)) {
		child = page_of(entry);
		if (child->gfn == gfn && child->kind == kind && child->rights == rights &&
		    entry == entry_of(child, bits))
			return child;
	}

	page_lock(page);
	if (page->dead || (page->kind == PAGER_TABLE &&
			   !still_walked(lg, fill->walk, page->level, fill->gva,
					 kind == PAGER_SPLIT && fill->walk->writable))) {
		page_unlock(page);
		return NULL;
	}
	fill->linked = true;
	child = shadow_get(fill->vcpu, gfn, page->level - 1, page->view, kind, rights);
	value = entry_of(child, bits);
	if (page->entries[i] == value) {
		shadow_put(lg, child);	/* another vcpu was faster */
	} else {
		u64 old = page->entries[i];
		bool leaf = __test_and_clear_bit(i, page->leaf);

		entry_write(&page->entries[i], value);
		if (__test_and_set_bit(i, page->present)) {
			rights_taken(&lg->pager);
			if (leaf)
				shadow_note_written(old);
			else
				shadow_put(lg, page_of(old));
		}
	}
	page_unlock(page);
	return child;
}

static void mark(unsigned long *bits, u64 n)
{
	if (!test_bit(n, bits))
		set_bit(n, bits);
}

/* @page is going to map @gfn, or @gfn and those after it. */
static void mark_mapped(struct pager *pager, struct pager_page *page, u64 gfn)
{
	unsigned int i;

	if (page->level == 2) {
		/* Whole words, so nobody else's bit can get lost. */
		for (i = 0; i < LARGE_GFNS / BITS_PER_LONG; i++)
			WRITE_ONCE(pager->mapped[gfn / BITS_PER_LONG + i], ~0ul);
		for (i = 0; i < LARGE_GFNS; i += pager->classes)
			mark(pager->reverse, reverse_bit(pager, gfn + i, page->class));
	} else {
		mark(pager->mapped, gfn);
		mark(pager->reverse, reverse_bit(pager, gfn, page->class));
	}
}

/* Let zap.c find the leaf that we are about to put at entry @i. */
static void announce_leaf(struct lguest *lg, struct pager_page *page, u64 gfn)
{
	u64 last = gfn + gfns_at(page->level) - 1;

	if (gfn < page->first_gfn)
		WRITE_ONCE(page->first_gfn, gfn);
	if (last > page->last_gfn)
		WRITE_ONCE(page->last_gfn, last);
	mark_mapped(&lg->pager, page, gfn);
}

static void set_leaf(struct lguest *lg, struct pager_page *page, unsigned int i,
		     u64 gfn, u64 value)
{
	u64 old = page->entries[i];

	entry_write(&page->entries[i], value);
	page->leaf_gfn[i] = gfn;
	if (__test_and_set_bit(i, page->present)) {
		/* The same page again? A stale TLB entry may be why we are here. */
		rights_taken(&lg->pager);
		if (!test_bit(i, page->leaf))
			shadow_put(lg, page_of(old));
		else if ((old ^ value) & ADDRESS_MASK || (old & ~value & _PAGE_RW))
			shadow_note_written(old);
	}
	__set_bit(i, page->leaf);
}

/**
 * struct around - entries of a group, ready to become leaves
 * @count:	how many
 * @i:		their indices
 * @gfn:	what each maps
 * @value:	the entry
 */
struct around {
	unsigned int count;
	unsigned int i[GROUP];
	u64 gfn[GROUP];
	u64 value[GROUP];
};

/*
 * The neighbours of entry @i: what the Guest has used already, and the Host
 * has at hand, comes along.  @guest are the Guest's entries of the group.
 */
static void look_around(struct lguest *lg, struct pager_page *page, unsigned int i,
			u64 rights, const u64 *guest, struct around *around)
{
	unsigned int first = round_down(i, GROUP), n;

	for (n = 0; n < GROUP; n++) {
		u64 entry = guest[n], gfn = walk_gfn(entry), pfn, value;
		bool writable = (entry & _PAGE_RW) && (entry & _PAGE_DIRTY) && (rights & _PAGE_RW);
		unsigned int level;

		if (!(entry & _PAGE_PRESENT) || !(entry & _PAGE_ACCESSED) || gfn >= lg->pages ||
		    first + n == i || test_bit(first + n, page->present) ||
		    (page->view == PAGER_USER_VIEW && !(entry & _PAGE_USER)) ||
		    !lg_memory_host_page_fast(lg, gfn, writable, &pfn, &level))
			continue;
		value = pfn << PAGE_SHIFT | LEAF_BITS |
			leaf_rights(entry, page->view == PAGER_KERNEL_VIEW,
				    (entry & _PAGE_USER) && (rights & _PAGE_USER));
		if (writable)
			value |= _PAGE_RW | _PAGE_DIRTY;
		around->i[around->count] = first + n;
		around->gfn[around->count] = gfn;
		around->value[around->count++] = value;
	}
}

/* The last step.  Returns false if it has to be done again from the start. */
static bool fill_leaf(struct fill *fill, struct pager_page *page, u64 value)
{
	struct lguest *lg = fill->vcpu->lg;
	struct pager *pager = &lg->pager;
	const struct walk *walk = fill->walk;
	unsigned int i = index_at(fill->gva, fill->target), n;
	u64 gfn = walk->gfn, pfn = fill->pfn, guest[GROUP];
	struct around around;
	bool done = false;

	if (fill->target == 2) {
		gfn = round_down(gfn, LARGE_GFNS);
		pfn = round_down(pfn, LARGE_GFNS);
		value |= _PAGE_PSE;
	}
	around.count = 0;
	page_lock(page);
	if (page->dead)
		goto unlock;
	if (page->kind == PAGER_TABLE) {
		if (!read_group(lg, page->gfn, round_down(i, GROUP), guest) ||
		    !still(walk->entry[fill->target], guest[i % GROUP], walk->writable))
			goto unlock;
		if (fill->target == 1)
			look_around(lg, page, i, walk->rights, guest, &around);
	}
	announce_leaf(lg, page, gfn);
	for (n = 0; n < around.count; n++)
		announce_leaf(lg, page, around.gfn[n]);
	smp_mb();	/* pairs with pager_invalidate_start() */
	if (READ_ONCE(pager->notifier_count))
		goto unlock;
	smp_rmb();	/* pairs with pager_invalidate_end() */
	if (READ_ONCE(pager->notifier_seq) != fill->seq)
		goto unlock;
	value |= pfn << PAGE_SHIFT;
	fill->spurious = !fill->linked && test_bit(i, page->leaf) &&
			 !((page->entries[i] ^ value) & ~(u64)(_PAGE_ACCESSED | _PAGE_DIRTY));
	fill->vcpu->statistics->pager_around += around.count;
	set_leaf(lg, page, i, gfn, value);
	for (n = 0; n < around.count; n++)
		set_leaf(lg, page, around.i[n], around.gfn[n], around.value[n]);
	done = true;
unlock:
	page_unlock(page);
	return done;
}

/*
 * Put what was found into the shadow.  False: something has changed meanwhile.
 * Called inside (shadow_enter()), so what we come across stays.
 */
static bool fill(struct fill *fill, bool user)
{
	const struct walk *walk = fill->walk;
	struct lg_vcpu *vcpu = fill->vcpu;
	struct pager_root *root = vcpu->root;
	enum pager_view view = user && PAGER_VIEWS > 1 ? PAGER_USER_VIEW : PAGER_KERNEL_VIEW;
	struct pager_page *page;
	bool shared = false;
	unsigned int level;
	u64 value;

	if (PAGER_VIEWS > 1 && index_at(fill->gva, PAGER_ROOT_LEVEL) < LOWER_ENTRIES &&
	    !root->split) {
		if (walk->rights & _PAGE_USER) {
			shared = true;
			view = PAGER_USER_VIEW;
		} else if (walk->entry[PAGER_ROOT_LEVEL] & _PAGE_USER) {
			spin_lock(&vcpu->roots_lock);
			root_split(vcpu->lg, root);
			spin_unlock(&vcpu->roots_lock);
		}
	}

	page = fill_root(fill, view, shared);
	for (level = PAGER_ROOT_LEVEL - 1; page && level > fill->target; level--) {
		unsigned int i = index_at(fill->gva, level);

		if (level > walk->level)
			page = fill_table(fill, page, i, walk->table[level - 1], PAGER_TABLE, 0,
					  table_rights(walk->entry[level]));
		else
			page = fill_table(fill, page, i, large_base(walk->gfn, level),
					  PAGER_SPLIT, split_rights(walk->entry[walk->level]),
					  SPLIT_BITS);
	}
	if (!page)
		return false;

	value = LEAF_BITS | leaf_rights(walk->entry[walk->level], view == PAGER_KERNEL_VIEW,
					walk->rights & _PAGE_USER);
	if (walk->writable)
		value |= _PAGE_RW | _PAGE_DIRTY;
	return fill_leaf(fill, page, value);
}

/*H:308 Filling in
 *
 * A fault comes here, and mostly one entry later the Guest goes on.  Look at
 * the loop: it may take several attempts. First ask the Guest's tables, then
 * the Host for the page behind it, which may sleep, and then put both
 * together, under the lock of the one table page that gets the entry.  By then
 * either answer may be out of date.  So fill() looks again before it believes,
 * and if anything has moved, we start over.
 */
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
	for (;;) {
		struct walk walk;
		struct fill to_fill = { .vcpu = vcpu, .gva = gva, .walk = &walk, .target = 1 };
		unsigned int host_level;
		bool done;
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

		to_fill.seq = READ_ONCE(pager->notifier_seq);
		smp_rmb();	/* pairs with pager_invalidate_end() */
		err = lg_memory_host_page(lg, walk.gfn, walk.writable, &to_fill.pfn, &host_level);
		if (err == -EINTR)
			return PAGER_AGAIN;
		if (err) {
			lg_kill(lg, "memory at %#llx cannot be used", walk.gfn << PAGE_SHIFT);
			return PAGER_DEAD;
		}
		if (PAGER_ROOT_LEVEL > 2 && walk.level >= 2 && host_level >= 2 &&
		    !((to_fill.pfn ^ walk.gfn) & (LARGE_GFNS - 1)) &&
		    round_down(walk.gfn, LARGE_GFNS) + LARGE_GFNS <= lg->pages)
			to_fill.target = 2;

		if (shadow_cache_fill(vcpu)) {
			lg_kill(lg, "no memory for shadow page tables");
			return PAGER_DEAD;
		}
		if (READ_ONCE(pager->count) >= pager->limit)
			roots_reclaim(vcpu);
		shadow_enter(vcpu);
		done = fill(&to_fill, user);
		shadow_leave(vcpu);
		if (done)
			return to_fill.spurious ? PAGER_SPURIOUS : PAGER_FILLED;
		vcpu->statistics->pager_repeated++;
		if (signal_pending(current))
			return PAGER_AGAIN;
		cond_resched();
	}
}
/*:*/

static unsigned long *alloc_bits(u64 count)
{
	return kvcalloc(BITS_TO_LONGS(count), sizeof(long), GFP_KERNEL_ACCOUNT);
}

static void free_tables(struct pager *pager)
{
	kvfree(pager->class_pages);
	kvfree(pager->mapped);
	kvfree(pager->reverse);
	pager->class_pages = NULL;
	pager->mapped = NULL;
	pager->reverse = NULL;
}

/** pager_init - for a Guest of lg->pages; 0 or -ENOMEM */
int pager_init(struct lguest *lg)
{
	struct pager *pager = &lg->pager;
	unsigned int i;

	memset(pager, 0, sizeof(*pager));
	spin_lock_init(&pager->lock);
	hash_init(pager->hash);
	INIT_LIST_HEAD(&pager->condemned);
	INIT_LIST_HEAD(&pager->spare);
	/* Enough to map all memory several times over, and the tables for it. */
	pager->limit = 1024 + lg->pages / 32;
	/* Of a Guest that uses all its memory, a class has a few dozen pages. */
	pager->classes = clamp_t(u64, roundup_pow_of_two(lg->pages >> 14 | 1),
				 PAGER_CLASSES_MIN, PAGER_CLASSES_MAX);
	pager->class_pages = kvmalloc_array(pager->classes, sizeof(*pager->class_pages),
					    GFP_KERNEL_ACCOUNT);
	pager->mapped = alloc_bits(lg->pages + LARGE_GFNS);
	pager->reverse = alloc_bits(round_up(lg->pages + LARGE_GFNS, pager->classes));
	if (!pager->class_pages || !pager->mapped || !pager->reverse) {
		free_tables(pager);
		return -ENOMEM;
	}
	for (i = 0; i < pager->classes; i++)
		INIT_LIST_HEAD(&pager->class_pages[i]);
	return 0;
}

/** pager_exit - after pager_vcpu_exit() of all vcpus */
void pager_exit(struct lguest *lg)
{
	shadow_collect_all(lg);
	WARN(lg->pager.count || lg->pager.nr_condemned, "leak: %lu shadow pages, %lu condemned",
	     lg->pager.count, lg->pager.nr_condemned);
	free_tables(&lg->pager);
}
