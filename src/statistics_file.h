/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statistics_file.h - lg.ko's counters of the Guest, for other processes.
 */
#ifndef STATISTICS_FILE_H
#define STATISTICS_FILE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct statistics_file - a copy in a memory file
 * @tried: it was looked for
 * @fd: the file; -1: there is none
 * @from: lg.ko's
 * @to: the file's
 * @size: of both, in bytes
 */
struct statistics_file
{
  bool tried;
  int fd;
  const void *from;
  void *to;
  size_t size;
};

int statistics_file_get (struct statistics_file *file, int device_node);
void statistics_file_renew (struct statistics_file *file);

#endif /* STATISTICS_FILE_H */
