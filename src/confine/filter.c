/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/filter.c - system calls that a thread may make: seccomp.
 *
 * libseccomp translates calls.c's table into one program per kind of thread,
 * before any of them is needed: later nothing of that is allowed any more.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "confine/calls.h"
#include "confine/filter.h"
#include "fd_io.h"
#include "i18n.h"
#include "log.h"

/* What main does when a thread has done something forbidden: nothing below it
   knows what is to be tidied up.  Called in a signal's handler. */
void (*confine_end) (void);

/* Rung when it was another thread than main. */
int confine_bell = -1;

#ifdef HAVE_LIBSECCOMP

#include <seccomp.h>

/* For main to do its last things. */
#define FAREWELL_SECONDS 5

/* System calls whose names we remember. */
#define NAMES_MAX 512
#define NAME_BYTES 28

/* The bit of O_TMPFILE that O_DIRECTORY has not. */
#define TEMPORARY (O_TMPFILE & ~O_DIRECTORY)

static const char *const role_names[CONFINE_ROLES] =
{
  [CONFINE_MAIN] = "main",
  [CONFINE_VCPU] = "vcpu",
  [CONFINE_DISK] = "disk",
  [CONFINE_NET] = "net",
  [CONFINE_WORKER] = "worker",
  [CONFINE_SHARE] = "share",
  [CONFINE_SHARE_CHANGE] = "share-change",
};

/* Of the thread that asks. */
static __thread enum confine_role thread_role;

static struct sock_fprog programs[CONFINE_ROLES];
static char (*names)[NAME_BYTES];

static const char *
name_of (int call)
{
  return names && call >= 0 && call < NAMES_MAX && names[call][0]
    ? names[call] : "?";
}

/* A thread did what it has no reason to do: somebody else is at work in it.
   It does not get any further. */
static void
refused (int number, siginfo_t *info, void *context)
{
  const struct timespec time = { .tv_sec = FAREWELL_SECONDS };

  (void) number;
  (void) context;
  log_message (_("system call %s (%d) refused in a thread of kind \"%s\":"
                 " this is a break-in, or a bug in lguest; lguest ends"),
               name_of (info->si_syscall), info->si_syscall,
               role_names[thread_role]);
  if (thread_role != CONFINE_MAIN)
    {
      eventfd_write (confine_bell, 1);
      nanosleep (&time, NULL);
    }
  else if (confine_end)
    confine_end ();
  _exit (STATUS_REFUSED);
}

static void
remember_names (void)
{
  int i;

  names = calloc (NAMES_MAX, sizeof *names);
  for (i = 0; names && i < NAMES_MAX; i++)
    {
      char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, i);

      if (name)
        snprintf (names[i], sizeof names[i], "%s", name);
      free (name);
    }
}

/* One row of the table.  Returns 0 or a negative errno. */
static int
add (scmp_filter_ctx filter, const struct call *call, int number)
{
  switch (call->check)
    {
    case CALL_ANY:
      return seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 0);
    case CALL_NO_CODE:
      return seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 1,
                               SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    case CALL_THREAD:
      {
        const uint64_t flags = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;

        return seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 1,
                                 SCMP_A0 (SCMP_CMP_MASKED_EQ, flags, flags));
      }
    case CALL_READ_ONLY:
      return seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 1,
                               SCMP_CMP (call->number, SCMP_CMP_MASKED_EQ,
                                         O_ACCMODE | O_CREAT | O_TRUNC
                                         | TEMPORARY, O_RDONLY));
    case CALL_ARGUMENT:
      return seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 1,
                               SCMP_CMP (call->number, SCMP_CMP_EQ,
                                         call->value));
    case CALL_OURSELVES:
      return seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 1,
                               SCMP_A0 (SCMP_CMP_EQ, getpid ()));
    case CALL_REFUSED:
      return seccomp_rule_add (filter, SCMP_ACT_ERRNO (call->value), number,
                               0);
    }
  return -EINVAL;
}

/* All rows for threads of that kind.  A name that this processor's kernel does
   not know as a call of its own has a number below 0: on i386 sockets' calls
   may be parts of another one, and libseccomp knows which; others it leaves
   out.  Without Landlock nobody says which files: none for main then; who
   serves a folder has to open them. */
static int
add_all (scmp_filter_ctx filter, enum confine_role role, bool landlock)
{
  static const struct call no_files =
    { .check = CALL_REFUSED, .value = EACCES };
  unsigned i;
  int error = 0;

  for (i = 0; i < confine_call_count && error == 0; i++)
    {
      const struct call *call = &confine_calls[i];
      const int number = seccomp_syscall_resolve_name (call->name);
      /* What others are refused, main may be allowed. */
      const bool wanted = call->roles & 1u << role
        || (role == CONFINE_MAIN && call->roles & ~CALL_EARLY_ROLES
            && (call->check != CALL_REFUSED || call->value == ENOSYS));

      if (number == __NR_SCMP_ERROR || !wanted)
        continue;
      error = add (filter, call->check == CALL_READ_ONLY && !landlock
                   && role == CONFINE_MAIN ? &no_files : call, number);
    }
  return error;
}

/* Take the program out of libseccomp.  Returns 0 or a negative errno. */
static int
export (scmp_filter_ctx filter, struct sock_fprog *program)
{
  const int fd = memfd_create ("filter", MFD_CLOEXEC);
  struct stat status;
  int error = fd < 0 ? -errno : seccomp_export_bpf (filter, fd);

  if (error == 0 && fstat (fd, &status) != 0)
    error = -errno;
  if (error == 0)
    {
      program->len = status.st_size / sizeof *program->filter;
      program->filter = malloc (status.st_size);
      if (!program->filter
          || pread_fully (fd, program->filter, status.st_size, 0)
          != status.st_size)
        error = -ENOMEM;
    }
  if (fd >= 0)
    close (fd);
  return error;
}

static int
make_program (enum confine_role role, enum confine_mode mode, bool landlock)
{
  scmp_filter_ctx filter
    = seccomp_init (mode == CONFINE_LOG ? SCMP_ACT_LOG : SCMP_ACT_TRAP);
  int error;

  if (!filter)
    return -ENOMEM;
  /* A binary tree; older libraries make a list, which is as right. */
  seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  error = add_all (filter, role, landlock);
  if (error == 0)
    error = export (filter, &programs[role]);
  seccomp_release (filter);
  return error;
}

/**
 * filter_prepare - make what filter_install() needs; in the main thread
 * @roles: kinds of threads that there will be: each takes half a million
 *   instructions
 * @landlock: there is Landlock to say which files may be opened
 */
bool
filter_prepare (enum confine_mode mode, unsigned roles, bool landlock,
                struct failure *failure)
{
  struct sigaction action
    = { .sa_sigaction = refused, .sa_flags = SA_SIGINFO };
  enum confine_role role;
  int error = 0;

  remember_names ();
  for (role = 0; role < CONFINE_ROLES && error == 0; role++)
    if (role == CONFINE_MAIN || roles & 1u << role)
      error = make_program (role, mode, landlock);
  if (error == 0)
    {
      confine_bell = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
      if (confine_bell < 0 || sigaction (SIGSYS, &action, NULL) != 0)
        error = -errno;
    }
  if (error)
    return fail (failure, STATUS_ERROR,
                 _("cannot make filters for system calls: %s"),
                 strerror (-error));
  return true;
}

/** filter_inherited - this thread comes from one of that kind */
void
filter_inherited (enum confine_role role)
{
  thread_role = role;
}

/** filter_install - for this thread, and all that it makes from now on */
bool
filter_install (enum confine_role role)
{
  filter_inherited (role);
  return syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &programs[role])
    == 0;
}

/** filter_available - was lguest built with libseccomp? */
bool
filter_available (void)
{
  return true;
}

#else /* !HAVE_LIBSECCOMP */

bool
filter_prepare (enum confine_mode mode, unsigned roles, bool landlock,
                struct failure *failure)
{
  (void) mode;
  (void) roles;
  (void) landlock;
  (void) failure;
  return true;
}

void
filter_inherited (enum confine_role role)
{
  (void) role;
}

bool
filter_install (enum confine_role role)
{
  (void) role;
  return true;
}

bool
filter_available (void)
{
  return false;
}

#endif /* HAVE_LIBSECCOMP */
