/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mac_address.h - the address of a network card.
 */
#ifndef MAC_ADDRESS_H
#define MAC_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_ADDRESS_BYTES 6

/* "xx:xx:xx:xx:xx:xx" and its end. */
#define MAC_ADDRESS_TEXT_SIZE 18

struct mac_address
{
  uint8_t bytes[MAC_ADDRESS_BYTES];
};

bool mac_address_parse (struct mac_address *address, const char *text);
void mac_address_print (const struct mac_address *address,
                        char text[MAC_ADDRESS_TEXT_SIZE]);
void mac_address_make (struct mac_address *address, const char *guest,
                       unsigned card);

#endif /* MAC_ADDRESS_H */
