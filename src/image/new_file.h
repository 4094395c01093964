/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/new_file.h - files that appear when they are complete.
 */
#ifndef IMAGE_NEW_FILE_H
#define IMAGE_NEW_FILE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct new_file - one that is being made
 * @fd: for reading and writing
 * @folder: that it will be in
 * @descriptors: where open files have names, wherever we are confined to
 * @name: that it will have; allocated
 * @base: without the folder; in @name
 * @named: it has its name already, as the file system cannot do better
 * @prepared: by new_file_prepare()
 */
struct new_file
{
  int fd;
  int folder;
  int descriptors;
  char *name;
  const char *base;
  bool named;
  bool prepared;
};

bool new_file_create (struct new_file *file, const char *name);
bool new_file_finish (struct new_file *file);
void new_file_cancel (struct new_file *file);

/* For who may not make files later. */
int new_file_prepare (const char *name);
bool new_file_give (uid_t user, gid_t group);
bool new_file_is_prepared (const char *name);

#endif /* IMAGE_NEW_FILE_H */
