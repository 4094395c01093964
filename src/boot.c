/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot.c - what a kernel finds in its memory when it starts.
 *
 * It is what a boot loader for a PC leaves: struct boot_params with a map of
 * the memory, the command line, and at the top of memory the initrd.
 */
#include <config.h>

#include <asm/bootparam.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include <lguest/shared.h>

#include "boot.h"
#include "fd_io.h"
#include "i18n.h"

#define PAGE_BYTES ((uint64_t) 4096)

/* A PC has no memory from here to the first MiB, and Linux never uses any
   that it might find there. */
#define HOLE_START ((uint64_t) 0xa0000)
#define HOLE_END ((uint64_t) 0x100000)

#define E820_RAM 1

#define LOADER_TYPE_UNKNOWN 0xff
#define BOOT_PROTOCOL 0x020f
#define BOOT_FLAG 0xaa55
#define BOOT_MAGIC 0x53726448   /* "HdrS" */

/* The initrd's address and size have 32 bits. */
#define INITRD_LIMIT ((uint64_t) 0xfffff000)

static bool
load_initrd (struct guest_memory *memory, const struct kernel *kernel, int fd,
             const char *name, struct setup_header *header,
             struct failure *failure)
{
  uint64_t top = memory->size < INITRD_LIMIT ? memory->size : INITRD_LIMIT;
  uint64_t size, address;
  struct stat status;
  ssize_t n;

  if (fstat (fd, &status) != 0)
    return fail (failure, STATUS_ERROR, _("cannot read %s: %s"), name,
                 strerror (errno));
  if (!S_ISREG (status.st_mode))
    return fail (failure, STATUS_ERROR, _("%s is not a regular file"), name);
  size = status.st_size;
  if (size == 0)
    return fail (failure, STATUS_ERROR, _("%s is empty"), name);
  if (size > top || ((top - size) & ~(PAGE_BYTES - 1)) < kernel->end)
    return fail (failure, STATUS_ERROR,
                 _("%s (%" PRIu64 " KiB) does not fit into %" PRIu64
                   " MiB of memory beside the kernel"),
                 name, (size + 1023) >> 10, memory->size >> 20);
  address = (top - size) & ~(PAGE_BYTES - 1);
  n = pread_fully (fd, guest_memory_find (memory, address, size), size, 0);
  if (n < 0)
    return fail (failure, STATUS_ERROR, _("cannot read %s: %s"), name,
                 strerror (errno));
  if ((uint64_t) n < size)
    return fail (failure, STATUS_ERROR, _("%s became shorter"), name);
  header->ramdisk_image = address;
  header->ramdisk_size = size;
  return true;
}

/*L:120 The letter on the table
 *
 * Before a boot loader goes, it leaves a letter for the kernel: struct
 * boot_params.  In it are the command line, the place of the initial RAM disk,
 * and a map of the memory, called e820 after the number of the BIOS call by
 * which one asked for it in the nineties.  It has an honest hole in it, from
 * 640 KiB to 1 MiB, because that is where the graphics cards were.
 *
 * One field is ours: hardware_subarch says LGUEST_SUBARCH.
 */
/**
 * boot_write - prepare the Guest's memory for its kernel
 * @memory: with the kernel loaded
 * @kernel: from loader_load()
 * @command_line: for the kernel
 * @initrd: a file, or -1
 * @initrd_name: its name, for messages
 */
bool
boot_write (struct guest_memory *memory, const struct kernel *kernel,
            const char *command_line, int initrd, const char *initrd_name,
            struct failure *failure)
{
  size_t length = strlen (command_line);
  struct boot_params params;
  void *at;

  memset (&params, 0, sizeof params);
  if (length >= BOOT_COMMAND_MAX_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("the kernel's arguments are too long: %zu bytes, the"
                   " limit is %d"), length, BOOT_COMMAND_MAX_BYTES - 1);
  /* options.c takes no memory that would be too small for these two. */
  at = guest_memory_find (memory, BOOT_COMMAND_ADDRESS, length + 1);
  if (!at)
    return fail (failure, STATUS_ERROR, _("too little memory"));
  memcpy (at, command_line, length + 1);

  params.e820_table[0] = (struct boot_e820_entry) { 0, HOLE_START, E820_RAM };
  params.e820_table[1] = (struct boot_e820_entry)
    { HOLE_END, memory->size - HOLE_END, E820_RAM };
  params.e820_entries = 2;
  params.hdr.boot_flag = BOOT_FLAG;
  params.hdr.header = BOOT_MAGIC;
  params.hdr.version = BOOT_PROTOCOL;
  params.hdr.type_of_loader = LOADER_TYPE_UNKNOWN;
  params.hdr.loadflags = LOADED_HIGH | KEEP_SEGMENTS;
  params.hdr.hardware_subarch = LGUEST_SUBARCH;
  params.hdr.cmd_line_ptr = BOOT_COMMAND_ADDRESS;
  params.hdr.cmdline_size = BOOT_COMMAND_MAX_BYTES - 1;
  if (initrd >= 0
      && !load_initrd (memory, kernel, initrd, initrd_name, &params.hdr,
                       failure))
    return false;
  at = guest_memory_find (memory, BOOT_PARAMS_ADDRESS, sizeof params);
  if (!at)
    return fail (failure, STATUS_ERROR, _("too little memory"));
  memcpy (at, &params, sizeof params);
  return true;
}
/*:*/
