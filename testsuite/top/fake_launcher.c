/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_launcher.c - what a Guest's control socket says, without a Guest; or
 * what it should never say.
 *
 *	fake-launcher NAME [WORD[=VALUE]]...
 *
 * makes $LGUEST_RUN/NAME/ctl, says "ready", and stays in the foreground.  What
 * clients ask for is written to $LGUEST_RUN/NAME.log.  The words are in
 * struct behaviour.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <lguest/statistics.h>

#include "fake_page.h"

#define CLIENTS_MAX 32
#define LINE_BYTES 1024
#define ANSWER_BYTES (256 * 1024)

/* What a mute one does with its answers. */
enum manner
{
  GOOD,
  DEAF,                         /* accepts nobody */
  SILENT,                       /* does not say who it is */
  MUTE,                         /* does not answer */
  GARBAGE,                      /* says bytes of all kinds */
  ENDLESS,                      /* a line that does not end */
  FLOOD,                        /* more lines than anybody can want */
  DRIP,                         /* a byte every 20 ms */
  HALF,                         /* hangs up in the middle */
  REFUSE,                       /* lets nobody in */
  BUSY,                         /* says so */
  OTHER,                        /* of another version */
};

static const char *const manners[] =
  { "good", "deaf", "silent", "mute", "garbage", "endless", "flood", "drip",
    "half", "refuse", "busy", "other", NULL };

/**
 * struct behaviour - what the command line says
 * @manner: see there
 * @rate: "rate=N": exits by hypercall, per second and vcpu
 * @vcpus, @disks, @nets: how many; "say_vcpus=N" and so on: how many it says
 * @state: "state=WORD"
 * @page_fault: "page=N", of enum fake_page_fault; -1: there is no page
 * @path: of the first disk
 * @no_frequency: "khz=0": nobody knows how long a cycle is
 * @back: "back=1": counters go back now and then
 * @young: "young=1": it claims to have started just now, always
 * @pid: "pid=N": the process that it claims to be
 * @console: "console=mute": never attaches; "wild": plays with the terminal
 * @ask: "stop=no": refuses to power off
 * @uptime: seconds at the start
 */
static struct behaviour
{
  enum manner manner;
  uint64_t rate;
  unsigned vcpus, disks, nets;
  const char *say_vcpus, *say_disks;
  const char *state;
  int page_fault;
  const char *path;
  bool back, young, no_frequency;
  const char *pid;
  const char *console;
  bool cannot_stop;
  uint64_t uptime;
} behaviour =
{
  .rate = 1000, .vcpus = 1, .disks = 1, .nets = 1, .state = "running",
  .path = "/srv/images/debian.qcow2",
};

struct client
{
  int fd;
  char line[LINE_BYTES];
  size_t count;
  bool attaches;
  bool attached;
  bool waits;
};

static struct client clients[CLIENTS_MAX];
static const char *name;
static struct fake_page page;
static int page_fd = -1;
static bool paused, stopping;
static FILE *journal;
static struct timespec started;

static char answer[ANSWER_BYTES];
static size_t answer_length;

static void die (const char *what) __attribute__ ((noreturn));

static void
die (const char *what)
{
  fprintf (stderr, "fake-launcher: %s: %s\n", what, strerror (errno));
  exit (1);
}

static double
seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec - started.tv_sec + (now.tv_nsec - started.tv_nsec) / 1e9;
}

static void say (const char *format, ...)
  __attribute__ ((format (printf, 1, 2)));

static void
say (const char *format, ...)
{
  va_list arguments;
  int n;

  va_start (arguments, format);
  n = vsnprintf (answer + answer_length, sizeof answer - answer_length,
                 format, arguments);
  va_end (arguments);
  if (n > 0 && answer_length + n < sizeof answer)
    answer_length += n;
}

/* A value, with %XX for what may not be in a line. */
static void
say_text (const char *key, const char *value)
{
  say ("%s ", key);
  for (; *value; value++)
    if ((unsigned char) *value < 32 || *value == 127 || *value == '%')
      say ("%%%02X", (unsigned char) *value);
    else
      say ("%c", *value);
  say ("\n");
}

static void
hang_up (struct client *client)
{
  close (client->fd);
  memset (client, 0, sizeof *client);
  client->fd = -1;
}

static void
send_bytes (struct client *client, const char *bytes, size_t count, int fd)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr alignment;
  } control;
  struct iovec piece = { (char *) bytes, count };
  struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
  size_t i;

  if (behaviour.manner == DRIP)
    {
      for (i = 0; i < count; i++)
        {
          if (send (client->fd, bytes + i, 1, MSG_NOSIGNAL) != 1)
            return;
          usleep (20000);
        }
      return;
    }
  if (fd >= 0)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      control.alignment.cmsg_level = SOL_SOCKET;
      control.alignment.cmsg_type = SCM_RIGHTS;
      control.alignment.cmsg_len = CMSG_LEN (sizeof fd);
      memcpy (CMSG_DATA (&control.alignment), &fd, sizeof fd);
    }
  if (sendmsg (client->fd, &message, MSG_NOSIGNAL) < 0)
    hang_up (client);
}

static void
flush_answer (struct client *client, int fd)
{
  if (behaviour.manner == HALF)
    {
      send_bytes (client, answer, answer_length / 2, -1);
      hang_up (client);
    }
  else
    send_bytes (client, answer, answer_length, fd);
  answer_length = 0;
}

/* What has happened up to now. */
static void
renew_page (void)
{
  double t = seconds () + behaviour.uptime;
  unsigned i;

  static unsigned times;

  if (page_fd < 0)
    return;
  if (behaviour.back && times++ % 2)
    t /= 2;
  for (i = 1; i <= behaviour.vcpus; i++)
    {
      const double n = t * behaviour.rate;

      fake_page_set (&page, "exit.hypercall", i, 0, n);
      fake_page_set (&page, "hypercall.set_pte", i, 0, n * 3 / 4);
      fake_page_set (&page, "hypercall.halt", i, 0, n / 4);
      fake_page_set (&page, "exit.page_fault", i, 0, n / 2);
      fake_page_set (&page, "fault.filled", i, 0, n / 2);
      fake_page_set (&page, "exit.interrupt_timer", i, 0, t * 250);
      fake_page_set (&page, "inject.timer", i, 0, t * 250);
      fake_page_set (&page, "direct.system_call", i, 0, n * 40);
      fake_page_set (&page, "time.guest", i, 0, t * 4e8);
      fake_page_set (&page, "time.host", i, 0, t * 1e8);
      fake_page_set (&page, "time.halted", i, 0, t * 5e8);
      /* All from 1024 to 2047, one in 50 from 8192. */
      fake_page_set (&page, "latency.hypercall", i, 10, n);
      fake_page_set (&page, "latency.page_fault", i, 13, n / 50);
    }
}

static void
say_devices (void)
{
  const uint64_t n = seconds () * behaviour.rate;
  unsigned i;

  if (behaviour.say_disks)
    say ("disks %s\n", behaviour.say_disks);
  else
    say ("disks %u\n", behaviour.disks);
  for (i = 0; i < behaviour.disks; i++)
    {
      char key[64];

      say ("disk.%u.name vd%c\n", i, 'a' + i);
      snprintf (key, sizeof key, "disk.%u.path", i);
      say_text (key, behaviour.path);
      say ("disk.%u.format qcow2\ndisk.%u.mode overlay\ndisk.%u.size"
           " 1073741824\n", i, i, i);
      say ("disk.%u.read-requests %lu\ndisk.%u.read-bytes %lu\n", i, n / 10,
           i, n / 10 * 4096);
      say ("disk.%u.read-ns %lu\n", i, n / 10 * 150000);
      say ("disk.%u.write-requests %lu\ndisk.%u.write-bytes %lu\n", i,
           n / 20, i, n / 20 * 4096);
      say ("disk.%u.errors 3\n", i);
    }
  say ("nets %u\n", behaviour.nets);
  for (i = 0; i < behaviour.nets; i++)
    {
      say ("net.%u.name eth%u\nnet.%u.type tap\nnet.%u.interface lg%u\n", i,
           i, i, i, i);
      say ("net.%u.bridge br0\nnet.%u.mac 52:54:00:12:34:56\n", i, i);
      say ("net.%u.receive-packets %lu\nnet.%u.receive-bytes %lu\n", i, n,
           i, n * 1000);
      say ("net.%u.send-packets %lu\nnet.%u.send-bytes %lu\n", i, n / 2, i,
           n * 100);
    }
}

static void
answer_status (struct client *client)
{
  unsigned i;

  renew_page ();
  switch (behaviour.manner)
    {
    case GARBAGE:
      for (i = 0; i < 8192; i++)
        say ("%c", (int) (i * 7919 % 255 + 1));
      say ("\nok\n");
      break;
    case ENDLESS:
      for (i = 0; i < ANSWER_BYTES - 1; i++)
        say ("x");
      break;
    case FLOOD:
      for (i = 0; i < 20000; i++)
        say ("key%u v\n", i);
      say ("ok\n");
      break;
    default:
      say ("name %s\npid %s\nstate %s\n", name, behaviour.pid,
           paused ? "paused" : stopping ? "stopping" : behaviour.state);
      if (behaviour.say_vcpus)
        say ("vcpus %s\n", behaviour.say_vcpus);
      else
        say ("vcpus %u\n", behaviour.vcpus);
      say ("memory 536870912\nstarted %ld\nuptime-ms %ld\nrestarts 0\n",
           behaviour.young ? (long) (seconds () * 1000) : 1000000,
           (long) ((seconds () + behaviour.uptime) * 1000));
      say ("uid %u\nconsoles 1\nunknown-key value\n", getuid ());
      say_devices ();
      say ("ok\n");
    }
  flush_answer (client, -1);
}

static void
to_consoles (const char *text)
{
  unsigned i;

  for (i = 0; i < CLIENTS_MAX; i++)
    if (clients[i].fd >= 0 && clients[i].attached)
      send_bytes (&clients[i], text, strlen (text), -1);
}

static void
answer_request (struct client *client, const char *request)
{
  char text[LINE_BYTES + 32];

  if (strcmp (request, "status") != 0)
    {
      fprintf (journal, "%s\n", request);
      fflush (journal);
    }
  if (behaviour.manner == MUTE)
    return;
  if (strcmp (request, "status") == 0)
    {
      answer_status (client);
      return;
    }
  if (strcmp (request, "statistics") == 0)
    {
      if (page_fd < 0)
        say ("error unsupported there are none\n");
      else
        say ("ok\n");
      flush_answer (client, page_fd);
      return;
    }
  if (strncmp (request, "console ", 8) == 0)
    {
      if (behaviour.console && strcmp (behaviour.console, "mute") == 0)
        return;
      client->attaches = true;
    }
  else if (strcmp (request, "pause") == 0)
    paused = true;
  else if (strcmp (request, "resume") == 0)
    paused = false;
  else if (strcmp (request, "stop") == 0)
    {
      if (behaviour.cannot_stop)
        {
          say ("error unsupported the guest %%1B[2Jcannot\n");
          flush_answer (client, -1);
          return;
        }
      stopping = true;
    }
  else if (strcmp (request, "kill") == 0)
    {
      say ("ok\n");
      flush_answer (client, -1);
      exit (0);
    }
  else if (strcmp (request, "wait") == 0)
    {
      client->waits = true;
      return;
    }
  else
    {
      snprintf (text, sizeof text, "[%s]\r\n", request);
      to_consoles (text);
    }
  say ("ok\n");
  flush_answer (client, -1);
}

static void
greet_console (struct client *client)
{
  char text[200];

  client->attached = true;
  snprintf (text, sizeof text, "this is the console of %s\r\n", name);
  send_bytes (client, text, strlen (text), -1);
  if (behaviour.console && strcmp (behaviour.console, "wild") == 0)
    {
      /* Line drawing, reverse, a scroll region, wrap off, and a mess. */
      snprintf (text, sizeof text, "\033(0\016\033[7m\033[5;9r\033[?7l"
                "\033[?25l\033=\033[?1h\033[3;70Hwild");
      send_bytes (client, text, strlen (text), -1);
    }
}

static void
read_client (struct client *client)
{
  char *end;
  ssize_t n = recv (client->fd, client->line + client->count,
                    sizeof client->line - 1 - client->count, 0);

  if (n <= 0)
    {
      hang_up (client);
      return;
    }
  client->count += n;
  if (client->attached)
    {
      char text[LINE_BYTES + 32];

      /* An echo that is not what the terminal's own would be. */
      client->line[client->count] = '\0';
      client->count = 0;
      if (strchr (client->line, '\r'))
        snprintf (text, sizeof text, "<typed>\r\n");
      else
        snprintf (text, sizeof text, "{%s}", client->line);
      send_bytes (client, text, strlen (text), -1);
      return;
    }
  while (client->fd >= 0
         && (end = memchr (client->line, '\n', client->count)))
    {
      char request[LINE_BYTES];
      const size_t length = end - client->line;

      memcpy (request, client->line, length);
      request[length] = '\0';
      client->count -= length + 1;
      memmove (client->line, end + 1, client->count);
      if (client->attaches && length == 0)
        {
          greet_console (client);
          return;
        }
      answer_request (client, request);
    }
  if (client->count == sizeof client->line - 1)
    hang_up (client);
}

static void
accept_client (int listener)
{
  const int fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  struct client *client = NULL;
  unsigned i;

  for (i = 0; i < CLIENTS_MAX; i++)
    if (clients[i].fd < 0)
      client = &clients[i];
  if (fd < 0 || !client)
    {
      close (fd);
      return;
    }
  client->fd = fd;
  switch (behaviour.manner)
    {
    case SILENT:
      return;
    case REFUSE:
      say ("error not-allowed this guest is not yours\n");
      break;
    case BUSY:
      say ("error busy too many\n");
      break;
    case OTHER:
      say ("lguest 99 %s %s\n", name, behaviour.pid);
      break;
    default:
      say ("lguest 1 %s %s\n", name, behaviour.pid);
      send_bytes (client, answer, answer_length, -1);
      answer_length = 0;
      return;
    }
  flush_answer (client, -1);
  hang_up (client);
}

static int
make_socket (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *run = getenv ("LGUEST_RUN");
  char path[4096];
  int fd;

  if (!run)
    die ("LGUEST_RUN");
  mkdir (run, 0700);
  snprintf (path, sizeof path, "%s/%s", run, name);
  mkdir (path, 0700);
  snprintf (path, sizeof path, "%s/%s.log", run, name);
  journal = fopen (path, "we");
  if (!journal)
    die (path);
  snprintf (address.sun_path, sizeof address.sun_path, "%s/%s/ctl", run,
            name);
  unlink (address.sun_path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0
      || listen (fd, behaviour.manner == DEAF ? 1 : 64) != 0)
    die (address.sun_path);
  return fd;
}

static void
make_page (void)
{
  void *bytes;
  size_t size;

  if (behaviour.page_fault < 0)
    return;
  size = fake_page_size (behaviour.vcpus);
  page_fd = memfd_create ("statistics", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (page_fd < 0 || ftruncate (page_fd, size) != 0)
    die ("memfd");
  bytes = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, page_fd, 0);
  if (bytes == MAP_FAILED)
    die ("mmap");
  fcntl (page_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  fake_page_init (&page, bytes, behaviour.vcpus);
  renew_page ();
  if (behaviour.no_frequency)
    ((struct lguest_statistics *) bytes)->tsc_khz = 0;
  fake_page_spoil (&page, behaviour.page_fault);
}

static bool
starts_with (const char *text, const char *word, const char **value)
{
  const size_t length = strlen (word);

  if (strncmp (text, word, length) != 0)
    return false;
  *value = text + length;
  return true;
}

static void
parse (const char *word)
{
  const char *value;
  unsigned i;

  for (i = 0; manners[i]; i++)
    if (strcmp (word, manners[i]) == 0)
      {
        behaviour.manner = i;
        return;
      }
  if (starts_with (word, "rate=", &value))
    behaviour.rate = strtoull (value, NULL, 10);
  else if (starts_with (word, "vcpus=", &value))
    behaviour.vcpus = atoi (value);
  else if (starts_with (word, "disks=", &value))
    behaviour.disks = atoi (value);
  else if (starts_with (word, "nets=", &value))
    behaviour.nets = atoi (value);
  else if (starts_with (word, "say_vcpus=", &value))
    behaviour.say_vcpus = value;
  else if (starts_with (word, "say_disks=", &value))
    behaviour.say_disks = value;
  else if (starts_with (word, "state=", &value))
    behaviour.state = value;
  else if (starts_with (word, "page=", &value))
    behaviour.page_fault = atoi (value);
  else if (starts_with (word, "path=", &value))
    behaviour.path = value;
  else if (starts_with (word, "pid=", &value))
    behaviour.pid = value;
  else if (starts_with (word, "console=", &value))
    behaviour.console = value;
  else if (starts_with (word, "uptime=", &value))
    behaviour.uptime = strtoull (value, NULL, 10);
  else if (strcmp (word, "back=1") == 0)
    behaviour.back = true;
  else if (strcmp (word, "khz=0") == 0)
    behaviour.no_frequency = true;
  else if (strcmp (word, "young=1") == 0)
    behaviour.young = true;
  else if (strcmp (word, "stop=no") == 0)
    behaviour.cannot_stop = true;
  else
    {
      fprintf (stderr, "fake-launcher: %s?\n", word);
      exit (2);
    }
}

int
main (int argc, char **argv)
{
  static char pid[16];
  int i, listener;

  if (argc < 2)
    return 2;
  name = argv[1];
  snprintf (pid, sizeof pid, "%d", getpid ());
  behaviour.pid = pid;
  for (i = 2; i < argc; i++)
    parse (argv[i]);
  clock_gettime (CLOCK_MONOTONIC, &started);
  for (i = 0; i < CLIENTS_MAX; i++)
    clients[i].fd = -1;
  make_page ();
  listener = make_socket ();
  printf ("ready\n");
  fflush (stdout);
  for (;;)
    {
      struct pollfd wait[CLIENTS_MAX + 1]
        = { { .fd = behaviour.manner == DEAF ? -1 : listener,
              .events = POLLIN } };

      for (i = 0; i < CLIENTS_MAX; i++)
        wait[i + 1] = (struct pollfd) { .fd = clients[i].fd,
                                        .events = POLLIN };
      if (poll (wait, CLIENTS_MAX + 1, -1) < 0)
        continue;
      for (i = 0; i < CLIENTS_MAX; i++)
        if (clients[i].fd >= 0 && wait[i + 1].revents)
          read_client (&clients[i]);
      if (wait[0].revents)
        accept_client (listener);
    }
}
