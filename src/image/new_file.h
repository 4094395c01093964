/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/new_file.h - files that appear when they are complete.
 */
#ifndef IMAGE_NEW_FILE_H
#define IMAGE_NEW_FILE_H

#include <stdbool.h>

/**
 * struct new_file - one that is being made
 * @fd: for reading and writing
 * @name: that it will have
 * @named: that it has already, as the file system cannot do better
 */
struct new_file
{
  int fd;
  const char *name;
  bool named;
};

bool new_file_create (struct new_file *file, const char *name);
bool new_file_finish (struct new_file *file);
void new_file_cancel (struct new_file *file);

#endif /* IMAGE_NEW_FILE_H */
