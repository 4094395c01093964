/* SPDX-License-Identifier: GPL-2.0-or-later */
/* walk.h - what the pager sees of the Guest's page tables. */
#ifndef LG_WALK_H
#define LG_WALK_H

#include <linux/types.h>
#include <asm/page.h>
#include "pager.h"

struct lg_vcpu;

/**
 * struct walk - the way from CR3 to a page
 * @table:	gfn of the table at each level; LG_LINEAR if there is none
 * @entry:	the entry used at each level, down to @level
 * @level:	of the last one: 1, or 2 or 3 for a large page
 * @base:	gfn of the (large) page
 * @gfn:	gfn of the 4 KiB page that was asked for
 * @rights:	RW and US that all levels give, NX if any level has it
 * @writable:	may be written, and is marked dirty already
 */
struct walk {
	u64 table[PAGER_ROOT_LEVEL + 1];
	u64 entry[PAGER_ROOT_LEVEL + 1];
	unsigned int level;
	u64 base;
	u64 gfn;
	u64 rights;
	bool writable;
};

enum walk_result {
	WALK_OK,
	WALK_FAULT,		/* the Guest's own; the error code is right */
	WALK_DEAD,		/* the tables are impossible */
};

/** walk_gfn - which page the entry @entry of the Guest's names */
static inline u64 walk_gfn(u64 entry)
{
	return (entry & GENMASK_ULL(51, PAGE_SHIFT)) >> PAGE_SHIFT;
}

enum walk_result walk_guest(struct lg_vcpu *vcpu, u64 gva, u64 *error_code,
			    struct walk *walk);

#endif /* LG_WALK_H */
