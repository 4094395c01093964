/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_host.c - can this machine run Guests?
 *
 * If lg.ko is loaded, it knows.  If not, we find out what can be found out
 * from outside of the kernel.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <lguest/device.h>

#include "check_host.h"
#include "fd_io.h"
#include "i18n.h"
#include "status.h"
#include "target.h"

/* Linux says there that programs may use FSGSBASE; see its
   Documentation/arch/x86/x86_64/fsgs.rst. */
#ifndef HWCAP2_FSGSBASE
# define HWCAP2_FSGSBASE (1 << 1)
#endif

/* What a Host may lack, with a word for programs and a text for people. */
static const struct requirement
{
  uint32_t bit;
  const char *word;
  const char *text;
} requirements[] =
{
  { LGUEST_MISSING_FSGSBASE, "fsgsbase",
    N_("the processor has no FSGSBASE instructions, or the kernel does not"
       " use them (nofsgsbase)") },
  { LGUEST_MISSING_NX, "nx",
    N_("the processor cannot forbid execution of data (NX), or that is"
       " switched off (noexec=off)") },
  { LGUEST_MISSING_NO_FRED, "no-fred",
    N_("the kernel uses FRED to take interrupts: boot it with fred=off") },
  { LGUEST_MISSING_NOT_XEN_PV, "not-xen-pv",
    N_("the kernel runs as a paravirtual guest of Xen") },
  { LGUEST_MISSING_NOT_ENCRYPTED, "not-encrypted",
    N_("the kernel's memory is encrypted (SEV, TDX or SME)") },
  { LGUEST_MISSING_SLOT, "slot",
    N_("there is no room for the Switcher in the kernel's address space") },
  { LGUEST_MISSING_LONG_MODE, "long-mode",
    N_("the kernel is not one for x86_64") },
  { LGUEST_MISSING_SYSCALL, "syscall",
    N_("the processor has no SYSCALL instruction") },
  { LGUEST_MISSING_NO_LASS, "no-lass",
    N_("the kernel uses LASS, which keeps programs from the upper half of the"
       " address space: boot it with clearcpuid=lass") },
};

#define REQUIREMENTS (sizeof requirements / sizeof *requirements)

/* Does the first line of a file begin with @text? */
static bool
file_begins_with (const char *name, const char *text)
{
  char line[64] = "";
  FILE *file = fopen (name, "re");

  if (!file)
    return false;
  if (!fgets (line, sizeof line, file))
    line[0] = '\0';
  fclose (file);
  return strncmp (line, text, strlen (text)) == 0;
}

/* Is @word one of those on the kernel's command line? */
static bool
booted_with (const char *word)
{
  char line[4096 + 1];
  char *each, *rest = line;
  ssize_t n;
  int fd = open ("/proc/cmdline", O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return false;
  n = read (fd, line, sizeof line - 1);
  close (fd);
  line[n > 0 ? n : 0] = '\0';
  while ((each = strsep (&rest, " \n")))
    if (strcmp (each, word) == 0)
      return true;
  return false;
}

/* The line "flags : ..." of /proc/cpuinfo, between spaces, allocated; an
   empty one if there is none. */
static char *
read_flags (void)
{
  FILE *file = fopen ("/proc/cpuinfo", "re");
  char *line = NULL, *flags = NULL;
  size_t size = 0;

  while (file && !flags && getline (&line, &size, file) > 0)
    {
      char *colon = strchr (line, ':');

      if (!colon || strncmp (line, "flags", strlen ("flags")) != 0)
        continue;
      line[strcspn (line, "\n")] = '\0';
      if (asprintf (&flags, "%s ", colon + 1) < 0)
        flags = NULL;
      break;
    }
  if (file)
    fclose (file);
  free (line);
  return flags ? flags : strdup ("");
}

static bool
has_flag (const char *flags, const char *flag)
{
  char word[32];

  snprintf (word, sizeof word, " %s ", flag);
  return strstr (flags, word) != NULL;
}

/* Nobody tells programs plainly: these are the traces that it leaves. */
static bool
is_encrypted (const char *flags)
{
  return access ("/dev/sev-guest", F_OK) == 0
    || access ("/sys/devices/system/cpu/sev", F_OK) == 0
    || access ("/dev/tdx_guest", F_OK) == 0
    || has_flag (flags, "tdx_guest")
    || (has_flag (flags, "sme") && booted_with ("mem_encrypt=on"));
}

/* LGUEST_MISSING_ bits, as far as we can see them. */
static uint32_t
look_around (void)
{
  char *flags = read_flags ();
  struct utsname kernel;
  uint32_t missing = 0;

  if (!flags)
    return 0;
  if (uname (&kernel) != 0 || !TARGET_HOST_MACHINE (kernel.machine))
    missing |= LGUEST_MISSING_LONG_MODE;
  if (TARGET_LONG_MODE && !(getauxval (AT_HWCAP2) & HWCAP2_FSGSBASE))
    missing |= LGUEST_MISSING_FSGSBASE;
  if (TARGET_LONG_MODE && !has_flag (flags, "nx"))
    missing |= LGUEST_MISSING_NX;
  if (TARGET_LONG_MODE && !has_flag (flags, "syscall"))
    missing |= LGUEST_MISSING_SYSCALL;
  if (has_flag (flags, "fred"))
    missing |= LGUEST_MISSING_NO_FRED;
  if (TARGET_LONG_MODE && has_flag (flags, "lass"))
    missing |= LGUEST_MISSING_NO_LASS;
  if (file_begins_with ("/sys/hypervisor/type", "xen")
      && file_begins_with ("/sys/hypervisor/guest_type", "PV")
      && !file_begins_with ("/sys/hypervisor/guest_type", "PVH"))
    missing |= LGUEST_MISSING_NOT_XEN_PV;
  if (is_encrypted (flags))
    missing |= LGUEST_MISSING_NOT_ENCRYPTED;
  free (flags);
  return missing;
}

/* Show what is missing; returns the status for the first of it, or 0. */
static int
report (uint32_t missing)
{
  int status = 0;
  size_t i;

  for (i = 0; i < REQUIREMENTS; i++)
    if (missing & requirements[i].bit)
      {
        missing &= ~requirements[i].bit;
        printf ("missing: %s: %s\n", requirements[i].word,
                _(requirements[i].text));
        if (!status)
          status = STATUS_CHECK + __builtin_ctz (requirements[i].bit);
      }
  if (missing)
    {
      printf ("missing: %#x: %s\n", missing,
              _("lg.ko misses something that this lguest has no name for"));
      if (!status)
        status = STATUS_CHECK + __builtin_ctz (missing);
    }
  return status;
}

/* A problem with /dev/lguest, not with the machine. */
static int
report_device (const char *word, const char *text)
{
  printf ("missing: %s: %s\n", word, text);
  return STATUS_DEVICE;
}

/* Ask lg.ko.  Its answer is worth more than what we saw: *@missing. */
static int
ask_module (uint32_t *missing)
{
  struct lguest_device_info info;
  char text[160];
  ssize_t n;
  int fd;

  fd = open (LGUEST_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  if (fd < 0 && (errno == EACCES || errno == EPERM))
    {
      snprintf (text, sizeof text, _("you may not open %s: %s"),
                LGUEST_DEVICE_PATH, strerror (errno));
      return report_device ("permission", text);
    }
  if (fd < 0)
    {
      snprintf (text, sizeof text, access ("/sys/module/lg", F_OK) == 0
                ? _("lg.ko is loaded, but there is no %s")
                : _("lg.ko is not loaded, there is no %s: modprobe lg"),
                LGUEST_DEVICE_PATH);
      return report_device ("module", text);
    }
  n = pread_fully (fd, &info, sizeof info, 0);
  close (fd);
  if (n != sizeof info)
    return report_device ("module", _("it does not answer like lg.ko"));
  *missing = info.host_missing;
  if (info.version != LGUEST_DEVICE_VERSION
      || info.guest_version != LGUEST_GUEST_VERSION)
    {
      snprintf (text, sizeof text,
                _("lg.ko speaks versions %u and %u of the device and the"
                  " guest interface, this lguest speaks %d and %d"),
                info.version, info.guest_version, LGUEST_DEVICE_VERSION,
                LGUEST_GUEST_VERSION);
      return report_device ("version", text);
    }
  return 0;
}

/**
 * check_host - say what this machine lacks, one line each
 *
 * Returns the exit status: 0 if Guests can run; STATUS_CHECK plus the number
 * of the lowest LGUEST_MISSING_ bit if the machine cannot; STATUS_DEVICE if
 * only lg.ko stands in the way.
 */
int
check_host (void)
{
  uint32_t missing = look_around ();
  const int device_status = ask_module (&missing);
  const int status = report (missing);

  if (status)
    return status;
  if (device_status)
    return device_status;
  printf (_("this machine can run lguest guests\n"));
  return 0;
}
