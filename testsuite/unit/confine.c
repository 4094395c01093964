/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine.c - what a confined process can do, and what it cannot.
 *
 * Each case is a process of its own, which confines itself as the launcher
 * does, and then tries.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/filter.h"
#include "confine/landlock.h"
#include "unit.h"

#define OUTPUT_BYTES 4096

/* How a case ends when the call worked, or failed with an error. */
#define WORKED 0
#define FAILED(error) (100 + (error))
#define REFUSED STATUS_REFUSED

/* The name of a folder that is allowed, and of one that is not. */
static char allowed[64], other[64];

/* Something open: a file, and the end of a pipe. */
static int open_file, open_pipe;

static const char *
in (const char *folder, const char *name)
{
  static char path[128];

  snprintf (path, sizeof path, "%s/%s", folder, name);
  return path;
}

/*
 * What is tried.  -1 with errno is a failure.
 */

static int
try_nothing (void)
{
  return 0;
}

static int
try_open (void)
{
  return open (in (allowed, "file"), O_RDONLY);
}

static int
try_open_other (void)
{
  return open (in (other, "file"), O_RDONLY);
}

static int
try_open_proc (void)
{
  return open ("/proc/self/maps", O_RDONLY);
}

static int
try_open_write (void)
{
  return open (in (allowed, "file"), O_RDWR);
}

static int
try_create (void)
{
  return open (in (allowed, "new"), O_WRONLY | O_CREAT, 0600);
}

static int
try_open_temporary (void)
{
  return open (allowed, O_TMPFILE | O_RDWR, 0600);
}

static int
try_create_other (void)
{
  return open (in (other, "new"), O_RDWR | O_CREAT | O_TRUNC, 0600);
}

static int
try_write_other (void)
{
  return open (in (other, "file"), O_RDWR);
}

/* As share/find.c looks for files. */
static int
try_find_other (void)
{
  const struct open_how how = { .flags = O_PATH | O_NOFOLLOW };

  return syscall (SYS_openat2, AT_FDCWD, in (other, "file"), &how,
                  sizeof how);
}

static int
try_move_other (void)
{
  char from[128];

  strcpy (from, in (other, "file"));
  return syscall (SYS_renameat, AT_FDCWD, from, AT_FDCWD, in (other, "new"));
}

static int
try_move_out (void)
{
  char from[128];

  strcpy (from, in (other, "file"));
  return syscall (SYS_renameat, AT_FDCWD, from, AT_FDCWD,
                  in (allowed, "new"));
}

static int
try_mode_other (void)
{
  return fchmodat (AT_FDCWD, in (other, "file"), 0640, 0);
}

static int
try_owner_other (void)
{
  return fchownat (AT_FDCWD, in (other, "file"), -1, -1, 0);
}

static int
try_time_other (void)
{
  return utimensat (AT_FDCWD, in (other, "file"), NULL, 0);
}

static int
try_folder_other (void)
{
  return mkdirat (AT_FDCWD, in (other, "new"), 0700);
}

static int
try_device_other (void)
{
  return mknodat (AT_FDCWD, in (other, "new"), S_IFCHR | 0600, 0x103);
}

static int
try_socket_other (void)
{
  return mknodat (AT_FDCWD, in (other, "new"), S_IFSOCK | 0600, 0);
}

static int
try_other_descriptor (void)
{
  return fcntl (open_file, F_DUPFD_CLOEXEC, 0);
}

static int
try_set_flags (void)
{
  return fcntl (open_file, F_SETFL, 0);
}

static int
try_mount (void)
{
  return syscall (SYS_mount, "none", in (other, "folder"), "tmpfs", 0, NULL);
}

static int
try_leave (void)
{
  return chroot (other);
}

static int
try_unlink (void)
{
  return unlinkat (AT_FDCWD, in (allowed, "file"), 0);
}

static int
try_unlink_other (void)
{
  return unlinkat (AT_FDCWD, in (other, "file"), 0);
}

static int
try_remove_folder (void)
{
  return unlinkat (AT_FDCWD, in (allowed, "folder"), AT_REMOVEDIR);
}

static int
link_to (const char *folder)
{
  char number[32];

  snprintf (number, sizeof number, "/proc/self/fd/%d", open_file);
  return linkat (AT_FDCWD, number, AT_FDCWD, in (folder, "linked"),
                 AT_SYMLINK_FOLLOW);
}

static int
try_link (void)
{
  return link_to (allowed);
}

static int
try_link_other (void)
{
  return link_to (other);
}

static int
try_link_sealed (void)
{
  struct failure failure;

  if (!confine_seal (&failure))
    _exit (99);
  return link_to (allowed);
}

static int
try_read_file (void)
{
  char byte;

  return pread (open_file, &byte, 1, 0);
}

static int
try_write_file (void)
{
  return pwrite (open_file, "x", 1, 0);
}

static int
try_cut_file (void)
{
  return ftruncate (open_file, 0);
}

static int
try_flush_file (void)
{
  return fdatasync (open_file);
}

static int
try_exec (void)
{
  return execl ("/bin/true", "true", (char *) NULL);
}

static int
try_fork (void)
{
  return fork ();
}

static int
try_vfork (void)
{
  return syscall (SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
}

static void *
thread_main (void *context)
{
  return context;
}

static int
try_thread (void)
{
  pthread_t thread;

  return pthread_create (&thread, NULL, thread_main, NULL) == 0
    && pthread_join (thread, NULL) == 0 ? 0 : -1;
}

/* The C library would block signals meanwhile, and with them our message. */
static int
try_bare_thread (void)
{
  return syscall (SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0,
                  0);
}

static int
try_code (void)
{
  return mmap (NULL, 4096, PROT_READ | PROT_EXEC,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int
try_make_code (void)
{
  void *page = mmap (NULL, 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return page == MAP_FAILED ? 0 : mprotect (page, 4096, PROT_EXEC);
}

static int
try_memory (void)
{
  void *page = mmap (NULL, 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return page != MAP_FAILED && mprotect (page, 4096, PROT_NONE) == 0
    && madvise (page, 4096, MADV_DONTNEED) == 0 ? munmap (page, 4096) : -1;
}

static int
try_socket (void)
{
  return socket (AF_INET, SOCK_STREAM, 0);
}

static int
try_accept (void)
{
  return accept4 (open_pipe, NULL, NULL, 0);
}

static int
try_kill (void)
{
  return kill (getppid (), 0);
}

static int
try_kill_thread (void)
{
  return syscall (SYS_tgkill, getppid (), getppid (), 0);
}

static int
try_ptrace (void)
{
  return ptrace (PTRACE_TRACEME, 0, NULL, NULL);
}

static int
try_become_root (void)
{
  return setuid (0);
}

static int
try_fake_typing (void)
{
  return ioctl (open_pipe, TIOCSTI, "x");
}

static int
try_keyring (void)
{
  return syscall (SYS_add_key, "user", "x", "x", 1, -2);
}

static int
try_io_uring (void)
{
  return syscall (SYS_io_uring_setup, 1, NULL);
}

static int
try_priority (void)
{
  return setpriority (PRIO_PROCESS, 0, 5);
}

static int
try_bad_filter (void)
{
  return syscall (SYS_seccomp, 2 /* SECCOMP_GET_ACTION_AVAIL */, 0, NULL);
}

static const struct trial
{
  const char *name;
  enum confine_role role;
  int (*call) (void);
  int wanted;
  bool by_landlock;
} trials[] =
{
  { "lives", CONFINE_MAIN, try_nothing, WORKED, false },
  { "opens what is allowed", CONFINE_MAIN, try_open, WORKED, true },
  { "opens no other file", CONFINE_MAIN, try_open_other, FAILED (EACCES),
    false },
  { "opens nothing in /proc", CONFINE_MAIN, try_open_proc, FAILED (EACCES),
    false },
  { "opens nothing to write", CONFINE_MAIN, try_open_write, REFUSED, true },
  { "creates no file", CONFINE_MAIN, try_create, REFUSED, true },
  { "creates no temporary file", CONFINE_MAIN, try_open_temporary, REFUSED,
    true },
  { "removes what is allowed", CONFINE_MAIN, try_unlink, WORKED, true },
  { "removes nothing else", CONFINE_MAIN, try_unlink_other, FAILED (EACCES),
    true },
  { "removes no folder", CONFINE_MAIN, try_remove_folder, FAILED (EACCES),
    true },
  { "names a new file", CONFINE_MAIN, try_link, WORKED, true },
  { "names it nowhere else", CONFINE_MAIN, try_link_other, FAILED (EACCES),
    true },
  { "names nothing when sealed", CONFINE_MAIN, try_link_sealed,
    FAILED (EACCES), true },
  { "reads a disk", CONFINE_MAIN, try_read_file, WORKED, false },
  { "writes a disk", CONFINE_MAIN, try_write_file, WORKED, false },
  { "flushes a disk", CONFINE_MAIN, try_flush_file, WORKED, false },
  { "cannot start a program", CONFINE_MAIN, try_exec, REFUSED, false },
  { "cannot fork", CONFINE_MAIN, try_fork, REFUSED, false },
  { "cannot vfork", CONFINE_MAIN, try_vfork, REFUSED, false },
  { "makes threads", CONFINE_MAIN, try_thread, WORKED, false },
  { "maps no code", CONFINE_MAIN, try_code, REFUSED, false },
  { "makes no code", CONFINE_MAIN, try_make_code, REFUSED, false },
  { "has memory", CONFINE_MAIN, try_memory, WORKED, false },
  { "makes no socket", CONFINE_MAIN, try_socket, FAILED (EACCES), false },
  { "accepts clients", CONFINE_MAIN, try_accept, FAILED (ENOTSOCK), false },
  { "signals nobody", CONFINE_MAIN, try_kill, REFUSED, false },
  { "signals no thread of others", CONFINE_MAIN, try_kill_thread, REFUSED,
    false },
  { "traces nobody", CONFINE_MAIN, try_ptrace, REFUSED, false },
  { "becomes nobody", CONFINE_MAIN, try_become_root, REFUSED, false },
  { "types nothing", CONFINE_MAIN, try_fake_typing, REFUSED, false },
  { "has no keys", CONFINE_MAIN, try_keyring, REFUSED, false },
  { "has no io_uring", CONFINE_MAIN, try_io_uring, REFUSED, false },
  { "asks nothing of seccomp", CONFINE_MAIN, try_bad_filter, REFUSED,
    false },
  { "lives", CONFINE_VCPU, try_nothing, WORKED, false },
  { "reads /dev/lguest", CONFINE_VCPU, try_read_file, WORKED, false },
  { "writes /dev/lguest", CONFINE_VCPU, try_write_file, WORKED, false },
  { "has memory", CONFINE_VCPU, try_memory, WORKED, false },
  { "opens nothing", CONFINE_VCPU, try_open, FAILED (EACCES), false },
  { "removes nothing", CONFINE_VCPU, try_unlink, REFUSED, false },
  { "makes no thread", CONFINE_VCPU, try_bare_thread, REFUSED, false },
  { "cuts no file", CONFINE_VCPU, try_cut_file, REFUSED, false },
  { "flushes no file", CONFINE_VCPU, try_flush_file, REFUSED, false },
  { "accepts nobody", CONFINE_VCPU, try_accept, REFUSED, false },
  { "maps no code", CONFINE_VCPU, try_code, REFUSED, false },
  { "changes no priority", CONFINE_VCPU, try_priority, REFUSED, false },
  { "lives", CONFINE_DISK, try_nothing, WORKED, false },
  { "reads a disk", CONFINE_DISK, try_read_file, WORKED, false },
  { "writes a disk", CONFINE_DISK, try_write_file, WORKED, false },
  { "flushes a disk", CONFINE_DISK, try_flush_file, WORKED, false },
  { "makes a thread", CONFINE_DISK, try_thread, WORKED, false },
  { "cannot fork", CONFINE_DISK, try_fork, REFUSED, false },
  { "opens nothing", CONFINE_DISK, try_open, FAILED (EACCES), false },
  { "removes nothing", CONFINE_DISK, try_unlink, REFUSED, false },
  { "accepts nobody", CONFINE_DISK, try_accept, REFUSED, false },
  { "lives", CONFINE_NET, try_nothing, WORKED, false },
  { "reads no disk", CONFINE_NET, try_read_file, REFUSED, false },
  { "opens nothing", CONFINE_NET, try_open, FAILED (EACCES), false },
  { "makes no socket", CONFINE_NET, try_socket, FAILED (EACCES), false },
  { "makes no thread", CONFINE_NET, try_bare_thread, REFUSED, false },
  { "lives", CONFINE_WORKER, try_nothing, WORKED, false },
  { "cuts its log", CONFINE_WORKER, try_cut_file, WORKED, false },
  { "makes no thread", CONFINE_WORKER, try_bare_thread, REFUSED, false },
  { "cannot start a program", CONFINE_WORKER, try_exec, REFUSED, false },
  { "lives", CONFINE_SHARE, try_nothing, WORKED, false },
  { "opens what is shared", CONFINE_SHARE, try_open_other, WORKED, false },
  { "finds what is shared", CONFINE_SHARE, try_find_other, WORKED, false },
  { "opens nothing else", CONFINE_SHARE, try_open, FAILED (EACCES), true },
  { "opens nothing in /proc", CONFINE_SHARE, try_open_proc, FAILED (EACCES),
    true },
  { "reads", CONFINE_SHARE, try_read_file, WORKED, false },
  { "flushes", CONFINE_SHARE, try_flush_file, WORKED, false },
  { "has more descriptors", CONFINE_SHARE, try_other_descriptor, WORKED,
    false },
  { "but not with other flags", CONFINE_SHARE, try_set_flags, REFUSED,
    false },
  { "opens nothing to write", CONFINE_SHARE, try_write_other, REFUSED,
    false },
  { "creates nothing", CONFINE_SHARE, try_create_other, REFUSED, false },
  { "cuts no file", CONFINE_SHARE, try_cut_file, REFUSED, false },
  { "removes nothing", CONFINE_SHARE, try_unlink_other, REFUSED, false },
  { "moves nothing", CONFINE_SHARE, try_move_other, REFUSED, false },
  { "changes no mode", CONFINE_SHARE, try_mode_other, REFUSED, false },
  { "changes no owner", CONFINE_SHARE, try_owner_other, REFUSED, false },
  { "changes no time", CONFINE_SHARE, try_time_other, REFUSED, false },
  { "makes no folder", CONFINE_SHARE, try_folder_other, REFUSED, false },
  { "makes no thread", CONFINE_SHARE, try_bare_thread, REFUSED, false },
  { "cannot start a program", CONFINE_SHARE, try_exec, REFUSED, false },
  { "makes no socket", CONFINE_SHARE, try_socket, FAILED (EACCES), false },
  { "mounts nothing", CONFINE_SHARE, try_mount, REFUSED, false },
  { "goes nowhere", CONFINE_SHARE, try_leave, REFUSED, false },
  { "lives", CONFINE_SHARE_CHANGE, try_nothing, WORKED, false },
  { "opens what is shared", CONFINE_SHARE_CHANGE, try_open_other, WORKED,
    false },
  { "opens it to write", CONFINE_SHARE_CHANGE, try_write_other, WORKED,
    false },
  { "creates files", CONFINE_SHARE_CHANGE, try_create_other, WORKED, false },
  { "makes folders", CONFINE_SHARE_CHANGE, try_folder_other, WORKED, false },
  { "removes files", CONFINE_SHARE_CHANGE, try_unlink_other, WORKED, false },
  { "moves files", CONFINE_SHARE_CHANGE, try_move_other, WORKED, false },
  { "cuts files", CONFINE_SHARE_CHANGE, try_cut_file, WORKED, false },
  { "changes modes", CONFINE_SHARE_CHANGE, try_mode_other, WORKED, false },
  { "changes owners", CONFINE_SHARE_CHANGE, try_owner_other, WORKED, false },
  { "changes times", CONFINE_SHARE_CHANGE, try_time_other, WORKED, false },
  { "opens nothing else", CONFINE_SHARE_CHANGE, try_open, FAILED (EACCES),
    true },
  { "creates nothing else", CONFINE_SHARE_CHANGE, try_create,
    FAILED (EACCES), true },
  { "removes nothing else", CONFINE_SHARE_CHANGE, try_unlink,
    FAILED (EACCES), true },
  { "moves nothing out", CONFINE_SHARE_CHANGE, try_move_out,
    FAILED (EACCES), true },
  { "makes no device", CONFINE_SHARE_CHANGE, try_device_other,
    FAILED (EACCES), true },
  { "makes no socket's name", CONFINE_SHARE_CHANGE, try_socket_other,
    FAILED (EACCES), true },
  { "makes no socket", CONFINE_SHARE_CHANGE, try_socket, FAILED (EACCES),
    false },
  { "makes no thread", CONFINE_SHARE_CHANGE, try_bare_thread, REFUSED,
    false },
  { "cannot start a program", CONFINE_SHARE_CHANGE, try_exec, REFUSED,
    false },
  { "maps no code", CONFINE_SHARE_CHANGE, try_code, REFUSED, false },
  { "traces nobody", CONFINE_SHARE_CHANGE, try_ptrace, REFUSED, false },
  { "becomes nobody", CONFINE_SHARE_CHANGE, try_become_root, REFUSED,
    false },
  { "mounts nothing", CONFINE_SHARE_CHANGE, try_mount, REFUSED, false },
};

static const char *const roles[CONFINE_ROLES] =
  { "main", "vcpu", "disk", "net", "worker", "share", "share-change" };

/* In a thread of that kind. */
static void *
try_in_thread (void *context)
{
  const struct trial *trial = context;
  int error;

  confine_thread (trial->role);
  errno = 0;
  if (trial->call () >= 0)
    _exit (WORKED);
  error = errno;
  _exit (FAILED (error));
}

static void
rung (void)
{
  struct pollfd wait = { .fd = confine_bell, .events = POLLIN };

  /* As the launcher's loop does. */
  if (poll (&wait, 1, -1) == 1)
    _exit (REFUSED);
}

/* A thread that serves a folder starts before main is confined. */
static bool
start_early (void *context, struct failure *failure)
{
  const struct trial *trial = context;
  pthread_t thread;

  (void) failure;
  if (!trial || (trial->role != CONFINE_SHARE
                 && trial->role != CONFINE_SHARE_CHANGE))
    return true;
  return pthread_create (&thread, NULL, try_in_thread, context) == 0;
}

/* @trial: what will be tried; or NULL */
static void
confine (enum confine_mode mode, const struct trial *trial)
{
  const struct confine_settings settings =
    {
      .mode = mode,
      .roles = trial ? 1u << trial->role : 0,
      .start_early = start_early,
      .context = (void *) trial,
    };
  struct failure failure;

  if (!confine_allow_path (allowed, CONFINE_READ | CONFINE_REMOVE_FILES
                           | CONFINE_MAKE_FILES)
      || !confine_allow_path (other, CONFINE_SHARE_READ | CONFINE_SHARE_WRITE)
      || !confine_process (&settings, &failure))
    {
      fprintf (stderr, "%s\n", failure.text);
      _exit (99);
    }
}

/* The child. */
static void
child (const struct trial *trial)
{
  pthread_t thread;

  /* A file without a name, to be given one. */
  open_file = open (allowed, O_TMPFILE | O_RDWR, 0600);
  if (write (open_file, "content", 7) != 7)
    _exit (98);
  confine (CONFINE_ON, trial);
  if (trial->role == CONFINE_MAIN)
    try_in_thread ((void *) trial);
  if (trial->role != CONFINE_SHARE && trial->role != CONFINE_SHARE_CHANGE
      && pthread_create (&thread, NULL, try_in_thread, (void *) trial) != 0)
    _exit (97);
  rung ();
}

/* Run a child; returns its status, and what it said. */
static int
run (void (*body) (const struct trial *), const struct trial *trial,
     char *output)
{
  size_t length = 0;
  ssize_t n;
  int ends[2], status;
  pid_t pid;

  if (pipe (ends) != 0 || (pid = fork ()) < 0)
    return -1;
  if (pid == 0)
    {
      dup2 (ends[1], STDERR_FILENO);
      close (ends[0]);
      close (ends[1]);
      body (trial);
      _exit (96);
    }
  close (ends[1]);
  while ((n = read (ends[0], output + length, OUTPUT_BYTES - 1 - length)) > 0)
    length += n;
  output[length] = '\0';
  close (ends[0]);
  waitpid (pid, &status, 0);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1000 + WTERMSIG (status);
}

static void
make_files (void)
{
  mkdir (allowed, 0700);
  mkdir (other, 0700);
  mkdir (in (allowed, "folder"), 0700);
  close (open (in (allowed, "file"), O_WRONLY | O_CREAT, 0600));
  close (open (in (other, "file"), O_WRONLY | O_CREAT, 0600));
}

static void
remove_files (void)
{
  static const char *const names[] = { "file", "new", "linked" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    {
      unlink (in (allowed, names[i]));
      unlink (in (other, names[i]));
    }
  rmdir (in (allowed, "folder"));
  rmdir (in (other, "new"));
  rmdir (allowed);
  rmdir (other);
}

static void
test_trials (void)
{
  char output[OUTPUT_BYTES], name[128];
  size_t i;

  for (i = 0; i < sizeof trials / sizeof *trials; i++)
    {
      const struct trial *trial = &trials[i];
      int status;

      if (trial->by_landlock && landlock_version () == 0)
        continue;
      make_files ();
      status = run (child, trial, output);
      remove_files ();
      snprintf (name, sizeof name, "%s: %s", roles[trial->role],
                trial->name);
      check (status == trial->wanted
             && !strstr (output, "refused") == (trial->wanted != REFUSED),
             "%s", name);
      explain ("status %d, not %d: %s", status, trial->wanted, output);
    }
}

/* A line of /proc/self/status. */
static unsigned long long
status_of (const char *task, const char *key)
{
  unsigned long long value = ~0ull;
  char line[256];
  FILE *file = fopen (task, "r");

  while (file && fgets (line, sizeof line, file))
    if (strncmp (line, key, strlen (key)) == 0)
      value = strtoull (line + strlen (key), NULL, 16);
  if (file)
    fclose (file);
  return value;
}

/* The child shows itself to us until we let it go. */
static void
show_itself (const struct trial *trial)
{
  char byte;

  (void) trial;
  confine (CONFINE_ON, NULL);
  byte = 'r';
  if (write (STDERR_FILENO, &byte, 1) == 1)
    while (read (open_pipe, &byte, 1) < 0)
      continue;
  _exit (0);
}

static void
test_status (void)
{
  char task[64], byte;
  int ready[2], go[2];
  pid_t pid;

  make_files ();
  if (pipe (ready) != 0 || pipe (go) != 0 || (pid = fork ()) < 0)
    return;
  if (pid == 0)
    {
      dup2 (ready[1], STDERR_FILENO);
      open_pipe = go[0];
      show_itself (NULL);
    }
  snprintf (task, sizeof task, "/proc/%ld/status", (long) pid);
  check (read (ready[0], &byte, 1) == 1 && byte == 'r', "is confined");
  check (status_of (task, "NoNewPrivs:") == 1, "gets no new privileges");
  check (status_of (task, "Seccomp:") == 2, "has a filter");
  check (status_of (task, "CapEff:") == 0
         && status_of (task, "CapPrm:") == 0
         && status_of (task, "CapInh:") == 0
         && status_of (task, "CapAmb:") == 0, "has no capabilities");
  check (geteuid () != 0 || status_of (task, "CapBnd:") == 0,
         "can have no capabilities");
  close (go[1]);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  remove_files ();
}

static void
name_it (const struct trial *trial)
{
  (void) trial;
  confine (CONFINE_ON, NULL);
  setuid (0);
}

static void
with_a_thread (const struct trial *trial)
{
  pthread_t thread;

  (void) trial;
  pthread_create (&thread, NULL, (void *(*) (void *)) rung, NULL);
  confine (CONFINE_ON, NULL);
}

static void *
of_another_kind (void *context)
{
  confine_thread (CONFINE_NET);
  return context;
}

static void
not_announced (const struct trial *trial)
{
  pthread_t thread;

  (void) trial;
  confine (CONFINE_ON, NULL);
  pthread_create (&thread, NULL, of_another_kind, NULL);
  pthread_join (thread, NULL);
}

static void
off (const struct trial *trial)
{
  (void) trial;
  confine (CONFINE_OFF, NULL);
  _exit (setuid (geteuid ()) == 0 ? WORKED : 95);
}

static void
test_messages (void)
{
  char output[OUTPUT_BYTES];
  int status;

  make_files ();
  status = run (name_it, NULL, output);
  check (status == REFUSED && strstr (output, "system call setuid (")
         && strstr (output, "kind \"main\""), "names call and thread");
  explain ("status %d: %s", status, output);
  status = run (with_a_thread, NULL, output);
  check (status == 99 && strstr (output, "thread"),
         "does not believe that other threads are confined");
  explain ("status %d: %s", status, output);
  status = run (not_announced, NULL, output);
  check (status == STATUS_ERROR && strstr (output, "cannot confine"),
         "runs no thread of a kind that was not announced");
  explain ("status %d: %s", status, output);
  status = run (off, NULL, output);
  check (status == WORKED && strstr (output, "not confined"),
         "says when it is off");
  explain ("status %d: %s", status, output);
  remove_files ();
}

int
main (void)
{
  char folder[] = "/var/tmp/lguest-unit-XXXXXX";
  int ends[2];

  if (!filter_available ())
    {
      printf ("UNTESTED: this lguest has no seccomp\n");
      return finish ();
    }
  if (!mkdtemp (folder) || pipe (ends) != 0)
    return 1;
  open_pipe = ends[0];
  snprintf (allowed, sizeof allowed, "%s/allowed", folder);
  snprintf (other, sizeof other, "%s/other", folder);
  test_trials ();
  test_status ();
  test_messages ();
  rmdir (folder);
  return finish ();
}
