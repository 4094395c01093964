/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/ports.h - the I/O ports of a Guest.
 */
#ifndef DEVICES_PORTS_H
#define DEVICES_PORTS_H

#include <stdint.h>

#include "guest.h"

uint32_t port_read (struct guest *guest, uint16_t port, unsigned bytes);
void port_write (struct guest *guest, uint16_t port, unsigned bytes,
                 uint32_t value);

#endif /* DEVICES_PORTS_H */
