// SPDX-License-Identifier: GPL-2.0
/*
 * console.c - words before there is a console.
 *
 * "earlyprintk=lguest" sends the kernel's messages to the Launcher, one
 * hypercall each, until the virtio console is there.  Without it only the
 * report of a kernel that dies before it can say so otherwise goes that way.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <asm/page.h>

#include "lguest.h"

/**
 * lguest_print - let the Launcher print something
 * @text: what; in the kernel's image, its stack or its direct map
 * @length: how much of it
 *
 * The Host reads it by physical address, one page at most at a time.
 */
void lguest_print(const char *text, unsigned int length)
{
	static char line[128];
	unsigned int part;

	/* Neither a vmalloc address nor a page's end is to be met with. */
	while (length) {
		part = min_t(unsigned int, length, sizeof(line));
		memcpy(line, text, part);
		lguest_hypercall3(LHCALL_PRINT, __pa(line), part, 0);
		text += part;
		length -= part;
	}
}

static void lguest_console_write(struct console *console, const char *text,
				 unsigned int length)
{
	lguest_print(text, length);
}

static struct console lguest_console = {
	.name	= "lguest",
	.write	= lguest_console_write,
	.flags	= CON_PRINTBUFFER | CON_BOOT,
	.index	= -1,
};

/* Beside setup_early_printk() of the native kernel, which ignores the word. */
static int __init lguest_earlyprintk(char *where)
{
	if (!lguest_active || !where || strncmp(where, "lguest", 6))
		return 0;

	if (strstr(where, "keep"))
		lguest_console.flags &= ~CON_BOOT;
	if (!(lguest_console.flags & CON_ENABLED))
		register_console(&lguest_console);
	return 0;
}
early_param("earlyprintk", lguest_earlyprintk);

void __init lguest_init_console(void)
{
#ifdef CONFIG_EARLY_PRINTK
	/* For early_printk(), by which early exceptions are reported. */
	early_console = &lguest_console;
#endif
}
