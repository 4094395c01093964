// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * segments.c - the Guest's segment and interrupt tables.
 *
 *H:600.i386 The processor believes what stands in these tables, so nothing gets there
 * unread.  A segment of the Guest's is memory, code or data, of 32 bits, and
 * of ring 1 or 3.  Everything else that a descriptor can be
 * (a gate to elsewhere, a task, code that runs at its caller's ring) is a way
 * out of the Guest, or a way to confuse us, and the end of the Guest that asks for it.  :*
 */
#include <linux/nospec.h>
#include <asm/desc.h>
#include <asm/irq_vectors.h>
#include <asm/trapnr.h>

#include "../lg.h"

/* Bits of a descriptor's upper half. */
#define HIGH_ACCESSED	BIT(8)
#define HIGH_CONFORMING	BIT(10)		/* of code; of data: expands down */
#define HIGH_CODE	BIT(11)
#define HIGH_S		BIT(12)		/* memory, no system descriptor */
#define HIGH_DPL(high)	((high) >> 13 & 3)
#define HIGH_DPL_1	BIT(13)
#define HIGH_PRESENT	BIT(15)
#define HIGH_L		BIT(21)		/* code of 64 bits */
#define HIGH_D		BIT(22)		/* of 32 bits, not of 16 */

static struct desc_struct descriptor(u32 low, u32 high)
{
	union {
		u32 word[2];
		struct desc_struct desc;
	} both = { .word = { low, high } };

	return both.desc;
}

static u32 high_of(const struct desc_struct *desc)
{
	return ((const u32 *)desc)[1];
}

/*
 * What the Guest may have of it: it cannot have ring 0, nor make the
 * processor write "accessed" into a table that is read-only.  False: nothing.
 */
static bool sanitize(u32 low, u32 high, struct desc_struct *desc)
{
	if (!(high & HIGH_PRESENT)) {
		*desc = descriptor(0, 0);
		return true;
	}
	if (!(high & HIGH_S) || (high & HIGH_L) || !(high & HIGH_D) ||
	    ((high & HIGH_CODE) && (high & HIGH_CONFORMING)))
		return false;
	if (!HIGH_DPL(high))
		high |= HIGH_DPL_1;
	*desc = descriptor(low, high | HIGH_ACCESSED);
	return true;
}

/** lg_load_gdt_entry - LHCALL_LOAD_GDT_ENTRY */
int lg_load_gdt_entry(struct lg_vcpu *vcpu, u32 index, u32 low, u32 high)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;

	if (index >= LGUEST_GDT_ENTRIES) {
		lg_kill(vcpu->lg, "segment descriptor %u: there are %d", index, LGUEST_GDT_ENTRIES);
		return -EINVAL;
	}
	index = array_index_nospec(index, LGUEST_GDT_ENTRIES);
	if (LGUEST_GDT_IGNORED >> index & 1)
		return 0;
	if (!sanitize(low, high, &arch->gdt[index])) {
		lg_kill(vcpu->lg, "segment descriptor %u (%#x, %#x) is not for Guests", index, low, high);
		return -EINVAL;
	}
	arch->gdt_changes++;
	lg_check_segments(vcpu);
	return 0;
}

/** lg_load_tls - LHCALL_LOAD_TLS */
int lg_load_tls(struct lg_vcpu *vcpu, u32 gpa)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	u32 words[3][2];
	unsigned int i;

	if (lg_memory_read(vcpu->lg, words, gpa, sizeof(words)))
		return -EINVAL;
	for (i = 0; i < 3; i++)
		if (!sanitize(words[i][0], words[i][1], &arch->gdt[LGUEST_GDT_TLS + i]))
			arch->gdt[LGUEST_GDT_TLS + i] = descriptor(0, 0);
	arch->gdt_changes++;
	lg_check_segments(vcpu);
	return 0;
}

/*
 * Could a program at @ring have @selector in DS, ES, FS or GS?  It could a
 * moment ago; but now the descriptor may be another one.
 */
static bool loadable(const struct lg_arch_vcpu *arch, u32 selector, unsigned int ring)
{
	u32 high;

	if (!(selector & ~3u & 0xffff))
		return true;		/* null */
	if ((selector & SEGMENT_TI_MASK) || selector >> 3 >= LGUEST_GDT_ENTRIES)
		return false;
	high = high_of(&arch->gdt[array_index_nospec(selector >> 3, LGUEST_GDT_ENTRIES)]);
	return (high & HIGH_PRESENT) && (high & HIGH_S) &&
	       (!(high & HIGH_CODE) || (high & BIT(9))) &&	/* readable */
	       HIGH_DPL(high) >= ring && HIGH_DPL(high) >= (selector & 3);
}

/**
 * lg_check_segments - a descriptor has changed, which @vcpu may have loaded
 *
 * The Switcher must not fault as it loads them.  A selector that nobody could
 * load any more becomes null.
 */
void lg_check_segments(struct lg_vcpu *vcpu)
{
	struct switcher_registers *regs = &vcpu->arch.regs;
	u32 *const selectors[] = { &regs->ds, &regs->es, &regs->fs, &regs->gs };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(selectors); i++)
		if (!loadable(&vcpu->arch, *selectors[i] & 0xffff, regs->cs & 3))
			*selectors[i] = 0;
}

/** lg_segment_base - where the segment of @selector begins */
u32 lg_segment_base(struct lg_vcpu *vcpu, u32 selector)
{
	unsigned int i = (selector & 0xffff) >> 3;

	if (i >= LGUEST_GDT_ENTRIES || (selector & SEGMENT_TI_MASK))
		return 0;
	return get_desc_base(&vcpu->arch.gdt[array_index_nospec(i, LGUEST_GDT_ENTRIES)]);
}

/* A gate to one of the Switcher's stubs, for INT from rings up to @dpl. */
static void stub_gate(gate_desc *gate, unsigned int vector, unsigned int dpl)
{
	unsigned long stub = lg_switcher_address() + vector * SWITCHER_STUB_SIZE;

	memset(gate, 0, sizeof(*gate));
	gate->offset_low = (u16)stub;
	gate->offset_middle = (u16)(stub >> 16);
	gate->segment = SWITCHER_CS;
	gate->bits.type = GATE_INTERRUPT;
	gate->bits.dpl = dpl;
	gate->bits.p = 1;
}

/*
 * May the Guest let its programs come to our stub of @vector by INT?  Not if
 * what comes there is the Host's: a device's interrupt, a NMI or a machine check,
 * which the Host would believe.  Nor if the processor pushes an error code for
 * it, which INT does not.
 */
static bool by_software(unsigned int vector)
{
	switch (vector) {
	case X86_TRAP_NMI:
	case X86_TRAP_MC:
	case X86_TRAP_DF:
	case X86_TRAP_TS ... X86_TRAP_PF:
	case X86_TRAP_AC:
	case X86_TRAP_CP:
		return false;
	}
	return vector < FIRST_EXTERNAL_VECTOR || vector == LGUEST_SYSCALL_VECTOR;
}

/*S:140.i386 A system call of the Guest's is INT 0x80, and needs none of this: the
 * processor looks into the interrupt table that we have laid out for it, finds
 * the gate that the Guest's kernel has asked for, and goes from ring 3 to ring 1
 * without a word to us.  So do a few exceptions that are nobody's business but
 * the Guest's (LGUEST_VECTOR_DIRECT).  Only trap gates are entered so: an interrupt
 * gate would turn interrupts off, and they are the Host's.
 *
 * All others are gates to our stubs, and the Guest's own wishes for them are
 * kept in a table of its own, to be obeyed by lg_arch_event(). :*
 */
/*G:305.i386 A table that is a table
 *
 * On i386 it is as it was with the first lguest, without a switch: here the
 * processor does go by a table of the Guest's making, or nearly so.  Linux
 * fills in its own, and for each entry that it changes it tells the Host, by
 * LHCALL_LOAD_IDT_ENTRY.  Here we look at what it wants.  Only the address of the
 * handler is taken from it, and whether interrupts are off there; the code segment
 * is the Guest's kernel's, whatever it says, so no gate of a Guest leads to
 * ring 0.
 *
 * What it has asked for goes into two tables.  The Guest's own wishes, handlers,
 * are what lg_arch_event() obeys: it pushes a frame onto the Guest's stack,
 * and lets it go on at the handler.  The other, idt, is the one that the
 * processor sees: our stubs, by stub_gate(), and the Guest's own gate for the few
 * vectors that need no Host (S:140).
 */
/** lg_load_idt_entry - LHCALL_LOAD_IDT_ENTRY */
int lg_load_idt_entry(struct lg_vcpu *vcpu, u32 vector, u32 low, u32 high)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	gate_desc *handler, *gate;
	unsigned int type = high >> 8 & 0x1f, dpl = HIGH_DPL(high);

	if (vector >= 256) {
		lg_kill(vcpu->lg, "interrupt gate %u: there are 256", vector);
		return -EINVAL;
	}
	vector = array_index_nospec(vector, 256);
	if (vector == X86_TRAP_DF || vector == LGUEST_TRAP_ENTRY_32)
		return 0;
	handler = &arch->handlers[vector];
	gate = &arch->idt[vector];
	arch->idt_changes++;
	if (!(high & HIGH_PRESENT)) {
		memset(handler, 0, sizeof(*handler));
		stub_gate(gate, vector, 0);
		return 0;
	}
	if (type != GATE_INTERRUPT && type != GATE_TRAP) {
		lg_kill(vcpu->lg, "interrupt gate %u (%#x, %#x) is not for Guests", vector, low, high);
		return -EINVAL;
	}
	memset(handler, 0, sizeof(*handler));
	handler->offset_low = (u16)low;
	handler->offset_middle = (u16)(high >> 16);
	handler->segment = LGUEST_KERNEL_CS;
	handler->bits.type = type;
	handler->bits.dpl = dpl;
	handler->bits.p = 1;
	if (type == GATE_TRAP && LGUEST_VECTOR_DIRECT(vector))
		*gate = *handler;
	else
		stub_gate(gate, vector, by_software(vector) ? dpl : 0);
	return 0;
}
/* :*/

/** lg_segments_reset - as they are when the Guest starts */
void lg_segments_reset(struct lg_vcpu *vcpu)
{
	struct lg_arch_vcpu *arch = &vcpu->arch;
	unsigned int vector;

	memset(arch->gdt, 0, sizeof(arch->gdt));
	memset(arch->handlers, 0, sizeof(arch->handlers));
	/* Flat, 4 GiB, 32 bits: ours at ring 0, the Guest's at ring 1. */
	arch->gdt[LGUEST_GDT_CS] = descriptor(0x0000ffff, 0x00cf9b00);
	arch->gdt[LGUEST_GDT_DS] = descriptor(0x0000ffff, 0x00cf9300);
	arch->gdt[LGUEST_KERNEL_CS >> 3] = descriptor(0x0000ffff, 0x00cfbb00);
	arch->gdt[LGUEST_KERNEL_DS >> 3] = descriptor(0x0000ffff, 0x00cfb300);
	for (vector = 0; vector < 256; vector++)
		stub_gate(&arch->idt[vector], vector, 0);
	stub_gate(&arch->idt[LGUEST_TRAP_ENTRY_32], LGUEST_TRAP_ENTRY_32, 1);
	arch->gdt_changes++;
	arch->idt_changes++;
}
