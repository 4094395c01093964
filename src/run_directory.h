/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_directory.h - a running Guest's folder: its name is taken by it.
 */
#ifndef RUN_DIRECTORY_H
#define RUN_DIRECTORY_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

/**
 * struct run_directory - RUN/NAME
 * @path: of it; allocated
 * @parent: RUN, an open folder
 * @fd: itself, an open folder
 * @lock: an open file; as long as it is locked, the name is taken
 * @name: of the Guest
 * @guard: a process that removes it for us; 0: none
 * @guarded: open as long as it shall wait
 */
struct run_directory
{
  char *path;
  int parent;
  int fd;
  int lock;
  const char *name;
  pid_t guard;
  int guarded;
};

bool run_directory_create (struct run_directory *directory, const char *name,
                           struct failure *failure);
bool run_directory_guard (struct run_directory *directory,
                          struct failure *failure);
void run_directory_remove (struct run_directory *directory);

#endif /* RUN_DIRECTORY_H */
