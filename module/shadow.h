/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shadow.h - what the files of the pager share, and nobody else should touch.
 */
#ifndef LG_SHADOW_H
#define LG_SHADOW_H

#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/pgtable_types.h>

#include "lg.h"
#include "walk.h"

#define ADDRESS_MASK	GENMASK_ULL(51, PAGE_SHIFT)
#define LARGE_GFNS	512ull
/* Entries read at a time: a cache line of the Guest's table. */
#define GROUP		8

/* Index into a table of @level; a root is one table here, however many pages. */
static inline unsigned int index_at(u64 gva, unsigned int level)
{
	return (gva >> (PAGE_SHIFT + PAGER_INDEX_BITS * (level - 1))) &
	       ((level == PAGER_ROOT_LEVEL ? PAGER_ROOT_ENTRIES : PAGER_ENTRIES) - 1);
}

/* First of the gfns that a large page of that level maps. */
static inline u64 large_base(u64 gfn, unsigned int level)
{
	return gfn & ~((1ull << PAGER_INDEX_BITS * (level - 1)) - 1);
}

/* Pages that an entry of that level maps, if it is a leaf. */
static inline u64 gfns_at(unsigned int level)
{
	return level == 2 ? LARGE_GFNS : 1;
}

/* The bit of pager.reverse that says so of the chunk that @gfn is in. */
static inline u64 reverse_bit(const struct pager *pager, u64 gfn, unsigned int class)
{
	return (gfn & ~(u64)(pager->classes - 1)) | class;
}

/*
 * Somebody may use what they could a moment ago.  Comes after the
 * entry has changed, and before anybody relies on it.
 */
static inline void rights_taken(struct pager *pager)
{
	atomic64_inc(&pager->tlb_gen);
}

/* The shadow page that an entry of a shadow table points to. */
static inline struct pager_page *page_of(u64 entry)
{
	return (struct pager_page *)page_private(pfn_to_page((entry & ADDRESS_MASK) >> PAGE_SHIFT));
}

static inline u64 entry_of(struct pager_page *page, u64 bits)
{
	return __pa(page->entries) | TABLE_BITS | bits;
}

/* Is it present, and does it point to a table? */
static inline bool is_table(u64 entry)
{
	return (entry & (_PAGE_PRESENT | _PAGE_PSE)) == _PAGE_PRESENT;
}

static inline void page_lock(struct pager_page *page)
{
	/* The subclass tells lockdep that upper levels come first. */
	spin_lock_nested(&page->lock, page->level);
}

static inline void page_unlock(struct pager_page *page)
{
	spin_unlock(&page->lock);
}

/*
 * Read entry @i of the Guest's table @gfn.  Locks are held, so this must not
 * sleep; what cannot be read is not there.
 */
static inline bool read_entry(struct lguest *lg, u64 gfn, unsigned int i, u64 *to)
{
	const lg_entry __user *from = lg_memory_user(lg, (gfn << PAGE_SHIFT) + sizeof(*from) * i);
	lg_entry entry;
	bool ok = false;

	if (gfn >= lg->pages)
		return false;
	pagefault_disable();
	if (user_access_begin(from, sizeof(*from))) {
		unsafe_get_user(entry, from, fault);
		*to = entry;
		ok = true;
fault:
		user_access_end();
	}
	pagefault_enable();
	return ok;
}

/* Likewise a whole GROUP of entries, from @first on. */
static inline bool read_group(struct lguest *lg, u64 gfn, unsigned int first, u64 *to)
{
	const lg_entry __user *from = lg_memory_user(lg, (gfn << PAGE_SHIFT) +
							 sizeof(*from) * first);
	lg_entry entry;
	unsigned int i;
	bool ok = false;

	if (gfn >= lg->pages)
		return false;
	pagefault_disable();
	if (user_access_begin(from, GROUP * sizeof(*from))) {
#pragma GCC unroll 8
		for (i = 0; i < GROUP; i++) {
			unsafe_get_user(entry, from + i, fault);
			to[i] = entry;
		}
		ok = true;
fault:
		user_access_end();
	}
	pagefault_enable();
	return ok;
}

/* Entry @i of the Guest's table that @root shadows; likewise. */
static inline bool read_root_entry(struct lguest *lg, struct pager_root *root,
				   unsigned int i, u64 *to)
{
	u64 gfn;

	return lg_arch_root_gfn(lg, root->gfn, i, false, &gfn) &&
	       read_entry(lg, gfn, i % PAGER_ENTRIES, to);
}

/* shadow.c */
int shadow_cache_fill(struct lg_vcpu *vcpu);
void shadow_cache_drop(struct lg_vcpu *vcpu);
void shadow_collect_all(struct lguest *lg);
void shadow_enter(struct lg_vcpu *vcpu);
void shadow_leave(struct lg_vcpu *vcpu);
struct pager_page *shadow_get(struct lg_vcpu *vcpu, u64 gfn, unsigned int level,
			      enum pager_view view, enum pager_kind kind, u64 rights);
void shadow_put(struct lguest *lg, struct pager_page *page);
void shadow_unref(struct lguest *lg, struct pager_page *page);
void shadow_note_written(u64 entry);
void shadow_entry_clear(struct lguest *lg, struct pager_page *page, unsigned int i);
void shadow_wait_for_exits(struct lguest *lg);
void shadow_wait_for_stale(struct lguest *lg);

/* roots.c */
struct pager_root *root_find(struct lg_vcpu *vcpu, u64 gfn);
void root_link(struct lguest *lg, struct pager_root *root, enum pager_view view,
	       unsigned int i, struct pager_page *child, u64 bits);
void root_unlink(struct lguest *lg, struct pager_root *root, enum pager_view view,
		 unsigned int i);
void roots_reclaim(struct lg_vcpu *vcpu);

/* flush.c */
void sync_page(struct lguest *lg, struct pager_page *page, u64 pass);
void sync_root(struct lguest *lg, struct pager_root *root, unsigned int first,
	       unsigned int end, u64 pass);

#endif /* LG_SHADOW_H */
