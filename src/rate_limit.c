/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rate_limit.c - how much per second, and when the next may come.
 *
 * A bucket of tokens: it fills with time, up to what passes in a tenth of a
 * second.  Whoever comes while there is something in it may take as much as
 * he needs, and leaves a debt that the next ones wait for: nothing is too
 * large to pass, and the mean is what was asked for.
 *
 * There is no lock: the owner's guards it.
 */
#include <config.h>

#include <time.h>

#include "rate_limit.h"

#define SECOND_NS ((uint64_t) 1000000000)

/* What passes in that part of a second may pass at once. */
#define BURST_PARTS 10

/* Larger numbers are no limit, and would overflow. */
#define RATE_MAX ((uint64_t) 1 << 50)

/** rate_limit_now - nanoseconds of CLOCK_MONOTONIC */
uint64_t
rate_limit_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/**
 * rate_limit_set - from now on, with a full bucket
 * @per_second: units per second; 0: no limit
 * @burst_min: at least so many may pass at once
 * @now: rate_limit_now()
 */
void
rate_limit_set (struct rate_limit *limit, uint64_t per_second,
                uint64_t burst_min, uint64_t now)
{
  if (per_second > RATE_MAX)
    per_second = 0;
  limit->per_second = per_second;
  limit->burst = per_second / BURST_PARTS;
  if (limit->burst < (int64_t) burst_min)
    limit->burst = burst_min;
  limit->units = limit->burst;
  limit->filled = now;
}

/**
 * rate_limit_wait - how long until something may pass?
 *
 * Returns nanoseconds; 0: now.
 */
uint64_t
rate_limit_wait (struct rate_limit *limit, uint64_t now)
{
  uint64_t passed, seconds, rest, units, part, missing, wait;

  if (limit->per_second == 0)
    return 0;
  /* Everything in 64 bits: a rate has at most 50, SECOND_NS 30. */
  passed = now - limit->filled;
  seconds = passed / SECOND_NS;
  rest = passed % SECOND_NS;
  part = rest * (limit->per_second % SECOND_NS);
  units = rest * (limit->per_second / SECOND_NS) + part / SECOND_NS;
  if (seconds > (uint64_t) INT64_MAX / 2 / limit->per_second)
    units = INT64_MAX;
  else
    units += seconds * limit->per_second;
  if (units >= (uint64_t) (limit->burst - limit->units))
    {
      limit->units = limit->burst;
      limit->filled = now;
    }
  else
    {
      /* The time that made no whole unit is kept for the next one, but for
         a nanosecond: never more than what was asked for. */
      limit->units += units;
      limit->filled = now - part % SECOND_NS / limit->per_second;
    }
  if (limit->units > 0)
    return 0;
  missing = 1 - limit->units;
  wait = missing / limit->per_second * SECOND_NS;
  missing %= limit->per_second;
  if (missing >> 33)
    return wait + ((missing >> 17) + 1) * SECOND_NS / (limit->per_second >> 17) + 1;
  return wait + missing * SECOND_NS / limit->per_second + 1;
}

/** rate_limit_take - so many pass, after rate_limit_wait() gave 0 */
void
rate_limit_take (struct rate_limit *limit, uint64_t units)
{
  if (limit->per_second)
    limit->units -= units;
}
