// SPDX-License-Identifier: GPL-2.0
/*
 * boot_32.c - from the first C function of a Guest of 32 bits to
 * i386_start_kernel().
 */
#include <linux/bits.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include <asm/cpu.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/fixmap.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/setup.h>

#include "lguest.h"

/*
 * What we share with the Host.  It is filled in when the image is linked as
 * head_32.S introduces us before any C has run.
 *
 * Lines of devices are opened by irq_startup(), when they have a handler.
 * NMIs we take none: native code does not tell when it is done with one.
 */
DEFINE_PER_CPU_PAGE_ALIGNED(struct lguest_data, lguest_data) = {
	.version		= LGUEST_GUEST_VERSION,
	.page_levels		= IS_ENABLED(CONFIG_X86_PAE) ? 3 : 2,
	.kernel_address		= PAGE_OFFSET,
	.noirq_iret		= (u32)lguest_noirq_iret,
	.direct_entry		= (u32)lguest_int80,
	.blocked_interrupts	= GENMASK_ULL(LGUEST_FIRST_IPI - 1, 1),
	.nmi_blocked		= 1,
};
EXPORT_PER_CPU_SYMBOL(lguest_data);

/* The offsets that assembly uses are those of the structure. */
#define CHECK_DATA(name, field) \
	static_assert(LGUEST_DATA_##name == offsetof(struct lguest_data, field))
CHECK_DATA(IRQ_ENABLED, irq_enabled);
CHECK_DATA(IRQ_PENDING, irq_pending);
CHECK_DATA(CR2, cr2);
static_assert(sizeof(struct lguest_data) <= PAGE_SIZE);

/*
 * What startup_32 does with segments: our own table, a data segment that is the
 * user's as well, nothing in the others.
 */
static void __init lguest_load_segments(void)
{
	load_gdt(&early_gdt_descr);
	loadsegment(ds, __USER_DS);
	loadsegment(es, __USER_DS);
	loadsegment(fs, __KERNEL_PERCPU);
	loadsegment(gs, 0);
}

/* As startup_32 leaves it: the kernel's first look at the processor. */
static void __init lguest_identify_cpu(void)
{
	unsigned int eax, ebx, ecx, edx;

	cpuid(0, &eax, &ebx, &ecx, &edx);
	new_cpu_data.cpuid_level = eax;
	memcpy(new_cpu_data.x86_vendor_id, &ebx, 4);
	memcpy(new_cpu_data.x86_vendor_id + 4, &edx, 4);
	memcpy(new_cpu_data.x86_vendor_id + 8, &ecx, 4);

	cpuid(1, &eax, &ebx, &ecx, &edx);
	new_cpu_data.x86 = x86_family(eax);
	new_cpu_data.x86_model = x86_model(eax);
	new_cpu_data.x86_stepping = x86_stepping(eax);
	new_cpu_data.x86_capability[CPUID_1_EDX] = edx;
	/* setup_arch() makes a copy of this one. */
	set_cpu_cap(&new_cpu_data, X86_FEATURE_XENPV);
}

/**
 * lguest_start_kernel - the first C function of a Guest
 *
 * On the first page table, with the segments that the Host gave us.
 */
asmlinkage __visible void __init lguest_start_kernel(void)
{
	/* The kernel is not in ring 0: see boot_64.c for the name. */
	setup_force_cpu_cap(X86_FEATURE_XENPV);
	pv_info.name = "lguest";
	early_boot_irqs_disabled = true;

	lguest_init_cpu();
	lguest_load_segments();
	lguest_init_console();
	lguest_init_mmu(__pa(initial_page_table));
	lguest_init_ring();
	lguest_init_irq();
	lguest_init_time();
	lguest_init_pci();
	lguest_init_power();
	lguest_init_platform();

	lguest_identify_cpu();

	/* The Switcher is up there. */
	reserve_top_address(lguest_data.reserve_mem);

	i386_start_kernel();
}
