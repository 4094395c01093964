// SPDX-License-Identifier: GPL-2.0
/*
 * cpu.c - the processor as a Guest sees it.
 *
 * Instructions that only ring 0 may execute, and that are the same for 32 and 64
 * bits.  The others are in cpu_32.c and cpu_64.c, CPUID in cpuid.c.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>

#include <asm/debugreg.h>
#include <asm/paravirt.h>
#include <asm/processor.h>
#include <asm/tlbflush.h>

#include "lguest.h"

/*
 * Control registers.  We have none: what the kernel writes is kept, so that
 * it can read it again.
 */
static DEFINE_PER_CPU(unsigned long, lguest_cr0) =
	X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP |
	X86_CR0_AM | X86_CR0_PG;
static DEFINE_PER_CPU(unsigned long, lguest_cr4) =
	X86_CR4_PAE | X86_CR4_PGE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;

static unsigned long lguest_read_cr0(void)
{
	return this_cpu_read(lguest_cr0);
}

static void lguest_write_cr0(unsigned long value)
{
	this_cpu_write(lguest_cr0, value);
}

/**
 * lguest_read_cr4 - what __read_cr4() gives, native or not
 *
 * There is no paravirt operation for this one.
 */
unsigned long lguest_read_cr4(void)
{
	if (lguest_active)
		return this_cpu_read(lguest_cr4);
	return native_read_cr4();
}
EXPORT_SYMBOL_GPL(lguest_read_cr4);

static void lguest_write_cr4(unsigned long value)
{
	this_cpu_write(lguest_cr4, value);
}

/* Debug registers: the Host has the real ones, and checks what goes in. */
static DEFINE_PER_CPU(unsigned long [8], lguest_debugregs) = {
	[7] = DR_CONTROL_RESERVED,
};

static noinstr unsigned long lguest_get_debugreg(int number)
{
	if (number == 6)
		return __this_cpu_read(lguest_shared.dr6);
	return __this_cpu_read(lguest_debugregs[number & 7]);
}

static noinstr void lguest_set_debugreg(int number, unsigned long value)
{
	/* The Host fills in DR6 whenever it has something to say by it. */
	if (number == 6) {
		__this_cpu_write(lguest_shared.dr6, value);
		return;
	}

	/* Every context switch of a debugged process clears what is clear. */
	if (__this_cpu_read(lguest_debugregs[number & 7]) == value)
		return;
	__this_cpu_write(lguest_debugregs[number & 7], value);
	lguest_hypercall3(LHCALL_SET_DEBUGREG, number, value, 0);
}

/**
 * lguest_reset_cpu - this cpu starts, for the first time or anew
 *
 * The Host has given it the registers of a cpu that was reset.
 */
void lguest_reset_cpu(void)
{
	int i;

	for (i = 0; i < 8; i++)
		this_cpu_write(lguest_debugregs[i],
			       i == 7 ? DR_CONTROL_RESERVED : 0);
	this_cpu_write(lguest_cr4, mmu_cr4_features);
}

static u64 lguest_read_pmc(int counter)
{
	return 0;
}

void __init lguest_init_cpu(void)
{
	pv_ops.cpu.io_delay = paravirt_nop;
	pv_ops.cpu.cpuid = lguest_cpuid;
	pv_ops.cpu.get_debugreg = lguest_get_debugreg;
	pv_ops.cpu.set_debugreg = lguest_set_debugreg;
	pv_ops.cpu.read_cr0 = lguest_read_cr0;
	pv_ops.cpu.write_cr0 = lguest_write_cr0;
	pv_ops.cpu.write_cr4 = lguest_write_cr4;
	pv_ops.cpu.wbinvd = paravirt_nop;
	pv_ops.cpu.read_pmc = lguest_read_pmc;

	lguest_init_segments();
}
