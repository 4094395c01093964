// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shadow.c - the pages that shadow tables are made of: how they come and go.
 *
 *H:310 Life and death of a shadow page
 *
 * A shadow page is the shadow of one table of the Guest's, and of nothing else
 * for as long as it lives.  It is found by what it shadows, in a hash, so that
 * all address spaces and all vcpus that use the Guest's table share it.  It counts
 * the entries that point to it; with the last of them it dies.
 *
 * But what does a processor care?  It may be in the middle of a walk through the
 * very page, or remember that it was there.  So the dead are not buried at
 * once: they are condemned, and that is a moment in time, an epoch.  Each
 * vcpu notes the epoch whenever it goes in among the tables, be it with the
 * processor or with the code of the pager.  When every vcpu that is inside
 * went in after the moment, nobody can have seen the page: it was not to
 * be found any more.  :*
 */
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "shadow.h"

/* Empty pages kept rather than given back. */
#define SPARE_MAX	64
/* Condemned pages that we do not wait for. */
#define CONDEMNED_MAX	256

static struct pager_page *page_alloc(void)
{
	struct pager_page *page = kzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);

	if (!page)
		return NULL;
	page->entries = (lg_entry *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	page->leaf_gfn = kmalloc_array(PAGER_ENTRIES, sizeof(u32), GFP_KERNEL_ACCOUNT);
	if (!page->entries || !page->leaf_gfn) {
		free_page((unsigned long)page->entries);
		kfree(page->leaf_gfn);
		kfree(page);
		return NULL;
	}
	spin_lock_init(&page->lock);
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

/*
 * Epochs.
 */

/**
 * shadow_enter - @vcpu is going to look at shadow tables, or its processor is
 * @vcpu:	the caller's own
 *
 * No lock is needed to follow their entries until shadow_leave().  Not to
 * be held across a sleep.
 */
void shadow_enter(struct lg_vcpu *vcpu)
{
	atomic64_set(&vcpu->epoch, atomic64_read(&vcpu->lg->pager.epoch));
	smp_mb();	/* the note before the look; pairs with condemn() */
}

/** shadow_leave - no more */
void shadow_leave(struct lg_vcpu *vcpu)
{
	atomic64_set_release(&vcpu->epoch, U64_MAX);
}

/* The earliest epoch that anybody inside went in at. */
static u64 oldest_inside(struct lguest *lg)
{
	u64 oldest = U64_MAX;
	unsigned int i;

	smp_mb();	/* pairs with shadow_enter() */
	for (i = 0; i < LG_MAX_VCPUS; i++) {
		struct lg_vcpu *vcpu = READ_ONCE(lg->vcpus[i]);

		if (vcpu)
			oldest = min(oldest, (u64)atomic64_read_acquire(&vcpu->epoch));
	}
	return oldest;
}

/* Nothing points to @page any more, and it is empty. */
static void condemn(struct lguest *lg, struct pager_page *page)
{
	struct pager *pager = &lg->pager;

	spin_lock(&pager->lock);
	/* Also orders the stores that made it unreachable before. */
	page->epoch = atomic64_inc_return(&pager->epoch);
	list_add_tail(&page->list, &pager->condemned);
	pager->nr_condemned++;
	spin_unlock(&pager->lock);
}

/* Those that nobody can be looking at: some are spared, the rest is freed. */
static void collect(struct lguest *lg)
{
	struct pager *pager = &lg->pager;
	u64 oldest = oldest_inside(lg);
	struct pager_page *page, *next;
	LIST_HEAD(free);

	spin_lock(&pager->lock);
	list_for_each_entry_safe(page, next, &pager->condemned, list) {
		if (page->epoch > oldest)
			break;
		pager->nr_condemned--;
		if (pager->nr_spare < SPARE_MAX) {
			list_move(&page->list, &pager->spare);
			pager->nr_spare++;
		} else {
			list_move(&page->list, &free);
		}
	}
	spin_unlock(&pager->lock);
	list_for_each_entry_safe(page, next, &free, list)
		page_free(page);
}

/** shadow_collect_all - no vcpu runs any more, and none ever will */
void shadow_collect_all(struct lguest *lg)
{
	struct pager_page *page, *next;

	collect(lg);
	list_for_each_entry_safe(page, next, &lg->pager.spare, list)
		page_free(page);
	INIT_LIST_HEAD(&lg->pager.spare);
	lg->pager.nr_spare = 0;
}

static void acknowledge(void *unused)
{
}

/**
 * shadow_wait_for_exits - until no processor runs with what was in the tables
 * @lg:	the Guest
 *
 * May be called wherever interrupts are on, without a lock that a vcpu
 * needs to leave.
 */
void shadow_wait_for_exits(struct lguest *lg)
{
	unsigned int i;

	smp_mb();	/* pairs with run(): either it sees tlb_gen, or we see it */
	for (i = 0; i < LG_MAX_VCPUS; i++) {
		struct lg_vcpu *vcpu = READ_ONCE(lg->vcpus[i]);

		if (vcpu && READ_ONCE(vcpu->where) == LG_IN_GUEST)
			smp_call_function_single(READ_ONCE(vcpu->cpu), acknowledge, NULL, 1);
	}
}

/**
 * shadow_wait_for_stale - until no processor runs with what was taken away
 * @lg:	the Guest
 *
 * Likewise; but a vcpu that went in after the last rights_taken() may stay there.
 * Whoever has not found an entry any more, because another thread removed it,
 * has held the lock that was held there, so sees its rights_taken(), too.
 */
void shadow_wait_for_stale(struct lguest *lg)
{
	u64 tlb_gen;
	unsigned int i;

	smp_mb();	/* pairs with run() */
	tlb_gen = atomic64_read(&lg->pager.tlb_gen);
	for (i = 0; i < LG_MAX_VCPUS; i++) {
		struct lg_vcpu *vcpu = READ_ONCE(lg->vcpus[i]);

		if (vcpu && READ_ONCE(vcpu->where) == LG_IN_GUEST &&
		    READ_ONCE(vcpu->tlb_gen) != tlb_gen)
			smp_call_function_single(READ_ONCE(vcpu->cpu), acknowledge, NULL, 1);
	}
}

/**
 * shadow_cache_fill - have enough pages for one fault, so that none is needed
 *	under a lock
 * @vcpu:	the caller's own
 *
 * 0 or -ENOMEM.  May sleep.
 */
int shadow_cache_fill(struct lg_vcpu *vcpu)
{
	struct pager *pager = &vcpu->lg->pager;
	struct pager_cache *cache = &vcpu->cache;

	if (likely(cache->count == PAGER_CACHE))
		return 0;
	if (READ_ONCE(pager->nr_condemned)) {
		collect(vcpu->lg);
		if (READ_ONCE(pager->nr_condemned) > CONDEMNED_MAX) {
			shadow_wait_for_exits(vcpu->lg);
			collect(vcpu->lg);
		}
	}
	spin_lock(&pager->lock);
	while (pager->nr_spare && cache->count < PAGER_CACHE) {
		struct pager_page *page = list_first_entry(&pager->spare, struct pager_page, list);

		list_del(&page->list);
		pager->nr_spare--;
		cache->pages[cache->count++] = page;
	}
	spin_unlock(&pager->lock);
	while (cache->count < PAGER_CACHE) {
		struct pager_page *page = page_alloc();

		if (!page)
			return -ENOMEM;
		cache->pages[cache->count++] = page;
	}
	return 0;
}

/** shadow_cache_drop - @vcpu does not need its pages any more */
void shadow_cache_drop(struct lg_vcpu *vcpu)
{
	while (vcpu->cache.count)
		page_free(vcpu->cache.pages[--vcpu->cache.count]);
}

/*
 * Life and death.
 */
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

/**
 * shadow_get - the shadow page with that key: an old one, brought up to
 *	date, or a new one
 * @vcpu:	the caller's own; shadow_cache_fill() was called
 * @gfn:	see struct pager_page, for this and the rest
 * @level:	1 to 3
 * @view:	which
 * @kind:	which
 * @rights:	of a PAGER_SPLIT; else 0
 *
 * Called with the lock of what it is going to be linked to.  The caller has one
 * of its @parents, and gives it to the entry.
 */
struct pager_page *shadow_get(struct lg_vcpu *vcpu, u64 gfn, unsigned int level,
			      enum pager_view view, enum pager_kind kind, u64 rights)
{
	struct pager *pager = &vcpu->lg->pager;
	struct pager_page *page;

	spin_lock(&pager->lock);
	page = page_find(pager, gfn, level, view, kind, rights);
	if (page) {
		atomic_inc(&page->parents);
		spin_unlock(&pager->lock);
		/*
		 * It was made for another parent; while it was not ours,
		 * flushes that concern us may have passed it by.
		 */
		sync_page(vcpu->lg, page, atomic64_inc_return(&pager->sync_pass));
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
	page->synced = 0;
	page->scanned = 0;
	page->dead = false;
	atomic_set(&page->parents, 1);
	atomic_set(&page->refs, 1);
	hash_add(pager->hash, &page->hash, hash_key(gfn, level, view, kind));
	page->class = pager->next_class++ & (pager->classes - 1);
	list_add_tail(&page->list, &pager->class_pages[page->class]);
	pager->count++;
	spin_unlock(&pager->lock);
	vcpu->statistics->shadow_pages[level - 1]++;
	vcpu->statistics->pager_created++;
	return page;
}

/** shadow_unref - one of @page->refs less */
void shadow_unref(struct lguest *lg, struct pager_page *page)
{
	if (atomic_dec_and_test(&page->refs))
		condemn(lg, page);
}

static void clear(struct lguest *lg, struct pager_page *page, unsigned int i)
{
	u64 old = page->entries[i];

	entry_write(&page->entries[i], 0);
	__clear_bit(i, page->present);
	if (__test_and_clear_bit(i, page->leaf))
		shadow_note_written(old);
	else
		shadow_put(lg, page_of(old));
}

/**
 * shadow_put - an entry that pointed to @page does not any more
 * @lg:		the Guest
 * @page:	not locked, nor any of a lower level
 *
 * rights_taken() was called after the entry had changed: that is good
 * for all that was below.
 */
void shadow_put(struct lguest *lg, struct pager_page *page)
{
	struct pager *pager = &lg->pager;
	unsigned int i;

	if (!atomic_dec_and_lock(&page->parents, &pager->lock))
		return;
	hash_del(&page->hash);
	spin_unlock(&pager->lock);

	page_lock(page);
	page->dead = true;
	for_each_set_bit(i, page->present, PAGER_ENTRIES)
		clear(lg, page, i);
	page_unlock(page);

	/* Until now the Host could find, and take back, what it mapped. */
	spin_lock(&pager->lock);
	list_del(&page->list);
	pager->count--;
	lg->statistics.others->shadow_pages[page->level - 1]--;
	lg->statistics.others->pager_freed++;
	spin_unlock(&pager->lock);
	shadow_unref(lg, page);
}

/**
 * shadow_note_written - the page behind an entry may have been written through it
 * @entry:	a leaf
 *
 * Says so to the Host, before anybody could take it for clean.
 */
void shadow_note_written(u64 entry)
{
	if (entry & _PAGE_RW)
		SetPageDirty(pfn_to_page((entry & ADDRESS_MASK) >> PAGE_SHIFT));
}

/** shadow_entry_clear - remove entry @i, which is present, of @page, locked */
void shadow_entry_clear(struct lguest *lg, struct pager_page *page, unsigned int i)
{
	u64 old = page->entries[i];

	entry_write(&page->entries[i], 0);
	__clear_bit(i, page->present);
	rights_taken(&lg->pager);
	if (__test_and_clear_bit(i, page->leaf))
		shadow_note_written(old);
	else
		shadow_put(lg, page_of(old));
}
