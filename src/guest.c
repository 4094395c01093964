/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.c - what devices need of the Guest they belong to.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "device_node.h"
#include "guest.h"
#include "i18n.h"
#include "log.h"

/** guest_interrupt - raise an interrupt line; from any thread */
void
guest_interrupt (struct guest *guest, unsigned irq)
{
  /* Between the end of a Guest and its next life nobody wants it. */
  if (!device_node_interrupt (guest->device_node, irq))
    log_verbose (_("interrupt %u got lost: %s"), irq, strerror (errno));
}

/**
 * guest_doorbell - what rings when the Guest writes to @address
 * @eventfd: or -1: nothing any more
 *
 * Without it the write comes to pci_memory_write().
 */
void
guest_doorbell (struct guest *guest, uint64_t address, int eventfd)
{
  if (!device_node_doorbell (guest->device_node, address, eventfd)
      && eventfd >= 0)
    log_verbose (_("doorbell at %#llx is slow: %s"),
                 (unsigned long long) address, strerror (errno));
}
