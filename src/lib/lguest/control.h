/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lguest/control.h - liblguest: find the Guests that run, and control them.
 *
 *	#include <lguest/control.h>		cc ... `pkg-config --cflags --libs lguest`
 *
 *	struct lguest_guest *guest;
 *	struct lguest_status *status;
 *
 *	if (lguest_connect ("web1", &guest) != LGUEST_OK
 *	    || lguest_get_status (guest, &status) != LGUEST_OK)
 *	  errx (1, "%s", lguest_error_text ());
 *	printf ("%s is %s\n", lguest_status_name (status),
 *		lguest_state_name (lguest_status_state (status)));
 *	lguest_status_free (status);
 *	lguest_disconnect (guest);
 *
 * All structures are opaque and all else is functions, so that programs go
 * on working with later versions of this library.  A function that can fail
 * returns an enum lguest_result, and lguest_error_text() says more, in the
 * user's language.  The library never prints, never ends the program, installs
 * no signal handlers and starts no threads.  It raises no SIGPIPE.  Its file
 * descriptors are close-on-exec.
 *
 * Threads: two threads may use the library at once, but not the same
 * structure.
 *
 * Time: unless a function says otherwise, a Guest's launcher answers at once,
 * and one that does not (it is stopped, say) makes the function return
 * LGUEST_LATE after LGUEST_ANSWER_SECONDS.  The connection is of no use then:
 * connect anew.
 */
#ifndef LGUEST_CONTROL_H
#define LGUEST_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Number of the protocol between this library and launchers. */
#define LGUEST_PROTOCOL 1

/* How long a launcher may take to answer. */
#define LGUEST_ANSWER_SECONDS 10

/* The longest name of a Guest, without the NUL. */
#define LGUEST_NAME_MAX 63

/* Names this variable another directory for everything, only that is used. */
#define LGUEST_RUN_VARIABLE "LGUEST_RUN"

/**
 * enum lguest_result - how it went
 *
 * New values may be added at the end: what is not LGUEST_OK is a failure.
 */
enum lguest_result
{
  LGUEST_OK = 0,
  LGUEST_SYSTEM_ERROR = 1,      /* a system call failed; errno says how */
  LGUEST_NO_GUEST = 2,          /* no Guest of that name runs */
  LGUEST_NOT_ALLOWED = 3,       /* it is somebody else's Guest */
  LGUEST_BAD_NAME = 4,          /* no Guest can have this name */
  LGUEST_BAD_ANSWER = 5,        /* what is there is no launcher */
  LGUEST_OTHER_PROTOCOL = 6,    /* a launcher of another version */
  LGUEST_LATE = 7,              /* no answer in time */
  LGUEST_GONE = 8,              /* the launcher ended meanwhile */
  LGUEST_BAD_REQUEST = 9,       /* the launcher does not understand it */
  LGUEST_WRONG_STATE = 10,      /* not now: paused already, stopping, ... */
  LGUEST_NOT_SUPPORTED = 11,    /* this Guest or its launcher cannot do it */
  LGUEST_BUSY = 12,             /* too many connections */
  LGUEST_FAILED = 13,           /* the launcher tried, and failed */
  LGUEST_CRASHED = 14,          /* the launcher died and left its socket */
};

/**
 * lguest_error_text - more about the last failure in this thread
 *
 * A text without newline, in the user's language; valid until the next call
 * of a function of this library in this thread.
 */
const char *lguest_error_text (void);

/*
 * Finding Guests.
 */

/**
 * lguest_run_directory - where new Guests of this user put their sockets
 * @path: filled in
 * @size: of @path
 *
 * $LGUEST_RUN, or for root /run/lguest, or $XDG_RUNTIME_DIR/lguest.
 * LGUEST_SYSTEM_ERROR if there is none (errno is ENOENT) or @size is too
 * small (ENAMETOOLONG).
 */
enum lguest_result lguest_run_directory (char *path, size_t size);

/** lguest_name_is_valid - [A-Za-z][A-Za-z0-9._-]{0,62} */
bool lguest_name_is_valid (const char *name);

/* A list of names. */
struct lguest_names;

/* For lguest_find(). */
enum lguest_find_flags
{
  LGUEST_FIND_CRASHED = 1,      /* those whose launchers died, as well */
  LGUEST_FIND_UNASKED = 2,      /* do not ask launchers, so do not wait for
                                   them: all names with a socket; connecting
                                   tells what is there, and whose it is */
  LGUEST_FIND_USERS = 4,        /* for root: those of users as well */
};

/**
 * lguest_find - the Guests that the caller may control, sorted by name
 * @flags: of enum lguest_find_flags
 * @names: set; to be freed with lguest_names_free()
 *
 * Users see their own, and those of /run/lguest whose owner they are.  Of
 * Guests that have the same name, there is only the one that comes first: the
 * caller's own, the system's, users'.
 * None is no failure.
 */
enum lguest_result lguest_find (unsigned flags, struct lguest_names **names);
size_t lguest_names_count (const struct lguest_names *names);
/* NULL beyond the last. */
const char *lguest_names_get (const struct lguest_names *names, size_t i);
void lguest_names_free (struct lguest_names *names);

/*
 * Connections.
 */

/* A connection to a Guest's launcher. */
struct lguest_guest;

/**
 * lguest_connect - to a running Guest
 * @name: of the Guest
 * @guest: set; to be freed with lguest_disconnect()
 *
 * LGUEST_NO_GUEST, LGUEST_CRASHED, LGUEST_NOT_ALLOWED, LGUEST_BUSY, ...
 */
enum lguest_result lguest_connect (const char *name,
                                   struct lguest_guest **guest);
/* NULL is allowed. */
void lguest_disconnect (struct lguest_guest *guest);
const char *lguest_guest_name (const struct lguest_guest *guest);
/* Process number of the launcher. */
pid_t lguest_guest_pid (const struct lguest_guest *guest);
/* To wait for with poll(): readable or hung up when the launcher is gone.  Not
   to be read or written. */
int lguest_guest_fd (const struct lguest_guest *guest);

/*
 * Status.
 */

/** enum lguest_state - what a Guest does; new values may be added */
enum lguest_state
{
  LGUEST_STATE_UNKNOWN = 0,
  LGUEST_STATE_RUNNING = 1,     /* a vcpu uses a processor */
  LGUEST_STATE_IDLE = 2,        /* all vcpus wait for interrupts */
  LGUEST_STATE_PAUSED = 3,
  LGUEST_STATE_STOPPING = 4,    /* it was asked to power off */
  LGUEST_STATE_CRASHED = 5,     /* it panicked or was killed, and is held */
};

/** lguest_state_name - "running", "idle", ...; "unknown"; not translated */
const char *lguest_state_name (enum lguest_state state);

/* What a launcher said about its Guest, at one moment. */
struct lguest_status;

/**
 * lguest_refresh - let the Guest say how it uses its memory
 *
 * What it says is in the status then: "balloon.guest-free" and so on.  A Guest
 * without a balloon, or one that is busy for half a second, says nothing,
 * which is no failure.  It wakes a Guest that sleeps.
 */
enum lguest_result lguest_refresh (struct lguest_guest *guest);

/**
 * lguest_get_status - ask
 * @status: set; to be freed with lguest_status_free(); may outlive @guest
 */
enum lguest_result lguest_get_status (struct lguest_guest *guest,
                                      struct lguest_status **status);
/* NULL is allowed. */
void lguest_status_free (struct lguest_status *status);

const char *lguest_status_name (const struct lguest_status *status);
pid_t lguest_status_pid (const struct lguest_status *status);
enum lguest_state lguest_status_state (const struct lguest_status *status);
unsigned lguest_status_vcpus (const struct lguest_status *status);
/* Bytes of memory that the Guest has. */
uint64_t lguest_status_memory (const struct lguest_status *status);
/* When the launcher started, in seconds since 1970. */
int64_t lguest_status_started (const struct lguest_status *status);
/* How long ago that was, in milliseconds. */
uint64_t lguest_status_uptime_ms (const struct lguest_status *status);
/* How often the Guest was started again since. */
unsigned lguest_status_restarts (const struct lguest_status *status);
/* File name of the kernel; "" if the launcher does not say. */
const char *lguest_status_kernel (const struct lguest_status *status);
/* The kernel's command line; "" if the launcher does not say. */
const char *lguest_status_command_line (const struct lguest_status *status);
/* The user that the launcher runs as. */
uid_t lguest_status_uid (const struct lguest_status *status);

/** enum lguest_device_kind - devices that status tells of */
enum lguest_device_kind
{
  LGUEST_CONSOLE = 0,
  LGUEST_DISK = 1,
  LGUEST_NET = 2,
  LGUEST_SHARE = 3,
};

/** lguest_status_devices - how many of that kind the Guest has */
size_t lguest_status_devices (const struct lguest_status *status,
                              enum lguest_device_kind kind);

/**
 * lguest_status_device_text - something about a device
 * @i: number of the device, from 0
 * @key: what; see below
 *
 * NULL if the launcher does not say.
 *
 * All: "name" (hvc0, vda, eth0).
 * Console: "type" (stdio, pty, unix, file, null), "path" (if it has one).
 * Disk: "path", "format" (raw, gzip, qcow2, ...), "mode" (rw, ro, overlay,
 * ephemeral), "overlay".
 * Net: "type" (tap, user), "interface", "bridge", "mac", "link" (on, off).
 */
const char *lguest_status_device_text (const struct lguest_status *status,
                                       enum lguest_device_kind kind, size_t i,
                                       const char *key);

/**
 * lguest_status_device_number - a counter of a device
 * @i: number of the device, from 0
 * @key: what; see below
 * @number: set, to 0 if the launcher does not say
 *
 * Returns false if the launcher does not say.  Counters count since the
 * launcher's start and never go back.
 *
 * Console: "read-bytes" (by the Guest), "write-bytes", "clients" (attached
 * now).
 * Disk: "size" (bytes), "read-bytes", "read-requests", "read-ns" (how long
 * they took all together), "write-bytes", "write-requests", "write-ns",
 * "flush-requests", "flush-ns", "discard-requests", "errors", "overlay-bytes"
 * (used now), "cache-hits", "cache-misses".
 * Net: "receive-bytes" (by the Guest), "receive-packets", "receive-drops",
 * "send-bytes", "send-packets", "send-drops".
 */
bool lguest_status_device_number (const struct lguest_status *status,
                                  enum lguest_device_kind kind, size_t i,
                                  const char *key, uint64_t *number);

/**
 * lguest_status_pair - everything that the launcher said, one by one
 * @i: from 0
 * @key: set: "state", "disk.0.path", ...
 * @value: set
 *
 * Returns false beyond the last.
 */
bool lguest_status_pair (const struct lguest_status *status, size_t i,
                         const char **key, const char **value);

/*
 * Control.
 */

/* No vcpu runs after this returns.  LGUEST_WRONG_STATE if it was paused. */
enum lguest_result lguest_pause (struct lguest_guest *guest);
/* LGUEST_WRONG_STATE if it was not paused. */
enum lguest_result lguest_resume (struct lguest_guest *guest);

/** enum lguest_stop_how - for lguest_stop() */
enum lguest_stop_how
{
  LGUEST_STOP_ASK = 0,          /* like a power button: the Guest may obey */
  LGUEST_STOP_KILL = 1,         /* now, whatever it does */
};

/**
 * lguest_stop - end a Guest
 *
 * Does not wait for the end: lguest_wait() does.  LGUEST_NOT_SUPPORTED if the
 * Guest's kernel cannot be asked.
 */
enum lguest_result lguest_stop (struct lguest_guest *guest,
                                enum lguest_stop_how how);
/* Start the Guest again from scratch, as the reset button of a PC does. */
enum lguest_result lguest_reset (struct lguest_guest *guest);
/* Let the Guest have a non-maskable interrupt. */
enum lguest_result lguest_nmi (struct lguest_guest *guest);
/* The Guest's kernel does what SysRq with @key does: a letter or digit. */
enum lguest_result lguest_sysrq (struct lguest_guest *guest, char key);
/* Change a setting of the running Guest, in the words of lguest.conf(5):
   "net0.link", "off".  LGUEST_BAD_REQUEST if there is no such setting. */
enum lguest_result lguest_set (struct lguest_guest *guest, const char *key,
                               const char *value);

/* Files of a snapshot: state, memory, configuration, in this order. */
#define LGUEST_SNAPSHOT_FILES 3

/** enum lguest_snapshot_flags - for lguest_snapshot() */
enum lguest_snapshot_flags
{
  LGUEST_SNAPSHOT_STOP = 1,     /* when it is saved, end the Guest */
};

/**
 * lguest_snapshot - save the whole of a Guest, but for its disks
 * @files: open for writing, empty, ordinary; called "state", "memory" and
 *	   "guest.conf", and in one folder, they are what lguest(1) restores from
 * @flags: of enum lguest_snapshot_flags
 *
 * Returns when all is written and on the disk, which takes as long as it
 * takes; the Guest stands still meanwhile.  LGUEST_NOT_SUPPORTED if it has
 * something that cannot be saved.  After any failure it goes on, and what is
 * in the files is of no use.
 */
enum lguest_result lguest_snapshot (struct lguest_guest *guest,
                                    const int files[LGUEST_SNAPSHOT_FILES],
                                    unsigned flags);

/**
 * lguest_wait - until the Guest ends
 * @timeout_ms: the most to wait; -1: for ever
 * @status: set to the launcher's exit status, as in lguest(1); -1 if it died
 *	    without saying
 *
 * When this returns LGUEST_OK the launcher has cleaned up, and the name is
 * free again.  LGUEST_LATE: it still runs, and @guest stays of use.
 */
enum lguest_result lguest_wait (struct lguest_guest *guest, int timeout_ms,
                                int *status);

/*
 * Consoles.
 */

enum lguest_console_flags
{
  LGUEST_CONSOLE_READ_ONLY = 1, /* nothing typed gets to the Guest */
  LGUEST_CONSOLE_NO_BACKLOG = 2, /* without the last lines */
};

/**
 * lguest_open_console - attach to a console
 * @port: which: 0 is hvc0
 * @flags: of enum lguest_console_flags
 * @fd: set: a stream, blocking; what is read from it is what the Guest writes,
 *	beginning with the last lines that it has written; what is written to
 *	it is typed.  End of file when the Guest ends.  close() detaches.
 *
 * A connection of its own: @guest stays of use, and may be disconnected.  Who
 * reads too slowly misses something, never stops the Guest.
 */
enum lguest_result lguest_open_console (struct lguest_guest *guest,
                                        unsigned port, unsigned flags,
                                        int *fd);

/** lguest_resize_console - tell the Guest the size of the user's window */
enum lguest_result lguest_resize_console (struct lguest_guest *guest,
                                          unsigned port, unsigned columns,
                                          unsigned rows);

/*
 * Statistics.
 */

/**
 * lguest_open_statistics - the Guest's page of counters
 * @fd: set: a memory file, read-only, to be mapped; what is in it is described
 *	by <lguest/statistics.h>; to be closed by the caller
 *
 * LGUEST_NOT_SUPPORTED if the launcher has none.
 */
enum lguest_result lguest_open_statistics (struct lguest_guest *guest,
                                           int *fd);

/**
 * lguest_map_statistics - the same, mapped
 * @page: set: read-only, shared with the launcher, changes whenever somebody
 *	  asks for it or for the Guest's status, so at any time; to be
 *	  unmapped with munmap(); stays (and stands still) when the Guest ends
 * @size: set: of the mapping
 */
enum lguest_result lguest_map_statistics (struct lguest_guest *guest,
                                          const void **page, size_t *size);

/*
 * Backtraces.
 */

/* Where all vcpus of a Guest were, at one moment. */
struct lguest_backtrace;

/** enum lguest_vcpu_mode - what a vcpu runs */
enum lguest_vcpu_mode
{
  LGUEST_VCPU_OFF = 0,          /* nothing: it was never started */
  LGUEST_VCPU_KERNEL = 1,
  LGUEST_VCPU_USER = 2,         /* a program, of which nothing more is told */
};

enum lguest_frame_flags
{
  LGUEST_FRAME_RETURNS = 1,     /* a return address: right behind a call */
  LGUEST_FRAME_GUESS = 2,       /* found on the stack; it may be left over */
};

/**
 * lguest_get_backtrace - stop the Guest for a moment, and see where it is
 * @backtrace: set; to be freed with lguest_backtrace_free()
 *
 * A paused Guest stays paused.  LGUEST_WRONG_STATE if it is just ending.
 */
enum lguest_result
lguest_get_backtrace (struct lguest_guest *guest,
                      struct lguest_backtrace **backtrace);
/* NULL is allowed. */
void lguest_backtrace_free (struct lguest_backtrace *backtrace);
unsigned lguest_backtrace_vcpus (const struct lguest_backtrace *backtrace);
enum lguest_vcpu_mode
lguest_backtrace_mode (const struct lguest_backtrace *backtrace,
                       unsigned vcpu);

/**
 * lguest_backtrace_frame - a place on a vcpu's stack
 * @i: from 0, which is where the vcpu is
 * @address: set: guest-virtual
 * @flags: set: of enum lguest_frame_flags
 *
 * Returns false beyond the last.
 */
bool lguest_backtrace_frame (const struct lguest_backtrace *backtrace,
                             unsigned vcpu, size_t i, uint64_t *address,
                             unsigned *flags);

#ifdef __cplusplus
}
#endif

#endif /* LGUEST_CONTROL_H */
