/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watcher.c - a thread that talks to one Guest's launcher.
 */
#include <config.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "top/watcher.h"

#define ERRANDS_MAX 8

/* liblguest has some buffers of PATH_MAX on its stack. */
#define STACK_BYTES (256 * 1024)

/**
 * struct watcher - one of them
 * @name: of the Guest
 * @bell: an eventfd, rung when there is something to take
 * @lock: guards what follows, up to @ended
 * @changed: there is something to do
 * @asked: a sample is wanted
 * @busy_since: when the thread began with what it does; 0: it waits
 * @sample: the last one, if nobody took it
 * @errands, @errand_count: to be done
 * @done, @done_count: those that were
 * @ended: nobody wants anything any more: the thread frees all
 * @guest, @mapping, @mapping_bytes: the thread's own: connection and counters
 * @no_mapping: there are none
 */
struct watcher
{
  char name[LGUEST_NAME_MAX + 1];
  int bell;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool asked;
  int64_t busy_since;
  struct sample *sample;
  struct errand errands[ERRANDS_MAX];
  unsigned errand_count;
  struct errand done[ERRANDS_MAX];
  unsigned done_count;
  bool ended;
  struct lguest_guest *guest;
  const void *mapping;
  size_t mapping_bytes;
  bool no_mapping;
};

/*
 * The thread's side.
 */

static void
unmap (struct watcher *watcher)
{
  if (watcher->mapping)
    munmap ((void *) watcher->mapping, watcher->mapping_bytes);
  watcher->mapping = NULL;
  watcher->mapping_bytes = 0;
  watcher->no_mapping = false;
}

static void
disconnect (struct watcher *watcher)
{
  lguest_disconnect (watcher->guest);
  watcher->guest = NULL;
  unmap (watcher);
}

/* Keep the text of a failure; and what a failure leaves of a connection is of
   no use. */
static enum lguest_result
note (struct watcher *watcher, enum lguest_result result, char **error)
{
  if (result == LGUEST_OK)
    return result;
  if (!*error)
    *error = strdup (lguest_error_text ());
  switch (result)
    {
    case LGUEST_NOT_ALLOWED:
    case LGUEST_BAD_REQUEST:
    case LGUEST_WRONG_STATE:
    case LGUEST_NOT_SUPPORTED:
    case LGUEST_BUSY:
    case LGUEST_FAILED:
      break;
    default:
      disconnect (watcher);
      break;
    }
  return result;
}

static enum lguest_result
connect_if_need_be (struct watcher *watcher)
{
  return watcher->guest ? LGUEST_OK
    : lguest_connect (watcher->name, &watcher->guest);
}

/* Ask for the status.  A launcher that has gone may have a successor. */
static enum lguest_result
get_status (struct watcher *watcher, struct lguest_status **status)
{
  const bool old = watcher->guest != NULL;
  enum lguest_result result = connect_if_need_be (watcher);

  if (result == LGUEST_OK)
    result = lguest_get_status (watcher->guest, status);
  if (result == LGUEST_GONE && old)
    {
      disconnect (watcher);
      result = connect_if_need_be (watcher);
      if (result == LGUEST_OK)
        result = lguest_get_status (watcher->guest, status);
    }
  return result;
}

/* The launcher has renewed what is in the mapping, as it told its status. */
static void
read_page (struct watcher *watcher, struct page *page)
{
  enum lguest_result result;

  if (!watcher->guest)
    return;
  if (!watcher->mapping && !watcher->no_mapping)
    {
      char *error = NULL;

      result = lguest_map_statistics (watcher->guest, &watcher->mapping,
                                      &watcher->mapping_bytes);
      watcher->no_mapping = result != LGUEST_OK;
      note (watcher, result, &error);
      free (error);
    }
  if (!watcher->mapping)
    return;
  if (page_copy (page, watcher->mapping, watcher->mapping_bytes)
      && page->wanted > watcher->mapping_bytes)
    /* It has grown: next time we look at all of it. */
    unmap (watcher);
}

/* Its number may be another process's, if it ended meanwhile. */
static void
read_process (struct watcher *watcher, struct process *process)
{
  struct pollfd gone = { .fd = -1, .events = POLLIN };

  if (!watcher->guest)
    return;
  gone.fd = lguest_guest_fd (watcher->guest);
  if (!process_read (process, lguest_guest_pid (watcher->guest))
      || poll (&gone, 1, 0) != 0)
    memset (process, 0, sizeof *process);
}

static struct sample *
take_sample (struct watcher *watcher)
{
  struct sample *sample = calloc (1, sizeof *sample);

  if (!sample)
    return NULL;
  sample->result = note (watcher, get_status (watcher, &sample->status),
                         &sample->error);
  if (sample->result == LGUEST_OK)
    {
      sample->time_ns = sample_clock_ns ();
      read_page (watcher, &sample->page);
      read_process (watcher, &sample->process);
    }
  return sample;
}

static void
do_errand (struct watcher *watcher, struct errand *errand)
{
  enum lguest_result result = connect_if_need_be (watcher);
  struct lguest_guest *guest = watcher->guest;

  errand->fd = -1;
  errand->error = NULL;
  if (result == LGUEST_OK)
    switch (errand->wish)
      {
      case WISH_PAUSE:
        result = lguest_pause (guest);
        break;
      case WISH_RESUME:
        result = lguest_resume (guest);
        break;
      case WISH_STOP:
        result = lguest_stop (guest, LGUEST_STOP_ASK);
        break;
      case WISH_KILL:
        result = lguest_stop (guest, LGUEST_STOP_KILL);
        break;
      case WISH_SYSRQ:
        result = lguest_sysrq (guest, errand->key);
        break;
      case WISH_CONSOLE:
        result = lguest_open_console (guest, 0, 0, &errand->fd);
        break;
      case WISH_RESIZE:
        result = lguest_resize_console (guest, 0, errand->columns,
                                        errand->rows);
        break;
      }
  errand->result = note (watcher, result, &errand->error);
}

static void
forget (struct errand *errand)
{
  if (errand->fd >= 0)
    close (errand->fd);
  free (errand->error);
}

static void
destroy (struct watcher *watcher)
{
  disconnect (watcher);
  sample_free (watcher->sample);
  while (watcher->done_count)
    forget (&watcher->done[--watcher->done_count]);
  pthread_mutex_destroy (&watcher->lock);
  pthread_cond_destroy (&watcher->changed);
  free (watcher);
}

/* With the lock, which is let go meanwhile. */
static void
run_errand (struct watcher *watcher)
{
  struct errand errand = watcher->errands[0];

  memmove (watcher->errands, watcher->errands + 1,
           --watcher->errand_count * sizeof *watcher->errands);
  pthread_mutex_unlock (&watcher->lock);
  do_errand (watcher, &errand);
  pthread_mutex_lock (&watcher->lock);
  if (watcher->done_count < ERRANDS_MAX)
    watcher->done[watcher->done_count++] = errand;
  else
    forget (&errand);
}

/* With the lock, which is let go meanwhile. */
static void
run_sample (struct watcher *watcher)
{
  struct sample *sample;

  pthread_mutex_unlock (&watcher->lock);
  sample = take_sample (watcher);
  pthread_mutex_lock (&watcher->lock);
  watcher->asked = false;
  sample_free (watcher->sample);
  watcher->sample = sample;
}

static void *
run (void *argument)
{
  struct watcher *watcher = argument;

  pthread_mutex_lock (&watcher->lock);
  while (!watcher->ended)
    {
      if (!watcher->errand_count && !watcher->asked)
        {
          watcher->busy_since = 0;
          pthread_cond_wait (&watcher->changed, &watcher->lock);
          continue;
        }
      watcher->busy_since = sample_clock_ns ();
      if (watcher->errand_count)
        run_errand (watcher);
      else
        run_sample (watcher);
      if (!watcher->ended)
        eventfd_write (watcher->bell, 1);
    }
  pthread_mutex_unlock (&watcher->lock);
  destroy (watcher);
  return NULL;
}

/*
 * The others' side.
 */

/** watcher_start - NULL if there is no memory, or no thread */
struct watcher *
watcher_start (const char *name, int bell)
{
  struct watcher *watcher = calloc (1, sizeof *watcher);
  pthread_attr_t attributes;
  sigset_t all, before;
  pthread_t thread;
  int error;

  if (!watcher)
    return NULL;
  strncpy (watcher->name, name, LGUEST_NAME_MAX);
  watcher->bell = bell;
  pthread_mutex_init (&watcher->lock, NULL);
  pthread_cond_init (&watcher->changed, NULL);
  pthread_attr_init (&attributes);
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  /* Signals are for the main thread. */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  error = pthread_create (&thread, &attributes, run, watcher);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  pthread_attr_destroy (&attributes);
  if (!error)
    return watcher;
  destroy (watcher);
  return NULL;
}

/** watcher_end - it is not to be used any more; the rest it does by itself */
void
watcher_end (struct watcher *watcher)
{
  pthread_mutex_lock (&watcher->lock);
  watcher->ended = true;
  pthread_cond_signal (&watcher->changed);
  pthread_mutex_unlock (&watcher->lock);
}

/** watcher_ask - for a new sample; nothing new if it is busy with one */
void
watcher_ask (struct watcher *watcher)
{
  pthread_mutex_lock (&watcher->lock);
  watcher->asked = true;
  pthread_cond_signal (&watcher->changed);
  pthread_mutex_unlock (&watcher->lock);
}

/** watcher_wish - have something done; false if there is too much to do */
bool
watcher_wish (struct watcher *watcher, const struct errand *errand)
{
  bool room;

  pthread_mutex_lock (&watcher->lock);
  room = watcher->errand_count < ERRANDS_MAX;
  if (room)
    watcher->errands[watcher->errand_count++] = *errand;
  pthread_cond_signal (&watcher->changed);
  pthread_mutex_unlock (&watcher->lock);
  return room;
}

/** watcher_take_sample - the last one, to be freed; NULL: nothing new */
struct sample *
watcher_take_sample (struct watcher *watcher)
{
  struct sample *sample;

  pthread_mutex_lock (&watcher->lock);
  sample = watcher->sample;
  watcher->sample = NULL;
  pthread_mutex_unlock (&watcher->lock);
  return sample;
}

/** watcher_take_errand - one that was done; false: none */
bool
watcher_take_errand (struct watcher *watcher, struct errand *errand)
{
  bool taken;

  pthread_mutex_lock (&watcher->lock);
  taken = watcher->done_count > 0;
  if (taken)
    {
      *errand = watcher->done[0];
      memmove (watcher->done, watcher->done + 1,
               --watcher->done_count * sizeof *watcher->done);
    }
  pthread_mutex_unlock (&watcher->lock);
  return taken;
}

/** watcher_is_busy - does it talk to the launcher, and since when? */
bool
watcher_is_busy (struct watcher *watcher, int64_t *since_ns)
{
  bool busy;

  pthread_mutex_lock (&watcher->lock);
  *since_ns = watcher->busy_since;
  busy = watcher->busy_since || watcher->asked || watcher->errand_count;
  if (!*since_ns)
    *since_ns = sample_clock_ns ();
  pthread_mutex_unlock (&watcher->lock);
  return busy;
}
