/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcgcount.c - a QEMU TCG plugin that counts what the emulated processor
 * executes: instructions by where they lie, and the instructions that cost a
 * real processor far more than others.
 *
 *        gcc -O2 -shared -fPIC -o tcgcount.so tcgcount.c
 *        qemu-system-x86_64 -plugin file=tcgcount.so,out=FILE[,OPTION]...
 *
 *   out=FILE           where the counts go
 *   range=NAME:LO-HI   count instructions at addresses LO <= a < HI
 *   pc=NAME:ADDRESS    count how often this address is executed
 *   first=NUMBER:ADDRESS  as if marker NUMBER stood at ADDRESS, once
 *   host=FILE, guest=FILE  count calls and instructions of functions; FILE has
 *                      lines "ADDRESS TYPE NAME" sorted by address, as
 *                      /proc/kallsyms has; what is called "-" is no function.
 *                      The first kernel that runs is the host.
 *   switcher=ADDRESS   everything is of 32 bits, and the Switcher's page is there;
 *                      before host= and guest=
 *   relay=on           count nothing, but execute the markers for QEMU itself:
 *                      so an emulator in an emulator can be measured
 *
 * Each marker (marker.h) writes a line of running totals:
 *
 *        NUMBER NAME=COUNT ...
 *
 * and, with host= or guest=, at MARKER_END a line "+ NAME CALLS INSTRUCTIONS"
 * for each function that ran since MARKER_BEGIN; at the first MARKER_INIT, for
 * each that ran since first=.
 *
 * With several processors the counts are sums over all of them.  For QEMU 7.2,
 * one processor only, as its counters are not atomic; built with
 * -DQEMU_PLUGIN_INTERFACE=4, for QEMU 9.1 and later (counters.h).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "marker.h"

/* --- Counters ---------------------------------------------------------- */

/* Where an instruction lies.  Every instruction counts in exactly one. */
enum place
{
  USER,                 /* the lower half of the address space */
  HOST_KERNEL,          /* text of the kernel that booted first */
  GUEST_KERNEL,         /* text of another kernel at the same addresses */
  MODULE,               /* modules: of the host, as guests here have none */
  SWITCHER,             /* the page-table slot of the cpu entry area */
  ELSEWHERE,
  PLACES
};

static const char *const place_names[PLACES] = {
  "user", "host", "guest", "module", "switcher", "elsewhere"
};

/* Instructions that are events. */
enum class
{
  CR3_WRITE, CR_WRITE, IRET, SYSCALL, SYSRET, SOFT_INT, WRMSR, RDMSR, INVLPG,
  SWAPGS, PORT_IO, CPUID, CLI, STI, HLT, LIDT, LGDT, LTR, LLDT, SEGMENT_LOAD,
  DEBUG_REGISTER, GS_BASE, POPF, VIRT, RDTSC, PAUSE,
  CLASSES,
  PLAIN = CLASSES       /* no event */
};

static const char *const class_names[CLASSES] = {
  "cr3-write", "cr-write", "iret", "syscall", "sysret", "int", "wrmsr",
  "rdmsr", "invlpg", "swapgs", "port-io", "cpuid", "cli", "sti", "hlt",
  "lidt", "lgdt", "ltr", "lldt", "segment-load", "debug-register",
  "fs-gs-base", "popf", "virt", "rdtsc", "pause"
};

/* Events are told apart by place as well: the Switcher's CR3 writes are its
   own, and what a guest's kernel tries and is refused is a trap. */
static struct counter instructions[PLACES];
static struct counter events[CLASSES][PLACES];

#define NAME_LENGTH     56
#define NAMED_MAX       256

/* A range of addresses (pc=: of length one) with a name. */
static struct named
{
  char name[NAME_LENGTH];
  uint64_t from, to;
  struct counter executed;
} named[NAMED_MAX];
static unsigned named_count;

/* A marker that stands at an address. */
static struct first
{
  uint64_t address;
  unsigned number;
  bool seen;
} firsts[8];
static unsigned first_count;

/* The functions of one kernel, sorted by address. */
struct function
{
  uint64_t address;
  struct counter calls, instructions;           /* so far */
  uint64_t calls_begin, instructions_begin;     /* at MARKER_BEGIN */
  char name[NAME_LENGTH];
};

struct functions
{
  const char *whose;
  struct function *list;
  size_t count;
};

static struct functions host_functions = { .whose = "host" };
static struct functions guest_functions = { .whose = "guest" };

static FILE *output;
static bool relay;

/* From here on, functions_end counts. */
static void
functions_begin (struct functions *functions)
{
  for (size_t i = 0; i < functions->count; i++)
    {
      struct function *f = &functions->list[i];

      f->calls_begin = counter_value (&f->calls);
      f->instructions_begin = counter_value (&f->instructions);
    }
}

/* --- Output ------------------------------------------------------------ */

static void
write_totals (unsigned number)
{
  uint64_t sum = 0;

  for (int p = 0; p < PLACES; p++)
    sum += counter_value (&instructions[p]);
  fprintf (output, "%u insns=%llu", number, (unsigned long long) sum);
  for (int p = 0; p < PLACES; p++)
    fprintf (output, " %s=%llu", place_names[p],
             (unsigned long long) counter_value (&instructions[p]));
  for (int c = 0; c < CLASSES; c++)
    {
      sum = 0;
      for (int p = 0; p < PLACES; p++)
        {
          uint64_t count = counter_value (&events[c][p]);

          sum += count;
          if (count)
            fprintf (output, " %s.%s=%llu", place_names[p], class_names[c],
                     (unsigned long long) count);
        }
      fprintf (output, " %s=%llu", class_names[c], (unsigned long long) sum);
    }
  for (unsigned i = 0; i < named_count; i++)
    fprintf (output, " %s=%llu", named[i].name,
             (unsigned long long) counter_value (&named[i].executed));
  fputc ('\n', output);
  fflush (output);
}

static void
functions_end (struct functions *functions)
{
  for (size_t i = 0; i < functions->count; i++)
    {
      struct function *f = &functions->list[i];
      uint64_t ran = counter_value (&f->instructions) - f->instructions_begin;

      if (ran)
        fprintf (output, "+ %s:%s %llu %llu\n", functions->whose, f->name,
                 (unsigned long long) (counter_value (&f->calls)
                                       - f->calls_begin),
                 (unsigned long long) ran);
    }
}

static void
all_begin (void)
{
  functions_begin (&host_functions);
  functions_begin (&guest_functions);
}

static void
all_end (void)
{
  functions_end (&host_functions);
  functions_end (&guest_functions);
}

static void
marked (unsigned cpu, void *data)
{
  static bool booted;
  unsigned number = (uintptr_t) data;

  (void) cpu;
  write_totals (number);
  if (number == MARKER_BEGIN)
    all_begin ();
  else if (number == MARKER_END)
    all_end ();
  else if (number == MARKER_INIT && !booted)
    {
      booted = true;
      all_end ();
    }
}

static void
first_marked (unsigned cpu, void *data)
{
  struct first *first = data;

  (void) cpu;
  if (!first->seen)
    {
      first->seen = true;
      write_totals (first->number);
      all_begin ();
    }
}

/* The emulator around this one sees the marker in our own code. */
static void
relayed (unsigned cpu, void *data)
{
  (void) cpu;
  switch ((uintptr_t) data)
    {
    case MARKER_BEGIN:
      MARK (MARKER_BEGIN);
      break;
    case MARKER_END:
      MARK (MARKER_END);
      break;
    case MARKER_INIT:
      MARK (MARKER_INIT);
      break;
    }
}

/* --- What an instruction is -------------------------------------------- */

static enum class
classify_0f (const uint8_t *code, size_t length, uint8_t rep)
{
  uint8_t opcode = code[1];
  uint8_t modrm = length > 2 ? code[2] : 0;
  uint8_t reg = (modrm >> 3) & 7;
  bool memory = (modrm & 0xc0) != 0xc0;

  switch (opcode)
    {
    case 0x00:
      return reg == 3 ? LTR : reg == 2 ? LLDT : PLAIN;
    case 0x01:
      if (modrm == 0xf8)
        return SWAPGS;
      if (modrm == 0xf9)
        return RDTSC;
      if (modrm >= 0xc1 && modrm <= 0xc4)       /* VMX */
        return VIRT;
      if (modrm >= 0xd8 && modrm <= 0xdf)       /* SVM */
        return VIRT;
      if (memory)
        return reg == 2 ? LGDT : reg == 3 ? LIDT : reg == 7 ? INVLPG : PLAIN;
      return PLAIN;
    case 0x05:
      return SYSCALL;
    case 0x07:
      return SYSRET;
    case 0x21: case 0x23:
      return DEBUG_REGISTER;
    case 0x22:
      return reg == 3 ? CR3_WRITE : CR_WRITE;
    case 0x30:
      return WRMSR;
    case 0x31:
      return RDTSC;
    case 0x32:
      return RDMSR;
    case 0x34:
      return SYSCALL;
    case 0x35:
      return SYSRET;
    case 0xa2:
      return CPUID;
    case 0xae:                                  /* rd/wr fs/gs base */
      return rep == 0xf3 && !memory && reg < 4 ? GS_BASE : PLAIN;
    case 0xa1: case 0xa9: case 0xb2: case 0xb4: case 0xb5:
      return SEGMENT_LOAD;
    }
  return PLAIN;
}

static enum class
classify (const uint8_t *code, size_t length)
{
  uint8_t rep = 0;

  for (; length; code++, length--)
    switch (*code)
      {
      case 0xf2: case 0xf3:
        rep = *code;
        continue;
      case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
      case 0x66: case 0x67: case 0xf0:
        continue;
      case 0x40 ... 0x4f:                       /* REX: 64-bit code */
        continue;
      case 0x0f:
        return length > 1 ? classify_0f (code, length, rep) : PLAIN;
      case 0x6c ... 0x6f: case 0xe4 ... 0xe7: case 0xec ... 0xef:
        return PORT_IO;
      case 0x8e:
        return SEGMENT_LOAD;
      case 0x90:
        return rep == 0xf3 ? PAUSE : PLAIN;
      case 0x9d:
        return POPF;
      case 0xcc: case 0xcd:
        return SOFT_INT;
      case 0xcf:
        return IRET;
      case 0xf4:
        return HLT;
      case 0xfa:
        return CLI;
      case 0xfb:
        return STI;
      default:
        return PLAIN;
      }
  return PLAIN;
}

/* The number of the marker that CODE is, or -1. */
static int
marker_number (const uint8_t *code, size_t length)
{
  static const uint8_t head[] = { 0x0f, 0x1f, 0x84, 0x00 };
  static const uint8_t tail[] = { 0x4c, 0x47, 0x4d };

  if (length == 8 && memcmp (code, head, 4) == 0
      && memcmp (code + 5, tail, 3) == 0)
    return code[4];
  return -1;
}

/* --- Where an instruction lies ----------------------------------------- */

#define SWITCHER_START  0xfffffe0000000000ull   /* slot 508 of the PML4 */
#define SWITCHER_END    0xfffffe8000000000ull
#define KERNEL_START    0xffffffff80000000ull
#define MODULES_START   0xffffffffc0000000ull

/* The same for i386, where the Switcher's page is the option's.  A host's
   modules are in its vmalloc area, which begins behind its memory. */
#define KERNEL_START_32  0xc0000000ull
#define MODULES_START_32 0xf7000000ull
#define SWITCHER_PAGE    0x1000

static uint64_t switcher_32;

static bool
is_kernel (uint64_t address, enum place *elsewhere)
{
  if (switcher_32)
    {
      *elsewhere = address < KERNEL_START_32 ? USER
        : address - switcher_32 < SWITCHER_PAGE ? SWITCHER : MODULE;
      return address >= KERNEL_START_32 && address < MODULES_START_32;
    }
  *elsewhere = address >> 47 == 0 ? USER
    : address >= SWITCHER_START && address < SWITCHER_END ? SWITCHER
    : address >= MODULES_START ? MODULE : ELSEWHERE;
  return address >= KERNEL_START && address < MODULES_START;
}

/* The host's kernel lies in one piece of physical memory, so the distance
   between its addresses and QEMU's is constant.  A guest's is elsewhere. */
static enum place
place_of (uint64_t address, const void *in_qemu)
{
  static bool known;
  static uint64_t host_distance;
  uint64_t distance = (uint64_t) (uintptr_t) in_qemu - address;
  enum place elsewhere;

  if (!is_kernel (address, &elsewhere))
    return elsewhere;
  if (!known)
    {
      known = true;
      host_distance = distance;
    }
  return distance == host_distance ? HOST_KERNEL : GUEST_KERNEL;
}

static struct function *
function_of (struct functions *functions, uint64_t address)
{
  size_t low = 0, high = functions->count;

  while (low < high)
    {
      size_t middle = (low + high) / 2;

      if (functions->list[middle].address <= address)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == 0 || strcmp (functions->list[low - 1].name, "-") == 0)
    return NULL;
  return &functions->list[low - 1];
}

/* --- Translation ------------------------------------------------------- */

/* TALLY: how many of a block's instructions are where, as far as they are not
   counted one by one (counters.h). */
static void
count_insn (struct qemu_plugin_insn *insn, unsigned *tally)
{
  uint8_t code[INSTRUCTION_MAX];
  size_t length = instruction_bytes (insn, code);
  uint64_t address = qemu_plugin_insn_vaddr (insn);
  enum place place = place_of (address, qemu_plugin_insn_haddr (insn));
  enum class class = classify (code, length);
  struct function *function = NULL;
  int number = marker_number (code, length);

  count_most (insn, &instructions[place], &tally[place]);
  if (class != PLAIN)
    count_each (insn, &events[class][place]);
  for (unsigned i = 0; i < named_count; i++)
    if (address >= named[i].from && address < named[i].to)
      count_each (insn, &named[i].executed);
  for (unsigned i = 0; i < first_count; i++)
    if (address == firsts[i].address)
      qemu_plugin_register_vcpu_insn_exec_cb (insn, first_marked, NO_REGISTERS,
                                              &firsts[i]);
  if (place == GUEST_KERNEL)
    function = function_of (&guest_functions, address);
  else if (place != USER)
    function = function_of (&host_functions, address);
  if (function)
    {
      count_each (insn, &function->instructions);
      if (address == function->address)
        count_each (insn, &function->calls);
    }
  if (number >= 0)
    qemu_plugin_register_vcpu_insn_exec_cb (insn, marked, NO_REGISTERS,
                                            (void *) (uintptr_t) number);
}

static void
relay_insn (struct qemu_plugin_insn *insn)
{
  uint8_t code[INSTRUCTION_MAX];
  size_t length = instruction_bytes (insn, code);
  int number = marker_number (code, length);

  if (number >= 0)
    qemu_plugin_register_vcpu_insn_exec_cb (insn, relayed, NO_REGISTERS,
                                            (void *) (uintptr_t) number);
}

static void
translated (qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
  size_t count = qemu_plugin_tb_n_insns (tb);
  unsigned tally[PLACES] = { 0 };

  (void) id;
  for (size_t i = 0; i < count; i++)
    if (relay)
      relay_insn (qemu_plugin_tb_get_insn (tb, i));
    else
      count_insn (qemu_plugin_tb_get_insn (tb, i), tally);
  for (int p = 0; p < PLACES; p++)
    count_block (tb, &instructions[p], tally[p]);
}

static void
finished (qemu_plugin_id_t id, void *data)
{
  (void) id, (void) data;
  if (output)
    {
      write_totals (0);
      fclose (output);
    }
}

/* --- Options ----------------------------------------------------------- */

static bool
read_functions (struct functions *functions, const char *path)
{
  char line[512];
  size_t room = 0;
  FILE *file = fopen (path, "r");

  if (!file)
    return false;
  while (fgets (line, sizeof line, file))
    {
      struct function f = { 0 };
      unsigned long long address;
      char type;

      if (sscanf (line, "%llx %c %55s", &address, &type, f.name) != 3
          || address < (switcher_32 ? KERNEL_START_32 : SWITCHER_START))
        continue;
      f.address = address;
      if (functions->count
          && functions->list[functions->count - 1].address == address)
        continue;
      if (functions->count == room)
        {
          room = room ? 2 * room : 1024;
          functions->list = realloc (functions->list,
                                     room * sizeof *functions->list);
          if (!functions->list)
            abort ();
        }
      functions->list[functions->count++] = f;
    }
  fclose (file);
  return true;
}

/* "NAME:LO-HI" or "NAME:ADDRESS". */
static bool
add_named (const char *text)
{
  const char *colon = strchr (text, ':');
  struct named *n = &named[named_count];
  char *end;

  if (!colon || colon == text || colon - text >= NAME_LENGTH
      || named_count == NAMED_MAX)
    return false;
  memcpy (n->name, text, colon - text);
  n->from = strtoull (colon + 1, &end, 0);
  n->to = *end == '-' ? strtoull (end + 1, &end, 0) : n->from + 1;
  named_count++;
  return *end == '\0' && n->to > n->from;
}

/* "NUMBER:ADDRESS". */
static bool
add_first (const char *text)
{
  char *end;

  if (first_count == sizeof firsts / sizeof *firsts)
    return false;
  firsts[first_count].number = strtoul (text, &end, 0);
  if (*end != ':')
    return false;
  firsts[first_count].address = strtoull (end + 1, &end, 0);
  first_count++;
  return *end == '\0';
}

static bool
take_option (const char *option)
{
  const char *equals = strchr (option, '=');
  const char *value = equals ? equals + 1 : "";
  size_t length = equals ? (size_t) (equals - option) : strlen (option);

#define IS(name)  (strncmp (option, name, length) == 0 && !name[length])
  if (IS ("out"))
    return (output = fopen (value, "w")) != NULL;
  if (IS ("range") || IS ("pc"))
    return add_named (value);
  if (IS ("first"))
    return add_first (value);
  if (IS ("host"))
    return read_functions (&host_functions, value);
  if (IS ("guest"))
    return read_functions (&guest_functions, value);
  if (IS ("switcher"))
    return (switcher_32 = strtoull (value, NULL, 16)) != 0;
  if (IS ("relay"))
    return relay = true;
#undef IS
  return false;
}

EXPORT int
qemu_plugin_install (qemu_plugin_id_t id, const struct qemu_info *info,
                     int argc, char **argv)
{
  (void) info;
  for (int i = 0; i < argc; i++)
    if (!take_option (argv[i]))
      {
        fprintf (stderr, "tcgcount: bad option: %s\n", argv[i]);
        return 1;
      }
  if (!output && !relay)
    {
      fprintf (stderr, "tcgcount: out=FILE is missing\n");
      return 1;
    }
  qemu_plugin_register_vcpu_tb_trans_cb (id, translated);
  qemu_plugin_register_atexit_cb (id, finished, NULL);
  return 0;
}
