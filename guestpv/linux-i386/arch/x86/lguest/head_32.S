/* SPDX-License-Identifier: GPL-2.0 */
/*
 * head_32.S - a Guest of 32 bits, from physical addresses to the first C.
 *
 * startup_32 (kernel/head_32.S) is where the Launcher starts us.  It has seen by
 * hardware_subarch that we are a Guest, so it has left the segments alone,
 * copied the boot parameters and built the first page tables.  What comes
 * next there is not for ring 1, and so it comes here.
 *
 * We are in linear mode, at physical addresses.  The Host has set the segments
 * to ring 1's; ESP is the physical address of the stack.
 */
#include <linux/elfnote.h>
#include <linux/init.h>
#include <linux/linkage.h>

#include <asm/lguest.h>
#include <asm/page_types.h>
#include <asm/segment.h>

#include "lguest.h"

#define pa(X) ((X) - __PAGE_OFFSET)

#ifdef CONFIG_X86_PAE
#define LGUEST_PAGE_LEVELS	3
#else
#define LGUEST_PAGE_LEVELS	2
#endif

	__INIT
/*G:100.i386 Waking up, at the wrong address
 *
 * A kernel of 32 bits begins where physical memory says it lies, and turns on
 * paging itself, while it runs.  Until then the Host lets us have "no page tables
 * yet": each address is the physical one of the same number.
 *
 * Linux has built its first tables by now.  They show the kernel twice: where it
 * is, and three gigabytes higher, where it has been linked to be.  So we say
 * who we are, say which table it is, and jump.
 */
SYM_CODE_START(lguest_entry)
	movb	$1, pa(lguest_active)

	movl	$LHCALL_LGUEST_INIT, %eax
	movl	$pa(lguest_data), %ebx
	int	$LGUEST_TRAP_ENTRY_32
	testl	%eax, %eax
	jnz	1f

	/* From the next instruction on we are at the same place twice. */
	movl	$LHCALL_NEW_PGTABLE, %eax
	movl	$pa(initial_page_table), %ebx
	int	$LGUEST_TRAP_ENTRY_32

	addl	$__PAGE_OFFSET, %esp
	movl	$lguest_start_kernel, %eax
	call	*%eax

	/* Nobody listens yet: die of an exception, the Host will report it. */
1:	ud2
SYM_CODE_END(lguest_entry)
/*:*/
	__FINIT

	/*
	 *G:110.i386 A note on the door
	 *
	 * The third word is how many levels our page tables have.  A shadow table is
	 * a real one, and a processor walks tables of one kind only; so Guest and Host
	 * must be of the same.  The Launcher compares, and refuses before
	 * anything runs.
	 */
	/* By this the Launcher knows that the image can be a Guest, and how. */
	ELFNOTE(lguest, LGUEST_NOTE_ENTRY_32, .long LGUEST_GUEST_VERSION;	\
					      .long pa(startup_32);		\
					      .long LGUEST_PAGE_LEVELS)
	/*:*/
