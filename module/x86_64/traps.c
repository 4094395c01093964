// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * traps.c - why the Guest stopped, and what to do about it, on x86_64.
 */
#include <linux/kvm_para.h>
#include <linux/sched.h>
#include <asm/fpu/api.h>
#include <asm/traps.h>

#include "../lg.h"
#include "../trace.h"

/*
 * The selector that Linux has for its kernel's code: what a frame shows when
 * the Guest's kernel was interrupted.
 */
#define GUEST_KERNEL_CS		0x10
#define GUEST_KERNEL_SS		0x18

/* Events in a row that struck the Guest's kernel without it getting anywhere. */
#define FAULT_STORM		100

static bool has_error_code(unsigned int vector)
{
	switch (vector) {
	case X86_TRAP_DF:
	case X86_TRAP_TS ... X86_TRAP_PF:
	case X86_TRAP_AC:
	case X86_TRAP_CP:
		return true;
	}
	return false;
}

/*H:210.x86_64 An event for the Guest
 *
 * When a real processor takes an exception it pushes five words on the
 * kernel's stack.  We write them into the pad instead, since who knows what
 * the Guest's stack pointer points to.  Its code copies them to a stack that
 * *it* believes in; if it is wrong there, that is a page fault of its own, and
 * we are not even surprised.
 */
/**
 * lg_arch_event - make the Guest's kernel handle @vector
 * @vcpu:	has a pad and entry points
 * @vector:	exception, or LGUEST_IRQ_VECTOR + line
 * @error_code:	as the Guest should see it, if the vector has one
 *
 * The frame goes to the pad (include/lguest/shared.h); registers stay.
 */
void lg_arch_event(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code)
{
	struct switcher_area *area = vcpu->arch.area;
	struct lguest_pad *pad = vcpu->pad;
	struct lguest_frame *frame = &pad->frame;
	bool user = lg_arch_user_mode(vcpu);
	u64 rflags = area->rflags & ~(u64)X86_EFLAGS_IF;

	if (user || pad->irq_enabled)
		rflags |= X86_EFLAGS_IF;
	frame->rip = area->rip;
	frame->rflags = rflags;
	frame->rsp = area->rsp;
	frame->error_code = has_error_code(vector) ? error_code : ~0ull;
	frame->vector = vector;
	if (user) {
		frame->cs = area->cs;
		frame->ss = area->ss;
		pad->user_gs_base = area->gs_base;
		area->gs_base = area->kernel_gs_base;
		area->mode = (area->mode & ~(u64)SWITCHER_MODE_USER) | SWITCHER_MODE_KERNEL;
		area->rip = vcpu->arch.event_entry_user;
	} else {
		frame->cs = GUEST_KERNEL_CS;
		frame->ss = GUEST_KERNEL_SS;
		area->rip = vcpu->arch.event_entry_kernel;
	}
	/* Be the kernel where it may, in code of 32 bits: its entries are not. */
	area->cs = __USER_CS;
	area->rflags = SWITCHER_RFLAGS_ALWAYS;
	pad->irq_enabled = 0;
}
/*:*/

/*
 * A trap of the Guest's own.  Its kernel hears of it, unless it obviously
 * cannot.
 */
static void reflect(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code)
{
	struct switcher_area *area = vcpu->arch.area;

	if (!vcpu->ready) {
		lg_kill(vcpu->lg, "trap %u (error code %#llx) at %#llx, address %#llx, before LHCALL_LGUEST_INIT",
			vector, error_code, area->rip, vcpu->arch.area->cr2);
		return;
	}
	if (!lg_arch_user_mode(vcpu) && ++vcpu->fault_storm > FAULT_STORM) {
		lg_kill(vcpu->lg, "the Guest's kernel cannot handle trap %u (error code %#llx) at %#llx, address %#llx",
			vector, error_code, area->rip, vcpu->arch.area->cr2);
		return;
	}
	lg_event(vcpu, vector, error_code);
}

static void page_fault(struct lg_vcpu *vcpu, struct lguest_exit *exit, int *next)
{
	struct switcher_area *area = vcpu->arch.area;
	struct lg_statistics *statistics = vcpu->statistics;
	u64 address = vcpu->arch.area->cr2, error_code = area->error_code, gpa = 0;
	enum pager_result result;

	/*
	 * The Host may itself be a virtual machine whose memory was swapped
	 * out: then this is no fault at all, but a message.
	 */
	if (vcpu->arch.async_fault & KVM_PV_REASON_PAGE_NOT_PRESENT) {
		local_irq_disable();
		kvm_async_pf_task_wait_schedule((u32)address);
		local_irq_enable();
		statistics->fault_retried++;
		return;
	}
	/*
	 * Protection keys are not the Guest's to use; what it loaded into
	 * PKRU was forgotten on the way here.
	 */
	if (error_code & X86_PF_PK) {
		statistics->fault_retried++;
		return;
	}
	result = pager_fault(vcpu, address, lg_arch_user_mode(vcpu), &error_code, &gpa);
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

/* What RDTSCP says besides the time: the Host's, as RDPID does. */
static u32 processor_id(void)
{
	u32 low, high, id;

	asm volatile("rdtscp" : "=a" (low), "=d" (high), "=c" (id));
	return id;
}

/*
 * A Guest whose TSC is its own (LGUEST_STATE_OWN_TSC) has a trap at each RDTSC
 * and RDTSCP.  Was it one?  Then it is done.
 */
static bool read_tsc(struct lg_vcpu *vcpu)
{
	struct switcher_area *area = vcpu->arch.area;
	unsigned int length = 2;
	u64 tsc;
	u8 insn[3];

	if (area->error_code || lg_read_virtual(vcpu, insn, area->rip, 2) || insn[0] != 0x0f)
		return false;
	if (insn[1] != 0x31) {		/* not RDTSC, so RDTSCP: it may cross pages */
		length = 3;
		if (insn[1] != 0x01 || !boot_cpu_has(X86_FEATURE_RDTSCP) ||
		    lg_read_virtual(vcpu, insn, area->rip, 3) ||
		    insn[0] != 0x0f || insn[1] != 0x01 || insn[2] != 0xf9)
			return false;
		area->regs[LGUEST_REG_RCX] = processor_id();
	}
	tsc = lg_clock_guest_tsc(vcpu->lg, rdtsc_ordered());
	area->regs[LGUEST_REG_RAX] = (u32)tsc;
	area->regs[LGUEST_REG_RDX] = tsc >> 32;
	area->rip += length;
	vcpu->fault_storm = 0;
	return true;
}

/*
 * in and out by the Guest's kernel are the Launcher's; all other protection
 * faults are the Guest's own.
 */
static void protection_fault(struct lg_vcpu *vcpu, struct lguest_exit *exit, int *next)
{
	struct switcher_area *area = vcpu->arch.area;
	u8 insn[2];
	unsigned int i = 0;

	if (unlikely(vcpu->lg->clock.own_tsc) && read_tsc(vcpu))
		return;
	if (!lg_arch_user_mode(vcpu) && !area->error_code &&
	    !lg_read_virtual(vcpu, insn, area->rip, sizeof(insn))) {
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
	reflect(vcpu, X86_TRAP_GP, area->error_code);
}

/* What the Launcher needs to decode an instruction. */
static void fill_exit(struct lg_vcpu *vcpu, struct lguest_exit *exit)
{
	struct switcher_area *area = vcpu->arch.area;
	unsigned int i, length = LGUEST_INSTRUCTION_SIZE;

	for (i = 0; i < LGUEST_REG_COUNT; i++)
		exit->registers[i] = lg_arch_get_register(vcpu, i);
	/* If the next page is not there, the instruction is not in it. */
	if (lg_read_virtual(vcpu, exit->instruction, area->rip, length)) {
		length = min_t(u64, length, PAGE_SIZE - offset_in_page(area->rip));
		if (lg_read_virtual(vcpu, exit->instruction, area->rip, length))
			length = 0;
	}
	exit->instruction_length = length;
}

/* The slow way from the Guest's user into its kernel by SYSCALL. */
static void system_call(struct lg_vcpu *vcpu)
{
	struct switcher_area *area = vcpu->arch.area;
	struct lguest_pad *pad = vcpu->pad;

	pad->frame.rip = area->rip;
	pad->frame.rflags = area->rflags;
	pad->user_gs_base = area->gs_base;
	pad->irq_enabled = 0;
	area->gs_base = area->kernel_gs_base;
	area->mode = (area->mode & ~(u64)SWITCHER_MODE_USER) | SWITCHER_MODE_KERNEL;
	area->rip = area->syscall_entry;
	area->rflags = SWITCHER_RFLAGS_ALWAYS;
}

/* The slow way from the Guest's kernel to its user. */
static void return_to_user(struct lg_vcpu *vcpu, bool all_registers)
{
	struct switcher_area *area = vcpu->arch.area;
	struct lguest_pad *pad = vcpu->pad;
	u64 rip, rflags, cs = __USER_CS;
	bool possible;

	if (!vcpu->ready) {
		lg_kill(vcpu->lg, "a return to user before LHCALL_LGUEST_INIT");
		return;
	}
	rip = READ_ONCE(pad->frame.rip);
	rflags = READ_ONCE(pad->frame.rflags);
	possible = !(rip >> 47);
	if (all_registers) {
		area->regs[LGUEST_REG_RCX] = READ_ONCE(pad->user_rcx);
		area->regs[LGUEST_REG_R11] = READ_ONCE(pad->user_r11);
		if (READ_ONCE(pad->frame.cs) == __USER32_CS)
			cs = __USER32_CS;
		else if (READ_ONCE(pad->frame.cs) != __USER_CS)
			possible = false;
		if (READ_ONCE(pad->frame.ss) != __USER_DS)
			possible = false;
	} else {
		area->regs[LGUEST_REG_RCX] = rip;
		area->regs[LGUEST_REG_R11] = rflags;
		rflags &= SWITCHER_RFLAGS_SYSRET;
	}
	area->mode = (area->mode & ~(u64)SWITCHER_MODE_KERNEL) | SWITCHER_MODE_USER;
	area->rflags = rflags;
	area->cs = cs;
	pad->irq_enabled = LGUEST_IRQ_ENABLED;
	vcpu->fault_storm = 0;
	area->rip = rip;
	/* A processor would refuse in the kernel; nobody would be wiser. */
	if (!possible)
		lg_event(vcpu, X86_TRAP_GP, 0);
}

/* INT n, n not for users: #GP as if the gate had refused, at the INT. */
static void refuse_software_interrupt(struct lg_vcpu *vcpu, unsigned int vector)
{
	vcpu->arch.area->rip -= 2;
	reflect(vcpu, X86_TRAP_GP, vector * 8 + 2);
}

/*H:200.x86_64 Why did it stop?
 *
 * There are about a dozen reasons, and here each is shown to its door.  A page
 * fault may be the shadow's business, a device's, or the Guest's own.  A
 * protection fault may be an IN that the Launcher has to play; all others,
 * divisions by zero and their like, go back to the Guest: its kernel asked to
 * be told.
 *
 * Interrupts do not come here.  They were the Host's, they had only struck
 * while a Guest was running, and the Host's own handler has been called as if
 * nothing had been.
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
	struct switcher_area *area = vcpu->arch.area;
	int next = LG_RUN;

	switch (area->vector) {
	case SWITCHER_EXIT_HYPERCALL:
		vcpu->fault_storm = 0;
		return lg_hypercall(vcpu, exit);
	case SWITCHER_EXIT_SYSCALL:
		system_call(vcpu);
		break;
	case SWITCHER_EXIT_SYSRET:
		return_to_user(vcpu, false);
		break;
	case SWITCHER_EXIT_IRET:
		return_to_user(vcpu, true);
		break;
	case SWITCHER_EXIT_SYSCALL32:
		area->rip -= 2;
		reflect(vcpu, X86_TRAP_UD, 0);
		break;
	case SWITCHER_EXIT_FAULT:
		lg_kill(vcpu->lg, "fault %llu (error code %#llx) in the Switcher at +%#llx",
			area->fault_vector, area->fault_error,
			area->fault_rip - lg_switcher_address());
		break;
	case X86_TRAP_PF:
		page_fault(vcpu, exit, &next);
		break;
	case X86_TRAP_GP:
		protection_fault(vcpu, exit, &next);
		break;
	case X86_TRAP_DB:
		if (vcpu->ready)
			vcpu->pad->dr6 = vcpu->arch.dr[6];
		reflect(vcpu, X86_TRAP_DB, 0);
		break;
	case X86_TRAP_NM:
		/* CR0.TS never is set: it is AMX, which no Guest has. */
		reflect(vcpu, X86_TRAP_UD, 0);
		break;
	case X86_TRAP_NMI:
	case X86_TRAP_MC:
		break;		/* were the Host's, and are done */
	case LGUEST_TRAP_ENTRY:
		if (!lg_arch_user_mode(vcpu))
			return lg_hypercall(vcpu, exit);
		refuse_software_interrupt(vcpu, LGUEST_TRAP_ENTRY);
		break;
	default:
		if (area->vector < FIRST_EXTERNAL_VECTOR)
			reflect(vcpu, area->vector, area->error_code);
		break;
	}
	if (next == LG_LEAVE)
		fill_exit(vcpu, exit);
	return next;
}
/*:*/
