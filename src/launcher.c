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
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <lguest/hypercall.h>

#include "i18n.h"
#include "launcher.h"
#include "log.h"
#include "machine.h"
#include "terminal.h"

/**
 * struct launcher - all of it
 * @machine: the Guest
 * @signals: a signalfd
 * @timer: a timerfd, for --timeout
 */
struct launcher
{
  struct machine machine;
  struct event_source signals;
  struct event_source timer;
};

/* The Guest wants off.  Returns the status to exit with, or -1 if it runs
   again. */
static int
shut_down (struct machine *machine, struct failure *failure)
{
  const struct lguest_exit *last = &machine->vcpus.last;

  switch (last->detail)
    {
    case LGUEST_SHUTDOWN_POWEROFF:
      return STATUS_POWEROFF;
    case LGUEST_SHUTDOWN_RESTART:
      if (machine->options->no_reboot)
        return STATUS_REBOOT;
      log_verbose (_("the guest restarts"));
      return machine_restart (machine, failure) ? -1 : failure_show (failure);
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
  struct machine *machine
    = (struct machine *) ((char *) source
                          - offsetof (struct machine, vcpus.ended));
  struct failure failure;
  uint64_t times;
  int status;

  if (read (source->fd, &times, sizeof times) != sizeof times)
    return;
  console_flush (&machine->console);
  if (!machine->vcpus.ran)
    status = failure_show (&machine->vcpus.failure);
  else if (machine->vcpus.last.reason == LGUEST_EXIT_SHUTDOWN)
    status = shut_down (machine, &failure);
  else
    {
      log_message (_("the guest was killed: %s"), machine->vcpus.last.message);
      status = STATUS_KILLED;
    }
  if (status >= 0)
    event_loop_end (&machine->guest.loop, status);
}

/* The escape key was used on our terminal. */
static void
command_came (struct console_line *line, enum escape_meaning command,
              uint8_t key)
{
  struct launcher *launcher = line->context;
  struct machine *machine = &launcher->machine;
  const char keys[] = { CONSOLE_SYSRQ, key };

  switch (command)
    {
    case ESCAPE_QUIT:
      log_message (_("ended from the console"));
      event_loop_end (&machine->guest.loop, STATUS_STOPPED);
      break;
    case ESCAPE_PAUSE:
      if (vcpus_paused (&machine->vcpus))
        {
          machine_resume (machine);
          log_message (_("the guest goes on"));
        }
      else if (machine_pause (machine))
        log_message (_("the guest is paused"));
      break;
    case ESCAPE_SYSRQ:
      line_type (line, keys, sizeof keys);
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
set_timer (struct launcher *launcher, unsigned seconds,
           struct failure *failure)
{
  const struct itimerspec time = { .it_value.tv_sec = seconds };

  launcher->timer.ready = time_is_up;
  launcher->timer.fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (launcher->timer.fd < 0
      || timerfd_settime (launcher->timer.fd, 0, &time, NULL) != 0
      || !event_loop_add (&launcher->machine.guest.loop, &launcher->timer))
    return fail (failure, STATUS_ERROR, _("cannot set the timer: %s"),
                 strerror (errno));
  return true;
}

/**
 * launcher_run - run a Guest until it ends
 * @started: when the program was, for --boot-timer
 *
 * Returns the status to exit with.
 */
int
launcher_run (const struct options *options, const struct timespec *started)
{
  static struct launcher launcher;
  struct machine *machine = &launcher.machine;
  struct failure failure;
  unsigned i;
  int status;

  machine->vcpus.ended.ready = guest_ended;
  if (!catch_signals (&launcher, &failure)
      || !machine_create (machine, options, &failure))
    return failure_show (&failure);
  if (!event_loop_add (&machine->guest.loop, &launcher.signals))
    {
      fail (&failure, STATUS_ERROR, _("cannot catch signals: %s"),
            strerror (errno));
      return failure_show (&failure);
    }
  if (options->timeout && !set_timer (&launcher, options->timeout, &failure))
    return failure_show (&failure);
  for (i = 0; i < machine->console.port_count; i++)
    {
      machine->console.ports[i].line.context = &launcher;
      machine->console.ports[i].line.command = command_came;
    }
  if (options->boot_timer)
    console_time_boot (&machine->console, started);
  if (!console_open (&machine->console, &failure)
      || !machine_start (machine, &failure))
    status = failure_show (&failure);
  else
    status = event_loop_run (&machine->guest.loop);
  console_close (&machine->console);
  terminal_restore ();
  return status >= 0 ? status : STATUS_ERROR;
}
