/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tables.h - what page tables look like on i386, the Guest's and the
 * shadow's; both are of the kind that the Host's kernel was built for.
 *
 * A root is level 2 in both kinds: what PAE has above, four entries of a
 * gigabyte, is only a list of the pages that a root consists of.
 */
#ifndef LG_I386_TABLES_H
#define LG_I386_TABLES_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/pgtable_types.h>

#define PAGER_ROOT_LEVEL	2
#define PAGER_LARGE_LEVEL	2
#define PAGER_VIEWS		1	/* the user bit keeps rings 1 and 3 apart */

#ifdef CONFIG_X86_PAE
typedef u64 lg_entry;
#define PAGER_INDEX_BITS	9
#define PAGER_ENTRIES		512
#define PAGER_ROOT_ENTRIES	2048
#define LG_PAGE_LEVELS		3
/* A top-level table is 32 bytes. */
#define LG_TABLE_SHIFT		5
#else
typedef u32 lg_entry;
#define PAGER_INDEX_BITS	10
#define PAGER_ENTRIES		1024
#define PAGER_ROOT_ENTRIES	1024
#define LG_PAGE_LEVELS		2
#define LG_TABLE_SHIFT		PAGE_SHIFT
#endif

/* The user has three of four gigabytes. */
#define LOWER_ENTRIES		(PAGER_ROOT_ENTRIES / 4 * 3)
#define LG_USER_END		0xc0000000ull
#define LG_ALL_END		0xffffffffull

/* CR3 as LHCALL_NEW_PGTABLE has it: what we have of the table stays. */
#define LG_CR3_KEEP		BIT_ULL(0)
/* vcpu.guest_cr3, and key, of a vcpu that has no page table yet. */
#define LG_LINEAR		U64_MAX

#define TABLE_BITS		(_PAGE_PRESENT | _PAGE_ACCESSED)
#define LEAF_BITS		(_PAGE_PRESENT | _PAGE_ACCESSED)
#define SPLIT_BITS		(_PAGE_RW | _PAGE_USER)

/* Where the processor does not know NX, the bit must not be set. */
static inline u64 lg_nx(u64 guest)
{
	return boot_cpu_has(X86_FEATURE_NX) ? guest & _PAGE_NX : 0;
}

/* Rights that a large entry of the Guest's gives to its parts, ... */
static inline u64 split_rights(u64 guest)
{
	return (guest & (_PAGE_RW | _PAGE_USER | _PAGE_DIRTY)) | lg_nx(guest);
}

/* ... those that an entry which points to a table gives to all below, ... */
static inline u64 table_rights(u64 guest)
{
	return (guest & (_PAGE_RW | _PAGE_USER)) | lg_nx(guest);
}

/* ... and those that a leaf @guest gives, other than to write. */
static inline u64 leaf_rights(u64 guest, bool kernel_view, bool user)
{
	return (guest & _PAGE_USER) | lg_nx(guest);
}

/*
 * For entries that a processor may be looking at.  With PAE it takes more than
 * an ordinary store to write one at once.
 */
static inline void entry_write(lg_entry *entry, u64 value)
{
#ifdef CONFIG_X86_PAE
	atomic64_set((atomic64_t *)entry, value);
#else
	WRITE_ONCE(*entry, value);
#endif
}

static inline u64 entry_read(const lg_entry *entry)
{
#ifdef CONFIG_X86_PAE
	return atomic64_read((const atomic64_t *)entry);
#else
	return READ_ONCE(*entry);
#endif
}

/* What an address space is known by (pager_root.gfn), and the page it is in. */
static inline u64 lg_table_key(u64 cr3)
{
	return cr3 == LG_LINEAR ? LG_LINEAR : (u32)cr3 >> LG_TABLE_SHIFT;
}

static inline u64 lg_table_gfn(u64 key)
{
	return key >> (PAGE_SHIFT - LG_TABLE_SHIFT);
}

#endif /* LG_I386_TABLES_H */
