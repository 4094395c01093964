/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.c - what /proc tells of a launcher, and of the machine.
 */
#include <config.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "top/process.h"

#define FILE_BYTES 4096
#define NANOSECONDS 1000000000

/* Threads beyond this are not looked at one by one. */
#define TASKS_MAX 1024

/* What the launcher calls the threads of its vcpus. */
#define VCPU_THREAD "vcpu "

/* Fields of /proc/PID/stat behind the name, the first being the state. */
#define STAT_USER_TICKS 11
#define STAT_SYSTEM_TICKS 12
#define STAT_START 19

/* A whole small file; false if it cannot be read. */
static bool
read_file (const char *path, char text[FILE_BYTES])
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = -1;

  if (fd >= 0)
    {
      n = read (fd, text, FILE_BYTES - 1);
      close (fd);
    }
  text[n > 0 ? n : 0] = '\0';
  return n > 0;
}

/**
 * process_parse_stat - understand /proc/PID/stat
 * @name: of the process or thread, which may have anything in it
 * @ticks: of processor time
 * @start: in ticks since the machine started
 */
bool
process_parse_stat (const char *text, char *name, size_t size,
                    uint64_t *ticks, uint64_t *start)
{
  const char *begin = strchr (text, '('), *end = strrchr (text, ')');
  unsigned field;

  if (!begin || !end || end < begin)
    return false;
  snprintf (name, size, "%.*s", (int) (end - begin - 1), begin + 1);
  *ticks = *start = 0;
  for (field = 0, end++; *end == ' '; field++)
    {
      const char *word = end + 1;

      if (field == STAT_USER_TICKS || field == STAT_SYSTEM_TICKS)
        *ticks += strtoull (word, NULL, 10);
      else if (field == STAT_START)
        {
          *start = strtoull (word, NULL, 10);
          return true;
        }
      end = word + strcspn (word, " ");
    }
  return false;
}

static uint64_t
nanoseconds (uint64_t ticks)
{
  static long per_second;

  if (!per_second)
    per_second = sysconf (_SC_CLK_TCK) > 0 ? sysconf (_SC_CLK_TCK) : 100;
  return ticks * (NANOSECONDS / per_second);
}

/* Threads that are vcpus say so by their names. */
static void
read_tasks (struct process *process)
{
  char path[300], text[FILE_BYTES], name[64];
  struct dirent *entry;
  unsigned tasks = 0;
  uint64_t ticks, start;
  DIR *directory;

  snprintf (path, sizeof path, "/proc/%ld/task", (long) process->pid);
  directory = opendir (path);
  if (!directory)
    return;
  while (tasks++ < TASKS_MAX && (entry = readdir (directory)))
    {
      char *end;
      unsigned long vcpu;

      if (entry->d_name[0] == '.')
        continue;
      snprintf (path, sizeof path, "/proc/%ld/task/%s/stat",
                (long) process->pid, entry->d_name);
      if (!read_file (path, text)
          || !process_parse_stat (text, name, sizeof name, &ticks, &start)
          || strncmp (name, VCPU_THREAD, strlen (VCPU_THREAD)) != 0)
        continue;
      vcpu = strtoul (name + strlen (VCPU_THREAD), &end, 10);
      if (*end || vcpu >= PROCESS_VCPUS_MAX)
        continue;
      process->vcpu_ns[vcpu] = nanoseconds (ticks);
      if (vcpu >= process->vcpu_count)
        process->vcpu_count = vcpu + 1;
    }
  closedir (directory);
}

/** process_read - look at a process; false if it is not there */
bool
process_read (struct process *process, pid_t pid)
{
  char path[64], text[FILE_BYTES], name[64];
  unsigned long long pages;
  uint64_t ticks;

  memset (process, 0, sizeof *process);
  snprintf (path, sizeof path, "/proc/%ld/stat", (long) pid);
  if (!read_file (path, text)
      || !process_parse_stat (text, name, sizeof name, &ticks,
                              &process->start))
    return false;
  process->pid = pid;
  process->cpu_ns = nanoseconds (ticks);
  snprintf (path, sizeof path, "/proc/%ld/statm", (long) pid);
  if (read_file (path, text) && sscanf (text, "%*u %llu", &pages) == 1)
    process->resident = pages * sysconf (_SC_PAGESIZE);
  read_tasks (process);
  return true;
}

/* A line of /proc/meminfo, in bytes. */
static uint64_t
memory_line (const char *text, const char *name)
{
  const char *line = strstr (text, name);

  return line ? strtoull (line + strlen (name), NULL, 10) * 1024 : 0;
}

/** machine_load_read - what /proc says of the machine; 0 what it does not */
void
machine_load_read (struct machine_load *load)
{
  const long processors = sysconf (_SC_NPROCESSORS_ONLN);
  char text[FILE_BYTES];
  uint64_t available;

  memset (load, 0, sizeof *load);
  load->processors = processors > 0 ? processors : 1;
  if (read_file ("/proc/uptime", text))
    load->uptime = strtod (text, NULL);
  if (read_file ("/proc/loadavg", text))
    load->load = strtod (text, NULL);
  if (read_file ("/proc/meminfo", text))
    {
      load->memory = memory_line (text, "MemTotal:");
      available = memory_line (text, "MemAvailable:");
      if (available <= load->memory)
        load->memory_used = load->memory - available;
    }
}
