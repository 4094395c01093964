/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot/processor.c - what the processor can that a Guest has counted on.
 *
 * Kernel and programs look once, when they start, at what the processor can,
 * and then rely on it.  A Guest asks the processor itself.  So it can go on only
 * where there is all that was there before.
 */
#include <config.h>

#include <cpuid.h>
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "snapshot/processor.h"

enum processor_register
{
  EAX,
  EBX,
  ECX,
  EDX,
};

/* Where features are: what programs are to rely on, in the order of
   processor.words. */
static const struct
{
  uint32_t leaf;
  uint32_t subleaf;
  enum processor_register number;
} words[] =
{
  { 1, 0, ECX },
  { 1, 0, EDX },
  { 7, 0, EBX },
  { 7, 0, ECX },
  { 7, 0, EDX },
  { 7, 1, EAX },
  { 0xd, 1, EAX },
  { 0x80000001, 0, ECX },
  { 0x80000001, 0, EDX },
  { 0x80000008, 0, EBX },
};

#define WORDS (sizeof words / sizeof *words)

/* Names as in /proc/cpuinfo.  Others are called by their place. */
static const struct
{
  unsigned word;
  unsigned bit;
  const char *name;
} names[] =
{
  { 0, 0, "pni" }, { 0, 1, "pclmulqdq" }, { 0, 9, "ssse3" },
  { 0, 12, "fma" }, { 0, 13, "cx16" }, { 0, 17, "pcid" },
  { 0, 19, "sse4_1" }, { 0, 20, "sse4_2" }, { 0, 22, "movbe" },
  { 0, 23, "popcnt" }, { 0, 25, "aes" }, { 0, 26, "xsave" },
  { 0, 27, "osxsave" }, { 0, 28, "avx" }, { 0, 29, "f16c" },
  { 0, 30, "rdrand" }, { 0, 31, "hypervisor" },
  { 1, 0, "fpu" }, { 1, 4, "tsc" }, { 1, 8, "cx8" }, { 1, 15, "cmov" },
  { 1, 19, "clflush" }, { 1, 23, "mmx" }, { 1, 24, "fxsr" },
  { 1, 25, "sse" }, { 1, 26, "sse2" }, { 1, 28, "ht" },
  { 2, 0, "fsgsbase" }, { 2, 3, "bmi1" }, { 2, 4, "hle" },
  { 2, 5, "avx2" }, { 2, 7, "smep" }, { 2, 8, "bmi2" }, { 2, 9, "erms" },
  { 2, 10, "invpcid" }, { 2, 11, "rtm" }, { 2, 16, "avx512f" },
  { 2, 17, "avx512dq" }, { 2, 18, "rdseed" }, { 2, 19, "adx" },
  { 2, 20, "smap" }, { 2, 21, "avx512ifma" }, { 2, 23, "clflushopt" },
  { 2, 24, "clwb" }, { 2, 28, "avx512cd" }, { 2, 29, "sha_ni" },
  { 2, 30, "avx512bw" }, { 2, 31, "avx512vl" },
  { 3, 1, "avx512vbmi" }, { 3, 2, "umip" }, { 3, 3, "pku" },
  { 3, 4, "ospke" }, { 3, 6, "avx512_vbmi2" }, { 3, 8, "gfni" },
  { 3, 9, "vaes" }, { 3, 10, "vpclmulqdq" }, { 3, 11, "avx512_vnni" },
  { 3, 12, "avx512_bitalg" }, { 3, 14, "avx512_vpopcntdq" },
  { 3, 16, "la57" }, { 3, 22, "rdpid" }, { 3, 27, "movdiri" },
  { 3, 28, "movdir64b" },
  { 4, 4, "fsrm" }, { 4, 14, "serialize" }, { 4, 22, "amx_bf16" },
  { 4, 23, "avx512_fp16" }, { 4, 24, "amx_tile" }, { 4, 25, "amx_int8" },
  { 5, 4, "avx_vnni" }, { 5, 5, "avx512_bf16" },
  { 6, 0, "xsaveopt" }, { 6, 1, "xsavec" }, { 6, 2, "xgetbv1" },
  { 6, 3, "xsaves" },
  { 7, 0, "lahf_lm" }, { 7, 2, "svm" }, { 7, 5, "abm" },
  { 7, 6, "sse4a" }, { 7, 8, "3dnowprefetch" }, { 7, 16, "fma4" },
  { 7, 21, "tbm" },
  { 8, 11, "syscall" }, { 8, 20, "nx" }, { 8, 22, "mmxext" },
  { 8, 26, "pdpe1gb" }, { 8, 27, "rdtscp" }, { 8, 29, "lm" },
  { 9, 0, "clzero" }, { 9, 9, "wbnoinvd" },
};

_Static_assert (WORDS <= PROCESSOR_WORDS_MAX, "there is room for them");

static uint64_t
read_states (void)
{
  uint32_t low, high;

  __asm__ volatile ("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
  return (uint64_t) high << 32 | low;
}

/** processor_look - the one that we run on */
void
processor_look (struct processor *processor)
{
  uint32_t eax, ebx, ecx, edx;
  unsigned i;

  memset (processor, 0, sizeof *processor);
  if (!__get_cpuid (0, &eax, &ebx, &ecx, &edx))
    return;
  memcpy (processor->vendor, &ebx, sizeof ebx);
  memcpy (processor->vendor + 4, &edx, sizeof edx);
  memcpy (processor->vendor + 8, &ecx, sizeof ecx);
  for (i = 0; i < WORDS; i++)
    {
      uint32_t registers[4] = { 0 };

      __get_cpuid_count (words[i].leaf, words[i].subleaf, &registers[EAX],
                         &registers[EBX], &registers[ECX], &registers[EDX]);
      processor->words[i] = registers[words[i].number];
    }
  if (processor->words[0] & bit_OSXSAVE)
    processor->states = read_states ();
}

static bool
lacks (unsigned word, unsigned bit, struct failure *failure)
{
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].word == word && names[i].bit == bit)
      return fail (failure, STATUS_ERROR,
                   _("the snapshot is of a processor with %s, which this one"
                     " lacks"), names[i].name);
  return fail (failure, STATUS_ERROR,
               _("the snapshot is of a processor with a feature that this one"
                 " lacks: CPUID %#x.%u, register %u, bit %u"),
               words[word].leaf, words[word].subleaf,
               (unsigned) words[word].number, bit);
}

/**
 * processor_check - can a Guest that was on one processor go on here?
 * @needed: the one that it was on; not trusted
 */
bool
processor_check (const struct processor *needed,
                 const struct processor *here, struct failure *failure)
{
  unsigned i;

  for (i = 0; i < sizeof needed->vendor; i++)
    if (needed->vendor[i] < ' ' || needed->vendor[i] > '~')
      return fail (failure, STATUS_ERROR, _("the snapshot is damaged"));
  if (memcmp (needed->vendor, here->vendor, sizeof here->vendor) != 0)
    return fail (failure, STATUS_ERROR,
                 _("the snapshot is of a processor of %.12s's, and this one"
                   " is of %.12s's"), needed->vendor, here->vendor);
  for (i = 0; i < WORDS; i++)
    {
      const uint32_t missing = needed->words[i] & ~here->words[i];

      if (missing)
        return lacks (i, __builtin_ctz (missing), failure);
    }
  if (needed->states & ~here->states)
    return fail (failure, STATUS_ERROR,
                 _("the snapshot is of a host whose kernel has more registers"
                   " turned on: XCR0 %#llx instead of %#llx"),
                 (unsigned long long) needed->states,
                 (unsigned long long) here->states);
  return true;
}
