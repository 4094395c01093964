/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/share.c - a folder of the Host, for the Guest to mount: the 9P
 * transport over virtio.
 *
 * The device is not in the virtio 1.1 standard, but its number is (5, "9P
 * transport").  A chain has a request to read and room for an answer; the
 * configuration has the tag by which the Guest mounts it.
 *
 * Why 9P and not virtio-fs: what serves virtio-fs here is Debian 12's virtiofsd,
 * a process that sees all of the Guest's memory, wants root, and has to be
 * spoken to by another protocol of its own, vhost-user.  9P is a thousand lines
 * that see what the virtqueue shows them, with the rights of who started us.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include <linux/virtio_9p.h>
#include <linux/virtio_ids.h>

#include "devices/share.h"
#include "i18n.h"

/* Take a request, with lock, into share.request.  False if there is none. */
static bool
take (struct share *share, struct chain *chain, size_t *bytes)
{
  struct virtio_device *device = &share->device;
  struct virtqueue *queue = &device->queues[0];

  if (!virtio_device_is_running (device)
      || virtqueue_take (queue, chain) != VIRTQUEUE_CHAIN)
    return false;
  *bytes = chain->out_bytes;
  if (*bytes > SHARE_MESSAGE_MAX)
    {
      virtio_device_broken (device, N_("a request for a file is too long"));
      return false;
    }
  chain_read (chain, share->request, *bytes);
  /* A new driver has none of the files that the last one had in hand. */
  if (share->life != device->life)
    fids_clear (&share->server.fids);
  share->life = device->life;
  return true;
}

static void
serve (void *context)
{
  struct share *share = context;
  struct virtio_device *device = &share->device;
  struct virtqueue *queue = &device->queues[0];
  struct chain chain;
  size_t bytes;

  pthread_mutex_lock (&device->lock);
  virtqueue_doorbell_off (queue);
  do
    while (take (share, &chain, &bytes))
      {
        size_t answered;

        virtio_device_begin (device);
        pthread_mutex_unlock (&device->lock);
        answered = share_server_handle (&share->server, share->request,
                                        bytes, share->answer,
                                        chain.in_bytes < SHARE_MESSAGE_MAX
                                        ? chain.in_bytes
                                        : SHARE_MESSAGE_MAX);
        pthread_mutex_lock (&device->lock);
        if (!virtio_device_end (device))
          continue;
        if (answered == 0)
          {
            virtio_device_broken (device, N_("a request for a file is none"));
            break;
          }
        chain_fill (&chain, share->answer, answered);
        virtqueue_give (queue, chain.head, answered);
        virtio_device_interrupt (device, 0);
      }
  while (virtio_device_is_running (device) && virtqueue_doorbell_on (queue));
  if (queue->error)
    virtio_device_broken (device, queue->error);
  pthread_mutex_unlock (&device->lock);
}

static const struct virtio_class share_class =
{
  .name = "share",
  .id = VIRTIO_ID_9P,
  .pci_class = 0x0180,
  .queues = 1,
  .config_bytes = sizeof (struct virtio_9p_config) + SHARE_TAG_MAX,
};

/** share_open - find the folder; @share is all zero before */
bool
share_open (struct share *share, const char *folder, bool read_only,
            struct failure *failure)
{
  share->request = malloc (SHARE_MESSAGE_MAX);
  share->answer = malloc (SHARE_MESSAGE_MAX);
  if (!share->request || !share->answer)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  if (!share_server_open (&share->server, folder, read_only, failure))
    return false;
  return confine_allow (share->server.root, read_only ? CONFINE_SHARE_READ
                        : CONFINE_SHARE_READ | CONFINE_SHARE_WRITE)
    || fail (failure, STATUS_ERROR, _("cannot share %s: %s"), folder,
             strerror (errno));
}

/** share_start - make its thread, before the others are confined */
bool
share_start (struct share *share, struct failure *failure)
{
  return worker_start (&share->worker, share->server.read_only
                       ? CONFINE_SHARE : CONFINE_SHARE_CHANGE, serve, share)
    || fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
             strerror (errno));
}

/**
 * share_create - plug it in, after share_start()
 * @tag: by which the Guest mounts it, SHARE_TAG_MAX characters at most
 */
bool
share_create (struct share *share, struct guest *guest, const char *tag,
              struct failure *failure)
{
  struct virtio_9p_config *config
    = (struct virtio_9p_config *) share->device.config;

  config->tag_len = strlen (tag);
  memcpy (config->tag, tag, strlen (tag));
  share->device.bells[0] = share->worker.bell;
  if (!virtio_device_create (&share->device, guest, &share_class,
                             (uint64_t) 1 << VIRTIO_9P_MOUNT_TAG))
    return fail (failure, STATUS_ERROR, _("too many devices"));
  return true;
}
