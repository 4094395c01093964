/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * button.h - the power button: how the Launcher asks a Guest to end.
 *
 * One I/O port, of 4 bytes, and one interrupt line.  A driver writes the mask of
 * the events that it obeys, 1 << event.  When the line is raised, it reads events
 * until it gets LGUEST_BUTTON_NONE.
 */
#ifndef LGUEST_BUTTON_H
#define LGUEST_BUTTON_H

/** LGUEST_BUTTON_PORT - the port */
#define LGUEST_BUTTON_PORT	0x4c67
/** LGUEST_BUTTON_IRQ - the interrupt line; a device's */
#define LGUEST_BUTTON_IRQ	55

#define LGUEST_BUTTON_NONE	0
#define LGUEST_BUTTON_POWER	1	/* power off in an orderly way */
#define LGUEST_BUTTON_RESTART	2	/* restart in an orderly way */

#endif /* LGUEST_BUTTON_H */
