/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rate_limit.h - how much per second, and when the next may come.
 */
#ifndef RATE_LIMIT_H
#define RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct rate_limit - a bucket that fills as time passes
 * @per_second: units, for example bytes; 0: no limit
 * @burst: so many fit in
 * @units: what is in it; below 0 when more was taken
 * @filled: when it was last filled, nanoseconds of CLOCK_MONOTONIC
 */
struct rate_limit
{
  uint64_t per_second;
  int64_t burst;
  int64_t units;
  uint64_t filled;
};

uint64_t rate_limit_now (void);
void rate_limit_set (struct rate_limit *limit, uint64_t per_second,
                     uint64_t burst_min, uint64_t now);
uint64_t rate_limit_wait (struct rate_limit *limit, uint64_t now);
void rate_limit_take (struct rate_limit *limit, uint64_t units);

#endif /* RATE_LIMIT_H */
