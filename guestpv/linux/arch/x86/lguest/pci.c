// SPDX-License-Identifier: GPL-2.0
/*
 * pci.c - the bus that the Launcher's devices are on.
 *
 * Configuration space is behind ports 0xcf8 and 0xcfc, as it is on a PC: IN and
 * OUT trap, and the Launcher plays the bridge.  What differs is interrupts:
 * a device's "interrupt line" register is the number of the line.
 */
#include <linux/pci.h>

#include <asm/pci_x86.h>
#include <asm/x86_init.h>

#include "lguest.h"

static int lguest_pci_enable_irq(struct pci_dev *dev)
{
	u8 pin, line;
	int err;

	pci_read_config_byte(dev, PCI_INTERRUPT_PIN, &pin);
	if (!pin)
		return 0;
	pci_read_config_byte(dev, PCI_INTERRUPT_LINE, &line);

	err = lguest_setup_irq(line);
	if (err) {
		pci_err(dev, "lguest: no interrupt line %u\n", line);
		return err;
	}
	dev->irq = line;
	return 0;
}

static void lguest_pci_disable_irq(struct pci_dev *dev)
{
}

void __init lguest_init_pci(void)
{
	/* Ports only: no BIOS, no memory-mapped space, no early quirks. */
	pci_probe = PCI_PROBE_CONF1 | PCI_PROBE_NOEARLY;
	x86_init.pci.init_irq = x86_init_noop;
	x86_init.pci.fixup_irqs = x86_init_noop;
	pcibios_enable_irq = lguest_pci_enable_irq;
	pcibios_disable_irq = lguest_pci_disable_irq;
}

/*G:830 A bus, and a bell
 *
 * This is the first thing in the Guest that is about devices.  Their bus is
 * PCI, as in a PC: its configuration is behind two ports, IN and OUT trap, and
 * the Launcher plays the chip.  Only the interrupt pins are simpler.
 *
 * The other function here is a short cut.  A driver tells its device "there is
 * work" by a store to a register, the doorbell.  Above the end of memory
 * nothing is mapped, so the store faults, the Host looks at it, leaves to the
 * Launcher, the Launcher decodes an instruction, and so on, all to say "ding".
 * With lguest_ring() a driver says "ding" to the Host directly.
 */
/**
 * lguest_ring - tell a device that there is work
 * @bell: its doorbell register, as ioremap() gave it
 *
 * Return: true if it was told; false if it takes a write to the register.
 */
bool lguest_ring(void __iomem *bell)
{
	phys_addr_t address;

	if (!lguest_active)
		return false;
	address = slow_virt_to_phys((void __force *)bell);
	return !lguest_hypercall3(LHCALL_NOTIFY, address, 0, 0);
}
/*:*/
EXPORT_SYMBOL_GPL(lguest_ring);
