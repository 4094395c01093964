/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/msix.h - interrupts as messages (PCI 3.0, section 6.8.2).
 *
 * Each vector has an entry in a table in the device's memory: the message to
 * send, and whether it is masked.  In our world a message is the number of an
 * interrupt line, written to LGUEST_MSI_ADDRESS.
 *
 * There is no lock here: the device that owns it has one.
 */
#ifndef DEVICES_MSIX_H
#define DEVICES_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#define MSIX_VECTORS_MAX 16

/* Bytes of one entry of the table. */
#define MSIX_ENTRY_BYTES 16

/**
 * struct msix - the vectors of a device
 * @count: how many
 * @entries: the table, in words as the Guest sees it
 * @pending: bit n: vector n is masked, and has something to say
 */
struct msix
{
  unsigned count;
  uint32_t entries[MSIX_VECTORS_MAX][MSIX_ENTRY_BYTES / 4];
  uint64_t pending;
};

void msix_reset (struct msix *msix, unsigned count);
uint64_t msix_table_read (const struct msix *msix, uint64_t offset,
                          unsigned bytes);
void msix_table_write (struct msix *msix, uint64_t offset, unsigned bytes,
                       uint64_t value);
uint64_t msix_pending_read (const struct msix *msix, uint64_t offset,
                            unsigned bytes);
void msix_raise (struct msix *msix, unsigned vector);
int msix_next_line (struct msix *msix);

#endif /* DEVICES_MSIX_H */
