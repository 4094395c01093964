/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - what kind of machine our guests are: i386.
 */
#ifndef LG_TARGET_H
#define LG_TARGET_H

#include <elf.h>
#include <stdint.h>

#include <lguest/shared_32.h>

/* A kernel's file. */
typedef Elf32_Ehdr target_elf_header;
typedef Elf32_Phdr target_elf_segment;
#define TARGET_ELF_CLASS ELFCLASS32
#define TARGET_OTHER_CLASS ELFCLASS64
#define TARGET_ELF_MACHINE EM_386
#define TARGET_OTHER_CLASS_TEXT \
  N_("%s is a 64-bit kernel; this lguest runs i386 guests")
#define TARGET_OTHER_MACHINE_TEXT \
  N_("%s is for another processor; this lguest runs i386 guests")

/* The note by which it says that it can be a guest: three words, the interface's
   version, the entry point, and how many levels its page tables have. */
#define TARGET_NOTE LGUEST_NOTE_ENTRY_32
typedef uint32_t target_note_word;
#define TARGET_NOTE_HAS_CR3 0

/* The kernel's code is for 32-bit mode. */
#define TARGET_LONG_MODE 0

/* What its file is called in our packages (Debian's usual hosts of this kind are
   with PAE), and in /boot. */
#define TARGET_KERNEL "kernel-i386-pae"
#define TARGET_KERNEL_IN_BOOT "lguest-i386"

/* What the host's kernel calls its machine, in uname(). */
#define TARGET_HOST_MACHINE(name) \
  (name[0] == 'i' && strcmp (name + 2, "86") == 0)

#endif
