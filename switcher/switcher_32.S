/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * switcher_32.S - between Host and Guest, on i386.
 *
 *S:100.i386 The same magic as on x86_64, and much simpler: i386 has rings.  The Guest's
 * kernel lives at ring 1, its user at ring 3, and we at ring 0.  The
 * processor takes care of the ways between rings 1 and 3; only what
 * concerns the Host comes here.
 *
 * This page and three more for each processor (layout_32.h) are mapped at one
 * address in the Host's tables and in the Guest's.  Interrupts are off in
 * here.  NMIs and machine checks do not care, and may strike at every
 * instruction.  What makes that harmless:
 *
 * - Our code segment is in both segment tables, at the same place, and so is
 *   our data segment: a return to us works whichever is loaded.
 * - Of segment tables, interrupt tables, CR3 and stack, the interrupt table is
 *   the first to become ours and the last to be given back.  So
 *   whoever strikes us while anything is not the Host's finds our stubs,
 *   and they notice what they have interrupted, and keep it (S:180).
 * - ESP always points to memory that both tables have, with room below. :*
 */
#include <linux/linkage.h>
#include "layout_32.h"

	.section .rodata.switcher, "a"
	.balign 4096
	.globl switcher_start
switcher_start:

/*S:110.i386
 * The interrupt stubs: one for each vector, eight bytes, so that they push
 * the vector as one signed byte.  Where the processor pushes no error
 * code, a zero is put in its place. :*
 */
	.set	vector, 0
	.rept	256
	.balign	SWITCHER_STUB_SIZE, 0xcc
	.if vector == 1
	jmp	switcher_debug
	.else
	pushl	$(vector - 128)
	.if vector == 2 || vector == 18
	jmp	switcher_nmi
	.elseif vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
	jmp	switcher_interrupt
	.else
	jmp	switcher_interrupt_0
	.endif
	.endif
	.set	vector, vector + 1
	.endr
	.balign	SWITCHER_STUB_SIZE, 0xcc

/*S:120.i386
 * switcher_enter: the Host comes by a far call, with interrupts off.  EDX is the
 * address of this cpu's tables page.  It goes back by a far return when the Guest has
 * stopped; notes.vector says why.  The registers that C expects to keep are
 * on the Host's stack already. :*
 */
switcher_enter:
	movl	$SWITCHER_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	leal	SWITCHER_PAGE(%edx), %ecx		/* the notes */
	movl	%esp, NOTES_HOST_ESP(%ecx)
	lidt	NOTES_GUEST_IDT(%ecx)			/* from here on we are struck */
	lgdt	NOTES_GUEST_GDT(%ecx)
	movl	$SWITCHER_TSS, %eax
	ltr	%ax					/* writes to the table: not later */
	leal	-REGISTERS_SIZE(%edx), %esp
	movl	NOTES_GUEST_CR3(%ecx), %eax
	movl	%eax, %cr3				/* --- the Guest's from here --- */
	cmpl	$0, TABLES_VERW(%edx)
	je	1f
	verw	TABLES_VERW(%edx)
1:	popl	%eax
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	popl	%gs					/* each of these may fault, if */
	popl	%fs					/* the Host was careless: it looks */
	popl	%ds					/* at the Guest's segments before */
	popl	%es
	addl	$8, %esp				/* vector and error code */
	iret						/* to ring 1 or 3 */

/*S:130.i386
 * Something happened.  By the TSS the processor has found this cpu's stack page, and
 * has pushed at its end what an interrupt pushes.  We push the rest below, and
 * there lie the Guest's registers as struct switcher_registers has them.
 *
 * If it comes from ring 0, it was one of ours, a POP or the IRET on the way in that
 * did not like what it got.  This Guest is at its end, and the Host hears why.
 *
 * From here on all is ours to give back, one thing after the other, the
 * interrupt table last. :*
 */
/* Traps without an error code: make room for one. */
switcher_interrupt_0:
	pushl	(%esp)
	movl	$0, 4(%esp)
/* On the stack are vector, error code, eip, cs, eflags, esp, ss. */
switcher_interrupt:
	testb	$3, 12(%esp)				/* cs: who was it? */
	jz	switcher_fault
switcher_exit:
	pushl	%es
	pushl	%ds
	pushl	%fs
	pushl	%gs
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	pushl	%eax
	movl	REGISTERS_VECTOR(%esp), %ebx
	subl	$-128, %ebx
switcher_to_host:					/* ebx = why */
	movl	$SWITCHER_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%cr2, %esi
	movl	%esp, %edx
	andl	$-SWITCHER_PAGE, %edx
	addl	$SWITCHER_PAGE, %edx			/* the tables follow the stack */
	movl	TABLES_HOST_CR3(%edx), %eax
	movl	%eax, %cr3				/* --- the Host's from here --- */
	leal	SWITCHER_PAGE(%edx), %ecx
	movl	%ebx, NOTES_VECTOR(%ecx)
	movl	%esi, NOTES_CR2(%ecx)
	lgdt	NOTES_HOST_GDT(%ecx)
	movl	NOTES_HOST_ESP(%ecx), %esp
	lidt	NOTES_HOST_IDT(%ecx)			/* no more strikes for us */
	pushl	$2					/* no AC, DF, NT, IF */
	popfl
	xorl	%eax, %eax				/* nothing of the Guest's stays */
	xorl	%ebx, %ebx				/* for the Host to speculate with */
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	lret

/*
 * A fault of our own, at ring 0: one of the POPs or the IRET above did not like
 * what it got.  On the stack are vector, error code, eip, cs, eflags.
 */
switcher_fault:
	movl	$SWITCHER_DS, %eax
	movl	%eax, %ds
	movl	%esp, %edx
	andl	$-SWITCHER_PAGE, %edx
	addl	$SWITCHER_PAGE, %edx
	movl	TABLES_HOST_CR3(%edx), %eax
	movl	%eax, %cr3
	popl	%eax
	subl	$-128, %eax
	movl	%eax, SWITCHER_PAGE+NOTES_FAULT_VECTOR(%edx)
	popl	SWITCHER_PAGE+NOTES_FAULT_ERROR(%edx)
	popl	SWITCHER_PAGE+NOTES_FAULT_EIP(%edx)
	leal	-REGISTERS_SIZE(%edx), %esp
	movl	$SWITCHER_EXIT_FAULT, %ebx
	jmp	switcher_to_host

/*
 * #DB: a single step that began in the Guest may be reported here, after the
 * first instruction that is ours.  It steps no further.
 */
switcher_debug:
	testb	$3, 4(%esp)
	jz	1f
	pushl	$(1 - 128)
	jmp	switcher_interrupt_0
1:	andl	$~0x100, 8(%esp)			/* TF */
	iret

/*S:180.i386
 * NMI and machine check.  If they stopped the Guest, it has stopped: the
 * Host will call its handler as soon as we are back, and until
 * then, as we execute no IRET, there is no other NMI.  But if it was us,
 * somewhere on the way, then the Host has to be as it knows itself, in
 * each respect that its handler could notice, and afterwards all as it was.
 * (The task register may be the Guest's; nobody looks at that in ring 0.) :*
 */
switcher_nmi:
	pushl	(%esp)
	movl	$0, 4(%esp)
	testb	$3, 12(%esp)
	jnz	switcher_exit
	pushl	%es
	pushl	%ds
	pushl	%fs
	pushl	%gs
	pushal
	movl	$SWITCHER_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%esp, %ebp
	subl	$16, %esp
	sidt	8(%esp)					/* it is ours, so we are found */
	movl	10(%esp), %ebx
	subl	$TABLES_IDT, %ebx			/* the tables page */
	sgdt	(%esp)
	movl	%cr2, %edi
	movl	%cr3, %esi
	movl	TABLES_HOST_CR3(%ebx), %eax
	movl	%eax, %cr3
	movl	$SWITCHER_PAGE, %eax
	addl	%ebx, %eax				/* the notes */
	lgdt	NOTES_HOST_GDT(%eax)
	movl	%ebx, %ecx				/* on our stack? the Host's is */
	subl	%esp, %ecx				/* larger */
	cmpl	$SWITCHER_PAGE, %ecx
	ja	1f
	movl	NOTES_HOST_ESP(%eax), %esp
1:	lidt	NOTES_HOST_IDT(%eax)
	pushfl						/* the handler's IRET pops these */
	pushl	%cs
	cmpl	$(2 - 128), 48(%ebp)			/* the vector */
	jne	2f
	call	*NOTES_HOST_NMI(%eax)
	jmp	3f
2:	call	*NOTES_HOST_MCE(%eax)
3:	lidt	SWITCHER_PAGE+NOTES_GUEST_IDT(%ebx)
	leal	-16(%ebp), %esp
	lgdt	(%esp)
	movl	%edi, %cr2
	movl	%esi, %cr3
	movl	%ebp, %esp
	popal
	popl	%gs
	popl	%fs
	popl	%ds
	popl	%es
	addl	$8, %esp
	iret

	.globl switcher_end
switcher_end:
	.org	switcher_start + SWITCHER_PAGE		/* an error if it is larger */

	.section .rodata
	.globl switcher_enter_offset
	.balign 4
switcher_enter_offset:
	.long	switcher_enter - switcher_start
	.section .note.GNU-stack, "", @progbits
