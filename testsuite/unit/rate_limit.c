/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rate_limit.c - that so much passes per second as was said, and no more.
 */
#include <config.h>

#include <inttypes.h>
#include <stdint.h>

#include "rate_limit.h"
#include "unit.h"

#define SECOND ((uint64_t) 1000000000)

/* Let pieces of @piece units pass for @seconds; how many units did? */
static uint64_t
pass (uint64_t per_second, uint64_t piece, unsigned seconds)
{
  struct rate_limit limit;
  uint64_t now = 12345, end, sum = 0;

  rate_limit_set (&limit, per_second, 1, now);
  /* The first burst is not counted. */
  rate_limit_take (&limit, limit.burst);
  end = now + seconds * SECOND;
  while (now < end)
    {
      const uint64_t wait = rate_limit_wait (&limit, now);

      if (wait == 0)
        {
          rate_limit_take (&limit, piece);
          sum += piece;
        }
      else
        now += wait;
    }
  return sum;
}

int
main (void)
{
  static const uint64_t rates[] = { 1000, 125000, 123456789, 10000000000 };
  static const uint64_t pieces[] = { 1, 60, 1514, 65536 };
  struct rate_limit limit;
  unsigned i, j, waits;

  for (i = 0; i < sizeof rates / sizeof *rates; i++)
    for (j = 0; j < sizeof pieces / sizeof *pieces; j++)
      {
        const unsigned seconds = 10;
        uint64_t sum, ideal = rates[i] * seconds;

        if (rates[i] / pieces[j] > 10000000)
          continue;
        sum = pass (rates[i], pieces[j], seconds);
        if (!check (sum <= ideal + pieces[j] && sum + pieces[j] + ideal / 200 >= ideal,
                    "%" PRIu64 " per second in pieces of %" PRIu64,
                    rates[i], pieces[j]))
          explain ("%" PRIu64 " of %" PRIu64, sum, ideal);
      }
  rate_limit_set (&limit, 0, 1, 0);
  rate_limit_take (&limit, UINT64_MAX);
  check (rate_limit_wait (&limit, 0) == 0, "no limit never waits");
  rate_limit_set (&limit, 1000, 1, 0);
  rate_limit_take (&limit, 100);
  rate_limit_wait (&limit, 3600 * SECOND);
  check (limit.units == limit.burst, "a long pause fills no more than all");
  rate_limit_set (&limit, 1000, 1, 0);
  rate_limit_take (&limit, 100 + 1000);
  for (waits = 0; rate_limit_wait (&limit, waits * SECOND / 7000) != 0;
       waits++)
    continue;
  check (waits > 7000 && waits <= 7010,
         "asking too early and often loses no time");
  check (rate_limit_wait (&limit, UINT64_MAX) == 0,
         "the end of time does no harm");
  return finish ();
}
