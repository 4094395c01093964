/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sample.h - all that is known of a Guest at one moment, and what happened
 * between two of them.
 */
#ifndef TOP_SAMPLE_H
#define TOP_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include <lguest/control.h>

#include "top/page.h"
#include "top/process.h"

/**
 * struct sample - one moment
 * @result: how asking went; without LGUEST_OK, there is only @error
 * @error: a text; allocated, or NULL
 * @time_ns: when; on the clock that nobody sets
 * @status: what the launcher said
 * @process: the launcher
 * @page: the counters, if there are any
 */
struct sample
{
  enum lguest_result result;
  char *error;
  int64_t time_ns;
  struct lguest_status *status;
  struct process process;
  struct page page;
};

/**
 * struct interval - from one sample to the next
 * @before: the older one; NULL: there is none that can be compared
 * @now: the newer one, or NULL
 * @seconds: between them; 0 without @before
 * @totals: tell not what happened per second, but since the start
 */
struct interval
{
  const struct sample *before;
  const struct sample *now;
  double seconds;
  bool totals;
};

int64_t sample_clock_ns (void);
void sample_free (struct sample *sample);
void interval_set (struct interval *interval, const struct sample *before,
                   const struct sample *now);

/* How much a counter grew; false if it went back, which is a new start. */
bool counter_growth (uint64_t before, uint64_t now, uint64_t *growth);

/*
 * Rates, NAN if unknown.
 */

/* Of a counter of the page, or with "GROUP." of a whole group. */
double interval_rate (const struct interval *interval, const char *name,
                      uint32_t block);
double interval_descriptor_rate (const struct interval *interval,
                                 const struct lguest_statistics_descriptor
                                 *descriptor, uint32_t block);
/* Part of a processor, of a counter of cycles; never totals. */
double interval_share (const struct interval *interval, const char *name,
                       uint32_t block);
/* Value below which this part (0 to 1) of what histograms counted is; of all
   those whose names are in a list that ends with NULL. */
double interval_percentile (const struct interval *interval,
                            const char *const *names, uint32_t block,
                            double part);

/* Those of stays in the Host between two stays in the Guest. */
extern const char *const interval_switch_histograms[];

/* Of a device's counter. */
double interval_device_rate (const struct interval *interval,
                             enum lguest_device_kind kind, size_t i,
                             const char *key);
/* Processor time of the launcher, in processors. */
double interval_cpu (const struct interval *interval);
double interval_vcpu_cpu (const struct interval *interval, unsigned vcpu);

#endif /* TOP_SAMPLE_H */
