// SPDX-License-Identifier: GPL-2.0
/*
 * events.c - which exception goes to which handler.
 *
 * Natively the interrupt descriptor table decides.  The processor's is the
 * Host's, so we have a switch instead.  It gives each event to the function
 * that the native kernel's entry code calls as well.
 */
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>

#include <asm/desc.h>
#include <asm/extable.h>
#include <asm/idtentry.h>
#include <asm/trap_pf.h>
#include <asm/traps.h>
#include <asm/trapnr.h>

#include "lguest.h"

/*
 * Early in boot the handlers cannot run yet: they want current, irqentry and
 * more.  Linux fills in its descriptor table when they can; we watch it
 * do so (lguest_write_idt_entry() in cpu.c) and remember which it has set.
 */
unsigned long lguest_handler_ready __ro_after_init;

/* Declared nowhere: only the native entry code calls them. */
void noist_exc_debug(struct pt_regs *regs);

/* An exception for which pt_regs.orig_ax says -1 after its handler has got
   the error code: that is how Linux knows that it was no system call. */
static __always_inline unsigned long lguest_take_error(struct pt_regs *regs)
{
	unsigned long error_code = regs->orig_ax;

	regs->orig_ax = -1;
	return error_code;
}

/*G:300 A table that is a switch
 *
 * The interrupt descriptor table, IDT, tells the processor which code to call
 * for which of 256 reasons.  There is one register that says where the table
 * is, and it is the Host's.  The old lguest copied each entry of the Guest's
 * table to the Host, with a hypercall for each, and the Host checked and
 * merged them.
 *
 * Now a Guest has two doors, one for what strikes its programs and one for
 * what strikes the kernel itself, and the number of the reason comes with it.
 * From there it is a matter for C:
 * a switch, in lguest_exception() for the most part.  It calls the very functions that
 * the native kernel's entries call, so nothing behind this point can tell the
 * difference.
 *
 * Linux still fills in its own table, out of habit.  We watch it do so
 * (lguest_write_idt_entry() in cpu.c) and learn one thing from it: from which
 * moment on a handler is ready.
 */
/* Everything but page faults, which are too frequent to wait for it. */
static noinstr void lguest_exception(struct pt_regs *regs, unsigned long vector)
{
	unsigned long error_code = lguest_take_error(regs);

	switch (vector) {
	case X86_TRAP_DE:
		return exc_divide_error(regs);
	case X86_TRAP_DB:
		/* Natively #DB of the kernel has a stack of its own. */
		if (user_mode(regs))
			return noist_exc_debug(regs);
		return exc_debug(regs);
	case X86_TRAP_NMI:
		exc_nmi(regs);
		/* The next may come: our stack, not the frame, is in use. */
		__this_cpu_write(lguest_pad.nmi_blocked, 0);
		return;
	case X86_TRAP_BP:
		return exc_int3(regs);
	case X86_TRAP_OF:
		return exc_overflow(regs);
	case X86_TRAP_BR:
		return exc_bounds(regs);
	case X86_TRAP_UD:
		return exc_invalid_op(regs);
	case X86_TRAP_NM:
		return exc_device_not_available(regs);
	case X86_TRAP_DF:
		exc_double_fault(regs, error_code);
		return;
	case X86_TRAP_OLD_MF:
		return exc_coproc_segment_overrun(regs);
	case X86_TRAP_TS:
		return exc_invalid_tss(regs, error_code);
	case X86_TRAP_NP:
		return exc_segment_not_present(regs, error_code);
	case X86_TRAP_SS:
		return exc_stack_segment(regs, error_code);
	case X86_TRAP_GP:
		return exc_general_protection(regs, error_code);
	case X86_TRAP_MF:
		return exc_coprocessor_error(regs);
	case X86_TRAP_AC:
		return exc_alignment_check(regs, error_code);
	case X86_TRAP_XF:
		return exc_simd_coprocessor_error(regs);
	default:
		return exc_spurious_interrupt_bug(regs);
	}
}

/* An interrupt of one of the Host's lines. */
static __always_inline void lguest_interrupt(struct pt_regs *regs,
					     unsigned long vector)
{
	unsigned long line = vector - LGUEST_IRQ_VECTOR;

	switch (line) {
	case LGUEST_LINE_TIMER:
		return lguest_sysvec_timer(regs);
	case LGUEST_LINE_RESCHEDULE:
		return sysvec_reschedule_ipi(regs);
	case LGUEST_LINE_CALL_FUNCTION:
		return sysvec_call_function(regs);
	case LGUEST_LINE_CALL_SINGLE:
		return sysvec_call_function_single(regs);
	case LGUEST_LINE_IRQ_WORK:
		return sysvec_irq_work(regs);
	case LGUEST_LINE_STOP:
		return lguest_sysvec_stop(regs);
	default:
		return lguest_device_interrupt(regs, line);
	}
}
/*:*/

/**
 * lguest_event_user - a user was interrupted
 * @regs: what it was doing; orig_ax is the error code
 * @vector: exception, or LGUEST_IRQ_VECTOR + interrupt line
 */
asmlinkage __visible noinstr void lguest_event_user(struct pt_regs *regs,
						    unsigned long vector)
{
	if (likely(vector == X86_TRAP_PF))
		exc_page_fault(regs, lguest_take_error(regs));
	else if (vector >= LGUEST_IRQ_VECTOR)
		lguest_interrupt(regs, vector);
	else
		lguest_exception(regs, vector);
}

/*
 * Too early for a handler.  Either the instruction has a fixup, or it was a
 * warning, or it is the end.  No console is there to say so, and printk() has
 * not got one either: so the words go to the Launcher directly.
 */
static noinline void lguest_early_exception(struct pt_regs *regs, int vector)
{
	static char text[512];

	if (fixup_exception(regs, vector, regs->orig_ax, 0))
		return;
	if (vector == X86_TRAP_UD &&
	    report_bug(regs->ip, regs) == BUG_TRAP_TYPE_WARN) {
		regs->ip += LEN_UD2;
		return;
	}

	lguest_print(text, scnprintf(text, sizeof(text),
		"early exception %d error %lx cr2 %llx\n"
		"RIP %016lx %pS RSP %016lx FLAGS %lx\n"
		"RAX %016lx RBX %016lx RCX %016lx RDX %016lx\n"
		"RSI %016lx RDI %016lx RBP %016lx R8  %016lx\n"
		"R12 %016lx R13 %016lx R14 %016lx R15 %016lx\n",
		vector, regs->orig_ax, this_cpu_read(lguest_pad.cr2),
		regs->ip, (void *)regs->ip, regs->sp, regs->flags,
		regs->ax, regs->bx, regs->cx, regs->dx,
		regs->si, regs->di, regs->bp, regs->r8,
		regs->r12, regs->r13, regs->r14, regs->r15));
	snprintf(text, sizeof(text), "early exception %d at %pS", vector,
		 (void *)regs->ip);
	lguest_shutdown(LGUEST_SHUTDOWN_CRASH, text);
}

/**
 * lguest_event_kernel - the kernel was interrupted
 * @regs: what it was doing; orig_ax is the error code
 * @vector: exception, or LGUEST_IRQ_VECTOR + interrupt line
 */
asmlinkage __visible noinstr void lguest_event_kernel(struct pt_regs *regs,
						      unsigned long vector)
{
	if (vector >= LGUEST_IRQ_VECTOR) {
		lguest_interrupt(regs, vector);
		return;
	}

	if (unlikely(!(lguest_handler_ready & BIT(vector)))) {
		instrumentation_begin();
		lguest_early_exception(regs, vector);
		instrumentation_end();
		return;
	}

	if (likely(vector == X86_TRAP_PF)) {
		/*
		 * The processor saw CPL 3 and said "user".  Handlers take that
		 * for a fault which the user may answer for.
		 */
		exc_page_fault(regs, lguest_take_error(regs) & ~X86_PF_USER);
	} else {
		lguest_exception(regs, vector);
	}
}
