/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader.c - kernels as they should be, and as they should not.
 */
#include <config.h>

#include <asm/bootparam.h>
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <lguest/shared.h>

#include "boot.h"
#include "loader.h"
#include "unit.h"

#define MEMORY_BYTES ((uint64_t) 32 << 20)

/* The kernel that we make: an ELF header, program headers, a note, text. */
#define NOTE_OFFSET 0x200
#define TEXT_OFFSET 0x1000
#define TEXT_BYTES 0x2000
#define TEXT_ADDRESS 0x1000000
#define BSS_BYTES 0x3000
#define ENTRY UINT64_C (0xffffffff81000040)
#define CR3 (TEXT_ADDRESS + 0x1000)
#define KERNEL_BYTES (TEXT_OFFSET + TEXT_BYTES)

struct note
{
  Elf64_Nhdr header;
  char name[8];
  uint64_t words[3];
} __attribute__ ((packed));

/* The same when notes are aligned to 8 bytes. */
struct wide_note
{
  Elf64_Nhdr header;
  char name[8];
  uint32_t padding;
  uint64_t words[3];
} __attribute__ ((packed));

static struct guest_memory memory;
static struct kernel kernel;
static struct failure failure;

static uint8_t image[KERNEL_BYTES];
static Elf64_Ehdr *const header = (Elf64_Ehdr *) image;
static Elf64_Phdr *const load = (Elf64_Phdr *) (image + sizeof (Elf64_Ehdr));
static Elf64_Phdr *const notes
  = (Elf64_Phdr *) (image + sizeof (Elf64_Ehdr)) + 1;
static struct note *const note = (struct note *) (image + NOTE_OFFSET);

static void
make_kernel (void)
{
  unsigned i;

  memset (image, 0, sizeof image);
  memcpy (header->e_ident, ELFMAG, SELFMAG);
  header->e_ident[EI_CLASS] = ELFCLASS64;
  header->e_ident[EI_DATA] = ELFDATA2LSB;
  header->e_type = ET_EXEC;
  header->e_machine = EM_X86_64;
  header->e_phoff = sizeof *header;
  header->e_phentsize = sizeof *load;
  header->e_phnum = 2;
  load->p_type = PT_LOAD;
  load->p_offset = TEXT_OFFSET;
  load->p_paddr = TEXT_ADDRESS;
  load->p_filesz = TEXT_BYTES;
  load->p_memsz = TEXT_BYTES + BSS_BYTES;
  notes->p_type = PT_NOTE;
  notes->p_offset = NOTE_OFFSET;
  notes->p_filesz = sizeof *note;
  notes->p_align = 4;
  note->header.n_namesz = sizeof LGUEST_NOTE_NAME;
  note->header.n_descsz = sizeof note->words;
  note->header.n_type = LGUEST_NOTE_ENTRY;
  strcpy (note->name, LGUEST_NOTE_NAME);
  note->words[0] = LGUEST_GUEST_VERSION;
  note->words[1] = ENTRY;
  note->words[2] = CR3;
  for (i = 0; i < TEXT_BYTES; i++)
    image[TEXT_OFFSET + i] = i * 7 + i / 256;
}

static int
file_of (const void *data, size_t length)
{
  int fd = memfd_create ("kernel", MFD_CLOEXEC);

  if (fd < 0 || write (fd, data, length) != (ssize_t) length)
    {
      perror ("memfd");
      exit (1);
    }
  return fd;
}

static bool
load_bytes (const void *data, size_t length)
{
  int fd = file_of (data, length);
  bool ok;

  guest_memory_clear (&memory, &failure);
  failure.text[0] = '\0';
  ok = loader_load (fd, "KERNEL", &memory, &kernel, &failure);
  close (fd);
  return ok;
}

static bool
load_kernel (void)
{
  return load_bytes (image, sizeof image);
}

static bool
is_loaded (void)
{
  const uint8_t *text = memory.base + TEXT_ADDRESS;

  return kernel.entry == ENTRY && kernel.cr3 == CR3
    && kernel.end == TEXT_ADDRESS + TEXT_BYTES + BSS_BYTES
    && memcmp (text, image + TEXT_OFFSET, TEXT_BYTES) == 0
    && text[TEXT_BYTES] == 0;
}

/* The kernel is refused, and the message has this in it. */
static void
check_refused (const char *what, const char *message)
{
  const bool ok = load_kernel ();

  check (!ok && failure.status == STATUS_ERROR
         && strstr (failure.text, message), "refused: %s", what);
  explain ("%s", ok ? "accepted" : failure.text);
}

static void
test_elf (void)
{
  char ours[32];

  make_kernel ();
  check (load_kernel () && is_loaded (), "an ELF kernel is loaded");
  explain ("%s", failure.text);
  notes->p_align = 8;
  notes->p_filesz = sizeof (struct wide_note);
  memmove (((struct wide_note *) note)->words, note->words,
           sizeof note->words);
  check (load_kernel () && is_loaded (), "notes may be aligned to 8 bytes");
  explain ("%s", failure.text);

  make_kernel ();
  header->e_ident[EI_CLASS] = ELFCLASS32;
  check_refused ("a 32-bit kernel", "32-bit");
  make_kernel ();
  header->e_machine = EM_AARCH64;
  check_refused ("another processor's kernel", "another processor");
  make_kernel ();
  header->e_type = ET_REL;
  check_refused ("an object file", "not an executable");
  make_kernel ();
  notes->p_type = PT_NULL;
  check_refused ("a kernel without notes", "CONFIG_LGUEST_GUEST");
  make_kernel ();
  note->name[0] = 'L';
  check_refused ("a kernel with other notes", "CONFIG_LGUEST_GUEST");
  make_kernel ();
  note->header.n_type = LGUEST_NOTE_ENTRY + 1;
  check_refused ("a kernel with another type of note", "CONFIG_LGUEST_GUEST");
  make_kernel ();
  note->words[0] = 77;
  check_refused ("another version of the guest interface", "version 77");
  snprintf (ours, sizeof ours, "version %d", LGUEST_GUEST_VERSION);
  check (strstr (failure.text, ours) != NULL,
         "both versions are in the message");
}

static void
test_bad_numbers (void)
{
  static const struct
  {
    const char *what;
    void *where;
    size_t size;
    uint64_t value;
    const char *message;
  } bad[] =
  {
#define FIELD(f) &(f), sizeof (f)
    { "no program headers", FIELD (header->e_phnum), 0, "corrupt" },
    { "too many program headers", FIELD (header->e_phnum), 0xffff,
      "corrupt" },
    { "program headers behind the file", FIELD (header->e_phoff),
      KERNEL_BYTES - 8, "cut off" },
    { "program headers at a wrapping offset", FIELD (header->e_phoff),
      UINT64_MAX - 8, "cut off" },
    { "program headers of another size", FIELD (header->e_phentsize), 55,
      "corrupt" },
    { "a segment behind the file", FIELD (load->p_offset), KERNEL_BYTES,
      "cut off" },
    { "a segment at a wrapping offset", FIELD (load->p_offset),
      UINT64_MAX - 16, "cut off" },
    { "a segment larger in the file than in memory", FIELD (load->p_memsz),
      TEXT_BYTES - 1, "corrupt" },
    { "a segment larger than memory", FIELD (load->p_memsz), MEMORY_BYTES,
      "does not fit" },
    { "a segment of nearly all addresses", FIELD (load->p_memsz),
      UINT64_MAX, "does not fit" },
    { "a segment behind memory", FIELD (load->p_paddr), MEMORY_BYTES,
      "does not fit" },
    { "a segment at a wrapping address", FIELD (load->p_paddr),
      UINT64_MAX - TEXT_BYTES, "does not fit" },
    { "a segment in the first MiB", FIELD (load->p_paddr), 0x7000,
      "first MiB" },
    { "notes behind the file", FIELD (notes->p_offset), KERNEL_BYTES - 4,
      "cut off" },
    { "too large notes", FIELD (notes->p_filesz), UINT64_MAX, "corrupt" },
    { "cut off notes", FIELD (notes->p_filesz), sizeof *note - 1,
      "CONFIG_LGUEST_GUEST" },
    { "a note with a huge name", FIELD (note->header.n_namesz), 0xffffffff,
      "CONFIG_LGUEST_GUEST" },
    { "a note with huge data", FIELD (note->header.n_descsz), 0xffffffff,
      "CONFIG_LGUEST_GUEST" },
    { "a note with too little data", FIELD (note->header.n_descsz), 16,
      "CONFIG_LGUEST_GUEST" },
    { "an unaligned page table", FIELD (note->words[2]), CR3 + 8,
      "page table" },
    { "a page table behind memory", FIELD (note->words[2]), MEMORY_BYTES,
      "page table" },
#undef FIELD
  };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      make_kernel ();
      memcpy (bad[i].where, &bad[i].value, bad[i].size);
      check_refused (bad[i].what, bad[i].message);
    }
}

/* However short the file is, it is refused. */
static void
test_truncated (const char *what, const uint8_t *data, size_t length,
                size_t step)
{
  size_t accepted = 0, silent = 0, n;

  for (n = 0; n < length; n += step)
    {
      if (load_bytes (data, n))
        accepted++;
      else if (!failure.text[0])
        silent++;
    }
  check (accepted == 0 && silent == 0, "refused: %s, cut off anywhere", what);
  explain ("%zu accepted, %zu without message", accepted, silent);
}

#define SETUP_SECTORS 2
#define PAYLOAD_OFFSET ((SETUP_SECTORS + 1) * 512 + 0x40)

/* A bzImage around @payload; returns its length. */
static size_t
make_bzimage (uint8_t *to, const uint8_t *payload, size_t length)
{
  struct setup_header setup = { .setup_sects = SETUP_SECTORS };

  setup.header = 0x53726448;
  setup.version = 0x20f;
  setup.payload_offset = PAYLOAD_OFFSET - (SETUP_SECTORS + 1) * 512;
  setup.payload_length = length;
  memset (to, 0, PAYLOAD_OFFSET);
  memcpy (to + offsetof (struct boot_params, hdr), &setup, sizeof setup);
  memcpy (to + PAYLOAD_OFFSET, payload, length);
  return PAYLOAD_OFFSET + length;
}

static size_t
pack_gzip (uint8_t *to, size_t room, const void *data, size_t length)
{
  z_stream stream = { .next_in = (Bytef *) data, .avail_in = length };
  size_t packed;

  deflateInit2 (&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8,
                Z_DEFAULT_STRATEGY);
  stream.next_out = to;
  stream.avail_out = room;
  deflate (&stream, Z_FINISH);
  packed = room - stream.avail_out;
  deflateEnd (&stream);
  return packed;
}

/* Pack by a program, as the kernel's build does; 0 if there is none. */
static size_t
pack_by (const char *command, uint8_t *to, size_t room, const void *data,
         size_t length)
{
  char name[] = "/tmp/lguest-unit-XXXXXX", line[160];
  int fd = mkstemp (name);
  size_t packed = 0;
  FILE *pipe;

  if (fd < 0 || write (fd, data, length) != (ssize_t) length)
    {
      perror (name);
      exit (1);
    }
  close (fd);
  snprintf (line, sizeof line, "%s < %s 2>/dev/null", command, name);
  pipe = popen (line, "r");
  if (pipe)
    {
      packed = fread (to, 1, room, pipe);
      if (pclose (pipe) != 0)
        packed = 0;
    }
  unlink (name);
  return packed;
}

static void
test_packed (void)
{
  static const struct
  {
    const char *name;
    const char *command;
    bool built;
  } formats[] =
  {
    { "xz", "xz --check=crc32 -c", HAVE_LZMA + 0 },
    { "lzma", "xz --format=lzma -c", HAVE_LZMA + 0 },
    { "zstd", "zstd -19 -c", HAVE_ZSTD + 0 },
    { "lz4", "lz4 -l -c", HAVE_LZ4 + 0 },
  };
  static uint8_t packed[1 << 16], file[1 << 17];
  size_t length, size, i;

  make_kernel ();
  length = pack_gzip (packed, sizeof packed, image, sizeof image);
  size = make_bzimage (file, packed, length);
  check (load_bytes (file, size) && is_loaded (), "a bzImage is loaded");
  explain ("%s", failure.text);
  check (load_bytes (packed, length) && is_loaded (),
         "a packed ELF kernel is loaded");
  explain ("%s", failure.text);
  test_truncated ("a bzImage", file, size, 97);
  test_truncated ("an ELF kernel", image, TEXT_OFFSET + TEXT_BYTES, 97);
  for (i = 0; i < sizeof formats / sizeof *formats; i++)
    {
      length = pack_by (formats[i].command, packed, sizeof packed - 4, image,
                        sizeof image);
      if (!length)
        continue;
      /* As the kernel's build appends it. */
      packed[length] = sizeof image & 0xff;
      packed[length + 1] = sizeof image >> 8;
      packed[length + 2] = packed[length + 3] = 0;
      size = make_bzimage (file, packed, length + 4);
      if (formats[i].built)
        {
          check (load_bytes (file, size) && is_loaded (),
                 "a bzImage packed by %s is loaded", formats[i].name);
          explain ("%s", failure.text);
          test_truncated (formats[i].name, file, size - 8, 97);
        }
      else
        {
          check (!load_bytes (file, size)
                 && strstr (failure.text, formats[i].name),
                 "a bzImage packed by %s is named", formats[i].name);
          explain ("%s", failure.text);
        }
    }

  size = make_bzimage (file, (const uint8_t *) "neither nor", 11);
  check (!load_bytes (file, size) && strstr (failure.text, "compression"),
         "refused: a bzImage packed by something unknown");
  length = pack_gzip (packed, sizeof packed, "no kernel", 9);
  size = make_bzimage (file, packed, length);
  check (!load_bytes (file, size) && strstr (failure.text, "not a kernel"),
         "refused: a bzImage without a kernel");
  size = make_bzimage (file, packed, length);
  /* setup_header.payload_offset */
  memset (file + offsetof (struct boot_params, hdr.payload_offset), 0xff, 4);
  check (!load_bytes (file, size) && strstr (failure.text, "cut off"),
         "refused: a bzImage whose payload is behind the file");
  size = make_bzimage (file, packed, length);
  file[offsetof (struct boot_params, hdr.version)] = 7;
  file[offsetof (struct boot_params, hdr.version) + 1] = 2;
  check (!load_bytes (file, size) && strstr (failure.text, "2.07"),
         "refused: a bzImage that is too old");
}

static void
test_foreign (void)
{
  uint8_t *zeros = calloc (1, 64 << 10);
  int fd;

  check (!load_bytes ("", 0) && strstr (failure.text, "empty"),
         "refused: an empty file");
  check (!load_bytes ("#!/bin/sh\n", 10)
         && strstr (failure.text, "not a kernel"), "refused: a script");
  check (!load_bytes (zeros, 64 << 10)
         && strstr (failure.text, "not a kernel"), "refused: zeros");
  check (!load_bytes ("\177ELF", 4) && failure.text[0],
         "refused: four bytes of ELF");
  free (zeros);
  fd = open ("/", 0);
  check (!loader_load (fd, "/", &memory, &kernel, &failure)
         && strstr (failure.text, "regular"), "refused: a directory");
  close (fd);
  fd = open ("/dev/zero", 0);
  check (!loader_load (fd, "/dev/zero", &memory, &kernel, &failure)
         && strstr (failure.text, "regular"), "refused: a device");
  close (fd);
}

/* A kernel with random bytes changed must not crash the loader. */
static void
test_random (void)
{
  uint64_t state = 1;
  unsigned i, j;

  for (i = 0; i < 3000; i++)
    {
      make_kernel ();
      for (j = 0; j < 4; j++)
        {
          state = state * UINT64_C (6364136223846793005)
            + 1442695040888963407;
          image[(state >> 40) % (NOTE_OFFSET + sizeof *note)] = state >> 32;
        }
      load_kernel ();
    }
  check (true, "3000 damaged kernels");
}

static void
test_boot (void)
{
  const struct boot_params *params;
  char *text = malloc (BOOT_COMMAND_MAX_BYTES + 1);
  int initrd = file_of ("initrd", 6), empty = file_of ("", 0), large;

  make_kernel ();
  load_kernel ();
  check (boot_write (&memory, &kernel, "quiet", initrd, "INITRD", &failure),
         "boot parameters are written");
  params = (struct boot_params *) (memory.base + BOOT_PARAMS_ADDRESS);
  check (params->hdr.hardware_subarch == LGUEST_SUBARCH
         && params->hdr.type_of_loader == 0xff
         && params->hdr.version == 0x20f, "they say that this is lguest");
  check (strcmp ((char *) memory.base + params->hdr.cmd_line_ptr, "quiet")
         == 0, "they lead to the command line");
  check (params->hdr.ramdisk_size == 6
         && params->hdr.ramdisk_image == MEMORY_BYTES - 4096
         && memcmp (memory.base + params->hdr.ramdisk_image, "initrd", 6)
         == 0, "they lead to the initrd, at the top of memory");
  check (params->e820_entries == 2
         && params->e820_table[1].addr + params->e820_table[1].size
         == MEMORY_BYTES, "they have a map of all memory");
  large = memfd_create ("large", MFD_CLOEXEC);
  if (ftruncate (large, MEMORY_BYTES) == 0)
    check (!boot_write (&memory, &kernel, "", large, "INITRD", &failure)
           && strstr (failure.text, "does not fit"),
           "refused: an initrd as large as memory");
  if (ftruncate (large, MEMORY_BYTES - kernel.end + 4096) == 0)
    check (!boot_write (&memory, &kernel, "", large, "INITRD", &failure)
           && strstr (failure.text, "does not fit"),
           "refused: an initrd that overlaps the kernel");
  check (!boot_write (&memory, &kernel, "", empty, "INITRD", &failure),
         "refused: an empty initrd");
  memset (text, 'x', BOOT_COMMAND_MAX_BYTES);
  text[BOOT_COMMAND_MAX_BYTES] = '\0';
  check (!boot_write (&memory, &kernel, text, -1, NULL, &failure)
         && strstr (failure.text, "too long"),
         "refused: a command line that is too long");
  text[BOOT_COMMAND_MAX_BYTES - 1] = '\0';
  check (boot_write (&memory, &kernel, text, -1, NULL, &failure),
         "accepted: the longest command line");
  free (text);
  close (initrd);
  close (empty);
  close (large);
}

/* With an argument, we only write a kernel there, for other tests. */
int
main (int argc, char **argv)
{
  if (argc > 1)
    {
      FILE *file = fopen (argv[1], "we");

      make_kernel ();
      return !file || fwrite (image, sizeof image, 1, file) != 1
        || fclose (file) != 0;
    }
  if (!guest_memory_create (&memory, MEMORY_BYTES, &failure))
    {
      puts (failure.text);
      return 1;
    }
  test_elf ();
  test_bad_numbers ();
  test_packed ();
  test_foreign ();
  test_random ();
  test_boot ();
  return finish ();
}
