/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launcher.h - one Guest from its start to its end.
 */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include <sys/types.h>
#include <time.h>

#include "control.h"
#include "machine.h"
#include "options.h"
#include "run_directory.h"
#include "snapshot/saver.h"
#include "statistics_file.h"

/* What the launcher does about a Guest that somebody wants to end. */
enum launcher_stop
{
  STOP_NONE,
  STOP_BUTTON,                  /* its driver was told */
  STOP_SYNC,                    /* by SysRq: disks are being written */
  STOP_READ_ONLY,               /* ... and file systems become read-only */
  STOP_OFF,                     /* ... and power goes off */
};

/**
 * struct launcher - all of it
 * @machine: the Guest
 * @options: what the user wants
 * @name: of the Guest, its own or one that we have given it
 * @directory, @control: how others find and control it; only if @controlled
 * @signals: a signalfd
 * @timer: a timerfd, for --timeout
 * @stop_timer: a timerfd, for @stop
 * @stop: how far we are with asking the Guest to end
 * @refresh_timer: a timerfd: how long clients wait for the Guest's answer
 * @resetting: the Guest is being ended because it shall start again
 * @restarts: how often it has started again
 * @started: when we did, in seconds since 1970
 * @started_monotonic: the same, on the clock that nobody sets
 * @refused: rung when a thread has made a forbidden system call
 * @null: /dev/null, for a launcher in the background
 * @statistics: counters to hand out to clients
 * @configuration: the options, as a file that gives them again; NULL: unknown
 * @saver: makes snapshots
 * @saving: it does just now; the Guest is paused
 * @resume_then, @stop_then: what follows
 */
struct launcher
{
  struct machine machine;
  struct options *options;
  char name[OPTIONS_NAME_MAX + 1];
  struct run_directory directory;
  struct control control;
  bool controlled;
  struct event_source signals;
  struct event_source timer;
  struct event_source stop_timer;
  struct event_source refresh_timer;
  enum launcher_stop stop;
  bool resetting;
  unsigned restarts;
  time_t started;
  struct timespec started_monotonic;
  struct event_source refused;
  int null;
  struct statistics_file statistics;
  char *configuration;
  struct saver saver;
  bool saving;
  bool resume_then;
  bool stop_then;
};

int launcher_run (struct options *options,
                  const struct timespec *started, int ready);

/* For requests, in the main thread. */
bool launcher_ask_to_stop (struct launcher *launcher);
void launcher_reset (struct launcher *launcher);
void launcher_resume (struct launcher *launcher);
bool launcher_sysrq (struct launcher *launcher, char key);
bool launcher_set_timeout (struct launcher *launcher, unsigned seconds,
                           struct failure *failure);

#endif /* LAUNCHER_H */
