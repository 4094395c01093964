/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pager.h - shadow page tables.
 *
 * Four files: shadow.c has the pages they are made of, roots.c their tops,
 * pager.c fills them, flush.c empties them when the Guest says so, zap.c when
 * the Host does.
 *
 * Locks, outermost first:
 *
 *	vcpu->roots_lock	a vcpu's roots, and what their entries point to
 *	pager_page.lock		one shadow page's entries; of several, the one of
 *				the higher level first
 *	pager.lock		which shadow pages there are; held for a few
 *				instructions
 *
 * No lock is held to go down a shadow table: a vcpu that does, as a processor
 * that runs it, is "inside", and no page is used for anything else before all
 * have left that may have seen it (shadow.c).
 */
#ifndef LG_PAGER_H
#define LG_PAGER_H

#include <linux/types.h>
#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/hashtable.h>
#include <linux/bitmap.h>
#include "tables.h"

struct lguest;
struct lg_vcpu;

#define PAGER_HASH_BITS		10
/* Classes of shadow pages: a bit each, for the notifier to find them by. */
#define PAGER_CLASSES_MIN	64
#define PAGER_CLASSES_MAX	1024
/* Roots kept per vcpu: address spaces between which a Guest switches freely. */
#define PAGER_ROOTS		64
#define PAGER_ROOTS_HASH_BITS	6
/* Shadow pages that one fault can need. */
#define PAGER_CACHE		6

/* Which of the Guest's two worlds a shadow page belongs to. */
enum pager_view {
	PAGER_KERNEL_VIEW,	/* entries may be the Guest kernel's */
	PAGER_USER_VIEW,	/* all entries are user's */
};

/* What a shadow page is for.  It never changes while it lives. */
enum pager_kind {
	PAGER_TABLE,		/* the shadow of the Guest's table in page gfn */
	PAGER_SPLIT,		/* small pages for the Guest's large page at gfn */
};

/**
 * struct pager_page - one page of a shadow table
 * @hash:	in pager.hash, by the next four; guarded by pager.lock
 * @list:	in its class's list, later in pager.condemned or .spare; likewise
 * @class:	which class: see struct pager
 * @gfn:	see enum pager_kind
 * @level:	1: its entries map 4 KiB; 2: 2 MiB or tables of level 1; ...
 * @view, @kind: see there
 * @rights:	PAGER_SPLIT: RW, D and NX bits of the Guest's large entry
 * @parents:	entries (of pages and roots) that point here; at 0 it is emptied
 * @refs:	1 for being listed, and who else needs the structure to stay
 * @epoch:	when it was condemned
 * @scanned:	the scan (zap.c) that saw it last; guarded by pager.lock
 * @lock:	guards all that follows
 * @dead:	emptied; nothing is put in any more
 * @synced:	the flush that compared it with the Guest's table last
 * @entries:	the page itself
 * @leaf_gfn:	levels 1 and 2: which gfn an entry maps, if it is a leaf
 * @first_gfn, @last_gfn: leaf_gfn are all between them (and may be fewer); also
 *		read without the lock
 * @present:	entries in use
 * @leaf:	entries that map memory rather than point to a table
 */
struct pager_page {
	struct hlist_node hash;
	struct list_head list;
	unsigned int class;
	u64 gfn;
	u64 rights;
	u8 level;
	u8 view;
	u8 kind;
	atomic_t parents;
	atomic_t refs;
	u64 epoch;
	u64 scanned;
	spinlock_t lock;
	bool dead;
	u64 synced;
	lg_entry *entries;
	u32 *leaf_gfn;
	u64 first_gfn, last_gfn;
	DECLARE_BITMAP(present, PAGER_ENTRIES);
	DECLARE_BITMAP(leaf, PAGER_ENTRIES);
};

/**
 * struct pager_root - the shadow of one of the Guest's top-level tables
 * @list:	in vcpu.roots
 * @hash:	in vcpu.roots_hash
 * @gfn:	of the Guest's table: lg_table_key()
 * @id:		never used twice: tells PCID owners apart
 * @view:	PAGER_ROOT_ENTRIES entries each, by enum pager_view; some are the
 *		Switcher's
 * @top:	what CR3 points to: @view, or a page above
 * @present:	entries in use, by view
 * @split:	the Guest has kernel pages in its lower half below tables that
 *		are marked user; so the two views share nothing there
 *
 * Each vcpu has its own, as the Switcher's entries show what is the vcpu's.  What is below
 * is shared by all.  Guarded by the vcpu's roots_lock; its own thread also reads
 * the current root without.
 *
 * The lower half of the kernel view points to the very pages of the user
 * view, with NX added: that is SMEP, for the price of a bit.
 */
struct pager_root {
	struct list_head list;
	struct hlist_node hash;
	u64 gfn;
	u64 id;
	lg_entry *view[PAGER_VIEWS];
	u64 *top[PAGER_VIEWS];
	DECLARE_BITMAP(present[PAGER_VIEWS], PAGER_ROOT_ENTRIES);
	bool split;
};

/** struct pager_cache - shadow pages of a vcpu, ready for use */
struct pager_cache {
	struct pager_page *pages[PAGER_CACHE];
	unsigned int count;
};

/**
 * struct pager - all shadow tables of a Guest
 * @lock:	guards @hash, @class_pages, @count, @condemned, @spare, @notifier_count
 *		and @notifier_seq, the latter three for writing
 * @hash:	pages by (gfn, level, view, kind)
 * @classes:	how many classes there are: a power of two, a word or more
 * @class_pages: the pages of each class
 * @next_class:	of the next new page: they take turns
 * @count:	of all pages
 * @limit:	most of them; above, the pager forgets what it can
 * @condemned:	pages that processors may still look at, oldest first
 * @nr_condemned: how many
 * @spare:	pages that are empty and free to be used
 * @nr_spare:	how many
 * @epoch:	counts condemned pages
 * @notifier_count: invalidations in progress
 * @notifier_seq: invalidations finished
 * @mapped:	gfns that may be mapped in some shadow page; atomic bits
 * @reverse:	of each chunk of as many gfns as there are classes, a bit for each
 *		class: pages of it may map something of the chunk; atomic bits
 * @sync_pass:	counts flushes
 * @scans:	counts zap.c's scans
 * @tlb_gen:	grows whenever a right was taken away: what processors
 *		hold may be stale
 */
struct pager {
	spinlock_t lock;
	DECLARE_HASHTABLE(hash, PAGER_HASH_BITS);
	unsigned int classes;
	struct list_head *class_pages;
	unsigned int next_class;
	unsigned long count;
	unsigned long limit;
	struct list_head condemned;
	unsigned long nr_condemned;
	struct list_head spare;
	unsigned long nr_spare;
	atomic64_t epoch;
	unsigned int notifier_count;
	unsigned long notifier_seq;
	unsigned long *mapped;
	unsigned long *reverse;
	atomic64_t sync_pass;
	atomic64_t scans;
	atomic64_t tlb_gen;
};

/* What to do after a fault. */
enum pager_result {
	PAGER_FILLED,		/* the Guest can go on */
	PAGER_SPURIOUS,		/* the same, but nothing was missing */
	PAGER_GUEST_FAULT,	/* the fault is its own; *error_code is right */
	PAGER_MMIO,		/* there is no memory at *gpa */
	PAGER_DEAD,		/* lg_kill() was called */
	PAGER_AGAIN,		/* a signal came */
};

/* pager.c */
int pager_init(struct lguest *lg);
void pager_exit(struct lguest *lg);
enum pager_result pager_fault(struct lg_vcpu *vcpu, u64 gva, bool user,
			      u64 *error_code, u64 *gpa);

/* roots.c */
void pager_vcpu_create(struct lg_vcpu *vcpu);
void pager_vcpu_exit(struct lg_vcpu *vcpu);
int pager_new_table(struct lg_vcpu *vcpu, u64 cr3);
void pager_release_table(struct lguest *lg, u64 table);
unsigned long pager_shrink(struct lguest *lg, unsigned long count);

/* flush.c */
void pager_flush_user(struct lg_vcpu *vcpu);
void pager_flush_all(struct lg_vcpu *vcpu);
void pager_flush_range(struct lg_vcpu *vcpu, u64 start, u64 end, u64 stride,
		       u64 vcpus, u64 table);

/* zap.c */
void pager_invalidate_start(struct lguest *lg);
void pager_invalidate_end(struct lguest *lg);
void pager_zap_gfns(struct lguest *lg, u64 start, u64 end);
bool pager_young_gfns(struct lguest *lg, u64 start, u64 end, bool clear);

#endif /* LG_PAGER_H */
