/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.c - are configuration files understood, and bad ones refused?
 */
#include <config.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_file.h"
#include "config_print.h"
#include "config_text.h"
#include "option_set.h"
#include "unit.h"

#define MIB ((uint64_t) 1 << 20)

/* Tests work in a directory of their own. */
static char directory[] = "/tmp/lguest-config-XXXXXX";

static struct options options;
static struct report report;
static struct failure failure;

static void
write_bytes (const char *name, const void *bytes, size_t size)
{
  int fd;

  /* Some file systems wait for the disk when a file is truncated. */
  unlink (name);
  fd = open (name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (fd < 0 || write (fd, bytes, size) != (ssize_t) size)
    abort ();
  close (fd);
}

static void
write_text (const char *name, const char *text)
{
  write_bytes (name, text, strlen (text));
}

static void
begin (void)
{
  report_free (&report);
  options_free (&options);
  if (!options_create (&options, &failure))
    abort ();
}

/* Have it read as the file "x.conf".  Returns whether nothing is wrong. */
static bool
load_bytes (const void *bytes, size_t size)
{
  write_bytes ("x.conf", bytes, size);
  begin ();
  config_file_load (&options, "x.conf", &report);
  return report_count (&report) == 0;
}

static bool
load_text (const char *text)
{
  return load_bytes (text, strlen (text));
}

static void
explain_report (void)
{
  unsigned i;

  for (i = 0; i < report.count; i++)
    explain ("%s", report.messages[i]);
}

/* Exactly these messages, in this order; the list ends with NULL. */
static void
expect (const char *fact, ...)
{
  const char *wanted;
  bool same = true;
  unsigned i = 0;
  va_list messages;

  va_start (messages, fact);
  while ((wanted = va_arg (messages, const char *)))
    {
      same = same && i < report.count
        && strncmp (report.messages[i], wanted, strlen (wanted)) == 0;
      i++;
    }
  va_end (messages);
  if (!check (same && i == report_count (&report), "%s", fact))
    explain_report ();
}

/* The options as a file; allocated. */
static char *
print (void)
{
  char *text;
  size_t size;
  FILE *file = open_memstream (&text, &size);

  config_print (&options, file);
  fclose (file);
  return text;
}

/* Does what is printed give the same again? */
static bool
round_trip (void)
{
  char *first = print (), *second;
  const bool good = load_text (first);
  bool same;

  second = print ();
  same = good && strcmp (first, second) == 0;
  if (!same)
    {
      explain_report ();
      explain ("%s", first);
      explain ("%s", second);
    }
  free (first);
  free (second);
  return same;
}

static const char everything[] =
  "# a comment, with \"quotes\" and { braces ${\n"
  "guest { name = web1 memory = 2G\n"
  "  cpus = 2   // two\n"
  "  rng = on no-reboot = true boot-timer = no verbose = off\n"
  "  timeout = 2h escape = '^A' /* keys\n } */\n"
  "}\n"
  "kernel {\n"
  "  image = \"a \\\"b\\\" \\$c \\\\d\" initrd = /i\n"
  "  append = {one, \"two three\"}\n"
  "  append += 'f\\our'\n"
  "}\n"
  "disk root { file = '\xc3\xa4.img' }\n"
  "disk \"da-ta\" {\n file = d\n read-only = yes\n}\n";

static void
test_good (void)
{
  if (!check (load_text (everything), "a file with everything"))
    explain_report ();
  check (options.name && strcmp (options.name, "web1") == 0
         && options.memory == 2048 * MIB && options.vcpus == 2
         && options.rng && options.no_reboot && !options.boot_timer
         && !options.verbose && options.timeout == 7200
         && options.escape == 1, "section guest");
  check (options.kernel && strcmp (options.kernel, "a \"b\" $c \\d") == 0
         && options.initrd && strcmp (options.initrd, "/i") == 0
         && options.append.count == 3
         && strcmp (options.append.items[0], "one") == 0
         && strcmp (options.append.items[1], "two three") == 0
         && strcmp (options.append.items[2], "f\\our") == 0,
         "section kernel");
  check (options.disk_count == 2
         && strcmp (options.disks[0].title, "root") == 0
         && strcmp (options.disks[0].file, "\xc3\xa4.img") == 0
         && !options.disks[0].read_only
         && strcmp (options.disks[1].title, "da-ta") == 0
         && options.disks[1].read_only, "sections disk");
  check (round_trip (), "what is printed is the same when read");
  check (load_text (""), "an empty file");
  check (round_trip (), "printed defaults are the same when read");
  check (load_text ("\xef\xbb\xbfguest {\r\n\tmemory = 64\r\n}\r\n")
         && options.memory == 64 * MIB, "CRLF and a byte order mark");
  check (load_text ("guest { memory = 64 }") && options.memory == 64 * MIB,
         "no newline at the end");
  check (load_text ("kernel { image = a#b\n}")
         && strcmp (options.kernel, "a") == 0, "a comment behind a word");
  check (load_text ("kernel { image = \"a#b//c\" }")
         && strcmp (options.kernel, "a#b//c") == 0, "no comment in quotes");
  check (load_text ("kernel { image = a//b }")
         && strcmp (options.kernel, "a//b") == 0, "no comment in a word");
  check (load_text ("kernel { append = {} }") && options.append.count == 0,
         "an empty list");
  check (load_text ("kernel { append = x }") && options.append.count == 1,
         "a list of one");
  setenv ("LGUEST_TEST", "from-outside", 1);
  unsetenv ("LGUEST_NONE");
  check (load_text ("kernel { image = \"x/${LGUEST_TEST}\""
                    " initrd = ${LGUEST_NONE:-other} }")
         && strcmp (options.kernel, "x/from-outside") == 0
         && strcmp (options.initrd, "other") == 0,
         "variables of the environment");
  check (load_text ("kernel { image = \"\\xe4\" }") && round_trip ()
         && strcmp (options.kernel + strlen (options.kernel) - 1, "\xe4")
         == 0, "names that are not UTF-8 can be written");
}

static void
test_errors (void)
{
  load_text ("guest {\n  memroy = 512M\n  name = 9x\n  memory = 64MB\n"
             "  cpus = 99999999999999999999\n  foo { a = b c { d = e } }\n"
             "  memory = 12\n}\ngest { a = {1,2} }\ndisk a { }\n"
             "disk a { fiel = x }\nname = x\nkernel {\n");
  expect ("all errors are said at once",
          "x.conf:2: section \"guest\" has no key \"memroy\"; did you mean"
          " \"memory\"?",
          "x.conf:6: section \"guest\" has no key \"foo\"",
          "x.conf:9: there is no section \"gest\"; did you mean \"guest\"?",
          "x.conf:11: section \"disk\" has no key \"fiel\"; did you mean"
          " \"file\"?",
          "x.conf:12: \"name\" is not known here: it is a key of section"
          " \"guest\"",
          "x.conf:13: a \"}\" is missing: section \"kernel\" does not end",
          "x.conf:7: \"memory\" is there twice: it is in line 4, too",
          "x.conf:11: this section \"a\" is there twice: one ends in line"
          " 10, too",
          "x.conf:3: name: \"9x\" is no name for a guest",
          "x.conf:4: memory: \"64MB\" is no size",
          "x.conf:5: cpus: \"99999999999999999999\" is no number", NULL);
  load_text ("guest { rng = maybe\n timeout = 0\n escape = ^1\n cpus = 65 }\n"
             "guest { timeout = 99999999999d }\n");
  expect ("wrong values",
          "x.conf:5: \"timeout\" is there twice",
          "x.conf:5: this section \"guest\" is there twice",
          "x.conf:1: rng: \"maybe\" is neither yes nor no",
          "x.conf:2: timeout: 0 is out of range",
          "x.conf:3: escape: \"^1\" is no escape key",
          "x.conf:4: cpus: 65 is out of range: from 1 to 64",
          "x.conf:5: timeout: ", NULL);
  load_text ("guest {\n  memory = 64\n\nkernel {\n  image = k\n}\n");
  expect ("a brace is missing before a section",
          "x.conf:4: \"kernel\" is a section, but section \"guest\" has not"
          " ended", NULL);
  load_text ("guest { memory = 64 }\n}\n");
  expect ("one brace too many", "x.conf:2: syntax error: ", NULL);
  load_text ("guest memory = 64 }\n");
  expect ("no opening brace", "x.conf:1: syntax error: ", NULL);
  load_text ("guest { memory 64 }\n");
  expect ("no equals sign", "x.conf:1: syntax error: ", NULL);
  load_text ("guest {\n memory = ");
  expect ("the end after an equals sign", "x.conf:2: the file ends too early",
          NULL);
  load_text ("guest {\n name = \"web\n}\n");
  expect ("a text does not end", "x.conf:3: the file ends too early", NULL);
  load_text ("guest {\n name = 'web\n}\n");
  check (report.count == 1, "a text in single quotes does not end");
  load_text ("\n/* guest { }\n");
  expect ("a comment does not end", "x.conf:2: the comment does not end",
          NULL);
  load_text ("disk { file = x }\n");
  expect ("a section needs its title", "x.conf:1: syntax error: ", NULL);
  load_text ("guest x { rng = yes }\n");
  expect ("a section has no title", "x.conf:1: syntax error: ", NULL);
  load_text ("disk \"a/b\" { file = x }\n");
  check (report.count == 2, "a title is a name");
  load_text ("_end = x\n");
  expect ("our own word is not known", "x.conf:1: there is no section"
          " \"_end\"", NULL);
  load_text ("kernel { append = a\n append = b\n}\n");
  expect ("a list twice", "x.conf:2: \"append\" is there twice", NULL);
  load_text ("kernel { image = \"\" }\n");
  expect ("an empty name of a file", "x.conf:1: image: the name of a file is"
          " missing", NULL);
  load_text ("kernel { append = \"a\\nb\" }\n");
  expect ("control characters by escapes", "x.conf:1: there are control"
          " characters in the value", NULL);
  load_text ("kernel { append = \"a\nb\" }\n");
  check (report.count == 1, "a newline in a text");
  load_text ("kernel { append = \"a\\x00b\" }\n");
  expect ("a zero by an escape", "x.conf:1: a text cannot have a zero byte",
          NULL);
  load_text ("kernel { append = \"a\\0\" }\n");
  expect ("a zero by an octal escape",
          "x.conf:1: a text cannot have a zero byte", NULL);
  load_text ("kernel { append = \"a\\999\" }\n");
  check (report.count == 1, "an escape that is none");
  load_text ("kernel { append = \"${HOME\"\n}\n");
  expect ("a variable does not end", "x.conf:1: \"${\" without \"}\"", NULL);
}

static void
test_bytes (void)
{
  static char large[CONFIG_FILE_BYTES_MAX + 1];
  const struct { const char *fact; const char *bytes; size_t size; } bad[] =
    {
      { "a zero byte", "guest { name = a\0 }", 19 },
      { "a zero byte first", "\0", 1 },
      { "a control character", "guest { name = \x1b }", 18 },
      { "half a character", "guest { name = \xc3 }", 18 },
      { "a character that is too long", "# \xc0\xaf", 4 },
      { "a surrogate", "# \xed\xa0\x80", 5 },
      { "UTF-16", "\xff\xfeg\0u\0e\0", 8 },
      { "a program", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16 },
      { "CR in the middle", "guest {\r name = a }", 19 },
    };
  unsigned i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    check (!load_bytes (bad[i].bytes, bad[i].size)
           && strstr (report.messages[0], "x.conf:1: "), "refused: %s",
           bad[i].fact);
  memset (large, 'a', sizeof large);
  check (!load_bytes (large, sizeof large)
         && strstr (report.messages[0], "too long"), "refused: a huge file");
  check (!load_bytes (large, sizeof large - 1)
         && strstr (report.messages[0], "line is too long"),
         "refused: a huge line");
  check (!load_bytes (large, CONFIG_LINE_BYTES_MAX), "refused: a long word");
  memset (large, '{', sizeof large);
  for (i = 100; i < sizeof large; i += 100)
    large[i] = '\n';
  check (!load_bytes (large, sizeof large - 1), "refused: braces only");
  for (i = 0; i < sizeof large - 10; i += 10)
    memcpy (large + i, "disk a {}\n", 10);
  check (!load_bytes (large, i) && report_count (&report) > 100
         && report.count <= 101, "refused: one section 26000 times");
  for (i = 0; i < sizeof large - 10; i += 10)
    memcpy (large + i, "memroy =1\n", 10);
  check (!load_bytes (large, i) && report.count == 20,
         "refused: 26000 unknown keys");
  for (i = 0; i < sizeof large - 8; i += 8)
    memcpy (large + i, "guest {\n", 8);
  check (!load_bytes (large, i), "refused: 32000 sections in each other");
}

/* A file that is none. */
static void
expect_file (const char *fact, const char *name, const char *message)
{
  begin ();
  config_file_load (&options, name, &report);
  expect (fact, message, NULL);
}

static void
test_files (void)
{
  unsigned i;

  mkdir ("d.conf", 0700);
  mkfifo ("f.conf", 0600);
  write_text ("u.conf", "guest { }");
  chmod ("u.conf", 0);
  expect_file ("a directory", "d.conf", "d.conf is not a regular file");
  expect_file ("a FIFO", "f.conf", "f.conf is not a regular file");
  expect_file ("a device", "/dev/zero", "/dev/zero is not a regular file");
  expect_file ("no file", "n.conf", "cannot open n.conf: No such file");
  if (geteuid () != 0)
    expect_file ("an unreadable file", "u.conf",
                 "cannot open u.conf: Permission denied");
  mkdir ("sub", 0700);
  write_text ("sub/a.conf", "kernel { image = k initrd = ../i }"
              " include(\"b.conf\")\n");
  write_text ("sub/b.conf", "guest { rng = yes memory = 1G }\n");
  write_text ("x.conf", "include(\"sub/a.conf\")\nguest { memory = 64 }\n"
              "kernel { append += x }\n");
  begin ();
  config_file_load (&options, "./x.conf", &report);
  check (report.count == 0 && options.rng && options.memory == 64 * MIB
         && strcmp (options.kernel, "sub/k") == 0
         && strcmp (options.initrd, "sub/../i") == 0,
         "includes, each relative to its file, and what is later counts");
  load_text ("\ninclude(\"x.conf\")\n");
  expect ("a file that includes itself", "x.conf:2: x.conf includes itself",
          NULL);
  write_text ("y.conf", "include(\"./x.conf\")\n");
  load_text ("include(\"y.conf\")\n");
  expect ("files that include each other",
          "y.conf:1: ./x.conf includes itself", NULL);
  symlink ("x.conf", "z.conf");
  load_text ("include(\"z.conf\")\n");
  expect ("a file that includes itself by another name",
          "x.conf:1: z.conf includes itself", NULL);
  for (i = 0; i < 12; i++)
    {
      char name[20], text[40];

      snprintf (name, sizeof name, "i%u.conf", i);
      snprintf (text, sizeof text, "include(\"i%u.conf\")\n", i + 1);
      write_text (name, i == 11 ? "" : text);
    }
  load_text ("include(\"i0.conf\")\n");
  expect ("files that include each other too deep",
          "i6.conf:1: files include each other more than 8 deep", NULL);
  write_text ("e.conf", "");
  write_text ("m.conf", "include(\"e.conf\")include(\"e.conf\")"
              "include(\"e.conf\")include(\"e.conf\")include(\"e.conf\")"
              "include(\"e.conf\")include(\"e.conf\")include(\"e.conf\")\n");
  load_text ("include(\"m.conf\")\ninclude(\"m.conf\")\ninclude(\"m.conf\")\n"
             "include(\"m.conf\")\ninclude(\"m.conf\")\ninclude(\"m.conf\")\n"
             "include(\"m.conf\")\ninclude(\"m.conf\")\n");
  expect ("too many files", "x.conf:8: more than 64 files are included",
          NULL);
  load_text ("include()\ninclude(a, b)\ninclude(\"no.conf\")\n"
             "include(\"d.conf\")\n");
  expect ("includes of nothing", "x.conf:1: say include(\"FILE\")",
          "x.conf:2: say include(\"FILE\")",
          "x.conf:3: cannot open no.conf: No such file or directory",
          "x.conf:4: d.conf is not a regular file", NULL);
  load_text ("guest { include(\"e.conf\") }\n");
  check (report.count == 1, "no includes in sections");
}

static void
test_names (void)
{
  mkdir ("user", 0700);
  mkdir ("system", 0700);
  mkdir ("user/web.conf.d", 0700);
  mkdir ("system/web.conf.d", 0700);
  write_text ("system/web.conf",
              "guest { memory = 64M cpus = 3 }\ndisk a { file = s }\n"
              "kernel { append = {a, b} }\n");
  write_text ("system/web.conf.d/10.conf", "guest { cpus = 4 }\n");
  write_text ("system/web.conf.d/9.conf", "guest { cpus = 5 rng = yes }\n");
  write_text ("system/web.conf.d/.hidden.conf", "guest { cpus = 6 }\n");
  write_text ("system/web.conf.d/other", "guest { cpus = 7 }\n");
  write_text ("user/web.conf.d/x.conf", "disk a { read-only = yes }\n"
              "kernel { append += c }\n");
  begin ();
  config_file_load_name (&options, "web", "user", "system", &report);
  if (!check (report.count == 0 && options.memory == 64 * MIB
              && options.vcpus == 5 && options.rng,
              "the system's file, and its drop-ins in their order"))
    explain_report ();
  check (options.disk_count == 1 && options.disks[0].read_only
         && strcmp (options.disks[0].file, "system/s") == 0
         && options.append.count == 3,
         "the user's drop-ins are for the system's file, too");
  write_text ("user/web.conf", "guest { memory = 32M }\n");
  begin ();
  config_file_load_name (&options, "web", "user", "system", &report);
  check (report.count == 0 && options.memory == 32 * MIB
         && options.vcpus == 1 && options.disk_count == 1,
         "the user's file counts more than the system's");
  begin ();
  config_file_load_name (&options, "none", "user", "system", &report);
  expect ("no such guest", "there is no guest \"none\": neither"
          " user/none.conf nor system/none.conf exists", NULL);
  begin ();
  config_file_load_guest (&options, "../web", &report);
  check (report.count == 1, "a path is a file, even without .conf");
  begin ();
  config_file_load_guest (&options, "-x", &report);
  check (report.count == 1, "a guest's name is checked");
  begin ();
  config_file_load_guest (&options, "user/web.conf", &report);
  check (report.count == 0 && strcmp (options.name, "web") == 0,
         "the guest has its file's name");
}

static void
test_set (void)
{
  static const char *const bad[] =
    { "", "=", ".", "guest=", "guest.memory", "guest.=1", ".memory=1",
      "guest.memory=x", "guest.memroy=1", "gest.memory=1", "guest.a.memory=1",
      "disk.file=x", "disk.9.file=x", "disk.a.file=", "disk.a.fiel=x" };
  unsigned i;

  begin ();
  check (option_set_line (&options, "guest.memory=64", &failure)
         && options.memory == 64 * MIB, "--set of a key");
  check (option_set_line (&options, "disk.a.b.file=x=y.z", &failure)
         && options.disk_count == 1
         && strcmp (options.disks[0].title, "a.b") == 0
         && strcmp (options.disks[0].file, "x=y.z") == 0,
         "--set of a key of a section with a title");
  check (option_set_line (&options, "kernel.append=a", &failure)
         && option_set_line (&options, "kernel.append+=b", &failure)
         && options.append.count == 2
         && option_set_line (&options, "kernel.append=c", &failure)
         && options.append.count == 1, "--set of a list");
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    check (!option_set_line (&options, bad[i], &failure)
           && failure.status == STATUS_USAGE, "refused: --set=%s", bad[i]);
}

/* Whatever it is: either there is a message, or it can be printed and read
   again. */
static bool
survives (const char *bytes, size_t size)
{
  return !load_bytes (bytes, size) || round_trip ();
}

static unsigned
next_random (void)
{
  static uint32_t state = 0x9e3779b9;

  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/* Texts that are almost right: all beginnings, single bytes changed, pieces
   doubled and swapped.  The same in each run. */
static void
test_mutations (void)
{
  static const char alphabet[] = "{}()=+,\"'\\#/*$ \n\t\0\xff\xc3" "ax0";
  const size_t size = sizeof everything - 1;
  char bytes[2 * sizeof everything];
  bool good = true;
  unsigned i;

  for (i = 0; i <= size && good; i++)
    good = survives (everything, i);
  check (good, "every beginning of a file");
  for (i = 0; i < 3000 && good; i++)
    {
      unsigned changes = 1 + next_random () % 4;

      memcpy (bytes, everything, size);
      while (changes--)
        bytes[next_random () % size]
          = alphabet[next_random () % (sizeof alphabet - 1)];
      good = survives (bytes, size);
    }
  check (good, "3000 files with a few wrong bytes");
  for (i = 0; i < 1000 && good; i++)
    {
      const size_t from = next_random () % size;
      const size_t length = next_random () % (size - from);
      const size_t to = next_random () % size;

      memcpy (bytes, everything, to);
      memcpy (bytes + to, everything + from, length);
      memcpy (bytes + to + length, everything + to, size - to);
      good = survives (bytes, size + length);
    }
  check (good, "1000 files with a piece of themselves in between");
}

static int
remove_one (const char *path, const struct stat *status, int type,
            struct FTW *place)
{
  (void) status;
  (void) type;
  (void) place;
  return remove (path);
}

int
main (void)
{
  if (!mkdtemp (directory) || chdir (directory) != 0)
    {
      perror (directory);
      return 2;
    }
  test_good ();
  test_errors ();
  test_bytes ();
  test_files ();
  test_names ();
  test_set ();
  test_mutations ();
  options_free (&options);
  report_free (&report);
  if (nftw (directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
    perror (directory);
  return finish ();
}
