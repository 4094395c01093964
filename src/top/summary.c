/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary.c - all Guests together, and the machine: the first two lines.
 */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "i18n.h"
#include "top/format.h"
#include "top/summary.h"

#define CPU_BAR_WIDTH 12
#define MEMORY_BAR_WIDTH 6
#define BARS_FROM_WIDTH 78

static double
or_zero (double number)
{
  return isnan (number) ? 0 : number;
}

void
summary_make (struct summary *summary, const struct model *model)
{
  size_t i;

  memset (summary, 0, sizeof *summary);
  for (i = 0; i < model->count; i++)
    {
      const struct guest *guest = model->guests[i];
      struct interval interval = guest->interval;
      double cpu, inside, switcher;

      if (!guest->shown)
        continue;
      interval.totals = false;
      summary->guests++;
      summary->states[(unsigned char) guest_state_letter (guest) & 127]++;
      cpu = or_zero (interval_cpu (&interval));
      inside = or_zero (interval_share (&interval, "time.guest",
                                        PAGE_ALL_BLOCKS));
      switcher = or_zero (interval_share (&interval, "time.host",
                                          PAGE_ALL_BLOCKS));
      summary->cpu += cpu;
      summary->guest += inside;
      summary->switcher += switcher;
      /* The clocks differ a bit. */
      if (cpu > inside + switcher)
        summary->devices += cpu - inside - switcher;
    }
  summary->cpu /= model->machine.processors;
  summary->guest /= model->machine.processors;
  summary->switcher /= model->machine.processors;
  summary->devices /= model->machine.processors;
}

/** summary_guests - time, load, how many Guests in which states */
void
summary_guests (const struct summary *summary, const struct model *model,
                char *line, size_t size)
{
  static const struct { char letter; const char *name; } names[] =
    {
      { 'R', N_("run") }, { 'I', N_("idle") }, { 'P', N_("paused") },
      { 'S', N_("stopping") }, { 'X', N_("crashed") }, { 'H', N_("hang") },
    };
  const time_t now = time (NULL);
  char clock[16], up[FORMAT_BYTES];
  struct tm local;
  size_t length, i;

  localtime_r (&now, &local);
  strftime (clock, sizeof clock, "%H:%M:%S", &local);
  format_seconds (up, sizeof up, model->machine.uptime);
  length = snprintf (line, size, ngettext ("lguest-top - %s  up %s  load %.2f  %u guest",
                                           "lguest-top - %s  up %s  load %.2f  %u guests",
                                           summary->guests),
                     clock, up, model->machine.load, summary->guests);
  if (summary->guests && length < size)
    length += snprintf (line + length, size - length, ":");
  for (i = 0; i < sizeof names / sizeof *names && length < size; i++)
    if (summary->states[(unsigned char) names[i].letter])
      length += snprintf (line + length, size - length, " %u %s",
                          summary->states[(unsigned char) names[i].letter],
                          _(names[i].name));
}

/* "[||||     ", without the other bracket. */
static void
bar (char *text, double part, int width)
{
  int i;

  *text++ = '[';
  for (i = 0; i < width; i++)
    *text++ = i + 0.5 < part * width ? '|' : ' ';
  *text = '\0';
}

/** summary_machine - processors and memory, with bars where there is room */
void
summary_machine (const struct summary *summary, const struct model *model,
                 int width, char *line, size_t size)
{
  const struct machine_load *machine = &model->machine;
  char cpu[FORMAT_BYTES], inside[FORMAT_BYTES], switcher[FORMAT_BYTES],
    devices[FORMAT_BYTES], used[FORMAT_BYTES], memory[FORMAT_BYTES];
  char cpu_bar[CPU_BAR_WIDTH + 2] = "[", memory_bar[MEMORY_BAR_WIDTH + 2] = "[";

  format_percent (cpu, 5, summary->cpu);
  format_percent (inside, 5, summary->guest);
  format_percent (switcher, 5, summary->switcher);
  format_percent (devices, 5, summary->devices);
  format_bytes (used, 5, machine->memory_used);
  format_bytes (memory, 5, machine->memory);
  if (width >= BARS_FROM_WIDTH)
    {
      bar (cpu_bar, summary->cpu, CPU_BAR_WIDTH);
      bar (memory_bar, machine->memory ? (double) machine->memory_used
           / machine->memory : 0, MEMORY_BAR_WIDTH);
    }
  snprintf (line, size, _("CPU%s%5s%%] guest %s switch %s dev %s  Mem%s"
                          "%s/%s]"), cpu_bar, cpu, inside, switcher, devices,
            memory_bar, used, memory);
}
