// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_state.c - registers of the processor that a Guest cannot share with
 * the Host's own processes.
 *
 * They are the Guest's only while one of its vcpus is *loaded*: from read()
 * until it returns, but not while another thread has the processor.
 * So no process of the Host ever runs with them, and KVM on the same machine,
 * which notes the Host's values in its own threads, never sees ours.
 *
 * With one exception: KVM also looks at the SYSCALL MSRs from an interrupt,
 * when its first virtual machine starts.  On a processor that could run KVM
 * they are ours only while interrupts are off.  Elsewhere that would cost two
 * slow writes per entry for nothing.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/sched.h>
#include <linux/perf_event.h>
#include <asm/desc.h>
#include <asm/fsgsbase.h>
#include <asm/msr.h>
#include <asm/tlbflush.h>

#include "../lg.h"

/* The SYSCALL MSRs are switched on each entry rather than on each load. */
bool lg_msrs_eager __read_mostly;

static u64 host_lstar, host_cstar, host_sysenter_cs;
static bool has_sysenter __read_mostly;
static struct desc_ptr host_idt;
static int hotplug_state;

struct syscall_msrs {
	u64 lstar, cstar;
};
static DEFINE_PER_CPU(struct syscall_msrs, syscall_msrs);

/* How often a vcpu was loaded; see choose_tables(). */
DEFINE_PER_CPU(u32, lg_loads);

/*
 * Global pages.  The processor keeps translations of global pages across
 * loads of CR3: a Guest could meet those of the Host's kernel at its own
 * kernel's addresses.  (It could not read them, but it would fault where it
 * should not, again and again.)  So the Host goes without global pages
 * while lg.ko is loaded.  With page-table isolation it has few anyway.
 *
 * There is one kind of Host that cannot: one with PCIDs and without page-table
 * isolation.  Its kernel flushes one of its own pages by INVLPG alone, which
 * reaches all PCIDs only because the page is global.  There we turn them off while a
 * vcpu is loaded, and on again, which flushes all PCIDs, before anything else
 * runs.  Bochs shows the difference, TCG does not.
 */
static bool global_pages_by_vcpu __read_mostly;

static int global_pages_off(unsigned int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	cr4_update_irqsoff(0, X86_CR4_PGE);	/* this flushes them, too */
	local_irq_restore(flags);
	return 0;
}

static int global_pages_on(unsigned int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	cr4_update_irqsoff(X86_CR4_PGE, 0);
	local_irq_restore(flags);
	return 0;
}

/** lg_host_state_init - note the Host's values; negative errno on failure */
int lg_host_state_init(void)
{
	rdmsrl(MSR_LSTAR, host_lstar);
	rdmsrl(MSR_CSTAR, host_cstar);
	has_sysenter = boot_cpu_has(X86_FEATURE_SEP);
	if (has_sysenter)
		rdmsrl(MSR_IA32_SYSENTER_CS, host_sysenter_cs);
	store_idt(&host_idt);
	lg_msrs_eager = boot_cpu_has(X86_FEATURE_VMX) ||
			boot_cpu_has(X86_FEATURE_SVM);

	global_pages_by_vcpu = boot_cpu_has(X86_FEATURE_PGE) &&
			       (native_read_cr4() & X86_CR4_PCIDE) &&
			       !boot_cpu_has(X86_FEATURE_PTI);
	if (boot_cpu_has(X86_FEATURE_PGE) && !global_pages_by_vcpu) {
		hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "lguest:online",
						  global_pages_off, global_pages_on);
		if (hotplug_state < 0)
			return hotplug_state;
	}
	preempt_notifier_inc();
	return 0;
}

/** lg_host_state_exit - give back what lg_host_state_init() took */
void lg_host_state_exit(void)
{
	preempt_notifier_dec();
	if (hotplug_state > 0)
		cpuhp_remove_state(hotplug_state);
	hotplug_state = 0;
}

/**
 * lg_switch_msrs_to_guest - SYSCALL goes to the Switcher from now on
 *
 * Interrupts are off; if lg_msrs_eager, right before the entry.
 */
void lg_switch_msrs_to_guest(void)
{
	unsigned long address = lg_switcher_address();

	if (lg_msrs_eager) {
		/* KVM may have its own guest's values in there. */
		rdmsrl(MSR_LSTAR, this_cpu_ptr(&syscall_msrs)->lstar);
		rdmsrl(MSR_CSTAR, this_cpu_ptr(&syscall_msrs)->cstar);
	}
	wrmsrl(MSR_LSTAR, address + switcher_lstar_offset);
	wrmsrl(MSR_CSTAR, address + switcher_cstar_offset);
}

/** lg_switch_msrs_to_host - and back */
void lg_switch_msrs_to_host(void)
{
	if (lg_msrs_eager) {
		wrmsrl(MSR_LSTAR, this_cpu_ptr(&syscall_msrs)->lstar);
		wrmsrl(MSR_CSTAR, this_cpu_ptr(&syscall_msrs)->cstar);
	} else {
		wrmsrl(MSR_LSTAR, host_lstar);
		wrmsrl(MSR_CSTAR, host_cstar);
	}
}

static void load_idt_at(unsigned long address)
{
	struct desc_ptr idt = { .size = host_idt.size, .address = address };

	asm volatile("lidt %0" : : "m" (idt));
}

/*S:010.x86_64 Borrowed registers
 *
 * One thing is done before the Switcher is entered.  SYSCALL goes where a
 * register of the processor says, an MSR, and in the Host that is the Host's
 * own entry.  While a Guest runs it has to be ours: a Guest's program must not
 * land in the Host's kernel.  The slides on lguest64 had it: write the MSR at
 * every run, and processes of the Host never notice.
 *
 * Writing one takes long, so it is not quite at *every* run: a preempt
 * notifier tells us when the thread loses its processor, and gets one again,
 * and only then is it changed.  (Unless KVM could be on the same machine; it
 * is particular about that register.)
 */
/* What changes hands whenever the thread gets or loses a processor. */
static void load_processor(struct lg_vcpu *vcpu)
{
	if (global_pages_by_vcpu)
		cr4_update_irqsoff(0, X86_CR4_PGE);
	if (vcpu->arch.traps_tsc)
		cr4_update_irqsoff(X86_CR4_TSD, 0);
	this_cpu_inc(lg_loads);
	load_idt_at(lg_switcher_address() + SWITCHER_IDT_PAGE * PAGE_SIZE);
	if (!lg_msrs_eager)
		lg_switch_msrs_to_guest();
	if (has_sysenter)	/* SYSENTER faults */
		wrmsrl(MSR_IA32_SYSENTER_CS, 0);
	vcpu->arch.loaded = true;
}

static void put_processor(struct lg_vcpu *vcpu)
{
	vcpu->arch.loaded = false;
	if (has_sysenter)
		wrmsrl(MSR_IA32_SYSENTER_CS, host_sysenter_cs);
	if (!lg_msrs_eager)
		lg_switch_msrs_to_host();
	load_idt_at(host_idt.address);
	if (vcpu->arch.traps_tsc)
		cr4_update_irqsoff(0, X86_CR4_TSD);
	if (global_pages_by_vcpu)
		cr4_update_irqsoff(X86_CR4_PGE, 0);
}
/*:*/

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct lg_vcpu *vcpu = container_of(notifier, struct lg_vcpu, arch.preempt);
	unsigned long flags;

	lg_time_sched_in(vcpu);
	local_irq_save(flags);
	load_processor(vcpu);
	local_irq_restore(flags);
	if (vcpu->pad)
		WRITE_ONCE(vcpu->pad->preempted, 0);
	vcpu->steal_due = true;
}

static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct lg_vcpu *vcpu = container_of(notifier, struct lg_vcpu, arch.preempt);
	unsigned long flags;

	local_irq_save(flags);
	put_processor(vcpu);
	local_irq_restore(flags);
	lg_time_sched_out(vcpu);
	lg_arch_count_direct(vcpu);
	/* Does it want to run on? Who spins on its lock would like to know. */
	if (vcpu->pad && task_is_running(current))
		WRITE_ONCE(vcpu->pad->preempted, 1);
}

static struct preempt_ops preempt_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

/**
 * lg_arch_load - make the calling thread's processor state the Guest's
 * @vcpu:	not loaded
 *
 * Called with the vcpu's run_lock held.  FS base and the data
 * segments stay in the registers: the Host's context switch takes care of
 * them as if they were the Launcher's.  The FPU likewise.
 */
void lg_arch_load(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	savesegment(ds, arch->launcher_ds);
	savesegment(es, arch->launcher_es);
	savesegment(fs, arch->launcher_fs);
	savesegment(gs, arch->launcher_gs);
	arch->launcher_pkru = read_pkru();
	preempt_disable();
	arch->launcher_fs_base = rdfsbase();
	wrfsbase(arch->fs_base);
	preempt_enable();
	fpu_swap_kvm_fpstate(&arch->fpu, true);
	/* A thread without RDTSC of its own has the bit set anyway, and keeps it. */
	arch->traps_tsc = vcpu->lg->clock.own_tsc && !test_thread_flag(TIF_NOTSC);

	preempt_disable();
	preempt_notifier_init(&arch->preempt, &preempt_ops);
	preempt_notifier_register(&arch->preempt);
	lg_time_load(vcpu);
	local_irq_disable();
	load_processor(vcpu);
	local_irq_enable();
	preempt_enable();
}

/** lg_arch_put - undo lg_arch_load() */
void lg_arch_put(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	unsigned long user_gs_base;
	u16 selector;

	preempt_disable();
	preempt_notifier_unregister(&arch->preempt);
	lg_time_put(vcpu);
	lg_arch_count_direct(vcpu);
	local_irq_disable();
	put_processor(vcpu);

	arch->fs_base = rdfsbase();
	/*
	 * A Guest's user may have loaded what it likes; a null selector
	 * clears the base on some processors, so bases come last.
	 */
	loadsegment(ds, arch->launcher_ds);
	loadsegment(es, arch->launcher_es);
	loadsegment(fs, arch->launcher_fs);
	wrfsbase(arch->launcher_fs_base);
	savesegment(gs, selector);
	if (selector != arch->launcher_gs) {
		rdmsrl(MSR_KERNEL_GS_BASE, user_gs_base);
		load_gs_index(arch->launcher_gs);
		wrmsrl(MSR_KERNEL_GS_BASE, user_gs_base);
	}
	local_irq_enable();
	preempt_enable();
	fpu_swap_kvm_fpstate(&arch->fpu, false);
}
