/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backtrace.c - symbols, and backtraces of canned memory.
 */
#include <config.h>

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backtrace.h"
#include "symbols.h"
#include "unit.h"

/* A Guest's memory: page tables, text at TEXT, stacks at STACK and IRQ. */
#define MEMORY_BYTES 0x400000
#define CR3 0x1000
#define TEXT UINT64_C (0xffffffff81000000)
#define STACK UINT64_C (0xffff888000100000)     /* aligned, in a large page */
#define IRQ UINT64_C (0xffffc90000003000)       /* four small pages */
#define TEXT_PHYSICAL 0x10000
#define IRQ_PHYSICAL 0x20000

#define PRESENT 0x63
#define LARGE 0xe3
#define NX (UINT64_C (1) << 63)

static uint8_t bytes[MEMORY_BYTES];
static const struct guest_memory memory = { bytes, MEMORY_BYTES };
static struct symbols symbols;
static const struct symbols no_symbols;
static struct backtrace_registers registers;
static struct backtrace_frame frames[BACKTRACE_FRAMES_MAX];
static struct failure failure;

static void
set (uint64_t physical, uint64_t value)
{
  memcpy (bytes + physical, &value, sizeof value);
}

static uint64_t
entry_at (uint64_t table, uint64_t address, int level)
{
  return table + (address >> (12 + 9 * (level - 1))) % 512 * 8;
}

/* Physical addresses, where all is well. */
static uint64_t
stack (uint64_t address)
{
  return address - STACK + 0x100000;
}

static uint64_t
irq (uint64_t address)
{
  return address - IRQ + IRQ_PHYSICAL;
}

static void
make_memory (void)
{
  unsigned i;

  memset (bytes, 0, sizeof bytes);
  /* Text: four small pages. */
  set (entry_at (CR3, TEXT, 4), 0x2000 | PRESENT);
  set (entry_at (0x2000, TEXT, 3), 0x3000 | PRESENT);
  set (entry_at (0x3000, TEXT, 2), 0x4000 | PRESENT);
  for (i = 0; i < 4; i++)
    set (entry_at (0x4000, TEXT + i * 4096, 1),
         (TEXT_PHYSICAL + i * 4096) | PRESENT);
  /* All memory, in large pages, no code. */
  set (entry_at (CR3, STACK, 4), 0x5000 | PRESENT);
  set (entry_at (0x5000, STACK, 3), 0x6000 | PRESENT);
  set (entry_at (0x6000, STACK, 2), NX | LARGE);
  /* An interrupt's stack, with nothing before it nor after it. */
  set (entry_at (CR3, IRQ, 4), 0x7000 | PRESENT);
  set (entry_at (0x7000, IRQ, 3), 0x8000 | PRESENT);
  set (entry_at (0x8000, IRQ, 2), 0x9000 | PRESENT);
  for (i = 0; i < 4; i++)
    set (entry_at (0x9000, IRQ + i * 4096, 1),
         (IRQ_PHYSICAL + i * 4096) | NX | PRESENT);
  /* Calls that end at TEXT + 0x105, 0x205, 0x302 (through a register), 0x3006
     (through memory). */
  bytes[TEXT_PHYSICAL + 0x100] = 0xe8;
  bytes[TEXT_PHYSICAL + 0x200] = 0xe8;
  memcpy (bytes + TEXT_PHYSICAL + 0x300, "\xff\xd0", 2);
  memcpy (bytes + TEXT_PHYSICAL + 0x3000, "\xff\x15\x10\x00\x00\x00", 6);
  registers = (struct backtrace_registers)
    { .rip = TEXT + 0x10, .rsp = STACK + 0x3f00, .cr3 = CR3 };
}

/* A file with these bytes. */
static int
file_of (const void *data, size_t length)
{
  const int fd = memfd_create ("symbols", 0);

  if (fd < 0 || write (fd, data, length) != (ssize_t) length)
    {
      perror ("memfd_create");
      exit (1);
    }
  return fd;
}

static bool
load (const void *data, size_t length)
{
  const int fd = file_of (data, length);
  const bool done = symbols_load (&symbols, fd, "test", &failure);

  close (fd);
  return done;
}

static const char map[] =
  "0000000000000000 D per_cpu\n"
  "ffffffff81000000 T _text\n"
  "ffffffff81000000 T idle\n"
  "ffffffff81000200 t schedule\n"
  "ffffffff81000100 T caller\n"
  "ffffffff81000180 D data\n"
  "garbage\n"
  "ffffffff8100 T short\n"
  "ffffffff81000300 W weak\n"
  "ffffffff81003000 T last";

static bool
is_in (uint64_t address, const char *name, uint64_t size)
{
  uint64_t bytes_of_it = 0;
  const struct symbol *symbol = symbols_find (&symbols, address,
                                              &bytes_of_it);

  if (name == NULL)
    return symbol == NULL;
  return symbol != NULL && strcmp (symbol->name, name) == 0
         && bytes_of_it == size;
}

static void
test_map (void)
{
  check (load (map, sizeof map - 1), "System.map is read");
  check (symbols.count == 5, "System.map has five functions");
  explain ("%zu", symbols.count);
  check (is_in (TEXT, "_text", 0x100), "of two names, the first");
  check (is_in (TEXT + 0xff, "_text", 0x100), "a function's last byte");
  check (is_in (TEXT + 0x100, "caller", 0x100), "an unsorted map is sorted");
  check (is_in (TEXT + 0x180, "caller", 0x100), "data is no function");
  check (is_in (TEXT + 0x3fff, "last", 4096), "a line without an end counts");
  check (is_in (TEXT + 0x4000, NULL, 0), "behind the last there is nothing");
  check (is_in (TEXT - 1, NULL, 0), "before the first there is nothing");
  check (is_in (0, NULL, 0), "nor at 0");
  check (is_in (UINT64_MAX, NULL, 0), "nor at the end");
  symbols_free (&symbols);
  check (is_in (TEXT, NULL, 0), "an empty table has nothing");
}

/* An ELF file with a symbol table. */
struct elf
{
  Elf64_Ehdr header;
  Elf64_Shdr sections[3];
  Elf64_Sym table[6];
  char names[32];
};

static struct elf
make_elf (void)
{
  static const char names[32] = "\0start\0work\0object";
  struct elf elf;
  unsigned i;

  memset (&elf, 0, sizeof elf);
  memcpy (elf.header.e_ident, ELFMAG, SELFMAG);
  elf.header.e_ident[EI_CLASS] = ELFCLASS64;
  elf.header.e_shoff = offsetof (struct elf, sections);
  elf.header.e_shentsize = sizeof (Elf64_Shdr);
  elf.header.e_shnum = 3;
  elf.sections[1].sh_type = SHT_SYMTAB;
  elf.sections[1].sh_offset = offsetof (struct elf, table);
  elf.sections[1].sh_size = sizeof elf.table;
  elf.sections[1].sh_link = 2;
  elf.sections[2].sh_type = SHT_STRTAB;
  elf.sections[2].sh_offset = offsetof (struct elf, names);
  elf.sections[2].sh_size = sizeof elf.names;
  memcpy (elf.names, names, sizeof names);
  for (i = 1; i < 6; i++)
    {
      elf.table[i].st_shndx = 1;
      elf.table[i].st_info = ELF64_ST_INFO (STB_GLOBAL, STT_FUNC);
    }
  elf.table[1].st_name = 7;     /* work, before start */
  elf.table[1].st_value = TEXT + 0x200;
  elf.table[2].st_name = 1;
  elf.table[2].st_value = TEXT;
  elf.table[3].st_name = 12;
  elf.table[3].st_value = TEXT + 0x100;
  elf.table[3].st_info = ELF64_ST_INFO (STB_GLOBAL, STT_OBJECT);
  elf.table[4].st_name = 7;
  elf.table[4].st_value = TEXT + 0x300;
  elf.table[4].st_shndx = SHN_UNDEF;
  elf.table[5].st_name = 9999;  /* behind the names */
  elf.table[5].st_value = TEXT + 0x400;
  return elf;
}

static void
test_elf (void)
{
  struct elf elf = make_elf ();
  size_t length;
  bool all = true;

  check (load (&elf, sizeof elf), "a vmlinux is read");
  check (symbols.count == 2, "it has two functions");
  check (is_in (TEXT + 5, "start", 0x200), "the first one");
  check (is_in (TEXT + 0x205, "work", 4096), "the second one");
  symbols_free (&symbols);

  elf.sections[1].sh_type = SHT_PROGBITS;
  check (load (&elf, sizeof elf) && symbols.count == 0,
         "a stripped vmlinux has none");
  elf = make_elf ();
  elf.sections[1].sh_link = 7;
  check (load (&elf, sizeof elf) && symbols.count == 0,
         "a table without names has none");
  symbols_free (&symbols);
  elf = make_elf ();
  elf.sections[1].sh_size = UINT64_MAX - 100;
  check (!load (&elf, sizeof elf), "a table larger than the file is refused");
  symbols_free (&symbols);
  elf = make_elf ();
  elf.sections[2].sh_offset = UINT64_MAX - 8;
  check (!load (&elf, sizeof elf), "names outside of the file are refused");
  symbols_free (&symbols);
  elf = make_elf ();
  elf.header.e_shoff = UINT64_MAX - 8;
  check (!load (&elf, sizeof elf), "sections outside of the file are refused");
  symbols_free (&symbols);
  elf = make_elf ();
  elf.sections[2].sh_size = 8;  /* names that do not end in the table */
  check (load (&elf, sizeof elf) && is_in (TEXT + 0x200, "w", 4096),
         "the last name ends with the names");
  symbols_free (&symbols);

  elf = make_elf ();
  for (length = 0; length < sizeof elf; length++)
    {
      if (load (&elf, length) && symbols.count > 0)
        all = false;
      symbols_free (&symbols);
    }
  check (all, "no part of a vmlinux passes for all of it");
  check (load ("", 0) && symbols.count == 0, "an empty file has none");
  check (load ("\x7f" "ELF\1", 5) && symbols.count == 0,
         "nor has a 32-bit one");
  check (load ("MZ a bzImage, perhaps", 21) && symbols.count == 0,
         "nor has another file");
  symbols_free (&symbols);
}

/* The backtrace, as one text. */
static const char *
backtrace (const struct symbols *with)
{
  static char text[BACKTRACE_FRAMES_MAX * BACKTRACE_TEXT_SIZE];
  size_t count = backtrace_walk (&memory, &registers, frames,
                                 BACKTRACE_FRAMES_MAX), i;

  text[0] = '\0';
  for (i = 0; i < count; i++)
    {
      char line[BACKTRACE_TEXT_SIZE];

      backtrace_text (&frames[i], with, line, sizeof line);
      strcat (text, i > 0 ? "; " : "");
      strcat (text, line);
    }
  return text;
}

static void
shows (const struct symbols *with, const char *want, const char *what)
{
  const char *got = backtrace (with);

  if (!check (strcmp (got, want) == 0, "%s", what))
    explain ("%s", got);
}

static void
test_walk (void)
{
  load (map, sizeof map - 1);
  make_memory ();
  shows (&symbols, "_text+0x10/0x100", "an empty stack");

  /* What looks like it, among what does not. */
  set (stack (STACK + 0x3f08), TEXT + 0x205);   /* follows a CALL */
  set (stack (STACK + 0x3f10), TEXT + 0x206);   /* does not */
  set (stack (STACK + 0x3f18), TEXT + 0x302);
  set (stack (STACK + 0x3f20), STACK + 0x3f30);
  set (stack (STACK + 0x3f28), TEXT + 0x4000);  /* no text */
  set (stack (STACK + 0x3ff8), TEXT + 0x3006);  /* the last word */
  set (stack (STACK + 0x4000), TEXT + 0x205);   /* another stack's */
  shows (&symbols, "_text+0x10/0x100; ? schedule+0x5/0x100; "
         "? weak+0x2/0x2d00; ? last+0x6/0x1000",
         "without frame pointers all is guessed");
  shows (&no_symbols, "0xffffffff81000010; ? 0xffffffff81000205; "
         "? 0xffffffff81000302; ? 0xffffffff81003006",
         "without symbols there are addresses");

  /* Frame pointers lead to two of them. */
  registers.rbp = STACK + 0x3f10;
  set (stack (STACK + 0x3f10), STACK + 0x3f80);
  set (stack (STACK + 0x3f80), 0);
  set (stack (STACK + 0x3f88), TEXT + 0x105);
  shows (&symbols, "_text+0x10/0x100; ? schedule+0x5/0x100; "
         "weak+0x2/0x2d00; caller+0x5/0x100; ? last+0x6/0x1000",
         "with frame pointers some are sure");

  set (stack (STACK + 0x3f80), STACK + 0x3f10); /* backwards */
  shows (&symbols, "_text+0x10/0x100; ? schedule+0x5/0x100; "
         "weak+0x2/0x2d00; caller+0x5/0x100; ? last+0x6/0x1000",
         "a chain that turns round ends");

  /* Something else in RBP, in front of text that no CALL is before. */
  set (stack (STACK + 0x3f88), TEXT + 0x110);
  registers.rbp = STACK + 0x3f80;
  shows (&symbols, "_text+0x10/0x100; ? schedule+0x5/0x100; "
         "? weak+0x2/0x2d00; ? last+0x6/0x1000",
         "what is no frame is not taken for one");

  registers.user_mode = true;
  shows (&symbols, "0xffffffff81000010 (user)", "a user has no backtrace");
  registers.user_mode = false;

  /* A function that calls as its last act. */
  make_memory ();
  bytes[TEXT_PHYSICAL + 0xfb] = 0xe8;
  set (stack (STACK + 0x3f08), TEXT + 0x100);
  shows (&symbols, "_text+0x10/0x100; ? _text+0x100/0x100",
         "a call as the last instruction");

  /* From an interrupt's stack back to the task's. */
  make_memory ();
  registers.rsp = IRQ + 0x3fc0;
  set (irq (IRQ + 0x3fc8), TEXT + 0x105);
  set (irq (IRQ + 0x3ff8), STACK + 0x3f00);
  set (stack (STACK + 0x3f08), TEXT + 0x205);
  shows (&symbols, "_text+0x10/0x100; ? caller+0x5/0x100; "
         "? schedule+0x5/0x100", "an interrupt's stack leads to the task's");

  /* Stacks that lead to each other. */
  set (irq (IRQ + 0x3ff8), STACK + 0x3f00);
  set (stack (STACK + 0x3ff8), IRQ + 0x3fc0);
  check (backtrace_walk (&memory, &registers, frames,
                         BACKTRACE_FRAMES_MAX) <= 8,
         "stacks that lead to each other end");
  symbols_free (&symbols);
}

static void
test_hostile (void)
{
  static const uint64_t addresses[] =
    {
      0, 1, 0x1000, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 4095,
      UINT64_C (1) << 47, UINT64_C (0xffff800000000000), STACK, STACK + 3,
      STACK + 0x3fff, STACK + 0x1fffff, IRQ + 0x3fff, IRQ + 0x4000, TEXT
    };
  const unsigned n = sizeof addresses / sizeof *addresses;
  struct guest_memory small = memory;
  unsigned i, j, k, bad = 0;
  uint64_t random = 1;

  load (map, sizeof map - 1);
  make_memory ();
  for (i = 0; i < n; i++)
    for (j = 0; j < n; j++)
      for (k = 0; k < n; k++)
        {
          size_t count;

          registers.rsp = addresses[i];
          registers.rbp = addresses[j];
          registers.rip = addresses[k];
          count = backtrace_walk (&memory, &registers, frames, 3);
          bad += count < 1 || count > 3;
        }
  check (bad == 0, "registers of all kinds");

  make_memory ();
  for (i = 0; i < 2048; i++)    /* all of the stack's words are calls */
    set (stack (STACK) + 8 * i, TEXT + 0x205);
  registers.rsp = STACK;
  check (backtrace_walk (&memory, &registers, frames,
                         BACKTRACE_FRAMES_MAX) == BACKTRACE_FRAMES_MAX,
         "a stack full of calls is cut off");
  check (backtrace_walk (&memory, &registers, frames, 1) == 1,
         "one frame is the least");
  check (backtrace_walk (&memory, &registers, frames, 0) == 0,
         "but none can be asked for");

  registers.rip = TEXT;
  registers.rsp = 0;
  shows (&symbols, "_text+0x0/0x100", "the first byte of a function");

  /* Tables that point to themselves, and out of memory. */
  make_memory ();
  for (i = 0; i < 512; i++)
    set (CR3 + 8 * i, CR3 | PRESENT);
  check (backtrace_walk (&memory, &registers, frames,
                         BACKTRACE_FRAMES_MAX) >= 1,
         "a table that points to itself");
  for (i = 0; i < 512; i++)
    set (CR3 + 8 * i, UINT64_C (0x000ffffffffff000) | PRESENT);
  shows (&symbols, "_text+0x10/0x100", "a table that points far away");
  for (i = 0; i < 512; i++)
    set (CR3 + 8 * i, UINT64_MAX);
  shows (&symbols, "_text+0x10/0x100", "a large page of the top level");

  for (bad = 0, j = 0; j < 200; j++)
    {
      for (i = 0; i < 0xa000; i += 8)
        {
          random = random * UINT64_C (6364136223846793005) + 1442695;
          set (i, random % 3 == 0 ? (random >> 20 & 0x3ff000) | PRESENT
               : random);
        }
      registers.cr3 = random;
      bad += backtrace_walk (&memory, &registers, frames,
                             BACKTRACE_FRAMES_MAX) < 1;
    }
  check (bad == 0, "tables of garbage");
  make_memory ();
  for (small.size = 0; small.size < 0x30000; small.size += 4096)
    bad += backtrace_walk (&small, &registers, frames,
                           BACKTRACE_FRAMES_MAX) < 1;
  check (bad == 0, "memory that ends early");
  symbols_free (&symbols);
}

int
main (void)
{
  test_map ();
  test_elf ();
  test_walk ();
  test_hostile ();
  return finish ();
}
