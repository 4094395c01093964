/* text.c - the Switcher's instructions: what objdump says about the bytes
   that the emulated host runs.

   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "text.h"
#include "remote.h"

#define __ASSEMBLY__
#include "switcher/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = SWITCHER_TEXT_PAGES * 4096 };
enum { STUBS_END = 256 * SWITCHER_STUB_SIZE };
enum { MAX_SYMBOLS = 256 };

static struct symbol
{
  char name[64];
  unsigned int offset;
} symbols[MAX_SYMBOLS];
static size_t symbol_count;

static bool
starts (const char *text, const char *with)
{
  return strncmp (text, with, strlen (with)) == 0;
}

static bool
read_symbols (const char *map)
{
  FILE *file = fopen (map, "r");
  char row[256], name[64];
  unsigned long long address;

  if (!file)
    {
      perror (map);
      return false;
    }
  symbol_count = 0;
  while (fgets (row, sizeof row, file))
    if (sscanf (row, "%llx %*c %63s", &address, name) == 2
	&& starts (name, "switcher_") && symbol_count < MAX_SYMBOLS)
      {
	strcpy (symbols[symbol_count].name, name);
	symbols[symbol_count].offset = address;	/* its low part will do */
	symbol_count++;
      }
  fclose (file);
  /* The module has the text elsewhere than where it is mapped.  */
  for (size_t i = 0; i < symbol_count; i++)
    if (strcmp (symbols[i].name, "switcher_start") == 0)
      {
	unsigned int start = symbols[i].offset;

	for (size_t j = 0; j < symbol_count; j++)
	  symbols[j].offset -= start;
	return true;
      }
  fprintf (stderr, "%s: no switcher_start\n", map);
  return false;
}

/* Symbols that say where something ends.  */
static bool
is_end (const char *name)
{
  size_t length = strlen (name);

  return length > 4 && strcmp (name + length - 4, "_end") == 0;
}

static void
name_of (char *to, size_t size, unsigned int offset, const char *text)
{
  const struct symbol *best = NULL;

  if (offset < STUBS_END)
    {
      snprintf (to, size, "vector %u: %s", offset / SWITCHER_STUB_SIZE, text);
      return;
    }
  for (size_t i = 0; i < symbol_count; i++)
    if (symbols[i].offset <= offset && !is_end (symbols[i].name)
	&& (!best || symbols[i].offset > best->offset))
      best = &symbols[i];
  snprintf (to, size, "%s+%#x: %s", best ? best->name : "?",
	    best ? offset - best->offset : offset, text);
}

/* Does the instruction TEXT end a row?  */
static bool
ends_row (const char *text)
{
  return text[0] == 'j' || starts (text, "call") || starts (text, "ret")
    || starts (text, "iret") || starts (text, "sysret")
    || starts (text, "int3");
}

/* One line of objdump's: a new instruction of TEXT.  */
static void
add (struct text *text, char *row, bool *targets, bool *row_ended)
{
  unsigned int offset, target;
  struct instruction *new;
  char *code = strchr (row, '\t'), *end;

  if (!code || sscanf (row, " %x:", &offset) != 1 || offset >= TEXT_SIZE)
    return;
  code++;
  for (end = code + strlen (code); end > code && end[-1] <= ' '; end--)
    ;
  *end = '\0';
  if (starts (code, "int3"))
    {
      *row_ended = true;
      return;
    }
  text->list = realloc (text->list, (text->count + 1) * sizeof *text->list);
  if (!text->list)
    abort ();
  new = &text->list[text->count++];
  memset (new, 0, sizeof *new);
  new->offset = offset;
  new->leader = *row_ended
    || (offset < STUBS_END && offset % SWITCHER_STUB_SIZE == 0);
  name_of (new->name, sizeof new->name, offset, code);
  new->nmi_path = starts (new->name, "switcher_nmi")
    || starts (new->name, "vector 2:");
  new->machine_path = starts (new->name, "switcher_m")
    || starts (new->name, "vector 18:");
  *row_ended = ends_row (code);
  if ((code[0] == 'j' || starts (code, "call"))
      && sscanf (code, "%*s %x", &target) == 1 && target < TEXT_SIZE)
    targets[target] = true;
}

static bool
disassemble (struct text *text, const char *file)
{
  static bool targets[TEXT_SIZE];
  char command[256], row[512];
  bool row_ended = true;
  FILE *pipe;

  snprintf (command, sizeof command,
	    "objdump -D -z -b binary -m i386:x86-64 --no-show-raw-insn %s",
	    file);
  pipe = popen (command, "r");
  if (!pipe)
    return false;
  text->list = NULL;
  text->count = 0;
  while (fgets (row, sizeof row, pipe))
    add (text, row, targets, &row_ended);
  if (pclose (pipe) != 0 || text->count == 0)
    {
      fprintf (stderr, "objdump does not work\n");
      return false;
    }
  for (size_t i = 0; i < text->count; i++)
    if (targets[text->list[i].offset])
      text->list[i].leader = true;
  for (size_t i = 0; i < symbol_count; i++)
    {
      struct instruction *here = text_find (text, text->base
					    + symbols[i].offset);
      if (here)
	here->leader = true;
    }
  return true;
}

bool
text_load (struct text *text, uint64_t base, const char *map)
{
  static uint8_t bytes[TEXT_SIZE];
  char file[] = "/tmp/lguest-text-XXXXXX";
  int fd;
  bool done;

  text->base = base;
  if (!remote_read (base, bytes, sizeof bytes))
    {
      fprintf (stderr, "no memory at the Switcher's address %#llx\n",
	       (unsigned long long) base);
      return false;
    }
  if (!read_symbols (map))
    return false;
  fd = mkstemp (file);
  done = fd >= 0 && write (fd, bytes, sizeof bytes) == sizeof bytes;
  if (fd >= 0)
    close (fd);
  done = done && disassemble (text, file);
  unlink (file);
  return done;
}

bool
text_contains (const struct text *text, uint64_t address)
{
  return address >= text->base && address - text->base < TEXT_SIZE;
}

struct instruction *
text_find (struct text *text, uint64_t address)
{
  size_t low = 0, high = text->count;

  if (!text_contains (text, address))
    return NULL;
  while (low < high)
    {
      size_t middle = (low + high) / 2;

      if (text->list[middle].offset == address - text->base)
	return &text->list[middle];
      if (text->list[middle].offset < address - text->base)
	low = middle + 1;
      else
	high = middle;
    }
  return NULL;
}

uint64_t
text_symbol (const struct text *text, const char *name)
{
  for (size_t i = 0; i < symbol_count; i++)
    if (strcmp (symbols[i].name, name) == 0)
      return text->base + symbols[i].offset;
  return 0;
}
