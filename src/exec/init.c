/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec/init.c - process 1 of a guest that "lguest exec" runs one command in.
 *
 * It is a program of its own, lguest-init, which needs nothing from the
 * guest's root: no library, no file.  It mounts what programs expect, runs the
 * command, brings its input and output to and fro, and powers off.
 *
 * Messages are for who debugs the guest: they go to the kernel's log.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

/* The console appears when its driver has started. */
#define CONSOLE "/dev/hvc1"
#define CONSOLE_TRIES 2000
#define CONSOLE_WAIT_NS 5000000

#define HEADER_BYTES EXEC_HEADER_BYTES

/* What a frame from outside can be long. */
#define FRAME_BYTES (HEADER_BYTES + EXEC_DATA_BYTES)

enum { OUT, ERR, STREAMS };

static int line = -1;
static int signals = -1;
static pid_t command;
static bool ended;
static int status;

/* Input that the command has not taken yet. */
static int input = -1;
static uint8_t waiting[EXEC_WINDOW];
static size_t waiting_count;
static bool input_ends;

/* Output: where it comes from, and how much of it may be sent. */
static int outputs[STREAMS] = { -1, -1 };
static size_t window = EXEC_WINDOW;

static void
say (const char *format, ...)
{
  const int log = open ("/dev/kmsg", O_WRONLY | O_CLOEXEC);
  va_list arguments;

  va_start (arguments, format);
  if (log >= 0)
    {
      vdprintf (log, format, arguments);
      close (log);
    }
  va_end (arguments);
}

static void __attribute__ ((noreturn))
power_off (void)
{
  sync ();
  reboot (RB_POWER_OFF);
  for (;;)
    pause ();
}

static void __attribute__ ((noreturn))
give_up (const char *what)
{
  say ("lguest-init: %s: %s\n", what, strerror (errno));
  power_off ();
}

static void
mount_one (const char *type, const char *where, const char *data)
{
  mkdir (where, 0755);
  if (mount (type, where, type, MS_NOSUID, data) != 0 && errno != EBUSY)
    say ("lguest-init: mount %s: %s\n", where, strerror (errno));
}

static void
mount_all (void)
{
  mount_one ("devtmpfs", "/dev", NULL);
  mount_one ("proc", "/proc", NULL);
  mount_one ("sysfs", "/sys", NULL);
  mount_one ("devpts", "/dev/pts", "mode=620,gid=5");
  mount_one ("tmpfs", "/dev/shm", NULL);
  mount_one ("tmpfs", "/tmp", "mode=1777");
  mount_one ("tmpfs", "/run", "mode=755");
  symlink ("/proc/self/fd", "/dev/fd");
  symlink ("/proc/self/fd/0", "/dev/stdin");
  symlink ("/proc/self/fd/1", "/dev/stdout");
  symlink ("/proc/self/fd/2", "/dev/stderr");
}

static void
open_line (void)
{
  const struct timespec time = { .tv_nsec = CONSOLE_WAIT_NS };
  struct termios settings;
  int tries;

  for (tries = 0; line < 0 && tries < CONSOLE_TRIES; tries++)
    {
      line = open (CONSOLE, O_RDWR | O_NOCTTY | O_CLOEXEC);
      if (line < 0)
        nanosleep (&time, NULL);
    }
  if (line < 0 || tcgetattr (line, &settings) != 0)
    give_up (CONSOLE);
  cfmakeraw (&settings);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (tcsetattr (line, TCSANOW, &settings) != 0)
    give_up (CONSOLE);
}

/*
 * Frames.
 */

static void
write_all (const uint8_t *bytes, size_t count)
{
  while (count > 0)
    {
      const ssize_t n = write (line, bytes, count);

      if (n < 0 && errno != EINTR && errno != EAGAIN)
        give_up ("writing");
      if (n > 0)
        {
          bytes += n;
          count -= n;
        }
    }
}

static void
send_frame (uint8_t what, const void *data, uint32_t count)
{
  uint8_t frame[FRAME_BYTES];

  frame[0] = what;
  frame[1] = count;
  frame[2] = count >> 8;
  frame[3] = count >> 16;
  frame[4] = count >> 24;
  memcpy (frame + HEADER_BYTES, data, count);
  write_all (frame, HEADER_BYTES + count);
}

static void
send_number (uint8_t what, uint32_t number)
{
  const uint8_t bytes[] =
    { number, number >> 8, number >> 16, number >> 24 };

  send_frame (what, bytes, sizeof bytes);
}

static uint32_t
get_number (const uint8_t *bytes)
{
  return bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16
    | (uint32_t) bytes[3] << 24;
}

/* The command's input takes no more. */
static void
close_input (void)
{
  if (input >= 0)
    close (input);
  input = -1;
  /* What comes is thrown away. */
  if (waiting_count)
    send_number (EXEC_TAKEN_INPUT, waiting_count);
  waiting_count = 0;
}

static void
heed (uint8_t what, const uint8_t *data, uint32_t count)
{
  switch (what)
    {
    case EXEC_INPUT:
      if (count == 0)
        {
          input_ends = true;
          if (waiting_count == 0)
            close_input ();
        }
      else if (input < 0)
        send_number (EXEC_TAKEN_INPUT, count);
      else if (count <= sizeof waiting - waiting_count)
        {
          memcpy (waiting + waiting_count, data, count);
          waiting_count += count;
        }
      break;
    case EXEC_TAKEN_OUTPUT:
      if (count == 4)
        window += get_number (data);
      break;
    case EXEC_SIGNAL:
      if (count == 1 && !ended)
        kill (-command, data[0]);
      break;
    }
}

/* Read from outside, and do what it says. */
static void
read_line (void)
{
  static uint8_t frame[FRAME_BYTES];
  static size_t have;
  ssize_t n = read (line, frame + have, sizeof frame - have);

  if (n <= 0)
    return;
  have += n;
  while (have >= HEADER_BYTES)
    {
      const uint32_t count = get_number (frame + 1);

      if (count > EXEC_DATA_BYTES)
        give_up ("a frame that is too long");
      if (have < HEADER_BYTES + count)
        break;
      heed (frame[0], frame + HEADER_BYTES, count);
      have -= HEADER_BYTES + count;
      memmove (frame, frame + HEADER_BYTES + count, have);
    }
}

static void
write_input (void)
{
  const ssize_t n = write (input, waiting, waiting_count);

  if (n > 0)
    {
      waiting_count -= n;
      memmove (waiting, waiting + n, waiting_count);
      send_number (EXEC_TAKEN_INPUT, n);
      if (input_ends && waiting_count == 0)
        close_input ();
    }
  else if (n < 0 && errno != EAGAIN && errno != EINTR)
    close_input ();
}

/* False if there is nothing (more) now. */
static bool
read_output (unsigned stream)
{
  uint8_t bytes[EXEC_DATA_BYTES];
  const size_t room = window < sizeof bytes ? window : sizeof bytes;
  ssize_t n;

  if (outputs[stream] < 0 || room == 0)
    return false;
  n = read (outputs[stream], bytes, room);
  if (n > 0)
    {
      window -= n;
      send_frame (stream == OUT ? EXEC_OUTPUT : EXEC_ERROR, bytes, n);
      return true;
    }
  if (n == 0 || (errno != EAGAIN && errno != EINTR))
    {
      close (outputs[stream]);
      outputs[stream] = -1;
    }
  return false;
}

/*
 * The command.
 */

/**
 * struct job - what to do
 * @folder: where
 * @arguments, @environment: each with a NULL at its end
 */
struct job
{
  char *folder;
  char **arguments;
  char **environment;
};

static void
read_job (struct job *job)
{
  const int fd = open ("/" EXEC_JOB, O_RDONLY | O_CLOEXEC);
  struct stat about;
  size_t count = 0, arguments = 0, i;
  char *text, *at, **texts;

  if (fd < 0 || fstat (fd, &about) != 0 || about.st_size < 1)
    give_up (EXEC_JOB);
  text = malloc (about.st_size);
  if (!text || read (fd, text, about.st_size) != about.st_size
      || text[about.st_size - 1])
    give_up (EXEC_JOB);
  close (fd);
  for (at = text; at < text + about.st_size; at += strlen (at) + 1)
    count++;
  texts = calloc (count + 2, sizeof *texts);
  if (!texts || count < 3)
    give_up (EXEC_JOB);
  for (at = text, i = 0; at < text + about.st_size; at += strlen (at) + 1)
    {
      /* A NULL behind the arguments. */
      texts[i++] = at;
      if (i == 2 && ((arguments = strtoul (at, NULL, 10)) < 1
                     || arguments > count - 2))
        give_up (EXEC_JOB);
      if (i > 2 && i == 2 + arguments)
        i++;
    }
  job->folder = texts[0];
  job->arguments = texts + 2;
  job->environment = texts + 3 + arguments;
}

static void __attribute__ ((noreturn))
run_command (const struct job *job, const int *fds)
{
  sigset_t none;
  int error;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  setsid ();
  dup2 (fds[0], STDIN_FILENO);
  dup2 (fds[1], STDOUT_FILENO);
  dup2 (fds[2], STDERR_FILENO);
  if (chdir (job->folder) != 0)
    {
      fprintf (stderr, "lguest: cannot enter folder %s in the guest: %s\n",
               job->folder, strerror (errno));
      _exit (EXEC_STATUS_CANNOT);
    }
  execvpe (job->arguments[0], job->arguments, job->environment);
  error = errno;
  fprintf (stderr, "lguest: cannot run %s in the guest: %s\n",
           job->arguments[0], strerror (error));
  _exit (error == ENOENT ? EXEC_STATUS_MISSING : EXEC_STATUS_CANNOT);
}

static void
start (const struct job *job)
{
  int in[2], out[2], err[2];

  if (pipe2 (in, O_CLOEXEC) != 0 || pipe2 (out, O_CLOEXEC) != 0
      || pipe2 (err, O_CLOEXEC) != 0)
    give_up ("pipe");
  /* execvpe () looks into our own PATH. */
  environ = job->environment;
  command = fork ();
  if (command < 0)
    give_up ("fork");
  if (command == 0)
    run_command (job, (const int[]) { in[0], out[1], err[1] });
  close (in[0]);
  close (out[1]);
  close (err[1]);
  input = in[1];
  outputs[OUT] = out[0];
  outputs[ERR] = err[0];
  fcntl (input, F_SETFL, O_NONBLOCK);
  fcntl (outputs[OUT], F_SETFL, O_NONBLOCK);
  fcntl (outputs[ERR], F_SETFL, O_NONBLOCK);
}

/* All processes that have ended; ours may be among them. */
static void
bury (void)
{
  struct signalfd_siginfo info;
  int how;
  pid_t pid;

  while (read (signals, &info, sizeof info) == sizeof info)
    continue;
  while ((pid = waitpid (-1, &how, WNOHANG)) > 0)
    if (pid == command)
      {
        ended = true;
        status = WIFEXITED (how) ? WEXITSTATUS (how) : 128 + WTERMSIG (how);
      }
}

/* Until the command has ended, and all that it wrote is on its way. */
static void
serve (void)
{
  for (;;)
    {
      struct pollfd wait[] =
        {
          { .fd = line, .events = POLLIN },
          { .fd = signals, .events = POLLIN },
          { .fd = waiting_count ? input : -1, .events = POLLOUT },
          { .fd = window ? outputs[OUT] : -1, .events = POLLIN },
          { .fd = window ? outputs[ERR] : -1, .events = POLLIN },
        };
      bool more = false;

      /* Whoever else has its output open does not count. */
      if (poll (wait, sizeof wait / sizeof *wait, ended && window ? 0 : -1)
          < 0 && errno != EINTR)
        give_up ("poll");
      if (wait[0].revents)
        read_line ();
      if (wait[1].revents)
        bury ();
      if (wait[2].revents && input >= 0 && waiting_count)
        write_input ();
      more |= read_output (OUT);
      more |= read_output (ERR);
      if (ended && !more && window)
        return;
    }
}

int
main (void)
{
  struct job job;
  uint8_t byte;
  sigset_t set;

  mount_all ();
  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  sigprocmask (SIG_BLOCK, &set, NULL);
  signal (SIGPIPE, SIG_IGN);
  signals = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0)
    give_up ("signalfd");
  read_job (&job);
  open_line ();
  start (&job);
  send_frame (EXEC_READY, "", 0);
  serve ();
  byte = status;
  sync ();
  send_frame (EXEC_STATUS, &byte, 1);
  tcdrain (line);
  power_off ();
}
