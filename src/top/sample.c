/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sample.c - what happened between two samples.
 */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "top/sample.h"

#define NANOSECONDS 1e9

/* Words of a histogram that are added up. */
#define BUCKETS_MAX 64

int64_t
sample_clock_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/** sample_free - NULL is allowed */
void
sample_free (struct sample *sample)
{
  if (!sample)
    return;
  free (sample->error);
  lguest_status_free (sample->status);
  page_free (&sample->page);
  free (sample);
}

/* Is it the same launcher?  Another may have its name, or even its number. */
static bool
same_launcher (const struct sample *one, const struct sample *other)
{
  return one->process.pid == other->process.pid
    && one->process.start == other->process.start
    && lguest_status_pid (one->status) == lguest_status_pid (other->status)
    && (lguest_status_started (one->status)
        == lguest_status_started (other->status));
}

/** interval_set - compare two samples, either of which may be NULL */
void
interval_set (struct interval *interval, const struct sample *before,
              const struct sample *now)
{
  memset (interval, 0, sizeof *interval);
  if (!now || now->result != LGUEST_OK)
    return;
  interval->now = now;
  if (!before || before->result != LGUEST_OK
      || before->time_ns >= now->time_ns || !same_launcher (before, now))
    return;
  interval->before = before;
  interval->seconds = (now->time_ns - before->time_ns) / NANOSECONDS;
}

bool
counter_growth (uint64_t before, uint64_t now, uint64_t *growth)
{
  /* Right if it went once around, too. */
  *growth = now - before;
  return *growth <= INT64_MAX;
}

static double
rate (const struct interval *interval, uint64_t before, uint64_t now)
{
  uint64_t growth;

  if (interval->totals)
    return now;
  if (!interval->before || !counter_growth (before, now, &growth))
    return NAN;
  return growth / interval->seconds;
}

/* Can counters of the page be told? */
static bool
has_pages (const struct interval *interval)
{
  return interval->now && interval->now->page.bytes
    && (interval->totals
        || (interval->before
            && page_same_layout (&interval->before->page,
                                 &interval->now->page)));
}

double
interval_descriptor_rate (const struct interval *interval,
                          const struct lguest_statistics_descriptor
                          *descriptor, uint32_t block)
{
  if (!has_pages (interval) || descriptor->count != 1)
    return NAN;
  return rate (interval, interval->before && interval->before->page.bytes
               ? page_word (&interval->before->page, descriptor, block, 0) : 0,
               page_word (&interval->now->page, descriptor, block, 0));
}

double
interval_rate (const struct interval *interval, const char *name,
               uint32_t block)
{
  const size_t length = strlen (name);
  const bool group = length > 0 && name[length - 1] == '.';
  struct lguest_statistics_descriptor descriptor;
  double sum = NAN;
  uint32_t i;

  if (!has_pages (interval))
    return NAN;
  for (i = 0; i < interval->now->page.header.descriptors; i++)
    if (page_descriptor (&interval->now->page, i, &descriptor)
        && descriptor.kind == LGUEST_STATISTICS_COUNTER
        && (group ? strncmp (descriptor.name, name, length) == 0
            : strcmp (descriptor.name, name) == 0))
      {
        const double one
          = interval_descriptor_rate (interval, &descriptor, block);

        if (!isnan (one))
          sum = isnan (sum) ? one : sum + one;
      }
  return sum;
}

double
interval_share (const struct interval *interval, const char *name,
                uint32_t block)
{
  struct interval now = *interval;
  const struct lguest_statistics *header;
  double all;

  now.totals = false;
  if (!has_pages (&now))
    return NAN;
  header = &now.now->page.header;
  if (header->tsc_khz)
    return interval_rate (&now, name, block) / (header->tsc_khz * 1e3);
  /* Nobody knows how long a cycle is; but each vcpu is somewhere all the
     time. */
  all = interval_rate (&now, "time.", block);
  return all > 0 ? interval_rate (&now, name, block) / all
    * (block == PAGE_ALL_BLOCKS ? header->vcpus : 1) : NAN;
}

const char *const interval_switch_histograms[] =
  { "latency.hypercall", "latency.page_fault", "latency.interrupt",
    "latency.other", NULL };

static bool
is_in (const char *name, const char *const *names)
{
  for (; *names; names++)
    if (strcmp (name, *names) == 0)
      return true;
  return false;
}

double
interval_percentile (const struct interval *interval,
                     const char *const *names, uint32_t block, double part)
{
  struct lguest_statistics_descriptor descriptor;
  double buckets[BUCKETS_MAX] = { 0 }, all = 0, below = 0;
  uint32_t i, j;

  if (!has_pages (interval))
    return NAN;
  for (i = 0; i < interval->now->page.header.descriptors; i++)
    {
      if (!page_descriptor (&interval->now->page, i, &descriptor)
          || descriptor.kind != LGUEST_STATISTICS_HISTOGRAM
          || !is_in (descriptor.name, names))
        continue;
      for (j = 0; j < descriptor.count && j < BUCKETS_MAX; j++)
        {
          const uint64_t value
            = page_word (&interval->now->page, &descriptor, block, j);
          uint64_t growth = value;

          if (!interval->totals
              && !counter_growth (page_word (&interval->before->page,
                                             &descriptor, block, j),
                                  value, &growth))
            return NAN;
          buckets[j] += growth;
          all += growth;
        }
    }
  if (all <= 0)
    return NAN;
  for (j = 0; j < BUCKETS_MAX; j++)
    {
      if (buckets[j] > 0 && below + buckets[j] >= all * part)
        {
          const double low = j ? ldexp (1, j) : 0, high = ldexp (1, j + 1);
          double within = (all * part - below) / buckets[j];

          /* As if the values of a bucket were spread evenly. */
          return low + (high - low) * (within < 0 ? 0 : within);
        }
      below += buckets[j];
    }
  return NAN;
}

double
interval_device_rate (const struct interval *interval,
                      enum lguest_device_kind kind, size_t i, const char *key)
{
  uint64_t before = 0, now;

  if (!interval->now
      || !lguest_status_device_number (interval->now->status, kind, i, key,
                                       &now)
      || (!interval->totals
          && (!interval->before
              || !lguest_status_device_number (interval->before->status, kind,
                                               i, key, &before))))
    return NAN;
  return rate (interval, before, now);
}

double
interval_cpu (const struct interval *interval)
{
  uint64_t growth;

  if (!interval->before || !interval->now->process.pid
      || !counter_growth (interval->before->process.cpu_ns,
                          interval->now->process.cpu_ns, &growth))
    return NAN;
  return growth / NANOSECONDS / interval->seconds;
}

double
interval_vcpu_cpu (const struct interval *interval, unsigned vcpu)
{
  uint64_t growth;

  if (!interval->before || vcpu >= interval->before->process.vcpu_count
      || vcpu >= interval->now->process.vcpu_count
      || !counter_growth (interval->before->process.vcpu_ns[vcpu],
                          interval->now->process.vcpu_ns[vcpu], &growth))
    return NAN;
  return growth / NANOSECONDS / interval->seconds;
}
