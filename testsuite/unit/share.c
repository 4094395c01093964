/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share.c - a shared folder, with a good client and with bad ones.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "devices/share.h"
#include "driver.h"
#include "share/protocol.h"
#include "unit.h"

#define SLOT 1
#define NO_FID UINT32_MAX

/* Where the answer goes, in guest memory. */
#define ANSWER (DATA + 0x40000)

/* Fids of the tests. */
enum
{
  ROOT,
  FID,
  OTHER,
};

static struct share_server server;
static uint8_t request_bytes[SHARE_MESSAGE_MAX];
static uint8_t answer_bytes[SHARE_MESSAGE_MAX];
static struct message request, answer;
static char folder[] = "/tmp/lguest-share-XXXXXX";

/*
 * A client.
 */

static void
begin (unsigned type)
{
  request = (struct message) { request_bytes, sizeof request_bytes, 0, false };
  message_put (&request, 4, 0);
  message_put (&request, 1, type);
  message_put (&request, 2, 77);
}

static void
put (unsigned bytes, uint64_t value)
{
  message_put (&request, bytes, value);
}

static void
put_text (const char *text)
{
  message_put_text (&request, text, strlen (text));
}

static uint64_t
get (unsigned bytes)
{
  return message_get (&answer, bytes);
}

/* Send what was begun.  Returns 0 or the errno that comes; -1 if nothing
   does, -2 if what comes is wrong. */
static int
ask (void)
{
  const size_t length = request.at;
  const unsigned type = request_bytes[4];

  request.at = 0;
  put (4, length);
  answer = (struct message) { answer_bytes, 0, 0, false };
  answer.size = share_server_handle (&server, request_bytes, length,
                                     answer_bytes, sizeof answer_bytes);
  if (answer.size == 0)
    return -1;
  if (get (4) != answer.size)
    return -2;
  get (1);
  if (get (2) != 77)
    return -2;
  if (answer_bytes[4] == P9_RLERROR)
    return get (4);
  return answer_bytes[4] == type + 1 ? 0 : -2;
}

static int
attach (void)
{
  begin (P9_TVERSION);
  put (4, sizeof request_bytes);
  put_text (P9_VERSION);
  if (ask () != 0)
    return -1;
  begin (P9_TATTACH);
  put (4, ROOT);
  put (4, NO_FID);
  put_text ("root");
  put_text ("/");
  put (4, 0);
  return ask ();
}

/* Walk along names that are divided by "|". */
static int
walk (uint32_t from, uint32_t to, const char *names)
{
  unsigned count = *names != '\0';
  const char *at;

  begin (P9_TWALK);
  put (4, from);
  put (4, to);
  for (at = names; *at; at++)
    count += *at == '|';
  put (2, count);
  for (at = names; count > 0; count--)
    {
      const size_t length = strcspn (at, "|");

      message_put_text (&request, at, length);
      at += length + 1;
    }
  return ask ();
}

static int
clunk (uint32_t fid)
{
  begin (P9_TCLUNK);
  put (4, fid);
  return ask ();
}

static int
open_fid (uint32_t fid, uint32_t flags)
{
  begin (P9_TLOPEN);
  put (4, fid);
  put (4, flags);
  return ask ();
}

/* Walk and open, for an instant. */
static int
try_open (const char *names, uint32_t flags)
{
  int error = walk (ROOT, FID, names);

  if (error)
    return error;
  error = open_fid (FID, flags);
  clunk (FID);
  return error;
}

static int
create (const char *name, uint32_t flags, uint32_t mode)
{
  walk (ROOT, FID, "");
  begin (P9_TLCREATE);
  put (4, FID);
  put_text (name);
  put (4, flags);
  put (4, mode);
  put (4, 0);
  return ask ();
}

static int
write_at (uint32_t fid, uint64_t offset, const char *text)
{
  begin (P9_TWRITE);
  put (4, fid);
  put (8, offset);
  put (4, strlen (text));
  memcpy (request.bytes + request.at, text, strlen (text));
  request.at += strlen (text);
  return ask ();
}

static int
read_at (uint32_t fid, uint64_t offset, uint32_t count, char *text)
{
  int error;
  size_t n;

  begin (P9_TREAD);
  put (4, fid);
  put (8, offset);
  put (4, count);
  error = ask ();
  text[0] = '\0';
  if (error)
    return error;
  n = get (4);
  if (n > count || n != answer.size - answer.at)
    return -2;
  memcpy (text, answer.bytes + answer.at, n);
  text[n] = '\0';
  return 0;
}

static int
make (unsigned type, const char *name, uint32_t mode)
{
  begin (type);
  put (4, ROOT);
  put_text (name);
  put (4, mode);
  if (type == P9_TMKNOD)
    {
      put (4, 1);
      put (4, 3);
    }
  put (4, 0);
  return ask ();
}

static int
make_link (const char *name, const char *target)
{
  begin (P9_TSYMLINK);
  put (4, ROOT);
  put_text (name);
  put_text (target);
  put (4, 0);
  return ask ();
}

static int
rename_to (const char *old, const char *new)
{
  begin (P9_TRENAMEAT);
  put (4, ROOT);
  put_text (old);
  put (4, ROOT);
  put_text (new);
  return ask ();
}

static int
unlink_name (const char *name, uint32_t flags)
{
  begin (P9_TUNLINKAT);
  put (4, ROOT);
  put_text (name);
  put (4, flags);
  return ask ();
}

static int
set_attributes (uint32_t fid, uint32_t valid, uint32_t mode, uint64_t size)
{
  begin (P9_TSETATTR);
  put (4, fid);
  put (4, valid);
  put (4, mode);
  put (4, 0);
  put (4, 0);
  put (8, size);
  put (8, 11);
  put (8, 0);
  put (8, 22);
  put (8, 0);
  return ask ();
}

static const char *
in_folder (const char *name)
{
  static char path[300];

  snprintf (path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void
host_write (const char *name, const char *text)
{
  FILE *file = fopen (in_folder (name), "w");

  fputs (text, file);
  fclose (file);
}

static mode_t
host_mode (const char *name)
{
  struct stat file;

  return lstat (in_folder (name), &file) == 0 ? file.st_mode : 0;
}

/*
 * The tests.
 */

static void
test_files (void)
{
  char text[100];
  struct stat file;

  check (attach () == 0 && get (1) == P9_QID_FOLDER,
         "the folder is attached");
  check (attach () == 0, "anew, after another version");
  check (create ("file", O_RDWR | P9_OPEN_CREATE, 0640) == 0
         && (host_mode ("file") & 07777) == 0640, "a file is made");
  check (write_at (FID, 3, "hello") == 0 && get (4) == 5, "written");
  check (read_at (FID, 0, 50, text) == 0 && memcmp (text, "\0\0\0hello", 9)
         == 0, "read");
  check (read_at (FID, 1000, 50, text) == 0 && !text[0],
         "behind its end there is nothing");
  check (set_attributes (FID, P9_SET_SIZE, 0, 4) == 0
         && stat (in_folder ("file"), &file) == 0 && file.st_size == 4,
         "made shorter");
  check (set_attributes (FID, P9_SET_MODE, 06755, 0) == 0
         && (host_mode ("file") & 07777) == 0755,
         "its mode is set, but no setuid, no setgid");
  check (set_attributes (FID, P9_SET_ATIME | P9_SET_MTIME
                         | P9_SET_ATIME_GIVEN | P9_SET_MTIME_GIVEN, 0, 0)
         == 0 && stat (in_folder ("file"), &file) == 0
         && file.st_atime == 11 && file.st_mtime == 22, "its times are set");
  begin (P9_TFSYNC);
  put (4, FID);
  put (4, 0);
  check (ask () == 0, "it is synchronised");
  begin (P9_TGETATTR);
  put (4, FID);
  put (8, P9_GET_BASIC);
  check (ask () == 0 && get (8) == P9_GET_BASIC && get (1) == 0
         && (get (4), get (8)) == file.st_ino && get (4) == file.st_mode,
         "its attributes are told");
  check (unlink_name ("file", 0) == 0 && read_at (FID, 0, 50, text) == 0
         && text[3] == 'h', "it can be read when its name is gone");
  begin (P9_TGETATTR);
  put (4, FID);
  put (8, P9_GET_BASIC);
  check (ask () == 0, "and its attributes as well");
  check (clunk (FID) == 0 && clunk (FID) == EBADF, "it is put away");
  check (make (P9_TMKDIR, "sub", 0777) == 0
         && (host_mode ("sub") & 07777) == 0777,
         "a folder is made, whatever our umask");
  check (make (P9_TMKDIR, "sub", 0777) == EEXIST, "once");
  check (make_link ("link", "/etc/passwd") == 0
         && S_ISLNK (host_mode ("link")), "a link is made");
  walk (ROOT, FID, "link");
  begin (P9_TREADLINK);
  put (4, FID);
  check (ask () == 0 && get (2) == 11, "and read");
  check (set_attributes (FID, P9_SET_MODE, 0777, 0) == EOPNOTSUPP,
         "it has no mode");
  clunk (FID);
  check (make (P9_TMKNOD, "fifo", S_IFIFO | 0600) == 0
         && S_ISFIFO (host_mode ("fifo")), "a fifo is made");
  check (rename_to ("fifo", "pipe") == 0 && host_mode ("pipe")
         && !host_mode ("fifo"), "and renamed");
  check (unlink_name ("sub", 0) == EISDIR
         && unlink_name ("sub", AT_REMOVEDIR) == 0
         && unlink_name ("pipe", 0) == 0 && unlink_name ("link", 0) == 0,
         "all are removed");
  begin (P9_TSTATFS);
  put (4, ROOT);
  check (ask () == 0 && get (4) != 0 && get (4) >= 512,
         "the file system is told of");
}

/* All of a folder, in pieces of that many bytes.  Returns the number of
   entries, or -1. */
static int
list (uint32_t bytes)
{
  uint64_t offset = 0;
  int entries = 0;

  walk (ROOT, FID, "many");
  open_fid (FID, O_RDONLY | P9_OPEN_FOLDER);
  for (;;)
    {
      size_t end;

      begin (P9_TREADDIR);
      put (4, FID);
      put (8, offset);
      put (4, bytes);
      if (ask () != 0 || get (4) > bytes)
        {
          entries = -1;
          break;
        }
      end = answer.size;
      if (answer.at == end)
        break;
      for (; answer.at < end; entries++)
        {
          char name[MESSAGE_NAME_SIZE];

          get (1);
          get (4);
          get (8);
          offset = get (8);
          get (1);
          if (!message_get_path (&answer, name, sizeof name))
            return -1;
        }
    }
  clunk (FID);
  return entries;
}

static void
test_folders (void)
{
  char name[40];
  int i;

  mkdir (in_folder ("many"), 0700);
  for (i = 0; i < 1000; i++)
    {
      snprintf (name, sizeof name, "many/with-a-longer-name-%d", i);
      host_write (name, "");
    }
  check (list (8192) == 1002, "all of a folder is listed");
  check (list (100) == 1002, "in small pieces as well");
  check (list (10) == -1, "but not in none");
  check (try_open ("many", O_RDWR) == EISDIR, "a folder is not written");
  for (i = 0; i < 1000; i++)
    {
      snprintf (name, sizeof name, "many/with-a-longer-name-%d", i);
      unlink (in_folder (name));
    }
  rmdir (in_folder ("many"));
}

static void
test_leaving (void)
{
  static const char *const out[] =
    { "..", "sub|..", "sub|..|..", "../x", "sub/../..", "/etc/passwd", "/",
      ".", "sub|.", "" "|", "absolute|passwd", "up|etc", "dot|..", "proc|self" };
  static const char *const bad[] = { "..", ".", "", "a/b", "/", "../x" };
  unsigned i, kept = 0, refused = 0;

  mkdir (in_folder ("sub"), 0700);
  if (symlink ("/etc", in_folder ("absolute")) != 0
      || symlink ("../../..", in_folder ("up")) != 0
      || symlink (".", in_folder ("dot")) != 0
      || symlink ("/proc", in_folder ("proc")) != 0)
    return;
  for (i = 0; i < sizeof out / sizeof *out; i++)
    {
      int error = walk (ROOT, FID, out[i]);

      /* Some steps may have succeeded; then there is no fid. */
      kept += error != 0 || clunk (FID) == EBADF;
    }
  check (kept == i, "no walk leads out of the folder");
  explain ("%u of %u", kept, i);
  check (walk (ROOT, FID, "absolute") == 0 && get (2) == 1
         && get (1) == P9_QID_LINK && open_fid (FID, O_RDONLY) == ELOOP,
         "a link is a link, and not opened");
  clunk (FID);
  check (create ("absolute", O_RDWR | P9_OPEN_CREATE, 0600) == ELOOP,
         "nor is anything made where it leads");
  clunk (FID);
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      refused += create (bad[i], O_RDWR | P9_OPEN_CREATE, 0600) > 0;
      clunk (FID);
      refused += make (P9_TMKDIR, bad[i], 0700) > 0;
      refused += make (P9_TMKNOD, bad[i], S_IFREG | 0700) > 0;
      refused += make_link (bad[i], "x") > 0;
      refused += rename_to ("sub", bad[i]) > 0;
      refused += rename_to (bad[i], "new") > 0;
      refused += unlink_name (bad[i], AT_REMOVEDIR) > 0;
    }
  check (refused == 7 * i && host_mode ("sub"),
         "what is no name is refused everywhere");
  explain ("%u of %u", refused, 7 * i);
  rmdir (in_folder ("sub"));
  unlink (in_folder ("absolute"));
  unlink (in_folder ("up"));
  unlink (in_folder ("dot"));
  unlink (in_folder ("proc"));
}

/* Other file systems that are mounted inside: the root folder has some. */
static void
test_mounts (void)
{
  struct share_server all = { .root = -1 };
  struct failure failure;
  const struct share_server kept = server;

  if (!share_server_open (&all, "/", true, &failure))
    return;
  server = all;
  attach ();
  check (walk (ROOT, FID, "proc") == EXDEV
         && walk (ROOT, FID, "dev|null") != 0,
         "other file systems inside are not entered");
  fids_clear (&server.fids);
  close (server.root);
  server = kept;
  attach ();
}

static void
test_devices (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int listener = socket (AF_UNIX, SOCK_STREAM, 0);

  check (make (P9_TMKNOD, "null", S_IFCHR | 0600) == EPERM
         && make (P9_TMKNOD, "disk", S_IFBLK | 0600) == EPERM
         && make (P9_TMKNOD, "socket", S_IFSOCK | 0600) == EPERM
         && make (P9_TMKNOD, "folder", S_IFDIR | 0600) == EPERM
         && make (P9_TMKNOD, "what", 0600) == EPERM,
         "no devices are made");
  if (mknod (in_folder ("null"), S_IFCHR | 0666, makedev (1, 3)) == 0)
    {
      check (try_open ("null", O_RDWR) == ENXIO, "none are opened");
      check (create ("null", O_RDWR | P9_OPEN_CREATE, 0600) == ENXIO,
             "nor made anew");
      clunk (FID);
      unlink (in_folder ("null"));
    }
  if (mkfifo (in_folder ("fifo"), 0600) != 0)
    return;
  check (try_open ("fifo", O_RDONLY) == ENXIO
         && try_open ("fifo", O_WRONLY) == ENXIO,
         "fifos are not opened: nobody waits for the other end");
  snprintf (address.sun_path, sizeof address.sun_path, "%s/sock", folder);
  if (bind (listener, (struct sockaddr *) &address, sizeof address) == 0)
    check (try_open ("sock", O_RDWR) == ENXIO, "sockets are not, either");
  close (listener);
  unlink (in_folder ("sock"));
  unlink (in_folder ("fifo"));
  check (make (P9_TMKNOD, "setuid", S_IFREG | 06755) == 0
         && (host_mode ("setuid") & 07777) == 0755,
         "a file that is made has no setuid");
  unlink (in_folder ("setuid"));
  check (create ("setuid", O_RDWR | P9_OPEN_CREATE, 07755) == 0
         && (host_mode ("setuid") & 07777) == 01755, "however it is made");
  clunk (FID);
  unlink (in_folder ("setuid"));
}

static void
test_read_only (void)
{
  unsigned refused = 0;
  char text[20];

  host_write ("file", "text");
  server.read_only = true;
  refused += create ("new", O_RDWR | P9_OPEN_CREATE, 0600) == EROFS;
  clunk (FID);
  refused += make (P9_TMKDIR, "new", 0700) == EROFS;
  refused += make (P9_TMKNOD, "new", S_IFREG | 0700) == EROFS;
  refused += make_link ("new", "x") == EROFS;
  refused += rename_to ("file", "new") == EROFS;
  refused += unlink_name ("file", 0) == EROFS;
  refused += try_open ("file", O_RDWR) == EROFS;
  refused += try_open ("file", O_WRONLY) == EROFS;
  refused += try_open ("file", O_RDONLY | P9_OPEN_TRUNCATE) == EROFS;
  walk (ROOT, FID, "file");
  refused += set_attributes (FID, P9_SET_MODE, 0, 0) == EROFS;
  begin (P9_TLINK);
  put (4, ROOT);
  put (4, FID);
  put_text ("new");
  refused += ask () == EROFS;
  open_fid (FID, O_RDONLY);
  refused += write_at (FID, 0, "x") == EROFS;
  check (refused == 12, "read-only: nothing can be changed");
  explain ("%u of 12", refused);
  check (read_at (FID, 0, 10, text) == 0 && strcmp (text, "text") == 0,
         "but read");
  clunk (FID);
  server.read_only = false;
  unlink (in_folder ("file"));
}

/*
 * A race: while the client opens "x", somebody changes it for a link to a
 * secret, and back.
 */

static volatile bool over;

static void *
change_again_and_again (void *unused)
{
  char x[300], y[300], z[300];

  (void) unused;
  snprintf (x, sizeof x, "%s/x", folder);
  snprintf (y, sizeof y, "%s/y", folder);
  snprintf (z, sizeof z, "%s/z", folder);
  while (!over)
    {
      rename (x, z);
      rename (y, x);
      rename (x, y);
      rename (z, x);
    }
  return NULL;
}

static void
test_races (void)
{
  char secret[] = "/tmp/lguest-secret-XXXXXX", text[20];
  const int fd = mkstemp (secret);
  unsigned i, seen = 0, leaked = 0;
  pthread_t thread;

  if (fd < 0 || write (fd, "secret", 6) != 6)
    return;
  host_write ("x", "public");
  if (symlink (secret, in_folder ("y")) != 0)
    return;
  pthread_create (&thread, NULL, change_again_and_again, NULL);
  for (i = 0; i < 20000; i++)
    {
      if (walk (ROOT, FID, "x") != 0)
        continue;
      if (open_fid (FID, O_RDONLY) == 0 && read_at (FID, 0, 10, text) == 0)
        {
          seen += strcmp (text, "public") == 0;
          leaked += strcmp (text, "secret") == 0;
        }
      clunk (FID);
      if (create ("x", O_RDONLY | P9_OPEN_CREATE, 0600) == 0
          && read_at (FID, 0, 10, text) == 0)
        leaked += strcmp (text, "secret") == 0;
      clunk (FID);
    }
  over = true;
  pthread_join (thread, NULL);
  check (seen > 0 && leaked == 0, "a race with the host gains nothing");
  explain ("%u seen, %u leaked", seen, leaked);
  unlink (in_folder ("x"));
  unlink (in_folder ("y"));
  unlink (in_folder ("z"));
  unlink (secret);
  close (fd);
}

static void
test_fids (void)
{
  unsigned i;

  check (walk (ROOT, ROOT + 100, "") == 0
         && walk (ROOT, ROOT + 100, "") == EBADF,
         "a fid that is in use is not given twice");
  clunk (ROOT + 100);
  check (walk (99, FID, "") == EBADF && open_fid (99, 0) == EBADF,
         "one that is not in use is refused");
  check (try_open ("", O_RDONLY) == 0, "the folder itself is opened");
  walk (ROOT, FID, "");
  check (open_fid (FID, 3) == EINVAL, "there are three ways to open");
  open_fid (FID, O_RDONLY);
  check (open_fid (FID, O_RDONLY) == EBADF, "what is open is not opened");
  check (walk (FID, FID, "") == EBADF, "nor walked away");
  clunk (FID);
  server.fids.limit = 10;
  for (i = 0; i < 20; i++)
    if (walk (ROOT, 1000 + i, "") != 0)
      break;
  check (i == 9 && walk (ROOT, FID, "") == ENFILE,
         "there cannot be too many");
  attach ();
  check (server.fids.count == 1, "another version forgets them all");
  server.fids.limit = 4096;
}

static void
test_messages (void)
{
  uint8_t small[20];
  unsigned type, good = 0, bad;

  begin (P9_TVERSION);
  put (4, 8192);
  put_text ("9P2000.u");
  check (ask () == 0 && get (4) == 8192 && get (2) == 7,
         "another protocol is not known");
  begin (P9_TVERSION);
  put (4, 100);
  put_text (P9_VERSION);
  check (ask () == EINVAL, "messages cannot be too short");
  attach ();
  for (type = 0; type < 256; type++)
    {
      begin (type);
      bad = ask ();
      good += bad == EOPNOTSUPP || bad == EINVAL || bad == EBADF
        || bad == ENOENT;
    }
  check (good == 256, "empty requests of every kind are refused");
  explain ("%u of 256", good);
  begin (P9_TCLUNK);
  put (4, ROOT);
  put (1, 0);
  check (ask () == EINVAL, "one that is too long, as well");
  begin (P9_TCLUNK);
  put (4, ROOT);
  check (share_server_handle (&server, request_bytes, request.at,
                              answer_bytes, sizeof answer_bytes) == 0,
         "one that lies about its length is none");
  check (share_server_handle (&server, request_bytes, 3, answer_bytes,
                              sizeof answer_bytes) == 0,
         "nor is one without a header");
  begin (P9_TGETATTR);
  put (4, ROOT);
  put (8, P9_GET_BASIC);
  request_bytes[0] = request.at;
  check (share_server_handle (&server, request_bytes, request.at, small,
                              sizeof small) == 11
         && small[4] == P9_RLERROR && small[7] == EMSGSIZE,
         "an answer that does not fit becomes an error");
  check (share_server_handle (&server, request_bytes, request.at, small, 10)
         == 0, "or nothing, if that does not fit either");
}

static uint32_t
random_next (void)
{
  static uint64_t state = 0x2545f4914f6cdd1d;

  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state >> 16;
}

/* Requests of every kind, with garbage in them. */
static void
test_garbage (void)
{
  unsigned i, j, wrong = 0, inside;
  struct stat file;

  mkdir (in_folder ("sub"), 0700);
  for (i = 0; i < 100000; i++)
    {
      const unsigned length = random_next () % 80;
      size_t answered;

      attach ();
      walk (ROOT, FID, random_next () & 1 ? "sub" : "");
      if (random_next () & 1)
        open_fid (FID, O_RDONLY);
      begin (random_next () % 64 * 2);
      for (j = 0; j < length; j++)
        /* Small numbers mean something. */
        put (1, random_next () & 1 ? random_next () % 4 : random_next ());
      j = request.at;
      request.at = 0;
      put (4, j);
      answered = share_server_handle (&server, request_bytes, j,
                                      answer_bytes, 4096);
      wrong += answered > 4096 || (answered && answered < 7);
    }
  inside = stat (folder, &file) == 0;
  check (wrong == 0 && inside && server.fids.count <= 4,
         "garbage does no harm");
}

/*
 * The device.
 */

static struct share share;

/* Send what was begun through the virtqueue. */
static void
send_request (const struct driver *driver, size_t bytes, uint32_t room)
{
  memcpy (guest.memory.base + DATA, request_bytes, request.at);
  memcpy (guest.memory.base + DATA, &(uint32_t) { request.at }, 4);
  set (0, DATA, bytes, VRING_DESC_F_NEXT);
  set (1, ANSWER, room, VRING_DESC_F_WRITE);
  offer (driver);
}

static void
test_device (void)
{
  struct driver driver = find_device (SLOT);
  char tag[20] = "";
  unsigned i;

  for (i = 0; i < 7; i++)
    tag[i] = pci_memory_read (&guest.bus, driver.config + i, 1);
  check (memcmp (tag, "\4\0home", 7) == 0, "the tag is in its configuration");
  start (&driver);
  raised ();
  begin (P9_TVERSION);
  put (4, 8192);
  put_text (P9_VERSION);
  send_request (&driver, request.at, 4096);
  check (wait_used (1) && used_length (0) == 7 + 4 + 2 + 8
         && guest.memory.base[ANSWER + 4] == P9_TVERSION + 1
         && raised () == SLOT, "the device answers");
  begin (P9_TATTACH);
  put (4, ROOT);
  put (4, NO_FID);
  put_text ("");
  put_text ("");
  put (4, 0);
  send_request (&driver, request.at, 4096);
  check (wait_used (2) && guest.memory.base[ANSWER + 4] == P9_TATTACH + 1,
         "and again");
  start (&driver);
  send_request (&driver, request.at, 4096);
  check (wait_used (1) && guest.memory.base[ANSWER + 4] == P9_TATTACH + 1,
         "after a reset all fids are forgotten");
  send_request (&driver, request.at - 1, 4096);
  check (wait_broken (&driver), "what is no request breaks it");
  start (&driver);
  send_request (&driver, request.at, 5);
  check (wait_broken (&driver), "a chain without room as well");
  start (&driver);
  send_request (&driver, SHARE_MESSAGE_MAX + 1, 4096);
  check (wait_broken (&driver), "or too long a request");
  start (&driver);
  send_request (&driver, request.at, 4096);
  check (wait_used (1), "it works again after a reset");
}

static int
remove_one (const char *path, const struct stat *file, int type,
            struct FTW *where)
{
  (void) file;
  (void) type;
  (void) where;
  return remove (path);
}

int
main (void)
{
  struct share_server none = { .root = -1 };
  struct failure failure;

  umask (022);
  guest.device_node = memfd_create ("node", MFD_CLOEXEC);
  if (!mkdtemp (folder)
      || !guest_memory_create (&guest.memory, MEMORY_BYTES, &failure)
      || !event_loop_create (&guest.loop))
    return 1;
  if (!freopen ("/dev/null", "w", stderr))
    return 1;
  check (!share_server_open (&none, "/nowhere", false, &failure)
         && strstr (failure.text, "cannot share /nowhere"),
         "a folder that is not there is not shared");
  check (!share_server_open (&none, "/etc/passwd", false, &failure)
         && strstr (failure.text, "cannot share"), "nor is a file");
  check (share_server_open (&server, folder, false, &failure),
         "a folder is");
  test_files ();
  test_folders ();
  test_leaving ();
  test_mounts ();
  test_devices ();
  test_read_only ();
  test_races ();
  test_fids ();
  test_messages ();
  test_garbage ();
  pci_bus_create (&guest.bus, MEMORY_BYTES);
  check (share_open (&share, folder, false, &failure)
         && share_start (&share, &failure)
         && share_create (&share, &guest, "home", &failure),
         "a device is made");
  test_device ();
  nftw (folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  return finish ();
}
