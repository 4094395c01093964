/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/console.h - the Guest's consoles.
 */
#ifndef DEVICES_CONSOLE_H
#define DEVICES_CONSOLE_H

#include <time.h>

#include "console_line.h"
#include "devices/virtio_pci.h"
#include "failure.h"
#include "worker.h"

/* hvc0 to hvc3. */
#define CONSOLE_PORTS_MAX 4

/* Typed on hvc0, this and a key are a SysRq to Linux. */
#define CONSOLE_SYSRQ ('O' & 0x1f)

struct console;

/**
 * struct console_port - one console: two queues and who is at their other end
 * @console: whose it is
 * @input, @output: numbers of its queues
 * @line: the other end
 * @writer: who takes output, which may not be wanted at once
 * @bell: doorbell of the input queue, an eventfd
 * @heard, @heard_life: the Guest has written something in this life of the
 *   device, so its driver listens; guarded by the device's lock
 * @messages: to be sent about it, of enum console_message; guarded by the
 *   device's lock
 */
struct console_port
{
  struct console *console;
  unsigned input;
  unsigned output;
  struct console_line line;
  struct worker writer;
  struct event_source bell;
  bool heard;
  unsigned heard_life;
  unsigned messages;
};

/**
 * struct console - the device
 * @device: on the bus
 * @class: its kind, with as many queues as it has
 * @ports, @port_count: its consoles
 * @control_bell: doorbell of the queues by which ports are announced
 * @started: when lguest started, for the boot timer
 * @timing: show that when the Guest opens the console
 */
struct console
{
  struct virtio_device device;
  struct virtio_class class;
  struct console_port ports[CONSOLE_PORTS_MAX];
  unsigned port_count;
  struct event_source control_bell;
  struct timespec started;
  bool timing;
};

bool console_prepare (struct console *console, struct event_loop *loop,
                      const struct console_option *options, unsigned count,
                      int escape, struct failure *failure);
bool console_create (struct console *console, struct guest *guest,
                     struct failure *failure);
void console_time_boot (struct console *console,
                        const struct timespec *started);
bool console_open (struct console *console, struct failure *failure);
void console_close (struct console *console);
bool console_hold (struct console *console, unsigned seconds);
bool console_is_heard (struct console *console);
bool console_has_terminal (const struct console *console);
void console_resize (struct console *console);
void console_set_size (struct console *console, unsigned port,
                       unsigned columns, unsigned rows);
void console_print (struct console *console, const char *text);
void console_flush (struct console *console);

#endif /* DEVICES_CONSOLE_H */
