// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * enter.c - into the Switcher and back, on x86_64.
 */
#include <linux/kvm_host.h>	/* guest_timing_*, guest_state_* */
#include <linux/hardirq.h>
#include <linux/hw_breakpoint.h>
#include <linux/kvm_para.h>
#include <linux/nospec.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/fsgsbase.h>
#include <asm/mce.h>
#include <asm/nospec-branch.h>
#include <asm/spec-ctrl.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>
#include <asm/invpcid.h>

#include "../count.h"
#include "../lg.h"
#include "../trace.h"

/*
 * PCIDs.  With them a processor keeps the translations of several page tables
 * at once.  The Host uses a few low numbers and, with PTI, those plus 2048; a
 * root of ours gets two of the numbers below: one for each view.
 * Each processor notes whose translations are behind a number, and
 * as of which state of the Guest's shadow tables.
 *
 * A Host that uses high numbers, too, leaves us 0, which nobody else uses, and
 * which is flushed by each load.
 *
 * The Host's own pages in slot 508 are behind these numbers too, and nobody
 * tells us when they change (perf maps its buffers there).  But the Host
 * flushes them on all processors, by an interrupt that it counts, or by itself
 * while no vcpu is loaded: so either makes us forget.
 */
#define PCID_FIRST	0x400
#define PCID_PAIRS	64
#define CR3_NOFLUSH	BIT_ULL(63)

struct pcid_owner {
	u64 root;	/* pager_root.id */
	u64 tlb_gen;	/* pager.tlb_gen when they were last known to be right */
	u32 loads;	/* lg_loads, likewise */
	u32 calls;	/* function call interrupts of this processor, likewise */
};
static DEFINE_PER_CPU(struct pcid_owner[PCID_PAIRS], pcid_owners);

static void choose_tables(struct lg_vcpu *vcpu)
{
	struct switcher_area *area = vcpu->arch.area;
	struct pager_root *root = vcpu->root;
	u64 kernel = __pa(root->top[PAGER_KERNEL_VIEW]);
	u64 user = __pa(root->top[PAGER_USER_VIEW]);
	u64 tlb_gen = atomic64_read(&vcpu->lg->pager.tlb_gen);

	WRITE_ONCE(vcpu->tlb_gen, tlb_gen);
	if ((native_read_cr4() & X86_CR4_PCIDE) && !lg_pcids_taken()) {
		unsigned int pair = root->id % PCID_PAIRS;
		unsigned int pcid = PCID_FIRST + 2 * pair;
		struct pcid_owner *owner = &(*this_cpu_ptr(&pcid_owners))[pair];

		kernel |= pcid;
		user |= pcid + 1;
		if (boot_cpu_has(X86_FEATURE_INVPCID)) {
			u32 loads = this_cpu_read(lg_loads);
			u32 calls = this_cpu_read(irq_stat.irq_call_count);

			if (owner->root != root->id || owner->tlb_gen != tlb_gen ||
			    owner->loads != loads || owner->calls != calls) {
				invpcid_flush_single_context(pcid);
				invpcid_flush_single_context(pcid + 1);
				owner->root = root->id;
				owner->tlb_gen = tlb_gen;
				owner->loads = loads;
				owner->calls = calls;
			}
			kernel |= CR3_NOFLUSH;
			user |= CR3_NOFLUSH;
		}
	}
	area->kernel_cr3 = kernel;
	area->user_cr3 = user;
	area->enter_cr3 = area->mode & SWITCHER_MODE_USER ? user : kernel;
}

/*
 * Debug registers: the Guest's if it has a breakpoint armed; never the
 * Host's, whose addresses mean something else in a Guest.
 */
static bool load_debug_registers(struct lg_arch_vcpu *arch)
{
	bool guest = arch->dr[7] & 0xff;

	if (likely(!guest && !hw_breakpoint_active())) {
		arch->area->dr7 = 0;
		return false;
	}
	set_debugreg(0, 7);
	/* The Switcher arms them. */
	arch->area->dr7 = guest ? arch->dr[7] : 0;
	if (guest) {
		set_debugreg(arch->dr[0], 0);
		set_debugreg(arch->dr[1], 1);
		set_debugreg(arch->dr[2], 2);
		set_debugreg(arch->dr[3], 3);
		set_debugreg(DR6_RESERVED, 6);
	}
	return true;
}

static void restore_debug_registers(void)
{
	/* Those that nobody wanted (switcher_debug) have left their marks. */
	set_debugreg(DR6_RESERVED, 6);
	if (hw_breakpoint_active())
		hw_breakpoint_restore();
}

/* A machine check that stopped a Guest, told as if it had struck a process. */
static void replay_machine_check(void)
{
#ifdef CONFIG_X86_MCE
	struct pt_regs regs = { .cs = 3, .flags = X86_EFLAGS_IF };

	do_machine_check(&regs);
#endif
}

/**
 * lg_arch_count_direct - take over what the Switcher counted
 * @vcpu:	its thread calls
 */
void lg_arch_count_direct(struct lg_vcpu *vcpu)
{
	const struct switcher_area *area = vcpu->arch.area;

	WRITE_ONCE(vcpu->statistics->direct_system_call, area->system_calls);
	WRITE_ONCE(vcpu->statistics->direct_page_fault, area->reflected);
}

/*H:900.x86_64 The last steps
 *
 * This function is called with everything decided.  It chooses the page
 * tables, makes the debug registers and the floating point unit the Guest's,
 * tells the Host's accountants that from now on it is guest's time, writes
 * down what to come back to, and calls into the Switcher, at an address where,
 * as far as the kernel is concerned, there is no code.
 *
 * What comes after the call is the same in reverse, and one thing more: if it
 * was an interrupt that brought us back, it has not been handled yet.
 * Somebody's network packet is waiting.  We call the Host's own handler with a
 * frame as if the processor had.
 *
 * What is between the two lines?  You have waited long enough: say make
 * Switcher
 */
/**
 * lg_arch_enter - run the Guest until something happens
 * @vcpu: loaded; everything about to happen to it has happened
 *
 * Called with interrupts off, returns with them on and with the
 * Host's part of the event done (an interrupt, an NMI, a machine check).
 * area->vector says what it was.
 */
void lg_arch_enter(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	struct switcher_area *area = arch->area;
	unsigned long enter = lg_switcher_address() + switcher_enter_offset;
	bool debug;
	u64 entered;

	guest_timing_enter_irqoff();
	choose_tables(vcpu);
	debug = load_debug_registers(arch);
	if (test_thread_flag(TIF_NEED_FPU_LOAD))
		switch_fpu_return();
	if (lg_msrs_eager)
		lg_switch_msrs_to_guest();

	area->top_table = area->linear_base + (vcpu->guest_cr3 & GENMASK_ULL(51, 12));
	area->rflags = (area->rflags & SWITCHER_RFLAGS_IRET) | SWITCHER_RFLAGS_ALWAYS;
	area->ss = __USER_DS;
	/* The CR3 to come back to: this mm's, with what the TLB has of it. */
	area->host_cr3 = __native_read_cr3();
	if (native_read_cr4() & X86_CR4_PCIDE)
		area->host_cr3 |= CR3_NOFLUSH;
	area->host_gs_base = rdgsbase();

	if (area->mitigate & SWITCHER_MITIGATE_IBRS)
		area->spec_ctrl = this_cpu_read(x86_spec_ctrl_current);

	trace_lguest_entry(vcpu);
	guest_state_enter_irqoff();
	entered = lg_count_entry(vcpu, area->vector);
	lg_run_switcher(area, enter);
	lg_count_exit(vcpu, area->vector, entered);
	lg_note_guest_ran();
	if (lg_bhb_needed())
		lg_clear_bhb();
	guest_state_exit_irqoff();
	trace_lguest_exit(vcpu);
	write_pkru(arch->launcher_pkru);	/* the Guest's user may have, too */

	WRITE_ONCE(vcpu->where, LG_IN_HOST);
	/* Before another fault of this processor's could take the message. */
	arch->async_fault = 0;
	if (area->vector == X86_TRAP_PF && IS_ENABLED(CONFIG_KVM_GUEST))
		arch->async_fault = kvm_read_and_reset_apf_flags();
	if (area->vector == X86_TRAP_NM && boot_cpu_has(X86_FEATURE_XFD))
		wrmsrl(MSR_IA32_XFD_ERR, 0);
	if (lg_msrs_eager)
		lg_switch_msrs_to_host();
	if (area->vector == X86_TRAP_DB) {
		get_debugreg(arch->dr[6], 6);
		set_debugreg(DR6_RESERVED, 6);
	}
	if (unlikely(debug))
		restore_debug_registers();
	if (area->vector == X86_TRAP_MC)
		replay_machine_check();
	else if (area->vector >= FIRST_EXTERNAL_VECTOR && area->vector < NR_VECTORS &&
		 area->vector != LGUEST_TRAP_ENTRY) {
		lg_arch_count_direct(vcpu);
		lg_replay_interrupt(lg_switcher_host_handler(area->vector));
	}
	guest_timing_exit_irqoff();
	local_irq_enable();
}
/*:*/

static u64 mitigations(void)
{
	u64 bits = 0;

	if (boot_cpu_has(X86_FEATURE_RSB_VMEXIT) || boot_cpu_has(X86_FEATURE_RSB_CTXSW))
		bits |= SWITCHER_MITIGATE_RSB;
	if (boot_cpu_has(X86_FEATURE_KERNEL_IBRS))
		bits |= SWITCHER_MITIGATE_IBRS;
	if (boot_cpu_has(X86_FEATURE_UNRET) || boot_cpu_has(X86_FEATURE_SRSO) ||
	    boot_cpu_has(X86_FEATURE_SRSO_ALIAS) || boot_cpu_has(X86_FEATURE_ENTRY_IBPB))
		bits |= SWITCHER_MITIGATE_UNTRAIN;
	if (lg_verw_needed())
		bits |= SWITCHER_MITIGATE_VERW;
	if (native_read_cr4() & X86_CR4_SMAP)
		bits |= SWITCHER_HAS_SMAP;
	return bits;
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
	arch->fs_base = 0;
	return 0;
}

/**
 * lg_arch_vcpu_reset - as it is at the start
 * @vcpu:	not running, or the caller's own
 * @entry:	virtual address, in the Guest's kernel; canonical
 * @argument:	for RSI; all other registers are zero
 */
void lg_arch_vcpu_reset(struct lg_vcpu *vcpu, u64 entry, u64 argument)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	struct switcher_area *area = arch->area;

	memset(arch->dr, 0, sizeof(arch->dr));
	memset(area, 0, sizeof(*area));
	area->self = (u64)area;
	/* These go on counting. */
	area->system_calls = vcpu->statistics->direct_system_call;
	area->reflected = vcpu->statistics->direct_page_fault;
	area->mode = SWITCHER_MODE_KERNEL | SWITCHER_NOT_NOW_INIT;
	area->rip = entry;
	area->cs = __USER_CS;
	area->ss = __USER_DS;
	area->rflags = SWITCHER_RFLAGS_ALWAYS;
	area->regs[LGUEST_REG_RSI] = argument;
	/* No RCX that SYSCALL leaves is ever this: it is not canonical. */
	area->sysret_rip = BIT_ULL(63);
	area->iret_rip = BIT_ULL(63);
	area->host_nmi = lg_switcher_host_handler(X86_TRAP_NMI);
	area->host_mce = lg_switcher_host_handler(X86_TRAP_MC);
	area->mitigate = mitigations();
	area->verw = __KERNEL_DS;
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
	return vcpu->arch.area->mode & SWITCHER_MODE_USER;
}

/** lg_arch_takes_interrupts - could the Guest be interrupted? @vcpu is ready */
bool lg_arch_takes_interrupts(struct lg_vcpu *vcpu)
{
	return lg_arch_user_mode(vcpu) || READ_ONCE(vcpu->pad->irq_enabled);
}

/** lg_arch_get_register - the value of a register, by enum lguest_register */
u64 lg_arch_get_register(struct lg_vcpu *vcpu, unsigned int reg)
{
	struct switcher_area *area = vcpu->arch.area;

	switch (reg) {
	case LGUEST_REG_RSP:
		return area->rsp;
	case LGUEST_REG_RAX ... LGUEST_REG_RBX:
	case LGUEST_REG_RBP ... LGUEST_REG_R15:
		return area->regs[reg];
	case LGUEST_REG_RIP:
		return area->rip;
	case LGUEST_REG_RFLAGS:
		return area->rflags;
	case LGUEST_REG_CR3:
		return vcpu->guest_cr3;
	case LGUEST_REG_FS_BASE:
		return vcpu->arch.loaded ? rdfsbase() : vcpu->arch.fs_base;
	case LGUEST_REG_GS_BASE:
		return area->gs_base;
	case LGUEST_REG_USER_MODE:
		return lg_arch_user_mode(vcpu);
	}
	return 0;
}

/**
 * lg_arch_set_register - the Launcher sets a register of a vcpu not loaded
 * @vcpu:	its run_lock is held
 * @reg:	enum lguest_register
 * @value:	the new value
 *
 * Returns false if there is no such register, or not with that value.
 */
bool lg_arch_set_register(struct lg_vcpu *vcpu, unsigned int reg, u64 value)
{
	struct switcher_area *area = vcpu->arch.area;

	switch (reg) {
	case LGUEST_REG_RSP:
		area->rsp = value;
		return true;
	case LGUEST_REG_RAX ... LGUEST_REG_RBX:
	case LGUEST_REG_RBP ... LGUEST_REG_R15:
		area->regs[reg] = value;
		return true;
	case LGUEST_REG_RIP:
		if (!lg_arch_canonical(value))
			return false;
		area->rip = value;
		return true;
	case LGUEST_REG_RFLAGS:
		area->rflags = value;	/* made harmless at entry */
		return true;
	case LGUEST_REG_FS_BASE:
		if (!lg_arch_canonical(value))
			return false;
		vcpu->arch.fs_base = value;
		return true;
	case LGUEST_REG_GS_BASE:
		if (!lg_arch_canonical(value))
			return false;
		area->gs_base = value;
		return true;
	}
	return false;
}

/* May the Guest have @value in debug register @reg? */
bool lg_arch_debug_register_valid(u64 reg, u64 value)
{
	if (reg > 3)
		return reg == 6 || reg == 7;
	return lg_arch_canonical(value) && !lg_arch_switchers(value) &&
	       !lg_arch_switchers(value + 7);
}

/**
 * lg_arch_set_debug_register - LHCALL_SET_DEBUGREG
 * @vcpu:	its owner
 * @reg:	0-3, 6 or 7
 * @value:	what the Guest wants in it
 *
 * Breakpoints in the Switcher's or the Host's own part of the address space
 * are refused: they could strike the Switcher itself.
 */
bool lg_arch_set_debug_register(struct lg_vcpu *vcpu, u64 reg, u64 value)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	if (!lg_arch_debug_register_valid(reg, value))
		return false;
	/* Enable, kind and length bits; no general detect. */
	if (reg == 7)
		value = (value & 0xffff03ff) | DR7_FIXED_1;
	arch->dr[array_index_nospec(reg, ARRAY_SIZE(arch->dr))] = value;
	return true;
}

/** lg_arch_set_gs_base - GS base of the Guest's kernel; false if it cannot be */
bool lg_arch_set_gs_base(struct lg_vcpu *vcpu, u64 base)
{
	if (!lg_arch_canonical(base))
		return false;
	vcpu->arch.area->kernel_gs_base = base;
	return true;
}

/*
 * The Switcher will read anything between @base and @base plus the Guest's
 * memory: that has to be in the upper half, and not in a slot of ours.
 */
static bool linear_map_valid(struct lg_vcpu *vcpu, u64 base)
{
	u64 last = base + vcpu->lg->setup.memory_size - 1;

	if (!base)
		return true;
	return PAGE_ALIGNED(base) && last > base && lg_arch_canonical(base) &&
	       lg_arch_canonical(last) && (s64)base < 0 &&
	       ((base >> 39) & 511) <= ((last >> 39) & 511) &&
	       (((base >> 39) & 511) > LGUEST_SWITCHER_SLOT ||
		((last >> 39) & 511) < LGUEST_SWITCHER_SLOT);
}

/** lg_arch_entries_valid - could the Guest's kernel be entered there? */
bool lg_arch_entries_valid(struct lg_vcpu *vcpu, const struct lguest_init *init)
{
	return lg_arch_canonical(init->syscall_entry) &&
	       lg_arch_canonical(init->event_entry_user) &&
	       lg_arch_canonical(init->event_entry_kernel) &&
	       lg_arch_canonical(init->gs_base) &&
	       linear_map_valid(vcpu, init->linear_base);
}

/** lg_arch_set_entries - note where the Guest's kernel wants to be entered */
int lg_arch_set_entries(struct lg_vcpu *vcpu, const struct lguest_init *init)
{
	struct switcher_area *area = vcpu->arch.area;

	if (!lg_arch_entries_valid(vcpu, init))
		return -EINVAL;
	area->syscall_entry = init->syscall_entry;
	area->sysret_rip = init->sysret_rip;
	area->iret_rip = init->iret_rip;
	area->kernel_gs_base = init->gs_base;
	area->event_entry = init->event_entry_user;
	area->linear_base = init->linear_base;
	area->memory_size = vcpu->lg->setup.memory_size;
	area->mode &= ~SWITCHER_NOT_NOW_INIT;
	return 0;
}

/** lg_arch_set_not_now - keep the Guest from going to its user on its own */
void lg_arch_set_not_now(struct lg_vcpu *vcpu, bool irq_waits)
{
	if (irq_waits)
		vcpu->arch.area->mode |= SWITCHER_NOT_NOW_IRQ;
	else
		vcpu->arch.area->mode &= ~(u64)SWITCHER_NOT_NOW_IRQ;
}
