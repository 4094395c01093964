/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/button.h - the power button: how a Guest is asked to end.
 *
 * One I/O port, of 4 bytes, and one interrupt line.  A driver writes the mask
 * of the events that it obeys, 1 << event.  When the line is raised, it reads
 * events until it gets BUTTON_NONE.
 */
#ifndef DEVICES_BUTTON_H
#define DEVICES_BUTTON_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct guest;

#define BUTTON_PORT 0x4c67
#define BUTTON_IRQ 32

enum button_event
{
  BUTTON_NONE = 0,
  BUTTON_POWER = 1,             /* power off in an orderly way */
  BUTTON_RESTART = 2,           /* restart in an orderly way */
};

/**
 * struct button - the device
 * @lock: guards the rest
 * @obeyed: mask of events that the Guest's driver obeys
 * @pressed: mask of events that it has not read yet
 */
struct button
{
  pthread_mutex_t lock;
  uint32_t obeyed;
  uint32_t pressed;
};

void button_create (struct button *button);
void button_reset (struct button *button);
bool button_press (struct button *button, struct guest *guest,
                   enum button_event event);
uint32_t button_read (struct button *button);
void button_write (struct button *button, uint32_t value);

#endif /* DEVICES_BUTTON_H */
