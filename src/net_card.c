/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_card.c - a network card with its other end in the Host.
 */
#include <config.h>

#include <stdlib.h>

#include "devices/net_tap.h"
#include "i18n.h"
#include "log.h"
#include "net_card.h"

/* Nothing on the way to passt makes segments, so packets are as long as
   passt takes them. */
#define USER_MTU 65520

static bool
open_tap (struct net_card *card, const struct net_option *option,
          const struct net_type *type, struct failure *failure)
{
  struct tap_settings settings =
    {
      .fd = type->fd,
      .interface = type->interface[0] ? type->interface : NULL,
      .bridge = option->bridge,
      .mtu = option->mtu,
      .mac = card->settings.mac,
    };
  struct net_address ip;

  if (option->forwards.count)
    return fail (failure, STATUS_USAGE,
                 _("only a network of type user can forward ports"));
  if (option->ip)
    {
      if (!net_option_parse_ip (&ip, option->ip, failure))
        return false;
      settings.address = ip.address;
      settings.prefix = ip.prefix;
    }
  return net_tap_open (&card->tap, &settings, failure);
}

static bool
open_user (struct net_card *card, const struct net_option *option,
           struct failure *failure)
{
  struct net_forward forwards[NET_FORWARDS_MAX];
  unsigned i;

  if (option->bridge || option->ip)
    return fail (failure, STATUS_USAGE,
                 _("a network of type user has no bridge and no address on"
                   " the host"));
  if (option->forwards.count > NET_FORWARDS_MAX)
    return fail (failure, STATUS_USAGE,
                 _("a network can forward at most %d ports"),
                 NET_FORWARDS_MAX);
  if (card->settings.mtu == 0)
    card->settings.mtu = USER_MTU;
  for (i = 0; i < option->forwards.count; i++)
    if (!net_option_parse_forward (&forwards[i], option->forwards.items[i],
                                   failure))
      return false;
  return net_user_open (&card->user, forwards, option->forwards.count,
                        failure);
}

/* Open the Host's end of the card that comes next.  @guest may be NULL. */
static bool
open_card (struct net_cards *cards, const struct net_option *option,
           const char *guest, struct failure *failure)
{
  struct net_card *card;
  struct net_type type;
  char mac[MAC_ADDRESS_TEXT_SIZE];

  if (cards->count == NET_OPTIONS_MAX)
    return fail (failure, STATUS_USAGE,
                 _("a guest can have at most %d network cards"),
                 NET_OPTIONS_MAX);
  if (!net_option_parse_type (&type, option->type, failure))
    return false;
  card = calloc (1, sizeof *card);
  if (!card)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  if (!option->mac || !mac_address_parse (&card->settings.mac, option->mac))
    mac_address_make (&card->settings.mac, guest, cards->count);
  card->settings.locked = option->locked;
  card->settings.no_offloads = !option->offloads;
  card->settings.mtu = option->mtu;
  card->settings.unplugged = !option->link;
  card->settings.bytes_per_second = option->bytes_per_second;
  if (!(type.kind == NET_KIND_USER ? open_user (card, option, failure)
        : open_tap (card, option, &type, failure)))
    {
      free (card);
      return false;
    }
  mac_address_print (&card->settings.mac, mac);
  log_verbose (_("network card %u: address %s, connected to %s"),
               cards->count, mac,
               type.kind == NET_KIND_USER ? card->user.backend.name
               : card->tap.name);
  cards->cards[cards->count++] = card;
  return true;
}

/**
 * net_cards_open - open the Host's ends of all cards
 * @cards: all zero before
 * @options, @count: --net
 * @tunnets: --tunnet
 * @guest: name of the Guest, or NULL
 */
bool
net_cards_open (struct net_cards *cards, const struct net_option *options,
                unsigned count, const struct text_list *tunnets,
                const char *guest, struct failure *failure)
{
  unsigned i;

  for (i = 0; i < count; i++)
    if (!open_card (cards, &options[i], guest, failure))
      return false;
  for (i = 0; i < tunnets->count; i++)
    {
      struct net_option option;
      const bool good = net_option_from_tunnet (&option, tunnets->items[i],
                                                failure)
        && open_card (cards, &option, guest, failure);

      net_option_free (&option);
      if (!good)
        return false;
    }
  return true;
}

/** net_cards_create - plug them in */
bool
net_cards_create (struct net_cards *cards, struct guest *guest,
                  struct failure *failure)
{
  unsigned i;

  for (i = 0; i < cards->count; i++)
    {
      struct net_card *card = cards->cards[i];
      struct net_backend *backend
        = card->user.backend.receive ? &card->user.backend : &card->tap;

      if (!net_create (&card->net, guest, backend, &card->settings, failure))
        return false;
    }
  return true;
}

/** net_cards_reset - as after power-on */
void
net_cards_reset (struct net_cards *cards)
{
  unsigned i;

  for (i = 0; i < cards->count; i++)
    virtio_device_reset (&cards->cards[i]->net.device);
}
