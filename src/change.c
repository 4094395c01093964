/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change.c - options that are changed while the Guest runs: "lguest set".
 *
 * The option table says which can be (.live), and why others cannot (.fixed).
 * How it is done is said here, one function for each.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "i18n.h"
#include "log.h"
#include "option_set.h"
#include "option_value.h"

/**
 * struct change - how an option becomes true that has a new value already
 * @section, @key: its name
 * @apply: do it; @number: of the part of a repeatable section.  False with
 *   errno set if it is not possible; NULL: who needs it looks
 */
struct change
{
  const char *section;
  const char *key;
  bool (*apply) (struct launcher *launcher, unsigned number);
};

static bool
limit_disk (struct launcher *launcher, unsigned number)
{
  const struct disk_option *option = &launcher->options->disks[number];

  block_limit (&launcher->machine.disks[number], option->bytes_per_second,
               option->requests_per_second);
  return true;
}

static bool
limit_net (struct launcher *launcher, unsigned number)
{
  net_limit (&launcher->machine.nets.cards[number]->net,
             launcher->options->nets[number].bytes_per_second);
  return true;
}

static bool
set_link (struct launcher *launcher, unsigned number)
{
  net_set_link (&launcher->machine.nets.cards[number]->net,
                launcher->options->nets[number].link);
  return true;
}

static bool
set_nice (struct launcher *launcher, unsigned number)
{
  (void) number;
  return vcpus_set_nice (&launcher->machine.vcpus, launcher->options->nice);
}

static bool
set_timeout (struct launcher *launcher, unsigned number)
{
  struct failure failure;

  (void) number;
  return launcher_set_timeout (launcher, launcher->options->timeout,
                               &failure);
}

static bool
set_verbose (struct launcher *launcher, unsigned number)
{
  (void) number;
  log_set_verbose (launcher->options->verbose);
  return true;
}

static bool
set_escape (struct launcher *launcher, unsigned number)
{
  struct console *console = &launcher->machine.console;
  unsigned i;

  (void) number;
  for (i = 0; i < console->port_count; i++)
    console->ports[i].line.escape.key = launcher->options->escape;
  return true;
}

static const struct change changes[] =
{
  { "disk", "bps", limit_disk },
  { "disk", "iops", limit_disk },
  { "net", "bps", limit_net },
  { "net", "link", set_link },
  { "guest", "nice", set_nice },
  { "guest", "timeout", set_timeout },
  { "guest", "verbose", set_verbose },
  { "guest", "escape", set_escape },
  { "guest", "no-reboot", NULL },
};

static const struct change *
find_change (const struct option_row *section, const struct option_row *row)
{
  size_t i;

  for (i = 0; i < sizeof changes / sizeof *changes; i++)
    if (strcmp (changes[i].section, section->section) == 0
        && strcmp (changes[i].key, option_key (row)) == 0)
      return &changes[i];
  return NULL;
}

static bool
refuse (const char *name, const struct option_row *row,
        struct failure *failure)
{
  return fail (failure, STATUS_USAGE,
               _("%.60s cannot be changed while the guest runs: %s"), name,
               row->fixed ? _(row->fixed)
               : _("it only counts when the guest starts"));
}

/* A limit can also be taken away. */
static bool
set_value (const struct option_row *row, void *structure, const char *text,
           struct failure *failure)
{
  void *field = (char *) structure + row->offset;

  if (row->min != 1 || strcmp (text, "none") != 0)
    return option_value_set (row, structure, text, NULL, failure);
  if (row->kind == OPTION_SIZE)
    *(uint64_t *) field = 0;
  else
    *(unsigned *) field = 0;
  return true;
}

/**
 * change_option - from now on, this is true
 * @name: see option_find()
 * @text: the value
 *
 * Main thread.  After a failure all is as before.
 */
bool
change_option (struct launcher *launcher, const char *name, const char *text,
               struct failure *failure)
{
  struct options *options = launcher->options;
  const struct option_row *section, *row;
  const struct change *change;
  struct failure reason;
  void *structure, *before;
  size_t bytes;
  unsigned number = 0;

  if (!option_find (options, name, &section, &row, &structure, failure))
    return false;
  change = row->live ? find_change (section, row) : NULL;
  if (!change)
    return refuse (name, row, failure);
  bytes = sizeof *options;
  if (section->kind == OPTION_SECTION)
    {
      bytes = section->element_size;
      number = ((char *) structure - (char *) options - section->offset)
        / bytes;
    }
  /* What can be changed is numbers and the like, nothing allocated. */
  before = malloc (bytes);
  if (!before)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  memcpy (before, structure, bytes);
  errno = 0;
  if (!set_value (row, structure, text, &reason))
    fail (failure, STATUS_USAGE, "%.60s: %s", name, reason.text);
  else if (!change->apply || change->apply (launcher, number))
    {
      free (before);
      return true;
    }
  else
    fail (failure, STATUS_ERROR, _("%.60s cannot be %s: %s"), name, text,
          strerror (errno));
  memcpy (structure, before, bytes);
  free (before);
  return false;
}
