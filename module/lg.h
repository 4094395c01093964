/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lg.h - what the files of lg.ko share.
 */
#ifndef LG_H
#define LG_H

#include <linux/types.h>
#include <linux/cpumask.h>
#include <linux/hashtable.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/hrtimer.h>
#include <linux/wait.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/preempt.h>

#include "../include/lguest/device.h"
#include "../include/lguest/hypercall.h"
#include "../include/lguest/shared.h"
#include "compat.h"
#include "pager.h"
#include "statistics.h"
#include "arch.h"	/* the architecture's */

/* Most vcpus of one Guest. */
#define LG_MAX_VCPUS	32

struct lguest;

/* vcpu.where: for whoever wants to kick a vcpu. */
enum lg_where {
	LG_IN_HOST,		/* will look at everything before it enters */
	LG_IN_GUEST,		/* needs an IPI */
};

/* vcpu.state: why it does not run, if it does not. */
enum lg_state {
	LG_DOWN,		/* until LHCALL_VCPU_UP */
	LG_STARTING,		/* until that has said how */
	LG_RUNS,
	LG_HALTED,		/* until there is an interrupt */
	LG_WAITS,		/* until LHCALL_KICK */
};

/**
 * struct lg_start - what LHCALL_VCPU_UP wants of a vcpu
 * @entry:	virtual address
 * @argument:	for RSI
 * @cr3:	the page table to start with
 */
struct lg_start {
	u64 entry;
	u64 argument;
	u64 cr3;
};

/**
 * struct lg_vcpu - one virtual processor: one thread of the Launcher
 * @lg:		the Guest it belongs to
 * @id:		its number, the file offset in /dev/lguest
 * @run_lock:	held while a read() runs it; guards all fields without a note
 * @arch:	what only this architecture's files touch
 * @pad:	the shared page, or NULL before LHCALL_LGUEST_INIT
 * @pad_page:	pinned
 * @pad_gpa:	where in the Guest's memory that is
 * @nmi_unsafe_start, @nmi_unsafe_end: where an NMI must not strike it
 * @active:	one of setup.vcpus
 * @ready:	LHCALL_LGUEST_INIT was made
 * @state:	written by the vcpu; by another only from LG_DOWN to LG_STARTING
 * @start:	how to start, if @start_wanted; written by another vcpu
 * @start_wanted: LHCALL_VCPU_UP was made
 * @kicked:	LHCALL_KICK was made; written by anybody
 * @leave:	LHREQ_KICK: read() returns EINTR; written by anybody
 * @look:	look at the blocked lines again: another vcpu has opened one of
 *		them; written by anybody
 * @nmi:	an NMI waits; written by anybody
 * @pending:	interrupt lines raised and not yet delivered; atomic bits
 * @where:	see enum lg_where; written by the vcpu, read by anybody
 * @cpu:	the Host's cpu it runs on, valid while LG_IN_GUEST
 * @tlb_gen:	pager.tlb_gen when it was entered last, likewise
 * @epoch:	pager.epoch when it went in among the shadow tables, or
 *		U64_MAX; likewise
 * @wait:	where it sleeps
 * @thread:	that runs it, or NULL; written by that thread, read under RCU
 * @clock:	the clock event; its handler only raises line 0
 * @nmi_retry:	looks again whether the NMI can be delivered
 * @guest_cr3:	CR3 as the Guest sees it, without the NOFLUSH bit
 * @roots_lock:	guards @root, @roots, @roots_hash, @nr_roots, but the vcpu may
 *		read @root without
 * @root:	the shadow of @guest_cr3
 * @roots:	all shadow roots of this vcpu, most recently used first
 * @roots_hash:	the same, by gfn
 * @nr_roots:	how many
 * @cache:	shadow pages allocated in advance, for use under a lock
 * @stale:	cpus that have to forget something; for its own flushes
 * @get_register: LHREQ_GETREG awaits its read(); -1 if not
 * @trap:	vector + 1 of a trap that LHREQ_TRAP injects; 0 if none
 * @trap_error:	its error code
 * @fault_storm: events delivered to the Guest's kernel without any progress
 * @clock_due:	the pad's clock is to be refreshed before the next entry
 * @steal_due:	the pad's steal time likewise
 * @steal_base:	run_delay of the thread when the vcpu became ready, in ns
 * @steal_restored: that is not known; what the pad says is to go on
 * @statistics:	what is counted, in the mapping; written by the vcpu's thread
 * @time:	for @statistics
 */
struct lg_vcpu {
	struct lguest *lg;
	unsigned int id;
	struct mutex run_lock;
	struct lg_arch_vcpu arch;
	struct lg_pad *pad;
	struct page *pad_page;
	u64 pad_gpa;
	u64 nmi_unsafe_start;
	u64 nmi_unsafe_end;
	bool active;
	bool ready;
	enum lg_state state;
	struct lg_start start;
	bool start_wanted;
	bool kicked;
	bool leave;
	bool look;
	bool nmi;
	u64 pending;
	enum lg_where where;
	int cpu;
	u64 tlb_gen;
	atomic64_t epoch;
	wait_queue_head_t wait;
	struct task_struct *thread;
	struct hrtimer clock;
	struct hrtimer nmi_retry;
	u64 guest_cr3;
	spinlock_t roots_lock;
	struct pager_root *root;
	struct list_head roots;
	DECLARE_HASHTABLE(roots_hash, PAGER_ROOTS_HASH_BITS);
	unsigned int nr_roots;
	struct pager_cache cache;
	cpumask_var_t stale;
	int get_register;
	unsigned int trap;
	u64 trap_error;
	unsigned int fault_storm;
	bool clock_due;
	bool steal_due;
	u64 steal_base;
	bool steal_restored;
	struct lg_statistics *statistics;
	struct lg_vcpu_clock time;
};

/**
 * struct lg_guest_clock - how the Guest's clocks differ from the Host's
 * @monotonic_offset: ns that the Guest's CLOCK_MONOTONIC is ahead
 * @own_tsc:	its TSC is its own, made by traps; what follows says how
 * @tsc_khz:	its frequency
 * @host_base, @guest_base: the Host's TSC and the Guest's, of one moment
 * @ratio:	the Guest's ticks per Host's, times 2^32
 *
 * Changed only while no vcpu runs.
 */
struct lg_guest_clock {
	u64 monotonic_offset;
	bool own_tsc;
	u32 tsc_khz;
	u64 host_base;
	u64 guest_base;
	u64 ratio;
};

/**
 * struct lguest - one Guest: one open of /dev/lguest
 * @lock:	guards set-up; taken before any vcpu's run_lock
 * @mm:		the Launcher's; all requests must come from it
 * @launcher:	its process, by which traces tell Guests apart
 * @version_agreed: LHREQ_VERSION was made
 * @setup:	what LHREQ_INITIALIZE said; setup.request is 0 before it
 * @pages:	of Guest memory
 * @vcpus:	at least as many as setup.vcpus; the first NULL ends them. None
 *		goes away before the Guest does
 * @clock:	its time
 * @irq_vcpu:	where interrupts of each device line go; written by anybody
 * @favoured:	the vcpu that LHCALL_YIELD gave a processor to last; likewise
 * @doorbells:	by address; guarded by @doorbells_lock, as is @nr_doorbells
 * @nr_doorbells: how many
 * @dead:	killed; @message says why
 * @message_lock: guards @dead and @message
 * @notifier:	tells us when pages of the Launcher go away
 * @pager:	shadow tables
 * @shrink_list: in shrink.c's list while there is a pager
 * @statistics:	the mapping, but for the vcpus' part of it
 */
struct lguest {
	struct mutex lock;
	struct mm_struct *mm;
	pid_t launcher;
	bool version_agreed;
	struct lguest_setup setup;
	u64 pages;
	struct lg_vcpu *vcpus[LG_MAX_VCPUS];
	struct lg_guest_clock clock;
	u8 irq_vcpu[LGUEST_DEVICE_IRQS];
	unsigned int favoured;
	spinlock_t doorbells_lock;
	DECLARE_HASHTABLE(doorbells, 6);
	unsigned int nr_doorbells;
	bool dead;
	spinlock_t message_lock;
	char message[LGUEST_MESSAGE_SIZE];
	struct mmu_notifier notifier;
	struct pager pager;
	struct list_head shrink_list;
	struct lg_guest_statistics statistics;
};

/* guest.c */
struct lguest *lg_create(void);
void lg_destroy(struct lguest *lg);
int lg_start_vcpu(struct lg_vcpu *vcpu, const struct lg_start *start);
void lg_reset_vcpu(struct lg_vcpu *vcpu, u64 entry, u64 argument);
int lg_lock_vcpus(struct lguest *lg, unsigned int *locked);
void lg_unlock_vcpus(struct lguest *lg, unsigned int locked);
int lg_initialize(struct lguest *lg, const struct lguest_setup *setup);
__printf(2, 3) void lg_kill(struct lguest *lg, const char *format, ...);

/* vcpu.c */
ssize_t lg_vcpu_read(struct lg_vcpu *vcpu, char __user *user, size_t size);
void lg_vcpu_kick(struct lg_vcpu *vcpu);
void lg_kick_all(struct lguest *lg);
int lg_vcpu_up(struct lg_vcpu *vcpu, u64 id, u64 entry, u64 argument);
int lg_vcpu_wake(struct lg_vcpu *vcpu, u64 id);
void lg_vcpu_yield(struct lg_vcpu *vcpu);

/* hypercalls.c */
/* What the run loop does next, for those who handle exits. */
enum lg_next {
	LG_RUN,			/* go on */
	LG_LEAVE,		/* give the filled-in lguest_exit to the Launcher */
};
#define LG_ARGUMENTS	5
int lg_pin_pad(struct lg_vcpu *vcpu, u64 gpa);
void lg_unpin_pad(struct lg_vcpu *vcpu);
void lg_ready(struct lg_vcpu *vcpu);
enum lg_next lg_do_hypercall(struct lg_vcpu *vcpu, u64 number, const u64 *argument,
			     s64 *answer, struct lguest_exit *exit);
enum lg_next lg_hypercall(struct lg_vcpu *vcpu, struct lguest_exit *exit);

/** lg_trap_valid - may the Launcher give the Guest this exception? */
static inline bool lg_trap_valid(u64 vector)
{
	return vector < 32 && vector != 2 && vector != 18;	/* no NMI, no #MC */
}

/* interrupts.c */
void lg_raise(struct lg_vcpu *vcpu, unsigned int line);
void lg_raise_device(struct lguest *lg, unsigned int line);
void lg_raise_nmi(struct lg_vcpu *vcpu);
int lg_send_ipi(struct lguest *lg, u64 vcpus, u64 line);
int lg_route_irq(struct lguest *lg, u64 line, u64 id);
bool lg_interrupt_waits(struct lg_vcpu *vcpu);
u64 lg_deliver_interrupts(struct lg_vcpu *vcpu);
bool lg_deliver_nmi(struct lg_vcpu *vcpu);
void lg_event(struct lg_vcpu *vcpu, unsigned int vector, u64 error_code);

/* doorbells.c */
void lg_doorbells_create(struct lguest *lg);
void lg_doorbells_clear(struct lguest *lg);
int lg_doorbell_set(struct lguest *lg, u64 gpa, int fd);
int lg_doorbell_ring(struct lguest *lg, u64 gpa);

/* clock.c */
void lg_clock_init(struct lg_vcpu *vcpu);
void lg_clock_set(struct lg_vcpu *vcpu, u64 ns);
void lg_clock_stop(struct lg_vcpu *vcpu);
void lg_clock_publish(struct lg_vcpu *vcpu);
void lg_steal_init(struct lg_vcpu *vcpu);
void lg_steal_publish(struct lg_vcpu *vcpu);
u64 lg_clock_read(struct lguest *lg, u64 which);
u64 lg_clock_left(struct lg_vcpu *vcpu);
u32 lg_clock_tsc_khz(void);
u32 lg_clock_guest_khz(struct lguest *lg);
u64 lg_clock_guest_tsc(struct lguest *lg, u64 tsc);
int lg_clock_own_tsc(struct lguest *lg, u64 tsc, u32 khz);

/* memory.c */
/** lg_memory_user - the Launcher's address of @gpa, which is memory */
static inline void __user *lg_memory_user(struct lguest *lg, u64 gpa)
{
	return u64_to_user_ptr(lg->setup.memory + gpa);
}

int lg_memory_init(struct lguest *lg);
void lg_memory_exit(struct lguest *lg);
bool lg_memory_range(struct lguest *lg, u64 gpa, u64 length);
int lg_memory_read(struct lguest *lg, void *to, u64 gpa, size_t length);
int lg_memory_host_page(struct lguest *lg, u64 gfn, bool write,
			u64 *pfn, unsigned int *level);
bool lg_memory_host_page_fast(struct lguest *lg, u64 gfn, bool write,
			      u64 *pfn, unsigned int *level);
int lg_memory_text(struct lguest *lg, char *to, size_t size, u64 gpa, u64 length);

/* state.c of the architecture */
int lg_get_state(struct lguest *lg, struct lg_vcpu *vcpu, u64 which, void __user *to, u64 size);
int lg_set_state(struct lguest *lg, struct lg_vcpu *vcpu, u64 which, const void __user *from,
		 u64 size);

/* shrink.c */
int lg_shrink_init(void);
void lg_shrink_exit(void);
void lg_shrink_add(struct lguest *lg);
void lg_shrink_remove(struct lguest *lg);

/* walk.c */
int lg_read_virtual(struct lg_vcpu *vcpu, void *to, u64 gva, size_t length);

#endif /* LG_H */
