/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backtrace.c - where the vcpus of a Guest are, as its launcher says.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A launcher that tells of more is mad. */
#define TOLD_VCPUS_MAX 1024
#define TOLD_FRAMES_MAX 65536

struct frame
{
  unsigned vcpu;
  uint64_t address;
  unsigned flags;
};

/**
 * struct lguest_backtrace - all that was said
 * @modes: of each vcpu
 * @vcpus: how many
 * @frames: allocated; those of a vcpu follow each other
 * @count: how many
 */
struct lguest_backtrace
{
  enum lguest_vcpu_mode modes[TOLD_VCPUS_MAX];
  unsigned vcpus;
  struct frame *frames;
  size_t count;
};

static enum lguest_result
nonsense (void)
{
  return lguest__fail (LGUEST_BAD_ANSWER,
                       _("the launcher's backtrace makes no sense"));
}

/* "NUMBER MODE" */
static enum lguest_result
add_vcpu (struct lguest_backtrace *backtrace, char *value)
{
  static const char *const modes[] =
    { [LGUEST_VCPU_OFF] = "off", [LGUEST_VCPU_KERNEL] = "kernel",
      [LGUEST_VCPU_USER] = "user" };
  const char *number = strsep (&value, " ");
  char *end;
  size_t i;

  if (backtrace->vcpus == TOLD_VCPUS_MAX || !value
      || strtoul (number, &end, 10) != backtrace->vcpus || *end)
    return nonsense ();
  for (i = 0; i < sizeof modes / sizeof *modes; i++)
    if (strcmp (value, modes[i]) == 0)
      {
        backtrace->modes[backtrace->vcpus++] = i;
        return LGUEST_OK;
      }
  return nonsense ();
}

/* "ADDRESS [returns] [guess]"; words that may come later are passed over. */
static enum lguest_result
add_frame (struct lguest_backtrace *backtrace, char *value)
{
  const char *word = strsep (&value, " ");
  struct frame frame = { .vcpu = backtrace->vcpus - 1 }, *more;
  char *end;

  errno = 0;
  frame.address = strtoull (word, &end, 16);
  if (!backtrace->vcpus || backtrace->count == TOLD_FRAMES_MAX
      || end == word || *end || errno)
    return nonsense ();
  while ((word = strsep (&value, " ")))
    if (strcmp (word, "returns") == 0)
      frame.flags |= LGUEST_FRAME_RETURNS;
    else if (strcmp (word, "guess") == 0)
      frame.flags |= LGUEST_FRAME_GUESS;
  more = realloc (backtrace->frames, (backtrace->count + 1) * sizeof *more);
  if (!more)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  backtrace->frames = more;
  more[backtrace->count++] = frame;
  return LGUEST_OK;
}

static enum lguest_result
backtrace_line (void *context, char *key, char *value)
{
  struct lguest_backtrace *backtrace = context;

  if (strcmp (key, "vcpu") == 0)
    return add_vcpu (backtrace, value);
  if (strcmp (key, "frame") == 0)
    return add_frame (backtrace, value);
  return LGUEST_OK;
}

enum lguest_result
lguest_get_backtrace (struct lguest_guest *guest,
                      struct lguest_backtrace **backtrace)
{
  struct lguest_backtrace *new = calloc (1, sizeof *new);
  enum lguest_result result;

  *backtrace = NULL;
  if (!new)
    return lguest__fail (LGUEST_SYSTEM_ERROR, _("out of memory"));
  result = lguest__request (guest, LGUEST__ANSWER_MS, backtrace_line, new,
                            "backtrace");
  if (result == LGUEST_OK)
    *backtrace = new;
  else
    lguest_backtrace_free (new);
  return result;
}

void
lguest_backtrace_free (struct lguest_backtrace *backtrace)
{
  if (!backtrace)
    return;
  free (backtrace->frames);
  free (backtrace);
}

unsigned
lguest_backtrace_vcpus (const struct lguest_backtrace *backtrace)
{
  return backtrace->vcpus;
}

enum lguest_vcpu_mode
lguest_backtrace_mode (const struct lguest_backtrace *backtrace,
                       unsigned vcpu)
{
  return vcpu < backtrace->vcpus ? backtrace->modes[vcpu] : LGUEST_VCPU_OFF;
}

bool
lguest_backtrace_frame (const struct lguest_backtrace *backtrace,
                        unsigned vcpu, size_t i, uint64_t *address,
                        unsigned *flags)
{
  size_t first = 0;

  while (first < backtrace->count && backtrace->frames[first].vcpu < vcpu)
    first++;
  if (i >= backtrace->count - first
      || backtrace->frames[first + i].vcpu != vcpu)
    return false;
  *address = backtrace->frames[first + i].address;
  *flags = backtrace->frames[first + i].flags;
  return true;
}
