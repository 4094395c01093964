/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/console.c - the Guest's console, on our standard input and output.
 *
 * Input: the main thread reads standard input into a small ring and from
 * there into the Guest's buffers.  Keys on a terminal are always read, as one
 * of them may be the escape key; other input waits until there is room.
 *
 * Output: a thread of its own writes it, so that a terminal that does not
 * take any more stops nobody else.
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
#include "fd_io.h"
#include "i18n.h"
#include "log.h"
#include "status.h"
#include "terminal.h"

enum console_queue
{
  QUEUE_INPUT,
  QUEUE_OUTPUT,
  QUEUES,
};

/* Written at once; between two pieces we look whether it still matters. */
#define OUTPUT_PIECE_BYTES ((size_t) 64 << 10)

/* How long the last words of a Guest may take. */
#define FLUSH_SECONDS 2

#define CONTROL(letter) ((letter) & 0x1f)

static unsigned
device_life (struct virtio_device *device)
{
  return __atomic_load_n (&device->life, __ATOMIC_RELAXED);
}

/* Write what the Guest has in one chain. */
static void
write_chain (struct console *console, struct chain *chain, unsigned life)
{
  unsigned i;

  for (i = 0; i < chain->out_count; i++)
    {
      const uint8_t *rest = chain->out[i].iov_base;
      size_t length = chain->out[i].iov_len;

      while (length > 0 && device_life (&console->device) == life)
        {
          const size_t piece = length < OUTPUT_PIECE_BYTES
            ? length : OUTPUT_PIECE_BYTES;

          /* Nobody may be listening any more: the Guest need not care. */
          write_fully (STDOUT_FILENO, rest, piece);
          rest += piece;
          length -= piece;
        }
    }
}

/* Is somebody at the other end?  Linux gives us buffers for input before it has
   connected them to its terminal, and drops what comes so early.  Once it has
   written something, it listens.  With the device's lock. */
static bool
is_heard (const struct console *console)
{
  return console->heard && console->heard_life == console->device.life;
}

/* Write all that the Guest has.  Called with the output's lock, but without
   the device's, which is let go while we write. */
static void
write_all (struct console *console)
{
  struct virtio_device *device = &console->device;
  struct virtqueue *queue = &device->queues[QUEUE_OUTPUT];
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

          if (!is_heard (console))
            {
              console->heard = true;
              console->heard_life = life;
              eventfd_write (console->bell.fd, 1);
            }
          pthread_mutex_unlock (&device->lock);
          write_chain (console, &chain, life);
          pthread_mutex_lock (&device->lock);
          /* If it was reset meanwhile, the chain is nobody's. */
          if (device->life == life)
            {
              virtqueue_give (queue, chain.head, 0);
              virtio_device_interrupt (device, QUEUE_OUTPUT);
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

static void
write_output (void *context)
{
  struct console *console = context;

  pthread_mutex_lock (&console->output_lock);
  write_all (console);
  pthread_mutex_unlock (&console->output_lock);
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

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += FLUSH_SECONDS;
  if (pthread_mutex_timedlock (&console->output_lock, &until) != 0)
    return;
  write_all (console);
  pthread_mutex_unlock (&console->output_lock);
}

/**
 * console_print - show a text of the Guest that comes by another way
 *
 * For LGUEST_EXIT_PRINT: the Guest has no console yet.
 */
void
console_print (struct console *console, const char *text)
{
  pthread_mutex_lock (&console->output_lock);
  while (*text)
    {
      const size_t line = strcspn (text, "\n");

      write_fully (STDOUT_FILENO, text, line);
      text += line;
      if (*text == '\n')
        {
          if (terminal_is_raw ())
            write_fully (STDOUT_FILENO, "\r", 1);
          write_fully (STDOUT_FILENO, "\n", 1);
          text++;
        }
    }
  pthread_mutex_unlock (&console->output_lock);
}

/* Move input from our ring into the Guest's buffers. */
static void
deliver_input (struct console *console)
{
  struct virtio_device *device = &console->device;
  struct virtqueue *queue = &device->queues[QUEUE_INPUT];
  struct chain chain;

  pthread_mutex_lock (&device->lock);
  if (virtio_device_is_running (device) && is_heard (console))
    {
      while (console->input_count > 0)
        {
          size_t written = 0;

          if (virtqueue_take (queue, &chain) != VIRTQUEUE_CHAIN)
            {
              /* We want to know when there is a buffer again. */
              if (!queue->error && virtqueue_doorbell_on (queue))
                continue;
              break;
            }
          while (console->input_count > 0 && chain.in_bytes > 0)
            {
              const unsigned start = console->input_start;
              size_t piece = CONSOLE_INPUT_BYTES - start;

              if (piece > console->input_count)
                piece = console->input_count;
              piece = chain_fill (&chain, console->input + start, piece);
              console->input_start = (start + piece) % CONSOLE_INPUT_BYTES;
              console->input_count -= piece;
              written += piece;
            }
          virtqueue_give (queue, chain.head, written);
        }
      if (queue->error)
        virtio_device_broken (device, queue->error);
      if (console->input_count == 0)
        virtqueue_doorbell_off (queue);
      virtio_device_interrupt (device, QUEUE_INPUT);
    }
  pthread_mutex_unlock (&device->lock);
}

/* What does not fit is lost, like keys on a keyboard that nobody reads. */
static void
type (struct console *console, uint8_t key)
{
  if (console->input_count == CONSOLE_INPUT_BYTES)
    return;
  console->input[(console->input_start + console->input_count)
                 % CONSOLE_INPUT_BYTES] = key;
  console->input_count++;
}

/* The key after the escape key. */
static void
escape_command (struct console *console, uint8_t key)
{
  char name[3] = "^?";

  name[1] = console->escape + '@';
  if (key == console->escape)
    {
      type (console, key);
      return;
    }
  switch (key)
    {
    case 'q':
    case 'x':
      log_message (_("ended from the console"));
      event_loop_end (&console->device.guest->loop, STATUS_STOPPED);
      break;
    case 'h':
    case '?':
      log_message (_("%s q or %s x: end the guest; %s %s: type %s;"
                     " %s h: this help"), name, name, name, name, name, name);
      break;
    default:
      log_message (_("%s is the escape key; %s h: help"), name, name);
      break;
    }
}

static void
type_all (struct console *console, const uint8_t *keys, size_t count)
{
  size_t i;

  for (i = 0; i < count; i++)
    if (console->escaped)
      {
        console->escaped = false;
        escape_command (console, keys[i]);
      }
    else if (console->terminal && keys[i] == console->escape)
      console->escaped = true;
    else
      type (console, keys[i]);
}

/* Nothing more will come.  The Guest goes on without. */
static void
end_input (struct console *console)
{
  console->input_ended = true;
  if (console->waiting_for_input)
    event_loop_remove (&console->device.guest->loop, &console->keyboard);
  console->waiting_for_input = false;
}

/* Read standard input once.  False if there is nothing (more) now. */
static bool
read_input (struct console *console)
{
  uint8_t keys[256];
  size_t room = CONSOLE_INPUT_BYTES - console->input_count;
  ssize_t n;

  if (console->input_ended)
    return false;
  if (console->terminal || room > sizeof keys)
    room = sizeof keys;
  if (room == 0)
    return false;
  n = read (STDIN_FILENO, keys, room);
  if (n > 0)
    {
      type_all (console, keys, n);
      return true;
    }
  if (n == 0 || (errno != EINTR && errno != EAGAIN))
    end_input (console);
  return false;
}

/* Wait for more input, unless there is no room for it. */
static void
update_waiting (struct console *console)
{
  struct event_loop *loop = &console->device.guest->loop;
  const bool wait = !console->input_ended && !console->input_ready_always
    && (console->terminal || console->input_count < CONSOLE_INPUT_BYTES);

  if (wait == console->waiting_for_input)
    return;
  if (!wait)
    event_loop_remove (loop, &console->keyboard);
  else if (!event_loop_add (loop, &console->keyboard))
    {
      if (errno == EPERM)
        console->input_ready_always = true;
      else
        end_input (console);
      return;
    }
  console->waiting_for_input = wait;
}

/* Bring input from where it comes to where it goes, as far as possible. */
static void
pump_input (struct console *console)
{
  deliver_input (console);
  if (console->input_ready_always)
    while (read_input (console))
      deliver_input (console);
  update_waiting (console);
}

static void
keyboard_ready (struct event_source *source)
{
  struct console *console
    = (struct console *) ((char *) source
                          - offsetof (struct console, keyboard));

  read_input (console);
  pump_input (console);
}

static void
bell_rung (struct event_source *source)
{
  struct console *console
    = (struct console *) ((char *) source
                          - offsetof (struct console, bell));
  eventfd_t times;

  eventfd_read (source->fd, &times);
  pump_input (console);
}

/* With the device's lock. */
static void
started (struct virtio_device *device)
{
  struct console *console = (struct console *) device;
  struct timespec now;

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
  const char text = value;

  (void) device;
  if (offset == offsetof (struct virtio_console_config, emerg_wr)
      && bytes == 4)
    write_fully (STDOUT_FILENO, &text, 1);
}

static const struct virtio_class console_class =
{
  .name = "console",
  .id = VIRTIO_ID_CONSOLE,
  .pci_class = 0x0780,
  .queues = QUEUES,
  .config_bytes = sizeof (struct virtio_console_config),
  .started = started,
  .config_written = config_written,
};

static void
set_size (struct console *console)
{
  struct virtio_console_config config = { .max_nr_ports = 1 };
  unsigned columns, rows;

  terminal_size (&columns, &rows);
  config.cols = columns;
  config.rows = rows;
  memcpy (console->device.config, &config, sizeof config);
}

/** console_resize - the window on the terminal has a new size */
void
console_resize (struct console *console)
{
  pthread_mutex_lock (&console->device.lock);
  set_size (console);
  virtio_device_config_changed (&console->device);
  pthread_mutex_unlock (&console->device.lock);
}

/**
 * console_create - plug one in; @console is all zero before
 * @escape: the escape key, or CONSOLE_ESCAPE_NONE
 *
 * Standard input is not touched before console_open_terminal().
 */
bool
console_create (struct console *console, struct guest *guest, int escape,
                struct failure *failure)
{
  console->escape = escape;
  pthread_mutex_init (&console->output_lock, NULL);
  console->keyboard.fd = STDIN_FILENO;
  console->keyboard.ready = keyboard_ready;
  console->bell.ready = bell_rung;
  console->bell.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (console->bell.fd < 0 || !event_loop_add (&guest->loop, &console->bell)
      || !worker_start (&console->writer, write_output, console))
    return fail (failure, STATUS_ERROR, _("cannot make a device: %s"),
                 strerror (errno));
  console->device.bells[QUEUE_INPUT] = console->bell.fd;
  console->device.bells[QUEUE_OUTPUT] = console->writer.bell;
  set_size (console);
  if (!virtio_device_create (&console->device, guest, &console_class,
                             (uint64_t) 1 << VIRTIO_CONSOLE_F_SIZE
                             | (uint64_t) 1 << VIRTIO_CONSOLE_F_EMERG_WRITE))
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

/** console_open_terminal - from now on, what is typed is the Guest's */
bool
console_open_terminal (struct console *console, struct failure *failure)
{
  if (isatty (STDIN_FILENO))
    {
      if (!terminal_make_raw ())
        return fail (failure, STATUS_ERROR, _("cannot use the terminal: %s"),
                     strerror (errno));
      console->terminal = true;
    }
  update_waiting (console);
  return true;
}
