/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launcher.c - one Guest from its start to its end.
 *
 * One Guest is one process.  Its main thread, here, sets everything up and
 * then waits for events: keys, doorbells of devices, signals, the end.  Other
 * threads run the vcpus, write the console's output and serve disks.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <lguest/hypercall.h>

#include "config_print.h"
#include "confine/confine.h"
#include "confine/identity.h"
#include "fd_io.h"
#include "i18n.h"
#include "image/new_file.h"
#include "launcher.h"
#include "log.h"
#include "requests.h"
#include "terminal.h"

/* What a Guest without a name is called. */
#define DEFAULT_NAME "guest-%ld"

/* Between two steps of asking a Guest to stop by SysRq: the kernel takes its
   time to do each. */
#define STOP_STEP_SECONDS 2

/* How long who ends a Guest waits for a snapshot of it. */
#define SAVER_SECONDS 5

/* Returns the status to exit with, or -1 if the Guest runs again. */
static int
restart (struct launcher *launcher, struct failure *failure)
{
  launcher->restarts++;
  launcher->stop = STOP_NONE;
  return machine_restart (&launcher->machine, failure)
    ? -1 : failure_show (failure);
}

/* The Guest wants off.  Returns the status to exit with, or -1 if it runs
   again. */
static int
shut_down (struct launcher *launcher, struct failure *failure)
{
  struct machine *machine = &launcher->machine;
  const struct lguest_exit *last = &machine->vcpus.last;

  switch (last->detail)
    {
    case LGUEST_SHUTDOWN_POWEROFF:
      return STATUS_POWEROFF;
    case LGUEST_SHUTDOWN_RESTART:
      if (machine->options->no_reboot)
        return STATUS_REBOOT;
      log_verbose (_("the guest restarts"));
      return restart (launcher, failure);
    case LGUEST_SHUTDOWN_CRASH:
      log_message (_("guest panic: %s"), last->message[0]
                   ? last->message : _("no reason given"));
      return STATUS_PANIC;
    default:
      log_message (_("the guest ends in a way that lguest does not know:"
                     " %u"), last->detail);
      return STATUS_KILLED;
    }
}

/* No vcpu runs any more. */
static void
guest_ended (struct event_source *source)
{
  struct launcher *launcher
    = (struct launcher *) ((char *) source
                           - offsetof (struct launcher,
                                       machine.vcpus.ended));
  struct machine *machine = &launcher->machine;
  struct failure failure;
  uint64_t times;
  int status;

  if (read (source->fd, &times, sizeof times) != sizeof times)
    return;
  console_flush (&machine->console);
  if (launcher->resetting)
    {
      launcher->resetting = false;
      status = restart (launcher, &failure);
    }
  else if (!machine->vcpus.ran)
    status = failure_show (&machine->vcpus.failure);
  else if (machine->vcpus.last.reason == LGUEST_EXIT_SHUTDOWN)
    status = shut_down (launcher, &failure);
  else
    {
      log_message (_("the guest was killed: %s"), machine->vcpus.last.message);
      status = STATUS_KILLED;
    }
  if (status >= 0)
    event_loop_end (&machine->guest.loop, status);
}

/*
 * What others want of the Guest.
 */

/** launcher_resume - let it go on if it is paused; after the snapshot, if there is
   one being made */
void
launcher_resume (struct launcher *launcher)
{
  if (launcher->saving)
    launcher->resume_then = true;
  else
    machine_resume (&launcher->machine);
}

/** launcher_sysrq - let its kernel do what SysRq with a key does */
bool
launcher_sysrq (struct launcher *launcher, char key)
{
  const char keys[] = { CONSOLE_SYSRQ, key };

  return line_type (&launcher->machine.console.ports[0].line, keys,
                    sizeof keys);
}

/** launcher_reset - start it again from scratch */
void
launcher_reset (struct launcher *launcher)
{
  log_verbose (_("the guest is reset"));
  launcher->resetting = true;
  machine_stop (&launcher->machine);
}

static void
set_stop_timer (struct launcher *launcher)
{
  const struct itimerspec time
    = { .it_value.tv_sec = STOP_STEP_SECONDS };

  timerfd_settime (launcher->stop_timer.fd, 0, &time, NULL);
}

/* The next step of asking it by SysRq. */
static void
next_stop (struct event_source *source)
{
  struct launcher *launcher
    = (struct launcher *) ((char *) source
                           - offsetof (struct launcher, stop_timer));
  uint64_t times;

  if (read (source->fd, &times, sizeof times) != sizeof times)
    return;
  switch (launcher->stop)
    {
    case STOP_SYNC:
      launcher_sysrq (launcher, 'u');
      launcher->stop = STOP_READ_ONLY;
      set_stop_timer (launcher);
      break;
    case STOP_READ_ONLY:
      launcher_sysrq (launcher, 'o');
      launcher->stop = STOP_OFF;
      break;
    default:
      break;
    }
}

/**
 * launcher_ask_to_stop - ask it to power off
 *
 * The best is the power button.  A kernel without a driver for that gets SysRq
 * instead: no program is asked, but nothing written to disks is lost.  Returns
 * false if it does not listen to that either.
 */
bool
launcher_ask_to_stop (struct launcher *launcher)
{
  struct machine *machine = &launcher->machine;

  if (vcpus_paused (&machine->vcpus))
    launcher_resume (launcher);
  if (button_press (&machine->guest.button, &machine->guest,
                    LGUEST_BUTTON_POWER))
    {
      launcher->stop = STOP_BUTTON;
      return true;
    }
  if (launcher->stop != STOP_NONE)
    return true;
  if (!console_is_heard (&machine->console)
      || !launcher_sysrq (launcher, 's'))
    return false;
  launcher->stop = STOP_SYNC;
  set_stop_timer (launcher);
  return true;
}

/* The escape key was used on our terminal. */
static void
command_came (struct console_line *line, enum escape_meaning command,
              uint8_t key)
{
  struct launcher *launcher = line->context;
  struct machine *machine = &launcher->machine;

  switch (command)
    {
    case ESCAPE_QUIT:
      log_message (_("ended from the console"));
      event_loop_end (&machine->guest.loop, STATUS_STOPPED);
      break;
    case ESCAPE_PAUSE:
      if (launcher->saving)
        log_message (_("a snapshot is being made"));
      else if (vcpus_paused (&machine->vcpus))
        {
          machine_resume (machine);
          log_message (_("the guest goes on"));
        }
      else if (machine_pause (machine))
        log_message (_("the guest is paused"));
      break;
    case ESCAPE_SYSRQ:
      launcher_sysrq (launcher, key);
      break;
    default:
      break;
    }
}

/* Stop, as if we had never caught SIGTSTP; the terminal is the shell's
   meanwhile. */
static void
suspend (void)
{
  terminal_restore ();
  raise (SIGSTOP);
}

static void
signal_came (struct event_source *source)
{
  struct launcher *launcher
    = (struct launcher *) ((char *) source
                           - offsetof (struct launcher, signals));
  struct machine *machine = &launcher->machine;
  struct signalfd_siginfo info;

  if (read (source->fd, &info, sizeof info) != sizeof info)
    return;
  switch (info.ssi_signo)
    {
    case SIGWINCH:
      console_resize (&machine->console);
      break;
    case SIGTSTP:
      suspend ();
      break;
    case SIGCONT:
      if (console_has_terminal (&machine->console))
        terminal_make_raw ();
      break;
    default:
      /* The first time the Guest is asked, if it knows what that means. */
      if (launcher->stop != STOP_BUTTON
          && button_press (&machine->guest.button, &machine->guest,
                           LGUEST_BUTTON_POWER))
        {
          launcher_resume (launcher);
          launcher->stop = STOP_BUTTON;
          break;
        }
      log_verbose (_("ended by signal %u"), info.ssi_signo);
      event_loop_end (&machine->guest.loop, STATUS_SIGNAL + info.ssi_signo);
      break;
    }
}

static void
time_is_up (struct event_source *source)
{
  struct launcher *launcher
    = (struct launcher *) ((char *) source
                           - offsetof (struct launcher, timer));

  log_message (_("the time is up"));
  event_loop_end (&launcher->machine.guest.loop, STATUS_TIMEOUT);
}

/* Have signals come as events.  Before any thread is made, as threads inherit
   which signals are blocked. */
static bool
catch_signals (struct launcher *launcher, struct failure *failure)
{
  static const int caught[] =
    { SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH };
  sigset_t set;
  size_t i;

  signal (SIGPIPE, SIG_IGN);
  sigemptyset (&set);
  for (i = 0; i < sizeof caught / sizeof *caught; i++)
    {
      struct sigaction action;

      /* Who started us with nohup, or in the background of a script, has
         a reason. */
      if (sigaction (caught[i], NULL, &action) == 0
          && action.sa_handler == SIG_IGN)
        continue;
      sigaddset (&set, caught[i]);
    }
  launcher->signals.ready = signal_came;
  launcher->signals.fd = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (launcher->signals.fd < 0 || sigprocmask (SIG_BLOCK, &set, NULL) != 0)
    return fail (failure, STATUS_ERROR, _("cannot catch signals: %s"),
                 strerror (errno));
  return true;
}

static bool
create_timer (struct launcher *launcher, struct failure *failure)
{
  launcher->timer.ready = time_is_up;
  launcher->timer.fd = timerfd_create (CLOCK_MONOTONIC,
                                       TFD_CLOEXEC | TFD_NONBLOCK);
  if (launcher->timer.fd < 0
      || !event_loop_add (&launcher->machine.guest.loop, &launcher->timer))
    return fail (failure, STATUS_ERROR, _("cannot set the timer: %s"),
                 strerror (errno));
  return launcher_set_timeout (launcher, launcher->options->timeout, failure);
}

/**
 * launcher_set_timeout - it may run so long
 * @seconds: since we were started; 0: as long as it wants
 */
bool
launcher_set_timeout (struct launcher *launcher, unsigned seconds,
                      struct failure *failure)
{
  struct itimerspec time = { .it_value = launcher->started_monotonic };

  if (seconds)
    time.it_value.tv_sec += seconds;
  else
    time.it_value = (struct timespec) { 0, 0 };
  return timerfd_settime (launcher->timer.fd, TFD_TIMER_ABSTIME, &time, NULL)
    == 0
    || fail (failure, STATUS_ERROR, _("cannot set the timer: %s"),
             strerror (errno));
}

/* Let others find and control the Guest.  If it has a name, that has to
   work. */
static bool
be_found (struct launcher *launcher, struct failure *failure)
{
  const char *name = launcher->options->name;

  if (name)
    snprintf (launcher->name, sizeof launcher->name, "%s", name);
  else
    snprintf (launcher->name, sizeof launcher->name, DEFAULT_NAME,
              (long) getpid ());
  if (run_directory_create (&launcher->directory, launcher->name, failure))
    {
      launcher->controlled = requests_open (launcher, failure)
        && ((!launcher->options->user && !launcher->options->guarded)
            || run_directory_guard (&launcher->directory, failure));
      if (!launcher->controlled)
        run_directory_remove (&launcher->directory);
    }
  if (launcher->controlled)
    return true;
  if (name)
    return false;
  log_verbose ("%s", failure->text);
  return true;
}

/* From here on nobody can find it, and nothing is left of it. */
static void
be_gone (struct launcher *launcher, int status)
{
  if (!launcher->controlled)
    return;
  run_directory_remove (&launcher->directory);
  control_close (&launcher->control, status);
}

static bool
create_stop_timer (struct launcher *launcher, struct failure *failure)
{
  launcher->stop_timer.ready = next_stop;
  launcher->stop_timer.fd = timerfd_create (CLOCK_MONOTONIC,
                                            TFD_CLOEXEC | TFD_NONBLOCK);
  if (launcher->stop_timer.fd < 0
      || !event_loop_add (&launcher->machine.guest.loop,
                          &launcher->stop_timer))
    return fail (failure, STATUS_ERROR, _("cannot set the timer: %s"),
                 strerror (errno));
  return true;
}

/* Where messages go when it is in the background; and to stop using the
   user's terminal then. */
static bool
prepare_background (struct launcher *launcher, struct failure *failure)
{
  const char *log = launcher->options->log;

  launcher->null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (launcher->null < 0)
    return fail (failure, STATUS_ERROR, _("cannot go to the background: %s"),
                 strerror (errno));
  if (!log_prepare (log ? log : "syslog"))
    return fail (failure, STATUS_ERROR, _("cannot write messages to %s: %s"),
                 log, strerror (errno));
  return true;
}

/* It runs: who waits for that may know. */
static void
go_to_background (struct launcher *launcher, int ready)
{
  const char done = 0;

  log_switch ();
  dup2 (launcher->null, STDERR_FILENO);
  close (launcher->null);
  write_fully (ready, &done, sizeof done);
  close (ready);
}

/* The Guest that this process has. */
static struct launcher the_launcher;

/* A thread has done what it has no reason to do.  It may hold any lock, so
   nothing is finished; but nothing is left behind either. */
static void
end_at_once (void)
{
  struct launcher *launcher = &the_launcher;

  terminal_restore ();
  be_gone (launcher, STATUS_REFUSED);
  _exit (STATUS_REFUSED);
}

static void
call_refused (struct event_source *source)
{
  (void) source;
  end_at_once ();
}

/* Addresses that were made of the Guest's name are its cards' for good. */
static void
keep_addresses (struct options *options, const struct net_cards *cards)
{
  unsigned i;

  for (i = 0; i < options->net_count; i++)
    {
      char text[MAC_ADDRESS_TEXT_SIZE];

      if (options->nets[i].mac)
        continue;
      mac_address_print (&cards->cards[i]->settings.mac, text);
      options->nets[i].mac = strdup (text);
    }
}

/* The options as a file.  Later nobody could find out where we were started. */
static char *
write_configuration (const struct options *options)
{
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream (&text, &length);

  if (!file)
    return NULL;
  config_print (options, file);
  if (fclose (file) == 0)
    return text;
  free (text);
  return NULL;
}

/* Files that will be made are the user's who makes them. */
static bool
give_files (const char *name, struct failure *failure)
{
  struct identity user;
  bool given;

  if (!identity_find (&user, name, failure))
    return false;
  given = new_file_give (user.user, user.group);
  free (user.name);
  return given
    || fail (failure, STATUS_ERROR, _("cannot give a file to user \"%s\": %s"),
             name, strerror (errno));
}

static bool
start_early (void *context, struct failure *failure)
{
  return machine_start_early (context, failure);
}

/* Open all that is needed; give up all that is not; then build the Guest from
   what others have made, and let it run. */
static bool
start (struct launcher *launcher, int ready, struct failure *failure)
{
  const struct options *options = launcher->options;
  struct machine *machine = &launcher->machine;
  const struct confine_settings confine =
    {
      .mode = options->confine,
      .roles = machine_roles (options),
      .user = options->user,
      .chroot = options->chroot,
      .start_early = start_early,
      .context = machine,
    };
  unsigned i;

  if (!catch_signals (launcher, failure)
      || !machine_open (machine, options, failure))
    return false;
  if (!event_loop_add (&machine->guest.loop, &launcher->signals))
    return fail (failure, STATUS_ERROR, _("cannot catch signals: %s"),
                 strerror (errno));
  if (!create_timer (launcher, failure)
      || !create_stop_timer (launcher, failure)
      || !be_found (launcher, failure)
      || (ready >= 0 && !prepare_background (launcher, failure)))
    return false;
  keep_addresses (launcher->options, &machine->nets);
  launcher->configuration = write_configuration (options);
  if (options->user && !give_files (options->user, failure))
    return false;
  confine_end = end_at_once;
  if (!confine_process (&confine, failure))
    return false;
  if (confine_bell >= 0)
    {
      launcher->refused.fd = confine_bell;
      launcher->refused.ready = call_refused;
      if (!event_loop_add (&machine->guest.loop, &launcher->refused))
        return fail (failure, STATUS_ERROR, _("cannot wait for events: %s"),
                     strerror (errno));
    }
  if (!machine_build (machine, failure) || !confine_seal (failure))
    return false;
  for (i = 0; i < machine->console.port_count; i++)
    {
      machine->console.ports[i].line.context = launcher;
      machine->console.ports[i].line.command = command_came;
    }
  if (options->boot_timer)
    console_time_boot (&machine->console, &launcher->started_monotonic);
  if (!saver_start (&launcher->saver, machine, failure)
      || !console_open (&machine->console, failure)
      || !machine_start (machine, failure))
    return false;
  if (ready >= 0)
    go_to_background (launcher, ready);
  return true;
}

/*L:000 Where Guests come from
 *
 * We go back in time now, to before the Guest's first instruction, when it was
 * but a line that somebody typed: "lguest 128 vmlinux".  This is the program
 * that it started.  It is an ordinary one.  It opens files and allocates
 * memory, it has threads, it can be stopped with ^Z, and "top" shows what it
 * costs.  It has no privilege but to open one device node.
 *
 * Its main thread sets everything up, and then it sits and waits for things to
 * happen: a key, a bell, a signal, the end.  Each virtual processor gets a
 * thread of its own, and disks and networks have some. That is all the
 * scheduling there is: the Host's kernel does it, as for any program, and it
 * has been practising since 1991.
 */
/**
 * launcher_run - run a Guest until it ends
 * @started: when the program was, for --boot-timer
 * @ready: a pipe to write a zero byte to when the Guest runs, which is in the
 *   background then; -1: it is in the foreground
 *
 * Returns the status to exit with.
 */
int
launcher_run (struct options *options, const struct timespec *started,
              int ready)
{
  struct launcher *launcher = &the_launcher;
  struct machine *machine = &launcher->machine;
  struct failure failure;
  int status;

  launcher->options = options;
  launcher->started = time (NULL);
  launcher->started_monotonic = *started;
  machine->vcpus.ended.ready = guest_ended;
  if (start (launcher, ready, &failure))
    status = event_loop_run (&machine->guest.loop);
  else
    status = failure_show (&failure);
  if (status < 0)
    status = STATUS_ERROR;
  console_close (&machine->console);
  /* Who saves the Guest reads its disks. */
  if (!launcher->saving || saver_wait (&launcher->saver, SAVER_SECONDS))
    machine_close (machine);
  else
    log_message (_("ended while a snapshot is being made, which takes too"
                   " long: what the guest has not flushed may be lost"));
  be_gone (launcher, status);
  terminal_restore ();
  return status;
}
/*:*/
