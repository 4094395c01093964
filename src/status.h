/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status.h - how lguest ends: the exit statuses that lguest(1) documents.
 */
#ifndef STATUS_H
#define STATUS_H

enum status
{
  STATUS_POWEROFF = 0,          /* the Guest powered off or halted */
  STATUS_ERROR = 1,             /* something failed before the Guest ran */
  STATUS_USAGE = 2,             /* the command line makes no sense */
  STATUS_REBOOT = 3,            /* the Guest rebooted under --no-reboot */
  STATUS_KILLED = 4,            /* the Host ended the Guest for its misdeeds */
  STATUS_PANIC = 5,             /* the Guest's kernel panicked */
  STATUS_DEVICE = 6,            /* /dev/lguest is missing, locked or foreign */
  STATUS_STOPPED = 7,           /* ended from the console, by the escape key */
  STATUS_REFUSED = 8,           /* a thread made a system call that it has no
                                   reason to make */
  STATUS_CHECK = 64,            /* --check-host: plus the number of the
                                   LGUEST_MISSING_ bit */
  STATUS_TIMEOUT = 124,         /* --timeout ran out */
  STATUS_EXEC = 125,            /* "lguest exec": its command has not ended */
  STATUS_SIGNAL = 128,          /* plus the number of the signal */
};

#endif /* STATUS_H */
