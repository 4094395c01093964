/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader.c - from a kernel's file into guest memory.
 *
 * A kernel is an ELF file (vmlinux), or a bzImage, which is a small program
 * for real machines with a compressed ELF file inside.  We never run the
 * small program: we unpack the ELF file ourselves.
 *
 * Nothing in the file is trusted.  Each number is checked against the size
 * of the file and of the Guest's memory before it is used.
 */
#include <config.h>

#include <asm/bootparam.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd_io.h"
#include "i18n.h"
#include "loader.h"
#include "target.h"
#include "unpack.h"

/* A compressed kernel is read into memory whole; this is the limit. */
#define PACKED_LIMIT_BYTES ((uint64_t) 256 << 20)

/* A kernel has about five program headers, and notes of some hundred bytes. */
#define PROGRAM_HEADERS_MAX 128
#define NOTES_MAX_BYTES ((uint64_t) 1 << 20)

/* Where a bzImage has its setup header, and what stands there. */
#define SETUP_HEADER_OFFSET offsetof (struct boot_params, hdr)
#define SETUP_MAGIC 0x53726448  /* "HdrS" */
#define SETUP_SECTOR_BYTES 512
#define SETUP_SECTORS_DEFAULT 4 /* what 0 means */
#define SETUP_VERSION_PAYLOAD 0x0208    /* first with payload_offset */

#define PAGE_BYTES 4096

/**
 * struct image - a file, or what was unpacked from it
 * @name: for messages
 * @fd: the file, if @data is NULL
 * @data: the bytes
 * @size: how many
 */
struct image
{
  const char *name;
  int fd;
  const uint8_t *data;
  uint64_t size;
};

/* False, with a message, unless all of it is in the image. */
static bool
image_read (const struct image *image, void *buffer, uint64_t offset,
            uint64_t length, struct failure *failure)
{
  ssize_t n;

  if (length > image->size || offset > image->size - length)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is cut off or corrupt"), image->name);
  if (image->data)
    {
      memcpy (buffer, image->data + offset, length);
      return true;
    }
  n = pread_fully (image->fd, buffer, length, offset);
  if (n < 0)
    return fail (failure, STATUS_ERROR, _("cannot read %s: %s"),
                 image->name, strerror (errno));
  if ((uint64_t) n < length)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is cut off or corrupt"), image->name);
  return true;
}

/*L:110 Pouring in the kernel
 *
 * A kernel comes as an ELF file, which is a list of "put these bytes there",
 * or as a bzImage, which is the same thing compressed, with a small program in
 * front of it that unpacks it on a real machine.  We never run the small
 * program.  We find the compressed part, unpack it ourselves, and put the
 * bytes there.
 *
 * All of the numbers in that file are somebody's word.  "There" could be
 * outside of memory; sizes could wrap around; the file could have been cut off
 * by a full disk.  Each is compared with what it can be before it is used, and
 * the message says what was wrong with it.
 */
/* One PT_LOAD segment into guest memory. */
static bool
load_segment (const struct image *image, const target_elf_segment *segment,
              struct guest_memory *memory, struct kernel *kernel,
              struct failure *failure)
{
  void *to;

  if (segment->p_memsz == 0)
    return true;
  if (segment->p_filesz > segment->p_memsz)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is cut off or corrupt"), image->name);
  if (segment->p_paddr < LOADER_LOWEST)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel wants to be at %#" PRIx64
                   ", below the first MiB"),
                 image->name, (uint64_t) segment->p_paddr);
  to = guest_memory_find (memory, segment->p_paddr, segment->p_memsz);
  if (!to)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel does not fit into %" PRIu64
                   " MiB of memory"), image->name, memory->size >> 20);
  /* The memory is new: what the file does not fill is zero, unless segments
     overlap, and then it is the kernel's own fault. */
  if (!image_read (image, to, segment->p_offset, segment->p_filesz, failure))
    return false;
  if (kernel->end < segment->p_paddr + segment->p_memsz)
    kernel->end = segment->p_paddr + segment->p_memsz;
  return true;
}
/*:*/

/* Go through one PT_NOTE segment in search of ours.  Sets *found. */
static bool
search_notes (const struct image *image, const target_elf_segment *segment,
              struct kernel *kernel, bool *found, struct failure *failure)
{
  const uint64_t alignment = segment->p_align == 8 ? 8 : 4;
  uint64_t position = 0, size = segment->p_filesz;
  uint8_t *notes;

  if (size > NOTES_MAX_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is cut off or corrupt"), image->name);
  notes = malloc (size + 1);
  if (!notes)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  if (!image_read (image, notes, segment->p_offset, size, failure))
    {
      free (notes);
      return false;
    }
  while (!*found && size - position >= sizeof (Elf32_Nhdr))
    {
      Elf32_Nhdr note;       /* the same for 64 bits */
      uint64_t name, data, next;

      memcpy (&note, notes + position, sizeof note);
      name = position + sizeof note;
      data = (name + note.n_namesz + alignment - 1) & ~(alignment - 1);
      next = (data + note.n_descsz + alignment - 1) & ~(alignment - 1);
      if (data > size || note.n_descsz > size - data)
        break;
      if (note.n_type == TARGET_NOTE
          && note.n_namesz == sizeof LGUEST_NOTE_NAME
          && memcmp (notes + name, LGUEST_NOTE_NAME,
                     sizeof LGUEST_NOTE_NAME) == 0)
        {
          target_note_word words[3];

          if (note.n_descsz < sizeof words)
            break;
          memcpy (words, notes + data, sizeof words);
          if (words[0] != LGUEST_GUEST_VERSION)
            {
              free (notes);
              return fail (failure, STATUS_ERROR,
                           _("%s: the kernel speaks version %" PRIu64
                             " of lguest's guest interface, this lguest"
                             " speaks version %d"),
                           image->name, (uint64_t) words[0],
                           LGUEST_GUEST_VERSION);
            }
          kernel->entry = words[1];
          if (TARGET_NOTE_HAS_CR3)
            kernel->cr3 = words[2];
          else
            kernel->page_levels = words[2];
          *found = true;
        }
      if (next > size)
        break;
      position = next;
    }
  free (notes);
  return true;
}

/* Is this the beginning of an ELF file that could be a kernel for us? */
static bool
check_elf_header (const struct image *image, const target_elf_header *header,
                  struct failure *failure)
{
  if (header->e_ident[EI_CLASS] == TARGET_OTHER_CLASS)
    return fail (failure, STATUS_ERROR, _(TARGET_OTHER_CLASS_TEXT),
                 image->name);
  if (header->e_ident[EI_CLASS] != TARGET_ELF_CLASS
      || header->e_ident[EI_DATA] != ELFDATA2LSB
      || header->e_machine != TARGET_ELF_MACHINE)
    return fail (failure, STATUS_ERROR, _(TARGET_OTHER_MACHINE_TEXT),
                 image->name);
  if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
    return fail (failure, STATUS_ERROR,
                 _("%s is an ELF file, but not an executable one"),
                 image->name);
  if (header->e_phentsize != sizeof (target_elf_segment) || header->e_phnum == 0
      || header->e_phnum > PROGRAM_HEADERS_MAX)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is cut off or corrupt"), image->name);
  return true;
}

static bool
load_elf (const struct image *image, struct guest_memory *memory,
          struct kernel *kernel, struct failure *failure)
{
  target_elf_segment segments[PROGRAM_HEADERS_MAX];
  target_elf_header header;
  bool found = false;
  int i;

  /* An ELF file for 32 bits may be shorter than this header, a little. */
  if (image->size < sizeof header)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is cut off or corrupt"), image->name);
  if (!image_read (image, &header, 0, sizeof header, failure)
      || !check_elf_header (image, &header, failure)
      || !image_read (image, segments, header.e_phoff,
                      header.e_phnum * sizeof *segments, failure))
    return false;
  memset (kernel, 0, sizeof *kernel);
  for (i = 0; i < header.e_phnum && !found; i++)
    if (segments[i].p_type == PT_NOTE
        && !search_notes (image, &segments[i], kernel, &found, failure))
      return false;
  if (!found)
    return fail (failure, STATUS_ERROR,
                 _("%s is not an lguest guest kernel: build it with"
                   " CONFIG_LGUEST_GUEST"), image->name);
  for (i = 0; i < header.e_phnum; i++)
    if (segments[i].p_type == PT_LOAD
        && !load_segment (image, &segments[i], memory, kernel, failure))
      return false;
  if (TARGET_NOTE_HAS_CR3
      && (kernel->cr3 % PAGE_BYTES != 0
          || !guest_memory_find (memory, kernel->cr3, PAGE_BYTES)))
    return fail (failure, STATUS_ERROR,
                 _("%s: its first page table would be at %#" PRIx64
                   ", which is no page of memory"),
                 image->name, kernel->cr3);
  return true;
}

/* @packed is a compressed ELF file, or a plain one. */
static bool
load_packed (const char *name, const uint8_t *packed, size_t length,
             struct guest_memory *memory, struct kernel *kernel,
             struct failure *failure)
{
  struct image image = { .name = name, .fd = -1 };
  struct failure reason;
  uint8_t *data = NULL;
  size_t size;
  bool ok;

  if (length >= SELFMAG && memcmp (packed, ELFMAG, SELFMAG) == 0)
    {
      image.data = packed;
      image.size = length;
    }
  else
    {
      if (!unpack (packed, length, &data, &size, &reason))
        return fail (failure, reason.status, _("cannot unpack %s: %s"), name,
                     reason.text);
      image.data = data;
      image.size = size;
    }
  if (image.size < SELFMAG || memcmp (image.data, ELFMAG, SELFMAG) != 0)
    ok = fail (failure, STATUS_ERROR,
               _("%s: what is compressed in it is not a kernel"), name);
  else
    ok = load_elf (&image, memory, kernel, failure);
  free (data);
  return ok;
}

/* The whole file; to be freed by the caller. */
static uint8_t *
read_whole (const struct image *image, struct failure *failure)
{
  uint8_t *data;

  if (image->size > PACKED_LIMIT_BYTES)
    {
      fail (failure, STATUS_ERROR,
            _("%s is too large for a compressed kernel"), image->name);
      return NULL;
    }
  data = malloc (image->size);
  if (!data)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      return NULL;
    }
  if (!image_read (image, data, 0, image->size, failure))
    {
      free (data);
      return NULL;
    }
  return data;
}

/* Find the compressed kernel inside of a bzImage. */
static bool
find_payload (const char *name, const uint8_t *data, uint64_t size,
              uint64_t *offset, uint64_t *length, struct failure *failure)
{
  struct setup_header header;
  uint64_t setup_sectors;

  memcpy (&header, data + SETUP_HEADER_OFFSET, sizeof header);
  if (header.version < SETUP_VERSION_PAYLOAD)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is too old (boot protocol %d.%02d, needed"
                   " is 2.08)"), name, header.version >> 8,
                 header.version & 0xff);
  setup_sectors = header.setup_sects ? header.setup_sects
    : SETUP_SECTORS_DEFAULT;
  *offset = (setup_sectors + 1) * SETUP_SECTOR_BYTES + header.payload_offset;
  *length = header.payload_length;
  if (*length > size || *offset > size - *length)
    return fail (failure, STATUS_ERROR,
                 _("%s: the kernel is cut off or corrupt"), name);
  return true;
}

/**
 * loader_load - load a kernel
 * @fd: its file, opened for reading; stays open and may be loaded again
 * @name: its name, for messages
 * @memory: the Guest's, all zero
 * @kernel: filled in
 */
bool
loader_load (int fd, const char *name, struct guest_memory *memory,
             struct kernel *kernel, struct failure *failure)
{
  uint8_t head[SETUP_HEADER_OFFSET + sizeof (struct setup_header)];
  struct image image = { .name = name, .fd = fd };
  uint64_t offset, length;
  uint32_t magic = 0;
  struct stat status;
  uint8_t *data;
  ssize_t n;
  bool ok;

  if (fstat (fd, &status) != 0)
    return fail (failure, STATUS_ERROR, _("cannot read %s: %s"), name,
                 strerror (errno));
  if (!S_ISREG (status.st_mode))
    return fail (failure, STATUS_ERROR, _("%s is not a regular file"), name);
  image.size = status.st_size;
  n = pread_fully (fd, head, sizeof head, 0);
  if (n < 0)
    return fail (failure, STATUS_ERROR, _("cannot read %s: %s"), name,
                 strerror (errno));
  if (n == 0)
    return fail (failure, STATUS_ERROR, _("%s is empty"), name);
  if (n >= SELFMAG && memcmp (head, ELFMAG, SELFMAG) == 0)
    return load_elf (&image, memory, kernel, failure);
  if (n == sizeof head)
    memcpy (&magic, head + SETUP_HEADER_OFFSET
            + offsetof (struct setup_header, header), sizeof magic);
  if (magic != SETUP_MAGIC && !unpack_recognize (head, n))
    return fail (failure, STATUS_ERROR,
                 _("%s is not a kernel: it is neither an ELF file nor a"
                   " bzImage"), name);
  data = read_whole (&image, failure);
  if (!data)
    return false;
  offset = 0;
  length = image.size;
  ok = magic != SETUP_MAGIC
    || find_payload (name, data, image.size, &offset, &length, failure);
  if (ok)
    ok = load_packed (name, data + offset, length, memory, kernel, failure);
  free (data);
  return ok;
}
