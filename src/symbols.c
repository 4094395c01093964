/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols.c - the names of a kernel's functions.
 *
 * A vmlinux has a symbol table, if it was not stripped.  For what has none (a
 * bzImage) there is the System.map of the same build: lines of an address in
 * hexadecimal, a letter and a name.
 *
 * Nothing in the file is trusted.
 */
#include <config.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fd_io.h"
#include "i18n.h"
#include "symbols.h"

/* A kernel has some hundred thousand symbols. */
#define TABLE_MAX_BYTES ((uint64_t) 128 << 20)

/* What a function without a successor is taken to have. */
#define LAST_FUNCTION_BYTES 4096

/* @length bytes of the file at @offset, and a NUL; NULL with a message. */
static char *
read_part (int fd, const char *name, uint64_t offset, uint64_t length,
           uint64_t file_size, struct failure *failure)
{
  char *data;
  ssize_t n;

  if (length > TABLE_MAX_BYTES || length > file_size
      || offset > file_size - length)
    {
      fail (failure, STATUS_ERROR, _("%s: the symbol table is corrupt"),
            name);
      return NULL;
    }
  data = malloc (length + 1);
  if (data == NULL)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      return NULL;
    }
  n = pread_fully (fd, data, length, offset);
  if (n < 0 || (uint64_t) n < length)
    {
      if (n < 0)
        fail (failure, STATUS_ERROR, _("cannot read %s: %s"), name,
              strerror (errno));
      else
        fail (failure, STATUS_ERROR, _("%s became shorter"), name);
      free (data);
      return NULL;
    }
  data[length] = '\0';
  return data;
}

static int
compare (const void *a, const void *b)
{
  const struct symbol *x = a, *y = b;

  if (x->address != y->address)
    return x->address < y->address ? -1 : 1;
  /* Of several names the first in the alphabet, so that it is always the same
     one. */
  return strcmp (x->name, y->name);
}

/* Sort, and let one name per address be enough. */
static void
finish (struct symbols *symbols)
{
  size_t i, kept = 0;

  if (symbols->count == 0)
    return;
  qsort (symbols->symbols, symbols->count, sizeof *symbols->symbols,
         compare);
  for (i = 0; i < symbols->count; i++)
    if (kept == 0
        || symbols->symbols[kept - 1].address != symbols->symbols[i].address)
      symbols->symbols[kept++] = symbols->symbols[i];
  symbols->count = kept;
  symbols->end = symbols->symbols[kept - 1].address + LAST_FUNCTION_BYTES;
  if (symbols->end < LAST_FUNCTION_BYTES)
    symbols->end = UINT64_MAX;
}

static bool
add_elf_symbols (struct symbols *symbols, const Elf64_Sym *table,
                 size_t count, uint64_t names_size)
{
  size_t i;

  symbols->symbols = calloc (count + 1, sizeof *symbols->symbols);
  if (symbols->symbols == NULL)
    return false;
  for (i = 0; i < count; i++)
    {
      const unsigned type = ELF64_ST_TYPE (table[i].st_info);
      struct symbol *symbol = &symbols->symbols[symbols->count];

      if ((type != STT_FUNC && type != STT_NOTYPE)
          || table[i].st_shndx == SHN_UNDEF || table[i].st_shndx == SHN_ABS
          || table[i].st_name == 0 || table[i].st_name >= names_size)
        continue;
      symbol->address = table[i].st_value;
      symbol->name = symbols->names + table[i].st_name;
      symbols->count++;
    }
  return true;
}

static bool
load_elf (struct symbols *symbols, int fd, const char *name,
          uint64_t file_size, struct failure *failure)
{
  Elf64_Shdr *sections = NULL;
  Elf64_Sym *table = NULL;
  Elf64_Ehdr header;
  bool done = false;
  unsigned i;

  if (file_size < sizeof header
      || pread_fully (fd, &header, sizeof header, 0)
         != (ssize_t) sizeof header
      || header.e_ident[EI_CLASS] != ELFCLASS64)
    return true;                /* no 64-bit kernel: no names */
  if (header.e_shnum == 0 || header.e_shentsize != sizeof *sections)
    return true;
  sections = (void *) read_part (fd, name, header.e_shoff,
                                 header.e_shnum * sizeof *sections,
                                 file_size, failure);
  if (sections == NULL)
    return false;
  for (i = 0; i < header.e_shnum; i++)
    if (sections[i].sh_type == SHT_SYMTAB
        && sections[i].sh_link < header.e_shnum)
      break;
  if (i < header.e_shnum)
    {
      const Elf64_Shdr *names = &sections[sections[i].sh_link];

      table = (void *) read_part (fd, name, sections[i].sh_offset,
                                  sections[i].sh_size, file_size, failure);
      if (table != NULL)
        symbols->names = read_part (fd, name, names->sh_offset,
                                    names->sh_size, file_size, failure);
      if (symbols->names != NULL)
        {
          done = add_elf_symbols (symbols, table,
                                  sections[i].sh_size / sizeof *table,
                                  names->sh_size);
          if (!done)
            fail (failure, STATUS_ERROR, _("out of memory"));
        }
    }
  else
    done = true;                /* stripped */
  free (table);
  free (sections);
  return done;
}

/* A line of System.map: "ffffffff81000000 T _text".  Gives what follows it. */
static char *
parse_line (char *line, struct symbol *symbol, bool *function)
{
  char *end = strchr (line, '\n'), *letter;

  *function = false;
  if (end != NULL)
    *end++ = '\0';
  errno = 0;
  symbol->address = strtoull (line, &letter, 16);
  if (errno == 0 && letter == line + 16 && letter[0] == ' '
      && letter[1] != '\0' && letter[2] == ' ' && letter[3] != '\0')
    {
      *function = strchr ("tTwW", letter[1]) != NULL;
      symbol->name = letter + 3;
    }
  return end;
}

static bool
load_map (struct symbols *symbols, int fd, const char *name,
          uint64_t file_size, struct failure *failure)
{
  size_t lines = 1;
  char *line;
  bool function;

  symbols->names = read_part (fd, name, 0, file_size, file_size, failure);
  if (symbols->names == NULL)
    return false;
  for (line = symbols->names; (line = strchr (line, '\n')) != NULL; line++)
    lines++;
  symbols->symbols = calloc (lines, sizeof *symbols->symbols);
  if (symbols->symbols == NULL)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  for (line = symbols->names; line != NULL; symbols->count += function)
    line = parse_line (line, &symbols->symbols[symbols->count], &function);
  return true;
}

/**
 * symbols_load - read the names from a kernel, or from its System.map
 * @symbols: the table to be filled; to be freed even if that failed
 * @fd: the file
 * @name: of it, for messages
 * @failure: why it cannot be read
 *
 * A file without names (a bzImage, a stripped kernel) is no failure: then
 * the table is empty, and addresses have to do.
 */
bool
symbols_load (struct symbols *symbols, int fd, const char *name,
              struct failure *failure)
{
  char start[18] = "";
  struct stat file;
  bool done = true;

  memset (symbols, 0, sizeof *symbols);
  if (fstat (fd, &file) < 0
      || pread_fully (fd, start, sizeof start, 0) < 0)
    return fail (failure, STATUS_ERROR, _("cannot read %s: %s"), name,
                 strerror (errno));
  if (memcmp (start, ELFMAG, SELFMAG) == 0)
    done = load_elf (symbols, fd, name, file.st_size, failure);
  else if (start[16] == ' '
           && strspn (start, "0123456789abcdefABCDEF") >= 16)
    done = load_map (symbols, fd, name, file.st_size, failure);
  finish (symbols);
  return done;
}

/** symbols_free - and it is empty again */
void
symbols_free (struct symbols *symbols)
{
  free (symbols->symbols);
  free (symbols->names);
  memset (symbols, 0, sizeof *symbols);
}

/**
 * symbols_find - the function that @address is in, or NULL
 * @symbols: the table
 * @address: guest-virtual
 * @size: bytes of the function, as far as to the next one
 */
const struct symbol *
symbols_find (const struct symbols *symbols, uint64_t address,
              uint64_t *size)
{
  size_t low = 0, high = symbols->count;

  if (high == 0 || address < symbols->symbols[0].address
      || address >= symbols->end)
    return NULL;
  while (high - low > 1)
    {
      const size_t middle = low + (high - low) / 2;

      if (symbols->symbols[middle].address <= address)
        low = middle;
      else
        high = middle;
    }
  *size = (low + 1 < symbols->count ? symbols->symbols[low + 1].address
           : symbols->end) - symbols->symbols[low].address;
  return &symbols->symbols[low];
}
