/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - what kind of machine our guests are: x86_64.
 */
#ifndef LG_TARGET_H
#define LG_TARGET_H

#include <elf.h>
#include <stdint.h>

#include <lguest/shared.h>

/* A kernel's file. */
typedef Elf64_Ehdr target_elf_header;
typedef Elf64_Phdr target_elf_segment;
#define TARGET_ELF_CLASS ELFCLASS64
#define TARGET_OTHER_CLASS ELFCLASS32
#define TARGET_ELF_MACHINE EM_X86_64
#define TARGET_OTHER_CLASS_TEXT \
  N_("%s is a 32-bit kernel; this lguest runs x86_64 guests")
#define TARGET_OTHER_MACHINE_TEXT \
  N_("%s is for another processor; this lguest runs x86_64 guests")

/* The note by which it says that it can be a guest: three words, the interface's
   version, the entry point, and the first page table. */
#define TARGET_NOTE LGUEST_NOTE_ENTRY
typedef uint64_t target_note_word;
#define TARGET_NOTE_HAS_CR3 1

/* The kernel's code is for 64-bit mode. */
#define TARGET_LONG_MODE 1

/* What its file is called in our packages, and in /boot. */
#define TARGET_KERNEL "kernel-amd64"
#define TARGET_KERNEL_IN_BOOT "lguest-amd64"

/* What the host's kernel calls its machine, in uname(). */
#define TARGET_HOST_MACHINE(name) (strcmp (name, "x86_64") == 0)

#endif
