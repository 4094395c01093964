// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zap.c - the Host takes pages back.
 *
 *H:342 The way back
 *
 * The way back, from a page of the Guest's memory to the entries that map it,
 * is needed rarely, but then often: a Host that swaps asks for thousands of
 * pages, and may have thousands of shadow pages to look through.  A list of
 * entries for each page would cost every fault something, for what most Guests
 * never need.  So we note less: shadow pages are numbered off into classes,
 * and each chunk of guest memory has a bit for each class.  Whoever maps
 * something of the chunk sets the bit of its class; nobody clears it, but we,
 * when we have looked and found nothing.  That takes as many bits as there
 * are pages, and leaves a few dozen shadow pages to look at.
 *
 * What we look for cannot be added meanwhile: whoever fills an entry first lets
 * it be found, and then asks whether an invalidation is in progress
 * (fill_leaf()).  For the same reason a bit may be cleared: who has seen it set
 * before, and relies on that, asks too late.  :*
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

/**
 * struct scan - a look at all leaves that map something of a range
 * @lg:		the Guest
 * @start:	first gfn of the range
 * @end:	gfn after its last
 * @chunks_start: the same of all chunks that it is in
 * @chunks_end:	likewise
 * @id:		to look at each page once
 * @what:	called for each of the leaves, the page locked
 * @young:	an answer of @what's
 * @others:	leaves of the chunks that are not in the range were seen
 */
struct scan {
	struct lguest *lg;
	u64 start;
	u64 end;
	u64 chunks_start;
	u64 chunks_end;
	u64 id;
	void (*what)(struct scan *scan, struct pager_page *page, unsigned int i);
	bool young;
	bool others;
};

/* Could any of its leaves be? Most pages of a class are soon passed by. */
static bool leaves_in_chunks(const struct scan *scan, const struct pager_page *page)
{
	return READ_ONCE(page->first_gfn) < scan->chunks_end &&
	       READ_ONCE(page->last_gfn) >= scan->chunks_start;
}

/* Up to BATCH pages of @class that @scan has not had yet; each with a reference. */
static unsigned int next_batch(const struct scan *scan, unsigned int class,
			       struct pager_page **batch)
{
	struct pager *pager = &scan->lg->pager;
	struct pager_page *page;
	unsigned int count = 0;

	spin_lock(&pager->lock);
	list_for_each_entry(page, &pager->class_pages[class], list) {
		if (page->scanned == scan->id || !leaves_in_chunks(scan, page))
			continue;
		page->scanned = scan->id;
		atomic_inc(&page->refs);
		batch[count++] = page;
		if (count == BATCH)
			break;
	}
	spin_unlock(&pager->lock);
	lg_count_other(&scan->lg->statistics.others->notifier_pages, count);
	return count;
}

static void scan_page(struct scan *scan, struct pager_page *page)
{
	u64 gfns = gfns_at(page->level);
	unsigned int i = 0, end = PAGER_ENTRIES;

	page_lock(page);
	if (page->kind == PAGER_SPLIT && page->level == 1) {
		/* The one kind where a place follows from the gfn. */
		i = scan->chunks_start > page->gfn ? scan->chunks_start - page->gfn : 0;
		end = min_t(u64, end, scan->chunks_end - page->gfn);
	}
	for (; i < end; i++) {
		u64 gfn = page->leaf_gfn[i];

		if (gfn >= scan->chunks_end || gfn + gfns <= scan->chunks_start ||
		    !test_bit(i, page->leaf))
			continue;
		if (gfn < scan->end && gfn + gfns > scan->start)
			scan->what(scan, page, i);
		else
			scan->others = true;
	}
	page_unlock(page);
}

static void scan_class(struct scan *scan, unsigned int class)
{
	struct pager_page *batch[BATCH];
	unsigned int count, n;

	do {
		count = next_batch(scan, class, batch);
		for (n = 0; n < count; n++) {
			scan_page(scan, batch[n]);
			shadow_unref(scan->lg, batch[n]);
		}
	} while (count);
}

/*
 * Nothing of the range is mapped by pages of @class any more, and nothing will
 * be before the invalidation is over.
 */
static void forget_class(const struct scan *scan, unsigned int class)
{
	struct pager *pager = &scan->lg->pager;
	u64 chunk;

	for (chunk = scan->chunks_start; chunk < scan->chunks_end; chunk += pager->classes) {
		bool whole = scan->start <= chunk && chunk + pager->classes <= scan->end;

		if (whole || !scan->others)
			clear_bit(reverse_bit(pager, chunk, class), pager->reverse);
	}
}

/* Call @what for each leaf that maps something of [@start, @end). */
static bool for_each_leaf(struct lguest *lg, u64 start, u64 end, bool zap,
			  void (*what)(struct scan *scan, struct pager_page *page,
				       unsigned int i))
{
	struct pager *pager = &lg->pager;
	DECLARE_BITMAP(classes, PAGER_CLASSES_MAX);
	struct scan scan = {
		.lg = lg,
		.start = start,
		.end = end,
		.chunks_start = round_down(start, pager->classes),
		.chunks_end = round_up(end, pager->classes),
		.id = atomic64_inc_return(&pager->scans),
		.what = what,
	};
	unsigned int class;
	u64 chunk;

	bitmap_zero(classes, pager->classes);
	for (chunk = scan.chunks_start; chunk < scan.chunks_end; chunk += pager->classes)
		bitmap_or(classes, classes, pager->reverse + BIT_WORD(chunk), pager->classes);
	for_each_set_bit(class, classes, pager->classes) {
		scan.others = false;
		scan_class(&scan, class);
		if (zap)
			forget_class(&scan, class);
	}
	return scan.young;
}

static bool any_mapped(struct pager *pager, u64 start, u64 end)
{
	return pager->mapped && find_next_bit(pager->mapped, end, start) < end;
}

static void zap(struct scan *scan, struct pager_page *page, unsigned int i)
{
	shadow_entry_clear(scan->lg, page, i);
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
	for_each_leaf(lg, start, end, true, zap);
	for (gfn = find_next_bit(pager->mapped, end, start); gfn < end;
	     gfn = find_next_bit(pager->mapped, end, gfn + 1))
		clear_bit(gfn, pager->mapped);
	shadow_wait_for_stale(lg);
}
/*:*/

static void test(struct scan *scan, struct pager_page *page, unsigned int i)
{
	scan->young |= page->entries[i] & _PAGE_ACCESSED;
}

static void test_and_clear(struct scan *scan, struct pager_page *page, unsigned int i)
{
	scan->young |= test_and_clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)&page->entries[i]);
}

/** pager_young_gfns - was any of [@start, @end) touched (since last cleared)? */
bool pager_young_gfns(struct lguest *lg, u64 start, u64 end, bool clear)
{
	lg_count_other(&lg->statistics.others->notifier_aged, 1);
	return any_mapped(&lg->pager, start, end) &&
	       for_each_leaf(lg, start, end, false, clear ? test_and_clear : test);
}
