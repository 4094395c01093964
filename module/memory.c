// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - the Guest's memory, which is the Launcher's.
 *
 *H:040 Whose memory?
 *
 * Guest-physical address 0 is some address in the Launcher, and the rest
 * follows.  To the Host it is memory like any other: it may be swapped out,
 * merged with a twin, moved, or given up.  We hold no reference to the pages
 * that our shadow tables map; instead we ask to be told (an mmu notifier)
 * before the Host takes one away, and forget it then.
 *
 * That makes looking up a page a race: between our look and the moment it is in
 * a shadow table, it may go.  The rule, as in every user of notifiers: count
 * the invalidations; look; then, under the lock, use what we saw only if
 * nothing was invalidated meanwhile (fill_leaf() in pager.c).  :*
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <asm/pgtable.h>

#include "lg.h"

/* A page that we see again and again, but cannot map, is not for us. */
#define HOST_PAGE_TRIES	1000

/** lg_memory_range - is [@gpa, @gpa + @length) all memory? */
bool lg_memory_range(struct lguest *lg, u64 gpa, u64 length)
{
	return gpa < lg->setup.memory_size && length <= lg->setup.memory_size - gpa;
}

/** lg_memory_read - copy from Guest memory; 0, or -EFAULT. May sleep. */
int lg_memory_read(struct lguest *lg, void *to, u64 gpa, size_t length)
{
	if (!lg_memory_range(lg, gpa, length) ||
	    copy_from_user(to, lg_memory_user(lg, gpa), length))
		return -EFAULT;
	return 0;
}

/**
 * lg_memory_text - copy a text out of Guest memory, and make it printable
 * @lg:	the Guest
 * @to:		gets a string
 * @size:	of @to; a longer text is cut
 * @gpa:	where the text is
 * @length:	of the text, in bytes
 */
int lg_memory_text(struct lguest *lg, char *to, size_t size, u64 gpa, u64 length)
{
	size_t i;

	length = min_t(u64, length, size - 1);
	if (lg_memory_read(lg, to, gpa, length))
		return -EFAULT;
	for (i = 0; i < length; i++)
		if ((to[i] < ' ' || to[i] > '~') && to[i] != '\n' && to[i] != '\t')
			to[i] = '?';
	to[length] = '\0';
	return 0;
}

/* The last level, which hosts of 32 bits may have in high memory. */
static pte_t read_pte(pmd_t pmd, unsigned long address)
{
	pte_t *table = kmap_local_page(pmd_page(pmd));
	/* In two halves, with PAE: the one that says "present" first. */
	pte_t pte = ptep_get_lockless(&table[pte_index(address)]);

	kunmap_local(table);
	return pte;
}

/*
 * Look a page up in the Launcher's own page table, as the processor would.
 * Interrupts are off: that keeps the tables from being freed under us.
 */
static bool look_up(struct mm_struct *mm, unsigned long address, bool write,
		    u64 *pfn, unsigned int *level)
{
	const pteval_t need = _PAGE_PRESENT | _PAGE_USER | (write ? _PAGE_RW : 0);
	pgd_t *pgd = pgd_offset(mm, address);
	p4d_t *p4d;
	pud_t *pud, pud_now;
	pmd_t *pmd, pmd_now;
	pte_t pte;

	if (pgd_none(READ_ONCE(*pgd)))
		return false;
	p4d = p4d_offset(pgd, address);
	if (p4d_none(READ_ONCE(*p4d)))
		return false;
	pud = pud_offset(p4d, address);
	pud_now = __pud(entry_read((lg_entry *)pud));
	if (!pud_present(pud_now) || pud_devmap(pud_now) || (pud_flags(pud_now) & _PAGE_SPECIAL))
		return false;
	if (pud_leaf(pud_now)) {
		if ((pud_flags(pud_now) & need) != need)
			return false;
		*pfn = pud_pfn(pud_now) + ((address & ~PUD_MASK) >> PAGE_SHIFT);
		*level = 2;
		return true;
	}
	pmd = pmd_offset(pud, address);
	/* At once: with PAE its halves could be from before and after a change. */
	pmd_now = __pmd(entry_read((lg_entry *)pmd));
	if (!pmd_present(pmd_now) || pmd_devmap(pmd_now) || (pmd_flags(pmd_now) & _PAGE_SPECIAL))
		return false;
	if (pmd_leaf(pmd_now)) {
		if ((pmd_flags(pmd_now) & need) != need)
			return false;
		*pfn = pmd_pfn(pmd_now) + ((address & ~PMD_MASK) >> PAGE_SHIFT);
		*level = 2;
		return true;
	}
	pte = read_pte(pmd_now, address);
	if ((pte_flags(pte) & need) != need || pte_devmap(pte))
		return false;
	/*
	 * Not what is no memory; but memory that was never written is all the
	 * same page of zeroes, which is special too.
	 */
	if (pte_special(pte) && !is_zero_pfn(pte_pfn(pte)))
		return false;
	*pfn = pte_pfn(pte);
	*level = 1;
	return true;
}

/**
 * lg_memory_host_page_fast - which page of the Host backs @gfn, if it is there
 * @lg:	the Guest
 * @gfn:	in its memory
 * @write:	only one that may be written
 * @pfn:	gets its page frame number
 * @level:	gets 2 if it is part of a page of 2 MiB, else 1
 *
 * Does not sleep.  The answer is good only if no invalidation came between.
 */
bool lg_memory_host_page_fast(struct lguest *lg, u64 gfn, bool write,
			      u64 *pfn, unsigned int *level)
{
	unsigned long flags;
	bool found;

	local_irq_save(flags);
	found = look_up(lg->mm, lg->setup.memory + (gfn << PAGE_SHIFT), write, pfn, level);
	local_irq_restore(flags);
	return found;
}

/**
 * lg_memory_host_page - the same, and get it if it is not there
 * @lg:	the Guest
 * @gfn:	in its memory
 * @write:	only one that may be written
 * @pfn:	gets its page frame number
 * @level:	gets 2 if it is part of a page of 2 MiB, else 1
 *
 * Called by the vcpu's thread.  0, -EINTR (a signal is pending) or -EFAULT.
 */
int lg_memory_host_page(struct lguest *lg, u64 gfn, bool write,
			u64 *pfn, unsigned int *level)
{
	unsigned long address = lg->setup.memory + (gfn << PAGE_SHIFT);

	unsigned int flags = LG_FOLL_NUMA | (write ? FOLL_WRITE : 0), tries = 0;

	while (!lg_memory_host_page_fast(lg, gfn, write, pfn, level)) {
		struct page *page;
		int got = get_user_pages_fast(address, 1, flags, &page);

		if (got == 1)
			put_page(page);
		if (signal_pending(current))
			return -EINTR;
		/* There, but never in a way that we could use. */
		if (got != 1 || ++tries > HOST_PAGE_TRIES)
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/*
 * The notifier.  A range of the Launcher's addresses goes away, or changes.
 */
static bool range_gfns(struct lguest *lg, unsigned long start, unsigned long end,
		       u64 *first, u64 *last)
{
	u64 base = lg->setup.memory, limit = base + lg->setup.memory_size;

	if (end <= base || start >= limit)
		return false;
	*first = (max_t(u64, start, base) - base) >> PAGE_SHIFT;
	*last = (PAGE_ALIGN(min_t(u64, end, limit)) - base) >> PAGE_SHIFT;
	return true;
}

static struct lguest *notified(struct mmu_notifier *notifier)
{
	return container_of(notifier, struct lguest, notifier);
}

static int invalidate_range_start(struct mmu_notifier *notifier,
				  const struct mmu_notifier_range *range)
{
	struct lguest *lg = notified(notifier);
	u64 first, last;

	pager_invalidate_start(lg);
	if (range_gfns(lg, range->start, range->end, &first, &last))
		pager_zap_gfns(lg, first, last);
	return 0;
}

static void invalidate_range_end(struct mmu_notifier *notifier,
				 const struct mmu_notifier_range *range)
{
	pager_invalidate_end(notified(notifier));
}

static int clear_young_range(struct mmu_notifier *notifier, struct mm_struct *mm,
			     unsigned long start, unsigned long end)
{
	struct lguest *lg = notified(notifier);
	u64 first, last;

	return range_gfns(lg, start, end, &first, &last) &&
	       pager_young_gfns(lg, first, last, true);
}

static int test_young(struct mmu_notifier *notifier, struct mm_struct *mm,
		      unsigned long address)
{
	struct lguest *lg = notified(notifier);
	u64 first, last;

	return range_gfns(lg, address, address + PAGE_SIZE, &first, &last) &&
	       pager_young_gfns(lg, first, last, false);
}

/* The Launcher's address space ends while the file is still open. */
static void release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct lguest *lg = notified(notifier);

	pager_zap_gfns(lg, 0, lg->pages);
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = release,
	.invalidate_range_start = invalidate_range_start,
	.invalidate_range_end = invalidate_range_end,
	.clear_flush_young = clear_young_range,
	.clear_young = clear_young_range,
	.test_young = test_young,
};

/** lg_memory_init - after pager_init(); 0 or negative errno */
int lg_memory_init(struct lguest *lg)
{
	int err;

	lg->notifier.ops = &notifier_ops;
	err = mmu_notifier_register(&lg->notifier, lg->mm);
	if (err)
		lg->notifier.ops = NULL;
	return err;
}

/** lg_memory_exit - undo it, if it was done */
void lg_memory_exit(struct lguest *lg)
{
	if (lg->notifier.ops)
		mmu_notifier_unregister(&lg->notifier, lg->mm);
	lg->notifier.ops = NULL;
}
