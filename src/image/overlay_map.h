/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/overlay_map.h - which blocks an overlay has.
 */
#ifndef IMAGE_OVERLAY_MAP_H
#define IMAGE_OVERLAY_MAP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

/**
 * struct overlay_map - one bit per block
 * @fd: the file that it is kept in, or -1
 * @offset: where in it
 * @blocks: how many
 * @bits: set if the overlay has the block; set one by one, never cleared
 * @pages: so many pages of the file
 * @dirty: of each, whether it is not yet as in the file
 * @generations: of each, the number of its last change; guarded by @flush
 * @flush: one at a time
 * @failed: a flush has failed, and no later one can be believed
 */
struct overlay_map
{
  int fd;
  uint64_t offset;
  uint64_t blocks;
  uint8_t *bits;
  uint64_t pages;
  uint8_t *dirty;
  uint64_t *generations;
  pthread_mutex_t flush;
  bool failed;
};

uint64_t overlay_map_bytes (uint64_t blocks);
bool overlay_map_create (struct overlay_map *map, uint64_t blocks,
                         struct failure *failure);
bool overlay_map_load (struct overlay_map *map, int fd, uint64_t offset,
                       const char *name, struct failure *failure);
void overlay_map_destroy (struct overlay_map *map);
void overlay_map_set (struct overlay_map *map, uint64_t block,
                      uint64_t count);
uint64_t overlay_map_run (const struct overlay_map *map, uint64_t block,
                          uint64_t count, bool *present);
uint64_t overlay_map_count (const struct overlay_map *map);
bool overlay_map_flush (struct overlay_map *map);
bool overlay_map_clear (struct overlay_map *map);

#endif /* IMAGE_OVERLAY_MAP_H */
