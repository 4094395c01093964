/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * marker.h - the instruction by which a measured program tells the emulator
 * "count from here".
 *
 * It is a no-op of eight bytes whose displacement spells "LGM" and a number.
 * It needs no privilege, touches nothing and never traps, so it means the same
 * in a process, in a guest and in a guest's guest; tcgcount.c looks for it
 * when QEMU translates code.
 */
#ifndef LGUEST_BENCH_MARKER_H
#define LGUEST_BENCH_MARKER_H

#define MARKER_BEGIN    1       /* a measured repetition begins */
#define MARKER_END      2       /* ... and ends */
#define MARKER_INIT     3       /* the first instruction of init */

#define MARKER_TEXT_(x) #x
#define MARKER_TEXT(x)  MARKER_TEXT_ (x)

/* nopl 0x4d474cNN(%rax,%rax,1), as assembler text. */
#define MARKER_ASM(number)                                              \
  ".byte 0x0f, 0x1f, 0x84, 0x00, " MARKER_TEXT (number) ", 0x4c, 0x47, 0x4d"

#define MARK(number) __asm__ volatile (MARKER_ASM (number) ::: "memory")

#endif /* LGUEST_BENCH_MARKER_H */
