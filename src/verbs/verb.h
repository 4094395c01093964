/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/verb.h - the first word of a command: "lguest VERB ...".
 *
 * Each verb has a file of its own, or shares it with its likes, and a row in
 * verb.c's table.
 */
#ifndef VERBS_VERB_H
#define VERBS_VERB_H

#include <stdbool.h>

/**
 * struct verb_option - an option of a verb
 * @name: long name; NULL ends a table
 * @letter: short name
 * @argument: what it takes, to be translated; NULL: nothing
 * @help: what it does, to be translated
 */
struct verb_option
{
  const char *name;
  int letter;
  const char *argument;
  const char *help;
};

/**
 * struct verb - one of them
 * @name: the word
 * @arguments: what comes behind the options, to be translated
 * @help: what it does, to be translated
 * @options: ends with a row without a name; NULL: there are none
 * @run: do it; returns the status to exit with; argv[0] is "lguest VERB"
 */
struct verb
{
  const char *name;
  const char *arguments;
  const char *help;
  const struct verb_option *options;
  int (*run) (const struct verb *verb, int argc, char **argv);
};

const struct verb *verb_find (const char *name);
const char *verb_nearest (const char *name);
void verb_print_list (void);
int verb_run (const struct verb *verb, int argc, char **argv);
int verb_next_option (const struct verb *verb, int argc, char **argv);
int verb_usage_error (const struct verb *verb, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* Statuses that verb_next_option() ends with, and no letter is. */
enum { VERB_OPTIONS_END = -1, VERB_OPTIONS_HELP = -2, VERB_OPTIONS_BAD = -3 };

/* The verbs. */
int verb_image (const struct verb *verb, int argc, char **argv);
extern const struct verb_option verb_image_options[];
int verb_run_guest (const struct verb *verb, int argc, char **argv);
int verb_check (const struct verb *verb, int argc, char **argv);
int verb_classic (int argc, char **argv);

#endif /* VERBS_VERB_H */
