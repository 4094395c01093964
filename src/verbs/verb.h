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

#include <lguest/control.h>

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

const struct verb *verb_at (unsigned number);
const struct verb *verb_find (const char *name);
const char *verb_nearest (const char *name);
void verb_print_list (void);
int verb_run (const struct verb *verb, int argc, char **argv);
int verb_next_option (const struct verb *verb, int argc, char **argv);
int verb_usage_error (const struct verb *verb, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* Statuses that verb_next_option() ends with, and no letter is. */
enum { VERB_OPTIONS_END = -1, VERB_OPTIONS_HELP = -2, VERB_OPTIONS_BAD = -3 };

/* For verbs that talk to Guests: simple.c. */
struct lguest_guest *verb_connect (const char *name);
int verb_show_failure (enum lguest_result result);
bool verb_no_options (const struct verb *verb, int argc, char **argv,
                      int *status);
void verb_print_clean (const char *text);

/* The verbs. */
int verb_classic (int argc, char **argv);
int verb_backtrace (const struct verb *verb, int argc, char **argv);
int verb_check (const struct verb *verb, int argc, char **argv);
int verb_console (const struct verb *verb, int argc, char **argv);
int verb_exec (const struct verb *verb, int argc, char **argv);
int verb_image (const struct verb *verb, int argc, char **argv);
int verb_list (const struct verb *verb, int argc, char **argv);
int verb_nmi (const struct verb *verb, int argc, char **argv);
int verb_pause (const struct verb *verb, int argc, char **argv);
int verb_reset (const struct verb *verb, int argc, char **argv);
int verb_resume (const struct verb *verb, int argc, char **argv);
int verb_run_guest (const struct verb *verb, int argc, char **argv);
int verb_set (const struct verb *verb, int argc, char **argv);
int verb_snapshot (const struct verb *verb, int argc, char **argv);
int verb_start (const struct verb *verb, int argc, char **argv);
int verb_status (const struct verb *verb, int argc, char **argv);
int verb_stop (const struct verb *verb, int argc, char **argv);
int verb_sysrq (const struct verb *verb, int argc, char **argv);
int verb_wait (const struct verb *verb, int argc, char **argv);

extern const struct verb_option verb_backtrace_options[];
extern const struct verb_option verb_console_options[];
extern const struct verb_option verb_snapshot_options[];
extern const struct verb_option verb_exec_options[];
extern const struct verb_option verb_image_options[];
extern const struct verb_option verb_list_options[];
extern const struct verb_option verb_status_options[];
extern const struct verb_option verb_stop_options[];
extern const struct verb_option verb_wait_options[];

#endif /* VERBS_VERB_H */
