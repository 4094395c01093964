// SPDX-License-Identifier: GPL-2.0
/*
 * ipi.c - how cpus interrupt each other.
 *
 * Linux wants a local APIC for that and has a structure of functions for it.
 * This is ours: sending is a hypercall, with a line of the Host's for each
 * vector that Linux sends, and as many cpus at once as it likes; everything
 * else that an APIC does has no use here and does nothing.
 */
#include <linux/cpumask.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/hw_irq.h>
#include <asm/irq_vectors.h>

#include "lguest.h"

/* What we say that we are: an integrated APIC with a few entries. */
#define LGUEST_APIC_VERSION	(0x14 | 5 << 16)

/* Masks of cpus are one word, here and in the hypercall. */
static_assert(NR_CPUS <= 64);

static int lguest_vector_to_line(int vector)
{
	switch (vector) {
	case RESCHEDULE_VECTOR:
		return LGUEST_LINE_RESCHEDULE;
	case CALL_FUNCTION_VECTOR:
		return LGUEST_LINE_CALL_FUNCTION;
	case CALL_FUNCTION_SINGLE_VECTOR:
		return LGUEST_LINE_CALL_SINGLE;
	case IRQ_WORK_VECTOR:
		return LGUEST_LINE_IRQ_WORK;
	case REBOOT_VECTOR:
		return LGUEST_LINE_STOP;
	case NMI_VECTOR:
		return LGUEST_IPI_NMI;
	default:
		return -1;
	}
}

static void lguest_send(unsigned long vcpus, int vector)
{
	int line = lguest_vector_to_line(vector);

	if (WARN_ONCE(line < 0, "lguest: IPI with vector %#x\n", vector))
		return;
	if (!vcpus)
		return;
	lguest_idle_called(vcpus);
	lguest_hypercall3(LHCALL_SEND_IPI, vcpus, line, 0);
}

static void lguest_send_ipi(int cpu, int vector)
{
	lguest_send(BIT(cpu), vector);
}

static void lguest_send_ipi_mask(const struct cpumask *mask, int vector)
{
	lguest_send(cpumask_bits(mask)[0], vector);
}

static void lguest_send_ipi_mask_allbutself(const struct cpumask *mask,
					    int vector)
{
	lguest_send(cpumask_bits(mask)[0] & ~BIT(smp_processor_id()), vector);
}

static void lguest_send_ipi_allbutself(int vector)
{
	lguest_send_ipi_mask_allbutself(cpu_online_mask, vector);
}

static void lguest_send_ipi_all(int vector)
{
	lguest_send_ipi_mask(cpu_online_mask, vector);
}

static void lguest_send_ipi_self(int vector)
{
	lguest_send(BIT(smp_processor_id()), vector);
}

/* The number of a cpu is its APIC id, as CPUID says, too. */
static u32 lguest_apic_read(u32 reg)
{
	switch (reg) {
	case APIC_ID:
		return raw_smp_processor_id() << 24;
	case APIC_LVR:
		return LGUEST_APIC_VERSION;
	default:
		return 0;
	}
}

static unsigned int lguest_get_apic_id(unsigned long reg)
{
	return reg >> 24;
}

static int lguest_phys_pkg_id(int apic_id, int shift)
{
	return apic_id >> shift;
}

/* The Host clears what it delivers: nothing needs an end of interrupt. */
static void lguest_apic_write(u32 reg, u32 value)
{
}

static u64 lguest_icr_read(void)
{
	return 0;
}

static void lguest_icr_write(u32 low, u32 high)
{
}

static void lguest_wait_icr_idle(void)
{
}

static u32 lguest_safe_wait_icr_idle(void)
{
	return 0;
}

static struct apic lguest_apic __ro_after_init = {
	.name				= "lguest",

	.eoi_write			= lguest_apic_write,
	.write				= lguest_apic_write,
	.read				= lguest_apic_read,
	.icr_read			= lguest_icr_read,
	.icr_write			= lguest_icr_write,
	.wait_icr_idle			= lguest_wait_icr_idle,
	.safe_wait_icr_idle		= lguest_safe_wait_icr_idle,

	.send_IPI			= lguest_send_ipi,
	.send_IPI_mask			= lguest_send_ipi_mask,
	.send_IPI_mask_allbutself	= lguest_send_ipi_mask_allbutself,
	.send_IPI_allbutself		= lguest_send_ipi_allbutself,
	.send_IPI_all			= lguest_send_ipi_all,
	.send_IPI_self			= lguest_send_ipi_self,

	.delivery_mode			= APIC_DELIVERY_MODE_FIXED,
	.calc_dest_apicid		= apic_default_calc_apicid,
	.apic_id_valid			= default_apic_id_valid,
	.check_apicid_used		= default_check_apicid_used,
	.cpu_present_to_apicid		= default_cpu_present_to_apicid,
	.apicid_to_cpu_present		= physid_set_mask_of_physid,
	.check_phys_apicid_present	= default_check_phys_apicid_present,
	.ioapic_phys_id_map		= default_ioapic_phys_id_map,
	.phys_pkg_id			= lguest_phys_pkg_id,
	.get_apic_id			= lguest_get_apic_id,
};

void __init lguest_init_ipi(void)
{
	apic = &lguest_apic;
}
