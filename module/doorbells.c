// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doorbells.c - the Guest rings for a device, and the vcpu runs on.
 *
 * A driver tells its device of new work by a write to a register.  That is a
 * fault, a way back to the Launcher, an instruction to decode, and all the way
 * back again; and yet all that anybody wants is that the device's thread wakes
 * up.  So that is what we do.
 */
#include <linux/eventfd.h>
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "lg.h"

/**
 * struct lg_doorbell - an address and what it wakes
 * @hash:	in lguest.doorbells
 * @gpa:	guest-physical address
 * @eventfd:	signalled by LHCALL_NOTIFY
 */
struct lg_doorbell {
	struct hlist_node hash;
	u64 gpa;
	struct eventfd_ctx *eventfd;
};

/** lg_doorbells_create - once in a Guest's life */
void lg_doorbells_create(struct lguest *lg)
{
	spin_lock_init(&lg->doorbells_lock);
	hash_init(lg->doorbells);
	lg->nr_doorbells = 0;
}

static struct lg_doorbell *find(struct lguest *lg, u64 gpa)
{
	struct lg_doorbell *bell;

	hash_for_each_possible(lg->doorbells, bell, hash, gpa)
		if (bell->gpa == gpa)
			return bell;
	return NULL;
}

static void bell_free(struct lg_doorbell *bell)
{
	if (bell) {
		eventfd_ctx_put(bell->eventfd);
		kfree(bell);
	}
}

/* Take away what is at @gpa, and put @new there if it is not NULL. */
static int replace(struct lguest *lg, u64 gpa, struct lg_doorbell *new)
{
	struct lg_doorbell *old;
	int err = 0;

	spin_lock(&lg->doorbells_lock);
	old = find(lg, gpa);
	if (new && !old && lg->nr_doorbells == LGUEST_DOORBELLS) {
		err = -ENOSPC;
	} else {
		if (old) {
			hash_del(&old->hash);
			lg->nr_doorbells--;
		}
		if (new) {
			hash_add(lg->doorbells, &new->hash, gpa);
			lg->nr_doorbells++;
		}
	}
	spin_unlock(&lg->doorbells_lock);
	bell_free(old);
	return err;
}

/**
 * lg_doorbell_set - LHREQ_DOORBELL
 * @lg:		the Guest
 * @gpa:	not in its memory
 * @fd:		an eventfd of the calling process, or -1
 *
 * Called with lg->lock held.  Returns 0 or negative errno.
 */
int lg_doorbell_set(struct lguest *lg, u64 gpa, int fd)
{
	struct lg_doorbell *bell;
	int err;

	if (gpa < lg->setup.memory_size)
		return -EINVAL;
	if (fd == -1)
		return replace(lg, gpa, NULL);
	bell = kzalloc(sizeof(*bell), GFP_KERNEL_ACCOUNT);
	if (!bell)
		return -ENOMEM;
	bell->gpa = gpa;
	bell->eventfd = eventfd_ctx_fdget(fd);
	if (IS_ERR(bell->eventfd)) {
		err = PTR_ERR(bell->eventfd);
		kfree(bell);
		return err;
	}
	err = replace(lg, gpa, bell);
	if (err)
		bell_free(bell);
	return err;
}

/*D:400 Who rings?
 *
 * The bell of a device is a register, and what happens when the Guest writes
 * to it was told in the last chapter: a fault, a way through the Host to the
 * Launcher, a decoded instruction, and the whole way back.  Here is the short
 * cut seen from inside.  The Launcher has given us eventfds, and said which
 * address each belongs to.  A hypercall with that address signals it, the
 * device's thread wakes up on another processor, and the Guest has lost a few
 * hundred instructions instead of a few thousand.
 *
 * Now the Guest can make itself heard.  It is time to see who has been listening:
 * say make Launcher
 */
/** lg_doorbell_ring - LHCALL_NOTIFY; 0 or -ENOENT */
int lg_doorbell_ring(struct lguest *lg, u64 gpa)
{
	struct lg_doorbell *bell;

	spin_lock(&lg->doorbells_lock);
	bell = find(lg, gpa);
	if (bell)
		lg_eventfd_signal(bell->eventfd);
	spin_unlock(&lg->doorbells_lock);
	return bell ? 0 : -ENOENT;
}
/*:*/

/** lg_doorbells_clear - forget all; no vcpu runs; with lg->lock, or at the end */
void lg_doorbells_clear(struct lguest *lg)
{
	struct lg_doorbell *bell;
	struct hlist_node *next;
	unsigned int i;

	hash_for_each_safe(lg->doorbells, i, next, bell, hash) {
		hash_del(&bell->hash);
		bell_free(bell);
	}
	lg->nr_doorbells = 0;
}
