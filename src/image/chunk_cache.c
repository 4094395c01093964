/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/chunk_cache.c - pieces of a compressed image, as they are unpacked.
 *
 * A guest reads 4 KiB here and 4 KiB there; what it costs to unpack a chunk
 * shall be paid once.  Two threads that want the same chunk unpack it once.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/chunk_cache.h"

/** chunk_cache_create - an empty one */
void
chunk_cache_create (struct chunk_cache *cache,
                    bool (*load) (void *, uint64_t, uint8_t *), void *context)
{
  memset (cache, 0, sizeof *cache);
  cache->load = load;
  cache->context = context;
  pthread_mutex_init (&cache->lock, NULL);
  pthread_cond_init (&cache->changed, NULL);
}

/** chunk_cache_destroy - nobody uses it any more */
void
chunk_cache_destroy (struct chunk_cache *cache)
{
  unsigned i;

  for (i = 0; i < CHUNK_CACHE_SLOTS; i++)
    free (cache->chunks[i].data);
  pthread_cond_destroy (&cache->changed);
  pthread_mutex_destroy (&cache->lock);
}

/* The place of that chunk, or one to put it in; NULL if all are in use. */
static struct chunk *
find (struct chunk_cache *cache, uint64_t number)
{
  struct chunk *oldest = NULL;
  unsigned i;

  for (i = 0; i < CHUNK_CACHE_SLOTS; i++)
    {
      struct chunk *chunk = &cache->chunks[i];

      if (chunk->number == number && (chunk->ready || chunk->users))
        return chunk;
      if (chunk->users == 0
          && (!oldest || chunk->last_use < oldest->last_use))
        oldest = chunk;
    }
  return oldest;
}

/**
 * chunk_cache_get - a chunk's data, unpacked now if need be
 *
 * It stays until chunk_cache_put().  NULL with errno set if it cannot be
 * unpacked.  A thread gets one at a time.
 */
struct chunk *
chunk_cache_get (struct chunk_cache *cache, uint64_t number)
{
  struct chunk *chunk;
  bool loaded;
  int error;

  pthread_mutex_lock (&cache->lock);
  for (;;)
    {
      chunk = find (cache, number);
      if (chunk && chunk->number == number && chunk->ready)
        {
          chunk->users++;
          chunk->last_use = ++cache->clock;
          pthread_mutex_unlock (&cache->lock);
          return chunk;
        }
      if (chunk && chunk->users == 0)
        break;
      /* Somebody else is about to fill it. */
      pthread_cond_wait (&cache->changed, &cache->lock);
    }
  chunk->number = number;
  chunk->ready = false;
  chunk->users = 1;
  chunk->last_use = ++cache->clock;
  if (!chunk->data)
    chunk->data = malloc (CHUNK_BYTES);
  pthread_mutex_unlock (&cache->lock);

  errno = ENOMEM;
  loaded = chunk->data && cache->load (cache->context, number, chunk->data);
  error = errno;

  pthread_mutex_lock (&cache->lock);
  chunk->ready = loaded;
  if (!loaded)
    {
      chunk->users = 0;
      chunk->last_use = 0;
    }
  pthread_cond_broadcast (&cache->changed);
  pthread_mutex_unlock (&cache->lock);
  errno = error;
  return loaded ? chunk : NULL;
}

/** chunk_cache_put - the end of chunk_cache_get() */
void
chunk_cache_put (struct chunk_cache *cache, struct chunk *chunk)
{
  pthread_mutex_lock (&cache->lock);
  chunk->users--;
  if (chunk->users == 0)
    pthread_cond_broadcast (&cache->changed);
  pthread_mutex_unlock (&cache->lock);
}
