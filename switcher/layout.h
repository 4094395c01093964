/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - where everything is when the Switcher runs, on x86_64.
 *
 * The Switcher owns one gigabyte of address space (one entry of the page
 * directory that PML4 slot 508 points to), of which it uses a few pages:
 *
 *	page	Host's tables		Guest's tables
 *	0, 1	Switcher text		Switcher text
 *	2	the Host's IDT		our IDT
 *	3	-			struct switcher_area of this vcpu
 *	4	-			the vcpu's pad, a page of Guest memory
 *
 * All of it is supervisor-only: at CPL 3 the Guest can neither read nor write
 * it.  That the IDT is at the same address in both worlds is the trick that
 * the rest hangs on: one instruction, the load of CR3, changes page
 * tables and interrupt handlers at once.  There is no moment at which an NMI
 * could meet the one without the other.
 */
#ifndef LGUEST_SWITCHER_LAYOUT_H
#define LGUEST_SWITCHER_LAYOUT_H

/*S:020.x86_64 Five pages
 *
 * [figure: pages]
 *
 * Two worlds, two sets of page tables, and one place that is in both.  The
 * Switcher's text has to be in both: the instruction after a change of page
 * tables is fetched by the new ones. The interrupt table is in both, but each
 * world has its own: so that one instruction changes tables and handlers
 * together. The vcpu's area is the Switcher's notebook, and the pad is the
 * Guest's own page, which the Switcher sees at an address that does not depend
 * on whose it is.  How would one find it otherwise?  After SYSCALL not one
 * register is ours: the stack is the program's, %gs is the program's.  Only
 * the place where our own code is we know for sure, and so everything has to
 * be at a fixed distance from it.
 *
 * None of it can be read or written in ring 3.  The first lguest relied on
 * segment limits for such things, until lguest64 had to do without, as 64-bit
 * processors have none; pages turned out to be the better fence for both.
 */
#define SWITCHER_TEXT_PAGES	2
#define SWITCHER_IDT_PAGE	2
#define SWITCHER_AREA_PAGE	3
#define SWITCHER_PAD_PAGE	4
/*:*/

/* Bytes per interrupt stub; stub of vector n is at n * SWITCHER_STUB_SIZE. */
#define SWITCHER_STUB_SIZE	16

/*
 * area.mode.  A direct switch happens if and only if the word is equal to one of
 * the first two: any other bit says "not now", and sends us to the Host.
 */
#define SWITCHER_MODE_USER	1	/* the Guest's user runs */
#define SWITCHER_MODE_KERNEL	2	/* the Guest's kernel runs */
#define SWITCHER_NOT_NOW_IRQ	4	/* an interrupt waits for the user */
#define SWITCHER_NOT_NOW_INIT	8	/* no LHCALL_LGUEST_INIT yet */

/* area.vector: 0 to 255 are the processor's, these are SYSCALL's. */
#define SWITCHER_EXIT_HYPERCALL	256	/* kernel: a hypercall */
#define SWITCHER_EXIT_SYSCALL	257	/* user: not now */
#define SWITCHER_EXIT_SYSRET	258	/* kernel: return to user, not now */
#define SWITCHER_EXIT_IRET	259	/* the same, all registers */
#define SWITCHER_EXIT_SYSCALL32	260	/* SYSCALL in compatibility mode */
#define SWITCHER_EXIT_FAULT	261	/* the Switcher itself faulted */

/* area.mitigate: what the Host's own kernel entry does, we do. */
#define SWITCHER_MITIGATE_RSB	1	/* fill the return stack on exit */
#define SWITCHER_MITIGATE_IBRS	2	/* SPEC_CTRL on exit and entry */
#define SWITCHER_MITIGATE_VERW	4	/* clear CPU buffers on entry */
#define SWITCHER_MITIGATE_UNTRAIN 16	/* no RET on exit */
/* And one that is no mitigation: the processor has SMAP. */
#define SWITCHER_HAS_SMAP	8

/*
 * RFLAGS bits that Guest code may have: CF PF AF ZF SF DF OF NT AC ID; and
 * the ones it always has: IF and bit 1.  TF and RF go with IRET only.
 */
#define SWITCHER_RFLAGS_SYSRET	0x244cd5
#define SWITCHER_RFLAGS_IRET	0x254dd5
#define SWITCHER_RFLAGS_ALWAYS	0x000202

/* Offsets into struct switcher_area. */
#define AREA_RAX		0x000
#define AREA_RCX		0x008
#define AREA_RDX		0x010
#define AREA_RBX		0x018
#define AREA_RBP		0x028
#define AREA_RSI		0x030
#define AREA_RDI		0x038
#define AREA_R8			0x040
#define AREA_R9			0x048
#define AREA_R10		0x050
#define AREA_R11		0x058
#define AREA_R12		0x060
#define AREA_R13		0x068
#define AREA_R14		0x070
#define AREA_R15		0x078
#define AREA_RIP		0x080
#define AREA_CS			0x088
#define AREA_RFLAGS		0x090
#define AREA_RSP		0x098
#define AREA_SS			0x0a0
#define AREA_VECTOR		0x0a8
#define AREA_ERROR_CODE		0x0b0
#define AREA_GS_BASE		0x0b8
#define AREA_MODE		0x0c0
#define AREA_KERNEL_CR3		0x0c8
#define AREA_USER_CR3		0x0d0
#define AREA_KERNEL_GS_BASE	0x0d8
#define AREA_SYSCALL_ENTRY	0x0e0
#define AREA_SYSRET_RIP		0x0e8
#define AREA_IRET_RIP		0x0f0
#define AREA_SELF		0x0f8
#define AREA_HOST_CR3		0x100
#define AREA_HOST_RSP		0x108
#define AREA_HOST_GS_BASE	0x110
#define AREA_ENTER_CR3		0x118
#define AREA_HOST_NMI		0x120
#define AREA_HOST_MCE		0x128
#define AREA_MITIGATE		0x130
#define AREA_SPEC_CTRL		0x138
#define AREA_FAULT_VECTOR	0x140
#define AREA_FAULT_ERROR	0x148
#define AREA_FAULT_RIP		0x150
#define AREA_VERW		0x158
#define AREA_CR2		0x160
#define AREA_LINEAR_BASE	0x168
#define AREA_MEMORY_SIZE	0x170
#define AREA_TOP_TABLE		0x178
#define AREA_EVENT_ENTRY	0x180
#define AREA_REFLECTED		0x188
#define AREA_DR7		0x190
#define AREA_SYSTEM_CALLS	0x198
#define AREA_NMI		0x200
#define AREA_MCE		0x300

/* Offsets into struct switcher_interrupted. */
#define INTERRUPTED_RAX		0x00
#define INTERRUPTED_RCX		0x08
#define INTERRUPTED_RDI		0x10
#define INTERRUPTED_RIP		0x18
#define INTERRUPTED_CS		0x20
#define INTERRUPTED_RFLAGS	0x28
#define INTERRUPTED_RSP		0x30
#define INTERRUPTED_SS		0x38
#define INTERRUPTED_CR3		0x40
#define INTERRUPTED_DR7		0x48
#define INTERRUPTED_SCRATCH	0x50

#ifndef __ASSEMBLY__
#include <linux/types.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>

/**
 * struct switcher_interrupted - the Switcher, struck by an NMI or #MC
 * @rax, @rcx, @rdi: the registers that the way to the Host and back uses
 * @rip, @cs, @rflags, @rsp, @ss: as the processor pushed them
 * @cr3: page table that was loaded
 * @dr7: what was in DR7, if area.dr7 is not 0
 * @scratch: to find out with
 */
struct switcher_interrupted {
	u64 rax, rcx, rdi;
	u64 rip, cs, rflags, rsp, ss;
	u64 cr3;
	u64 dr7;
	u64 scratch[2];
};

/**
 * struct switcher_area - one page per vcpu, mapped while it runs
 * @regs: the Guest's general registers, by enum lguest_register; RSP's place
 *	is not used
 * @rip, @cs, @rflags, @rsp, @ss: the Guest's, in the order IRETQ takes
 * @vector: why the Guest stopped: vector or SWITCHER_EXIT_
 * @error_code: what the processor pushed
 * @gs_base: the Guest's GS base
 * @mode: SWITCHER_MODE_ and SWITCHER_NOT_NOW_ bits
 * @kernel_cr3, @user_cr3: values for CR3 of the two views
 * @kernel_gs_base: loaded when the Guest's kernel is entered; canonical
 * @syscall_entry: of the Guest's kernel; canonical
 * @sysret_rip, @iret_rip: RCX of the SYSCALLs that return to the user
 * @self: the Host's address of this structure
 * @host_cr3, @host_rsp, @host_gs_base: what to return to
 * @enter_cr3: @kernel_cr3 or @user_cr3, for the entry from the Host
 * @host_nmi, @host_mce: the Host's handlers
 * @mitigate: SWITCHER_MITIGATE_ bits
 * @spec_ctrl: the Host's SPEC_CTRL, for SWITCHER_MITIGATE_IBRS
 * @fault_vector, @fault_error, @fault_rip: for SWITCHER_EXIT_FAULT
 * @verw: operand of VERW, a data segment selector
 * @cr2: address of the last page fault
 * @linear_base: see struct lguest_init; 0: leave all page faults to the Host
 * @memory_size: of the Guest, in bytes
 * @top_table: virtual address of its top-level page table, by @linear_base
 * @event_entry: where the Guest's kernel takes events of its user; canonical
 * @reflected: page faults that the Switcher gave to the Guest
 * @system_calls: system calls that went from user to kernel directly
 * @dr7: DR7 while the Guest runs, if it has breakpoints; armed and disarmed in
 *	the Switcher only, where none of them can be
 * @nmi, @mce: see switcher_64.S
 *
 * Written by the Host while the vcpu does not run, and by the Switcher.
 */
struct switcher_area {
	u64 regs[16];
	u64 rip, cs, rflags, rsp, ss;
	u64 vector;
	u64 error_code;
	u64 gs_base;
	u64 mode;
	u64 kernel_cr3;
	u64 user_cr3;
	u64 kernel_gs_base;
	u64 syscall_entry;
	u64 sysret_rip;
	u64 iret_rip;
	u64 self;
	u64 host_cr3;
	u64 host_rsp;
	u64 host_gs_base;
	u64 enter_cr3;
	u64 host_nmi;
	u64 host_mce;
	u64 mitigate;
	u64 spec_ctrl;
	u64 fault_vector;
	u64 fault_error;
	u64 fault_rip;
	u64 verw;
	u64 cr2;
	u64 linear_base;
	u64 memory_size;
	u64 top_table;
	u64 event_entry;
	u64 reflected;
	u64 dr7;
	u64 system_calls;
	u64 unused[12];
	struct switcher_interrupted nmi;
	u64 unused2[20];
	struct switcher_interrupted mce;
};

#define SWITCHER_CHECK(member, offset) \
	static_assert(offsetof(struct switcher_area, member) == (offset))
SWITCHER_CHECK(regs, AREA_RAX);
SWITCHER_CHECK(rip, AREA_RIP);
SWITCHER_CHECK(ss, AREA_SS);
SWITCHER_CHECK(vector, AREA_VECTOR);
SWITCHER_CHECK(error_code, AREA_ERROR_CODE);
SWITCHER_CHECK(gs_base, AREA_GS_BASE);
SWITCHER_CHECK(mode, AREA_MODE);
SWITCHER_CHECK(kernel_cr3, AREA_KERNEL_CR3);
SWITCHER_CHECK(user_cr3, AREA_USER_CR3);
SWITCHER_CHECK(kernel_gs_base, AREA_KERNEL_GS_BASE);
SWITCHER_CHECK(syscall_entry, AREA_SYSCALL_ENTRY);
SWITCHER_CHECK(sysret_rip, AREA_SYSRET_RIP);
SWITCHER_CHECK(iret_rip, AREA_IRET_RIP);
SWITCHER_CHECK(self, AREA_SELF);
SWITCHER_CHECK(host_cr3, AREA_HOST_CR3);
SWITCHER_CHECK(host_rsp, AREA_HOST_RSP);
SWITCHER_CHECK(host_gs_base, AREA_HOST_GS_BASE);
SWITCHER_CHECK(enter_cr3, AREA_ENTER_CR3);
SWITCHER_CHECK(host_nmi, AREA_HOST_NMI);
SWITCHER_CHECK(host_mce, AREA_HOST_MCE);
SWITCHER_CHECK(mitigate, AREA_MITIGATE);
SWITCHER_CHECK(spec_ctrl, AREA_SPEC_CTRL);
SWITCHER_CHECK(fault_vector, AREA_FAULT_VECTOR);
SWITCHER_CHECK(fault_error, AREA_FAULT_ERROR);
SWITCHER_CHECK(fault_rip, AREA_FAULT_RIP);
SWITCHER_CHECK(verw, AREA_VERW);
SWITCHER_CHECK(cr2, AREA_CR2);
SWITCHER_CHECK(linear_base, AREA_LINEAR_BASE);
SWITCHER_CHECK(memory_size, AREA_MEMORY_SIZE);
SWITCHER_CHECK(top_table, AREA_TOP_TABLE);
SWITCHER_CHECK(event_entry, AREA_EVENT_ENTRY);
SWITCHER_CHECK(reflected, AREA_REFLECTED);
SWITCHER_CHECK(dr7, AREA_DR7);
SWITCHER_CHECK(system_calls, AREA_SYSTEM_CALLS);
SWITCHER_CHECK(nmi, AREA_NMI);
SWITCHER_CHECK(mce, AREA_MCE);
SWITCHER_CHECK(nmi.rip, AREA_NMI + INTERRUPTED_RIP);
SWITCHER_CHECK(nmi.ss, AREA_NMI + INTERRUPTED_SS);
SWITCHER_CHECK(nmi.cr3, AREA_NMI + INTERRUPTED_CR3);
SWITCHER_CHECK(nmi.dr7, AREA_NMI + INTERRUPTED_DR7);
SWITCHER_CHECK(nmi.scratch, AREA_NMI + INTERRUPTED_SCRATCH);
#undef SWITCHER_CHECK

/* Where the pieces of switcher_64.S are, in bytes from its start. */
extern const char switcher_start[], switcher_end[];
extern const u32 switcher_enter_offset, switcher_lstar_offset,
		 switcher_cstar_offset;

#endif /* __ASSEMBLY__ */
#endif /* LGUEST_SWITCHER_LAYOUT_H */
