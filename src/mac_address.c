/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mac_address.c - the address of a network card.
 */
#include <config.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "mac_address.h"

/* Bits of the first byte. */
#define GROUP 0x01
#define LOCAL 0x02

/* The Host's own name, different from all others'. */
#define MACHINE_ID "/etc/machine-id"

static int
digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c = tolower ((unsigned char) c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
 * mac_address_parse - "xx:xx:xx:xx:xx:xx"
 *
 * Returns false if it is none, or none that a card could have: that of a
 * group, or zero.
 */
bool
mac_address_parse (struct mac_address *address, const char *text)
{
  static const struct mac_address zero;
  unsigned i;

  for (i = 0; i < MAC_ADDRESS_BYTES; i++, text += 3)
    {
      const char end = i == MAC_ADDRESS_BYTES - 1 ? '\0' : ':';

      if (digit (text[0]) < 0 || digit (text[1]) < 0 || text[2] != end)
        return false;
      address->bytes[i] = digit (text[0]) << 4 | digit (text[1]);
    }
  return !(address->bytes[0] & GROUP)
    && memcmp (address, &zero, sizeof zero) != 0;
}

/** mac_address_print - the same, other way round */
void
mac_address_print (const struct mac_address *address,
                   char text[MAC_ADDRESS_TEXT_SIZE])
{
  const uint8_t *b = address->bytes;

  snprintf (text, MAC_ADDRESS_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x",
            b[0], b[1], b[2], b[3], b[4], b[5]);
}

/* FNV-1a, 64 bits: any hash would do. */
static uint64_t
hash (uint64_t sum, const void *data, size_t bytes)
{
  const uint8_t *from = data;

  while (bytes-- > 0)
    sum = (sum ^ *from++) * 0x100000001b3;
  return sum;
}

/**
 * mac_address_make - an address for a card that was given none
 * @guest: name of the Guest, or NULL: the address is random then
 * @card: number of the card in the Guest
 *
 * The same card of the same Guest on the same Host has the same one always.
 */
void
mac_address_make (struct mac_address *address, const char *guest,
                  unsigned card)
{
  uint64_t sum = 0xcbf29ce484222325;
  char machine[64];
  int fd;

  if (guest)
    {
      fd = open (MACHINE_ID, O_RDONLY | O_CLOEXEC);
      if (fd >= 0)
        {
          const ssize_t n = read (fd, machine, sizeof machine);

          if (n > 0)
            sum = hash (sum, machine, n);
          close (fd);
        }
      sum = hash (sum, guest, strlen (guest) + 1);
      sum = hash (sum, &card, sizeof card);
    }
  else if (getrandom (&sum, sizeof sum, 0) != sizeof sum)
    {
      const pid_t pid = getpid ();

      sum = hash (sum, &pid, sizeof pid);
    }
  /* The lowest bits of such a product are the poorest. */
  sum ^= sum >> 32;
  memcpy (address->bytes, &sum, sizeof address->bytes);
  address->bytes[0] = (address->bytes[0] & ~GROUP) | LOCAL;
}
