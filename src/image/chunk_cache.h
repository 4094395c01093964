/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/chunk_cache.h - pieces of a compressed image, as they are unpacked.
 */
#ifndef IMAGE_CHUNK_CACHE_H
#define IMAGE_CHUNK_CACHE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The largest chunk. */
#define CHUNK_BYTES ((uint32_t) 64 << 10)

/* How many are kept. */
#define CHUNK_CACHE_SLOTS 64

/**
 * struct chunk - one of them
 * @number: its name
 * @ready: there is something in it, or, with @users, there will be
 * @users: who is reading or filling it; it stays as long as there are any
 * @last_use: the clock of the cache then
 * @data: CHUNK_BYTES, allocated at the first use
 */
struct chunk
{
  uint64_t number;
  bool ready;
  unsigned users;
  uint64_t last_use;
  uint8_t *data;
};

/**
 * struct chunk_cache - those that were used last
 * @load: unpacks a chunk, called without lock by as many threads as there
 *   are; false with errno set on failure
 * @context: its argument
 * @lock: guards the rest
 * @changed: a chunk is there, or nobody uses it any more
 * @clock: counts uses
 * @chunks: see there
 */
struct chunk_cache
{
  bool (*load) (void *context, uint64_t number, uint8_t *data);
  void *context;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t clock;
  struct chunk chunks[CHUNK_CACHE_SLOTS];
};

void chunk_cache_create (struct chunk_cache *cache,
                         bool (*load) (void *, uint64_t, uint8_t *),
                         void *context);
void chunk_cache_destroy (struct chunk_cache *cache);
struct chunk *chunk_cache_get (struct chunk_cache *cache, uint64_t number);
void chunk_cache_put (struct chunk_cache *cache, struct chunk *chunk);

#endif /* IMAGE_CHUNK_CACHE_H */
