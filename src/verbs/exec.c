/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/exec.c - lguest exec: one command in a fresh guest.
 *
 * A folder is packed into an initial RAM disk, with a process 1 of ours that
 * runs the command (exec/init.c).  The launcher is a child of ours, confined
 * as always; we bring input and output to and fro (exec/relay.c).
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command_line.h"
#include "exec/archive.h"
#include "exec/protocol.h"
#include "exec/relay.h"
#include "i18n.h"
#include "launcher.h"
#include "log.h"
#include "options.h"
#include "target.h"
#include "verbs/verb.h"

/* Where kernels are, if none is named: that of the user, of this package, of
   everybody. */
#define KERNEL_VARIABLE "LGUEST_KERNEL"
static const char *const kernels[] =
  { GUEST_DIRECTORY "/" TARGET_KERNEL, "/usr/lib/lguest/" TARGET_KERNEL,
    "/boot/" TARGET_KERNEL_IN_BOOT };

/* The agent: installed, or beside us in a tree where lguest was built. */
#define AGENT "lguest-init"

/* What the guest has besides its root, which is there twice for a moment. */
#define MEMORY_MORE_BYTES ((uint64_t) 128 << 20)
#define MEMORY_MIN_BYTES ((uint64_t) 256 << 20)

/* How long a guest may take to power off when all is done. */
#define END_SECONDS 30

#define ARGUMENTS_MAX 64
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:" \
  "/sbin:/bin"

const struct verb_option verb_exec_options[] =
{
  { "kernel", 'k', N_("FILE"), N_("the guest's kernel") },
  { "root", 'r', N_("FOLDER"), N_("what the guest has as its root, as a copy"
                                  " in memory") },
  { "cwd", 'w', N_("FOLDER"), N_("where the command runs [/]") },
  { "env", 'e', N_("NAME[=VALUE]"), N_("let the command have this variable;"
                                       " may be repeated") },
  { "timeout", 't', N_("TIME"), N_("end with status 124 after that time") },
  { "memory", 'm', N_("SIZE"), N_("how much memory the guest has [enough for"
                                  " its root, and 256 MiB at least]") },
  { "cpus", 'c', N_("NUMBER"), N_("processors of the guest [1]") },
  { "set", 's', N_("SECTION.KEY=VALUE"), N_("what a configuration file would"
                                            " say; may be repeated") },
  { "log", 'l', N_("FILE"), N_("append what the guest's kernel says there") },
  { "verbose", 'v', NULL, N_("say more") },
  { NULL, 0, NULL, NULL }
};

/**
 * struct exec - what is wanted
 * @kernel, @root, @folder, @timeout, @memory, @log: as given; or NULL
 * @arguments, @count: for the launcher
 * @environment: of the command, each text with its NUL
 * @environment_bytes: of that
 */
struct exec
{
  const char *kernel;
  const char *root;
  const char *folder;
  const char *memory;
  const char *log;
  char *arguments[ARGUMENTS_MAX];
  unsigned count;
  char *environment;
  size_t environment_bytes;
};

static bool
add_argument (struct exec *exec, const char *option, const char *value)
{
  char *text;

  if (exec->count == ARGUMENTS_MAX - 1
      || asprintf (&text, "%s%s", option, value) < 0)
    return false;
  exec->arguments[exec->count++] = text;
  return true;
}

/* NAME=VALUE, or NAME if we have it. */
static bool
add_variable (struct exec *exec, const char *text)
{
  const char *value = strchr (text, '=') ? "" : getenv (text);
  char *more, *whole;
  size_t length;

  if (!value)
    return true;
  if (asprintf (&whole, "%s%s%s", text, *value ? "=" : "", value) < 0)
    return false;
  length = strlen (whole) + 1;
  more = realloc (exec->environment, exec->environment_bytes + length);
  if (more)
    {
      memcpy (more + exec->environment_bytes, whole, length);
      exec->environment = more;
      exec->environment_bytes += length;
    }
  free (whole);
  return more;
}

static bool
find_kernel (struct exec *exec, struct failure *failure)
{
  size_t i;

  if (!exec->kernel)
    exec->kernel = getenv (KERNEL_VARIABLE);
  for (i = 0; !exec->kernel && i < sizeof kernels / sizeof *kernels; i++)
    if (access (kernels[i], R_OK) == 0)
      exec->kernel = kernels[i];
  return exec->kernel
    || fail (failure, STATUS_USAGE,
             _("there is no guest kernel in %s: install one, or name one by"
               " --kernel or %s"), kernels[0], KERNEL_VARIABLE);
}

/* The agent's file; allocated. */
static char *
find_agent (void)
{
  char *agent = strdup (PKGLIBEXECDIR "/" AGENT), *slash;
  char self[4096];
  ssize_t n;

  if (!agent || access (agent, R_OK) == 0)
    return agent;
  n = readlink ("/proc/self/exe", self, sizeof self - 1);
  if (n <= 0)
    return agent;
  self[n] = '\0';
  slash = strrchr (self, '/');
  slash[1] = '\0';
  free (agent);
  return asprintf (&agent, "%s" AGENT, self) < 0 ? NULL : agent;
}

/* What the agent shall do: see exec/protocol.h. */
static bool
add_job (struct exec *exec, struct archive *archive, int count,
         char *const *command, struct failure *failure)
{
  char *text = NULL;
  size_t bytes;
  FILE *file = open_memstream (&text, &bytes);
  bool done;
  int i;

  if (!file)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  fprintf (file, "%s%c%d%c", exec->folder ? exec->folder : "/", 0, count, 0);
  for (i = 0; i < count; i++)
    fwrite (command[i], strlen (command[i]) + 1, 1, file);
  fwrite (exec->environment, exec->environment_bytes, 1, file);
  done = fclose (file) == 0
    && archive_add_file (archive, EXEC_JOB, 0600, text, bytes, failure);
  free (text);
  return done;
}

/* The guest's root, in a file without name. */
static bool
pack_root (struct exec *exec, struct archive *archive, int count,
           char *const *command, struct failure *failure)
{
  static const char *const folders[] =
    { "dev", "proc", "sys", "run", "tmp" };
  char *agent = find_agent ();
  size_t i;
  bool done = agent && archive_create (archive, failure);

  if (done && exec->root)
    done = archive_add_tree (archive, exec->root, failure);
  for (i = 0; done && i < sizeof folders / sizeof *folders; i++)
    done = archive_add_folder (archive, folders[i], 0755, failure);
  done = done && archive_add_folder (archive, EXEC_FOLDER, 0700, failure)
    && archive_add_copy (archive, EXEC_INIT, 0700, agent, failure)
    && add_job (exec, archive, count, command, failure)
    && archive_finish (archive, failure);
  free (agent);
  if (done && archive->unreadable)
    log_message (_("%u files of %s cannot be read, and are not in the"
                   " guest"), archive->unreadable, exec->root);
  return done;
}

/* The launcher's command line. */
static bool
add_arguments (struct exec *exec, const struct archive *archive)
{
  uint64_t memory = 2 * archive->bytes + MEMORY_MORE_BYTES;
  char number[48];

  if (memory < MEMORY_MIN_BYTES)
    memory = MEMORY_MIN_BYTES;
  snprintf (number, sizeof number, "%" PRIu64 "M", (memory >> 20) + 1);
  if (!add_argument (exec, "--memory=", exec->memory ? exec->memory : number)
      || !add_argument (exec, "--kernel=", exec->kernel))
    return false;
  snprintf (number, sizeof number, "--initrd=/proc/self/fd/%d", archive->fd);
  return add_argument (exec, number, "")
    && add_argument (exec, "--console=null", "")
    && (!exec->log || add_argument (exec, "--set=console.console0.log=",
                                    exec->log))
    && add_argument (exec, "--console=stdio", "")
    && add_argument (exec, "--rng", "")
    && add_argument (exec, "--no-reboot", "")
    && add_argument (exec, "--", "")
    && add_argument (exec, "rdinit=/" EXEC_INIT, "")
    && add_argument (exec, "panic=-1", "");
}

/* The child: a launcher whose standard input and output are our socket. */
static void __attribute__ ((noreturn))
launch (struct exec *exec, int line, const sigset_t *before, pid_t parent)
{
  static struct options options;
  struct failure failure;
  struct timespec started;

  clock_gettime (CLOCK_MONOTONIC, &started);
  /* It does not outlive us, and keys on a terminal are for us only. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (STATUS_ERROR);
  setsid ();
  sigprocmask (SIG_SETMASK, before, NULL);
  if (dup2 (line, STDIN_FILENO) < 0 || dup2 (line, STDOUT_FILENO) < 0)
    _exit (STATUS_ERROR);
  close (line);
  if (!command_line_parse (&options, exec->count, exec->arguments, &failure))
    exit (failure_show (&failure));
  if (options.name)
    log_set_name (options.name);
  log_set_verbose (options.verbose);
  /* When we are killed, it is killed as well. */
  options.guarded = true;
  exit (launcher_run (&options, &started, -1));
}

/* Its status, when it has ended; soon it will. */
static int
wait_for_end (pid_t child)
{
  int status = 0;
  pid_t ended;

  alarm (END_SECONDS);
  while ((ended = waitpid (child, &status, 0)) < 0 && errno == EINTR)
    kill (child, SIGKILL);
  alarm (0);
  if (ended < 0)
    return STATUS_EXEC;
  return WIFEXITED (status) ? WEXITSTATUS (status)
    : STATUS_SIGNAL + WTERMSIG (status);
}

static void
time_is_up (int number)
{
  (void) number;
}

/* How we end. */
static int
judge (const struct relay_end *end, int status)
{
  if (end->signal)
    return STATUS_SIGNAL + end->signal;
  if (end->ended)
    return end->status;
  if (status == STATUS_TIMEOUT)
    return status;
  if (end->started || status == 0)
    log_message (_("the guest ended before its command did (status %d)"),
                 status);
  return STATUS_EXEC;
}

static int
run (struct exec *exec, struct failure *failure)
{
  /* Without SA_RESTART: it shall interrupt waitpid(). */
  const struct sigaction action = { .sa_handler = time_is_up };
  const pid_t parent = getpid ();
  struct relay_end end;
  sigset_t before;
  int ends[2], status;
  pid_t child;

  if (!relay_block_signals (&before)
      || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0
      || sigaction (SIGALRM, &action, NULL) != 0
      || fflush (NULL) != 0 || (child = fork ()) < 0)
    {
      fail (failure, STATUS_EXEC, _("cannot start a process: %s"),
            strerror (errno));
      return failure_show (failure);
    }
  if (child == 0)
    {
      close (ends[0]);
      launch (exec, ends[1], &before, parent);
    }
  close (ends[1]);
  if (!relay_run (ends[0], &end) || end.signal)
    kill (child, SIGKILL);
  close (ends[0]);
  status = wait_for_end (child);
  return judge (&end, status);
}

/* Options.  Returns VERB_OPTIONS_END, or what ended them. */
static int
parse (const struct verb *verb, struct exec *exec, int argc, char **argv)
{
  bool good = add_argument (exec, "lguest", "");
  int letter;

  while (good && (letter = verb_next_option (verb, argc, argv)) >= 0)
    switch (letter)
      {
      case 'k':
        exec->kernel = optarg;
        break;
      case 'r':
        exec->root = optarg;
        break;
      case 'w':
        exec->folder = optarg;
        break;
      case 'm':
        exec->memory = optarg;
        break;
      case 'l':
        exec->log = optarg;
        break;
      case 'e':
        good = add_variable (exec, optarg);
        break;
      case 't':
        good = add_argument (exec, "--timeout=", optarg);
        break;
      case 'c':
        good = add_argument (exec, "--cpus=", optarg);
        break;
      case 's':
        good = add_argument (exec, "--set=", optarg);
        break;
      case 'v':
        good = add_argument (exec, "--verbose", "");
        break;
      }
  if (good)
    return letter;
  log_message (_("too many options"));
  return VERB_OPTIONS_BAD;
}

/** verb_exec - lguest exec [OPTION]... [--] COMMAND [ARGUMENT]... */
int
verb_exec (const struct verb *verb, int argc, char **argv)
{
  static struct exec exec;
  struct archive archive;
  struct failure failure;

  add_variable (&exec, "PATH=" DEFAULT_PATH);
  add_variable (&exec, "HOME=/root");
  add_variable (&exec, "TERM");
  switch (parse (verb, &exec, argc, argv))
    {
    case VERB_OPTIONS_END:
      break;
    case VERB_OPTIONS_HELP:
      return 0;
    default:
      return STATUS_EXEC;
    }
  if (optind == argc)
    {
      verb_usage_error (verb, _("which command?"));
      return STATUS_EXEC;
    }
  if (!exec.root)
    {
      verb_usage_error (verb, _("which folder is the guest's root?"
                                " (--root)"));
      return STATUS_EXEC;
    }
  if (!find_kernel (&exec, &failure)
      || !pack_root (&exec, &archive, argc - optind, argv + optind, &failure))
    {
      failure_show (&failure);
      return STATUS_EXEC;
    }
  if (!add_arguments (&exec, &archive))
    {
      log_message (_("out of memory"));
      return STATUS_EXEC;
    }
  return run (&exec, &failure);
}
