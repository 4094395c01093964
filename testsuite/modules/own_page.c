// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * own_page.c - a page of the host's kernel that is replaced now and then.
 *
 *	echo NUMBER >/sys/module/own_page/parameters/number
 *
 * puts a page that says NUMBER in its place, and has all processors forget
 * the old one as the kernel does it without page-table isolation: by INVLPG.  Where
 * there are PCIDs, that reaches other processes' only because the kernel's pages are
 * global.  (With isolation the kernel notes that other PCIDs are to be flushed.)
 * Reading the parameter reads the page.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>

static struct page *pages[64];
static unsigned int count;
static unsigned int *shown;
static pte_t *pte;
static DEFINE_MUTEX(lock);

static struct page *page_with(unsigned int number)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (page) {
		*(unsigned int *)page_address(page) = number;
		pages[count++] = page;
	}
	return page;
}

static void forget_page(void *unused)
{
	asm volatile("invlpg (%0)" : : "r" (shown) : "memory");
}

static int set_number(const char *text, const struct kernel_param *param)
{
	struct page *page = NULL;
	unsigned int number;

	if (kstrtouint(text, 0, &number))
		return -EINVAL;
	mutex_lock(&lock);
	/* Old ones stay: who has not forgotten them finds their number there. */
	if (count < ARRAY_SIZE(pages))
		page = page_with(number);
	if (page) {
		WRITE_ONCE(*pte, pfn_pte(page_to_pfn(page), pte_pgprot(*pte)));
		on_each_cpu(forget_page, NULL, 1);
	}
	mutex_unlock(&lock);
	return page ? 0 : -ENOMEM;
}

static int get_number(char *text, const struct kernel_param *param)
{
	return sprintf(text, "%u\n", READ_ONCE(*shown));
}

static const struct kernel_param_ops number_ops = {
	.set = set_number,
	.get = get_number,
};
module_param_cb(number, &number_ops, NULL, 0600);

static void free_pages_of_ours(void)
{
	vunmap(shown);
	while (count)
		__free_page(pages[--count]);
}

static int __init own_page_init(void)
{
	struct page *page = page_with(0);
	unsigned int level;

	if (!page)
		return -ENOMEM;
	shown = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	pte = shown ? lookup_address((unsigned long)shown, &level) : NULL;
	if (!pte || level != PG_LEVEL_4K) {
		free_pages_of_ours();
		return -ENOMEM;
	}
	return 0;
}

static void __exit own_page_exit(void)
{
	free_pages_of_ours();
}

module_init(own_page_init);
module_exit(own_page_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A page of the kernel's that is replaced, for lguest's tests");
