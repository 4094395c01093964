/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.c - is the command line understood?
 */
#include <config.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "devices/console.h"
#include "command_line.h"
#include "option_value.h"
#include "image/format.h"
#include "unit.h"

#define MIB ((uint64_t) 1 << 20)

static struct options options;
static struct failure failure;

/* Understand "lguest" and the words of @line, separated by single spaces. */
static bool
parse (const char *line)
{
  static char words[512];
  char *argv[64] = { "lguest" }, *rest = words;
  int argc = 1;

  snprintf (words, sizeof words, "%s", line);
  while (rest && *rest)
    argv[argc++] = strsep (&rest, " ");
  argv[argc] = NULL;
  failure.status = STATUS_POWEROFF;
  return command_line_parse (&options, argc, argv, &failure);
}

static void
test_sizes (void)
{
  static const struct { const char *text; uint64_t bytes; } good[] =
    {
      { "64", 64 * MIB }, { "64M", 64 * MIB }, { "64m", 64 * MIB },
      { "2G", 2048 * MIB }, { "2048K", 2 * MIB }, { "1T", MIB * MIB }, { "512B", 512 },
      { "0", 0 }, { "17592186044415", UINT64_C (17592186044415) * MIB },
    };
  static const char *const bad[] =
    { "", "M", "64MB", "64 ", " 64", "-1", "+1", "0x40", "6.5G",
      "17592186044416", "64BB", "99999999999999999999", "16777216T" };
  uint64_t bytes;
  size_t i;

  for (i = 0; i < sizeof good / sizeof *good; i++)
    check (options_parse_size (good[i].text, &bytes)
           && bytes == good[i].bytes, "size \"%s\"", good[i].text);
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    check (!options_parse_size (bad[i], &bytes), "no size \"%s\"", bad[i]);
}

static void
test_good (void)
{
  check (parse ("64 vmlinux") && options.memory == 64 * MIB
         && strcmp (options.kernel, "vmlinux") == 0
         && strcmp (options.command_line, "console=hvc0") == 0
         && options.escape == 0x1d, "the shortest command line");
  options_free (&options);
  check (parse ("64 vmlinux quiet --rng -x init=/bin/sh")
         && !options.rng
         && strcmp (options.command_line,
                    "quiet --rng -x init=/bin/sh console=hvc0") == 0,
         "what follows the kernel is the kernel's");
  options_free (&options);
  check (parse ("64 vmlinux console=ttyS0 quiet")
         && strcmp (options.command_line, "console=ttyS0 quiet") == 0,
         "a console is not added to a console");
  options_free (&options);
  check (parse ("64 vmlinux netconsole=x")
         && strcmp (options.command_line, "netconsole=x console=hvc0") == 0,
         "netconsole= is no console");
  options_free (&options);
  check (parse ("--rng --no-reboot --boot-timer -v --initrd=I --timeout=9"
                " --name=web-1 --escape=^a 2G K")
         && options.rng && options.no_reboot && options.boot_timer
         && options.verbose && strcmp (options.initrd, "I") == 0
         && options.timeout == 9 && strcmp (options.name, "web-1") == 0
         && options.escape == 1, "all options at once");
  options_free (&options);
  check (parse ("--timeout=2h --rng --rng=no 64 K") && options.timeout == 7200
         && !options.rng, "times have units, flags can be taken back");
  options_free (&options);
  check (parse ("--escape=none 64 K")
         && options.escape == ESCAPE_NONE, "no escape key");
  options_free (&options);
  check (parse ("--block=a -b b,ro --disk=c,,rox -d read-only=no,file=d=e"
                " --disk=f=g,title=root 64 K")
         && options.disk_count == 5
         && strcmp (options.disks[0].file, "a") == 0
         && !options.disks[0].read_only
         && strcmp (options.disks[1].file, "b") == 0
         && options.disks[1].read_only
         && strcmp (options.disks[2].file, "c,rox") == 0
         && !options.disks[2].read_only
         && strcmp (options.disks[3].file, "d=e") == 0
         && strcmp (options.disks[4].file, "f=g") == 0
         && strcmp (options.disks[4].title, "root") == 0, "several disks");
  options_free (&options);
  check (parse ("--disk=path=a,format=gz,overlay=o,backing,serial=S-1,bps=2M,"
                "iops=50,root 64 K")
         && options.disk_count == 1
         && strcmp (options.disks[0].file, "a") == 0
         && options.disks[0].format == IMAGE_FORMAT_GZ
         && strcmp (options.disks[0].overlay, "o") == 0
         && options.disks[0].backing
         && strcmp (options.disks[0].serial, "S-1") == 0
         && options.disks[0].bytes_per_second == 2 << 20
         && options.disks[0].requests_per_second == 50
         && strcmp (options.command_line, "console=hvc0 root=/dev/vda rw")
         == 0, "all that a disk can be told");
  options_free (&options);
  check (parse ("--disk=a --disk=b,ro,root 64 K quiet")
         && strcmp (options.command_line,
                    "quiet console=hvc0 root=/dev/vdb ro") == 0,
         "the second disk is the root");
  options_free (&options);
  check (parse ("--disk=a,root 64 K xroot=1 root=/dev/vda1")
         && strcmp (options.command_line,
                    "xroot=1 root=/dev/vda1 console=hvc0") == 0,
         "the user's own root= counts");
  options_free (&options);
  check (parse ("--disk=a 64 K") && options.disks[0].format
         == IMAGE_FORMAT_AUTO && !options.disks[0].overlay
         && !strstr (options.command_line, "root="), "a disk is no root");
  options_free (&options);
  check (parse ("--check-host") && options.action == ACTION_CHECK_HOST,
         "--check-host");
  options_free (&options);
  check (parse ("--help --nonsense") && options.action == ACTION_HELP,
         "--help is all");
  options_free (&options);
  check (parse ("--version") && options.action == ACTION_VERSION,
         "--version");
  options_free (&options);
}

static void
test_bad (void)
{
  static const struct { const char *line; enum status status; } bad[] =
    {
      { "", STATUS_USAGE },
      { "64", STATUS_USAGE },
      { "vmlinux 64", STATUS_USAGE },
      { "--nonsense 64 K", STATUS_USAGE },
      { "--initrd", STATUS_USAGE },
      { "--rng=maybe 64 K", STATUS_USAGE },
      { "--help=yes", STATUS_USAGE },
      { "--timeout=0 64 K", STATUS_USAGE },
      { "--timeout=-1 64 K", STATUS_USAGE },
      { "--timeout=1y 64 K", STATUS_USAGE },
      { "--timeout=1ss 64 K", STATUS_USAGE },
      { "--timeout=99999999d 64 K", STATUS_USAGE },
      { "--timeout=18446744073709551615d 64 K", STATUS_USAGE },
      { "--timeout=99999999999 64 K", STATUS_USAGE },
      { "--disk= 64 K", STATUS_USAGE },
      { "--disk=a, 64 K", STATUS_USAGE },
      { "--disk=a,rox 64 K", STATUS_USAGE },
      { "--disk=a,ro=perhaps 64 K", STATUS_USAGE },
      { "--disk=a,file 64 K", STATUS_USAGE },
      { "--disk=ro 64 K", STATUS_USAGE },
      { "--disk=a,title=x --disk=b,title=x 64 K", STATUS_USAGE },
      { "--disk=a,title=/ 64 K", STATUS_USAGE },
      { "--disk=a,format=qcow3 64 K", STATUS_USAGE },
      { "--disk=a,format=overlay 64 K", STATUS_USAGE },
      { "--disk=a,overlay= 64 K", STATUS_USAGE },
      { "--disk=a,serial= 64 K", STATUS_USAGE },
      { "--disk=a,serial=123456789012345678901 64 K", STATUS_USAGE },
      { "--disk=a,serial=\t 64 K", STATUS_USAGE },
      { "--disk=a,bps=0 64 K", STATUS_USAGE },
      { "--disk=a,iops=-1 64 K", STATUS_USAGE },
      { "--escape=a 64 K", STATUS_USAGE },
      { "--escape=^1 64 K", STATUS_USAGE },
      { "--name= 64 K", STATUS_USAGE },
      { "--name=1a 64 K", STATUS_USAGE },
      { "--name=a/b 64 K", STATUS_USAGE },
      { "0 K", STATUS_ERROR },
      { "1 K", STATUS_ERROR },
      { "17T K", STATUS_ERROR },
      { "4099K K", STATUS_ERROR },
    };
  size_t i;

  /* getopt complains by itself. */
  if (!freopen ("/dev/null", "w", stderr))
    return;
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      check (!parse (bad[i].line) && failure.status == bad[i].status,
             "refused with status %d: lguest %s", bad[i].status,
             bad[i].line);
      options_free (&options);
    }
}

int
main (void)
{
  test_sizes ();
  test_good ();
  test_bad ();
  return finish ();
}
