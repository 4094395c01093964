// SPDX-License-Identifier: GPL-2.0
/*
 * cpuid.c - which processor a Guest sees.
 *
 * CPUID is an instruction that anybody may execute, but it tells of more than
 * a Guest can have.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>

#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/hypervisor.h>
#include <asm/paravirt.h>
#include <asm/processor.h>

#include "lguest.h"

/*
 * A list of what a Guest may have, not of what it may not: a feature that
 * is invented tomorrow needs an operating system's support more often than
 * not, and is then not ours.  Programs that execute CPUID themselves see the
 * Host's answer; that is all right for what the list leaves in place, as
 * it does for instructions that just work.
 */
#define F(name)		BIT(X86_FEATURE_##name & 31)
/* Of no use to 32 bits, or (large pages) not to be had there. */
#define F64(name)	(IS_ENABLED(CONFIG_X86_64) ? F(name) : 0)
/* Where page table entries have 64 bits. */
#define FPAE(name)	(sizeof(pteval_t) == 8 ? F(name) : 0)

#define LEAF_1_ECX	(F(XMM3) | F(PCLMULQDQ) | F(SSSE3) | F(FMA) | F(CX16) | \
			 F(XMM4_1) | F(XMM4_2) | F(MOVBE) | F(POPCNT) |	\
			 F(AES) | F(XSAVE) | F(OSXSAVE) | F(AVX) |	\
			 F(F16C) | F(RDRAND))
/* Virtual ones: the Host does both, whatever the processor has. */
#define LEAF_1_ECX_ON	(F64(PCID) | F(HYPERVISOR))
#define LEAF_1_EDX	(F(FPU) | F64(PSE) | F(TSC) | F(MSR) | F(PAE) |	\
			 F(CX8) | F(PGE) | F(CMOV) | F64(PSE36) |		\
			 F(CLFLUSH) | F(MMX) | F(FXSR) | F(XMM) | F(XMM2))
#define LEAF_7_EBX	(F64(FSGSBASE) | F(BMI1) | F(HLE) | F(AVX2) | F(BMI2) | \
			 F(ERMS) | F(RTM) | F(AVX512F) | F(AVX512DQ) |	\
			 F(RDSEED) | F(ADX) | F(AVX512IFMA) | F(CLFLUSHOPT) | \
			 F(CLWB) | F(AVX512PF) | F(AVX512ER) | F(AVX512CD) | \
			 F(SHA_NI) | F(AVX512BW) | F(AVX512VL))
#define LEAF_7_ECX	(F(AVX512VBMI) | F(AVX512_VBMI2) | F(GFNI) |	\
			 F(VAES) | F(VPCLMULQDQ) | F(AVX512_VNNI) |	\
			 F(AVX512_BITALG) | F(AVX512_VPOPCNTDQ) |	\
			 F(CLDEMOTE) | F(MOVDIRI) | F(MOVDIR64B))
#define LEAF_7_EDX	(F(FSRM) | F(AVX512_4VNNIW) | F(AVX512_4FMAPS) | \
			 F(AVX512_VP2INTERSECT) | F(MD_CLEAR) |		\
			 F(SERIALIZE) | F(AVX512_FP16))
#define LEAF_7_1_EAX	(F(AVX_VNNI) | F(AVX512_BF16))
#define LEAF_81_ECX	(F(LAHF_LM) | F(ABM) | F(SSE4A) | F(MISALIGNSSE) | \
			 F(3DNOWPREFETCH) | F(XOP) | F(FMA4) | F(TBM))
#define LEAF_81_EDX	(F64(SYSCALL) | FPAE(NX) | F(MMXEXT) | F(FXSR_OPT) | \
			 F64(GBPAGES) | F64(LM) | F(3DNOWEXT) | F(3DNOW))
#define LEAF_88_EBX	(F(CLZERO) | F(XSAVEERPTR))

/* How many cpus we have: the processor that a Guest sees has as many cores. */
static u32 lguest_cores(void)
{
	return max(this_cpu_read(lguest_shared.vcpus), 1U);
}

/* Parts of the extended state which a Guest may use: those that a user
   can read and write with XSAVE, less keys and tiles. */
#define LGUEST_XFEATURES \
	(XFEATURE_MASK_FP | XFEATURE_MASK_SSE | XFEATURE_MASK_YMM | \
	 XFEATURE_MASK_OPMASK | XFEATURE_MASK_ZMM_Hi256 | \
	 XFEATURE_MASK_Hi16_ZMM)

#define XSAVE_LEGACY_SIZE	(512 + 64)

/*
 * XSAVE's leaf.  XCR0 is the Host's and may have more in it than we use, then
 * the sizes that the processor computes from it are not those of our areas.
 */
static void lguest_cpuid_xsave(u32 subleaf, u32 *eax, u32 *ebx, u32 *ecx,
			       u32 *edx)
{
	u32 have;
	u32 standard = XSAVE_LEGACY_SIZE, compact = XSAVE_LEGACY_SIZE;
	u32 i, size, offset, flags, unused;

	/* Without the Host's OSXSAVE, XGETBV is no instruction. */
	if (!(native_cpuid_ecx(1) & F(OSXSAVE))) {
		*eax = *ebx = *ecx = *edx = 0;
		return;
	}
	have = xgetbv(XCR_XFEATURE_ENABLED_MASK) & LGUEST_XFEATURES;

	if (subleaf >= 2) {
		if (subleaf >= 32 || !(have & BIT(subleaf)))
			*eax = *ebx = *ecx = *edx = 0;
		return;
	}

	for (i = 2; i < 32; i++) {
		if (!(have & BIT(i)))
			continue;
		size = 0xd;
		flags = i;
		native_cpuid(&size, &offset, &flags, &unused);
		standard = max(standard, offset + size);
		if (flags & 2)		/* wants its own cache line */
			compact = ALIGN(compact, 64);
		compact += size;
	}

	if (subleaf == 0) {
		*eax = have;
		*ebx = *ecx = standard;
		*edx = 0;
	} else {
		*eax &= 0x7;		/* XSAVEOPT, XSAVEC, XGETBV1 */
		*ebx = compact;
		*ecx = *edx = 0;	/* no supervisor's state */
	}
}

void lguest_cpuid(u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
{
	u32 leaf = *eax, subleaf = *ecx;

	/* Where a hypervisor underneath the Host would introduce itself. */
	if (leaf >= 0x40000000 && leaf < 0x50000000) {
		*eax = *ebx = *ecx = *edx = 0;
		if (leaf == 0x40000000) {
			*eax = leaf;
			memcpy(ebx, "lgue", 4);
			memcpy(ecx, "stlg", 4);
			memcpy(edx, "uest", 4);
		}
		return;
	}

	native_cpuid(eax, ebx, ecx, edx);

	switch (leaf) {
	case 0:
		*eax = min(*eax, 0xdU);
		break;
	case 1: {
		/*
		 * Which cpu of the Host we are on is not for us to know: the
		 * APIC id is our own number, [31:24]; [23:16] counts cores.
		 */
		*ebx &= 0x0000ffff;
		*ebx |= raw_smp_processor_id() << 24 | lguest_cores() << 16;

		/* XSAVE without the operating system's consent is none. */
		if (!(*ecx & F(OSXSAVE)))
			*ecx &= ~(F(XSAVE) | F(AVX) | F(FMA) | F(F16C));
		*ecx = (*ecx & LEAF_1_ECX) | LEAF_1_ECX_ON;
		*edx &= LEAF_1_EDX;
		if (lguest_cores() > 1)
			*edx |= F(HT);
		break;
	}
	case 2:
		break;
	case 4:
		/*
		 * The last cache, of level [7:5], is for all cores, others
		 * for one each: [25:14]; the number of cores: [31:26].  (This
		 * is what lets the scheduler wake an idle cpu.)
		 */
		*eax &= 0x3fff;
		if (!(*eax & 0x1f))
			break;
		*eax |= (lguest_cores() - 1) << 26;
		if ((*eax >> 5 & 7) >= 3)
			*eax |= (lguest_cores() - 1) << 14;
		break;
	case 7:
		switch (subleaf) {
		case 0:
			*eax = min(*eax, 1U);
			*ebx &= LEAF_7_EBX;
			*ecx &= LEAF_7_ECX;
			*edx &= LEAF_7_EDX;
			break;
		case 1:
			*eax &= LEAF_7_1_EAX;
			*ebx = *ecx = *edx = 0;
			break;
		default:
			*eax = *ebx = *ecx = *edx = 0;
		}
		break;
	case 0xd:
		lguest_cpuid_xsave(subleaf, eax, ebx, ecx, edx);
		break;
	case 0x80000000:
		*eax = min(*eax, 0x80000008U);
		break;
	case 0x80000001:
		*ecx &= LEAF_81_ECX;
		*edx &= LEAF_81_EDX;
		break;
	case 0x80000002 ... 0x80000006:
		break;
	case 0x80000008:
		*ebx &= LEAF_88_EBX;
		/* AMD: the number of cores, and of bits in APIC ids for them. */
		*ecx = get_count_order(lguest_cores()) << 12 |
		       (lguest_cores() - 1);
		*edx = 0;
		break;
	default:
		/* Power, clocks, counters, topology: not ours. */
		*eax = *ebx = *ecx = *edx = 0;
	}
}

/* The processor, for hypervisors[] in kernel/cpu/hypervisor.c: it keeps the
   outer machine's from being found. */
static u32 __init lguest_detect(void)
{
	return lguest_active ? U32_MAX : 0;
}

const __initconst struct hypervisor_x86 x86_hyper_lguest = {
	.name		= "lguest",
	.detect		= lguest_detect,
	.type		= X86_HYPER_LGUEST,
	.ignore_nopv	= true,
};
