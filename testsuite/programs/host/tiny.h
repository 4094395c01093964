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

/* Its memory is mapped at 0, and at the usual place of a kernel.  */
enum { MEMORY = 4 << 20, CODE = 0x100000, TOP_TABLE = 0x1000 };
#define BASE 0xffffffff80000000ull

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
  int i;

  if (memory == MAP_FAILED)
    fatal ("mmap");
  ((uint64_t *) (memory + TOP_TABLE))[511] = 0x2000 | 0x63;
  ((uint64_t *) (memory + 0x2000))[510] = 0x3000 | 0x63;
  for (i = 0; i < 2; i++)
    ((uint64_t *) (memory + 0x3000))[i] = ((uint64_t) i << 21) | 0xe3;
  memcpy (memory + CODE, code, size);
  return memory;
}

static inline struct lguest_setup
tiny_setup (void *memory, unsigned vcpus)
{
  return (struct lguest_setup)
    {
      .request = LHREQ_INITIALIZE,
      .memory = (uint64_t) memory,
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
