// SPDX-License-Identifier: GPL-2.0
/*
 * msi.c - interrupts that devices send as messages.
 *
 * A device that has but one wire has to be asked, at each interrupt, why it
 * raised it: that is a read of a register, and a journey to the Launcher.  With
 * MSI-X each reason has a message of its own.  What a message says is the
 * number of an interrupt line, as irq.c has them; the lines from
 * LGUEST_FIRST_MSI up to LGUEST_END_MSI are no device's wire.
 *
 * A device that gets no line, as all are taken, keeps its wire.
 */
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <linux/pci.h>

#include <asm/x86_init.h>
#include <lguest/msi.h>

#include "lguest.h"

/* Nobody masks a message here, but it begins masked. */
static void lguest_msi_unmask(struct msi_desc *desc)
{
	void __iomem *entry = desc->pci.mask_base +
			      desc->msi_index * PCI_MSIX_ENTRY_SIZE;

	writel(0, entry + PCI_MSIX_ENTRY_VECTOR_CTRL);
}

static int lguest_msi_alloc(struct irq_domain *domain, struct device *dev,
			    int nvec)
{
	struct msi_desc *desc;

	if (!to_pci_dev(dev)->msix_enabled)
		return -EOPNOTSUPP;

	msi_for_each_desc(desc, dev, MSI_DESC_NOTASSOCIATED) {
		struct msi_msg message = {
			.address_lo = LGUEST_MSI_ADDRESS,
		};
		int line = lguest_alloc_irq(LGUEST_FIRST_MSI,
					    LGUEST_END_MSI);
		int err;

		if (line < 0)
			return line;
		err = irq_set_msi_desc(line, desc);
		if (err) {
			lguest_free_irq(line);
			return err;
		}
		message.data = line;
		pci_write_msi_msg(line, &message);
		lguest_msi_unmask(desc);
	}
	return 0;
}

static void lguest_msi_free(struct irq_domain *domain, struct device *dev)
{
	struct msi_desc *desc;

	msi_for_each_desc(desc, dev, MSI_DESC_ASSOCIATED) {
		lguest_free_irq(desc->irq);
		desc->irq = 0;
	}
}

static struct msi_domain_ops lguest_msi_ops = {
	.domain_alloc_irqs	= lguest_msi_alloc,
	.domain_free_irqs	= lguest_msi_free,
};

static struct msi_domain_info lguest_msi_info = {
	.ops	= &lguest_msi_ops,
};

/*
 * Linux asks a device for messages by way of its "MSI domain".  Ours stands
 * alone: there is no controller behind it that numbers could be mapped for.
 */
static struct irq_domain * __init lguest_create_msi_domain(void)
{
	struct fwnode_handle *name = irq_domain_alloc_named_fwnode("lguest-MSI");
	struct irq_domain *domain;

	if (!name)
		return NULL;
	domain = msi_create_irq_domain(name, &lguest_msi_info, NULL);
	if (!domain)
		irq_domain_free_fwnode(name);
	return domain;
}

void __init lguest_init_msi(void)
{
	x86_init.irqs.create_pci_msi_domain = lguest_create_msi_domain;
	/* A line is blocked in the pad: a device's own mask would cost a journey
	   each time. */
	pci_msi_ignore_mask = 1;
}
