/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child.h - other programs that lguest starts.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* As many file descriptors can be given, with numbers below CHILD_FD_END. */
#define CHILD_FDS_MAX 8
#define CHILD_FD_END 10

/* A file descriptor of ours, and its number in the child. */
struct child_fd
{
  int ours;
  int child;
};

bool child_start (pid_t *pid, const char *program, char *const *arguments,
                  const struct child_fd *fds, unsigned count);
int child_wait (pid_t pid);

#endif /* CHILD_H */
