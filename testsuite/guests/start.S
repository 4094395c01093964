/* start.S - the first and the lowest instructions of a hostile guest.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define __ASSEMBLY__
#include <lguest/hypercall.h>
#include <lguest/shared.h>

	.section .note.lguest, "a", @note
	.balign 4
	.long	7, 24, LGUEST_NOTE_ENTRY
	.asciz	LGUEST_NOTE_NAME
	.balign 4
	.quad	LGUEST_GUEST_VERSION, start, top_table - 0xffffffff80000000

	.text
	.globl	start
start:	cld
	lea	stack_top(%rip), %rsp
	lea	pad(%rip), %rax
	wrgsbase %rax
	mov	%rsi, %rdi
	call	guest_main
	ud2

	.globl	hypercall
hypercall:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	xor	%r10d, %r10d
	xor	%r8d, %r8d
	syscall
	ret

	.globl	hypercall5
hypercall5:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	syscall
	ret

/* Another vcpu begins here; RSI is its struct cpu.  */
	.globl	secondary_start
secondary_start:
	cld
	mov	8(%rsi), %rsp
	mov	(%rsi), %rax
	wrgsbase %rax
	mov	%rsi, %rdi
	call	secondary_main
	ud2

	.globl	hypercall_by_trap
hypercall_by_trap:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	int	$LGUEST_TRAP_ENTRY
	ret

/* Whoever is stopped by an event (or a system call) goes on after this.  */
	.macro	PUSH_SAVED
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	.endm
	.macro	POP_SAVED
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	.endm

	.globl	guarded
guarded:
	PUSH_SAVED
	mov	%rsp, guard_rsp(%rip)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	sub	$8, %rsp
	call	*%rax
	add	$8, %rsp
	xor	%eax, %eax
	movq	$0, guard_rsp(%rip)
	POP_SAVED
	ret

/* The event is the guarded code's.  */
guard_resume:
	mov	guard_rsp(%rip), %rsp
	movq	$0, guard_rsp(%rip)
	pushq	$2
	popfq
	mov	$1, %eax
	POP_SAVED
	ret

	.macro	LOAD_USER_REGISTERS
	mov	user_gs(%rip), %rax
	wrgsbase %rax
	lea	user_regs(%rip), %rax
	mov	16(%rax), %rdx
	mov	24(%rax), %rbx
	mov	40(%rax), %rbp
	mov	48(%rax), %rsi
	mov	56(%rax), %rdi
	mov	64(%rax), %r8
	mov	72(%rax), %r9
	mov	80(%rax), %r10
	mov	96(%rax), %r12
	mov	104(%rax), %r13
	mov	112(%rax), %r14
	mov	120(%rax), %r15
	mov	32(%rax), %rsp
	mov	(%rax), %rax
	.endm

/* user_enter (IRET): does not return before the user does.  */
	.globl	user_enter
user_enter:
	PUSH_SAVED
	mov	%rsp, guard_rsp(%rip)
	test	%edi, %edi
	jnz	1f
	LOAD_USER_REGISTERS
	syscall
	.globl	after_sysret
after_sysret:
	ud2
1:	LOAD_USER_REGISTERS
	syscall
	.globl	after_iret
after_iret:
	ud2

/* Events: nothing can be relied on here, RSP least of all.  */
	.macro	SAVE_REGISTERS
	mov	%rax, trap+0(%rip)
	mov	%rcx, trap+8(%rip)
	mov	%rdx, trap+16(%rip)
	mov	%rbx, trap+24(%rip)
	mov	%rsp, trap+32(%rip)
	mov	%rbp, trap+40(%rip)
	mov	%rsi, trap+48(%rip)
	mov	%rdi, trap+56(%rip)
	mov	%r8, trap+64(%rip)
	mov	%r9, trap+72(%rip)
	mov	%r10, trap+80(%rip)
	mov	%r11, trap+88(%rip)
	mov	%r12, trap+96(%rip)
	mov	%r13, trap+104(%rip)
	mov	%r14, trap+112(%rip)
	mov	%r15, trap+120(%rip)
	lea	event_stack_top(%rip), %rsp
	.endm

	.globl	event_from_kernel
event_from_kernel:
	SAVE_REGISTERS
	xor	%edi, %edi
	jmp	event

	.globl	event_from_user
event_from_user:
	SAVE_REGISTERS
	mov	$1, %edi
	jmp	event

	.globl	syscall_entry
syscall_entry:
	SAVE_REGISTERS
	mov	$2, %edi

event:	call	event_handle		/* 1: stop it; 0: go on with it */
	test	%eax, %eax
	jnz	guard_resume
	/* Back into the kernel; events are off till the last moment.  */
	mov	trap+32(%rip), %rsp
	pushq	trap+128(%rip)		/* rip */
	pushq	trap+144(%rip)		/* rflags */
	mov	trap+0(%rip), %rax
	mov	trap+8(%rip), %rcx
	mov	trap+16(%rip), %rdx
	mov	trap+24(%rip), %rbx
	mov	trap+40(%rip), %rbp
	mov	trap+48(%rip), %rsi
	mov	trap+56(%rip), %rdi
	mov	trap+64(%rip), %r8
	mov	trap+72(%rip), %r9
	mov	trap+80(%rip), %r10
	mov	trap+88(%rip), %r11
	mov	trap+96(%rip), %r12
	mov	trap+104(%rip), %r13
	mov	trap+112(%rip), %r14
	mov	trap+120(%rip), %r15
	movq	$LGUEST_IRQ_ENABLED, pad(%rip)
	popfq
	ret

/* Bodies that touch one address.  */
	.globl	read_at, write_at, jump_to
read_at:
	mov	(%rdi), %rax
	mov	%rax, read_value(%rip)
	ret
write_at:
	movb	$0x5a, (%rdi)
	ret
jump_to:
	jmp	*%rdi

	.bss
	.balign 4096
	.globl	pad
pad:	.skip	4096
stack:	.skip	32768
stack_top:
	.skip	16384
event_stack_top:
	.balign 16
	.globl	trap, read_value, guard_rsp, user_gs, user_regs
trap:	.skip	256
read_value:
	.skip	8
guard_rsp:
	.skip	8
user_gs: .skip	8
user_regs:
	.skip	128

	/* 32 MiB at the kernel's place and at LINEAR_BASE; users at
	   USER_CODE.  */
	.data
	.balign 4096
	.globl	top_table, kernel_upper, kernel_middle, linear_upper
top_table:
	.quad	user_upper - 0xffffffff80000000 + 0x67
	.fill	272, 8, 0
	.quad	linear_upper - 0xffffffff80000000 + 0x63
	.fill	237, 8, 0
	.quad	kernel_upper - 0xffffffff80000000 + 0x63
kernel_upper:
	.fill	510, 8, 0
	.quad	kernel_middle - 0xffffffff80000000 + 0x63
	.quad	0
linear_upper:
	.quad	kernel_middle - 0xffffffff80000000 + 0x63
	.fill	511, 8, 0
kernel_middle:
	.set	n, 0
	.rept	16
	.quad	n * 0x200000 + 0xe3
	.set	n, n + 1
	.endr
	.fill	496, 8, 0
	.globl	user_upper, user_middle, user_lowest
user_upper:
	.quad	user_middle - 0xffffffff80000000 + 0x67
	.fill	511, 8, 0
user_middle:
	.fill	2, 8, 0
	.quad	user_lowest - 0xffffffff80000000 + 0x67
	.fill	509, 8, 0
user_lowest:
	.set	n, 0
	.rept	16
	.quad	user_pages - 0xffffffff80000000 + n * 4096 + 0x67
	.set	n, n + 1
	.endr
	.fill	496, 8, 0

	.section .note.GNU-stack, "", @progbits
