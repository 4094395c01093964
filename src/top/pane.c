/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pane.c - more about one Guest, below a table.
 */
#include <config.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "top/format.h"
#include "top/pane.h"
#include "top/view.h"

#define NUMBER_WIDTH 6
#define BAR_WIDTH 6

static void add (struct pane *pane, unsigned lines, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

static void
add (struct pane *pane, unsigned lines, const char *format, ...)
{
  va_list arguments;

  if (pane->count >= lines || pane->count >= PANE_LINES_MAX)
    return;
  va_start (arguments, format);
  vsnprintf (pane->lines[pane->count++], PANE_TEXT_BYTES, format, arguments);
  va_end (arguments);
}

/** pane_exits - what makes it leave, the most frequent first */
void
pane_exits (struct pane *pane, const struct guest *guest, unsigned lines)
{
  const struct model alone = { .guests = { (struct guest *) guest },
                               .count = 1 };
  struct table table = { 0 };
  struct look look;
  size_t i;

  pane->count = 0;
  add (pane, lines, guest->interval.totals ? _("%s: exits by reason")
       : _("%s: exits/s by reason"), guest->name);
  if (!guest->now || !guest->now->page.bytes)
    {
      add (pane, lines, " %s", _("the launcher tells no counters"));
      return;
    }
  look_set_default (&look);
  look.view = VIEW_EXITS;
  table_make (&table, &alone, &look);
  for (i = 0; i < table.count && pane->count < lines; i++)
    {
      char texts[4][TEXT_BYTES] = { "" }, name[64];
      static const char *const names[] = { "reason", "rate", "part", "bar" };
      struct cell cell;
      unsigned j, column;

      /* Other groups follow. */
      if (table.rows[i].group != 0)
        break;
      for (j = 0; j < 4; j++)
        {
          if (!view_find_column (VIEW_EXITS, names[j], &column))
            continue;
          row_cell (&table.rows[i], &look, column, &cell);
          cell_show (&cell, texts[j], sizeof texts[j],
                     j == 3 ? BAR_WIDTH : NUMBER_WIDTH);
        }
      text_fit (name, sizeof name, texts[0], 17, true);
      add (pane, lines, " %s %6.16s %5.16s %.40s", name, texts[1], texts[2],
           texts[3]);
    }
  table_free (&table);
}

/* A device's text, clean; "" if the launcher does not say. */
static const char *
device_text (const struct guest *guest, enum lguest_device_kind kind,
             size_t i, const char *key, char *buffer, size_t size)
{
  const char *text = lguest_status_device_text (guest->now->status, kind, i,
                                                key);

  text_clean (buffer, size, text ? text : "");
  return buffer;
}

static const char *
device_rate (const struct guest *guest, enum lguest_device_kind kind,
             size_t i, const char *key, char *buffer)
{
  const double rate = interval_device_rate (&guest->interval, kind, i, key);
  const size_t length = strlen (key);

  if (length > 6 && strcmp (key + length - 6, "-bytes") == 0)
    format_bytes (buffer, NUMBER_WIDTH, rate);
  else
    format_count (buffer, NUMBER_WIDTH, rate);
  return buffer;
}

static void
add_disk (struct pane *pane, const struct guest *guest, size_t i,
          unsigned lines)
{
  char name[32], path[300], format[32], mode[32], texts[4][FORMAT_BYTES];
  const char *file;

  device_text (guest, LGUEST_DISK, i, "path", path, sizeof path);
  file = strrchr (path, '/') ? strrchr (path, '/') + 1 : path;
  device_text (guest, LGUEST_DISK, i, "format", format, sizeof format);
  add (pane, lines, "%s %s%s%s%s %s",
       device_text (guest, LGUEST_DISK, i, "name", name, sizeof name), file,
       *format ? " (" : "", format, *format ? ")" : "",
       device_text (guest, LGUEST_DISK, i, "mode", mode, sizeof mode));
  add (pane, lines, _(" rd %s, %sB  wr %s, %sB"),
       device_rate (guest, LGUEST_DISK, i, "read-requests", texts[0]),
       device_rate (guest, LGUEST_DISK, i, "read-bytes", texts[1]),
       device_rate (guest, LGUEST_DISK, i, "write-requests", texts[2]),
       device_rate (guest, LGUEST_DISK, i, "write-bytes", texts[3]));
}

static void
add_net (struct pane *pane, const struct guest *guest, size_t i,
         unsigned lines)
{
  char name[32], type[32], interface[32], bridge[32], mac[32],
    texts[4][FORMAT_BYTES];

  device_text (guest, LGUEST_NET, i, "bridge", bridge, sizeof bridge);
  add (pane, lines, "%s %s %s%s%s %s",
       device_text (guest, LGUEST_NET, i, "name", name, sizeof name),
       device_text (guest, LGUEST_NET, i, "type", type, sizeof type),
       device_text (guest, LGUEST_NET, i, "interface", interface,
                    sizeof interface),
       *bridge ? " -> " : "", bridge,
       device_text (guest, LGUEST_NET, i, "mac", mac, sizeof mac));
  add (pane, lines, _(" rx %s pk, %sB  tx %s pk, %sB"),
       device_rate (guest, LGUEST_NET, i, "receive-packets", texts[0]),
       device_rate (guest, LGUEST_NET, i, "receive-bytes", texts[1]),
       device_rate (guest, LGUEST_NET, i, "send-packets", texts[2]),
       device_rate (guest, LGUEST_NET, i, "send-bytes", texts[3]));
}

static void
percentiles (const struct guest *guest, const char *const *names,
             char median[FORMAT_BYTES], char most[FORMAT_BYTES])
{
  format_count (median, NUMBER_WIDTH,
                interval_percentile (&guest->interval, names,
                                     PAGE_ALL_BLOCKS, 0.5));
  format_count (most, NUMBER_WIDTH,
                interval_percentile (&guest->interval, names,
                                     PAGE_ALL_BLOCKS, 0.99));
}

/** pane_devices - its disks, networks, and what a world switch takes */
void
pane_devices (struct pane *pane, const struct guest *guest, unsigned lines)
{
  char median[FORMAT_BYTES], most[FORMAT_BYTES];
  size_t i;

  pane->count = 0;
  if (!guest->now)
    return;
  percentiles (guest, interval_switch_histograms, median, most);
  add (pane, lines, _("cycles/exit p50 %s  p99 %s"), median, most);
  for (i = 0; pane->count < lines
       && i < lguest_status_devices (guest->now->status, LGUEST_DISK); i++)
    add_disk (pane, guest, i, lines);
  for (i = 0; pane->count < lines
       && i < lguest_status_devices (guest->now->status, LGUEST_NET); i++)
    add_net (pane, guest, i, lines);
}

/** pane_latency - how long it was where, by its histograms */
void
pane_latency (struct pane *pane, const struct guest *guest, unsigned lines)
{
  static const char prefix[] = "latency.";
  struct lguest_statistics_descriptor descriptor;
  char median[FORMAT_BYTES], most[FORMAT_BYTES];
  uint32_t i;

  pane->count = 0;
  if (!guest->now || !guest->now->page.bytes)
    return;
  percentiles (guest, interval_switch_histograms, median, most);
  /* As wide as the lines below. */
  add (pane, lines, _("cycles          p50    p99"));
  add (pane, lines, _("world switch %6s %6s"), median, most);
  for (i = 0; i < guest->now->page.header.descriptors; i++)
    {
      const char *const names[] = { descriptor.name, NULL };
      char name[LGUEST_STATISTICS_NAME_SIZE * 4], fitted[64];

      if (!page_descriptor (&guest->now->page, i, &descriptor)
          || descriptor.kind != LGUEST_STATISTICS_HISTOGRAM
          || strncmp (descriptor.name, prefix, strlen (prefix)) != 0)
        continue;
      percentiles (guest, names, median, most);
      text_clean (name, sizeof name, descriptor.name + strlen (prefix));
      text_fit (fitted, sizeof fitted, name, 12, true);
      add (pane, lines, "%s %6s %6s", fitted, median, most);
    }
}
