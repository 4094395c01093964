/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch.h - what the common files need of x86_64, and its own state.
 */
#ifndef LG_X86_64_ARCH_H
#define LG_X86_64_ARCH_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include "../../include/lguest/device.h"
#include "../../include/lguest/shared.h"
#include "../../switcher/layout.h"

struct lg_vcpu;
struct lguest;
struct lguest_exit;
struct pager_root;

/* What a vcpu shares with its Guest: vcpu->pad. */
#define lg_pad		lguest_pad

/**
 * struct lg_arch_vcpu - x86_64's part of a vcpu
 * @area:	shared with the Switcher
 * @pud, @pmd, @pte: page tables that map the Switcher, @area and the pad at
 *		the Switcher's address: one set per vcpu
 * @event_entry_user, @event_entry_kernel: of the Guest's kernel
 * @fpu:	the Guest's FPU state, switched by the Host's own code
 * @fpu_live:	it is allocated
 * @fs_base:	the Guest's FS base while the vcpu is not loaded
 * @dr:		the Guest's debug registers: 0-3, 6 and 7
 * @launcher_fs_base, @launcher_selectors: what the Launcher had
 * @launcher_pkru: likewise
 * @async_fault: what a KVM below us had to say about the last page fault
 * @traps_tsc:	while it is loaded, RDTSC is a trap
 * @loaded:	the processor's MSRs and IDT register are ours
 * @preempt:	tells us when the thread leaves the processor
 */
struct lg_arch_vcpu {
	struct switcher_area *area;
	u64 *pud;
	u64 *pmd;
	u64 *pte;
	u64 event_entry_user;
	u64 event_entry_kernel;
	struct fpu_guest fpu;
	bool fpu_live;
	u64 fs_base;
	u64 dr[8];
	u64 launcher_fs_base;
	u32 launcher_pkru;
	u32 async_fault;
	u16 launcher_ds, launcher_es, launcher_fs, launcher_gs;
	bool traps_tsc;
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
unsigned long lg_switcher_host_handler(unsigned int vector);

/*
 * host_state.c: the processor's registers that are the Guest's while a vcpu
 * is loaded.
 */
int lg_host_state_init(void);
void lg_host_state_exit(void);
void lg_arch_load(struct lg_vcpu *vcpu);
void lg_arch_put(struct lg_vcpu *vcpu);
void lg_switch_msrs_to_guest(void);
void lg_switch_msrs_to_host(void);
extern bool lg_msrs_eager;
DECLARE_PER_CPU(u32, lg_loads);

/* replay.S */
void lg_replay_interrupt(unsigned long handler);
void lg_run_switcher(struct switcher_area *area, unsigned long enter);

/* enter.c */
int lg_arch_vcpu_init(struct lg_vcpu *vcpu);
void lg_arch_vcpu_exit(struct lg_vcpu *vcpu);
void lg_arch_vcpu_reset(struct lg_vcpu *vcpu, u64 entry, u64 argument);
void lg_arch_enter(struct lg_vcpu *vcpu);
void lg_arch_kick_cpu(int cpu);
void lg_arch_count_direct(struct lg_vcpu *vcpu);
bool lg_arch_user_mode(struct lg_vcpu *vcpu);
bool lg_arch_takes_interrupts(struct lg_vcpu *vcpu);
void lg_arch_set_not_now(struct lg_vcpu *vcpu, bool irq_waits);
u64 lg_arch_get_register(struct lg_vcpu *vcpu, unsigned int reg);
bool lg_arch_set_register(struct lg_vcpu *vcpu, unsigned int reg, u64 value);
bool lg_arch_set_debug_register(struct lg_vcpu *vcpu, u64 reg, u64 value);
bool lg_arch_debug_register_valid(u64 reg, u64 value);
bool lg_arch_entries_valid(struct lg_vcpu *vcpu, const struct lguest_init *init);
int lg_arch_set_entries(struct lg_vcpu *vcpu, const struct lguest_init *init);
bool lg_arch_set_gs_base(struct lg_vcpu *vcpu, u64 base);

/* init.c */
int lg_arch_init(struct lg_vcpu *vcpu, u64 gpa);
int lg_arch_use_init(struct lg_vcpu *vcpu, const struct lguest_init *init);
int lg_arch_hypercall(struct lg_vcpu *vcpu, u64 number, const u64 *argument);

/* root.c */
int lg_arch_root_alloc(struct lg_vcpu *vcpu, struct pager_root *root);
void lg_arch_root_free(struct pager_root *root);

/* traps.c */
int lg_arch_trap(struct lg_vcpu *vcpu, struct lguest_exit *exit);
void lg_arch_event(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code);

/* A hypercall's number and arguments, and its answer. */
static inline u64 lg_arch_argument(struct lg_arch_vcpu *arch, unsigned int n)
{
	static const u8 reg[] = { LGUEST_REG_RAX, LGUEST_REG_RDI, LGUEST_REG_RSI,
				  LGUEST_REG_RDX, LGUEST_REG_R10, LGUEST_REG_R8 };

	return arch->area->regs[reg[n]];
}

/* An argument of 64 bits: one register. */
static inline u64 lg_arch_wide(const u64 *argument)
{
	return *argument;
}

static inline void lg_arch_answer(struct lg_arch_vcpu *arch, u64 number, u64 value)
{
	arch->area->regs[LGUEST_REG_RAX] = value;
}

/* Why the Guest stopped: an index of lg_counts. */
static inline u64 lg_arch_vector(const struct lg_arch_vcpu *arch)
{
	return arch->area->vector;
}

static inline u64 lg_arch_error_code(const struct lg_arch_vcpu *arch)
{
	return arch->area->error_code;
}

/* Where the Guest's table with that key has the entries around @i of a root. */
static inline bool lg_arch_root_gfn(struct lguest *lg, u64 key, unsigned int i, bool sleep,
				    u64 *gfn)
{
	*gfn = key;
	return true;
}

/* The first vcpu's first table, as LHREQ_INITIALIZE says. */
static inline u64 lg_arch_first_table(const struct lguest_setup *setup)
{
	return setup->cr3;
}

/* No more time than what lg_clock_publish() has written already. */
static inline void lg_arch_clock(struct lguest_pad *pad, u64 realtime_ns)
{
}

/* Does the calling process have a local descriptor table? */
static inline bool lg_arch_has_ldt(void)
{
	u16 selector;

	asm volatile("sldt %0" : "=m" (selector));
	return selector != 0;
}

/*
 * May the calling thread use I/O ports?  Then so could a Guest that it runs: the
 * processor's list of ports is the thread's, and it asks nobody else at CPL 3.
 */
static inline bool lg_arch_has_ports(void)
{
	return test_thread_flag(TIF_IO_BITMAP);
}

/*
 * Addresses of 48 bits, sign-extended: what a four-level Guest can use, and
 * what WRGSBASE and SYSRET accept on every Host.
 */
static inline bool lg_arch_canonical(u64 address)
{
	return (u64)((s64)(address << 16) >> 16) == address;
}

/* In the PML4 slot that is the Switcher's? */
static inline bool lg_arch_switchers(u64 address)
{
	return ((address >> 39) & 511) == LGUEST_SWITCHER_SLOT;
}

#endif /* LG_X86_64_ARCH_H */
