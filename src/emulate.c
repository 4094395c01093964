/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emulate.c - instructions that touch devices.
 *
 * When a Guest touches a device, we get the bytes of the instruction and
 * have to find out what it wanted.  Only the instructions that drivers use
 * are here: in and out, and the moves between a register or a constant and
 * memory, in 64-bit mode or in 32-bit mode (target.h).  Where memory is, nobody has to find out: the Host
 * says so.  So an address is only skipped.
 */
#include <config.h>

#include <string.h>

#include <lguest/device.h>

#include "emulate.h"
#include "target.h"

/* No instruction is longer; the processor refuses it. */
#define INSTRUCTION_MAX_BYTES 15

/* Bits of a REX prefix. */
#define REX_B 1
#define REX_X 2
#define REX_R 4
#define REX_W 8

/**
 * struct code - an instruction on its way through the decoder
 * @bytes: it
 * @available: how many of @bytes we know
 * @position: how many were consumed
 * @truncated: more were asked for than there are
 * @rex: REX prefix, 0 if none
 * @operand_16: prefix 0x66 is there
 * @address_32: prefix 0x67 is there: addresses of half the size
 * @repeat, @lock: prefix 0xf2 or 0xf3; 0xf0 is there
 */
struct code
{
  const uint8_t *bytes;
  unsigned available;
  unsigned position;
  bool truncated;
  uint8_t rex;
  bool operand_16;
  bool address_32;
  bool repeat;
  bool lock;
};

static uint8_t
next_byte (struct code *code)
{
  if (code->position >= code->available
      || code->position >= INSTRUCTION_MAX_BYTES)
    {
      code->truncated = true;
      return 0;
    }
  return code->bytes[code->position++];
}

/* A constant of the instruction, least significant byte first. */
static uint64_t
next_constant (struct code *code, unsigned bytes)
{
  uint64_t value = 0;
  unsigned i;

  for (i = 0; i < bytes; i++)
    value |= (uint64_t) next_byte (code) << (8 * i);
  return value;
}

/* Consume all prefixes; returns the first byte of the opcode. */
static uint8_t
next_opcode (struct code *code)
{
  for (;;)
    {
      uint8_t byte = next_byte (code);

      if (code->truncated)
        return 0;
      switch (byte)
        {
        case 0x66:
          code->operand_16 = true;
          break;
        case 0x67:
          code->address_32 = true;
          break;
        case 0xf2:
        case 0xf3:
          code->repeat = true;
          break;
        case 0xf0:
          code->lock = true;
          break;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
          break;
        default:
          if (TARGET_LONG_MODE && (byte & 0xf0) == 0x40)
            {
              /* Only counts directly before the opcode. */
              code->rex = byte;
              byte = next_byte (code);
              switch (byte)
                {
                case 0x66: case 0x67: case 0xf2: case 0xf3: case 0xf0:
                case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64:
                case 0x65:
                case 0x40: case 0x41: case 0x42: case 0x43:
                case 0x44: case 0x45: case 0x46: case 0x47:
                case 0x48: case 0x49: case 0x4a: case 0x4b:
                case 0x4c: case 0x4d: case 0x4e: case 0x4f:
                  code->rex = 0;
                  code->position--;
                  continue;
                }
            }
          return byte;
        }
    }
}

/* Size of an operand that is not a byte. */
static unsigned
operand_bytes (const struct code *code)
{
  if (code->rex & REX_W)
    return 8;
  return code->operand_16 ? 2 : 4;
}

/* The part of @value that an operand of that size has. */
static uint64_t
cut (uint64_t value, unsigned bytes)
{
  return bytes == 8 ? value : value & (((uint64_t) 1 << (8 * bytes)) - 1);
}

/*
 * Skip ModRM, SIB and displacement of a memory operand.  Returns the middle
 * field of ModRM, extended by REX, or -1 if the operand is no memory.
 */
static int
skip_memory_operand (struct code *code)
{
  uint8_t modrm = next_byte (code);
  unsigned mod = modrm >> 6, rm = modrm & 7;
  unsigned displacement = 0;

  /* With the prefix, addresses of 32-bit mode have 16 bits: nobody does. */
  if (mod == 3 || (!TARGET_LONG_MODE && code->address_32))
    return -1;
  if (mod == 1)
    displacement = 1;
  else if (mod == 2)
    displacement = 4;
  if (rm == 4)
    {
      uint8_t sib = next_byte (code);

      /* No base, a displacement instead. */
      if (mod == 0 && (sib & 7) == 5)
        displacement = 4;
    }
  else if (mod == 0 && rm == 5)
    displacement = 4;           /* in 64-bit mode, relative to RIP */
  next_constant (code, displacement);
  return ((modrm >> 3) & 7) | (code->rex & REX_R ? 8 : 0);
}

/* Without any REX, byte registers 4 to 7 are AH, CH, DH and BH. */
static void
byte_register (const struct code *code, unsigned number,
               struct access *access)
{
  access->high_byte = !code->rex && number >= 4;
  access->reg = access->high_byte ? number - 4 : number;
}

static uint64_t
register_value (const struct access *access, const __u64 *registers)
{
  uint64_t value = registers[access->reg];

  return cut (access->high_byte ? value >> 8 : value, access->bytes);
}

/**
 * emulate_decode_port - understand in or out
 * @code, @available: the instruction, as far as it is known
 * @registers: of the Guest, by enum lguest_register
 * @access: filled in
 *
 * Returns false for every other instruction.
 */
bool
emulate_decode_port (const uint8_t *bytes, unsigned available,
                     const __u64 *registers, struct access *access)
{
  struct code code = { .bytes = bytes, .available = available };
  uint8_t opcode = next_opcode (&code);
  unsigned wide;

  memset (access, 0, sizeof *access);
  if (code.truncated || code.lock)
    return false;
  /* REX.W does not make these 64 bits wide. */
  wide = code.operand_16 ? 2 : 4;
  switch (opcode)
    {
    case 0xe4:                  /* in $port, %al */
    case 0xe5:                  /* in $port, %eax */
    case 0xe6:                  /* out %al, $port */
    case 0xe7:                  /* out %eax, $port */
      access->port = next_byte (&code);
      break;
    case 0xec:                  /* in %dx, %al */
    case 0xed:                  /* in %dx, %eax */
    case 0xee:                  /* out %al, %dx */
    case 0xef:                  /* out %eax, %dx */
      access->port = registers[LGUEST_REG_RDX];
      break;
    default:
      return false;
    }
  access->bytes = access->reg_bytes = opcode & 1 ? wide : 1;
  access->write = opcode & 2;
  access->reg = LGUEST_REG_RAX;
  access->value = register_value (access, registers);
  access->length = code.position;
  return !code.truncated;
}

/*L:230 What did it want?
 *
 * When a Guest touches a device's register, all that the Host can tell us is
 * where, and what the bytes of the instruction are.  So we have to read
 * machine code.  Not all of it: drivers touch registers by plain moves, and
 * compilers make six or seven kinds of those.
 *
 * The bytes are from the Guest's memory, and the Guest may have changed them
 * since it executed them.  It does not matter.  We decode what we have got,
 * and the worst that can come of it is that this Guest reads a wrong number.
 */
/**
 * emulate_decode_memory - understand a move from or to memory
 * @code, @available: the instruction, as far as it is known
 * @registers: of the Guest, by enum lguest_register
 * @access: filled in
 *
 * Returns false for every other instruction.
 */
bool
emulate_decode_memory (const uint8_t *bytes, unsigned available,
                       const __u64 *registers, struct access *access)
{
  struct code code = { .bytes = bytes, .available = available };
  uint8_t opcode = next_opcode (&code);
  int reg;

  memset (access, 0, sizeof *access);
  if (code.truncated || code.lock)
    return false;
  switch (opcode)
    {
    case 0x88:                  /* mov %r8, mem */
    case 0x89:                  /* mov %r, mem */
    case 0x8a:                  /* mov mem, %r8 */
    case 0x8b:                  /* mov mem, %r */
      access->bytes = opcode & 1 ? operand_bytes (&code) : 1;
      access->reg_bytes = access->bytes;
      access->write = !(opcode & 2);
      reg = skip_memory_operand (&code);
      if (reg < 0)
        return false;
      if (opcode & 1)
        access->reg = reg;
      else
        byte_register (&code, reg, access);
      access->value = register_value (access, registers);
      break;
    case 0xa0:                  /* mov address, %al */
    case 0xa1:                  /* mov address, %rax */
    case 0xa2:                  /* mov %al, address */
    case 0xa3:                  /* mov %rax, address */
      access->bytes = opcode & 1 ? operand_bytes (&code) : 1;
      access->reg_bytes = access->bytes;
      access->write = opcode & 2;
      access->reg = LGUEST_REG_RAX;
      next_constant (&code, (TARGET_LONG_MODE ? 8 : 4) >> code.address_32);
      access->value = register_value (access, registers);
      break;
    case 0xc6:                  /* mov $constant, mem */
    case 0xc7:
      access->bytes = opcode & 1 ? operand_bytes (&code) : 1;
      access->write = true;
      reg = skip_memory_operand (&code);
      if (reg < 0 || (reg & 7) != 0)
        return false;
      if (access->bytes == 8)
        access->value = (int32_t) next_constant (&code, 4);
      else
        access->value = next_constant (&code, access->bytes);
      break;
    case 0x63:                  /* movslq mem, %r */
      if (!TARGET_LONG_MODE)
        return false;
      access->bytes = code.rex & REX_W ? 4 : operand_bytes (&code);
      access->reg_bytes = operand_bytes (&code);
      access->sign_extend = true;
      reg = skip_memory_operand (&code);
      if (reg < 0)
        return false;
      access->reg = reg;
      break;
    case 0x0f:
      opcode = next_byte (&code);
      switch (opcode)
        {
        case 0xb6:              /* movzbl mem, %r */
        case 0xb7:              /* movzwl mem, %r */
        case 0xbe:              /* movsbl mem, %r */
        case 0xbf:              /* movswl mem, %r */
          access->bytes = opcode & 1 ? 2 : 1;
          access->reg_bytes = operand_bytes (&code);
          access->sign_extend = opcode & 8;
          reg = skip_memory_operand (&code);
          if (reg < 0)
            return false;
          access->reg = reg;
          break;
        default:
          return false;
        }
      break;
    default:
      return false;
    }
  access->length = code.position;
  return !code.truncated;
}
/*:*/

/**
 * emulate_result - what the register holds after a read
 * @access: the read
 * @registers: of the Guest, before
 * @answer: what the device answered
 *
 * A 32-bit result clears the upper half of its register, smaller ones leave
 * the rest as it was.
 */
uint64_t
emulate_result (const struct access *access, const __u64 *registers,
                uint64_t answer)
{
  const uint64_t old = registers[access->reg];
  uint64_t value = cut (answer, access->bytes);

  if (access->sign_extend)
    {
      const uint64_t sign = (uint64_t) 1 << (8 * access->bytes - 1);

      value = (value ^ sign) - sign;
    }
  if (access->high_byte)
    return (old & ~(uint64_t) 0xff00) | value << 8;
  switch (access->reg_bytes)
    {
    case 1:
    case 2:
      value = cut (value, access->reg_bytes);
      return (old & ~cut (~(uint64_t) 0, access->reg_bytes)) | value;
    case 4:
      return cut (value, 4);
    default:
      return value;
    }
}
