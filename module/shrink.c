// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shrink.c - give shadow pages back when the Host is short of memory.
 *
 * All a shadow holds can be had again from the Guest's own tables, so it
 * is as good as a cache.  The address spaces that a Guest is not in right
 * now go first, and are all that we take from here.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>

#include "lg.h"
#include "compat.h"

static LIST_HEAD(guests);
static DEFINE_MUTEX(guests_lock);	/* guards the list, not the Guests */

static unsigned long count_pages(struct shrinker *shrinker, struct shrink_control *control)
{
	unsigned long count = 0;
	struct lguest *lg;

	if (!mutex_trylock(&guests_lock))
		return 0;
	list_for_each_entry(lg, &guests, shrink_list)
		count += READ_ONCE(lg->pager.count);
	mutex_unlock(&guests_lock);
	return count;
}

static unsigned long scan_pages(struct shrinker *shrinker, struct shrink_control *control)
{
	unsigned long freed = 0;
	struct lguest *lg;

	if (!mutex_trylock(&guests_lock))
		return SHRINK_STOP;
	list_for_each_entry(lg, &guests, shrink_list) {
		if (freed >= control->nr_to_scan)
			break;
		freed += pager_shrink(lg, control->nr_to_scan - freed);
	}
	/* The next time it is another one's turn. */
	if (!list_empty(&guests))
		list_rotate_left(&guests);
	mutex_unlock(&guests_lock);
	return freed ? freed : SHRINK_STOP;
}

/** lg_shrink_add - @lg has a pager from now on */
void lg_shrink_add(struct lguest *lg)
{
	mutex_lock(&guests_lock);
	list_add_tail(&lg->shrink_list, &guests);
	mutex_unlock(&guests_lock);
}

/** lg_shrink_remove - and from now on it has none */
void lg_shrink_remove(struct lguest *lg)
{
	mutex_lock(&guests_lock);
	list_del(&lg->shrink_list);
	mutex_unlock(&guests_lock);
}

#ifdef LG_SHRINKER_ALLOCATED
static struct shrinker *shrinker;

/** lg_shrink_init - at load */
int lg_shrink_init(void)
{
	shrinker = shrinker_alloc(0, "lguest-shadow");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = count_pages;
	shrinker->scan_objects = scan_pages;
	shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(shrinker);
	return 0;
}

/** lg_shrink_exit - at unload */
void lg_shrink_exit(void)
{
	shrinker_free(shrinker);
}
#else
static struct shrinker shrinker = {
	.count_objects = count_pages,
	.scan_objects = scan_pages,
	.seeks = DEFAULT_SEEKS,
};

/** lg_shrink_init - at load */
int lg_shrink_init(void)
{
	return register_shrinker(&shrinker, "lguest-shadow");
}

/** lg_shrink_exit - at unload */
void lg_shrink_exit(void)
{
	unregister_shrinker(&shrinker);
}
#endif
