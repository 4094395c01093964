/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_symbols.c - where the names of a Guest kernel's functions are.
 *
 * A vmlinux has them inside, if it was not stripped.  A bzImage never has; but
 * those who build or package kernels leave them nearby, under names that are
 * the same everywhere.  lguest(1) lists them.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "i18n.h"
#include "kernel_symbols.h"

#define PATH_BYTES 4096

/* Where a bzImage is in a tree that kernels are built in. */
#define BUILD_FOLDER "/arch/x86/boot"

/**
 * kernel_symbols_load - from this file
 * @symbols: to be filled; to be freed even if that failed
 * @file: a vmlinux, or a System.map
 * @failure: why it is no use
 */
bool
kernel_symbols_load (struct symbols *symbols, const char *file,
                     struct failure *failure)
{
  struct stat status;
  bool loaded;
  /* Not to wait for who would write to a fifo. */
  const int fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  memset (symbols, 0, sizeof *symbols);
  if (fd < 0)
    return fail (failure, STATUS_ERROR, _("cannot open %s: %s"), file,
                 strerror (errno));
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    {
      loaded = symbols_load (symbols, fd, file, failure);
      if (loaded && symbols->count == 0)
        loaded = fail (failure, STATUS_ERROR,
                       _("%s has no names of functions: it is neither a"
                         " vmlinux that was not stripped nor a System.map"),
                       file);
    }
  else
    loaded = fail (failure, STATUS_ERROR, _("%s is no file"), file);
  close (fd);
  return loaded;
}

static bool try (struct symbols *symbols, char *found, size_t size,
                 const char *format, ...)
  __attribute__ ((format (printf, 4, 5)));

static bool
try (struct symbols *symbols, char *found, size_t size, const char *format,
     ...)
{
  struct failure failure;
  va_list arguments;
  int length;

  va_start (arguments, format);
  length = vsnprintf (found, size, format, arguments);
  va_end (arguments);
  if (length > 0 && (size_t) length < size
      && kernel_symbols_load (symbols, found, &failure))
    return true;
  symbols_free (symbols);
  return false;
}

/**
 * kernel_symbols_find - those of a kernel
 * @symbols: to be filled; to be freed by the caller if that was done
 * @kernel: its file
 * @found: set: the file that they are in
 * @size: of @found
 *
 * Returns false if there are none.
 */
bool
kernel_symbols_find (struct symbols *symbols, const char *kernel,
                     char *found, size_t size)
{
  const char *base = strrchr (kernel, '/');
  const int folder = base ? base - kernel : 1;
  const char *start = base ? kernel : ".";
  const char *version;
  const size_t build = strlen (BUILD_FOLDER);

  memset (symbols, 0, sizeof *symbols);
  base = base ? base + 1 : kernel;
  version = strchr (base, '-');
  if (try (symbols, found, size, "%s", kernel))
    return true;
  if (version && version[1]
      && (try (symbols, found, size, "/usr/lib/debug/boot/vmlinux%s", version)
          || try (symbols, found, size, "/usr/lib/debug/lib/modules/%s/vmlinux",
                  version + 1)
          || try (symbols, found, size, "%.*s/System.map%s", folder, start,
                  version)))
    return true;
  if ((size_t) folder >= build
      && strncmp (start + folder - build, BUILD_FOLDER, build) == 0
      && try (symbols, found, size, "%.*s/vmlinux", folder - (int) build,
              start))
    return true;
  return try (symbols, found, size, "%.*s/vmlinux", folder, start)
    || try (symbols, found, size, "%.*s/System.map", folder, start);
}
