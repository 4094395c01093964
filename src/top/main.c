/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - lguest-top: what all Guests do, all the time.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "i18n.h"
#include "status.h"
#include "top/batch.h"
#include "top/command_line.h"
#include "top/screen.h"

#define NANOSECONDS 1000000000.0
#define MILLISECOND 1000000

/* The longest to wait at once, so that who hangs is noticed. */
#define IMPATIENCE_MS 250

/* Wait until @end, for events only if @bell. */
static void
wait_until (const struct model *model, int64_t end, bool bell)
{
  struct pollfd wait = { .fd = bell ? model->bell : -1, .events = POLLIN };
  const int64_t rest = (end - sample_clock_ns ()) / MILLISECOND + 1;

  if (rest > 0)
    poll (&wait, 1, rest < IMPATIENCE_MS ? rest : IMPATIENCE_MS);
}

/* Ask all, and wait for those that answer: who takes too long is said to
   hang. */
static void
look (struct model *model)
{
  model_ask (model);
  while (model_is_waiting (model))
    {
      wait_until (model, INT64_MAX, true);
      model_collect (model);
    }
  /* What came between the two. */
  model_collect (model);
}

/* When to look again: not at once, if somebody made us late. */
static int64_t
later (int64_t due, int64_t delay)
{
  const int64_t now = sample_clock_ns ();

  return now > due ? now + delay : due;
}

static int
batch_width (const struct command_line *line)
{
  const char *columns = getenv ("COLUMNS");
  struct winsize size;

  if (line->width)
    return line->width;
  if (isatty (STDOUT_FILENO) && ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0
      && size.ws_col)
    return size.ws_col;
  if (columns && atoi (columns) > 0 && atoi (columns) < TEXT_BYTES / 4)
    return atoi (columns);
  return BATCH_WIDTH;
}

/* Names that the user gave, and no Guest has. */
static bool
all_are_there (const struct model *model)
{
  bool all = true;
  size_t i;

  for (i = 0; i < model->wanted_count; i++)
    {
      const struct guest *guest = model_find (model, model->wanted[i]);

      if (guest && guest->shown)
        continue;
      fprintf (stderr, "lguest-top: ");
      fprintf (stderr, _("%s: no guest of this name runs"),
               model->wanted[i]);
      fprintf (stderr, "\n");
      all = false;
    }
  return all;
}

static int
run_batch (struct model *model, const struct command_line *line)
{
  const int64_t delay = line->settings.delay * NANOSECONDS;
  const int width = batch_width (line);
  int64_t next = sample_clock_ns () + delay;
  unsigned long round;
  int status = 0;

  /* Rates are known after two looks. */
  look (model);
  next = later (next, delay);
  if (model->error[0])
    {
      fprintf (stderr, "lguest-top: %s\n", model->error);
      return STATUS_ERROR;
    }
  if (!all_are_there (model))
    status = STATUS_ERROR;
  for (round = 0; !line->rounds || round < line->rounds; round++)
    {
      while (sample_clock_ns () < next)
        wait_until (model, next, false);
      next += delay;
      look (model);
      next = later (next, delay);
      if (!batch_write (stdout, line->form, model, &line->settings.look,
                        round == 0, width))
        {
          fprintf (stderr, "lguest-top: ");
          fprintf (stderr, _("cannot write to standard output: %s"),
                   strerror (errno));
          fprintf (stderr, "\n");
          return STATUS_ERROR;
        }
    }
  return status;
}

int
main (int argc, char **argv)
{
  static struct command_line line;
  static struct model model;
  int status;

  setlocale (LC_ALL, "");
  /* Programs read our numbers, too. */
  setlocale (LC_NUMERIC, "C");
#if ENABLE_NLS
  bindtextdomain (PACKAGE, LOCALEDIR);
  textdomain (PACKAGE);
#endif
  settings_set_default (&line.settings);
  settings_load (&line.settings);
  if (!command_line_parse (&line, argc, argv, &status))
    return status;
  if (!model_open (&model, argv + optind, argc - optind))
    {
      fprintf (stderr, "lguest-top: ");
      fprintf (stderr, _("cannot wait for events: %s"), strerror (errno));
      fprintf (stderr, "\n");
      return STATUS_ERROR;
    }
  model.totals = line.settings.totals;
  status = line.form == BATCH_NONE
    ? screen_run (&model, &line.settings, line.rounds)
    : run_batch (&model, &line);
  model_close (&model);
  return status;
}
