// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * statistics.c - the mapping that shows what was counted.
 *
 * include/lguest/statistics.h is the manual of this file.  Its pages: the
 * header's, the descriptors' (the same ones for all Guests), block 0, and a
 * block for each vcpu.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <asm/tsc.h>

#include "lg.h"
#include "../include/lguest/statistics.h"

#define BLOCK_BYTES	PAGE_ALIGN(sizeof(struct lg_statistics))
#define BLOCK_PAGES	(BLOCK_BYTES >> PAGE_SHIFT)

static const char *const hypercall_names[LG_HYPERCALLS] = {
	[LHCALL_LGUEST_INIT]	= "lguest_init",
	[LHCALL_SHUTDOWN]	= "shutdown",
	[LHCALL_NEW_PGTABLE]	= "new_pgtable",
	[LHCALL_FLUSH_TLB]	= "flush_tlb",
	[LHCALL_FLUSH_RANGE]	= "flush_range",
	[LHCALL_HALT]		= "halt",
	[LHCALL_SEND_INTERRUPTS] = "send_interrupts",
	[LHCALL_SET_CLOCKEVENT]	= "set_clockevent",
	[LHCALL_SET_PAD]	= "set_pad",
	[LHCALL_RELEASE_PGTABLE] = "release_pgtable",
	[LHCALL_SET_DEBUGREG]	= "set_debugreg",
	[LHCALL_GET_CLOCK]	= "get_clock",
	[LHCALL_PRINT]		= "print",
	[LHCALL_VCPU_UP]	= "vcpu_up",
	[LHCALL_VCPU_DOWN]	= "vcpu_down",
	[LHCALL_SEND_IPI]	= "send_ipi",
	[LHCALL_WAIT]		= "wait",
	[LHCALL_KICK]		= "kick",
	[LHCALL_ROUTE_IRQ]	= "route_irq",
	[LHCALL_NOTIFY]		= "notify",
	[LHCALL_YIELD]		= "yield",
	LG_ARCH_HYPERCALL_NAMES
};

static const char *const leave_names[LG_LEAVES] = {
	[LGUEST_EXIT_IO]	= "io",
	[LGUEST_EXIT_MMIO]	= "mmio",
	[LGUEST_EXIT_SHUTDOWN]	= "shutdown",
	[LGUEST_EXIT_DEAD]	= "dead",
	[LGUEST_EXIT_PRINT]	= "print",
};

struct value {
	const char *name;
	u32 offset, kind, unit;
};

static const struct value values[] = {
#define VALUE(field, name, kind, unit)				\
	{ name, offsetof(struct lg_statistics, field),		\
	  LGUEST_STATISTICS_##kind, LGUEST_STATISTICS_##unit },
	LG_STATISTICS_VALUES(VALUE)
#undef VALUE
#define VALUE(reason, name)						\
	{ name, offsetof(struct lg_statistics, exits[LG_REASON_##reason]), \
	  LGUEST_STATISTICS_COUNTER, LGUEST_STATISTICS_EVENTS },
	LG_REASON_NAMES(VALUE)
#undef VALUE
#define VALUE(level)							\
	{ "shadow.level" #level,					\
	  offsetof(struct lg_statistics, shadow_pages[level - 1]),	\
	  LGUEST_STATISTICS_GAUGE, LGUEST_STATISTICS_PAGES }
	VALUE(1),
	VALUE(2),
	VALUE(3),
#undef VALUE
};

static const struct value histograms[] = {
#define VALUE(name, field) { name, offsetof(struct lg_statistics, field), \
	  LGUEST_STATISTICS_HISTOGRAM, LGUEST_STATISTICS_CYCLES }
	VALUE("latency.guest",		latency_guest),
	VALUE("latency.hypercall",	latency_host[LG_LATENCY_HYPERCALL]),
	VALUE("latency.page_fault",	latency_host[LG_LATENCY_PAGE_FAULT]),
	VALUE("latency.interrupt",	latency_host[LG_LATENCY_INTERRUPT]),
	VALUE("latency.other",		latency_host[LG_LATENCY_OTHER]),
	VALUE("latency.halted",		latency_halted),
#undef VALUE
};

#define DESCRIPTORS_MAX	(ARRAY_SIZE(values) + ARRAY_SIZE(histograms) + LG_HYPERCALLS + LG_LEAVES)
#define DESCRIPTORS_SIZE \
	PAGE_ALIGN(DESCRIPTORS_MAX * sizeof(struct lguest_statistics_descriptor))
#define DESCRIPTOR_PAGES (DESCRIPTORS_SIZE >> PAGE_SHIFT)
#define BLOCKS_PAGE	(1 + DESCRIPTOR_PAGES)	/* after header and descriptors */

static struct lguest_statistics_descriptor *descriptors;
static unsigned int nr_descriptors;

static struct lguest_statistics_descriptor *__init describe(u32 offset, u32 count, u32 kind, u32 unit)
{
	struct lguest_statistics_descriptor *descriptor = &descriptors[nr_descriptors++];

	descriptor->offset = offset;
	descriptor->count = count;
	descriptor->kind = kind;
	descriptor->unit = unit;
	return descriptor;
}

static void __init describe_values(const struct value *value, unsigned int n, u32 count)
{
	for (; n; n--, value++)
		strscpy(describe(value->offset, count, value->kind, value->unit)->name,
			value->name, LGUEST_STATISTICS_NAME_SIZE);
}

/* A counter per number.  Those without a name are shown by their number. */
static void __init describe_numbers(const char *group, const char *const *names, unsigned int n,
			     u32 offset)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct lguest_statistics_descriptor *descriptor =
			describe(offset + i * sizeof(u64), 1, LGUEST_STATISTICS_COUNTER,
				 LGUEST_STATISTICS_EVENTS);

		if (names[i])
			snprintf(descriptor->name, sizeof(descriptor->name), "%s.%s", group, names[i]);
		else
			snprintf(descriptor->name, sizeof(descriptor->name), "%s.%u", group, i);
	}
}

/** lg_statistics_load - when the module is; 0 or -ENOMEM */
int __init lg_statistics_load(void)
{
	lg_reasons_init();
	descriptors = alloc_pages_exact(DESCRIPTORS_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (!descriptors)
		return -ENOMEM;
	describe_values(values, ARRAY_SIZE(values), 1);
	describe_values(histograms, ARRAY_SIZE(histograms), LG_HISTOGRAM);
	describe_numbers("hypercall", hypercall_names, LG_HYPERCALLS,
			 offsetof(struct lg_statistics, hypercalls));
	describe_numbers("leave", leave_names, LG_LEAVES,
			 offsetof(struct lg_statistics, leaves));
	return 0;
}

/** lg_statistics_unload - the same backwards */
void lg_statistics_unload(void)
{
	free_pages_exact(descriptors, DESCRIPTORS_SIZE);
}

/** lg_statistics_alloc - a block; NULL if there is no memory */
struct lg_statistics *lg_statistics_alloc(void)
{
	return alloc_pages_exact(BLOCK_BYTES, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
}

/** lg_statistics_free - of lg_statistics_alloc(), or NULL; it may be mapped */
void lg_statistics_free(struct lg_statistics *statistics)
{
	if (statistics)
		free_pages_exact(statistics, BLOCK_BYTES);
}

/** lg_statistics_create - header and block 0 of a new Guest; 0 or -ENOMEM */
int lg_statistics_create(struct lguest *lg)
{
	struct lg_guest_statistics *statistics = &lg->statistics;
	struct lguest_statistics *header =
		(struct lguest_statistics *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

	statistics->header = header;
	statistics->others = lg_statistics_alloc();
	if (!header || !statistics->others) {
		lg_statistics_destroy(lg);
		return -ENOMEM;
	}
	header->magic = LGUEST_STATISTICS_MAGIC;
	header->version = LGUEST_STATISTICS_VERSION;
	header->header_size = sizeof(*header);
	header->descriptor_offset = PAGE_SIZE;
	header->descriptor_size = sizeof(struct lguest_statistics_descriptor);
	header->descriptors = nr_descriptors;
	header->block_offset = BLOCKS_PAGE * PAGE_SIZE;
	header->block_size = BLOCK_BYTES;
	return 0;
}

/** lg_statistics_destroy - the Guest is gone; its vcpus have freed their blocks */
void lg_statistics_destroy(struct lguest *lg)
{
	lg_statistics_free(lg->statistics.others);
	free_page((unsigned long)lg->statistics.header);
}

/**
 * lg_statistics_start - LHREQ_INITIALIZE has succeeded
 * @lg:		its lock is held
 * @blocks:	1 + vcpus that exist (some may be unused)
 */
void lg_statistics_start(struct lguest *lg, unsigned int blocks)
{
	struct lguest_statistics *header = lg->statistics.header;
	unsigned long pages = BLOCKS_PAGE + blocks * BLOCK_PAGES;

	WRITE_ONCE(header->size, pages << PAGE_SHIFT);
	WRITE_ONCE(header->blocks, blocks);
	WRITE_ONCE(header->vcpus, lg->setup.vcpus);
	WRITE_ONCE(header->tsc_khz, lg_clock_tsc_khz());
	WRITE_ONCE(header->start_ns, ktime_get_ns());
	WRITE_ONCE(header->starts, header->starts + 1);
	/* Pairs with lg_statistics_mmap(). */
	smp_store_release(&lg->statistics.pages, pages);
}

static struct page *page_at(struct lguest *lg, unsigned long n)
{
	const struct lg_statistics *block;
	const void *address;

	if (!n) {
		address = lg->statistics.header;
	} else if (n < BLOCKS_PAGE) {
		address = (void *)descriptors + (n - 1) * PAGE_SIZE;
	} else {
		n -= BLOCKS_PAGE;
		block = n < BLOCK_PAGES ? lg->statistics.others :
					  lg->vcpus[n / BLOCK_PAGES - 1]->statistics;
		address = (void *)block + n % BLOCK_PAGES * PAGE_SIZE;
	}
	return virt_to_page(address);
}

/*H:150 Counting beans
 *
 * How do you find out whether any of this is a good idea?  You count.  Each
 * exit by its reason, each hypercall by its number, how long the Guest ran and
 * how long we did.  The slides on lguest64 promised "strong statistics", and
 * had them; here they are a few pages that the Launcher maps, that describe
 * themselves, and that lguest-top shows while they move.
 *
 * Counting must not cost what it measures.  A vcpu's thread counts in pages of
 * its own, by plain additions: no lock, no atomic, about thirty instructions
 * for each exit.  Whoever reads may see one number a moment before the other,
 * and is told so.
 */
/**
 * lg_statistics_mmap - mmap() of /dev/lguest
 * @lg:		whose statistics
 * @vma:	where they shall be; it keeps the file, and so @lg
 *
 * Called with the process's mmap_lock held, inside of which lg->lock must not
 * be taken.  vcpus, once made, stay as long as the file, and each page is
 * counted, so it can be mapped longer than that.
 */
int lg_statistics_mmap(struct lguest *lg, struct vm_area_struct *vma)
{
	unsigned long available = smp_load_acquire(&lg->statistics.pages), i;
	int err;

	if (current->mm != lg->mm || (vma->vm_flags & (VM_WRITE | VM_EXEC)))
		return -EACCES;
	if (!available)
		return -EPERM;
	if (vma->vm_pgoff != LGUEST_STATISTICS_OFFSET >> PAGE_SHIFT || vma_pages(vma) > available)
		return -EINVAL;
	lg_vm_flags_mod(vma, VM_IO | VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
			VM_MAYWRITE | VM_MAYEXEC);
	for (i = 0; i < vma_pages(vma); i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, page_at(lg, i));
		if (err)
			return err;
	}
	return 0;
}
/*:*/

/*
 * Where a vcpu's time goes.  The run loop's part, with the vcpu loaded, is in
 * arch.h, as it is on the way into the Guest and out; here is what is rare.
 * Two processors' TSCs may differ, so a difference may be negative.
 */
static u64 since_mark(struct lg_vcpu *vcpu)
{
	u64 now = rdtsc(), mark = vcpu->time.mark;

	vcpu->time.mark = now;
	return (s64)(now - mark) > 0 ? now - mark : 0;
}

/** lg_time_load - read() begins; the thread stays on its processor meanwhile */
void lg_time_load(struct lg_vcpu *vcpu)
{
	u64 passed = since_mark(vcpu);

	if (vcpu->time.started)
		vcpu->statistics->time_launcher += passed;
	vcpu->time.started = true;
	vcpu->time.run_delay = lg_run_delay(current);
}

/** lg_time_put - and ends */
void lg_time_put(struct lg_vcpu *vcpu)
{
	vcpu->statistics->time_host += since_mark(vcpu);
}

/** lg_time_sched_out - the thread of a loaded vcpu loses its processor */
void lg_time_sched_out(struct lg_vcpu *vcpu)
{
	if (!vcpu->time.halted)
		vcpu->statistics->time_host += since_mark(vcpu);
}

/** lg_time_sched_in - it has one again, perhaps another */
void lg_time_sched_in(struct lg_vcpu *vcpu)
{
	u64 run_delay = lg_run_delay(current);

	vcpu->statistics->steal += run_delay - vcpu->time.run_delay;
	vcpu->time.run_delay = run_delay;
	if (!vcpu->time.halted)
		vcpu->statistics->time_off += since_mark(vcpu);
}

/** lg_time_halt - a halt begins; by the vcpu's thread, loaded */
void lg_time_halt(struct lg_vcpu *vcpu)
{
	preempt_disable();
	vcpu->statistics->time_host += since_mark(vcpu);
	vcpu->time.halted = true;
	preempt_enable();
}

/** lg_time_wake - and ends */
void lg_time_wake(struct lg_vcpu *vcpu)
{
	u64 passed;

	preempt_disable();
	passed = since_mark(vcpu);
	vcpu->statistics->time_halted += passed;
	lg_histogram_count(vcpu->statistics->latency_halted, passed);
	vcpu->time.halted = false;
	preempt_enable();
}
