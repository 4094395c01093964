/* start.S - the first and the lowest instructions of a hostile guest of 32 bits.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define __ASSEMBLY__
#include <lguest/hypercall_32.h>
#include <lguest/shared_32.h>

#define BASE 0xc0000000
/* Offsets into struct lguest_data; guest.c checks them.  */
#define DATA_VERSION 0x90
#define DATA_LEVELS 0x94
#define DATA_KERNEL 0x98
#define DATA_IRET 0x9c
#define DATA_DIRECT 0xa0
#ifdef PAE
#define LEVELS 3
#else
#define LEVELS 2
#endif

	.section .note.lguest, "a", @note
	.balign 4
	.long	7, 12, LGUEST_NOTE_ENTRY_32
	.asciz	LGUEST_NOTE_NAME
	.balign 4
	.long	LGUEST_GUEST_VERSION, start - BASE, LEVELS

/* Linear mode: physical addresses.  ESI: struct boot_params.  */
	.text
	.globl	start
start:	cld
	movl	$stack_top - BASE, %esp
	/* The first 8 or 4 MiB, at 0 and at BASE.  */
	movl	$lowest - BASE, %edi
	movl	$0x063, %eax
#ifdef PAE
	movl	$1024, %ecx
1:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$8, %edi
#else
	movl	$1024, %ecx
1:	movl	%eax, (%edi)
	addl	$4, %edi
#endif
	addl	$0x1000, %eax
	loop	1b
#ifdef PAE
	movl	$lowest - BASE + 0x063, middle - BASE
	movl	$lowest - BASE + 0x1063, middle - BASE + 8
	movl	$middle - BASE + 1, top_table - BASE
	movl	$middle - BASE + 1, top_table - BASE + 24
	movl	$user_middle - BASE + 1, top_table - BASE + 8
#else
	movl	$lowest - BASE + 0x063, top_table - BASE
	movl	$lowest - BASE + 0x063, top_table - BASE + 768 * 4
#endif
	movl	%esi, boot_params - BASE
	movl	$LHCALL_LGUEST_INIT, %eax
	movl	$data - BASE, %ebx
	movl	$LGUEST_GUEST_VERSION, data - BASE + DATA_VERSION
	movl	$LEVELS, data - BASE + DATA_LEVELS
	movl	$BASE, data - BASE + DATA_KERNEL
	movl	$noirq_iret, data - BASE + DATA_IRET
	movl	$syscall_entry, data - BASE + DATA_DIRECT
	int	$LGUEST_TRAP_ENTRY_32
	movl	%eax, init_answer - BASE
	movl	$LHCALL_NEW_PGTABLE, %eax
	movl	$top_table - BASE, %ebx
	int	$LGUEST_TRAP_ENTRY_32
	movl	$3f, %eax
	jmp	*%eax
3:	movl	$stack_top, %esp
	call	guest_main
	ud2

	.globl	hypercall
hypercall:				/* (number, five arguments) */
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	16(%esp), %eax
	movl	20(%esp), %ebx
	movl	24(%esp), %ecx
	movl	28(%esp), %edx
	movl	32(%esp), %esi
	movl	36(%esp), %edi
	int	$LGUEST_TRAP_ENTRY_32
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

/* Traps and interrupts: the vector and all registers on the stack, then C.  */
	.set	vector, 0
	.balign 16
	.globl	stubs
stubs:	.rept	256
	.balign	16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
	pushl	$0
	.endif
	pushl	$vector
	jmp	trapped
	.set	vector, vector + 1
	.endr
	.balign 16
trapped:
	pushal
	movl	%ds, %ebx
	movl	%es, %esi
	movl	$LGUEST_KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%esp, %eax
	pushl	%eax
	call	trap_handle
	addl	$4, %esp
	movl	%ebx, %ds
	movl	%esi, %es
	popal
	addl	$8, %esp
	.globl	leave
leave:	testl	$0x200, 8(%esp)
	jz	1f
	movl	$0x200, %ss:data + LGUEST_DATA_IRQ_ENABLED
	cmpl	$0, %ss:data + LGUEST_DATA_IRQ_PENDING
	jne	2f
	jmp	noirq_iret
	.globl	iret_after_hypercall, noirq_iret
iret_after_hypercall:
	int	$LGUEST_TRAP_ENTRY_32
noirq_iret:
	iret
1:	iret
2:	pushl	%eax
	movl	$LHCALL_SEND_INTERRUPTS, %eax
	int	$LGUEST_TRAP_ENTRY_32
	popl	%eax
	jmp	noirq_iret

/* The trap gate of int 0x80: no Host between user and here.  */
	.globl	syscall_entry
syscall_entry:
	movl	$0, %ss:data + LGUEST_DATA_IRQ_ENABLED
	pushl	$0
	pushl	$0x180
	jmp	trapped

/* guard (body, argument): 1 if a trap ended it.  */
	.globl	guarded
guarded:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	20(%esp), %eax
	movl	24(%esp), %edx
	pushl	guard_esp
	movl	%esp, guard_esp
	pushl	%edx
	call	*%eax
	addl	$4, %esp
	xorl	%eax, %eax
guard_out:
	popl	guard_esp
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret
	.globl	guard_resume
guard_resume:
	movl	$LGUEST_KERNEL_DS, %eax			/* DS may be null */
	movl	%eax, %ds
	movl	%eax, %es
	movl	guard_esp, %esp
	movl	$1, %eax
	jmp	guard_out

/* user_enter (eip, esp, eflags): until a trap from the user.  */
	.globl	user_enter
user_enter:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	20(%esp), %eax
	movl	24(%esp), %ecx
	movl	28(%esp), %edx
	movl	%esp, user_kernel_esp
	pushl	$0x7b
	pushl	%ecx
	pushl	%edx
	pushl	$0x73
	pushl	%eax
	movl	$0x7b, %eax
	movl	%eax, %ds
	movl	%eax, %es
	xorl	%eax, %eax
	movl	%eax, %gs
	jmp	leave
	.globl	user_resume
user_resume:
	movl	$LGUEST_KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	user_kernel_esp, %esp
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

	.bss
	.balign 4096
	.globl	top_table, middle, lowest, data, stack_top, trap_stack_top
	.globl	user_middle, user_lowest
top_table: .skip 4096
middle:	.skip	4096
user_middle: .skip 4096
user_lowest: .skip 4096
lowest:	.skip	8192
data:	.skip	4096
	.skip	16384
stack_top:
	.skip	8192
trap_stack_top:
	.globl	guard_esp, user_kernel_esp, boot_params, init_answer
guard_esp: .skip 4
user_kernel_esp: .skip 4
boot_params: .skip 4
init_answer: .skip 4
