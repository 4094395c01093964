/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.h - what devices need to know of the Guest they belong to.
 */
#ifndef GUEST_H
#define GUEST_H

#include "devices/button.h"
#include "devices/pci.h"
#include "event_loop.h"
#include "guest_memory.h"

/**
 * struct guest - a Guest, as its devices see it
 * @memory: its memory
 * @bus: its PCI bus
 * @button: its power button
 * @loop: what the main thread waits for
 * @device_node: /dev/lguest
 */
struct guest
{
  struct guest_memory memory;
  struct pci_bus bus;
  struct button button;
  struct event_loop loop;
  int device_node;
};

void guest_interrupt (struct guest *guest, unsigned irq);
void guest_doorbell (struct guest *guest, uint64_t address, int eventfd);

#endif /* GUEST_H */
