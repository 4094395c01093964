/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control.c - what can be asked of a Guest, in one request each.
 */
#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol.h"

static enum lguest_result
say (struct lguest_guest *guest, const char *request)
{
  return lguest__request (guest, LGUEST__ANSWER_MS, NULL, NULL, "%s", request);
}

enum lguest_result
lguest_pause (struct lguest_guest *guest)
{
  return say (guest, "pause");
}

enum lguest_result
lguest_resume (struct lguest_guest *guest)
{
  return say (guest, "resume");
}

enum lguest_result
lguest_stop (struct lguest_guest *guest, enum lguest_stop_how how)
{
  enum lguest_result result;

  if (how != LGUEST_STOP_KILL)
    return say (guest, "stop");
  result = say (guest, "kill");
  /* It may be faster dead than its answer is out. */
  return result == LGUEST_GONE ? LGUEST_OK : result;
}

enum lguest_result
lguest_reset (struct lguest_guest *guest)
{
  return say (guest, "reset");
}

enum lguest_result
lguest_refresh (struct lguest_guest *guest)
{
  return say (guest, "refresh");
}

enum lguest_result
lguest_nmi (struct lguest_guest *guest)
{
  return say (guest, "nmi");
}

enum lguest_result
lguest_sysrq (struct lguest_guest *guest, char key)
{
  if (!isalnum ((unsigned char) key))
    return lguest__fail (LGUEST_BAD_REQUEST,
                         _("a SysRq key is a letter or a digit"));
  return lguest__request (guest, LGUEST__ANSWER_MS, NULL, NULL, "sysrq %c", key);
}

enum lguest_result
lguest_set (struct lguest_guest *guest, const char *key, const char *value)
{
  if (!*key || strpbrk (key, " \n") || strchr (value, '\n'))
    return lguest__fail (LGUEST_BAD_REQUEST,
                         _("\"%s\" is no setting"), key);
  return lguest__request (guest, LGUEST__ANSWER_MS, NULL, NULL, "set %s %s", key,
                          value);
}

enum lguest_result
lguest_snapshot (struct lguest_guest *guest,
                 const int files[LGUEST_SNAPSHOT_FILES], unsigned flags)
{
  enum lguest_result result;

  guest->files = files;
  guest->file_count = LGUEST_SNAPSHOT_FILES;
  result = lguest__request (guest, -1, NULL, NULL, "snapshot%s",
                            flags & LGUEST_SNAPSHOT_STOP ? " stop" : "");
  guest->file_count = 0;
  return result;
}

static enum lguest_result
exit_line (void *context, char *key, char *value)
{
  if (strcmp (key, "exit") == 0)
    *(int *) context = strtol (value, NULL, 10);
  return LGUEST_OK;
}

enum lguest_result
lguest_wait (struct lguest_guest *guest, int timeout_ms, int *status)
{
  struct lguest_guest *other;
  enum lguest_result result;

  *status = -1;
  /* By another connection, which we can leave when it takes too long. */
  result = lguest__connect (guest->path, guest->name, LGUEST__ANSWER_MS,
                            &other);
  if (result == LGUEST_OK)
    {
      result = lguest__request (other, timeout_ms, exit_line, status, "wait");
      lguest_disconnect (other);
    }
  switch (result)
    {
    case LGUEST_NO_GUEST:
    case LGUEST_CRASHED:
    case LGUEST_GONE:
      return LGUEST_OK;
    default:
      return result;
    }
}

enum lguest_result
lguest_open_console (struct lguest_guest *guest, unsigned port,
                     unsigned flags, int *fd)
{
  struct lguest_guest *other;
  enum lguest_result result;
  int settings;

  *fd = -1;
  result = lguest__connect (guest->path, guest->name, LGUEST__ANSWER_MS,
                            &other);
  if (result != LGUEST_OK)
    return result;
  result = lguest__request (other, LGUEST__ANSWER_MS, NULL, NULL, "console %u%s%s",
                            port,
                            flags & LGUEST_CONSOLE_READ_ONLY ? " ro" : "",
                            flags & LGUEST_CONSOLE_NO_BACKLOG ? " new" : "");
  if (result == LGUEST_OK)
    {
      settings = fcntl (other->fd, F_GETFL);
      if (settings < 0
          || fcntl (other->fd, F_SETFL, settings & ~O_NONBLOCK) != 0)
        result = lguest__fail (LGUEST_SYSTEM_ERROR,
                               _("%s: cannot attach to the console: %s"),
                               guest->name, strerror (errno));
      /* The launcher waits for our "go" with the stream, so that nothing of
         it is in our buffer now. */
      else if (send (other->fd, "\n", 1, MSG_NOSIGNAL) != 1)
        result = lguest__fail (LGUEST_GONE, _("%s: the launcher has ended"),
                               guest->name);
    }
  if (result == LGUEST_OK)
    {
      *fd = other->fd;
      other->fd = -1;
    }
  lguest_disconnect (other);
  return result;
}

enum lguest_result
lguest_resize_console (struct lguest_guest *guest, unsigned port,
                       unsigned columns, unsigned rows)
{
  return lguest__request (guest, LGUEST__ANSWER_MS, NULL, NULL, "resize %u %u %u",
                          port, columns, rows);
}

enum lguest_result
lguest_open_statistics (struct lguest_guest *guest, int *fd)
{
  enum lguest_result result = say (guest, "statistics");

  *fd = -1;
  if (result != LGUEST_OK)
    return result;
  if (guest->passed < 0)
    return lguest__fail (LGUEST_BAD_ANSWER,
                         _("%s: the launcher gives no statistics"),
                         guest->name);
  *fd = guest->passed;
  guest->passed = -1;
  return LGUEST_OK;
}

enum lguest_result
lguest_map_statistics (struct lguest_guest *guest, const void **page,
                       size_t *size)
{
  enum lguest_result result;
  struct stat status;
  void *mapping;
  int fd, seals;

  *page = NULL;
  *size = 0;
  result = lguest_open_statistics (guest, &fd);
  if (result != LGUEST_OK)
    return result;
  /* If it could shrink, reading it could kill us. */
  seals = fcntl (fd, F_GET_SEALS);
  if (fstat (fd, &status) != 0 || status.st_size <= 0
      || seals < 0 || !(seals & F_SEAL_SHRINK))
    {
      close (fd);
      return lguest__fail (LGUEST_BAD_ANSWER,
                           _("%s: the launcher gives no statistics"),
                           guest->name);
    }
  mapping = mmap (NULL, status.st_size, PROT_READ, MAP_SHARED, fd, 0);
  close (fd);
  if (mapping == MAP_FAILED)
    return lguest__fail (LGUEST_SYSTEM_ERROR,
                         _("%s: cannot map the statistics: %s"), guest->name,
                         strerror (errno));
  *page = mapping;
  *size = status.st_size;
  return LGUEST_OK;
}
