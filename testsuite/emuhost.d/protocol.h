/* What the runner (outside) and the agent (inside) say to each other.

   One virtio port joins them.  Everything on it is a frame: a letter, the
   length of what follows (32 bits, little endian), and that many bytes.
   Commands and answers share the one stream, so their order is certain: when
   EXIT has arrived, all output has.

   SPDX-License-Identifier: GPL-2.0-or-later */

#ifndef EMUHOST_PROTOCOL_H
#define EMUHOST_PROTOCOL_H

#define EMUHOST_PORT_NAME "emuhost"

/* No frame carries more than this many bytes.  */
#define FRAME_MAX_BYTES 32768

/* Bytes of standard input that may be under way without an ACK.  */
#define STDIN_WINDOW_BYTES 65536

enum frame
{
  /* From the agent.  */
  FRAME_HELLO = 'H',	/* text: the host is up, lg.ko is so */
  FRAME_STDOUT = 'O',
  FRAME_STDERR = 'E',
  FRAME_ACK = 'A',	/* u32: so many bytes of stdin were taken */
  FRAME_TROUBLE = 'T',	/* text: the host is not as it should be */
  FRAME_EXIT = 'X',	/* u32: the command's exit status */

  /* From the runner.  */
  FRAME_START = 'S',	/* flags, then the words, each ended by NUL */
  FRAME_STDIN = 'I',
  FRAME_STDIN_END = 'Z',
  FRAME_SIZE = 'W',	/* u16 rows, u16 columns of the terminal */
  FRAME_BYE = 'B'	/* everything has arrived: power off */
};

enum start_flag
{
  START_TTY = 1,	/* give the command a terminal of its own */
  START_KEEP_MODULE = 2	/* do not try to unload lg.ko afterwards */
};

#define FRAME_HEADER_BYTES 5

#endif
