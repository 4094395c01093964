// SPDX-License-Identifier: GPL-2.0
/*
 * cpu.c - the processor as a Guest sees it.
 *
 * Instructions that only ring 0 may execute, and CPUID, which anybody may but
 * which tells of more than a Guest can have.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>

#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/fsgsbase.h>
#include <asm/hypervisor.h>
#include <asm/idtentry.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/tlbflush.h>

#include "lguest.h"

/*G:400 Registers that we do not have
 *
 * CR0 turns features of the processor on and off, CR4 more of them, CR2 is the
 * address of the last page fault, CR3 says which page table is in use.  We
 * have none of the four.  What the kernel writes into CR0 and CR4 is kept in a
 * variable, so that it can read it again, which makes it happy.  CR2 comes by
 * the pad.  Only CR3 matters to anybody else, and it has moved in with the
 * page tables (mmu.c).
 */
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
/*:*/

/* Debug registers: the Host has the real ones, and checks what goes in. */
static DEFINE_PER_CPU(unsigned long [8], lguest_debugregs) = {
	[7] = DR_CONTROL_RESERVED,
};

static noinstr unsigned long lguest_get_debugreg(int number)
{
	if (number == 6)
		return __this_cpu_read(lguest_pad.dr6);
	return __this_cpu_read(lguest_debugregs[number & 7]);
}

static noinstr void lguest_set_debugreg(int number, unsigned long value)
{
	/* The Host fills in DR6 whenever it has something to say by it. */
	if (number == 6) {
		__this_cpu_write(lguest_pad.dr6, value);
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

/*G:410.x86_64 Descriptor tables
 *
 * Segments are the processor's older idea of memory protection.  On x86_64
 * hardly more is left of them than selectors that must be loaded and be valid,
 * and a base address for FS and GS.  The tables (GDT, LDT, TSS) that describe
 * them are the Host's.  The Guest may keep its own as a souvenir: ordinary
 * memory that no processor looks at.  So loading one is an empty function.
 *
 * The LDT was wanted by strange programs even in its good years; the TSS
 * switched tasks once, before anybody had measured how slow that was.
 */
/*
 * Descriptor tables.  Ours are ordinary memory that no processor looks at; the
 * rest of the kernel likes to fill them in, and may.
 */
static void lguest_load_table(const struct desc_ptr *table)
{
}

static void lguest_set_ldt(const void *table, unsigned int entries)
{
}

static unsigned long lguest_store_tr(void)
{
	return GDT_ENTRY_TSS * 8;
}

static void lguest_load_tls(struct thread_struct *thread, unsigned int cpu)
{
	/* set_thread_area() is for 32-bit programs, which we do not run. */
}
/*:*/

/* The early handlers are never installed here: what is, can run. */
static void lguest_write_idt_entry(gate_desc *table, int entry,
				   const gate_desc *gate)
{
	native_write_idt_entry(table, entry, gate);
	if (entry < NUM_EXCEPTION_VECTORS)
		lguest_handler_ready |= BIT(entry);
}

/*
 * A selector for the user's GS.  Loading it changes the GS base, which is the
 * kernel's at the moment: so between the load and the restore nothing may
 * touch a per-cpu variable, nor an interrupt or an NMI come in.
 */
static void lguest_load_gs_index(unsigned int selector)
{
	unsigned long flags;

	local_irq_save(flags);
	this_cpu_write(lguest_pad.user_gs_base,
		       lguest_swap_gs_selector(selector));
	local_irq_restore(flags);
}

/*
 * The kernel's own GS base changes once in a cpu's life, when its per-cpu area
 * is ready, and the pad moves with it.  Until wrgsbase, %gs is no good.
 * Until the Host knows of it, an NMI would put its frame into the old pad;
 * but nmi_blocked is set in both from the first moment of the cpu.
 */
static void lguest_set_gs_base(unsigned long base)
{
	wrgsbase(base);
	lguest_hypercall3(LHCALL_SET_PAD,
			  slow_virt_to_phys(this_cpu_ptr(&lguest_pad)),
			  base, 0);
}

/* Model specific registers: a few we can do, the others we have not got. */
static bool lguest_do_read_msr(unsigned int msr, u64 *value)
{
	switch (msr) {
	case MSR_KERNEL_GS_BASE:
		*value = this_cpu_read(lguest_pad.user_gs_base);
		return true;
	case MSR_FS_BASE:
		*value = rdfsbase();
		return true;
	case MSR_GS_BASE:
		*value = rdgsbase();
		return true;
	case MSR_EFER:
		*value = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
		return true;
	case MSR_IA32_MISC_ENABLE:
		/* Or Linux takes REP MOVS for slow. */
		*value = MSR_IA32_MISC_ENABLE_FAST_STRING;
		return true;
	default:
		*value = 0;
		return false;
	}
}

static u64 lguest_read_msr(unsigned int msr)
{
	u64 value;

	lguest_do_read_msr(msr, &value);
	return value;
}

static u64 lguest_read_msr_safe(unsigned int msr, int *err)
{
	u64 value;

	*err = lguest_do_read_msr(msr, &value) ? 0 : -EIO;
	return value;
}

static int lguest_write_msr_safe(unsigned int msr, unsigned int low,
				 unsigned int high)
{
	u64 value = (u64)high << 32 | low;

	/* The first two belong to every context switch. */
	if (likely(msr == MSR_KERNEL_GS_BASE)) {
		this_cpu_write(lguest_pad.user_gs_base, value);
		return 0;
	}

	switch (msr) {
	case MSR_FS_BASE:
		wrfsbase(value);
		return 0;
	case MSR_GS_BASE:
		lguest_set_gs_base(value);
		return 0;
	case MSR_EFER:
	case MSR_STAR:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_SYSCALL_MASK:
	case MSR_IA32_SYSENTER_CS:
	case MSR_IA32_SYSENTER_ESP:
	case MSR_IA32_SYSENTER_EIP:
		/* The Host knows our entries; these are its own. */
		return 0;
	default:
		return -EIO;
	}
}

static void lguest_write_msr(unsigned int msr, unsigned int low,
			     unsigned int high)
{
	lguest_write_msr_safe(msr, low, high);
}

static u64 lguest_read_pmc(int counter)
{
	return 0;
}

/*G:420 Who am I? CPUID
 *
 * CPUID tells what the processor can do: pages and pages of bits.  It is not
 * privileged, anybody may ask, and so nobody can be lied to against his will.
 * But *our kernel* asks through a hook, and there we answer with a list of
 * what a Guest may have.  A list of what it may not would be shorter today,
 * and wrong with the next processor: a new feature mostly needs something of
 * the operating system, and is not ours to promise.
 *
 * The old lguest asked the processor and turned off four things.  Processors
 * were modest then.  If you say "cat /proc/cpuinfo" in a Guest, the name of
 * the model is the true one: programs run on the real thing, after all.
 */
/*
 * CPUID.
 *
 * A list of what a Guest may have, not of what it may not: a feature that
 * is invented tomorrow needs an operating system's support more often than
 * not, and is then not ours.  Programs that execute CPUID themselves see the
 * Host's answer; that is all right for what the list leaves in place, as
 * it does for instructions that just work.
 */
#define F(name)		BIT(X86_FEATURE_##name & 31)

#define LEAF_1_ECX	(F(XMM3) | F(PCLMULQDQ) | F(SSSE3) | F(FMA) | F(CX16) | \
			 F(XMM4_1) | F(XMM4_2) | F(MOVBE) | F(POPCNT) |	\
			 F(AES) | F(XSAVE) | F(OSXSAVE) | F(AVX) |	\
			 F(F16C) | F(RDRAND))
/* Virtual ones: the Host does both, whatever the processor has. */
#define LEAF_1_ECX_ON	(F(PCID) | F(HYPERVISOR))
#define LEAF_1_EDX	(F(FPU) | F(PSE) | F(TSC) | F(MSR) | F(PAE) |	\
			 F(CX8) | F(PGE) | F(CMOV) | F(PSE36) |		\
			 F(CLFLUSH) | F(MMX) | F(FXSR) | F(XMM) | F(XMM2))
#define LEAF_7_EBX	(F(FSGSBASE) | F(BMI1) | F(HLE) | F(AVX2) | F(BMI2) | \
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
#define LEAF_81_EDX	(F(SYSCALL) | F(NX) | F(MMXEXT) | F(FXSR_OPT) |	\
			 F(GBPAGES) | F(LM) | F(3DNOWEXT) | F(3DNOW))
#define LEAF_88_EBX	(F(CLZERO) | F(XSAVEERPTR))

/* How many cpus we have: the processor that a Guest sees has as many cores. */
static u32 lguest_cores(void)
{
	return max(this_cpu_read(lguest_pad.vcpus), 1U);
}
/*:*/

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

static void lguest_cpuid(u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
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
	pv_ops.cpu.read_msr = lguest_read_msr;
	pv_ops.cpu.write_msr = lguest_write_msr;
	pv_ops.cpu.read_msr_safe = lguest_read_msr_safe;
	pv_ops.cpu.write_msr_safe = lguest_write_msr_safe;
	pv_ops.cpu.read_pmc = lguest_read_pmc;
	pv_ops.cpu.load_tr_desc = paravirt_nop;
	pv_ops.cpu.set_ldt = lguest_set_ldt;
	pv_ops.cpu.load_gdt = lguest_load_table;
	pv_ops.cpu.load_idt = lguest_load_table;
	pv_ops.cpu.store_tr = lguest_store_tr;
	pv_ops.cpu.load_tls = lguest_load_tls;
	pv_ops.cpu.load_gs_index = lguest_load_gs_index;
	pv_ops.cpu.write_idt_entry = lguest_write_idt_entry;
	/* The kernel's stack is found by cpu_current_top_of_stack alone. */
	pv_ops.cpu.load_sp0 = paravirt_nop;
}
