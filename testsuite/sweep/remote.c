/* remote.c - the debugger's line to an emulated host.

   Written for QEMU's gdbstub, of which it uses what its manual describes: the
   usual packets, "monitor" and the qemu.sstep and qemu.PhyMemMode extensions.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "remote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* QEMU's packets have 4096 bytes, and memory is two digits a byte.  */
enum { PACKET_SIZE = 4096, MEMORY_PIECE = 1024 };

/* Nothing but a running machine takes longer than this.  */
enum { ANSWER_TIMEOUT = 120000 };

static int line = -1;
static char packet[PACKET_SIZE * 2];	/* the last one that came */
static char said[PACKET_SIZE * 4];	/* the monitor's text */

static void __attribute__ ((noreturn, format (printf, 1, 2)))
lost (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  fputs ("FAIL line: ", stdout);
  vprintf (format, arguments);
  puts ("\n@@end");
  va_end (arguments);
  exit (2);
}

static int64_t
now_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000ll + time.tv_nsec / 1000000;
}

static void
write_all (const char *from, size_t size)
{
  while (size > 0)
    {
      ssize_t count = write (line, from, size);

      if (count < 0 && errno == EINTR)
	continue;
      if (count <= 0)
	lost ("the emulated host is gone (%s)", strerror (errno));
      from += count;
      size -= count;
    }
}

/* The next byte, or -1 when DEADLINE is over.  */
static int
read_byte (int64_t deadline)
{
  static char buffer[PACKET_SIZE];
  static size_t used, filled;

  while (used == filled)
    {
      struct pollfd entry = { .fd = line, .events = POLLIN };
      int64_t left = deadline - now_ms ();
      ssize_t count;

      if (left < 0)
	left = 0;
      if (poll (&entry, 1, left) == 0)
	return -1;
      count = read (line, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR)
	continue;
      if (count <= 0)
	lost ("the emulated host is gone");
      used = 0;
      filled = count;
    }
  return (unsigned char) buffer[used++];
}

/* The next packet, in PACKET; false when the time is over.  */
static bool
receive (int milliseconds)
{
  int64_t deadline = now_ms () + milliseconds;
  size_t length = 0;
  int byte;

  do
    {
      byte = read_byte (deadline);
      if (byte < 0)
	return false;
    }
  while (byte != '$');
  deadline = now_ms () + ANSWER_TIMEOUT;
  while ((byte = read_byte (deadline)) != '#')
    {
      if (byte < 0 || length == sizeof packet - 1)
	lost ("half a packet");
      packet[length++] = byte;
    }
  packet[length] = '\0';
  /* TCP keeps it whole: the sum is not looked at.  */
  read_byte (deadline);
  read_byte (deadline);
  write_all ("+", 1);
  return true;
}

static void
transmit (const char *text)
{
  char whole[PACKET_SIZE + 8];
  unsigned char sum = 0;
  int length;

  for (const char *p = text; *p; p++)
    sum += *p;
  length = snprintf (whole, sizeof whole, "$%s#%02x", text, sum);
  write_all (whole, length);
}

/* Send TEXT; the answer is in PACKET.  */
static void
ask (const char *text)
{
  transmit (text);
  if (!receive (ANSWER_TIMEOUT))
    lost ("no answer to %.20s", text);
}

static void
ask_ok (const char *text)
{
  ask (text);
  if (strcmp (packet, "OK") != 0)
    lost ("%.40s: %.40s", text, packet);
}

static int
digit (char c)
{
  return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static void
from_hex (const char *text, void *to, size_t size)
{
  uint8_t *bytes = to;

  for (size_t i = 0; i < size; i++)
    bytes[i] = digit (text[2 * i]) << 4 | digit (text[2 * i + 1]);
}

static char *
to_hex (char *text, const void *from, size_t size)
{
  const uint8_t *bytes = from;

  for (size_t i = 0; i < size; i++)
    text += sprintf (text, "%02x", bytes[i]);
  return text;
}

void
remote_open (int port)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET, .sin_port = htons (port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK)
  };
  int one = 1;

  line = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (line < 0 || connect (line, (struct sockaddr *) &address,
			   sizeof address) < 0)
    lost ("nobody at port %d (%s)", port, strerror (errno));
  setsockopt (line, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  /* It stops, and may or may not say so.  */
  write_all ("+", 1);
  while (receive (300))
    ;
  /* Who has not asked for this may not write registers.  */
  ask ("qXfer:features:read:target.xml:0,ff0");
}

void
remote_close (void)
{
  ask ("D");
  close (line);
  line = -1;
}

void
remote_interrupt (void)
{
  write_all ("\003", 1);
  if (!remote_wait (ANSWER_TIMEOUT))
    lost ("the emulated host cannot be stopped");
}

void
remote_continue (void)
{
  transmit ("c");
}

bool
remote_wait (int milliseconds)
{
  if (!receive (milliseconds))
    return false;
  if (packet[0] != 'T' && packet[0] != 'S')
    lost ("it did not stop: %.40s", packet);
  return true;
}

void
remote_step (bool events)
{
  static int last = -1;

  /* 1: step; 2: no interrupts; 4: time stands still.  */
  if (last != events)
    ask_ok (events ? "Qqemu.sstep=1" : "Qqemu.sstep=7");
  last = events;
  ask ("s");
  if (packet[0] != 'T' && packet[0] != 'S')
    lost ("no step: %.40s", packet);
}

static const struct
{
  const char *name;
  int offset, size;
} layout[REGISTER_COUNT] = {
#define WHOLE(number, name) { name, (number) * 8, 8 }
  WHOLE (0, "rax"), WHOLE (1, "rbx"), WHOLE (2, "rcx"), WHOLE (3, "rdx"),
  WHOLE (4, "rsi"), WHOLE (5, "rdi"), WHOLE (6, "rbp"), WHOLE (7, "rsp"),
  WHOLE (8, "r8"), WHOLE (9, "r9"), WHOLE (10, "r10"), WHOLE (11, "r11"),
  WHOLE (12, "r12"), WHOLE (13, "r13"), WHOLE (14, "r14"), WHOLE (15, "r15"),
  WHOLE (16, "rip"), { "eflags", 136, 4 }, { "cs", 140, 4 }, { "ss", 144, 4 },
  { "ds", 148, 4 }, { "es", 152, 4 }, { "fs", 156, 4 }, { "gs", 160, 4 },
  { "fs_base", 164, 8 }, { "gs_base", 172, 8 }, { "kernel_gs_base", 180, 8 },
  { "cr0", 188, 8 }, { "cr2", 196, 8 }, { "cr3", 204, 8 }, { "cr4", 212, 8 },
  { "cr8", 220, 8 }, { "efer", 228, 8 }
};

void
remote_read_registers (struct registers *registers)
{
  size_t size;

  ask ("g");
  size = strlen (packet) / 2;
  if (packet[0] == 'E' || size < 236)
    lost ("registers: %.20s", packet);
  memset (registers, 0, sizeof *registers);
  from_hex (packet, registers->bytes,
	    size < REGISTERS_SIZE ? size : REGISTERS_SIZE);
}

void
remote_write_register (int number, uint64_t value)
{
  char text[64];

  to_hex (text + sprintf (text, "P%x=", number), &value, layout[number].size);
  ask_ok (text);
}

uint64_t
register_get (const struct registers *registers, int number)
{
  uint64_t value = 0;

  memcpy (&value, registers->bytes + layout[number].offset,
	  layout[number].size);
  return value;
}

const char *
register_name (int number)
{
  return number < REGISTER_COUNT ? layout[number].name : "fpu";
}

int
registers_differ (const struct registers *a, const struct registers *b)
{
  for (int i = 0; i < REGISTER_COUNT; i++)
    if (register_get (a, i) != register_get (b, i))
      return i;
  return memcmp (a, b, sizeof *a) == 0 ? -1 : REGISTER_COUNT;
}

bool
remote_read (uint64_t address, void *to, size_t size)
{
  char text[64];

  while (size > 0)
    {
      size_t piece = size < MEMORY_PIECE ? size : MEMORY_PIECE;

      sprintf (text, "m%llx,%zx", (unsigned long long) address, piece);
      ask (text);
      if (strlen (packet) != 2 * piece)
	return false;
      from_hex (packet, to, piece);
      address += piece;
      to = (char *) to + piece;
      size -= piece;
    }
  return true;
}

bool
remote_write (uint64_t address, const void *from, size_t size)
{
  char text[PACKET_SIZE];

  to_hex (text + sprintf (text, "M%llx,%zx:", (unsigned long long) address,
			  size), from, size);
  ask (text);
  return strcmp (packet, "OK") == 0;
}

bool
remote_write_physical (uint64_t address, const void *from, size_t size)
{
  bool done;

  ask_ok ("Qqemu.PhyMemMode:1");
  done = remote_write (address, from, size);
  ask_ok ("Qqemu.PhyMemMode:0");
  return done;
}

void
remote_breakpoint (uint64_t address, bool insert)
{
  char text[64];

  sprintf (text, "%c1,%llx,1", insert ? 'Z' : 'z',
	   (unsigned long long) address);
  ask_ok (text);
}

const char *
remote_monitor (const char *command)
{
  char text[PACKET_SIZE] = "qRcmd,";
  size_t length = 0;

  to_hex (text + 6, command, strlen (command));
  ask (text);
  while (packet[0] == 'O' && strcmp (packet, "OK") != 0)
    {
      size_t size = strlen (packet + 1) / 2;

      if (length + size < sizeof said)
	{
	  from_hex (packet + 1, said + length, size);
	  length += size;
	}
      if (!receive (ANSWER_TIMEOUT))
	lost ("no answer to monitor %s", command);
    }
  said[length] = '\0';
  if (strcmp (packet, "OK") != 0)
    lost ("monitor %s: %.40s", command, packet);
  return said;
}
