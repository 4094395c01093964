/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lguest.h - what the rest of arch/x86 needs to know of the lguest Guest.
 *
 * The numbers that Guest and Host agree on are in include/lguest/.
 */
#ifndef _ASM_X86_LGUEST_H
#define _ASM_X86_LGUEST_H

#include <asm/lguest_32.h>

#ifdef CONFIG_LGUEST_GUEST
#ifndef __ASSEMBLY__

#include <asm/cpufeature.h>

/* arch/x86/lguest/pci.c */
bool lguest_ring(void __iomem *bell);

/**
 * lguest_flush_tlb_range - forget the translations of a range at once
 * @start: first address
 * @end: address behind the last one
 * @stride_shift: log2 of the size of the pages in it
 *
 * In the current address space, on this cpu.  INVLPG page after page would be
 * one journey to the Host for each.
 *
 * Return: true if it is done, false if we are no Guest.
 */
static __always_inline bool lguest_flush_tlb_range(unsigned long start,
						   unsigned long end,
						   unsigned int stride_shift)
{
	if (!cpu_feature_enabled(X86_FEATURE_XENPV))
		return false;

	lguest_hypercall5(LHCALL_FLUSH_RANGE, start, end, 1UL << stride_shift,
			  0, 0);
	return true;
}

bool lguest_flush_tlb_kernel_range(unsigned long start, unsigned long end);

/**
 * lguest_keeps_tables - does the Host know several address spaces at a time?
 *
 * It does, whatever the processor does: LGUEST_CR3_KEEP in CR3 asks for
 * what processors of 64 bits have PCIDs for.
 *
 * Return: false if we are no Guest.
 */
static __always_inline bool lguest_keeps_tables(void)
{
	return cpu_feature_enabled(X86_FEATURE_XENPV);
}

#endif /* __ASSEMBLY__ */

#else /* !CONFIG_LGUEST_GUEST */

#ifndef __ASSEMBLY__
static inline bool lguest_flush_tlb_range(unsigned long start,
					  unsigned long end,
					  unsigned int stride_shift)
{
	return false;
}

static inline bool lguest_flush_tlb_kernel_range(unsigned long start,
						 unsigned long end)
{
	return false;
}

static inline bool lguest_keeps_tables(void)
{
	return false;
}
#endif /* __ASSEMBLY__ */

#endif /* CONFIG_LGUEST_GUEST */
#endif /* _ASM_X86_LGUEST_H */
