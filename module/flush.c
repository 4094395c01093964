// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flush.c - the Guest says that something in its page tables has changed.
 *
 *H:330 Forgetting wisely
 *
 * Told to forget everything, the processor's TLB does.  We are smarter: a
 * miss costs us a trip through the Host, so we compare what we have with the
 * Guest's tables, and forget only what is no longer true.  And if all of it
 * still is true, then no other processor has to be told: on a real machine
 * each of these calls is an interrupt for every processor that runs the
 * process.  Only those whose vcpu is running just now, and went in before
 * something was taken away, are made to come out.  A vcpu that sleeps sleeps on.
 *
 * Against a fault that is filled in on another vcpu at the same time the rule is:
 * whoever fills an entry reads the Guest's table again under the shadow
 * page's lock.  So it is either before us, and we see what it has filled in, or
 * after us, and it sees what the Guest has written.  :*
 */
#include <linux/cpumask.h>
#include <linux/math64.h>
#include <linux/smp.h>

#include "shadow.h"
#include "trace.h"

/* A flush of more pages than this is a flush of all. */
#define FLUSH_RANGE_MAX	128

/* Entry @i of @page shadows @guest: keep of it what still is right. */
static bool sync_leaf(struct lguest *lg, struct pager_page *page, unsigned int i, u64 guest)
{
	u64 old = page->entries[i], new = old;
	u64 gfn = walk_gfn(guest);

	if (page->level == 2)
		gfn &= ~(LARGE_GFNS - 1);
	if (!(guest & _PAGE_PRESENT) || !(guest & _PAGE_ACCESSED) ||
	    (page->level > 1 && !(guest & _PAGE_PSE)) || gfn != page->leaf_gfn[i] ||
	    (page->view == PAGER_USER_VIEW && !(guest & _PAGE_USER))) {
		entry_write(&page->entries[i], 0);
		__clear_bit(i, page->present);
		__clear_bit(i, page->leaf);
		shadow_note_written(old);
		return true;
	}
	if (!(guest & _PAGE_RW) || !(guest & _PAGE_DIRTY))
		new &= ~(_PAGE_RW | _PAGE_DIRTY);
	/* What it has less of, but no more than we knew. */
	new |= leaf_rights(guest, false, false) & _PAGE_NX;
	if (!(guest & _PAGE_USER) && PAGER_VIEWS == 1)
		new &= ~(u64)_PAGE_USER;
	if (new == old)
		return false;
	entry_write(&page->entries[i], new);
	shadow_note_written(old);
	return true;
}

/*
 * Returns true if rights were taken and nobody has been told; that must
 * happen before the flush is over.
 */
static bool sync_entry(struct lguest *lg, struct pager_page *page, unsigned int i,
		       u64 guest, u64 recurse)
{
	struct pager_page *child;
	u64 gfn = walk_gfn(guest), value;
	bool same;

	if (test_bit(i, page->leaf))
		return sync_leaf(lg, page, i, guest);
	child = page_of(page->entries[i]);
	same = (guest & _PAGE_PRESENT) &&
	       (page->view == PAGER_KERNEL_VIEW || (guest & _PAGE_USER));
	if (child->kind == PAGER_SPLIT)
		same &= (guest & _PAGE_PSE) && child->rights == split_rights(guest) &&
			child->gfn == large_base(gfn, page->level);
	else
		same &= !(guest & _PAGE_PSE) && child->gfn == gfn;
	if (!same) {
		shadow_entry_clear(lg, page, i);
		return false;
	}
	if (child->kind == PAGER_SPLIT)
		return false;
	value = entry_of(child, table_rights(guest));
	if (value != page->entries[i]) {
		entry_write(&page->entries[i], value);
		rights_taken(&lg->pager);
	}
	if (recurse)
		sync_page(lg, child, recurse);
	return false;
}

/**
 * sync_page - compare all of a shadow page, and what is below, with the Guest's
 * @lg:		the Guest
 * @page:	not locked; something that points to it is
 * @pass:	this flush's number, to pass each page once
 */
void sync_page(struct lguest *lg, struct pager_page *page, u64 pass)
{
	unsigned int word, i;
	u64 guest[GROUP];
	bool taken = false;

	if (page->kind == PAGER_SPLIT)
		return;
	page_lock(page);
	if (page->synced == pass)
		goto unlock;
	page->synced = pass;
	for (word = 0; word < BITS_TO_LONGS(PAGER_ENTRIES); word++) {
		unsigned long rest = page->present[word];

		/* Group by group of those that have something. */
		while (rest) {
			unsigned int at = round_down(__ffs(rest), GROUP);
			unsigned int first = word * BITS_PER_LONG + at;
			unsigned long bits = rest >> at & (BIT(GROUP) - 1);

			rest &= ~((BIT(GROUP) - 1) << at);
			if (!read_group(lg, page->gfn, first, guest))
				memset(guest, 0, sizeof(guest));
			for_each_set_bit(i, &bits, GROUP)
				taken |= sync_entry(lg, page, first + i, guest[i], pass);
		}
	}
	if (taken)
		rights_taken(&lg->pager);
unlock:
	page_unlock(page);
}

/* The same for an entry of a root. */
static bool sync_root_entry(struct lguest *lg, struct pager_root *root,
			    enum pager_view view, unsigned int i)
{
	struct pager_page *child = page_of(root->view[view][i]);
	u64 guest, value;

	if (child->kind == PAGER_SPLIT || !read_root_entry(lg, root, i, &guest) ||
	    !is_table(guest) || walk_gfn(guest) != child->gfn ||
	    (child->view == PAGER_USER_VIEW && !(guest & _PAGE_USER))) {
		root_unlink(lg, root, view, i);
		return false;
	}
	value = entry_of(child, table_rights(guest));
	if (view == PAGER_KERNEL_VIEW && child->view == PAGER_USER_VIEW)
		value |= _PAGE_NX;
	if (value != root->view[view][i]) {
		entry_write(&root->view[view][i], value);
		rights_taken(&lg->pager);
	}
	return true;
}

/** sync_root - compare entries [@first, @end), and all below; with roots_lock */
void sync_root(struct lguest *lg, struct pager_root *root, unsigned int first,
	       unsigned int end, u64 pass)
{
	unsigned int view, i;

	for (view = 0; view < PAGER_VIEWS; view++) {
		i = first;
		for_each_set_bit_from(i, root->present[view], end)
			if (sync_root_entry(lg, root, view, i))
				sync_page(lg, page_of(root->view[view][i]), pass);
	}
}

/*
 * One address in one view: compare what is on the way to it.  Each page's lock
 * is taken while its parent's is held, so none can go away on the way.
 */
static void sync_address(struct lguest *lg, struct pager_root *root,
			 enum pager_view view, u64 gva)
{
	unsigned int level = PAGER_ROOT_LEVEL, i = index_at(gva, level);
	struct pager_page *page, *child;
	u64 guest;

	if (!test_bit(i, root->present[view]) || !sync_root_entry(lg, root, view, i))
		return;
	page = page_of(root->view[view][i]);
	page_lock(page);
	while (page->kind == PAGER_TABLE) {
		i = index_at(gva, --level);
		if (!test_bit(i, page->present))
			break;
		if (!read_entry(lg, page->gfn, i, &guest))
			guest = 0;
		if (sync_entry(lg, page, i, guest, 0))
			rights_taken(&lg->pager);
		if (!test_bit(i, page->present) || test_bit(i, page->leaf))
			break;
		child = page_of(page->entries[i]);
		page_lock(child);
		page_unlock(page);
		page = child;
	}
	page_unlock(page);
}

/** pager_flush_user - LGUEST_FLUSH_USER: the current lower half, on this vcpu */
void pager_flush_user(struct lg_vcpu *vcpu)
{
	vcpu->statistics->flush_user++;
	trace_lguest_flush(vcpu, 0, LG_USER_END, 0, 0);
	spin_lock(&vcpu->roots_lock);
	sync_root(vcpu->lg, vcpu->root, 0, LOWER_ENTRIES,
		  atomic64_inc_return(&vcpu->lg->pager.sync_pass));
	spin_unlock(&vcpu->roots_lock);
}

static void flush_all(struct lg_vcpu *vcpu)
{
	u64 pass = atomic64_inc_return(&vcpu->lg->pager.sync_pass);
	struct pager_root *root;

	spin_lock(&vcpu->roots_lock);
	list_for_each_entry(root, &vcpu->roots, list)
		sync_root(vcpu->lg, root, 0, PAGER_ROOT_ENTRIES, pass);
	spin_unlock(&vcpu->roots_lock);
}

/** pager_flush_all - LGUEST_FLUSH_ALL: all address spaces, on this vcpu */
void pager_flush_all(struct lg_vcpu *vcpu)
{
	vcpu->statistics->flush_all++;
	trace_lguest_flush(vcpu, 0, U64_MAX, 0, 0);
	flush_all(vcpu);
}

/*
 * Do both views show the same page at entry @i, as they do for users' memory? Then
 * to look at it once is enough.
 */
static bool same_below(const struct pager_root *root, unsigned int i)
{
	u64 user = root->view[PAGER_VIEWS - 1][i];

	return PAGER_VIEWS > 1 && user &&
	       !((user ^ root->view[PAGER_KERNEL_VIEW][i]) & ADDRESS_MASK);
}

/*
 * [@start, @end) in one vcpu's root @root; with its roots_lock.  What @done
 * shares with it has been compared already.
 */
static void flush_addresses(struct lg_vcpu *vcpu, struct pager_root *root,
			    u64 start, u64 count, u64 stride,
			    const struct pager_root *done)
{
	struct lguest *lg = vcpu->lg;
	u64 gva = start;

	for (; count; count--, gva += stride) {	/* it may wrap: do not compare */
		unsigned int i = index_at(gva, PAGER_ROOT_LEVEL);
		struct pager_root *other;

		if (!lg_arch_canonical(gva) || lg_arch_switchers(gva))
			continue;
		if (PAGER_VIEWS > 1 &&
		    (!done || root->view[PAGER_VIEWS - 1][i] !=
			      entry_read(&done->view[PAGER_VIEWS - 1][i])))
			sync_address(lg, root, PAGER_USER_VIEW, gva);
		if (!done || root->view[PAGER_KERNEL_VIEW][i] !=
			     entry_read(&done->view[PAGER_KERNEL_VIEW][i])) {
			if (same_below(root, i))
				sync_root_entry(lg, root, PAGER_KERNEL_VIEW, i);
			else
				sync_address(lg, root, PAGER_KERNEL_VIEW, gva);
		}
		if (i < LOWER_ENTRIES)
			continue;
		/*
		 * The kernel's half: others have the same tables, but for a
		 * change in the top level itself.
		 */
		list_for_each_entry(other, &vcpu->roots, list)
			if (other->view[PAGER_KERNEL_VIEW][i] != root->view[PAGER_KERNEL_VIEW][i])
				sync_address(lg, other, PAGER_KERNEL_VIEW, gva);
	}
}

static void acknowledge(void *unused)
{
}

/*
 * Of the vcpus in @vcpus, those that run with what was there before come out.
 * Each notes tlb_gen after it has said that it goes in (run()).
 */
static void wait_for_stale(struct lg_vcpu *vcpu, u64 vcpus)
{
	struct lguest *lg = vcpu->lg;
	u64 tlb_gen = atomic64_read(&lg->pager.tlb_gen);
	unsigned long mask = vcpus;
	unsigned int i;

	cpumask_clear(vcpu->stale);
	smp_mb();	/* pairs with run() */
	for_each_set_bit(i, &mask, LG_MAX_VCPUS) {
		struct lg_vcpu *other = READ_ONCE(lg->vcpus[i]);

		if (other && other != vcpu && READ_ONCE(other->where) == LG_IN_GUEST &&
		    READ_ONCE(other->tlb_gen) != tlb_gen)
			cpumask_set_cpu(READ_ONCE(other->cpu), vcpu->stale);
	}
	if (cpumask_empty(vcpu->stale))
		return;
	vcpu->statistics->remote_interrupts += cpumask_weight(vcpu->stale);
	preempt_disable();
	smp_call_function_many(vcpu->stale, acknowledge, NULL, true);
	preempt_enable();
}

/* @vcpu's root for the Guest's table at @table, or its current one. With roots_lock. */
static struct pager_root *root_for(struct lg_vcpu *vcpu, u64 table)
{
	return table ? root_find(vcpu, lg_table_key(table)) : vcpu->root;
}

/**
 * pager_flush_range - LHCALL_FLUSH_RANGE
 * @vcpu:	the caller's own
 * @start:	first address
 * @end:	address behind the last
 * @stride:	bytes from one to the next
 * @vcpus:	mask of other vcpus that it concerns
 * @table:	guest-physical address of the top-level table, or 0
 */
void pager_flush_range(struct lg_vcpu *vcpu, u64 start, u64 end, u64 stride,
		       u64 vcpus, u64 table)
{
	struct lguest *lg = vcpu->lg;
	u64 pass = atomic64_inc_return(&lg->pager.sync_pass), count;
	bool user = start < end && (end <= LG_USER_END || end == LG_ALL_END);
	unsigned long mask = vcpus;
	struct pager_root *root = NULL, *theirs;
	bool all;
	unsigned int i;

	if (stride < PAGE_SIZE)
		stride = PAGE_SIZE;
	count = start < end ? div64_u64(end - start - 1, stride) + 1 : 0;
	all = !count || count > FLUSH_RANGE_MAX;
	trace_lguest_flush(vcpu, start, end, vcpus, table);
	if (all) {
		vcpu->statistics->flush_range_large++;
	} else {
		vcpu->statistics->flush_range++;
		vcpu->statistics->remote_addresses += mask ? count : 0;
	}
	if (all && !user) {
		/* Of the kernel's half, and so of all address spaces. */
		flush_all(vcpu);
	} else {
		spin_lock(&vcpu->roots_lock);
		root = root_for(vcpu, table);
		if (root && all)
			sync_root(lg, root, 0, LOWER_ENTRIES, pass);
		else if (root)
			flush_addresses(vcpu, root, start, count, stride, NULL);
		spin_unlock(&vcpu->roots_lock);
	}
	if (!mask)
		return;
	/* Only the current one is sure to stay while we look at others'. */
	if (all || root != vcpu->root)
		root = NULL;
	for_each_set_bit(i, &mask, LG_MAX_VCPUS) {
		struct lg_vcpu *other = READ_ONCE(lg->vcpus[i]);

		if (!other || other == vcpu)
			continue;
		vcpu->statistics->remote_vcpus++;
		spin_lock(&other->roots_lock);
		theirs = root_for(other, table);
		if (theirs && all)
			sync_root(lg, theirs, 0, user ? LOWER_ENTRIES : PAGER_ROOT_ENTRIES, pass);
		else if (theirs)
			flush_addresses(other, theirs, start, count, stride, root);
		spin_unlock(&other->roots_lock);
	}
	wait_for_stale(vcpu, vcpus);
}
