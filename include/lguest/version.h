/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version.h - the version of each interface of lguest.
 *
 * There are two, and they change independently: what the Launcher and lg.ko
 * say to each other through /dev/lguest, and what a Guest kernel and the Host
 * say to each other by hypercalls and shared pages.  A mismatch is refused,
 * with both numbers in the message.
 */
#ifndef LGUEST_VERSION_H
#define LGUEST_VERSION_H

/** LGUEST_DEVICE_VERSION - the Launcher <-> lg.ko protocol (device.h) */
#define LGUEST_DEVICE_VERSION	2

/** LGUEST_GUEST_VERSION - the Guest <-> Host protocol (hypercall.h, shared.h) */
#define LGUEST_GUEST_VERSION	2

#endif /* LGUEST_VERSION_H */
