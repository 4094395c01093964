/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * driver.h - a driver of virtio devices, for tests of those.
 *
 * All is done through configuration ports and memory of the bus, as a Guest
 * does it.  The node of lg.ko is a file, so that interrupts can be seen.
 */
#ifndef UNIT_DRIVER_H
#define UNIT_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define MEMORY_BYTES ((uint64_t) 4 << 20)

/* In guest memory, from here on 1 MiB is free. */
#define DATA 0x10000

/* The Guest whose driver this is. */
extern struct guest guest;

/**
 * struct driver - of one device
 * @slot: of the device
 * @common, @doorbell, @isr, @config: guest-physical addresses of its parts
 */
struct driver
{
  unsigned slot;
  uint64_t common, doorbell, isr, config;
};

uint32_t config_read (unsigned slot, unsigned offset, unsigned bytes);
void config_write (unsigned slot, unsigned offset, unsigned bytes,
                   uint32_t value);
struct driver find_device (unsigned slot);
uint64_t common_read (const struct driver *driver, unsigned offset,
                      unsigned bytes);
void common_write (const struct driver *driver, unsigned offset,
                   unsigned bytes, uint64_t value);
unsigned status_of (const struct driver *driver);
void set_status (const struct driver *driver, unsigned status);
uint64_t offered (const struct driver *driver);
void accept_features (const struct driver *driver, uint64_t features);
void start (const struct driver *driver);

void use_queue (unsigned number);
void set (unsigned index, uint64_t address, uint32_t length, uint16_t flags);
void offer (const struct driver *driver);
uint16_t used_index (void);
uint32_t used_length (unsigned index);
bool wait_used (uint16_t index);
bool wait_broken (const struct driver *driver);
int raised (void);

#endif /* UNIT_DRIVER_H */
