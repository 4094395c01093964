/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iobench.c - what disks and networks cost; for run-devices.
 *
 * In the host:
 *   iobench now             the time, in ns
 *   iobench fill FILE MIB   a file with contents that halve when compressed
 *   iobench serve PORT      take NET_BYTES from who comes, and give as many
 *
 * As process 1 of a guest: what the kernel's word "iobench" says, then power
 * off.  WORK is a list, with commas between:
 *   disk:NAME:FILE          read FILE in order, and in 4 KiB pieces at random
 *   once:NAME:FILE          read 4 KiB of each chunk of 64 KiB once, at random
 *   net:NAME:ADDRESS:PORT   to and from a server
 *
 * Each figure is a line "@io NAME NANOSECONDS TIMES".  The emulated host's time
 * goes by an instruction per ns, so the first number is that of instructions,
 * of all programs and kernels together.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#define MIB (1u << 20)
#define PIECE 4096
#define CHUNK 65536
#define RANDOM_READS 2000
#define NET_BYTES (32 * MIB)

static _Alignas (PIECE) uint8_t buffer[MIB];

static uint64_t
now (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (uint64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

static uint64_t
next (uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static int
die (const char *what)
{
  printf ("iobench: %s: %s\n", what, strerror (errno));
  return 1;
}

static void
tell (const char *name, const char *what, uint64_t ns, uint64_t times)
{
  printf ("@io %s-%s %llu %llu\n", name, what, (unsigned long long) ns,
          (unsigned long long) times);
}

static int
open_disk (const char *file, uint64_t *size)
{
  const int fd = open (file, O_RDONLY | O_DIRECT);

  if (fd >= 0 && ioctl (fd, BLKGETSIZE64, size) == 0)
    return fd;
  die (file);
  return -1;
}

static void
read_disk (const char *name, const char *file)
{
  uint64_t size, start, at, random = 88172645463325252u;
  const int fd = open_disk (file, &size);
  unsigned i;

  if (fd < 0)
    return;
  /* Once before, so that the host has it in memory. */
  for (at = 0; at < size; at += MIB)
    if (pread (fd, buffer, MIB, at) <= 0)
      die (file);
  start = now (CLOCK_MONOTONIC);
  for (at = 0; at < size; at += MIB)
    if (pread (fd, buffer, MIB, at) <= 0)
      die (file);
  tell (name, "sequential-MiB", now (CLOCK_MONOTONIC) - start, size / MIB);
  start = now (CLOCK_MONOTONIC);
  for (i = 0; i < RANDOM_READS; i++)
    if (pread (fd, buffer, PIECE, next (&random) % (size / PIECE) * PIECE)
        != PIECE)
      die (file);
  tell (name, "random-4KiB", now (CLOCK_MONOTONIC) - start, RANDOM_READS);
  close (fd);
}

static void
read_once (const char *name, const char *file)
{
  static uint32_t order[65536];
  uint64_t size, start, random = 88172645463325252u;
  const int fd = open_disk (file, &size);
  uint32_t i, count;

  if (fd < 0)
    return;
  count = size / CHUNK < 65536 ? size / CHUNK : 65536;
  for (i = 0; i < count; i++)
    order[i] = i;
  for (i = count; i > 1; i--)
    {
      const uint32_t other = next (&random) % i, saved = order[i - 1];

      order[i - 1] = order[other];
      order[other] = saved;
    }
  start = now (CLOCK_MONOTONIC);
  for (i = 0; i < count; i++)
    if (pread (fd, buffer, PIECE, (uint64_t) order[i] * CHUNK
               + next (&random) % (CHUNK / PIECE) * PIECE) != PIECE)
      die (file);
  tell (name, "random-4KiB", now (CLOCK_MONOTONIC) - start, count);
  close (fd);
}

static bool
move (int fd, bool out)
{
  size_t done = 0;

  while (done < NET_BYTES)
    {
      const ssize_t n = out ? send (fd, buffer, sizeof buffer, 0)
        : recv (fd, buffer, sizeof buffer, 0);

      if (n <= 0)
        return false;
      done += n;
    }
  return true;
}

static void
talk (const char *name, const char *host, const char *port)
{
  struct sockaddr_in address
    = { .sin_family = AF_INET, .sin_port = htons (atoi (port)) };
  const int fd = socket (AF_INET, SOCK_STREAM, 0);
  uint64_t start;

  inet_pton (AF_INET, host, &address.sin_addr);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      die (host);
      return;
    }
  start = now (CLOCK_MONOTONIC);
  if (!move (fd, true) || recv (fd, buffer, 1, 0) != 1)
    die ("send");
  tell (name, "send-MiB", now (CLOCK_MONOTONIC) - start, NET_BYTES / MIB);
  start = now (CLOCK_MONOTONIC);
  if (send (fd, buffer, 1, 0) != 1 || !move (fd, false))
    die ("receive");
  tell (name, "receive-MiB", now (CLOCK_MONOTONIC) - start,
        NET_BYTES / MIB);
  close (fd);
}

static int
serve (const char *port)
{
  struct sockaddr_in address
    = { .sin_family = AF_INET, .sin_port = htons (atoi (port)) };
  const int listener = socket (AF_INET, SOCK_STREAM, 0), yes = 1;
  int fd;

  setsockopt (listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0
      || listen (listener, 1) != 0)
    return die ("serve");
  while ((fd = accept (listener, NULL, NULL)) >= 0)
    {
      if (!move (fd, false) || send (fd, buffer, 1, 0) != 1
          || recv (fd, buffer, 1, 0) != 1 || !move (fd, true))
        die ("serve");
      close (fd);
    }
  return 1;
}

static int
fill (const char *file, unsigned mebibytes)
{
  const int fd = open (file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  uint64_t random = 1;
  unsigned i, j;

  for (i = 0; i < mebibytes; i++)
    {
      /* Half of each piece is random, and half repeats. */
      for (j = 0; j < sizeof buffer; j += 8)
        {
          const uint64_t word = j % 64 < 32 ? next (&random) : j / 4096;

          memcpy (buffer + j, &word, 8);
        }
      if (write (fd, buffer, sizeof buffer) != sizeof buffer)
        return die (file);
    }
  return close (fd);
}

/* Process 1. */
static void
work (char *list)
{
  char *one, *rest;

  mount ("dev", "/dev", "devtmpfs", 0, NULL);
  while ((one = strsep (&list, ",")))
    {
      const char *kind = strtok_r (one, ":", &rest);
      const char *name = strtok_r (NULL, ":", &rest);
      const char *what = strtok_r (NULL, ":", &rest);

      if (!kind || !name || !what)
        continue;
      if (strcmp (kind, "disk") == 0)
        read_disk (name, what);
      else if (strcmp (kind, "once") == 0)
        read_once (name, what);
      else if (strcmp (kind, "net") == 0)
        talk (name, what, rest);
      fflush (stdout);
    }
}

int
main (int argc, char **argv)
{
  char *list = getenv ("iobench");

  if (getpid () == 1)
    {
      printf ("@init %llu\n", (unsigned long long) now (CLOCK_REALTIME));
      if (list)
        work (list);
      fflush (stdout);
      sync ();
      reboot (RB_POWER_OFF);
      reboot (RB_AUTOBOOT);
      return 1;
    }
  if (argc == 2 && strcmp (argv[1], "now") == 0)
    return printf ("@now %llu\n", (unsigned long long) now (CLOCK_REALTIME))
      < 0;
  if (argc == 3 && strcmp (argv[1], "serve") == 0)
    return serve (argv[2]);
  if (argc == 4 && strcmp (argv[1], "fill") == 0)
    return fill (argv[2], atoi (argv[3]));
  return 2;
}
