/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_option.c - what the user says about a network card.
 */
#include <config.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "mac_address.h"
#include "net_interface.h"
#include "net_option.h"

#define PORT_MAX 65535

/* An IPv4 address has so many bits. */
#define PREFIX_MAX 32

/* What the old lguest gave its tap, which said no size. */
#define TUNNET_PREFIX 24

/* A number that ends with the text.  False if there is none, or it is larger
   than @max. */
static bool
parse_number (const char *text, unsigned long max, unsigned *number)
{
  unsigned long value;
  char *end;

  if (!isdigit ((unsigned char) *text))
    return false;
  errno = 0;
  value = strtoul (text, &end, 10);
  if (*end || errno || value > max)
    return false;
  *number = value;
  return true;
}

/** net_option_parse_type - "user", "tap", "tap:INTERFACE", "tap:fd=N" */
bool
net_option_parse_type (struct net_type *type, const char *text,
                       struct failure *failure)
{
  static const char tap[] = "tap:", descriptor[] = "fd=";
  unsigned fd;

  memset (type, 0, sizeof *type);
  type->fd = -1;
  if (strcmp (text, "user") == 0)
    {
      type->kind = NET_KIND_USER;
      return true;
    }
  type->kind = NET_KIND_TAP;
  if (strcmp (text, "tap") == 0)
    return true;
  if (strncmp (text, tap, sizeof tap - 1) == 0)
    {
      text += sizeof tap - 1;
      if (strncmp (text, descriptor, sizeof descriptor - 1) == 0)
        {
          if (!parse_number (text + sizeof descriptor - 1, INT_MAX, &fd))
            return fail (failure, STATUS_USAGE,
                         _("\"%s\" is no file descriptor: say, for example,"
                           " tap:fd=3"), text);
          type->fd = fd;
          return true;
        }
      if (!net_interface_name_is_good (text))
        return fail (failure, STATUS_USAGE,
                     _("\"%s\" is no name for a network interface"), text);
      memcpy (type->interface, text, strlen (text) + 1);
      return true;
    }
  return fail (failure, STATUS_USAGE,
               _("\"%s\" is no kind of network: say tap, tap:INTERFACE,"
                 " tap:fd=NUMBER or user"), text);
}

bool
net_option_check_type (const void *field, const char *text,
                       struct failure *failure)
{
  struct net_type type;

  (void) field;
  return net_option_parse_type (&type, text, failure);
}

bool
net_option_check_mac (const void *field, const char *text,
                      struct failure *failure)
{
  struct mac_address address;

  (void) field;
  return mac_address_parse (&address, text)
    || fail (failure, STATUS_USAGE,
             _("\"%s\" is no address for a network card: say, for example,"
               " 52:54:00:12:34:56"), text);
}

/** net_option_parse_ip - "A.B.C.D/BITS" */
bool
net_option_parse_ip (struct net_address *ip, const char *text,
                     struct failure *failure)
{
  const char *slash = strchr (text, '/');
  char address[INET_ADDRSTRLEN];
  const size_t length = slash ? (size_t) (slash - text) : 0;

  memset (ip, 0, sizeof *ip);
  if (slash && length < sizeof address)
    {
      memcpy (address, text, length);
      address[length] = '\0';
      if (inet_pton (AF_INET, address, &ip->address) == 1
          && parse_number (slash + 1, PREFIX_MAX, &ip->prefix)
          && ip->prefix > 0)
        return true;
    }
  return fail (failure, STATUS_USAGE,
               _("\"%s\" is no address with the size of its network: say,"
                 " for example, 192.168.7.1/24"), text);
}

bool
net_option_check_ip (const void *field, const char *text,
                     struct failure *failure)
{
  struct net_address ip;

  (void) field;
  return net_option_parse_ip (&ip, text, failure);
}

/** net_option_check_bridge - is that a name for a bridge? */
bool
net_option_check_bridge (const void *field, const char *text,
                         struct failure *failure)
{
  (void) field;
  return net_interface_name_is_good (text)
    || fail (failure, STATUS_USAGE,
             _("\"%s\" is no name for a network interface"), text);
}

/* The port number behind the last ":" of @text, which is cut off there. */
static bool
cut_port (char *text, unsigned *port)
{
  char *colon = strrchr (text, ':');

  if (!colon || !parse_number (colon + 1, PORT_MAX, port) || *port == 0)
    return false;
  *colon = '\0';
  return true;
}

/**
 * net_option_parse_forward - "tcp:[ADDRESS:]PORT:GUESTPORT", or udp
 *
 * A number is enough if both ports are the same: "tcp:80".
 */
bool
net_option_parse_forward (struct net_forward *forward, const char *text,
                          struct failure *failure)
{
  unsigned char address[sizeof (struct in6_addr)];
  char rest[NET_FORWARD_ADDRESS_SIZE + 32];

  memset (forward, 0, sizeof *forward);
  if (strlen (text) >= sizeof rest)
    goto bad;
  strcpy (rest, text);
  if (!cut_port (rest, &forward->guest_port))
    goto bad;
  forward->host_port = forward->guest_port;
  if (strchr (rest, ':') && !cut_port (rest, &forward->host_port))
    goto bad;
  forward->udp = strncmp (rest, "udp", 3) == 0;
  if (!forward->udp && strncmp (rest, "tcp", 3) != 0)
    goto bad;
  if (rest[3] == '\0')
    return true;
  if (rest[3] != ':' || strlen (rest + 4) >= sizeof forward->address)
    goto bad;
  strcpy (forward->address, rest + 4);
  if (inet_pton (AF_INET, forward->address, address) == 1
      || inet_pton (AF_INET6, forward->address, address) == 1)
    return true;
 bad:
  return fail (failure, STATUS_USAGE,
               _("\"%s\" forwards no port: say, for example, tcp:2222:22, or"
                 " tcp:0.0.0.0:2222:22 for others than this host"), text);
}

bool
net_option_check_forward (const void *field, const char *text,
                          struct failure *failure)
{
  struct net_forward forward;

  (void) field;
  return net_option_parse_forward (&forward, text, failure);
}

/** net_option_free - of an option that net_option_from_tunnet() has made */
void
net_option_free (struct net_option *option)
{
  free (option->type);
  free (option->bridge);
  free (option->mac);
  free (option->ip);
}

/**
 * net_option_from_tunnet - as the old lguest had it
 * @option: to be freed by net_option_free(), also after a failure
 *
 * "A.B.C.D[:MAC]" or "bridge:NAME[:MAC]".
 */
bool
net_option_from_tunnet (struct net_option *option, const char *text,
                        struct failure *failure)
{
  static const char bridge[] = "bridge:";
  const bool to_bridge = strncmp (text, bridge, sizeof bridge - 1) == 0;
  const char *where = to_bridge ? text + sizeof bridge - 1 : text;
  const char *colon = strchr (where, ':');
  const int length = colon ? (int) (colon - where) : (int) strlen (where);
  struct in_addr address;
  char *name;

  memset (option, 0, sizeof *option);
  option->offloads = option->link = true;
  option->type = strdup ("tap");
  if (colon)
    option->mac = strdup (colon + 1);
  name = strndup (where, length);
  if (!option->type || !name || (colon && !option->mac))
    {
      free (name);
      return fail (failure, STATUS_ERROR, _("out of memory"));
    }
  if (to_bridge)
    option->bridge = name;
  else
    {
      const bool good = inet_pton (AF_INET, name, &address) == 1;

      free (name);
      if (!good)
        return fail (failure, STATUS_USAGE,
                     _("\"%s\" is no address: say --tunnet=192.168.7.1 or"
                       " --tunnet=bridge:NAME"), text);
      if (asprintf (&option->ip, "%.*s/%d", length, where, TUNNET_PREFIX) < 0)
        {
          option->ip = NULL;
          return fail (failure, STATUS_ERROR, _("out of memory"));
        }
    }
  return (!option->mac || net_option_check_mac (NULL, option->mac, failure))
    && (!to_bridge || net_option_check_bridge (NULL, option->bridge,
                                               failure));
}

bool
net_option_check_tunnet (const void *field, const char *text,
                         struct failure *failure)
{
  struct net_option option;
  const bool good = net_option_from_tunnet (&option, text, failure);

  (void) field;
  net_option_free (&option);
  return good;
}
