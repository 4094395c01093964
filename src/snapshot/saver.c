/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/saver.c - a thread that makes snapshots, as that may take a while.
 *
 * The main thread pauses the Guest, lets this thread work, and hears when it
 * is done.  It is confined as those that serve disks: it writes what is in
 * disks, too.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "confine/confine.h"
#include "i18n.h"
#include "snapshot/snapshot.h"
#include "snapshot/saver.h"

static void *
saver_main (void *argument)
{
  struct saver *saver = argument;

  confine_thread (CONFINE_DISK);
  for (;;)
    {
      eventfd_t times;

      if (eventfd_read (saver->bell, &times) != 0)
        continue;
      saver->saved = snapshot_save (saver->machine, saver->state,
                                    saver->memory, &saver->failure);
      eventfd_write (saver->done.fd, 1);
    }
  return NULL;
}

/** saver_start - make the thread; done.ready is set, all else 0 */
bool
saver_start (struct saver *saver, struct machine *machine,
             struct failure *failure)
{
  int error;

  saver->machine = machine;
  saver->state = saver->memory = -1;
  saver->bell = eventfd (0, EFD_CLOEXEC);
  saver->done.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (saver->bell < 0 || saver->done.fd < 0
      || !event_loop_add (&machine->guest.loop, &saver->done))
    return fail (failure, STATUS_ERROR, _("cannot wait for events: %s"),
                 strerror (errno));
  error = pthread_create (&saver->thread, NULL, saver_main, saver);
  if (error)
    return fail (failure, STATUS_ERROR, _("cannot start a thread: %s"),
                 strerror (error));
  return true;
}

/**
 * saver_save - begin
 * @state, @memory: empty files; they are the saver's now
 *
 * The machine is paused, and stays so until saver.done.
 */
void
saver_save (struct saver *saver, int state, int memory)
{
  saver->state = state;
  saver->memory = memory;
  eventfd_write (saver->bell, 1);
}

/**
 * saver_wait - until a snapshot is made that is being made
 * @seconds: but not longer
 *
 * Returns false if that is too short.
 */
bool
saver_wait (struct saver *saver, unsigned seconds)
{
  struct pollfd wait = { .fd = saver->done.fd, .events = POLLIN };

  return saver->state < 0 || poll (&wait, 1, seconds * 1000) > 0;
}

/** saver_finish - after saver.done; did it work?  snapshot_release() may follow */
bool
saver_finish (struct saver *saver)
{
  eventfd_t times;

  eventfd_read (saver->done.fd, &times);
  close (saver->state);
  close (saver->memory);
  saver->state = saver->memory = -1;
  return saver->saved;
}
