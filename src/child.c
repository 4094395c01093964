/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child.c - other programs that lguest starts.
 *
 * They get the file descriptors that are meant for them and no other (all of
 * ours close on exec), and signals as a shell would give them.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

/**
 * child_start - start a program
 * @program: its name; without a "/" it is looked for in PATH
 * @arguments: from its own name on, with NULL at the end
 * @fds, @count: what it gets besides standard error (and standard input and
 *   output, if these are not given)
 *
 * Returns false with errno set on failure; ENOENT: it is not installed.
 */
bool
child_start (pid_t *pid, const char *program, char *const *arguments,
             const struct child_fd *fds, unsigned count)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, standard;
  int copies[CHILD_FDS_MAX];
  unsigned i, copied = 0;
  int error = 0;

  sigemptyset (&none);
  sigemptyset (&standard);
  sigaddset (&standard, SIGPIPE);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  /* From copies with high numbers: to set one up must not overwrite what
     another one is to be made from. */
  for (i = 0; i < count && error == 0; i++)
    {
      copies[i] = fcntl (fds[i].ours, F_DUPFD_CLOEXEC, CHILD_FD_END);
      if (copies[i] < 0)
        error = errno;
      else
        {
          copied++;
          error = posix_spawn_file_actions_adddup2 (&actions, copies[i],
                                                    fds[i].child);
        }
    }
  if (error == 0)
    error = posix_spawnattr_setsigmask (&attributes, &none);
  if (error == 0)
    error = posix_spawnattr_setsigdefault (&attributes, &standard);
  if (error == 0)
    error = posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK
                                      | POSIX_SPAWN_SETSIGDEF);
  if (error == 0)
    error = posix_spawnp (pid, program, &actions, &attributes, arguments,
                          environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  for (i = 0; i < copied; i++)
    close (copies[i]);
  errno = error;
  return error == 0;
}

/** child_wait - wait for its end; returns what waitpid() says, or -1 */
int
child_wait (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return status;
}
