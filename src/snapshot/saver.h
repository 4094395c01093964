/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/saver.h - a thread that makes snapshots, as that may take a while.
 */
#ifndef SNAPSHOT_SAVER_H
#define SNAPSHOT_SAVER_H

#include <pthread.h>

#include "event_loop.h"
#include "machine.h"

/**
 * struct saver - the thread
 * @machine: what it saves
 * @bell: eventfd on which it sleeps
 * @done: eventfd: a snapshot is made, or failed; its owner sets done.ready
 * @state, @memory: the files; -1: none, nothing is being saved
 * @saved, @failure: how it went
 */
struct saver
{
  struct machine *machine;
  int bell;
  struct event_source done;
  int state;
  int memory;
  bool saved;
  struct failure failure;
  pthread_t thread;
};

bool saver_start (struct saver *saver, struct machine *machine,
                  struct failure *failure);
void saver_save (struct saver *saver, int state, int memory);
bool saver_wait (struct saver *saver, unsigned seconds);
bool saver_finish (struct saver *saver);

#endif /* SNAPSHOT_SAVER_H */
