/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.h - a thread that does what may take a while, when it is asked to.
 */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#include "confine/confine.h"

/**
 * struct worker - the thread
 * @bell: eventfd on which it sleeps; who has work for it writes to that
 * @work: what it does, each time the bell rang
 * @context: argument of @work
 * @role: how it is confined
 * @confined: posted when it is
 */
struct worker
{
  int bell;
  void (*work) (void *context);
  void *context;
  enum confine_role role;
  sem_t confined;
  pthread_t thread;
};

bool worker_start (struct worker *worker, enum confine_role role,
                   void (*work) (void *), void *context);

#endif /* WORKER_H */
