/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msi.h - interrupts that devices of a Guest send as messages.
 *
 * A device with MSI-X says what interrupt it wants by writing to memory.  Here
 * that is the number of an interrupt line (device.h), written to
 * LGUEST_MSI_ADDRESS; which line it is, the Guest decides.
 */
#ifndef LGUEST_MSI_H
#define LGUEST_MSI_H

#include "button.h"

#define LGUEST_MSI_ADDRESS	0xfee00000

/* Lines from this on are free for messages: no device has them as its wire. */
#define LGUEST_FIRST_MSI	32
/* From this on they are not any more: the power button's is there, and IPIs. */
#define LGUEST_END_MSI		LGUEST_BUTTON_IRQ

#endif /* LGUEST_MSI_H */
