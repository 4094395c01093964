/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/rng.c - randomness for the Guest, from the Host's own source.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>

#include <linux/virtio_ids.h>

#include "devices/rng.h"
#include "i18n.h"

/* One request gets no more than that, so that nobody waits long for us. */
#define REQUEST_MAX_BYTES ((size_t) 64 << 10)

/* getrandom() gives that much at once for sure. */
#define PIECE_BYTES 256

/* Serve that many requests, then look what else there is to do. */
#define REQUESTS_AT_ONCE 8

/* Fill the chain's buffers; returns the number of bytes. */
static size_t
fill (struct chain *chain)
{
  uint8_t random[PIECE_BYTES];
  size_t done = 0;

  while (done < REQUEST_MAX_BYTES && chain->in_bytes > 0)
    {
      size_t piece = chain->in_bytes < sizeof random
        ? chain->in_bytes : sizeof random;

      if (getrandom (random, piece, 0) != (ssize_t) piece)
        break;
      done += chain_fill (chain, random, piece);
    }
  memset (random, 0, sizeof random);
  return done;
}

/*D:300 The smallest device of all
 *
 * Now you know all that it takes to understand a complete device.  This one
 * gives randomness to whoever asks: it takes a request, fills the buffers,
 * gives it back, and looks for the next.  When there is none it asks to be
 * woken by the bell, looks once more (somebody may have put a request there
 * just before we asked), and goes back to sleep.
 *
 * That order, "ask to be woken, then look once more", is the same as turning
 * on interrupts in the Guest, and you will meet it a third time in the Host.
 * Sleeping properly is half of systems programming.
 */
static void
serve (struct event_source *source)
{
  struct rng *rng = (struct rng *) ((char *) source
                                    - offsetof (struct rng, bell));
  struct virtio_device *device = &rng->device;
  struct virtqueue *queue = &device->queues[0];
  unsigned left = REQUESTS_AT_ONCE;
  struct chain chain;
  eventfd_t times;

  eventfd_read (source->fd, &times);
  pthread_mutex_lock (&device->lock);
  if (virtio_device_is_running (device))
    {
      virtqueue_doorbell_off (queue);
      do
        while (left > 0
               && virtqueue_take (queue, &chain) == VIRTQUEUE_CHAIN)
          {
            left--;
            virtqueue_give (queue, chain.head, fill (&chain));
          }
      while (left > 0 && virtqueue_doorbell_on (queue));
      if (queue->error)
        virtio_device_broken (device, queue->error);
      virtio_device_interrupt (device, 0);
      if (left == 0)
        eventfd_write (source->fd, 1);
    }
  pthread_mutex_unlock (&device->lock);
}
/*:*/

static const struct virtio_class rng_class =
{
  .name = "rng",
  .id = VIRTIO_ID_RNG,
  .pci_class = 0xff00,
  .queues = 1,
};

/** rng_create - plug one in; @rng is all zero before */
bool
rng_create (struct rng *rng, struct guest *guest, struct failure *failure)
{
  rng->bell.ready = serve;
  rng->bell.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (rng->bell.fd < 0 || !event_loop_add (&guest->loop, &rng->bell))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  rng->device.bells[0] = rng->bell.fd;
  if (!virtio_device_create (&rng->device, guest, &rng_class, 0))
    return fail (failure, STATUS_ERROR, _("too many devices"));
  return true;
}
