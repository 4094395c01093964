/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lguest_32.h - how a Guest's kernel asks its Host, and what they share: i386.
 *
 * The numbers that they agree on are in include/lguest/.
 */
#ifndef _ASM_X86_LGUEST_32_H
#define _ASM_X86_LGUEST_32_H

#include <lguest/hypercall_32.h>
#include <lguest/shared_32.h>

#ifndef __ASSEMBLY__

#include <asm/percpu.h>

/* The page that our only cpu shares with the Host. */
DECLARE_PER_CPU_PAGE_ALIGNED(struct lguest_data, lguest_data);

/* What files for both architectures call it. */
#define lguest_shared	lguest_data

/*G:200.i386 Asking for things, by a number
 *
 * An interrupt whose gate leads to ring 0: that is the way down, and the only
 * one.  It is not Linux's 0x80, as that one has to be the users' here; the Host
 * opens this gate for ring 1, and a user who tries it gets a protection
 * fault.  The number goes into EAX, what there is to say into the next five.
 */
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
	long answer;

	asm volatile("int %[trap]"
		     : "=a" (answer)
		     : [trap] "i" (LGUEST_TRAP_ENTRY_32), "a" (number),
		       "b" (arg1), "c" (arg2), "d" (arg3), "S" (arg4),
		       "D" (arg5)
		     : "memory");
	return answer;
}
/*:*/

/**
 * lguest_hypercall3 - ask the Host for something
 * @number: LHCALL_ number
 * @arg1: first argument
 * @arg2: second argument
 * @arg3: third argument
 *
 * Return: the Host's answer; a negative errno says that it failed.
 */
static __always_inline long lguest_hypercall3(unsigned long number,
					      unsigned long arg1,
					      unsigned long arg2,
					      unsigned long arg3)
{
	long answer;

	asm volatile("int %[trap]"
		     : "=a" (answer)
		     : [trap] "i" (LGUEST_TRAP_ENTRY_32), "a" (number),
		       "b" (arg1), "c" (arg2), "d" (arg3)
		     : "memory");
	return answer;
}

/**
 * lguest_hypercall_u64 - ask the Host for a number of 64 bits
 * @number: LHCALL_ number
 * @arg1: first argument
 *
 * Return: the Host's answer.
 */
static __always_inline u64 lguest_hypercall_u64(unsigned long number,
						unsigned long arg1)
{
	u64 answer;

	asm volatile("int %[trap]"
		     : "=A" (answer)
		     : [trap] "i" (LGUEST_TRAP_ENTRY_32), "a" (number),
		       "b" (arg1), "c" (0), "d" (0)
		     : "memory");
	return answer;
}

/* Hypercalls that may wait for the end of a batch: ring_32.c. */
void lguest_call_later5(unsigned long number, unsigned long arg1,
			unsigned long arg2, unsigned long arg3,
			unsigned long arg4, unsigned long arg5);

static inline void lguest_call_later3(unsigned long number, unsigned long arg1,
				      unsigned long arg2, unsigned long arg3)
{
	lguest_call_later5(number, arg1, arg2, arg3, 0, 0);
}

/* In what is written to CR3: keep what is still known of the table. */
#define LGUEST_CR3_KEEP		1UL

#endif /* __ASSEMBLY__ */
#endif /* _ASM_X86_LGUEST_32_H */
