/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch.h - what the common files need of i386, and its own state.
 */
#ifndef LG_I386_ARCH_H
#define LG_I386_ARCH_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include "../../include/lguest/device.h"
#include "../../include/lguest/hypercall_32.h"
#include "../../include/lguest/shared_32.h"
#include "../../switcher/layout_32.h"
#include "tables.h"

struct lg_vcpu;
struct lguest;
struct lguest_exit;
struct pager_root;

/* What a vcpu shares with its Guest: vcpu->pad. */
#define lg_pad		lguest_data

/**
 * struct lg_arch_vcpu - i386's part of a vcpu
 * @regs:	the Guest's registers while it does not run
 * @vector:	why it stopped: a vector or SWITCHER_EXIT_FAULT
 * @cr2:	address of the last page fault
 * @fault_vector, @fault_error, @fault_eip: for SWITCHER_EXIT_FAULT
 * @gdt:	the Guest's segment table: nothing of ring 0 but the Switcher's
 * @idt:	what the processor gets: the Switcher's stubs, and the Guest's
 *		handlers where it may have them called directly
 * @handlers:	the Guest's interrupt table, as it has loaded it
 * @ss1, @esp1:	its kernel's stack
 * @noirq_iret, @direct_entry: see struct lguest_data
 * @hcall_next:	entry of the ring to look at next
 * @storm_esp:	the kernel's stack at its last fault
 * @id:		never used twice: tells whose tables a cpu has
 * @gdt_changes, @idt_changes: how often they have changed
 * @pte:	page table by which the Guest sees the Switcher
 * @mapped_cpu:	the one whose pages are in there, -1 if none
 * @dr6:	after the last debug exception
 * @fpu:	the Guest's FPU state, switched by the Host's own code
 * @fpu_live:	it is allocated
 * @async_fault: what a KVM below us had to say about the last page fault
 * @loaded:	the processor's registers are ours
 * @preempt:	tells us when the thread leaves the processor
 */
struct lg_arch_vcpu {
	struct switcher_registers regs;
	u32 vector;
	u32 cr2;
	u32 fault_vector, fault_error, fault_eip;
	struct desc_struct gdt[LGUEST_GDT_ENTRIES];
	gate_desc idt[256];
	gate_desc handlers[256];
	u32 ss1, esp1;
	u32 noirq_iret;
	u32 direct_entry;
	unsigned int hcall_next;
	u32 storm_esp;
	u64 id;
	u64 gdt_changes, idt_changes;
	lg_entry *pte;
	int mapped_cpu;
	u32 dr6;
	struct fpu_guest fpu;
	bool fpu_live;
	u32 async_fault;
	bool loaded;
	struct preempt_notifier preempt;
};

/* preflight.c */
u32 lg_arch_preflight(u64 *features);
const char *lg_arch_missing_name(unsigned int bit);

/* switcher_map.c */
int lg_switcher_map(void);
void lg_switcher_unmap(void);
int lg_switcher_vcpu_init(struct lg_vcpu *vcpu);
void lg_switcher_vcpu_exit(struct lg_vcpu *vcpu);
void lg_switcher_set_pad(struct lg_vcpu *vcpu, struct page *page);
unsigned long lg_switcher_address(void);
u32 lg_switcher_reserved(void);
unsigned long lg_switcher_host_handler(unsigned int vector);
struct switcher_tables *lg_switcher_choose_cpu(struct lg_vcpu *vcpu, int cpu);
extern struct desc_ptr lg_host_idt;

/* The pages of one cpu, at the Switcher's address. */
static inline struct switcher_stack *lg_switcher_stack(struct switcher_tables *tables)
{
	return (void *)tables - SWITCHER_PAGE;
}

static inline struct switcher_notes *lg_switcher_notes(struct switcher_tables *tables)
{
	return (void *)tables + SWITCHER_PAGE;
}

/* host_state.c */
int lg_host_state_init(void);
void lg_host_state_exit(void);
void lg_arch_load(struct lg_vcpu *vcpu);
void lg_arch_put(struct lg_vcpu *vcpu);

/* replay.S */
void lg_replay_interrupt(unsigned long handler);
void lg_run_switcher(unsigned long enter, struct switcher_tables *tables);

/* enter.c */
int lg_arch_vcpu_init(struct lg_vcpu *vcpu);
void lg_arch_vcpu_exit(struct lg_vcpu *vcpu);
void lg_arch_vcpu_reset(struct lg_vcpu *vcpu, u64 entry, u64 argument);
void lg_arch_enter(struct lg_vcpu *vcpu);
void lg_arch_kick_cpu(int cpu);
bool lg_arch_user_mode(struct lg_vcpu *vcpu);
bool lg_arch_takes_interrupts(struct lg_vcpu *vcpu);
u64 lg_arch_get_register(struct lg_vcpu *vcpu, unsigned int reg);
bool lg_arch_set_register(struct lg_vcpu *vcpu, unsigned int reg, u64 value);

/* segments.c */
void lg_segments_reset(struct lg_vcpu *vcpu);
int lg_load_gdt_entry(struct lg_vcpu *vcpu, u32 index, u32 low, u32 high);
int lg_load_idt_entry(struct lg_vcpu *vcpu, u32 vector, u32 low, u32 high);
int lg_load_tls(struct lg_vcpu *vcpu, u32 gpa);
void lg_check_segments(struct lg_vcpu *vcpu);
u32 lg_segment_base(struct lg_vcpu *vcpu, u32 selector);

/* init.c */
int lg_arch_init(struct lg_vcpu *vcpu, u64 gpa);
int lg_arch_hypercall(struct lg_vcpu *vcpu, u64 number, const u64 *argument);
void lg_do_ring(struct lg_vcpu *vcpu);

/* root.c */
int lg_arch_root_alloc(struct lg_vcpu *vcpu, struct pager_root *root);
void lg_arch_root_free(struct pager_root *root);
bool lg_arch_root_gfn(struct lguest *lg, u64 key, unsigned int i, bool sleep, u64 *gfn);

/* traps.c */
int lg_arch_trap(struct lg_vcpu *vcpu, struct lguest_exit *exit);
void lg_arch_event(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code);

/* A hypercall's number and arguments, and its answer. */
static inline u64 lg_arch_argument(struct lg_arch_vcpu *arch, unsigned int n)
{
	const struct switcher_registers *regs = &arch->regs;
	const u32 arguments[] = { regs->eax, regs->ebx, regs->ecx, regs->edx, regs->esi,
				  regs->edi };

	return arguments[n];
}

/* An argument of 64 bits: two registers. */
static inline u64 lg_arch_wide(const u64 *argument)
{
	return argument[0] | argument[1] << 32;
}

static inline void lg_arch_answer(struct lg_arch_vcpu *arch, u64 number, u64 value)
{
	arch->regs.eax = value;
	if (number == LHCALL_GET_CLOCK)
		arch->regs.edx = value >> 32;
}

/* Why the Guest stopped: an index of lg_counts. */
static inline u64 lg_arch_vector(const struct lg_arch_vcpu *arch)
{
	return arch->vector;
}

static inline u64 lg_arch_error_code(const struct lg_arch_vcpu *arch)
{
	return arch->regs.error_code;
}

/* All vcpus' first table is none, whatever LHREQ_INITIALIZE says. */
static inline u64 lg_arch_first_table(const struct lguest_setup *setup)
{
	return LG_LINEAR;
}

/* The wall-clock time, as a Guest of 32 bits likes it. */
static inline void lg_arch_clock(struct lguest_data *data, u64 realtime_ns)
{
	u32 rest;

	data->time.seconds = div_u64_rem(realtime_ns, NSEC_PER_SEC, &rest);
	data->time.nanoseconds = rest;
}

/* The Switcher counts nothing: what it does not see, nobody does. */
static inline void lg_arch_count_direct(struct lg_vcpu *vcpu)
{
}

/* Ways to the user that an interrupt must stop: there are none. */
static inline void lg_arch_set_not_now(struct lg_vcpu *vcpu, bool irq_waits)
{
}

static inline bool lg_arch_set_debug_register(struct lg_vcpu *vcpu, u64 reg, u64 value)
{
	return false;
}

/* Does the calling process have a local descriptor table? */
static inline bool lg_arch_has_ldt(void)
{
	u16 selector;

	asm volatile("sldt %0" : "=m" (selector));
	return selector != 0;
}

/* The thread's list of I/O ports is not the Guest's: its TSS has an empty one. */
static inline bool lg_arch_has_ports(void)
{
	return false;
}

/* Can it be an address? */
static inline bool lg_arch_canonical(u64 address)
{
	return !(address >> 32);
}

/* In the part of the address space that a Guest keeps free? */
static inline bool lg_arch_switchers(u64 address)
{
	return address >= lg_switcher_reserved();
}

#endif /* LG_I386_ARCH_H */
