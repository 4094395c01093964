/* SPDX-License-Identifier: GPL-2.0 */
/*
 * entry_64.S - the ways into a Guest's kernel, and out of it.
 *
 * Natively the processor enters the kernel: it changes the stack, pushes a
 * frame, turns interrupts off.  A Guest's kernel runs at CPL 3 like its users,
 * so the Switcher (or the Host) enters it: by then the page table is the
 * kernel view, GS base is the kernel's, %gs:lguest_pad says that interrupts
 * are off, and pad.frame says where we come from.  RSP is still that of the
 * interrupted code.  include/lguest/shared.h has the whole of the agreement.
 *
 * From there on this file does what entry_64.S of the native kernel does,
 * and for the same reasons: struct pt_regs on the stack, registers cleared,
 * then C.
 */
#include <linux/errno.h>
#include <linux/linkage.h>

#include <asm/asm.h>
#include <asm/asm-offsets.h>
#include <asm/frame.h>
#include <asm/lguest.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/unwind_hints.h>

#include "../entry/calling.h"

/* A field of this cpu's pad. */
#define PAD(field)	PER_CPU_VAR(lguest_pad + LGUEST_PAD_##field)

/* As instructions encode it, for the exception table. */
#define EDI_NUMBER	7

/* From a call event's stack to its frame: see lguest_event_entry_kernel. */
#define KERNEL_EVENT_GAP	64

.code64
.section .noinstr.text, "ax"

/*
 * lguest_hypercall - ask the Host.
 *
 * RAX number, RDI, RSI, RDX, R10, R8 arguments; the answer is in RAX.  RCX and R11 are
 * lost to SYSCALL, and whoever calls us says so.
 */
SYM_FUNC_START(lguest_hypercall)
	UNWIND_HINT_SAVE
	syscall
	UNWIND_HINT_RESTORE
	RET
SYM_FUNC_END(lguest_hypercall)

/*G:230.x86_64 One instruction to turn them off
 *
 * CLI and POPF do nothing useful in ring 3 (CLI faults; POPF quietly leaves
 * the flag alone, which is worse).  So the flag is a word in the pad, and
 * these are the four operations on it.  Reading it is a load.  Turning it off
 * is a store.
 *
 * Turning it on is the only one that needs a thought.  While it was off, the
 * Host may have had an interrupt for us, and has put it down, with a note:
 * irq_pending.  So we first turn on, *then* look at the note, and ask for what
 * is waiting.  Try it in the other order in your head: look, (an interrupt
 * comes and finds us still off, and leaves a note), turn on.  Now the note
 * lies there, and nobody reads it until somebody turns interrupts on again.
 * That bug would show as a keyboard that answers a little late, on Tuesdays.
 */
/*
 * The interrupt flag.  popf and cli mean nothing at CPL 3: the real flag is
 * the Host's, ours is a word of the pad.  Each of these may change RAX only;
 * the alternatives in asm/paravirt.h put the first two in place of the call.
 */
SYM_FUNC_START(lguest_save_fl)
	movl	PAD(IRQ_ENABLED), %eax
	RET
SYM_FUNC_END(lguest_save_fl)

SYM_FUNC_START(lguest_irq_disable)
	movl	$0, PAD(IRQ_ENABLED)
	RET
SYM_FUNC_END(lguest_irq_disable)

/*
 * First enable, then look.  The other way round an interrupt that came in
 * between would wait for the next time anybody enables.
 */
SYM_FUNC_START(lguest_irq_enable)
	movl	$LGUEST_IRQ_ENABLED, PAD(IRQ_ENABLED)
	cmpl	$0, PAD(IRQ_PENDING)
	jne	1f
	RET
1:
	pushq	%rcx
	pushq	%r11
	movl	$LHCALL_SEND_INTERRUPTS, %eax
	call	lguest_hypercall
	popq	%r11
	popq	%rcx
	RET
SYM_FUNC_END(lguest_irq_enable)
/*:*/

SYM_FUNC_START(lguest_read_cr2)
	movq	PAD(CR2), %rax
	RET
SYM_FUNC_END(lguest_read_cr2)

/*
 * From here on it is all about the frame in the pad, GS bases, and stacks that are
 * not there yet.  An NMI would find none, and write over the frame, so the Host
 * keeps it back while RIP is between lguest_nmi_unsafe_start and _end.  (The C
 * functions that are called from here are elsewhere.)
 */
.section .entry.text, "ax"

/*
 * lguest_swap_gs_selector - load %gs with the selector in EDI.
 *
 * Return: the GS base that this gives, in RAX; the kernel's is as it was.
 *
 * If the selector is bad, the exception comes before the base has changed,
 * and the fixup loads a zero selector instead.  Interrupts must be off.
 */
SYM_FUNC_START(lguest_swap_gs_selector)
SYM_INNER_LABEL(lguest_nmi_unsafe_start, SYM_L_GLOBAL)
	rdgsbase %rdx
1:	movl	%edi, %gs
	rdgsbase %rax
	wrgsbase %rdx
	RET
	_ASM_EXTABLE_TYPE(1b, 1b, EX_TYPE_ZERO_REG | EX_DATA_REG(EDI_NUMBER))
SYM_FUNC_END(lguest_swap_gs_selector)

/*G:310.x86_64 Through the door: a system call
 *
 * A program has said SYSCALL, and the Switcher has brought it here.  What is
 * different from a native kernel's entry?  Very little, and on purpose.
 * Natively the first instruction is SWAPGS, which exchanges the program's %gs
 * for the kernel's; it is one instruction that only ring 0 may use and that
 * nobody can do without, as there is no stack yet to save anything on. The
 * Switcher has done it for us.  In the days of lguest64, Linux was given a
 * second symbol *behind* its SWAPGS, for Guests to enter at; you see its
 * grandchild.
 *
 * The stack pointer is still the program's.  We take the kernel's from behind
 * %gs, build a struct pt_regs, and call the same do_syscall_64() as everybody
 * else.
 */
/*
 * lguest_syscall_entry - a user executed SYSCALL.
 *
 * Its RIP and RFLAGS are in the pad; RCX and R11, which hold them natively,
 * were the Switcher's to use, so they are free for us.
 */
SYM_CODE_START(lguest_syscall_entry)
	UNWIND_HINT_EMPTY
	ANNOTATE_NOENDBR

	movq	%rsp, %rcx
	movq	PER_CPU_VAR(cpu_current_top_of_stack), %rsp

	pushq	$__USER_DS			/* pt_regs->ss */
	pushq	%rcx				/* pt_regs->sp */
	movq	PAD(FRAME_RFLAGS), %r11
	pushq	%r11				/* pt_regs->flags */
	pushq	$__USER_CS			/* pt_regs->cs */
	movq	PAD(FRAME_RIP), %rcx
	pushq	%rcx				/* pt_regs->ip */
	pushq	%rax				/* pt_regs->orig_ax */
	PUSH_AND_CLEAR_REGS rax=$-ENOSYS

	movq	%rsp, %rdi
	/* System call numbers are ints. */
	movslq	%eax, %rsi
	call	do_syscall_64			/* comes back with interrupts off */

	jmp	lguest_return_to_user
SYM_CODE_END(lguest_syscall_entry)
/*:*/

/*
 * lguest_event_entry_user - an exception or an interrupt struck a user.
 *
 * All registers are the user's, so the pad keeps RSP while we change stacks.
 */
SYM_CODE_START(lguest_event_entry_user)
	UNWIND_HINT_EMPTY
	ANNOTATE_NOENDBR
	cld

	movq	%rsp, PAD(SCRATCH)
	movq	PER_CPU_VAR(cpu_current_top_of_stack), %rsp

	pushq	$__USER_DS			/* pt_regs->ss */
	pushq	PAD(SCRATCH)			/* pt_regs->sp */
	pushq	PAD(FRAME_RFLAGS)		/* pt_regs->flags */
	pushq	PAD(FRAME_CS)			/* pt_regs->cs */
	pushq	PAD(FRAME_RIP)			/* pt_regs->ip */
	pushq	PAD(FRAME_ERROR)		/* pt_regs->orig_ax */
	PUSH_AND_CLEAR_REGS

	movq	%rsp, %rdi
	movq	PAD(FRAME_VECTOR), %rsi
	call	lguest_event_user		/* comes back with interrupts off */

	jmp	lguest_return_to_user
SYM_CODE_END(lguest_event_entry_user)

/*G:320.x86_64 And out again
 *
 * The way back to a program is the delicate one.  Bit by bit all registers
 * become the program's, until not one is left to hold a thought; natively,
 * SYSRET or IRET then do the last step in one go.  Ours is a SYSCALL, of all
 * instructions, at one of two addresses that the Host knows: by *where* it
 * comes from, the Switcher sees what it means.  (Any other SYSCALL of the
 * kernel is a hypercall.)
 *
 * Interrupts stay off until the Switcher has finished.  If they came on a
 * moment sooner, an interrupt could find us as a half-program, with its stack
 * and its %gs but in the kernel.  Every kernel developer has dreamt of that,
 * and not pleasantly.
 */
/*
 * lguest_return_to_user - leave the kernel with the pt_regs on the stack.
 *
 * Everybody who natively would go to swapgs_restore_regs_and_return_to_usermode
 * comes here.  Interrupts are off, and stay so until the Switcher has done
 * its part: were they on while GS base and RSP are the user's already, an
 * interrupt of this half-user would find no stack.  So it is the Switcher that
 * sets pad.irq_enabled, and looks at pad.irq_pending.
 *
 * There are two doors.  SYSRET's leaves RIP and RFLAGS in RCX and R11, which is
 * right after a system call that nothing has tampered with; everything else
 * takes IRET's.
 */
SYM_CODE_START(lguest_return_to_user)
	UNWIND_HINT_REGS

	movq	RIP(%rsp), %rcx
	movq	EFLAGS(%rsp), %r11
	movq	%rcx, PAD(FRAME_RIP)
	movq	%r11, PAD(FRAME_RFLAGS)

	cmpq	%rcx, RCX(%rsp)
	jne	.Liret_door
	cmpq	%r11, R11(%rsp)
	jne	.Liret_door
	cmpq	$__USER_CS, CS(%rsp)
	jne	.Liret_door
	testl	$(X86_EFLAGS_RF | X86_EFLAGS_TF), %r11d
	jnz	.Liret_door

	POP_REGS
	UNWIND_HINT_IRET_REGS offset=8
	movq	PAD(USER_GS_BASE), %rcx		/* the last use of our %gs */
	movq	(RSP-ORIG_RAX)(%rsp), %rsp
	UNWIND_HINT_EMPTY
	wrgsbase %rcx
	syscall
SYM_INNER_LABEL(lguest_sysret_rip, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	int3

.Liret_door:
	UNWIND_HINT_REGS
	movq	RCX(%rsp), %rcx
	movq	R11(%rsp), %r11
	movq	CS(%rsp), %rax
	movq	%rcx, PAD(USER_RCX)
	movq	%r11, PAD(USER_R11)
	movq	%rax, PAD(FRAME_CS)
	movq	SS(%rsp), %rax
	movq	%rax, PAD(FRAME_SS)

	POP_REGS
	UNWIND_HINT_IRET_REGS offset=8
	movq	PAD(USER_GS_BASE), %rcx
	movq	(RSP-ORIG_RAX)(%rsp), %rsp
	UNWIND_HINT_EMPTY
	wrgsbase %rcx
	syscall
SYM_INNER_LABEL(lguest_iret_rip, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	int3
SYM_CODE_END(lguest_return_to_user)
/*:*/

/*
 * lguest_event_entry_kernel - an exception or an interrupt struck the kernel.
 *
 * We stay on its stack, below a gap.  The gap is for what is written just
 * below the interrupted RSP before the frame is popped: the return address
 * of a call that int3 emulates (8 bytes), and the flags and RIP by which
 * lguest_return_to_kernel leaves (16 bytes below that).
 *
 * LEA rather than SUB out of habit only: the flags are in the pad already.
 */
SYM_CODE_START(lguest_event_entry_kernel)
	UNWIND_HINT_EMPTY
	ANNOTATE_NOENDBR
	cld

	movq	%rsp, PAD(SCRATCH)
	leaq	-KERNEL_EVENT_GAP(%rsp), %rsp
	andq	$~15, %rsp			/* as the processor aligns it */

	pushq	$__KERNEL_DS			/* pt_regs->ss */
	pushq	PAD(SCRATCH)			/* pt_regs->sp */
	pushq	PAD(FRAME_RFLAGS)		/* pt_regs->flags */
	pushq	$__KERNEL_CS			/* pt_regs->cs */
	pushq	PAD(FRAME_RIP)			/* pt_regs->ip */
	pushq	PAD(FRAME_ERROR)		/* pt_regs->orig_ax */
	PUSH_AND_CLEAR_REGS
	ENCODE_FRAME_POINTER

	movq	%rsp, %rdi
	movq	PAD(FRAME_VECTOR), %rsi
	call	lguest_event_kernel		/* comes back with interrupts off */

/*
 * The return to the kernel needs nobody's help: same privilege, same page
 * table, same GS base.  IRET could do it, but could not set our interrupt
 * flag (and QEMU's TCG gets IRET at CPL 3 wrong); popf and ret do as well.
 */
	UNWIND_HINT_REGS
	movq	RSP(%rsp), %rax
	movq	EFLAGS(%rsp), %rcx
	movq	RIP(%rsp), %rdx
	subq	$16, %rax
	movq	%rcx, (%rax)			/* for popf */
	movq	%rdx, 8(%rax)			/* for ret */
	movq	%rax, RSP(%rsp)

	testl	$X86_EFLAGS_IF, %ecx
	jz	1f
	/*
	 * Enable, then look, as in lguest_irq_enable.  An interrupt that comes
	 * from here on nests: it finds a good stack at every instruction.
	 */
	movl	$LGUEST_IRQ_ENABLED, PAD(IRQ_ENABLED)
	cmpl	$0, PAD(IRQ_PENDING)
	je	1f
	movl	$LHCALL_SEND_INTERRUPTS, %eax
	call	lguest_hypercall
1:
	POP_REGS
	UNWIND_HINT_IRET_REGS offset=8
	movq	(RSP-ORIG_RAX)(%rsp), %rsp
	UNWIND_HINT_EMPTY
	popfq
	RET
SYM_INNER_LABEL(lguest_nmi_unsafe_end, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	int3
SYM_CODE_END(lguest_event_entry_kernel)
