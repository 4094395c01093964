/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns.c - the columns of each view.
 *
 * Their titles and names are words of an interface, in any language.
 */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "top/view.h"

static void
set_text (struct cell *cell, const char *text)
{
  cell->kind = text && *text ? CELL_TEXT : CELL_NONE;
  cell->text = text;
}

static void
set_number (struct cell *cell, enum cell_kind kind, double number)
{
  cell->kind = kind;
  cell->number = number;
}

static const struct lguest_status *
status_of (const struct row *row)
{
  return row->guest->now ? row->guest->now->status : NULL;
}

/*
 * Guests.
 */

static void
get_name (const struct row *row, const struct look *look, struct cell *cell)
{
  (void) look;
  set_text (cell, row->guest->name);
}

static void
get_state (const struct row *row, const struct look *look, struct cell *cell)
{
  cell->kind = CELL_TEXT;
  if (look->programs)
    cell->text = guest_state_name (row->guest);
  else
    {
      cell->buffer[0] = guest_state_letter (row->guest);
      cell->buffer[1] = '\0';
    }
}

#define STATUS_COLUMN(function, kind, value)                            \
  static void                                                           \
  function (const struct row *row, const struct look *look,             \
            struct cell *cell)                                          \
  {                                                                     \
    const struct lguest_status *status = status_of (row);               \
                                                                        \
    (void) look;                                                        \
    if (status)                                                         \
      set_number (cell, kind, value);                                   \
  }

STATUS_COLUMN (get_vcpus, CELL_COUNT, lguest_status_vcpus (status))
STATUS_COLUMN (get_memory, CELL_BYTES, lguest_status_memory (status))
STATUS_COLUMN (get_pid, CELL_COUNT, lguest_status_pid (status))
STATUS_COLUMN (get_restarts, CELL_COUNT, lguest_status_restarts (status))
STATUS_COLUMN (get_uptime, CELL_SECONDS,
               lguest_status_uptime_ms (status) / 1e3)
STATUS_COLUMN (get_resident, CELL_BYTES,
               row->guest->now->process.pid
               ? row->guest->now->process.resident : NAN)

#define INTERVAL_COLUMN(function, kind, value)                          \
  static void                                                           \
  function (const struct row *row, const struct look *look,             \
            struct cell *cell)                                          \
  {                                                                     \
    const struct interval *interval = &row->guest->interval;            \
                                                                        \
    (void) look;                                                        \
    set_number (cell, kind, value);                                     \
  }

INTERVAL_COLUMN (get_cpu, CELL_PART, interval_cpu (interval))
INTERVAL_COLUMN (get_guest_time, CELL_PART,
                 interval_share (interval, "time.guest", PAGE_ALL_BLOCKS))
INTERVAL_COLUMN (get_switch_time, CELL_PART,
                 interval_share (interval, "time.host", PAGE_ALL_BLOCKS))
INTERVAL_COLUMN (get_exits, CELL_COUNT,
                 interval_rate (interval, "exit.", PAGE_ALL_BLOCKS))
INTERVAL_COLUMN (get_faults, CELL_COUNT,
                 interval_rate (interval, "fault.", PAGE_ALL_BLOCKS))

/* Of all devices of a kind. */
static void
sum_devices (const struct row *row, enum lguest_device_kind kind,
             const char *key, enum cell_kind cell_kind, struct cell *cell)
{
  const struct lguest_status *status = status_of (row);
  size_t i, count;

  if (!status)
    return;
  cell->kind = cell_kind;
  count = lguest_status_devices (status, kind);
  for (i = 0; i < count && i < VIEW_ROWS_PER_GUEST_MAX; i++)
    {
      const double rate = interval_device_rate (&row->guest->interval, kind,
                                                i, key);

      if (!isnan (rate))
        cell->number = isnan (cell->number) ? rate : cell->number + rate;
    }
}

#define TRAFFIC_COLUMN(function, device, bytes, packets)                \
  static void                                                           \
  function (const struct row *row, const struct look *look,             \
            struct cell *cell)                                          \
  {                                                                     \
    sum_devices (row, device,                                           \
                 look->requests ? packets : bytes,                      \
                 look->requests ? CELL_COUNT : CELL_BYTES, cell);       \
  }

TRAFFIC_COLUMN (get_read, LGUEST_DISK, "read-bytes", "read-requests")
TRAFFIC_COLUMN (get_write, LGUEST_DISK, "write-bytes", "write-requests")
TRAFFIC_COLUMN (get_receive, LGUEST_NET, "receive-bytes", "receive-packets")
TRAFFIC_COLUMN (get_send, LGUEST_NET, "send-bytes", "send-packets")

static const struct column guest_columns[] =
{
  { "NAME", "name", 10, true, get_name },
  { "S", "state", 1, true, get_state },
  { "VC", "vcpus", 2, false, get_vcpus },
  { "%CPU", "cpu", 5, false, get_cpu },
  { "%SW", "switch", 4, false, get_switch_time },
  { "MEM", "memory", 4, false, get_memory },
  { "RES", "resident", 4, false, get_resident },
  { "EXIT/s", "exits", 6, false, get_exits },
  { "PGF/s", "faults", 5, false, get_faults },
  { "RD/s", "read", 5, false, get_read },
  { "WR/s", "write", 5, false, get_write },
  { "RX/s", "receive", 5, false, get_receive },
  { "TX/s", "send", 5, false, get_send },
  { "UP", "uptime", 5, false, get_uptime },
  { "%GST", "guest", 5, false, get_guest_time },
  { "PID", "pid", COLUMN_HIDDEN, false, get_pid },
  { "RESTARTS", "restarts", COLUMN_HIDDEN, false, get_restarts },
  { NULL, NULL, 0, false, NULL },
};

/*
 * Vcpus.
 */

static void
get_index (const struct row *row, const struct look *look, struct cell *cell)
{
  (void) look;
  set_number (cell, CELL_COUNT, row->index);
}

/* Block 0 is nobody's. */
#define VCPU_BLOCK (row->index + 1)

INTERVAL_COLUMN (get_vcpu_cpu, CELL_PART,
                 interval_vcpu_cpu (interval, row->index))
INTERVAL_COLUMN (get_vcpu_guest, CELL_PART,
                 interval_share (interval, "time.guest", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_switch, CELL_PART,
                 interval_share (interval, "time.host", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_halted, CELL_PART,
                 interval_share (interval, "time.halted", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_off, CELL_PART,
                 interval_share (interval, "time.off", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_launcher, CELL_PART,
                 interval_share (interval, "time.launcher", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_exits, CELL_COUNT,
                 interval_rate (interval, "exit.", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_hypercalls, CELL_COUNT,
                 interval_rate (interval, "hypercall.", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_faults, CELL_COUNT,
                 interval_rate (interval, "fault.", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_injected, CELL_COUNT,
                 interval_rate (interval, "inject.", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_kicks, CELL_COUNT,
                 interval_rate (interval, "kick.", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_direct, CELL_COUNT,
                 interval_rate (interval, "direct.system_call", VCPU_BLOCK))
INTERVAL_COLUMN (get_vcpu_median, CELL_COUNT,
                 interval_percentile (interval, interval_switch_histograms,
                                      VCPU_BLOCK, 0.5))
INTERVAL_COLUMN (get_vcpu_p99, CELL_COUNT,
                 interval_percentile (interval, interval_switch_histograms,
                                      VCPU_BLOCK, 0.99))

static const struct column vcpu_columns[] =
{
  { "NAME", "name", 10, true, get_name },
  { "VCPU", "vcpu", 4, false, get_index },
  { "%CPU", "cpu", 5, false, get_vcpu_cpu },
  { "%GST", "guest", 5, false, get_vcpu_guest },
  { "%SW", "switch", 4, false, get_vcpu_switch },
  { "%HLT", "halted", 5, false, get_vcpu_halted },
  { "%OFF", "off", 5, false, get_vcpu_off },
  { "EXIT/s", "exits", 6, false, get_vcpu_exits },
  { "CALL/s", "hypercalls", 6, false, get_vcpu_hypercalls },
  { "PGF/s", "faults", 5, false, get_vcpu_faults },
  { "INJ/s", "injected", 5, false, get_vcpu_injected },
  { "KICK/s", "kicks", 6, false, get_vcpu_kicks },
  { "SYSC/s", "direct", 6, false, get_vcpu_direct },
  { "P50", "p50", 5, false, get_vcpu_median },
  { "P99", "p99", 5, false, get_vcpu_p99 },
  { "%LNC", "launcher", 5, false, get_vcpu_launcher },
  { NULL, NULL, 0, false, NULL },
};

/*
 * Networks and disks.
 */

#define DEVICE_TEXT_COLUMN(function, device, key)                       \
  static void                                                           \
  function (const struct row *row, const struct look *look,             \
            struct cell *cell)                                          \
  {                                                                     \
    const struct lguest_status *status = status_of (row);               \
                                                                        \
    (void) look;                                                        \
    if (status)                                                         \
      set_text (cell, lguest_status_device_text (status, device,        \
                                                 row->index, key));     \
  }

#define DEVICE_RATE_COLUMN(function, device, kind, key)                 \
  INTERVAL_COLUMN (function, kind,                                      \
                   interval_device_rate (interval, device, row->index,  \
                                         key))

DEVICE_TEXT_COLUMN (get_net_name, LGUEST_NET, "name")
DEVICE_TEXT_COLUMN (get_net_type, LGUEST_NET, "type")
DEVICE_TEXT_COLUMN (get_net_interface, LGUEST_NET, "interface")
DEVICE_TEXT_COLUMN (get_net_bridge, LGUEST_NET, "bridge")
DEVICE_TEXT_COLUMN (get_net_mac, LGUEST_NET, "mac")
DEVICE_RATE_COLUMN (get_rx_bytes, LGUEST_NET, CELL_BYTES, "receive-bytes")
DEVICE_RATE_COLUMN (get_rx_packets, LGUEST_NET, CELL_COUNT, "receive-packets")
DEVICE_RATE_COLUMN (get_rx_drops, LGUEST_NET, CELL_COUNT, "receive-drops")
DEVICE_RATE_COLUMN (get_tx_bytes, LGUEST_NET, CELL_BYTES, "send-bytes")
DEVICE_RATE_COLUMN (get_tx_packets, LGUEST_NET, CELL_COUNT, "send-packets")
DEVICE_RATE_COLUMN (get_tx_drops, LGUEST_NET, CELL_COUNT, "send-drops")

static const struct column net_columns[] =
{
  { "NAME", "name", 10, true, get_name },
  { "NET", "net", 5, true, get_net_name },
  { "RX/s", "receive", 6, false, get_rx_bytes },
  { "RXPK/s", "receive_packets", 6, false, get_rx_packets },
  { "RXDR/s", "receive_drops", 6, false, get_rx_drops },
  { "TX/s", "send", 6, false, get_tx_bytes },
  { "TXPK/s", "send_packets", 6, false, get_tx_packets },
  { "TXDR/s", "send_drops", 6, false, get_tx_drops },
  { "TYPE", "type", 5, true, get_net_type },
  { "IF", "interface", 8, true, get_net_interface },
  { "BRIDGE", "bridge", 8, true, get_net_bridge },
  { "MAC", "mac", 17, true, get_net_mac },
  { NULL, NULL, 0, false, NULL },
};

DEVICE_TEXT_COLUMN (get_disk_name, LGUEST_DISK, "name")
DEVICE_TEXT_COLUMN (get_disk_path, LGUEST_DISK, "path")
DEVICE_TEXT_COLUMN (get_disk_format, LGUEST_DISK, "format")
DEVICE_TEXT_COLUMN (get_disk_mode, LGUEST_DISK, "mode")
DEVICE_RATE_COLUMN (get_rd_requests, LGUEST_DISK, CELL_COUNT, "read-requests")
DEVICE_RATE_COLUMN (get_rd_bytes, LGUEST_DISK, CELL_BYTES, "read-bytes")
DEVICE_RATE_COLUMN (get_wr_requests, LGUEST_DISK, CELL_COUNT,
                    "write-requests")
DEVICE_RATE_COLUMN (get_wr_bytes, LGUEST_DISK, CELL_BYTES, "write-bytes")
DEVICE_RATE_COLUMN (get_flushes, LGUEST_DISK, CELL_COUNT, "flush-requests")

/* How long a request took, as the average. */
static void
set_latency (const struct row *row, const char *time, const char *requests,
             struct cell *cell)
{
  const double ns = interval_device_rate (&row->guest->interval, LGUEST_DISK,
                                          row->index, time);
  const double count = interval_device_rate (&row->guest->interval,
                                             LGUEST_DISK, row->index,
                                             requests);

  if (count > 0)
    set_number (cell, CELL_COUNT, ns / count / 1e3);
}

static void
get_rd_latency (const struct row *row, const struct look *look,
                struct cell *cell)
{
  (void) look;
  set_latency (row, "read-ns", "read-requests", cell);
}

static void
get_wr_latency (const struct row *row, const struct look *look,
                struct cell *cell)
{
  (void) look;
  set_latency (row, "write-ns", "write-requests", cell);
}

/* Errors are few, and of interest long after. */
static void
get_device_number (const struct row *row, const char *key,
                   enum cell_kind kind, struct cell *cell)
{
  const struct lguest_status *status = status_of (row);
  uint64_t number;

  if (status && lguest_status_device_number (status, LGUEST_DISK, row->index,
                                             key, &number))
    set_number (cell, kind, number);
}

static void
get_errors (const struct row *row, const struct look *look, struct cell *cell)
{
  (void) look;
  get_device_number (row, "errors", CELL_COUNT, cell);
}

static void
get_overlay_bytes (const struct row *row, const struct look *look,
                   struct cell *cell)
{
  (void) look;
  get_device_number (row, "overlay-bytes", CELL_BYTES, cell);
}

static void
get_disk_size (const struct row *row, const struct look *look,
               struct cell *cell)
{
  (void) look;
  get_device_number (row, "size", CELL_BYTES, cell);
}

static void
get_cache_hits (const struct row *row, const struct look *look,
                struct cell *cell)
{
  const double hits = interval_device_rate (&row->guest->interval,
                                            LGUEST_DISK, row->index,
                                            "cache-hits");
  const double misses = interval_device_rate (&row->guest->interval,
                                              LGUEST_DISK, row->index,
                                              "cache-misses");

  (void) look;
  if (hits + misses > 0)
    set_number (cell, CELL_PART, hits / (hits + misses));
}

static const struct column disk_columns[] =
{
  { "NAME", "name", 10, true, get_name },
  { "DISK", "disk", 4, true, get_disk_name },
  { "RD/s", "read_requests", 5, false, get_rd_requests },
  { "RDB/s", "read", 5, false, get_rd_bytes },
  { "RDus", "read_latency", 5, false, get_rd_latency },
  { "WR/s", "write_requests", 5, false, get_wr_requests },
  { "WRB/s", "write", 5, false, get_wr_bytes },
  { "WRus", "write_latency", 5, false, get_wr_latency },
  { "FL/s", "flushes", 4, false, get_flushes },
  { "ERR", "errors", 3, false, get_errors },
  { "PATH", "path", COLUMN_FROM (16), true, get_disk_path },
  { "MODE", "mode", 9, true, get_disk_mode },
  { "FORMAT", "format", 6, true, get_disk_format },
  { "SIZE", "size", 5, false, get_disk_size },
  { "OVER", "overlay", 5, false, get_overlay_bytes },
  { "HIT%", "cache", 5, false, get_cache_hits },
  { NULL, NULL, 0, false, NULL },
};

/*
 * Exits, and all else that is counted.
 */

static bool
descriptor_of (const struct row *row,
               struct lguest_statistics_descriptor *descriptor)
{
  const struct sample *now = row->guest->now;

  return now && now->page.bytes
    && row->index < now->page.header.descriptors
    && page_descriptor (&now->page, row->index, descriptor);
}

static void
get_group (const struct row *row, const struct look *look, struct cell *cell)
{
  struct lguest_statistics_descriptor descriptor;

  (void) look;
  if (!descriptor_of (row, &descriptor))
    return;
  cell->kind = CELL_TEXT;
  snprintf (cell->buffer, sizeof cell->buffer, "%.*s",
            (int) strcspn (descriptor.name, "."), descriptor.name);
}

static void
get_reason (const struct row *row, const struct look *look, struct cell *cell)
{
  struct lguest_statistics_descriptor descriptor;
  const char *dot;

  (void) look;
  if (!descriptor_of (row, &descriptor))
    return;
  dot = strchr (descriptor.name, '.');
  cell->kind = CELL_TEXT;
  snprintf (cell->buffer, sizeof cell->buffer, "%s",
            dot ? dot + 1 : descriptor.name);
}

static double
event_rate (const struct row *row)
{
  struct lguest_statistics_descriptor descriptor;

  if (!descriptor_of (row, &descriptor))
    return NAN;
  return interval_descriptor_rate (&row->guest->interval, &descriptor,
                                   PAGE_ALL_BLOCKS);
}

static void
get_events (const struct row *row, const struct look *look, struct cell *cell)
{
  (void) look;
  set_number (cell, CELL_COUNT, event_rate (row));
}

static void
get_part (const struct row *row, const struct look *look, struct cell *cell)
{
  (void) look;
  if (row->sum > 0)
    set_number (cell, CELL_PART, event_rate (row) / row->sum);
}

static void
get_bar (const struct row *row, const struct look *look, struct cell *cell)
{
  get_part (row, look, cell);
  cell->kind = CELL_BAR;
}

static const struct column exit_columns[] =
{
  { "NAME", "name", 10, true, get_name },
  { "GROUP", "group", 9, true, get_group },
  { "REASON", "reason", 20, true, get_reason },
  { "/s", "rate", 7, false, get_events },
  { "%", "part", 5, false, get_part },
  { "", "bar", COLUMN_REST, true, get_bar },
  { NULL, NULL, 0, false, NULL },
};

const struct view views[VIEWS] =
{
  [VIEW_GUESTS] = { "guests", guest_columns, "cpu" },
  [VIEW_VCPUS] = { "vcpus", vcpu_columns, "name" },
  [VIEW_NETS] = { "nets", net_columns, "name" },
  [VIEW_DISKS] = { "disks", disk_columns, "name" },
  [VIEW_EXITS] = { "exits", exit_columns, "rate" },
};
