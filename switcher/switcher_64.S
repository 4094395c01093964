/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * switcher_64.S - between Host and Guest, and within the Guest, on x86_64.
 *
 *S:100.x86_64 The whole of the magic
 *
 * Here it is.  Everything else in lguest decides what should happen; this file is where the processor stops being the Host's and
 * becomes the Guest's, and back.  It helps to know four things:
 *
 * - These pages are mapped at the same address in the Host's tables and in
 *   the Guest's.  So we can load CR3 and go on with the next instruction.
 *
 * - In the Guest's tables the vcpu's area and pad follow us at a fixed
 *   distance, so we reach them relative to RIP.  That matters because after
 *   SYSCALL there is not one register that is ours.
 *
 * - The interrupt table is at the same address in both worlds too, but is
 *   not the same page.  Loading CR3 changes both at once.
 *
 * - Interrupts are off in here, but NMIs and machine checks do not
 *   care.  They may strike at every instruction, and find a way to
 *   the Host's handler and back.  So will a fault, if we have a bug: all such
 *   gates use stacks of their own (IST), because RSP may be the Guest's.
 *
 * The module keeps this in its read-only data and maps the pages executable
 * at the Switcher's address only.  So: no calls out of here, no absolute
 * addresses, nothing that the kernel would want to patch.  :*
 */
#include <linux/linkage.h>
#include <asm/segment.h>
#include <asm/page_types.h>
#include "layout.h"
#include "../include/lguest/shared.h"

	.section .rodata.switcher, "a"
	.balign 4096
	.globl switcher_start
switcher_start:

/* The pages that follow the text: only in the Guest's tables. */
#define AREA(field)	(switcher_start + SWITCHER_AREA_PAGE * 4096 + (field))(%rip)
#define PAD(field)	(switcher_start + SWITCHER_PAD_PAGE * 4096 + (field))(%rip)

/*S:110.x86_64 Stubs
 *
 * The interrupt stubs: one for each vector.  Where the processor pushes no
 * error code they push a zero, so that all frames look alike.
 * NMI, #DB and #MC have ways of their own.  ENDBR64 is for Hosts with indirect
 * branch tracking.
 */
	.set	vector, 0
	.rept	256
	.balign	SWITCHER_STUB_SIZE, 0xcc
	endbr64
	.if vector == 2
	jmp	switcher_nmi
	.elseif vector == 1
	jmp	switcher_debug
	.elseif vector == 14
	jmp	switcher_page_fault
	.elseif vector == 18
	jmp	switcher_machine_check
	.else
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || \
	      vector == 21 || vector == 29 || vector == 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	switcher_interrupt
	.endif
	.set	vector, vector + 1
	.endr
	.balign	SWITCHER_STUB_SIZE, 0xcc
/*:*/

/*S:120.x86_64 In
 *
 * switcher_enter: called by the Host, with interrupts off.  RDI is the
 * Host's address of the area.  It returns when the Guest has stopped, and
 * area.vector says why.  Registers that C expects to keep go onto the Host's
 * stack, where the way out finds them.
 */
	.balign	16, 0xcc
switcher_enter:
	endbr64
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, AREA_HOST_RSP(%rdi)
	testb	$SWITCHER_MITIGATE_IBRS, AREA_MITIGATE(%rdi)
	jz	1f
	movl	$0x48, %ecx			/* MSR_IA32_SPEC_CTRL */
	movl	AREA_SPEC_CTRL(%rdi), %eax	/* Guests run without IBRS, as */
	movl	AREA_SPEC_CTRL+4(%rdi), %edx	/* the Host's processes do; but */
	andl	$~1, %eax			/* with what else there is */
	wrmsr
1:	movq	AREA_ENTER_CR3(%rdi), %rax
	movq	%rax, %cr3			/* --- the Guest's from here --- */
	movq	AREA(AREA_DR7), %rax
	testq	%rax, %rax
	jz	3f
	movq	%rax, %dr7			/* its breakpoints: never here */
3:	movq	AREA(AREA_GS_BASE), %rax
	wrgsbase %rax				/* canonical: enter.c saw to it */
	movq	AREA(AREA_RCX), %rcx
	movq	AREA(AREA_RDX), %rdx
	movq	AREA(AREA_RBX), %rbx
	movq	AREA(AREA_RBP), %rbp
	movq	AREA(AREA_RSI), %rsi
	movq	AREA(AREA_RDI), %rdi
	movq	AREA(AREA_R8), %r8
	movq	AREA(AREA_R9), %r9
	movq	AREA(AREA_R10), %r10
	movq	AREA(AREA_R11), %r11
	movq	AREA(AREA_R12), %r12
	movq	AREA(AREA_R13), %r13
	movq	AREA(AREA_R14), %r14
	movq	AREA(AREA_R15), %r15
	movq	AREA(AREA_RAX), %rax
	leaq	AREA(AREA_RIP), %rsp		/* rip cs rflags rsp ss */
	testb	$SWITCHER_MITIGATE_VERW, AREA(AREA_MITIGATE)
	jz	2f
	verw	AREA(AREA_VERW)
2:	iretq					/* to CPL 3 */
/*:*/

/* The Guest's registers, to the area.  RAX is free then. */
.macro SAVE_REGISTERS
	movq	%rax, AREA(AREA_RAX)
	movq	%rcx, AREA(AREA_RCX)
	movq	%rdx, AREA(AREA_RDX)
	movq	%rbx, AREA(AREA_RBX)
	movq	%rbp, AREA(AREA_RBP)
	movq	%rsi, AREA(AREA_RSI)
	movq	%rdi, AREA(AREA_RDI)
	movq	%r8, AREA(AREA_R8)
	movq	%r9, AREA(AREA_R9)
	movq	%r10, AREA(AREA_R10)
	movq	%r11, AREA(AREA_R11)
	movq	%r12, AREA(AREA_R12)
	movq	%r13, AREA(AREA_R13)
	movq	%r14, AREA(AREA_R14)
	movq	%r15, AREA(AREA_R15)
	rdgsbase %rax
	movq	%rax, AREA(AREA_GS_BASE)
.endm

/* The Guest's breakpoints are not for the Host to run into.  Uses RAX. */
.macro DISARM
	cmpq	$0, AREA(AREA_DR7)
	je	.Ldisarmed\@
	xorl	%eax, %eax
	movq	%rax, %dr7
.Ldisarmed\@:
.endm

/*S:130.x86_64 Out
 *
 * Something happened while the Guest ran: an interrupt for the Host, or a
 * trap.  The processor changed to the Host's entry stack (or to an IST stack),
 * which is mapped here because the processor needs it to be.  On it are
 * vector, error code, rip, cs, rflags, rsp, ss.
 */
	.balign	16, 0xcc
switcher_interrupt:
	testb	$3, 3*8(%rsp)			/* cs: who was it? */
	jz	switcher_fault
	popq	AREA(AREA_VECTOR)
	popq	AREA(AREA_ERROR_CODE)
	popq	AREA(AREA_RIP)
	popq	AREA(AREA_CS)
	popq	AREA(AREA_RFLAGS)
	popq	AREA(AREA_RSP)
	popq	AREA(AREA_SS)

/* All of the frame is in the area.  Save the registers, and off to the Host. */
switcher_exit:
	SAVE_REGISTERS
switcher_to_host:
	DISARM
	movq	AREA(AREA_SELF), %rdi
	movq	AREA(AREA_HOST_CR3), %rax
	movq	%rax, %cr3			/* --- the Host's from here --- */
switcher_in_host:				/* rdi = area */
	movq	AREA_HOST_RSP(%rdi), %rsp
	movq	AREA_HOST_GS_BASE(%rdi), %rax
	wrgsbase %rax
	pushq	$2				/* no AC, DF, NT, IOPL, IF */
	popfq
	testb	$SWITCHER_MITIGATE_IBRS, AREA_MITIGATE(%rdi)
	jz	1f
	movl	$0x48, %ecx			/* MSR_IA32_SPEC_CTRL */
	movl	AREA_SPEC_CTRL(%rdi), %eax
	movl	AREA_SPEC_CTRL+4(%rdi), %edx
	wrmsr
1:	testb	$SWITCHER_MITIGATE_RSB, AREA_MITIGATE(%rdi)
	jz	2f
	.rept	32				/* no return predicted by the Guest */
	call	3f
	int3
3:
	.endr
	addq	$32*8, %rsp
	lfence
2:	movl	AREA_MITIGATE(%rdi), %eax	/* nothing of the Guest's stays for */
	xorl	%ecx, %ecx			/* the Host to speculate with */
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	testb	$SWITCHER_MITIGATE_UNTRAIN, %al
	jnz	4f
	ret
	int3
4:	popq	%rdx
	lfence
	jmp	*%rdx				/* AMD only: no ENDBR there */
	int3
/*:*/

/*S:140.x86_64 The most used instruction
 *
 * SYSCALL.  Guest users, and the Guest's kernel, all arrive here: SYSCALL always
 * goes to ring 0, whoever says it.  RCX is where to return to, R11 the
 * flags, and everything else, RSP too, still is the Guest's.
 * One word tells who it was, and whether we may go on alone.
 *
 * The user calls its kernel: no C, no Host, no stack.  This and the way
 * back decide how fast a Guest is.
 */
	.balign	64, 0xcc
switcher_lstar:
	endbr64
	cmpl	$SWITCHER_MODE_USER, AREA(AREA_MODE)
	jne	1f
	movl	$SWITCHER_MODE_KERNEL, AREA(AREA_MODE)
	incq	AREA(AREA_SYSTEM_CALLS)
	movq	%rcx, PAD(LGUEST_PAD_FRAME_RIP)
	movq	%r11, PAD(LGUEST_PAD_FRAME_RFLAGS)
	rdgsbase %rcx
	movq	%rcx, PAD(LGUEST_PAD_USER_GS_BASE)
	movq	$0, PAD(LGUEST_PAD_IRQ_ENABLED)
	movq	AREA(AREA_KERNEL_CR3), %rcx
	movq	%rcx, %cr3			/* --- kernel view --- */
	movq	AREA(AREA_KERNEL_GS_BASE), %rcx	/* checked by the Host */
	wrgsbase %rcx
	movq	AREA(AREA_SYSCALL_ENTRY), %rcx	/* checked by the Host */
	movl	$SWITCHER_RFLAGS_ALWAYS, %r11d
	sysretq
/*:*/

/*S:150.x86_64 Back to the program
 *
 * The kernel returns to its user by a SYSCALL at one of two places that it
 * told us of; SYSCALL anywhere else is a hypercall.
 *
 * SYSRET with an RIP that is not canonical faults on some processors while
 * still in ring 0 and on the Guest's stack.  So a user's RIP has to be in
 * the lower half, and we look at the very value that we use.
 */
1:	testl	$SWITCHER_MODE_KERNEL, AREA(AREA_MODE)
	jz	5f
	cmpq	%rcx, AREA(AREA_SYSRET_RIP)
	jne	2f
	cmpl	$SWITCHER_MODE_KERNEL, AREA(AREA_MODE)
	jne	6f
	movq	PAD(LGUEST_PAD_FRAME_RIP), %rcx
	movq	%rcx, %r11
	shrq	$47, %r11
	jnz	6f
	movl	$SWITCHER_MODE_USER, AREA(AREA_MODE)
	movq	PAD(LGUEST_PAD_FRAME_RFLAGS), %r11
	andl	$SWITCHER_RFLAGS_SYSRET, %r11d
	orl	$SWITCHER_RFLAGS_ALWAYS, %r11d
	movq	$LGUEST_IRQ_ENABLED, PAD(LGUEST_PAD_IRQ_ENABLED)
	/* RCX and R11 are taken: borrow RAX by way of the area. */
	movq	%rax, AREA(AREA_RAX)
	movq	AREA(AREA_USER_CR3), %rax
	movq	%rax, %cr3			/* --- user view --- */
	movq	AREA(AREA_RAX), %rax
	sysretq
/*:*/

/*S:160.x86_64 Back, with all registers
 *
 * The same for a user that was interrupted rather than asked: RCX and R11
 * have values of their own, so it takes an IRET.
 */
2:	cmpq	%rcx, AREA(AREA_IRET_RIP)
	jne	4f
	cmpl	$SWITCHER_MODE_KERNEL, AREA(AREA_MODE)
	jne	7f
	cmpq	$__USER_CS, PAD(LGUEST_PAD_FRAME_CS)
	jne	7f
	cmpq	$__USER_DS, PAD(LGUEST_PAD_FRAME_SS)
	jne	7f
	movq	PAD(LGUEST_PAD_FRAME_RIP), %rcx
	movq	%rcx, %r11
	shrq	$47, %r11
	jnz	7f
	movl	$SWITCHER_MODE_USER, AREA(AREA_MODE)
	movq	%rcx, AREA(AREA_RIP)
	movq	$__USER_CS, AREA(AREA_CS)
	movq	PAD(LGUEST_PAD_FRAME_RFLAGS), %r11
	andl	$SWITCHER_RFLAGS_IRET, %r11d
	orl	$SWITCHER_RFLAGS_ALWAYS, %r11d
	movq	%r11, AREA(AREA_RFLAGS)
	movq	%rsp, AREA(AREA_RSP)
	movq	$__USER_DS, AREA(AREA_SS)
	movq	$LGUEST_IRQ_ENABLED, PAD(LGUEST_PAD_IRQ_ENABLED)
	movq	AREA(AREA_USER_CR3), %rcx
	movq	%rcx, %cr3			/* --- user view --- */
	movq	PAD(LGUEST_PAD_USER_RCX), %rcx
	movq	PAD(LGUEST_PAD_USER_R11), %r11
	leaq	AREA(AREA_RIP), %rsp
	iretq

/* The Host has to look at it.  (6 and 7 may have used RCX and R11, but what
   the Host needs for a return is in the pad.) */
4:	movq	$SWITCHER_EXIT_HYPERCALL, AREA(AREA_VECTOR)
	jmp	8f
5:	movq	$SWITCHER_EXIT_SYSCALL, AREA(AREA_VECTOR)
	jmp	8f
6:	movq	$SWITCHER_EXIT_SYSRET, AREA(AREA_VECTOR)
	jmp	8f
7:	movq	$SWITCHER_EXIT_IRET, AREA(AREA_VECTOR)
8:	movq	%rcx, AREA(AREA_RIP)
	movq	%r11, AREA(AREA_RFLAGS)
	movq	%rsp, AREA(AREA_RSP)
	movq	$__USER_CS, AREA(AREA_CS)
	movq	$__USER_DS, AREA(AREA_SS)
	jmp	switcher_exit
/*:*/

/* AMD's SYSCALL from 32-bit code, which no Guest of ours has. */
	.balign	16, 0xcc
switcher_cstar:
	endbr64
	movq	$SWITCHER_EXIT_SYSCALL32, AREA(AREA_VECTOR)
	movq	%rcx, AREA(AREA_RIP)
	movq	%r11, AREA(AREA_RFLAGS)
	movq	%rsp, AREA(AREA_RSP)
	movq	$__USER32_CS, AREA(AREA_CS)
	movq	$__USER_DS, AREA(AREA_SS)
	jmp	switcher_exit

/*S:165.x86_64 Whose fault is it?
 *
 * A page fault.  Most are of one of two kinds.  Either the Guest's tables
 * allow the access and only our shadow does not know it yet: the Host has to
 * fill it in.  Or the Guest's tables do not allow it: then its kernel
 * wants to know, and the Host would do nothing but tell it.
 *
 * So look, where we can: at faults of the Guest's user, by data accesses to
 * the lower half.  The Guest's tables are memory that its kernel maps at
 * linear_base, so in the kernel view we can walk them.  Should the shadow not
 * have *that* page, we fault in the walk, and take the way to the Host.
 *
 * Everything read is the Guest's, and every address is checked to be so: it is
 * linear_base plus less than memory_size, and the Host has checked that this
 * range has nothing of ours.  On the stack: error code, rip, cs, rflags,
 * rsp, ss.
 */
.macro WALK_ENTRY shift				/* rax: table -> entry */
	movq	%rcx, %rdx
	shrq	$\shift, %rdx
	andl	$511, %edx
	movq	(%rax, %rdx, 8), %rax
	testb	$1, %al				/* present */
	jz	switcher_walk_absent
	andl	%eax, %edi			/* rights that all levels give */
.endm
.macro WALK_TABLE				/* rax: entry -> table */
	shlq	$12, %rax			/* bits 51 to 12 are the address */
	shrq	$24, %rax
	shlq	$12, %rax
	cmpq	AREA(AREA_MEMORY_SIZE), %rax
	jae	switcher_walk_to_host
	sbbq	%rdx, %rdx			/* not even speculatively beyond */
	andq	%rdx, %rax
	addq	AREA(AREA_LINEAR_BASE), %rax
.endm

switcher_page_fault:
	testb	$3, 2*8(%rsp)			/* cs: who was it? */
	jz	switcher_page_fault_here
	popq	AREA(AREA_ERROR_CODE)
	popq	AREA(AREA_RIP)
	popq	AREA(AREA_CS)
	popq	AREA(AREA_RFLAGS)
	popq	AREA(AREA_RSP)
	popq	AREA(AREA_SS)
	movq	$14, AREA(AREA_VECTOR)
	movq	%rcx, AREA(AREA_RCX)
	movq	%cr2, %rcx
	movq	%rcx, AREA(AREA_CR2)
	cmpl	$SWITCHER_MODE_USER, AREA(AREA_MODE)
	jne	1f
	cmpq	$0, AREA(AREA_LINEAR_BASE)
	je	1f
	testl	$~7, AREA(AREA_ERROR_CODE)	/* fetches, keys, reserved bits */
	jnz	1f
	/* From CPL 3 bit 2 is always set; but a KVM below the Host sends its
	   messages ("page not present") as page faults with no bit set. */
	testl	$4, AREA(AREA_ERROR_CODE)
	jz	1f
	movq	%rax, AREA(AREA_RAX)
	movq	%rcx, %rax
	shrq	$47, %rax
	jnz	2f
	movq	%rdx, AREA(AREA_RDX)
	movq	%rdi, AREA(AREA_RDI)
	movq	AREA(AREA_KERNEL_CR3), %rax
	movq	%rax, %cr3			/* --- kernel view --- */
	testb	$SWITCHER_HAS_SMAP, AREA(AREA_MITIGATE)
	jz	3f
	stac					/* the tables are pages of CPL 3 */
3:	movq	AREA(AREA_TOP_TABLE), %rax
	movl	$~0, %edi
switcher_walk:					/* rcx: address; edi: rights */
	WALK_ENTRY 39
	testb	$0x80, %al
	jnz	switcher_walk_to_host		/* impossible */
	WALK_TABLE
	WALK_ENTRY 30
	testb	$0x80, %al			/* a large page ends the walk */
	jnz	4f
	WALK_TABLE
	WALK_ENTRY 21
	testb	$0x80, %al
	jnz	4f
	WALK_TABLE
	WALK_ENTRY 12
switcher_walk_end:
4:	movq	AREA(AREA_ERROR_CODE), %rax
	orl	$1, %eax			/* present, but: */
	testb	$4, %dil			/* not for users? */
	jz	5f
	testb	$2, %al				/* a write, */
	jz	switcher_walk_to_host
	testb	$2, %dil			/* and read-only? */
	jz	5f
switcher_walk_to_host:				/* all is well: a miss */
	movq	AREA(AREA_RDI), %rdi
	movq	AREA(AREA_RDX), %rdx
2:	movq	AREA(AREA_RAX), %rax
1:	movq	AREA(AREA_RCX), %rcx
	jmp	switcher_exit

switcher_walk_absent:
	movq	AREA(AREA_ERROR_CODE), %rax
	andl	$~1, %eax
5:	orl	$4, %eax			/* it was the user */
	movq	%rax, PAD(LGUEST_PAD_FRAME_ERROR)
	movq	%rcx, PAD(LGUEST_PAD_CR2)
	movq	$14, PAD(LGUEST_PAD_FRAME_VECTOR)
	movq	AREA(AREA_RIP), %rax
	movq	%rax, PAD(LGUEST_PAD_FRAME_RIP)
	movq	AREA(AREA_CS), %rax
	movq	%rax, PAD(LGUEST_PAD_FRAME_CS)
	movq	AREA(AREA_RFLAGS), %rax
	movq	%rax, PAD(LGUEST_PAD_FRAME_RFLAGS)
	movq	AREA(AREA_RSP), %rax
	movq	%rax, PAD(LGUEST_PAD_FRAME_RSP)
	movq	$__USER_DS, PAD(LGUEST_PAD_FRAME_SS)
	movq	$0, PAD(LGUEST_PAD_IRQ_ENABLED)
	movl	$SWITCHER_MODE_KERNEL, AREA(AREA_MODE)
	incq	AREA(AREA_REFLECTED)
	rdgsbase %rax
	movq	%rax, PAD(LGUEST_PAD_USER_GS_BASE)
	movq	AREA(AREA_KERNEL_GS_BASE), %rax	/* checked by the Host */
	wrgsbase %rax
	movq	AREA(AREA_EVENT_ENTRY), %rax	/* checked by the Host */
	movq	%rax, AREA(AREA_RIP)
	movq	$__USER_CS, AREA(AREA_CS)
	movq	$SWITCHER_RFLAGS_ALWAYS, AREA(AREA_RFLAGS)
	movq	$__USER_DS, AREA(AREA_SS)
	movq	AREA(AREA_RDI), %rdi
	movq	AREA(AREA_RDX), %rdx
	movq	AREA(AREA_RCX), %rcx
	movq	AREA(AREA_RAX), %rax
	leaq	AREA(AREA_RIP), %rsp
	iretq					/* still in the kernel view */
/*:*/

/* A page fault in these pages: in the walk, it has been seen coming. */
switcher_page_fault_here:
	leaq	switcher_walk(%rip), %rax	/* the walk has saved RAX */
	negq	%rax
	addq	8(%rsp), %rax			/* rip */
	cmpq	$(switcher_walk_end - switcher_walk), %rax
	jb	switcher_walk_to_host
	pushq	$14
	jmp	switcher_fault

/* A fault in these very pages is a bug of ours.  The gates' own stack makes
   it survivable: the Host hears of it and ends this Guest. */
switcher_fault:
	popq	AREA(AREA_FAULT_VECTOR)
	popq	AREA(AREA_FAULT_ERROR)
	popq	AREA(AREA_FAULT_RIP)
	movq	$SWITCHER_EXIT_FAULT, AREA(AREA_VECTOR)
	jmp	switcher_to_host

/*
 * #DB.  In ring 0 it can only be one that MOV SS or POP SS held back until
 * after SYSCALL (SDM 3A 6.8.3): nobody wants it.
 */
switcher_debug:
	testb	$3, 8(%rsp)
	jz	1f
	pushq	$0
	pushq	$1
	jmp	switcher_interrupt
1:	iretq

/*S:170.x86_64 The one that cannot be masked
 *
 * The NMI.  It has to run on the Host, in the Host's own handler, on the stack
 * that it struck on, and NMIs stay blocked until that handler's IRET.
 * So we change the world under it: save the Guest, load the Host's tables,
 * and rewrite the frame on the stack as if it had struck us in the middle of
 * the Host.  The handler returns there, never the wiser.  (It finds its own
 * GS base; that is why lguest needs FSGSBASE.)
 *
 * We push nothing but one word: those below the frame are the handler's own,
 * and what it keeps there says whether it was struck itself.
 */
.macro FRAME_OF_HOST rip
	leaq	\rip(%rip), %rax
	movq	%rax, 0*8(%rsp)
	movq	$__KERNEL_CS, 1*8(%rsp)
	movq	$2, 2*8(%rsp)
	movq	AREA_HOST_RSP(%rdi), %rax
	movq	%rax, 3*8(%rsp)
	movq	$__KERNEL_DS, 4*8(%rsp)
.endm

switcher_nmi:
	testb	$3, 8(%rsp)
	jz	switcher_nmi_in_switcher
	SAVE_REGISTERS
	movq	$2, AREA(AREA_VECTOR)
	movq	$0, AREA(AREA_ERROR_CODE)
	movq	0*8(%rsp), %rax
	movq	%rax, AREA(AREA_RIP)
	movq	1*8(%rsp), %rax
	movq	%rax, AREA(AREA_CS)
	movq	2*8(%rsp), %rax
	movq	%rax, AREA(AREA_RFLAGS)
	movq	3*8(%rsp), %rax
	movq	%rax, AREA(AREA_RSP)
	movq	4*8(%rsp), %rax
	movq	%rax, AREA(AREA_SS)
	DISARM
	movq	AREA(AREA_SELF), %rdi
	movq	AREA(AREA_HOST_CR3), %rax
	movq	%rax, %cr3			/* --- the Host's from here --- */
	FRAME_OF_HOST switcher_in_host
	cld
	movq	AREA_HOST_NMI(%rdi), %rax

/*
 * To the Host's handler, in RAX.  A mere jump to where RAX says would begin, for
 * some instructions, wherever the Guest has taught the processor that it leads.
 * What CALL has just told it is nobody else's; its word is where the handler's
 * first PUSH goes.
 */
switcher_nmi_or_mce_to_host:
	testb	$SWITCHER_MITIGATE_UNTRAIN, AREA_MITIGATE(%rdi)
	jnz	2f
	call	1f
	int3
1:	movq	%rax, (%rsp)
	ret
	int3
2:	lfence
	jmp	*%rax				/* AMD only: no ENDBR there */
	int3
/*:*/

/*S:180.x86_64 Struck in the act
 *
 * An NMI or a machine check in the Switcher, in the Guest's tables.  Now
 * nothing is in a known state, so we come back to the very instruction that
 * was struck, with all as it was.
 *
 * Coming back, we are in the Guest's tables with NMIs allowed again, and the
 * next one may strike before our IRET.  What it would save is what we are
 * just restoring.  So it does not save: an NMI inside of the way back takes
 * the first one's notes as its own, and starts the way back again.
 */
.macro STRUCK_IN_SWITCHER name area handler
\name:
	movq	%rax, AREA(\area + INTERRUPTED_SCRATCH)
	movq	%rcx, AREA(\area + INTERRUPTED_SCRATCH + 8)
	leaq	\name\()_back(%rip), %rax
	movq	0*8(%rsp), %rcx
	subq	%rax, %rcx
	cmpq	$(\name\()_back_end - \name\()_back), %rcx
	jb	1f				/* the notes are there already */
	movq	AREA(\area + INTERRUPTED_SCRATCH), %rax
	movq	%rax, AREA(\area + INTERRUPTED_RAX)
	movq	AREA(\area + INTERRUPTED_SCRATCH + 8), %rax
	movq	%rax, AREA(\area + INTERRUPTED_RCX)
	movq	%rdi, AREA(\area + INTERRUPTED_RDI)
	movq	0*8(%rsp), %rax
	movq	%rax, AREA(\area + INTERRUPTED_RIP)
	movq	1*8(%rsp), %rax
	movq	%rax, AREA(\area + INTERRUPTED_CS)
	movq	2*8(%rsp), %rax
	movq	%rax, AREA(\area + INTERRUPTED_RFLAGS)
	movq	3*8(%rsp), %rax
	movq	%rax, AREA(\area + INTERRUPTED_RSP)
	movq	4*8(%rsp), %rax
	movq	%rax, AREA(\area + INTERRUPTED_SS)
	movq	%cr3, %rax
	movq	%rax, AREA(\area + INTERRUPTED_CR3)
	cmpq	$0, AREA(AREA_DR7)
	je	1f
	movq	%dr7, %rax
	movq	%rax, AREA(\area + INTERRUPTED_DR7)
1:	DISARM
	movq	AREA(AREA_SELF), %rdi
	movq	AREA(AREA_HOST_CR3), %rax
	movq	%rax, %cr3			/* --- the Host's from here --- */
	FRAME_OF_HOST \name\()_in_host
	cld
	movq	\handler(%rdi), %rax
	jmp	switcher_nmi_or_mce_to_host
\name\()_in_host:				/* the Host's handler is done */
	movq	\area + INTERRUPTED_CR3(%rdi), %rax
	movq	%rax, %cr3			/* --- the Guest's from here --- */
\name\()_back:
	cmpq	$0, AREA(AREA_DR7)
	je	2f
	movq	AREA(\area + INTERRUPTED_DR7), %rax
	movq	%rax, %dr7
2:	movq	AREA(\area + INTERRUPTED_RAX), %rax
	movq	AREA(\area + INTERRUPTED_RCX), %rcx
	movq	AREA(\area + INTERRUPTED_RDI), %rdi
	leaq	AREA(\area + INTERRUPTED_RIP), %rsp
	iretq
\name\()_back_end:
.endm

	STRUCK_IN_SWITCHER switcher_nmi_in_switcher, AREA_NMI, AREA_HOST_NMI
	STRUCK_IN_SWITCHER switcher_mce_in_switcher, AREA_MCE, AREA_HOST_MCE
/*:*/

/*S:190.x86_64 Worse things happen
 *
 * A machine check is the processor's way to say that something is broken, and it
 * may come in here as well.  From the Guest it leaves like any trap, and
 * traps.c tells the Host's code.
 *
 * And that was the Switcher.  Two pages of text, no loop, no call but those
 * that are there to be forgotten.  You have seen all of it now, and if you have read the
 * code and not only the stories, you know how a hypervisor works, and nothing
 * can take that from you.  There is one chapter left, and it is yours: say make Mastery
 */
switcher_machine_check:
	testb	$3, 8(%rsp)
	jz	switcher_mce_in_switcher
	pushq	$0
	pushq	$18
	jmp	switcher_interrupt
/*:*/

	.org	switcher_start + SWITCHER_TEXT_PAGES * 4096, 0xcc
	.globl switcher_end
switcher_end:

	.section .rodata
	.balign	4
	.globl switcher_enter_offset, switcher_lstar_offset, switcher_cstar_offset
switcher_enter_offset:	.long	switcher_enter - switcher_start
switcher_lstar_offset:	.long	switcher_lstar - switcher_start
switcher_cstar_offset:	.long	switcher_cstar - switcher_start

	.section .note.GNU-stack, "", @progbits
