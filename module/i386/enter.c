// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * enter.c - into the Switcher and back, on i386.
 */
#include <linux/kvm_host.h>	/* guest_timing_*, guest_state_* */
#include <linux/hardirq.h>
#include <linux/hw_breakpoint.h>
#include <linux/kvm_para.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/mce.h>
#include <asm/nospec-branch.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>

#include "../count.h"
#include "../lg.h"
#include "../trace.h"

/**
 * struct cpu_owner - whose tables are in the pages of a cpu
 * @id:		of the vcpu; see struct lg_arch_vcpu
 * @gdt_changes, @idt_changes: as of when they were copied
 */
struct cpu_owner {
	u64 id;
	u64 gdt_changes, idt_changes;
};
static DEFINE_PER_CPU(struct cpu_owner, owners);

static atomic64_t next_id = ATOMIC64_INIT(0);

static struct switcher_descriptor table(const void *base, u16 limit)
{
	return (struct switcher_descriptor){ .limit = limit, .base = (u32)base };
}

/* A cpu that another vcpu ran on last, or none. */
static void take_cpu(struct lg_vcpu *vcpu, struct switcher_tables *tables, int cpu)
{
	struct switcher_notes *notes = lg_switcher_notes(tables);
	struct switcher_stack *stack = lg_switcher_stack(tables);

	/* What the last one has left there is none of this one's business. */
	memset(stack, 0, sizeof(*stack));
	memset(tables, 0, sizeof(*tables));
	tables->tss.sp0 = (u32)(stack + 1);
	tables->tss.ss0 = SWITCHER_DS;
	/* No map of I/O ports: it would begin behind the end. */
	tables->tss.io_bitmap_base = sizeof(tables->tss);
	notes->host_nmi = lg_switcher_host_handler(X86_TRAP_NMI);
	notes->host_mce = lg_switcher_host_handler(X86_TRAP_MC);
	notes->host_idt = table((void *)lg_host_idt.address, lg_host_idt.size);
	notes->host_gdt = table(get_cpu_gdt_ro(cpu), GDT_SIZE - 1);
	notes->guest_idt = table(tables->idt, sizeof(tables->idt) - 1);
	notes->guest_gdt = table(tables->gdt, sizeof(tables->gdt) - 1);
	tables->verw = lg_verw_needed() ? SWITCHER_DS : 0;
}

/* All that the Switcher will find in the cpu's pages. */
static void fill_tables(struct lg_vcpu *vcpu, struct switcher_tables *tables, int cpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	struct switcher_notes *notes = lg_switcher_notes(tables);
	struct cpu_owner *owner = this_cpu_ptr(&owners);
	bool all = owner->id != arch->id;

	if (all) {
		take_cpu(vcpu, tables, cpu);
		owner->id = arch->id;
	}
	if (all || owner->idt_changes != arch->idt_changes) {
		memcpy(tables->idt, arch->idt, sizeof(tables->idt));
		owner->idt_changes = arch->idt_changes;
	}
	if (all || owner->gdt_changes != arch->gdt_changes) {
		memcpy(tables->gdt, arch->gdt, sizeof(tables->gdt));
		owner->gdt_changes = arch->gdt_changes;
	}
	/* LTR wants a TSS that is not busy, and makes it so. */
	set_tssldt_descriptor(&tables->gdt[SWITCHER_TSS >> 3], (unsigned long)&tables->tss,
			      DESC_TSS, sizeof(tables->tss) - 1);
	tables->tss.ss1 = arch->ss1;
	tables->tss.sp1 = arch->esp1;
	tables->host_cr3 = __native_read_cr3();
	notes->guest_cr3 = __pa(vcpu->root->top[0]);
	lg_switcher_stack(tables)->regs = arch->regs;
}

static void write_cr4(unsigned long value)
{
	asm volatile("mov %0, %%cr4" : : "r" (value) : "memory");
}

/* The task register still is the Guest's: the Switcher leaves it to us. */
static void restore_task_register(int cpu)
{
	get_cpu_gdt_rw(cpu)[GDT_ENTRY_TSS].type = DESC_TSS;	/* not busy */
	asm volatile("ltr %w0" : : "q" (GDT_ENTRY_TSS * 8));
}

/* A machine check that stopped a Guest, told as if it had struck a process. */
static void replay_machine_check(void)
{
#ifdef CONFIG_X86_MCE
	struct pt_regs regs = { .cs = 3, .flags = X86_EFLAGS_IF };

	do_machine_check(&regs);
#endif
}

/*H:900.i386 The last steps are the same, and what a processor's three pages need is
 * copied into them before: registers, the stack of ring 1, the page table to load.  Segments
 * and gates only if they changed, or if another vcpu was here since
 * (fill_tables()): the counters are what the "changed" flags of the first lguest
 * were.  Afterwards the task register has to be given back, which the Switcher
 * leaves to us, and interrupts and NMIs get their due.
 *
 * Then it is time for the far call: say make Switcher :*
 */
/**
 * lg_arch_enter - run the Guest until something happens
 * @vcpu: loaded; everything about to happen to it has happened
 *
 * Called with interrupts off, returns with them on and with the
 * Host's part of the event done (an interrupt, an NMI, a machine check).
 * arch.vector says what it was.
 */
void lg_arch_enter(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	unsigned long enter = lg_switcher_address() + switcher_enter_offset;
	int cpu = smp_processor_id();
	struct switcher_tables *tables = lg_switcher_choose_cpu(vcpu, cpu);
	const struct switcher_notes *notes = lg_switcher_notes(tables);
	bool debug = hw_breakpoint_active();
	unsigned long cr4 = native_read_cr4();
	u64 entered;

	guest_timing_enter_irqoff();
	WRITE_ONCE(vcpu->tlb_gen, atomic64_read(&vcpu->lg->pager.tlb_gen));
	arch->regs.eflags = (arch->regs.eflags & SWITCHER_EFLAGS_GUEST) | SWITCHER_EFLAGS_ALWAYS;
	fill_tables(vcpu, tables, cpu);
	/* The Host's breakpoints are addresses that mean something else there. */
	if (unlikely(debug))
		set_debugreg(0, 7);
	if (test_thread_flag(TIF_NEED_FPU_LOAD))
		switch_fpu_return();

	trace_lguest_entry(vcpu);
	guest_state_enter_irqoff();
	entered = lg_count_entry(vcpu, arch->vector);
	/*
	 * SMAP would keep the Guest's kernel, at ring 1, from its user's pages.
	 * (The Host's kernel does not let us do this by its own functions.)
	 */
	if (cr4 & X86_CR4_SMAP)
		write_cr4(cr4 & ~X86_CR4_SMAP);
	lg_run_switcher(enter, tables);
	if (cr4 & X86_CR4_SMAP)
		write_cr4(cr4);
	arch->vector = notes->vector;
	/* No IRET came between, so the next NMI waits until this one is over. */
	if (arch->vector == X86_TRAP_NMI)
		lg_replay_interrupt(notes->host_nmi);
	restore_task_register(cpu);
	arch->cr2 = notes->cr2;
	if (unlikely(arch->vector == SWITCHER_EXIT_FAULT)) {
		arch->fault_vector = notes->fault_vector;
		arch->fault_error = notes->fault_error;
		arch->fault_eip = notes->fault_eip;
	} else {
		arch->regs = lg_switcher_stack(tables)->regs;
	}
	lg_count_exit(vcpu, arch->vector, entered);
	guest_state_exit_irqoff();
	trace_lguest_exit(vcpu);

	WRITE_ONCE(vcpu->where, LG_IN_HOST);
	/* Before another fault of this processor's could take the message. */
	arch->async_fault = 0;
	if (arch->vector == X86_TRAP_PF && IS_ENABLED(CONFIG_KVM_GUEST))
		arch->async_fault = kvm_read_and_reset_apf_flags();
	if (arch->vector == X86_TRAP_NM && boot_cpu_has(X86_FEATURE_XFD))
		wrmsrl(MSR_IA32_XFD_ERR, 0);
	if (arch->vector == X86_TRAP_DB) {
		unsigned long dr6;

		get_debugreg(dr6, 6);
		arch->dr6 = dr6;
		set_debugreg(DR6_RESERVED, 6);
	}
	if (unlikely(debug))
		hw_breakpoint_restore();
	if (arch->vector == X86_TRAP_MC)
		replay_machine_check();
	else if (arch->vector >= FIRST_EXTERNAL_VECTOR && arch->vector < NR_VECTORS &&
		 arch->vector != LGUEST_SYSCALL_VECTOR)
		lg_replay_interrupt(lg_switcher_host_handler(arch->vector));
	guest_timing_exit_irqoff();
	local_irq_enable();
}

/**
 * lg_arch_vcpu_init - what a vcpu has for as long as its Guest does
 * @vcpu:	its run_lock is held
 *
 * Returns 0 or -ENOMEM.
 */
int lg_arch_vcpu_init(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	int err = lg_switcher_vcpu_init(vcpu);

	if (err)
		return err;
	if (!fpu_alloc_guest_fpstate(&arch->fpu)) {
		lg_switcher_vcpu_exit(vcpu);
		return -ENOMEM;
	}
	arch->fpu_live = true;
	arch->id = atomic64_inc_return(&next_id);
	return 0;
}

/**
 * lg_arch_vcpu_reset - as it is at the start
 * @vcpu:	not running, or the caller's own
 * @entry:	address
 * @argument:	for ESI; all other registers are zero
 */
void lg_arch_vcpu_reset(struct lg_vcpu *vcpu, u64 entry, u64 argument)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	lg_segments_reset(vcpu);
	arch->regs = (struct switcher_registers) {
		.esi = argument,
		.eip = entry,
		.cs = LGUEST_KERNEL_CS,
		.ds = LGUEST_KERNEL_DS,
		.es = LGUEST_KERNEL_DS,
		.ss = LGUEST_KERNEL_DS,
		.eflags = SWITCHER_EFLAGS_ALWAYS,
	};
	arch->ss1 = LGUEST_KERNEL_DS;
	arch->esp1 = 0;
	arch->noirq_iret = 0;
	arch->direct_entry = 0;
	arch->hcall_next = 0;
	arch->dr6 = 0;
}

/** lg_arch_vcpu_exit - free what lg_arch_vcpu_init() allocated */
void lg_arch_vcpu_exit(struct lg_vcpu *vcpu)
{
	if (vcpu->arch.fpu_live)
		fpu_free_guest_fpstate(&vcpu->arch.fpu);
	vcpu->arch.fpu_live = false;
	lg_switcher_vcpu_exit(vcpu);
}

/** lg_arch_kick_cpu - make whatever Guest runs on @cpu exit */
void lg_arch_kick_cpu(int cpu)
{
	smp_send_reschedule(cpu);
}

/** lg_arch_user_mode - does the Guest run its user? */
bool lg_arch_user_mode(struct lg_vcpu *vcpu)
{
	return (vcpu->arch.regs.cs & SEGMENT_RPL_MASK) == USER_RPL;
}

/** lg_arch_takes_interrupts - could the Guest be interrupted? @vcpu is ready */
bool lg_arch_takes_interrupts(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	return lg_arch_user_mode(vcpu) ||
	       (READ_ONCE(vcpu->pad->irq_enabled) &&
		(!arch->direct_entry || arch->regs.eip != arch->direct_entry));
}

/* Where the Launcher's registers are; NULL if i386 has no such. */
static u32 *register_at(struct lg_vcpu *vcpu, unsigned int reg)
{
	struct switcher_registers *regs = &vcpu->arch.regs;

	switch (reg) {
	case LGUEST_REG_RAX:	return &regs->eax;
	case LGUEST_REG_RCX:	return &regs->ecx;
	case LGUEST_REG_RDX:	return &regs->edx;
	case LGUEST_REG_RBX:	return &regs->ebx;
	case LGUEST_REG_RSP:	return &regs->esp;
	case LGUEST_REG_RBP:	return &regs->ebp;
	case LGUEST_REG_RSI:	return &regs->esi;
	case LGUEST_REG_RDI:	return &regs->edi;
	case LGUEST_REG_RIP:	return &regs->eip;
	case LGUEST_REG_RFLAGS:	return &regs->eflags;	/* made harmless at entry */
	}
	return NULL;
}

/** lg_arch_get_register - the value of a register, by enum lguest_register */
u64 lg_arch_get_register(struct lg_vcpu *vcpu, unsigned int reg)
{
	u32 *at = register_at(vcpu, reg);

	if (at)
		return *at;
	switch (reg) {
	case LGUEST_REG_CR3:
		return vcpu->guest_cr3;
	case LGUEST_REG_USER_MODE:
		return lg_arch_user_mode(vcpu);
	}
	return 0;
}

/**
 * lg_arch_set_register - the Launcher sets a register
 * @vcpu:	its run_lock is held
 * @reg:	enum lguest_register
 * @value:	the new value
 *
 * Returns false if there is no such register, or not with that value.
 */
bool lg_arch_set_register(struct lg_vcpu *vcpu, unsigned int reg, u64 value)
{
	u32 *at = register_at(vcpu, reg);

	if (!at || value >> 32)
		return false;
	*at = value;
	return true;
}
