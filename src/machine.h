/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h - a Guest with all that belongs to it: the whole PC.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <pthread.h>
#include <stdbool.h>

#include <lguest/device.h>

#include "devices/block.h"
#include "devices/console.h"
#include "devices/rng.h"
#include "failure.h"
#include "guest.h"
#include "options.h"

/**
 * struct machine - the PC
 * @options: what the user wants of it
 * @guest: what the devices see of it
 * @console, @rng, @disks: the devices
 * @kernel, @initrd: files; -1 if there is none
 * @thread: runs the vcpu
 * @ended: the vcpu does not run any more; an eventfd
 * @last: how it ended, if @ran; else @failure says why it did not run
 * @ran, @failure: see @last
 */
struct machine
{
  const struct options *options;
  struct guest guest;
  struct console console;
  struct rng rng;
  struct block disks[OPTIONS_DISKS_MAX];
  int kernel;
  int initrd;
  pthread_t thread;
  struct event_source ended;
  struct lguest_exit last;
  bool ran;
  struct failure failure;
};

bool machine_create (struct machine *machine, const struct options *options,
                     struct failure *failure);
bool machine_start (struct machine *machine, struct failure *failure);
bool machine_restart (struct machine *machine, struct failure *failure);

#endif /* MACHINE_H */
