// SPDX-License-Identifier: GPL-2.0
/*
 * platform.c - what a PC has and a Guest has not.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/ioport.h>

#include <asm/acpi.h>
#include <asm/setup.h>
#include <asm/x86_init.h>

#include "lguest.h"

bool lguest_active __ro_after_init;

/*
 * The ISA ports: there is nothing behind them, and each one that a driver
 * probes is a journey to the Launcher.  PCI's configuration ports (0xcf8)
 * and what PCI hands out (from 0x1000) stay free.
 */
static struct resource lguest_isa_ports = {
	.name	= "lguest: no ISA devices",
	.start	= 0,
	.end	= 0xcf7,
	.flags	= IORESOURCE_IO | IORESOURCE_BUSY,
};

static void __init lguest_reserve_resources(void)
{
	request_resource(&ioport_resource, &lguest_isa_ports);
}

static void __init lguest_set_legacy_features(void)
{
	x86_platform.legacy.i8042 = X86_LEGACY_I8042_PLATFORM_ABSENT;
	x86_platform.legacy.rtc = 0;
	x86_platform.legacy.warm_reset = 0;
	x86_platform.legacy.no_vga = 1;
	x86_platform.legacy.reserve_bios_regions = 0;
	x86_platform.legacy.devices.pnpbios = 0;
}

/* What a PC has and a Guest has not. */
void __init lguest_init_platform(void)
{
	x86_platform.set_legacy_features = lguest_set_legacy_features;
	x86_platform.realmode_reserve = x86_init_noop;
	x86_platform.realmode_init = x86_init_noop;

	x86_init.resources.probe_roms = x86_init_noop;
	x86_init.resources.reserve_resources = lguest_reserve_resources;
	x86_init.mpparse.find_smp_config = x86_init_noop;

	/* No tables of ACPI either; PCI is found by its configuration ports. */
	disable_acpi();
}
