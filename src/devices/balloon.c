/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/balloon.c - memory that the Guest does not need goes back to the
 * Host.
 *
 * See section 5.5 of the virtio 1.1 standard.  There are two ways.  The balloon
 * proper: we say how large it shall be, and the Guest's driver takes so many
 * pages from its kernel and gives us their numbers.  And reports: the Guest
 * tells of pages that are free just now.  In both cases we forget what is in
 * them (guest_memory_discard()).  When the Guest touches one again, it gets a
 * new page, all zero: so for getting them back, nothing has to be done.
 *
 * All that is done in a thread of its own, as it may take a while.
 *
 * What a Guest says wrongly of its pages hurts nobody else: all that we do is
 * to forget contents of its own memory.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include <linux/virtio_ids.h>

#include "devices/balloon.h"
#include "devices/virtio_state.h"
#include "i18n.h"

/*D:340 The balloon
 *
 * A kernel uses all memory that it has: what nobody wants becomes a cache.  So
 * once a Guest has touched a page, the Host never sees it again, though it holds
 * nothing that anybody will miss.  We cannot know which pages those are.  Only
 * the Guest can, and this is the device that asks.
 *
 * The balloon is a driver that takes memory from its own kernel and does
 * nothing with it, as a balloon in a box takes room.  It tells us the numbers of
 * its pages, and we forget what is in them.  A newer way needs no pressure: the
 * kernel reports what is free just now.  In both cases the way back is that
 * there is none.  A page that is touched again comes, all zero, from where the
 * first ones came.
 *
 * And if the numbers are lies?  Then we forget pages that the Guest still
 * wanted.  Its own.  :*
 */

/* The balloon counts in pages of that size, whatever the Guest has. */
#define PAGE_BYTES ((uint64_t) 1 << VIRTIO_BALLOON_PFN_SHIFT)

/* Numbers of pages in one chain; Linux gives 256. */
#define PAGES_AT_ONCE 1024

/* Statistics in one chain: those that we know, and some that we do not. */
#define STATISTICS_AT_ONCE 64

enum
{
  INFLATE,
  DEFLATE,
  STATISTICS,
  QUEUES = 4,
};

/* Free pages are told of in the first queue that no other feature takes. */
static unsigned
report_queue (const struct virtio_device *device)
{
  return device->accepted >> VIRTIO_BALLOON_F_STATS_VQ & 1
    ? STATISTICS + 1 : STATISTICS;
}

/**
 * struct work - what is to be done for one chain, without lock
 * @numbers, @count: pages that are in the balloon now
 * @chain: of which the buffers are free memory, or NULL
 */
struct work
{
  uint32_t numbers[PAGES_AT_ONCE];
  size_t count;
  const struct chain *chain;
};

/* The Guest has put pages with these numbers into the balloon.  Returns which
   rule it broke, or NULL. */
static const char *
inflate (struct balloon *balloon, struct chain *chain, struct work *work)
{
  const uint64_t pages = balloon->device.guest->memory.size / PAGE_BYTES;
  size_t i;

  work->count = chain->out_bytes / sizeof (uint32_t);
  if (work->count > PAGES_AT_ONCE)
    return N_("too many pages are given at once");
  chain_read (chain, work->numbers, work->count * sizeof *work->numbers);
  for (i = 0; i < work->count; i++)
    if (work->numbers[i] >= pages)
      return N_("a page in the balloon is no memory");
  return NULL;
}

/* The Guest says that the memory of these buffers is free. */
static const char *
find_free (struct balloon *balloon, struct chain *chain, struct work *work)
{
  const struct guest_memory *memory = &balloon->device.guest->memory;
  unsigned i;

  if (chain->in_bytes > memory->size)
    return N_("more memory is free than there is");
  for (i = 0; i < chain->in_count; i++)
    {
      const uint64_t start = (uint8_t *) chain->in[i].iov_base - memory->base;
      const uint64_t end = start + chain->in[i].iov_len;

      if (start % PAGE_BYTES != 0 || end % PAGE_BYTES != 0)
        return N_("a part of a page is free");
    }
  balloon->statistics.reported += chain->in_bytes;
  work->chain = chain;
  return NULL;
}

static int
compare_numbers (const void *a, const void *b)
{
  const uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

  return (x > y) - (x < y);
}

/* Give the Host what is to be given, neighbours together.  Each time, lg.ko
   has to see to it that no vcpu uses the memory any more. */
static void
do_work (const struct guest_memory *memory, struct work *work)
{
  uint32_t *numbers = work->numbers;
  size_t i, next;

  qsort (numbers, work->count, sizeof *numbers, compare_numbers);
  for (i = 0; i < work->count; i = next)
    {
      uint32_t end = numbers[i] + 1;

      for (next = i + 1; next < work->count && numbers[next] <= end; next++)
        end = numbers[next] + 1;
      guest_memory_keep_small (memory, numbers[i] * PAGE_BYTES,
                               (end - numbers[i]) * PAGE_BYTES);
      guest_memory_discard (memory, numbers[i] * PAGE_BYTES,
                            (end - numbers[i]) * PAGE_BYTES);
    }
  for (i = 0; work->chain && i < work->chain->in_count; i++)
    guest_memory_discard (memory, (uint8_t *) work->chain->in[i].iov_base
                          - memory->base, work->chain->in[i].iov_len);
}

/* Is there a question that we can ask the Guest? */
static bool
can_ask (const struct balloon *balloon)
{
  return balloon->asking && balloon->life == balloon->device.life;
}

/* The Guest answers, and gives us the buffer to ask it anew. */
static const char *
learn (struct balloon *balloon, struct chain *chain)
{
  struct virtio_balloon_stat told[STATISTICS_AT_ONCE];
  const size_t count = chain->out_bytes / sizeof *told;
  struct balloon_statistics *statistics = &balloon->statistics;
  size_t i;

  if (can_ask (balloon))
    return N_("statistics come without being asked for");
  if (count > STATISTICS_AT_ONCE)
    return N_("there are too many statistics");
  chain_read (chain, told, count * sizeof *told);
  statistics->known = 0;
  for (i = 0; i < count; i++)
    {
      const uint16_t tag = le16toh (told[i].tag);

      if (tag >= VIRTIO_BALLOON_S_NR)
        continue;
      statistics->known |= 1u << tag;
      statistics->values[tag] = le64toh (told[i].val);
    }
  balloon->asking = true;
  balloon->question = chain->head;
  balloon->life = balloon->device.life;
  eventfd_write (balloon->answer.fd, 1);
  return NULL;
}

/* One chain from queue @number, with lock, which is given up meanwhile.  False
   if there is none, or no more. */
static bool
serve_one (struct balloon *balloon, unsigned number)
{
  struct virtio_device *device = &balloon->device;
  struct virtqueue *queue = &device->queues[number];
  struct work work = { .count = 0 };
  const char *rule = NULL;
  struct chain chain;

  if (!virtio_device_is_running (device)
      || virtqueue_take (queue, &chain) != VIRTQUEUE_CHAIN)
    return false;
  if (number == INFLATE)
    rule = inflate (balloon, &chain, &work);
  else if (number == report_queue (device))
    rule = find_free (balloon, &chain, &work);
  else if (number == STATISTICS)
    rule = learn (balloon, &chain);
  if (rule)
    {
      virtio_device_broken (device, rule);
      return false;
    }
  /* Its buffer stays with us until we have a question. */
  if (number == STATISTICS && number != report_queue (device))
    return true;
  virtio_device_begin (device);
  pthread_mutex_unlock (&device->lock);
  do_work (&device->guest->memory, &work);
  pthread_mutex_lock (&device->lock);
  if (virtio_device_end (device))
    {
      virtqueue_give (queue, chain.head, 0);
      virtio_device_interrupt (device, number);
    }
  return true;
}

static void
serve (void *context)
{
  struct balloon *balloon = context;
  struct virtio_device *device = &balloon->device;
  unsigned i;

  pthread_mutex_lock (&device->lock);
  for (i = 0; i < QUEUES && virtio_device_is_running (device); i++)
    {
      struct virtqueue *queue = &device->queues[i];

      virtqueue_doorbell_off (queue);
      do
        while (serve_one (balloon, i))
          ;
      while (virtio_device_is_running (device)
             && virtqueue_doorbell_on (queue));
      if (queue->error)
        virtio_device_broken (device, queue->error);
    }
  pthread_mutex_unlock (&device->lock);
}

static void
answer_came (struct event_source *source)
{
  struct balloon *balloon
    = (struct balloon *) ((char *) source
                          - offsetof (struct balloon, answer));
  eventfd_t times;

  if (eventfd_read (source->fd, &times) == 0 && balloon->answered)
    balloon->answered (balloon);
}

/* The driver says how large the balloon has become. */
static void
config_written (struct virtio_device *device, uint64_t offset,
                unsigned bytes, uint64_t value)
{
  const uint64_t actual = offsetof (struct virtio_balloon_config, actual);

  if (offset != actual || bytes != sizeof (uint32_t))
    return;
  memcpy (device->config + actual, &value, bytes);
  if ((uint32_t) value == 0)
    guest_memory_allow_large (&device->guest->memory);
}

/* A new driver begins with an empty balloon. */
static void
started (struct virtio_device *device)
{
  guest_memory_allow_large (&device->guest->memory);
  memset (device->config + offsetof (struct virtio_balloon_config, actual),
          0, sizeof (uint32_t));
}

/* The buffer by which we could ask is taken again. */
static void
save (struct virtio_device *device, struct virtio_state *state)
{
  if (can_ask ((struct balloon *) device))
    state->queues[STATISTICS].next--;
}

/* It is as large as it was, and as it was to be. */
static const char *
restore (struct virtio_device *device, const struct virtio_state *state)
{
  memcpy (device->config, state->config, device->class->config_bytes);
  return NULL;
}

static const struct virtio_class balloon_class =
{
  .name = "balloon",
  .id = VIRTIO_ID_BALLOON,
  .pci_class = 0xff00,
  .queues = QUEUES,
  .config_bytes = offsetof (struct virtio_balloon_config,
                            free_page_hint_cmd_id),
  .started = started,
  .config_written = config_written,
  .save = save,
  .restore = restore,
};

static uint64_t
config_bytes (const struct balloon *balloon, size_t offset)
{
  uint32_t pages;

  memcpy (&pages, balloon->device.config + offset, sizeof pages);
  return le32toh (pages) * PAGE_BYTES;
}

static void
put_target (struct balloon *balloon, uint64_t size)
{
  const uint32_t pages = htole32 (size / PAGE_BYTES);

  memcpy (balloon->device.config
          + offsetof (struct virtio_balloon_config, num_pages),
          &pages, sizeof pages);
}

/**
 * balloon_create - plug one in; @balloon is all zero before
 * @size: bytes that the Guest is to give back from the start
 */
bool
balloon_create (struct balloon *balloon, struct guest *guest, uint64_t size,
                struct failure *failure)
{
  const uint64_t features = (uint64_t) 1 << VIRTIO_BALLOON_F_STATS_VQ
    | (uint64_t) 1 << VIRTIO_BALLOON_F_DEFLATE_ON_OOM
    | (uint64_t) 1 << VIRTIO_BALLOON_F_REPORTING;
  unsigned i;

  balloon->answer.ready = answer_came;
  balloon->answer.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (balloon->answer.fd < 0
      || !event_loop_add (&guest->loop, &balloon->answer)
      || !worker_start (&balloon->worker, CONFINE_WORKER, serve, balloon))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  for (i = 0; i < QUEUES; i++)
    balloon->device.bells[i] = balloon->worker.bell;
  put_target (balloon, size);
  if (!virtio_device_create (&balloon->device, guest, &balloon_class,
                             features))
    return fail (failure, STATUS_ERROR, _("too many devices"));
  return true;
}

/**
 * balloon_set_size - so much the Guest is to give back from now on
 * @size: bytes; a part of a page does not count
 *
 * Main thread.  It happens when the Guest gets to it, and as far as it can.
 */
bool
balloon_set_size (struct balloon *balloon, uint64_t size,
                  struct failure *failure)
{
  struct virtio_device *device = &balloon->device;
  const uint64_t memory = device->guest->memory.size;

  if (size >= memory)
    return fail (failure, STATUS_ERROR,
                 _("the guest cannot give back %" PRIu64 " MiB: it has"
                   " %" PRIu64), size >> 20, memory >> 20);
  pthread_mutex_lock (&device->lock);
  put_target (balloon, size);
  virtio_device_config_changed (device);
  pthread_mutex_unlock (&device->lock);
  return true;
}

/**
 * balloon_ask - let the Guest say how it uses its memory
 *
 * Main thread.  Returns false if it does not answer questions; else
 * balloon.answered is called when it has, if ever.
 */
bool
balloon_ask (struct balloon *balloon)
{
  struct virtio_device *device = &balloon->device;
  bool asked;

  pthread_mutex_lock (&device->lock);
  /* It may have been asked already, and not have answered yet. */
  asked = balloon->life == device->life && virtio_device_is_running (device);
  if (asked && balloon->asking)
    {
      virtqueue_give (&device->queues[STATISTICS], balloon->question, 0);
      virtio_device_interrupt (device, STATISTICS);
      balloon->asking = false;
    }
  pthread_mutex_unlock (&device->lock);
  return asked;
}

/** balloon_get_statistics - the last known; from any thread */
void
balloon_get_statistics (struct balloon *balloon,
                        struct balloon_statistics *statistics)
{
  pthread_mutex_lock (&balloon->device.lock);
  *statistics = balloon->statistics;
  statistics->target
    = config_bytes (balloon, offsetof (struct virtio_balloon_config,
                                       num_pages));
  statistics->size
    = config_bytes (balloon, offsetof (struct virtio_balloon_config,
                                       actual));
  pthread_mutex_unlock (&balloon->device.lock);
}
