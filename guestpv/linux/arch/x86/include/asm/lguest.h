/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lguest.h - what the rest of arch/x86 needs to know of the lguest Guest.
 *
 * The numbers that Guest and Host agree on are in include/lguest/.
 */
#ifndef _ASM_X86_LGUEST_H
#define _ASM_X86_LGUEST_H

#include <lguest/hypercall.h>
#include <lguest/shared.h>

#ifdef CONFIG_LGUEST_GUEST
#ifndef __ASSEMBLY__

#include <linux/percpu-defs.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>

/* The page this cpu shares with the Host. */
DECLARE_PER_CPU_PAGE_ALIGNED(struct lguest_pad, lguest_pad);

/*G:200.x86_64 Asking for things
 *
 * [figure: hypercalls]
 *
 * What a program does when it wants something of its kernel, a kernel does
 * when it wants something of the Host: number in one register, arguments in
 * others, SYSCALL, and the answer comes back in RAX.  That is a *hypercall*,
 * and include/lguest/hypercall.h has all of them.
 *
 * It is the same instruction that the Guest's programs use for their system
 * calls!  The processor does not care who says it: SYSCALL always goes to ring
 * 0, and there to the Switcher, which has to know who was speaking.  The
 * Switcher keeps a word for that (we shall meet it).
 *
 * C compilers know nothing of all this.  So one line of assembly says what
 * goes in and what is lost: "rcx" and "r11", because SYSCALL itself uses them.
 */
/**
 * lguest_hypercall3 - ask the Host for something
 * @number: LHCALL_ number
 * @arg1: first argument
 * @arg2: second argument
 * @arg3: third argument
 *
 * The SYSCALL instruction itself is in lguest_hypercall() (entry_64.S), so
 * that there is one of them, and one place which says what it destroys.
 *
 * Return: the Host's answer; a negative errno says that it failed.
 */
static __always_inline long lguest_hypercall3(unsigned long number,
					      unsigned long arg1,
					      unsigned long arg2,
					      unsigned long arg3)
{
	long answer;

	asm volatile("call lguest_hypercall"
		     : "=a" (answer), ASM_CALL_CONSTRAINT
		     : "a" (number), "D" (arg1), "S" (arg2), "d" (arg3)
		     : "rcx", "r11", "memory");
	return answer;
}
/*:*/

/**
 * lguest_hypercall5 - ask the Host for something that takes more to say
 * @number: LHCALL_ number
 * @arg1: first argument
 * @arg2: second argument
 * @arg3: third argument
 * @arg4: fourth argument
 * @arg5: fifth argument
 *
 * Return: the Host's answer; a negative errno says that it failed.
 */
static __always_inline long lguest_hypercall5(unsigned long number,
					      unsigned long arg1,
					      unsigned long arg2,
					      unsigned long arg3,
					      unsigned long arg4,
					      unsigned long arg5)
{
	register unsigned long r10 asm("r10") = arg4;
	register unsigned long r8 asm("r8") = arg5;
	long answer;

	asm volatile("call lguest_hypercall"
		     : "=a" (answer), ASM_CALL_CONSTRAINT
		     : "a" (number), "D" (arg1), "S" (arg2), "d" (arg3),
		       "r" (r10), "r" (r8)
		     : "rcx", "r11", "memory");
	return answer;
}

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

/* arch/x86/lguest/idle.c */
void lguest_idle_poll(void);

/** lguest_idle_enter - the idle loop is about to halt */
static __always_inline void lguest_idle_enter(void)
{
	if (cpu_feature_enabled(X86_FEATURE_XENPV))
		lguest_idle_poll();
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

static inline void lguest_idle_enter(void)
{
}
#endif /* __ASSEMBLY__ */

#endif /* CONFIG_LGUEST_GUEST */
#endif /* _ASM_X86_LGUEST_H */
