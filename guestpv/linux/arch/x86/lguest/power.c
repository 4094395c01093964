// SPDX-License-Identifier: GPL-2.0
/*
 * power.c - how a Guest ends.
 */
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/panic_notifier.h>
#include <linux/pm.h>
#include <linux/reboot.h>
#include <linux/string.h>

#include <asm/io.h>
#include <asm/page.h>
#include <asm/reboot.h>

#include <lguest/button.h>

#include "lguest.h"

/* The Host reads it by physical address, so it must not be on a stack that
   may be in vmalloc space, nor cross a page. */
static char lguest_last_words[256] __aligned(256);

/*G:820 Last words
 *
 * All good things end, by power off, by restart, or by panic.  One hypercall
 * serves all three, and for a panic it takes the message along: the Launcher
 * prints it and ends with status 5, so that even a shell script knows.
 */
/**
 * lguest_shutdown - the end; does not return
 * @how: which end
 * @message: last words, or NULL
 */
void lguest_shutdown(enum lguest_shutdown how, const char *message)
{
	unsigned int length = 0;

	if (message) {
		strscpy(lguest_last_words, message, sizeof(lguest_last_words));
		length = strlen(lguest_last_words);
	}
	for (;;)
		lguest_hypercall3(LHCALL_SHUTDOWN, how, __pa(lguest_last_words),
				  length);
}
/*:*/

static void lguest_power_off(void)
{
	lguest_shutdown(LGUEST_SHUTDOWN_POWEROFF, NULL);
}

static void lguest_restart(char *reason)
{
	lguest_shutdown(LGUEST_SHUTDOWN_RESTART, NULL);
}

static void lguest_emergency_restart(void)
{
	lguest_shutdown(LGUEST_SHUTDOWN_RESTART, NULL);
}

static void lguest_machine_shutdown(void)
{
	/* No interrupt controllers to be put to rest. */
}

/*
 * A panic.  With panic=... (timeout) the kernel goes on after the notifiers
 * and restarts; it is the Launcher's place to decide that, so we end here.
 */
static int lguest_panic(struct notifier_block *block, unsigned long unused,
			void *message)
{
	lguest_shutdown(LGUEST_SHUTDOWN_CRASH, message);
	return NOTIFY_DONE;
}

static struct notifier_block lguest_panic_block = {
	.notifier_call	= lguest_panic,
	.priority	= INT_MIN,	/* let the others speak first */
};

/*
 * The Launcher would like us to end.  This only queues the work: user space is
 * asked to (/sbin/poweroff, /sbin/reboot), and if it cannot, the kernel does it.
 */
static irqreturn_t lguest_power_button(int irq, void *unused)
{
	u32 event;

	while ((event = inl(LGUEST_BUTTON_PORT)) != LGUEST_BUTTON_NONE) {
		if (event == LGUEST_BUTTON_POWER)
			orderly_poweroff(true);
		else if (event == LGUEST_BUTTON_RESTART)
			orderly_reboot();
	}
	return IRQ_HANDLED;
}

static int __init lguest_init_power_button(void)
{
	int err;

	if (!lguest_active)
		return 0;
	err = lguest_setup_irq(LGUEST_BUTTON_IRQ);
	if (!err)
		err = request_irq(LGUEST_BUTTON_IRQ, lguest_power_button, 0,
				  "lguest power button", NULL);
	if (!err)
		outl(BIT(LGUEST_BUTTON_POWER) | BIT(LGUEST_BUTTON_RESTART),
		     LGUEST_BUTTON_PORT);
	return err;
}
device_initcall(lguest_init_power_button);

void __init lguest_init_power(void)
{
	machine_ops.power_off = lguest_power_off;
	machine_ops.halt = lguest_power_off;
	machine_ops.restart = lguest_restart;
	machine_ops.emergency_restart = lguest_emergency_restart;
	machine_ops.shutdown = lguest_machine_shutdown;
	/* Without it reboot(2) takes "power off" for "halt". */
	pm_power_off = lguest_power_off;
	atomic_notifier_chain_register(&panic_notifier_list, &lguest_panic_block);
}
