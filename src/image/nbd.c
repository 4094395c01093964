/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image/nbd.c - images that another program serves: NBD.
 *
 * Each connection works for one thread at a time, so there are several.  Data
 * goes through a buffer of ours: the Guest's memory changes while a request
 * is under way.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "i18n.h"
#include "image/io_vector.h"
#include "image/nbd.h"

/* nbd:unix:PATH, and what libnbd calls a URI. */
#define PREFIX "nbd:unix:"
static const char *const schemes[] = { "nbd://", "nbd+unix://" };

/** nbd_recognize - is this no file, but where an NBD server is? */
bool
nbd_recognize (const char *name)
{
  size_t i;

  if (strncmp (name, PREFIX, sizeof PREFIX - 1) == 0)
    return true;
  for (i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (strncmp (name, schemes[i], strlen (schemes[i])) == 0)
      return true;
  return false;
}

#ifdef HAVE_LIBNBD

#include "image/libnbd_api.h"

/* One request to the server. */
#define PIECE_BYTES ((uint64_t) 256 << 10)

/* The longest that the protocol can discard or zero at once, and a bit. */
#define RANGE_BYTES ((uint64_t) 1 << 30)

/**
 * struct connection - one to the server
 * @handle: libnbd's; NULL if there is none
 * @busy: a thread works with it
 * @buffer: PIECE_BYTES
 */
struct connection
{
  struct nbd_handle *handle;
  bool busy;
  uint8_t *buffer;
};

/**
 * struct nbd - the image
 * @image: its common part
 * @operations: with the name of the format
 * @api: libnbd
 * @can_trim, @can_zero, @can_flush: what the server can
 * @server: our child, or 0
 * @lock: guards the rest
 * @idle: a connection is not busy any more
 * @connections: see there
 * @count: how many
 */
struct nbd
{
  struct image image;
  struct image_operations operations;
  const struct libnbd_api *api;
  bool can_trim;
  bool can_zero;
  bool can_flush;
  pid_t server;
  pthread_mutex_t lock;
  pthread_cond_t idle;
  struct connection connections[NBD_CONNECTIONS];
  unsigned count;
};

static struct connection *
take (struct nbd *nbd)
{
  struct connection *connection = NULL;
  unsigned i;

  pthread_mutex_lock (&nbd->lock);
  for (;;)
    {
      for (i = 0; i < nbd->count && !connection; i++)
        if (!nbd->connections[i].busy)
          connection = &nbd->connections[i];
      if (connection)
        break;
      pthread_cond_wait (&nbd->idle, &nbd->lock);
    }
  connection->busy = true;
  pthread_mutex_unlock (&nbd->lock);
  return connection;
}

/* After a request with this result.  Returns whether it was a success, with
   errno set otherwise. */
static bool
give (struct nbd *nbd, struct connection *connection, int result)
{
  int error = 0;

  if (result < 0)
    {
      error = nbd->api->get_errno ();
      if (error == 0)
        error = EIO;
    }
  pthread_mutex_lock (&nbd->lock);
  connection->busy = false;
  pthread_cond_signal (&nbd->idle);
  pthread_mutex_unlock (&nbd->lock);
  errno = error;
  return result >= 0;
}

static bool
nbd_image_read (struct image *image, const struct iovec *buffers,
                unsigned count, uint64_t offset, uint64_t bytes)
{
  struct nbd *nbd = (struct nbd *) image;
  struct io_vector vector = { buffers, count, 0 };
  struct connection *connection = take (nbd);
  int result = 0;

  while (result == 0 && bytes > 0)
    {
      const uint64_t piece = bytes < PIECE_BYTES ? bytes : PIECE_BYTES;

      result = nbd->api->pread (connection->handle, connection->buffer, piece,
                                offset, 0);
      if (result == 0)
        io_vector_fill (&vector, connection->buffer, piece);
      offset += piece;
      bytes -= piece;
    }
  return give (nbd, connection, result);
}

static bool
nbd_image_write (struct image *image, const struct iovec *buffers,
                 unsigned count, uint64_t offset, uint64_t bytes)
{
  struct nbd *nbd = (struct nbd *) image;
  struct io_vector vector = { buffers, count, 0 };
  struct connection *connection = take (nbd);
  int result = 0;

  while (result == 0 && bytes > 0)
    {
      const uint64_t piece = bytes < PIECE_BYTES ? bytes : PIECE_BYTES;

      io_vector_take (&vector, connection->buffer, piece);
      result = nbd->api->pwrite (connection->handle, connection->buffer,
                                 piece, offset, 0);
      offset += piece;
      bytes -= piece;
    }
  return give (nbd, connection, result);
}

static bool
nbd_image_flush (struct image *image)
{
  struct nbd *nbd = (struct nbd *) image;
  struct connection *connection;

  if (!nbd->can_flush)
    return true;
  connection = take (nbd);
  return give (nbd, connection, nbd->api->flush (connection->handle, 0));
}

static bool
nbd_image_discard (struct image *image, uint64_t offset, uint64_t bytes)
{
  struct nbd *nbd = (struct nbd *) image;
  struct connection *connection;
  int result = 0;

  if (!nbd->can_trim)
    return true;
  connection = take (nbd);
  while (result == 0 && bytes > 0)
    {
      const uint64_t piece = bytes < RANGE_BYTES ? bytes : RANGE_BYTES;

      result = nbd->api->trim (connection->handle, piece, offset, 0);
      offset += piece;
      bytes -= piece;
    }
  return give (nbd, connection, result);
}

static bool
nbd_image_zero (struct image *image, uint64_t offset, uint64_t bytes,
                bool unmap)
{
  struct nbd *nbd = (struct nbd *) image;
  struct connection *connection;
  int result = 0;

  if (!nbd->can_zero)
    {
      errno = EOPNOTSUPP;
      return false;
    }
  connection = take (nbd);
  while (result == 0 && bytes > 0)
    {
      const uint64_t piece = bytes < RANGE_BYTES ? bytes : RANGE_BYTES;

      result = nbd->api->zero (connection->handle, piece, offset,
                               unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE);
      offset += piece;
      bytes -= piece;
    }
  return give (nbd, connection, result);
}

static void
nbd_image_close (struct image *image)
{
  struct nbd *nbd = (struct nbd *) image;
  unsigned i;

  for (i = 0; i < NBD_CONNECTIONS; i++)
    {
      if (nbd->connections[i].handle)
        nbd->api->close (nbd->connections[i].handle);
      free (nbd->connections[i].buffer);
    }
  /* It ends when its last client has gone, with all written. */
  if (nbd->server)
    child_wait (nbd->server);
  pthread_cond_destroy (&nbd->idle);
  pthread_mutex_destroy (&nbd->lock);
  free (nbd);
}

static const struct image_operations nbd_operations =
{
  .format = "nbd",
  .read = nbd_image_read,
  .write = nbd_image_write,
  .flush = nbd_image_flush,
  .discard = nbd_image_discard,
  .zero = nbd_image_zero,
  .close = nbd_image_close,
};

static struct nbd *
nbd_new (struct failure *failure)
{
  const struct libnbd_api *api = libnbd_load (failure);
  struct nbd *nbd;

  if (!api)
    return NULL;
  nbd = calloc (1, sizeof *nbd);
  if (!nbd)
    {
      fail (failure, STATUS_ERROR, _("out of memory"));
      return NULL;
    }
  nbd->api = api;
  nbd->operations = nbd_operations;
  nbd->image.operations = &nbd->operations;
  pthread_mutex_init (&nbd->lock, NULL);
  pthread_cond_init (&nbd->idle, NULL);
  return nbd;
}

static bool
complain (struct nbd *nbd, const char *name, struct failure *failure)
{
  return fail (failure, STATUS_ERROR, _("cannot open disk %s: %s"), name,
               nbd->api->get_error ());
}

/* A new connection that is not connected yet. */
static struct nbd_handle *
add_connection (struct nbd *nbd)
{
  struct connection *connection = &nbd->connections[nbd->count];

  connection->buffer = malloc (PIECE_BYTES);
  connection->handle = nbd->api->create ();
  if (!connection->buffer || !connection->handle)
    return NULL;
  nbd->count++;
  return connection->handle;
}

/* With one connection: what is at the other end? */
static bool
ask (struct nbd *nbd, const char *name, bool read_only,
     struct failure *failure)
{
  struct nbd_handle *handle = nbd->connections[0].handle;
  const int64_t bytes = nbd->api->get_size (handle);

  if (bytes < 0)
    return complain (nbd, name, failure);
  nbd->image.bytes = bytes;
  nbd->image.read_only = read_only;
  nbd->can_trim = nbd->api->can_trim (handle) > 0;
  nbd->can_zero = nbd->api->can_zero (handle) > 0;
  nbd->can_flush = nbd->api->can_flush (handle) > 0;
  if (!read_only && nbd->api->is_read_only (handle) != 0)
    return fail (failure, STATUS_ERROR,
                 _("disk %s can only be read; say \"ro\", or overlay="), name);
  return true;
}

/* Connect once more, as @name says. */
static bool
connect_once (struct nbd *nbd, const char *name, struct failure *failure)
{
  struct nbd_handle *handle = add_connection (nbd);
  int result;

  if (!handle)
    return fail (failure, STATUS_ERROR, _("out of memory"));
  if (strncmp (name, PREFIX, sizeof PREFIX - 1) == 0)
    {
      char *path = strdup (name + sizeof PREFIX - 1);
      char *colon = path ? strchr (path, ':') : NULL;

      result = path ? 0 : -1;
      if (colon)
        {
          *colon = '\0';
          result = nbd->api->set_export_name (handle, colon + 1);
        }
      if (result == 0)
        result = nbd->api->connect_unix (handle, path);
      free (path);
    }
  else
    result = nbd->api->connect_uri (handle, name);
  return result == 0 || complain (nbd, name, failure);
}

/**
 * nbd_open - connect to a server
 * @name: nbd:unix:PATH[:EXPORT] or a URI
 *
 * NULL on failure.
 */
struct image *
nbd_open (const char *name, bool read_only, struct failure *failure)
{
  struct nbd *nbd = nbd_new (failure);
  bool done;

  if (!nbd)
    return NULL;
  done = connect_once (nbd, name, failure)
    && ask (nbd, name, read_only, failure);
  /* More connections only if a flush on one counts for all. */
  if (done
      && (read_only
          || nbd->api->can_multi_conn (nbd->connections[0].handle) > 0))
    while (done && nbd->count < NBD_CONNECTIONS)
      done = connect_once (nbd, name, failure);
  if (done)
    return &nbd->image;
  nbd_image_close (&nbd->image);
  return NULL;
}

/**
 * nbd_open_sockets - use connections that are there already
 * @sockets: NBD_CONNECTIONS, ours from now on
 * @server: our child at the other end
 * @format, @name: what it serves
 *
 * NULL on failure; the server is waited for then.
 */
struct image *
nbd_open_sockets (const int *sockets, pid_t server, const char *format,
                  const char *name, bool read_only, struct failure *failure)
{
  struct nbd *nbd = nbd_new (failure);
  bool done = nbd;
  unsigned i;

  for (i = 0; i < NBD_CONNECTIONS; i++)
    {
      struct nbd_handle *handle = done ? add_connection (nbd) : NULL;

      if (!handle)
        {
          if (done)
            fail (failure, STATUS_ERROR, _("out of memory"));
          done = false;
          close (sockets[i]);
        }
      /* That takes the socket, whatever comes of it. */
      else if (nbd->api->connect_socket (handle, sockets[i]) != 0)
        done = complain (nbd, name, failure);
      if (done && i == 0)
        done = ask (nbd, name, read_only, failure);
    }
  if (!nbd)
    {
      child_wait (server);
      return NULL;
    }
  nbd->server = server;
  nbd->operations.format = format;
  if (done)
    return &nbd->image;
  nbd_image_close (&nbd->image);
  return NULL;
}

#else /* !HAVE_LIBNBD */

static struct image *
refuse (const char *name, struct failure *failure)
{
  fail (failure, STATUS_ERROR,
        _("disk %s: this lguest was built without libnbd (Debian:"
          " libnbd-dev)"), name);
  return NULL;
}

/** nbd_open - connect to a server; not in this lguest */
struct image *
nbd_open (const char *name, bool read_only, struct failure *failure)
{
  (void) read_only;
  return refuse (name, failure);
}

/** nbd_open_sockets - use connections that are there; not in this lguest */
struct image *
nbd_open_sockets (const int *sockets, pid_t server, const char *format,
                  const char *name, bool read_only, struct failure *failure)
{
  unsigned i;

  (void) format;
  (void) read_only;
  for (i = 0; i < NBD_CONNECTIONS; i++)
    close (sockets[i]);
  child_wait (server);
  return refuse (name, failure);
}

#endif /* HAVE_LIBNBD */
