/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpus.h - all virtual processors of a Guest: a thread for each.
 */
#ifndef VCPUS_H
#define VCPUS_H

#include <pthread.h>
#include <stdbool.h>

#include <lguest/device.h>

#include "devices/console.h"
#include "event_loop.h"
#include "failure.h"
#include "guest.h"

/* More than any lg.ko runs; how many it does, it says. */
#define VCPUS_MAX 64

enum vcpus_wish
{
  VCPUS_RUN,
  VCPUS_PAUSE,
  VCPUS_STOP,
};

/**
 * struct vcpus - the threads that run a Guest
 * @guest, @console: what vcpu_run_once() needs
 * @count: how many
 * @threads: one for each
 * @thread_ids: as Linux counts them
 * @tasks: the folder where Linux shows them
 * @nice: see vcpus_set_nice()
 * @lock: guards what follows
 * @changed: @wish or @parked has changed
 * @wish: what the threads should do
 * @parked: threads that wait for @wish to change
 * @running: threads that have not ended
 * @last: how the Guest ended, if @ran; else @failure says why it did not run
 * @ended: the last thread has ended; an eventfd
 */
struct vcpus
{
  struct guest *guest;
  struct console *console;
  unsigned count;
  pthread_t threads[VCPUS_MAX];
  pid_t thread_ids[VCPUS_MAX];
  int tasks;
  unsigned nice;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  enum vcpus_wish wish;
  unsigned parked;
  unsigned running;
  struct lguest_exit last;
  bool ran;
  struct failure failure;
  struct event_source ended;
};

void vcpus_prepare (struct vcpus *vcpus);
bool vcpus_create (struct vcpus *vcpus, struct guest *guest,
                   struct console *console, unsigned count,
                   struct failure *failure);
bool vcpus_start (struct vcpus *vcpus, struct failure *failure);
void vcpus_join (struct vcpus *vcpus);
bool vcpus_pause (struct vcpus *vcpus);
void vcpus_resume (struct vcpus *vcpus);
void vcpus_stop (struct vcpus *vcpus);
bool vcpus_idle (const struct vcpus *vcpus);
bool vcpus_paused (struct vcpus *vcpus);
bool vcpus_set_nice (struct vcpus *vcpus, unsigned nice);
bool vcpus_nmi (struct vcpus *vcpus);

#endif /* VCPUS_H */
