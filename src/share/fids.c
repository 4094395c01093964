/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/fids.c - the files that a client has names for.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "share/fids.h"

/** fids_find - NULL if there is none, with errno set */
struct fid *
fids_find (struct fids *fids, uint32_t number)
{
  struct fid *fid = fids->chains[number % FIDS_CHAINS];

  while (fid && fid->number != number)
    fid = fid->next;
  if (!fid)
    errno = EBADF;
  return fid;
}

/**
 * fids_add - one more
 * @path: becomes its own, also after a failure
 *
 * Returns NULL with errno set if the number is taken, or there are too many.
 */
struct fid *
fids_add (struct fids *fids, uint32_t number, int path)
{
  struct fid **chain = &fids->chains[number % FIDS_CHAINS], *fid = NULL;

  if (fids_find (fids, number))
    errno = EBADF;
  else if (fids->count >= fids->limit)
    errno = ENFILE;
  else
    fid = malloc (sizeof *fid);
  if (!fid)
    {
      const int error = errno;

      close (path);
      errno = error;
      return NULL;
    }
  *fid = (struct fid) { number, path, -1, *chain };
  *chain = fid;
  fids->count++;
  return fid;
}

/** fids_remove - forget it */
void
fids_remove (struct fids *fids, struct fid *fid)
{
  struct fid **at = &fids->chains[fid->number % FIDS_CHAINS];

  while (*at != fid)
    at = &(*at)->next;
  *at = fid->next;
  close (fid->path);
  if (fid->open >= 0)
    close (fid->open);
  free (fid);
  fids->count--;
}

/** fids_clear - forget all */
void
fids_clear (struct fids *fids)
{
  unsigned i;

  for (i = 0; i < FIDS_CHAINS; i++)
    while (fids->chains[i])
      fids_remove (fids, fids->chains[i]);
}
