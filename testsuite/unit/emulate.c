/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emulate.c - is what an instruction of 64-bit mode wants from a device
 * understood?
 */
#include <config.h>

#include <lguest/device.h>

#include "emulate_check.h"
#include "unit.h"

static __u64 registers[LGUEST_REG_COUNT];

static void
set_registers (void)
{
  unsigned i;

  for (i = 0; i < LGUEST_REG_COUNT; i++)
    registers[i] = UINT64_C (0x1112131415161700) * 1 + i;
  registers[LGUEST_REG_RAX] = UINT64_C (0xa1a2a3a4a5a6a7a8);
  registers[LGUEST_REG_RDX] = UINT64_C (0xd1d2d3d4d5d6d7d8);
  registers[LGUEST_REG_RCX] = UINT64_C (0xc1c2c3c4c5c6c7c8);
  registers[LGUEST_REG_RBX] = UINT64_C (0xb1b2b3b4b5b6b7b8);
}

static const struct move moves[] =
{
  /* Writes. */
  { "88 07", "mov %al,(%rdi)", true, 1, 0xa8, 0 },
  { "88 27", "mov %ah,(%rdi)", true, 1, 0xa7, 0 },
  { "88 3f", "mov %bh,(%rdi)", true, 1, 0xb7, 0 },
  { "40 88 27", "mov %spl,(%rdi)", true, 1, 0x04, 0 },
  { "40 88 3f", "mov %dil,(%rdi)", true, 1, 0x07, 0 },
  { "44 88 27", "mov %r12b,(%rdi)", true, 1, 0x0c, 0 },
  { "66 89 07", "mov %ax,(%rdi)", true, 2, 0xa7a8, 0 },
  { "89 07", "mov %eax,(%rdi)", true, 4, 0xa5a6a7a8, 0 },
  { "48 89 07", "mov %rax,(%rdi)", true, 8, 0xa1a2a3a4a5a6a7a8, 0 },
  { "66 48 89 07", "data16 mov %rax,(%rdi)", true, 8, 0xa1a2a3a4a5a6a7a8, 0 },
  { "44 89 3f", "mov %r15d,(%rdi)", true, 4, 0x1516170f, 0 },
  { "66 44 89 07", "mov %r8w,(%rdi)", true, 2, 0x1708, 0 },
  { "c6 07 12", "movb $0x12,(%rdi)", true, 1, 0x12, 0 },
  { "66 c7 07 34 12", "movw $0x1234,(%rdi)", true, 2, 0x1234, 0 },
  { "c7 07 78 56 34 12", "movl $0x12345678,(%rdi)", true, 4, 0x12345678, 0 },
  { "48 c7 07 ff ff ff ff", "movq $-1,(%rdi)", true, 8, ~UINT64_C (0), 0 },
  { "48 c7 07 01 00 00 00", "movq $1,(%rdi)", true, 8, 1, 0 },
  { "a2 88 77 66 55 44 33 22 11", "movabs %al,0x1122334455667788",
    true, 1, 0xa8, 0 },
  { "a3 88 77 66 55 44 33 22 11", "movabs %eax,0x1122334455667788",
    true, 4, 0xa5a6a7a8, 0 },
  { "48 a3 88 77 66 55 44 33 22 11", "movabs %rax,0x1122334455667788",
    true, 8, 0xa1a2a3a4a5a6a7a8, 0 },
  /* Addresses. */
  { "89 47 10", "mov %eax,0x10(%rdi)", true, 4, 0xa5a6a7a8, 0 },
  { "89 87 00 10 00 00", "mov %eax,0x1000(%rdi)", true, 4, 0xa5a6a7a8, 0 },
  { "89 04 24", "mov %eax,(%rsp)", true, 4, 0xa5a6a7a8, 0 },
  { "89 44 24 08", "mov %eax,0x8(%rsp)", true, 4, 0xa5a6a7a8, 0 },
  { "89 84 24 00 01 00 00", "mov %eax,0x100(%rsp)", true, 4, 0xa5a6a7a8, 0 },
  { "89 04 25 00 10 00 00", "mov %eax,0x1000", true, 4, 0xa5a6a7a8, 0 },
  { "89 04 cd 00 10 00 00", "mov %eax,0x1000(,%rcx,8)",
    true, 4, 0xa5a6a7a8, 0 },
  { "89 04 0f", "mov %eax,(%rdi,%rcx,1)", true, 4, 0xa5a6a7a8, 0 },
  { "41 89 45 00", "mov %eax,0x0(%r13)", true, 4, 0xa5a6a7a8, 0 },
  { "43 89 44 25 00", "mov %eax,0x0(%r13,%r12,1)", true, 4, 0xa5a6a7a8, 0 },
  { "89 05 00 10 00 00", "mov %eax,0x1000(%rip)", true, 4, 0xa5a6a7a8, 0 },
  { "c7 05 00 10 00 00 78 56 34 12", "movl $0x12345678,0x1000(%rip)",
    true, 4, 0x12345678, 0 },
  { "67 89 07", "mov %eax,(%edi)", true, 4, 0xa5a6a7a8, 0 },
  { "65 89 07", "mov %eax,%gs:(%rdi)", true, 4, 0xa5a6a7a8, 0 },
  /* Reads. */
  { "8a 07", "mov (%rdi),%al", false, 1, 0xa1a2a3a4a5a6a788,
    LGUEST_REG_RAX },
  { "8a 27", "mov (%rdi),%ah", false, 1, 0xa1a2a3a4a5a688a8,
    LGUEST_REG_RAX },
  { "8a 37", "mov (%rdi),%dh", false, 1, 0xd1d2d3d4d5d688d8,
    LGUEST_REG_RDX },
  { "40 8a 37", "mov (%rdi),%sil", false, 1, 0x1112131415161788,
    LGUEST_REG_RSI },
  { "66 8b 07", "mov (%rdi),%ax", false, 2, 0xa1a2a3a4a5a68788,
    LGUEST_REG_RAX },
  { "8b 07", "mov (%rdi),%eax", false, 4, 0x85868788, LGUEST_REG_RAX },
  { "48 8b 07", "mov (%rdi),%rax", false, 8, ANSWER, LGUEST_REG_RAX },
  { "4c 8b 07", "mov (%rdi),%r8", false, 8, ANSWER, LGUEST_REG_R8 },
  { "44 8b 3f", "mov (%rdi),%r15d", false, 4, 0x85868788, LGUEST_REG_R15 },
  { "0f b6 07", "movzbl (%rdi),%eax", false, 1, 0x88, LGUEST_REG_RAX },
  { "66 0f b6 07", "movzbw (%rdi),%ax", false, 1, 0xa1a2a3a4a5a60088,
    LGUEST_REG_RAX },
  { "0f b7 07", "movzwl (%rdi),%eax", false, 2, 0x8788, LGUEST_REG_RAX },
  { "48 0f b7 1f", "movzwq (%rdi),%rbx", false, 2, 0x8788, LGUEST_REG_RBX },
  { "0f be 07", "movsbl (%rdi),%eax", false, 1, 0xffffff88,
    LGUEST_REG_RAX },
  { "48 0f be 07", "movsbq (%rdi),%rax", false, 1, 0xffffffffffffff88,
    LGUEST_REG_RAX },
  { "66 0f be 07", "movsbw (%rdi),%ax", false, 1, 0xa1a2a3a4a5a6ff88,
    LGUEST_REG_RAX },
  { "0f bf 07", "movswl (%rdi),%eax", false, 2, 0xffff8788,
    LGUEST_REG_RAX },
  { "4c 63 1f", "movslq (%rdi),%r11", false, 4, 0xffffffff85868788,
    LGUEST_REG_R11 },
  { "a0 88 77 66 55 44 33 22 11", "movabs 0x1122334455667788,%al",
    false, 1, 0xa1a2a3a4a5a6a788, LGUEST_REG_RAX },
  { "67 a1 44 33 22 11", "addr32 mov 0x11223344,%eax", false, 4, 0x85868788,
    LGUEST_REG_RAX },
};

static const struct port ports[] =
{
  { "e4 64", "in $0x64,%al", false, 1, 0x64, 0xa1a2a3a4a5a6a788 },
  { "66 e5 64", "in $0x64,%ax", false, 2, 0x64, 0xa1a2a3a4a5a68788 },
  { "e5 64", "in $0x64,%eax", false, 4, 0x64, 0x85868788 },
  { "ec", "in (%dx),%al", false, 1, 0xd7d8, 0xa1a2a3a4a5a6a788 },
  { "66 ed", "in (%dx),%ax", false, 2, 0xd7d8, 0xa1a2a3a4a5a68788 },
  { "ed", "in (%dx),%eax", false, 4, 0xd7d8, 0x85868788 },
  { "48 ed", "rex.W in (%dx),%eax", false, 4, 0xd7d8, 0x85868788 },
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
  { "f0 89 07", "lock mov %eax,(%rdi)" },
  { "01 07", "add %eax,(%rdi)" },
  { "f3 a4", "rep movsb" },
  { "f3 aa", "rep stosb" },
  { "0f 0b", "ud2" },
  { "0f 18 07", "prefetchnta (%rdi)" },
  { "f3 6c", "rep insb" },
  { "fa", "cli" },
  { "f4", "hlt" },
  { "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 89", "16 bytes" },
  { "", "nothing" },
};

int
main (void)
{
  set_registers ();
  check_moves (moves, sizeof moves / sizeof *moves, registers);
  check_ports (ports, sizeof ports / sizeof *ports, registers);
  check_foreign (foreign, sizeof foreign / sizeof *foreign, registers);
  check_random (registers);
  return finish ();
}
