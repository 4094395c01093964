/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.c - what the user wants, and the table of all that he can want.
 *
 * An option is a row here and a field in options.h, no more: see option_row.h.
 */
#include <config.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "console_option.h"
#include "escape.h"
#include "devices/block.h"
#include "devices/share.h"
#include "i18n.h"
#include "image/nbd.h"
#include "image/open.h"
#include "option_value.h"
#include "options.h"
#include "vcpus.h"

/* Below this there is no room for boot parameters and any kernel; above it
   x86_64 processors have no physical memory. */
#define MEMORY_MIN_BYTES ((uint64_t) 2 << 20)
#define MEMORY_MAX_BYTES ((uint64_t) 16 << 40)

#define PAGE_BYTES 4096

#define CONTROL_MASK 0x1f

/* Disks are called by letters. */
#define LETTERS 26

static bool
check_memory (const void *field, const char *text, struct failure *failure)
{
  const uint64_t memory = *(const uint64_t *) field;

  if (memory < MEMORY_MIN_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("%s: a guest needs at least %d MiB of memory"), text,
                 (int) (MEMORY_MIN_BYTES >> 20));
  if (memory > MEMORY_MAX_BYTES)
    return fail (failure, STATUS_ERROR,
                 _("%s: a guest can have at most %d TiB of memory"), text,
                 (int) (MEMORY_MAX_BYTES >> 40));
  if (memory % PAGE_BYTES != 0)
    return fail (failure, STATUS_ERROR,
                 _("%s: the size of memory must be a multiple of 4 KiB"),
                 text);
  return true;
}

/* The escape key: ^A to ^_, or none. */
static bool
parse_escape (void *field, const char *text, struct failure *failure)
{
  if (strcmp (text, "none") == 0)
    {
      *(int *) field = ESCAPE_NONE;
      return true;
    }
  if (text[0] == '^' && text[1] && !text[2])
    {
      const int key = toupper ((unsigned char) text[1]);

      if (key >= 'A' && key <= '_')
        {
          *(int *) field = key & CONTROL_MASK;
          return true;
        }
    }
  return fail (failure, STATUS_USAGE,
               _("\"%s\" is no escape key: say ^A to ^_, or none"), text);
}

static void
print_escape (const void *field, FILE *file)
{
  const char key[] = { '^', *(const int *) field | '@', '\0' };

  option_value_print_text (*(const int *) field == ESCAPE_NONE
                           ? "none" : key, file);
}

/** options_check_name - is that a name for a Guest? */
bool
options_check_name (const void *field, const char *text,
                    struct failure *failure)
{
  static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const size_t length = strlen (text);

  (void) field;
  if (length == 0 || length > OPTIONS_NAME_MAX
      || strspn (text, rest) != length
      || strchr ("0123456789._-", text[0]))
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no name for a guest: it has to begin with a"
                   " letter and may go on with letters, digits, \".\", \"_\""
                   " and \"-\", %d characters at most"), text,
                 OPTIONS_NAME_MAX);
  return true;
}

#define FIELD(member) .offset = offsetof (struct options, member)
#define FLAG .kind = OPTION_FLAG, .argument = N_("yes|no")

/* In the order of enum image_format. */
static const char *const disk_formats[] =
  { "auto", "raw", "bgzf", "gz", "qcow2", "vmdk", "vhdx", "nbd", NULL };

static bool
is_overlay_word (const char *text)
{
  return strcmp (text, IMAGE_OVERLAY_EPHEMERAL) == 0
    || strcmp (text, IMAGE_OVERLAY_NONE) == 0;
}

static bool
check_serial (const void *field, const char *text, struct failure *failure)
{
  const char *at;

  (void) field;
  for (at = text; *at > ' ' && *at <= '~'; at++)
    ;
  if (at == text || *at || at - text > BLOCK_ID_BYTES)
    return fail (failure, STATUS_USAGE,
                 _("\"%s\" is no serial number: it has 1 to %d letters,"
                   " digits and the like"), text, BLOCK_ID_BYTES);
  return true;
}

#define DISK_FIELD(member) .offset = offsetof (struct disk_option, member)

/* What a disk can be told. */
static const struct option_row disk_keys[] =
{
  { .name = "file", .old_name = "path", .kind = OPTION_FILE,
    DISK_FIELD (file), .is_word = nbd_recognize,
    .required = true, .argument = N_("FILE"),
    .help = N_("a file, a block device or nbd:unix:SOCKET"),
    .fixed = N_("the disk is in use") },
  { .name = "read-only", .old_name = "ro", FLAG, DISK_FIELD (read_only),
    .help = N_("the guest cannot write to it"),
    .fixed = N_("the disk is in use") },
  { .name = "format", .kind = OPTION_CHOICE, .argument = N_("FORMAT"),
    DISK_FIELD (format), .choices = disk_formats, .initial = "auto",
    .help = N_("auto: found out if the guest cannot write to FILE, else"
               " raw"),
    .fixed = N_("the disk is in use") },
  { .name = "overlay", .kind = OPTION_FILE, .argument = N_("FILE"),
    DISK_FIELD (overlay), .is_word = is_overlay_word,
    .help = N_("what the guest writes goes there, FILE is not changed;"
               " ephemeral: it is lost at the end"),
    .fixed = N_("the disk is in use") },
  { .name = "backing", FLAG, DISK_FIELD (backing),
    .help = N_("trust what a qcow2 or vmdk image names as lying below it"),
    .fixed = N_("the disk is in use") },
  { .name = "serial", .kind = OPTION_TEXT, .argument = N_("TEXT"),
    DISK_FIELD (serial), .check = check_serial,
    .help = N_("serial number, 20 characters at most"),
    .fixed = N_("the disk is in use") },
  { .name = "bps", .kind = OPTION_SIZE, .argument = N_("SIZE"),
    DISK_FIELD (bytes_per_second), .min = 1,
    .help = N_("so much is read and written per second"),
    .live = true },
  { .name = "iops", .kind = OPTION_NUMBER, .argument = N_("NUMBER"),
    DISK_FIELD (requests_per_second), .min = 1,
    .help = N_("so many requests are served per second"),
    .live = true },
  { .name = "root", FLAG, DISK_FIELD (root),
    .help = N_("the kernel is told that its root file system is here") },
};

static bool
check_tag (const void *field, const char *text, struct failure *failure)
{
  (void) field;
  if (*text && strlen (text) <= SHARE_TAG_MAX
      && strspn (text, "abcdefghijklmnopqrstuvwxyz"
                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") == strlen (text))
    return true;
  return fail (failure, STATUS_USAGE,
               _("\"%s\" is no tag: it has 1 to %d letters, digits, \".\","
                 " \"_\", \"-\" and \"/\""), text, SHARE_TAG_MAX);
}

#define SHARE_FIELD(member) .offset = offsetof (struct share_option, member)

/* What a shared folder can be told. */
static const struct option_row share_keys[] =
{
  { .name = "folder", .old_name = "path", .kind = OPTION_FILE,
    SHARE_FIELD (folder), .required = true, .argument = N_("FOLDER"),
    .help = N_("a folder of the host") },
  { .name = "tag", .kind = OPTION_TEXT, .argument = N_("TEXT"),
    SHARE_FIELD (tag), .check = check_tag,
    .help = N_("what the guest mounts; else share0, share1, ...") },
  { .name = "read-only", .old_name = "ro", FLAG, SHARE_FIELD (read_only),
    .help = N_("the guest cannot change anything in it") },
  { .name = "root", FLAG, SHARE_FIELD (root),
    .help = N_("the kernel is told that its root file system is here") },
};

#define CONSOLE_FIELD(member) \
  .offset = offsetof (struct console_option, member)

/* What a console can be told. */
static const struct option_row console_keys[] =
{
  { .name = "type", .kind = OPTION_TEXT, CONSOLE_FIELD (text),
    .initial = "stdio", .check = console_check_text, .argument = N_("TYPE"),
    .help = N_("stdio, pty, unix:PATH, file:PATH or null"),
    .fixed = N_("the console is in use") },
  { .name = "log", .kind = OPTION_FILE, CONSOLE_FIELD (log),
    .argument = N_("FILE"), .help = N_("all output is appended there, too"),
    .fixed = N_("the console is in use") },
  { .name = "log-size", .kind = OPTION_SIZE, CONSOLE_FIELD (log_bytes),
    .initial = "1M", .argument = N_("SIZE"),
    .help = N_("a log as long becomes FILE.1 and begins anew; 0: never"),
    .fixed = N_("the console is in use") },
  { .name = "size", .kind = OPTION_CUSTOM, CONSOLE_FIELD (size),
    .parse = console_parse_size, .print = console_print_size,
    .argument = N_("COLUMNSxROWS"),
    .help = N_("of the window, if there is no terminal to ask") },
};

#define NET_FIELD(member) .offset = offsetof (struct net_option, member)

/* What a network card can be told. */
static const struct option_row net_keys[] =
{
  { .name = "type", .kind = OPTION_TEXT, NET_FIELD (type),
    .required = true, .argument = N_("tap|tap:INTERFACE|tap:fd=NUMBER|user"),
    .check = net_option_check_type,
    .help = N_("a tap interface of the host, or user mode by passt"),
    .fixed = N_("the host's end of the card is in use") },
  { .name = "bridge", .kind = OPTION_TEXT, NET_FIELD (bridge),
    .argument = N_("NAME"), .check = net_option_check_bridge,
    .help = N_("attach the tap to this bridge"),
    .fixed = N_("the host's end of the card is in use") },
  { .name = "mac", .kind = OPTION_TEXT, NET_FIELD (mac),
    .argument = N_("ADDRESS"), .check = net_option_check_mac,
    .help = N_("address of the guest's card"),
    .fixed = N_("the guest has asked for it already") },
  { .name = "ip", .kind = OPTION_TEXT, NET_FIELD (ip),
    .argument = N_("ADDRESS/BITS"), .check = net_option_check_ip,
    .help = N_("address of the host on the tap"),
    .fixed = N_("the host's end of the card is in use") },
  { .name = "locked", FLAG, NET_FIELD (locked),
    .help = N_("drop what the guest sends from other addresses than mac"),
    .fixed = N_("the guest has asked for it already") },
  { .name = "offloads", FLAG, NET_FIELD (offloads), .initial = "yes",
    .help = N_("leave checksums and segments to the host [yes]"),
    .fixed = N_("the guest has asked for it already") },
  { .name = "mtu", .kind = OPTION_NUMBER, NET_FIELD (mtu),
    .argument = N_("BYTES"), .min = NET_MTU_MIN, .max = NET_MTU_MAX,
    .help = N_("the largest packet"),
    .fixed = N_("the guest has asked for it already") },
  { .name = "bps", .kind = OPTION_SIZE, NET_FIELD (bytes_per_second),
    .argument = N_("SIZE"), .min = 1,
    .help = N_("bytes per second at most, in each direction"),
    .live = true },
  { .name = "link", FLAG, NET_FIELD (link), .initial = "yes",
    .help = N_("the cable is plugged in [yes]"), .live = true },
  { .name = "hostfwd", .kind = OPTION_LIST, NET_FIELD (forwards),
    .argument = N_("tcp|udp:[ADDRESS:]PORT:GUESTPORT"),
    .check = net_option_check_forward,
    .help = N_("lead a port of the host into the guest (user)"),
    .fixed = N_("the host's end of the card is in use") },
};

/* In the order of enum confine_mode. */
static const char *const confine_modes[] = { "on", "log", "off", NULL };

/* THE option table: --help and resolved configurations have its order. */
const struct option_row option_table[] =
{
  { .name = "name", .letter = 'n', .kind = OPTION_TEXT,
    .argument = N_("NAME"), .section = "guest", FIELD (name),
    .check = options_check_name,
    .help = N_("name of the guest, for messages"),
    .fixed = N_("others find the guest by it") },
  { .name = "memory", .letter = 'm', .kind = OPTION_SIZE,
    .argument = N_("SIZE"), .section = "guest", FIELD (memory),
    .initial = "256M", .check = check_memory,
    .help = N_("how much memory the guest has [256M]"),
    .fixed = N_("memory cannot be plugged in or out") },
  { .name = "cpus", .letter = 'c', .kind = OPTION_NUMBER,
    .argument = N_("NUMBER"), .section = "guest", FIELD (vcpus),
    .initial = "1", .min = 1, .max = VCPUS_MAX,
    .help = N_("processors of the guest [1]"),
    .fixed = N_("the guest itself turns its processors on and off") },
  { .name = "nice", .kind = OPTION_NUMBER, .argument = N_("NUMBER"),
    .section = "guest", FIELD (nice), .max = 19, .live = true,
    .help = N_("how much its processors stand back, from 0 [0] to 19") },
  { .name = "rng", FLAG, .section = "guest", FIELD (rng),
    .help = N_("a source of randomness") },
  { .name = "balloon", FLAG, .section = "guest", FIELD (balloon),
    .help = N_("memory that the guest does not use goes back to the host") },
  { .name = "balloon-size", .kind = OPTION_SIZE, .argument = N_("SIZE"),
    .section = "guest", FIELD (balloon_size), .initial = "0",
    .help = N_("so much memory the guest gives back from the start [0]") },
  { .name = "no-reboot", FLAG, .section = "guest", FIELD (no_reboot),
    .help = N_("end with status 3 when the guest reboots"),
    .live = true },
  { .name = "timeout", .kind = OPTION_TIME, .argument = N_("TIME"),
    .section = "guest", FIELD (timeout), .min = 1,
    .help = N_("end with status 124 after that time: seconds, or 5m, 2h"),
    .live = true },
  { .name = "console", .kind = OPTION_SECTION,
    .argument = N_("TYPE[,KEY=VALUE]..."), .section = "console",
    FIELD (consoles), .keys = console_keys,
    .key_count = sizeof console_keys / sizeof *console_keys,
    .element_size = sizeof (struct console_option),
    .count_offset = offsetof (struct options, console_count),
    .max_count = OPTIONS_CONSOLES_MAX,
    .help = N_("hvc0, hvc1, ...: stdio, pty, unix:PATH, file:PATH or null") },
  { .name = "escape", .kind = OPTION_CUSTOM, .argument = N_("KEY"),
    .section = "guest", FIELD (escape), .initial = "^]",
    .parse = parse_escape, .print = print_escape,
    .help = N_("the console's escape key: ^A to ^_, or \"none\" [^]]"),
    .live = true },
  { .name = "owner", .kind = OPTION_CUSTOM, .argument = N_("USER[:GROUP]"),
    .section = "guest", FIELD (owner), .initial = "", .parse = owner_parse,
    .print = owner_print,
    .help = N_("who may control the guest, besides who runs it") },
  { .name = "confine", .old_name = "sandbox", .kind = OPTION_CHOICE,
    .argument = N_("on|log|off"), .section = "guest", FIELD (confine),
    .choices = confine_modes, .initial = "on",
    .help = N_("give up what the guest does not need [on]; log: only say what"
               " would be refused"),
    .fixed = N_("what was given up cannot be had back") },
  { .name = "user", .old_name = "username", .kind = OPTION_TEXT,
    .argument = N_("NAME"), .section = "guest", FIELD (user),
    .help = N_("become this user before the guest runs"),
    .fixed = N_("what was given up cannot be had back") },
  { .name = "chroot", .kind = OPTION_FILE, .argument = N_("FOLDER"),
    .section = "guest", FIELD (chroot),
    .help = N_("see nothing but this folder when the guest runs"),
    .fixed = N_("what was given up cannot be had back") },
  { .name = "log", .kind = OPTION_TEXT, .argument = N_("FILE|syslog"),
    .section = "guest", FIELD (log),
    .help = N_("where messages go, instead of standard error") },
  { .name = "boot-timer", FLAG, .section = "guest", FIELD (boot_timer),
    .help = N_("show how long the guest takes to open its console") },
  { .name = "verbose", .letter = 'v', FLAG, .section = "guest",
    FIELD (verbose), .help = N_("say more"),
    .live = true },
  { .name = "kernel", .letter = 'k', .kind = OPTION_FILE,
    .argument = N_("FILE"), .section = "kernel", .key = "image",
    FIELD (kernel), .help = N_("the guest's kernel"),
    .fixed = N_("it is opened when the guest starts") },
  { .name = "initrd", .letter = 'i', .kind = OPTION_FILE,
    .argument = N_("FILE"), .section = "kernel", FIELD (initrd),
    .help = N_("give the kernel this initial RAM disk"),
    .fixed = N_("it is opened when the guest starts") },
  { .name = "append", .letter = 'a', .kind = OPTION_LIST,
    .argument = N_("ARGUMENTS"), .section = "kernel", FIELD (append),
    .help = N_("more arguments for the kernel; may be repeated"),
    .fixed = N_("it is opened when the guest starts") },
  { .name = "disk", .letter = 'd', .old_name = "block", .old_letter = 'b',
    .kind = OPTION_SECTION, .argument = N_("FILE[,KEY=VALUE]..."),
    .section = "disk", FIELD (disks),
    .keys = disk_keys, .key_count = sizeof disk_keys / sizeof *disk_keys,
    .element_size = sizeof (struct disk_option),
    .count_offset = offsetof (struct options, disk_count),
    .max_count = OPTIONS_DISKS_MAX,
    .help = N_("a disk, read-only with \",ro\"; may be repeated") },
  { .name = "share", .kind = OPTION_SECTION,
    .argument = N_("FOLDER[,KEY=VALUE]..."), .section = "share",
    FIELD (shares), .keys = share_keys,
    .key_count = sizeof share_keys / sizeof *share_keys,
    .element_size = sizeof (struct share_option),
    .count_offset = offsetof (struct options, share_count),
    .max_count = OPTIONS_SHARES_MAX,
    .help = N_("a folder of the host, read-only with \",ro\"; may be"
               " repeated") },
  { .name = "net", .kind = OPTION_SECTION,
    .argument = N_("TYPE[,KEY=VALUE]..."), .section = "net", FIELD (nets),
    .keys = net_keys, .key_count = sizeof net_keys / sizeof *net_keys,
    .element_size = sizeof (struct net_option),
    .count_offset = offsetof (struct options, net_count),
    .max_count = NET_OPTIONS_MAX,
    .help = N_("a network card: tap or user; may be repeated") },
  { .name = "tunnet", .kind = OPTION_LIST,
    .argument = N_("ADDRESS|bridge:NAME[:MAC]"), .section = "guest",
    FIELD (tunnets), .check = net_option_check_tunnet,
    .help = N_("a network card with a tap, as the old lguest had it") },
  { .name = "config", .kind = OPTION_CONFIG, .argument = N_("FILE"),
    .help = N_("read options from a file; may be repeated") },
  { .name = "set", .kind = OPTION_SETTING,
    .argument = N_("SECTION.KEY=VALUE"),
    .help = N_("what a file would say; may be repeated") },
  { .name = "restore", .kind = OPTION_FILE, .argument = N_("FOLDER"),
    FIELD (restore),
    .help = N_("go on from a snapshot, by the options that are in it") },
  { .name = "dry-run", FLAG, FIELD (dry_run),
    .help = N_("show all options as a file, and end") },
  { .name = "check-host", .kind = OPTION_ACTION,
    .action = ACTION_CHECK_HOST,
    .help = N_("say what this machine lacks to run guests, and end") },
  { .name = "help", .letter = 'h', .kind = OPTION_ACTION,
    .action = ACTION_HELP, .help = N_("show this help, and end") },
  { .name = "version", .kind = OPTION_ACTION, .action = ACTION_VERSION,
    .help = N_("show the version, and end") },
};

const unsigned option_count = sizeof option_table / sizeof *option_table;

/* Element @i of a section. */
static void *
element (struct options *options, const struct option_row *row, unsigned i)
{
  return (char *) options + row->offset + i * row->element_size;
}

static unsigned *
element_count (struct options *options, const struct option_row *row)
{
  return (unsigned *) ((char *) options + row->count_offset);
}

/** options_find_element - the section with that title, or NULL */
void *
options_find_element (struct options *options, const struct option_row *row,
                      const char *title)
{
  unsigned i;

  for (i = 0; i < *element_count (options, row); i++)
    {
      char **found = element (options, row, i);

      if (strcmp (*found, title) == 0)
        return found;
    }
  return NULL;
}

/* Texts that say what they mean, of all rows. */
static bool
set_initial (const struct option_row *rows, unsigned count, void *structure,
             struct failure *failure)
{
  unsigned i;

  for (i = 0; i < count; i++)
    if (rows[i].initial
        && !option_value_set (&rows[i], structure, rows[i].initial, NULL,
                              failure))
      return false;
  return true;
}

/**
 * options_add_element - one more section
 * @row: an OPTION_SECTION
 * @title: of its own; NULL: its name and the next free number
 *
 * Returns its structure, or NULL after a failure.
 */
void *
options_add_element (struct options *options, const struct option_row *row,
                     const char *title, struct failure *failure)
{
  unsigned *count = element_count (options, row), number = *count;
  char **added = element (options, row, *count);
  char numbered[40];

  if (*count == row->max_count)
    {
      fail (failure, STATUS_USAGE,
            _("there can be at most %u sections \"%s\""), row->max_count,
            row->section);
      return NULL;
    }
  if (title && !options_check_name (NULL, title, failure))
    return NULL;
  while (!title)
    {
      snprintf (numbered, sizeof numbered, "%s%u", row->section, number++);
      if (!options_find_element (options, row, numbered))
        title = numbered;
    }
  memset (added, 0, row->element_size);
  *added = strdup (title);
  if (!*added)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      return NULL;
    }
  ++*count;
  return set_initial (row->keys, row->key_count, added, failure)
    ? added : NULL;
}

/** options_find_section_key - the row of a key of a section, or NULL */
const struct option_row *
options_find_section_key (const struct option_row *section, const char *key)
{
  unsigned i;

  for (i = 0; i < section->key_count; i++)
    {
      const struct option_row *row = &section->keys[i];

      if (strcmp (option_key (row), key) == 0
          || (row->old_name && strcmp (row->old_name, key) == 0))
        return row;
    }
  return NULL;
}

/** options_create - all as if the user had said nothing */
bool
options_create (struct options *options, struct failure *failure)
{
  memset (options, 0, sizeof *options);
  return set_initial (option_table, option_count, options, failure);
}

/* Is there an argument for the kernel that begins so? */
static bool
has_argument (const struct options *options, const char *start)
{
  unsigned i;

  for (i = 0; i < options->append.count; i++)
    {
      const char *at = options->append.items[i];

      for (; (at = strstr (at, start)); at++)
        if (at == options->append.items[i] || at[-1] == ' ')
          return true;
    }
  return false;
}

/* What Linux calls the disk with that number: vda to vdz, then vdaa. */
static void
print_root (FILE *out, const struct options *options, unsigned number)
{
  fputs (" root=/dev/vd", out);
  if (number >= LETTERS)
    fputc ('a' + number / LETTERS - 1, out);
  fputc ('a' + number % LETTERS, out);
  fputs (options->disks[number].read_only ? " ro" : " rw", out);
}

/** options_share_tag - by which the Guest mounts it */
const char *
options_share_tag (const struct share_option *share)
{
  return share->tag ? share->tag : share->title;
}

static void
print_share_root (FILE *out, const struct share_option *share)
{
  fprintf (out, " root=%s rootfstype=9p rootflags=trans=virtio %s",
           options_share_tag (share), share->read_only ? "ro" : "rw");
}

/* The kernel's command line: the arguments, and what they do not say of
   console and root file system. */
static bool
join_arguments (struct options *options, struct failure *failure)
{
  bool has_root = has_argument (options, "root=");
  size_t length;
  FILE *out = open_memstream (&options->command_line, &length);
  unsigned i;

  if (!out)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  for (i = 0; i < options->append.count; i++)
    fprintf (out, "%s%s", i ? " " : "", options->append.items[i]);
  if (!has_argument (options, "console="))
    fprintf (out, "%sconsole=hvc0", i ? " " : "");
  for (i = 0; i < options->disk_count && !has_root; i++)
    if (options->disks[i].root)
      {
        print_root (out, options, i);
        has_root = true;
      }
  for (i = 0; i < options->share_count && !has_root; i++)
    if (options->shares[i].root)
      {
        print_share_root (out, &options->shares[i]);
        has_root = true;
      }
  if (fclose (out) == 0)
    return true;
  return fail (failure, STATUS_ERROR, _("out of memory"));
}

/* Which keys of a section are missing? */
static void
find_missing (struct options *options, const struct option_row *row,
              const char *prefix, struct report *report)
{
  unsigned i, j;

  for (i = 0; i < *element_count (options, row); i++)
    for (j = 0; j < row->key_count; j++)
      {
        void *structure = element (options, row, i);

        if (row->keys[j].required
            && !option_value_is_set (&row->keys[j], structure))
          report_add (report, _("%ssection \"%s %s\" has no \"%s\""), prefix,
                      row->section, *(char **) structure,
                      option_key (&row->keys[j]));
      }
}

/**
 * options_complete - is all there that a Guest needs?
 * @prefix: of messages, as "FILE: "
 * @report: what is missing is added to it
 */
void
options_complete (struct options *options, const char *prefix,
                  struct report *report)
{
  unsigned i, j, terminals = 0;

  if (!options->kernel)
    report_add (report, _("%swhich kernel?"), prefix);
  for (i = 0; i < option_count; i++)
    if (option_table[i].kind == OPTION_SECTION)
      find_missing (options, &option_table[i], prefix, report);
  for (i = 0; i < options->console_count; i++)
    if (console_option_type (&options->consoles[i]) == LINE_STDIO)
      terminals++;
  for (i = 0; i < options->share_count; i++)
    for (j = 0; j < i; j++)
      if (strcmp (options_share_tag (&options->shares[i]),
                  options_share_tag (&options->shares[j])) == 0)
        report_add (report, _("%stwo shared folders have the tag \"%s\""),
                    prefix, options_share_tag (&options->shares[i]));
  if (options->balloon_size && !options->balloon)
    report_add (report, _("%sballoon-size makes no sense without balloon"),
                prefix);
  else if (options->balloon_size >= options->memory)
    report_add (report, _("%sballoon-size has to be less than memory"),
                prefix);
  if (terminals > 1)
    report_add (report, _("%sonly one console can be on this terminal"),
                prefix);
}

/* Every Guest has a console. */
static bool
add_console (struct options *options, struct failure *failure)
{
  const struct option_row *row = option_table;

  while (row->keys != console_keys)
    row++;
  return options->console_count
    || options_add_element (options, row, NULL, failure);
}

/**
 * options_finish - no more will be said: is it enough?
 *
 * To be called once, when all options have their values.
 */
bool
options_finish (struct options *options, struct failure *failure)
{
  struct report report = { 0 };

  options_complete (options, "", &report);
  if (report_count (&report))
    fail (failure, STATUS_USAGE, "%s",
          report.count ? report.messages[0] : _("out of memory"));
  else if (add_console (options, failure)
           && join_arguments (options, failure))
    return true;
  report_free (&report);
  return false;
}

/** options_free - free what all functions here have allocated */
void
options_free (struct options *options)
{
  unsigned i, j, k;

  for (i = 0; i < option_count; i++)
    {
      const struct option_row *row = &option_table[i];

      if (row->kind != OPTION_SECTION)
        {
          option_value_clear (row, options);
          continue;
        }
      for (j = 0; j < *element_count (options, row); j++)
        {
          for (k = 0; k < row->key_count; k++)
            option_value_clear (&row->keys[k], element (options, row, j));
          free (*(char **) element (options, row, j));
        }
      *element_count (options, row) = 0;
    }
  free (options->command_line);
  options->command_line = NULL;
}
