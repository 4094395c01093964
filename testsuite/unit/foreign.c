/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign.c - images that qemu-nbd serves, and images that it shall not see.
 *
 * Where qemu-img, qemu-nbd or libnbd is missing, only headers are tested.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/foreign_header.h"
#include "image/open.h"
#include "image_data.h"
#include "unit.h"

static void
put_big_endian (uint8_t *to, unsigned bytes, uint64_t value)
{
  while (bytes-- > 0)
    {
      to[bytes] = value;
      value >>= 8;
    }
}

static bool
refuses (const char *name, enum image_format format, const char *why)
{
  return !foreign_header_check (file_name (name), format, false, &failure)
    && strstr (failure.text, why);
}

static void
test_qcow2_headers (void)
{
  uint8_t header[512] = { 'Q', 'F', 'I', 0xfb };

  put_big_endian (header + 4, 4, 3);
  file_write ("q", header, sizeof header);
  check (foreign_header_check (file_name ("q"), IMAGE_FORMAT_QCOW2, false,
                               &failure), "qcow2: a header is accepted");
  put_big_endian (header + 8, 8, 512);
  file_write ("q", header, sizeof header);
  check (refuses ("q", IMAGE_FORMAT_QCOW2, "backing=yes"),
         "qcow2: refused: another image below");
  check (foreign_header_check (file_name ("q"), IMAGE_FORMAT_QCOW2, true,
                               &failure), "qcow2: unless that was allowed");
  put_big_endian (header + 8, 8, 0);
  put_big_endian (header + 32, 4, 1);
  file_write ("q", header, sizeof header);
  check (refuses ("q", IMAGE_FORMAT_QCOW2, "encrypted"),
         "qcow2: refused: encrypted");
  put_big_endian (header + 32, 4, 0);
  put_big_endian (header + 72, 8, 4);
  file_write ("q", header, sizeof header);
  check (refuses ("q", IMAGE_FORMAT_QCOW2, "another file"),
         "qcow2: refused: data in another file");
  put_big_endian (header + 4, 4, 4);
  file_write ("q", header, sizeof header);
  check (refuses ("q", IMAGE_FORMAT_QCOW2, "version"),
         "qcow2: refused: a version that is not known");
  file_write ("q", header, 20);
  check (refuses ("q", IMAGE_FORMAT_QCOW2, "no qcow2"),
         "qcow2: refused: a short file");
}

static void
test_vmdk_headers (void)
{
  uint8_t image[1024] = { 'K', 'D', 'M', 'V' };
  static const char list[] = "# Disk DescriptorFile\nversion=1\n"
    "RW 100 FLAT \"/etc/shadow\" 0\n";
  char text[sizeof image] = "";

  image[28] = image[36] = 1;
  strcpy ((char *) image + 512, "parentCID=ffffffff\n");
  file_write ("v", image, sizeof image);
  check (foreign_header_check (file_name ("v"), IMAGE_FORMAT_VMDK, false,
                               &failure), "vmdk: a header is accepted");
  strcpy ((char *) image + 512, "parentCID=12345678\n");
  file_write ("v", image, sizeof image);
  check (refuses ("v", IMAGE_FORMAT_VMDK, "backing=yes"),
         "vmdk: refused: another image below");
  image[35] = 0xff;
  file_write ("v", image, sizeof image);
  check (refuses ("v", IMAGE_FORMAT_VMDK, "no sense"),
         "vmdk: refused: a description far away");
  image[35] = 0;
  image[43] = 0xff;
  file_write ("v", image, sizeof image);
  check (refuses ("v", IMAGE_FORMAT_VMDK, "no sense"),
         "vmdk: refused: a description that is too long");
  strcpy (text, list);
  file_write ("v", text, sizeof text);
  check (refuses ("v", IMAGE_FORMAT_VMDK, "list of other files"),
         "vmdk: refused: a list of files");
}

/* Run a command in our directory. */
static bool
run (const char *format, const char *name)
{
  char command[1024];

  snprintf (command, sizeof command, format, file_name ("raw"),
            file_name (name));
  return system (command) == 0;
}

/* Our child of that name, or 0. */
static pid_t
find_server (void)
{
  char path[64], text[256];
  DIR *processes = opendir ("/proc");
  struct dirent *entry;
  pid_t found = 0;

  while (processes && (entry = readdir (processes)))
    {
      const int pid = atoi (entry->d_name);
      int parent = 0;
      FILE *file;

      snprintf (path, sizeof path, "/proc/%d/stat", pid);
      file = pid > 0 ? fopen (path, "r") : NULL;
      if (file && fgets (text, sizeof text, file) && strstr (text, "(qemu-nbd)")
          && sscanf (strrchr (text, ')') + 1, " %*c %d", &parent) == 1
          && parent == getpid ())
        found = pid;
      if (file)
        fclose (file);
    }
  if (processes)
    closedir (processes);
  return found;
}

static void
test_format (const char *format, const char *convert)
{
  struct image_settings settings = { .read_only = true };
  static uint8_t block[8192], again[8192];
  struct image *image, *other;

  if (!check (run (convert, format), "%s: is made", format))
    return;
  settings.name = strdup (file_name (format));
  image_format_find (format, &settings.format);
  image = image_open (&settings, &failure);
  if (!check (image && strcmp (image->operations->format, format) == 0,
              "%s: is opened", format))
    {
      explain ("%s", failure.text);
      return;
    }
  /* Some formats have only whole clusters. */
  image->bytes = DATA_BYTES;
  check (image_is_data (image), "%s: is what was converted", format);
  check (image_threads_agree (image, image_data), "%s: threads agree",
         format);
  image_close (image);
  check (find_server () == 0, "%s: qemu-nbd has ended", format);
  settings.read_only = false;
  image = image_open (&settings, &failure);
  if (!check (image, "%s: is opened for writing", format))
    {
      explain ("%s", failure.text);
      return;
    }
  memset (block, 'w', sizeof block);
  check (image_write_flat (image, block, 100 * 512, sizeof block)
         && image_zero (image, 200 * 512, sizeof block, true)
         && image_discard (image, 300 * 512, sizeof block)
         && image_flush (image), "%s: is written", format);
  other = image_open (&settings, &failure);
  check (!other, "%s: is used once", format);
  image_close (other);
  image_close (image);
  image = image_open (&settings, &failure);
  check (image && image_read_flat (image, again, 100 * 512, sizeof again)
         && memcmp (block, again, sizeof again) == 0
         && image_read_flat (image, again, 200 * 512, sizeof again)
         && again[0] == 0 && again[8191] == 0,
         "%s: what was written is there", format);
  kill (find_server (), SIGKILL);
  check (image && !image_read_flat (image, again, 0, 512)
         && !image_write_flat (image, block, 0, 512)
         && !image_flush (image) && !image_flush (image),
         "%s: without qemu-nbd all is an I/O error", format);
  image_close (image);
  settings.overlay = IMAGE_OVERLAY_EPHEMERAL;
  image = image_open (&settings, &failure);
  check (image && image_write_flat (image, again, 100 * 512, 512),
         "%s: has an overlay", format);
  image_close (image);
}

/* kill -9 of who uses it: what was flushed is there, and qemu-nbd is gone. */
static void
test_killed (void)
{
  struct image_settings settings = { .format = IMAGE_FORMAT_QCOW2 };
  uint8_t block[4096];
  struct image *image;
  int pipes[2], i;
  pid_t child;
  char byte;

  settings.name = strdup (file_name ("qcow2"));
  memset (block, 'k', sizeof block);
  if (pipe (pipes) != 0)
    return;
  child = fork ();
  if (child == 0)
    {
      image = image_open (&settings, &failure);
      if (image && image_write_flat (image, block, 1 << 20, sizeof block)
          && image_flush (image))
        write (pipes[1], "+", 1);
      pause ();
    }
  close (pipes[1]);
  check (read (pipes[0], &byte, 1) == 1, "qcow2: a child has flushed");
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  close (pipes[0]);
  /* Its lock says when it has gone. */
  for (i = 0; i < 100; i++)
    {
      image = image_open (&settings, &failure);
      if (image)
        break;
      usleep (50000);
    }
  memset (block, 0, sizeof block);
  check (image && image_read_flat (image, block, 1 << 20, sizeof block)
         && block[0] == 'k' && block[4095] == 'k',
         "qcow2: kill -9 leaves what was flushed, and no qemu-nbd");
  image_close (image);
}

static void
test_missing (void)
{
  struct image_settings settings
    = { .format = IMAGE_FORMAT_QCOW2, .read_only = true };
  char *path = strdup (getenv ("PATH"));
  struct image *image;

  settings.name = strdup (file_name ("qcow2"));
  setenv ("PATH", "/nowhere", 1);
  image = image_open (&settings, &failure);
  check (!image && strstr (failure.text, "qemu-utils"),
         "the package of qemu-nbd is named when it is missing");
  explain ("%s", failure.text);
  setenv ("PATH", path, 1);
  settings.name = "nbd:unix:/nowhere/socket";
  settings.format = IMAGE_FORMAT_AUTO;
  image = image_open (&settings, &failure);
  check (!image && failure.text[0], "a socket that is not there is refused");
}

static bool
have_qemu (void)
{
#ifdef HAVE_LIBNBD
  return system ("qemu-img --version >/dev/null 2>&1"
                 " && qemu-nbd --version >/dev/null 2>&1") == 0;
#else
  return false;
#endif
}

int
main (void)
{
  if (!freopen ("/dev/null", "w", stderr) || !image_data_create ())
    return 1;
  signal (SIGPIPE, SIG_IGN);
  test_qcow2_headers ();
  test_vmdk_headers ();
  file_write ("raw", image_data, DATA_BYTES);
  image_alignment = 512;
  if (have_qemu ())
    {
      test_format ("qcow2", "qemu-img convert -f raw -O qcow2 -c %s %s");
      test_format ("vmdk", "qemu-img convert -f raw -O vmdk %s %s");
      test_format ("vhdx", "qemu-img convert -f raw -O vhdx %s %s");
      test_killed ();
      test_missing ();
    }
  image_data_destroy ();
  return finish ();
}
