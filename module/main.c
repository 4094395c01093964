// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - load and unload lg.ko.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/miscdevice.h>

#include "lg.h"
#include "device.h"

/*H:000 A module moves in
 *
 * We are in the kernel now.  Please do not run, and touch nothing: a mistake
 * here is not a message but a machine that stands still.
 *
 * The Host is a stock kernel, with our module lg.ko in it.  Loading takes a few
 * steps.  Ask whether the machine has all we need, and if not, say what is
 * missing.  Map the Switcher.  Note the Host's state, so that we can always
 * give it back.  Ask to be told when memory is short.  Make /dev/lguest.  If
 * one of them fails, those before it are undone in reverse, and the kernel is
 * as it was.
 */
static int __init lg_init(void)
{
	u64 features;
	u32 missing = lg_arch_preflight(&features);
	unsigned int bit;
	int err;

	for (bit = 0; bit < 32; bit++)
		if (missing & (1u << bit))
			pr_err("cannot run Guests: this machine lacks %s\n",
			       lg_arch_missing_name(bit));
	if (missing)
		return -ENODEV;

	err = lg_statistics_load();
	if (err)
		return err;
	err = lg_switcher_map();
	if (err) {
		pr_err("cannot map the Switcher: %d\n", err);
		goto statistics;
	}
	err = lg_host_state_init();
	if (err)
		goto unmap;
	err = lg_shrink_init();
	if (err)
		goto state;
	err = lg_device_init(features);
	if (err)
		goto shrink;
	pr_info("Switcher at %#lx, %td bytes%s%s%s%s%s\n", lg_switcher_address(),
		switcher_end - switcher_start,
		features & LGUEST_HOST_PCID ? ", PCIDs" : "",
		features & LGUEST_HOST_LA57 ? ", five-level tables" : "",
		features & LGUEST_HOST_PAE ? ", three-level tables" : "",
		features & LGUEST_HOST_PTI ? ", page-table isolation" : "",
		features & LGUEST_HOST_HWVIRT ? ", beside KVM" : "");
	return 0;
shrink:
	lg_shrink_exit();
state:
	lg_host_state_exit();
unmap:
	lg_switcher_unmap();
statistics:
	lg_statistics_unload();
	return err;
}
/*:*/

static void __exit lg_exit(void)
{
	lg_device_exit();
	lg_shrink_exit();
	lg_host_state_exit();
	lg_switcher_unmap();
	lg_statistics_unload();
}

module_init(lg_init);
module_exit(lg_exit);
MODULE_DESCRIPTION("lguest, the little Linux hypervisor");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
