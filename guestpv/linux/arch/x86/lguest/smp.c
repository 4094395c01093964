// SPDX-License-Identifier: GPL-2.0
/*
 * smp.c - cpus come and go.
 *
 * The pad of the first cpu says how many there can be; they are all there from
 * the beginning.  One starts when the Host is told where, in its kernel and
 * with a page table, so none of the native way through real mode is needed.
 * A cpu that goes tells the Host so, and is started again in the same way.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/fpu/sched.h>
#include <asm/hw_irq.h>
#include <asm/idtentry.h>
#include <asm/mpspec.h>
#include <asm/nmi.h>
#include <asm/pgtable.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include <asm/tlbflush.h>
#include <asm/x86_init.h>

#include "lguest.h"

static_assert(offsetof(struct lguest_secondary, gs_base) ==
	      LGUEST_SECONDARY_GS_BASE);
static_assert(offsetof(struct lguest_secondary, stack) ==
	      LGUEST_SECONDARY_STACK);

/* For the cpu that is just being started: cpu_hotplug_lock lets one at a
   time, and lguest_cpu_up() does not return before it is done with it. */
static struct lguest_secondary lguest_secondary;

/* How long to sleep, in us, between two looks whether a cpu has got there. */
#define LGUEST_LOOK_MIN		50
#define LGUEST_LOOK_MAX		500

/* Instead of tables by ACPI or the BIOS. */
static void __init lguest_get_smp_config(unsigned int early)
{
	unsigned int cpu, vcpus = this_cpu_read(lguest_pad.vcpus);

	if (early)
		return;

	/* Keeps apic.c from looking for one in the machine. */
	smp_found_config = 1;
	boot_cpu_physical_apicid = 0;
	boot_cpu_apic_version = GET_APIC_VERSION(apic_read(APIC_LVR));

	/* It heeds nr_cpus=, and prefill_possible_map() the other options. */
	for (cpu = 0; cpu < vcpus; cpu++)
		generic_processor_info(cpu, boot_cpu_apic_version);
}

static void __init lguest_smp_prepare_boot_cpu(void)
{
	native_smp_prepare_boot_cpu();

	/* Alternatives, which the operations for locks become, are patched soon. */
	lguest_init_spinlocks();
}

/*
 * All cores share a cache, whatever processor it is: then the scheduler looks
 * at all of them for one that is idle.
 */
static void lguest_set_topology(unsigned int cpu)
{
	per_cpu(cpu_llc_id, cpu) = 0;
}

static void __init lguest_smp_prepare_cpus(unsigned int max_cpus)
{
	unsigned int cpu;

	lguest_set_topology(0);
	smp_prepare_cpus_common();

	/* possible_cpus= can have made some of those impossible that are there. */
	for_each_present_cpu(cpu)
		if (!cpu_possible(cpu))
			set_cpu_present(cpu, false);

	/* They began as copies of this cpu's. */
	for_each_possible_cpu(cpu)
		if (cpu)
			memset(per_cpu_ptr(&lguest_pad, cpu), 0,
			       sizeof(struct lguest_pad));

	/* All that an NMI needs is ready. */
	this_cpu_write(lguest_pad.nmi_blocked, 0);
}

/**
 * lguest_start_secondary - the first C function of another cpu
 * @secondary: lguest_secondary
 */
asmlinkage __visible void notrace
lguest_start_secondary(struct lguest_secondary *secondary)
{
	unsigned int cpu;

	lguest_introduce(&secondary->init);
	lguest_reset_cpu();
	/* Until now it is that of a process, in which somebody started us. */
	write_cr3(__pa(swapper_pg_dir));
	cr4_init();

	cpu_init_secondary();
	cpu = smp_processor_id();
	rcu_cpu_starting(cpu);

	smp_store_cpu_info(cpu);
	lguest_set_topology(cpu);
	set_cpu_sibling_map(cpu);
	notify_cpu_starting(cpu);
	cpumask_set_cpu(cpu, cpu_callin_mask);

	/* As natively; cpu_disable_common() takes back both. */
	lock_vector_lock();
	set_cpu_online(cpu, true);
	lapic_online();
	unlock_vector_lock();
	cpu_set_state_online(cpu);

	this_cpu_write(lguest_pad.nmi_blocked, 0);
	local_irq_enable();
	lguest_start_timer();

	cpu_startup_entry(CPUHP_AP_ONLINE_IDLE);
}

static void lguest_prepare_secondary(unsigned int cpu, struct task_struct *idle)
{
	struct lguest_pad *pad = per_cpu_ptr(&lguest_pad, cpu);

	idle->thread.sp = (unsigned long)task_pt_regs(idle);
	lguest_secondary.gs_base = cpu_kernelmode_gs_base(cpu);
	lguest_secondary.stack = idle->thread.sp;

	lguest_keep_steal(cpu);
	memset(pad, 0, sizeof(*pad));
	lguest_prepare_pad(pad);
	lguest_fill_init(&lguest_secondary.init, cpu);
	lguest_secondary.init.pad = per_cpu_ptr_to_phys(pad);
}

/*G:800 More than one
 *
 * Processors of a PC are started by a ritual that includes 16-bit code below
 * the first megabyte.  Ours are started by one hypercall: which one, where it
 * should begin, and with what argument. lguest_cpu_up() makes it (LHCALL_VCPU_UP), and the new
 * processor begins in 64 bits, on its feet, in lguest_start_secondary().
 *
 * The slides from which this project comes said "next: SMP".  The file offset
 * of /dev/lguest named a processor from the first day, when there was only
 * one.  It took a while.
 */
static int lguest_cpu_up(unsigned int cpu, struct task_struct *idle)
{
	long err;

	if (cpu >= this_cpu_read(lguest_pad.vcpus))
		return -EINVAL;

	/* If it was slow to say that it is dead, that is no matter: see below. */
	err = cpu_check_up_prepare(cpu);
	if (err && err != -EBUSY)
		return err;

	/* A cpu that starts has nobody's FPU registers. */
	per_cpu(fpu_fpregs_owner_ctx, cpu) = NULL;

	err = common_cpu_up(cpu, idle);
	if (err)
		return err;

	/* Natively one waits for the other here; ours need not. */
	cpumask_set_cpu(cpu, cpu_callout_mask);

	lguest_prepare_secondary(cpu, idle);

	/* A cpu that has just reported its death may yet have to die. */
	for (;;) {
		err = lguest_hypercall3(LHCALL_VCPU_UP, cpu,
					(unsigned long)lguest_secondary_entry,
					(unsigned long)&lguest_secondary);
		if (err != -EBUSY)
			break;
		usleep_range(LGUEST_LOOK_MIN, LGUEST_LOOK_MAX);
	}
	if (err) {
		pr_err("lguest: cpu %u does not start: %ld\n", cpu, err);
		cpumask_clear_cpu(cpu, cpu_callout_mask);
		return err;
	}

	/* The Host may have better things to do than to run it at once. */
	while (!cpu_online(cpu))
		usleep_range(LGUEST_LOOK_MIN, LGUEST_LOOK_MAX);
	return 0;
}
/*:*/

#ifdef CONFIG_HOTPLUG_CPU
static int lguest_cpu_disable(void)
{
	cpu_disable_common();
	return 0;
}

static void lguest_play_dead(void)
{
	play_dead_common();
	for (;;)
		lguest_hypercall3(LHCALL_VCPU_DOWN, 0, 0, 0);
}
#endif

/* The cpu that stops the others, or -1. */
static atomic_t lguest_stopper = ATOMIC_INIT(-1);

/**
 * lguest_stop_this_cpu - it is the end, for this cpu; does not return
 */
void lguest_stop_this_cpu(void)
{
	local_irq_disable();
	set_cpu_online(smp_processor_id(), false);
	for (;;)
		lguest_hypercall3(LHCALL_VCPU_DOWN, 0, 0, 0);
}

DEFINE_IDTENTRY_SYSVEC(lguest_sysvec_stop)
{
	lguest_stop_this_cpu();
}

/* For a cpu that has its interrupts off. */
static int lguest_nmi_stop(unsigned int type, struct pt_regs *regs)
{
	int stopper = atomic_read(&lguest_stopper);

	if (stopper == -1 || stopper == smp_processor_id())
		return NMI_DONE;
	lguest_stop_this_cpu();
	return NMI_HANDLED;
}

/* True if all others are off before so many milliseconds are over. */
static bool lguest_others_stopped(unsigned int limit)
{
	while (num_online_cpus() > 1 && limit--)
		mdelay(1);
	return num_online_cpus() <= 1;
}

static void lguest_stop_other_cpus(int wait)
{
	if (atomic_cmpxchg(&lguest_stopper, -1, smp_processor_id()) != -1)
		return;
	if (num_online_cpus() == 1)
		return;

	apic->send_IPI_allbutself(REBOOT_VECTOR);
	if (lguest_others_stopped(1000))
		return;

	/* Handlers for it are registered: see lguest_init_stop(). */
	apic->send_IPI_allbutself(NMI_VECTOR);
	if (!lguest_others_stopped(wait ? 10000 : 100))
		pr_err("lguest: some cpus do not stop\n");
}

static int __init lguest_init_stop(void)
{
	if (lguest_active)
		register_nmi_handler(NMI_LOCAL, lguest_nmi_stop, NMI_FLAG_FIRST,
				     "lguest_stop");
	return 0;
}
early_initcall(lguest_init_stop);

void __init lguest_init_smp(void)
{
	x86_init.mpparse.get_smp_config = lguest_get_smp_config;

	smp_ops.smp_prepare_boot_cpu = lguest_smp_prepare_boot_cpu;
	smp_ops.smp_prepare_cpus = lguest_smp_prepare_cpus;
	smp_ops.cpu_up = lguest_cpu_up;
	smp_ops.stop_other_cpus = lguest_stop_other_cpus;
#ifdef CONFIG_HOTPLUG_CPU
	smp_ops.cpu_disable = lguest_cpu_disable;
	smp_ops.play_dead = lguest_play_dead;
#endif
}
