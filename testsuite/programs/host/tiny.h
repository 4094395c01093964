/* tiny.h - a tiny guest, and requests to /dev/lguest, for programs that are
   launchers themselves.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TINY_H
#define TINY_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <lguest/device.h>

#include "check.h"
#include "machine.h"

/* Guest-physical addresses; BASE is where it sees its memory.  */
enum { MEMORY = 4 << 20, CODE = 0x100000, TOP_TABLE = 0x1000 };

/* What a request has for a pointer: no sign is to be extended.  */
static inline uint64_t
word_of (const void *pointer)
{
  return (uintptr_t) pointer;
}

static inline int
open_device (void)
{
  int fd = open (LGUEST_DEVICE_PATH, O_RDWR | O_CLOEXEC);

  if (fd < 0)
    fatal (LGUEST_DEVICE_PATH);
  return fd;
}

static inline ssize_t
request (int fd, unsigned vcpu, const void *words, size_t size)
{
  return pwrite (fd, words, size, vcpu);
}

static inline ssize_t
speak_version (int fd)
{
  const uint64_t version[2] = { LHREQ_VERSION, LGUEST_DEVICE_VERSION };

  return request (fd, 0, version, sizeof version);
}

/* Page tables, and that code.  */
static inline unsigned char *
tiny_memory (const void *code, size_t size)
{
  unsigned char *memory = mmap (NULL, MEMORY, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED)
    fatal ("mmap");
  tiny_tables (memory, TOP_TABLE);
  memcpy (memory + CODE, code, size);
  return memory;
}

static inline struct lguest_setup
tiny_setup (void *memory, unsigned vcpus)
{
  return (struct lguest_setup)
    {
      .request = LHREQ_INITIALIZE,
      .memory = word_of (memory),
      .memory_size = MEMORY,
      .entry = BASE + CODE,
      .cr3 = TOP_TABLE,
      .boot_params = 0x5000,
      .vcpus = vcpus,
    };
}

static inline void
tick (int signal)
{
  (void) signal;
}

/* Run vcpu 0 until there is something, or for some milliseconds: then it is -1
   and EINTR.  */
static inline ssize_t
run (int fd, struct lguest_exit *reason, int ms)
{
  const struct itimerval timer = { { 0, ms * 1000 }, { 0, ms * 1000 } };
  const struct itimerval off = { { 0, 0 }, { 0, 0 } };
  const struct sigaction action = { .sa_handler = tick };
  ssize_t n;
  int saved;

  sigaction (SIGALRM, &action, NULL);
  setitimer (ITIMER_REAL, &timer, NULL);
  n = pread (fd, reason, sizeof *reason, 0);
  saved = errno;
  setitimer (ITIMER_REAL, &off, NULL);
  errno = saved;
  return n;
}

#endif /* TINY_H */
