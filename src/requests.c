/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * requests.c - what clients of the control socket can ask for.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "change.h"
#include "fd_io.h"
#include "i18n.h"
#include "log.h"
#include "option_value.h"
#include "requests.h"
#include "snapshot/snapshot.h"
#include "tell.h"

#define NUMBER_DIGITS_MAX 5

/* How long a Guest may take to say how it uses its memory. */
#define REFRESH_NS 500000000

static struct launcher *
launcher_of (struct control_client *client)
{
  return client->control->context;
}

static void
refuse_end (struct control_client *client)
{
  control_error (client, PROTOCOL_WRONG_STATE, _("the guest is ending"));
}

/* While a snapshot is being made, the Guest has to stand still. */
static bool
refuse_saving (struct control_client *client)
{
  if (!launcher_of (client)->saving)
    return false;
  control_error (client, PROTOCOL_WRONG_STATE,
                 _("a snapshot is being made"));
  return true;
}

/* The next word of a line, as a number. */
static bool
next_number (char **line, unsigned *number)
{
  const char *word = strsep (line, " ");
  size_t length = word ? strlen (word) : 0;

  if (length < 1 || length > NUMBER_DIGITS_MAX
      || strspn (word, "0123456789") != length)
    return false;
  for (*number = 0; *word; word++)
    *number = *number * 10 + (*word - '0');
  return true;
}

/*
 * Status.
 */

/* The Guest has answered, or had its time. */
static void
end_refresh (struct launcher *launcher)
{
  const struct itimerspec never = { 0 };

  timerfd_settime (launcher->refresh_timer.fd, 0, &never, NULL);
  control_release (&launcher->control, CLIENT_ASKS, NULL);
}

static void
balloon_answered (struct balloon *balloon)
{
  end_refresh ((struct launcher *) ((char *) balloon
                                    - offsetof (struct launcher,
                                                machine.balloon)));
}

static void
refresh_late (struct event_source *source)
{
  struct launcher *launcher
    = (struct launcher *) ((char *) source
                           - offsetof (struct launcher, refresh_timer));
  uint64_t times;

  if (read (source->fd, &times, sizeof times) == sizeof times)
    end_refresh (launcher);
}

static bool
create_refresh_timer (struct launcher *launcher)
{
  struct event_source *timer = &launcher->refresh_timer;

  timer->ready = refresh_late;
  timer->fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  launcher->machine.balloon.answered = balloon_answered;
  return timer->fd >= 0
    && event_loop_add (&launcher->machine.guest.loop, timer);
}

static void
request_refresh (struct control_client *client, char *arguments)
{
  struct launcher *launcher = launcher_of (client);
  const struct itimerspec time = { .it_value.tv_nsec = REFRESH_NS };

  (void) arguments;
  if (!launcher->options->balloon || vcpus_paused (&launcher->machine.vcpus)
      || !balloon_ask (&launcher->machine.balloon)
      || timerfd_settime (launcher->refresh_timer.fd, 0, &time, NULL) != 0)
    control_ok (client);
  else
    client->state = CLIENT_ASKS;
}

static void
request_status (struct control_client *client, char *arguments)
{
  struct launcher *launcher = launcher_of (client);

  (void) arguments;
  statistics_file_renew (&launcher->statistics);
  tell_status (launcher, &client->answer);
  control_ok (client);
}

/*
 * Life.
 */

static void
request_pause (struct control_client *client, char *arguments)
{
  struct machine *machine = &launcher_of (client)->machine;

  (void) arguments;
  if (refuse_saving (client))
    return;
  if (vcpus_paused (&machine->vcpus))
    control_error (client, PROTOCOL_WRONG_STATE,
                   _("the guest is paused already"));
  else if (!machine_pause (machine))
    refuse_end (client);
  else
    control_ok (client);
}

static void
request_resume (struct control_client *client, char *arguments)
{
  struct machine *machine = &launcher_of (client)->machine;

  (void) arguments;
  if (refuse_saving (client))
    return;
  if (!vcpus_paused (&machine->vcpus))
    {
      control_error (client, PROTOCOL_WRONG_STATE,
                     _("the guest is not paused"));
      return;
    }
  machine_resume (machine);
  control_ok (client);
}

static void
request_stop (struct control_client *client, char *arguments)
{
  (void) arguments;
  if (launcher_ask_to_stop (launcher_of (client)))
    control_ok (client);
  else
    control_error (client, PROTOCOL_NOT_SUPPORTED,
                   _("the guest cannot be asked to stop now"));
}

static void
request_kill (struct control_client *client, char *arguments)
{
  struct launcher *launcher = launcher_of (client);

  (void) arguments;
  log_message (_("stopped by force"));
  control_ok (client);
  event_loop_end (&launcher->machine.guest.loop, STATUS_STOPPED);
}

static void
request_reset (struct control_client *client, char *arguments)
{
  (void) arguments;
  if (refuse_saving (client))
    return;
  launcher_reset (launcher_of (client));
  control_ok (client);
}

static void
request_nmi (struct control_client *client, char *arguments)
{
  (void) arguments;
  if (machine_nmi (&launcher_of (client)->machine))
    control_ok (client);
  else
    control_error (client, PROTOCOL_FAILED, _("no interrupt: %s"),
                   strerror (errno));
}

static void
request_sysrq (struct control_client *client, char *arguments)
{
  if (!isalnum ((unsigned char) arguments[0]) || arguments[1])
    control_error (client, PROTOCOL_BAD_REQUEST,
                   _("a SysRq key is a letter or a digit"));
  else if (!launcher_sysrq (launcher_of (client), arguments[0]))
    control_error (client, PROTOCOL_FAILED,
                   _("the guest does not read its console"));
  else
    control_ok (client);
}

static void
request_set (struct control_client *client, char *arguments)
{
  struct launcher *launcher = launcher_of (client);
  const char *key = strsep (&arguments, " ");
  struct failure failure;
  uint64_t size;

  if (strcmp (key, "balloon-size") == 0)
    {
      if (!arguments || !options_parse_size (arguments, &size))
        control_error (client, PROTOCOL_BAD_REQUEST,
                       _("\"%.60s\" is no size"), arguments ? arguments : "");
      else if (!machine_set_balloon (&launcher->machine, size, &failure))
        control_error (client, PROTOCOL_FAILED, "%s", failure.text);
      else
        control_ok (client);
      return;
    }
  if (!arguments)
    control_error (client, PROTOCOL_BAD_REQUEST, _("%.60s has no value"),
                   key);
  else if (change_option (launcher_of (client), key, arguments, &failure))
    control_ok (client);
  else
    control_error (client, failure.status == STATUS_USAGE
                   ? PROTOCOL_BAD_REQUEST : PROTOCOL_FAILED, "%s",
                   failure.text);
}

static void
request_wait (struct control_client *client, char *arguments)
{
  (void) arguments;
  client->state = CLIENT_WAITS;
}

/*
 * Consoles.
 */

static bool
next_port (struct control_client *client, char **arguments, unsigned *port)
{
  const struct console *console = &launcher_of (client)->machine.console;

  if (next_number (arguments, port) && *port < console->port_count)
    return true;
  control_error (client, PROTOCOL_BAD_REQUEST,
                 ngettext ("the guest has %u console",
                           "the guest has %u consoles", console->port_count),
                 console->port_count);
  return false;
}

static void
request_console (struct control_client *client, char *arguments)
{
  const struct console *console = &launcher_of (client)->machine.console;
  const char *word;

  if (!next_port (client, &arguments, &client->port))
    return;
  client->read_only = false;
  client->backlog = true;
  while ((word = strsep (&arguments, " ")))
    if (strcmp (word, "ro") == 0)
      client->read_only = true;
    else if (strcmp (word, "new") == 0)
      client->backlog = false;
  if (console->ports[client->port].line.client_count >= LINE_CLIENTS_MAX)
    {
      control_error (client, PROTOCOL_BUSY,
                     _("too many are attached to this console"));
      return;
    }
  client->state = CLIENT_ATTACHES;
  control_ok (client);
}

static bool
attach (struct control_client *client, int fd, const char *typed,
        size_t count)
{
  struct console *console = &launcher_of (client)->machine.console;

  return line_attach (&console->ports[client->port].line, fd,
                      client->read_only, client->backlog, typed, count);
}

static void
request_resize (struct control_client *client, char *arguments)
{
  struct console *console = &launcher_of (client)->machine.console;
  unsigned port, columns, rows;

  if (!next_port (client, &arguments, &port))
    return;
  if (!next_number (&arguments, &columns) || !next_number (&arguments, &rows)
      || columns > CONSOLE_CELLS_MAX || rows > CONSOLE_CELLS_MAX)
    {
      control_error (client, PROTOCOL_BAD_REQUEST,
                     _("this is no size of a window"));
      return;
    }
  console_set_size (console, port, columns, rows);
  control_ok (client);
}

static void
request_statistics (struct control_client *client, char *arguments)
{
  struct launcher *launcher = launcher_of (client);
  const int fd = statistics_file_get (&launcher->statistics,
                                      launcher->machine.guest.device_node);

  (void) arguments;
  if (fd < 0)
    {
      control_error (client, PROTOCOL_NOT_SUPPORTED,
                     _("this launcher has no statistics"));
      return;
    }
  client->passed = fd;
  control_ok (client);
}

/* The Guest stands still meanwhile. */
static void
request_backtrace (struct control_client *client, char *arguments)
{
  struct machine *machine = &launcher_of (client)->machine;
  const bool paused = vcpus_paused (&machine->vcpus);
  const size_t before = client->answer.length;

  (void) arguments;
  if (refuse_saving (client))
    return;
  if (!paused && !machine_pause (machine))
    {
      refuse_end (client);
      return;
    }
  if (tell_backtrace (launcher_of (client), &client->answer))
    control_ok (client);
  else
    {
      client->answer.length = before;
      control_error (client, PROTOCOL_FAILED,
                     _("lg.ko does not tell registers: %s"),
                     strerror (errno));
    }
  if (!paused)
    machine_resume (machine);
}

/*
 * Snapshots.
 */

/* The snapshot is made, or not. */
static void
snapshot_done (struct event_source *source)
{
  struct launcher *launcher
    = (struct launcher *) ((char *) source
                           - offsetof (struct launcher, saver.done));
  const bool saved = saver_finish (&launcher->saver);
  const bool told = control_release (&launcher->control, CLIENT_SAVES,
                                     saved ? NULL
                                     : &launcher->saver.failure);

  launcher->saving = false;
  /* If nobody is there to keep it, it is lost, so the Guest goes on. */
  if (saved && told && launcher->stop_then)
    {
      /* The devices do not: disks have to stay as they are now. */
      log_verbose (_("the guest is saved, and ends here"));
      event_loop_end (&launcher->machine.guest.loop, STATUS_STOPPED);
      return;
    }
  snapshot_release (&launcher->machine);
  if (launcher->resume_then)
    machine_resume (&launcher->machine);
}

/* Are these all the files of a snapshot?  Others could make us wait. */
static bool
check_files (const struct control_client *client)
{
  unsigned i;

  for (i = 0; i < client->file_count; i++)
    {
      struct stat status;

      if (fstat (client->files[i], &status) != 0
          || !S_ISREG (status.st_mode))
        return false;
    }
  return client->file_count == PROTOCOL_SNAPSHOT_FILES;
}

static void
request_snapshot (struct control_client *client, char *arguments)
{
  struct launcher *launcher = launcher_of (client);
  struct machine *machine = &launcher->machine;
  const bool paused = vcpus_paused (&machine->vcpus);
  struct failure failure;

  if (refuse_saving (client))
    return;
  if (*arguments && strcmp (arguments, "stop") != 0)
    control_error (client, PROTOCOL_BAD_REQUEST,
                   _("\"%.40s\" is nothing to do with a snapshot"),
                   arguments);
  else if (!check_files (client))
    control_error (client, PROTOCOL_BAD_REQUEST,
                   _("a snapshot needs %d files"), PROTOCOL_SNAPSHOT_FILES);
  else if (!launcher->configuration)
    control_error (client, PROTOCOL_NOT_SUPPORTED,
                   _("this guest has no configuration"));
  else if (!snapshot_possible (machine, &failure))
    control_error (client, PROTOCOL_NOT_SUPPORTED, "%s", failure.text);
  else if (!write_fully (client->files[PROTOCOL_SNAPSHOT_CONFIG],
                         launcher->configuration,
                         strlen (launcher->configuration)))
    control_error (client, PROTOCOL_FAILED,
                   _("cannot write the snapshot: %s"), strerror (errno));
  else if (!paused && !machine_pause (machine))
    refuse_end (client);
  else
    {
      launcher->saving = true;
      launcher->resume_then = !paused;
      launcher->stop_then = *arguments;
      client->state = CLIENT_SAVES;
      saver_save (&launcher->saver, client->files[PROTOCOL_SNAPSHOT_STATE],
                  client->files[PROTOCOL_SNAPSHOT_MEMORY]);
      client->files[PROTOCOL_SNAPSHOT_STATE] = -1;
      client->files[PROTOCOL_SNAPSHOT_MEMORY] = -1;
    }
}

static const struct control_request requests[] =
{
  { "refresh", request_refresh },
  { "status", request_status },
  { "pause", request_pause },
  { "resume", request_resume },
  { "stop", request_stop },
  { "kill", request_kill },
  { "reset", request_reset },
  { "nmi", request_nmi },
  { "sysrq", request_sysrq },
  { "set", request_set },
  { "wait", request_wait },
  { "console", request_console },
  { "resize", request_resize },
  { "statistics", request_statistics },
  { "backtrace", request_backtrace },
  { "snapshot", request_snapshot },
  { NULL, NULL },
};

/** requests_open - let clients come; the folder is there already */
bool
requests_open (struct launcher *launcher, struct failure *failure)
{
  struct control *control = &launcher->control;

  control->name = launcher->name;
  control->owner = launcher->options->owner.user;
  control->group = launcher->options->owner.group;
  control->requests = requests;
  control->context = launcher;
  control->attach = attach;
  launcher->saver.done.ready = snapshot_done;
  if (!create_refresh_timer (launcher))
    return fail (failure, STATUS_ERROR, _("cannot set the timer: %s"),
                 strerror (errno));
  return control_open (control, &launcher->machine.guest.loop,
                       launcher->directory.path, failure);
}
