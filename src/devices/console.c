/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/console.c - the Guest's consoles.
 *
 * Each port of the device is a console, joined to a line (console_line.c).
 * With one port it is the simplest console there is.  With more, the device
 * and its driver talk about ports by two control queues.
 *
 * Output is taken by a thread of its own per port, input is given by the main
 * thread.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>

#include "devices/console.h"
#include "devices/virtio_state.h"
#include "fd_io.h"
#include "i18n.h"
#include "log.h"
#include "status.h"
#include "terminal.h"

/* The queues of port 0, those about ports, and where further ports begin. */
enum console_queue
{
  QUEUE_INPUT,
  QUEUE_OUTPUT,
  QUEUE_TO_DRIVER,
  QUEUE_FROM_DRIVER,
  QUEUE_MORE,
};

/* What we have to tell the driver about a port, in this order. */
enum console_message
{
  MESSAGE_ADD = 1,
  MESSAGE_CONSOLE = 2,
  MESSAGE_OPEN = 4,
  MESSAGE_RESIZE = 8,
  MESSAGES = 15,
};

/* What goes with VIRTIO_CONSOLE_RESIZE, as Linux reads it. */
struct resize
{
  struct virtio_console_control control;
  uint16_t rows;
  uint16_t columns;
} __attribute__ ((packed));

/* Written at once; between two pieces we look whether it still matters. */
#define OUTPUT_PIECE_BYTES ((size_t) 64 << 10)

/* How long the last words of a Guest may take. */
#define FLUSH_SECONDS 2

static unsigned
device_life (struct virtio_device *device)
{
  return __atomic_load_n (&device->life, __ATOMIC_RELAXED);
}

static bool
has_many_ports (const struct console *console)
{
  return console->device.accepted >> VIRTIO_CONSOLE_F_MULTIPORT & 1;
}

/*
 * Output.
 */

/* Write what the Guest has in one chain. */
static void
write_chain (struct console_port *port, struct chain *chain, unsigned life)
{
  struct virtio_device *device = &port->console->device;
  unsigned i;

  for (i = 0; i < chain->out_count; i++)
    {
      const uint8_t *rest = chain->out[i].iov_base;
      size_t length = chain->out[i].iov_len;

      while (length > 0 && device_life (device) == life)
        {
          const size_t piece = length < OUTPUT_PIECE_BYTES
            ? length : OUTPUT_PIECE_BYTES;

          line_write (&port->line, rest, piece);
          rest += piece;
          length -= piece;
        }
    }
}

/* Is somebody at the other end?  Linux gives us buffers for input before it has
   connected them to its terminal, and drops what comes so early.  Once it has
   written something, it listens.  With the device's lock. */
static bool
is_heard (const struct console_port *port)
{
  return port->heard && port->heard_life == port->console->device.life;
}

/* Write all that the Guest has.  Called with the output's lock, but without
   the device's, which is let go while we write. */
static void
/*D:330 The console
 *
 * And the oldest device, of which everything else is a refinement: characters
 * that come and characters that go.  A Guest's console is this program's
 * standard input and output, unless you say otherwise, so you can use a Guest
 * in a pipe like any filter, and that is how most of our tests speak to
 * theirs.
 *
 * Output must not wait for a slow terminal, or the whole Guest would; so a
 * thread of its own writes it.
 */
write_all (struct console_port *port)
{
  struct virtio_device *device = &port->console->device;
  struct virtqueue *queue = &device->queues[port->output];
  struct chain chain;
  bool more;

  pthread_mutex_lock (&device->lock);
  do
    {
      more = false;
      if (!virtio_device_is_running (device))
        break;
      virtqueue_doorbell_off (queue);
      if (virtqueue_take (queue, &chain) == VIRTQUEUE_CHAIN)
        {
          const unsigned life = device->life;

          if (!is_heard (port))
            {
              port->heard = true;
              port->heard_life = life;
              eventfd_write (port->bell.fd, 1);
            }
          pthread_mutex_unlock (&device->lock);
          write_chain (port, &chain, life);
          pthread_mutex_lock (&device->lock);
          /* If it was reset meanwhile, the chain is nobody's. */
          if (device->life == life)
            {
              virtqueue_give (queue, chain.head, 0);
              virtio_device_interrupt (device, port->output);
            }
          more = true;
        }
      else if (queue->error)
        virtio_device_broken (device, queue->error);
      else
        more = virtqueue_doorbell_on (queue);
    }
  while (more);
  pthread_mutex_unlock (&device->lock);
}
/*:*/

static void
write_output (void *context)
{
  struct console_port *port = context;

  pthread_mutex_lock (&port->line.output_lock);
  write_all (port);
  pthread_mutex_unlock (&port->line.output_lock);
}

/**
 * console_flush - write what the Guest has left
 *
 * Gives up if standard output is blocked already.
 */
void
console_flush (struct console *console)
{
  struct timespec until;
  unsigned i;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += FLUSH_SECONDS;
  for (i = 0; i < console->port_count; i++)
    {
      struct console_port *port = &console->ports[i];

      if (pthread_mutex_timedlock (&port->line.output_lock, &until) != 0)
        continue;
      write_all (port);
      pthread_mutex_unlock (&port->line.output_lock);
    }
}

/**
 * console_print - show a text of the Guest that comes by another way
 *
 * For LGUEST_EXIT_PRINT: the Guest has no console yet.
 */
void
console_print (struct console *console, const char *text)
{
  struct console_line *line = &console->ports[0].line;
  const bool bare = line->type == LINE_STDIO && !terminal_is_raw ();

  pthread_mutex_lock (&line->output_lock);
  while (*text)
    {
      const size_t length = strcspn (text, "\n");

      if (length > 0)
        line_write (line, text, length);
      text += length;
      if (*text == '\n')
        {
          line_write (line, "\r\n" + bare, 2 - bare);
          text++;
        }
    }
  pthread_mutex_unlock (&line->output_lock);
}

/*
 * Input.
 */

/* Move input from the line into the Guest's buffers. */
static void
deliver_input (struct console_line *line)
{
  struct console_port *port = line->device;
  struct virtio_device *device = &port->console->device;
  struct virtqueue *queue = &device->queues[port->input];
  const uint8_t *typed;
  struct chain chain;
  size_t count;

  pthread_mutex_lock (&device->lock);
  if (virtio_device_is_running (device) && is_heard (port))
    {
      while (line_peek (line, &typed) > 0)
        {
          size_t written = 0;

          if (virtqueue_take (queue, &chain) != VIRTQUEUE_CHAIN)
            {
              /* We want to know when there is a buffer again. */
              if (!queue->error && virtqueue_doorbell_on (queue))
                continue;
              break;
            }
          while (chain.in_bytes > 0 && (count = line_peek (line, &typed)) > 0)
            {
              count = chain_fill (&chain, typed, count);
              line_take (line, count);
              written += count;
            }
          virtqueue_give (queue, chain.head, written);
        }
      if (queue->error)
        virtio_device_broken (device, queue->error);
      if (line_peek (line, &typed) == 0)
        virtqueue_doorbell_off (queue);
      virtio_device_interrupt (device, port->input);
    }
  pthread_mutex_unlock (&device->lock);
}

static void
bell_rung (struct event_source *source)
{
  struct console_port *port
    = (struct console_port *) ((char *) source
                               - offsetof (struct console_port, bell));
  eventfd_t times;

  eventfd_read (source->fd, &times);
  line_pump (&port->line);
}

/*
 * Ports.
 */

/* Tell the driver what it has to know, as far as it has buffers for that.
   With the device's lock. */
static void
send_messages (struct console *console)
{
  static const struct
  {
    enum console_message message;
    uint16_t event;
  } order[] =
  {
    { MESSAGE_ADD, VIRTIO_CONSOLE_PORT_ADD },
    { MESSAGE_CONSOLE, VIRTIO_CONSOLE_CONSOLE_PORT },
    { MESSAGE_RESIZE, VIRTIO_CONSOLE_RESIZE },
    { MESSAGE_OPEN, VIRTIO_CONSOLE_PORT_OPEN },
  };
  struct virtqueue *queue = &console->device.queues[QUEUE_TO_DRIVER];
  struct chain chain;
  unsigned i, j;

  for (i = 0; i < console->port_count; i++)
    for (j = 0; j < sizeof order / sizeof *order; j++)
      {
        struct console_port *port = &console->ports[i];
        struct resize text = { .control = { i, order[j].event, 1 } };
        size_t length = sizeof text.control;
        struct console_size size;

        if (!(port->messages & order[j].message))
          continue;
        while (virtqueue_take (queue, &chain) != VIRTQUEUE_CHAIN)
          /* We want to know when there is a buffer again. */
          if (queue->error || !virtqueue_doorbell_on (queue))
            goto out;
        if (order[j].message == MESSAGE_RESIZE)
          {
            line_size (&port->line, &size);
            text.columns = size.columns;
            text.rows = size.rows;
            length = sizeof text;
          }
        port->messages &= ~order[j].message;
        length = chain_fill (&chain, (const uint8_t *) &text, length);
        virtqueue_give (queue, chain.head, length);
      }
 out:
  if (queue->error)
    virtio_device_broken (&console->device, queue->error);
  else
    virtio_device_interrupt (&console->device, QUEUE_TO_DRIVER);
}

/* With the device's lock. */
static void
heed_message (struct console *console,
              const struct virtio_console_control *message)
{
  unsigned i;

  switch (message->event)
    {
    case VIRTIO_CONSOLE_DEVICE_READY:
      for (i = 0; message->value == 1 && i < console->port_count; i++)
        console->ports[i].messages = MESSAGE_ADD;
      break;
    case VIRTIO_CONSOLE_PORT_READY:
      if (message->value == 1 && message->id < console->port_count)
        console->ports[message->id].messages
          |= MESSAGE_CONSOLE | MESSAGE_OPEN | MESSAGE_RESIZE;
      break;
    default:
      break;
    }
}

/* What a chain says, if it is long enough. */
static bool
read_message (const struct chain *chain,
              struct virtio_console_control *message)
{
  uint8_t *to = (uint8_t *) message;
  size_t rest = sizeof *message;
  unsigned i;

  for (i = 0; i < chain->out_count && rest > 0; i++)
    {
      const size_t piece = chain->out[i].iov_len < rest
        ? chain->out[i].iov_len : rest;

      memcpy (to, chain->out[i].iov_base, piece);
      to += piece;
      rest -= piece;
    }
  return rest == 0;
}

/* The driver says something, or has buffers for us to do so. */
static void
control_bell_rung (struct event_source *source)
{
  struct console *console
    = (struct console *) ((char *) source
                          - offsetof (struct console, control_bell));
  struct virtio_device *device = &console->device;
  struct virtqueue *queue = &device->queues[QUEUE_FROM_DRIVER];
  struct virtio_console_control message;
  struct chain chain;
  eventfd_t times;

  eventfd_read (source->fd, &times);
  pthread_mutex_lock (&device->lock);
  if (virtio_device_is_running (device) && has_many_ports (console))
    {
      /* The driver waits for each to be taken: it always has to ring. */
      do
        while (virtqueue_take (queue, &chain) == VIRTQUEUE_CHAIN)
          {
            if (read_message (&chain, &message))
              heed_message (console, &message);
            virtqueue_give (queue, chain.head, 0);
          }
      while (!queue->error && virtqueue_doorbell_on (queue));
      if (queue->error)
        virtio_device_broken (device, queue->error);
      else
        {
          virtio_device_interrupt (device, QUEUE_FROM_DRIVER);
          send_messages (console);
        }
    }
  pthread_mutex_unlock (&device->lock);
}

/*
 * The device.
 */

/* With the device's lock. */
static void
started (struct virtio_device *device)
{
  struct console *console = (struct console *) device;
  struct timespec now;
  unsigned i;

  for (i = 0; i < console->port_count; i++)
    console->ports[i].messages = 0;
  if (!console->timing)
    return;
  console->timing = false;
  clock_gettime (CLOCK_MONOTONIC, &now);
  log_message (_("the guest opened its console after %ld ms"),
               (long) (now.tv_sec - console->started.tv_sec) * 1000
               + (now.tv_nsec - console->started.tv_nsec) / 1000000);
}

/* A Guest in need may print single bytes without any queue. */
static void
config_written (struct virtio_device *device, uint64_t offset, unsigned bytes,
                uint64_t value)
{
  struct console *console = (struct console *) device;

  if (offset == offsetof (struct virtio_console_config, emerg_wr)
      && bytes == 4)
    line_write_emergency (&console->ports[0].line, value);
}

/* In virtio_state.own: a byte for each port, messages and this. */
#define PORT_HEARD 0x80

static void
save (struct virtio_device *device, struct virtio_state *state)
{
  const struct console *console = (struct console *) device;
  unsigned i;

  for (i = 0; i < console->port_count; i++)
    {
      const uint64_t byte = console->ports[i].messages
        | (is_heard (&console->ports[i]) ? PORT_HEARD : 0);

      state->own |= byte << (8 * i);
    }
}

/* Windows may have other sizes now. */
static const char *
restore (struct virtio_device *device, const struct virtio_state *state)
{
  struct console *console = (struct console *) device;
  unsigned i;

  for (i = 0; i < console->port_count; i++)
    {
      struct console_port *port = &console->ports[i];
      const uint8_t byte = state->own >> (8 * i);

      port->messages = byte & MESSAGES;
      port->heard = byte & PORT_HEARD;
      port->heard_life = device->life;
    }
  return NULL;
}

static const struct virtio_class console_class =
{
  .name = "console",
  .id = VIRTIO_ID_CONSOLE,
  .pci_class = 0x0780,
  .config_bytes = sizeof (struct virtio_console_config),
  .started = started,
  .config_written = config_written,
  .save = save,
  .restore = restore,
};

static void
set_config (struct console *console)
{
  struct virtio_console_config config
    = { .max_nr_ports = console->port_count };
  struct console_size size;

  line_size (&console->ports[0].line, &size);
  config.cols = size.columns;
  config.rows = size.rows;
  memcpy (console->device.config, &config, sizeof config);
}

/** console_is_heard - does the Guest read what is typed on hvc0? */
bool
console_is_heard (struct console *console)
{
  bool heard;

  pthread_mutex_lock (&console->device.lock);
  heard = virtio_device_is_running (&console->device)
    && is_heard (&console->ports[0]);
  pthread_mutex_unlock (&console->device.lock);
  return heard;
}

/** console_has_terminal - is our terminal one of them? */
bool
console_has_terminal (const struct console *console)
{
  unsigned i;

  for (i = 0; i < console->port_count; i++)
    if (console->ports[i].line.terminal)
      return true;
  return false;
}

/** console_resize - windows may have new sizes */
void
console_resize (struct console *console)
{
  unsigned i;

  pthread_mutex_lock (&console->device.lock);
  set_config (console);
  virtio_device_config_changed (&console->device);
  if (virtio_device_is_running (&console->device)
      && has_many_ports (console))
    {
      for (i = 0; i < console->port_count; i++)
        if (is_heard (&console->ports[i]))
          console->ports[i].messages |= MESSAGE_RESIZE;
      send_messages (console);
    }
  pthread_mutex_unlock (&console->device.lock);
}

/** console_set_size - somebody who is attached has a window of this size */
void
console_set_size (struct console *console, unsigned port, unsigned columns,
                  unsigned rows)
{
  struct console_line *line = &console->ports[port].line;

  if (line->size.columns == columns && line->size.rows == rows)
    return;
  line->size.columns = columns;
  line->size.rows = rows;
  console_resize (console);
}

static bool
create_port (struct console *console, unsigned number, struct guest *guest,
             struct failure *failure)
{
  struct console_port *port = &console->ports[number];

  port->bell.ready = bell_rung;
  port->bell.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (port->bell.fd < 0 || !event_loop_add (&guest->loop, &port->bell)
      || !worker_start (&port->writer, CONFINE_WORKER, write_output, port))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  console->device.bells[port->input] = port->bell.fd;
  console->device.bells[port->output] = port->writer.bell;
  return true;
}

static bool
create_control (struct console *console, struct guest *guest,
                struct failure *failure)
{
  console->control_bell.ready = control_bell_rung;
  console->control_bell.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (console->control_bell.fd < 0
      || !event_loop_add (&guest->loop, &console->control_bell))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  console->device.bells[QUEUE_TO_DRIVER] = console->control_bell.fd;
  console->device.bells[QUEUE_FROM_DRIVER] = console->control_bell.fd;
  return true;
}

/**
 * console_prepare - open what is at the other end of each port
 * @console: all zero before
 * @options, @count: 1 at least; they stay where they are
 * @escape: the escape key, or ESCAPE_NONE
 *
 * Standard input is not touched before console_open().
 */
bool
console_prepare (struct console *console, struct event_loop *loop,
                 const struct console_option *options, unsigned count,
                 int escape, struct failure *failure)
{
  unsigned i;

  console->port_count = count;
  for (i = 0; i < count; i++)
    {
      struct console_port *port = &console->ports[i];

      port->console = console;
      port->input = i ? QUEUE_MORE + 2 * (i - 1) : QUEUE_INPUT;
      port->output = port->input + 1;
      port->line.deliver = deliver_input;
      port->line.device = port;
      if (!line_create (&port->line, loop, i, &options[i], escape, failure)
          || !line_listen (&port->line, failure))
        return false;
    }
  return true;
}

/** console_create - plug one in, after console_prepare() */
bool
console_create (struct console *console, struct guest *guest,
                struct failure *failure)
{
  uint64_t features = (uint64_t) 1 << VIRTIO_CONSOLE_F_SIZE
    | (uint64_t) 1 << VIRTIO_CONSOLE_F_EMERG_WRITE;
  const unsigned count = console->port_count;
  unsigned i;

  console->class = console_class;
  console->class.queues = QUEUE_OUTPUT + 1;
  for (i = 0; i < count; i++)
    if (!create_port (console, i, guest, failure))
      return false;
  if (count > 1)
    {
      features |= (uint64_t) 1 << VIRTIO_CONSOLE_F_MULTIPORT;
      console->class.queues = QUEUE_MORE + 2 * (count - 1);
      if (!create_control (console, guest, failure))
        return false;
    }
  set_config (console);
  if (!virtio_device_create (&console->device, guest, &console->class,
                             features))
    return fail (failure, STATUS_ERROR, _("too many devices"));
  return true;
}

/** console_time_boot - say when the Guest opens its console */
void
console_time_boot (struct console *console, const struct timespec *started)
{
  console->started = *started;
  console->timing = true;
}

/**
 * console_hold - virtio_device_hold() for this device
 *
 * Its output is not counted as being in flight: who writes it has a lock.
 */
bool
console_hold (struct console *console, unsigned seconds)
{
  struct timespec until;
  bool held = virtio_device_hold (&console->device, seconds);
  unsigned i;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += seconds;
  for (i = 0; i < console->port_count && held; i++)
    {
      pthread_mutex_t *lock = &console->ports[i].line.output_lock;

      held = pthread_mutex_timedlock (lock, &until) == 0;
      if (held)
        pthread_mutex_unlock (lock);
    }
  return held;
}

/** console_open - from now on, what is typed is the Guest's */
bool
console_open (struct console *console, struct failure *failure)
{
  unsigned i;

  for (i = 0; i < console->port_count; i++)
    if (!line_open (&console->ports[i].line, failure))
      return false;
  return true;
}

/** console_close - the Guest has ended; who is attached gets the rest */
void
console_close (struct console *console)
{
  unsigned i;

  for (i = 0; i < console->port_count; i++)
    line_close (&console->ports[i].line);
}
