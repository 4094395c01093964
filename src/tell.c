/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tell.c - what the launcher says of its Guest when it is asked for its status.
 *
 * <lguest/control.h> tells users about it.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "confine/confine.h"
#include "tell.h"

#define LETTERS 26

static const char *
state_name (struct launcher *launcher)
{
  if (vcpus_paused (&launcher->machine.vcpus))
    return "paused";
  if (launcher->stop != STOP_NONE)
    return "stopping";
  return vcpus_idle (&launcher->machine.vcpus) ? "idle" : "running";
}

static void
tell_consoles (struct launcher *launcher, struct answer *answer)
{
  const struct console *console = &launcher->machine.console;
  unsigned i;

  answer_number (answer, console->port_count, "consoles");
  for (i = 0; i < console->port_count; i++)
    {
      const struct console_line *line = &console->ports[i].line;
      char name[16];

      snprintf (name, sizeof name, "hvc%u", i);
      answer_text (answer, name, "console.%u.name", i);
      answer_text (answer, console_type_name (line->type),
                   "console.%u.type", i);
      answer_text (answer, line->type == LINE_PTY ? line->pty
                   : console_option_path (line->option),
                   "console.%u.path", i);
      answer_text (answer, line->option->log, "console.%u.log", i);
      answer_number (answer, line->read, "console.%u.read-bytes", i);
      answer_number (answer,
                     __atomic_load_n (&line->written, __ATOMIC_RELAXED),
                     "console.%u.write-bytes", i);
      answer_number (answer, line->client_count - (line->type == LINE_PTY),
                     "console.%u.clients", i);
    }
}

static const char *
disk_mode (const struct disk_option *option)
{
  if (option->read_only)
    return "ro";
  if (!option->overlay || strcmp (option->overlay, "none") == 0)
    return "rw";
  return strcmp (option->overlay, "ephemeral") == 0 ? "ephemeral" : "overlay";
}

static void
tell_disk (struct block *disk, const struct disk_option *option, unsigned i,
           struct answer *answer)
{
  const char *mode = disk_mode (option);
  struct block_statistics done;
  char name[16];

  if (i < LETTERS)
    snprintf (name, sizeof name, "vd%c", 'a' + i);
  else
    snprintf (name, sizeof name, "vda%c", 'a' + i - LETTERS);
  answer_text (answer, name, "disk.%u.name", i);
  answer_text (answer, option->file, "disk.%u.path", i);
  answer_text (answer, disk->image->operations->format, "disk.%u.format", i);
  answer_text (answer, mode, "disk.%u.mode", i);
  if (strcmp (mode, "overlay") == 0)
    answer_text (answer, option->overlay, "disk.%u.overlay", i);
  answer_number (answer, disk->image->bytes, "disk.%u.size", i);
  block_statistics (disk, &done);
  answer_number (answer, option->bytes_per_second, "disk.%u.bps", i);
  answer_number (answer, option->requests_per_second, "disk.%u.iops", i);
  answer_number (answer, done.read_bytes, "disk.%u.read-bytes", i);
  answer_number (answer, done.reads, "disk.%u.read-requests", i);
  answer_number (answer, done.read_ns, "disk.%u.read-ns", i);
  answer_number (answer, done.written_bytes, "disk.%u.write-bytes", i);
  answer_number (answer, done.writes, "disk.%u.write-requests", i);
  answer_number (answer, done.write_ns, "disk.%u.write-ns", i);
  answer_number (answer, done.flushes, "disk.%u.flush-requests", i);
  answer_number (answer, done.flush_ns, "disk.%u.flush-ns", i);
  answer_number (answer, done.discards, "disk.%u.discard-requests", i);
  answer_number (answer, done.errors, "disk.%u.errors", i);
}

static void
tell_shares (const struct options *options, struct answer *answer)
{
  unsigned i;

  answer_number (answer, options->share_count, "shares");
  for (i = 0; i < options->share_count; i++)
    {
      const struct share_option *share = &options->shares[i];

      answer_text (answer, options_share_tag (share), "share.%u.name", i);
      answer_text (answer, share->folder, "share.%u.path", i);
      answer_text (answer, share->read_only ? "ro" : "rw", "share.%u.mode",
                   i);
    }
}

static void
tell_net (struct net_card *card, const struct net_option *option, unsigned i,
          struct answer *answer)
{
  const bool user = card->user.backend.receive != NULL;
  char mac[MAC_ADDRESS_TEXT_SIZE], name[16];
  struct net_counters passed;

  snprintf (name, sizeof name, "eth%u", i);
  answer_text (answer, name, "net.%u.name", i);
  answer_text (answer, user ? "user" : "tap", "net.%u.type", i);
  if (!user)
    answer_text (answer, card->tap.name, "net.%u.interface", i);
  if (option)
    {
      answer_text (answer, option->bridge, "net.%u.bridge", i);
      answer_number (answer, option->bytes_per_second, "net.%u.bps", i);
    }
  mac_address_print (&card->settings.mac, mac);
  answer_text (answer, mac, "net.%u.mac", i);
  answer_text (answer, net_link_is_up (&card->net) ? "on" : "off",
               "net.%u.link", i);
  net_get_counters (&card->net, &passed);
  answer_number (answer, passed.received.bytes, "net.%u.receive-bytes", i);
  answer_number (answer, passed.received.packets, "net.%u.receive-packets",
                 i);
  answer_number (answer, passed.received.drops + passed.received.errors,
                 "net.%u.receive-drops", i);
  answer_number (answer, passed.sent.bytes, "net.%u.send-bytes", i);
  answer_number (answer, passed.sent.packets, "net.%u.send-packets", i);
  answer_number (answer, passed.sent.drops + passed.sent.errors,
                 "net.%u.send-drops", i);
}

static void
tell_balloon (struct balloon *balloon, struct answer *answer)
{
  static const char *const names[VIRTIO_BALLOON_S_NR] =
    {
      [VIRTIO_BALLOON_S_SWAP_IN] = "swap-in",
      [VIRTIO_BALLOON_S_SWAP_OUT] = "swap-out",
      [VIRTIO_BALLOON_S_MAJFLT] = "major-faults",
      [VIRTIO_BALLOON_S_MINFLT] = "minor-faults",
      [VIRTIO_BALLOON_S_MEMFREE] = "free",
      [VIRTIO_BALLOON_S_MEMTOT] = "total",
      [VIRTIO_BALLOON_S_AVAIL] = "available",
      [VIRTIO_BALLOON_S_CACHES] = "caches",
    };
  struct balloon_statistics statistics;
  unsigned i;

  balloon_get_statistics (balloon, &statistics);
  answer_number (answer, statistics.target, "balloon.target");
  answer_number (answer, statistics.size, "balloon.size");
  answer_number (answer, statistics.reported, "balloon.reported-bytes");
  for (i = 0; i < VIRTIO_BALLOON_S_NR; i++)
    if (names[i] && statistics.known >> i & 1)
      answer_number (answer, statistics.values[i], "balloon.guest-%s",
                     names[i]);
}

static void
tell_devices (struct launcher *launcher, struct answer *answer)
{
  const struct options *options = launcher->options;
  struct machine *machine = &launcher->machine;
  unsigned i;

  if (options->balloon)
    tell_balloon (&machine->balloon, answer);
  tell_consoles (launcher, answer);
  answer_number (answer, options->disk_count, "disks");
  for (i = 0; i < options->disk_count; i++)
    tell_disk (&machine->disks[i], &options->disks[i], i, answer);
  tell_shares (options, answer);
  answer_number (answer, machine->nets.count, "nets");
  /* Those of --tunnet come last. */
  for (i = 0; i < machine->nets.count; i++)
    tell_net (machine->nets.cards[i],
              i < options->net_count ? &options->nets[i] : NULL, i, answer);
}

/** tell_status - everything; main thread */
void
tell_status (struct launcher *launcher, struct answer *answer)
{
  const struct options *options = launcher->options;
  const struct timespec *start = &launcher->started_monotonic;
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  answer_text (answer, launcher->name, "name");
  answer_number (answer, getpid (), "pid");
  answer_text (answer, state_name (launcher), "state");
  answer_number (answer, launcher->machine.vcpus.count, "vcpus");
  answer_number (answer, options->memory, "memory");
  answer_number (answer, launcher->started, "started");
  answer_number (answer, (uint64_t) (now.tv_sec - start->tv_sec) * 1000
                 + (now.tv_nsec - start->tv_nsec) / 1000000, "uptime-ms");
  answer_number (answer, launcher->restarts, "restarts");
  answer_number (answer, options->timeout, "timeout");
  answer_number (answer, options->nice, "nice");
  answer_text (answer, options->verbose ? "yes" : "no", "verbose");
  answer_text (answer, options->no_reboot ? "yes" : "no", "no-reboot");
  answer_text (answer, options->kernel, "kernel");
  answer_text (answer, options->command_line, "command-line");
  answer_number (answer, geteuid (), "uid");
  answer_text (answer, confine_describe (), "confined");
  tell_devices (launcher, answer);
}
