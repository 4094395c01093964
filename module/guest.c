// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guest.c - a Guest from open() to close().
 */
#include <linux/slab.h>
#include <linux/sched/mm.h>
#include <linux/err.h>

#include "lg.h"

/** lg_create - a Guest that is nothing yet; ERR_PTR on failure */
struct lguest *lg_create(void)
{
	struct lguest *lg = kzalloc(sizeof(*lg), GFP_KERNEL_ACCOUNT);

	if (!lg)
		return ERR_PTR(-ENOMEM);
	mutex_init(&lg->lock);
	spin_lock_init(&lg->message_lock);
	lg_doorbells_create(lg);
	if (lg_statistics_create(lg)) {
		kfree(lg);
		return ERR_PTR(-ENOMEM);
	}
	lg->launcher = current->tgid;
	lg->mm = current->mm;
	mmgrab(lg->mm);
	return lg;
}

static void free_vcpu(struct lg_vcpu *vcpu)
{
	lg_unpin_pad(vcpu);
	free_cpumask_var(vcpu->stale);
	lg_statistics_free(vcpu->statistics);
	kfree(vcpu);
}

/* All that depends on the setup.  No vcpu runs. */
static void tear_down(struct lguest *lg)
{
	unsigned int i;

	for (i = 0; i < LG_MAX_VCPUS; i++) {
		if (!lg->vcpus[i])
			continue;
		lg->vcpus[i]->active = false;
		lg_clock_stop(lg->vcpus[i]);
		pager_vcpu_exit(lg->vcpus[i]);
		lg_arch_vcpu_exit(lg->vcpus[i]);
	}
	lg_doorbells_clear(lg);
	lg_memory_exit(lg);
	lg_shrink_remove(lg);
	pager_exit(lg);
}

/** lg_destroy - the last reference to the file is gone, so nobody is inside */
void lg_destroy(struct lguest *lg)
{
	unsigned int i;

	if (lg->setup.request)
		tear_down(lg);
	for (i = 0; i < LG_MAX_VCPUS; i++)
		if (lg->vcpus[i])
			free_vcpu(lg->vcpus[i]);
	lg_statistics_destroy(lg);
	mmdrop(lg->mm);
	kfree(lg);
}

static bool setup_valid(const struct lguest_setup *setup)
{
	return PAGE_ALIGNED(setup->memory) && PAGE_ALIGNED(setup->memory_size) &&
	       setup->memory_size &&
	       /* leaf_gfn of the pager has 32 bits */
	       setup->memory_size >> PAGE_SHIFT < U32_MAX &&
	       /*
		* Not access_ok(): where pointers have 32 bits it sees no more
		* of these, and some kernels' takes what is no address at all.
		*/
	       setup->memory_size <= TASK_SIZE_MAX &&
	       setup->memory <= TASK_SIZE_MAX - setup->memory_size &&
	       setup->vcpus >= 1 && setup->vcpus <= LG_MAX_VCPUS &&
	       lg_arch_canonical(setup->entry) &&
	       PAGE_ALIGNED(setup->cr3) && setup->cr3 < setup->memory_size &&
	       setup->boot_params < setup->memory_size;
}

/**
 * lg_reset_vcpu - a vcpu that has no past, and no page table either
 * @vcpu:	not running, or the caller's own
 * @entry:	where it will begin
 * @argument:	for RSI
 */
void lg_reset_vcpu(struct lg_vcpu *vcpu, u64 entry, u64 argument)
{
	pager_vcpu_exit(vcpu);
	lg_clock_stop(vcpu);
	lg_switcher_set_pad(vcpu, NULL);
	lg_unpin_pad(vcpu);
	vcpu->ready = false;
	vcpu->kicked = false;
	vcpu->nmi = false;
	vcpu->pending = 0;
	vcpu->trap = 0;
	vcpu->fault_storm = 0;
	vcpu->clock_due = false;
	vcpu->steal_due = false;
	lg_arch_vcpu_reset(vcpu, entry, argument);
}

/**
 * lg_start_vcpu - let a vcpu begin from the beginning
 * @vcpu:	not running, or the caller's own
 * @start:	where
 *
 * Returns 0 or negative errno.
 */
int lg_start_vcpu(struct lg_vcpu *vcpu, const struct lg_start *start)
{
	int err;

	lg_reset_vcpu(vcpu, start->entry, start->argument);
	err = pager_new_table(vcpu, start->cr3);
	if (!err)
		WRITE_ONCE(vcpu->state, LG_RUNS);
	return err;
}

/* Everything that a vcpu needs to be started. */
static int set_up_vcpu(struct lg_vcpu *vcpu)
{
	int err = lg_arch_vcpu_init(vcpu);

	if (err)
		return err;
	lg_unpin_pad(vcpu);
	vcpu->get_register = -1;
	vcpu->leave = false;
	vcpu->start_wanted = false;
	vcpu->state = LG_DOWN;
	vcpu->active = true;
	return 0;
}

static int create_vcpus(struct lguest *lg, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct lg_vcpu *vcpu = lg->vcpus[i];

		if (vcpu)
			continue;
		vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
		if (!vcpu)
			return -ENOMEM;
		vcpu->statistics = lg_statistics_alloc();
		if (!vcpu->statistics || !zalloc_cpumask_var(&vcpu->stale, GFP_KERNEL_ACCOUNT)) {
			lg_statistics_free(vcpu->statistics);
			kfree(vcpu);
			return -ENOMEM;
		}
		vcpu->lg = lg;
		vcpu->id = i;
		mutex_init(&vcpu->run_lock);
		init_waitqueue_head(&vcpu->wait);
		pager_vcpu_create(vcpu);
		lg_clock_init(vcpu);
		smp_store_release(&lg->vcpus[i], vcpu);
	}
	return 0;
}

/**
 * lg_lock_vcpus - all vcpus' run_locks, so that none runs
 * @lg:		its lock is held
 * @locked:	set: how many, for lg_unlock_vcpus()
 *
 * 0, or -EBUSY if one is inside read(): then none is locked.
 */
int lg_lock_vcpus(struct lguest *lg, unsigned int *locked)
{
	for (*locked = 0; *locked < LG_MAX_VCPUS && lg->vcpus[*locked]; (*locked)++)
		if (!mutex_trylock(&lg->vcpus[*locked]->run_lock)) {
			lg_unlock_vcpus(lg, *locked);
			return -EBUSY;
		}
	return 0;
}

/** lg_unlock_vcpus - undo it */
void lg_unlock_vcpus(struct lguest *lg, unsigned int locked)
{
	while (locked)
		mutex_unlock(&lg->vcpus[--locked]->run_lock);
}

/*H:025 From nothing to ready
 *
 * LHREQ_INITIALIZE makes a Guest.  All of what it needs is allocated here: the
 * processors, the pager, the notifier by which we hear of lost memory.  It can
 * also come a second time, when the Guest restarts, so it first takes apart
 * what there was.
 *
 * In the end processor 0 gets an address to begin at and a page table.  The
 * others wait to be called.
 */
/**
 * lg_initialize - LHREQ_INITIALIZE: a Guest, from the beginning
 * @lg:	the Guest
 * @setup:	its memory and where to start; not trusted
 *
 * Called with lg->lock held.  A vcpu's run_lock is held all through, so that
 * none runs in what is being taken apart.
 */
int lg_initialize(struct lguest *lg, const struct lguest_setup *setup)
{
	const struct lg_start start = {
		.entry = setup->entry,
		.argument = setup->boot_params,
		.cr3 = lg_arch_first_table(setup),
	};
	unsigned int i, locked;
	int err;

	if (!setup_valid(setup))
		return -EINVAL;
	err = create_vcpus(lg, setup->vcpus);
	if (err)
		return err;
	err = lg_lock_vcpus(lg, &locked);
	if (err)
		return err;

	if (lg->setup.request)
		tear_down(lg);
	lg->setup = *setup;
	lg->pages = setup->memory_size >> PAGE_SHIFT;
	lg->dead = false;
	memset(lg->irq_vcpu, 0, sizeof(lg->irq_vcpu));
	memset(&lg->clock, 0, sizeof(lg->clock));
	err = pager_init(lg);
	lg_shrink_add(lg);
	if (!err)
		err = lg_memory_init(lg);
	for (i = 0; !err && i < setup->vcpus; i++)
		err = set_up_vcpu(lg->vcpus[i]);
	if (!err)
		err = lg_start_vcpu(lg->vcpus[0], &start);
	if (err) {
		tear_down(lg);
		lg->setup.request = 0;
	} else {
		lg_statistics_start(lg, 1 + locked);
	}
	lg_unlock_vcpus(lg, locked);
	return err;
}
/*:*/

/**
 * lg_kill - this Guest is at its end, and here is why
 * @lg:	the Guest
 * @format:	printf-like, one line without the newline
 *
 * Callable from anywhere that may take a spinlock.  The first reason counts.
 */
void lg_kill(struct lguest *lg, const char *format, ...)
{
	va_list args;

	spin_lock(&lg->message_lock);
	if (!lg->dead) {
		va_start(args, format);
		vsnprintf(lg->message, sizeof(lg->message), format, args);
		va_end(args);
		WRITE_ONCE(lg->dead, true);
	}
	spin_unlock(&lg->message_lock);
	lg_kick_all(lg);
}
