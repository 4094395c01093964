/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * internal.h - what the parts of liblguest know of each other.
 *
 * Names without "lguest_" would be in the way of static programs' own.
 */
#ifndef LGUEST_INTERNAL_H
#define LGUEST_INTERNAL_H

#include <config.h>

#include <sys/types.h>

#include <lguest/control.h>

/* The program's messages come from another catalogue, maybe. */
#if ENABLE_NLS
# include <libintl.h>
# define _(text) dgettext (PACKAGE, text)
#else
# define _(text) (text)
#endif

#define HIDDEN __attribute__ ((visibility ("hidden")))

/* Room for the longest path of a socket, and more. */
#define PATH_BYTES 4096

#define LGUEST__ANSWER_MS (LGUEST_ANSWER_SECONDS * 1000)

/* Root looks at the folders of that many users. */
#define DIRECTORIES_MAX 64

/**
 * struct lguest_directories - where Guests may be, in the order to look
 * @paths: of the folders in which each Guest has its own
 * @count: how many
 * @own: how many of these are the caller's or the system's; others are users'
 */
struct lguest_directories
{
  char paths[DIRECTORIES_MAX][PATH_BYTES];
  unsigned count;
  unsigned own;
};

/**
 * struct lguest_guest - a connection
 * @fd: the socket
 * @name: of the Guest
 * @path: of its socket
 * @pid: the launcher's, as it says
 * @received, @start, @count: bytes that have come, and not yet been looked at
 * @passed: file descriptor that has come with them; -1: none
 * @files, @file_count: file descriptors to go with the next request
 */
struct lguest_guest
{
  int fd;
  char name[LGUEST_NAME_MAX + 1];
  char *path;
  pid_t pid;
  char *received;
  size_t start;
  size_t count;
  int passed;
  const int *files;
  unsigned file_count;
};

/* Takes one line of an answer; a failure ends the request. */
typedef enum lguest_result (*lguest_line_function) (void *context, char *key,
                                                    char *value);

HIDDEN enum lguest_result lguest__fail (enum lguest_result result,
                                        const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));
HIDDEN enum lguest_result
lguest__directories (struct lguest_directories *directories, bool users);
HIDDEN enum lguest_result lguest__connect (const char *path, const char *name,
                                           int timeout_ms,
                                           struct lguest_guest **guest);
HIDDEN enum lguest_result lguest__request (struct lguest_guest *guest,
                                           int timeout_ms,
                                           lguest_line_function line,
                                           void *context,
                                           const char *format, ...)
  __attribute__ ((format (printf, 5, 6)));

#endif /* LGUEST_INTERNAL_H */
