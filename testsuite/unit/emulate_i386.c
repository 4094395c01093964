/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emulate_i386.c - is what an instruction of 32-bit mode wants from a device
 * understood?  Whatever runs this test: emulate.c was compiled for i386's
 * guests once more.
 */
#include <config.h>

#include <lguest/device.h>

#include "emulate_check.h"
#include "target.h"
#include "unit.h"

_Static_assert (!TARGET_LONG_MODE, "this is not i386's target.h");

/* The module takes no more than 32 bits back: what is above must stay 0. */
static const __u64 registers[LGUEST_REG_COUNT] =
{
  [LGUEST_REG_RAX] = 0xa5a6a7a8,
  [LGUEST_REG_RCX] = 0xc5c6c7c8,
  [LGUEST_REG_RDX] = 0xd5d6d7d8,
  [LGUEST_REG_RBX] = 0xb5b6b7b8,
  [LGUEST_REG_RSP] = 0x15161704,
  [LGUEST_REG_RBP] = 0x15161705,
  [LGUEST_REG_RSI] = 0x15161706,
  [LGUEST_REG_RDI] = 0x15161707,
};

static const struct move moves[] =
{
  /* Writes. */
  { "88 07", "mov %al,(%edi)", true, 1, 0xa8, 0 },
  { "88 27", "mov %ah,(%edi)", true, 1, 0xa7, 0 },
  { "88 2f", "mov %ch,(%edi)", true, 1, 0xc7, 0 },
  { "88 37", "mov %dh,(%edi)", true, 1, 0xd7, 0 },
  { "88 3f", "mov %bh,(%edi)", true, 1, 0xb7, 0 },
  { "66 89 07", "mov %ax,(%edi)", true, 2, 0xa7a8, 0 },
  { "89 07", "mov %eax,(%edi)", true, 4, 0xa5a6a7a8, 0 },
  { "89 3e", "mov %edi,(%esi)", true, 4, 0x15161707, 0 },
  { "c6 07 12", "movb $0x12,(%edi)", true, 1, 0x12, 0 },
  { "66 c7 07 34 12", "movw $0x1234,(%edi)", true, 2, 0x1234, 0 },
  { "c7 07 78 56 34 f2", "movl $0xf2345678,(%edi)", true, 4, 0xf2345678, 0 },
  { "a2 44 33 22 11", "mov %al,0x11223344", true, 1, 0xa8, 0 },
  { "66 a3 44 33 22 11", "mov %ax,0x11223344", true, 2, 0xa7a8, 0 },
  { "a3 44 33 22 11", "mov %eax,0x11223344", true, 4, 0xa5a6a7a8, 0 },
  { "67 a3 44 33", "addr16 mov %eax,0x3344", true, 4, 0xa5a6a7a8, 0 },
  /* Addresses. */
  { "89 47 10", "mov %eax,0x10(%edi)", true, 4, 0xa5a6a7a8, 0 },
  { "89 87 00 10 00 00", "mov %eax,0x1000(%edi)", true, 4, 0xa5a6a7a8, 0 },
  { "89 04 24", "mov %eax,(%esp)", true, 4, 0xa5a6a7a8, 0 },
  { "89 44 24 08", "mov %eax,0x8(%esp)", true, 4, 0xa5a6a7a8, 0 },
  { "89 84 24 00 01 00 00", "mov %eax,0x100(%esp)", true, 4, 0xa5a6a7a8, 0 },
  { "89 1d 00 10 00 00", "mov %ebx,0x1000", true, 4, 0xb5b6b7b8, 0 },
  { "89 04 25 00 10 00 00", "mov %eax,0x1000(,%eiz,1)",
    true, 4, 0xa5a6a7a8, 0 },
  { "89 04 cd 00 10 00 00", "mov %eax,0x1000(,%ecx,8)",
    true, 4, 0xa5a6a7a8, 0 },
  { "89 04 0f", "mov %eax,(%edi,%ecx,1)", true, 4, 0xa5a6a7a8, 0 },
  { "89 44 0d 00", "mov %eax,0x0(%ebp,%ecx,1)", true, 4, 0xa5a6a7a8, 0 },
  { "89 45 00", "mov %eax,0x0(%ebp)", true, 4, 0xa5a6a7a8, 0 },
  { "c7 05 00 10 00 00 78 56 34 12", "movl $0x12345678,0x1000",
    true, 4, 0x12345678, 0 },
  { "64 89 07", "mov %eax,%fs:(%edi)", true, 4, 0xa5a6a7a8, 0 },
  { "65 66 89 07", "mov %ax,%gs:(%edi)", true, 2, 0xa7a8, 0 },
  /* Reads. */
  { "8a 07", "mov (%edi),%al", false, 1, 0xa5a6a788, LGUEST_REG_RAX },
  { "8a 27", "mov (%edi),%ah", false, 1, 0xa5a688a8, LGUEST_REG_RAX },
  { "8a 37", "mov (%edi),%dh", false, 1, 0xd5d688d8, LGUEST_REG_RDX },
  { "8a 3f", "mov (%edi),%bh", false, 1, 0xb5b688b8, LGUEST_REG_RBX },
  { "66 8b 07", "mov (%edi),%ax", false, 2, 0xa5a68788, LGUEST_REG_RAX },
  { "8b 07", "mov (%edi),%eax", false, 4, 0x85868788, LGUEST_REG_RAX },
  { "8b 2f", "mov (%edi),%ebp", false, 4, 0x85868788, LGUEST_REG_RBP },
  { "8b 3f", "mov (%edi),%edi", false, 4, 0x85868788, LGUEST_REG_RDI },
  { "0f b6 07", "movzbl (%edi),%eax", false, 1, 0x88, LGUEST_REG_RAX },
  { "66 0f b6 07", "movzbw (%edi),%ax", false, 1, 0xa5a60088,
    LGUEST_REG_RAX },
  { "0f b7 37", "movzwl (%edi),%esi", false, 2, 0x8788, LGUEST_REG_RSI },
  { "0f be 07", "movsbl (%edi),%eax", false, 1, 0xffffff88,
    LGUEST_REG_RAX },
  { "66 0f be 07", "movsbw (%edi),%ax", false, 1, 0xa5a6ff88,
    LGUEST_REG_RAX },
  { "0f bf 07", "movswl (%edi),%eax", false, 2, 0xffff8788,
    LGUEST_REG_RAX },
  { "a0 44 33 22 11", "mov 0x11223344,%al", false, 1, 0xa5a6a788,
    LGUEST_REG_RAX },
  { "a1 44 33 22 11", "mov 0x11223344,%eax", false, 4, 0x85868788,
    LGUEST_REG_RAX },
  { "67 a1 44 33", "addr16 mov 0x3344,%eax", false, 4, 0x85868788,
    LGUEST_REG_RAX },
};

static const struct port ports[] =
{
  { "e4 64", "in $0x64,%al", false, 1, 0x64, 0xa5a6a788 },
  { "66 e5 64", "in $0x64,%ax", false, 2, 0x64, 0xa5a68788 },
  { "e5 64", "in $0x64,%eax", false, 4, 0x64, 0x85868788 },
  { "ec", "in (%dx),%al", false, 1, 0xd7d8, 0xa5a6a788 },
  { "66 ed", "in (%dx),%ax", false, 2, 0xd7d8, 0xa5a68788 },
  { "ed", "in (%dx),%eax", false, 4, 0xd7d8, 0x85868788 },
  { "e6 80", "out %al,$0x80", true, 1, 0x80, 0xa8 },
  { "66 e7 80", "out %ax,$0x80", true, 2, 0x80, 0xa7a8 },
  { "e7 80", "out %eax,$0x80", true, 4, 0x80, 0xa5a6a7a8 },
  { "ee", "out %al,(%dx)", true, 1, 0xd7d8, 0xa8 },
  { "66 ef", "out %ax,(%dx)", true, 2, 0xd7d8, 0xa7a8 },
  { "ef", "out %eax,(%dx)", true, 4, 0xd7d8, 0xa5a6a7a8 },
};

static const struct foreign foreign[] =
{
  { "89 c0", "mov %eax,%eax" },
  { "c7 c0 01 00 00 00", "mov $1,%eax" },
  { "c7 0f 01 00 00 00", "c7 /1" },
  { "f0 89 07", "lock mov %eax,(%edi)" },
  { "01 07", "add %eax,(%edi)" },
  { "f3 a4", "rep movsb" },
  { "0f 0b", "ud2" },
  { "f3 6c", "rep insb" },
  { "fa", "cli" },
  { "f4", "hlt" },
  /* REX prefixes are instructions here, and MOVSLQ is another. */
  { "40 89 07", "inc %eax, and a move" },
  { "48 8b 07", "dec %eax, and a move" },
  { "4f ed", "dec %edi, and in (%dx),%eax" },
  { "63 07", "arpl %ax,(%edi)" },
  /* Addresses of 16 bits are nobody's. */
  { "67 89 07", "mov %eax,(%bx)" },
  { "67 8b 46 10", "mov 0x10(%bp),%eax" },
  { "67 0f b6 07", "movzbl (%bx),%eax" },
  { "67 c7 07 01 00 00 00", "movl $1,(%bx)" },
  { "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 89", "16 bytes" },
  { "", "nothing" },
};

int
main (void)
{
  check_moves (moves, sizeof moves / sizeof *moves, registers);
  check_ports (ports, sizeof ports / sizeof *ports, registers);
  check_foreign (foreign, sizeof foreign / sizeof *foreign, registers);
  check_random (registers);
  return finish ();
}
