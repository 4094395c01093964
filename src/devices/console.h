/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/console.h - the Guest's console, on our standard input and output.
 */
#ifndef DEVICES_CONSOLE_H
#define DEVICES_CONSOLE_H

#include <time.h>

#include "devices/virtio_pci.h"
#include "failure.h"
#include "worker.h"

#define CONSOLE_INPUT_BYTES 4096

/* Value of console_create()'s escape for "none". */
#define CONSOLE_ESCAPE_NONE (-1)

/**
 * struct console - the device
 * @device: on the bus
 * @writer: who writes to standard output, which may not take it at once
 * @output_lock: guards standard output; taken before the device's lock
 * @bell: doorbell of the input queue, an eventfd
 * @keyboard: standard input
 * @input, @input_start, @input_count: what was typed and not yet taken by
 *   the Guest, a ring
 * @terminal: standard input is one, and it is ours
 * @waiting_for_input: @keyboard is in the event loop
 * @input_ready_always: standard input is a regular file
 * @input_ended: nothing more will come
 * @escape: the escape key, or CONSOLE_ESCAPE_NONE
 * @escaped: the last key was the escape key
 * @started: when lguest started, for the boot timer
 * @timing: show that when the Guest opens the console
 * @heard, @heard_life: the Guest has written something in this life of the
 *   device, so its driver listens; guarded by the device's lock
 *
 * Everything about input belongs to the main thread.
 */
struct console
{
  struct virtio_device device;
  struct worker writer;
  pthread_mutex_t output_lock;
  struct event_source bell;
  struct event_source keyboard;
  uint8_t input[CONSOLE_INPUT_BYTES];
  unsigned input_start;
  unsigned input_count;
  bool terminal;
  bool waiting_for_input;
  bool input_ready_always;
  bool input_ended;
  int escape;
  bool escaped;
  struct timespec started;
  bool timing;
  bool heard;
  unsigned heard_life;
};

bool console_create (struct console *console, struct guest *guest, int escape,
                     struct failure *failure);
void console_time_boot (struct console *console,
                        const struct timespec *started);
bool console_open_terminal (struct console *console,
                            struct failure *failure);
void console_resize (struct console *console);
void console_print (struct console *console, const char *text);
void console_flush (struct console *console);

#endif /* DEVICES_CONSOLE_H */
