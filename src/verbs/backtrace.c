/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs/backtrace.c - lguest backtrace: where is a Guest, and how did it come
 * there?
 */
#include <config.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <lguest/control.h>

#include "backtrace.h"
#include "i18n.h"
#include "json.h"
#include "kernel_symbols.h"
#include "log.h"
#include "verbs/verb.h"

#define PATH_BYTES 4096

const struct verb_option verb_backtrace_options[] =
{
  { "json", 'j', NULL, N_("write JSON, for programs") },
  { "symbols", 's', N_("FILE"),
    N_("the kernel's vmlinux or System.map, for names") },
  { NULL, 0, NULL, NULL },
};

static const char *const mode_names[] =
{
  [LGUEST_VCPU_OFF] = "off",
  [LGUEST_VCPU_KERNEL] = "kernel",
  [LGUEST_VCPU_USER] = "user",
};

/* The Guest's kernel, as we can open it: what its launcher says may be
   relative to the folder that it was started in. */
static void
kernel_path (const struct lguest_status *status, char *path, size_t size)
{
  const char *kernel = lguest_status_kernel (status);

  if (kernel[0] == '/')
    snprintf (path, size, "%s", kernel);
  else
    snprintf (path, size, "/proc/%ld/cwd/%s",
              (long) lguest_status_pid (status), kernel);
}

/* Without names, addresses have to do. */
static void
find_symbols (struct lguest_guest *guest, struct symbols *symbols,
              char *found, size_t size)
{
  struct lguest_status *status;
  char kernel[PATH_BYTES];

  found[0] = '\0';
  if (lguest_get_status (guest, &status) != LGUEST_OK)
    return;
  kernel_path (status, kernel, sizeof kernel);
  if (!kernel_symbols_find (symbols, kernel, found, size))
    {
      found[0] = '\0';
      log_message (_("%s: no names: they are neither in its kernel nor beside"
                     " it; --symbols tells where they are"),
                   lguest_guest_name (guest));
    }
  lguest_status_free (status);
}

/* False beyond the last. */
static bool
get_frame (const struct lguest_backtrace *backtrace, unsigned vcpu, size_t i,
           struct backtrace_frame *frame)
{
  unsigned flags;

  if (!lguest_backtrace_frame (backtrace, vcpu, i, &frame->address, &flags))
    return false;
  frame->returns = flags & LGUEST_FRAME_RETURNS;
  frame->guess = flags & LGUEST_FRAME_GUESS;
  frame->user = lguest_backtrace_mode (backtrace, vcpu) == LGUEST_VCPU_USER;
  return true;
}

static void
print_text (const struct lguest_backtrace *backtrace,
            const struct symbols *symbols, const char *found)
{
  struct backtrace_frame frame;
  unsigned vcpu;
  size_t i;

  if (found[0])
    {
      printf (_("names are from "));
      verb_print_clean (found);
      putchar ('\n');
    }
  for (vcpu = 0; vcpu < lguest_backtrace_vcpus (backtrace); vcpu++)
    {
      printf ("vcpu %u: %s\n", vcpu,
              mode_names[lguest_backtrace_mode (backtrace, vcpu)]);
      for (i = 0; get_frame (backtrace, vcpu, i, &frame); i++)
        {
          char text[BACKTRACE_TEXT_SIZE];

          backtrace_text (&frame, symbols, text, sizeof text);
          printf ("  ");
          verb_print_clean (text);
          putchar ('\n');
        }
    }
}

static void
print_hexadecimal (struct json *json, const char *name, uint64_t number)
{
  char text[32];

  snprintf (text, sizeof text, "0x%" PRIx64, number);
  json_name (json, name);
  json_text (json, text);
}

static void
print_count (struct json *json, const char *name, uint64_t number)
{
  char text[32];

  snprintf (text, sizeof text, "%" PRIu64, number);
  json_name (json, name);
  json_number (json, text);
}

static void
print_json_frame (struct json *json, const struct backtrace_frame *frame,
                  const struct symbols *symbols)
{
  const struct symbol *symbol;
  uint64_t size;

  json_begin (json, '{');
  print_hexadecimal (json, "address", frame->address);
  symbol = frame->user ? NULL
    : symbols_find (symbols, frame->address - frame->returns, &size);
  if (symbol)
    {
      json_name (json, "function");
      json_text (json, symbol->name);
      print_count (json, "offset", frame->address - symbol->address);
      print_count (json, "size", size);
    }
  json_name (json, "guess");
  json_boolean (json, frame->guess);
  json_end (json, '}');
}

static void
print_json (const struct lguest_backtrace *backtrace,
            const struct symbols *symbols, const char *found)
{
  struct json json = { .file = stdout };
  struct backtrace_frame frame;
  unsigned vcpu;
  size_t i;

  json_begin (&json, '{');
  if (found[0])
    {
      json_name (&json, "symbols");
      json_text (&json, found);
    }
  json_name (&json, "vcpus");
  json_begin (&json, '[');
  for (vcpu = 0; vcpu < lguest_backtrace_vcpus (backtrace); vcpu++)
    {
      json_begin (&json, '{');
      print_count (&json, "vcpu", vcpu);
      json_name (&json, "mode");
      json_text (&json, mode_names[lguest_backtrace_mode (backtrace, vcpu)]);
      json_name (&json, "frames");
      json_begin (&json, '[');
      for (i = 0; get_frame (backtrace, vcpu, i, &frame); i++)
        print_json_frame (&json, &frame, symbols);
      json_end (&json, ']');
      json_end (&json, '}');
    }
  json_end (&json, ']');
  json_end (&json, '}');
}

int
verb_backtrace (const struct verb *verb, int argc, char **argv)
{
  struct lguest_backtrace *backtrace;
  struct symbols symbols = { 0 };
  const char *file = NULL;
  struct lguest_guest *guest;
  enum lguest_result result;
  char found[PATH_BYTES] = "";
  struct failure failure;
  bool as_json = false;
  int option;

  while ((option = verb_next_option (verb, argc, argv)) != VERB_OPTIONS_END)
    switch (option)
      {
      case 'j':
        as_json = true;
        break;
      case 's':
        file = optarg;
        break;
      case VERB_OPTIONS_HELP:
        return 0;
      default:
        return STATUS_USAGE;
      }
  if (argc - optind != 1)
    return verb_usage_error (verb, _("which guest?"));
  /* What is wrong with the file is said before the Guest is disturbed. */
  if (file && !kernel_symbols_load (&symbols, file, &failure))
    {
      symbols_free (&symbols);
      return failure_show (&failure);
    }
  guest = verb_connect (argv[optind]);
  if (!guest)
    {
      symbols_free (&symbols);
      return STATUS_ERROR;
    }
  if (file)
    snprintf (found, sizeof found, "%s", file);
  else
    find_symbols (guest, &symbols, found, sizeof found);
  result = lguest_get_backtrace (guest, &backtrace);
  lguest_disconnect (guest);
  if (result == LGUEST_OK)
    {
      if (as_json)
        print_json (backtrace, &symbols, found);
      else
        print_text (backtrace, &symbols, found);
      lguest_backtrace_free (backtrace);
    }
  symbols_free (&symbols);
  return verb_show_failure (result);
}
