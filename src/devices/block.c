/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/block.c - a disk for the Guest: a file, sector by sector.
 *
 * Every request is checked whole before the file is touched: a Guest can
 * neither read nor write behind the end of its disk.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

#include "devices/block.h"
#include "i18n.h"
#include "log.h"

#define SECTOR_BYTES 512

/* A request has a header and a status besides its data. */
#define SEGMENTS_MAX (VIRTQUEUE_MAX - 2)

/* Write @bytes of the file from @buffers, or read them.  False on error, and
   if the file became shorter. */
static bool
transfer (int fd, struct iovec *buffers, unsigned count, uint64_t offset,
          uint64_t bytes, bool write)
{
  while (bytes > 0)
    {
      ssize_t n = write ? pwritev (fd, buffers, count, offset)
        : preadv (fd, buffers, count, offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      offset += n;
      bytes -= n;
      while (count > 0 && (size_t) n >= buffers->iov_len)
        {
          n -= buffers->iov_len;
          buffers++;
          count--;
        }
      if (n > 0)
        {
          buffers->iov_base = (uint8_t *) buffers->iov_base + n;
          buffers->iov_len -= n;
        }
    }
  return true;
}

/* Are these sectors, and of this disk? */
static bool
check_range (const struct block *block, uint64_t sector, uint64_t bytes)
{
  const uint64_t sectors = bytes / SECTOR_BYTES;

  return bytes % SECTOR_BYTES == 0 && sectors <= block->sectors
    && sector <= block->sectors - sectors;
}

/* Do what a request wants; returns VIRTIO_BLK_S_.  *@written: how many bytes
   of its buffers were filled. */
static uint8_t
handle (struct block *block, struct chain *chain, uint64_t *written)
{
  struct virtio_blk_outhdr header;
  uint64_t bytes;

  /* A copy: the Guest cannot change it any more. */
  if (!chain_read (chain, &header, sizeof header))
    return VIRTIO_BLK_S_IOERR;
  switch (header.type)
    {
    case VIRTIO_BLK_T_IN:
      bytes = chain->in_bytes;
      if (!check_range (block, header.sector, bytes)
          || !transfer (block->fd, chain->in, chain->in_count,
                        header.sector * SECTOR_BYTES, bytes, false))
        return VIRTIO_BLK_S_IOERR;
      *written = bytes;
      return VIRTIO_BLK_S_OK;
    case VIRTIO_BLK_T_OUT:
      bytes = chain->out_bytes;
      if (block->read_only || !check_range (block, header.sector, bytes)
          || !transfer (block->fd, chain->out, chain->out_count,
                        header.sector * SECTOR_BYTES, bytes, true))
        return VIRTIO_BLK_S_IOERR;
      return VIRTIO_BLK_S_OK;
    case VIRTIO_BLK_T_FLUSH:
      return fdatasync (block->fd) == 0 ? VIRTIO_BLK_S_OK
        : VIRTIO_BLK_S_IOERR;
    case VIRTIO_BLK_T_GET_ID:
      *written = chain_fill (chain, block->id, sizeof block->id);
      return *written == sizeof block->id ? VIRTIO_BLK_S_OK
        : VIRTIO_BLK_S_IOERR;
    default:
      return VIRTIO_BLK_S_UNSUPP;
    }
}

/* The worker's work.  The lock is held during I/O, so that a reset waits for
   it; but let go between requests. */
static void
serve (void *context)
{
  struct block *block = context;
  struct virtio_device *device = &block->device;
  struct virtqueue *queue = &device->queues[0];
  struct chain chain;
  bool more = true;

  while (more)
    {
      more = false;
      pthread_mutex_lock (&device->lock);
      if (virtio_device_is_running (device))
        {
          virtqueue_doorbell_off (queue);
          if (virtqueue_take (queue, &chain) == VIRTQUEUE_CHAIN)
            {
              uint8_t *status = chain_take_last_byte (&chain);
              uint64_t written = 0;

              if (status)
                {
                  *status = handle (block, &chain, &written);
                  written++;
                }
              virtqueue_give (queue, chain.head, written);
              virtio_device_interrupt (device, 0);
              more = true;
            }
          else if (queue->error)
            virtio_device_broken (device, queue->error);
          else
            more = virtqueue_doorbell_on (queue);
        }
      pthread_mutex_unlock (&device->lock);
    }
}

static const struct virtio_class block_class =
{
  .name = "block",
  .id = VIRTIO_ID_BLOCK,
  .pci_class = 0x0180,
  .queues = 1,
  .config_bytes = offsetof (struct virtio_blk_config, blk_size)
    + sizeof (uint32_t),
};

/**
 * block_open - open the file
 * @block: all zero before
 * @name: of the file
 * @read_only: the Guest may not write
 */
bool
block_open (struct block *block, const char *name, bool read_only,
            struct failure *failure)
{
  struct flock lock =
    {
      .l_type = read_only ? F_RDLCK : F_WRLCK,
      .l_whence = SEEK_SET,
    };
  const char *base = strrchr (name, '/') ? strrchr (name, '/') + 1 : name;
  struct stat status;
  off_t size;

  block->read_only = read_only;
  block->fd = open (name, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
  if (block->fd < 0)
    return fail (failure, STATUS_ERROR, _("cannot open disk %s: %s"), name,
                 strerror (errno));
  if (fstat (block->fd, &status) != 0
      || (!S_ISREG (status.st_mode) && !S_ISBLK (status.st_mode)))
    return fail (failure, STATUS_ERROR,
                 _("disk %s is neither a file nor a block device"), name);
  if (fcntl (block->fd, F_OFD_SETLK, &lock) != 0)
    return fail (failure, STATUS_ERROR, errno == EAGAIN || errno == EACCES
                 ? _("disk %s is in use by another guest")
                 : _("cannot lock disk %s"), name);
  size = lseek (block->fd, 0, SEEK_END);
  if (size < 0)
    return fail (failure, STATUS_ERROR, _("cannot read disk %s: %s"), name,
                 strerror (errno));
  block->sectors = size / SECTOR_BYTES;
  if (block->sectors == 0)
    return fail (failure, STATUS_ERROR, _("disk %s is empty"), name);
  if (size % SECTOR_BYTES != 0)
    log_message (_("disk %s: the last %d bytes are no whole sector, and are"
                   " left out"), name, (int) (size % SECTOR_BYTES));
  memcpy (block->id, base, strnlen (base, sizeof block->id));
  return true;
}

/** block_create - plug it in */
bool
block_create (struct block *block, struct guest *guest,
              struct failure *failure)
{
  uint64_t features = (uint64_t) 1 << VIRTIO_BLK_F_SEG_MAX
    | (uint64_t) 1 << VIRTIO_BLK_F_BLK_SIZE
    | (uint64_t) 1 << VIRTIO_BLK_F_FLUSH;
  struct virtio_blk_config config;

  if (block->read_only)
    features |= (uint64_t) 1 << VIRTIO_BLK_F_RO;
  memset (&config, 0, sizeof config);
  config.capacity = block->sectors;
  config.seg_max = SEGMENTS_MAX;
  config.blk_size = SECTOR_BYTES;
  memcpy (block->device.config, &config, block_class.config_bytes);
  if (!worker_start (&block->worker, serve, block))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  block->device.bells[0] = block->worker.bell;
  if (!virtio_device_create (&block->device, guest, &block_class, features))
    return fail (failure, STATUS_ERROR, _("too many devices"));
  return true;
}
