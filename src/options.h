/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - what the user wants.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

/* The PCI bus has 31 places, and one is the console's. */
#define OPTIONS_DISKS_MAX 29

#define OPTIONS_NAME_MAX 63

/* How lguest goes on after the options. */
enum options_action
{
  ACTION_RUN,
  ACTION_CHECK_HOST,
  ACTION_HELP,
  ACTION_VERSION,
};

/**
 * struct disk_option - one --block
 * @file: name
 * @read_only: with ",ro"
 */
struct disk_option
{
  char *file;
  bool read_only;
};

/**
 * struct options - the command line
 * @action: what to do
 * @memory: bytes
 * @vcpus: processors of the Guest
 * @kernel: file name
 * @command_line: for the kernel; allocated
 * @initrd: file name, or NULL
 * @disks, @disk_count: --block
 * @rng, @no_reboot, @boot_timer, @verbose: options without argument
 * @escape: the console's escape key, or CONSOLE_ESCAPE_NONE
 * @timeout: seconds, 0 for none
 * @name: of the Guest, or NULL
 */
struct options
{
  enum options_action action;
  uint64_t memory;
  unsigned vcpus;
  const char *kernel;
  char *command_line;
  const char *initrd;
  struct disk_option disks[OPTIONS_DISKS_MAX];
  unsigned disk_count;
  bool rng;
  bool no_reboot;
  bool boot_timer;
  bool verbose;
  int escape;
  unsigned timeout;
  const char *name;
};

bool options_parse (struct options *options, int argc, char **argv,
                    struct failure *failure);
void options_free (struct options *options);
void options_print_help (void);
bool options_parse_size (const char *text, uint64_t *bytes);

#endif /* OPTIONS_H */
