// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * preflight.c - what a Host must have, and whether this one has it.
 *
 * The bits are those of include/lguest/device.h, of which i386 needs few.
 */
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/tlbflush.h>
#include <xen/xen.h>

#include "../lg.h"

static const char * const missing_names[] = {
	[3] = "ring 0: this Host is a Xen PV guest",
	[5] = "room for the Switcher among the boot-time mappings",
};

/** lg_arch_missing_name - what bit number @bit of LGUEST_MISSING_ stands for */
const char *lg_arch_missing_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(missing_names) && missing_names[bit] ? missing_names[bit] : "?";
}

/**
 * lg_arch_preflight - LGUEST_MISSING_ bits of this machine
 * @features: gets LGUEST_HOST_ bits
 */
u32 lg_arch_preflight(u64 *features)
{
	u32 missing = 0;

	BUILD_BUG_ON(LGUEST_MISSING_NOT_XEN_PV != 1u << 3 || LGUEST_MISSING_SLOT != 1u << 5);

	if (xen_pv_domain())
		missing |= LGUEST_MISSING_NOT_XEN_PV;

	*features = 0;
	if (boot_cpu_has(X86_FEATURE_PTI))
		*features |= LGUEST_HOST_PTI;
	if (IS_ENABLED(CONFIG_X86_PAE))
		*features |= LGUEST_HOST_PAE;
	if (boot_cpu_has(X86_FEATURE_VMX) || boot_cpu_has(X86_FEATURE_SVM))
		*features |= LGUEST_HOST_HWVIRT;
	return missing;
}
