/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/net.c - a network card for the Guest.
 *
 * See section 5.1 of the virtio 1.1 standard.  One thread moves frames in
 * both directions.  It sleeps unless there is something that it can do: it
 * does not look for frames while the Guest has no room for them, while the
 * rate limit is reached, or while the card is not in use.
 *
 * What the Guest says about a frame is copied and checked, before the Host's
 * kernel or anything else sees it.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>

#include "confine/confine.h"
#include "devices/net.h"
#include "devices/virtio_state.h"
#include "i18n.h"
#include "log.h"

enum
{
  QUEUE_RECEIVE,
  QUEUE_SEND,
  QUEUES,
};

#define ETHERNET_BYTES 14

/* Frames to move in one direction before we look at the other one. */
#define FRAMES_AT_ONCE 64

/* When the Guest starts its card, what came for the one before it is thrown
   away; but we do not follow a flood for ever. */
#define STALE_FRAMES_MAX 4096

#define NEVER UINT64_MAX

/* Features that make sense only when the back end helps. */
#define OFFLOADS ((uint64_t) 1 << VIRTIO_NET_F_CSUM             \
                  | (uint64_t) 1 << VIRTIO_NET_F_GUEST_CSUM     \
                  | (uint64_t) 1 << VIRTIO_NET_F_GUEST_TSO4     \
                  | (uint64_t) 1 << VIRTIO_NET_F_GUEST_TSO6     \
                  | (uint64_t) 1 << VIRTIO_NET_F_GUEST_ECN      \
                  | (uint64_t) 1 << VIRTIO_NET_F_HOST_TSO4      \
                  | (uint64_t) 1 << VIRTIO_NET_F_HOST_TSO6      \
                  | (uint64_t) 1 << VIRTIO_NET_F_HOST_ECN)

/**
 * struct plan - what the thread does next
 * @again: go on at once
 * @want_frames: wait for the back end to have a frame
 * @want_room: wait for it to take one
 * @wait: but not longer than this; nanoseconds
 */
struct plan
{
  bool again;
  bool want_frames;
  bool want_room;
  uint64_t wait;
};

static bool
agreed (const struct net *net, unsigned feature)
{
  return net->device.accepted >> feature & 1;
}

/* The configuration that the Guest reads. */
static void
set_config (struct net *net)
{
  struct virtio_net_config config;

  memset (&config, 0, sizeof config);
  memcpy (config.mac, net->settings.mac.bytes, sizeof config.mac);
  config.status = net->link && !net->gone ? VIRTIO_NET_S_LINK_UP : 0;
  config.max_virtqueue_pairs = 1;
  config.mtu = net->settings.mtu;
  memcpy (net->device.config, &config, net->device.class->config_bytes);
}

/* The back end has ended.  With the lock. */
static void
lose_backend (struct net *net)
{
  if (net->gone)
    return;
  net->gone = true;
  log_message (_("%s: the connection is lost; the guest's card %u has no"
                 " link any more"), net->backend->name, net->device.pci.irq);
  set_config (net);
  virtio_device_config_changed (&net->device);
}

/* May such a frame get to the back end?  Its header is changed to what the
   standard makes of it. */
static bool
/*D:320 Networks
 *
 * A network card has two queues: frames to be sent, and empty buffers for
 * those that come.  The other end is a tap, an interface of the Host whose
 * cable goes into a file descriptor, or passt, a program that makes ordinary
 * connections of the frames and needs no permission at all.
 *
 * With each frame the Guest sends a header that says what is left to be done
 * to it, such as cutting it into smaller ones.  The Host's kernel will do as
 * it is told there.  So we copy the header, and look at the copy, and only
 * then let it through.
 */
check_header (const struct net *net, struct virtio_net_hdr_v1 *header,
              size_t frame_bytes)
{
  /* Other flags, and the number of buffers, are the device's to set. */
  header->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
  header->num_buffers = 0;
  if (header->flags)
    {
      if (!agreed (net, VIRTIO_NET_F_CSUM)
          || header->csum_start < ETHERNET_BYTES
          || (size_t) header->csum_start + header->csum_offset
          + sizeof (uint16_t) > frame_bytes)
        return false;
    }
  else
    header->csum_start = header->csum_offset = 0;
  if (header->gso_type & VIRTIO_NET_HDR_GSO_ECN
      && !agreed (net, VIRTIO_NET_F_HOST_ECN))
    return false;
  switch (header->gso_type & ~VIRTIO_NET_HDR_GSO_ECN)
    {
    case VIRTIO_NET_HDR_GSO_NONE:
      header->gso_size = header->hdr_len = 0;
      return header->gso_type == VIRTIO_NET_HDR_GSO_NONE;
    case VIRTIO_NET_HDR_GSO_TCPV4:
      if (!agreed (net, VIRTIO_NET_F_HOST_TSO4))
        return false;
      break;
    case VIRTIO_NET_HDR_GSO_TCPV6:
      if (!agreed (net, VIRTIO_NET_F_HOST_TSO6))
        return false;
      break;
    default:
      return false;
    }
  return header->flags && header->gso_size > 0
    && header->hdr_len <= frame_bytes;
}
/*:*/

/* Take the frame's start from the chain, and say whether it may go out. */
static bool
check_frame (struct net *net)
{
  struct chain *chain = &net->chain;
  const uint64_t bytes = chain->out_bytes;

  if (bytes < sizeof net->start || bytes > NET_BUFFER_BYTES
      || !chain_read (chain, &net->start, sizeof net->start)
      || !check_header (net, &net->start.header, bytes - NET_HEADER_BYTES))
    {
      net->counters.sent.errors++;
      return false;
    }
  if (!net->link || net->gone)
    {
      net->counters.sent.drops++;
      return false;
    }
  if (net->settings.locked
      && memcmp (net->start.source, net->settings.mac.bytes,
                 MAC_ADDRESS_BYTES) != 0)
    {
      net->counters.sent.drops++;
      net->counters.foreign++;
      if (!net->told_foreign)
        log_message (_("%s: the guest sends frames with another source"
                       " address than its own: they are dropped"),
                     net->backend->name);
      net->told_foreign = true;
      return false;
    }
  return true;
}

/* Send the frame that is in net->chain.  False if it has to wait. */
static bool
send_frame (struct net *net)
{
  struct chain *chain = &net->chain;
  struct iovec pieces[1 + VIRTQUEUE_MAX];
  const size_t bytes = chain->out_bytes + ETHERNET_BYTES;

  pieces[0].iov_base = &net->start;
  pieces[0].iov_len = sizeof net->start;
  memcpy (pieces + 1, chain->out, chain->out_count * sizeof *pieces);
  switch (net->backend->send (net->backend, pieces, 1 + chain->out_count))
    {
    case NET_SENT:
      net->counters.sent.packets++;
      net->counters.sent.bytes += bytes;
      rate_limit_take (&net->send_limit, bytes);
      return true;
    case NET_LATER:
      return false;
    case NET_REFUSED:
      net->counters.sent.errors++;
      return true;
    default:
      net->counters.sent.drops++;
      lose_backend (net);
      return true;
    }
}

/* Frames from the Guest. */
static void
serve_send (struct net *net, struct plan *plan)
{
  struct virtio_device *device = &net->device;
  struct virtqueue *queue = &device->queues[QUEUE_SEND];
  unsigned left = FRAMES_AT_ONCE;
  uint64_t wait = 0;

  virtqueue_doorbell_off (queue);
  while (left > 0)
    {
      if (!net->chain_waits)
        {
          wait = rate_limit_wait (&net->send_limit, rate_limit_now ());
          if (wait > 0)
            break;
          if (virtqueue_take (queue, &net->chain) != VIRTQUEUE_CHAIN)
            {
              if (!queue->error && virtqueue_doorbell_on (queue))
                continue;
              break;
            }
          net->chain_waits = check_frame (net);
        }
      if (net->chain_waits)
        {
          if (!send_frame (net))
            {
              plan->want_room = true;
              break;
            }
          net->chain_waits = false;
        }
      virtqueue_give (queue, net->chain.head, 0);
      left--;
    }
  if (queue->error)
    virtio_device_broken (device, queue->error);
  virtio_device_interrupt (device, QUEUE_SEND);
  if (left == 0)
    plan->again = true;
  if (wait > 0 && wait < plan->wait)
    plan->wait = wait;
}

/* May the Guest get this frame?  It may have been made for another Guest's
   card, or by somebody who does not know what was agreed on. */
static bool
check_received (struct net *net)
{
  struct virtio_net_hdr_v1 *header = &net->frame.header;

  if (net->frame_bytes < NET_HEADER_BYTES + ETHERNET_BYTES)
    return false;
  header->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM
    | VIRTIO_NET_HDR_F_DATA_VALID;
  if (!agreed (net, VIRTIO_NET_F_GUEST_CSUM))
    {
      if (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        return false;
      header->flags = 0;
    }
  if (header->gso_type & VIRTIO_NET_HDR_GSO_ECN
      && !agreed (net, VIRTIO_NET_F_GUEST_ECN))
    return false;
  switch (header->gso_type & ~VIRTIO_NET_HDR_GSO_ECN)
    {
    case VIRTIO_NET_HDR_GSO_NONE:
      return true;
    case VIRTIO_NET_HDR_GSO_TCPV4:
      return agreed (net, VIRTIO_NET_F_GUEST_TSO4);
    case VIRTIO_NET_HDR_GSO_TCPV6:
      return agreed (net, VIRTIO_NET_F_GUEST_TSO6);
    default:
      return false;
    }
}

/* Get the next frame for the Guest from the back end, if there is one. */
static bool
fetch_frame (struct net *net)
{
  const ssize_t n = net->backend->receive (net->backend, net->frame.bytes);

  if (n < 0)
    lose_backend (net);
  if (n <= 0)
    return false;
  net->frame_bytes = n;
  net->frame_done = 0;
  net->filled_count = 0;
  return true;
}

/* Our address of a byte of the buffers to fill, or NULL. */
static uint8_t *
byte_to_fill (const struct chain *chain, size_t offset)
{
  unsigned i;

  for (i = 0; i < chain->in_count; i++)
    {
      if (offset < chain->in[i].iov_len)
        return (uint8_t *) chain->in[i].iov_base + offset;
      offset -= chain->in[i].iov_len;
    }
  return NULL;
}

/* Fill the buffers of one more chain. */
static bool
fill_chain (struct net *net, struct chain *chain)
{
  const size_t number = offsetof (struct virtio_net_hdr_v1, num_buffers);
  struct net_filled *filled = &net->filled[net->filled_count];

  if (net->filled_count == 0)
    {
      if (chain->in_bytes < NET_HEADER_BYTES)
        return false;
      net->number[0] = byte_to_fill (chain, number);
      net->number[1] = byte_to_fill (chain, number + 1);
    }
  filled->head = chain->head;
  filled->bytes = chain_fill (chain, net->frame.bytes + net->frame_done,
                              net->frame_bytes - net->frame_done);
  net->frame_done += filled->bytes;
  net->filled_count++;
  return true;
}

/* Give all chains of the frame to the Guest; empty, if it did not fit. */
static void
give_frame (struct net *net, struct virtqueue *queue, bool fits)
{
  unsigned i;

  *net->number[0] = fits ? net->filled_count : 1;
  *net->number[1] = fits ? net->filled_count >> 8 : 0;
  for (i = 0; i < net->filled_count; i++)
    virtqueue_put (queue, net->filled[i].head,
                   fits ? net->filled[i].bytes : 0);
  virtqueue_show (queue);
  if (fits)
    {
      net->counters.received.packets++;
      net->counters.received.bytes += net->frame_bytes - NET_HEADER_BYTES;
    }
  else
    net->counters.received.errors++;
  net->frame_bytes = 0;
}

/* Bring the frame to the Guest.  False if it has no room, or is broken. */
static bool
deliver_frame (struct net *net, struct virtqueue *queue)
{
  const unsigned chains_max
    = agreed (net, VIRTIO_NET_F_MRG_RXBUF) ? queue->size : 1;
  struct chain chain;

  while (net->frame_done < net->frame_bytes
         && net->filled_count < chains_max)
    switch (virtqueue_take (queue, &chain))
      {
      case VIRTQUEUE_CHAIN:
        if (!fill_chain (net, &chain))
          {
            queue->error = N_("a buffer for frames has no room for their"
                              " header");
            return false;
          }
        break;
      case VIRTQUEUE_EMPTY:
        if (!virtqueue_doorbell_on (queue))
          return false;
        break;
      default:
        return false;
      }
  give_frame (net, queue, net->frame_done == net->frame_bytes);
  return true;
}

/* Frames to the Guest. */
static void
serve_receive (struct net *net, struct plan *plan)
{
  struct virtio_device *device = &net->device;
  struct virtqueue *queue = &device->queues[QUEUE_RECEIVE];
  unsigned left = FRAMES_AT_ONCE;
  uint64_t wait = 0;

  virtqueue_doorbell_off (queue);
  while (left > 0)
    {
      if (net->frame_bytes == 0)
        {
          if (!net->link || net->gone)
            break;
          wait = rate_limit_wait (&net->receive_limit, rate_limit_now ());
          if (wait > 0)
            break;
          if (!fetch_frame (net))
            {
              plan->want_frames = !net->gone;
              break;
            }
          if (!check_received (net))
            {
              net->frame_bytes = 0;
              net->counters.received.errors++;
              left--;
              continue;
            }
          rate_limit_take (&net->receive_limit,
                           net->frame_bytes - NET_HEADER_BYTES);
        }
      /* If there is no room, the doorbell wakes us. */
      if (!deliver_frame (net, queue))
        break;
      left--;
    }
  if (queue->error)
    virtio_device_broken (device, queue->error);
  virtio_device_interrupt (device, QUEUE_RECEIVE);
  if (left == 0)
    plan->again = true;
  if (wait > 0 && wait < plan->wait)
    plan->wait = wait;
}

/* The card was reset: whatever we were about to do with its buffers is over.
   If it was started again, it gets no frames from before that. */
static void
begin_life (struct net *net)
{
  struct virtio_device *device = &net->device;
  struct net_backend *backend = net->backend;
  unsigned left = STALE_FRAMES_MAX;

  net->frame_bytes = 0;
  net->chain_waits = false;
  net->told_foreign = false;
  if (!virtio_device_is_running (device))
    return;
  net->life = device->life;
  if (backend->set_offloads)
    backend->set_offloads (backend, device->accepted);
  while (left-- > 0 && !net->gone && fetch_frame (net))
    net->counters.received.drops++;
  net->frame_bytes = 0;
}

/* Everything that can be done now.  The lock is held meanwhile: nothing here
   waits, not even for the back end. */
static void
serve (struct net *net, struct plan *plan)
{
  memset (plan, 0, sizeof *plan);
  plan->wait = NEVER;
  pthread_mutex_lock (&net->device.lock);
  if (net->life != net->device.life)
    begin_life (net);
  if (virtio_device_is_running (&net->device))
    {
      serve_receive (net, plan);
      serve_send (net, plan);
      /* One of them may have found the other's rules broken. */
      if (!virtio_device_is_running (&net->device))
        memset (plan, 0, sizeof *plan);
    }
  pthread_mutex_unlock (&net->device.lock);
}

static void *
net_main (void *argument)
{
  struct net *net = argument;

  confine_thread (CONFINE_NET);
  for (;;)
    {
      struct plan plan;
      struct pollfd wait[2] = { { .fd = net->bell, .events = POLLIN } };
      struct timespec time;
      eventfd_t times;

      eventfd_read (net->bell, &times);
      do
        serve (net, &plan);
      while (plan.again);
      /* Without wishes not even an error there shall wake us. */
      wait[1].fd = plan.want_frames || plan.want_room ? net->backend->fd : -1;
      wait[1].events = (plan.want_frames ? POLLIN : 0)
        | (plan.want_room ? POLLOUT : 0);
      time.tv_sec = plan.wait / 1000000000;
      time.tv_nsec = plan.wait % 1000000000;
      ppoll (wait, 2, plan.wait == NEVER ? NULL : &time, NULL);
    }
  return NULL;
}

/* With the device's lock. */
static void
started (struct virtio_device *device)
{
  struct net *net = (struct net *) device;

  eventfd_write (net->bell, 1);
}

/* Chains that are in our hands are taken again.  Frames may get lost. */
static void
save (struct virtio_device *device, struct virtio_state *state)
{
  const struct net *net = (struct net *) device;

  if (net->chain_waits)
    state->queues[QUEUE_SEND].next--;
  if (net->frame_bytes > 0)
    state->queues[QUEUE_RECEIVE].next -= net->filled_count;
}

/* The Guest has asked for its address and MTU already.  Only the link may be
   another one. */
static const char *
restore (struct virtio_device *device, const struct virtio_state *state)
{
  struct net *net = (struct net *) device;
  struct virtio_net_config config;

  memcpy (&config, state->config, sizeof config);
  memcpy (net->settings.mac.bytes, config.mac, sizeof config.mac);
  net->settings.mtu = config.mtu;
  set_config (net);
  return NULL;
}

static const struct virtio_class net_class =
{
  .name = "net",
  .id = VIRTIO_ID_NET,
  .pci_class = 0x0200,
  .queues = QUEUES,
  .config_bytes = offsetof (struct virtio_net_config, mtu)
    + sizeof (uint16_t),
  .started = started,
  .save = save,
  .restore = restore,
};

/**
 * net_create - plug one in; @net is all zero before
 * @backend: where its frames go; stays where it is
 */
bool
net_create (struct net *net, struct guest *guest,
            struct net_backend *backend,
            const struct net_settings *settings, struct failure *failure)
{
  uint64_t features = (uint64_t) 1 << VIRTIO_NET_F_MAC
    | (uint64_t) 1 << VIRTIO_NET_F_STATUS
    | (uint64_t) 1 << VIRTIO_NET_F_MRG_RXBUF;
  const uint64_t now = rate_limit_now ();
  int error;

  net->backend = backend;
  net->settings = *settings;
  net->link = !settings->unplugged;
  rate_limit_set (&net->receive_limit, settings->bytes_per_second,
                  NET_FRAME_MAX, now);
  rate_limit_set (&net->send_limit, settings->bytes_per_second,
                  NET_FRAME_MAX, now);
  if (backend->offloads && !settings->no_offloads)
    features |= OFFLOADS;
  if (settings->mtu)
    features |= (uint64_t) 1 << VIRTIO_NET_F_MTU;
  net->bell = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (net->bell < 0)
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  net->device.bells[QUEUE_RECEIVE] = net->device.bells[QUEUE_SEND]
    = net->bell;
  if (!virtio_device_create (&net->device, guest, &net_class, features))
    return fail (failure, STATUS_ERROR, _("too many devices"));
  net->life = net->device.life - 1;
  set_config (net);
  error = pthread_create (&net->thread, NULL, net_main, net);
  if (error)
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (error));
  return true;
}

/** net_limit - another limit from now on; 0: none.  From any thread. */
void
net_limit (struct net *net, uint64_t bytes_per_second)
{
  const uint64_t now = rate_limit_now ();

  pthread_mutex_lock (&net->device.lock);
  rate_limit_set (&net->receive_limit, bytes_per_second, NET_FRAME_MAX, now);
  rate_limit_set (&net->send_limit, bytes_per_second, NET_FRAME_MAX, now);
  pthread_mutex_unlock (&net->device.lock);
  eventfd_write (net->bell, 1);
}

/**
 * net_set_link - put the cable in, or pull it; from any thread
 *
 * While it is out, no frame passes in either direction.
 */
void
net_set_link (struct net *net, bool up)
{
  pthread_mutex_lock (&net->device.lock);
  if (net->link != up)
    {
      net->link = up;
      if (net->backend->set_carrier && !net->gone)
        net->backend->set_carrier (net->backend, up);
      set_config (net);
      virtio_device_config_changed (&net->device);
      eventfd_write (net->bell, 1);
    }
  pthread_mutex_unlock (&net->device.lock);
}

/** net_link_is_up - is the cable in, and somebody at its other end? */
bool
net_link_is_up (struct net *net)
{
  bool up;

  pthread_mutex_lock (&net->device.lock);
  up = net->link && !net->gone;
  pthread_mutex_unlock (&net->device.lock);
  return up;
}

/** net_get_counters - what passed up to now; from any thread */
void
net_get_counters (struct net *net, struct net_counters *counters)
{
  pthread_mutex_lock (&net->device.lock);
  *counters = net->counters;
  pthread_mutex_unlock (&net->device.lock);
}
