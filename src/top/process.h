/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.h - what /proc tells of a launcher, and of the machine.
 */
#ifndef TOP_PROCESS_H
#define TOP_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Threads that are looked at. */
#define PROCESS_VCPUS_MAX 256

/**
 * struct process - a launcher
 * @pid: of it; 0 if /proc did not tell
 * @start: when it started, in ticks since the machine's; with @pid, no other
 *   process is the same
 * @cpu_ns: processor time of all its threads, ended ones as well
 * @resident: bytes of memory that it has
 * @vcpu_count: threads called "vcpu 0" and so on; the highest number plus 1
 * @vcpu_ns: processor time of each
 */
struct process
{
  pid_t pid;
  uint64_t start;
  uint64_t cpu_ns;
  uint64_t resident;
  unsigned vcpu_count;
  uint64_t vcpu_ns[PROCESS_VCPUS_MAX];
};

/**
 * struct machine_load - the machine that all this runs on
 * @processors: online
 * @uptime: seconds
 * @load: average of a minute
 * @memory, @memory_used: bytes
 */
struct machine_load
{
  unsigned processors;
  double uptime;
  double load;
  uint64_t memory;
  uint64_t memory_used;
};

bool process_read (struct process *process, pid_t pid);
bool process_parse_stat (const char *text, char *name, size_t size,
                         uint64_t *ticks, uint64_t *start);
void machine_load_read (struct machine_load *load);

#endif /* TOP_PROCESS_H */
