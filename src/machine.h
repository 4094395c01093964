/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h - a Guest with all that belongs to it: the whole PC.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/balloon.h"
#include "devices/block.h"
#include "devices/console.h"
#include "devices/rng.h"
#include "devices/share.h"
#include "failure.h"
#include "guest.h"
#include "net_card.h"
#include "options.h"
#include "vcpus.h"

/**
 * struct machine - the PC
 * @options: what the user wants of it
 * @guest: what the devices see of it
 * @console, @rng, @balloon, @disks, @shares, @nets: the
 *   devices
 * @disk_settings: what the disks are made from
 * @kernel, @initrd: files; -1 if there is none
 * @host_features: LGUEST_HOST_ bits, from lg.ko
 * @snapshot_state, @snapshot_memory: files to restore from; -1: start
 * @vcpus: the threads that run it, and how it ended
 */
struct machine
{
  const struct options *options;
  struct guest guest;
  struct console console;
  struct rng rng;
  struct balloon balloon;
  struct block disks[OPTIONS_DISKS_MAX];
  struct share shares[OPTIONS_SHARES_MAX];
  struct block_settings disk_settings[OPTIONS_DISKS_MAX];
  struct net_cards nets;
  int kernel;
  int initrd;
  uint64_t host_features;
  int snapshot_state;
  int snapshot_memory;
  struct vcpus vcpus;
};

bool machine_open (struct machine *machine, const struct options *options,
                   struct failure *failure);
unsigned machine_roles (const struct options *options);
bool machine_start_early (struct machine *machine, struct failure *failure);
bool machine_build (struct machine *machine, struct failure *failure);
bool machine_start (struct machine *machine, struct failure *failure);
bool machine_restart (struct machine *machine, struct failure *failure);
void machine_close (struct machine *machine);
bool machine_pause (struct machine *machine);
void machine_resume (struct machine *machine);
void machine_stop (struct machine *machine);
bool machine_nmi (struct machine *machine);
bool machine_set_balloon (struct machine *machine, uint64_t size,
                          struct failure *failure);

#endif /* MACHINE_H */
