/* Starts QEMU with a private line to the agent in the emulated host, has the
   agent run a command there, and passes input, output and the status through.

   Usage: runner [OPTION]... -- QEMU [ARG]... -- COMMAND [ARG]...
     --result=FILE         write what happened there (see write_result)
     --qemu-log=FILE       where what QEMU itself says goes
     --boot-timeout=S      the host must be up by then
     --timeout=S           the command must have ended by then
     --tty                 give the command a terminal
     --escape=N            this byte on our terminal leaves (0: none)
     --keep-module         leave lg.ko loaded at the end
     --tcp                 the line is TCP: QEMU (well, Bochs) connects to port
			   @LINE@ of this machine
     --raw                 the line is no agent's but plain bytes (a serial
			   port): copy both ways until QEMU ends

   In QEMU's arguments the word @LINE@ stands for the line's descriptor.

   SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

/* QEMU has this long to power off once all has arrived.  */
#define POWER_OFF_SECONDS 20

enum how
{
  HOW_RUNNING, HOW_EXITED, HOW_TIMEOUT, HOW_NOT_UP, HOW_DIED, HOW_LEFT,
  HOW_SIGNAL, HOW_MODULE_REFUSED
};

static const char *const how_names[] = {
  "running", "exited", "timeout", "not-up", "died", "left", "signal",
  "module-refused"
};

static struct
{
  const char *result, *qemu_log;
  double boot_timeout, timeout;
  bool tty, keep_module, raw, tcp;
  int escape;
} options = { .boot_timeout = 120, .timeout = 300, .escape = 0x1d };

static struct
{
  int line;			/* our end of the line to the agent */
  bool listening;		/* `line' waits for Bochs to connect */
  pid_t qemu;
  bool up;			/* the agent said HELLO */
  enum how how;
  int status;			/* of the command; of the signal */
  char trouble[4096];		/* what the agent found wrong */
  long window;			/* bytes of stdin that may be sent */
  bool stdin_open, stdin_sent_end;
  char frame[FRAME_HEADER_BYTES + FRAME_MAX_BYTES];
  size_t have;			/* bytes of `frame' that have arrived */
} session;

static struct termios saved_terminal;
static bool terminal_is_raw;
static volatile sig_atomic_t signal_caught, size_changed;

static double
now (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void
restore_terminal (void)
{
  if (terminal_is_raw)
    tcsetattr (0, TCSADRAIN, &saved_terminal);
  terminal_is_raw = false;
}

static void
make_terminal_raw (void)
{
  struct termios raw;

  if (tcgetattr (0, &saved_terminal) != 0)
    return;
  raw = saved_terminal;
  cfmakeraw (&raw);
  terminal_is_raw = tcsetattr (0, TCSADRAIN, &raw) == 0;
}

static void
on_signal (int signal)
{
  if (signal == SIGWINCH)
    size_changed = 1;
  else if (signal != SIGALRM)
    signal_caught = signal;
}

static void
end (enum how how, int status)
{
  if (session.how == HOW_RUNNING)
    {
      session.how = how;
      session.status = status;
    }
}

/* Write everything, or give up at a signal or when nobody reads.  */
static bool
write_all (int fd, const char *bytes, size_t size)
{
  while (size > 0)
    {
      ssize_t n = write (fd, bytes, size);

      if (n < 0 && errno == EINTR && !signal_caught)
	continue;
      if (n < 0 && errno == EAGAIN)
	{
	  struct pollfd p = { fd, POLLOUT, 0 };

	  poll (&p, 1, 100);
	  continue;
	}
      if (n < 0)
	return false;
      bytes += n;
      size -= n;
    }
  return true;
}

static void
send_frame (enum frame type, const void *payload, uint32_t size)
{
  char frame[FRAME_HEADER_BYTES + FRAME_MAX_BYTES];

  frame[0] = type;
  memcpy (frame + 1, &size, sizeof size);
  memcpy (frame + FRAME_HEADER_BYTES, payload, size);
  if (!write_all (session.line, frame, FRAME_HEADER_BYTES + size))
    end (HOW_DIED, 0);
}

static void
send_size (void)
{
  struct winsize window;
  uint16_t size[2];

  if (ioctl (0, TIOCGWINSZ, &window) != 0)
    return;
  size[0] = window.ws_row ? window.ws_row : 24;
  size[1] = window.ws_col ? window.ws_col : 80;
  send_frame (FRAME_SIZE, size, sizeof size);
}

static void
send_start (char **command)
{
  char words[FRAME_MAX_BYTES];
  size_t size = 1;

  words[0] = (options.tty ? START_TTY : 0)
    | (options.keep_module ? START_KEEP_MODULE : 0);
  for (; *command; command++)
    {
      size_t word = strlen (*command) + 1;

      if (size + word > sizeof words)
	{
	  fprintf (stderr, "emuhost: the command line is too long\n");
	  end (HOW_NOT_UP, 0);
	  return;
	}
      memcpy (words + size, *command, word);
      size += word;
    }
  send_frame (FRAME_START, words, size);
  if (options.tty)
    send_size ();
}

static void
take_frame (enum frame type, char *payload, uint32_t size, char **command)
{
  uint32_t number = 0;

  switch (type)
    {
    case FRAME_HELLO:
      if (size == 7 && memcmp (payload, "refused", size) == 0)
	{
	  end (HOW_MODULE_REFUSED, 0);
	  break;
	}
      session.up = true;
      session.window = STDIN_WINDOW_BYTES;
      send_start (command);
      break;
    case FRAME_STDOUT:
      if (!write_all (1, payload, size) && errno == EPIPE)
	end (HOW_SIGNAL, SIGPIPE);
      break;
    case FRAME_STDERR:
      write_all (2, payload, size);
      break;
    case FRAME_ACK:
      memcpy (&number, payload, sizeof number);
      session.window += number;
      break;
    case FRAME_TROUBLE:
      snprintf (session.trouble + strlen (session.trouble),
		sizeof session.trouble - strlen (session.trouble),
		"%.*s\n", (int) size, payload);
      break;
    case FRAME_EXIT:
      memcpy (&number, payload, sizeof number);
      end (HOW_EXITED, number);
      send_frame (FRAME_BYE, "", 0);
      break;
    default:
      fprintf (stderr, "emuhost: unknown frame %d from the agent\n", type);
      end (HOW_DIED, 0);
    }
}

/* Whoever connects first is Bochs, or the host does not come up.  */
static void
accept_line (void)
{
  int connection = accept4 (session.line, NULL, NULL, SOCK_CLOEXEC);

  if (connection < 0)
    return;
  close (session.line);
  session.line = connection;
  session.listening = false;
}

static void
read_line (char **command)
{
  if (session.listening)
    {
      accept_line ();
      return;
    }
  ssize_t n = read (session.line, session.frame + session.have,
		    sizeof session.frame - session.have);

  if (n < 0 && errno == EINTR)
    return;
  if (n <= 0)
    {
      end (session.up ? HOW_DIED : HOW_NOT_UP, 0);
      return;
    }
  if (options.raw)
    {
      write_all (1, session.frame, n);
      return;
    }
  session.have += n;
  while (session.have >= FRAME_HEADER_BYTES)
    {
      uint32_t size;

      memcpy (&size, session.frame + 1, sizeof size);
      if (size > FRAME_MAX_BYTES)
	{
	  fprintf (stderr, "emuhost: garbage from the agent\n");
	  end (HOW_DIED, 0);
	  return;
	}
      if (session.have < FRAME_HEADER_BYTES + size)
	return;
      take_frame (session.frame[0], session.frame + FRAME_HEADER_BYTES, size,
		  command);
      session.have -= FRAME_HEADER_BYTES + size;
      memmove (session.frame, session.frame + FRAME_HEADER_BYTES + size,
	       session.have);
    }
}

static void
read_stdin (void)
{
  char bytes[FRAME_MAX_BYTES];
  size_t most = sizeof bytes;

  if (!options.raw && session.window < (long) most)
    most = session.window;
  ssize_t n = read (0, bytes, most);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (n <= 0)
    {
      session.stdin_open = false;
      if (!options.raw)
	send_frame (FRAME_STDIN_END, "", 0);
      return;
    }
  if (terminal_is_raw && options.escape
      && memchr (bytes, options.escape, n))
    {
      end (HOW_LEFT, 0);
      return;
    }
  if (options.raw)
    write_all (session.line, bytes, n);
  else
    {
      session.window -= n;
      send_frame (FRAME_STDIN, bytes, n);
    }
}

/* Make the line: our end is session.line; the other one's descriptor, or TCP
   port, is the result.  */
static int
open_line (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int ends[2];

  if (!options.tcp)
    {
      if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
	{
	  perror ("emuhost: socketpair");
	  exit (125);
	}
      session.line = ends[0];
      return ends[1];
    }
  session.listening = true;
  session.line = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (session.line < 0
      || bind (session.line, (struct sockaddr *) &address, sizeof address)
      || listen (session.line, 1)
      || getsockname (session.line, (struct sockaddr *) &address, &size))
    {
      perror ("emuhost: a TCP port of 127.0.0.1");
      exit (125);
    }
  return ntohs (address.sin_port);
}

static void
start_qemu (char **argv)
{
  char line[16];
  int other = open_line ();

  session.qemu = fork ();
  if (session.qemu == 0)
    {
      int null = open ("/dev/null", O_RDWR);

      prctl (PR_SET_PDEATHSIG, SIGKILL);
      setpgid (0, 0);		/* ^C is for us to handle */
      dup2 (null, 0);
      if (options.qemu_log)
	{
	  int log = open (options.qemu_log,
			  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	  if (log >= 0)
	    dup2 (log, 2);
	}
      dup2 (2, 1);
      if (!options.tcp)
	fcntl (other, F_SETFD, 0);
      snprintf (line, sizeof line, "%d", other);
      for (char **arg = argv; *arg; arg++)
	{
	  char *at = strstr (*arg, "@LINE@");

	  if (at && asprintf (arg, "%.*s%s%s", (int) (at - *arg), *arg, line,
			      at + strlen ("@LINE@")) < 0)
	    _exit (125);
	}
      execvp (argv[0], argv);
      fprintf (stderr, "%s: %s\n", argv[0], strerror (errno));
      _exit (125);
    }
  if (!options.tcp)
    close (other);
}

/* The end of Bochs, before it has connected, closes nothing that we hold.  */
static bool
qemu_is_gone (void)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, session.qemu, &info, WEXITED | WNOHANG | WNOWAIT) == 0
    && info.si_pid != 0;
}

/* Wait for QEMU to end by itself, then no longer.  */
static void
end_qemu (double patience)
{
  double deadline = now () + patience;
  bool by_itself = false;

  while (!(by_itself = waitpid (session.qemu, NULL, WNOHANG) != 0)
	 && now () < deadline && !signal_caught)
    {
      struct pollfd p = { session.line, POLLIN, 0 };
      char rest[4096];

      /* Wait on the line: it closes when QEMU ends.  */
      if (poll (&p, 1, 50) > 0 && read (session.line, rest, sizeof rest) <= 0)
	usleep (5000);
    }
  if (by_itself)
    return;
  if (patience > 0)
    snprintf (session.trouble + strlen (session.trouble),
	      sizeof session.trouble - strlen (session.trouble),
	      "the host did not power off in %g s\n", patience);
  kill (session.qemu, SIGTERM);
  for (int i = 0; i < 100; i++)
    {
      if (waitpid (session.qemu, NULL, WNOHANG) != 0)
	return;
      usleep (20000);
    }
  kill (session.qemu, SIGKILL);
  waitpid (session.qemu, NULL, 0);
}

static void
write_result (void)
{
  FILE *f = options.result ? fopen (options.result, "w") : NULL;

  if (!f)
    return;
  fprintf (f, "%s %d\n%s", how_names[session.how], session.status,
	   session.trouble);
  fclose (f);
}

static void
serve (char **command)
{
  double start = now ();

  session.stdin_open = true;
  session.up = options.raw;	/* a serial port is always there */
  while (session.how == HOW_RUNNING)
    {
      double deadline = start + options.timeout;
      bool ready_for_stdin = session.stdin_open && session.up
	&& (options.raw || session.window > 0);
      struct pollfd fds[2] = {
	{ session.line, POLLIN, 0 },
	{ ready_for_stdin ? 0 : -1, POLLIN, 0 }
      };

      if (!session.up && !options.raw
	  && options.boot_timeout < options.timeout)
	deadline = start + options.boot_timeout;
      double left = deadline - now ();
      if (left <= 0)
	end (session.up || options.raw ? HOW_TIMEOUT : HOW_NOT_UP, 0);
      else if (signal_caught)
	end (HOW_SIGNAL, signal_caught);
      else if (session.listening && qemu_is_gone ())
	end (HOW_NOT_UP, 0);
      else
	{
	  if (size_changed && session.up && options.tty)
	    {
	      size_changed = 0;
	      send_size ();
	    }
	  if (poll (fds, 2, left < 1 ? left * 1000 + 1 : 1000) < 0)
	    continue;
	  if (fds[0].revents)
	    read_line (command);
	  if (fds[1].revents && session.how == HOW_RUNNING)
	    read_stdin ();
	}
    }
}

int
main (int argc, char **argv)
{
  static const struct option long_options[] = {
    { "result", required_argument, NULL, 'r' },
    { "qemu-log", required_argument, NULL, 'q' },
    { "boot-timeout", required_argument, NULL, 'b' },
    { "timeout", required_argument, NULL, 't' },
    { "tty", no_argument, NULL, 'T' },
    { "escape", required_argument, NULL, 'e' },
    { "keep-module", no_argument, NULL, 'k' },
    { "raw", no_argument, NULL, 'R' },
    { "tcp", no_argument, NULL, 'p' },
    { NULL, 0, NULL, 0 }
  };
  static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
  struct sigaction action = { .sa_handler = on_signal };
  char **command;
  int option;

  while ((option = getopt_long (argc, argv, "+", long_options, NULL)) != -1)
    switch (option)
      {
      case 'r': options.result = optarg; break;
      case 'q': options.qemu_log = optarg; break;
      case 'b': options.boot_timeout = atof (optarg); break;
      case 't': options.timeout = atof (optarg); break;
      case 'T': options.tty = true; break;
      case 'e': options.escape = atoi (optarg); break;
      case 'k': options.keep_module = true; break;
      case 'R': options.raw = true; break;
      case 'p': options.tcp = true; break;
      default: return 125;
      }
  for (command = argv + optind; *command && strcmp (*command, "--") != 0;)
    command++;
  if (!*command || command == argv + optind)
    return 125;
  *command++ = NULL;

  prctl (PR_SET_PDEATHSIG, SIGTERM);
  signal (SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
    sigaction (caught[i], &action, NULL);
  start_qemu (argv + optind);
  if (options.tty && isatty (0))
    make_terminal_raw ();
  serve (command);
  restore_terminal ();
  end_qemu (session.how == HOW_EXITED
	    || (session.how == HOW_DIED && session.up) ? POWER_OFF_SECONDS : 0);
  write_result ();
  return 0;
}
