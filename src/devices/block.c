/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/block.c - a disk for the Guest: an image, sector by sector.
 *
 * See section 5.2 of the virtio 1.1 standard.  Every request is checked whole
 * before the image is touched: a Guest can neither read nor write behind the
 * end of its disk.
 *
 * Several threads serve a disk, each one request at a time.  There is one at
 * first; who gets to work sees to it that another one waits for more.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

#include "confine/confine.h"
#include "devices/block.h"
#include "i18n.h"
#include "log.h"

#define SECTOR_BYTES 512

/* A request has a header and a status besides its data. */
#define SEGMENTS_MAX (VIRTQUEUE_MAX - 2)

/* Ranges in a request to discard or zero, and sectors in each.  Zeros may
   have to be written one by one, so they are fewer. */
#define RANGES_MAX 16
#define DISCARD_SECTORS_MAX (1u << 21)
#define ZERO_SECTORS_MAX (1u << 15)
#define DISCARD_ALIGNMENT_SECTORS 8

/* Images unpack in up to 128 KiB of it. */
#define STACK_BYTES ((size_t) 512 << 10)

#define COMPLAINTS_MAX 10
#define SECOND_NS 1000000000

/* How long the last requests of a Guest may take. */
#define CLOSE_SECONDS 5

/**
 * struct request - one of the Guest's
 * @type: VIRTIO_BLK_T_
 * @status: VIRTIO_BLK_S_, how it went
 * @written: how many bytes of its buffers were filled
 * @bytes: that it moves
 * @error: errno, if the image has failed
 */
struct request
{
  uint32_t type;
  uint8_t status;
  uint64_t written;
  uint64_t bytes;
  int error;
};

/* Are these sectors of this disk? */
static bool
check_sectors (const struct block *block, uint64_t sector, uint64_t sectors)
{
  return sectors <= block->sectors && sector <= block->sectors - sectors;
}

static bool
check_range (const struct block *block, uint64_t sector, uint64_t bytes)
{
  return bytes % SECTOR_BYTES == 0
    && check_sectors (block, sector, bytes / SECTOR_BYTES);
}

/* What the image says becomes what the Guest hears. */
static uint8_t
result (struct request *request, bool done)
{
  if (done)
    return VIRTIO_BLK_S_OK;
  request->error = errno;
  return VIRTIO_BLK_S_IOERR;
}

/* Discard or zero ranges.  All are checked before the first is touched. */
static uint8_t
clear_ranges (struct block *block, struct chain *chain,
              struct request *request)
{
  struct virtio_blk_discard_write_zeroes ranges[RANGES_MAX];
  const bool zero = request->type == VIRTIO_BLK_T_WRITE_ZEROES;
  const uint32_t sectors_max = zero ? ZERO_SECTORS_MAX : DISCARD_SECTORS_MAX;
  const uint32_t flags = zero ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;
  const size_t count = chain->out_bytes / sizeof *ranges;
  bool done = true;
  size_t i;

  if (block->image->read_only || count == 0 || count > RANGES_MAX
      || chain->out_bytes % sizeof *ranges != 0
      || !chain_read (chain, ranges, count * sizeof *ranges))
    return VIRTIO_BLK_S_IOERR;
  for (i = 0; i < count; i++)
    {
      if (ranges[i].flags & ~flags)
        return VIRTIO_BLK_S_UNSUPP;
      if (ranges[i].num_sectors > sectors_max
          || !check_sectors (block, ranges[i].sector, ranges[i].num_sectors))
        return VIRTIO_BLK_S_IOERR;
    }
  for (i = 0; i < count && done; i++)
    {
      const uint64_t offset = ranges[i].sector * SECTOR_BYTES;
      const uint64_t bytes = (uint64_t) ranges[i].num_sectors * SECTOR_BYTES;

      done = zero ? image_zero (block->image, offset, bytes,
                                ranges[i].flags
                                & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP)
        : image_discard (block->image, offset, bytes);
    }
  return result (request, done);
}

/* Do what a request wants; returns VIRTIO_BLK_S_.  Without lock. */
static uint8_t
/*D:310 Disks
 *
 * A disk takes requests like "these sectors, into these buffers".  The check
 * comes first and is for all of a request: a Guest can reach neither behind
 * the end of its disk nor in front of it. What the disk *is*, a file, a
 * compressed image with an overlay, another program at the end of a socket, is
 * a matter of src/image/open.c and its siblings, which know nothing of virtio.
 *
 * A disk is slow, so several threads serve it, and requests end in any order,
 * as they do on real ones.
 */
handle (struct block *block, struct chain *chain, struct request *request)
{
  struct virtio_blk_outhdr header;
  uint8_t status;

  /* A copy: the Guest cannot change it any more. */
  if (!chain_read (chain, &header, sizeof header))
    return VIRTIO_BLK_S_IOERR;
  request->type = header.type;
  switch (header.type)
    {
    case VIRTIO_BLK_T_IN:
      request->bytes = chain->in_bytes;
      if (!check_range (block, header.sector, chain->in_bytes))
        return VIRTIO_BLK_S_IOERR;
      status = result (request,
                       image_read (block->image, chain->in, chain->in_count,
                                   header.sector * SECTOR_BYTES,
                                   chain->in_bytes));
      if (status == VIRTIO_BLK_S_OK)
        request->written = chain->in_bytes;
      return status;
    case VIRTIO_BLK_T_OUT:
      request->bytes = chain->out_bytes;
      if (block->image->read_only
          || !check_range (block, header.sector, chain->out_bytes))
        return VIRTIO_BLK_S_IOERR;
      return result (request,
                     image_write (block->image, chain->out, chain->out_count,
                                  header.sector * SECTOR_BYTES,
                                  chain->out_bytes));
    case VIRTIO_BLK_T_FLUSH:
      return result (request, image_flush (block->image));
    case VIRTIO_BLK_T_DISCARD:
    case VIRTIO_BLK_T_WRITE_ZEROES:
      return clear_ranges (block, chain, request);
    case VIRTIO_BLK_T_GET_ID:
      request->written = chain_fill (chain, block->id, sizeof block->id);
      return request->written == sizeof block->id ? VIRTIO_BLK_S_OK
        : VIRTIO_BLK_S_IOERR;
    default:
      return VIRTIO_BLK_S_UNSUPP;
    }
}
/*:*/

/* With the device's lock. */
static void
count (struct block *block, const struct request *request, uint64_t ns)
{
  struct block_statistics *statistics = &block->statistics;

  if (request->status != VIRTIO_BLK_S_OK)
    {
      statistics->errors++;
      return;
    }
  switch (request->type)
    {
    case VIRTIO_BLK_T_IN:
      statistics->reads++;
      statistics->read_bytes += request->bytes;
      statistics->read_ns += ns;
      break;
    case VIRTIO_BLK_T_OUT:
      statistics->writes++;
      statistics->written_bytes += request->bytes;
      statistics->write_ns += ns;
      break;
    case VIRTIO_BLK_T_FLUSH:
      statistics->flushes++;
      statistics->flush_ns += ns;
      break;
    case VIRTIO_BLK_T_DISCARD:
    case VIRTIO_BLK_T_WRITE_ZEROES:
      statistics->discards++;
      break;
    }
}

/* The image has failed: the user should know, too.  With the device's
   lock. */
static void
complain (struct block *block, int error)
{
  if (block->complaints >= COMPLAINTS_MAX)
    return;
  block->complaints++;
  log_message (_("disk %s: %s; the guest gets an I/O error"), block->name,
               strerror (error));
  if (block->complaints == COMPLAINTS_MAX)
    log_message (_("disk %s: more of this will not be shown"), block->name);
}

/* May a request pass now?  If not, the timer wakes us.  With the device's
   lock. */
static bool
limits_allow (struct block *block)
{
  const uint64_t now = block->limited ? rate_limit_now () : 0;
  struct itimerspec time = { .it_value.tv_sec = 0 };
  uint64_t wait, other;

  if (!block->limited)
    return true;
  if (block->waiting)
    return false;
  wait = rate_limit_wait (&block->bytes_limit, now);
  other = rate_limit_wait (&block->requests_limit, now);
  if (other > wait)
    wait = other;
  if (wait == 0)
    return true;
  time.it_value.tv_sec = wait / SECOND_NS;
  time.it_value.tv_nsec = wait % SECOND_NS;
  block->waiting = true;
  block->statistics.throttled++;
  timerfd_settime (block->refilled.fd, 0, &time, NULL);
  return false;
}

/* The main thread: a limit lets something pass again. */
static void
refilled (struct event_source *source)
{
  struct block *block
    = (struct block *) ((char *) source - offsetof (struct block, refilled));
  uint64_t times;

  if (read (source->fd, &times, sizeof times) != sizeof times)
    return;
  pthread_mutex_lock (&block->device.lock);
  block->waiting = false;
  pthread_mutex_unlock (&block->device.lock);
  eventfd_write (block->bell, 1);
}

static void *serve (void *context);
static void *serve_first (void *context);

static bool
start_thread (struct block *block)
{
  void *(*body) (void *) = block->threads == 0 ? serve_first : serve;
  pthread_attr_t attributes;
  pthread_t thread;
  int error;

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  error = pthread_create (&thread, &attributes, body, block);
  pthread_attr_destroy (&attributes);
  if (error == 0)
    block->threads++;
  errno = error;
  return error == 0;
}

/* Somebody else shall take the next request while we work on ours, or be
   there when it comes.  With the device's lock. */
static void
share_work (struct block *block)
{
  struct virtqueue *queue = &block->device.queues[0];

  /* When all are at work, the first that is done looks again. */
  if (block->idle == 0
      && (block->threads == BLOCK_THREADS_MAX || !start_thread (block)))
    return;
  if (virtqueue_doorbell_on (queue))
    eventfd_write (block->bell, 1);
}

/* Work on one chain.  With the device's lock, which is let go meanwhile. */
static void
work (struct block *block, struct chain *chain)
{
  struct virtio_device *device = &block->device;
  struct request request = { .status = VIRTIO_BLK_S_IOERR };
  uint8_t *status = chain_take_last_byte (chain);
  uint64_t start;

  if (block->limited)
    {
      rate_limit_take (&block->requests_limit, 1);
      rate_limit_take (&block->bytes_limit, chain->in_bytes
                       + chain->out_bytes);
    }
  virtio_device_begin (device);
  share_work (block);
  pthread_mutex_unlock (&device->lock);
  start = rate_limit_now ();
  if (status)
    {
      request.status = handle (block, chain, &request);
      *status = request.status;
      request.written++;
    }
  pthread_mutex_lock (&device->lock);
  count (block, &request, rate_limit_now () - start);
  if (request.error)
    complain (block, request.error);
  if (virtio_device_end (device))
    {
      virtqueue_give (&device->queues[0], chain->head, request.written);
      virtio_device_interrupt (device, 0);
    }
}

/* Work until there is nothing to do.  With the device's lock. */
static void
work_all (struct block *block)
{
  struct virtio_device *device = &block->device;
  struct virtqueue *queue = &device->queues[0];
  struct chain chain;
  bool more = true;

  while (more && virtio_device_is_running (device))
    {
      virtqueue_doorbell_off (queue);
      if (!limits_allow (block))
        break;
      if (virtqueue_take (queue, &chain) == VIRTQUEUE_CHAIN)
        work (block, &chain);
      else if (queue->error)
        virtio_device_broken (device, queue->error);
      else
        more = virtqueue_doorbell_on (queue);
    }
}

/* A thread. */
static void *
serve (void *context)
{
  struct block *block = context;

  confine_inherited (CONFINE_DISK);
  pthread_mutex_lock (&block->device.lock);
  for (;;)
    {
      struct epoll_event event;

      work_all (block);
      block->idle++;
      pthread_mutex_unlock (&block->device.lock);
      /* The bell wakes one of us, and need not be read. */
      epoll_wait (block->wait, &event, 1, -1);
      pthread_mutex_lock (&block->device.lock);
      block->idle--;
    }
  return NULL;
}

/* The first thread.  All others come from it, and are confined like it. */
static void *
serve_first (void *context)
{
  confine_thread (CONFINE_DISK);
  return serve (context);
}

static const struct virtio_class block_class =
{
  .name = "block",
  .id = VIRTIO_ID_BLOCK,
  .pci_class = 0x0180,
  .queues = 1,
  .config_bytes = offsetof (struct virtio_blk_config, unused1),
};

static void
set_limits (struct block *block, uint64_t bytes_per_second,
            uint64_t requests_per_second)
{
  const uint64_t now = rate_limit_now ();

  rate_limit_set (&block->bytes_limit, bytes_per_second, 1, now);
  rate_limit_set (&block->requests_limit, requests_per_second, 1, now);
  block->limited = bytes_per_second || requests_per_second;
}

/** block_limit - other limits from now on; 0: none.  Main thread. */
void
block_limit (struct block *block, uint64_t bytes_per_second,
             uint64_t requests_per_second)
{
  pthread_mutex_lock (&block->device.lock);
  set_limits (block, bytes_per_second, requests_per_second);
  /* Who waits, asks again. */
  block->waiting = false;
  pthread_mutex_unlock (&block->device.lock);
  eventfd_write (block->bell, 1);
}

/**
 * block_open - open the image
 * @block: all zero before
 * @settings: its texts stay where they are
 */
bool
block_open (struct block *block, const struct block_settings *settings,
            struct failure *failure)
{
  const char *name = settings->image.name;
  const char *base = strrchr (name, '/') ? strrchr (name, '/') + 1 : name;
  const char *id = settings->serial ? settings->serial : base;

  block->name = name;
  block->image = image_open (&settings->image, failure);
  if (!block->image)
    return false;
  block->sectors = block->image->bytes / SECTOR_BYTES;
  if (block->sectors == 0)
    return fail (failure, STATUS_ERROR, _("disk %s is empty"), name);
  if (block->image->bytes % SECTOR_BYTES != 0)
    log_message (_("disk %s: the last %d bytes are no whole sector, and are"
                   " left out"), name,
                 (int) (block->image->bytes % SECTOR_BYTES));
  memcpy (block->id, id, strnlen (id, sizeof block->id));
  set_limits (block, settings->bytes_per_second,
              settings->requests_per_second);
  return true;
}

static void
set_config (struct block *block)
{
  struct virtio_blk_config config;

  memset (&config, 0, sizeof config);
  config.capacity = block->sectors;
  config.seg_max = SEGMENTS_MAX;
  config.blk_size = SECTOR_BYTES;
  config.max_discard_sectors = DISCARD_SECTORS_MAX;
  config.max_discard_seg = RANGES_MAX;
  config.discard_sector_alignment = DISCARD_ALIGNMENT_SECTORS;
  config.max_write_zeroes_sectors = ZERO_SECTORS_MAX;
  config.max_write_zeroes_seg = RANGES_MAX;
  config.write_zeroes_may_unmap = 1;
  memcpy (block->device.config, &config, block_class.config_bytes);
}

/** block_create - plug it in */
bool
block_create (struct block *block, struct guest *guest,
              struct failure *failure)
{
  struct epoll_event ring = { .events = EPOLLIN | EPOLLET };
  uint64_t features = (uint64_t) 1 << VIRTIO_BLK_F_SEG_MAX
    | (uint64_t) 1 << VIRTIO_BLK_F_BLK_SIZE
    | (uint64_t) 1 << VIRTIO_BLK_F_FLUSH;

  if (block->image->read_only)
    features |= (uint64_t) 1 << VIRTIO_BLK_F_RO;
  else
    features |= (uint64_t) 1 << VIRTIO_BLK_F_DISCARD
      | (uint64_t) 1 << VIRTIO_BLK_F_WRITE_ZEROES;
  set_config (block);
  block->bell = eventfd (0, EFD_CLOEXEC);
  block->wait = epoll_create1 (EPOLL_CLOEXEC);
  block->device.bells[0] = block->bell;
  block->refilled.ready = refilled;
  block->refilled.fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC
                                       | TFD_NONBLOCK);
  if (block->refilled.fd < 0
      || !event_loop_add (&guest->loop, &block->refilled)
      || block->bell < 0 || block->wait < 0
      || epoll_ctl (block->wait, EPOLL_CTL_ADD, block->bell, &ring) != 0)
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  if (!virtio_device_create (&block->device, guest, &block_class, features))
    return fail (failure, STATUS_ERROR, _("too many devices"));
  if (!start_thread (block))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  return true;
}

/** block_statistics - what it has done up to now; from any thread */
void
block_statistics (struct block *block, struct block_statistics *statistics)
{
  pthread_mutex_lock (&block->device.lock);
  *statistics = block->statistics;
  pthread_mutex_unlock (&block->device.lock);
}

/**
 * block_close - lguest ends: what the Guest has written is to stay
 *
 * The device does nothing more.  Returns false if something was under way that
 * takes too long, or could not be written.
 */
bool
block_close (struct block *block)
{
  bool flushed;

  if (!virtio_device_halt (&block->device, CLOSE_SECONDS))
    {
      log_message (_("disk %s does not answer: its last requests may be lost"),
                   block->name);
      return false;
    }
  flushed = image_flush (block->image);
  if (!flushed)
    log_message (_("disk %s: cannot write what the guest has left: %s"),
                 block->name, strerror (errno));
  image_close (block->image);
  return flushed;
}
