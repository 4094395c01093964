/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lgbench.c - the benchmark program: init of a machine that does nothing
 * else, or an ordinary program.
 *
 * It measures nothing itself.  It does each operation a fixed number of times
 * between two markers (marker.h), and prints how many times; whoever watches
 * the processor counts.
 *
 *        lgbench [-b] [-m|-p] [-s DIVISOR] [-r REPETITIONS] [NAME]...
 *
 * NAME is an operation, all of them by default; with -m, of those for many
 * processors; with -p, building a package, which takes a root that has it;
 * otherwise of those for one, which is the first.  -s divides the counts, for
 * systems so slow that the full work would take all day.
 * As process 1 it takes its arguments from the kernel's command line,
 * lgbench=ARGUMENT,ARGUMENT..., and powers the machine off at the end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marker.h"
#include "operation.h"

/* Where the program starts: the linker is told so (-e lgbench_start). The
   marker is the first instruction that init executes. */
__asm__ (".globl lgbench_start\n"
         "lgbench_start:\n\t"
         MARKER_ASM (MARKER_INIT) "\n\t"
         "jmp _start\n");

static const struct operation *const tables[] = {
  user_operations, call_operations, signal_operations, memory_operations,
  file_operations, message_operations, process_operations,
};

#define TABLES (sizeof tables / sizeof *tables)

static const struct operation *const smp_tables[] = { smp_operations };
static const struct operation *const build_tables[] = { build_operations };

static int many, build;
static int restarts;

static int repetitions = 3;
static int divisor = 1;

void
fail (const char *what)
{
  printf ("lgbench: %s: %s\n", what, strerror (errno));
  fflush (stdout);
  _exit (1);
}

static void
repeat (const struct operation *operation, long count, int marked)
{
  if (operation->prepare)
    operation->prepare ();
  if (marked)
    MARK (MARKER_BEGIN);
  operation->run (count);
  if (marked)
    MARK (MARKER_END);
  if (operation->finish)
    operation->finish ();
}

/* The first repetition is not counted: it fills caches and breaks the pages
   shared since fork. */
static void
measure (const struct operation *operation)
{
  long unit = operation->unit;
  long count = operation->count / divisor / unit * unit;

  if (count == 0)
    count = unit;
  repeat (operation, count, 0);
  for (int i = 0; i < repetitions; i++)
    repeat (operation, count, 1);
  printf ("LGB,%s,%ld\n", operation->name, count);
}

static int
wanted (const char *name, char **names)
{
  if (*names == NULL)
    return 1;
  for (; *names; names++)
    if (strcmp (*names, name) == 0)
      return 1;
  return 0;
}

static void
measure_tables (const struct operation *const *table, size_t count,
                char **names)
{
  printf ("LGB,repetitions,%d\n", repetitions);
  for (; count; table++, count--)
    for (const struct operation *o = *table; o->name; o++)
      if (wanted (o->name, names))
        measure (o);
  printf ("LGB,end,0\n");
}

static void
measure_all (char **names)
{
  cpu_set_t first;

  if (many || build)
    {
      measure_tables (build ? build_tables : smp_tables, 1, names);
      return;
    }
  CPU_ZERO (&first);
  CPU_SET (0, &first);
  sched_setaffinity (0, sizeof first, &first);
  measure_tables (tables, TABLES, names);
}

/* Process 1 measures in a child: it is itself immune to signals. */
static void
measure_as_init (char **names)
{
  pid_t child;

  mkdir ("/proc", 0755);
  mount ("proc", "/proc", "proc", 0, NULL);
  child = fork ();
  if (child == 0)
    {
      measure_all (names);
      exit (0);
    }
  while (child > 0 && wait (NULL) != child)
    continue;
  if (!restarts)
    reboot (RB_POWER_OFF);
  reboot (RB_AUTOBOOT);
}

/* The kernel hands lgbench=... on in the environment.  (As arguments, init
   gets every word that the kernel did not understand.) */
static int
arguments_of_init (char **argv, int room)
{
  char *list = getenv ("lgbench");
  int argc = 1;

  argv[0] = "lgbench";
  if (list)
    for (char *word = strtok (list, ","); word && argc < room - 1;
         word = strtok (NULL, ","))
      argv[argc++] = word;
  argv[argc] = NULL;
  return argc;
}

int
main (int argc, char **argv)
{
  char *init_argv[32];
  int option, is_init = getpid () == 1;

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (is_init)
    {
      argc = arguments_of_init (init_argv, 32);
      argv = init_argv;
    }
  while ((option = getopt (argc, argv, "bmps:r:x")) != -1)
    switch (option)
      {
      case 'b':         /* at the end: a PC without ACPI has no other */
        restarts = 1;
        break;
      case 'p':
        build = 1;
        break;
      case 'm':
        many = 1;
        break;
      case 's':
        divisor = atoi (optarg);
        break;
      case 'r':
        repetitions = atoi (optarg);
        break;
      case 'x':         /* what the exec operation executes: nothing */
        return 0;
      default:
        return 2;
      }
  if (divisor < 1 || repetitions < 1)
    return 2;
  if (is_init)
    measure_as_init (argv + optind);
  else
    measure_all (argv + optind);
  return 0;
}
