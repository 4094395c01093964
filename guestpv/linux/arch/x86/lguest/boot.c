// SPDX-License-Identifier: GPL-2.0
/*
 * boot.c - from the first C function of a Guest to start_kernel().
 *
 * Natively the way here is long: real mode, decompressor, startup_64,
 * x86_64_start_kernel().  The Launcher has spared us most of it, the rest is:
 * tell the Host where our entries are, hang our own functions into the
 * hooks that Linux has for a kernel that must not touch the hardware, and go.
 */
#include <linux/acpi.h>
#include <linux/bits.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>

#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/paravirt.h>
#include <asm/setup.h>
#include <asm/tlbflush.h>
#include <asm/x86_init.h>

#include "lguest.h"

bool lguest_active __ro_after_init;

/*
 * Before setup_per_cpu_areas() the copy of this in the kernel image is in
 * use; lguest_set_gs_base() in cpu.c tells the Host when it moves.
 */
DEFINE_PER_CPU_PAGE_ALIGNED(struct lguest_pad, lguest_pad);
EXPORT_PER_CPU_SYMBOL(lguest_pad);

/* The offsets that assembly uses are those of the structure. */
#define CHECK_PAD(name, field) \
	static_assert(LGUEST_PAD_##name == offsetof(struct lguest_pad, field))
CHECK_PAD(IRQ_ENABLED, irq_enabled);
CHECK_PAD(IRQ_PENDING, irq_pending);
CHECK_PAD(USER_GS_BASE, user_gs_base);
CHECK_PAD(USER_RCX, user_rcx);
CHECK_PAD(USER_R11, user_r11);
CHECK_PAD(SCRATCH, scratch);
CHECK_PAD(CR2, cr2);
CHECK_PAD(DR6, dr6);
CHECK_PAD(FRAME_RIP, frame.rip);
CHECK_PAD(FRAME_CS, frame.cs);
CHECK_PAD(FRAME_RFLAGS, frame.rflags);
CHECK_PAD(FRAME_RSP, frame.rsp);
CHECK_PAD(FRAME_SS, frame.ss);
CHECK_PAD(FRAME_ERROR, frame.error_code);
CHECK_PAD(FRAME_VECTOR, frame.vector);
static_assert(sizeof(struct lguest_pad) <= PAGE_SIZE);

static struct lguest_init lguest_init __initdata;

/**
 * lguest_prepare_pad - the pad of a cpu before the Host hears of it
 * @pad: the pad, all zero
 *
 * Lines of devices are opened by irq_startup(), when they have a handler, and on
 * the cpu where it is to run.  Those of the cpu itself are open: interrupts
 * are off, until it is ready for them.  NMIs come whether it is or not.
 */
void lguest_prepare_pad(struct lguest_pad *pad)
{
	pad->blocked_interrupts = GENMASK_ULL(LGUEST_FIRST_IPI - 1, 1);
	pad->nmi_blocked = 1;
}

/**
 * lguest_fill_init - what the Host has to know of a cpu
 * @init: to be filled in, but for the pad
 * @cpu: whose it is
 */
void lguest_fill_init(struct lguest_init *init, unsigned int cpu)
{
	init->version = LGUEST_GUEST_VERSION;
	init->gs_base = cpu_kernelmode_gs_base(cpu);
	init->syscall_entry = (unsigned long)lguest_syscall_entry;
	init->event_entry_user = (unsigned long)lguest_event_entry_user;
	init->event_entry_kernel = (unsigned long)lguest_event_entry_kernel;
	init->sysret_rip = (unsigned long)lguest_sysret_rip;
	init->iret_rip = (unsigned long)lguest_iret_rip;
	init->nmi_unsafe_start = (unsigned long)lguest_nmi_unsafe_start;
	init->nmi_unsafe_end = (unsigned long)lguest_nmi_unsafe_end;
	/* Where the Switcher finds our page tables, to see whose a fault is. */
	init->linear_base = PAGE_OFFSET;
}

/*G:130 How do you do
 *
 * A Guest introduces itself by a letter, struct lguest_init: this is where I
 * take system calls, here I want to hear of exceptions, this is my pad (of
 * which more below), and here are the two places from which I go back to my
 * programs.
 *
 * The letter goes by a software interrupt, INT 0x80, and it is the only one
 * that does. All later requests use the instruction SYSCALL, which is much
 * faster.  But SYSCALL goes to where the Host sends it, and before the Host
 * has read this very letter it does not know what a SYSCALL of ours might
 * mean.  So the first word needs another way in.  And should the Host not like
 * what it reads, there is nobody whom we could tell: no console, no handler.
 * We die of an instruction that is defined to be undefined, and the Host makes
 * a message of it.
 */
/**
 * lguest_introduce - tell the Host that this cpu is there
 * @init: what there is to say; in the kernel's image
 *
 * The one hypercall that comes by software interrupt: SYSCALL works only
 * once the Host knows what we tell it here.
 */
void lguest_introduce(struct lguest_init *init)
{
	long answer;

	asm volatile("int %[trap]"
		     : "=a" (answer)
		     : [trap] "i" (LGUEST_TRAP_ENTRY), "a" (LHCALL_LGUEST_INIT),
		       "D" (__pa(init)), "S" (0), "d" (0)
		     : "rcx", "r11", "memory");

	/* Nobody listens yet: die of an exception, the Host will report it. */
	if (answer)
		asm volatile("ud2");
}
/*:*/

static void __init lguest_introduce_ourselves(void)
{
	struct lguest_pad *pad = per_cpu_ptr(&lguest_pad, 0);

	lguest_prepare_pad(pad);
	lguest_fill_init(&lguest_init, 0);
	lguest_init.pad = __pa(pad);
	lguest_introduce(&lguest_init);
}

/*
 * The ISA ports: there is nothing behind them, and each one that a driver
 * probes is a journey to the Launcher.  PCI's configuration ports (0xcf8)
 * and what PCI hands out (from 0x1000) stay free.
 */
static struct resource lguest_isa_ports = {
	.name	= "lguest: no ISA devices",
	.start	= 0,
	.end	= 0xcf7,
	.flags	= IORESOURCE_IO | IORESOURCE_BUSY,
};

static void __init lguest_reserve_resources(void)
{
	request_resource(&ioport_resource, &lguest_isa_ports);
}

static void __init lguest_set_legacy_features(void)
{
	x86_platform.legacy.i8042 = X86_LEGACY_I8042_PLATFORM_ABSENT;
	x86_platform.legacy.rtc = 0;
	x86_platform.legacy.warm_reset = 0;
	x86_platform.legacy.no_vga = 1;
	x86_platform.legacy.reserve_bios_regions = 0;
	x86_platform.legacy.devices.pnpbios = 0;
}

/* What a PC has and a Guest has not. */
static void __init lguest_init_platform(void)
{
	x86_platform.set_legacy_features = lguest_set_legacy_features;
	x86_platform.realmode_reserve = x86_init_noop;
	x86_platform.realmode_init = x86_init_noop;

	x86_init.resources.probe_roms = x86_init_noop;
	x86_init.resources.reserve_resources = lguest_reserve_resources;
	x86_init.mpparse.find_smp_config = x86_init_noop;

	/* No tables of ACPI either; PCI is found by its configuration ports. */
	disable_acpi();
}

/*G:120 The first words in C
 *
 * Here we are, in C.  The first thing that this function does is to write down
 * that it ran: lguest_active.  A native kernel never comes here, so that is
 * all it takes to know oneself.  (boot_params says the same to whom it may
 * concern: its hardware_subarch is 1, LGUEST_SUBARCH, as it was in the first
 * lguest.)
 *
 * Then it forces the processor feature X86_FEATURE_XENPV.  We are not Xen!
 * But this is the bit by which the rest of the kernel knows that it is not in
 * ring 0, and the instruction sequences that must not be used then are already
 * guarded by it.  A name is smoke; the patch would have been ten times the
 * size.
 *
 * After that come the introductions, and then one function for each thing that
 * a real machine has and we have not.  Each hangs its replacements into the
 * hooks that Linux has for this purpose, pv_ops and x86_init and their
 * relatives.  The last line goes where every x86 kernel goes, and
 * start_kernel() never learns what happened before.
 */
/**
 * lguest_start_kernel - the first C function of a Guest
 * @boot_params_pa: where the Launcher put struct boot_params
 */
asmlinkage __visible void __init lguest_start_kernel(unsigned long boot_params_pa)
{
	lguest_active = true;

	/*
	 * The kernel is not in ring 0, its paravirt operations are not native.
	 * The feature that says so to asm/paravirt.h, entry_64.S and others
	 * was made for Xen, hence its name.
	 */
	setup_force_cpu_cap(X86_FEATURE_XENPV);
	pv_info.name = "lguest";

	lguest_introduce_ourselves();
	early_boot_irqs_disabled = true;

	lguest_init_cpu();
	lguest_init_console();
	lguest_init_mmu(boot_params_pa);
	lguest_init_irq();
	lguest_init_ipi();
	lguest_init_nmi();
	lguest_init_time();
	lguest_init_pci();
	lguest_init_power();
	lguest_init_platform();
	lguest_init_smp();

	cr4_init_shadow();

	/* It copies the boot parameters, as it finds none copied yet. */
	x86_64_start_reservations((char *)boot_params_pa);
}
/*:*/
