/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tables.h - what page tables look like on x86_64, the Guest's and the
 * shadow's.
 */
#ifndef LG_X86_64_TABLES_H
#define LG_X86_64_TABLES_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/pgtable_types.h>

/* An entry of a table, and how many a table has. */
typedef u64 lg_entry;
#define PAGER_INDEX_BITS	9
#define PAGER_ENTRIES		512
#define PAGER_ROOT_LEVEL	4	/* the Guest's tables have four levels */
#define PAGER_ROOT_ENTRIES	512
#define PAGER_LARGE_LEVEL	3	/* highest with large pages */
/* Entries of a root that are not the same in all of them: the user's. */
#define LOWER_ENTRIES		256
/* Shadow tables of an address space: enum pager_view. */
#define PAGER_VIEWS		2

/* The user's part of the address space ends here; and this end means all of it. */
#define LG_USER_END		(1ull << 47)
#define LG_ALL_END		U64_MAX

/* CR3 as LHCALL_NEW_PGTABLE has it: what we have of the table stays. */
#define LG_CR3_KEEP		BIT_ULL(63)
/* Where a vcpu is that has no page table yet: no Guest's, here. */
#define LG_LINEAR		U64_MAX

/* Everything is the user's, as the Guest's kernel is at CPL 3. */
#define TABLE_BITS		(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
#define LEAF_BITS		(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
/* Rights that an entry which points to a PAGER_SPLIT page gives. */
#define SPLIT_BITS		_PAGE_RW

/* Rights that a large entry of the Guest's gives to its parts, ... */
static inline u64 split_rights(u64 guest)
{
	return guest & (_PAGE_RW | _PAGE_DIRTY | _PAGE_NX);
}

/* ... those that an entry which points to a table gives to all below, ... */
static inline u64 table_rights(u64 guest)
{
	return guest & (_PAGE_RW | _PAGE_NX);
}

/* ... and those that a leaf @guest gives, other than to write: in the kernel's
   view the user's pages are not executable. @user: all levels say so. */
static inline u64 leaf_rights(u64 guest, bool kernel_view, bool user)
{
	return (guest & _PAGE_NX) | (kernel_view && user ? _PAGE_NX : 0);
}

/* For entries that a processor may be looking at. */
static inline void entry_write(lg_entry *entry, u64 value)
{
	WRITE_ONCE(*entry, value);
}

static inline u64 entry_read(const lg_entry *entry)
{
	return READ_ONCE(*entry);
}

/* What an address space is known by (pager_root.gfn), and the page it is in. */
static inline u64 lg_table_key(u64 cr3)
{
	return (cr3 & GENMASK_ULL(51, PAGE_SHIFT)) >> PAGE_SHIFT;
}

static inline u64 lg_table_gfn(u64 key)
{
	return key;
}

#endif /* LG_X86_64_TABLES_H */
