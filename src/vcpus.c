/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpus.c - all virtual processors of a Guest: a thread for each.
 *
 * Each thread runs its vcpu until somebody wishes otherwise: the user, who
 * wants the Guest to pause, or another vcpu, on which the Guest has ended.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "confine/confine.h"
#include "device_node.h"
#include "i18n.h"
#include "status.h"
#include "vcpu.h"
#include "vcpus.h"

/* What a new thread has to know. */
struct start
{
  struct vcpus *vcpus;
  unsigned vcpu;
};

/* Get all threads out of read().  With the lock. */
static void
kick_all (struct vcpus *vcpus)
{
  unsigned i;

  for (i = 0; i < vcpus->count; i++)
    device_node_kick (vcpus->guest->device_node, i);
}

/* The Guest has ended on one vcpu, so no other has any business. */
static void
end (struct vcpus *vcpus, bool ran, const struct lguest_exit *last,
     const struct failure *failure)
{
  pthread_mutex_lock (&vcpus->lock);
  if (vcpus->wish != VCPUS_STOP)
    {
      vcpus->wish = VCPUS_STOP;
      vcpus->ran = ran;
      vcpus->last = *last;
      vcpus->failure = *failure;
      pthread_cond_broadcast (&vcpus->changed);
      kick_all (vcpus);
    }
  pthread_mutex_unlock (&vcpus->lock);
}

/* Returns false if the thread should end. */
static bool
wait_for_leave (struct vcpus *vcpus)
{
  bool run;

  pthread_mutex_lock (&vcpus->lock);
  while (vcpus->wish == VCPUS_PAUSE)
    {
      vcpus->parked++;
      pthread_cond_broadcast (&vcpus->changed);
      pthread_cond_wait (&vcpus->changed, &vcpus->lock);
      vcpus->parked--;
    }
  run = vcpus->wish == VCPUS_RUN;
  pthread_mutex_unlock (&vcpus->lock);
  return run;
}

/*L:210 A thread for each
 *
 * Here a virtual processor is a loop in a thread.  It runs until somebody
 * wishes otherwise: the user, who wants the Guest to pause, or another
 * processor, on which the Guest has ended.  To get a thread back that is
 * inside of read(), we kick it; a request does that, not a signal, because a
 * signal that comes a moment before the read() would be lost, and then we
 * would wait, and wait.
 */
static void *
run (void *argument)
{
  struct start *start = argument;
  struct vcpus *vcpus = start->vcpus;
  const unsigned vcpu = start->vcpu;
  struct lguest_exit last;
  struct failure failure;
  unsigned running;
  char name[16];

  vcpus->thread_ids[vcpu] = gettid ();
  /* For ps, and for lguest-top. */
  snprintf (name, sizeof name, "vcpu %u", vcpu);
  pthread_setname_np (pthread_self (), name);
  if (vcpus->nice)
    setpriority (PRIO_PROCESS, 0, vcpus->nice);
  confine_thread (CONFINE_VCPU);
  free (start);
  memset (&last, 0, sizeof last);
  memset (&failure, 0, sizeof failure);
  while (wait_for_leave (vcpus))
    switch (vcpu_run_once (vcpus->guest, vcpus->console, vcpu, &last,
                           &failure))
      {
      case VCPU_GOES_ON:
        break;
      case VCPU_ENDED:
        end (vcpus, true, &last, &failure);
        break;
      case VCPU_FAILED:
        end (vcpus, false, &last, &failure);
        break;
      }
  pthread_mutex_lock (&vcpus->lock);
  running = --vcpus->running;
  pthread_mutex_unlock (&vcpus->lock);
  if (!running)
    eventfd_write (vcpus->ended.fd, 1);
  return NULL;
}
/*:*/

/** vcpus_prepare - open what vcpus_idle() looks at; nothing may fail here */
void
vcpus_prepare (struct vcpus *vcpus)
{
  vcpus->tasks = open ("/proc/self/task", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (vcpus->tasks >= 0)
    confine_allow (vcpus->tasks, CONFINE_READ);
}

/**
 * vcpus_create - before vcpus_start()
 * @vcpus: all zero; ended.ready is set
 * @count: 1 to VCPUS_MAX
 */
bool
vcpus_create (struct vcpus *vcpus, struct guest *guest,
              struct console *console, unsigned count,
              struct failure *failure)
{
  vcpus->guest = guest;
  vcpus->console = console;
  vcpus->count = count;
  pthread_mutex_init (&vcpus->lock, NULL);
  pthread_cond_init (&vcpus->changed, NULL);
  vcpus->ended.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (vcpus->ended.fd < 0
      || !event_loop_add (&guest->loop, &vcpus->ended))
    return fail (failure, STATUS_ERROR, _("cannot wait for events: %s"),
                 strerror (errno));
  return true;
}

/**
 * vcpus_start - let the Guest run; its end comes by @ended
 *
 * If it fails, some threads may run already: the process should end.
 */
bool
vcpus_start (struct vcpus *vcpus, struct failure *failure)
{
  unsigned i;

  vcpus->wish = VCPUS_RUN;
  vcpus->running = vcpus->count;
  for (i = 0; i < vcpus->count; i++)
    {
      struct start *start = malloc (sizeof *start);
      int error = ENOMEM;

      if (start)
        {
          *start = (struct start) { vcpus, i };
          error = pthread_create (&vcpus->threads[i], NULL, run, start);
        }
      if (error)
        {
          free (start);
          return fail (failure, STATUS_ERROR, _("cannot start a thread: %s"),
                       strerror (error));
        }
    }
  return true;
}

/** vcpus_join - after @ended: the threads are no more */
void
vcpus_join (struct vcpus *vcpus)
{
  unsigned i;

  for (i = 0; i < vcpus->count; i++)
    pthread_join (vcpus->threads[i], NULL);
}

/**
 * vcpus_pause - let no vcpu run until vcpus_resume()
 *
 * Returns when none does any more.  False if the Guest has ended meanwhile.
 * Not from a vcpu's thread, nor with a lock that a device may want.
 */
bool
vcpus_pause (struct vcpus *vcpus)
{
  bool paused;

  pthread_mutex_lock (&vcpus->lock);
  if (vcpus->wish == VCPUS_RUN)
    {
      vcpus->wish = VCPUS_PAUSE;
      kick_all (vcpus);
    }
  while (vcpus->wish == VCPUS_PAUSE && vcpus->parked < vcpus->count)
    pthread_cond_wait (&vcpus->changed, &vcpus->lock);
  paused = vcpus->wish == VCPUS_PAUSE;
  pthread_mutex_unlock (&vcpus->lock);
  return paused;
}

/** vcpus_resume - undo vcpus_pause() */
void
vcpus_resume (struct vcpus *vcpus)
{
  pthread_mutex_lock (&vcpus->lock);
  if (vcpus->wish == VCPUS_PAUSE)
    {
      vcpus->wish = VCPUS_RUN;
      pthread_cond_broadcast (&vcpus->changed);
    }
  pthread_mutex_unlock (&vcpus->lock);
}

/**
 * vcpus_stop - let no vcpu run any more, whatever the Guest does
 *
 * @ended follows.  If the Guest has not ended by itself meanwhile, @ran is
 * set, and @last has no reason.
 */
void
vcpus_stop (struct vcpus *vcpus)
{
  const struct lguest_exit none = { 0 };

  end (vcpus, true, &none, &vcpus->failure);
}

/** vcpus_idle - do all wait?  A guess, for users */
bool
vcpus_idle (const struct vcpus *vcpus)
{
  bool idle = true;
  unsigned i;

  for (i = 0; i < vcpus->count && idle; i++)
    {
      char text[512], state = 'R';
      ssize_t n = -1;
      int fd;

      snprintf (text, sizeof text, "%ld/stat", (long) vcpus->thread_ids[i]);
      fd = openat (vcpus->tasks, text, O_RDONLY | O_CLOEXEC);
      if (fd >= 0)
        {
          n = read (fd, text, sizeof text - 1);
          close (fd);
        }
      if (n <= 0)
        return false;
      text[n] = '\0';
      if (sscanf (text, "%*d (%*[^)]) %c", &state) != 1)
        state = 'R';
      idle = state != 'R';
    }
  return idle;
}

/** vcpus_paused - are they? */
bool
vcpus_paused (struct vcpus *vcpus)
{
  bool paused;

  pthread_mutex_lock (&vcpus->lock);
  paused = vcpus->wish == VCPUS_PAUSE;
  pthread_mutex_unlock (&vcpus->lock);
  return paused;
}

/**
 * vcpus_set_nice - how much the threads stand back; also of later ones
 *
 * Returns false with errno set on failure.
 */
bool
vcpus_set_nice (struct vcpus *vcpus, unsigned nice)
{
  unsigned i;

  for (i = 0; i < vcpus->count; i++)
    if (vcpus->thread_ids[i]
        && setpriority (PRIO_PROCESS, vcpus->thread_ids[i], nice) != 0)
      return false;
  vcpus->nice = nice;
  return true;
}

/** vcpus_nmi - a non-maskable interrupt for each; false with errno set */
bool
vcpus_nmi (struct vcpus *vcpus)
{
  unsigned i;

  for (i = 0; i < vcpus->count; i++)
    if (!device_node_nmi (vcpus->guest->device_node, i))
      return false;
  return true;
}
