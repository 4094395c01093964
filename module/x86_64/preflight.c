// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * preflight.c - what a Host must have, and whether this one has it.
 *
 * lguest --check-host asks the same questions from outside; the bits are
 * the same (include/lguest/device.h).
 */
#include <linux/mem_encrypt.h>
#include <linux/cc_platform.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <xen/xen.h>

#include "../lg.h"

/*
 * Linear address space separation: a processor where this bit of CR4 is set lets
 * no program touch the upper half of the address space, whatever page tables
 * say.  A Guest's kernel is a program, and lives there.
 */
#define LG_CR4_LASS	BIT(27)

static const char * const missing_names[] = {
	"the FSGSBASE instructions (a newer processor, or no \"nofsgsbase\")",
	"NX pages",
	"an interrupt table: this Host uses FRED (boot it with \"fred=off\")",
	"ring 0: this Host is a Xen PV guest",
	"unencrypted memory: this Host runs under SEV, TDX or SME",
	"room for the Switcher beside the cpu entry area",
	"a 64-bit kernel",
	"the SYSCALL instruction",
	"upper addresses for programs: this Host uses LASS (boot it with \"clearcpuid=lass\")",
};

/** lg_arch_missing_name - what bit number @bit of LGUEST_MISSING_ stands for */
const char *lg_arch_missing_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(missing_names) ? missing_names[bit] : "?";
}

/**
 * lg_arch_preflight - LGUEST_MISSING_ bits of this machine
 * @features: gets LGUEST_HOST_ bits
 */
u32 lg_arch_preflight(u64 *features)
{
	u32 missing = 0;

	if (!boot_cpu_has(X86_FEATURE_FSGSBASE) ||
	    !(native_read_cr4() & X86_CR4_FSGSBASE))
		missing |= LGUEST_MISSING_FSGSBASE;
	if (!boot_cpu_has(X86_FEATURE_NX))
		missing |= LGUEST_MISSING_NX;
	if (lg_fred_in_use())
		missing |= LGUEST_MISSING_NO_FRED;
	if (native_read_cr4() & LG_CR4_LASS)
		missing |= LGUEST_MISSING_NO_LASS;
	if (xen_pv_domain())
		missing |= LGUEST_MISSING_NOT_XEN_PV;
	if (sme_me_mask || cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		missing |= LGUEST_MISSING_NOT_ENCRYPTED;
	if (!boot_cpu_has(X86_FEATURE_SYSCALL))
		missing |= LGUEST_MISSING_SYSCALL;

	*features = 0;
	if (native_read_cr4() & X86_CR4_PCIDE)
		*features |= LGUEST_HOST_PCID;
	if (native_read_cr4() & X86_CR4_LA57)
		*features |= LGUEST_HOST_LA57;
	if (boot_cpu_has(X86_FEATURE_PTI))
		*features |= LGUEST_HOST_PTI;
	if (lg_ibt_in_use())
		*features |= LGUEST_HOST_IBT;
	if (boot_cpu_has(X86_FEATURE_VMX) || boot_cpu_has(X86_FEATURE_SVM))
		*features |= LGUEST_HOST_HWVIRT;
	return missing;
}
