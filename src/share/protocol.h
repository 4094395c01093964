/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share/protocol.h - the numbers of 9P2000.L.
 *
 * From Linux's documentation of the protocol (Documentation/filesystems/9p.rst
 * points to it: github.com/chaos/diod, protocol.md) and the Plan 9 manual,
 * section 5.  An answer's number is that of its request plus one.
 */
#ifndef SHARE_PROTOCOL_H
#define SHARE_PROTOCOL_H

#define P9_VERSION "9P2000.L"

enum p9_type
{
  P9_RLERROR = 7,
  P9_TSTATFS = 8,
  P9_TLOPEN = 12,
  P9_TLCREATE = 14,
  P9_TSYMLINK = 16,
  P9_TMKNOD = 18,
  P9_TREADLINK = 22,
  P9_TGETATTR = 24,
  P9_TSETATTR = 26,
  P9_TREADDIR = 40,
  P9_TFSYNC = 50,
  P9_TLOCK = 52,
  P9_TGETLOCK = 54,
  P9_TLINK = 70,
  P9_TMKDIR = 72,
  P9_TRENAMEAT = 74,
  P9_TUNLINKAT = 76,
  P9_TVERSION = 100,
  P9_TATTACH = 104,
  P9_TFLUSH = 108,
  P9_TWALK = 110,
  P9_TREAD = 116,
  P9_TWRITE = 118,
  P9_TCLUNK = 120,
};

/* Kinds of files in a qid. */
#define P9_QID_FOLDER 0x80
#define P9_QID_LINK 0x02

/* What Tlopen and Tlcreate can ask for, of that which we heed. */
#define P9_OPEN_ACCESS 3
#define P9_OPEN_CREATE 0100
#define P9_OPEN_EXCLUSIVE 0200
#define P9_OPEN_TRUNCATE 01000
#define P9_OPEN_DSYNC 010000
#define P9_OPEN_FOLDER 0200000
#define P9_OPEN_SYNC 04000000

/* Which values of Tsetattr are meant. */
#define P9_SET_MODE 0x1
#define P9_SET_UID 0x2
#define P9_SET_GID 0x4
#define P9_SET_SIZE 0x8
#define P9_SET_ATIME 0x10
#define P9_SET_MTIME 0x20
#define P9_SET_ATIME_GIVEN 0x80
#define P9_SET_MTIME_GIVEN 0x100

/* What Rgetattr has: mode to blocks. */
#define P9_GET_BASIC 0x7ff

/* Rlock, Rgetlock. */
#define P9_LOCK_SUCCESS 0
#define P9_LOCK_UNLOCKED 2

/* A walk has so many names at most. */
#define P9_WALK_MAX 16

#endif /* SHARE_PROTOCOL_H */
