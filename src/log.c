/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.c - what lguest says to its user: on stderr, to a file or to syslog.
 *
 * Texts may come from the Guest: control characters are shown as "?", so
 * that no Guest can play with the terminal through our messages.
 */
#include <config.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "fd_io.h"
#include "log.h"
#include "terminal.h"

#define LINE_SIZE 1280

static char name[80];
static int verbosity;

/* -1: syslog. */
static int target = STDERR_FILENO;

/* Another name of syslog than of a file. */
static const char syslog_target[] = "syslog";

/* What log_prepare() has opened. */
static int prepared = STDERR_FILENO;

/**
 * log_prepare - open where log_switch() will go to
 * @where: "syslog", or a file, which is appended to
 *
 * Returns false with errno set if that is not possible.
 */
bool
log_prepare (const char *where)
{
  int fd = -1;

  if (strcmp (where, syslog_target) == 0)
    openlog ("lguest", LOG_PID | LOG_NDELAY, LOG_DAEMON);
  else
    {
      fd = open (where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
                 0600);
      if (fd < 0)
        return false;
    }
  prepared = fd;
  return true;
}

/** log_switch - write there from now on */
void
log_switch (void)
{
  target = prepared;
}

/** log_set_target - both at once */
bool
log_set_target (const char *where)
{
  if (!log_prepare (where))
    return false;
  log_switch ();
  return true;
}

/** log_set_name - put the Guest's name before every message */
void
log_set_name (const char *guest_name)
{
  snprintf (name, sizeof name, "%s: ", guest_name);
}

/** log_set_verbose - 1: show what log_verbose has to say, 0: do not */
void
log_set_verbose (int level)
{
  verbosity = level;
}

/* One write per line, so that threads do not tear each other's lines. */
static void
log_line (const char *format, va_list arguments)
{
  char line[LINE_SIZE];
  int length, i;

  length = snprintf (line, sizeof line, "lguest: %s", name);
  i = vsnprintf (line + length, sizeof line - length, format, arguments);
  if (i < 0)
    return;
  length += i;
  if (length > LINE_SIZE - 3)
    length = LINE_SIZE - 3;
  for (i = 0; i < length; i++)
    if (iscntrl ((unsigned char) line[i]) && line[i] != '\n'
        && line[i] != '\t')
      line[i] = '?';
  while (length > 0 && line[length - 1] == '\n')
    length--;
  if (target < 0)
    {
      /* It says itself whose message it is. */
      syslog (LOG_NOTICE, "%.*s", length - (int) strlen ("lguest: "),
              line + strlen ("lguest: "));
      return;
    }
  if (target == STDERR_FILENO && terminal_is_raw ())
    line[length++] = '\r';
  line[length++] = '\n';
  write_fully (target, line, length);
}

void
log_message (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  log_line (format, arguments);
  va_end (arguments);
}

void
log_verbose (const char *format, ...)
{
  va_list arguments;

  if (!verbosity)
    return;
  va_start (arguments, format);
  log_line (format, arguments);
  va_end (arguments);
}
