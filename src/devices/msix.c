/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/msix.c - interrupts as messages (PCI 3.0, section 6.8.2).
 */
#include <config.h>

#include <string.h>

#include <linux/pci_regs.h>

#include <lguest/device.h>
#include <lguest/msi.h>

#include "devices/msix.h"

/*D:390 Ringing back
 *
 * The device has done what it was asked for, and wants to say so.  The old way
 * is a wire: one for each device, sometimes one for several of them.  When it
 * rings, somebody has to go round and ask who it was, and asking is a read of
 * a register, which in a Guest is a journey to the Launcher and back.
 *
 * The new way is a message: the driver has written down beforehand an address
 * and a number for each queue, and the device stores the number there.  On a
 * PC the interrupt controllers live at such addresses.  We have none, but a
 * number that says which line of the UPIC is meant is all that we need of
 * one.  Then nobody has to ask, as the line says it.  :*
 */

/* Words of an entry. */
enum
{
  ADDRESS = PCI_MSIX_ENTRY_LOWER_ADDR / 4,
  ADDRESS_HIGH = PCI_MSIX_ENTRY_UPPER_ADDR / 4,
  DATA = PCI_MSIX_ENTRY_DATA / 4,
  CONTROL = PCI_MSIX_ENTRY_VECTOR_CTRL / 4,
};

/**
 * msix_reset - as after power-on: every vector is masked
 * @count: how many there are, at most MSIX_VECTORS_MAX
 */
void
msix_reset (struct msix *msix, unsigned count)
{
  unsigned i;

  memset (msix, 0, sizeof *msix);
  msix->count = count;
  for (i = 0; i < count; i++)
    msix->entries[i][CONTROL] = PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

/* Tables are read and written in whole words, one or two of them. */
static bool
is_words (uint64_t offset, unsigned bytes, uint64_t size)
{
  return (bytes == 4 || bytes == 8) && offset % bytes == 0
    && offset < size && bytes <= size - offset;
}

/** msix_table_read - the Guest reads its table */
uint64_t
msix_table_read (const struct msix *msix, uint64_t offset, unsigned bytes)
{
  uint64_t value = 0;

  if (!is_words (offset, bytes, msix->count * MSIX_ENTRY_BYTES))
    return ~(uint64_t) 0;
  memcpy (&value, (const uint8_t *) msix->entries + offset, bytes);
  return value;
}

/**
 * msix_table_write - the Guest writes to its table
 *
 * What was pending may be wanted now: msix_next_line().
 */
void
msix_table_write (struct msix *msix, uint64_t offset, unsigned bytes,
                  uint64_t value)
{
  if (is_words (offset, bytes, msix->count * MSIX_ENTRY_BYTES))
    memcpy ((uint8_t *) msix->entries + offset, &value, bytes);
}

/** msix_pending_read - the Guest looks which masked vectors wait */
uint64_t
msix_pending_read (const struct msix *msix, uint64_t offset, unsigned bytes)
{
  if (!is_words (offset, bytes, sizeof msix->pending))
    return ~(uint64_t) 0;
  return msix->pending >> (8 * offset);
}

/** msix_raise - there is a reason for the message of @vector; if it exists */
void
msix_raise (struct msix *msix, unsigned vector)
{
  if (vector < msix->count)
    msix->pending |= (uint64_t) 1 << vector;
}

/**
 * msix_next_line - which interrupt line is to be raised now?
 *
 * Returns -1 if there is none (any more).  A message that goes to nowhere is
 * lost.
 */
int
msix_next_line (struct msix *msix)
{
  unsigned i;

  for (i = 0; i < msix->count; i++)
    {
      const uint32_t *entry = msix->entries[i];

      if (!(msix->pending >> i & 1)
          || entry[CONTROL] & PCI_MSIX_ENTRY_CTRL_MASKBIT)
        continue;
      msix->pending &= ~((uint64_t) 1 << i);
      if (entry[ADDRESS] == LGUEST_MSI_ADDRESS && entry[ADDRESS_HIGH] == 0
          && entry[DATA] > 0 && entry[DATA] < LGUEST_DEVICE_IRQS)
        return entry[DATA];
    }
  return -1;
}
