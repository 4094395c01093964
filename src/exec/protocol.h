/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec/protocol.h - what "lguest exec" and its process 1 in the guest say.
 *
 * They talk over the guest's second console, /dev/hvc1, in frames: a byte that
 * says what it is, four bytes of length, low byte first, and that much data.
 * Each side may send EXEC_WINDOW bytes of a stream that the other has not
 * taken yet, so that no frame ever waits behind data that nobody wants.
 *
 * What to do is in the initial RAM disk: EXEC_JOB is a list of texts, each
 * with a NUL at its end: the working directory, the number of arguments, the
 * arguments, the environment.
 */
#ifndef EXEC_PROTOCOL_H
#define EXEC_PROTOCOL_H

#define EXEC_FOLDER ".lguest"
#define EXEC_INIT EXEC_FOLDER "/init"
#define EXEC_JOB EXEC_FOLDER "/job"

#define EXEC_HEADER_BYTES 5
#define EXEC_DATA_BYTES 4096
#define EXEC_WINDOW 32768

/* Frames. */
enum
{
  /* From the guest. */
  EXEC_READY = 'r',             /* the command runs; nothing was sent before */
  EXEC_OUTPUT = 'o',            /* it has written this to standard output */
  EXEC_ERROR = 'e',             /* ... to standard error */
  EXEC_TAKEN_INPUT = 'i',       /* so many bytes of input, in four bytes */
  EXEC_STATUS = 'x',            /* it has ended, with this status: one byte;
                                   the last frame */
  /* To the guest. */
  EXEC_INPUT = 'I',             /* for its standard input; empty: the end */
  EXEC_TAKEN_OUTPUT = 'O',      /* so many bytes of output, in four bytes */
  EXEC_SIGNAL = 'S',            /* send it that signal: one byte */
};

/* How a command ends that could not be started. */
#define EXEC_STATUS_CANNOT 126
#define EXEC_STATUS_MISSING 127

#endif /* EXEC_PROTOCOL_H */
