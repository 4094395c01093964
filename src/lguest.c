/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lguest.c - the program: what its first word asks for.
 *
 * "lguest VERB ..." runs or controls Guests; "lguest [OPTION]... MEM KERNEL"
 * is the same as "lguest run ...".
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "i18n.h"
#include "log.h"
#include "verbs/verb.h"

/* A first word that begins like a verb, and is none. */
static int
refuse (const char *word)
{
  const char *meant = verb_nearest (word);
  struct failure failure;

  if (meant)
    fail (&failure, STATUS_USAGE,
          _("\"%s\" is neither a command nor a size of memory;"
            " did you mean \"%s\"?"), word, meant);
  else
    fail (&failure, STATUS_USAGE,
          _("\"%s\" is neither a command nor a size of memory"), word);
  return failure_show (&failure);
}

int
main (int argc, char **argv)
{
  const struct verb *verb;
  int status;

  setlocale (LC_ALL, "");
#if ENABLE_NLS
  bindtextdomain (PACKAGE, LOCALEDIR);
  textdomain (PACKAGE);
#endif
  if (argc < 2 || !isalpha ((unsigned char) argv[1][0]))
    status = verb_classic (argc, argv);
  else if ((verb = verb_find (argv[1])))
    status = verb_run (verb, argc - 1, argv + 1);
  else
    status = refuse (argv[1]);
  if (fflush (stdout) != 0 && status == 0)
    {
      log_message (_("cannot write to standard output: %s"),
                   strerror (errno));
      status = STATUS_ERROR;
    }
  return status;
}
