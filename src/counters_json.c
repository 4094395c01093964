/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counters_json.c - what has been counted of a Guest, as JSON: the numbers that
 * lguest-top makes rates of.
 *
 * lguest(1) describes the members, <lguest/statistics.h> the names of counters.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "counters_json.h"
#include "i18n.h"
#include "log.h"
#include "top/page.h"
#include "top/process.h"

static void
print_count (struct json *json, const char *name, uint64_t count)
{
  char text[32];

  snprintf (text, sizeof text, "%" PRIu64, count);
  json_name (json, name);
  json_decimal (json, text);
}

/* Gauges have a sign; a histogram is a list. */
static void
print_value (struct json *json, const struct page *page,
             const struct lguest_statistics_descriptor *descriptor,
             uint32_t block)
{
  uint32_t word;
  char text[32];

  json_name (json, descriptor->name);
  if (descriptor->kind == LGUEST_STATISTICS_HISTOGRAM)
    json_begin (json, '[');
  for (word = 0; word < descriptor->count; word++)
    {
      const uint64_t value = page_word (page, descriptor, block, word);

      if (descriptor->kind == LGUEST_STATISTICS_GAUGE)
        snprintf (text, sizeof text, "%" PRId64, (int64_t) value);
      else
        snprintf (text, sizeof text, "%" PRIu64, value);
      json_decimal (json, text);
      if (descriptor->kind != LGUEST_STATISTICS_HISTOGRAM)
        break;
    }
  if (descriptor->kind == LGUEST_STATISTICS_HISTOGRAM)
    json_end (json, ']');
}

static void
print_block (struct json *json, const struct page *page, uint32_t block)
{
  struct lguest_statistics_descriptor descriptor;
  uint32_t i;

  json_begin (json, '{');
  for (i = 0; i < page->header.descriptors; i++)
    if (page_descriptor (page, i, &descriptor))
      print_value (json, page, &descriptor, block);
  json_end (json, '}');
}

static void
print_page (struct json *json, const struct page *page)
{
  uint32_t i;

  json_name (json, "statistics");
  json_begin (json, '{');
  print_count (json, "starts", page->header.starts);
  print_count (json, "tsc-khz", page->header.tsc_khz);
  json_name (json, "all");
  print_block (json, page, PAGE_ALL_BLOCKS);
  json_name (json, "vcpus");
  json_begin (json, '[');
  /* Block 0 is nobody's. */
  for (i = 0; i < page->header.vcpus; i++)
    print_block (json, page, i + 1);
  json_end (json, ']');
  json_end (json, '}');
}

/* lg.ko's counters, if the launcher has them. */
static void
print_statistics (struct json *json, struct lguest_guest *guest)
{
  const void *mapping;
  enum lguest_result result;
  struct page page;
  size_t size;

  result = lguest_map_statistics (guest, &mapping, &size);
  if (result != LGUEST_OK)
    {
      if (result != LGUEST_NOT_SUPPORTED)
        log_message ("%s", lguest_error_text ());
      return;
    }
  if (page_copy (&page, mapping, size))
    {
      print_page (json, &page);
      page_free (&page);
    }
  else
    log_message (_("%s: its counters make no sense"),
                 lguest_guest_name (guest));
  munmap ((void *) mapping, size);
}

/**
 * counters_json_print - members of an object that is begun
 *
 * What is not known is left out; only what should be known has a message.
 */
void
counters_json_print (struct json *json, struct lguest_guest *guest)
{
  struct process process;

  if (process_read (&process, lguest_guest_pid (guest)))
    {
      json_name (json, "process");
      json_begin (json, '{');
      print_count (json, "cpu-ns", process.cpu_ns);
      print_count (json, "resident", process.resident);
      json_end (json, '}');
    }
  print_statistics (json, guest);
}
