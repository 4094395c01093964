// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * traps.c - why the Guest stopped, and what to do about it, on i386.
 */
#include <linux/kvm_para.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <asm/fpu/api.h>
#include <asm/traps.h>

#include "../shadow.h"
#include "../trace.h"

/* Events in a row that struck the Guest's kernel, each deeper in its stack. */
#define FAULT_STORM		100

/* Flags that a frame shows, and that an event clears. */
#define FRAME_EFLAGS	(SWITCHER_EFLAGS_GUEST | X86_EFLAGS_FIXED)
#define EVENT_CLEARS	(X86_EFLAGS_TF | X86_EFLAGS_NT | X86_EFLAGS_RF)

static bool has_error_code(unsigned int vector)
{
	switch (vector) {
	case X86_TRAP_DF:
	case X86_TRAP_TS ... X86_TRAP_PF:
	case X86_TRAP_AC:
		return true;
	}
	return false;
}

/*H:210.i386 Here the frame goes onto the Guest's stack, as a real processor would have
 * put it: by that a Guest's handlers are Linux's own, which read it there.  It
 * is a walk through the Guest's tables for each page, with the rights
 * that its kernel has, and a check that the page is its memory.  The interrupt
 * flag that is shown in it is the one in lguest_data, since the true one is always
 * on while a Guest runs.
 *
 * A stack that is not there is the end of the Guest.  A real machine
 * would have made a double fault of it, for the same reason: to whom could one
 * tell it? :*
 */
/*
 * Write @words to the Guest's stack below *@esp, as its kernel would: the last
 * one first.  0 or -EFAULT.
 */
static int push(struct lg_vcpu *vcpu, u32 ss, u32 *esp, const u32 *words, unsigned int count)
{
	u32 base = lg_segment_base(vcpu, ss);

	/* Page by page: mostly, all of them are in one. */
	while (count) {
		u64 error_code = X86_PF_WRITE;
		u32 last = base + *esp - sizeof(u32);
		unsigned int part = min_t(u32, count, offset_in_page(last) / sizeof(u32) + 1);
		u32 gva = last - (part - 1) * sizeof(u32);
		struct walk walk;

		*esp -= part * sizeof(u32);
		count -= part;
		/* A word may lie across two pages: no kernel's stack does that. */
		if ((last & 3) || lg_arch_switchers(last) ||
		    walk_guest(vcpu, gva, &error_code, &walk) != WALK_OK ||
		    !lg_memory_range(vcpu->lg, walk.gfn << PAGE_SHIFT, PAGE_SIZE) ||
		    copy_to_user(lg_memory_user(vcpu->lg, (walk.gfn << PAGE_SHIFT) +
							  offset_in_page(gva)),
				 &words[count], part * sizeof(u32)))
			return -EFAULT;
	}
	return 0;
}

/*
 * An interrupt strikes the kernel at its last IRET: that has been executed
 * already, as the Guest has turned interrupts on for it.  Here it is.  What is on
 * the stack is the Guest's word; flags are made harmless at entry.
 */
static bool finish_iret(struct lg_vcpu *vcpu)
{
	struct switcher_registers *regs = &vcpu->arch.regs;
	u32 at = lg_segment_base(vcpu, regs->ss) + regs->esp, frame[5];
	unsigned int words = 3;

	if (lg_read_virtual(vcpu, frame, at, 3 * sizeof(u32)))
		return false;
	if ((frame[1] & SEGMENT_RPL_MASK) == USER_RPL) {
		words = 5;
		if (lg_read_virtual(vcpu, frame, at, sizeof(frame)) ||
		    (frame[1] & SEGMENT_RPL_MASK) != USER_RPL ||
		    (frame[4] & SEGMENT_RPL_MASK) != USER_RPL)
			return false;
	}
	/* Rings 1 and 3 are all there is. */
	if (!(frame[1] & 1) || (frame[1] & 0xffff) >> 3 == LGUEST_GDT_CS)
		return false;
	regs->eip = frame[0];
	regs->cs = frame[1] & 0xffff;
	regs->eflags = frame[2];
	if (words == 5) {
		regs->esp = frame[3];
		regs->ss = frame[4] & 0xffff;
		lg_check_segments(vcpu);
	} else {
		regs->esp += 3 * sizeof(u32);
	}
	return true;
}

/**
 * lg_arch_event - make the Guest's kernel handle @vector
 * @vcpu:	is ready
 * @vector:	exception, or LGUEST_IRQ_VECTOR + line
 * @error_code:	as the Guest should see it, if the vector has one
 *
 * As a processor would do it, but that the interrupt flag is in memory.
 */
void lg_arch_event(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	struct switcher_registers *regs = &arch->regs;
	const gate_desc *gate = &arch->handlers[vector & 255];
	u32 frame[6], esp, ss, flags;
	unsigned int words = 0;
	bool user;

	if ((vector >= LGUEST_IRQ_VECTOR || vector == X86_TRAP_NMI) && vector != LGUEST_SYSCALL_VECTOR &&
	    arch->noirq_iret && !lg_arch_user_mode(vcpu) && regs->eip == arch->noirq_iret &&
	    !finish_iret(vcpu)) {
		lg_kill(vcpu->lg, "the Guest's kernel cannot return from %#x, stack %#x",
			regs->eip, regs->esp);
		return;
	}
	if (!gate->bits.p) {
		lg_kill(vcpu->lg, "the Guest has no handler for trap %u (error code %#llx) at %#x, address %#x",
			vector, error_code, regs->eip, arch->cr2);
		return;
	}
	user = lg_arch_user_mode(vcpu);
	flags = (regs->eflags & FRAME_EFLAGS & ~X86_EFLAGS_IF) | X86_EFLAGS_FIXED;
	if (user || READ_ONCE(vcpu->pad->irq_enabled))
		flags |= X86_EFLAGS_IF;
	if (has_error_code(vector))
		frame[words++] = error_code;
	frame[words++] = regs->eip;
	frame[words++] = regs->cs;
	frame[words++] = flags;
	if (user) {
		frame[words++] = regs->esp;
		frame[words++] = regs->ss;
		esp = arch->esp1;
		ss = arch->ss1;
	} else {
		esp = regs->esp;
		ss = regs->ss;
	}
	if (push(vcpu, ss, &esp, frame, words)) {
		lg_kill(vcpu->lg, "the Guest has no stack at %#x for trap %u (error code %#llx) at %#x, address %#x",
			esp, vector, error_code, regs->eip, arch->cr2);
		return;
	}
	regs->esp = esp;
	regs->ss = ss;
	regs->cs = LGUEST_KERNEL_CS;
	regs->eip = gate_offset(gate);
	regs->eflags &= ~EVENT_CLEARS;
	if (gate->bits.type == GATE_INTERRUPT)
		WRITE_ONCE(vcpu->pad->irq_enabled, 0);
}

/*
 * A trap of the Guest's own.  Its kernel hears of it, unless it obviously
 * cannot.
 */
static void reflect(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	if (!vcpu->ready) {
		lg_kill(vcpu->lg, "trap %u (error code %#llx) at %#x, address %#x, before LHCALL_LGUEST_INIT",
			vector, error_code, arch->regs.eip, arch->cr2);
		return;
	}
	if (lg_arch_user_mode(vcpu) || arch->regs.esp >= arch->storm_esp)
		vcpu->fault_storm = 0;
	arch->storm_esp = arch->regs.esp;
	if (++vcpu->fault_storm > FAULT_STORM) {
		lg_kill(vcpu->lg, "the Guest's kernel cannot handle trap %u (error code %#llx) at %#x, address %#x",
			vector, error_code, arch->regs.eip, arch->cr2);
		return;
	}
	lg_event(vcpu, vector, error_code);
}

static void page_fault(struct lg_vcpu *vcpu, struct lguest_exit *exit, int *next)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	struct lg_statistics *statistics = vcpu->statistics;
	u64 address = arch->cr2, error_code = arch->regs.error_code, gpa = 0;
	enum pager_result result;

	/*
	 * The Host may itself be a virtual machine whose memory was swapped
	 * out: then this is no fault at all, but a message.
	 */
	if (arch->async_fault & KVM_PV_REASON_PAGE_NOT_PRESENT) {
		local_irq_disable();
		kvm_async_pf_task_wait_schedule((u32)address);
		local_irq_enable();
		statistics->fault_retried++;
		return;
	}
	/*
	 * Who touched it is in the error code: the processor may have been on
	 * its way from the user to the kernel's stack.
	 */
	result = pager_fault(vcpu, address, error_code & X86_PF_USER, &error_code, &gpa);
	trace_lguest_page_fault(vcpu, address, error_code, result);
	switch (result) {
	case PAGER_FILLED:
		statistics->fault_filled++;
		vcpu->fault_storm = 0;
		break;
	case PAGER_SPURIOUS:
		statistics->fault_spurious++;
		vcpu->fault_storm = 0;
		break;
	case PAGER_GUEST_FAULT:
		statistics->fault_guest++;
		if (vcpu->ready)
			vcpu->pad->cr2 = address;
		reflect(vcpu, X86_TRAP_PF, error_code);
		break;
	case PAGER_MMIO:
		statistics->fault_mmio++;
		exit->reason = LGUEST_EXIT_MMIO;
		exit->address = gpa;
		exit->error_code = error_code;
		*next = LG_LEAVE;
		break;
	case PAGER_DEAD:
		statistics->fault_dead++;
		break;
	case PAGER_AGAIN:
		statistics->fault_retried++;
		break;
	}
}

static u64 instruction_address(struct lg_vcpu *vcpu)
{
	return (u32)(lg_segment_base(vcpu, vcpu->arch.regs.cs) + vcpu->arch.regs.eip);
}

/*
 * in and out by the Guest's kernel are the Launcher's; all other protection
 * faults are the Guest's own.
 */
static void protection_fault(struct lg_vcpu *vcpu, struct lguest_exit *exit, int *next)
{
	u8 insn[2];
	unsigned int i = 0;

	if (!lg_arch_user_mode(vcpu) && !vcpu->arch.regs.error_code &&
	    !lg_read_virtual(vcpu, insn, instruction_address(vcpu), sizeof(insn))) {
		if (insn[0] == 0x66)
			i = 1;
		switch (insn[i]) {
		case 0xe4 ... 0xe7:
		case 0xec ... 0xef:
			exit->reason = LGUEST_EXIT_IO;
			*next = LG_LEAVE;
			return;
		}
	}
	reflect(vcpu, X86_TRAP_GP, vcpu->arch.regs.error_code);
}

/* What the Launcher needs to decode an instruction. */
static void fill_exit(struct lg_vcpu *vcpu, struct lguest_exit *exit)
{
	unsigned int i, length = LGUEST_INSTRUCTION_SIZE;
	u64 address = instruction_address(vcpu);

	for (i = 0; i < LGUEST_REG_COUNT; i++)
		exit->registers[i] = lg_arch_get_register(vcpu, i);
	/* If the next page is not there, the instruction is not in it. */
	if (lg_read_virtual(vcpu, exit->instruction, address, length)) {
		length = min_t(u64, length, PAGE_SIZE - offset_in_page(address));
		if (lg_read_virtual(vcpu, exit->instruction, address, length))
			length = 0;
	}
	exit->instruction_length = length;
}

/*H:200.i386 Much as on x86_64, and the list is shorter by what does not come here:
 * system calls and some exceptions go from ring 3 to ring 1 without us (S:140).  A
 * page fault tells by its error code whether the user or the kernel made it.
 * Before a hypercall, those are done that the Guest has put into its ring
 * because they could wait (lg_do_ring()). :*
 */
/**
 * lg_arch_trap - handle whatever made lg_arch_enter() return
 * @vcpu:	loaded, interrupts on
 * @exit:	filled in when the answer is LG_LEAVE
 *
 * Returns enum lg_next.
 */
int lg_arch_trap(struct lg_vcpu *vcpu, struct lguest_exit *exit)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	int next = LG_RUN;

	switch (arch->vector) {
	case LGUEST_TRAP_ENTRY_32:	/* ring 3 cannot: the gate refuses */
		vcpu->fault_storm = 0;
		lg_do_ring(vcpu);
		return lg_hypercall(vcpu, exit);
	case SWITCHER_EXIT_FAULT:
		lg_kill(vcpu->lg, "the Guest cannot be entered at %#x (cs %#x, ss %#x): fault %u (error code %#x) in the Switcher at +%#lx",
			arch->regs.eip, arch->regs.cs, arch->regs.ss, arch->fault_vector,
			arch->fault_error, arch->fault_eip - lg_switcher_address());
		break;
	case X86_TRAP_PF:
		page_fault(vcpu, exit, &next);
		break;
	case X86_TRAP_GP:
		protection_fault(vcpu, exit, &next);
		break;
	case X86_TRAP_DB:
		if (vcpu->ready)
			vcpu->pad->dr6 = arch->dr6;
		reflect(vcpu, X86_TRAP_DB, 0);
		break;
	case X86_TRAP_NMI:
	case X86_TRAP_MC:
		break;		/* were the Host's, and are done */
	case LGUEST_SYSCALL_VECTOR:
		reflect(vcpu, LGUEST_SYSCALL_VECTOR, 0);
		break;
	default:
		if (arch->vector < FIRST_EXTERNAL_VECTOR)
			reflect(vcpu, arch->vector, arch->regs.error_code);
		break;
	}
	if (next == LG_LEAVE)
		fill_exit(vcpu, exit);
	return next;
}
