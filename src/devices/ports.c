/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/ports.c - the I/O ports of a Guest.
 *
 * A Guest has no hardware but its PCI bus and a power button.  A PC without a
 * device answers all ones where that would be, and that is what Linux expects.
 */
#include <config.h>

#include "devices/ports.h"

#define KEYBOARD_STATUS 0x64

/* There is always one more byte in the keyboard: nobody believes that, so
   Linux gives up at once.  But it would take a command, so reboots do not
   wait for it. */
#define KEYBOARD_ABSENT 1

static const uint32_t ALL_ONES = ~(uint32_t) 0;

/** port_read - the Guest executes in; @bytes is 1, 2 or 4 */
uint32_t
port_read (struct guest *guest, uint16_t port, unsigned bytes)
{
  if (pci_port_is_ours (port))
    return pci_port_read (&guest->bus, port, bytes);
  if (port == LGUEST_BUTTON_PORT)
    return button_read (&guest->button);
  if (port == KEYBOARD_STATUS)
    return KEYBOARD_ABSENT;
  return ALL_ONES;
}

/** port_write - the Guest executes out */
void
port_write (struct guest *guest, uint16_t port, unsigned bytes,
            uint32_t value)
{
  if (pci_port_is_ours (port))
    pci_port_write (&guest->bus, port, bytes, value);
  else if (port == LGUEST_BUTTON_PORT)
    button_write (&guest->button, value);
}
