// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_state.c - registers of the processor that a Guest cannot share with
 * the Host's own processes.
 *
 * They are the Guest's only while one of its vcpus is *loaded*: from read()
 * until it returns, but not while another thread has the processor.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/sched.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/tlbflush.h>

#include "../lg.h"

static u32 host_sysenter_cs;
static bool has_sysenter __read_mostly;
static int hotplug_state;

/*
 * While lg.ko is loaded, each of the Host's processors has
 * - the Switcher's segments in its table, at two entries that Linux does not use;
 * - no global pages.  The processor keeps translations of global pages across
 *   loads of CR3: a Guest would meet those of the Host's kernel at its own
 *   kernel's addresses.
 */
static int take_cpu(unsigned int cpu)
{
	struct desc_struct *gdt = get_cpu_gdt_rw(cpu);
	unsigned long flags;

	local_irq_save(flags);
	gdt[LGUEST_GDT_CS] = (struct desc_struct)GDT_ENTRY_INIT(0xc09b, 0, 0xfffff);
	gdt[LGUEST_GDT_DS] = (struct desc_struct)GDT_ENTRY_INIT(0xc093, 0, 0xfffff);
	if (boot_cpu_has(X86_FEATURE_PGE))
		cr4_update_irqsoff(0, X86_CR4_PGE);	/* this flushes them, too */
	local_irq_restore(flags);
	return 0;
}

static int give_cpu(unsigned int cpu)
{
	struct desc_struct *gdt = get_cpu_gdt_rw(cpu);
	unsigned long flags;

	local_irq_save(flags);
	if (boot_cpu_has(X86_FEATURE_PGE))
		cr4_update_irqsoff(X86_CR4_PGE, 0);
	memset(&gdt[LGUEST_GDT_CS], 0, 2 * sizeof(*gdt));
	local_irq_restore(flags);
	return 0;
}

/** lg_host_state_init - note the Host's values; negative errno on failure */
int lg_host_state_init(void)
{
	u32 high;

	has_sysenter = boot_cpu_has(X86_FEATURE_SEP);
	if (has_sysenter)
		rdmsr(MSR_IA32_SYSENTER_CS, host_sysenter_cs, high);
	hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "lguest:online",
					  take_cpu, give_cpu);
	if (hotplug_state < 0)
		return hotplug_state;
	preempt_notifier_inc();
	return 0;
}

/** lg_host_state_exit - give back what lg_host_state_init() took */
void lg_host_state_exit(void)
{
	preempt_notifier_dec();
	cpuhp_remove_state(hotplug_state);
}

/*S:010.i386 Here less is borrowed.  Segments, interrupt gates and the task register are
 * the Switcher's own, and loaded by it.  What is left is SYSENTER, the younger
 * way into a 32-bit kernel: it goes to one address of the Host's kernel, at
 * ring 0, whoever says it, and in the Guest's tables something else may be
 * there.  So while a vcpu is loaded its segment is zero, by which it faults,
 * and the Guest's programs say INT 0x80, as programs did at first. :*
 */

/*
 * What changes hands whenever the thread gets or loses a processor.
 *
 * SYSENTER would go to the Host's kernel, whose addresses are something else
 * in the Guest: it has to fault.
 */
static void load_processor(struct lg_vcpu *vcpu)
{
	if (has_sysenter)
		wrmsr(MSR_IA32_SYSENTER_CS, 0, 0);
	vcpu->arch.loaded = true;
}

static void put_processor(struct lg_vcpu *vcpu)
{
	vcpu->arch.loaded = false;
	if (has_sysenter)
		wrmsr(MSR_IA32_SYSENTER_CS, host_sysenter_cs, 0);
}

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
 * Called with the vcpu's run_lock held.  Segments are saved and loaded at each
 * entry.  The FPU is switched by the Host as if it were the Launcher's.
 */
void lg_arch_load(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	fpu_swap_kvm_fpstate(&arch->fpu, true);

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

	preempt_disable();
	preempt_notifier_unregister(&arch->preempt);
	lg_time_put(vcpu);
	local_irq_disable();
	put_processor(vcpu);
	local_irq_enable();
	preempt_enable();
	fpu_swap_kvm_fpstate(&arch->fpu, false);
}
