/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec/relay.h - between a command in a guest and who has asked for it.
 */
#ifndef EXEC_RELAY_H
#define EXEC_RELAY_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * struct relay_end - how it has ended
 * @started: the command has run
 * @ended: and has told its status
 * @status: see there
 * @signal: we were told to end by this signal, twice; or 0
 */
struct relay_end
{
  bool started;
  bool ended;
  int status;
  int signal;
};

bool relay_block_signals (sigset_t *before);
bool relay_run (int line, struct relay_end *end);

#endif /* EXEC_RELAY_H */
