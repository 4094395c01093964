/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.c - a thread that does what may take a while, when it is asked to.
 *
 * Workers live as long as the Launcher.  They get no signals: those are all
 * blocked before the first worker starts.
 */
#include <config.h>

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "confine/confine.h"
#include "worker.h"

static void *
worker_main (void *argument)
{
  struct worker *worker = argument;

  confine_thread (worker->role);
  sem_post (&worker->confined);
  for (;;)
    {
      eventfd_t times;

      if (eventfd_read (worker->bell, &times) == 0)
        worker->work (worker->context);
    }
  return NULL;
}

/**
 * worker_start - make the thread
 *
 * It is confined when this returns.  False with errno set on failure.
 */
bool
worker_start (struct worker *worker, enum confine_role role,
              void (*work) (void *), void *context)
{
  int error;

  worker->work = work;
  worker->context = context;
  worker->role = role;
  worker->bell = eventfd (0, EFD_CLOEXEC);
  if (worker->bell < 0)
    return false;
  sem_init (&worker->confined, 0, 0);
  error = pthread_create (&worker->thread, NULL, worker_main, worker);
  if (error)
    {
      close (worker->bell);
      errno = error;
      return false;
    }
  while (sem_wait (&worker->confined) != 0)
    continue;
  return true;
}
