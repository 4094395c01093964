/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz/share.c - a client of a shared folder that says anything.
 *
 * The input is requests without their first four bytes: how long each is stands
 * before it, in two bytes of which the highest bit says whether the length in
 * the request shall be another one.  Whatever it asks for, what lies beside the
 * folder stays as it is.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "share/protocol.h"
#include "share/server.h"

#define LIES 0x8000
#define HEADER 4

/* In memory if possible: fsync() is slow elsewhere. */
static char outside[32], shared[48], secret[48];
static struct stat before;

static int
remove_one (const char *path, const struct stat *status, int kind,
            struct FTW *level)
{
  (void) status;
  (void) kind;
  return level->level > 0 ? remove (path) : 0;
}

static void
empty (void)
{
  nftw (shared, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
remove_all (void)
{
  empty ();
  rmdir (shared);
  unlink (secret);
  rmdir (outside);
}

static void
make_file (const char *name, mode_t mode)
{
  char path[sizeof shared + 16];

  snprintf (path, sizeof path, "%s/%s", shared, name);
  must (mknod (path, mode, 0) == 0 || errno == EEXIST);
}

static void
fill (void)
{
  char path[sizeof shared + 16];

  make_file ("a", S_IFREG | 0644);
  make_file ("fifo", S_IFIFO | 0644);
  snprintf (path, sizeof path, "%s/d", shared);
  mkdir (path, 0755);
  make_file ("d/b", S_IFREG | 0644);
  snprintf (path, sizeof path, "%s/out", shared);
  must (symlink (secret, path) == 0);
}

static void
start (struct share_server *server)
{
  struct failure failure;

  snprintf (outside, sizeof outside, "%s/lguest-fuzz-XXXXXX",
            access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  must (mkdtemp (outside) != NULL);
  snprintf (shared, sizeof shared, "%s/shared", outside);
  snprintf (secret, sizeof secret, "%s/secret", outside);
  must (mkdir (shared, 0755) == 0 && mknod (secret, S_IFREG | 0600, 0) == 0);
  must (stat (secret, &before) == 0);
  must (share_server_open (server, shared, false, &failure));
  atexit (remove_all);
}

/* Nothing is to fill the disk: sizes and offsets have two bytes. */
static void
keep_small (uint8_t *request, size_t length)
{
  if (length >= 35 && request[4] == P9_TSETATTR)
    memset (request + 29, 0, 6);
  if (length >= 19 && request[4] == P9_TWRITE)
    memset (request + 13, 0, 6);
}

/* The secret is what it was, and nothing is new beside it. */
static void
check_outside (void)
{
  struct stat after;
  unsigned names = 0;
  DIR *list = opendir (outside);

  must (stat (secret, &after) == 0 && after.st_size == 0
        && after.st_mode == before.st_mode && after.st_uid == before.st_uid
        && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec
        && after.st_nlink == 1);
  must (list != NULL);
  while (readdir (list))
    names++;
  closedir (list);
  /* ".", "..", "secret", "shared" */
  must (names == 4);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static uint8_t request[SHARE_MESSAGE_MAX], answer[SHARE_MESSAGE_MAX];
  static struct share_server server;

  if (!server.message_bytes)
    start (&server);
  fill ();
  while (size > 0)
    {
      const unsigned word = take (&data, &size, 2);
      size_t length = word & ~LIES, told, answered, room;

      if (length > size)
        length = size;
      memcpy (request + HEADER, data, length);
      data += length;
      size -= length;
      told = length + HEADER;
      if (word & LIES)
        told ^= take (&data, &size, 2);
      request[0] = told;
      request[1] = told >> 8;
      request[2] = told >> 16;
      request[3] = 0;
      /* Little room, too. */
      room = word & LIES ? take (&data, &size, 2) : sizeof answer;
      keep_small (request, length + HEADER);
      answered = share_server_handle (&server, request, length + HEADER,
                                      answer, room);
      must (answered <= room);
      must (answered == 0
            || answered == (size_t) (answer[0] | answer[1] << 8
                                     | answer[2] << 16 | answer[3] << 24));
    }
  check_outside ();
  fids_clear (&server.fids);
  server.message_bytes = SHARE_MESSAGE_MAX;
  empty ();
  return 0;
}
