/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_card.h - a network card with its other end in the Host.
 */
#ifndef NET_CARD_H
#define NET_CARD_H

#include "devices/net.h"
#include "devices/net_user.h"
#include "net_option.h"

/**
 * struct net_card - the card
 * @net: the device
 * @settings: of the device
 * @tap, @user: its back end is one of them
 */
struct net_card
{
  struct net net;
  struct net_settings settings;
  struct net_backend tap;
  struct net_user user;
};

/**
 * struct net_cards - all cards of a Guest
 * @cards: @count of them
 */
struct net_cards
{
  struct net_card *cards[NET_OPTIONS_MAX];
  unsigned count;
};

bool net_cards_open (struct net_cards *cards,
                     const struct net_option *options, unsigned count,
                     const struct text_list *tunnets, const char *guest,
                     struct failure *failure);
bool net_cards_create (struct net_cards *cards, struct guest *guest,
                       struct failure *failure);
void net_cards_reset (struct net_cards *cards);

#endif /* NET_CARD_H */
