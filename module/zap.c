// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zap.c - the Host takes pages back.
 *
 * It rarely does, so we are content to look through all shadow pages for those that
 * map something of the range.  What we look for cannot be added meanwhile:
 * whoever fills an entry first lets it be found, and then asks whether an
 * invalidation is in progress (fill_leaf()).
 */
#include "shadow.h"
#include "trace.h"

/* Pages looked at between two times of holding pager.lock. */
#define BATCH		32

/** pager_invalidate_start - pages go away: nothing is filled in until the end */
void pager_invalidate_start(struct lguest *lg)
{
	spin_lock(&lg->pager.lock);
	lg->pager.notifier_count++;
	spin_unlock(&lg->pager.lock);
	smp_mb();	/* pairs with fill_leaf() */
}

/** pager_invalidate_end - and what was looked up before is no good any more */
void pager_invalidate_end(struct lguest *lg)
{
	spin_lock(&lg->pager.lock);
	lg->pager.notifier_seq++;
	smp_wmb();	/* pairs with fill_leaf() */
	lg->pager.notifier_count--;
	spin_unlock(&lg->pager.lock);
}

/* Could any of its leaves be? Most pages have none, and are soon passed by. */
static bool leaves_in(struct pager_page *page, u64 start, u64 end)
{
	return READ_ONCE(page->first_gfn) < end && READ_ONCE(page->last_gfn) >= start;
}

static bool leaf_in(struct pager_page *page, unsigned int i, u64 start, u64 end)
{
	u64 gfn = page->leaf_gfn[i];

	return gfn < end && gfn + gfns_at(page->level) > start;
}

/* Up to BATCH pages that scan @scan has not had yet; each with a reference. */
static unsigned int next_batch(struct pager *pager, u64 scan, u64 start, u64 end,
			       struct pager_page **batch)
{
	struct pager_page *page;
	unsigned int count = 0;

	spin_lock(&pager->lock);
	list_for_each_entry(page, &pager->pages, list) {
		if (page->scanned == scan || !leaves_in(page, start, end))
			continue;
		page->scanned = scan;
		atomic_inc(&page->refs);
		batch[count++] = page;
		if (count == BATCH)
			break;
	}
	spin_unlock(&pager->lock);
	return count;
}

/* Call @what for each leaf that maps something of [@start, @end). */
static void for_each_leaf(struct lguest *lg, u64 start, u64 end,
			  void (*what)(struct lguest *lg, struct pager_page *page,
				       unsigned int i, bool *result),
			  bool *result)
{
	u64 scan = atomic64_inc_return(&lg->pager.scans);
	struct pager_page *batch[BATCH];
	unsigned int count, n, i;

	do {
		count = next_batch(&lg->pager, scan, start, end, batch);
		for (n = 0; n < count; n++) {
			page_lock(batch[n]);
			for_each_set_bit(i, batch[n]->leaf, PAGER_ENTRIES)
				if (leaf_in(batch[n], i, start, end))
					what(lg, batch[n], i, result);
			page_unlock(batch[n]);
			shadow_unref(lg, batch[n]);
		}
	} while (count);
}

static bool any_mapped(struct pager *pager, u64 start, u64 end)
{
	return pager->mapped && find_next_bit(pager->mapped, end, start) < end;
}

static void zap(struct lguest *lg, struct pager_page *page, unsigned int i, bool *unused)
{
	shadow_entry_clear(lg, page, i);
}

/*H:340 When the Host wants its page back
 *
 * We hold no page of the Guest's by force.  So the Host may come at any time,
 * say "this one will be gone in a moment", and wait until we have forgotten
 * it.  Then we look through the shadow for it, and those processors that are
 * in the Guest come out once, as one of them could remember.
 *
 * It is what makes a Guest an ordinary program: it can be swapped.
 */
/**
 * pager_zap_gfns - forget all translations to [@start, @end)
 * @lg:	the Guest
 * @start:	first gfn
 * @end:	gfn after the last
 *
 * From a notifier: any thread, after pager_invalidate_start(). When it returns,
 * no processor has them.
 */
void pager_zap_gfns(struct lguest *lg, u64 start, u64 end)
{
	struct pager *pager = &lg->pager;
	u64 gfn;

	if (!any_mapped(pager, start, end)) {
		lg_count_other(&lg->statistics.others->notifier_ignored, 1);
		return;
	}
	lg_count_other(&lg->statistics.others->notifier_invalidated, 1);
	trace_lguest_zap(lg, start, end);
	for_each_leaf(lg, start, end, zap, NULL);
	for (gfn = find_next_bit(pager->mapped, end, start); gfn < end;
	     gfn = find_next_bit(pager->mapped, end, gfn + 1))
		clear_bit(gfn, pager->mapped);
	shadow_wait_for_exits(lg);
}
/*:*/

static void test(struct lguest *lg, struct pager_page *page, unsigned int i, bool *young)
{
	*young |= page->entries[i] & _PAGE_ACCESSED;
}

static void test_and_clear(struct lguest *lg, struct pager_page *page, unsigned int i, bool *young)
{
	*young |= test_and_clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)&page->entries[i]);
}

/** pager_young_gfns - was any of [@start, @end) touched (since last cleared)? */
bool pager_young_gfns(struct lguest *lg, u64 start, u64 end, bool clear)
{
	bool young = false;

	lg_count_other(&lg->statistics.others->notifier_aged, 1);
	if (any_mapped(&lg->pager, start, end))
		for_each_leaf(lg, start, end, clear ? test_and_clear : test, &young);
	return young;
}
