/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices/button.c - the power button: how a Guest is asked to end.
 */
#include <config.h>

#include "devices/button.h"
#include "guest.h"

void
button_create (struct button *button)
{
  pthread_mutex_init (&button->lock, NULL);
}

/** button_reset - the Guest starts again, and has no driver yet */
void
button_reset (struct button *button)
{
  pthread_mutex_lock (&button->lock);
  button->obeyed = button->pressed = 0;
  pthread_mutex_unlock (&button->lock);
}

/**
 * button_press - ask the Guest for something
 *
 * Returns false if it does not obey: it has no driver, or one that does not
 * know @event.
 */
bool
button_press (struct button *button, struct guest *guest,
              unsigned event)
{
  bool obeyed;

  pthread_mutex_lock (&button->lock);
  obeyed = button->obeyed >> event & 1;
  if (obeyed)
    button->pressed |= UINT32_C (1) << event;
  pthread_mutex_unlock (&button->lock);
  if (obeyed)
    guest_interrupt (guest, LGUEST_BUTTON_IRQ);
  return obeyed;
}

/** button_read - the Guest reads the port: which event is next? */
uint32_t
button_read (struct button *button)
{
  uint32_t event;

  pthread_mutex_lock (&button->lock);
  event = button->pressed ? __builtin_ctz (button->pressed)
    : LGUEST_BUTTON_NONE;
  button->pressed &= ~(UINT32_C (1) << event);
  pthread_mutex_unlock (&button->lock);
  return event;
}

/** button_write - the Guest writes to the port */
void
button_write (struct button *button, uint32_t value)
{
  pthread_mutex_lock (&button->lock);
  button->obeyed = value & ~(UINT32_C (1) << LGUEST_BUTTON_NONE);
  pthread_mutex_unlock (&button->lock);
}
