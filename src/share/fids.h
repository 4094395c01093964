/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/fids.h - the files that a client has names for.
 *
 * A fid is a number that the client has chosen for a file.  We hold the file
 * itself, by an O_PATH descriptor, and never its name: so nobody can put another
 * one in its place.
 */
#ifndef SHARE_FIDS_H
#define SHARE_FIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct fid - one of them
 * @number: the client's
 * @path: O_PATH descriptor of the file
 * @open: descriptor to read and write by, or -1
 * @next: of the same chain
 */
struct fid
{
  uint32_t number;
  int path;
  int open;
  struct fid *next;
};

#define FIDS_CHAINS 256

/**
 * struct fids - all of a client
 * @chains: by number
 * @count, @limit: how many there are, and may be
 */
struct fids
{
  struct fid *chains[FIDS_CHAINS];
  unsigned count;
  unsigned limit;
};

struct fid *fids_find (struct fids *fids, uint32_t number);
struct fid *fids_add (struct fids *fids, uint32_t number, int path);
void fids_remove (struct fids *fids, struct fid *fid);
void fids_clear (struct fids *fids);

#endif /* SHARE_FIDS_H */
