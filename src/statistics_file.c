/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statistics_file.c - lg.ko's counters of the Guest, for other processes.
 *
 * lg.ko shows them to the process that runs the Guest only.  Others get a
 * memory file that they can read, which is renewed when they ask for
 * something.  It is made when somebody asks for it the first time.
 */
#include <config.h>

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device_node.h"
#include "statistics_file.h"

/* Who gets it can neither write to it nor cut it, however he opens it. */
static bool
make_file (struct statistics_file *file)
{
  file->fd = memfd_create ("statistics", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file->fd < 0)
    return false;
  if (ftruncate (file->fd, file->size) == 0)
    {
      file->to = mmap (NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED,
                       file->fd, 0);
      if (file->to != MAP_FAILED
          && fcntl (file->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW
                    | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0)
        return true;
      if (file->to != MAP_FAILED)
        munmap (file->to, file->size);
    }
  close (file->fd);
  return false;
}

/**
 * statistics_file_get - the file, up to date
 * @file: all 0 before the first call
 *
 * Returns -1 if there is none.
 */
int
statistics_file_get (struct statistics_file *file, int device_node)
{
  if (!file->tried)
    {
      file->tried = true;
      file->from = device_node_map_statistics (device_node, &file->size);
      if (!file->from || !make_file (file))
        file->fd = -1;
    }
  statistics_file_renew (file);
  return file->fd;
}

/** statistics_file_renew - let the file be up to date, if there is one */
void
statistics_file_renew (struct statistics_file *file)
{
  const volatile uint64_t *from = file->from;
  volatile uint64_t *to = file->to;
  size_t i;

  if (!file->tried || file->fd < 0)
    return;
  /* Each counter at once, as lg.ko writes it. */
  for (i = 0; i < file->size / sizeof *from; i++)
    to[i] = from[i];
}
