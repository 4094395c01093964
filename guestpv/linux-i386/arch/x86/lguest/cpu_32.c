// SPDX-License-Identifier: GPL-2.0
/*
 * cpu_32.c - segments, descriptor tables and model specific registers, i386.
 *
 *G:410.i386 Descriptor tables
 *
 * The processor's tables are the Host's.  Ours are ordinary memory, which the
 * rest of the kernel fills in; what the Host has to know of them, it is told
 * entry by entry: four segments, the gates, and which three segments of its own the
 * current thread has.  :*
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>

#include <asm/desc.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/processor.h>
#include <asm/segment.h>

#include "lguest.h"

/* The two words of a descriptor, as hypercalls have them. */
union lguest_descriptor {
	u64	both;
	struct {
		u32	low;
		u32	high;
	};
};

/* What the Host was told, so that it is told only what is new. */
static u64 lguest_told_gdt[GDT_ENTRIES];
static u64 lguest_told_idt[IDT_ENTRIES];
static u64 lguest_told_tls[GDT_ENTRY_TLS_ENTRIES] __aligned(32);

/* Segments that Linux works with: the flat ones of kernel and user. */
static bool lguest_is_flat_segment(unsigned int entry)
{
	return entry == GDT_ENTRY_KERNEL_CS || entry == GDT_ENTRY_KERNEL_DS ||
	       entry == GDT_ENTRY_DEFAULT_USER_CS ||
	       entry == GDT_ENTRY_DEFAULT_USER_DS;
}

static void lguest_tell_gdt_entry(unsigned int entry, const void *descriptor)
{
	union lguest_descriptor words;

	/* The others are for BIOSes, task switches and the like. */
	if (entry >= GDT_ENTRIES || !lguest_is_flat_segment(entry))
		return;

	memcpy(&words, descriptor, sizeof(words));
	if (lguest_told_gdt[entry] == words.both)
		return;
	lguest_told_gdt[entry] = words.both;
	lguest_hypercall3(LHCALL_LOAD_GDT_ENTRY, entry, words.low, words.high);
}

static void lguest_write_gdt_entry(struct desc_struct *table, int entry,
				   const void *descriptor, int type)
{
	native_write_gdt_entry(table, entry, descriptor, type);
	lguest_tell_gdt_entry(entry, descriptor);
}

static void lguest_load_gdt(const struct desc_ptr *table)
{
	const struct desc_struct *gdt = (const void *)table->address;
	unsigned int i;

	for (i = 0; i < (table->size + 1U) / sizeof(*gdt); i++)
		lguest_tell_gdt_entry(i, &gdt[i]);
}

static void lguest_tell_idt_entry(unsigned int vector, const gate_desc *gate)
{
	union lguest_descriptor words;
	gate_desc copy = *gate;

	/* Double faults have a task gate.  We have no tasks, and the Host sees to
	   it that there are no double faults. */
	if (copy.bits.type != GATE_INTERRUPT && copy.bits.type != GATE_TRAP)
		return;

	/*
	 * The processor can take system calls to us without the Host, but not
	 * through an interrupt gate, by which it would turn the real flag off.
	 */
	if (vector == LGUEST_SYSCALL_VECTOR && copy.bits.dpl == 3) {
		copy.bits.type = GATE_TRAP;
		copy.offset_low = (u16)(unsigned long)lguest_int80;
		copy.offset_middle = (u16)((unsigned long)lguest_int80 >> 16);
	}

	memcpy(&words, &copy, sizeof(words));
	if (lguest_told_idt[vector] == words.both)
		return;
	lguest_told_idt[vector] = words.both;
	lguest_hypercall3(LHCALL_LOAD_IDT_ENTRY, vector, words.low, words.high);
}

static void lguest_write_idt_entry(gate_desc *table, int entry,
				   const gate_desc *gate)
{
	native_write_idt_entry(table, entry, gate);
	lguest_tell_idt_entry(entry, gate);
}

static void lguest_load_idt(const struct desc_ptr *table)
{
	const gate_desc *idt = (const void *)table->address;
	unsigned int i;

	for (i = 0; i < (table->size + 1U) / sizeof(*idt); i++)
		lguest_tell_idt_entry(i, &idt[i]);
}

static void lguest_set_ldt(const void *table, unsigned int entries)
{
	/* LGUEST_GUEST depends on no CONFIG_MODIFY_LDT_SYSCALL. */
}

static unsigned long lguest_store_tr(void)
{
	return GDT_ENTRY_TSS * 8;
}

/*
 * The segments that a thread has asked for.  %gs has one of them, mostly, and the
 * Host cannot load what is not there any more.  A context switch has saved it,
 * and loads the next thread's; but set_thread_area() is not one.
 */
static void lguest_load_tls(struct thread_struct *thread, unsigned int cpu)
{
	unsigned short gs;

	if (!memcmp(lguest_told_tls, thread->tls_array, sizeof(lguest_told_tls)))
		return;
	native_load_tls(thread, cpu);
	memcpy(lguest_told_tls, thread->tls_array, sizeof(lguest_told_tls));

	savesegment(gs, gs);
	loadsegment(gs, 0);
	lguest_call_later3(LHCALL_LOAD_TLS, __pa(lguest_told_tls), 0, 0);
	if (paravirt_get_lazy_mode() == PARAVIRT_LAZY_NONE)
		loadsegment(gs, gs);
}

/* Where the user's traps begin: always the entry stack of the cpu. */
static void lguest_load_sp0(unsigned long sp0)
{
	native_load_sp0(sp0);
	lguest_call_later3(LHCALL_SET_STACK, LGUEST_KERNEL_DS, sp0, 0);
}

/* Model specific registers: a few we can do, the others we have not got. */
static u64 lguest_read_msr_safe(unsigned int msr, int *err)
{
	*err = 0;
	switch (msr) {
	case MSR_EFER:
		return IS_ENABLED(CONFIG_X86_PAE) ? EFER_NX : 0;
	case MSR_IA32_MISC_ENABLE:
		/* Or Linux takes REP MOVS for slow. */
		return MSR_IA32_MISC_ENABLE_FAST_STRING;
	default:
		*err = -EIO;
		return 0;
	}
}

static u64 lguest_read_msr(unsigned int msr)
{
	int err;

	return lguest_read_msr_safe(msr, &err);
}

static int lguest_write_msr_safe(unsigned int msr, unsigned int low,
				 unsigned int high)
{
	switch (msr) {
	case MSR_EFER:
	case MSR_IA32_SYSENTER_CS:
	case MSR_IA32_SYSENTER_ESP:
	case MSR_IA32_SYSENTER_EIP:
		/* Ours are not the processor's. */
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

void __init lguest_init_segments(void)
{
	pv_ops.cpu.read_msr = lguest_read_msr;
	pv_ops.cpu.write_msr = lguest_write_msr;
	pv_ops.cpu.read_msr_safe = lguest_read_msr_safe;
	pv_ops.cpu.write_msr_safe = lguest_write_msr_safe;
	pv_ops.cpu.load_tr_desc = paravirt_nop;
	pv_ops.cpu.set_ldt = lguest_set_ldt;
	pv_ops.cpu.load_gdt = lguest_load_gdt;
	pv_ops.cpu.load_idt = lguest_load_idt;
	pv_ops.cpu.store_tr = lguest_store_tr;
	pv_ops.cpu.load_tls = lguest_load_tls;
	pv_ops.cpu.write_gdt_entry = lguest_write_gdt_entry;
	pv_ops.cpu.write_idt_entry = lguest_write_idt_entry;
	pv_ops.cpu.load_sp0 = lguest_load_sp0;
}
