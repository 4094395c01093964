/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine/calls.c - which system calls each kind of thread may make.
 *
 * What was opened may be used, nothing else be opened, nothing started; no
 * memory becomes code.  Several rows of one call: one of them has to fit.
 */
#include <config.h>

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "confine/calls.h"

#define MAIN (1u << CONFINE_MAIN)
#define VCPU (1u << CONFINE_VCPU)
#define DISK (1u << CONFINE_DISK)
#define NET (1u << CONFINE_NET)
#define WORKER (1u << CONFINE_WORKER)
#define SHARE (1u << CONFINE_SHARE)
#define CHANGE (1u << CONFINE_SHARE_CHANGE)
#define SHARES (SHARE | CHANGE)
#define ALL (MAIN | VCPU | DISK | NET | WORKER | SHARES)

const struct call confine_calls[] =
{
  /* What a thread of a C program needs to live. */
  { .name = "read", .roles = ALL },
  { .name = "write", .roles = ALL },
  { .name = "readv", .roles = ALL },
  { .name = "writev", .roles = ALL },
  { .name = "futex", .roles = ALL },
  { .name = "futex_time64", .roles = ALL },
  { .name = "mmap", .roles = ALL, .check = CALL_NO_CODE },
  { .name = "mmap2", .roles = ALL, .check = CALL_NO_CODE },
  { .name = "mprotect", .roles = ALL, .check = CALL_NO_CODE },
  { .name = "munmap", .roles = ALL },
  { .name = "mremap", .roles = ALL },
  { .name = "madvise", .roles = ALL },
  { .name = "brk", .roles = ALL },
  { .name = "close", .roles = ALL },
  { .name = "exit", .roles = ALL },
  { .name = "exit_group", .roles = ALL },
  { .name = "rt_sigprocmask", .roles = ALL },
  { .name = "rt_sigreturn", .roles = ALL },
  { .name = "sigreturn", .roles = ALL },
  { .name = "restart_syscall", .roles = ALL },
  { .name = "sched_yield", .roles = ALL },
  { .name = "sched_getaffinity", .roles = ALL },
  { .name = "clock_gettime", .roles = ALL },
  { .name = "clock_gettime64", .roles = ALL },
  { .name = "gettimeofday", .roles = ALL },
  { .name = "time", .roles = ALL },
  { .name = "clock_nanosleep", .roles = ALL },
  { .name = "clock_nanosleep_time64", .roles = ALL },
  { .name = "nanosleep", .roles = ALL },
  { .name = "getrandom", .roles = ALL },
  { .name = "gettid", .roles = ALL },
  { .name = "getpid", .roles = ALL },
  { .name = "set_robust_list", .roles = ALL },
  { .name = "rseq", .roles = ALL },
  { .name = "sysinfo", .roles = ALL },
  { .name = "prctl", .roles = ALL, .check = CALL_ARGUMENT, .number = 0,
    .value = PR_SET_NAME },
  /* abort () */
  { .name = "tgkill", .roles = ALL, .check = CALL_OURSELVES },
  { .name = "poll", .roles = ALL },
  { .name = "ppoll", .roles = ALL },
  { .name = "ppoll_time64", .roles = ALL },
  /* Each thread of a device may wake another one. */
  { .name = "epoll_ctl", .roles = ALL },
  { .name = "timerfd_settime", .roles = ALL },
  { .name = "timerfd_settime64", .roles = ALL },
  /* Messages for syslog, whose socket is open. */
  { .name = "sendto", .roles = ALL },
  { .name = "send", .roles = ALL },
  { .name = "socket", .roles = ALL, .check = CALL_REFUSED, .value = EACCES },
  { .name = "connect", .roles = ALL, .check = CALL_REFUSED,
    .value = EACCES },

  /* The C library looks for catalogs, time zones and the like, and does
     without. */
  { .name = "openat", .roles = ALL & ~(MAIN | SHARES), .check = CALL_REFUSED,
    .value = EACCES },

  /* Interrupts, by /dev/lguest. */
  { .name = "pwrite64", .roles = ALL },
  /* /dev/lguest, disks, and the log of a console that becomes the old one. */
  { .name = "pread64", .roles = VCPU | DISK | WORKER | SHARES },
  { .name = "ftruncate", .roles = DISK | WORKER | CHANGE },
  { .name = "ftruncate64", .roles = DISK | WORKER | CHANGE },
  { .name = "preadv", .roles = DISK },
  { .name = "pwritev", .roles = DISK },
  { .name = "fdatasync", .roles = DISK | SHARES },
  { .name = "fsync", .roles = DISK | SHARES },
  { .name = "fallocate", .roles = DISK },
  { .name = "lseek", .roles = DISK | SHARES },
  { .name = "_llseek", .roles = DISK | SHARES },

  /* qemu-nbd and passt. */
  { .name = "recvfrom", .roles = DISK | NET },
  { .name = "recv", .roles = DISK | NET },
  { .name = "sendmsg", .roles = DISK | NET },
  { .name = "shutdown", .roles = DISK },

  { .name = "epoll_wait", .roles = DISK },
  { .name = "epoll_pwait", .roles = DISK },

  /* A disk that has much to do makes more threads.  clone3 hides from filters
     what it is asked for; the C library then uses clone. */
  { .name = "clone3", .roles = DISK, .check = CALL_REFUSED, .value = ENOSYS },
  { .name = "clone", .roles = DISK, .check = CALL_THREAD },

  { .name = "ioctl", .roles = NET, .check = CALL_ARGUMENT, .number = 1,
    .value = TUNSETOFFLOAD },
  { .name = "ioctl", .roles = MAIN, .check = CALL_ARGUMENT, .number = 1,
    .value = TUNSETCARRIER },

  /* The terminal. */
  { .name = "ioctl", .roles = MAIN, .check = CALL_ARGUMENT, .number = 1,
    .value = TCGETS },
  { .name = "ioctl", .roles = MAIN, .check = CALL_ARGUMENT, .number = 1,
    .value = TCSETS },
  { .name = "ioctl", .roles = MAIN, .check = CALL_ARGUMENT, .number = 1,
    .value = TCSETSW },
  { .name = "ioctl", .roles = MAIN, .check = CALL_ARGUMENT, .number = 1,
    .value = TIOCGWINSZ },

  /* Clients come, ask, bring files, and get counters. */
  { .name = "accept4", .roles = MAIN },
  { .name = "recvmsg", .roles = MAIN },
  { .name = "getsockopt", .roles = MAIN },
  { .name = "memfd_create", .roles = MAIN },
  { .name = "fcntl", .roles = MAIN },
  { .name = "fcntl64", .roles = MAIN },
  { .name = "getuid", .roles = MAIN },
  { .name = "geteuid", .roles = MAIN },
  { .name = "geteuid32", .roles = MAIN },
  { .name = "getuid32", .roles = MAIN },
  { .name = "getegid", .roles = MAIN },
  { .name = "getegid32", .roles = MAIN },
  { .name = "getrusage", .roles = MAIN },
  { .name = "prlimit64", .roles = MAIN, .check = CALL_ARGUMENT, .number = 2,
    .value = 0 },

  /* A Guest starts: devices are made, and threads, which are confined
     further. */
  { .name = "eventfd2", .roles = MAIN },
  { .name = "epoll_create1", .roles = MAIN },
  { .name = "timerfd_create", .roles = MAIN },
  { .name = "dup", .roles = MAIN },
  { .name = "dup2", .roles = MAIN },
  { .name = "dup3", .roles = MAIN },
  { .name = "seccomp", .roles = MAIN, .check = CALL_ARGUMENT, .number = 0,
    .value = SECCOMP_SET_MODE_FILTER },
  /* To have less is always allowed. */
  { .name = "landlock_create_ruleset", .roles = MAIN },
  { .name = "landlock_add_rule", .roles = MAIN },
  { .name = "landlock_restrict_self", .roles = MAIN },
  { .name = "setpriority", .roles = MAIN, .check = CALL_ARGUMENT,
    .number = 0, .value = PRIO_PROCESS },
  { .name = "getpriority", .roles = MAIN },

  /* Signals, and a child that ends. */
  { .name = "rt_sigaction", .roles = MAIN },
  { .name = "sigaltstack", .roles = MAIN },
  { .name = "wait4", .roles = MAIN },

  /* Files.  Landlock says which ones. */
  { .name = "openat", .roles = MAIN | SHARE, .check = CALL_READ_ONLY,
    .number = 2 },
  { .name = "fstat", .roles = MAIN | DISK | SHARES },
  { .name = "fstat64", .roles = MAIN | DISK | SHARES },
  { .name = "newfstatat", .roles = MAIN | DISK | SHARES },
  { .name = "fstatat64", .roles = MAIN | DISK | SHARES },
  { .name = "statx", .roles = MAIN | DISK | SHARES },
  { .name = "getdents64", .roles = MAIN | SHARES },
  { .name = "unlinkat", .roles = MAIN | CHANGE },
  { .name = "linkat", .roles = MAIN | CHANGE },

  /* A folder is served.  Landlock knows nothing of modes, owners and times:
     who may only read has not even the calls. */
  { .name = "openat", .roles = CHANGE },
  { .name = "openat2", .roles = SHARES },
  { .name = "fcntl", .roles = SHARES, .check = CALL_ARGUMENT, .number = 1,
    .value = F_DUPFD_CLOEXEC },
  { .name = "fcntl64", .roles = SHARES, .check = CALL_ARGUMENT, .number = 1,
    .value = F_DUPFD_CLOEXEC },
  { .name = "fstatfs", .roles = SHARES },
  { .name = "fstatfs64", .roles = SHARES },
  { .name = "readlinkat", .roles = SHARES },
  { .name = "fchmodat", .roles = CHANGE },
  { .name = "fchownat", .roles = CHANGE },
  { .name = "utimensat", .roles = CHANGE },
  { .name = "utimensat_time64", .roles = CHANGE },
  { .name = "symlinkat", .roles = CHANGE },
  { .name = "mknodat", .roles = CHANGE },
  { .name = "mkdirat", .roles = CHANGE },
  { .name = "renameat", .roles = CHANGE },
};

const unsigned confine_call_count
  = sizeof confine_calls / sizeof *confine_calls;
