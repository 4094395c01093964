/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/button.h - the power button: how a Guest is asked to end.
 *
 * <lguest/button.h> says how it looks to the Guest.
 */
#ifndef DEVICES_BUTTON_H
#define DEVICES_BUTTON_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <lguest/button.h>

struct guest;

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
                   unsigned event);
uint32_t button_read (struct button *button);
void button_write (struct button *button, uint32_t value);

#endif /* DEVICES_BUTTON_H */
