/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net.c - a network card between a hostile Guest and a hostile back end.
 *
 * We play the Guest's driver, in its memory, and the other end of the back
 * end, a socket.
 */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "devices/net.h"
#include "devices/net_user.h"
#include "unit.h"

#define MEMORY_BYTES ((uint64_t) 1 << 20)
#define SIZE 16

/* The two queues' parts, and the space for frames. */
#define QUEUE(n) (0x1000 + (n) * 0x4000)
#define AVAILABLE 0x1000
#define USED 0x2000
#define BUFFERS 0x20000

enum
{
  RECEIVE,
  SEND,
};

static const uint8_t mac[6] = { 2, 1, 1, 1, 1, 1 };
static const uint8_t other[6] = { 2, 2, 2, 2, 2, 2 };

static struct guest guest;
static struct net *net;
static struct net_backend socket_backend;
static struct net_user *user;
static int far;                 /* the other end */
static uint16_t next[2];        /* of our available index */

static uint64_t
bit (unsigned number)
{
  return (uint64_t) 1 << number;
}

/* Frames over a SOCK_SEQPACKET socket, like those of a tap. */
static ssize_t
socket_receive (struct net_backend *backend, uint8_t *buffer)
{
  const ssize_t n = recv (backend->fd, buffer, NET_BUFFER_BYTES, 0);

  if (n > 0)
    return n;
  return n < 0 && errno == EAGAIN ? 0 : -1;
}

static enum net_sent
socket_send (struct net_backend *backend, const struct iovec *pieces,
             unsigned count)
{
  const struct msghdr message =
    { .msg_iov = (struct iovec *) pieces, .msg_iovlen = count };

  if (sendmsg (backend->fd, &message, MSG_NOSIGNAL) >= 0)
    return NET_SENT;
  return errno == EAGAIN ? NET_LATER : NET_GONE;
}

static struct vring_desc *
descriptor (unsigned queue, unsigned index)
{
  return (struct vring_desc *) (guest.memory.base + QUEUE (queue)) + index;
}

static struct vring_avail *
available (unsigned queue)
{
  return (struct vring_avail *) (guest.memory.base + QUEUE (queue)
                                 + AVAILABLE);
}

static struct vring_used *
used (unsigned queue)
{
  return (struct vring_used *) (guest.memory.base + QUEUE (queue) + USED);
}

static uint16_t
used_index (unsigned queue)
{
  return __atomic_load_n (&used (queue)->idx, __ATOMIC_ACQUIRE);
}

static void
pause_ms (unsigned ms)
{
  poll (NULL, 0, ms);
}

/* Wait up to some seconds until the device gave back up to @index. */
static bool
wait_used (unsigned queue, uint16_t index)
{
  unsigned i;

  for (i = 0; i < 5000 && used_index (queue) != index; i++)
    pause_ms (1);
  return used_index (queue) == index;
}

/* Reset, and start with these features. */
static void
start (uint64_t features)
{
  struct virtio_device *device = &net->device;
  static uint8_t rest[NET_BUFFER_BYTES];
  unsigned i;

  virtio_device_reset (device);
  while (recv (far, rest, sizeof rest, MSG_DONTWAIT) > 0)
    continue;
  memset (guest.memory.base, 0, MEMORY_BYTES);
  pthread_mutex_lock (&device->lock);
  device->accepted = features | bit (VIRTIO_F_VERSION_1);
  for (i = 0; i < 2; i++)
    {
      struct virtqueue *queue = &device->queues[i];

      next[i] = 0;
      queue->size = SIZE;
      queue->descriptor_address = QUEUE (i);
      queue->available_address = QUEUE (i) + AVAILABLE;
      queue->used_address = QUEUE (i) + USED;
      virtqueue_enable (queue);
    }
  device->status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER
    | VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK;
  device->class->started (device);
  pthread_mutex_unlock (&device->lock);
  /* Let it throw away what is from before. */
  pause_ms (20);
}

static void
offer (unsigned queue, uint16_t head)
{
  available (queue)->ring[next[queue] % SIZE] = head;
  next[queue]++;
  __atomic_store_n (&available (queue)->idx, next[queue], __ATOMIC_RELEASE);
}

static void
ring (unsigned queue)
{
  eventfd_write (net->device.bells[queue], 1);
}

/* A frame from the Guest in one buffer. */
static void
guest_sends (const struct virtio_net_hdr_v1 *header, const uint8_t *source,
             size_t bytes)
{
  uint8_t *frame = guest.memory.base + BUFFERS;
  size_t i;

  memset (frame, 0, NET_HEADER_BYTES);
  if (header)
    memcpy (frame, header, sizeof *header);
  for (i = 0; i < bytes; i++)
    frame[NET_HEADER_BYTES + i] = i * 7;
  if (bytes >= 12)
    memcpy (frame + NET_HEADER_BYTES + 6, source, 6);
  *descriptor (SEND, 0) = (struct vring_desc)
    { BUFFERS, NET_HEADER_BYTES + bytes, 0, 0 };
  offer (SEND, 0);
  ring (SEND);
}

/* Buffers of @bytes for frames to the Guest: descriptors @from and @count
   more. */
static void
guest_offers (unsigned from, unsigned count, size_t bytes)
{
  unsigned i;

  for (i = from; i < from + count; i++)
    {
      *descriptor (RECEIVE, i) = (struct vring_desc)
        { BUFFERS + 0x8000 * i, bytes, VRING_DESC_F_WRITE, 0 };
      offer (RECEIVE, i);
    }
  ring (RECEIVE);
}

/* A frame to the Guest. */
static void
host_sends (const struct virtio_net_hdr_v1 *header, size_t bytes)
{
  static uint8_t frame[NET_BUFFER_BYTES];
  size_t i;

  memset (frame, 0, NET_HEADER_BYTES);
  if (header)
    memcpy (frame, header, sizeof *header);
  for (i = 0; i < bytes; i++)
    frame[NET_HEADER_BYTES + i] = i * 5;
  while (send (far, frame, NET_HEADER_BYTES + bytes, 0) < 0
         && errno == EAGAIN)
    pause_ms (1);
}

/* Did a frame come out, of so many bytes with the header? */
static ssize_t
host_gets (uint8_t *frame, unsigned ms)
{
  struct pollfd wait = { .fd = far, .events = POLLIN };

  if (poll (&wait, 1, ms) <= 0)
    return 0;
  return recv (far, frame, NET_BUFFER_BYTES, MSG_DONTWAIT);
}

static struct net_counters
counters (void)
{
  struct net_counters now;

  net_get_counters (net, &now);
  return now;
}

static bool
needs_reset (void)
{
  bool needs;

  pthread_mutex_lock (&net->device.lock);
  needs = net->device.status & VIRTIO_CONFIG_S_NEEDS_RESET;
  pthread_mutex_unlock (&net->device.lock);
  return needs;
}

/* Milliseconds of processor time that the device's thread needs while @ms
   pass. */
static unsigned
busy_ms (unsigned ms)
{
  struct timespec before = { 0, 0 }, after = { 0, 0 };
  clockid_t clock;

  pthread_getcpuclockid (net->thread, &clock);
  clock_gettime (clock, &before);
  pause_ms (ms);
  clock_gettime (clock, &after);
  return (after.tv_sec - before.tv_sec) * 1000
    + (after.tv_nsec - before.tv_nsec) / 1000000;
}

static void
make_net (struct net_backend *backend, bool locked, uint64_t rate)
{
  struct net_settings settings =
    { .locked = locked, .bytes_per_second = rate };
  struct failure failure;

  memcpy (settings.mac.bytes, mac, sizeof mac);
  /* The last one's thread lives as long as we do, but shall not work. */
  if (net)
    virtio_device_reset (&net->device);
  net = calloc (1, sizeof *net);
  if (!net || !net_create (net, &guest, backend, &settings, &failure))
    abort ();
}

/* A device with a back end like a tap. */
static void
make_tap_net (bool locked, uint64_t rate)
{
  struct net_backend *backend = malloc (sizeof *backend);
  int ends[2];

  if (!backend
      || socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) != 0)
    abort ();
  far = ends[1];
  *backend = socket_backend;
  backend->fd = ends[0];
  make_net (backend, locked, rate);
}

/* A device with passt's protocol. */
static void
make_user_net (void)
{
  int ends[2];

  user = calloc (1, sizeof *user);
  if (!user
      || socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
    abort ();
  far = ends[1];
  net_user_connect (user, ends[0]);
  make_net (&user->backend, false, 0);
}

static void
test_send (void)
{
  static uint8_t frame[NET_BUFFER_BYTES];
  ssize_t n;

  start (bit (VIRTIO_NET_F_CSUM) | bit (VIRTIO_NET_F_HOST_TSO4));
  guest_sends (NULL, mac, 100);
  n = host_gets (frame, 5000);
  check (n == NET_HEADER_BYTES + 100
         && memcmp (frame, guest.memory.base + BUFFERS, n) == 0,
         "a frame goes out as it is");
  check (wait_used (SEND, 1), "its buffers come back");
  guest_sends (NULL, mac, NET_FRAME_MAX);
  n = host_gets (frame, 5000);
  check (n == NET_BUFFER_BYTES
         && memcmp (frame, guest.memory.base + BUFFERS, n) == 0,
         "the largest frame goes out as it is");
  check (wait_used (SEND, 2) && counters ().sent.packets == 2
         && counters ().sent.bytes == 100 + NET_FRAME_MAX,
         "frames and bytes are counted");
}

static void
test_bad_headers (void)
{
  static const struct
  {
    const char *name;
    struct virtio_net_hdr_v1 header;
    size_t bytes;
  } bad[] =
  {
    { "a checksum behind the frame's end",
      { .flags = 1, .csum_start = 34, .csum_offset = 66 }, 100 },
    { "a checksum whose second byte is behind the end",
      { .flags = 1, .csum_start = 34, .csum_offset = 65 }, 100 },
    { "a checksum whose offset overflows",
      { .flags = 1, .csum_start = 0xffff, .csum_offset = 0xffff }, 100 },
    { "a checksum inside of the Ethernet header",
      { .flags = 1, .csum_start = 12, .csum_offset = 16 }, 100 },
    { "segments without checksum",
      { .gso_type = 1, .gso_size = 1000, .hdr_len = 54 }, 3000 },
    { "segments of no bytes",
      { .flags = 1, .csum_start = 34, .csum_offset = 16, .gso_type = 1,
        .hdr_len = 54 }, 3000 },
    { "segments with a header longer than the frame",
      { .flags = 1, .csum_start = 34, .csum_offset = 16, .gso_type = 1,
        .gso_size = 1000, .hdr_len = 3001 }, 3000 },
    { "segments of a kind that was not agreed on",
      { .flags = 1, .csum_start = 34, .csum_offset = 16, .gso_type = 4,
        .gso_size = 1000, .hdr_len = 54 }, 3000 },
    { "congestion marks that were not agreed on",
      { .flags = 1, .csum_start = 34, .csum_offset = 16, .gso_type = 0x81,
        .gso_size = 1000, .hdr_len = 54 }, 3000 },
    { "fragments of UDP",
      { .flags = 1, .csum_start = 34, .csum_offset = 6, .gso_type = 3,
        .gso_size = 1000, .hdr_len = 42 }, 3000 },
    { "segments of no known kind",
      { .flags = 1, .csum_start = 34, .csum_offset = 16, .gso_type = 0x55,
        .gso_size = 1000, .hdr_len = 54 }, 3000 },
    { "congestion marks without segments",
      { .flags = 1, .csum_start = 34, .csum_offset = 16, .gso_type = 0x80 },
      3000 },
    { "a frame that has not even an address", { .flags = 0 }, 13 },
    { "a frame of no bytes", { .flags = 0 }, 0 },
    { "a frame that is too long", { .flags = 0 }, NET_FRAME_MAX + 1 },
  };
  static uint8_t frame[NET_BUFFER_BYTES];
  const struct virtio_net_hdr_v1 good =
    { .flags = 0xff, .csum_start = 34, .csum_offset = 16, .gso_type = 1,
      .gso_size = 1000, .hdr_len = 54, .num_buffers = 77 };
  struct virtio_net_hdr_v1 seen;
  uint64_t errors;
  uint16_t given = 0;
  size_t i;
  ssize_t n;

  start (bit (VIRTIO_NET_F_CSUM) | bit (VIRTIO_NET_F_HOST_TSO4));
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      errors = counters ().sent.errors;
      guest_sends (&bad[i].header, mac, bad[i].bytes);
      check (wait_used (SEND, ++given)
             && counters ().sent.errors == errors + 1
             && host_gets (frame, 0) == 0, "%s: left out, and counted",
             bad[i].name);
    }
  guest_sends (&good, mac, 3000);
  n = host_gets (frame, 5000);
  memcpy (&seen, frame, sizeof seen);
  check (n == NET_HEADER_BYTES + 3000 && seen.flags == 1
         && seen.gso_type == 1 && seen.gso_size == 1000
         && seen.num_buffers == 0, "what was agreed on passes");
  start (0);
  errors = counters ().sent.errors;
  guest_sends (&good, mac, 3000);
  check (wait_used (SEND, 1) && counters ().sent.errors == errors + 1,
         "what was not agreed on does not");
  start (0);
  descriptor (SEND, 0)->flags = VRING_DESC_F_WRITE;
  *descriptor (SEND, 0) = (struct vring_desc)
    { BUFFERS, 100, VRING_DESC_F_WRITE, 0 };
  errors = counters ().sent.errors;
  offer (SEND, 0);
  ring (SEND);
  check (wait_used (SEND, 1) && counters ().sent.errors == errors + 1,
         "a frame with nothing to read is left out");
}

static void
test_broken (void)
{
  unsigned i;

  for (i = 0; i < 2; i++)
    {
      start (0);
      *descriptor (i, 0) = (struct vring_desc)
        { MEMORY_BYTES - 10, 100, i == RECEIVE ? VRING_DESC_F_WRITE : 0, 0 };
      offer (i, 0);
      host_sends (NULL, 100);
      ring (i);
      pause_ms (50);
      check (needs_reset (),
             "%s buffer outside of memory: needs a reset",
             i == RECEIVE ? "receiving," : "sending,");
      check (busy_ms (100) < 30, "%s and does nothing more",
             i == RECEIVE ? "receiving," : "sending,");
    }
  start (0);
  guest_offers (0, 1, NET_HEADER_BYTES - 1);
  host_sends (NULL, 100);
  pause_ms (50);
  check (needs_reset (),
         "a buffer without room for the header: needs a reset");
  start (0);
  guest_sends (NULL, mac, 100);
  check (wait_used (SEND, 1), "after a reset all is well");
}

/* Is this in the Guest's buffers, as host_sends() made it? */
static bool
frame_is_whole (unsigned first, size_t bytes, size_t piece)
{
  size_t i;

  for (i = NET_HEADER_BYTES; i < bytes; i++)
    {
      const uint8_t *buffer
        = guest.memory.base + BUFFERS + 0x8000 * (first + i / piece);

      if (buffer[i % piece] != (uint8_t) ((i - NET_HEADER_BYTES) * 5))
        return false;
    }
  return true;
}

static void
test_receive (void)
{
  const struct virtio_net_hdr_v1 needs =
    { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34,
      .csum_offset = 16 };
  struct virtio_net_hdr_v1 header;
  struct net_counters before;

  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  guest_offers (0, 4, 1000);
  host_sends (NULL, 100);
  memcpy (&header, guest.memory.base + BUFFERS, sizeof header);
  check (wait_used (RECEIVE, 1) && used (RECEIVE)->ring[0].len == 112
         && frame_is_whole (0, 112, 1000), "a frame comes in");
  memcpy (&header, guest.memory.base + BUFFERS, sizeof header);
  check (header.num_buffers == 1, "in one buffer");
  host_sends (NULL, 2500);
  check (wait_used (RECEIVE, 4) && frame_is_whole (1, 2512, 1000),
         "a long frame comes in several buffers");
  memcpy (&header, guest.memory.base + BUFFERS + 0x8000, sizeof header);
  check (header.num_buffers == 3 && used (RECEIVE)->ring[3].len == 512,
         "and says in how many");

  /* A first chain of many pieces. */
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  memset (guest.memory.base + BUFFERS, 0xee, 64);
  *descriptor (RECEIVE, 0) = (struct vring_desc)
    { BUFFERS, 11, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1 };
  *descriptor (RECEIVE, 1) = (struct vring_desc)
    { BUFFERS + 32, 1, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 2 };
  *descriptor (RECEIVE, 2) = (struct vring_desc)
    { BUFFERS + 64, 1000, VRING_DESC_F_WRITE, 0 };
  offer (RECEIVE, 0);
  ring (RECEIVE);
  host_sends (NULL, 100);
  check (wait_used (RECEIVE, 1) && guest.memory.base[BUFFERS + 10] == 1
         && guest.memory.base[BUFFERS + 11] == 0xee
         && guest.memory.base[BUFFERS + 32] == 0
         && guest.memory.base[BUFFERS + 33] == 0xee,
         "a header may be in pieces");

  /* No room: it waits, without being busy; then it goes on. */
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  guest_offers (0, 1, 1000);
  host_sends (NULL, 2500);
  host_sends (NULL, 100);
  check (busy_ms (300) < 60, "without room it sleeps");
  check (used_index (RECEIVE) == 0, "and shows no half frame");
  guest_offers (1, 3, 1000);
  check (wait_used (RECEIVE, 4) && frame_is_whole (0, 2512, 1000),
         "with room it goes on");

  /* Frames that cannot fit. */
  start (0);
  before = counters ();
  guest_offers (0, 2, 1000);
  host_sends (NULL, 2000);
  host_sends (NULL, 100);
  check (wait_used (RECEIVE, 2) && used (RECEIVE)->ring[0].len == 0
         && used (RECEIVE)->ring[1].len == 112
         && counters ().received.errors == before.received.errors + 1,
         "a frame too long for a buffer is left out, the next one is not");
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  before = counters ();
  guest_offers (0, SIZE, 100);
  host_sends (NULL, 5000);
  check (wait_used (RECEIVE, SIZE) && used (RECEIVE)->ring[0].len == 0
         && counters ().received.errors == before.received.errors + 1,
         "a frame too long for all buffers is left out");
  guest_offers (0, 1, 1000);
  host_sends (NULL, 100);
  check (wait_used (RECEIVE, SIZE + 1), "the next one is not");

  /* What the Guest did not agree to. */
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  before = counters ();
  guest_offers (0, 2, 1000);
  host_sends (&needs, 100);
  host_sends (NULL, 100);
  check (wait_used (RECEIVE, 1)
         && counters ().received.errors == before.received.errors + 1,
         "a frame without checksum is left out if that was not agreed on");
  start (bit (VIRTIO_NET_F_MRG_RXBUF) | bit (VIRTIO_NET_F_GUEST_CSUM));
  guest_offers (0, 1, 1000);
  host_sends (&needs, 100);
  check (wait_used (RECEIVE, 1), "and comes in if it was");

  /* Reset. */
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  guest_offers (0, 1, 1000);
  host_sends (NULL, 2500);
  host_sends (NULL, 2500);
  pause_ms (50);
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  guest_offers (0, SIZE, 1000);
  pause_ms (100);
  check (used_index (RECEIVE) == 0, "after a reset come no old frames");
  host_sends (NULL, 100);
  check (wait_used (RECEIVE, 1) && frame_is_whole (0, 112, 1000),
         "but new ones");
}

static void
test_link (void)
{
  static uint8_t frame[NET_BUFFER_BYTES];
  struct virtio_net_config config;
  const uint64_t drops = counters ().sent.drops;

  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  net_set_link (net, false);
  memcpy (&config, net->device.config, 12);
  check (!(config.status & VIRTIO_NET_S_LINK_UP) && !net_link_is_up (net),
         "the guest sees that the cable is out");
  guest_sends (NULL, mac, 100);
  check (wait_used (SEND, 1) && counters ().sent.drops == drops + 1
         && host_gets (frame, 50) == 0, "without cable nothing goes out");
  guest_offers (0, 1, 1000);
  host_sends (NULL, 100);
  pause_ms (50);
  check (used_index (RECEIVE) == 0, "and nothing comes in");
  net_set_link (net, true);
  memcpy (&config, net->device.config, 12);
  check (config.status & VIRTIO_NET_S_LINK_UP, "the cable is in again");
  guest_sends (NULL, mac, 100);
  check (wait_used (SEND, 2) && host_gets (frame, 5000) == 112,
         "and frames pass");
}

static void
test_gone (void)
{
  struct virtio_net_config config;

  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  close (far);
  pause_ms (100);
  guest_sends (NULL, mac, 100);
  check (wait_used (SEND, 1), "nobody at the other end: sending is possible");
  memcpy (&config, net->device.config, 12);
  check (!(config.status & VIRTIO_NET_S_LINK_UP) && !net_link_is_up (net),
         "the guest sees that there is no link");
  check (busy_ms (100) < 30, "and the device sleeps");
}

static void
test_locked (void)
{
  static uint8_t frame[NET_BUFFER_BYTES];

  make_tap_net (true, 0);
  start (0);
  guest_sends (NULL, other, 100);
  check (wait_used (SEND, 1) && host_gets (frame, 50) == 0
         && counters ().foreign == 1 && counters ().sent.drops == 1,
         "locked: a foreign source address does not pass, and is counted");
  guest_sends (NULL, mac, 100);
  check (wait_used (SEND, 2) && host_gets (frame, 5000) == 112,
         "locked: the card's own does");
}

static void
test_rate (void)
{
  static uint8_t frame[NET_BUFFER_BYTES];
  struct timespec begin, end;
  unsigned i, ms;

  /* 1000 bytes come in a millisecond; the first 65 KiB come at once. */
  make_tap_net (false, 1000000);
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  clock_gettime (CLOCK_MONOTONIC, &begin);
  for (i = 1; i <= 40; i++)
    {
      guest_sends (NULL, mac, 10000);
      wait_used (SEND, i);
      host_gets (frame, 5000);
    }
  clock_gettime (CLOCK_MONOTONIC, &end);
  ms = (end.tv_sec - begin.tv_sec) * 1000
    + (end.tv_nsec - begin.tv_nsec) / 1000000;
  if (!check (ms >= 250 && ms < 3000, "the rate limit holds"))
    explain ("%u ms, should be about 290", ms);
  guest_offers (0, SIZE, 30000);
  for (i = 0; i < SIZE; i++)
    host_sends (NULL, 20000);
  pause_ms (20);
  check (busy_ms (150) < 40, "while it waits for that, it sleeps");
  check (wait_used (RECEIVE, SIZE), "all frames come in the end");
}

static void
test_user (void)
{
  static uint8_t big[2 * NET_BUFFER_BYTES];
  uint32_t length = htonl (100);
  size_t i, sum, want;
  unsigned rounds;

  make_user_net ();
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  guest_sends (NULL, mac, 100);
  check (wait_used (SEND, 1) && host_gets (big, 5000) == 104
         && memcmp (big, &length, 4) == 0
         && memcmp (big + 4, guest.memory.base + BUFFERS + NET_HEADER_BYTES,
                    100) == 0, "passt: a frame comes after its length");
  guest_offers (0, 3, 1000);
  for (i = 0; i < 100; i++)
    big[i] = i * 5;
  for (i = 0; i < 4; i++)
    {
      send (far, (uint8_t *) &length + i, 1, 0);
      pause_ms (2);
    }
  send (far, big, 50, 0);
  pause_ms (20);
  check (used_index (RECEIVE) == 0, "passt: half a frame is none");
  memcpy (big + 100, &length, 4);
  memmove (big + 104, big, 100);
  send (far, big + 50, 154, 0);
  check (wait_used (RECEIVE, 2) && frame_is_whole (0, 112, 1000)
         && frame_is_whole (1, 112, 1000),
         "passt: frames are put together from what comes");

  /* passt does not read: the device waits, and loses nothing. */
  want = 0;
  for (rounds = 0; rounds < 100; rounds++)
    {
      guest_sends (NULL, mac, 20000);
      want += 20004;
      for (i = 0; i < 20 && used_index (SEND) != next[SEND]; i++)
        pause_ms (1);
      if (used_index (SEND) != next[SEND])
        break;
    }
  check (rounds < 100, "passt: when it does not read, sending waits");
  check (busy_ms (100) < 30, "passt: and sleeps");
  for (sum = 0, i = 0; sum < want && i < 5000; i++)
    {
      const ssize_t n = recv (far, big, sizeof big, MSG_DONTWAIT);

      if (n > 0)
        sum += n;
      else
        pause_ms (1);
    }
  if (!check (sum == want && wait_used (SEND, next[SEND]),
              "passt: then everything comes"))
    explain ("%zu of %zu", sum, want);

  length = htonl (NET_FRAME_MAX + 1);
  send (far, &length, 4, 0);
  send (far, big, 1000, 0);
  pause_ms (50);
  check (!net_link_is_up (net), "passt: a length that cannot be ends it");
  make_user_net ();
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  length = 0;
  send (far, &length, 4, 0);
  pause_ms (50);
  check (!net_link_is_up (net), "passt: so does none");
  make_user_net ();
  start (bit (VIRTIO_NET_F_MRG_RXBUF));
  close (far);
  pause_ms (50);
  check (!net_link_is_up (net) && busy_ms (100) < 30,
         "passt: its end is seen at once");
  guest_sends (NULL, mac, 100);
  check (wait_used (SEND, 1), "passt: the guest goes on without it");
}

static void
test_addresses (void)
{
  static const char *const bad[] =
    { "", "2", "02:00:00:00:00", "02:00:00:00:00:00:00", "02:00:00:00:00:0g",
      "02-00-00-00-00-00", "01:00:00:00:00:01", "00:00:00:00:00:00",
      "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:00 ", " 2:00:00:00:00:00" };
  char text[MAC_ADDRESS_TEXT_SIZE];
  struct mac_address one, two;
  size_t i;

  check (mac_address_parse (&one, "52:54:00:aB:cd:09"), "a MAC address");
  mac_address_print (&one, text);
  check (strcmp (text, "52:54:00:ab:cd:09") == 0, "the same in print");
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    check (!mac_address_parse (&one, bad[i]), "no MAC address: \"%s\"",
           bad[i]);
  mac_address_make (&one, "web1", 0);
  mac_address_make (&two, "web1", 0);
  check (memcmp (&one, &two, sizeof one) == 0,
         "a guest's card has the same address always");
  mac_address_print (&one, text);
  check (mac_address_parse (&two, text) && one.bytes[0] & 2,
         "which is a good one, for local use");
  mac_address_make (&two, "web1", 1);
  check (memcmp (&one, &two, sizeof one) != 0, "its next card another one");
  mac_address_make (&two, "web2", 0);
  check (memcmp (&one, &two, sizeof one) != 0, "another guest another one");
  mac_address_make (&one, NULL, 0);
  mac_address_make (&two, NULL, 0);
  check (memcmp (&one, &two, sizeof one) != 0,
         "guests without name have random ones");
}

int
main (void)
{
  struct failure failure;

  guest.device_node = open ("/dev/null", O_WRONLY);
  if (!guest_memory_create (&guest.memory, MEMORY_BYTES, &failure))
    abort ();
  pci_bus_create (&guest.bus, MEMORY_BYTES);
  socket_backend = (struct net_backend)
    { .name = "test", .offloads = true, .receive = socket_receive,
      .send = socket_send };
  test_addresses ();
  make_tap_net (false, 0);
  test_send ();
  test_bad_headers ();
  test_broken ();
  test_receive ();
  test_link ();
  test_gone ();
  test_locked ();
  test_rate ();
  test_user ();
  return finish ();
}
