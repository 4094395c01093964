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
