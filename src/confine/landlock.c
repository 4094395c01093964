/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/landlock.c - files and folders that a process can reach.
 *
 * What is open stays usable.  See Documentation/userspace-api/landlock.rst of
 * Linux; the C library has no functions for this.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/landlock.h"

#ifdef HAVE_LINUX_LANDLOCK_H

#include <linux/landlock.h>

/* Headers may be older than the kernel that we run on: the rights of all
   versions that are known, and what their structure has become. */
#define FILES_1 ((uint64_t) (1 << 13) - 1)
#define FILES_2 (FILES_1 | 1 << 13)     /* moving between folders */
#define FILES_3 (FILES_2 | 1 << 14)     /* truncating */
#define FILES_5 (FILES_3 | 1 << 15)     /* ioctl() on devices */
#define NETWORK_4 ((uint64_t) 3)        /* TCP: bind, connect */
#define SCOPE_6 ((uint64_t) 3)  /* abstract sockets, and signals to others */

struct attributes
{
  uint64_t files;
  uint64_t network;
  uint64_t scope;
};

/**
 * landlock_version - what the kernel knows of it; 0: nothing
 */
int
landlock_version (void)
{
  const long version = syscall (SYS_landlock_create_ruleset, NULL, 0,
                                LANDLOCK_CREATE_RULESET_VERSION);

  return version < 0 ? 0 : version;
}

/* Our rights, in its words. */
static uint64_t
translate (unsigned rights, uint64_t all)
{
  /* No sockets, no devices. */
  static const uint64_t not_shared = LANDLOCK_ACCESS_FS_EXECUTE
    | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK
    | LANDLOCK_ACCESS_FS_MAKE_SOCK | (FILES_5 & ~FILES_3);
  uint64_t access = 0;

  if (rights & CONFINE_READ)
    access |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  if (rights & CONFINE_REMOVE_FILES)
    access |= LANDLOCK_ACCESS_FS_REMOVE_FILE;
  if (rights & CONFINE_REMOVE_FOLDERS)
    access |= LANDLOCK_ACCESS_FS_REMOVE_DIR;
  if (rights & CONFINE_MAKE_FILES)
    access |= LANDLOCK_ACCESS_FS_MAKE_REG;
  if (rights & CONFINE_SHARE_READ)
    access |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  if (rights & CONFINE_SHARE_WRITE)
    access |= all & ~not_shared;
  return access;
}

/**
 * landlock_restrict - from now on, nothing but this, in this thread
 * @rights: which bits of the rules count
 *
 * Can be called again, with less.  False with errno set on failure.
 */
bool
landlock_restrict (const struct landlock_rule *rules, unsigned count,
                   unsigned rights)
{
  const int version = landlock_version ();
  const struct attributes attributes =
    {
      .files = version >= 5 ? FILES_5 : version >= 3 ? FILES_3
      : version == 2 ? FILES_2 : FILES_1,
      .network = version >= 4 ? NETWORK_4 : 0,
      .scope = version >= 6 ? SCOPE_6 : 0,
    };
  const size_t size = version >= 6 ? sizeof attributes
    : version >= 4 ? offsetof (struct attributes, scope)
    : offsetof (struct attributes, network);
  const int ruleset = syscall (SYS_landlock_create_ruleset, &attributes,
                               size, 0);
  bool done = ruleset >= 0;
  unsigned i;
  int error;

  for (i = 0; i < count && done; i++)
    {
      const struct landlock_path_beneath_attr rule =
        {
          .allowed_access = translate (rules[i].rights & rights,
                                       attributes.files),
          .parent_fd = rules[i].folder,
        };

      if (rule.allowed_access)
        done = syscall (SYS_landlock_add_rule, ruleset,
                        LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    }
  done = done && syscall (SYS_landlock_restrict_self, ruleset, 0) == 0;
  error = errno;
  if (ruleset >= 0)
    close (ruleset);
  errno = error;
  return done;
}

#else /* !HAVE_LINUX_LANDLOCK_H */

int
landlock_version (void)
{
  return 0;
}

bool
landlock_restrict (const struct landlock_rule *rules, unsigned count,
                   unsigned rights)
{
  (void) rules;
  (void) count;
  (void) rights;
  errno = ENOSYS;
  return false;
}

#endif /* HAVE_LINUX_LANDLOCK_H */
