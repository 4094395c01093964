/* SPDX-License-Identifier: GPL-2.0 */
/*
 * entry_32.S - the interrupt flag of a Guest of 32 bits, and the ways past it.
 *
 * The processor (or the Host) enters the kernel at ring 1 as it enters a native
 * one at ring 0, so the native entry code serves.  What ring 1 cannot do is to
 * change the interrupt flag: CLI and STI fault, POPF and IRET leave it alone.  So
 * it is always on, and lguest_data.irq_enabled is the flag.
 */
#include <linux/linkage.h>

#include <asm/asm.h>
#include <asm/lguest.h>
#include <asm/processor-flags.h>

/* Our data is found by any flat segment; SS is one even where DS is the user's. */
#define DATA(field)	lguest_data + LGUEST_DATA_##field

	.section .noinstr.text, "ax"

/*
 * Each of these may change EAX only; the alternatives in asm/paravirt.h put
 * the first two in place of the call.
 */
SYM_FUNC_START(lguest_save_fl)
	movl	DATA(IRQ_ENABLED), %eax
	RET
SYM_FUNC_END(lguest_save_fl)

SYM_FUNC_START(lguest_irq_disable)
	movl	$0, DATA(IRQ_ENABLED)
	RET
SYM_FUNC_END(lguest_irq_disable)

/*G:230.i386 One instruction to turn them off
 *
 * Ring 1 may not touch the processor's interrupt flag, and that is good: the
 * Host wants its interrupts.  Ours is a word of memory.  To turn interrupts off
 * is to write 0 there, and the Host looks at it before it delivers one.
 *
 * To turn them on is to write, and then to look whether one is waiting.
 * The other way round, one that came in between would wait for the next time
 * anybody enables.
 */
SYM_FUNC_START(lguest_irq_enable)
	movl	$LGUEST_IRQ_ENABLED, DATA(IRQ_ENABLED)
	cmpl	$0, DATA(IRQ_PENDING)
	jne	1f
	RET
1:
	movl	$LHCALL_SEND_INTERRUPTS, %eax
	int	$LGUEST_TRAP_ENTRY_32
	RET
SYM_FUNC_END(lguest_irq_enable)
/*:*/

SYM_FUNC_START(lguest_read_cr2)
	movl	DATA(CR2), %eax
	RET
SYM_FUNC_END(lguest_read_cr2)

	.section .entry.text, "ax"

/*G:310.i386 Through the door: a system call
 *
 * lguest_int80 - a user's system call, by a trap gate.
 *
 * Three rings are enough to have this for nothing: the user, at ring 3, executes
 * INT 0x80, the processor finds our gate, and is in our kernel at ring 1.
 * The Host has put that gate into the table, and hears nothing of it.
 *
 * One thing is missing.  The processor itself comes here, and cannot clear our flag on the way as it
 * does with its own at Linux's interrupt gate.  The Host knows this instruction
 * (lguest_data.direct_entry) and lets no interrupt in before it.
 */
SYM_CODE_START(lguest_int80)
	movl	$0, %ss:DATA(IRQ_ENABLED)
	jmp	entry_INT80_32
SYM_CODE_END(lguest_int80)
/*:*/

/*G:320.i386 And out again
 *
 * lguest_iret - instead of IRET, whose flags may say "interrupts on".
 *
 * The data segment is that of where we go to.  Where interrupts stay off they are
 * so already.  Where they go on, the Host sees to it that none strikes at the
 * IRET itself, but behind it (lguest_data.noirq_iret).
 *
 * First enable, then look.  If one is waiting, then it shall not be for the
 * Host to deliver here: the kernel has decided already that there is nothing to
 * do before the user runs, and the interrupt might change that.  So it is as if
 * it had struck where we go to.
 */
SYM_CODE_START(lguest_iret)
	testl	$X86_EFLAGS_IF, 8(%esp)
	jz	lguest_noirq_iret
	movl	$LGUEST_IRQ_ENABLED, %ss:DATA(IRQ_ENABLED)
	cmpl	$0, %ss:DATA(IRQ_PENDING)
	jne	.Lpending
SYM_INNER_LABEL(lguest_noirq_iret, SYM_L_GLOBAL)
	iret

.Lpending:
	movl	$0, %ss:DATA(IRQ_ENABLED)
	jmp	lguest_iret_pending

/* The IRET was bad: as natively, but there interrupts are still off. */
.Lbad_iret:
	movl	$0, %ss:DATA(IRQ_ENABLED)
	jmp	lguest_iret_error

	_ASM_EXTABLE(lguest_noirq_iret, .Lbad_iret)
SYM_CODE_END(lguest_iret)
/*:*/
