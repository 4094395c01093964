/* SPDX-License-Identifier: GPL-2.0 */
/*
 * head_64.S - the first instructions of a Guest.
 *
 * The Launcher has put the image where it is linked for, and the Host starts
 * us here, in 64-bit mode, with init_top_pgt as our page table.  None of the
 * work of startup_64 is left to be done, and none of it could be: at CPL 3
 * there is no LGDT, no MOV to CR3 and no WRMSR.
 *
 * RSI is the guest-physical address of struct boot_params, all else is zero.
 */
#include <linux/elfnote.h>
#include <linux/init.h>
#include <linux/linkage.h>

#include <asm/asm.h>
#include <asm/lguest.h>
#include <asm/page_types.h>
#include <asm/percpu.h>
#include <asm/unwind_hints.h>

#include "lguest.h"

/*G:100.x86_64 Waking up
 *
 * A PC's kernel has a long morning.  It begins in a mode of 1978, with 16
 * bits, asks the BIOS about memory, changes to 32 bits, unpacks itself, builds
 * a page table, changes to 64 bits.  Then it loads a handful of registers that
 * only ring 0 may load.
 *
 * Ours may load none of them, so the Launcher and the Host have done it all
 * before: the kernel is unpacked and in its place, 64 bits wide, and the page
 * table is one that was filled in when the image was linked (init_top_pgt).
 * What is left of the morning are these few instructions.  They find a stack,
 * and the memory that belongs to this processor alone, which is behind %gs.
 * The address of struct boot_params, a letter that the boot loader leaves for
 * every kernel, is in RSI, because Linux is used to have it there.
 */
	__INIT
SYM_CODE_START(lguest_entry)
	UNWIND_HINT_EMPTY
	ANNOTATE_NOENDBR
	cld

	/* As startup_64 leaves them: a 64-bit kernel needs no segments. */
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs

	movq	initial_stack(%rip), %rsp

	/*
	 * Per-cpu data, the stack canary and the pad are behind %gs; until
	 * setup_per_cpu_areas() the initial copies in the image serve.  The
	 * instruction works at CPL 3 because the Host has CR4.FSGSBASE set.
	 */
	movq	$INIT_PER_CPU_VAR(fixed_percpu_data), %rax
	wrgsbase %rax

	movq	%rsi, %rdi
	call	lguest_start_kernel
	ud2
SYM_CODE_END(lguest_entry)
/*:*/
	__FINIT

/*
 * lguest_secondary_entry - the first instructions of another cpu.
 *
 * It begins with the page table of the cpu that started it, and can come here
 * more than once in its life.  RSI is the address of struct lguest_secondary,
 * all else is zero.
 */
	.text
SYM_CODE_START(lguest_secondary_entry)
	UNWIND_HINT_EMPTY
	ANNOTATE_NOENDBR
	cld

	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs

	movq	LGUEST_SECONDARY_STACK(%rsi), %rsp
	movq	LGUEST_SECONDARY_GS_BASE(%rsi), %rax
	wrgsbase %rax

	movq	%rsi, %rdi
	call	lguest_start_secondary
	ud2
SYM_CODE_END(lguest_secondary_entry)

/*G:110.x86_64 A note on the door
 *
 * How did the Launcher know that this image can be a Guest at all, and where
 * to begin?  From a note: ELF files may carry small labelled notes, and this
 * one says "lguest", the version of the language that we speak with the Host,
 * the address of lguest_entry(), and where the first page table is.  An image
 * without it is refused before anything runs, with a message that says so.
 * That is kinder than a crash.
 */
	/* By this the Launcher knows that the image can be a Guest, and how. */
	ELFNOTE(lguest, LGUEST_NOTE_ENTRY, .quad LGUEST_GUEST_VERSION;	\
					   .quad lguest_entry;		\
					   .quad init_top_pgt - __START_KERNEL_map)
/*:*/
