/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_32.h - where everything is when the Switcher runs, on i386.
 *
 *	page		Host's tables		Guest's tables
 *	0		Switcher text		Switcher text
 *	1 + 3 * cpu	its stack		the same, of this cpu only
 *	2 + 3 * cpu	its tables		the same, read-only
 *	3 + 3 * cpu	its notes		-
 *
 * All of it is supervisor-only, but so is the Guest's kernel, at ring 1: it can
 * read the tables page, and write the stack page, which has nothing but what
 * it knows: its own registers.  Segment limits play no part in this.
 *
 * One number in the tables page is the Host's: host_cr3, which has to be there
 * as the Guest's tables are still in use when it is needed.  It tells the Guest in
 * which page frame the Launcher's top-level table is, and that is of no use to it.
 * Nothing that a Guest says is ever taken for a physical address of the
 * Host's, and it writes no entry that its processor walks.
 */
/*S:020.i386 The first lguest had two pages for each processor, and mapped them
 * where the Guest could find them.  We have three, behind the text, and each
 * Guest sees only those of the processor that it is on.
 *
 * The first is a stack: the processor goes there when it comes to ring 0 from
 * the Guest, so the Guest's registers land in it, and an IRET takes them up
 * again.  The second is what the processor reads: the segments and the gates of
 * this Guest, of which each was looked at before it got there, and the TSS,
 * which says where the stack is.  The third is our notebook, and not in the
 * Guest's tables at all.
 *
 * No page shows one thing to the Host and another to the Guest, as x86_64's
 * interrupt table must.  LGDT, LIDT and LTR change the tables, and who is
 * at ring 1 may say none of them. :*
 */
#ifndef LGUEST_SWITCHER_LAYOUT_32_H
#define LGUEST_SWITCHER_LAYOUT_32_H

#define SWITCHER_PAGE		4096
#define SWITCHER_CPU_PAGES	3
#define SWITCHER_STACK_PAGE(cpu)	(1 + SWITCHER_CPU_PAGES * (cpu))

/* Bytes per interrupt stub; stub of vector n is at n * SWITCHER_STUB_SIZE. */
#define SWITCHER_STUB_SIZE	8

/* notes.vector: 0 to 255 are the processor's. */
#define SWITCHER_EXIT_FAULT	256	/* the Switcher itself faulted */

/*
 * EFLAGS bits that a Guest may have: CF PF AF ZF SF TF DF OF NT RF AC ID; and the
 * ones it always has: IF and bit 1.  IOPL, VM, VIF and VIP are not among them.
 */
#define SWITCHER_EFLAGS_GUEST	0x254dd5
#define SWITCHER_EFLAGS_ALWAYS	0x000202

/* Segments of ring 0 that the tables of Host and Guest both have. */
#define SWITCHER_CS		(10 * 8)
#define SWITCHER_DS		(11 * 8)
/* The Guest's table has the TSS that leads back to us here. */
#define SWITCHER_TSS		(16 * 8)

/* Offsets into struct switcher_tables. */
#define TABLES_HOST_CR3		0x000
#define TABLES_VERW		0x004
#define TABLES_TSS		0x080
#define TABLES_GDT		0x100
#define TABLES_IDT		0x800

/* Offsets into struct switcher_notes. */
#define NOTES_HOST_ESP		0x000
#define NOTES_GUEST_CR3		0x004
#define NOTES_HOST_NMI		0x008
#define NOTES_HOST_MCE		0x00c
#define NOTES_VECTOR		0x010
#define NOTES_CR2		0x014
#define NOTES_FAULT_VECTOR	0x018
#define NOTES_FAULT_ERROR	0x01c
#define NOTES_FAULT_EIP		0x020
#define NOTES_HOST_IDT		0x028
#define NOTES_HOST_GDT		0x030
#define NOTES_GUEST_IDT		0x038
#define NOTES_GUEST_GDT		0x040

/* Offset into struct switcher_registers. */
#define REGISTERS_VECTOR	0x2c
#define REGISTERS_SIZE		0x48

#ifndef __ASSEMBLY__
#include <linux/types.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <asm/desc_defs.h>
#include <asm/processor.h>

/**
 * struct switcher_registers - a Guest's registers, at the end of the stack page
 *
 * The last five are what the processor pushes and IRET pops.
 */
struct switcher_registers {
	u32 eax, ebx, ecx, edx, esi, edi, ebp;
	u32 gs, fs, ds, es;
	u32 vector;
	u32 error_code;
	u32 eip, cs, eflags, esp, ss;
};

/** struct switcher_stack - the first page of a cpu */
struct switcher_stack {
	u8 space[SWITCHER_PAGE - REGISTERS_SIZE];
	struct switcher_registers regs;
};

/**
 * struct switcher_tables - the second page of a cpu: what the processor reads
 * @host_cr3:	what to return to
 * @verw:	operand of VERW, a data segment selector, if CPU buffers are to be
 *		cleared on the way to the Guest; else 0
 * @tss:	its ring 0 stack is the stack page's end, ring 1's the Guest's
 * @gdt, @idt:	of the Guest that runs, or ran last
 */
struct switcher_tables {
	u32 host_cr3;
	u32 verw;
	u32 unused[30];
	struct x86_hw_tss tss;
	u8 unused2[TABLES_GDT - TABLES_TSS - sizeof(struct x86_hw_tss)];
	struct desc_struct gdt[32];
	u8 unused3[TABLES_IDT - TABLES_GDT - 256];
	gate_desc idt[256];
};

/** struct switcher_descriptor - operand of LGDT and LIDT */
struct switcher_descriptor {
	u16 limit;
	u32 base;
	u16 unused;
} __packed;

/**
 * struct switcher_notes - the third page of a cpu: the Host's own
 * @host_esp:	the Host's stack while the Guest runs
 * @guest_cr3:	the shadow table to run with
 * @host_nmi, @host_mce: the Host's handlers
 * @vector:	why the Guest stopped: a vector or SWITCHER_EXIT_
 * @cr2:	address of the last page fault
 * @fault_vector, @fault_error, @fault_eip: for SWITCHER_EXIT_FAULT
 * @host_idt, @host_gdt, @guest_idt, @guest_gdt: the tables
 */
struct switcher_notes {
	u32 host_esp;
	u32 guest_cr3;
	u32 host_nmi;
	u32 host_mce;
	u32 vector;
	u32 cr2;
	u32 fault_vector;
	u32 fault_error;
	u32 fault_eip;
	u32 unused;
	struct switcher_descriptor host_idt, host_gdt, guest_idt, guest_gdt;
};

#define SWITCHER_CHECK(type, member, offset) \
	static_assert(offsetof(struct type, member) == (offset))
SWITCHER_CHECK(switcher_tables, host_cr3, TABLES_HOST_CR3);
SWITCHER_CHECK(switcher_tables, verw, TABLES_VERW);
SWITCHER_CHECK(switcher_tables, tss, TABLES_TSS);
SWITCHER_CHECK(switcher_tables, gdt, TABLES_GDT);
SWITCHER_CHECK(switcher_tables, idt, TABLES_IDT);
SWITCHER_CHECK(switcher_notes, host_esp, NOTES_HOST_ESP);
SWITCHER_CHECK(switcher_notes, guest_cr3, NOTES_GUEST_CR3);
SWITCHER_CHECK(switcher_notes, host_nmi, NOTES_HOST_NMI);
SWITCHER_CHECK(switcher_notes, host_mce, NOTES_HOST_MCE);
SWITCHER_CHECK(switcher_notes, vector, NOTES_VECTOR);
SWITCHER_CHECK(switcher_notes, cr2, NOTES_CR2);
SWITCHER_CHECK(switcher_notes, fault_vector, NOTES_FAULT_VECTOR);
SWITCHER_CHECK(switcher_notes, fault_error, NOTES_FAULT_ERROR);
SWITCHER_CHECK(switcher_notes, fault_eip, NOTES_FAULT_EIP);
SWITCHER_CHECK(switcher_notes, host_idt, NOTES_HOST_IDT);
SWITCHER_CHECK(switcher_notes, host_gdt, NOTES_HOST_GDT);
SWITCHER_CHECK(switcher_notes, guest_idt, NOTES_GUEST_IDT);
SWITCHER_CHECK(switcher_notes, guest_gdt, NOTES_GUEST_GDT);
SWITCHER_CHECK(switcher_registers, vector, REGISTERS_VECTOR);
static_assert(sizeof(struct switcher_registers) == REGISTERS_SIZE);
static_assert(sizeof(struct switcher_stack) == SWITCHER_PAGE);
static_assert(sizeof(struct switcher_tables) == SWITCHER_PAGE);
#undef SWITCHER_CHECK

/* Where the pieces of switcher_32.S are, in bytes from its start. */
extern const char switcher_start[], switcher_end[];
extern const u32 switcher_enter_offset;

#endif /* __ASSEMBLY__ */
#endif /* LGUEST_SWITCHER_LAYOUT_32_H */
