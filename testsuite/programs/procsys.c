/* procsys.c - every file below /proc and /sys that can be read is read.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#define _GNU_SOURCE
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_LIMIT = 1 << 20, DEPTH_LIMIT = 12 };

static long files, bytes, directories, refused;

/* What waits for news, or has side effects when read.  */
static int
is_left_out (const char *path)
{
  static const char *const names[] = {
    "/proc/kmsg", "/proc/kcore", "/proc/kpage", "/proc/sysrq-trigger",
    "/sys/kernel/debug", "/sys/kernel/tracing", "/proc/sys/net/ipv6/conf",
    NULL
  };
  size_t length = strlen (path);
  int i;

  for (i = 0; names[i] != NULL; i++)
    if (strncmp (path, names[i], strlen (names[i])) == 0)
      return 1;
  return strstr (path, "/clear_refs") != NULL
    || strstr (path, "/pagemap") != NULL
    || strcmp (path + length - 4, "/mem") == 0;
}

static void
read_all (const char *path)
{
  static char buffer[65536];
  long total = 0;
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  ssize_t n;

  if (fd < 0)
    {
      refused++;
      return;
    }
  while (total < FILE_LIMIT && (n = read (fd, buffer, sizeof buffer)) > 0)
    total += n;
  close (fd);
  files++;
  bytes += total;
}

static void
walk (const char *path, int depth, pid_t self)
{
  DIR *directory;
  struct dirent *entry;

  if (depth > DEPTH_LIMIT || (directory = opendir (path)) == NULL)
    return;
  directories++;
  while ((entry = readdir (directory)) != NULL)
    {
      char name[1024];
      struct stat status;

      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
	continue;
      if (snprintf (name, sizeof name, "%s/%s", path, entry->d_name)
	  >= (int) sizeof name || is_left_out (name)
	  || lstat (name, &status) < 0)
	continue;
      /* Of all processes, this one and init are enough.  */
      if (depth == 0 && strcmp (path, "/proc") == 0
	  && atoi (entry->d_name) > 1 && atoi (entry->d_name) != self)
	continue;
      if (S_ISDIR (status.st_mode))
	walk (name, depth + 1, self);
      else if (S_ISREG (status.st_mode) && (status.st_mode & 0444))
	read_all (name);
      else if (S_ISLNK (status.st_mode))
	{
	  char target[1024];

	  if (readlink (name, target, sizeof target) < 0)
	    refused++;
	}
    }
  closedir (directory);
}

/* TEXT is in the file at PATH.  */
static void
check_contains (const char *name, const char *path, const char *text)
{
  static char buffer[65536];
  int fd = open (path, O_RDONLY);
  ssize_t n = 0, got;

  while (fd >= 0 && n < (ssize_t) sizeof buffer - 1
	 && (got = read (fd, buffer + n, sizeof buffer - 1 - n)) > 0)
    n += got;
  buffer[n > 0 ? n : 0] = 0;
  close (fd);
  check (strstr (buffer, text) != NULL, name, "no `%s' in %s", text, path);
}

int
main (void)
{
  check_start ("procsys", 9, 300);
  walk ("/proc", 0, getpid ());
  check (files > 100 && bytes > 10000, "proc", "%ld files, %ld bytes", files,
	 bytes);
  check (directories > 20, "proc-directories", "%ld", directories);
  files = bytes = directories = 0;
  walk ("/sys", 0, getpid ());
  check (files > 100 && bytes > 1000, "sys", "%ld files, %ld bytes", files,
	 bytes);
  check (directories > 50, "sys-directories", "%ld", directories);
  check_contains ("cpuinfo", "/proc/cpuinfo", "model name");
  check_contains ("meminfo", "/proc/meminfo", "MemTotal:");
  check_contains ("stat", "/proc/stat", "ctxt ");
  check_contains ("maps", "/proc/self/maps", "[stack]");
  check_contains ("interrupts", "/proc/interrupts", "CPU0");
  return check_end ();
}
