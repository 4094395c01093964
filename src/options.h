/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - what the user wants, and the table of all that he can want.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "console_option.h"
#include "failure.h"
#include "net_option.h"
#include "option_row.h"
#include "owner_option.h"
#include "report.h"

/* The PCI bus has 31 places, and one is the console's. */
#define OPTIONS_DISKS_MAX 29

#define OPTIONS_NAME_MAX 63

/* hvc0 to hvc3. */
#define OPTIONS_CONSOLES_MAX 4

/* How lguest goes on after the options. */
enum options_action
{
  ACTION_RUN,
  ACTION_CHECK_HOST,
  ACTION_HELP,
  ACTION_VERSION,
};

/**
 * struct disk_option - one --disk, or section "disk"
 * @title: allocated, as all texts here
 * @file: name
 * @read_only: the Guest may not write to it
 * @format: enum image_format
 * @overlay: name of a file, "ephemeral", "none" or NULL
 * @backing: trust what it names as lying below it
 * @serial: serial number, or NULL
 * @bytes_per_second, @requests_per_second: limits; 0: none
 * @root: the kernel is told that it is the root file system
 */
struct disk_option
{
  char *title;
  char *file;
  bool read_only;
  int format;
  char *overlay;
  bool backing;
  char *serial;
  uint64_t bytes_per_second;
  unsigned requests_per_second;
  bool root;
};

#define OPTIONS_SHARES_MAX 8

/**
 * struct share_option - one --share, or section "share"
 * @title: allocated, as all texts here
 * @folder: name
 * @tag: by which the Guest mounts it, or NULL: the title
 * @read_only: the Guest may not write to it
 * @root: the kernel is told that it is the root file system
 */
struct share_option
{
  char *title;
  char *folder;
  char *tag;
  bool read_only;
  bool root;
};

/**
 * struct options - all that the user wants
 * @action: what to do
 * @memory: bytes
 * @vcpus: processors of the Guest
 * @kernel: file name
 * @append: the kernel's arguments
 * @command_line: the same for the kernel; allocated
 * @initrd: file name, or NULL
 * @disks, @disk_count: --disk
 * @shares, @share_count: --share
 * @nets, @net_count: --net
 * @tunnets: --tunnet
 * @balloon: it has a balloon
 * @balloon_size: bytes that it is to give back from the start
 * @rng, @no_reboot, @boot_timer, @verbose, @dry_run: flags
 * @consoles, @console_count: --console; one at least after options_finish()
 * @escape: the console's escape key, or ESCAPE_NONE
 * @timeout: seconds, 0 for none
 * @name: of the Guest, or NULL
 * @owner: who may control it
 * @nice: of the threads that run vcpus, as nice(2) has it
 * @guarded: another process removes its folder, however the launcher ends
 * @confine: enum confine_mode
 * @user, @chroot: who and where the launcher is when the Guest runs; or NULL
 * @log: where messages go when it runs in the background; or NULL
 * @restore: folder of a snapshot to go on from, or NULL
 */
struct options
{
  enum options_action action;
  uint64_t memory;
  unsigned vcpus;
  char *kernel;
  struct text_list append;
  char *command_line;
  char *initrd;
  struct disk_option disks[OPTIONS_DISKS_MAX];
  unsigned disk_count;
  struct share_option shares[OPTIONS_SHARES_MAX];
  unsigned share_count;
  struct net_option nets[NET_OPTIONS_MAX];
  unsigned net_count;
  struct text_list tunnets;
  bool rng;
  bool balloon;
  uint64_t balloon_size;
  bool no_reboot;
  bool boot_timer;
  bool verbose;
  struct console_option consoles[OPTIONS_CONSOLES_MAX];
  unsigned console_count;
  bool dry_run;
  int escape;
  unsigned timeout;
  char *name;
  struct owner_option owner;
  unsigned nice;
  bool guarded;
  int confine;
  char *user;
  char *chroot;
  char *log;
  char *restore;
};

/* The table. */
extern const struct option_row option_table[];
extern const unsigned option_count;

bool options_create (struct options *options, struct failure *failure);
void options_complete (struct options *options, const char *prefix,
                       struct report *report);
bool options_finish (struct options *options, struct failure *failure);
void options_free (struct options *options);
const char *options_share_tag (const struct share_option *share);
bool options_check_name (const void *field, const char *text,
                         struct failure *failure);
void *options_find_element (struct options *options,
                            const struct option_row *row, const char *title);
void *options_add_element (struct options *options,
                           const struct option_row *row, const char *title,
                           struct failure *failure);
const struct option_row *options_find_section_key
  (const struct option_row *section, const char *key);

#endif /* OPTIONS_H */
